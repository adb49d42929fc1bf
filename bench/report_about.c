// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands around the tables of a report: where it was measured, what
 * speaks against it, how to read it, what makes it true, what is missing.
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "env.h"
#include "report.h"

#define REASONS_MAX 32
#define FIDELITY_BLOCK 3 /* instructions that replica and native may differ by */
#define FIDELITY_CALL 10

/* How metrics are called in tables and explained in the header. */
static const struct {
	const char *unit;
	const char *meaning;
} metric_words[NCB_METRICS] = {
	[NCB_INSN] = { "instructions", "insn = exact instructions, from an instruction-counting "
				       "guest; not time" },
	[NCB_CYCLES] = { "cycles", "cycles = core cycles, from the PMU" },
	[NCB_NS] = { "ns", "ns = nanoseconds, from the clock's ticks and its rate" },
};

/* Options that change the code which is measured, beside those that warnings speak of. */
static const char *const config_keys[] = {
	"PREEMPT_NONE",	   "PREEMPT_VOLUNTARY",	   "PREEMPT",	  "PREEMPT_LAZY",
	"PREEMPT_DYNAMIC", "PREEMPT_RT",	   "HZ",	  "SMP",
	"RETPOLINE",	   "MITIGATION_RETPOLINE", "RETHUNK",	  "MITIGATION_RETHUNK",
	"X86_KERNEL_IBT",  "JUMP_LABEL",	   "TRACEPOINTS", "FUNCTION_TRACER",
};

static const struct {
	uint32_t bit;
	const char *words;
} feature_words[] = {
	{ NCB_FEAT_REVERSE, "blocking reverse call" },
	{ NCB_FEAT_TRACEPOINT, "notifier tracepoint" },
	{ NCB_FEAT_RETPOLINE, "retpolines" },
};

static void add_item(struct ncb_items *items, const char *name, enum ncb_mark mark, char *text)
{
	items->item = ncb_grow(items->item, items->n + 1, sizeof(*items->item));
	items->item[items->n++] = (struct ncb_item){ name, text, mark };
}

/* The same with a format; the text is cut nowhere. */
static void PRINTF(4, 5) say(struct ncb_items *items, const char *name, enum ncb_mark mark,
			     const char *format, ...)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	va_list args;

	va_start(args, format);
	if (f) {
		vfprintf(f, format, args);
		fclose(f);
	}
	va_end(args);
	add_item(items, name, mark, text ? text : ncb_copy(""));
}

/* "3 .. 7", or "3" where both ends are the same; @sign puts a + before what is not negative. */
static char *range_text(enum ncb_metric metric, double low, double high, bool sign)
{
	char *a = ncb_cost_text(metric, low), *b = ncb_cost_text(metric, high), *both;
	const char *plus_a = sign && *a != '-' ? "+" : "", *plus_b = sign && *b != '-' ? "+" : "";

	both = strcmp(a, b) ? ncb_format("%s%s .. %s%s", plus_a, a, plus_b, b)
			    : ncb_format("%s%s", plus_a, a);
	free(a);
	free(b);
	return both;
}

/* -- header -- */

static void join(char **list, const char *word)
{
	char *longer = *list ? ncb_format("%s, %s", *list, word) : ncb_copy(word);

	free(*list);
	*list = longer;
}

static char *config_text(const struct ncb_rundata *r)
{
	char *list = NULL, *key;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(config_keys); i++) {
		const char *value;

		key = ncb_format("CONFIG_%s", config_keys[i]);
		value = ncb_env_string(r, key, "n");
		free(key);
		if (!strcmp(value, "n") || !strcmp(value, "is not set"))
			continue;
		key = strcmp(value, "y") ? ncb_format("%s=%s", config_keys[i], value)
					 : ncb_copy(config_keys[i]);
		join(&list, key);
		free(key);
	}
	return list;
}

static char *feature_text(const struct ncb_rundata *r)
{
	char *list = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(feature_words); i++) {
		char *one = ncb_format("%s%s", r->features & feature_words[i].bit ? "" : "no ",
				       feature_words[i].words);

		join(&list, one);
		free(one);
	}
	return list;
}

static void add_head(struct ncb_report *report, const struct ncb_rundata *r)
{
	const char *compiler = ncb_env_string(r, "kernel_compiler", "unknown");
	const char *own = ncb_env_string(r, "module_compiler", compiler);
	const char *hypervisor = ncb_env_string(r, "hypervisor", "none");
	const char *cpu = ncb_env_string(r, "measuring_cpu", NULL);
	const char *date = ncb_env_string(r, "date", NULL);
	struct ncb_items *h = &report->head;
	char *config = config_text(r);

	say(h, "kernel", NCB_MARK_NONE, "%s (%s)", ncb_env_string(r, "kernel_release", "unknown"),
	    ncb_env_string(r, "kernel_version", "version unknown"));
	say(h, "machine", NCB_MARK_NONE, "%s, %s%s%s%s%s", ncb_env_string(r, "arch", "unknown"),
	    ncb_env_string(r, "cpu_model", "CPU unknown"),
	    strcmp(hypervisor, "none") ? ", virtual: " : "",
	    strcmp(hypervisor, "none") ? hypervisor : "", cpu ? ", measured on CPU " : "",
	    cpu ? cpu : "");
	add_item(h, "compiler", 0,
		 strcmp(own, compiler) ? ncb_format("%s; module: %s", compiler, own)
				       : ncb_copy(compiler));
	add_item(h, "target", 0, ncb_copy(r->target ? r->target : "unknown"));
	add_item(h, "metric", 0,
		 r->metric == NCB_NS
			 ? ncb_format("%s (%s, %.3f MHz)", metric_words[r->metric].meaning,
				      ncb_env_string(r, "clock", "clock"), r->tick_hz / 1e6)
			 : ncb_copy(metric_words[r->metric].meaning));
	say(h, "measured", NCB_MARK_NONE,
	    "profile %s: %zu rows, %u loading%s of the module x %u "
	    "blocks, %zu samples, seed %" PRIu64 "%s%s",
	    r->profile ? r->profile : "?", r->nrows, r->reloads, r->reloads == 1 ? "" : "s",
	    r->blocks, r->nsamples, r->seed, date ? ", " : "", date ? date : "");
	add_item(h, "kernel has", 0, feature_text(r));
	if (config)
		add_item(h, "config", 0, config);
}

static void add_warnings(struct ncb_report *report, const struct ncb_rundata *r,
			 const struct ncb_trust *t)
{
	char reasons[REASONS_MAX][NCB_REASON_LEN];
	json_t *env = json_copy(r->env);
	struct ncb_items *w = &report->warnings;
	size_t cut = strlen(NCB_NOT_FOR_REVIEW);
	int n, i;

	json_object_set_new(env, "metric", json_string(ncb_metric_names[r->metric]));
	n = ncb_env_not_for_review(env, r->features, reasons, REASONS_MAX);
	json_decref(env);
	if (r->interrupted)
		say(w, "NOT FOR REVIEW", NCB_MARK_BAD,
		    "the run was interrupted before all rows were done");
	if (t->wrong)
		say(w, "NOT FOR REVIEW", NCB_MARK_BAD,
		    "%zu arms failed the semantic check (see the end)", t->wrong);
	for (i = 0; i < n && i < REASONS_MAX; i++) {
		if (!strncmp(reasons[i], NCB_NOT_FOR_REVIEW, cut))
			add_item(w, "NOT FOR REVIEW", NCB_MARK_BAD, ncb_copy(reasons[i] + cut));
		else
			add_item(w, "note", 0, ncb_copy(reasons[i]));
	}
}

static char *subtracted_text(const struct ncb_rundata *r, const struct ncb_trust *t)
{
	char *whole, *split, *loop, *out;

	if (!t->loop.n)
		return ncb_copy("reading the clock and entering the loop; the empty loop was not "
				"measured and is still in the figures");
	whole = t->reading.n ? range_text(r->metric, t->reading.low, t->reading.high, false)
			     : ncb_copy("not measured");
	split = t->reading_split.n ? range_text(r->metric, t->reading_split.low,
						t->reading_split.high, false)
				   : NULL;
	loop = range_text(r->metric, t->loop.low, t->loop.high, false);
	out = ncb_format("reading the clock and entering the loop (%s %s a batch%s%s%s), and the "
			 "empty loop (%s an operation)",
			 whole, metric_words[r->metric].unit,
			 split ? "; where each call is timed by itself, " : "",
			 split ? split : "", split ? " each" : "", loop);
	free(whole);
	free(split);
	free(loop);
	return out;
}

static void add_legend(struct ncb_report *report, const struct ncb_rundata *r,
		       const struct ncb_trust *t)
{
	struct ncb_items *l = &report->legend;

	say(l, "change", NCB_MARK_NONE, "dlist against slist; + is dearer; %s",
	    r->metric == NCB_INSN ? "of the copies with the kernel's own alignment"
				  : "mean over layouts, [low,high] is its 95 % interval in %");
	say(l, "(...)", NCB_MARK_NONE,
	    "distinct: many callback functions, one: one; packed: blocks "
	    "in one array, scattered: each in a page of its own; warm: caches hold them, "
	    "cold: flushed before each call");
	say(l, "~", NCB_MARK_NONE,
	    "not resolved: the interval holds 0, or the change is within "
	    "what two copies of slist differ by in that operation");
	if (r->metric == NCB_INSN)
		say(l, "=", NCB_MARK_NONE, "the same to the last instruction");
	say(l, "-", NCB_MARK_NONE, "not there, or too small to divide by");
	add_item(l, "subtracted", 0, subtracted_text(r, t));
}

/* -- memory -- */

static void add_memory(struct ncb_report *report, const struct ncb_rundata *r)
{
	static const char *const arms[] = { NCB_REPORT_BASE, "dlist", "native" };
	uint32_t node[3] = { 0 }, head[NCB_TYPES][3] = { { 0 } };
	char *heads = NULL;
	uint64_t most = 0;
	size_t i, k;
	int arm;

	for (i = 0; i < r->nrows; i++) {
		if (r->rows[i].memory > most)
			most = r->rows[i].memory;
		for (k = 0; k < 3; k++) {
			arm = ncb_row_arm_find(&r->rows[i], arms[k]);
			if (arm < 0 || !r->rows[i].arm[arm].node_size)
				continue;
			node[k] = r->rows[i].arm[arm].node_size;
			head[r->rows[i].type][k] = r->rows[i].arm[arm].head_size;
		}
	}
	if (node[0] && node[1])
		say(&report->memory, "block", NCB_MARK_NONE, "notifier_block %u -> %u", node[0],
		    node[1]);
	for (i = 0; i < NCB_TYPES; i++) {
		char *one;

		if (!head[i][0] || !head[i][1])
			continue;
		one = ncb_format("%s %u -> %u", ncb_type_names[i], head[i][0], head[i][1]);
		join(&heads, one);
		free(one);
	}
	if (heads)
		add_item(&report->memory, "heads", 0, heads);
	if (node[2])
		say(&report->memory, "native", NCB_MARK_NONE, "notifier_block %u in this kernel",
		    node[2]);
	if (r->module_size || most)
		say(&report->memory, "used", NCB_MARK_NONE,
		    "ncbench.ko %" PRIu64 " KiB of text and "
		    "data; at most %" PRIu64 " KiB of kernel memory for a row",
		    (r->module_size + 1023) / 1024, (most + 1023) / 1024);
}

/* -- trust -- */

static char *rollback_text(const struct ncb_rundata *r)
{
	char *list = NULL, *one;
	size_t i, c;

	for (c = 0; c < ncb_engine_count; c++) {
		uint32_t facts = 0;

		for (i = 0; i < r->nrows; i++) {
			int arm = ncb_row_arm_find(&r->rows[i], ncb_engines[c].name);

			facts |= arm < 0 ? 0 : r->rows[i].arm[arm].facts;
		}
		if (!facts)
			continue;
		one = ncb_format("%s %s%s%s", ncb_engines[c].name,
				 facts & NCB_FACT_ROLLBACK_FORWARD ? "forward" : "",
				 facts & (facts - 1) ? " and " : "",
				 facts & NCB_FACT_ROLLBACK_REVERSE ? "in reverse" : "");
		join(&list, one);
		free(one);
	}
	return list;
}

static void trust_oracle(struct ncb_items *items, const struct ncb_rundata *r,
			 const struct ncb_trust *t)
{
	char *rollback = rollback_text(r);

	say(items, "oracle", t->wrong || !t->checked ? NCB_MARK_BAD : NCB_MARK_OK,
	    "%zu arms in %zu rows behaved, %zu did not and were not timed, %zu do not "
	    "exist%s%s",
	    t->checked, r->nrows, t->wrong, t->missing, rollback ? "; rollback: " : "",
	    rollback ? rollback : "");
	free(rollback);
}

static void trust_control(struct ncb_items *items, const struct ncb_rundata *r,
			  const struct ncb_trust *t)
{
	if (!t->aa.n) {
		say(items, "A/A", NCB_MARK_BAD, "no second copy was measured");
		return;
	}
	if (r->metric == NCB_INSN) {
		bool same = t->aa.low == 0 && t->aa.high == 0;

		add_item(items, "A/A", same ? NCB_MARK_OK : NCB_MARK_BAD,
			 same ? ncb_format("a second copy of slist differs by exactly 0 in all "
					   "%zu rows",
					   t->aa.n)
			      : ncb_format("a second copy of slist differs by %+.2f %% .. %+.2f "
					   "%% in %zu rows "
					   "(0 is due)",
					   t->aa.low * 100, t->aa.high * 100, t->aa.n));
		return;
	}
	/* One in twenty is due; with few rows, two are no wonder. */
	say(items, "A/A",
	    t->aa_resolved > 2 && t->aa_resolved > 0.15 * t->aa.n ? NCB_MARK_BAD : NCB_MARK_OK,
	    "a second copy of slist differs by %+.1f %% .. %+.1f %% in %zu rows; %zu of "
	    "the intervals do not hold 0 (%.0f are due); half of them are wider than "
	    "+-%.1f %%: smaller changes are hard to see",
	    t->aa.low * 100, t->aa.high * 100, t->aa.n, t->aa_resolved, t->aa.n * 0.05,
	    t->aa_half * 100);
}

static void trust_plant(struct ncb_items *items, const struct ncb_rundata *r,
			const struct ncb_trust *t)
{
	bool good;

	if (!t->plant.n) {
		say(items, "planted", NCB_MARK_BAD, "no planted cost was measured");
		return;
	}
	if (r->metric == NCB_INSN) {
		good = fabs(t->plant.low - NCB_PLANT_INSN) < 1e-6 &&
		       fabs(t->plant.high - NCB_PLANT_INSN) < 1e-6;
		add_item(items, "planted", good ? NCB_MARK_OK : NCB_MARK_BAD,
			 good ? ncb_format("%d instructions more per callback: recovered as "
					   "exactly %d in all "
					   "%zu rows",
					   NCB_PLANT_INSN, NCB_PLANT_INSN, t->plant.n)
			      : ncb_format("%d instructions more per callback: recovered as %.3f "
					   ".. %.3f in "
					   "%zu rows",
					   NCB_PLANT_INSN, t->plant.low, t->plant.high,
					   t->plant.n));
		return;
	}
	good = t->plant_seen * 2 >= t->plant.n;
	say(items, "planted", good ? NCB_MARK_OK : NCB_MARK_BAD,
	    "%d no-operations more per callback: %.2f .. %.2f %s per callback, told "
	    "from nothing in %zu of %zu rows",
	    NCB_PLANT_INSN, t->plant.low, t->plant.high, metric_words[r->metric].unit,
	    t->plant_seen, t->plant.n);
}

static void trust_proportion(struct ncb_items *items, const struct ncb_rundata *r,
			     const struct ncb_trust *t)
{
	const struct ncb_range *worst =
		r->metric == NCB_INSN ? &t->proportion_ticks : &t->proportion;

	if (!worst->n) {
		say(items, "proportion", NCB_MARK_BAD, "2n was not measured");
		return;
	}
	if (r->metric == NCB_INSN)
		say(items, "proportion",
		    worst->high <= NCB_PROPORTION_TICKS ? NCB_MARK_OK : NCB_MARK_BAD,
		    "2n operations take twice n: off by at most %.0f "
		    "instructions a batch (%zu arms%s%s)",
		    worst->high, worst->n, worst->high > 0 ? "; worst: " : "",
		    worst->high > 0 ? r->rows[worst->high_row].id : "");
	else
		say(items, "proportion",
		    worst->high <= NCB_PROPORTION_SHARE ? NCB_MARK_OK : NCB_MARK_NONE,
		    "2n operations take twice n within %.1f %% in all %zu "
		    "arms (worst: %s)",
		    worst->high / 2 * 100, worst->n, r->rows[worst->high_row].id);
}

/* What the replica and native have in common, and what not. */
static char *fidelity_reason(const struct ncb_rundata *r, bool same)
{
	return ncb_format("the replica %s; %s%s",
			  r->features & NCB_FEAT_TRACEPOINT ? "has the tracepoint's static "
							      "branch, as native has"
							    : "has no tracepoint, as native has "
							      "none",
			  r->features & NCB_FEAT_DEBUG_NOTIFIERS ? "only native checks every "
								   "callback's address "
								   "(DEBUG_NOTIFIERS); "
								 : "",
			  same ? "where they are equal, the compiler made the same of both"
			       : "the rest is compiled code: native is the kernel's own, with "
				 "its entry and "
				 "inlining, the replica is in the module");
}

static void trust_fidelity(struct ncb_items *items, const struct ncb_rundata *r,
			   const struct ncb_trust *t)
{
	double block = fmax(fabs(t->per_block.low), fabs(t->per_block.high));
	double call = fmax(fabs(t->per_call.low), fabs(t->per_call.high));
	enum ncb_mark mark = NCB_MARK_NONE;
	char *blocks, *calls;
	size_t worst;

	if (!t->per_block.n) {
		say(items, "fidelity", NCB_MARK_NONE,
		    "%s and native were not both "
		    "measured over several lengths",
		    t->replica);
		return;
	}
	if (r->metric == NCB_INSN)
		mark = block <= FIDELITY_BLOCK && call <= FIDELITY_CALL ? NCB_MARK_OK
									: NCB_MARK_BAD;
	blocks = range_text(r->metric, t->per_block.low, t->per_block.high, true);
	calls = range_text(r->metric, t->per_call.low, t->per_call.high, true);
	worst = call == fabs(t->per_call.low) ? t->per_call.low_row : t->per_call.high_row;
	say(items, "fidelity", mark,
	    "%s less native: %s %s per block, %s per operation"
	    "%s%s%s, over %zu families of rows",
	    t->replica, blocks, metric_words[r->metric].unit, calls,
	    call > 0 ? " (largest: " : "", call > 0 ? r->rows[worst].id : "", call > 0 ? ")" : "",
	    t->per_block.n);
	add_item(items, "", NCB_MARK_NONE, fidelity_reason(r, block < 1e-6 && call < 1e-6));
	free(blocks);
	free(calls);
}

static void add_trust(struct ncb_report *report, const struct ncb_rundata *r,
		      const struct ncb_trust *t)
{
	struct ncb_items *items = &report->trust;
	size_t i, grave = 0;

	trust_oracle(items, r, t);
	trust_control(items, r, t);
	trust_plant(items, r, t);
	trust_proportion(items, r, t);
	trust_fidelity(items, r, t);
	if (r->metric == NCB_INSN)
		say(items, "layout", NCB_MARK_NONE,
		    "does not change instructions, but for padding that is executed: figures "
		    "are of the copies with the kernel's own alignment; other copies differ "
		    "from them in %zu of %zu arms", t->uneven, t->arms);
	else
		say(items, "layout", NCB_MARK_NONE,
		    "%u compiled copies x %u loading%s of the module: at most %zu layouts "
		    "behind a figure; one boot, one link of the kernel (native has no other "
		    "layouts)",
		    t->clones, r->reloads, r->reloads == 1 ? "" : "s", t->cells);
	if (r->metric == NCB_INSN)
		say(items, "exact", t->inexact ? NCB_MARK_BAD : NCB_MARK_OK,
		    "samples of one copy are equal in %zu of %zu arms; %" PRIu64 " of %" PRIu64
		    " samples met an interrupt and are set aside",
		    t->arms - t->inexact, t->arms, t->interrupted, t->samples);
	else
		say(items, "samples", NCB_MARK_NONE,
		    "%" PRIu64 " in all, %" PRIu64 " with a task switch inside, %" PRIu64
		    " with an interrupt; none is "
		    "dropped, a low quantile passes over them",
		    t->samples, t->switched, t->interrupted);
	for (i = 0; i < report->warnings.n; i++)
		grave += report->warnings.item[i].mark == NCB_MARK_BAD;
	add_item(items, "place", grave ? NCB_MARK_BAD : NCB_MARK_OK,
		 grave ? ncb_format("%zu thing%s above speak%s against quoting these figures",
				    grave, grave == 1 ? "" : "s", grave == 1 ? "s" : "")
		       : ncb_copy("nothing known of this kernel and machine speaks against the "
				  "figures"));
}

/* -- the rest -- */

static bool said_already(const struct ncb_items *items, const char *text)
{
	size_t i;

	for (i = 0; i < items->n; i++)
		if (!strcmp(items->item[i].text, text))
			return true;
	return false;
}

static void add_missing(struct ncb_report *report, const struct ncb_rundata *r)
{
	struct ncb_items *items = &report->missing;
	const json_t *entry;
	size_t i;
	uint32_t a;

	json_array_foreach(r->missing, i, entry)
		say(items, "", NCB_MARK_NONE, "%s: %s",
		    json_string_value(json_object_get(entry, "row")),
		    json_string_value(json_object_get(entry, "reason")));
	for (i = 0; i < r->nrows; i++) {
		for (a = 0; a < r->rows[i].arms; a++) {
			const struct ncb_row_arm *arm = &r->rows[i].arm[a];
			char *text;

			if (arm->status == NCB_ARM_WRONG) {
				say(items, "WRONG", NCB_MARK_BAD, "%s in %s: %s", arm->name,
				    r->rows[i].id, arm->message);
				continue;
			}
			if (arm->status != NCB_ARM_MISSING || arm->flags)
				continue;
			text = ncb_format("%s %s: %s", arm->name, ncb_op_names[r->rows[i].op],
					  arm->message);
			if (said_already(items, text))
				free(text);
			else
				add_item(items, "", 0, text);
		}
	}
}

static void add_reproduce(struct ncb_report *report, const struct ncb_rundata *r)
{
	const char *command = ncb_env_string(r, "command", NULL);

	add_item(&report->reproduce, "again", 0,
		 command ? ncb_copy(command)
			 : ncb_format("make bench TARGET=%s PROFILE=%s SEED=%" PRIu64,
				      r->target ? r->target : "auto",
				      r->profile ? r->profile : "default", r->seed));
	add_item(&report->reproduce, "this run", 0, ncb_copy(r->name ? r->name : "unnamed"));
}

static void add_env(struct ncb_report *report, const struct ncb_rundata *r)
{
	const char *key;
	json_t *value;

	json_object_foreach(r->env, key, value) {
		char *text = json_is_string(value) ? ncb_copy(json_string_value(value)) : NULL;

		if (!text) {
			char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

			text = ncb_copy(dump ? dump : "");
			free(dump);
		}
		add_item(&report->env, key, 0, text);
	}
}

/**
 * ncb_report_about - all of a report but its tables
 * @report: gets it
 * @s: the figures
 */
void ncb_report_about(struct ncb_report *report, const struct ncb_stats *s)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_trust t;

	ncb_stats_trust(s, &t);
	report->title = ncb_format("ncbench %s: cost of notifier chains, in %s", NCB_VERSION,
				   metric_words[r->metric].unit);
	add_warnings(report, r, &t);
	add_head(report, r);
	add_legend(report, r, &t);
	add_memory(report, r);
	add_trust(report, r, &t);
	add_missing(report, r);
	add_reproduce(report, r);
	add_env(report, r);
}
