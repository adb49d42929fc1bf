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
#include "precision.h"
#include "report.h"

#define REASONS_MAX 32

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

/* Ending of a plural. */
static const char *ending(size_t n)
{
	return n == 1 ? "" : "s";
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
	char *list = version ? ncb_format("QEMU %s", version) : NULL;

	if (accelerator)
		join(&list, accelerator);
	return list;
}

static void add_known(struct ncb_items *items, const char *name, char *text)
{
	if (text)
		add_item(items, name, NCB_MARK_NONE, text);
}

static void add_head(struct ncb_report *report, const struct ncb_rundata *r)
{
	const char *compiler = ncb_env_string(r, "kernel_compiler", "unknown");
	const char *own = ncb_env_string(r, "module_compiler", "unknown");
	const char *revision = ncb_env_string(r, "revision", NULL);
	const char *microcode = ncb_env_string(r, "cpu_microcode", NULL);
	const char *command_line = ncb_env_string(r, "kernel_command_line", NULL);
	const char *hypervisor = ncb_env_string(r, "hypervisor", "none");
	const char *cpu = ncb_env_string(r, "measuring_cpu", NULL);
	const char *date = ncb_env_string(r, "date", NULL);
	struct ncb_items *h = &report->head;
	char *config = config_text(r), *stopped = ncb_precision_text(r);

	say(h, "kernel", NCB_MARK_NONE, "%s (%s)", ncb_env_string(r, "kernel_release", "unknown"),
	    ncb_env_string(r, "kernel_version", "version unknown"));
	say(h, "machine", NCB_MARK_NONE, "%s, %s%s%s%s%s", ncb_env_string(r, "arch", "unknown"),
	    ncb_env_string(r, "cpu_model", "CPU unknown"),
	    strcmp(hypervisor, "none") ? ", virtual: " : "",
	    strcmp(hypervisor, "none") ? hypervisor : "", cpu ? ", measured on CPU " : "",
	    cpu ? cpu : "");
	if (microcode && !strstr(hypervisor, "TCG"))	/* there, QEMU makes it up */
		add_item(h, "microcode", 0, ncb_copy(microcode));
	add_known(h, "mitigations", mitigations_text(r));
	add_known(h, "clock", clock_text(r));
	add_known(h, "guest", guest_text(r));
	add_known(h, "cmdline", command_line ? ncb_copy(command_line) : NULL);
	add_item(h, "compiler", 0,
		 ncb_format("kernel: %s; module: %s", compiler,
			    strcmp(own, compiler) || !strcmp(own, "unknown") ? own : "the same"));
	add_known(h, "revision", revision ? ncb_format("%s of ncbench", revision) : NULL);
	add_item(h, "target", 0, ncb_copy(r->target ? r->target : "unknown"));
	add_item(h, "metric", 0,
		 r->metric == NCB_NS
			 ? ncb_format("%s (%s, %.3f MHz)", metric_words[r->metric].meaning,
				      ncb_env_string(r, "clock", "clock"), r->tick_hz / 1e6)
			 : ncb_copy(metric_words[r->metric].meaning));
	say(h, "measured", NCB_MARK_NONE,
	    "profile %s: %zu rows, %u loading%s of the module x %u "
	    "blocks%s, %zu samples, seed %" PRIu64 "%s%s",
	    r->profile ? r->profile : "?", r->nrows, r->reloads, r->reloads == 1 ? "" : "s",
	    r->blocks, stopped, r->nsamples, r->seed, date ? ", " : "", date ? date : "");
	free(stopped);
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
		    "%zu arm%s failed the semantic check (see the end)", t->wrong,
		    ending(t->wrong));
	for (i = 0; i < n && i < REASONS_MAX; i++) {
		if (!strncmp(reasons[i], NCB_NOT_FOR_REVIEW, cut))
			add_item(w, "NOT FOR REVIEW", NCB_MARK_BAD, ncb_copy(reasons[i] + cut));
		else
			add_item(w, "note", 0, ncb_copy(reasons[i]));
	}
	if (r->nrows && !t->controls)
		say(w, "note", NCB_MARK_NONE, "no A/A control in this run: ARMS= left it out");
	if (r->nrows && !t->plants)
		say(w, "note", NCB_MARK_NONE, "no planted cost in this run: ARMS= left it out");
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
	if (t->far)
		say(l, "!", NCB_MARK_NONE,
		    "the replica (%s) is as far from native as half the change: compare with "
		    "native", t->replica);
	say(l, "-", NCB_MARK_NONE, "not there, or too small to divide by%s",
	    r->metric == NCB_INSN ? "; for slope and fixed cost: no line through the lengths"
				  : "");
	if (r->metric == NCB_INSN)
		say(l, "+9, -9", NCB_MARK_NONE,
		    "without %%, at slopes: the difference, where slist's slope is 0");
	say(l, "frames", NCB_MARK_NONE,
	    "rows timed call by call (register, unregister, cold) stand in another frame than "
	    "batches: do not compare the two");
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
	    "%zu arm%s in %zu row%s behaved, %zu did not and %s not timed, %zu %s not "
	    "exist%s%s",
	    t->checked, ending(t->checked), r->nrows, ending(r->nrows), t->wrong,
	    t->wrong == 1 ? "was" : "were", t->missing, t->missing == 1 ? "does" : "do",
	    rollback ? "; rollback: " : "", rollback ? rollback : "");
	free(rollback);
}

/* "all 48 rows", "46 of 48 rows", "the one row" */
static char *rows_text(size_t n, size_t of)
{
	if (n != of)
		return ncb_format("%zu of %zu row%s", n, of, ending(of));
	return n == 1 ? ncb_copy("the one row") : ncb_format("all %zu rows", n);
}

static void trust_control(struct ncb_items *items, const struct ncb_rundata *r,
			  const struct ncb_trust *t)
{
	bool exact = r->metric == NCB_INSN, same = t->aa.low == 0 && t->aa.high == 0, good;
	char *rows;

	if (!t->aa.n) {
		if (r->nrows && !t->controls_ran)
			say(items, "A/A", NCB_MARK_NONE, "not measured: %s",
			    t->controls ? "slist is in no row of this run"
					: "no control arm in this run");
		else
			say(items, "A/A", NCB_MARK_BAD, "no second copy was measured");
		return;
	}
	rows = rows_text(t->aa.n, t->base_rows > t->aa.n ? t->base_rows : t->aa.n);
	/* One in twenty is due; with few rows, two are no wonder. */
	good = exact ? same : t->aa_resolved <= 2 || t->aa_resolved <= 0.15 * t->aa.n;
	if (exact && same)
		say(items, "A/A", NCB_MARK_OK,
		    "a second copy of slist differs by exactly 0 in %s that %s slist; smallest "
		    "detectable change: 1 instruction",
		    rows, t->base_rows == 1 ? "has" : "have");
	else if (exact)
		say(items, "A/A", NCB_MARK_BAD,
		    "a second copy of slist differs by %+.2f %% .. %+.2f %% in %s that %s slist "
		    "(0 is due)",
		    t->aa.low * 100, t->aa.high * 100, rows,
		    t->base_rows == 1 ? "has" : "have");
	else
		say(items, "A/A", good ? NCB_MARK_OK : NCB_MARK_BAD,
		    "a second copy of slist differs by %+.1f %% .. %+.1f %% in %s that %s slist; "
		    "%zu of the intervals %s not hold 0 (%.0f %s due); smallest detectable "
		    "change: +-%.1f %%, the half-width that half of the intervals keep within",
		    t->aa.low * 100, t->aa.high * 100, rows,
		    t->base_rows == 1 ? "has" : "have", t->aa_resolved,
		    t->aa_resolved == 1 ? "does" : "do", t->aa.n * 0.05,
		    round(t->aa.n * 0.05) == 1 ? "is" : "are", t->aa_half * 100);
	free(rows);
}

static void trust_plant(struct ncb_items *items, const struct ncb_rundata *r,
			const struct ncb_trust *t)
{
	char *rows;
	bool good;

	if (!t->plant.n) {
		if (r->nrows && !t->plants_ran)
			say(items, "planted", NCB_MARK_NONE, "not measured: %s",
			    t->plants ? "slist runs callbacks in no row of this run"
				      : "no planted arm in this run");
		else
			say(items, "planted", NCB_MARK_BAD, "no planted cost was measured");
		return;
	}
	if (r->metric == NCB_INSN) {
		rows = rows_text(t->plant.n,
				 t->base_calls > t->plant.n ? t->base_calls : t->plant.n);
		good = fabs(t->plant.low - NCB_PLANT_INSN) < 1e-6 &&
		       fabs(t->plant.high - NCB_PLANT_INSN) < 1e-6;
		if (good)
			say(items, "planted", NCB_MARK_OK,
			    "%d instructions more per callback: recovered as exactly %d in %s in "
			    "which slist runs callbacks", NCB_PLANT_INSN, NCB_PLANT_INSN, rows);
		else
			say(items, "planted", NCB_MARK_BAD,
			    "%d instructions more per callback: recovered as %.3f .. %.3f in %s "
			    "in which slist runs callbacks",
			    NCB_PLANT_INSN, t->plant.low, t->plant.high, rows);
		free(rows);
		return;
	}
	good = t->plant_seen * 2 >= t->plant.n;
	say(items, "planted", good ? NCB_MARK_OK : NCB_MARK_BAD,
	    "%d no-operations more per callback: %.2f .. %.2f %s per callback, told from nothing "
	    "in %zu of %zu row%s in which slist runs callbacks",
	    NCB_PLANT_INSN, t->plant.low, t->plant.high, metric_words[r->metric].unit,
	    t->plant_seen, t->plant.n, ending(t->plant.n));
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
		    "instruction%s a batch (%zu arm%s%s%s)",
		    worst->high, worst->high == 1 ? "" : "s", worst->n, ending(worst->n),
		    worst->high > 0 ? "; worst: " : "",
		    worst->high > 0 ? r->rows[worst->high_row].id : "");
	else
		say(items, "proportion",
		    worst->high <= NCB_PROPORTION_SHARE ? NCB_MARK_OK : NCB_MARK_NONE,
		    "2n operations take twice n within %.1f %% in all of %zu "
		    "arm%s (worst: %s)",
		    worst->high / 2 * 100, worst->n, ending(worst->n), r->rows[worst->high_row].id);
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
			       : "the rest is compiled code: native is the kernel's own, with "
				 "its entry and "
				 "inlining, the replica is in the module");
}

/* "<row>: 570 against 703 (-19 %)", replica against native; malloc'd. */
static char *apart_text(const struct ncb_stats *s, size_t row, const char *replica)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_row *plan = &r->rows[row];
	double a = ncb_stats_arm(s, row, ncb_row_arm_find(plan, replica))->cost.value;
	double b = ncb_stats_arm(s, row, ncb_row_arm_find(plan, "native"))->cost.value;
	char *mine = ncb_cost_text(r->metric, a), *theirs = ncb_cost_text(r->metric, b), *text;

	text = b > 0 ? ncb_format("%s: %s against %s (%+.*f %%)", plan->id, mine, theirs,
				  fabs(a / b - 1) < 0.0995 ? 1 : 0, (a / b - 1) * 100)
		     : ncb_format("%s: %s against %s", plan->id, mine, theirs);
	free(mine);
	free(theirs);
	return text;
}

static size_t worst_of(const struct ncb_range *range)
{
	return fabs(range->low) > fabs(range->high) ? range->low_row : range->high_row;
}

/* The rows of the largest difference, absolute and relative: mostly the same. */
static char *worst_rows_text(const struct ncb_stats *s, const struct ncb_trust *t)
{
	size_t most = worst_of(&t->apart);
	size_t share = t->apart_share.n ? worst_of(&t->apart_share) : most;
	char *one = apart_text(s, share, t->replica), *two, *text;

	if (share == most)
		return one;
	two = apart_text(s, most, t->replica);
	text = ncb_format("%s; most %s: %s", one, metric_words[ncb_stats_run(s)->metric].unit,
			  two);
	free(one);
	free(two);
	return text;
}

static void trust_fidelity(struct ncb_items *items, const struct ncb_stats *s,
			   const struct ncb_trust *t)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	bool same = !(fmax(fabs(t->apart.low), fabs(t->apart.high)) >= 1e-6);
	enum ncb_mark mark = NCB_MARK_NONE;
	char *blocks, *calls, *worst;

	if (!t->apart.n) {
		say(items, "fidelity", NCB_MARK_NONE, "%s and native were not both measured in "
		    "any row", t->replica);
		return;
	}
	if (r->metric == NCB_INSN && t->beyond)
		mark = NCB_MARK_BAD;
	else if (r->metric == NCB_INSN && !t->far)
		mark = NCB_MARK_OK;
	if (same) {
		say(items, "fidelity", mark, "%s less native: 0 %s in %s%zu row%s that %s both",
		    t->replica, metric_words[r->metric].unit, t->apart.n == 1 ? "the " : "all ",
		    t->apart.n, ending(t->apart.n), t->apart.n == 1 ? "has" : "have");
	} else {
		worst = worst_rows_text(s, t);
		say(items, "fidelity", mark,
		    "%s against native in %zu row%s that %s both; worst row: %s%s",
		    t->replica, t->apart.n, ending(t->apart.n), t->apart.n == 1 ? "has" : "have",
		    worst, t->far ? "" : "; never as much as half the change");
		free(worst);
		if (t->far)
			say(items, "", NCB_MARK_NONE,
			    "as far apart as half the change, or more: in %zu row%s (! in the "
			    "tables)", t->far, ending(t->far));
	}
	if (t->per_block.n) {
		blocks = range_text(r->metric, t->per_block.low, t->per_block.high, true);
		calls = range_text(r->metric, t->per_call.low, t->per_call.high, true);
		say(items, "", NCB_MARK_NONE,
		    "lines through the lengths: %s %s per block, %s per operation, over %zu "
		    "famil%s of rows",
		    blocks, metric_words[r->metric].unit, calls, t->per_block.n,
		    t->per_block.n == 1 ? "y" : "ies");
		free(blocks);
		free(calls);
	}
	add_item(items, "", NCB_MARK_NONE, fidelity_reason(r, same));
}

/* "286 arms and 52 empty loops" */
static char *arms_text(const struct ncb_trust *t)
{
	return ncb_format("%zu arm%s and %zu empty loop%s", t->arms, ending(t->arms), t->loops,
			  ending(t->loops));
}

static void trust_layout(struct ncb_items *items, const struct ncb_rundata *r,
			 const struct ncb_trust *t)
{
	char *arms = arms_text(t), *differ, *cost;

	if (r->metric != NCB_INSN) {
		say(items, "layout", NCB_MARK_NONE,
		    "%u compiled cop%s x %u loading%s of the module: at most %zu layout%s "
		    "behind a figure; one boot, one link of the kernel (native has no other "
		    "layouts)",
		    t->clones, t->clones == 1 ? "y" : "ies", r->reloads, ending(r->reloads),
		    t->cells, ending(t->cells));
		free(arms);
		return;
	}
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
	say(items, "layout", NCB_MARK_NONE,
	    "does not change instructions, but for padding that is executed: figures are of the "
	    "copies with the kernel's own alignment; %s", differ);
	free(differ);
	free(arms);
}

static void trust_samples(struct ncb_items *items, const struct ncb_rundata *r,
			  const struct ncb_trust *t)
{
	char *arms = arms_text(t);

	if (r->metric != NCB_INSN)
		say(items, "samples", NCB_MARK_NONE,
		    "%" PRIu64 " in all, %" PRIu64 " with a task switch inside, %" PRIu64
		    " with an interrupt; none is dropped, a low quantile passes over them",
		    t->samples, t->switched, t->interrupted);
	else if (t->inexact)
		say(items, "exact", NCB_MARK_BAD,
		    "samples of one copy are not equal in %zu of %s; %" PRIu64 " of %" PRIu64
		    " samples met an interrupt and are set aside",
		    t->inexact, arms, t->interrupted, t->samples);
	else
		say(items, "exact", NCB_MARK_OK,
		    "samples of one copy are equal in all %s; %" PRIu64 " of %" PRIu64
		    " samples met an interrupt and are set aside",
		    arms, t->interrupted, t->samples);
	free(arms);
}

static void trust_place(struct ncb_items *items, const struct ncb_items *warnings)
{
	size_t i, grave = 0, notes;

	for (i = 0; i < warnings->n; i++)
		grave += warnings->item[i].mark == NCB_MARK_BAD;
	notes = warnings->n - grave;
	if (grave)
		say(items, "place", NCB_MARK_BAD,
		    "%zu thing%s above speak%s against quoting these figures", grave,
		    ending(grave), grave == 1 ? "s" : "");
	else if (notes)
		say(items, "place", NCB_MARK_NONE, "%zu note%s above", notes, ending(notes));
	else
		say(items, "place", NCB_MARK_OK,
		    "nothing known of this kernel and machine speaks against the figures");
}

static void add_trust(struct ncb_report *report, const struct ncb_stats *s,
		      const struct ncb_trust *t)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_items *items = &report->trust;

	trust_oracle(items, r, t);
	trust_control(items, r, t);
	trust_plant(items, r, t);
	trust_proportion(items, r, t);
	trust_fidelity(items, s, t);
	trust_layout(items, r, t);
	trust_samples(items, r, t);
	trust_place(items, &report->warnings);
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
	add_trust(report, s, &t);
	add_missing(report, r);
	add_reproduce(report, r);
	add_env(report, r);
}
