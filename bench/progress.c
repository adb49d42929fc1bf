// SPDX-License-Identifier: GPL-2.0-only
/* Progress with time left: a bar on a terminal, a plain line now and then elsewhere. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "ncbench.h"

#define BAR	24

/* What all others are parts of, between two shares of it. */
static struct ncb_progress *whole;
static double whole_from, whole_to;

/**
 * ncb_progress_within - what begins from now on is a part of something longer
 * @p: that is shown in place of the parts, also where they are quiet; NULL: no more
 * @from: share of it that is done before the part
 * @to: and after it
 */
void ncb_progress_within(struct ncb_progress *p, double from, double to)
{
	whole = p;
	whole_from = from;
	whole_to = to;
}

/**
 * ncb_progress_start - begin to show progress
 * @p: state
 * @what: what is being waited for
 */
void ncb_progress_start(struct ncb_progress *p, const char *what)
{
	*p = (struct ncb_progress) {
		.what = what,
		.start = ncb_now(),
		.plain_every = 10,
		.terminal = isatty(2),
	};
	p->last = p->start;
}

static void draw_bar(struct ncb_progress *p, double share, const char *left, const char *detail)
{
	int full = share * BAR + 0.5, n;
	struct winsize size;
	char line[256];

	n = snprintf(line, sizeof(line), "%s [%.*s%.*s] %3.0f %% %s %s", p->what, full,
		     "========================", BAR - full, "                        ",
		     share * 100, left, detail ? detail : "");
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	if (ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col && n >= size.ws_col)
		n = size.ws_col - 1;
	fprintf(stderr, "\r%.*s%*s", n, line, (int)p->width > n ? (int)p->width - n : 0, "");
	p->width = n;
}

/**
 * ncb_progress - show how far it is
 * @p: state
 * @share: 0 .. 1 done
 * @detail: what is being done, or NULL
 */
void ncb_progress(struct ncb_progress *p, double share, const char *detail)
{
	double now = ncb_now(), took;
	char left[32] = "";

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	if (whole && p != whole) {
		share = whole_from + (whole_to - whole_from) * share;
		p = whole;
	}
	if ((ncb_verbosity < 0 && !whole) || now - p->last < (p->terminal ? 0.1 : p->plain_every))
		return;
	took = now - p->start;
	p->last = now;
	if (share > 0.02)
		snprintf(left, sizeof(left), "%.0f s left", took / share * (1 - share));
	if (p->terminal)
		draw_bar(p, share, left, detail);
	else
		fprintf(stderr, "ncbench: %s: %.0f %% after %.0f s%s%s\n", p->what, share * 100, took,
			*left ? ", " : "", left);
}

/**
 * ncb_progress_end - take the bar away
 * @p: state
 */
void ncb_progress_end(struct ncb_progress *p)
{
	if (p->terminal && p->width)
		fprintf(stderr, "\r%*s\r", (int)p->width, "");
	p->width = 0;
}
