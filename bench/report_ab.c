// SPDX-License-Identifier: GPL-2.0-only
/* What a comparison of two kernels says; report_text.c and report_html.c give it a form. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ab.h"
#include "behaviour.h"
#include "memory.h"
#include "part.h"
#include "report_beside.h"
#include "report_compare.h"
#include "report_storm.h"

#define STAT_LINES	4	/* of a diffstat, in the short view */
#define ID_SHOWN	12	/* characters of a content id */

/* -- comparing -- */

static struct ncb_comparison *compare(const struct ncb_ab *ab, enum ncb_metric m)
{
	struct ncb_side a = ncb_runset_side(&ab->set[m][NCB_AB_A]);
	struct ncb_side b = ncb_runset_side(&ab->set[m][NCB_AB_B]);

	return a.runs && b.runs ? ncb_compare_runs(&a, &b, NCB_AB_ARM, NULL) : NULL;
}

/**
 * ncb_ab_view_new - compare two kernels in both metrics
 * @ab: loaded; has to stay
 *
 * Return: to be given to ncb_ab_view_free().
 */
struct ncb_ab_view *ncb_ab_view_new(const struct ncb_ab *ab)
{
	struct ncb_ab_view *v = ncb_alloc(1, sizeof(*v));

	v->ab = ab;
	v->insn = compare(ab, NCB_INSN);
	v->time = compare(ab, ncb_ab_time(ab));
	return v;
}

/** ncb_ab_view_free - the reverse */
void ncb_ab_view_free(struct ncb_ab_view *v)
{
	ncb_comparison_free(v->insn);
	ncb_comparison_free(v->time);
	free(v);
}

/* Why there are no figures in a metric. */
static const char *reason(const struct ncb_ab *ab, enum ncb_metric m)
{
	if (ab->missing[m])
		return ab->missing[m];
	if (ab->boots[m][NCB_AB_A] || ab->boots[m][NCB_AB_B])
		return ab->boots[m][NCB_AB_A] ? "no boot of B" : "no boot of A";
	return ab->interrupted ? "interrupted before" : "not measured";
}

static struct ncb_beside beside(const struct ncb_ab_view *v)
{
	static const char *const heads[2][4] = {
		{ "insn A", "B", "ns A", "B" },
		{ "insn A", "B", "cyc A", "B" },
	};
	const char *const *h = heads[ncb_ab_time(v->ab) == NCB_CYCLES];

	return (struct ncb_beside) {
		.insn = v->insn, .time = v->time, .heads = { h[0], h[1], h[2], h[3] },
		.what = NCB_AB_ARM ", B against A",
	};
}

/* -- header -- */

static const struct ncb_rundata *run_of(const struct ncb_comparison *c, unsigned int side)
{
	return ncb_stats_run((side ? &c->new : &c->old)->stats[0]);
}

static void say_verdict(struct ncb_items *head, const struct ncb_ab_view *v)
{
	char *insn = v->insn ? ncb_beside_insn_text(v->insn) :
			       ncb_format("instructions: n/a: %s", reason(v->ab, NCB_INSN));
	char *time = v->time ? ncb_beside_time_text(v->time) :
			       ncb_format("time: n/a: %s", reason(v->ab, ncb_ab_time(v->ab)));

	ncb_items_say(head, "result", NCB_MARK_NONE, "%s; %s", insn, time);
	free(insn);
	free(time);
}

/* The kernel says itself who compiled it; the first boot that there is. */
static const char *compiler_of(const struct ncb_ab_view *v, unsigned int side)
{
	const struct ncb_comparison *c = v->insn ? v->insn : v->time;

	return c ? ncb_env_string(run_of(c, side), "kernel_compiler", "compiler unknown") :
		   "not booted";
}

static void say_kernel(struct ncb_items *head, const struct ncb_ab_view *v, unsigned int side)
{
	const struct ncb_ab_kernel *k = &v->ab->kernel[side];
	char *source = k->source ? ncb_format("source %.*s", ID_SHOWN, k->source) :
				   ncb_copy("a packaged image, no source");
	bool same = !strcmp(k->title, k->spec);

	/* "A: ..." begins sentences on behaviour, too. */
	ncb_items_say(head, side ? "kernel B" : "kernel A", NCB_MARK_NONE, "%s%s%s%s: %s, %s", k->title,
		      same ? "" : " (", same ? "" : k->spec, same ? "" : ")", k->release,
		      source)->more = ncb_copy(compiler_of(v, side));
	free(source);
}

static void say_stat(struct ncb_items *head, const json_t *difference)
{
	const json_t *stat = json_object_get(difference, "stat"), *line;
	size_t i;

	json_array_foreach(stat, i, line) {
		char *clean = ncb_part_clean(json_string_value(line));

		ncb_items_add(head, "", NCB_MARK_NONE, clean)->full = i >= STAT_LINES;
	}
}

static void say_sources(struct ncb_items *head, const struct ncb_ab *ab)
{
	const char *a = ab->kernel[NCB_AB_A].source, *b = ab->kernel[NCB_AB_B].source;
	long long files = json_integer_value(json_object_get(ab->difference, "files"));
	const char *name = "sources";

	if (a && b && !strcmp(a, b)) {
		ncb_items_say(head, name, NCB_MARK_NONE, "the same on both sides");
		return;
	}
	if (!ab->difference) {
		ncb_items_say(head, name, NCB_MARK_NONE, "what differs is not known%s",
			      a && b ? "" : ": a packaged image has none");
		return;
	}
	ncb_items_say(head, name, NCB_MARK_NONE, "%lld file%s differ%s, %lld lines more and %lld "
		      "less",
		      files, ncb_ending(files), files == 1 ? "s" : "",
		      json_integer_value(json_object_get(ab->difference, "insertions")),
		      json_integer_value(json_object_get(ab->difference, "deletions")));
	say_stat(head, ab->difference);
}

static const struct ncb_ab_build *find_build(const struct ncb_ab_kernel *k, const char *flavour)
{
	uint32_t i;

	for (i = 0; i < k->builds; i++)
		if (!strcmp(k->build[i].flavour, flavour))
			return &k->build[i];
	return NULL;
}

static char *took_text(const struct ncb_ab_build *b)
{
	return b->seconds > 0 ? ncb_format("%.0f s", b->seconds) : ncb_copy("cached");
}

/* "5 times in other layouts" */
static char *links_text(const struct ncb_ab_build *a, const struct ncb_ab_build *b)
{
	if (a->links != b->links)
		return ncb_format("A %u, B %u times", a->links, b->links);
	return a->links > 1 ? ncb_format("%u times in other layouts", a->links) : ncb_copy("once");
}

/* "uml: trimmed configuration ..., linked 5 times in other layouts" */
static void say_builds(struct ncb_items *head, const struct ncb_ab *ab)
{
	const struct ncb_ab_kernel *a = &ab->kernel[NCB_AB_A], *b = &ab->kernel[NCB_AB_B];
	bool any = false;
	uint32_t i;

	for (i = 0; i < a->builds; i++) {
		const struct ncb_ab_build *x = &a->build[i], *y = find_build(b, x->flavour);
		char *links;

		if (!y)
			continue;
		links = links_text(x, y);
		ncb_items_say(head, any ? "" : "built", NCB_MARK_NONE, "%s: %s%s%s, linked %s",
			      x->flavour, *x->config ? x->config : "configuration not said",
			      strcmp(x->config, y->config) ? " -> " : "",
			      strcmp(x->config, y->config) ? y->config : "", links);
		free(links);
		any = true;
	}
}

static void say_place(struct ncb_items *head, const struct ncb_ab_view *v,
		      const struct ncb_comparison *c)
{
	const struct ncb_rundata *r;
	size_t a, b;

	if (!c)
		return;
	r = run_of(c, NCB_AB_A);
	a = ncb_side_boots(&c->old);
	b = ncb_side_boots(&c->new);
	ncb_items_say(head, c->metric == NCB_INSN ? "counted" : "timed", NCB_MARK_NONE,
		      "target %s%s%s, %zu boot%s of A, %zu of B, profile %s%s%s",
		      r->target, *ncb_env_string(r, "accelerator", "") ? ", " : "",
		      ncb_env_string(r, "accelerator", ""), a, ncb_ending(a), b, v->ab->profile,
		      c->metric == NCB_INSN ? "" : "; ",
		      c->metric == NCB_INSN ? "" : ncb_env_string(r, "cpu_model", "CPU unknown"));
}

static bool is_said(const char *name)
{
	static const char *const said[] = { "link", "build", "kernel_compiler", "module" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(said); i++)
		if (!strcmp(name, said[i]))
			return true;
	return false;
}

static bool is_shown(const struct ncb_env_difference *d, bool full)
{
	bool grave = strcmp(d->name, d->key) || !strcmp(d->name, "features");

	/* The same set of values on both sides moves by itself. */
	return !is_said(d->key) && strcmp(d->old, d->new) && grave != full;
}

/*
 * What else differs between the places: options, mitigations and features in any view, for a
 * reader has to know them before believing the rows.
 */
static void say_differences(struct ncb_items *head, const struct ncb_comparison *c)
{
	struct ncb_env_difference *d;
	const char *name;
	size_t n, i;
	int full;

	if (!c)
		return;
	name = c->metric == NCB_INSN ? "insn differs" : "time differs";
	n = ncb_env_differences(&c->old, &c->new, &d);
	for (full = 0; full < 2; full++) {
		for (i = 0; i < n; i++) {
			bool grouped = strcmp(d[i].name, d[i].key);

			if (!is_shown(&d[i], full))
				continue;
			ncb_items_say(head, name, NCB_MARK_NONE, "%s%s%s: %s -> %s", d[i].name,
				      grouped ? " " : "", grouped ? d[i].key : "", d[i].old,
				      d[i].new)->full = full;
			name = "";
		}
	}
	ncb_env_differences_free(d, n);
}

static void say_took(struct ncb_items *head, const struct ncb_ab *ab)
{
	unsigned int side;
	uint32_t i;

	ncb_items_say(head, "took", NCB_MARK_NONE, "%.0f s: builds %.0f s, boots %.0f s; %s; ncbench "
		      "%s, revision %s", ab->all_seconds, ab->build_seconds, ab->boot_seconds, ab->date,
		      ab->suite_version, ab->revision)->full = true;
	for (side = 0; side < NCB_AB_SIDES; side++) {
		for (i = 0; i < ab->kernel[side].builds; i++) {
			const struct ncb_ab_build *b = &ab->kernel[side].build[i];
			char *took = took_text(b);

			ncb_items_say(head, "", NCB_MARK_NONE, "%s of %s: %s", b->flavour,
				      side ? "B" : "A", took)->full = true;
			free(took);
		}
	}
}

static void add_head(struct ncb_report *report, const struct ncb_ab_view *v)
{
	const struct ncb_ab *ab = v->ab;
	struct ncb_items *h = &report->head;

	say_verdict(h, v);
	say_kernel(h, v, NCB_AB_A);
	say_kernel(h, v, NCB_AB_B);
	say_sources(h, ab);
	say_builds(h, ab);
	say_place(h, v, v->insn);
	say_place(h, v, v->time);
	say_differences(h, v->insn);
	say_differences(h, v->time);
	say_took(h, ab);
}

/* -- what speaks against it -- */

/* The same line about both metrics is one. */
static void take_warnings(struct ncb_items *w, const struct ncb_items *from, const char *metric,
			  const struct ncb_items *other)
{
	size_t i, k;

	for (i = 0; i < from->n; i++) {
		const struct ncb_item *item = &from->item[i];
		bool both = false;

		/* Nobody has forced anything; rows of one side are in the table. */
		if (!strcmp(item->name, "FORCED") || !strncmp(item->text, "not compared: ", 14))
			continue;
		for (k = 0; other && k < other->n; k++)
			both |= !strcmp(other->item[k].name, item->name) &&
				!strcmp(other->item[k].text, item->text);
		if (both && !strcmp(metric, "time"))
			continue;
		ncb_items_say(w, item->name, item->mark, "%s%s%s", both ? "" : metric,
			      both ? "" : ": ", item->text);
	}
}

static void warn_of_obstacles(struct ncb_items *w, const struct ncb_comparison *c,
			      const char *metric)
{
	char **reasons;
	size_t n, i;

	if (!c)
		return;
	n = ncb_find_obstacles(&c->old, &c->new, c->arm, &reasons);
	for (i = 0; i < n; i++)
		ncb_items_say(w, "NOT FOR REVIEW", NCB_MARK_BAD,
			      "%s: A and B differ in more than the kernel: %s", metric, reasons[i]);
	ncb_free_texts(reasons, n);
}

/* What forbids quoting the figures comes first, whichever metric it is of. */
static void put_grave_first(struct ncb_items *w)
{
	struct ncb_item item;
	size_t i, k;

	for (i = 0; i < w->n; i++) {
		if (w->item[i].mark != NCB_MARK_BAD)
			continue;
		item = w->item[i];
		for (k = i; k && w->item[k - 1].mark != NCB_MARK_BAD; k--)
			w->item[k] = w->item[k - 1];
		w->item[k] = item;
	}
}

static void add_warnings(struct ncb_report *report, const struct ncb_ab_view *v,
			 const struct ncb_report *insn, const struct ncb_report *time)
{
	struct ncb_items *w = &report->warnings;

	if (v->ab->interrupted)
		ncb_items_say(w, "NOT FOR REVIEW", NCB_MARK_BAD, "interrupted: not all boots that "
			      "were planned are here");
	warn_of_obstacles(w, v->insn, "instructions");
	warn_of_obstacles(w, v->time, "time");
	if (insn)
		take_warnings(w, &insn->warnings, "instructions", time ? &time->warnings : NULL);
	if (time)
		take_warnings(w, &time->warnings, "time", insn ? &insn->warnings : NULL);
	put_grave_first(w);
}

/* -- images -- */

static char *size_text(const char *what, uint64_t a, uint64_t b)
{
	if (!a || !b)
		return ncb_format("%s n/a", what);
	if (a == b)
		return ncb_format("%s =", what);
	return ncb_format("%s %llu -> %llu (%+lld)", what, (unsigned long long)a,
			  (unsigned long long)b, (long long)(b - a));
}

static void say_images(struct ncb_items *items, const struct ncb_ab *ab)
{
	const struct ncb_ab_kernel *a = &ab->kernel[NCB_AB_A], *b = &ab->kernel[NCB_AB_B];
	bool any = false;
	uint32_t i;

	for (i = 0; i < a->builds; i++) {
		const struct ncb_ab_build *x = &a->build[i], *y = find_build(b, x->flavour);
		char *text, *data, *bss, *file;

		if (!y)
			continue;
		text = size_text("text", x->text, y->text);
		data = size_text("data", x->data, y->data);
		bss = size_text("bss", x->bss, y->bss);
		file = size_text("file", x->file, y->file);
		ncb_items_say(items, any ? "" : "image", NCB_MARK_NONE, "%s, bytes: %s, %s, %s, %s",
			      x->flavour, text, data, bss, file);
		free(text);
		free(data);
		free(bss);
		free(file);
		any = true;
	}
	if (!any)
		ncb_items_say(items, "image", NCB_MARK_NONE, "n/a: no image of both was built "
			      "here");
}

/* -- trust -- */

/* Names of the lines of either comparison, told apart. */
static const struct trust_name {
	const char *name, *insn, *time;
	bool full;	/* not in the short view, unless it is bad */
} trust_names[] = {
	{ "oracle", "insn oracle", "time oracle", false },
	{ "A/A", "insn A/A", "time A/A", false },
	{ "drift", "insn drift", "time drift", true },
	{ "smallest", "insn smallest", "time smallest", false },
	{ "planted", "insn planted", "time planted", true },
	{ "boots", "insn boots", "time boots", true },
	{ "interval", "insn interval", "time interval", true },
	{ "layout", "insn layout", "time layout", false },
	{ "variance", "insn variance", "time variance", false },
	{ "correction", "insn corrected", "time corrected", true },
	{ "rank test", "insn rank test", "time rank test", true },
	{ "how", "insn how", "time how", true },
};

static const struct trust_name *find_trust(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(trust_names); i++)
		if (!strcmp(trust_names[i].name, name))
			return &trust_names[i];
	return NULL;
}

/* Exact counts of the same source differ: so may those of the kernels for no other reason. */
static bool has_moved(const struct ncb_comparison *c)
{
	size_t i;

	for (i = 0; i < c->pairs; i++)
		if (fabs(c->pair[i].drift) > 0)
			return true;
	return false;
}

/* Up to the first semicolon in the short view; what failed in full, what passed by name. */
static void take_trust(struct ncb_items *items, const struct ncb_report *from,
		       const struct ncb_comparison *c)
{
	bool insn = c && c->metric == NCB_INSN, moved = insn && has_moved(c);
	const struct trust_name *known = NULL;
	size_t i;

	for (i = 0; from && i < from->trust.n; i++) {
		const struct ncb_item *t = &from->trust.item[i];
		char *text, *rest;
		struct ncb_item *item;

		/* Said where the memory section is added. */
		if (!strcmp(t->name, "memory"))
			continue;
		if (*t->name)
			known = find_trust(t->name);
		text = known ? ncb_copy(t->text) :
			       ncb_format("%s: %s", insn ? "insn" : "time", t->text);
		rest = strstr(text, "; ");
		item = ncb_items_add(items, !*t->name ? "" : !known ? t->name :
				     insn ? known->insn : known->time, t->mark, text);
		item->full = t->mark == NCB_MARK_OK ||
			     (t->mark == NCB_MARK_NONE && known && known->full);
		if (moved && known && !strcmp(known->name, "drift"))
			item->full = false;
		if (!rest || t->mark == NCB_MARK_BAD) {
			item->more = t->more ? ncb_copy(t->more) : NULL;
			continue;
		}
		*rest = '\0';
		item->more = ncb_format("%s%s%s", rest + 2, t->more ? "; " : "",
					t->more ? t->more : "");
	}
}

/* A line, and those that continue it. */
static bool has_passed(const struct ncb_items *items, size_t i)
{
	if (!*items->item[i].name || items->item[i].mark != NCB_MARK_OK)
		return false;
	for (i++; i < items->n && !*items->item[i].name; i++)
		if (items->item[i].mark != NCB_MARK_OK)
			return false;
	return true;
}

/* "insn oracle, insn A/A, time oracle": the short view has no room for more. */
static void say_passed(struct ncb_items *items)
{
	char *list = NULL, *longer;
	size_t i;

	for (i = 0; i < items->n; i++) {
		if (!has_passed(items, i))
			continue;
		longer = list ? ncb_format("%s, %s", list, items->item[i].name) :
				ncb_copy(items->item[i].name);
		free(list);
		list = longer;
	}
	if (list)
		ncb_items_add(items, NCB_PASSED, NCB_MARK_OK, list);
}

/* -- all of it -- */

/* Blocks and heads as the kernels' own types have them. */
static void take_memory(struct ncb_items *items, const struct ncb_report *from)
{
	size_t i;

	for (i = 0; from && i < from->head.n; i++)
		if (!strcmp(from->head.item[i].name, "memory"))
			ncb_items_say(items, "memory", NCB_MARK_NONE, "%s",
				      from->head.item[i].text);
}

/* The sections that any comparison has: of the exact runs where there are any. */
static void add_sections(struct ncb_report *report, const struct ncb_ab_view *v)
{
	const struct ncb_comparison *c = v->insn ? v->insn : v->time;

	if (!c)
		return;
	ncb_storms_compare_report(report, c);
	ncb_memory_compare_report(report, c);
}

/* What a reviewer asks first; other differences are named in the short view, and said in the full. */
static bool is_asked_first(const char *name)
{
	static const char *const first[] = {
		"robust/tail", "robust/gone", "reverse/order", "unregister/self", "other/self",
		"register/twice", "zeroed/call", "the same in both", "no answer of A", "no answer of B",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(first); i++)
		if (!strcmp(name, first[i]))
			return true;
	return false;
}

/* In words that can be quoted: a figure says nothing of who is called, and in which order. */
static void add_behaviour(struct ncb_report *report, const struct ncb_ab *ab)
{
	struct ncb_items *items = &report->behaviour;
	char *names = NULL, *longer;
	bool hidden = false;
	size_t i;

	if (!ab->behaviour) {
		ncb_items_say(items, "behaviour", NCB_MARK_NONE, "n/a: not asked for");
		return;
	}
	ncb_behaviour_items(json_object_get(ab->behaviour, ncb_ab_side_names[NCB_AB_A]),
			    json_object_get(ab->behaviour, ncb_ab_side_names[NCB_AB_B]), items);
	for (i = 0; i < items->n; i++) {
		/* A line without a name goes on with the one before. */
		if (*items->item[i].name)
			hidden = !is_asked_first(items->item[i].name);
		items->item[i].full = hidden;
		if (!hidden || !*items->item[i].name)
			continue;
		longer = ncb_format("%s%s%s", names ? names : "", names ? ", " : "", items->item[i].name);
		free(names);
		names = longer;
	}
	if (names)
		ncb_items_say(items, "--full says", NCB_MARK_NONE, "what else is different: %s", names);
	free(names);
}

static void add_hint(struct ncb_report *report, const struct ncb_ab_view *v,
		     const struct ncb_beside *b)
{
	const char *metric = ncb_metric_names[(v->time ? v->time : v->insn)->metric];

	free(report->hint);
	report->hint = ncb_format("--full: all %zu rows, legend, all checks. Single boots: ncbench "
				  "compare 'NAME/a-%s*' 'NAME/b-%s*'", ncb_beside_rows(b), metric,
				  metric);
}

/**
 * ncb_report_ab - all that a comparison of two kernels says
 * @v: has to stay
 *
 * Return: to be given to ncb_report_free().
 */
struct ncb_report *ncb_report_ab(const struct ncb_ab_view *v)
{
	struct ncb_report *report = ncb_alloc(1, sizeof(*report));
	struct ncb_report *insn = v->insn ? ncb_report_comparison(v->insn) : NULL;
	struct ncb_report *time = v->time ? ncb_report_comparison(v->time) : NULL;
	struct ncb_beside b = beside(v);

	report->title = ncb_format("ncbench %s: two kernels, instructions and time", NCB_VERSION);
	report->name = ncb_format("%s -> %s", v->ab->kernel[NCB_AB_A].title,
				  v->ab->kernel[NCB_AB_B].title);
	add_warnings(report, v, insn, time);
	add_head(report, v);
	ncb_beside_cards(&report->cards, &b);
	if (b.insn || b.time)
		ncb_beside_tables(report, &b, (b.insn ? b.insn : b.time)->storms);
	ncb_beside_disagreements(&report->summary, &b);
	add_behaviour(report, v->ab);
	add_sections(report, v);
	take_memory(&report->memory, insn ? insn : time);
	say_images(&report->memory, v->ab);
	ncb_beside_legend(&report->legend, &b);
	ncb_items_say(&report->legend, "old, new", NCB_MARK_NONE, "A and B, where figures of one "
		      "metric stand alone")->full = true;
	take_trust(&report->trust, insn, v->insn);
	take_trust(&report->trust, time, v->time);
	say_passed(&report->trust);
	ncb_items_say(&report->reproduce, "again", NCB_MARK_NONE, "%s", v->ab->command);
	if (b.insn || b.time)
		add_hint(report, v, &b);
	ncb_report_free(insn);
	ncb_report_free(time);
	return report;
}

/** ncb_ab_text - two kernels compared, as text; 0 or -EIO */
int ncb_ab_text(const struct ncb_ab *ab, FILE *f, bool full)
{
	struct ncb_ab_view *v = ncb_ab_view_new(ab);
	struct ncb_report *report = ncb_report_ab(v);
	int err = ncb_report_put_text(report, f, full);

	ncb_report_free(report);
	ncb_ab_view_free(v);
	return err;
}

/** ncb_ab_html - the same as one page with the pictures of times; always all rows; 0 or -EIO */
int ncb_ab_html(const struct ncb_ab *ab, FILE *f, bool full)
{
	struct ncb_ab_view *v = ncb_ab_view_new(ab);
	struct ncb_report *report = ncb_report_ab(v);
	const struct ncb_comparison *c = v->time ? v->time : v->insn;
	char *plots = ncb_plot_folder();
	struct ncb_picture *list = NULL;
	size_t n = 0;
	int err;

	(void)full;
	if (c && plots && !ncb_plot_comparison(c, plots))
		n = ncb_plot_comparison_list(c, &list);
	err = ncb_report_put_html(report, f, list, n, plots);
	ncb_plot_free(list, n);
	if (plots)
		ncb_remove_tree(plots);
	free(plots);
	ncb_report_free(report);
	ncb_ab_view_free(v);
	return err;
}
