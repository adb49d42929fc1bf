// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debian's packages, for guests: downloaded with apt by a configuration of our
 * own (lists, caches and package state lie in the checkout's .cache/, the
 * machine's own are neither read nor changed, root is not needed), and unpacked
 * beside; nothing is installed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include "fetch.h"

#define KEYRING		"/usr/share/keyrings/debian-archive-keyring.gpg"
#define MIRROR		"http://deb.debian.org/debian/"
#define MIRROR_SECURITY	"http://deb.debian.org/debian-security/"

#define MIB		(1ull << 20)

/* Names that Debian's suites begin with: whose mirror can be used for others of them. */
static const char *const debian_suites[] = {
	"bullseye", "bookworm", "trixie", "forky", "sid", "oldstable", "stable", "testing",
	"unstable",
};

/** ncb_cache_folder - .cache/ of the checkout, absolute, malloc'd */
char *ncb_cache_folder(void)
{
	char *top = realpath(ncb_top(), NULL), *cache = ncb_format("%s/.cache", top ? top : ncb_top());

	free(top);
	return cache;
}

/* -- lists -- */

static const char *missing_tool(void)
{
	static const char *const tools[] = { "apt-get", "apt-cache", "dpkg-deb", "tar" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tools); i++)
		if (!ncb_have_command(tools[i]))
			return tools[i];
	return NULL;
}

/**
 * ncb_fetch_possible - whether packages can be fetched, as far as can be told without trying
 * @why: gets what is missing, where something is
 * @size: of @why
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int ncb_fetch_possible(char *why, size_t size)
{
	const char *tool = missing_tool();

	if (tool)
		snprintf(why, size, "no %s here to fetch Debian's packages with", tool);
	else if (!ncb_exists(KEYRING))
		snprintf(why, size, "Debian's keys are missing (" KEYRING "): install debian-archive-keyring");
	else
		return 0;
	return -EOPNOTSUPP;
}

static bool same_distribution(const char *suite)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(debian_suites); i++)
		if (!strncmp(suite, debian_suites[i], strlen(debian_suites[i])))
			return true;
	return false;
}

/* The mirror that this machine itself uses for a suite or, failing that, its neighbours. */
static char *find_mirror(const char *suite)
{
	const char *argv[] = { "apt-get", "indextargets", "--format",
			       "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages", NULL };
	char *list = ncb_command_output(argv), *line, *save = NULL, *found = NULL;
	bool security = strstr(suite, "-security"), exact = false;

	for (line = list ? strtok_r(list, "\n", &save) : NULL; line && !exact;
	     line = strtok_r(NULL, "\n", &save)) {
		char uri[512], release[128], component[64];

		if (sscanf(line, "%511s %127s %63s", uri, release, component) != 3 ||
		    strcmp(component, "main") || !same_distribution(release) ||
		    !strstr(release, "-security") == security)
			continue;
		exact = !strcmp(release, suite);
		if (exact || !found) {
			free(found);
			found = ncb_copy(uri);
		}
	}
	free(list);
	return found ? found : ncb_copy(security ? MIRROR_SECURITY : MIRROR);
}

/* This machine's name where its apt is asked for another one's packages as well, or NULL. */
static const char *foreign_to(const struct ncb_fetch *f)
{
	return ncb_machine_is_here(f->machine) ? NULL : ncb_machine_here()->debian;
}

/* sources.list, malloc'd. */
static char *sources_text(const struct ncb_fetch *f, bool own_mirror)
{
	const char *here = foreign_to(f), *const *suite;
	char *text = ncb_copy("");

	for (suite = f->suites; *suite; suite++) {
		bool security = strstr(*suite, "-security");
		char *mirror = own_mirror ? find_mirror(*suite) :
					    ncb_copy(security ? MIRROR_SECURITY : MIRROR);
		char *more = ncb_format("%sdeb [arch=%s%s%s signed-by=" KEYRING "] %s %s main\n", text,
					here ? here : "", here ? "," : "", f->machine->debian,
					mirror, *suite);

		free(text);
		free(mirror);
		text = more;
	}
	return text;
}

/* The two architectures of a fetch for another machine, malloc'd. */
static char *architectures(const struct ncb_fetch *f)
{
	const char *here = foreign_to(f);

	if (!here)
		return ncb_format("APT::Architecture \"%s\";\n", f->machine->debian);
	return ncb_format("APT::Architecture \"%s\";\n"
			  "#clear APT::Architectures;\n"
			  "APT::Architectures { \"%s\"; \"%s\"; };\n", here, here,
			  f->machine->debian);
}

static int write_apt_files(const struct ncb_fetch *f, bool own_mirror)
{
	char *sources = ncb_format("%s/sources.list", f->apt), *state, *arch;
	char *text = sources_text(f, own_mirror);
	int err;

	err = ncb_write_file(sources, text, strlen(text));
	free(text);
	arch = architectures(f);
	/* Hooks of the machine's configuration have no business here. */
	text = ncb_format("#clear APT::Update::Pre-Invoke;\n"
			  "#clear APT::Update::Post-Invoke;\n"
			  "#clear APT::Update::Post-Invoke-Success;\n"
			  "#clear APT::Default-Release;\n"
			  "%s"
			  "APT::Sandbox::User \"root\";\n"
			  "Dir::Etc::sourcelist \"%s\";\n"
			  "Dir::Etc::sourceparts \"/dev/null\";\n"
			  "Dir::Etc::preferences \"/dev/null\";\n"
			  "Dir::Etc::preferencesparts \"/dev/null\";\n"
			  "Dir::State::lists \"%s/lists\";\n"
			  "Dir::State::status \"%s/status\";\n"
			  "Dir::Cache \"%s/cache\";\n"
			  "Acquire::Languages \"none\";\n"
			  "Acquire::Retries \"2\";\n"
			  "Acquire::http::Timeout \"20\";\n",
			  arch, sources, f->apt, f->apt, f->apt);
	free(arch);
	if (!err)
		err = ncb_write_file(f->conf, text, strlen(text));
	free(text);
	free(sources);
	/* No package is installed, as far as this apt knows. */
	state = ncb_format("%s/status", f->apt);
	if (!err)
		err = ncb_write_file(state, "", 0);
	free(state);
	return err;
}

/* As apt wants the name of a package of the machine that is fetched for, malloc'd. */
static char *full_name(const struct ncb_fetch *f, const char *package)
{
	return foreign_to(f) ? ncb_format("%s:%s", package, f->machine->debian) :
			       ncb_copy(package);
}

static char *show_entry(const struct ncb_fetch *f, const char *package)
{
	const char *argv[] = { "apt-cache", "-c", f->conf, "show", "--no-all-versions", package, NULL };

	return ncb_command_output(argv);
}

/** ncb_fetch_show - a package's entry in the lists, malloc'd; NULL or "": there is none */
char *ncb_fetch_show(const struct ncb_fetch *f, const char *package)
{
	char *ask = full_name(f, package), *control = show_entry(f, ask);

	free(ask);
	return control;
}

/* The value of a field of a package's entry, malloc'd, or NULL. */
static char *field(const char *control, const char *name)
{
	size_t n = strlen(name);
	const char *line;

	for (line = control; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, n) && line[n] == ':') {
			line += n + 1;
			line += strspn(line, " ");
			return ncb_format("%.*s", (int)strcspn(line, "\n"), line);
		}
	}
	return NULL;
}

static unsigned long long size_field(const char *control, const char *name)
{
	char *value = field(control, name);
	unsigned long long n = value ? strtoull(value, NULL, 10) : 0;

	free(value);
	return n;
}

/** ncb_fetch_reason - what went wrong, malloc'd: first error, else first warning, else last line */
char *ncb_fetch_reason(const struct ncb_fetch *f)
{
	char *text = ncb_read_file(f->log, NULL), *line, *save = NULL, *out;
	const char *found[3] = { NULL, NULL, "no log" };

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned int rank = !strncmp(line, "E: ", 3) ? 0 : !strncmp(line, "W: ", 3) ? 1 : 2;

		if (!found[rank] || rank == 2)
			found[rank] = line;
	}
	out = ncb_copy(found[0] ? found[0] : found[1] ? found[1] : found[2]);
	free(text);
	return out;
}

static int update_lists(struct ncb_fetch *f, const char *probe, bool own_mirror)
{
	const char *argv[] = { "apt-get", "-c", f->conf, "-q", "update", NULL };
	struct ncb_spawn s = { .argv = argv, .log = f->log, .timeout = 300 };
	char *sources = ncb_format("%s/sources.list", f->apt), *before, *after, *control;
	int err;

	before = own_mirror ? NULL : ncb_read_file(sources, NULL);
	err = write_apt_files(f, own_mirror);
	after = ncb_read_file(sources, NULL);
	/* The same mirrors once more would say the same. */
	if (!err && before && after && !strcmp(before, after))
		err = -ENODATA;
	free(before);
	free(after);
	free(sources);
	if (err)
		return err;
	unlink(f->log);
	err = ncb_run_command(&s);
	if (err < 0)
		return err;
	/* A list that could not be had makes it fail or not; what counts is the package. */
	control = ncb_fetch_show(f, probe);
	err = control && *control ? 0 : -ENODATA;
	free(control);
	return err;
}

/** ncb_fetch_dependency - the first dependency that begins with @prefix, malloc'd, or NULL */
char *ncb_fetch_dependency(const char *control, const char *prefix)
{
	char *list = field(control, "Depends"), *word, *save = NULL, *found = NULL;

	for (word = list ? strtok_r(list, ",|", &save) : NULL; word && !found;
	     word = strtok_r(NULL, ",|", &save)) {
		word += strspn(word, " ");
		if (!strncmp(word, prefix, strlen(prefix)))
			found = ncb_format("%.*s", (int)strcspn(word, " ("), word);
	}
	free(list);
	return found;
}


/**
 * ncb_fetch_want - put a package on the list of what is fetched
 * @f: the fetch
 * @name: the package; NULL is one that there is not
 * @tool: it runs on this machine, or is the same for all
 * @part: the only part of it that is to be unpacked, or NULL
 *
 * Return: 0, or -ENODATA where the lists do not have it.
 */
int ncb_fetch_want(struct ncb_fetch *f, const char *name, bool tool, const char *part)
{
	struct ncb_package *p = &f->package[f->packages];

	if (!name)
		return -ENODATA;
	f->packages++;
	p->name = ncb_copy(name);
	p->ask = tool ? ncb_copy(name) : full_name(f, name);
	p->part = part;
	p->control = show_entry(f, p->ask);
	return p->control && *p->control ? 0 : -ENODATA;
}

/* -- packages -- */

/* The file of a package in the folder of packages, as apt names it, malloc'd. */
static char *deb_path(const struct ncb_fetch *f, const struct ncb_package *p)
{
	char *version = field(p->control, "Version"), *arch = field(p->control, "Architecture");
	char *path, *epoch = version ? strchr(version, ':') : NULL;

	/* "1:1.2.13" */
	if (epoch)
		*epoch = '\0';
	path = ncb_format("%s/%s_%s%s%s_%s.deb", f->debs, p->name, version ? version : "",
			  epoch ? "%3a" : "", epoch ? epoch + 1 : "", arch ? arch : "");
	free(version);
	free(arch);
	return path;
}

static unsigned long long bytes_there(const struct ncb_fetch *f)
{
	unsigned long long sum = 0;
	struct stat st;
	unsigned int i;

	for (i = 0; i < f->packages; i++) {
		char *path = deb_path(f, &f->package[i]);

		if (stat(path, &st) == 0)
			sum += st.st_size;
		free(path);
	}
	return sum;
}

static int check_space(const struct ncb_fetch *f, unsigned long long more)
{
	unsigned long long need = more, there = bytes_there(f), available;
	struct statvfs fs;
	unsigned int i;

	for (i = 0; i < f->packages; i++) {
		need += size_field(f->package[i].control, "Size");
		if (!f->package[i].part)
			need += size_field(f->package[i].control, "Installed-Size") * 1024;
	}
	need -= need > there ? there : need;
	if (statvfs(f->cache, &fs) < 0)
		return 0;
	available = (unsigned long long)fs.f_bavail * fs.f_frsize;
	if (available >= need)
		return 0;
	ncb_error("not enough room in %s: %s takes %llu MiB, %llu MiB are free", f->cache, f->title,
		  need / MIB + 1, available / MIB);
	return -ENOSPC;
}

struct download {
	const struct ncb_fetch *fetch;
	unsigned long long total;
	struct ncb_progress progress;
};

static int on_download(void *data)
{
	struct download *d = data;

	ncb_progress(&d->progress, (double)bytes_there(d->fetch) / d->total, NULL);
	return 0;
}

static int download(struct ncb_fetch *f)
{
	const char *argv[6 + NCB_PACKAGES] = { "apt-get", "-c", f->conf, "-q", "download" };
	struct download d = { .fetch = f, .total = 1 };
	struct ncb_spawn s = { .argv = argv, .dir = f->debs, .log = f->log, .timeout = 3600,
			       .tick = on_download, .tick_data = &d };
	unsigned int i;
	int err;

	for (i = 0; i < f->packages; i++) {
		argv[5 + i] = f->package[i].ask;
		d.total += size_field(f->package[i].control, "Size");
	}
	ncb_say("downloading %s (%s), %llu MiB", f->title, f->package[0].name, d.total / MIB + 1);
	ncb_progress_start(&d.progress, "downloading");
	err = ncb_run_command(&s);
	ncb_progress_end(&d.progress);
	return err > 0 ? -EIO : err;
}

/**
 * ncb_fetch_packages - download what is wanted
 * @f: the fetch
 * @more: bytes that unpacking takes beyond what the packages say
 *
 * Return: 0; -ENOSPC, with a message; -EINTR; or -errno without one.
 */
int ncb_fetch_packages(struct ncb_fetch *f, unsigned long long more)
{
	int err = check_space(f, more);

	return err ? err : download(f);
}

static int unpack(const struct ncb_fetch *f, const struct ncb_package *p, const char *dir)
{
	char *deb = deb_path(f, p);
	const char *whole[] = { "dpkg-deb", "-x", deb, dir, NULL };
	const char *part[] = { "sh", "-c", "dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" \"$3\"",
			       "sh", deb, dir, p->part, NULL };
	struct ncb_spawn s = { .argv = p->part ? part : whole, .log = f->log, .timeout = 600 };
	int err = ncb_run_command(&s);

	free(deb);
	return err > 0 ? -EIO : err;
}

/** ncb_fetch_unpack - unpack what was downloaded into a folder; 0 or -errno */
int ncb_fetch_unpack(const struct ncb_fetch *f, const char *dir)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < f->packages && !err; i++)
		err = unpack(f, &f->package[i], dir);
	return err;
}

/**
 * ncb_fetch_lock - keep other processes from fetching into this cache
 *
 * Return: a file descriptor, whose closing lets them; or -errno with a message.
 */
int ncb_fetch_lock(void)
{
	char *cache = ncb_cache_folder(), *path = ncb_format("%s/lock", cache);
	struct timespec nap = { .tv_nsec = 200 * 1000 * 1000 };
	int fd = -1, err = ncb_make_dirs(cache);
	bool said = false;

	if (!err) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		err = fd < 0 ? -errno : 0;
	}
	while (!err && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			err = -errno;
		else if (ncb_interrupted)
			err = -EINTR;
		if (!said && !err)
			ncb_say("another ncbench is fetching packages or building for a guest; waiting for it");
		said = true;
		nanosleep(&nap, NULL);
	}
	if (err && err != -EINTR)
		ncb_error("cannot lock %s: %s", path, strerror(-err));
	free(path);
	free(cache);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

/* -- all together -- */

static int prepare_folders(struct ncb_fetch *f)
{
	static const char *const folders[] = { "lists/partial", "cache/archives/partial" };
	size_t i;
	int err;

	f->cache = ncb_cache_folder();
	f->debs = ncb_format("%s/debs", f->cache);
	f->apt = ncb_format("%s/apt/%s", f->cache, f->name);
	f->conf = ncb_format("%s/apt.conf", f->apt);
	f->log = ncb_format("%s/log", f->apt);
	err = ncb_make_dirs(f->debs);
	for (i = 0; i < ARRAY_SIZE(folders) && !err; i++) {
		char *below = ncb_format("%s/%s", f->apt, folders[i]);

		err = ncb_make_dirs(below);
		free(below);
	}
	return err;
}

/**
 * ncb_fetch_lists - begin to fetch: ask the mirrors what there is
 * @f: the fetch
 * @probe: a package that is there where the lists are
 *
 * The mirror that this machine itself uses is asked first, then Debian's.
 *
 * Return: 0; -ENODATA where no mirror has it; -EINTR; or -errno. Only where it
 * was a folder that cannot be written, which is -EACCES, there was a message.
 */
int ncb_fetch_lists(struct ncb_fetch *f, const char *probe)
{
	int err = prepare_folders(f);

	if (err) {
		ncb_error("cannot write into %s: %s", f->cache, strerror(-err));
		return -EACCES;
	}
	ncb_say("looking for %s in Debian's package lists", f->title);
	err = update_lists(f, probe, true);
	if (err == -ENODATA)
		err = update_lists(f, probe, false);
	return err;
}

/** ncb_fetch_free - give back what a fetch took */
void ncb_fetch_free(struct ncb_fetch *f)
{
	unsigned int i;

	for (i = 0; i < f->packages; i++) {
		free(f->package[i].name);
		free(f->package[i].ask);
		free(f->package[i].control);
	}
	free(f->cache);
	free(f->apt);
	free(f->conf);
	free(f->debs);
	free(f->log);
}
