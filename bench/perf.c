// SPDX-License-Identifier: GPL-2.0-only
/* perf as a child of this process, attached to it and told when to count. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "perf.h"

#define PARANOID	"/proc/sys/kernel/perf_event_paranoid"
#define ARGS_MAX	40

/* Software events first; those of a PMU are counted for the kernel, or for the process. */
#define STAT_EVENTS	"task-clock,context-switches,cpu-migrations,page-faults," \
			"cycles:%c,instructions:%c,branches:%c,branch-misses:%c," \
			"cache-references:%c,cache-misses:%c"

double ncb_perf_patience = 30;
double ncb_perf_seconds = 2;	/* some two thousand samples */

/**
 * struct pass - one loading that perf looks on at
 * @mode: what it does
 * @o, @d, @r, @kernel: see ncb_perf_measure()
 * @output, @log: of perf, in @r->files
 * @pid: of perf; 0: it does not run
 * @control: commands to it
 * @ack: its answers
 * @asked: ncb_now() when it was asked to count, and
 * @began: when the row began
 * @seconds: of rows, and
 * @open: of all that can have been counted: telling it to begin and to end, too
 * @rows: that it saw whole, each as often as it was measured
 * @ended: it ended by itself, as it may
 * @part: what becomes of it in result.json
 * @why: the first thing that went wrong, "" so far
 */
struct pass {
	const struct mode *mode;
	const struct ncb_run_options *o;
	struct ncb_rundata *r;
	bool kernel;
	char *output, *log;
	pid_t pid;
	int control, ack;
	double asked, began, seconds, open;
	uint32_t rows;
	bool ended;
	struct ncb_device *d;
	json_t *part;
	char why[NCB_PART_TEXT];
	struct ncb_progress progress;
};

/**
 * struct mode - one thing that perf can do
 * @bit: NCB_PERF_*
 * @name: as typed, as in result.json
 * @file: that perf writes
 * @size: bytes that it may take; where they are full perf ends by itself; 0: few
 * @again: rows are measured again until it has seen ncb_perf_seconds of them
 * @arguments: appends the mode's own; returns how many there are then
 * @finish: perf has ended well and what measures is still loaded: reads what it
 *	wrote into @p->part; fail() where that cannot be
 */
struct mode {
	uint32_t bit;
	const char *name, *file;
	uint64_t size;
	bool again;
	size_t (*arguments)(const struct pass *p, char **argv, size_t n);
	void (*finish)(struct pass *p);
};

/* Only the first reason counts: the others follow from it. */
static void PRINTF(2, 3) fail(struct pass *p, const char *format, ...)
{
	va_list args;
	char *clean, text[2 * NCB_PART_TEXT];

	if (*p->why)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	clean = ncb_part_clean(text);
	strcpy(p->why, clean);
	free(clean);
}

/* -- perf stat -- */

static size_t stat_arguments(const struct pass *p, char **argv, size_t n)
{
	char c = p->kernel ? 'k' : 'u';

	argv[n++] = ncb_copy("-j");
	argv[n++] = ncb_copy("-e");
	argv[n++] = ncb_format(STAT_EVENTS, c, c, c, c, c, c);
	return n;
}

static void stat_finish(struct pass *p)
{
	char *text = ncb_read_file(p->output, NULL), why[NCB_PART_TEXT];
	json_t *events = text ? ncb_perf_events(text, why) : NULL;

	if (!text)
		fail(p, "perf left no %s: %s", p->mode->file, strerror(errno));
	else if (!events)
		fail(p, "%s", why);
	json_object_set_new(p->part, "events", events ? events : json_array());
	json_object_set_new(p->part, "file", json_string(p->mode->file));
	free(text);
}

/* -- perf record -- */

/*
 * Chains of the kernel are unwound by itself. Those of a process are not: neither
 * its libraries nor the engines keep frame pointers, so that a piece of the stack
 * goes into each sample.
 */
static size_t record_arguments(const struct pass *p, char **argv, size_t n)
{
	argv[n++] = ncb_copy("-F");
	argv[n++] = ncb_format("%d", NCB_PERF_FREQUENCY);
	argv[n++] = ncb_copy("--call-graph");
	argv[n++] = ncb_copy(p->kernel ? "fp" : "dwarf,16384");
	argv[n++] = ncb_format("--max-size=%uM", NCB_PERF_SIZE >> 20);
	argv[n++] = ncb_copy("-N");		/* nothing into anybody's ~/.debug */
	return n;
}

/* "ncbench 356352 0 - Live 0xffffffffc0301000 (OE)": its text lies in these bytes. */
static void find_module(struct ncb_stacks_object *object)
{
	char *text = ncb_read_file("/proc/modules", NULL), *line, *save = NULL;
	unsigned long long size, at;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, NCB_MODULE " %llu %*s %*s %*s %llx", &size, &at) != 2)
			continue;
		object->low = at;
		object->high = at + size;
	}
	free(text);
}

static void record_finish(struct pass *p)
{
	char *title = ncb_format("ncbench %s: what the %s did in %zu row%s",
				 p->r->name ? p->r->name : "", p->kernel ? "kernel" : "engines",
				 p->r->nrows, p->r->nrows == 1 ? "" : "s");
	char object[PATH_MAX], *why;
	struct ncb_perf_recorded recorded = {
		.dir = p->r->files, .log = p->log, .title = title,
		.object.name = p->kernel ? "[" NCB_MODULE "]" : object,
	};

	if (!p->d->file || !realpath(p->d->file, object))
		snprintf(object, sizeof(object), "%s", p->d->file ? p->d->file : "?");
	if (p->kernel)
		find_module(&recorded.object);
	why = ncb_perf_take_record(&recorded, p->part);
	if (why)
		fail(p, "%s", why);
	free(why);
	free(title);
}

static const struct mode modes[] = {
	{ NCB_PERF_STAT, "stat", NCB_PERF_STAT_FILE, 0, false, stat_arguments, stat_finish },
	{ NCB_PERF_RECORD, "record", NCB_PERF_DATA_FILE, NCB_PERF_SIZE, true, record_arguments,
	  record_finish },
};

/**
 * ncb_perf_parse - what perf is to do
 * @text: names of modes, separated by commas
 * @bits: gets them; left alone on error
 *
 * Return: 0 or -EINVAL.
 */
int ncb_perf_parse(const char *text, uint32_t *bits)
{
	uint32_t all = 0;
	size_t i, n;

	for (;; text += n + 1) {
		n = strcspn(text, ",");
		for (i = 0; i < ARRAY_SIZE(modes); i++)
			if (strlen(modes[i].name) == n && !strncmp(modes[i].name, text, n))
				break;
		if (i == ARRAY_SIZE(modes))
			return -EINVAL;
		all |= modes[i].bit;
		if (!text[n])
			break;
	}
	*bits = all;
	return 0;
}

/** ncb_perf_text - the reverse of ncb_perf_parse() */
const char *ncb_perf_text(uint32_t bits)
{
	static char text[32];
	size_t i;

	*text = '\0';
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!(bits & modes[i].bit))
			continue;
		if (*text)
			strcat(text, ",");
		strcat(text, modes[i].name);
	}
	return text;
}

/* -- perf as a child -- */

/* Beside the CPU that measures, not on it, where there is another. */
static void leave_cpu(int measuring)
{
	cpu_set_t set;
	int cpu;

	CPU_ZERO(&set);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (cpu != measuring)
			CPU_SET(cpu, &set);
	/* Fails where it is the only one: then perf has to share it. */
	sched_setaffinity(0, sizeof(set), &set);
	setpriority(PRIO_PROCESS, 0, 0);
}

/* In the child: never returns. */
static void become_perf(const struct pass *p, char *const *argv, int control, int ack)
{
	const char *cpu = ncb_env_string(p->r, "measuring_cpu", "-1");
	int log = open(p->log, O_WRONLY | O_CREAT | O_TRUNC, 0666), null;

	setpgid(0, 0);			/* Ctrl-C is for us */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	null = open("/dev/null", O_RDONLY);
	if (log < 0 || null < 0)
		_exit(127);
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	fcntl(control, F_SETFD, 0);
	fcntl(ack, F_SETFD, 0);
	putenv("LC_ALL=C");
	putenv("PERF_CONFIG=/dev/null");	/* nobody's defaults */
	leave_cpu(atoi(cpu));
	execvp(argv[0], argv);
	_exit(127);
}

/* The log's own words, with the way out where it is a matter of rights. */
static void fail_by_log(struct pass *p, const char *what)
{
	char *said = ncb_part_complaint(p->log), *log = ncb_read_file(p->log, NULL);
	bool rights = log && (strstr(log, "perf_event_paranoid") || strstr(log, "ermission"));
	char level[32];

	if (rights && !ncb_read_line(PARANOID, level, sizeof(level)))
		fail(p, "perf may not look on here (kernel.perf_event_paranoid is %s): sudo "
		     "sysctl kernel.perf_event_paranoid=1, or run as root", level);
	else
		fail(p, "perf %s%s%s", what, *said ? ": " : "", said);
	free(said);
	free(log);
}

/* Waits for perf's end; its status, or -1 where it had to be killed. */
static int reap(struct pass *p, double patience)
{
	double end = ncb_now() + patience;
	struct timespec nap = { .tv_nsec = 5 * 1000 * 1000 };
	int status = 0;
	pid_t got;

	while ((got = waitpid(p->pid, &status, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
		if (ncb_now() > end) {
			kill(-p->pid, SIGKILL);
			while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
				;
			status = -1;
			break;
		}
		nanosleep(&nap, NULL);
	}
	p->pid = 0;
	close(p->control);
	close(p->ack);
	return status;
}

/* What an end that we did not ask for, or not like that, means. */
static void judge(struct pass *p, int status)
{
	char what[64];

	if (status == -1) {
		fail(p, "perf did not end within %g s and was killed", ncb_perf_patience);
	} else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGINT) {
		fail(p, "perf was killed by signal %d", WTERMSIG(status));
	} else if (WIFEXITED(status) && WEXITSTATUS(status)) {
		snprintf(what, sizeof(what), WEXITSTATUS(status) == 127 ? "cannot be started" :
			 "ended with exit code %d", WEXITSTATUS(status));
		fail_by_log(p, what);
	}
}

/* perf ended, or does not listen any more. */
static int lost(struct pass *p)
{
	int status = reap(p, ncb_perf_patience);

	p->ended = p->mode->size && p->rows && !status;
	judge(p, status);
	if (!p->ended)
		fail_by_log(p, "ended by itself");
	return -EPIPE;
}

/* Sends a command and waits until perf has done it. */
static int tell(struct pass *p, const char *command)
{
	double end = ncb_now() + ncb_perf_patience;
	struct pollfd answer = { .fd = p->ack, .events = POLLIN };
	char text[16];
	ssize_t n;

	if (!p->pid)
		return -EPIPE;
	if (send(p->control, command, strlen(command), MSG_NOSIGNAL) < 0)
		return lost(p);
	while (ncb_now() < end) {
		if (ncb_interrupted)
			return -EINTR;
		if (poll(&answer, 1, 100) <= 0)
			continue;
		n = read(p->ack, text, sizeof(text));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return lost(p);
		/* "ack\n", with or without a NUL behind it, which may come by itself. */
		if (memchr(text, '\n', n))
			return 0;
	}
	fail(p, "perf did not answer within %g s", ncb_perf_patience);
	return -ETIMEDOUT;
}

static int start(struct pass *p)
{
	int control[2], ack[2];
	char *argv[ARGS_MAX] = { 0 };
	size_t n = 0, i;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0)
		return -errno;
	if (pipe2(ack, O_CLOEXEC) < 0) {
		int err = -errno;

		close(control[0]);
		close(control[1]);
		return err;
	}
	argv[n++] = ncb_copy("perf");
	argv[n++] = ncb_copy(p->mode->name);
	argv[n++] = ncb_copy("-p");
	argv[n++] = ncb_format("%d", (int)getpid());
	argv[n++] = ncb_copy("-D");
	argv[n++] = ncb_copy("-1");		/* not before it is told */
	argv[n++] = ncb_copy("--control");
	argv[n++] = ncb_format("fd:%d,%d", control[1], ack[1]);
	argv[n++] = ncb_copy("-o");
	argv[n++] = ncb_copy(p->output);
	n = p->mode->arguments(p, argv, n);
	p->pid = fork();
	if (!p->pid)
		become_perf(p, argv, control[1], ack[1]);
	close(control[1]);
	close(ack[1]);
	p->control = control[0];
	p->ack = ack[0];
	for (i = 0; i < n; i++)
		free(argv[i]);
	if (p->pid > 0)
		return 0;
	p->pid = 0;
	close(control[0]);
	close(ack[0]);
	return -EAGAIN;
}

/* -- as the one who looks on -- */

static int opened(void *data)
{
	struct pass *p = data;
	int err = start(p);

	if (err) {
		fail(p, "perf cannot be started: %s", strerror(-err));
		return err;
	}
	/* Answered once it is attached. */
	return tell(p, "disable\n");
}

static int begin(void *data)
{
	struct pass *p = data;
	int err;

	p->asked = ncb_now();
	err = tell(p, "enable\n");
	p->began = ncb_now();
	return err;
}

static void end(void *data)
{
	struct pass *p = data;
	double took = ncb_now() - p->began;

	if (tell(p, "disable\n"))
		return;
	p->open += ncb_now() - p->asked;
	p->seconds += took;
	p->rows++;
}

static bool again(void *data)
{
	struct pass *p = data;

	return p->mode->again && p->pid && p->seconds < ncb_perf_seconds;
}

static void closing(void *data)
{
	struct pass *p = data;

	if (p->ended && !*p->why && !ncb_interrupted) {
		p->mode->finish(p);
		return;
	}
	if (!p->pid)
		return;
	if (*p->why || ncb_interrupted) {
		kill(-p->pid, SIGKILL);
		reap(p, ncb_perf_patience);
		return;
	}
	/* The group: where perf is a script of the distribution that starts the real one. */
	kill(-p->pid, SIGINT);
	shutdown(p->control, SHUT_WR);
	judge(p, reap(p, ncb_perf_patience));
	if (!*p->why)
		p->mode->finish(p);
}

/* Rows that are measured again and again: what counts is the time that was seen. */
static void on_progress(void *data, double share, const char *detail)
{
	struct pass *p = data;
	double seen = p->mode->again ? p->seconds / ncb_perf_seconds : share;

	ncb_progress(&p->progress, seen < share ? seen : share, detail);
}

/* -- one mode -- */

static json_t *empty_part(const char *reason, bool kernel)
{
	return json_pack("{ss sf sf si sb}", "reason", reason, "seconds", 0.0, "open", 0.0,
			 "rows", 0, "kernel", kernel);
}

static void keep_part(struct ncb_rundata *r, const struct mode *m, json_t *part)
{
	if (!r->perf)
		r->perf = json_object();
	json_object_set_new(r->perf, m->name, part);
}

/* Why perf cannot even be tried; NULL: it can. */
static const char *not_possible(void)
{
	if (!ncb_exists(PARANOID))
		return "this kernel has no perf events (CONFIG_PERF_EVENTS)";
	if (!ncb_have_command("perf"))
		return "there is no perf: make deps, as root, installs it";
	return NULL;
}

static void note_version(struct ncb_rundata *r)
{
	static const char before[] = "perf version ";
	const char *argv[] = { "perf", "--version", NULL };
	char *out = ncb_command_output(argv), *clean;

	if (out && !strncmp(out, before, strlen(before))) {
		clean = ncb_part_clean(out + strlen(before));
		ncb_env_set(r, "perf_version", clean);
		free(clean);
	}
	free(out);
}

/* The run itself and what is made of perf's file want some, too. */
static bool room_for(const char *dir, uint64_t size)
{
	struct statvfs fs;

	return !size || statvfs(dir, &fs) < 0 ||
	       (uint64_t)fs.f_bavail * fs.f_frsize >= 3 * size;
}

/* Files of a mode that failed are no part of the run. */
static void forget_files(const struct pass *p)
{
	static const char *const made[] = { NCB_PERF_REPORT_FILE, NCB_PERF_FOLDED_FILE,
					    NCB_PERF_FLAME_FILE };
	size_t i;

	unlink(p->output);
	for (i = 0; i < ARRAY_SIZE(made) && p->mode->bit == NCB_PERF_RECORD; i++) {
		char *path = ncb_format("%s/%s", p->r->files, made[i]);

		unlink(path);
		free(path);
	}
}

static void run_mode(const struct mode *m, const struct ncb_run_options *o, struct ncb_device *d,
		     struct ncb_rundata *r, bool kernel)
{
	struct pass p = { .mode = m, .o = o, .d = d, .r = r, .kernel = kernel };
	struct ncb_section section = { opened, begin, end, again, closing, &p };
	const char *none = not_possible();
	char *what = ncb_format("perf %s", m->name);
	int err;

	p.part = empty_part("", kernel);
	p.output = ncb_format("%s/%s", r->files, m->file);
	p.log = ncb_format("%s/perf-%s.log", r->files, m->name);
	if (none) {
		fail(&p, "%s", none);
	} else if ((err = ncb_make_dirs(r->files))) {
		fail(&p, "cannot make %s: %s", r->files, strerror(-err));
	} else if (!room_for(r->files, m->size)) {
		fail(&p, "it wants %u MiB, which are not free in %s; --results=DIR chooses another folder",
		     (unsigned int)(3 * (m->size >> 20)), o->results);
	} else {
		ncb_progress_start(&p.progress, what);
		err = ncb_measure_aside(o, d, r, &section, on_progress, &p);
		ncb_progress_end(&p.progress);
		if (ncb_interrupted)
			fail(&p, "interrupted");
		if (err && !p.ended)
			fail(&p, "the rows could not be measured once more: %s", strerror(-err));
	}
	if (*p.why) {
		ncb_say("%s: n/a: %s", what, p.why);
		forget_files(&p);
		json_decref(p.part);
		p.part = empty_part(p.why, kernel);
	} else {
		unlink(p.log);
		json_object_set_new(p.part, "seconds", json_real(p.seconds));
		json_object_set_new(p.part, "open", json_real(p.open));
		json_object_set_new(p.part, "rows", json_integer(p.rows));
	}
	keep_part(r, m, p.part);
	free(p.output);
	free(p.log);
	free(what);
}

/**
 * ncb_perf_measure - what perf is asked to do, after the measuring
 * @o: options: @o->perf
 * @d: what measures, as for ncb_measure()
 * @r: the run, with its rows; gets perf's part; @r->files is where files go
 * @kernel: what is measured is the kernel and not this process
 */
void ncb_perf_measure(const struct ncb_run_options *o, struct ncb_device *d, struct ncb_rundata *r,
		      bool kernel)
{
	size_t i;

	if (o->perf && ncb_have_command("perf"))
		note_version(r);
	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (o->perf & modes[i].bit)
			run_mode(&modes[i], o, d, r, kernel);
}

/**
 * ncb_perf_none - the same where perf cannot be run at all
 * @o: options: @o->perf
 * @r: gets the reason
 * @reason: one sentence
 */
void ncb_perf_none(const struct ncb_run_options *o, struct ncb_rundata *r, const char *reason)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!(o->perf & modes[i].bit))
			continue;
		ncb_say("perf %s: n/a: %s", modes[i].name, reason);
		keep_part(r, &modes[i], empty_part(reason, false));
	}
}
