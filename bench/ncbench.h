/* SPDX-License-Identifier: GPL-2.0-only */
/* What every part of the driver uses: exit codes, messages, small helpers. */
#ifndef NCBENCH_H
#define NCBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define NCB_VERSION	"0.1"
#ifndef NCB_REVISION
#define NCB_REVISION	"unknown"	/* from make: git describe */
#endif

/* Exit codes of every command. Only main() exits; helpers return -errno. */
enum ncb_exit {
	NCB_EXIT_OK = 0,
	NCB_EXIT_FAILED = 1,
	NCB_EXIT_USAGE = 2,
	NCB_EXIT_REGRESSION = 3,
	NCB_EXIT_CANNOT = 4,		/* cannot run here; the message says what would help */
};

/* For what failed with a message: -EINVAL is what was asked for, -EOPNOTSUPP this machine. */
enum ncb_exit ncb_exit_code(int err);

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))

/* -1 quiet (errors only), 0 normal, 1 verbose */
extern int ncb_verbosity;

/* To stderr, one line, prefixed "ncbench: ". */
void ncb_error(const char *format, ...) PRINTF(1, 2);
void ncb_say(const char *format, ...) PRINTF(1, 2);	/* not with -q */
void ncb_detail(const char *format, ...) PRINTF(1, 2);	/* only with -v */

/* Set by SIGINT, SIGTERM and SIGHUP, which do not end the process by themselves. */
extern volatile int ncb_interrupted;
void ncb_catch_signals(void);

/* -- progress.c: a bar with time left on a terminal, plain lines elsewhere -- */
struct ncb_progress {
	const char *what;
	double start;		/* ncb_now() */
	double last;		/* when it was last drawn */
	double plain_every;	/* seconds between plain lines */
	bool terminal;
	unsigned int width;	/* characters that the last line took */
};
void ncb_progress_start(struct ncb_progress *p, const char *what);
void ncb_progress(struct ncb_progress *p, double share, const char *detail);
void ncb_progress_end(struct ncb_progress *p);
void ncb_progress_within(struct ncb_progress *p, double from, double to);
double ncb_now(void);		/* CLOCK_MONOTONIC in s */

/* -- util.c -- */
char *ncb_format(const char *format, ...) PRINTF(1, 2);	/* malloc'd; never NULL (aborts) */
void *ncb_alloc(size_t count, size_t size);		/* zeroed; never NULL (aborts) */
void *ncb_grow(void *old, size_t count, size_t size);	/* realloc; never NULL (aborts) */
char *ncb_copy(const char *s);
char *ncb_read_file(const char *path, size_t *size);	/* malloc'd and NUL-ended, or NULL + errno */
int ncb_read_line(const char *path, char *buffer, size_t size);	/* first line, trimmed; 0 or -errno */
/* Written beside, synced, renamed: the file is whole or as it was. 0 or -errno. */
int ncb_write_file(const char *path, const void *data, size_t size);
int ncb_make_dirs(const char *path);			/* mkdir -p */
int ncb_remove_tree(const char *path);			/* rm -rf */
bool ncb_exists(const char *path);

/**
 * struct ncb_spawn - a command to run and wait for
 * @argv: NULL-ended
 * @dir: working directory, or NULL
 * @log: file that stdout and stderr are appended to, or NULL (inherited; stdout to stderr)
 * @env: NULL-ended NAME=value strings added to the environment, or NULL
 * @timeout: seconds, 0: none; then the process group is killed
 * @tick: called about five times a second while waiting, or NULL; returning non-zero kills it
 * @tick_data: passed to @tick
 * @prepare: called in the new process, right before the command takes its place, or NULL
 * @prepare_data: passed to @prepare
 */
struct ncb_spawn {
	const char *const *argv;
	const char *dir;
	const char *log;
	const char *const *env;
	double timeout;
	int (*tick)(void *data);
	void *tick_data;
	void (*prepare)(void *data);
	void *prepare_data;
};
/* Exit status 0 .. 255, 128 + signal, -ETIMEDOUT, -EINTR (also kills on ncb_interrupted), -errno. */
int ncb_run_command(const struct ncb_spawn *s);
/* Its stdout, malloc'd, trimmed of the last newline; NULL where it failed. */
char *ncb_command_output(const char *const *argv);
bool ncb_have_command(const char *name);

/* Folder of the checkout (with Makefile, kmod/, plot/), found from the executable or $NCBENCH_TOP. */
const char *ncb_top(void);

#endif /* NCBENCH_H */
