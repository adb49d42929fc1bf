// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking ncbench-memory, a program of its own because of the libraries that it takes and
 * because a damaged file can end no more than it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "memory_ask.h"
#include "target/kernel.h"

#define PROGRAM		"ncbench-memory"
#define SAY_EVERY	10	/* seconds */
#define MAP_LEAST	4096	/* bytes; packages without symbols have a line that says so */

/* -- which files -- */

/** ncb_memory_subject_free - free what a subject names */
void ncb_memory_subject_free(struct ncb_memory_subject *s)
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

/**
 * ncb_memory_running - the files of the running kernel
 * @s: gets them; whether its BTF can be read is not known
 */
void ncb_memory_running(struct ncb_memory_subject *s)
{
	struct utsname u;

	memset(s, 0, sizeof(*s));
	uname(&u);
	s->release = ncb_copy(u.release);
	s->file = ncb_copy("/sys/kernel/btf/vmlinux");
	s->image = if_there(ncb_format("/boot/vmlinuz-%s", u.release), 1);
	s->map = if_there(ncb_format("/boot/System.map-%s", u.release), MAP_LEAST);
	s->modules = if_there(ncb_format("/lib/modules/%s", u.release), 0);
}

/**
 * ncb_memory_of_kernel - the files of a kernel for guests, but its modules
 * @s: gets them
 * @k: packaged or given
 */
void ncb_memory_of_kernel(struct ncb_memory_subject *s, const struct ncb_kernel *k)
{
	memset(s, 0, sizeof(*s));
	s->release = ncb_copy(k->release);
	/* What is booted may have been stripped; in its build folder it has all. */
	s->file = k->root ? NULL : if_there(ncb_format("%s/vmlinux", k->kdir), MAP_LEAST);
	if (s->file)
		s->map = if_there(ncb_format("%s/System.map", k->kdir), MAP_LEAST);
	else
		s->file = ncb_copy(k->vmlinuz);
	if (k->root)
		s->map = if_there(ncb_format("%s/boot/System.map-%s", k->root, k->release),
				  MAP_LEAST);
}

static int use_packaged(struct ncb_memory_subject *s, const char *version, bool modules)
{
	const struct ncb_machine *m = ncb_machine_here();
	struct ncb_kernel k = { 0 };
	int err = ncb_kernel_get(m, version, NULL, &k);

	if (err)
		return err;
	ncb_memory_of_kernel(s, &k);
	if (modules)
		err = ncb_kernel_modules(m, &k, &s->modules);
	ncb_kernel_free(&k);
	return err;
}

/**
 * ncb_memory_find - the files that belong to a kernel
 * @s: gets them, also on error
 * @what: a file, the version of a packaged kernel, or NULL: the running one
 * @modules: of a packaged one those that come with it, too
 *
 * Return: 0, or -errno with a message.
 */
int ncb_memory_find(struct ncb_memory_subject *s, const char *what, bool modules)
{
	memset(s, 0, sizeof(*s));
	if (!what)
		ncb_memory_running(s);
	else if (strchr(what, '/') || ncb_exists(what))
		s->file = ncb_copy(what);
	else
		return use_packaged(s, what, modules);
	if (!access(s->file, R_OK))
		return 0;
	ncb_error("cannot read %s: %s%s", s->file, strerror(errno), what ? "" :
		  "; name a kernel: VMLINUX=/path/vmlinux, or VMLINUX=6.1 for a packaged one");
	return -ENOENT;
}

/* -- asking -- */

/** ncb_memory_program - where ncbench-memory is, if it is there; malloc'd */
char *ncb_memory_program(void)
{
	char *self = realpath("/proc/self/exe", NULL), *slash = self ? strrchr(self, '/') : NULL;
	char *path = slash ? ncb_format("%.*s/" PROGRAM, (int)(slash - self), self) :
			     ncb_copy(PROGRAM);

	free(self);
	return path;
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
static int run_program(const char *program, const struct ncb_memory_question *q, const char *to)
{
	const struct ncb_memory_subject *s = q->kernel, *other = q->other;
	const char *argv[20] = { "sh", "-c", "to=$1; shift; exec \"$@\" >\"$to\"", "sh", to,
				 program, "bill", s->file };
	const struct {
		const char *option, *value;
	} given[] = {
		{ "--image", s->image }, { "--map", s->map }, { "--modules", s->modules },
		{ "--against", !other ? NULL : other->image ? other->image : other->file },
	};
	double said[2] = { ncb_now(), ncb_now() };
	struct ncb_spawn spawn = { .argv = argv, .log = q->log, .timeout = q->seconds,
				   .tick = still_reading, .tick_data = said };
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

static int take(const char *path, json_t **said, char **why)
{
	json_t *raw = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	const char *bad;
	int err = -EBADMSG;

	if (!raw) {
		*why = ncb_format(PROGRAM " said nothing that can be read; "
				  "'make' builds the one that belongs here");
		return err;
	}
	*said = cleaned(raw);
	json_decref(raw);
	bad = ncb_memory_check(*said);
	if (bad) {
		*why = ncb_format(PROGRAM " said what makes no sense (%s): it may be of another "
				  "version than this one; 'make' builds both", bad);
		goto out;
	}
	if (!*ncb_part_string(*said, "reason"))
		return 0;
	*why = ncb_format("%s: %s", ncb_part_string(*said, "file"),
			  ncb_part_string(*said, "reason"));
	err = -ENODATA;
out:
	json_decref(*said);
	*said = NULL;
	return err;
}

/* What the program said first, without "ncbench: "; no reason is ever empty. */
static char *complaint(const char *log, int status)
{
	char *said = ncb_part_complaint(log);

	if (!*said) {
		free(said);
		return ncb_format(PROGRAM " ended with status %d and said nothing", status);
	}
	if (!strncmp(said, "ncbench: ", 9))
		memmove(said, said + 9, strlen(said + 9) + 1);
	return said;
}

static int run_and_take(const char *program, const struct ncb_memory_question *q, json_t **said,
			char **why)
{
	char to[] = "/tmp/ncbench-memory.XXXXXX";
	int fd = mkstemp(to), status, err;

	if (fd < 0) {
		err = -errno;
		*why = ncb_format("cannot make %s: %s", to, strerror(errno));
		return err;
	}
	close(fd);
	status = run_program(program, q, to);
	if (status == -EINTR)
		*why = ncb_copy("interrupted");
	else if (status == -ETIMEDOUT)
		*why = ncb_format("reading took longer than %g s", q->seconds);
	else if (status < 0 || status > NCB_EXIT_CANNOT)
		*why = ncb_format(PROGRAM " did not end as it should (%s %d): is there memory and "
				  "room in /tmp?", status < 0 ? strerror(-status) : "status",
				  status);
	else if (status && q->log)
		*why = complaint(q->log, status);
	if (!status)
		err = take(to, said, why);
	else
		err = status == NCB_EXIT_CANNOT ? -EOPNOTSUPP : status == -EINTR ? -EINTR : -EIO;
	unlink(to);
	return err;
}

/**
 * ncb_memory_ask - the bill of a kernel
 * @q: which one
 * @said: a run's part "memory", or NULL on error
 * @why: on error one sentence, malloc'd; NULL where the program said it on stderr
 *
 * Return: 0 or -errno: -EOPNOTSUPP and -ENODATA where nothing is wrong but nothing can be
 * told, -EINTR.
 */
int ncb_memory_ask(const struct ncb_memory_question *q, json_t **said, char **why)
{
	char *program = ncb_memory_program();
	int err = -EOPNOTSUPP;

	*said = NULL;
	*why = NULL;
	if (ncb_exists(program))
		err = run_and_take(program, q, said, why);
	else
		*why = ncb_format("there is no %s: it needs libbpf, libelf and libdw with their "
				  "headers; 'bench/deps.sh test' installs them, 'make' builds it",
				  program);
	free(program);
	return err;
}

/* -- a kernel that runs -- */

/**
 * ncb_memory_live_said - what ncbench-memory said of a kernel that it ran on
 * @path: file with it
 *
 * Return: an object, of which nothing but "reason" is there where nothing is known.
 */
json_t *ncb_memory_live_said(const char *path)
{
	json_t *raw = json_load_file(path, JSON_REJECT_DUPLICATES, NULL), *said;
	const char *bad;

	if (!raw)
		return json_pack("{ss}", "reason", PROGRAM " said nothing that can be read");
	said = cleaned(raw);
	json_decref(raw);
	bad = ncb_memory_live_check(said);
	if (!bad)
		return said;
	json_decref(said);
	return json_pack("{ss+}", "reason", PROGRAM " said what makes no sense: ", bad);
}

/**
 * ncb_memory_live_here - what is there of notifier chains in the kernel that runs here
 *
 * Return: as above.
 */
json_t *ncb_memory_live_here(void)
{
	char to[] = "/tmp/ncbench-memory.XXXXXX", *program = ncb_memory_program();
	const char *argv[] = { "sh", "-c", "exec \"$2\" live >\"$1\"", "sh", to, program, NULL };
	struct ncb_spawn spawn = { .argv = argv };
	int fd = mkstemp(to), status = -EIO;
	json_t *said;

	if (fd >= 0) {
		close(fd);
		status = ncb_run_command(&spawn);
	}
	said = status ? json_pack("{ss}", "reason", PROGRAM " could not tell; what it said is above") :
			ncb_memory_live_said(to);
	if (fd >= 0)
		unlink(to);
	free(program);
	return said;
}
