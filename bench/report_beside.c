// SPDX-License-Identifier: GPL-2.0-only
/* Instructions and time of the same rows side by side. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "report_beside.h"
#include "report_compare.h"

#define NAMED_ROWS	3	/* of those in which the two disagree */

/* A row, wherever it was measured. */
struct joined {
	const struct ncb_row *row;
	const struct ncb_pair *insn, *time;
};

/**
 * struct list - all rows, in the order of the report
 * @plan: their names, without arms, for those who choose among them
 * @row: the same
 */
struct list {
	struct ncb_rundata plan;
	struct joined *row;
	size_t n;
};

static const struct ncb_side *side_of(const struct ncb_comparison *c, bool new)
{
	return new ? &c->new : &c->old;
}

/* In one run the sides are arms, and are named after them. */
static const char *arm_of(const struct ncb_comparison *c, bool new)
{
	return c->between ? c->arm : side_of(c, new)->label;
}

static const struct ncb_pair *find_pair(const struct ncb_comparison *c, const char *id)
{
	size_t i;

	for (i = 0; c && i < c->pairs; i++)
		if (!strcmp(c->pair[i].id, id))
			return &c->pair[i];
	return NULL;
}

/* -- joining -- */

static void add_row(struct list *l, const struct ncb_row *row)
{
	struct ncb_row *copy;

	if (ncb_row_find(&l->plan, row->id) >= 0)
		return;
	l->plan.rows = ncb_grow(l->plan.rows, l->plan.nrows + 1, sizeof(*l->plan.rows));
	copy = &l->plan.rows[l->plan.nrows++];
	*copy = *row;
	copy->arms = 0;
}

/* Rows in which a side was measured: those of its first run, as in any comparison. */
static void add_rows(struct list *l, const struct ncb_comparison *c, bool new)
{
	const struct ncb_stats *s = side_of(c, new)->stats[0];
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t i;

	for (i = 0; i < r->nrows; i++) {
		int arm = ncb_row_arm_find(&r->rows[i], arm_of(c, new));

		if (arm >= 0 && ncb_stats_arm(s, i, arm)->samples)
			add_row(l, &r->rows[i]);
	}
}

static struct list join(const struct ncb_beside *b)
{
	const struct ncb_comparison *const both[] = { b->insn, b->time };
	struct list l = { 0 };
	size_t *order, i;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		if (!both[i])
			continue;
		add_rows(&l, both[i], false);
		add_rows(&l, both[i], true);
	}
	l.n = l.plan.nrows;
	l.row = ncb_alloc(l.n + 1, sizeof(*l.row));
	order = ncb_report_sort_rows(&l.plan);
	for (i = 0; i < l.n; i++) {
		const struct ncb_row *row = &l.plan.rows[order[i]];

		l.row[i] = (struct joined) { row, find_pair(b->insn, row->id),
					     find_pair(b->time, row->id) };
	}
	free(order);
	return l;
}

static void free_joined(struct list *l)
{
	free(l->plan.rows);
	free(l->row);
}

/** ncb_beside_rows - how many rows there are, measured in any way */
size_t ncb_beside_rows(const struct ncb_beside *b)
{
	struct list l = join(b);
	size_t n = l.n;

	free_joined(&l);
	return n;
}

/* -- the table -- */

/* Three digits are more than a time is good for, and leave room for the interval. */
static char *time_text(double v)
{
	double size = fabs(v);

	if (size < 9.995)
		return ncb_format("%.2f", size < 0.005 ? 0 : v);
	if (size < 99.95)
		return ncb_format("%.1f", v);
	return size < 1e5 ? ncb_format("%.0f", v) : ncb_format("%.0e", v);
}

/* A cost of a side; n/a where the row was not measured there. */
static char *cost_text(const struct ncb_comparison *c, const struct ncb_pair *p, const char *id,
		       bool new)
{
	struct ncb_interval v = { 0 };

	if (p)
		v = new ? p->new_cost : p->old_cost;
	else
		v = ncb_side_cost(side_of(c, new), id, arm_of(c, new));
	if (!v.valid)
		return ncb_copy("n/a");
	return c->metric == NCB_INSN ? ncb_cost_text(NCB_INSN, v.value) : time_text(v.value);
}

/* "+3.1", "=", "~"; n/a where there is nothing to compare with. */
static char *change_text(const struct ncb_comparison *c, const struct ncb_pair *p)
{
	if (!p || p->verdict == NCB_NOTHING)
		return ncb_copy("n/a");
	if (ncb_is_change(p->verdict))
		return ncb_percent(p->change.ci.value);
	return ncb_copy(ncb_verdict_word(c->metric, p->verdict));
}

/* Decimals only where they are more than noise. */
static char *bound_text(double share)
{
	return fabs(share) < 0.0995 ? ncb_percent(share) : ncb_format("%+.0f", share * 100);
}

static char *interval_text(const struct ncb_pair *p)
{
	char *low, *high, *both;

	if (!p || p->verdict == NCB_NOTHING || !p->change.ci.valid)
		return ncb_copy("");
	if (!isfinite(p->change.ci.low) || !isfinite(p->change.ci.high))
		return ncb_copy("n/a");
	low = bound_text(p->change.ci.low);
	high = bound_text(p->change.ci.high);
	both = ncb_format("%s,%s", low, high);
	free(low);
	free(high);
	return both;
}

static struct ncb_table *new_table(struct ncb_report *report, const struct ncb_beside *b,
				   const char *which, bool full)
{
	const char *time = b->time ? ncb_metric_words[b->time->metric].unit : "";
	struct ncb_table *t = ncb_report_table(report, ncb_format("%s%s: %s%s%s an operation; "
			"change in %%", which, b->what, b->insn ? "instructions" : "",
			b->insn && b->time ? ", then " : "", time), full);

	ncb_table_column(t, "row", 3, true);
	ncb_table_column(t, b->heads[0], 5, false);
	ncb_table_column(t, b->heads[1], 5, false);
	ncb_table_column(t, "%", 5, false);
	ncb_table_column(t, b->heads[2], 5, false);
	ncb_table_column(t, b->heads[3], 5, false);
	ncb_table_column(t, "%", 5, false);
	ncb_table_column(t, "95 %", 9, false);
	return t;
}

static void fill_row(const struct ncb_beside *b, const struct joined *j, char **cell)
{
	const char *id = j->row->id;
	unsigned int i;

	cell[0] = ncb_row_label(j->row);
	if (b->insn) {
		cell[1] = cost_text(b->insn, j->insn, id, false);
		cell[2] = cost_text(b->insn, j->insn, id, true);
		cell[3] = change_text(b->insn, j->insn);
	}
	if (b->time) {
		cell[4] = cost_text(b->time, j->time, id, false);
		cell[5] = cost_text(b->time, j->time, id, true);
		cell[6] = change_text(b->time, j->time);
		cell[7] = interval_text(j->time);
	}
	for (i = 0; i < 8; i++)
		cell[i] = cell[i] ? cell[i] : ncb_copy("");
}

/**
 * ncb_beside_tables - the rows of the short view, and all of them
 * @report: gets two tables, the second for the full view
 * @b: what is compared
 * @fewer: other things take room on the screen, too
 */
void ncb_beside_tables(struct ncb_report *report, const struct ncb_beside *b, bool fewer)
{
	struct list l = join(b);
	size_t *order = ncb_alloc(l.n + 1, sizeof(*order)), i, n;
	size_t *chosen = ncb_alloc(l.n + NCB_CHOSEN_MAX, sizeof(*chosen));
	size_t *sorted = ncb_report_sort_rows(&l.plan);
	struct ncb_table *t;

	/* From an index of the plan to the place in the list. */
	for (i = 0; i < l.n; i++)
		order[sorted[i]] = i;
	n = ncb_report_choose_rows(&l.plan, sorted, fewer, chosen);
	t = new_table(report, b, "", false);
	for (i = 0; i < n; i++)
		fill_row(b, &l.row[order[chosen[i]]], ncb_table_row(t));
	if (n < l.n) {
		t = new_table(report, b, "all rows: ", true);
		for (i = 0; i < l.n; i++)
			fill_row(b, &l.row[i], ncb_table_row(t));
	}
	free(sorted);
	free(chosen);
	free(order);
	free_joined(&l);
}

/* -- what came out -- */

/* Rows of a verdict, and the range of their changes. */
struct tally {
	size_t n;
	double low, high;
};

static struct tally tally(const struct ncb_comparison *c, enum ncb_verdict v)
{
	struct tally t = { 0 };
	size_t i;

	for (i = 0; i < c->pairs; i++) {
		double change = c->pair[i].change.ci.value;

		if (c->pair[i].verdict != v)
			continue;
		t.low = t.n ? fmin(t.low, change) : change;
		t.high = t.n ? fmax(t.high, change) : change;
		t.n++;
	}
	return t;
}

/* " (+0.2% .. +21.0%)", or nothing of no row. */
static char *range_text(const struct tally *t)
{
	char *low, *high, *text;

	if (!t->n)
		return ncb_copy("");
	low = ncb_percent_text(t->low);
	high = ncb_percent_text(t->high);
	text = strcmp(low, high) ? ncb_format(" (%s .. %s)", low, high) : ncb_format(" (%s)", low);
	free(low);
	free(high);
	return text;
}

static void add_count(char **text, size_t n, const char *words)
{
	char *longer;

	if (!n)
		return;
	longer = ncb_format("%s, %zu %s", *text, n, words);
	free(*text);
	*text = longer;
}

/* Counts that not every comparison has. */
static void add_rest(char **text, const struct ncb_comparison *c)
{
	char *old = ncb_format("only of %s", c->between ? "A" : c->old.label);
	char *new = ncb_format("only of %s", c->between ? "B" : c->new.label);

	add_count(text, tally(c, NCB_WITHIN_MARGIN).n, "within the margin");
	add_count(text, tally(c, NCB_NOTHING).n, "too small or not measured");
	add_count(text, c->only_old, old);
	add_count(text, c->only_new, new);
	free(old);
	free(new);
}

/** ncb_beside_insn_text - what came out in instructions; malloc'd */
char *ncb_beside_insn_text(const struct ncb_comparison *c)
{
	struct tally more = tally(c, NCB_MORE), less = tally(c, NCB_LESS);
	char *up = range_text(&more), *down = range_text(&less);
	char *text = ncb_format("instructions: of %zu row%s %zu more%s, %zu fewer%s, %zu equal",
				c->pairs, ncb_ending(c->pairs), more.n, up, less.n, down,
				tally(c, NCB_EQUAL).n);

	add_count(&text, tally(c, NCB_UNRESOLVED).n, "not resolved");
	add_rest(&text, c);
	free(up);
	free(down);
	return text;
}

/** ncb_beside_time_text - what came out in time; malloc'd */
char *ncb_beside_time_text(const struct ncb_comparison *c)
{
	struct tally more = tally(c, NCB_MORE), less = tally(c, NCB_LESS);
	char *up = range_text(&more), *down = range_text(&less);
	char *text = ncb_format("time: of %zu row%s %zu slower%s, %zu faster%s, %zu not resolved",
				c->pairs, ncb_ending(c->pairs), more.n, up, less.n, down,
				tally(c, NCB_UNRESOLVED).n);

	add_count(&text, tally(c, NCB_EQUAL).n, "equal");
	add_rest(&text, c);
	free(up);
	free(down);
	return text;
}

/** ncb_beside_cards - what came out as a few large figures */
void ncb_beside_cards(struct ncb_items *cards, const struct ncb_beside *b)
{
	size_t n;

	if (b->insn) {
		n = tally(b->insn, NCB_MORE).n + tally(b->insn, NCB_LESS).n;
		ncb_items_say(cards, "rows with other instructions", NCB_MARK_NONE, "%zu",
			      n)->more =
			ncb_beside_insn_text(b->insn);
	}
	if (b->time) {
		n = tally(b->time, NCB_MORE).n + tally(b->time, NCB_LESS).n;
		ncb_items_say(cards, "rows with another time", NCB_MARK_NONE, "%zu", n)->more =
			ncb_beside_time_text(b->time);
	}
}

/* Where one says one thing and the other another. */
static const struct disagreement {
	enum ncb_verdict insn, time;
	const char *name;
} disagreements[] = {
	{ NCB_LESS, NCB_MORE, "fewer instructions, more time" },
	{ NCB_MORE, NCB_LESS, "more instructions, less time" },
	{ NCB_EQUAL, NCB_MORE, "equal instructions, more time" },
	{ NCB_EQUAL, NCB_LESS, "equal instructions, less time" },
};

static void disagree(struct ncb_items *items, const struct list *l, const struct disagreement *d)
{
	char *names = ncb_copy(""), *longer, *label;
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		const struct joined *j = &l->row[i];

		if (!j->insn || !j->time || j->insn->verdict != d->insn ||
		    j->time->verdict != d->time)
			continue;
		if (n++ >= NAMED_ROWS)
			continue;
		label = ncb_row_label(j->row);
		longer = ncb_format("%s%s%s", names, n > 1 ? ", " : "", label);
		free(label);
		free(names);
		names = longer;
	}
	if (n)
		ncb_items_say(items, "mind", NCB_MARK_NONE, "%s: %zu row%s (%s%s)", d->name, n,
			      ncb_ending(n), names, n > NAMED_ROWS ? " ..." : "");
	free(names);
}

/**
 * ncb_beside_disagreements - rows in which the two metrics say different things
 * @items: gets a line for each way to disagree
 * @b: what is compared
 */
void ncb_beside_disagreements(struct ncb_items *items, const struct ncb_beside *b)
{
	struct list l;
	size_t i;

	if (!b->insn || !b->time)
		return;
	l = join(b);
	for (i = 0; i < ARRAY_SIZE(disagreements); i++)
		disagree(items, &l, &disagreements[i]);
	free_joined(&l);
}

/* -- how to read it -- */

static const struct ncb_rundata *run_of(const struct ncb_comparison *c)
{
	return ncb_stats_run(c->old.stats[0]);
}

/* Indirect calls are what a chain is made of. */
static const char *retpolines(const struct ncb_comparison *c)
{
	bool old = run_of(c)->features & NCB_FEAT_RETPOLINE;
	bool new = ncb_stats_run(c->new.stats[0])->features & NCB_FEAT_RETPOLINE;

	return old && new ? "built with retpolines" :
	       old || new ? "one of them built with retpolines" :
	       "built without retpolines";
}

static void insn_legend(struct ncb_items *items, const struct ncb_comparison *c)
{
	const struct ncb_rundata *r = run_of(c);
	bool guest = r->target && !strcmp(r->target, "qemu");

	ncb_items_say(items, "insn", NCB_MARK_NONE, "counted%s, %s kernel %s: knows neither caches "
		      "nor mispredictions nor time", guest ? " by an emulator" : "",
		      ncb_env_string(r, "arch", "this machine's"), retpolines(c))->more =
		ncb_copy("= is equal to the last instruction");
}

static void time_legend(struct ncb_items *items, const struct ncb_comparison *c)
{
	static const struct {
		const char *target, *words;
	} places[] = {
		{ "uml", "User Mode Linux, a process at this processor's native speed, with "
			 "neither entries from user space nor mitigations" },
		{ "host", "the kernel of this machine" },
		{ "qemu", "a guest" },
		{ "user", "a process, not a kernel" },
	};
	const struct ncb_rundata *r = run_of(c);
	const char *words = "another place";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (r->target && !strcmp(r->target, places[i].target))
			words = places[i].words;
	ncb_items_say(items, ncb_metric_names[c->metric], NCB_MARK_NONE, "%s, %s", words,
		      retpolines(c))->more =
		ncb_copy("~ is not resolved: the interval or the controls allow for no change");
}

/**
 * ncb_beside_legend - what either metric can show, and what it cannot
 * @items: gets the lines
 * @b: what is compared
 */
void ncb_beside_legend(struct ncb_items *items, const struct ncb_beside *b)
{
	if (b->insn)
		insn_legend(items, b->insn);
	if (b->time)
		time_legend(items, b->time);
	ncb_items_say(items, "n/a", NCB_MARK_NONE, "not measured there, or not on both "
		      "sides")->full = true;
	ncb_items_say(items, "%", NCB_MARK_NONE, "%s", b->time && b->time->between &&
		      !b->time->options.raw ?
		      "of time is relative to the module's own engines in the same boot: it may "
		      "differ from what the two costs beside it give" : "+ is dearer");
	ncb_items_say(items, "o, s, c", NCB_MARK_NONE, "behind a row: one callback function for "
		      "all blocks, blocks scattered, caches cold")->full = true;
}
