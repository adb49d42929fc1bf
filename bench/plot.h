/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files share that prepare pictures; plot.c has the table of them. */
#ifndef NCB_PLOT_H
#define NCB_PLOT_H

#include <stdio.h>
#include "../kmod/engine_table.h"
#include "report.h"

/**
 * struct drawing - one picture being prepared
 * @s: the figures; of a comparison, those of its first run
 * @c: the comparison, for pictures of one
 * @p: the entry
 * @tsv: data, one block per arm
 * @arms, @styles: words, for the script: arms in the order of the blocks
 * @subject: what is shown, without metric and kernel
 * @extra: further variables for the script
 * @height: in pixels; 0: as usual
 */
struct picture;
struct drawing {
	const struct ncb_stats *s;
	const struct ncb_comparison *c;
	const struct picture *p;
	FILE *tsv;
	char *arms, *styles, *subject, *extra;
	size_t height;
};

/**
 * struct picture - a picture
 * @name: of its files
 * @script: in plot/
 * @op, @position: which rows
 * @prepare: writes the data and fills in the drawing; false where the run has none
 * @caption: one sentence for the report
 * @compares: made of a comparison, and of any
 */
struct picture {
	const char *name;
	const char *script;
	uint32_t op, position;
	bool (*prepare)(struct drawing *d);
	const char *caption;
	bool compares;
};

/* Engines that are drawn, in the order of their table; the place there is the style; or NULL. */
const char *ncb_drawn_engine(size_t i);
/* Begins the block of data of an engine. */
void ncb_draw_arm(struct drawing *d, size_t engine, const char *columns);
/* Three columns; bounds that can be drawn. */
void ncb_draw_interval(FILE *f, struct ncb_interval v, double scale);
/* Adds a word to a list that may be NULL. */
void ncb_draw_word(char **list, const char *word);
/* A row of the most telling family with at least @least lengths; nrows where there is none. */
size_t ncb_choose_family(const struct ncb_rundata *r, uint32_t op, uint32_t position, size_t least);
/* "blocking call (distinct callbacks, packed, warm)"; malloc'd. */
char *ncb_draw_subject(const struct ncb_row *row, const char *what);

/* plot_counters.c */
bool ncb_draw_counters(struct drawing *d);
bool ncb_draw_ipc(struct drawing *d);
bool ncb_draw_misses(struct drawing *d);

/* plot_storm.c */
bool ncb_draw_storm_latency(struct drawing *d);
bool ncb_draw_storm_threads(struct drawing *d);
bool ncb_draw_storm_extra(struct drawing *d);
bool ncb_draw_storm_memory(struct drawing *d);

/* plot_memory.c */
bool ncb_draw_memory(struct drawing *d);

#endif /* NCB_PLOT_H */
