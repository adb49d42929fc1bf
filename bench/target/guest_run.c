// SPDX-License-Identifier: GPL-2.0-only
/* A guest's life: started, listened to, ended at its limits, its result taken. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"
#include "guest_run.h"
#include "../behaviour.h"
#include "../storm/measure.h"

#define TAIL_LINES	15
/* Seconds: without a word from the guest; a run, and more for each row. */
#define SILENCE_LIMIT	120
#define RUN_LIMIT	120
#define ROW_LIMIT	2
#define LOAD_LIMIT	0.3	/* a load and its unload, emulated */

/** ncb_guest_path - the file @name of a guest's folder, malloc'd */
char *ncb_guest_path(const struct ncb_guest *g, const char *name)
{
	return ncb_format("%s/%s", g->dir, name);
}

/** ncb_guest_give_up - end a guest for a reason, of which the first counts */
void ncb_guest_give_up(struct ncb_guest *g, int err, const char *format, ...)
{
	va_list args;

	if (g->err)
		return;
	g->err = err;
	va_start(args, format);
	vsnprintf(g->reason, sizeof(g->reason), format, args);
	va_end(args);
}

/** ncb_guest_end_progress - before a message: the bar would stand in the same line */
void ncb_guest_end_progress(struct ncb_guest *g)
{
	if (g->progress)
		ncb_progress_end(g->progress);
	g->progress = NULL;
}

static int tick(void *data)
{
	struct ncb_guest *g = data;
	double now = ncb_now();

	if (ncb_guest_read_wire(g))
		g->heard = now;
	ncb_guest_read_console(g);
	if (now - g->started > g->limit)
		ncb_guest_give_up(g, -ETIMEDOUT, "the guest was not done after %.0f s (at: %s)",
				  g->limit, g->doing);
	if (now - g->heard > g->silence)
		ncb_guest_give_up(g, -ETIMEDOUT, "nothing came from the guest for %.0f s (at: %s)",
				  g->silence, g->doing);
	if (g->progress)
		ncb_progress(g->progress, g->share, g->doing);
	return g->err;
}

/* The last lines of a file, what cannot be printed left out. */
static void show_tail(const char *path, const char *title)
{
	char *text = ncb_read_file(path, NULL), *p, *to, *line, *save = NULL;
	unsigned int lines = 0;

	if (!text || !*text) {
		ncb_error("%s: nothing", title);
		free(text);
		return;
	}
	for (p = to = text; *p; p++)
		if (*p == '\n' || *p == '\t' || (*p >= ' ' && *p < 127))
			*to++ = *p;
	while (to > text && to[-1] == '\n')
		to--;
	*to = '\0';
	for (p = to; p > text; p--)
		if (*p == '\n' && ++lines == TAIL_LINES)
			break;
	for (line = strtok_r(p, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		ncb_error("%s: %s", title, line);
	free(text);
}

static int open_output(const struct ncb_guest *g, const char *name)
{
	char *path = ncb_guest_path(g, name);
	int fd = open(path, O_RDONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	free(path);
	return fd;
}

/* What the program said last, malloc'd. */
static char *last_line(const struct ncb_guest *g, const char *log)
{
	char *text = ncb_read_file(log, NULL), *at, *out;
	size_t n = text ? strlen(text) : 0;

	while (n && text[n - 1] == '\n')
		text[--n] = '\0';
	at = n ? strrchr(text, '\n') : NULL;
	out = n ? ncb_copy(at ? at + 1 : text) :
		  ncb_format("%s failed without a word", g->kind->program);
	free(text);
	return out;
}

static char *log_path(const struct ncb_guest *g)
{
	return ncb_format("%s/%s.log", g->dir, g->kind->name);
}

/**
 * ncb_guest_word - add one word to a command
 * @w: the command
 * @format: as of printf()
 */
void ncb_guest_word(struct ncb_guest_words *w, const char *format, ...)
{
	va_list args;
	char *word;

	va_start(args, format);
	if (vasprintf(&word, format, args) < 0)
		abort();
	va_end(args);
	w->word = ncb_grow(w->word, w->count + 2, sizeof(*w->word));
	w->word[w->count++] = word;
	w->word[w->count] = NULL;
}

/** ncb_guest_words_free - give back what ncb_guest_word() took */
void ncb_guest_words_free(struct ncb_guest_words *w)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		free(w->word[i]);
	free(w->word);
	*w = (struct ncb_guest_words){ 0 };
}

/** ncb_guest_set_append - settle the kernel command line, with @more, or "", at its end */
void ncb_guest_set_append(struct ncb_guest *g, const char *more)
{
	char *line = g->kind->append(g);

	free(g->append);
	g->append = ncb_format("%s%s%s", line, *more ? " " : "", more);
	free(line);
}

/**
 * ncb_guest_boot - start a guest and wait for its end
 * @g: packed; everything of it is in its folder
 *
 * Return: 0, or -errno, which @g->reason says in words.
 */
int ncb_guest_boot(struct ncb_guest *g)
{
	struct ncb_guest_words words = { 0 };
	char *log = log_path(g), *said = NULL;
	struct ncb_spawn s = {
		.log = log, .tick = tick, .tick_data = g,
		.prepare = g->kind->prepare, .prepare_data = g,
	};
	int status;

	unlink(log);
	ncb_wire_init(&g->wire);
	g->console_fd = open_output(g, g->kind->console);
	g->wire_fd = open_output(g, g->kind->wire);
	if (g->console_fd < 0 || g->wire_fd < 0) {
		ncb_guest_give_up(g, -errno, "cannot write into %s: %s", g->dir, strerror(errno));
		goto out;
	}
	g->kind->command(g, &words);
	s.argv = (const char *const *)words.word;
	g->started = g->heard = ncb_now();
	status = ncb_run_command(&s);
	ncb_guest_read_wire(g);
	ncb_guest_read_console(g);
	if (status == -EINTR)
		ncb_guest_give_up(g, -EINTR, "interrupted");
	else if (status > 0)
		ncb_guest_give_up(g, -EIO, "%s", said = last_line(g, log));
	else if (status < 0)
		ncb_guest_give_up(g, status, "%s could not be run: %s", g->kind->program,
				  strerror(-status));
	else if (ncb_wire_finish(&g->wire))
		ncb_guest_give_up(g, -EIO, "the guest ended before it was done: %s", g->wire.damage);
out:
	if (g->console_fd >= 0)
		close(g->console_fd);
	if (g->wire_fd >= 0)
		close(g->wire_fd);
	ncb_wire_free(&g->wire);
	ncb_guest_words_free(&words);
	free(said);
	free(log);
	return g->err;
}

static void explain(const struct ncb_guest *g)
{
	char *console = ncb_guest_path(g, g->kind->console), *log = log_path(g), *text;

	if (g->err == -EINTR) {
		ncb_error("interrupted: the guest is ended");
	} else {
		ncb_error("%s", g->reason);
		if (g->complaint[0])
			ncb_error("first complaint: %s", g->complaint);
		show_tail(console, "console");
		text = ncb_read_file(log, NULL);
		if (text && *text && strcmp(console, log))
			show_tail(log, g->kind->name);
		free(text);
	}
	free(console);
	free(log);
}

/* Seconds that storms may take; and in @round, one round, in which no word comes. */
static double storm_limit(const struct ncb_run_options *o, double *round)
{
	struct ncb_storms *s = ncb_storms_new();
	double sum = 0;
	size_t i;

	*round = 0;
	if (o->storm.wanted)
		ncb_storm_plan(s, o->profile, &o->storm);
	for (i = 0; i < s->storms; i++) {
		const struct ncb_storm *t = &s->storm[i];
		double one = LOAD_LIMIT * (t->modules > t->threads ? t->modules : t->threads);

		sum += t->rounds * one;
		*round = one > *round ? one : *round;
	}
	ncb_storms_free(s);
	return sum;
}

/* How it ended may be an answer: 1. */
static int end_behaviour(struct ncb_guest *g, int err)
{
	int ended = ncb_behaviour_ended(g->options->behaviour, err,
					g->complaint[0] ? g->complaint : g->reason);

	if (ended > 0)
		ncb_detail("a case ended the guest: %s", g->reason);
	else if (ended < 0)
		explain(g);
	return ended ? ended : g->failed ? -EPROTO : 0;
}

static int measure(struct ncb_guest *g)
{
	struct ncb_progress progress;
	double start = ncb_now();
	int err, judged;

	g->received = ncb_guest_path(g, "run");
	g->progress = &progress;
	g->limit = g->options->timeout > 0 ? g->options->timeout :
		   RUN_LIMIT + (double)ROW_LIMIT * g->run->nrows * g->run->reloads +
		   g->options->time_limit + storm_limit(g->options, &g->silence);
	g->silence += SILENCE_LIMIT;
	snprintf(g->doing, sizeof(g->doing), "booting");
	ncb_guest_set_append(g, g->options->append ? g->options->append : "");
	err = ncb_make_dirs(g->received);
	if (err) {
		ncb_error("cannot make %s: %s", g->received, strerror(-err));
		return err;
	}
	ncb_progress_start(&progress, g->options->program ? "running in the guest" :
				      g->options->behaviour ? "asking the guest" :
							      "measuring in the guest");
	err = ncb_guest_boot(g);
	ncb_guest_end_progress(g);
	if (g->options->behaviour)
		return end_behaviour(g, err);
	if (err)
		explain(g);
	else if (g->failed)
		err = -EIO;
	if (g->options->program) {
		int shown = ncb_guest_show_output(g);

		return err ? err : g->findings ? -EIO : shown;
	}
	if (g->files) {
		judged = ncb_guest_adopt(g);
		if (!judged)
			judged = ncb_guest_judge(g);
		err = err ? err : judged;
	}
	if (!err && !g->files) {
		ncb_error("the guest sent no result");
		err = -EIO;
	}
	if (!err)
		ncb_detail("guest done in %.1f s", ncb_now() - start);
	g->run->interrupted |= err != 0;
	return err;
}

static char *temporary_folder(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = ncb_format("%s/ncbench-guest-XXXXXX", base && *base ? base : "/tmp");

	if (mkdtemp(dir))
		return dir;
	ncb_error("cannot make a temporary folder %s: %s; TMPDIR chooses another place", dir,
		  strerror(errno));
	free(dir);
	return NULL;
}

/**
 * ncb_guest_run - measure in a guest
 * @kind: of guest
 * @own: what @kind keeps of this one
 * @o: what to measure
 * @r: gets it, as struct ncb_target says
 *
 * Return: 0 or -errno with a message.
 */
int ncb_guest_run(const struct ncb_guest_kind *kind, void *own, const struct ncb_run_options *o,
		  struct ncb_rundata *r)
{
	struct ncb_kernel kernel = { 0 };
	struct ncb_guest g = {
		.kind = kind, .own = own, .options = o, .run = r, .kernel = &kernel,
		.machine = ncb_machine_find(o->arch),
	};
	int err = ncb_guest_build(&g, &kernel);

	if (!err) {
		g.dir = temporary_folder();
		err = g.dir ? 0 : -EIO;
	}
	if (!err && o->storm.module)
		err = ncb_guest_collect_packaged(&g);
	if (!err)
		err = kind->choose(&g);
	if (!err) {
		ncb_guest_settle_counts(&g);
		err = ncb_guest_pack(&g);
	}
	if (!err)
		err = measure(&g);
	if (g.dir)
		ncb_remove_tree(g.dir);
	free(g.dir);
	free(g.module);
	free(g.storm);
	free(g.payload);
	free(g.program);
	free(g.append);
	free(g.received);
	ncb_kernel_free(&kernel);
	return err;
}
