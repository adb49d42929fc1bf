// SPDX-License-Identifier: GPL-2.0-only
/* What a guest sends over the wire, and what its kernel says on the console. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"
#include "guest_run.h"
#include "../behaviour.h"
#include "../storm/measure.h"

#define SAMPLES	"samples.csv.gz"

/* Raw data, which belong to the result.json that comes next. */
static const char *const tables[] = { SAMPLES, NCB_STORM_FILE };

static bool is_table(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		if (!strcmp(name, tables[i]))
			return true;
	return false;
}

/* The tables that have come take the places of the older ones. */
static int adopt_tables(const struct ncb_guest *g)
{
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(tables) && !err; i++) {
		char *path = ncb_format("%s/%s", g->received, tables[i]);
		char *next = ncb_format("%s.next", path);

		if (rename(next, path) < 0 && errno != ENOENT)
			err = -errno;
		free(next);
		free(path);
	}
	return err;
}

static void take_answer(struct ncb_guest *g, const struct ncb_wire_frame *frame)
{
	if (ncb_behaviour_take(g->options->behaviour, frame->name, frame->data, frame->size))
		ncb_guest_give_up(g, -EBADMSG, "the guest sent what is no answer: %.60s", frame->name);
}

/*
 * The result comes several times, as far as it is: tables wait beside the
 * older ones until the result.json that belongs to them has come.
 */
static void keep_file(struct ncb_guest *g, const struct ncb_wire_frame *frame)
{
	bool table = is_table(frame->name), result = !strcmp(frame->name, "result.json");
	char *path;
	int err;

	if (strchr(frame->name, '/') || frame->name[0] == '.' || !frame->name[0]) {
		ncb_guest_give_up(g, -EBADMSG, "the guest sent a file of the name '%.60s'", frame->name);
		return;
	}
	path = ncb_format("%s/%s%s", g->received, frame->name, table ? ".next" : "");
	err = ncb_write_file(path, frame->data, frame->size);
	if (!err && result)
		err = adopt_tables(g);
	if (err)
		ncb_guest_give_up(g, err, "cannot write %s: %s", path, strerror(-err));
	else
		g->files += !table;
	free(path);
}

/* Each line of a text, without "ncbench: ", which the message gets anyway. */
static void say_lines(char *text, void (*say)(const char *format, ...), const char *before)
{
	char *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		say("%s%s", before, strncmp(line, "ncbench: ", 9) ? line : line + 9);
}

/* What the kernel complained of before the mark, while it booted, is not the module's. */
static void scan_kernel_log(struct ncb_guest *g, char *log)
{
	char *mark = strstr(log, NCB_GUEST_MARK), *line, *save = NULL;

	for (line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!ncb_kernel_complains(line))
			continue;
		if (line < mark) {
			ncb_detail("kernel log of the guest, while it booted: %s", line);
			continue;
		}
		ncb_guest_end_progress(g);
		ncb_error("kernel log of the guest: %s", line);
		g->findings++;
	}
}

/* By this machine's clock: the guest's stands still, or runs, as it likes. */
static void note_progress(struct ncb_guest *g, const char *doing)
{
	bool storms = !strncmp(doing, NCB_STORM_DOING, strlen(NCB_STORM_DOING));

	if (storms && !g->storms_began)
		g->storms_began = ncb_now();
	if (!storms && g->storms_began && !g->storms_ended)
		g->storms_ended = ncb_now();
	snprintf(g->doing, sizeof(g->doing), "%.*s", (int)sizeof(g->doing) - 1, doing);
}

static void take_frame(struct ncb_guest *g, struct ncb_wire_frame *frame)
{
	switch (frame->type) {
	case NCB_WIRE_PROGRESS:
		g->share = ncb_wire_share(frame);
		note_progress(g, frame->name);
		break;
	case NCB_WIRE_FILE:
		if (g->options->behaviour)
			take_answer(g, frame);
		else
			keep_file(g, frame);
		break;
	case NCB_WIRE_LOG:
		/* Of an oops that was asked for the answer tells. */
		if (!strcmp(frame->name, "kernel") && g->options->behaviour)
			break;
		if (!strcmp(frame->name, "kernel"))
			scan_kernel_log(g, frame->data);
		else
			say_lines(frame->data, ncb_say, "guest: ");
		break;
	case NCB_WIRE_ERROR:
		ncb_guest_end_progress(g);
		say_lines(frame->data, ncb_error, "guest: ");
		g->failed = true;
		break;
	default:
		break;
	}
}

/** ncb_guest_read_wire - take what is new on the wire; true where something was */
bool ncb_guest_read_wire(struct ncb_guest *g)
{
	char buffer[65536];
	struct ncb_wire_frame frame;
	bool any = false;
	ssize_t n;
	int got;

	while ((n = read(g->wire_fd, buffer, sizeof(buffer))) > 0) {
		ncb_wire_feed(&g->wire, buffer, n);
		any = true;
	}
	while ((got = ncb_wire_next(&g->wire, &frame)) != 0) {
		if (got < 0) {
			ncb_guest_give_up(g, -EBADMSG, "what the guest sent is damaged: %s", g->wire.damage);
			continue;
		}
		take_frame(g, &frame);
		ncb_wire_frame_free(&frame);
	}
	return any;
}

/** ncb_guest_read_console - look through what is new on the console; a panic ends the guest */
void ncb_guest_read_console(struct ncb_guest *g)
{
	char buffer[4096];
	ssize_t n, i;

	while ((n = read(g->console_fd, buffer, sizeof(buffer))) > 0) {
		for (i = 0; i < n; i++) {
			if (buffer[i] != '\n') {
				if (buffer[i] != '\r' && g->line_used < sizeof(g->line) - 1)
					g->line[g->line_used++] = buffer[i];
				continue;
			}
			g->line[g->line_used] = '\0';
			g->line_used = 0;
			/* What the kernel said until then is of an earlier case. */
			if (strstr(g->line, NCB_BEHAVIOUR_MARK))
				g->complaint[0] = '\0';
			if (!g->complaint[0] && ncb_kernel_complains(g->line))
				snprintf(g->complaint, sizeof(g->complaint), "%s", g->line);
			if (strstr(g->line, "Kernel panic"))
				ncb_guest_give_up(g, -EIO, "the guest's kernel panicked");
		}
	}
}
