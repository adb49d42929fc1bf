// SPDX-License-Identifier: GPL-2.0-only
/* Messages, memory, files and commands. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "ncbench.h"

int ncb_verbosity;
volatile int ncb_interrupted;

static void message(const char *format, va_list args)
{
	fputs("ncbench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

#define MESSAGE(least)				\
	do {					\
		va_list args;			\
						\
		if (ncb_verbosity < (least))	\
			return;			\
		va_start(args, format);		\
		message(format, args);		\
		va_end(args);			\
	} while (0)

/** ncb_error - say what went wrong, one line on stderr, whatever the verbosity */
void ncb_error(const char *format, ...)
{
	MESSAGE(-1);
}

/** ncb_say - say what is being done, one line on stderr; not with -q */
void ncb_say(const char *format, ...)
{
	MESSAGE(0);
}

/** ncb_detail - say more, one line on stderr; only with -v */
void ncb_detail(const char *format, ...)
{
	MESSAGE(1);
}

/** ncb_exit_code - what a command ends with where a helper returned @err, 0 or -errno */
enum ncb_exit ncb_exit_code(int err)
{
	switch (err) {
	case 0:
		return NCB_EXIT_OK;
	case -EINVAL:
		return NCB_EXIT_USAGE;
	case -EOPNOTSUPP:
		return NCB_EXIT_CANNOT;
	default:
		return NCB_EXIT_FAILED;
	}
}

static void on_signal(int number)
{
	ncb_interrupted = number;
}

/**
 * ncb_catch_signals - SIGINT, SIGTERM and SIGHUP only set ncb_interrupted
 *
 * System calls are not restarted, so that a wait ends; a second signal of the
 * same kind is remembered the same way.
 */
void ncb_catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/**
 * ncb_now - a clock for waiting and progress
 *
 * Return: CLOCK_MONOTONIC in seconds.
 */
double ncb_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void out_of_memory(void)
{
	ncb_error("out of memory");
	abort();
}

/** ncb_alloc - zeroed memory; aborts where there is none */
void *ncb_alloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);

	if (!p)
		out_of_memory();
	return p;
}

/** ncb_grow - realloc() for an array; aborts where there is no memory */
void *ncb_grow(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count ? count : 1, size);

	if (!p)
		out_of_memory();
	return p;
}

/** ncb_copy - strdup() that aborts where there is no memory; NULL stays NULL */
char *ncb_copy(const char *s)
{
	char *p = s ? strdup(s) : NULL;

	if (s && !p)
		out_of_memory();
	return p;
}

/** ncb_format - asprintf() that aborts where there is no memory */
char *ncb_format(const char *format, ...)
{
	va_list args;
	char *s;
	int n;

	va_start(args, format);
	n = vasprintf(&s, format, args);
	va_end(args);
	if (n < 0)
		out_of_memory();
	return s;
}

/**
 * ncb_read_file - a whole file
 * @path: of any file, also in /proc
 * @size: gets its length, or NULL
 *
 * Return: malloc'd content with a NUL behind it, or NULL with errno set.
 */
char *ncb_read_file(const char *path, size_t *size)
{
	size_t room = 1 << 16, used = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	char *data;
	ssize_t n;

	if (fd < 0)
		return NULL;
	data = ncb_alloc(1, room + 1);
	while ((n = read(fd, data + used, room - used)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			saved = errno;
			free(data);
			close(fd);
			errno = saved;
			return NULL;
		}
		used += n;
		if (used == room) {
			room *= 2;
			data = ncb_grow(data, room + 1, 1);
		}
	}
	close(fd);
	data[used] = '\0';
	if (size)
		*size = used;
	return data;
}

/**
 * ncb_read_line - the first line of a file, without white space at its end
 * @path: of the file
 * @buffer: gets it; empty on error
 * @size: of @buffer
 *
 * Return: 0 or -errno.
 */
int ncb_read_line(const char *path, char *buffer, size_t size)
{
	char *data = ncb_read_file(path, NULL);
	size_t n;

	buffer[0] = '\0';
	if (!data)
		return -errno;
	n = strcspn(data, "\n");
	while (n && strchr(" \t\r", data[n - 1]))
		n--;
	snprintf(buffer, size, "%.*s", (int)n, data);
	free(data);
	return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
	ssize_t n;

	while (size) {
		n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= n;
	}
	return 0;
}

/**
 * ncb_write_file - replace a file, whole or not at all
 * @path: of the file
 * @data: its new content
 * @size: bytes of @data
 *
 * Return: 0 or -errno; then the file is as it was.
 */
int ncb_write_file(const char *path, const void *data, size_t size)
{
	char *beside = ncb_format("%s.tmp-%d", path, (int)getpid());
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int err = fd < 0 ? -errno : write_all(fd, data, size);

	if (!err && fsync(fd) < 0)
		err = -errno;
	if (fd >= 0 && close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(beside, path) < 0)
		err = -errno;
	if (err && fd >= 0)
		unlink(beside);
	free(beside);
	return err;
}

/** ncb_make_dirs - mkdir -p; 0 or -errno */
int ncb_make_dirs(const char *path)
{
	char *copy = ncb_copy(path), *p;
	int err = 0;

	for (p = copy + 1; !err; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			err = -errno;
		*p = c;
		if (!c)
			break;
	}
	free(copy);
	return err;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/** ncb_remove_tree - rm -rf; 0 or -errno */
int ncb_remove_tree(const char *path)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

bool ncb_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* In the child: descriptors and folder; never returns. */
static void become(const struct ncb_spawn *s)
{
	int out = 2, null;
	size_t i;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* a killed ncbench leaves nothing running */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	null = open("/dev/null", O_RDONLY);
	if (null >= 0)
		dup2(null, 0);
	if (s->log) {
		out = open(s->log, O_WRONLY | O_CREAT | O_APPEND, 0666);
		if (out < 0)
			_exit(127);
		dup2(out, 2);
	}
	dup2(out, 1);
	if (s->dir && chdir(s->dir) < 0)
		_exit(127);
	for (i = 0; s->env && s->env[i]; i++)
		putenv((char *)s->env[i]);
	if (s->prepare)
		s->prepare(s->prepare_data);
	execvp(s->argv[0], (char *const *)s->argv);
	_exit(127);
}

static int wait_for(pid_t pid, const struct ncb_spawn *s)
{
	double end = s->timeout > 0 ? ncb_now() + s->timeout : 0;
	struct timespec nap = { .tv_nsec = 2 * 1000 * 1000 };
	int status, reason = 0;

	for (;;) {
		pid_t got = waitpid(pid, &status, reason ? 0 : WNOHANG);

		if (got == pid)
			break;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (reason)
			continue;
		if (ncb_interrupted)
			reason = -EINTR;
		else if (end && ncb_now() > end)
			reason = -ETIMEDOUT;
		else if (s->tick && s->tick(s->tick_data))
			reason = -ECANCELED;
		if (reason)
			kill(-pid, SIGKILL);
		nanosleep(&nap, NULL);
		if (nap.tv_nsec < 100 * 1000 * 1000)
			nap.tv_nsec *= 2;
	}
	if (reason)
		return reason;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/**
 * ncb_run_command - run a command and wait for it
 * @s: see struct ncb_spawn
 *
 * It runs in a process group of its own, so that the whole of it can be ended.
 *
 * Return: exit status 0 .. 255 (127: could not be started), 128 + signal,
 * -ETIMEDOUT, -EINTR after a signal to us, -ECANCELED after @tick, or -errno.
 */
int ncb_run_command(const struct ncb_spawn *s)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		become(s);
	setpgid(pid, pid);
	return wait_for(pid, s);
}

/**
 * ncb_command_output - what a command prints
 * @argv: NULL-ended
 *
 * Return: its standard output, malloc'd, without the last newline; NULL where
 * it could not be run or failed. Its standard error is dropped.
 */
char *ncb_command_output(const char *const *argv)
{
	int pipes[2], status, null;
	size_t room = 4096, used = 0;
	char *out;
	ssize_t n;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return NULL;
	pid = fork();
	if (pid < 0) {
		close(pipes[0]);
		close(pipes[1]);
		return NULL;
	}
	if (!pid) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 2);
		dup2(pipes[1], 1);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(pipes[1]);
	out = ncb_alloc(room + 1, 1);
	while ((n = read(pipes[0], out + used, room - used)) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		used += n > 0 ? n : 0;
		if (used == room) {
			room *= 2;
			out = ncb_grow(out, room + 1, 1);
		}
	}
	close(pipes[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n < 0 || !WIFEXITED(status) || WEXITSTATUS(status)) {
		free(out);
		return NULL;
	}
	while (used && out[used - 1] == '\n')
		used--;
	out[used] = '\0';
	return out;
}

/** ncb_have_command - whether a program of that name can be run from $PATH */
bool ncb_have_command(const char *name)
{
	const char *path = getenv("PATH");
	char full[PATH_MAX];
	size_t n;

	for (; path && *path; path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		snprintf(full, sizeof(full), "%.*s/%s", (int)n, path, name);
		if (access(full, X_OK) == 0)
			return true;
	}
	return false;
}

/**
 * ncb_top - the checkout that this program belongs to
 *
 * Return: $NCBENCH_TOP, or the nearest folder above the executable with kmod/
 * and plot/ in it; "." where there is none.
 */
const char *ncb_top(void)
{
	static char top[PATH_MAX];
	const char *given = getenv("NCBENCH_TOP");
	char probe[PATH_MAX + 32];
	char *slash;
	ssize_t n;

	if (top[0])
		return top;
	if (given && *given) {
		if (!realpath(given, top))
			snprintf(top, sizeof(top), "%s", given);
		return top;
	}
	n = readlink("/proc/self/exe", top, sizeof(top) - 1);
	top[n > 0 ? n : 0] = '\0';
	while ((slash = strrchr(top, '/'))) {
		*slash = '\0';
		snprintf(probe, sizeof(probe), "%s/kmod/engines.def", top);
		if (ncb_exists(probe))
			return top;
	}
	strcpy(top, ".");
	return top;
}
