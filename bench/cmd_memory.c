// SPDX-License-Identifier: GPL-2.0-only
/* ncbench memory: what the list designs take in memory, kept as a run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "command.h"
#include "memory.h"
#include "target/kernel.h"

#define PROGRAM		"ncbench-memory"
#define SAY_EVERY	10	/* seconds */
#define MAP_LEAST	4096	/* bytes; packages without symbols have a line that says so */

enum { KEY_AGAINST = 256, KEY_MODULES, KEY_MAP, KEY_NAME, KEY_RESULTS };

static const struct argp_option options[] = {
	{ "against", KEY_AGAINST, "WHAT", 0, "another kernel: what changed, and is it as computed?", 1 },
	{ "modules", KEY_MODULES, "DIR", 0, "its modules; default: those that come with it", 1 },
	{ "map", KEY_MAP, "FILE", 0, "System.map of a kernel without symbols", 1 },
	{ "name", KEY_NAME, "NAME", 0, "of the run", 2 },
	{ "results", KEY_RESULTS, "DIR", 0, "keep runs there", 2 },
	{ 0 }
};

struct input {
	const char *kernel, *against, *modules, *map, *name, *results;
};

/**
 * struct subject - a kernel that is looked at; all strings malloc'd
 * @file: types are in it
 * @image: it, where @file is BTF alone; or NULL
 * @map: its System.map, or NULL
 * @modules: folder of its modules, or NULL
 * @release: or NULL where it is not known
 */
struct subject {
	char *file, *image, *map, *modules, *release;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;

	switch (key) {
	case KEY_AGAINST: in->against = arg; break;
	case KEY_MODULES: in->modules = arg; break;
	case KEY_MAP: in->map = arg; break;
	case KEY_NAME: in->name = arg; break;
	case KEY_RESULTS: in->results = arg; break;
	case ARGP_KEY_ARG:
		if (in->kernel) {
			argp_error(state, "one kernel at a time; '%s' is one more", arg);
			return EINVAL;
		}
		in->kernel = arg;
		break;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options, .parser = parse, .args_doc = "[KERNEL]", .children = ncb_common_options,
	.doc = "What notifier blocks, heads and the structs around them take under both list designs. "
	       "Reads files; nothing is loaded or run.\vKERNEL: a vmlinux with or without debug "
	       "information, a vmlinuz, BTF, or the version of a packaged kernel (6.1); without it, "
	       "the running kernel.",
};

/* -- which files -- */

static void subject_free(struct subject *s)
{
	free(s->file);
	free(s->image);
	free(s->map);
	free(s->modules);
	free(s->release);
}

static bool holds(const char *path, off_t least)
{
	struct stat st;

	return !access(path, R_OK) && !stat(path, &st) && st.st_size >= least;
}

/* @path where it can be read and has so many bytes, else NULL. Takes it. */
static char *if_there(char *path, off_t least)
{
	if (holds(path, least))
		return path;
	free(path);
	return NULL;
}

static void use_running(struct subject *s)
{
	struct utsname u;

	uname(&u);
	s->release = ncb_copy(u.release);
	s->file = ncb_copy("/sys/kernel/btf/vmlinux");
	s->image = if_there(ncb_format("/boot/vmlinuz-%s", u.release), 1);
	s->map = if_there(ncb_format("/boot/System.map-%s", u.release), MAP_LEAST);
	s->modules = if_there(ncb_format("/lib/modules/%s", u.release), 0);
}

static int use_packaged(struct subject *s, const char *version, bool modules)
{
	const struct ncb_machine *m = ncb_machine_here();
	struct ncb_kernel k = { 0 };
	int err = ncb_kernel_get(m, version, NULL, &k);

	if (err)
		return err;
	s->release = ncb_copy(k.release);
	s->file = ncb_copy(k.vmlinuz);
	if (k.root)
		s->map = if_there(ncb_format("%s/boot/System.map-%s", k.root, k.release), MAP_LEAST);
	if (modules)
		err = ncb_kernel_modules(m, &k, &s->modules);
	ncb_kernel_free(&k);
	return err;
}

static int find_kernel(struct subject *s, const char *what, bool modules)
{
	memset(s, 0, sizeof(*s));
	if (!what)
		use_running(s);
	else if (strchr(what, '/') || ncb_exists(what))
		s->file = ncb_copy(what);
	else
		return use_packaged(s, what, modules);
	if (!access(s->file, R_OK))
		return 0;
	ncb_error("cannot read %s: %s%s", s->file, strerror(errno),
		  what ? "" : "; name a kernel: VMLINUX=/path/vmlinux, or VMLINUX=6.1 for a packaged one");
	return -ENOENT;
}

/* -- asking ncbench-memory -- */

static char *find_program(void)
{
	char *self = realpath("/proc/self/exe", NULL), *slash = self ? strrchr(self, '/') : NULL;
	char *path = slash ? ncb_format("%.*s/" PROGRAM, (int)(slash - self), self) : ncb_copy(PROGRAM);

	free(self);
	if (ncb_exists(path))
		return path;
	ncb_error("there is no %s: it needs libbpf, libelf and libdw with their headers; 'bench/deps.sh test' installs them, 'make' builds it", path);
	free(path);
	return NULL;
}

static int still_reading(void *data)
{
	double *said = data, now = ncb_now();

	if (now - said[1] >= SAY_EVERY) {
		said[1] = now;
		ncb_say("still reading, %.0f s", now - said[0]);
	}
	return 0;
}

/* Its stdout goes to a file of its own: messages are for people. */
static int run_program(const char *program, const struct subject *s, const struct subject *other,
		       const char *to)
{
	const char *argv[20] = { "sh", "-c", "to=$1; shift; exec \"$@\" >\"$to\"", "sh", to, program,
				 "bill", s->file };
	const struct {
		const char *option, *value;
	} given[] = {
		{ "--image", s->image }, { "--map", s->map }, { "--modules", s->modules },
		{ "--against", other->image ? other->image : other->file },
	};
	double said[2] = { ncb_now(), ncb_now() };
	struct ncb_spawn spawn = { .argv = argv, .tick = still_reading, .tick_data = said };
	size_t n = 8, i;

	for (i = 0; i < ARRAY_SIZE(given); i++) {
		if (!given[i].value)
			continue;
		argv[n++] = given[i].option;
		argv[n++] = given[i].value;
	}
	return ncb_run_command(&spawn);
}

/* What files say stands in reports from here on. */
static json_t *cleaned(const json_t *from)
{
	json_t *to, *entry;
	const char *key;
	char *text;
	size_t i;

	if (json_is_object(from)) {
		to = json_object();
		json_object_foreach((json_t *)from, key, entry)
			json_object_set_new(to, key, cleaned(entry));
		return to;
	}
	if (json_is_array(from)) {
		to = json_array();
		json_array_foreach(from, i, entry)
			json_array_append_new(to, cleaned(entry));
		return to;
	}
	if (!json_is_string(from))
		return json_incref((json_t *)from);
	text = ncb_part_clean(json_string_value(from));
	to = json_string(text);
	free(text);
	return to;
}

static int take(const char *path, struct ncb_rundata *r)
{
	json_t *said = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	const char *bad;

	if (!said) {
		ncb_error(PROGRAM " said nothing that can be read; 'make' builds the one that belongs here");
		return -EBADMSG;
	}
	r->memory = cleaned(said);
	json_decref(said);
	bad = ncb_memory_check(r->memory);
	if (bad) {
		ncb_error(PROGRAM " said what makes no sense (%s): it may be of another version than this one; 'make' builds both", bad);
		return -EBADMSG;
	}
	if (!*ncb_part_string(r->memory, "reason"))
		return 0;
	ncb_error("%s: %s", ncb_part_string(r->memory, "file"),
		  ncb_part_string(r->memory, "reason"));
	return -ENODATA;
}

static int ask(const struct subject *s, const struct subject *other, struct ncb_rundata *r)
{
	char *program = find_program(), to[] = "/tmp/ncbench-memory.XXXXXX";
	int fd, status, err;

	if (!program)
		return -EOPNOTSUPP;
	fd = mkstemp(to);
	if (fd < 0) {
		err = -errno;
		ncb_error("cannot make %s: %s", to, strerror(errno));
		free(program);
		return err;
	}
	close(fd);
	ncb_say("reading %s%s%s", s->file, s->modules ? " and the modules in " : "",
		s->modules ? s->modules : "");
	status = run_program(program, s, other, to);
	if (status == -EINTR)
		ncb_error("interrupted: no run is kept");
	else if (status < 0 || status > NCB_EXIT_CANNOT)
		ncb_error(PROGRAM " did not end as it should (%s %d): is there memory and room in /tmp?",
			  status < 0 ? strerror(-status) : "status", status);
	err = !status ? take(to, r) : status == NCB_EXIT_CANNOT ? -EOPNOTSUPP : -EIO;
	unlink(to);
	free(program);
	return err;
}

/* -- the run -- */

static void note_command(struct ncb_rundata *r, const struct input *in)
{
	const struct {
		const char *variable, *value;
	} words[] = {
		{ "VMLINUX", in->kernel }, { "AGAINST", in->against }, { "MODULES", in->modules },
		{ "MAP", in->map },
	};
	char *command = ncb_copy("make memory"), *longer;
	const char *quote;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!words[i].value)
			continue;
		quote = strpbrk(words[i].value, SHELL_CHARS) ? "'" : "";
		longer = ncb_format("%s %s=%s%s%s", command, words[i].variable, quote,
				    words[i].value, quote);
		free(command);
		command = longer;
	}
	ncb_env_set(r, "command", command);
	ncb_env_set(r, "revision", NCB_REVISION);
	free(command);
}

static void set_up(struct ncb_rundata *r, const struct input *in, const struct subject *s,
		   const char *name)
{
	time_t now = time(NULL);
	char date[32];

	ncb_rundata_init(r);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	ncb_env_set(r, "date", date);
	if (s->release)
		ncb_env_set(r, "kernel_release", s->release);
	r->name = ncb_copy(name);
	r->target = ncb_copy("files");
	r->profile = ncb_copy("memory");
	note_command(r, in);
}

static int exit_code(int err)
{
	if (!err)
		return NCB_EXIT_OK;
	return err == -EOPNOTSUPP || err == -ENODATA ? NCB_EXIT_CANNOT : NCB_EXIT_FAILED;
}

static int count_and_keep(const struct input *in, const char *name, const char *dir)
{
	struct subject s, other = { 0 };
	struct ncb_rundata r;
	int err = find_kernel(&s, in->kernel, !in->modules);

	if (!err && in->against)
		err = find_kernel(&other, in->against, false);
	if (in->modules) {
		free(s.modules);
		s.modules = ncb_copy(in->modules);
	}
	if (in->map) {
		free(s.map);
		s.map = ncb_copy(in->map);
	}
	set_up(&r, in, &s, name);
	if (!err)
		err = ask(&s, &other, &r);
	if (!err)
		err = ncb_run_keep(&r, dir);
	ncb_rundata_free(&r);
	subject_free(&other);
	subject_free(&s);
	return exit_code(err);
}

/** ncb_command_memory - ncbench memory; returns an exit code */
int ncb_command_memory(int argc, char **argv)
{
	char *results = ncb_format("%s/results", ncb_top()), *made = NULL, *dir = NULL;
	struct input in = { .results = results };
	time_t now = time(NULL);
	char date[32];
	int code;

	if (ncb_parse(&argp, argc, argv, &in, &code))
		goto out;
	if (in.name && !ncb_good_run_name(in.name)) {
		ncb_error("'%s' is no name for a run: letters, digits and . _ - + only", in.name);
		code = NCB_EXIT_USAGE;
		goto out;
	}
	strftime(date, sizeof(date), "%Y%m%d-%H%M%S", localtime(&now));
	made = in.name ? ncb_copy(in.name) : ncb_format("%s-memory", date);
	dir = ncb_format("%s/%s", in.results, made);
	code = ncb_run_check_place(in.results, dir) ? NCB_EXIT_FAILED :
						      count_and_keep(&in, made, dir);
	ncb_run_give_to_owner(in.results);
out:
	free(dir);
	free(made);
	free(results);
	return code;
}
