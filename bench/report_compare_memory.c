// SPDX-License-Identifier: GPL-2.0-only
/* What a comparison between runs says of memory, and what a trend does. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "compare_memory.h"
#include "memory.h"
#include "report_compare.h"

#define NAMES_SHORT	3	/* figures that a line names */

static const char *const sides[] = { "old", "new" };

/** ncb_memory_alone - whether memory is all that is compared */
bool ncb_memory_alone(const struct ncb_comparison *c)
{
	return c->memory && !c->pairs && !c->storms && !*c->arm;
}

/* -- texts -- */

static char *value_text(const struct ncb_memory_figure *f)
{
	return f->known ? ncb_format("%s%" PRId64, f->least ? ">=" : "", f->value) :
			  ncb_copy("n/a");
}

static char *more_text(const struct ncb_memory_pair *p)
{
	return p->reason ? ncb_copy("-") :
			   ncb_format("%+" PRId64, p->side[1].value - p->side[0].value);
}

static char *name_text(const struct ncb_memory_pair *p)
{
	static const char *const groups[NCB_BILL_GROUPS] = {
		[NCB_BILL_TYPE] = "", [NCB_BILL_IMAGE] = "image ", [NCB_BILL_KERNEL] = "kernel: ",
		[NCB_BILL_MODULES] = "modules: ", [NCB_BILL_LIVE] = "ran: ",
		[NCB_BILL_STRUCT] = "",
	};
	bool size = !*p->what || !strcmp(p->what, "size");

	return ncb_format("%s%s%s%s%s%s", groups[p->group], *p->name ? p->name : "(anonymous)",
			  *p->module ? "@" : "", p->module, size ? "" : ", ",
			  size ? "" : p->what);
}

static bool is(const struct ncb_memory_pair *p, const char *what)
{
	return !strcmp(p->what, what);
}

/* -- tables -- */

/* The figures that the bill is about: of them a short view has no more. */
static bool is_main(const struct ncb_memory_pair *p)
{
	switch (p->group) {
	case NCB_BILL_TYPE:
		return is(p, "size");
	case NCB_BILL_IMAGE:
		return !strcmp(p->name, "total");
	case NCB_BILL_KERNEL:
	case NCB_BILL_MODULES:
		return !strcmp(p->name, "bytes");
	default:
		return false;
	}
}

/* Not what neither side knows; nor what a block or head alone takes, where that stays. */
static bool is_shown(const struct ncb_memory_pair *p, bool main)
{
	return p->group != NCB_BILL_STRUCT && is_main(p) == main &&
	       (p->side[0].known || p->side[1].known) &&
	       (p->group != NCB_BILL_TYPE || is(p, "size") || p->verdict != NCB_EQUAL);
}

static void figures_table(struct ncb_report *report, const struct ncb_memory_comparison *m,
			  bool main, bool full)
{
	struct ncb_table *t = NULL;
	size_t i;
	char **cell;

	for (i = 0; i < m->pairs; i++) {
		const struct ncb_memory_pair *p = &m->pair[i];

		if (!is_shown(p, main))
			continue;
		if (!t) {
			t = ncb_report_table(report, ncb_copy(main ?
				"memory as it is in both kernels, bytes" :
				"more of memory: bytes of images, how many static blocks and heads"),
				full);
			t->note = ncb_copy(main ? "kernel, modules: static blocks and heads; with >= a "
					   "lower bound, of which no difference is told" :
					   "with >= a lower bound, of which no difference is told");
			ncb_table_column(t, "memory", 29, true);
			ncb_table_column(t, "old", 9, false);
			ncb_table_column(t, "new", 9, false);
			ncb_table_column(t, "more", 9, false);
			ncb_table_column(t, "is", 7, true);
		}
		cell = ncb_table_row(t);
		cell[0] = name_text(p);
		cell[1] = value_text(&p->side[0]);
		cell[2] = value_text(&p->side[1]);
		cell[3] = more_text(p);
		cell[4] = ncb_copy(ncb_memory_word(p->verdict));
	}
}

/* A struct has size, slab and lines, in this order. */
static bool begins_struct(const struct ncb_memory_pair *p)
{
	return p->group == NCB_BILL_STRUCT && is(p, "size");
}

static bool changes(const struct ncb_memory_pair *p)
{
	return p->verdict == NCB_MORE || p->verdict == NCB_LESS;
}

enum kind { SLAB_CHANGES, SIZE_CHANGES, SAME, OLD_ONLY, NEW_ONLY, UNKNOWN };

static enum kind kind_of(const struct ncb_memory_pair *size)
{
	int known = size->side[0].known + 2 * size->side[1].known;

	if (size->reason)
		return known == 1 ? OLD_ONLY : known == 2 ? NEW_ONLY : UNKNOWN;
	return changes(&size[1]) ? SLAB_CHANGES :
	       changes(&size[0]) ? SIZE_CHANGES : SAME;
}

static char *both_text(const struct ncb_memory_pair *p)
{
	char *old = value_text(&p->side[0]), *new = value_text(&p->side[1]), *both;

	both = ncb_format(strcmp(old, new) ? "%s -> %s" : "%s", old, new);
	free(old);
	free(new);
	return both;
}

static void structs_table(struct ncb_report *report, const struct ncb_memory_comparison *m,
			  enum kind kind, bool full)
{
	struct ncb_table *t = NULL;
	size_t i;
	char **cell;

	for (i = 0; i < m->pairs; i++) {
		const struct ncb_memory_pair *p = &m->pair[i];

		if (!begins_struct(p) || kind_of(p) != kind)
			continue;
		if (!t) {
			t = ncb_report_table(report, ncb_copy(kind == SLAB_CHANGES ?
				"structs of another slab class, bytes" :
				"structs of another size in the same slab class, bytes"), full);
			ncb_table_column(t, "struct", 24, true);
			ncb_table_column(t, "size", 12, false);
			ncb_table_column(t, "slab", 12, false);
			ncb_table_column(t, "is", 7, true);
		}
		cell = ncb_table_row(t);
		cell[0] = name_text(p);
		cell[1] = both_text(&p[0]);
		cell[2] = both_text(&p[1]);
		cell[3] = ncb_copy(ncb_memory_word(p->verdict));
	}
}

/* -- lines -- */

static void say_result(struct ncb_items *items, const struct ncb_memory_comparison *m)
{
	size_t n[NCB_VERDICTS] = { 0 }, i;

	for (i = 0; i < m->pairs; i++)
		n[m->pair[i].verdict]++;
	ncb_items_say(items, "memory", NCB_MARK_NONE, "%zu figures: %zu larger, %zu smaller, %zu the "
		      "same, %zu not compared", m->pairs, n[NCB_MORE], n[NCB_LESS], n[NCB_EQUAL],
		      n[NCB_NOTHING]);
}

static void say_structs(struct ncb_items *items, const struct ncb_memory_comparison *m)
{
	size_t n[UNKNOWN + 1] = { 0 }, i, named = 0;

	for (i = 0; i < m->pairs; i++)
		if (begins_struct(&m->pair[i]))
			n[kind_of(&m->pair[i])]++;
	ncb_items_say(items, "structs", NCB_MARK_NONE, "that hold blocks or heads: %zu of another slab "
		      "class, %zu of another size alone, %zu the same; %zu of the old side only, %zu "
		      "of the new%s", n[SLAB_CHANGES], n[SIZE_CHANGES], n[SAME], n[OLD_ONLY],
		      n[NEW_ONLY], n[UNKNOWN] ? "; some are not known" : "");
	for (i = 0; i < m->pairs && named < NAMES_SHORT; i++) {
		const struct ncb_memory_pair *p = &m->pair[i];
		char *name, *size, *slab;

		if (!begins_struct(p) || kind_of(p) != SLAB_CHANGES)
			continue;
		name = name_text(p);
		size = both_text(p);
		slab = both_text(&p[1]);
		ncb_items_say(items, "", NCB_MARK_NONE, "%s %s, slab %s", name, size, slab);
		free(name);
		free(size);
		free(slab);
		named++;
	}
}

/* Whether that reason was given before, but for structs, which are counted elsewhere. */
static bool is_first(const struct ncb_memory_comparison *m, size_t at)
{
	size_t i;

	for (i = 0; i < at && m->pair[i].group != NCB_BILL_STRUCT; i++)
		if (m->pair[i].reason && !strcmp(m->pair[i].reason, m->pair[at].reason))
			return false;
	return true;
}

/* Figures that are not compared, by reason. */
static void say_left(struct ncb_items *items, const struct ncb_memory_comparison *m)
{
	bool first = true;
	size_t i, k, n;

	for (i = 0; i < m->pairs && m->pair[i].group != NCB_BILL_STRUCT; i++) {
		char *list, *longer;

		if (!m->pair[i].reason || !is_first(m, i))
			continue;
		for (list = NULL, n = 0, k = i; k < m->pairs; k++) {
			const struct ncb_memory_pair *p = &m->pair[k];
			char *name;

			if (p->group == NCB_BILL_STRUCT || !p->reason ||
			    strcmp(p->reason, m->pair[i].reason) || n++ >= NAMES_SHORT)
				continue;
			name = name_text(p);
			longer = ncb_format("%s%s%s", list ? list : "", list ? "; " : "", name);
			free(name);
			free(list);
			list = longer;
		}
		longer = n <= NAMES_SHORT ? ncb_copy("") :
					    ncb_format(" and %zu more", n - NAMES_SHORT);
		ncb_items_say(items, first ? "n/a" : "", NCB_MARK_NONE, "%s%s (%s)", list, longer,
			      m->pair[i].reason);
		first = false;
		free(list);
		free(longer);
	}
}

/* What two kernels are called larger for may be nothing but this. */
static void warn(struct ncb_report *report, const struct ncb_memory_comparison *m)
{
	int s;

	for (s = 0; s < 2; s++)
		if (m->differ[s])
			ncb_items_say(&report->warnings, "WARNING", NCB_MARK_BAD,
				      "memory: the runs of the %s side are not of one kernel, or not read "
				      "alike: %zu figures differ among them, and none of these is "
				      "compared", sides[s], m->differ[s]);
	if (strcmp(m->source[0], m->source[1]))
		ncb_items_say(&report->warnings, "note", NCB_MARK_NONE,
			      "memory: types are from %s on the old side and from %s on the new: structs "
			      "that only one has may be for that", m->source[0], m->source[1]);
}

/* Where only one side knows, or none does: why. Nothing where none was asked. */
static void say_missing(struct ncb_items *items, const struct ncb_comparison *c)
{
	const struct ncb_side *side[] = { &c->old, &c->new };
	const json_t *of[2];
	int s;

	for (s = 0; s < 2; s++)
		of[s] = ncb_stats_whole(side[s]->stats[0])->memory;
	for (s = 0; s < 2 && (of[0] || of[1]); s++)
		if (!of[s] || ncb_memory_none(of[s])) {
			ncb_items_say(items, "memory", NCB_MARK_NONE, "n/a: %s side: %s", sides[s],
				      of[s] ? ncb_part_string(of[s], "reason") :
					      "its run has nothing about memory");
			return;
		}
}

/**
 * ncb_memory_compare_report - memory in the report of a comparison
 * @report: gets lines and tables
 * @c: between runs
 */
void ncb_memory_compare_report(struct ncb_report *report, const struct ncb_comparison *c)
{
	const struct ncb_memory_comparison *m = c->memory;
	bool beside = !ncb_memory_alone(c);

	if (!m) {
		if (c->between)
			say_missing(&report->summary, c);
		return;
	}
	warn(report, m);
	figures_table(report, m, true, false);
	figures_table(report, m, false, beside);
	structs_table(report, m, SLAB_CHANGES, beside);
	structs_table(report, m, SIZE_CHANGES, true);
	say_result(&report->summary, m);
	say_structs(&report->summary, m);
	say_left(&report->summary, m);
	ncb_items_say(&report->trust, "memory", NCB_MARK_NONE,
		      "read from files of either kernel (types from %s -> %s; %zu of %zu and %zu of "
		      "%zu runs know), nothing computed: figures are exact, and have neither "
		      "intervals nor a test", m->source[0], m->source[1], m->known[0], c->old.runs,
		      m->known[1], c->new.runs);
}

/* -- a comparison of nothing else -- */

static void say_side(struct ncb_items *head, const char *label, const struct ncb_side *side)
{
	size_t i;

	for (i = 0; i < side->runs; i++) {
		const struct ncb_rundata *r = ncb_stats_whole(side->stats[i]);

		ncb_items_say(head, i ? "" : label, NCB_MARK_NONE, "%s: %s (%s), %s, from %s",
			      r->name ? r->name : "unnamed",
			      ncb_env_string(r, "kernel_release", "release unknown"),
			      ncb_part_string(r->memory, "file"),
			      ncb_part_string(r->memory, "design"),
			      ncb_part_string(r->memory, "source"));
	}
}

/**
 * ncb_memory_compare_only - the report where memory is all that is compared
 * @report: gets it
 * @c: between runs
 */
void ncb_memory_compare_only(struct ncb_report *report, const struct ncb_comparison *c)
{
	report->title = ncb_format("ncbench %s: what notifier chains take in memory, before and "
				   "after", NCB_VERSION);
	report->name = ncb_format("%s -> %s", c->old.label, c->new.label);
	say_side(&report->head, "old", &c->old);
	say_side(&report->head, "new", &c->new);
	ncb_memory_compare_report(report, c);
	ncb_items_add(&report->reproduce, "again", NCB_MARK_NONE, ncb_comparison_command(c));
	report->hint = ncb_copy("--full: structs of another size in the same slab class. --format csv: "
				"all figures");
}

/* -- over many kernels -- */

/**
 * ncb_memory_trend - what each of some kernels takes
 * @report: gets a table, where any of them knows
 * @side: the kernels
 * @n: how many
 */
void ncb_memory_trend(struct ncb_report *report, const struct ncb_side *side, size_t n)
{
	static const struct {
		const char *id, *head;
	} figures[] = {
		{ "memory/type/notifier_block/size", "block" },
		{ "memory/type/raw_notifier_head/size", "raw" },
		{ "memory/type/blocking_notifier_head/size", "blocking" },
		{ "memory/image/total", "image" },
		{ "memory/static/kernel/bytes", "static" },
		{ "memory/static/modules/bytes", "modules" },
	};
	struct ncb_table *t = NULL;
	const struct ncb_memory_pair *p;
	size_t i, k;
	char **cell;

	for (i = 0; i < n; i++) {
		/* Against itself: what all of its runs say. */
		struct ncb_memory_comparison *m = ncb_memory_compare(&side[i], &side[i]);

		if (!m)
			continue;
		if (!t) {
			t = ncb_report_table(report, ncb_copy("memory, bytes"), false);
			t->note = ncb_copy("static: what blocks and heads in the kernel take, and in its "
					   "modules; with >= a lower bound. Kernels that are not here know "
					   "none of it");
			ncb_table_column(t, "#", 2, false);
			ncb_table_column(t, "types", 5, true);
			for (k = 0; k < ARRAY_SIZE(figures); k++)
				ncb_table_column(t, figures[k].head, 6, false);
		}
		cell = ncb_table_row(t);
		cell[0] = ncb_format("%zu", i + 1);
		cell[1] = ncb_copy(m->source[0]);
		for (k = 0; k < ARRAY_SIZE(figures); k++) {
			p = ncb_memory_find_pair(m, figures[k].id);
			cell[2 + k] = p ? value_text(&p->side[0]) : ncb_copy("n/a");
		}
		if (m->differ[0])
			ncb_items_say(&report->warnings, "WARNING", NCB_MARK_BAD, "memory: the runs of "
				      "#%zu differ in %zu figures, which are n/a", i + 1, m->differ[0]);
		ncb_memory_comparison_free(m);
	}
}
