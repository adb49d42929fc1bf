// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands around the tables of a report: where it was measured, what
 * speaks against it, how to read it, what makes it true, what is missing.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "env.h"
#include "hyperfine.h"
#include "perf.h"
#include "plan.h"
#include "precision.h"
#include "report.h"
#include "report_counters.h"
#include "report_storm.h"

#define REASONS_MAX 32
#define INFLATION_MOST 2.0 /* wider intervals say that the A/A copies differ themselves */
#define DRIFT_NOTED 0.05	/* a share: what loadings may be apart without a note */

const struct ncb_metric_words ncb_metric_words[NCB_METRICS] = {
	[NCB_INSN] = { "instructions", "insn = exact instructions, counted by the guest; not time" },
	[NCB_CYCLES] = { "cycles", "cycles = core cycles, from the PMU" },
	[NCB_NS] = { "ns", "ns = nanoseconds, from clock ticks" },
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

/* Names of the mitigations that are on; NULL: the machine needs none, or it is not known. */
static char *mitigations_text(const struct ncb_rundata *r)
{
	static const char before[] = "mitigation_";
	size_t cut = strlen(before), seen = 0;
	char *list = NULL;
	const char *key;
	json_t *value;

	json_object_foreach(r->env, key, value) {
		if (strncmp(key, before, cut) || !json_is_string(value))
			continue;
		seen++;
		if (strncmp(json_string_value(value), "Vulnerable", strlen("Vulnerable")))
			join(&list, key + cut);
	}
	return seen && !list ? ncb_copy("off") : list;
}

/* The clock that is read, and what lets the CPU's own vary. */
static char *clock_text(const struct ncb_rundata *r)
{
	static const struct {
		const char *key, *before;
	} facts[] = {
		{ "clock", "" },	      { "governor", "governor " },
		{ "turbo", "turbo " },	      { "smt", "SMT " },
		{ "cpus_isolated", "isolated CPUs: " },
	};
	char *list = NULL, *one;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(facts); i++) {
		const char *value = ncb_env_string(r, facts[i].key, NULL);

		if (!value)
			continue;
		one = ncb_format("%s%s", facts[i].before, value);
		join(&list, one);
		free(one);
	}
	return list;
}

static char *guest_text(const struct ncb_rundata *r)
{
	const char *version = ncb_env_string(r, "qemu_version", NULL);
	const char *accelerator = ncb_env_string(r, "accelerator", NULL);
	const char *host = ncb_env_string(r, "host_kernel_release", NULL);
	char *list = version ? ncb_format("QEMU %s", version) : NULL, *below;

	if (accelerator)
		join(&list, accelerator);
	if (host) {
		below = ncb_format("on Linux %s", host);
		join(&list, below);
		free(below);
	}
	return list;
}

/* Compilers name themselves in two ways: "gcc-12 (Debian ...)", "GCC: (Debian ...)". */
static const char *compiler_version(const char *compiler)
{
	const char *open = strchr(compiler, '(');

	return open ? open : compiler;
}

static char *compiler_text(const struct ncb_rundata *r)
{
	const char *kernel = ncb_env_string(r, "kernel_compiler", "unknown");
	const char *own = ncb_env_string(r, "module_compiler", "unknown");

	if (!strcmp(own, "unknown") || strcmp(compiler_version(kernel), compiler_version(own)))
		return ncb_format("kernel: %s; module: %s", kernel, own);
	return ncb_format("%s, kernel and module", kernel);
}

/* Only in the full view. */
static void add_detail(struct ncb_items *items, const char *name, char *text)
{
	if (text)
		ncb_items_add(items, name, NCB_MARK_NONE, text)->full = true;
}

static char *copy_known(const char *text)
{
	return text ? ncb_copy(text) : NULL;
}

static char *metric_text(const struct ncb_rundata *r)
{
	if (r->metric != NCB_NS)	/* no clock is read for the others */
		return ncb_copy(ncb_metric_words[r->metric].meaning);
	return ncb_format("%s (%s, %.3f MHz)", ncb_metric_words[r->metric].meaning,
			  ncb_env_string(r, "clock", "clock"), r->tick_hz / 1e6);
}

/* What a run of nothing but storms was measured in, and how much of it. */
static void add_storms_head(struct ncb_items *h, const struct ncb_rundata *r)
{
	const char *date = ncb_env_string(r, "date", NULL);
	struct ncb_item *item;

	ncb_items_add(h, "unit", NCB_MARK_NONE, r->clock == NCB_INSN ?
		      ncb_copy("insn = instructions, which the guest's clock counts; not time") :
		      ncb_copy("ns = nanoseconds of CLOCK_MONOTONIC_RAW"));
	item = ncb_items_say(h, "measured", NCB_MARK_NONE, "profile %s on %s: %zu storms on %u CPU%s",
			     r->profile ? r->profile : "?", r->target ? r->target : "unknown",
			     r->storms->storms, r->storms->cpus, ncb_ending(r->storms->cpus));
	item->more = ncb_format("%zu records, seed %" PRIu64 "%s%s", r->storms->records, r->seed,
				date ? ", " : "", date ? date : "");
}

static void add_head(struct ncb_report *report, const struct ncb_stats *s)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const char *revision = ncb_env_string(r, "revision", NULL);
	const char *microcode = ncb_env_string(r, "cpu_microcode", NULL);
	const char *hypervisor = ncb_env_string(r, "hypervisor", "none");
	const char *cpu = ncb_env_string(r, "measuring_cpu", NULL);
	const char *date = ncb_env_string(r, "date", NULL);
	struct ncb_items *h = &report->head;
	char *config = config_text(r), *stopped = ncb_precision_text(r);
	struct ncb_item *item;

	ncb_items_say(h, "kernel", NCB_MARK_NONE, "%s (%s)",
		      ncb_env_string(r, "kernel_release", "unknown"),
		      ncb_env_string(r, "kernel_version", "version unknown"));
	ncb_items_say(h, "machine", NCB_MARK_NONE, "%s, %s%s%s%s%s",
		      ncb_env_string(r, "arch", "unknown"),
		      ncb_env_string(r, "cpu_model", "CPU unknown"),
		      strcmp(hypervisor, "none") ? ", virtual: " : "",
		      strcmp(hypervisor, "none") ? hypervisor : "",
		      cpu ? ", measured on CPU " : "", cpu ? cpu : "");
	if (microcode && !strstr(hypervisor, "TCG"))	/* there, QEMU makes it up */
		add_detail(h, "microcode", ncb_copy(microcode));
	add_detail(h, "mitigations", mitigations_text(r));
	add_detail(h, "clock", clock_text(r));
	add_detail(h, "guest", guest_text(r));
	add_detail(h, "cmdline", copy_known(ncb_env_string(r, "kernel_command_line", NULL)));
	ncb_items_add(h, "compiler", NCB_MARK_NONE, compiler_text(r));
	add_detail(h, "revision", revision ? ncb_format("%s of ncbench", revision) : NULL);
	if (config)
		ncb_items_add(h, "config", NCB_MARK_NONE, config);
	if (ncb_storms_only(r)) {
		add_storms_head(h, r);
		free(stopped);
		return;
	}
	add_detail(h, "kernel has", feature_text(r));
	ncb_items_add(h, "metric", NCB_MARK_NONE, ncb_counters_metric(s, metric_text(r)));
	item = ncb_items_say(h, "measured", NCB_MARK_NONE,
			     "profile %s on %s: %zu rows, %u loading%s x %u blocks%s",
			     r->profile ? r->profile : "?", r->target ? r->target : "unknown",
			     r->nrows, r->reloads, ncb_ending(r->reloads), r->blocks, stopped);
	free(stopped);
	item->more = ncb_format("%zu samples, seed %" PRIu64 "%s%s", r->nsamples, r->seed,
				date ? ", " : "", date ? date : "");
}

/**
 * ncb_warn_of_run - what speaks against the figures of a run
 * @w: gets the lines; what is not for review has NCB_MARK_BAD, notes have no mark
 * @s: the figures
 * @t: what makes them true
 */
void ncb_warn_of_run(struct ncb_items *w, const struct ncb_stats *s, const struct ncb_trust *t)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	char reasons[REASONS_MAX][NCB_REASON_LEN];
	json_t *env = json_copy(r->env);
	size_t cut = strlen(NCB_NOT_FOR_REVIEW);
	int n, i;

	json_object_set_new(env, "metric", json_string(ncb_storms_only(r) ? ncb_storm_unit(r) :
						       ncb_metric_names[r->metric]));
	n = ncb_env_not_for_review(env, r->features, reasons, REASONS_MAX);
	json_decref(env);
	if (r->interrupted && !ncb_storms_only(r))
		ncb_items_say(w, "NOT FOR REVIEW", NCB_MARK_BAD,
		    "the run was interrupted before all rows were done");
	ncb_storms_warn(w, ncb_stats_whole(s));
	if (t->wrong)
		ncb_items_say(w, "NOT FOR REVIEW", NCB_MARK_BAD,
		    "%zu arm%s failed the semantic check (see the end)", t->wrong,
		    ncb_ending(t->wrong));
	for (i = 0; i < n && i < REASONS_MAX; i++) {
		/* What touches one design only is nothing to storms. */
		if (ncb_storms_only(r) && strstr(reasons[i], NCB_REPORT_NEW))
			continue;
		if (!strncmp(reasons[i], NCB_NOT_FOR_REVIEW, cut))
			ncb_items_add(w, "NOT FOR REVIEW", NCB_MARK_BAD, ncb_copy(reasons[i] + cut));
		else
			ncb_items_add(w, "note", 0, ncb_copy(reasons[i]));
	}
	if (t->drift.n && fmax(t->drift.high, -t->drift.low) > DRIFT_NOTED)
		ncb_items_say(w, "note", NCB_MARK_NONE,
			      "the machine's speed moved: hard-coded calls took %+.1f .. %+.1f %% "
			      "in single loadings", t->drift.low * 100, t->drift.high * 100);
	ncb_counters_warn(w, s);
	if (r->nrows && !t->controls)
		ncb_items_say(w, r->metric == NCB_INSN ? "note" : "NOT FOR REVIEW",
			      r->metric == NCB_INSN ? NCB_MARK_NONE : NCB_MARK_BAD,
			      "no A/A control in this run: ARMS= left it out");
	if (t->inexact)
		ncb_items_say(w, "NOT FOR REVIEW", NCB_MARK_BAD,
			      "counts of instructions differ from sample to sample");
	if (r->nrows && !t->plants)
		ncb_items_say(w, "note", NCB_MARK_NONE, "no planted cost in this run: ARMS= left it out");
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
			 whole, ncb_metric_words[r->metric].unit,
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

	ncb_items_say(l, "change", NCB_MARK_NONE, "dlist against slist; + is dearer; %s",
	    r->metric == NCB_INSN ? "of the copies with the kernel's own alignment"
				  : "mean over layouts, [low,high] is its 95 % interval in %");
	ncb_items_say(l, "(...)", NCB_MARK_NONE,
	    "distinct: many callback functions, one: one; packed: blocks in one array, scattered: "
	    "each in a page of its own; warm: caches hold them, cold: flushed before each call");
	ncb_items_say(l, "~", NCB_MARK_NONE,
	    "not resolved: not significant after correction for the number of rows, by either "
	    "test, or the change is within what two copies of slist differ by in that operation");
	if (r->metric == NCB_INSN)
		ncb_items_say(l, "=", NCB_MARK_NONE, "the same to the last instruction");
	if (t->far)
		ncb_items_say(l, "!", NCB_MARK_NONE,
		    "the replica (%s) is as far from native as half the change: compare with "
		    "native", t->replica);
	ncb_items_say(l, "-", NCB_MARK_NONE, "not there, or too small to divide by%s",
	    r->metric == NCB_INSN ? "; for slope and fixed cost: no line through the lengths"
				  : "");
	ncb_items_say(l, "more", NCB_MARK_NONE,
		    "dlist less slist, with its 95 %% interval (of each line by itself)");
	ncb_items_say(l, "frames", NCB_MARK_NONE,
	    "rows timed call by call (register, unregister, cold) stand in another frame than "
	    "batches: do not compare the two");
	ncb_items_add(l, "subtracted", 0, subtracted_text(r, t));
}

/* -- memory -- */

static void add_memory(struct ncb_report *report, const struct ncb_rundata *r)
{
	static const char *const arms[] = { NCB_REPORT_BASE, "dlist", "native" };
	uint32_t node[3] = { 0 }, head[NCB_TYPES][3] = { { 0 } };
	char *heads = NULL, *brief;
	struct ncb_item *item;
	int64_t more = 0;
	bool alike = true;
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
	for (i = 0; i < NCB_TYPES; i++) {
		char *one;

		if (!head[i][0] || !head[i][1])
			continue;
		one = ncb_format("%s %u -> %u", ncb_type_names[i], head[i][0], head[i][1]);
		alike &= !heads || more == (int64_t)head[i][1] - head[i][0];
		more = (int64_t)head[i][1] - head[i][0];
		join(&heads, one);
		free(one);
	}
	if (node[0] && node[1]) {
		brief = heads && alike ? ncb_format("; every head %+d", (int)more) :
			heads ? ncb_format("; heads: %s", heads) : ncb_copy("");
		item = ncb_items_say(&report->memory, "bytes", NCB_MARK_NONE,
				     "notifier_block %u -> %u%s", node[0], node[1], brief);
		item->more = heads && alike ? ncb_copy(heads) : NULL;
		free(brief);
	}
	free(heads);
	if (node[2])
		add_detail(&report->memory, "native",
			   ncb_format("notifier_block %u in this kernel", node[2]));
	if (r->module_size || most)
		add_detail(&report->memory, "used",
			   ncb_format("ncbench.ko %" PRIu64 " KiB of text and data; at most %"
				      PRIu64 " KiB of kernel memory for a row",
				      (r->module_size + 1023) / 1024, (most + 1023) / 1024));
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
	struct ncb_item *item;

	item = ncb_items_say(items, "oracle", t->wrong || !t->checked ? NCB_MARK_BAD : NCB_MARK_OK,
			     "%zu arm%s in %zu row%s behaved, %zu did not%s", t->checked,
			     ncb_ending(t->checked), t->checked_rows,
			     ncb_ending(t->checked_rows), t->wrong,
			     t->wrong ? " and are not timed" : "");
	item->more = ncb_format("order, counts, stop, rollback set and error codes, before it is "
				"timed; %zu arm%s not exist%s%s", t->missing,
				t->missing == 1 ? " does" : "s do", rollback ? "; rollback: " : "",
				rollback ? rollback : "");
	free(rollback);
}

/* "all 48 rows", "46 of 48 rows", "the one row" */
static char *rows_text(size_t n, size_t of)
{
	if (n != of)
		return ncb_format("%zu of %zu row%s", n, of, ncb_ending(of));
	return n == 1 ? ncb_copy("the one row") : ncb_format("all %zu rows", n);
}

static size_t worst_of(const struct ncb_range *range)
{
	return fabs(range->low) > fabs(range->high) ? range->low_row : range->high_row;
}

static double largest_of(const struct ncb_range *range)
{
	return fabs(range->low) > fabs(range->high) ? range->low : range->high;
}

static void trust_control(struct ncb_items *items, const struct ncb_rundata *r,
			  const struct ncb_trust *t)
{
	bool exact = r->metric == NCB_INSN, same = t->aa.low == 0 && t->aa.high == 0;
	struct ncb_item *item;
	char *rows, *worst, *first;

	if (!t->aa.n) {
		if (r->nrows && !t->controls_ran)
			ncb_items_say(items, "A/A", NCB_MARK_NONE, "not measured: %s",
				      t->controls ? "slist is in no row of this run"
						  : "no control arm in this run");
		else
			ncb_items_say(items, "A/A", NCB_MARK_BAD, "no second copy was measured");
		return;
	}
	rows = rows_text(t->aa.n, t->base_rows > t->aa.n ? t->base_rows : t->aa.n);
	worst = ncb_row_text(&r->rows[worst_of(&t->aa)]);
	first = ncb_row_text(&r->rows[t->aa_called_row]);
	if (exact && same) {
		item = ncb_items_say(items, "A/A", NCB_MARK_OK,
				     "a second copy of slist: exactly 0 in %s", rows);
		item->more = ncb_copy("smallest detectable change: 1 instruction");
	} else if (exact) {
		ncb_items_say(items, "A/A", NCB_MARK_BAD, "a second copy of slist differs by up to "
			      "%+.2f %%, where 0 is due, in %s (%s)", largest_of(&t->aa) * 100,
			      rows, worst);
	} else {
		item = ncb_items_say(items, "A/A", t->aa_called || t->inflation > INFLATION_MOST
						   ? NCB_MARK_BAD : NCB_MARK_OK,
				     "%zu of %zu rows called%s%s, largest %+.1f %%; intervals x %.2f; "
				     "called is what exceeds %.1f %% (median row)",
				     t->aa_called, t->aa.n, t->aa_called ? ", first " : "",
				     t->aa_called ? first : "", largest_of(&t->aa) * 100,
				     t->inflation, t->least * 100);
		item->more = ncb_format("largest in %s; exceeds: the half width after correction for "
					"all rows, or the envelope; intervals are widened until "
					"half of the A/A changes are as far out as is due; more than "
					"2-fold says that the copies themselves differ; a second copy of slist against the first: changes %+.1f %% .. %+.1f %% in %s that %s slist, %zu of "
					"the intervals %s not hold 0 (%.0f %s due); judged like "
					"any other change, by the A/A changes of the rows like it",
					worst, t->aa.low * 100, t->aa.high * 100, rows,
					t->base_rows == 1 ? "has" : "have", t->aa_resolved,
					t->aa_resolved == 1 ? "does" : "do", t->aa.n * 0.05,
					round(t->aa.n * 0.05) == 1 ? "is" : "are");
	}
	free(rows);
	free(worst);
	free(first);
}

static void trust_plant(struct ncb_items *items, const struct ncb_rundata *r,
			const struct ncb_trust *t)
{
	char *rows;
	bool good;

	if (!t->plant.n) {
		if (r->nrows && !t->plants_ran)
			ncb_items_say(items, "planted", NCB_MARK_NONE, "not measured: %s",
				      t->plants ? "slist runs callbacks in no row of this run"
						: "no planted arm in this run");
		else
			ncb_items_say(items, "planted", NCB_MARK_BAD, "no planted cost was measured");
		return;
	}
	rows = rows_text(t->plant.n, t->base_calls > t->plant.n ? t->base_calls : t->plant.n);
	if (r->metric == NCB_INSN) {
		good = fabs(t->plant.low - NCB_PLANT_INSN) < 1e-6 &&
		       fabs(t->plant.high - NCB_PLANT_INSN) < 1e-6;
		if (good)
			ncb_items_say(items, "planted", NCB_MARK_OK,
				      "%d instructions a callback: exactly %d in %s",
				      NCB_PLANT_INSN, NCB_PLANT_INSN, rows);
		else
			ncb_items_say(items, "planted", NCB_MARK_BAD,
				      "%d instructions a callback: %.3f .. %.3f in %s",
				      NCB_PLANT_INSN, t->plant.low, t->plant.high, rows);
	} else {
		good = t->plant_seen * 2 >= t->plant.n;
		/* What no-operations take in time is not known; the planted share is. */
		ncb_items_say(items, "planted", good ? NCB_MARK_OK :
			      t->share.n ? NCB_MARK_NONE : NCB_MARK_BAD,
			      "%d no-ops a callback: %.2f .. %.2f %s, seen in %zu of %zu rows", NCB_PLANT_INSN, t->plant.low, t->plant.high,
			      ncb_metric_words[r->metric].unit, t->plant_seen, t->plant.n);
	}
	free(rows);
}

/* The planted share: recovered in every metric, and found in more than half of the rows. */
static void trust_share(struct ncb_items *items, const struct ncb_rundata *r,
			const struct ncb_trust *t)
{
	double due = 1.0 / NCB_SHARE_PER, off = fabs(t->share_mean.value - due);
	struct ncb_item *item;
	bool good;

	if (!t->share.n)
		return;
	if (r->metric == NCB_INSN) {
		good = fabs(t->share.low - due) < NCB_EQUAL_SHARE &&
		       fabs(t->share.high - due) < NCB_EQUAL_SHARE;
		item = ncb_items_say(items, "", good ? NCB_MARK_OK : NCB_MARK_BAD,
				     good ? "%g %% of slist: exactly %g %% in %zu row%s"
					  : "%g %% of slist: %.4f %% in the worst of %zu row%s",
				     due * 100, (fabs(t->share.low - due) > fabs(t->share.high - due)
						 ? t->share.low : t->share.high) * 100,
				     t->share.n, ncb_ending(t->share.n));
	} else {
		good = off <= due / 2 && t->share_seen * 2 >= t->share.n;
		item = ncb_items_say(items, "", good ? NCB_MARK_OK : NCB_MARK_BAD,
				     "%g %% of slist: %+.2f %% (%+.2f .. %+.2f) in %zu row%s; seen in "
				     "%zu, beyond the envelope in %zu", due * 100,
				     t->share_mean.value * 100, t->share.low * 100,
				     t->share.high * 100, t->share.n, ncb_ending(t->share.n),
				     t->share_seen, t->share_called);
	}
	item->more = ncb_format("%d operations for %d credited: %g %% of the operation and one turn "
				"of the loop is due%s", NCB_SHARE_PER + 1, NCB_SHARE_PER, due * 100,
				r->metric == NCB_INSN ? "" : ", within half of that; the same copies "
				"run in both, so that no layout differs; seen: the interval lies above "
				"0; beyond the envelope: and larger than what two copies differ by");
}

static void trust_proportion(struct ncb_items *items, const struct ncb_rundata *r,
			     const struct ncb_trust *t)
{
	bool exact = r->metric == NCB_INSN, good;
	const struct ncb_range *worst = exact ? &t->proportion_ticks : &t->proportion;
	struct ncb_item *item;

	if (!worst->n) {
		ncb_items_say(items, "proportion", NCB_MARK_BAD, "2n was not measured");
		return;
	}
	good = worst->high <= (exact ? NCB_PROPORTION_TICKS : NCB_PROPORTION_SHARE);
	if (exact)
		item = ncb_items_say(items, "proportion", good ? NCB_MARK_OK : NCB_MARK_BAD,
				     "2n take twice n within %.0f instruction%s a batch",
				     worst->high, worst->high == 1 ? "" : "s");
	else
		item = ncb_items_say(items, "proportion",
				     t->proportion_median <= NCB_PROPORTION_SHARE ? NCB_MARK_OK
										  : NCB_MARK_BAD,
				     "2n take twice n within %.1f %% (median), %.1f %% (95 %%)",
				     t->proportion_median / 2 * 100, t->proportion_most / 2 * 100);
	item->more = worst->high > 0 ? ncb_format("%zu arms; worst: %s", worst->n,
						  r->rows[worst->high_row].id)
				     : ncb_format("%zu arm%s", worst->n, ncb_ending(worst->n));
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
			  same ? "equal counts; the code itself was not compared"
			       : "the rest is compiled code: native is the kernel's own, with its "
				 "entry and inlining, the replica is in the module");
}

/* "raw/call/1: 570 against 703", replica against native; malloc'd. */
static char *apart_text(const struct ncb_stats *s, size_t row, const char *replica)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_row *plan = &r->rows[row];
	double a = ncb_stats_arm(s, row, ncb_row_arm_find(plan, replica))->cost.value;
	double b = ncb_stats_arm(s, row, ncb_row_arm_find(plan, "native"))->cost.value;
	char *mine = ncb_cost_text(r->metric, a), *theirs = ncb_cost_text(r->metric, b), *text;
	char *name = ncb_row_text(plan);

	text = ncb_format("%s: %s against %s", name, mine, theirs);
	free(name);
	free(mine);
	free(theirs);
	return text;
}

/* What else is to be said of the replica; malloc'd. */
static char *fidelity_more(const struct ncb_stats *s, const struct ncb_trust *t, bool same)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	char *reason = fidelity_reason(r, same), *blocks, *calls, *text;
	size_t row = worst_of(t->apart_share.n ? &t->apart_share : &t->apart);
	char *share = same ? ncb_copy("") : apart_text(s, row, t->replica);
	char *most = same ? ncb_copy("") : apart_text(s, worst_of(&t->apart), t->replica);
	char *two = same ? ncb_copy("") : ncb_format("%s; largest difference: %s; ", share, most);

	if (t->per_block.n) {
		blocks = range_text(r->metric, t->per_block.low, t->per_block.high, true);
		calls = range_text(r->metric, t->per_call.low, t->per_call.high, true);
		text = ncb_format("%slines through the lengths: %s %s per block, %s per operation, "
				  "over %zu famil%s of rows; %s", two, blocks,
				  ncb_metric_words[r->metric].unit, calls, t->per_block.n,
				  t->per_block.n == 1 ? "y" : "ies", reason);
		free(blocks);
		free(calls);
	} else {
		text = ncb_format("%s%s", two, reason);
	}
	free(reason);
	free(share);
	free(most);
	free(two);
	return text;
}

static void trust_fidelity(struct ncb_items *items, const struct ncb_stats *s,
			   const struct ncb_trust *t)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	bool same = !(fmax(fabs(t->apart.low), fabs(t->apart.high)) >= 1e-6);
	enum ncb_mark mark = NCB_MARK_NONE;
	struct ncb_item *item;
	char *worst, *share;
	size_t row;

	if (!t->apart.n) {
		ncb_items_say(items, "fidelity", NCB_MARK_NONE,
			      "%s and native were not both measured in any row", t->replica);
		return;
	}
	if (r->metric == NCB_INSN && t->beyond)
		mark = NCB_MARK_BAD;
	else if (r->metric == NCB_INSN && !t->far)
		mark = NCB_MARK_OK;
	if (same) {
		item = ncb_items_say(items, "fidelity", mark, "%s less native: 0 %s in %s%zu row%s",
				     t->replica, ncb_metric_words[r->metric].unit,
				     t->apart.n == 1 ? "the " : "all ", t->apart.n,
				     ncb_ending(t->apart.n));
	} else {
		row = worst_of(t->apart_share.n ? &t->apart_share : &t->apart);
		worst = ncb_row_text(&r->rows[row]);
		share = t->apart_share.n ? ncb_percent_text(largest_of(&t->apart_share)) :
					   ncb_copy("-");
		item = ncb_items_say(items, "fidelity", mark, "%s and native: apart by half the "
				     "change in %zu of %zu rows%s, most: %s in %s", t->replica,
				     t->far, t->apart.n, t->far ? " (!)" : "", share, worst);
		free(worst);
		free(share);
	}
	item->more = fidelity_more(s, t, same);
}

/* "286 arms and 52 empty loops" */
static char *arms_text(const struct ncb_trust *t)
{
	return ncb_format("%zu arm%s and %zu empty loop%s", t->arms, ncb_ending(t->arms), t->loops,
			  ncb_ending(t->loops));
}

static const char *const level_words[NCB_LEVELS] = {
	"blocks", "loadings", "copies", "boots", "links",
};

/* "block 20 %, loading 31 %, copy 49 %"; NULL: not known. */
static char *variance_text(const struct ncb_trust *t)
{
	char *list = NULL, *one;
	size_t i;

	for (i = 0; i < NCB_LEVELS; i++) {
		if (isnan(t->variance[i]) || i >= NCB_LEVEL_BOOT)
			continue;
		one = ncb_format("%s %.0f %%", level_words[i], t->variance[i] * 100);
		join(&list, one);
		free(one);
	}
	return list;
}

/* "copy in 120 rows, loading in 40" */
static char *levels_text(const struct ncb_trust *t)
{
	char *list = NULL, *one;
	size_t i;

	for (i = 0; i < NCB_LEVELS; i++) {
		if (!t->levels[i])
			continue;
		one = ncb_format("%s in %zu row%s", level_words[i], t->levels[i],
				 ncb_ending(t->levels[i]));
		join(&list, one);
		free(one);
	}
	return list;
}

static void trust_spread(struct ncb_items *items, const struct ncb_rundata *r,
			 const struct ncb_trust *t)
{
	char *variance = variance_text(t), *levels = levels_text(t);
	struct ncb_item *item;

	item = ncb_items_say(items, "layout", NCB_MARK_NONE,
			     "%u compiled cop%s x %u loading%s, 1 boot%s%s", t->clones,
			     t->clones == 1 ? "y" : "ies", r->reloads, ncb_ending(r->reloads),
			     variance ? "; variance: " : "", variance ? variance : "");
	item->more = ncb_format("%sat most %zu layout%s behind a figure; %s%s%sone link of the "
				"kernel: native has no other layouts",
				variance ? "means of the shares over the rows; " : "", t->cells,
				ncb_ending(t->cells), levels ? "intervals are taken over: " : "",
				levels ? levels : "", levels ? "; " : "");
	free(variance);
	free(levels);
}

static void trust_layout(struct ncb_items *items, const struct ncb_rundata *r,
			 const struct ncb_trust *t)
{
	char *arms, *differ, *cost;

	if (r->metric != NCB_INSN) {
		trust_spread(items, r, t);
		return;
	}
	arms = arms_text(t);
	if (t->uneven) {
		cost = ncb_cost_text(r->metric, t->copies.high);
		differ = ncb_format("other copies differ by at most %s instruction%s an operation "
				    "in %zu of %s (worst: %s in %s)",
				    cost, t->copies.high == 1 ? "" : "s", t->uneven, arms,
				    r->rows[t->copies.high_row].arm[t->copies_arm].name,
				    r->rows[t->copies.high_row].id);
		free(cost);
	} else {
		differ = ncb_format("other copies differ in none of %s", arms);
	}
	ncb_items_say(items, "layout", NCB_MARK_NONE,
		      "executed padding only: figures of kernel-aligned copies")->more = differ;
	free(arms);
}

static void trust_correction(struct ncb_items *items, const struct ncb_rundata *r,
			     const struct ncb_trust *t)
{
	size_t called = t->verdicts[NCB_LESS] + t->verdicts[NCB_MORE];

	if (!t->changes)
		return;
	if (r->metric == NCB_INSN) {
		ncb_items_say(items, "correction", NCB_MARK_NONE,
			      "none: exact counts; %zu of %zu rows differ", called, t->changes);
		return;
	}
	ncb_items_say(items, "correction", NCB_MARK_NONE,
		      "Holm over %zu row%s: %zu called a change, %zu without it", t->tested,
		      ncb_ending(t->tested), called, t->before_correction)->more =
		ncb_format("called: p < %g after correction, a signed-rank test that agrees, and "
			   "larger than any A/A change of the rows like it (same operation, "
			   "callbacks and cache, length within a factor of %d)", NCB_SIGNIFICANT,
			   NCB_ENVELOPE_FACTOR);
}

static void trust_samples(struct ncb_items *items, const struct ncb_rundata *r,
			  const struct ncb_trust *t)
{
	char *arms = arms_text(t);
	struct ncb_item *item;

	if (r->metric != NCB_INSN) {
		item = ncb_items_say(items, "samples", NCB_MARK_NONE,
				     "%" PRIu64 ": %" PRIu64 " with a task switch, %" PRIu64
				     " with an interrupt inside", t->samples, t->switched,
				     t->interrupted);
		item->more = ncb_copy("none is dropped, the minimum passes over them");
		item->full = true;
	} else {
		item = t->inexact ?
			ncb_items_say(items, "exact", NCB_MARK_BAD,
				      "samples of one copy are not equal in %zu of %s", t->inexact,
				      arms) :
			ncb_items_say(items, "exact", NCB_MARK_OK,
				      "samples of a copy are equal in all %zu arms and loops",
				      t->arms + t->loops);
		item->more = ncb_format("%" PRIu64 " of %" PRIu64 " samples met an interrupt and "
					"are set aside", t->interrupted, t->samples);
	}
	free(arms);
}

/* What the machine did meanwhile, seen by code that has no list; "" where nothing is known. */
static char *drift_text(const struct ncb_trust *t)
{
	if (!t->drift.n)
		return ncb_copy("");
	return ncb_format("; drift %+.1f .. %+.1f %%", t->drift.low * 100, t->drift.high * 100);
}

static void trust_place(struct ncb_items *items, const struct ncb_items *warnings,
			const struct ncb_trust *t)
{
	char *drift = drift_text(t);
	size_t i, grave = 0, notes;

	for (i = 0; i < warnings->n; i++)
		grave += warnings->item[i].mark == NCB_MARK_BAD;
	notes = warnings->n - grave;
	if (grave)
		ncb_items_say(items, "place", NCB_MARK_BAD,
			      "%zu line%s above forbid%s quoting%s", grave, ncb_ending(grave),
			      grave == 1 ? "s" : "", drift);
	else if (notes)
		ncb_items_say(items, "place", NCB_MARK_NONE, "%zu note%s above%s", notes,
			      ncb_ending(notes), drift);
	else
		ncb_items_say(items, "place", NCB_MARK_OK,
			      "nothing known of this kernel and machine speaks against the figures%s",
			      drift);
	if (*drift)
		items->item[items->n - 1].more =
			ncb_copy("drift: hard-coded calls in one loading against all of them");
	free(drift);
}

static void add_trust(struct ncb_report *report, const struct ncb_stats *s,
		      const struct ncb_trust *t)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_items *items = &report->trust;

	if (ncb_storms_only(r)) {
		trust_place(items, &report->warnings, t);
		return;
	}
	trust_oracle(items, r, t);
	trust_control(items, r, t);
	trust_plant(items, r, t);
	trust_share(items, r, t);
	trust_proportion(items, r, t);
	trust_fidelity(items, s, t);
	trust_layout(items, r, t);
	trust_correction(items, r, t);
	trust_samples(items, r, t);
	ncb_counters_trust(items, s);
	trust_place(items, &report->warnings, t);
	ncb_counters_place(items, s);
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
		ncb_items_say(items, "", NCB_MARK_NONE, "%s: %s",
		    json_string_value(json_object_get(entry, "row")),
		    json_string_value(json_object_get(entry, "reason")));
	for (i = 0; i < r->nrows; i++) {
		for (a = 0; a < r->rows[i].arms; a++) {
			const struct ncb_row_arm *arm = &r->rows[i].arm[a];
			char *text;

			if (arm->status == NCB_ARM_WRONG) {
				ncb_items_say(items, "WRONG", NCB_MARK_BAD, "%s in %s: %s", arm->name,
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
				ncb_items_add(items, "", 0, text);
		}
	}
}

static void add_reproduce(struct ncb_report *report, const struct ncb_rundata *r)
{
	const char *command = ncb_env_string(r, "command", NULL);

	ncb_items_add(&report->reproduce, "again", 0,
		 command ? ncb_copy(command)
			 : ncb_format("make %s TARGET=%s PROFILE=%s SEED=%" PRIu64,
				      ncb_storms_only(r) ? "storm" : "bench", r->target ? r->target : "auto",
				      r->profile ? r->profile : "default", r->seed));
	add_detail(&report->reproduce, "this run", ncb_copy(r->name ? r->name : "unnamed"));
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
		ncb_items_add(&report->env, key, 0, text);
	}
}

/* What other programs said: in full, and in one line that leads there. */
static void add_parts(struct ncb_report *report, const struct ncb_rundata *r)
{
	char *list = NULL, *one[] = { ncb_perf_brief(r), ncb_commands_brief(r) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(one); i++) {
		if (one[i])
			join(&list, one[i]);
		free(one[i]);
	}
	if (!list)
		return;
	ncb_items_say(&report->reproduce, "beside it", NCB_MARK_NONE, "%s; --full", list);
	free(list);
	ncb_perf_report(report, r);
	ncb_commands_report(report, r);
}

/* Not on the first screen. */
static void leave_to_full(struct ncb_items *items)
{
	size_t i;

	for (i = 0; i < items->n; i++)
		items->item[i].full = true;
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
	if (ncb_storms_only(r))
		report->title = ncb_format("ncbench %s: module load storms, in %s", NCB_VERSION,
					   r->clock == NCB_INSN ? "instructions" : "time");
	else
		report->title = ncb_format("ncbench %s: cost of notifier chains, in %s", NCB_VERSION,
					   ncb_metric_words[r->metric].unit);
	report->name = copy_known(r->name);
	ncb_warn_of_run(&report->warnings, s, &t);
	add_head(report, s);
	if (!ncb_storms_only(r)) {
		add_legend(report, r, &t);
		add_memory(report, r);
	}
	add_trust(report, s, &t);
	add_missing(report, r);
	add_parts(report, r);
	add_reproduce(report, r);
	add_env(report, r);
	leave_to_full(&report->legend);
	leave_to_full(&report->missing);
}
