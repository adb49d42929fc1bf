// SPDX-License-Identifier: GPL-2.0-only
/* What a comparison between runs says; report_text.c and report_html.c give it a form. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include "../kmod/engine_table.h"
#include "memory.h"
#include "report_compare.h"
#include "report_counters.h"
#include "report_storm.h"
#include "runset.h"

#define LINKS_LEAST	4	/* with fewer the test of ranks calls nothing */
#define LINKS_ENOUGH	6	/* the least with which that test is exact */

/* How the levels that intervals are taken over are called here. */
static const char *const level_words[NCB_LEVELS] = {
	[NCB_LEVEL_BLOCK] = "blocks and noise",
	[NCB_LEVEL_RELOAD] = "loadings of the module",
	[NCB_LEVEL_COPY] = "compiled copies",
	[NCB_LEVEL_BOOT] = "boots",
	[NCB_LEVEL_LINK] = "links of the kernel",
};

static const char *const correction_words[NCB_CORRECTIONS] = {
	[NCB_HOLM] = "Holm: a false call in any row has a chance of 5 %",
	[NCB_BENJAMINI_HOCHBERG] = "Benjamini and Hochberg: 5 % of what is called may be false",
	[NCB_UNCORRECTED] = "none: 5 % of the rows without a change are called by chance",
};

static const struct ncb_rundata *run_of(const struct ncb_side *side, size_t i)
{
	return ncb_stats_run(side->stats[i]);
}

/* Whether any row has engines of the module on both sides, to be held against. */
static bool has_controls(const struct ncb_comparison *c)
{
	size_t i;

	for (i = 0; i < c->pairs; i++)
		if (!isnan(c->pair[i].drift))
			return true;
	return false;
}

/* Boots of a side can be counted only if each run knows its own. */
static bool boots_known(const struct ncb_side *side)
{
	size_t i;

	for (i = 0; i < side->runs; i++)
		if (!ncb_env_string(run_of(side, i), "boot_id", NULL))
			return false;
	return true;
}

/* -- texts -- */

/** ncb_row_label - a row in 26 characters, as far as it goes; malloc'd */
char *ncb_row_label(const struct ncb_row *row)
{
	static const char *const ops[NCB_OPS] = {
		[NCB_CALL] = "call",	   [NCB_REVERSE] = "reverse",
		[NCB_ROBUST] = "robust",   [NCB_REGISTER] = "reg",
		[NCB_UNREGISTER] = "unreg", [NCB_EMPTY] = "empty",
	};
	static const char *const places[NCB_POSITIONS] = {
		[NCB_POS_NONE] = "", [NCB_POS_HEAD] = "@head", [NCB_POS_MIDDLE] = "@mid",
		[NCB_POS_TAIL] = "@tail",
	};
	bool empty = row->op == NCB_EMPTY;
	bool one = row->callbacks == NCB_CB_ONE && !empty, cold = row->cache != NCB_WARM;
	bool apart = row->placement != NCB_PACKED;

	return ncb_format("%s %s%s %u%s%s%s%s", ncb_type_names[row->type], ops[row->op],
			  places[row->position], row->length, one || apart || cold ? " " : "",
			  one ? "o" : "", apart ? "s" : "", cold ? "c" : "");
}

/* "-1.2 .. +3.4 %" */
static char *percent_range(double low, double high)
{
	char *a = ncb_percent(low), *b = ncb_percent(high);
	char *both = strcmp(a, b) ? ncb_format("%s .. %s %%", a, b) : ncb_format("%s %%", a);

	free(a);
	free(b);
	return both;
}

/* Four characters: "1", ".012", "3e-4"; 0 is less than 1e-9. */
static char *p_text(const struct ncb_pair *p)
{
	char *text;

	if (isnan(p->p) || p->change.se == 0)
		return ncb_copy("");
	if (p->p > 0.9995)
		return ncb_copy("1");
	if (p->p < 1e-9)
		return ncb_copy("0");
	if (p->p < 0.0009995) {
		int power = (int)floor(log10(p->p)), digit = (int)round(p->p / pow(10, power));

		return digit == 10 ? ncb_format("1e%d", power + 1) :
				     ncb_format("%de%d", digit, power);
	}
	text = ncb_format("%.3f", p->p);
	memmove(text, text + 1, strlen(text));
	return text;
}

static const char *verdict_text(const struct ncb_comparison *c, const struct ncb_pair *p)
{
	return p->verdict == NCB_WITHIN_MARGIN ? "within" : ncb_verdict_word(c->metric, p->verdict);
}

static bool has_changed(const struct ncb_pair *p)
{
	return p->verdict == NCB_LESS || p->verdict == NCB_MORE;
}

/** ncb_command_word - a word behind a malloc'd command, quoted for a shell where it has to be */
void ncb_command_word(char **command, const char *word)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,+@=%:";
	bool quote = !*word || word[strspn(word, harmless)];
	char *longer = ncb_format(quote ? "%s '%s'" : "%s %s", *command, word);

	free(*command);
	*command = longer;
}

/**
 * ncb_command_judging - the options of a command that compares
 * @command: malloc'd; gets them behind it
 * @arm: compared; "": there are no rows
 * @o: how it was judged
 * @forced: although there were obstacles
 */
void ncb_command_judging(char **command, const char *arm, const struct ncb_compare_options *o,
			 bool forced)
{
	char *margin;

	if (*arm) {
		ncb_command_word(command, "--arm");
		ncb_command_word(command, arm);
	}
	if (o->correction != NCB_HOLM) {
		ncb_command_word(command, "--correction");
		ncb_command_word(command, ncb_correction_names[o->correction]);
	}
	if (o->margin > 0) {
		margin = ncb_format("%.12g%%", o->margin * 100);
		ncb_command_word(command, "--margin");
		ncb_command_word(command, margin);
		free(margin);
	}
	if (o->raw)
		ncb_command_word(command, "--raw");
	if (o->metric) {
		ncb_command_word(command, "--metric");
		ncb_command_word(command, o->metric);
	}
	if (forced)
		ncb_command_word(command, "--force");
}

/** ncb_comparison_command - the command that makes the comparison again; malloc'd */
char *ncb_comparison_command(const struct ncb_comparison *c)
{
	char *command = ncb_copy("ncbench compare"), **reasons;
	size_t n = ncb_find_obstacles(&c->old, &c->new, c->arm, &reasons);

	ncb_free_texts(reasons, n);
	ncb_command_word(&command, c->old.label);
	ncb_command_word(&command, c->new.label);
	ncb_command_judging(&command, c->arm, &c->options, n);
	return command;
}

/* -- what speaks against it -- */

/*
 * What runs are warned of, each once, and on which sides: @runs of them, where figures in it
 * differ with the largest.
 */
struct warning {
	char *text;
	bool grave, *on, varies;
	size_t runs;
};

/* Whether two texts are the same but for the figures in them; @more: the second has more. */
static bool same_words(const char *a, const char *b, bool *more)
{
	double x = 0, y = 0;
	bool first = true;

	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			char *enda, *endb;

			x = first ? strtod(a, &enda) : (strtod(a, &enda), x);
			y = first ? strtod(b, &endb) : (strtod(b, &endb), y);
			first = false;
			a = enda;
			b = endb;
		} else if (*a++ != *b++) {
			return false;
		}
	}
	*more = y > x;
	return !*a && !*b;
}

static void collect_warnings(struct warning **list, size_t *n, const struct ncb_side *side,
			     size_t which, size_t sides)
{
	size_t run, i, k;

	for (run = 0; run < side->runs; run++) {
		struct ncb_items about = { 0 };
		struct ncb_trust t;

		ncb_stats_trust(side->stats[run], &t);
		ncb_warn_of_run(&about, side->stats[run], &t);
		for (i = 0; i < about.n; i++) {
			const struct ncb_item *w = &about.item[i];
			bool more = false;

			for (k = 0; k < *n && !same_words((*list)[k].text, w->text, &more); k++)
				;
			if (k == *n) {
				*list = ncb_grow(*list, *n + 1, sizeof(**list));
				(*list)[(*n)++] = (struct warning) {
					.text = ncb_copy(w->text),
					.grave = w->mark == NCB_MARK_BAD,
					.on = ncb_alloc(sides, sizeof(bool)),
				};
			}
			(*list)[k].on[which] = true;
			(*list)[k].runs++;
			(*list)[k].varies |= strcmp((*list)[k].text, w->text) != 0;
			if (more) {
				free((*list)[k].text);
				(*list)[k].text = ncb_copy(w->text);
			}
		}
		ncb_items_free(&about);
	}
}

/* "old: ", "#1, #3: "; "" where it is all of them. */
static char *which_text(const struct warning *w, const char *const *names, size_t sides)
{
	char *text = ncb_copy(""), *longer;
	size_t i, n = 0;

	for (i = 0; i < sides; i++) {
		if (!w->on[i])
			continue;
		longer = names ? ncb_format("%s%s%s", text, n ? ", " : "", names[i]) :
				 ncb_format("%s%s#%zu", text, n ? ", " : "", i + 1);
		free(text);
		text = longer;
		n++;
	}
	longer = n == sides ? ncb_copy("") : ncb_format("%s: ", text);
	free(text);
	return longer;
}

/**
 * ncb_warn_of_runs - what speaks against the runs of some sides
 * @w: gets the lines, the grave ones first
 * @side: the sides
 * @names: of the sides; NULL: their numbers from 1
 * @sides: how many
 */
void ncb_warn_of_runs(struct ncb_items *w, const struct ncb_side *const *side,
		      const char *const *names, size_t sides)
{
	struct warning *list = NULL;
	size_t n = 0, i;
	int grave;

	for (i = 0; i < sides; i++)
		collect_warnings(&list, &n, side[i], i, sides);
	for (grave = 1; grave >= 0; grave--) {
		for (i = 0; i < n; i++) {
			char *which = which_text(&list[i], names, sides);
			char *of = list[i].varies ? ncb_format(" (the most of %zu runs)", list[i].runs) :
						    ncb_copy("");

			if (list[i].grave == grave)
				ncb_items_say(w, grave ? "NOT FOR REVIEW" : "note",
					      grave ? NCB_MARK_BAD : NCB_MARK_NONE, "%s%s%s", which,
					      list[i].text, of);
			free(of);
			free(which);
		}
	}
	for (i = 0; i < n; i++) {
		free(list[i].text);
		free(list[i].on);
	}
	free(list);
}

static bool same_boot(const struct ncb_side *a, const struct ncb_side *b)
{
	size_t i, k;

	for (i = 0; i < a->runs; i++) {
		const char *id = ncb_env_string(run_of(a, i), "boot_id", NULL);

		for (k = 0; k < b->runs && id; k++)
			if (!strcmp(id, ncb_env_string(run_of(b, k), "boot_id", "")))
				return true;
	}
	return false;
}

/* Layouts that were not sampled, or not by enough links. */
static void warn_of_layout(struct ncb_items *w, const struct ncb_comparison *c)
{
	bool one[2] = { ncb_is_one_layout(c, false), ncb_is_one_layout(c, true) };
	const struct ncb_side *side = one[0] ? &c->old : &c->new;
	const struct ncb_layouts *l = &c->layouts;
	size_t least = l->links[0] < l->links[1] ? l->links[0] : l->links[1];

	if (one[0] || one[1])
		ncb_items_say(w, "WARNING", NCB_MARK_BAD,
			      "one %s of %s: layout between %s was not sampled, and relinking "
			      "the same kernel moves rows by tens of percent. %s",
			      ncb_side_boots(side) == 1 ? "boot" : "link",
			      one[0] && one[1] ? "each side" : one[0] ? "the old side" :
								"the new side",
			      ncb_side_boots(side) == 1 ? "boots" : "links",
			      has_controls(c) ? "Intervals of code that has one copy are wider by "
						"what the module's copies differ by" :
						"No engine of the module is on both sides to tell "
						"by how much");
	if (l->links[0] < 2 && l->links[1] < 2)
		return;
	if (least < LINKS_LEAST)
		ncb_items_say(w, "WARNING", NCB_MARK_BAD,
			      "%zu link%s of %s: too few layouts to call a change; take %d of each "
			      "side", least, ncb_ending(least),
			      l->links[0] == l->links[1] ? "each side" :
			      l->links[0] < l->links[1] ? "the old side" : "the new side",
			      LINKS_ENOUGH);
	if (!l->paired)
		ncb_items_say(w, "note", NCB_MARK_NONE,
			      "%zu of %zu and %zu links are of the same recipe: links are not "
			      "paired, all count", l->common, l->links[0], l->links[1]);
	else if (l->common < l->links[0] || l->common < l->links[1])
		ncb_items_say(w, "note", NCB_MARK_NONE,
			      "changes rest on the %zu links that both sides have: left out are "
			      "%zu of the old side, %zu of the new", l->common,
			      l->links[0] - l->common, l->links[1] - l->common);
}

static void warn_of_boots(struct ncb_items *w, const struct ncb_comparison *c)
{
	size_t old = ncb_side_boots(&c->old), new = ncb_side_boots(&c->new);

	if (ncb_runset_share(&c->old, &c->new))
		ncb_items_say(w, "WARNING", NCB_MARK_BAD,
			      "a run is on both sides: it is compared with itself");
	else if (same_boot(&c->old, &c->new))
		ncb_items_say(w, "note", NCB_MARK_NONE,
			      "both sides were measured in the same boot");
	if (c->metric == NCB_INSN)
		return;
	if (c->pairs)
		warn_of_layout(w, c);
	if (old < c->old.runs || new < c->new.runs)
		ncb_items_say(w, "note", NCB_MARK_NONE,
			      "some runs are of one boot and count as one");
}

static void add_warnings(struct ncb_report *report, const struct ncb_comparison *c)
{
	static const char *const names[] = { "old", "new" };
	const struct ncb_side *const sides[] = { &c->old, &c->new };
	struct ncb_items *w = &report->warnings;
	char **reasons;
	size_t n = ncb_find_obstacles(&c->old, &c->new, c->arm, &reasons), i;

	for (i = 0; i < n; i++)
		ncb_items_say(w, "FORCED", NCB_MARK_BAD, "compared all the same (--force): %s",
			      reasons[i]);
	ncb_free_texts(reasons, n);
	ncb_warn_of_runs(w, sides, names, 2);
	warn_of_boots(w, c);
	if (c->only_old || c->only_new)
		ncb_items_say(w, "note", NCB_MARK_NONE,
			      "not compared: %zu row%s of the old side only, %zu of the new side "
			      "only", c->only_old, ncb_ending(c->only_old), c->only_new);
	if (c->partial)
		ncb_items_say(w, "note", NCB_MARK_NONE,
			      "%zu row%s not in all runs of a side, and rest%s on fewer boots",
			      c->partial, c->partial == 1 ? " is" : "s are",
			      c->partial == 1 ? "s" : "");
}

/* -- header -- */

/* A fact that both sides share, or "old -> new". */
static char *both_text(const struct ncb_comparison *c, const char *key)
{
	const char *a = ncb_env_string(run_of(&c->old, 0), key, "unknown");
	const char *b = ncb_env_string(run_of(&c->new, 0), key, "unknown");

	return strcmp(a, b) ? ncb_format("%s -> %s", a, b) : ncb_copy(a);
}

static void say_side(struct ncb_items *h, const char *name, const struct ncb_side *side,
		     size_t links)
{
	const struct ncb_rundata *r = run_of(side, 0);
	size_t boots = ncb_side_boots(side);
	char *of = links > 1 ? ncb_format(" of %zu links", links) : ncb_copy("");

	ncb_items_say(h, name, NCB_MARK_NONE, "kernel %s (%s), %zu run%s, %zu boot%s%s",
		      ncb_env_string(r, "kernel_release", "unknown"),
		      ncb_env_string(r, "kernel_version", "version unknown"), side->runs,
		      ncb_ending(side->runs), boots, ncb_ending(boots), of);
	free(of);
}

/* "notifier_block 24 -> 32; heads: raw 8 -> 16": of the arm, where they are known. */
static char *memory_text(const struct ncb_comparison *c)
{
	const struct ncb_side *const sides[] = { &c->old, &c->new };
	uint32_t node[2] = { 0 }, head[NCB_TYPES][2] = { { 0 } };
	char *text, *longer;
	size_t s, i;

	for (s = 0; s < 2; s++) {
		const struct ncb_rundata *r = run_of(sides[s], 0);

		for (i = 0; i < r->nrows; i++) {
			int arm = ncb_row_arm_find(&r->rows[i], c->arm);

			if (arm < 0 || !r->rows[i].arm[arm].node_size)
				continue;
			node[s] = r->rows[i].arm[arm].node_size;
			head[r->rows[i].type][s] = r->rows[i].arm[arm].head_size;
		}
	}
	if (!node[0] || !node[1])
		return NULL;
	text = ncb_format(node[0] == node[1] ? "bytes of a block: %u" : "bytes of a block: %u -> %u",
			  node[0], node[1]);
	for (i = 0; i < NCB_TYPES; i++) {
		if (!head[i][0] || !head[i][1] || head[i][0] == head[i][1])
			continue;
		longer = ncb_format("%s; %s head: %u -> %u", text, ncb_type_names[i], head[i][0],
				    head[i][1]);
		free(text);
		text = longer;
	}
	return text;
}

static size_t count_verdicts(const struct ncb_comparison *c, enum ncb_verdict v)
{
	size_t i, n = 0;

	for (i = 0; i < c->pairs; i++)
		n += c->pair[i].verdict == v;
	return n;
}

/* "3 slower, 12 faster, 145 no change resolved (~)" */
static char *summary_text(const struct ncb_comparison *c)
{
	static const enum ncb_verdict order[] = {
		NCB_MORE, NCB_LESS, NCB_WITHIN_MARGIN, NCB_EQUAL, NCB_UNRESOLVED, NCB_NOTHING,
	};
	char *text = ncb_format("%zu row%s:", c->pairs, ncb_ending(c->pairs)), *longer;
	size_t i, n;
	bool any = false;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		const char *word = ncb_verdict_word(c->metric, order[i]);

		n = count_verdicts(c, order[i]);
		if (!n)
			continue;
		if (order[i] == NCB_UNRESOLVED)
			word = "without a change that is resolved (~)";
		else if (order[i] == NCB_EQUAL)
			word = "equal to the last instruction (=)";
		else if (order[i] == NCB_NOTHING)
			word = "too small or not measured (-)";
		longer = ncb_format("%s%s %zu %s", text, any ? "," : "", n, word);
		free(text);
		text = longer;
		any = true;
	}
	return text;
}

static void add_head(struct ncb_report *report, const struct ncb_comparison *c)
{
	struct ncb_items *h = &report->head;
	char *arch = both_text(c, "arch"), *cpu = both_text(c, "cpu_model"), *text;
	double mean = ncb_comparison_geomean(c);
	size_t counted = 0, i;

	say_side(h, "old", &c->old, c->layouts.links[0]);
	say_side(h, "new", &c->new, c->layouts.links[1]);
	ncb_items_say(h, "machine", NCB_MARK_NONE, "%s, %s", arch, cpu);
	free(arch);
	free(cpu);
	if (!c->pairs)
		return;
	ncb_items_say(h, "compared", NCB_MARK_NONE, "%s, in %s, %s; correction: %s", c->arm,
		      ncb_metric_words[c->metric].unit,
		      c->options.raw ? "as measured (--raw)" : c->metric == NCB_INSN ?
		      "exact counts" : has_controls(c) ? "relative to the module's own engines" :
		      "as measured: no engine of the module is on both sides",
		      ncb_correction_names[c->options.correction]);
	if (c->options.margin > 0)
		ncb_items_say(h, "margin", NCB_MARK_NONE, "%g %%: 'within' is equivalent within it",
			      c->options.margin * 100);
	text = memory_text(c);
	if (text)
		ncb_items_add(h, "memory", NCB_MARK_NONE, text);
	ncb_items_add(h, "result", NCB_MARK_NONE, summary_text(c));
	for (i = 0; i < c->pairs; i++)
		counted += c->pair[i].change.ci.valid && c->pair[i].change.ci.value > -1;
	if (!isnan(mean)) {
		text = ncb_percent(mean);
		ncb_items_say(h, "geomean", NCB_MARK_NONE,
			      "%s %% over %zu row%s, resolved or not", text,
			      counted, ncb_ending(counted));
		free(text);
	}
}

/* -- what differs -- */

static void add_differences(struct ncb_report *report, const struct ncb_comparison *c)
{
	struct ncb_env_difference *d;
	size_t n = ncb_env_differences(&c->old, &c->new, &d), i, k;
	bool *said = ncb_alloc(n + 1, sizeof(*said)), any = false;

	for (i = 0; i < n; i++) {
		char *line = NULL, *longer;

		for (k = i; k < n; k++) {
			bool grouped = strcmp(d[k].name, d[k].key);

			if (said[k] || strcmp(d[k].name, d[i].name))
				continue;
			said[k] = true;
			longer = ncb_format("%s%s%s: %s -> %s%s", line ? line : d[k].name,
					    line ? "; " : grouped ? ": " : "",
					    grouped ? d[k].key : "", d[k].old, d[k].new,
					    d[k].inside ? " (not the same in all runs of a side)" : "");
			free(line);
			line = longer;
		}
		if (!line)
			continue;
		ncb_items_add(&report->head, any ? "" : "differs", NCB_MARK_NONE, line);
		any = true;
	}
	if (!any)
		ncb_items_say(&report->head, "differs", NCB_MARK_NONE,
			      "nothing that is known of kernel and machine");
	free(said);
	ncb_env_differences_free(d, n);
}

/* -- the table -- */

static struct ncb_table *new_table(struct ncb_report *report, char *title, bool full)
{
	struct ncb_table *t = ncb_report_table(report, title, full);

	ncb_table_column(t, "row", 27, true);
	ncb_table_column(t, "old", 6, false);
	ncb_table_column(t, "new", 6, false);
	ncb_table_column(t, "change", 6, false);
	ncb_table_column(t, "95 %", 11, false);
	ncb_table_column(t, "p", 4, false);
	ncb_table_column(t, "is", 6, true);
	return t;
}

static void fill_row(const struct ncb_comparison *c, const struct ncb_pair *p, char **cell)
{
	const struct ncb_row *row = &run_of(&c->old, 0)->rows[p->row];

	cell[0] = ncb_row_label(row);
	cell[1] = ncb_cost_text(c->metric, p->old_cost.value);
	cell[2] = ncb_cost_text(c->metric, p->new_cost.value);
	cell[3] = p->change.ci.valid ? ncb_percent(p->change.ci.value) : ncb_copy("-");
	cell[4] = ncb_percent_interval(p->change.ci);
	cell[5] = p_text(p);
	cell[6] = ncb_copy(verdict_text(c, p));
}

static void add_tables(struct ncb_report *report, const struct ncb_comparison *c)
{
	size_t *order = ncb_comparison_order(c), i, changed = 0;
	struct ncb_table *t;

	for (i = 0; i < c->pairs; i++)
		changed += has_changed(&c->pair[i]);
	if (changed) {
		t = new_table(report, ncb_format("what changed: %s, %s an operation, change in %%",
						 c->arm,
						 ncb_metric_words[c->metric].unit), false);
		for (i = 0; i < changed; i++)
			fill_row(c, &c->pair[order[i]], ncb_table_row(t));
	}
	if (changed < c->pairs) {
		t = new_table(report, ncb_format("the other rows: %s, %s an operation, change in %%",
						 c->arm, ncb_metric_words[c->metric].unit), true);
		for (i = changed; i < c->pairs; i++)
			fill_row(c, &c->pair[order[i]], ncb_table_row(t));
		report->hint = ncb_format("%zu row%s in which no change is called: --full shows %s.",
					  c->pairs - changed, ncb_ending(c->pairs - changed),
					  c->pairs - changed == 1 ? "it" : "them");
	}
	free(order);
}

static void add_legend(struct ncb_report *report, const struct ncb_comparison *c)
{
	struct ncb_items *l = &report->legend;

	ncb_items_say(l, "change", NCB_MARK_NONE, "%s; + is dearer; with its 95 %% interval",
		      c->options.raw || c->metric == NCB_INSN ? "new / old - 1" :
		      "new / old - 1 of costs over those of the module's own engines, cell by "
		      "cell: old and new are costs as measured, and may say otherwise");
	if (c->metric != NCB_INSN)
		ncb_items_say(l, "p", NCB_MARK_NONE,
			      "of no change at all, corrected; 0: below 1e-9");
	ncb_items_say(l, "o, s, c", NCB_MARK_NONE, "behind a row: one callback function for all "
		      "blocks, blocks scattered, caches cold");
}

/* -- trust -- */

/* A list of values over pairs, to be summed up. */
struct values {
	double *v;
	size_t n;
};

static struct values collect(const struct ncb_comparison *c, double (*of)(const struct ncb_pair *p))
{
	struct values out = { ncb_alloc(c->pairs + 1, sizeof(double)), 0 };
	size_t i;

	for (i = 0; i < c->pairs; i++) {
		double v = of(&c->pair[i]);

		if (!isnan(v))
			out.v[out.n++] = v;
	}
	/* Sorts: the ends are the range. */
	ncb_median(out.v, out.n);
	return out;
}

static double drift_of(const struct ncb_pair *p)
{
	return p->drift;
}

static double envelope_of(const struct ncb_pair *p)
{
	return p->envelope;
}

/* Bonferroni's bound, which is where Holm's procedure begins. */
static double corrected_half_of(const struct ncb_pair *p, size_t tested)
{
	return p->change.se > 0 && p->change.df > 0 && tested ?
	       expm1(gsl_cdf_tdist_Qinv(0.025 / tested, p->change.df) * p->change.se) : NAN;
}

static double half_width_of(const struct ncb_pair *p)
{
	double half = (p->change.ci.high - p->change.ci.low) / 2;

	return p->change.ci.valid && isfinite(half) ? half : NAN;
}

/* Sums up the semantic checks of a side. */
static void trust_oracle(struct ncb_items *items, const struct ncb_trust *old, size_t n,
			 const struct ncb_trust *new, size_t m)
{
	size_t checked = 0, wrong = 0, i;

	for (i = 0; i < n; i++) {
		checked += old[i].checked;
		wrong += old[i].wrong;
	}
	for (i = 0; i < m; i++) {
		checked += new[i].checked;
		wrong += new[i].wrong;
	}
	ncb_items_say(items, "oracle", wrong || !checked ? NCB_MARK_BAD : NCB_MARK_OK,
		      "%zu arm%s in %zu run%s behaved before they were timed, %zu did not", checked,
		      ncb_ending(checked), n + m, ncb_ending(n + m), wrong);
}

static void trust_control(struct ncb_items *items, const struct ncb_comparison *c)
{
	struct values e = collect(c, envelope_of), d = collect(c, drift_of);
	char *text;

	if (e.n && e.v[e.n - 1] > 0)
		ncb_items_say(items, "A/A", NCB_MARK_NONE,
			      "code that both sides share came out different by up to %.1f %% in "
			      "rows of a kind, or beyond the drift in a row (median over rows: "
			      "%.1f %%); no change within that is called one",
			      e.v[e.n - 1] * 100, ncb_quantile(e.v, e.n, 0.5) * 100);
	else if (d.n && c->metric == NCB_INSN)
		ncb_items_say(items, "A/A", NCB_MARK_OK,
			      "two copies of the same engine changed alike, to the last instruction");
	else
		ncb_items_say(items, "A/A", NCB_MARK_BAD,
			      "no envelope: the runs do not share two of the module's own engines "
			      "in any row");
	if (d.n) {
		text = percent_range(d.v[0], d.v[d.n - 1]);
		ncb_items_say(items, "drift", NCB_MARK_NONE,
			      "the module's own engines, the same source on both sides, moved by "
			      "%s%s (median %+.1f %%); %s", text,
			      c->metric == NCB_INSN && (d.v[0] != 0 || d.v[d.n - 1] != 0) ?
			      " with how each kernel is compiled" : "",
			      ncb_quantile(d.v, d.n, 0.5) * 100,
			      c->options.raw || c->metric == NCB_INSN ?
			      "this is in the changes still" : "this is taken off, row by row");
		free(text);
	} else if (!c->options.raw && c->metric != NCB_INSN) {
		ncb_items_say(items, "drift", NCB_MARK_BAD, "not known: the runs share none of the "
			      "module's own engines; changes are as measured");
	}
	free(e.v);
	free(d.v);
}

static void trust_interval(struct ncb_items *items, const struct ncb_comparison *c)
{
	size_t over[NCB_LEVELS] = { 0 }, known = 0, i, n;
	char *list = NULL, *longer;
	double *share = ncb_alloc(c->pairs + 1, sizeof(*share));
	int level;

	for (i = 0; i < c->pairs; i++) {
		if (!c->pair[i].change.ci.valid || !(c->pair[i].change.se > 0))
			continue;
		over[c->pair[i].change.level]++;
		known++;
	}
	for (level = NCB_LEVELS - 1; level >= 0 && known; level--) {
		if (!over[level])
			continue;
		longer = ncb_format("%s%s%s in %zu", list ? list : "", list ? ", " : "",
				    level_words[level], over[level]);
		free(list);
		list = longer;
	}
	if (list)
		ncb_items_say(items, "interval", NCB_MARK_NONE,
			      "over the level with the largest standard error: %s row%s; %.2f times as "
			      "wide as that, for what equal code did here", list, ncb_ending(known), c->inflation);
	free(list);
	for (list = NULL, level = NCB_LEVELS - 1; level >= 0; level--) {
		for (i = n = 0; i < c->pairs; i++)
			if (!isnan(c->pair[i].change.share[level]))
				share[n++] = c->pair[i].change.share[level];
		if (!n)
			continue;
		longer = ncb_format("%s%s%s %.0f %%", list ? list : "", list ? ", " : "",
				    level_words[level], ncb_median(share, n) * 100);
		free(list);
		list = longer;
	}
	if (list)
		ncb_items_say(items, "variance", NCB_MARK_NONE,
			      "by level, median over rows: %s", list);
	free(list);
	free(share);
}

/*
 * "5 links of each kernel ...: layout is 83 % of the variance of native's time (median row),
 * moved single rows by -20 .. +31 %; intervals are taken over links"
 */
static void trust_layout(struct ncb_items *items, const struct ncb_comparison *c)
{
	const struct ncb_layouts *l = &c->layouts;
	char *count, *share, *moved;
	struct ncb_item *item;

	if (c->metric == NCB_INSN || (l->links[0] < 2 && l->links[1] < 2))
		return;
	count = l->links[0] == l->links[1] ? ncb_format("%zu links of each kernel", l->links[0]) :
		ncb_format("%zu links of the old kernel, %zu of the new", l->links[0],
			   l->links[1]);
	share = isnan(l->share) ? ncb_copy("one boot of each: what is layout's and what is the "
					   "boot's cannot be told") :
		ncb_format("layout is %.0f %% of the variance of %s's time from boot to boot "
			   "(median row)", l->share * 100, c->arm);
	moved = l->moved.n ? percent_range(l->moved.low, l->moved.high) : ncb_copy("n/a");
	item = ncb_items_say(items, "layout", NCB_MARK_NONE,
			     "%s, with the notifier's object at other alignments, paddings and "
			     "positions: %s, moved single rows by %s; intervals cover it", count,
			     share, moved);
	if (!l->paired)
		item->more = ncb_copy("links of both sides taken for independent of each other");
	else if (isnan(l->alike))
		item->more = ncb_copy("links paired by recipe");
	else
		item->more = ncb_format("links paired by recipe: what a recipe does to both kernels "
					"has a correlation of %.2f", l->alike);
	free(count);
	free(share);
	free(moved);
}

static void trust_smallest(struct ncb_items *items, const struct ncb_comparison *c)
{
	struct values h = collect(c, half_width_of);
	double *after = ncb_alloc(c->pairs + 1, sizeof(*after)), v;
	size_t n = 0, i;

	for (i = 0; i < c->pairs; i++) {
		v = corrected_half_of(&c->pair[i], c->tested);
		if (!isnan(v))
			after[n++] = v;
	}
	if (c->metric == NCB_INSN && h.n && h.v[h.n - 1] == 0)
		ncb_items_say(items, "smallest", NCB_MARK_OK,
			      "one instruction: all counts are exact");
	else if (h.n)
		ncb_items_say(items, "smallest", NCB_MARK_NONE,
			      "change that can be seen: %.1f %% in a row by itself, half its "
			      "interval (median over rows, from %.1f to %.1f %%), %.3g %% once %zu "
			      "rows are corrected for",
			      ncb_quantile(h.v, h.n, 0.5) * 100, h.v[0] * 100,
			      h.v[h.n - 1] * 100, ncb_median(after, n) * 100, c->tested);
	free(h.v);
	free(after);
}

static void say_plant(struct ncb_items *items, const char *name, const struct ncb_comparison *c,
		      const struct ncb_trust *t, size_t n, const char *side)
{
	struct ncb_range all = { 0 };
	size_t seen = 0, i;
	char *low, *high;

	for (i = 0; i < n; i++) {
		if (!t[i].plant.n)
			continue;
		all.low = all.n ? fmin(all.low, t[i].plant.low) : t[i].plant.low;
		all.high = all.n ? fmax(all.high, t[i].plant.high) : t[i].plant.high;
		all.n += t[i].plant.n;
		seen += t[i].plant_seen;
	}
	if (!all.n) {
		ncb_items_say(items, name, NCB_MARK_NONE, "%s: not measured", side);
		return;
	}
	low = ncb_cost_text(c->metric, all.low);
	high = ncb_cost_text(c->metric, all.high);
	ncb_items_say(items, name, seen == all.n ? NCB_MARK_OK : NCB_MARK_NONE,
		      "%s: %d more instructions a callback were seen in %zu of %zu rows, as "
		      "%s%s%s %s", side, NCB_PLANT_INSN, seen, all.n, low, strcmp(low, high) ? " .. " : "",
		      strcmp(low, high) ? high : "", ncb_metric_words[c->metric].unit);
	free(low);
	free(high);
}

/* What is ranked: see ncb_rank_between(). */
static const char *rank_words(const struct ncb_comparison *c)
{
	if (c->layouts.links[0] > 1 || c->layouts.links[1] > 1)
		return c->layouts.paired ? "signed ranks of what pairs of links differ by" :
					   "rank sum over links";
	return ncb_side_boots(&c->old) >= 4 && ncb_side_boots(&c->new) >= 4 ?
	       "rank sum over boots" : "rank sum over cells";
}

static void trust_tests(struct ncb_items *items, const struct ncb_comparison *c)
{
	size_t i, vetoed = 0, inside = 0, ranked = 0;

	for (i = 0; i < c->pairs; i++) {
		const struct ncb_pair *p = &c->pair[i];

		ranked += !isnan(p->p_rank);
		if (!(p->p < NCB_SIGNIFICANT) || !p->change.ci.valid)
			continue;
		vetoed += p->p_rank >= NCB_SIGNIFICANT;
		inside += !(p->p_rank >= NCB_SIGNIFICANT) && p->verdict == NCB_UNRESOLVED;
	}
	ncb_items_say(items, "correction", NCB_MARK_NONE, "%s; %zu row%s tested",
		      correction_words[c->options.correction], c->tested, ncb_ending(c->tested));
	if (c->metric == NCB_INSN)
		return;
	ncb_items_say(items, "rank test", NCB_MARK_NONE,
		      "Wilcoxon's %s in %zu row%s: of those that the interval tells "
		      "apart it denies %zu; the envelope denies %zu more", rank_words(c), ranked, ncb_ending(ranked), vetoed, inside);
}

static struct ncb_trust *side_trust(const struct ncb_side *side)
{
	struct ncb_trust *t = ncb_alloc(side->runs + 1, sizeof(*t));
	size_t i;

	for (i = 0; i < side->runs; i++)
		ncb_stats_trust(side->stats[i], &t[i]);
	return t;
}

static void add_trust(struct ncb_report *report, const struct ncb_comparison *c)
{
	bool known;
	struct ncb_trust *old = side_trust(&c->old), *new = side_trust(&c->new);
	struct ncb_items *items = &report->trust;
	size_t boots[2] = { ncb_side_boots(&c->old), ncb_side_boots(&c->new) };

	if (c->pairs) {
		trust_oracle(items, old, c->old.runs, new, c->new.runs);
		trust_control(items, c);
		trust_smallest(items, c);
		say_plant(items, "planted", c, old, c->old.runs, "old side");
		say_plant(items, "", c, new, c->new.runs, "new side");
	}
	known = boots_known(&c->old) && boots_known(&c->new);
	ncb_items_say(items, "boots", boots[0] > 1 && boots[1] > 1 && known ? NCB_MARK_OK :
									      NCB_MARK_NONE,
		      "%zu of the old side, %zu of the new%s%s", boots[0], boots[1],
		      known ? "" : " (not all runs know their boot: each is taken for one)",
		      c->metric == NCB_INSN ? "; layout does not change instructions" :
		      boots[0] > 1 && boots[1] > 1 ? "" : ": an interval does not cover other boots");
	free(old);
	free(new);
	if (!c->pairs)
		return;
	trust_layout(items, c);
	trust_interval(items, c);
	trust_tests(items, c);
	ncb_items_say(items, "how", NCB_MARK_NONE,
		      c->metric == NCB_INSN ?
		      "counts of the copy with the kernel's own alignment; equal in all loadings, "
		      "or an interval as for times" :
		      "the minimum of each cell (loading x copy), logarithms%s, means over copies "
		      "of trimmed means over loadings; Student's t, moderated by the rows of "
		      "its kind, or over 10 boots a bootstrap; a change is called one if p, the "
		      "rank test and the envelope agree",
		      c->options.raw || !has_controls(c) ? "" : ", less the mean of the module's "
		      		"own engines in that cell");
}

/**
 * ncb_report_comparison - all that the report of a comparison between runs says
 * @c: the comparison
 *
 * Return: to be given to ncb_report_free().
 */
struct ncb_report *ncb_report_comparison(const struct ncb_comparison *c)
{
	struct ncb_report *report = ncb_alloc(1, sizeof(*report));

	if (ncb_memory_alone(c)) {
		ncb_memory_compare_only(report, c);
		return report;
	}
	report->title = ncb_format("ncbench %s: before and after, %s%s", NCB_VERSION,
				   c->pairs ? "in " : "module load storms in ",
				   c->pairs ? ncb_metric_words[c->metric].unit :
				   run_of(&c->old, 0)->clock == NCB_INSN ? "instructions" : "time");
	report->name = ncb_format("%s -> %s", c->old.label, c->new.label);
	add_warnings(report, c);
	add_head(report, c);
	add_differences(report, c);
	add_tables(report, c);
	ncb_counters_compare(report, c);
	if (c->pairs)
		add_legend(report, c);
	add_trust(report, c);
	ncb_storms_compare_report(report, c);
	ncb_memory_compare_report(report, c);
	ncb_items_add(&report->reproduce, "again", NCB_MARK_NONE, ncb_comparison_command(c));
	return report;
}

/** ncb_comparison_text - a comparison between runs as text; 0 or -EIO */
int ncb_comparison_text(const struct ncb_comparison *c, FILE *f, bool full)
{
	struct ncb_report *report = ncb_report_comparison(c);
	int err = ncb_report_put_text(report, f, full);

	ncb_report_free(report);
	return err;
}

/** ncb_comparison_html - the same as one page with pictures, always with all rows; 0 or -EIO */
int ncb_comparison_html(const struct ncb_comparison *c, FILE *f, bool full)
{
	struct ncb_report *report = ncb_report_comparison(c);
	char *plots = ncb_plot_folder();
	struct ncb_picture *list = NULL;
	size_t n = 0;
	int err;

	(void)full;
	if (plots && !ncb_plot_comparison(c, plots))
		n = ncb_plot_comparison_list(c, &list);
	err = ncb_report_put_html(report, f, list, n, plots);
	ncb_plot_free(list, n);
	if (plots)
		ncb_remove_tree(plots);
	free(plots);
	ncb_report_free(report);
	return err;
}
