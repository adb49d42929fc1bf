// SPDX-License-Identifier: GPL-2.0-only
/* Kernels built from a source, each once: kept by what they were made of. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../target/machine.h"
#include "git.h"
#include "make.h"

#define MIB		(1ull << 20)
#define SPACE_BUILD	(900 * MIB)
/* How long another link takes about, and one build in relation to another machine's. */
#define SECONDS_LINK	9

/** ncb_build_free - give back what ncb_build_get() gave */
void ncb_build_free(struct ncb_build *b)
{
	unsigned int i;

	for (i = 0; i < b->links; i++) {
		free(b->link[i]);
		free(b->layout[i]);
	}
	free(b->link);
	free(b->layout);
	free(b->id);
	free(b->dir);
	free(b->image);
	free(b->release);
	free(b->config);
	memset(b, 0, sizeof(*b));
}

/* -- what a build is made of -- */

static char *first_line(const char *program, const char *option)
{
	const char *argv[] = { program, option, NULL };
	char *text = ncb_command_output(argv);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

/* All that a build depends on, as text, malloc'd. */
static char *key_text(const struct ncb_making *m)
{
	char *gcc = ncb_make_tool(m->flavour, "gcc"), *ld = ncb_make_tool(m->flavour, "ld");
	char *compiler = first_line(gcc, "--version"), *linker = first_line(ld, "--version");
	const char *more = m->flavour->make[1] ? m->flavour->make[1] : "";
	char *text = ncb_format("source %s\nflavour %s %s %s\ncompiler %s\nlinker %s\nlayouts %d\n%s",
				m->source->id, m->flavour->name, m->flavour->make[0], more, compiler ? compiler : "", linker ? linker : "", NCB_LAYOUT_RULES,
				m->config);

	free(linker);
	free(compiler);
	free(ld);
	free(gcc);
	return text;
}

static void making_free(struct ncb_making *m)
{
	free(m->folder);
	free(m->out);
	free(m->log);
	free(m->tree);
	free(m->config);
}

/* Reads the options that are asked for; 0 or -errno with a message. */
static int read_config(const struct ncb_flavour *f, const char *extra, char **config)
{
	char *path = ncb_format("%s/%s", ncb_top(), f->config), *own = ncb_read_file(path, NULL);
	char *more = extra ? ncb_read_file(extra, NULL) : ncb_copy("");
	int err = 0;

	if (!own || !more) {
		err = -errno;
		ncb_error("cannot read the options in %s: %s", own ? extra : path, strerror(-err));
		err = own ? -EINVAL : err;
	} else {
		*config = ncb_format("%s%s%s", own, extra ? "\n" : "", more);
	}
	free(more);
	free(own);
	free(path);
	return err;
}

static int making_init(struct ncb_making *m, const struct ncb_source *s,
		       const struct ncb_flavour *f, const char *extra)
{
	char *key;
	int err;

	memset(m, 0, sizeof(*m));
	m->source = s;
	m->flavour = f;
	err = read_config(f, extra, &m->config);
	if (err)
		return err;
	key = key_text(m);
	m->folder = ncb_kbuild_path("build/%.12s-%s-%016llx", s->id, f->name,
				    (unsigned long long)hash_of(key));
	m->out = ncb_format("%s/out", m->folder);
	m->log = ncb_format("%s/log", m->folder);
	free(key);
	return 0;
}

/* The folder's name is short: what it stands for is in it, and compared. */
static bool is_complete(const struct ncb_making *m)
{
	char *complete = ncb_format("%s/complete", m->folder), *path = ncb_format("%s/key", m->folder);
	char *key = key_text(m), *there = ncb_exists(complete) ? ncb_read_file(path, NULL) : NULL;
	bool is = there && !strcmp(there, key);

	free(there);
	free(key);
	free(path);
	free(complete);
	return is;
}

static unsigned int links_missing(const struct ncb_making *m, unsigned int links)
{
	unsigned int i, missing = 0;

	for (i = 1; i < links; i++) {
		char *image = ncb_layout_image(m->folder, i);

		missing += !ncb_exists(image);
		free(image);
	}
	return missing;
}

static unsigned int links_of(const struct ncb_flavour *f, unsigned int links)
{
	return f->layouts && links ? links : 1;
}

/**
 * ncb_build_cached - whether there is nothing to do
 * @s: the source
 * @f: how it is built
 * @links: how many images of it, of a flavour with layouts
 * @extra_config: file of options besides the flavour's, or NULL
 */
bool ncb_build_cached(const struct ncb_source *s, const struct ncb_flavour *f, unsigned int links,
		      const char *extra_config)
{
	struct ncb_making m;
	bool is = !making_init(&m, s, f, extra_config) && is_complete(&m) &&
		  !links_missing(&m, links_of(f, links));

	making_free(&m);
	return is;
}

/* -- how long it takes -- */

/* What the last build of a flavour was here: files that make made, and seconds. */
static void read_pace(const struct ncb_flavour *f, unsigned int *lines, double *seconds)
{
	char *path = ncb_kbuild_path("pace-%s", f->name), *text = ncb_read_file(path, NULL);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (!text || sscanf(text, "%u %lf", lines, seconds) != 2 || !*lines) {
		*lines = f->objects;
		*seconds = f->seconds * 2 / (cpus > 0 ? cpus : 1) + 15;
	}
	free(text);
	free(path);
}

static void write_pace(const struct ncb_flavour *f, unsigned int lines, double seconds)
{
	char *path = ncb_kbuild_path("pace-%s", f->name);
	char *text = ncb_format("%u %.1f\n", lines, seconds);

	ncb_write_file(path, text, strlen(text));
	free(text);
	free(path);
}

/** ncb_build_estimate - seconds that ncb_build_get() takes here about; 0: nothing is to be done */
double ncb_build_estimate(const struct ncb_source *s, const struct ncb_flavour *f,
			  unsigned int links, const char *extra_config)
{
	struct ncb_making m;
	unsigned int lines;
	double seconds = 0, all;

	read_pace(f, &lines, &all);
	if (!making_init(&m, s, f, extra_config))
		seconds = (is_complete(&m) ? 0 : all) +
			  SECONDS_LINK * links_missing(&m, links_of(f, links));
	making_free(&m);
	return seconds;
}

/* -- what is needed -- */

static int missing_tool(const struct ncb_flavour *f, const char *tool, const char *package)
{
	ncb_error("no %s here, which building a kernel (%s) needs: install %s, or run 'bench/deps.sh ab'",
		  tool, f->name, package);
	return -EOPNOTSUPP;
}

static int check_tools(const struct ncb_flavour *f)
{
	static const char *const tools[][2] = {
		{ "make", "make" }, { "flex", "flex" }, { "bison", "bison" }, { "bc", "bc" },
		{ "gcc", "gcc" }, { "ld", "binutils" }, { "perl", "perl" },
	};
	const char *header[] = { "sh", "-c", "echo '#include <gelf.h>' | gcc -E - >/dev/null 2>&1 && echo yes",
				 NULL };
	char *gcc = ncb_make_tool(f, "gcc"), *found;
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(tools) && !err; i++)
		if (!ncb_have_command(tools[i][0]))
			err = missing_tool(f, tools[i][0], tools[i][1]);
	if (!err && ncb_make_cross(f) && !f->cross) {
		ncb_error("a kernel of the kind '%s' is only built on %s", f->name, f->uname);
		err = -EOPNOTSUPP;
	}
	if (!err && !ncb_have_command(gcc)) {
		const struct ncb_machine *m = ncb_machine_find(f->uname);

		err = missing_tool(f, gcc, m ? m->cross_packages : gcc);
	}
	/* objtool, which checks and patches x86's objects. */
	found = err || strcmp(f->name, "x86_64") ? ncb_copy("") : ncb_command_output(header);
	if (!err && !found)
		err = missing_tool(f, "gelf.h", "libelf-dev");
	free(found);
	free(gcc);
	return err;
}

/* -- building -- */

/* An option that was asked for, and that every flavour needs, may not be to be had. */
static int check_config(const struct ncb_making *m)
{
	char *path = ncb_format("%s/.config", m->out), *text = ncb_read_file(path, NULL);
	const char *const *option;
	int err = text ? 0 : -EIO;

	for (option = m->flavour->required; *option && !err; option++) {
		char *line = ncb_format("\nCONFIG_%s=y\n", *option);

		if (!strstr(text, line)) {
			ncb_error("%s (%s) has no CONFIG_%s%s, which ncbench needs in a kernel: its Kconfig or --config does not allow it; the options are in %s",
				  m->source->title, m->flavour->name, *option,
				  !strcmp(*option, "MODULES") ? ", it is a kernel without modules" : "",
				  path);
			err = -ENOEXEC;
		}
		free(line);
	}
	free(text);
	free(path);
	return err;
}

static int configure(const struct ncb_making *m)
{
	char *asked = ncb_format("%s/asked.config", m->folder);
	char *word = ncb_format("KCONFIG_ALLCONFIG=%s", asked);
	const char *targets[] = { word, "allnoconfig", NULL };
	int err = ncb_write_file(asked, m->config, strlen(m->config));

	if (!err)
		err = ncb_make(m, targets, NULL, 0);
	free(word);
	free(asked);
	if (err > 0)
		return ncb_make_failed(m, "the configuration");
	return err ? err : check_config(m);
}

/* Modules of our own only: the kernel's exports are all that there is. */
#define SYMVERS	"[ ! -e vmlinux.symvers ] || cp vmlinux.symvers Module.symvers"

static int compile(const struct ncb_making *m)
{
	unsigned int lines;
	double seconds, start = ncb_now();
	char *what;
	int err;

	read_pace(m->flavour, &lines, &seconds);
	ncb_say("building %s (%s), about %.0f s", m->source->title, m->flavour->name, seconds);
	what = ncb_format("building %s", m->flavour->name);
	err = configure(m);
	if (!err) {
		err = ncb_make(m, m->flavour->targets, what, lines);
		if (err > 0)
			err = ncb_make_failed(m, "the build");
	}
	free(what);
	if (!err)
		err = ncb_make_script(m, SYMVERS, NULL);
	if (!err)
		err = ncb_layout_keep(m, 0);
	if (!err)
		write_pace(m->flavour, ncb_make_lines(m->log), ncb_now() - start);
	return err > 0 ? -EIO : err;
}

/* The build itself, anew: what was left by one that was interrupted is not trusted. */
static int build(const struct ncb_making *m)
{
	char *complete = ncb_format("%s/complete", m->folder), *path = ncb_format("%s/key", m->folder);
	char *key = key_text(m);
	int err = ncb_kbuild_room(SPACE_BUILD, "building a kernel");

	if (!err) {
		ncb_remove_tree(m->folder);
		err = ncb_make_dirs(m->out);
	}
	if (!err)
		err = compile(m);
	if (!err)
		err = ncb_write_file(path, key, strlen(key));
	if (!err)
		err = ncb_write_file(complete, "", 0);
	free(key);
	free(path);
	free(complete);
	return err;
}

static int link_others(const struct ncb_making *m, unsigned int links)
{
	unsigned int i, done = 0, missing = links_missing(m, links);
	struct ncb_progress progress;
	int err = 0;

	if (!missing)
		return 0;
	ncb_say("linking %s (%s) with %u other layout%s of the notifier object", m->source->title,
		m->flavour->name, missing, missing > 1 ? "s" : "");
	ncb_progress_start(&progress, "linking");
	for (i = 1; i < links && !err; i++) {
		char *image = ncb_layout_image(m->folder, i);

		if (!ncb_exists(image)) {
			err = ncb_layout_link(m, i);
			ncb_progress(&progress, (double)++done / missing, NULL);
		}
		free(image);
	}
	ncb_progress_end(&progress);
	return err;
}

/* -- what was built -- */

static uint64_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_size;
}

static int read_sizes(const struct ncb_making *m, struct ncb_build *b)
{
	char *tool = ncb_make_tool(m->flavour, "size"), *vmlinux = ncb_format("%s/vmlinux", m->out);
	const char *argv[] = { tool, vmlinux, NULL };
	char *text = ncb_command_output(argv), *line = text ? strchr(text, '\n') : NULL;
	unsigned long long n[3];
	int err = 0;

	if (!line || sscanf(line, "%llu %llu %llu", &n[0], &n[1], &n[2]) != 3) {
		ncb_error("cannot tell the size of %s", vmlinux);
		err = -EIO;
	} else {
		b->text = n[0];
		b->data = n[1];
		b->bss = n[2];
	}
	b->file = file_size(b->link[0]);
	free(text);
	free(vmlinux);
	free(tool);
	return err;
}

static int describe(const struct ncb_making *m, unsigned int links, struct ncb_build *b)
{
	char *path = ncb_format("%s/include/config/kernel.release", m->out), release[128];
	unsigned int i;
	int err = ncb_read_line(path, release, sizeof(release));

	free(path);
	if (err) {
		ncb_error("%s is no build of a kernel: it has no include/config/kernel.release", m->out);
		return err;
	}
	b->id = ncb_copy(strrchr(m->folder, '/') + 1);
	b->dir = ncb_copy(m->out);
	b->release = ncb_copy(release);
	b->config = ncb_format("%s/.config", m->out);
	b->links = links;
	b->link = ncb_alloc(links, sizeof(*b->link));
	b->layout = ncb_alloc(links, sizeof(*b->layout));
	for (i = 0; i < links; i++) {
		b->link[i] = ncb_layout_image(m->folder, i);
		b->layout[i] = ncb_layout_words(i);
	}
	b->image = ncb_copy(b->link[0]);
	return read_sizes(m, b);
}

/**
 * ncb_build_get - build a kernel, unless there is one made of the same
 * @s: the source
 * @f: how it is built
 * @links: how many images, 1 .. NCB_LINKS_MAX; of a flavour without layouts there is one
 * @extra_config: file of options besides the flavour's, or NULL
 * @b: gets it
 *
 * Return: 0; -EINVAL: @extra_config cannot be read; -ENOEXEC: it does not build, or not with
 * what ncbench needs; -ENOSPC; -EOPNOTSUPP: not here; each with a message; -EINTR; or another
 * -errno.
 */
int ncb_build_get(const struct ncb_source *s, const struct ncb_flavour *f, unsigned int links,
		  const char *extra_config, struct ncb_build *b)
{
	double start = ncb_now();
	struct ncb_making m;
	bool there;
	char *name;
	int lock = -1, err;

	memset(b, 0, sizeof(*b));
	if (!links || links > NCB_LINKS_MAX) {
		ncb_error("links is %u; it is 1 to %u", links, NCB_LINKS_MAX);
		return -EINVAL;
	}
	links = links_of(f, links);
	err = making_init(&m, s, f, extra_config);
	if (err)
		goto out;
	name = ncb_copy(strrchr(m.folder, '/') + 1);
	lock = ncb_kbuild_lock(name, "building this kernel");
	free(name);
	err = lock < 0 ? lock : 0;
	/* What make has started outlives it where we are killed, and holds the lock until it ends. */
	if (!err)
		fcntl(lock, F_SETFD, 0);
	there = !err && is_complete(&m);
	if (!err && there && !links_missing(&m, links))
		goto restore;
	if (!err)
		err = check_tools(f);
	if (!err)
		err = ncb_source_checkout(s, &m.tree);
	if (!err && !there)
		err = build(&m);
	if (!err)
		err = link_others(&m, links);
	b->seconds = ncb_now() - start;
restore:
	/* Also what somebody left behind who was killed. */
	if (!err)
		err = ncb_layout_restore(&m);
	if (!err)
		err = describe(&m, links, b);
out:
	if (err)
		ncb_build_free(b);
	if (lock >= 0)
		close(lock);
	making_free(&m);
	return err;
}
