// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's make: how it is called, how far it is, and what it says that went wrong. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../target/machine.h"
#include "make.h"

/*
 * What a kernel's make would take from the environment, or from the make that we run
 * under: the same source is to give the same kernel.
 */
#define CLEAN \
	"-u", "MAKEFLAGS", "-u", "MFLAGS", "-u", "MAKEOVERRIDES", "-u", "MAKELEVEL", \
	"-u", "GNUMAKEFLAGS", "-u", "MAKEFILES", "-u", "ARCH", "-u", "SUBARCH", \
	"-u", "CROSS_COMPILE", "-u", "O", "-u", "V", "-u", "W", "-u", "C", "-u", "M", "-u", "CC", \
	"-u", "LD", "-u", "LLVM", "-u", "KBUILD_OUTPUT", "-u", "KBUILD_VERBOSE", \
	"-u", "KBUILD_EXTMOD", "-u", "KCONFIG_CONFIG", "-u", "KCFLAGS", "-u", "KAFLAGS", \
	"-u", "KCPPFLAGS", "-u", "HOSTCFLAGS", "-u", "HOSTLDFLAGS", "-u", "INSTALL_MOD_PATH", \
	"-u", "GCC_COLORS", "-u", "KBUILD_CFLAGS", "-u", "CFLAGS", "-u", "LDFLAGS"
#define FIXED \
	"LC_ALL=C", "TZ=UTC", "LOCALVERSION=", "KBUILD_BUILD_USER=ncbench", \
	"KBUILD_BUILD_HOST=ncbench", "KBUILD_BUILD_VERSION=1", \
	"KBUILD_BUILD_TIMESTAMP=Wed Jan  1 00:00:00 UTC 2020"

static const char *const clean[] = { "env", CLEAN, FIXED };
#define WORDS_MAX	24

/** ncb_make_cross - whether another machine's tools are needed */
bool ncb_make_cross(const struct ncb_flavour *f)
{
	const struct ncb_machine *here = ncb_machine_here();

	return !here || strcmp(here->uname, f->uname);
}

/** ncb_make_tool - the name of a tool that builds a flavour here, malloc'd */
char *ncb_make_tool(const struct ncb_flavour *f, const char *tool)
{
	return ncb_format("%s%s", ncb_make_cross(f) && f->cross ? f->cross : "", tool);
}

static unsigned int processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
}

struct counting {
	const char *log;
	unsigned int lines, before;
	double last;
	struct ncb_progress progress;
};

/** ncb_make_lines - how many files make has said that it made */
unsigned int ncb_make_lines(const char *log)
{
	char *text = ncb_read_file(log, NULL);
	const char *p = text;
	unsigned int n = 0;

	while (p && (p = strstr(p, "\n  "))) {
		p += 3;
		n += *p >= 'A' && *p <= 'Z';
	}
	free(text);
	return n;
}

static int on_tick(void *data)
{
	struct counting *c = data;
	double share;

	if (ncb_now() - c->last < 1)
		return 0;
	c->last = ncb_now();
	share = (double)(ncb_make_lines(c->log) - c->before) / c->lines;
	ncb_progress(&c->progress, share > 0.99 ? 0.99 : share, NULL);
	return 0;
}

/**
 * ncb_make - call the kernel's make
 * @m: the build
 * @targets: and variables, NULL-ended
 * @what: is being done, for people
 * @lines: files that it makes about; 0: no progress is shown
 *
 * Return: as ncb_run_command().
 */
int ncb_make(const struct ncb_making *m, const char *const *targets, const char *what,
	     unsigned int lines)
{
	const char *argv[ARRAY_SIZE(clean) + WORDS_MAX];
	char *out = ncb_format("O=%s", m->out), *jobs = ncb_format("-j%u", processors());
	char *cross = ncb_make_cross(m->flavour) && m->flavour->cross ?
			ncb_format("CROSS_COMPILE=%s", m->flavour->cross) : NULL;
	struct counting c = { .log = m->log, .lines = lines, .before = ncb_make_lines(m->log) };
	struct ncb_spawn s = { .argv = argv, .log = m->log, .tick = lines ? on_tick : NULL,
			       .tick_data = &c };
	size_t n = ARRAY_SIZE(clean);
	const char *const *word;
	int err;

	memcpy(argv, clean, sizeof(clean));
	argv[n++] = "make";
	argv[n++] = "-C";
	argv[n++] = m->tree;
	argv[n++] = out;
	argv[n++] = jobs;
	if (cross)
		argv[n++] = cross;
	for (word = m->flavour->make; *word; word++)
		argv[n++] = *word;
	for (word = targets; *word; word++)
		argv[n++] = *word;
	argv[n] = NULL;
	if (lines)
		ncb_progress_start(&c.progress, what);
	err = ncb_run_command(&s);
	if (lines)
		ncb_progress_end(&c.progress);
	free(cross);
	free(jobs);
	free(out);
	return err;
}

/** ncb_make_script - run a shell script in the build folder, as make would; see ncb_run_command() */
int ncb_make_script(const struct ncb_making *m, const char *script, const char *const *args)
{
	const char *argv[ARRAY_SIZE(clean) + WORDS_MAX];
	struct ncb_spawn s = { .argv = argv, .dir = m->out, .log = m->log };
	size_t n = ARRAY_SIZE(clean);

	memcpy(argv, clean, sizeof(clean));
	argv[n++] = "sh";
	argv[n++] = "-c";
	argv[n++] = script;
	argv[n++] = "sh";
	while (args && *args)
		argv[n++] = *args++;
	argv[n] = NULL;
	return ncb_run_command(&s);
}

/* What lines of a log begin or go on with that say why it failed, the best first. */
static const char *const complaints[] = {
	": error: ", ": fatal error: ", ": undefined reference to ", "multiple definition of ",
	"ERROR: ", "Error: ", "*** [", "*** ", ": not found",
};

/* The first line of a log that says why, without the folder of the source; malloc'd. */
static char *first_error(const struct ncb_making *m, char *text)
{
	char *line, *save = NULL, *found = NULL;
	size_t best = ARRAY_SIZE(complaints), i, n = strlen(m->tree);

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		for (i = 0; i < best && !strstr(line, complaints[i]); i++)
			;
		if (i >= best)
			continue;
		best = i;
		found = line;
	}
	if (found && !strncmp(found, m->tree, n) && found[n] == '/')
		found += n + 1;
	return ncb_copy(found ? found : "the log does not say why");
}

/**
 * ncb_make_failed - say why a build failed
 * @m: the build
 * @what: failed
 *
 * Return: -ENOSPC or -ENOEXEC.
 */
int ncb_make_failed(const struct ncb_making *m, const char *what)
{
	char *text = ncb_read_file(m->log, NULL), *words;
	bool full = text && strstr(text, "No space left on device");

	words = text ? first_error(m, text) : ncb_copy("there is no log");
	if (full)
		ncb_error("%s of %s (%s): the disk is full; 'make distclean' empties the cache", what,
			  m->source->title, m->flavour->name);
	else
		ncb_error("%s of %s (%s) failed: %s; all of it in %s", what, m->source->title,
			  m->flavour->name, words, m->log);
	free(words);
	free(text);
	return full ? -ENOSPC : -ENOEXEC;
}
