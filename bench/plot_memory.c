// SPDX-License-Identifier: GPL-2.0-only
/* Data of the picture of memory: bytes that the doubly-linked list takes more, by cause. */
#include <stdlib.h>
#include <string.h>
#include "memory.h"
#include "plot.h"

#define STRUCTS		8	/* that are drawn; the others are in the table */
#define CHAIN		64	/* blocks; see panel_titles */
#define REASON		72	/* characters that there is room for */

/* How a figure is known: the script has a colour for each. */
enum known { COUNTED, AT_LEAST, COMPUTED, UNKNOWN };

/**
 * struct figure - what a cause takes
 * @known: how that is known
 * @more: bytes; whole, but a product of what a damaged file says may be larger than an integer
 * @why: of UNKNOWN; malloc'd
 * @note: said behind the bytes, or NULL; malloc'd
 */
struct figure {
	enum known known;
	double more;
	char *why, *note;
};

enum panel { PANEL_ONCE, PANEL_CHAIN, PANEL_OBJECT, PANELS };

static const char *const panel_titles[PANELS] = {
	[PANEL_ONCE] = "once in this kernel",
	[PANEL_CHAIN] = "for a chain of 64 blocks",
	[PANEL_OBJECT] = "for an object from kmalloc()",
};

/**
 * struct cause - what takes more
 * @panel: what it is a figure of
 * @name: beside the bar
 * @which, @what: words for @read
 * @read: of a run's memory; false: it was not asked for, so that nothing is drawn
 */
struct cause {
	enum panel panel;
	const char *name, *which, *what;
	bool (*read)(const json_t *m, const struct cause *c, struct figure *f);
};

static bool unknown(struct figure *f, const char *why)
{
	f->known = UNKNOWN;
	f->why = ncb_copy(why);
	return true;
}

/* -- once in this kernel -- */

static int64_t whole(const json_t *of, const char *key)
{
	return json_integer_value(json_object_get(of, key));
}

/* One part of a census; what only looks like one is left out, as in the bottom line. */
static void add_part(const json_t *m, const json_t *part, struct figure *f)
{
	int64_t sure = whole(part, "dwarf") + whole(part, "callback");
	const char *why = ncb_part_string(part, "reason");
	bool exact = !strcmp(ncb_part_string(part, "known"), "exact");

	if (exact && (!sure || json_is_integer(json_object_get(part, "more")))) {
		f->more += (double)ncb_memory_added(m, part, "more") * sure;
		return;
	}
	f->known = AT_LEAST;
	f->more += (double)ncb_memory_added(m, part, "more") * sure;
	if (!f->why && *why)
		f->why = ncb_copy(why);
}

/* Blocks are the first part of a census, heads the others. */
static bool read_static(const json_t *m, const struct cause *c, struct figure *f)
{
	const json_t *census = ncb_memory_census(m, c->which), *part;
	bool heads = !strcmp(c->what, "heads");
	size_t i;

	if (ncb_memory_none(census))
		return unknown(f, ncb_part_string(census, "reason"));
	f->known = COUNTED;
	json_array_foreach(json_object_get(census, "parts"), i, part)
		if ((i > 0) == heads)
			add_part(m, part, f);
	/* At least nothing says nothing. */
	if (f->known == AT_LEAST && f->more == 0) {
		f->known = UNKNOWN;
		if (!f->why)
			f->why = ncb_copy("none that is sure to be one");
	}
	return true;
}

/* Sections of a really patched kernel. */
static bool read_image(const json_t *m, const struct cause *c, struct figure *f)
{
	const json_t *here = json_object_get(m, "image"), *there;

	there = json_object_get(json_object_get(m, "against"), "image");
	/* Of two kernels of the same design the difference is not the design's. */
	if (!there || !json_is_object(json_object_get(m, "patched")))
		return false;
	if (ncb_memory_none(here) || ncb_memory_none(there))
		return unknown(f, ncb_part_string(ncb_memory_none(here) ? here : there, "reason"));
	f->known = COUNTED;
	f->more = ncb_memory_doubly(m) ? whole(here, c->what) - whole(there, c->what) :
					 whole(there, c->what) - whole(here, c->what);
	return true;
}

/* What kernels that ran had registered; static blocks among it are drawn already. */
static bool read_live(const json_t *m, const struct cause *c, struct figure *f)
{
	const json_t *live = json_object_get(m, "live"), *walk = json_object_get(live, "walk");

	if (!live)
		return false;
	if (ncb_memory_none(live) || ncb_memory_none(walk))
		return unknown(f, ncb_part_string(ncb_memory_none(live) ? live : walk, "reason"));
	f->known = AT_LEAST;
	f->more = (double)ncb_memory_added(m, walk, "more") * whole(walk, c->what);
	return true;
}

/* -- for a chain -- */

static bool read_chain(const json_t *m, const struct cause *c, struct figure *f)
{
	const json_t *list = json_object_get(json_object_get(m, "chains"), "list"), *chain;
	const json_t *old, *new;
	size_t i;

	json_array_foreach(list, i, chain) {
		if (whole(chain, "blocks") != CHAIN)
			continue;
		old = ncb_memory_chain(m, chain, c->what, false);
		new = ncb_memory_chain(m, chain, c->what, true);
		if (!json_is_integer(old) || !json_is_integer(new))
			return unknown(f, "no struct that holds one block is known");
		f->known = COMPUTED;
		f->more = json_integer_value(new) - json_integer_value(old);
		f->note = ncb_format("%" JSON_INTEGER_FORMAT " -> %" JSON_INTEGER_FORMAT,
				     json_integer_value(old), json_integer_value(new));
		return true;
	}
	return false;
}

/* A cause is one entry, and a function where none of these reads it. */
static const struct cause causes[] = {
	{ PANEL_ONCE, "static blocks, vmlinux", "image", "blocks", read_static },
	{ PANEL_ONCE, "static heads, vmlinux", "image", "heads", read_static },
	{ PANEL_ONCE, "static blocks, modules", "modules", "blocks", read_static },
	{ PANEL_ONCE, "static heads, modules", "modules", "heads", read_static },
	{ PANEL_ONCE, "allocated blocks, on chains", NULL, "allocated", read_live },
	{ PANEL_ONCE, "text, patched vmlinux", NULL, "text", read_image },
	{ PANEL_ONCE, "data, patched vmlinux", NULL, "data", read_image },
	{ PANEL_ONCE, "bss, patched vmlinux", NULL, "bss", read_image },
	{ PANEL_CHAIN, "blocks in an array", NULL, "packed", read_chain },
	{ PANEL_CHAIN, "each from kmalloc()", NULL, "alone", read_chain },
	{ PANEL_CHAIN, "each in a struct", NULL, "embedded", read_chain },
};

/* -- the picture -- */

/* What is written so far. */
struct picture_data {
	struct drawing *d;
	size_t panels, bars, here;
	double low, high;
};

static void begin_panel(struct picture_data *p, enum panel panel)
{
	fprintf(p->d->tsv, "%s# %s\n# place\tbytes\tknown\tcause\tfigure\n",
		p->panels ? "\n\n" : "", panel_titles[panel]);
	p->here = 0;
	p->low = p->high = 0;
}

/* Cut at a word. */
static void shorten(char *why)
{
	size_t n = strlen(why);

	if (n <= REASON)
		return;
	for (n = REASON - 4; n && why[n] != ' '; n--)
		;
	strcpy(why + (n ? n : REASON - 4), " ...");
}

static void put_bar(struct picture_data *p, const char *name, struct figure *f)
{
	static const char *const before[] = { [COUNTED] = "", [AT_LEAST] = "at least ",
					      [COMPUTED] = "" };
	char *text, *label = ncb_plot_quotable(ncb_copy(name));

	if (f->known == UNKNOWN) {
		ncb_plot_quotable(f->why);
		shorten(f->why);
		text = ncb_format("n/a: %s", f->why);
		f->more = 0;
	} else {
		text = ncb_format("%s%+.0f%s%s%s", before[f->known], f->more,
				  f->note ? " (" : "", f->note ? f->note : "", f->note ? ")" : "");
	}
	fprintf(p->d->tsv, "%zu\t%.0f\t%d\t%s\t%s\n", p->here++, f->more, f->known, label,
		text);
	p->low = f->more < p->low ? f->more : p->low;
	p->high = f->more > p->high ? f->more : p->high;
	free(f->why);
	free(f->note);
	free(text);
	free(label);
}

/* Bars from the top; the script places the panels by how many each has. */
static void end_panel(struct picture_data *p, const char *title)
{
	char *variable;

	if (!p->here)
		return;
	p->panels++;
	p->bars += p->here;
	variable = ncb_format("%sbars%zu=%zu; low%zu=%.0f; high%zu=%.0f; title%zu='%s'",
			      p->panels > 1 ? "; " : "", p->panels, p->here, p->panels, p->low,
			      p->panels, p->high, p->panels, title);
	ncb_draw_word(&p->d->extra, variable);
	free(variable);
}

static void draw_causes(struct picture_data *p, const json_t *m, enum panel panel,
			const char *title)
{
	size_t i;

	begin_panel(p, panel);
	for (i = 0; i < ARRAY_SIZE(causes); i++) {
		struct figure f = { 0 };

		if (causes[i].panel == panel && causes[i].read(m, &causes[i], &f))
			put_bar(p, causes[i].name, &f);
	}
	end_panel(p, title);
}

static void draw_chains(struct picture_data *p, const json_t *m)
{
	const char *like = ncb_part_string(json_object_get(m, "chains"), "struct");
	char *title = ncb_format("%s%s%s", panel_titles[PANEL_CHAIN], *like ? "; struct: " : "",
				 like);

	draw_causes(p, m, PANEL_CHAIN, ncb_plot_quotable(title));
	free(title);
}

/* Structs that another slab class takes, those that grow most first. */
static void draw_structs(struct picture_data *p, const json_t *m)
{
	const json_t **list;
	size_t n, i, change;
	char *title;

	list = ncb_memory_structs(m, &n);
	for (change = 0; change < n && ncb_memory_growth(m, list[change], "slab") > 0; change++)
		;
	begin_panel(p, PANEL_OBJECT);
	for (i = 0; i < change && i < STRUCTS; i++) {
		struct figure f = {
			.known = COMPUTED, .more = ncb_memory_growth(m, list[i], "slab"),
			.note = ncb_memory_change(m, list[i], "slab"),
		};

		put_bar(p, ncb_part_string(list[i], "name"), &f);
	}
	title = ncb_format("%s: %zu of %zu structs change their size class%s",
			   panel_titles[PANEL_OBJECT], change, n,
			   change > STRUCTS ? "; the largest ones" : "");
	end_panel(p, title);
	free(title);
	free(list);
}

/** ncb_draw_memory - bytes that the doubly-linked list takes more, by cause */
bool ncb_draw_memory(struct drawing *d)
{
	const json_t *m = ncb_stats_whole(d->s)->memory;
	struct picture_data p = { .d = d };
	char *place, *variables;

	if (!m || ncb_memory_none(m))
		return false;
	draw_causes(&p, m, PANEL_ONCE, panel_titles[PANEL_ONCE]);
	draw_chains(&p, m);
	draw_structs(&p, m);
	ncb_draw_word(&d->arms, "all");
	/* As in the script. */
	d->height = 90 + 22 * p.bars + 62 * p.panels;
	place = ncb_plot_quotable(ncb_format("types from %s of %s", ncb_part_string(m, "source"),
					     ncb_memory_file(m)));
	variables = ncb_format("; panels=%zu; place='%s'", p.panels, place);
	ncb_draw_word(&d->extra, variables);
	d->subject = ncb_copy("bytes that the doubly-linked list takes more");
	free(variables);
	free(place);
	return true;
}
