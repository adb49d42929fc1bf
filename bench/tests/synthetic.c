// SPDX-License-Identifier: GPL-2.0-only
/* Runs with a known truth. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <linux/perf_event.h>
#include "../../kmod/engine_table.h"
#include "../../kmod/storm/ncb_storm_uapi.h"
#include "../plan.h"
#include "../stats.h"
#include "synthetic.h"

#define READING		50	/* ticks of a clock reading */
#define LOOP		2	/* ticks of a turn of the empty loop */
#define ITERS		64
#define SPLIT_ITERS	16
#define NS_PER_TICK	0.5	/* clock of noisy runs: 2 GHz */
#define LOOP_INSN	3	/* instructions of a turn of the empty loop */
#define SWITCH_COUNT	900	/* what another task adds to a count */

const struct ncb_truth ncb_truth_insn = {
	.metric = NCB_INSN, .seed = 1, .reloads = 1, .blocks = 8, .dlist_per_block = 2,
};

const struct ncb_truth ncb_truth_ns = {
	.metric = NCB_NS, .seed = 1, .reloads = 3, .blocks = 24, .layout = 0.05, .noise = 0.3,
	.dlist_share = 0.1,
};

const struct ncb_truth ncb_truth_counted = {
	.metric = NCB_NS, .seed = 1, .reloads = 3, .blocks = 24, .layout = 0.05, .noise = 0.2,
	.dlist_share = 0.1, .layout_seed = 7, .counted = true,
};

/*
 * What the arms of these runs cost: a fixed part and one per block, in the metric's unit; and
 * what they count.
 */
static const struct arm_truth {
	const char *name, *engine;
	uint32_t flags;
	double fixed, per_block;
	uint32_t facts, node_size, head_more;
	double insn, insn_per_block, misses, misses_per_block;
} arms[] = {
	{ "loop", "loop", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "direct", "direct", 0, 3, 5, NCB_FACT_ROLLBACK_REVERSE, 32, 0, 8, 6, 0, 0 },
	{ "slist", "slist", 0, 20, 10, NCB_FACT_ROLLBACK_FORWARD, 24, 0, 60, 13, 0.25, 0.01 },
	{ "slist-aa", "slist", NCB_ARM_CONTROL, 20, 10, NCB_FACT_ROLLBACK_FORWARD, 24, 0, 60, 13,
	  0.25, 0.01 },
	{ "slist+7", "slist", NCB_ARM_PLANT, 20, 10, NCB_FACT_ROLLBACK_FORWARD, 24, 0, 60, 13, 0.25,
	  0.01 },
	{ "dlist", "dlist", 0, 20, 10, NCB_FACT_ROLLBACK_REVERSE, 32, 8, 62, 15, 0.25, 0.03 },
	{ "native", "native", 0, 26, 11, NCB_FACT_ROLLBACK_FORWARD, 24, 0, 66, 14, 0.25, 0.01 },
};

/* What is counted; what the last one is not, it says itself. */
static const struct counter_truth {
	const char *name, *full, *reason;
	uint32_t type, config, pass, slot;
	uint64_t known_low, known_high, reading;
} counters[NCB_SYNTHETIC_COUNTERS] = {
	[NCB_SYNTHETIC_CYCLES] = { "cycles", "perf::CYCLES", "", PERF_TYPE_HARDWARE,
		PERF_COUNT_HW_CPU_CYCLES, 0, 0, 6054, 6120, 3180 },
	[NCB_SYNTHETIC_INSN] = { "instructions", "perf::INSTRUCTIONS", "", PERF_TYPE_HARDWARE,
		PERF_COUNT_HW_INSTRUCTIONS, 0, 1, NCB_TURN_INSN * NCB_KNOWN_TURNS,
		NCB_TURN_INSN * NCB_KNOWN_TURNS, NCB_TURN_INSN * NCB_FEW_TURNS + 171 },
	[NCB_SYNTHETIC_MISSES] = { "branch-misses", "perf::BRANCH-MISSES", "", PERF_TYPE_HARDWARE,
		PERF_COUNT_HW_BRANCH_MISSES, 1, 0, 0, 3, 2 },
	[NCB_SYNTHETIC_L1] = { "L1-dcache-load-misses", "perf::L1-DCACHE-LOAD-MISSES",
		"not supported by this CPU", PERF_TYPE_HW_CACHE, 0x10000, 0, 0, NCB_COUNT_NONE,
		NCB_COUNT_NONE, NCB_COUNT_NONE },
};

static const char *const ids[] = {
	"raw/call/1/distinct/packed/warm", "raw/call/8/distinct/packed/warm",
	"raw/call/64/distinct/packed/warm", "blocking/call/1/distinct/packed/warm",
	"blocking/call/8/distinct/packed/warm", "blocking/call/64/distinct/packed/warm",
	"blocking/call/8/distinct/scattered/cold", "blocking/call/64/distinct/scattered/cold",
	"blocking/reverse/1/distinct/packed/warm", "blocking/reverse/8/distinct/packed/warm",
	"blocking/reverse/64/distinct/packed/warm", "blocking/robust/1/distinct/packed/warm",
	"blocking/robust/8/distinct/packed/warm", "blocking/robust/64/distinct/packed/warm",
	"blocking/robust@head/8/distinct/packed/warm",
	"blocking/robust@head/64/distinct/packed/warm",
	"blocking/robust@middle/8/distinct/packed/warm",
	"blocking/robust@middle/64/distinct/packed/warm",
	"blocking/robust@tail/8/distinct/packed/warm",
	"blocking/robust@tail/64/distinct/packed/warm",
	"raw/register@tail/8/distinct/packed/warm", "raw/register@tail/64/distinct/packed/warm",
	"raw/empty/0/distinct/packed/warm",
};

static const struct arm_truth *find_truth(const char *arm)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(arms); i++)
		if (!strcmp(arms[i].name, arm))
			return &arms[i];
	return NULL;
}

/* Blocks that an operation passes. */
static double visits(const struct ncb_row *row)
{
	if (row->op == NCB_REGISTER || row->op == NCB_UNREGISTER)
		return row->length;
	return ncb_row_callbacks(row);
}

double ncb_true_cost(const struct ncb_truth *t, const struct ncb_row *row, const char *arm)
{
	const struct arm_truth *a = find_truth(arm);
	double cost = a->fixed + a->per_block * visits(row);

	if (!strcmp(a->engine, "loop"))
		return 0;
	if (a->flags & NCB_ARM_PLANT)
		cost += NCB_PLANT_INSN * (t->metric == NCB_INSN ? 1 : 0.3) * ncb_row_callbacks(row);
	if (!strcmp(arm, "dlist"))
		cost = (cost + t->dlist_per_block * visits(row)) * (1 + t->dlist_share);
	if (!strcmp(arm, "native"))
		cost = (cost + t->native_per_block * visits(row)) * (1 + t->native_share);
	if (!strcmp(arm, "slist"))
		cost *= 1 + t->slist_share;
	if (!strcmp(row->id, ids[0]) && strcmp(arm, "native"))
		cost *= 1 + t->own_share;
	return cost * (1 + t->drift);
}

double ncb_true_count(const struct ncb_truth *t, const struct ncb_row *row, const char *arm,
		      int counter)
{
	const struct arm_truth *a = find_truth(arm);
	double planted = a->flags & NCB_ARM_PLANT ? NCB_PLANT_INSN * ncb_row_callbacks(row) : 0;

	switch (counter) {
	case NCB_SYNTHETIC_CYCLES:
		return ncb_true_cost(t, row, arm) * NCB_SYNTHETIC_GHZ;
	case NCB_SYNTHETIC_INSN:
		return a->insn + planted + (a->insn_per_block + (strcmp(arm, "native") ? 0 :
			t->native_insn)) * visits(row);
	case NCB_SYNTHETIC_MISSES:
		return a->misses + a->misses_per_block * visits(row);
	default:
		return NAN;
	}
}

/*
 * What is counted in a batch that took so many ticks, all of @passes alike. A base
 * of its own is in each count: the reading, which is more than the clock's.
 */
static void count_events(const struct ncb_rundata *r, const struct ncb_truth *t,
			 const struct ncb_raw *raw, gsl_rng *rng, uint64_t *counts)
{
	const struct ncb_row *row = &r->rows[raw->row];
	const char *arm = row->arm[raw->s.arm].name;
	double iters = raw->s.iters, split = raw->s.stretches, extra, misses;
	double slow = raw->reload + 1u == t->reloads ? 1 - t->moved : 1;

	extra = raw->s.flags & (NCB_SAMPLE_SWITCHED | NCB_SAMPLE_INTERRUPTED) ? SWITCH_COUNT : 0;
	counts[0] = counts[1] = NCB_COUNT_NONE;
	if (!raw->pass) {
		counts[0] = raw->s.ticks * slow + 40 * split;
		counts[1] = (ncb_true_count(t, row, arm, NCB_SYNTHETIC_INSN) + LOOP_INSN) * iters +
			    71 * split + extra + 0.5;
		return;
	}
	misses = ncb_true_count(t, row, arm, NCB_SYNTHETIC_MISSES) * iters + 1.5 * split;
	counts[0] = gsl_ran_poisson(rng, misses) + (extra > 0 ? 30 : 0);
	if (!strcmp(row->id, NCB_SYNTHETIC_LOST) && !raw->reload && raw->s.block == 3)
		counts[0] = NCB_COUNT_NONE;
}

void ncb_synthetic_row(struct ncb_rundata *r, const char *id)
{
	struct ncb_row row = { 0 };
	size_t i;

	if (ncb_row_parse(&row, id))
		abort();
	strcpy(row.id, id);
	row.iters = ITERS;
	row.memory = 123456;
	for (i = 0; i < ARRAY_SIZE(arms); i++) {
		const struct ncb_engine *e = ncb_engine_find(arms[i].engine);
		struct ncb_row_arm *arm = &row.arm[row.arms++];
		const char *why = ncb_engine_missing(e, row.type, row.op, r->features);

		strcpy(arm->name, arms[i].name);
		strcpy(arm->engine, arms[i].engine);
		arm->flags = arms[i].flags;
		arm->clones = e->clones;
		if (why) {
			arm->status = NCB_ARM_MISSING;
			snprintf(arm->message, sizeof(arm->message), "%s", why);
			continue;
		}
		arm->node_size = arms[i].node_size;
		arm->head_size = e->no_list ? 0 : 8 * (1 + row.type) + arms[i].head_more;
		if (row.op == NCB_ROBUST && row.position > NCB_POS_HEAD)
			arm->facts = arms[i].facts;
	}
	r->rows = ncb_grow(r->rows, r->nrows + 1, sizeof(*r->rows));
	r->rows[r->nrows++] = row;
}

/* Ticks of @iters operations of one copy; @factor is the layout's. */
static double batch_ticks(const struct ncb_truth *t, const struct ncb_row *row, uint32_t arm,
			  uint32_t iters, uint32_t clone, double factor)
{
	double cost = ncb_true_cost(t, row, row->arm[arm].name) * factor;

	if (t->metric == NCB_NS)
		cost /= NS_PER_TICK;
	if (t->uneven_copies && clone == 1 && !strcmp(row->arm[arm].engine, "slist"))
		cost += 1;
	return (cost + LOOP) * iters;
}

/* @rngs: of times, and of counts: the first is the same whether anything is counted. */
static void add_sample(struct ncb_rundata *r, const struct ncb_truth *t, struct ncb_raw raw,
		       gsl_rng *const *rngs, double factor)
{
	gsl_rng *rng = rngs[0];
	uint64_t counts[NCB_EVENTS_MAX];
	const struct ncb_row *row = &r->rows[raw.row];
	bool split = row->cache == NCB_COLD || row->op == NCB_REGISTER ||
		     row->op == NCB_UNREGISTER;
	uint32_t n = (split ? SPLIT_ITERS : ITERS) << (raw.s.kind == NCB_KIND_TWO);
	double ticks, slow = raw.reload + 1u == t->reloads ? 1 - t->moved : 1;

	if (split) {
		raw.s.iters = raw.s.kind == NCB_KIND_BASE ? 0 : n;
		raw.s.stretches = n;
	} else {
		raw.s.iters = raw.s.kind == NCB_KIND_BASE ? 1 : n + 1;
		raw.s.stretches = 1;
	}
	ticks = batch_ticks(t, row, raw.s.arm,
			    raw.s.iters + (t->one_more && raw.s.kind != NCB_KIND_BASE),
			    raw.s.clone, factor);
	ticks += (double)READING * raw.s.stretches;
	if (t->noise > 0) {
		ticks += gsl_ran_exponential(rng, ticks * 0.002);
		if (gsl_rng_uniform(rng) < t->noise) {
			ticks *= 1 + gsl_rng_uniform(rng);
			raw.s.flags |= t->exact_insn ? NCB_SAMPLE_IRQS_ON | NCB_SAMPLE_INTERRUPTED :
						       NCB_SAMPLE_SWITCHED;
		}
	}
	raw.s.ticks = (uint64_t)(ticks / slow + 0.5);
	if (t->counted)
		count_events(r, t, &raw, rngs[1], counts);
	ncb_rundata_add(r, &raw, counts);
}

/*
 * Factors of the layouts of one loading: every copy of every arm has its own,
 * and every arm one of the boot.
 */
static void draw_layouts(const struct ncb_truth *t, uint32_t row, gsl_rng *rng,
			 double factor[NCB_ARMS_MAX][NCB_CLONES_MAX])
{
	gsl_rng *copies = gsl_rng_alloc(gsl_rng_mt19937), *boot = gsl_rng_alloc(gsl_rng_mt19937);
	uint32_t a, c;
	double own;

	gsl_rng_set(copies, t->layout_seed * 1000 + row);
	gsl_rng_set(boot, t->seed * 1000 + row);
	for (a = 0; a < NCB_ARMS_MAX; a++) {
		own = 1 + gsl_ran_gaussian(boot, 1) * t->boot;
		for (c = 0; c < NCB_CLONES_MAX; c++)
			factor[a][c] = own * (1 + t->layout *
				gsl_ran_gaussian(t->layout_seed ? copies : rng, 1));
	}
	gsl_rng_free(copies);
	gsl_rng_free(boot);
}

/* The kernel's own code has the layout of its link, the same in every boot of that. */
static double link_factor(const struct ncb_truth *t, uint32_t row)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double factor;

	gsl_rng_set(rng, (t->link + 1) * 1000 + row);
	factor = exp(gsl_ran_gaussian(rng, 1) * t->links);
	gsl_rng_free(rng);
	return factor;
}

static void add_samples(struct ncb_rundata *r, const struct ncb_truth *t, uint32_t row,
			uint32_t reload, uint32_t pass, gsl_rng *const *rngs)
{
	double factor[NCB_ARMS_MAX][NCB_CLONES_MAX];
	const struct ncb_row *plan = &r->rows[row];
	uint32_t block, arm, kind, c;

	draw_layouts(t, row, rngs[0], factor);
	for (c = 0; c < NCB_CLONES_MAX && t->links > 0; c++)
		factor[ncb_row_arm_find(plan, "native")][c] *= link_factor(t, row);
	for (block = 0; block < t->blocks; block++) {
		for (arm = 0; arm < plan->arms; arm++) {
			if (plan->arm[arm].status != NCB_ARM_OK)
				continue;
			for (kind = 0; kind < (block / 4 % 4 ? NCB_KIND_TWO : NCB_KINDS); kind++) {
				struct ncb_raw raw = { .row = row, .reload = reload, .pass = pass };

				raw.s.block = block;
				raw.s.arm = arm;
				raw.s.kind = kind;
				raw.s.pos = (arm + block) % plan->arms;
				raw.s.clone = block % plan->arm[arm].clones;
				add_sample(r, t, raw, rngs, factor[arm][raw.s.clone]);
			}
		}
	}
}

static void swap_lists(struct ncb_rundata *r)
{
	size_t i;

	for (i = 0; i < r->nsamples; i++) {
		const struct ncb_row *row = &r->rows[r->samples[i].row];
		int a = ncb_row_arm_find(row, "slist"), b = ncb_row_arm_find(row, "dlist");

		if (row->arm[a].status || row->arm[b].status)
			continue;
		if (r->samples[i].s.arm == a)
			r->samples[i].s.arm = b;
		else if (r->samples[i].s.arm == b)
			r->samples[i].s.arm = a;
	}
}

static void lengthen_one(struct ncb_rundata *r)
{
	size_t i;

	for (i = 0; i < r->nsamples; i++) {
		const struct ncb_raw *raw = &r->samples[i];

		if (strcmp(r->rows[raw->row].arm[raw->s.arm].name, "slist") ||
		    raw->s.kind != NCB_KIND_ONE)
			continue;
		r->samples[i].s.ticks++;
		break;
	}
}

static void describe_counters(struct ncb_rundata *r, const struct ncb_truth *t)
{
	size_t i;

	r->counters = NCB_SYNTHETIC_COUNTERS;
	r->counter = ncb_alloc(r->counters, sizeof(*r->counter));
	r->passes = r->slots = 2;
	r->known_insn = 0;
	r->metric = t->exact_insn ? NCB_INSN : NCB_CYCLES;
	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		const struct counter_truth *from = &counters[i];
		struct ncb_counter *c = &r->counter[i];

		strcpy(c->name, from->name);
		strcpy(c->full, from->full);
		strcpy(c->reason, from->reason);
		c->counted = !*from->reason;
		c->event = (struct ncb_event) { .type = from->type, .config = from->config,
			.enabled_ns = 1000000, .running_ns = c->counted ? 1000000 : 0 };
		c->pass = from->pass;
		c->slot = from->slot;
		c->known_low = from->known_low;
		c->known_high = from->known_high;
		c->reading = from->reading;
		c->turn_insn = NCB_TURN_INSN;
	}
	r->counter[NCB_SYNTHETIC_MISSES].event.running_ns = 990000;
	for (i = 0; i < r->nrows; i++)
		r->rows[i].place = (struct ncb_row_place) {
			.known = NCB_PLACE_STEAL | NCB_PLACE_SMIS | NCB_PLACE_FREQUENCY,
			.interrupted = true, .interrupts = 10 + i, .steal_ns = i == 4 ? 2500000 : 0,
			.low = 1 - t->moved - (i == 2) * 0.01, .high = 1,
		};
}

static void describe(struct ncb_rundata *r, const struct ncb_truth *t)
{
	static const struct {
		const char *key, *value;
	} env[] = {
		{ "kernel_release", "6.1.0-synthetic" },
		{ "kernel_version", "#1 SMP PREEMPT_DYNAMIC" },
		{ "kernel_compiler", "gcc-12 (Debian 12.2.0-14) 12.2.0" },
		{ "arch", "x86_64" },
		{ "cpu_model", "A CPU with a long name that has to be wrapped @ 2.00GHz" },
		{ "hypervisor", "none" },
		{ "clock", "tsc" },
		{ "CONFIG_PREEMPT_DYNAMIC", "y" },
		{ "CONFIG_HZ", "250" },
		{ "CONFIG_SMP", "y" },
		{ "date", "2026-01-01T00:00:00Z" },
	};
	char link[16];
	size_t i;

	r->name = ncb_copy("synthetic");
	r->target = ncb_copy(t->metric == NCB_INSN ? "qemu" : "host");
	r->profile = ncb_copy("quick");
	r->metric = r->clock = t->metric;
	r->tick_hz = t->metric == NCB_INSN ? 1e9 : 1e9 / NS_PER_TICK;
	r->seed = t->seed;
	r->reloads = t->reloads;
	r->blocks = t->blocks;
	r->features = NCB_FEAT_UNIQUE_BLOCKING;
	r->known_insn = NCB_KNOWN_INSN;
	r->module_size = 150000;
	for (i = 0; i < ARRAY_SIZE(env); i++)
		ncb_env_set(r, env[i].key, env[i].value);
	snprintf(link, sizeof(link), "%u", t->link);
	if (t->links > 0)
		ncb_env_set(r, "link", link);
	if (t->counted)
		describe_counters(r, t);
	json_array_append_new(r->missing, json_pack("{ssss}", "row", "srcu/unregister", "reason",
						    "ends in a grace period"));
}

void ncb_synthetic_samples(struct ncb_rundata *r, const struct ncb_truth *t)
{
	gsl_rng *rngs[2] = { gsl_rng_alloc(gsl_rng_mt19937), gsl_rng_alloc(gsl_rng_mt19937) };
	uint32_t row, reload, pass;

	gsl_rng_set(rngs[0], t->seed);
	gsl_rng_set(rngs[1], t->seed);
	describe(r, t);
	for (reload = 0; reload < t->reloads; reload++)
		for (row = 0; row < r->nrows; row++)
			for (pass = 0; pass < r->passes; pass++)
				add_samples(r, t, row, reload, pass, rngs);
	gsl_rng_free(rngs[0]);
	gsl_rng_free(rngs[1]);
	if (t->swap)
		swap_lists(r);
	if (t->inexact)
		lengthen_one(r);
}

void ncb_synthetic(struct ncb_rundata *r, const struct ncb_truth *t)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids) && (!t->rows || i < t->rows); i++) {
		int arm;

		ncb_synthetic_row(r, ids[i]);
		arm = t->without ? ncb_row_arm_find(&r->rows[i], t->without) : -1;
		if (arm >= 0)
			r->rows[i].arm[arm].status = NCB_ARM_MISSING;
	}
	ncb_synthetic_samples(r, t);
}

/* -- memory -- */

/* Of a type, in the older design. */
static uint32_t head_of(const json_t *memory, uint32_t type)
{
	char *name = ncb_format("%s_notifier_head", ncb_type_names[type]);
	const json_t *parts = json_object_get(memory, "parts"), *p, *now;
	uint32_t size = 40;
	size_t i;

	json_array_foreach(parts, i, p) {
		now = json_object_get(p, "now");
		if (now && !strcmp(json_string_value(json_object_get(p, "name")), name))
			size = json_integer_value(json_object_get(now, "size"));
	}
	free(name);
	return size;
}

void ncb_synthetic_memory(struct ncb_rundata *r)
{
	char *path = ncb_format("%s/bench/tests/golden/memory.json", ncb_top());
	json_t *structs, *s, *summary;
	size_t i;
	uint32_t a;

	r->memory = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (!r->memory)
		abort();
	structs = json_object_get(r->memory, "structs");
	json_array_foreach(structs, i, s)
		if (json_is_null(json_object_get(s, "other")))
			json_array_remove(structs, i--);
	summary = json_object_get(r->memory, "summary");
	json_object_set_new(summary, "structs", json_integer(json_array_size(structs)));
	json_object_set_new(summary, "not_computed", json_integer(0));
	json_object_set_new(r->memory, "patched", json_null());
	for (i = 0; i < r->nrows; i++) {
		for (a = 0; a < r->rows[i].arms; a++) {
			struct ncb_row_arm *arm = &r->rows[i].arm[a];

			if (arm->node_size)
				arm->head_size = head_of(r->memory, r->rows[i].type) +
						 8 * !strcmp(arm->engine, "dlist");
		}
	}
	free(path);
}

/* -- storms -- */

const struct ncb_storm_truth ncb_storm_truth = {
	.seed = 1, .rounds = 20, .load_slope = 12, .unload_slope = 5,
};

static const struct ncb_storm plans[NCB_SYNTHETIC_STORMS] = {
	{ .id = "churn/small/1", .mode = NCB_STORM_CHURN, .threads = 1, .modules = 8 },
	{ .id = "churn/small/2", .mode = NCB_STORM_CHURN, .threads = 2, .modules = 8 },
	{ .id = "churn/small/4", .mode = NCB_STORM_CHURN, .threads = 4, .modules = 8 },
	{ .id = "churn/text/1", .mode = NCB_STORM_CHURN, .shape = NCB_SHAPE_TEXT, .threads = 1,
	  .modules = 8 },
	{ .id = "distinct/small/4", .mode = NCB_STORM_DISTINCT, .threads = 4, .modules = 32 },
	{ .id = "duplicate/small/64", .mode = NCB_STORM_DUPLICATE, .threads = 64, .modules = 1 },
	{ .id = "copies/small/64", .mode = NCB_STORM_COPIES, .threads = 64, .modules = 1 },
	{ .id = "autoload/small/8", .mode = NCB_STORM_AUTOLOAD, .threads = 8, .modules = 16,
	  .helpers = 5 },
	{ .id = "fail/small/2", .mode = NCB_STORM_FAIL, .threads = 2, .modules = 8 },
	{ .id = "veto/small/2", .mode = NCB_STORM_VETO_MODE, .threads = 2, .modules = 8 },
	{ .id = "mixed/small/4", .mode = NCB_STORM_MIXED, .threads = 4, .modules = 12 },
	{ .id = "churn/small/1/k0", .mode = NCB_STORM_CHURN, .threads = 1, .modules = 8,
	  .sweep = 1 },
	{ .id = "churn/small/1/k16", .mode = NCB_STORM_CHURN, .threads = 1, .modules = 8,
	  .extra = 16, .sweep = 1 },
	{ .id = "churn/small/1/k64", .mode = NCB_STORM_CHURN, .threads = 1, .modules = 8,
	  .extra = 64, .sweep = 1 },
	{ .id = "churn/small/1/k256", .mode = NCB_STORM_CHURN, .threads = 1, .modules = 8,
	  .extra = 256, .sweep = 1 },
	{ .id = "churn/small/1/callbacks", .mode = NCB_STORM_CHURN, .threads = 1, .modules = 8,
	  .traced = true },
};

static const struct ncb_storm_callback chain[NCB_SYNTHETIC_CALLBACKS] = {
	{ "ddebug_module_notify", 0, false },
	{ "jump_label_module_notify", 1, false },
	{ "tracepoint_module_notify", 0, false },
	{ "trace_module_notify", 0, false },
	{ "bpf_event_notify", 0, false },
	{ "klp_module_notify [livepatch_sample]", -5, true },
};

/* A round of a storm that is being made; @clock of each thread. */
struct storming {
	const struct ncb_storm_truth *t;
	struct ncb_storms *s;
	gsl_rng *rng;
	uint32_t storm, round;
	uint64_t now, clock[NCB_STORM_THREADS_MAX];
};

static const struct ncb_storm *storm_of(const struct storming *at)
{
	return &at->s->storm[at->storm];
}

static void announce(struct storming *at, uint32_t thread, uint32_t module,
		     enum ncb_storm_what what, int result, uint64_t start, uint64_t ns)
{
	uint32_t i;

	at->s->storm[at->storm].extra_calls += storm_of(at)->extra;
	if (at->t->unprobed)
		return;
	ncb_storms_add(at->s, &(struct ncb_storm_record) {
		.storm = at->storm, .round = at->round, .thread = thread, .module = module,
		.what = what, .result = result, .start_ns = start,
		.ns = result ? ns + 2 * NCB_SYNTHETIC_PROBE : 0,
		.part_ns = (result == -1 ? ns / 2 : ns / 4) + NCB_SYNTHETIC_PROBE,
	});
	for (i = 0; storm_of(at)->traced && i < NCB_SYNTHETIC_CALLBACKS; i++)
		ncb_storms_add(at->s, &(struct ncb_storm_record) {
			.storm = at->storm, .round = at->round, .thread = thread, .module = i,
			.what = NCB_STORM_CALLED, .result = what, .start_ns = start + 200 * i,
			.ns = 10 * (i + 1) + 100 * (what - NCB_STORM_COMING),
		});
}

/* Latency of a call: @base, and what the chain takes in it. */
static uint64_t latency(struct storming *at, double base, double chain_ns)
{
	const struct ncb_storm *m = storm_of(at);

	base *= (1 + 0.1 * (m->threads - 1)) * (1 + 0.2 * m->shape) * (1 + at->t->slower);
	if (at->t->noise > 0)
		base *= 1 + at->t->noise * gsl_rng_uniform(at->rng);
	return llrint(base + chain_ns);
}

static void call(struct storming *at, uint32_t thread, uint32_t module, enum ncb_storm_what what,
		 int result, uint64_t ns)
{
	ncb_storms_add(at->s, &(struct ncb_storm_record) {
		.storm = at->storm, .round = at->round, .thread = thread, .module = module,
		.what = what, .result = result, .start_ns = at->clock[thread], .ns = ns,
	});
	at->s->storm[at->storm].inside_ns += ns;
	/* Who waits for the others is not in its own code. */
	at->s->storm[at->storm].thread_ns += ns + NCB_SYNTHETIC_OWN;
	at->clock[thread] += ns;
}

static void synthetic_load(struct storming *at, uint32_t thread, uint32_t module, int result)
{
	double more = storm_of(at)->extra * at->t->load_slope / 2;
	bool requested = storm_of(at)->mode == NCB_STORM_AUTOLOAD;
	uint64_t start = at->clock[thread] + 10000, coming = NCB_SYNTHETIC_WALK + more;
	int going = at->t->reversed ? -1 : 1;

	if (result == -NCB_STORM_VETO_ERRNO) {
		announce(at, thread, module, NCB_STORM_COMING, 0, start, coming);
		announce(at, thread, module, NCB_STORM_GOING, at->t->stuck ? going : 0,
			 start + 20000, coming / 2);
	} else if (result == -NCB_STORM_FAIL_ERRNO) {
		announce(at, thread, module, NCB_STORM_COMING, 1, start, coming);
		announce(at, thread, module, NCB_STORM_GOING, going, start + 20000, coming / 2);
	} else if (!result) {
		announce(at, thread, module, NCB_STORM_COMING, 1, start, coming);
		announce(at, thread, module, NCB_STORM_LIVE, 1, start + 20000,
			 NCB_SYNTHETIC_WALK / 2 + more);
	}
	call(at, thread, module, requested ? NCB_STORM_REQUESTED : NCB_STORM_LOAD, result,
	     latency(at, (requested ? 10.0 : 1.0) * NCB_SYNTHETIC_LOAD, 2 * more));
}

static void synthetic_unload(struct storming *at, uint32_t thread, uint32_t module)
{
	double more = storm_of(at)->extra * at->t->unload_slope;

	announce(at, thread, module, NCB_STORM_GOING, at->t->reversed ? -1 : 1,
		 at->clock[thread] + 10000, NCB_SYNTHETIC_WALK / 2 + more);
	call(at, thread, module, NCB_STORM_UNLOAD, 0, latency(at, NCB_SYNTHETIC_UNLOAD, more));
}

static void look_at_memory(struct storming *at, uint32_t moment, uint64_t loaded)
{
	uint64_t leaked = at->t->leak && !at->storm ? 65536ull * (at->round + (moment == 2)) : 0;
	struct ncb_storms *s = at->s;

	s->memory = ncb_grow(s->memory, s->memories + 1, sizeof(*s->memory));
	s->memory[s->memories++] = (struct ncb_storm_memory) {
		.storm = at->storm, .round = at->round, .moment = moment, .at_ns = at->now,
		.bytes = {
			[NCB_MEMORY_FREE] = (1ull << 30) - loaded - leaked,
			[NCB_MEMORY_VMALLOC] = (1ull << 24) + loaded,
			[NCB_MEMORY_PERCPU] = NCB_STORM_UNKNOWN,
			[NCB_MEMORY_SLAB] = (1ull << 26) + leaked,
			[NCB_MEMORY_MODULES] = moment == 3 ? NCB_STORM_UNKNOWN :
					       (1ull << 20) + loaded,
		},
	};
}

static void look_at_loaded(struct storming *at)
{
	look_at_memory(at, 1, storm_of(at)->modules * 16384ull);
}

/* Of the round behind the last: each thread holds a file for a while. */
static void look_while_loading(struct storming *at)
{
	const struct ncb_storm *m = storm_of(at);

	if (m->mode != NCB_STORM_DUPLICATE && m->mode != NCB_STORM_COPIES)
		return;
	at->round = m->rounds;
	look_at_memory(at, 3, 0);
	at->now += 1000;
	look_at_memory(at, 3, m->threads * m->file_size);
	at->now += 1000;
	look_at_memory(at, 3, 0);
}

/* All wait for the last one. */
static void rendezvous(struct storming *at)
{
	uint32_t i;

	for (i = 0; i < storm_of(at)->threads; i++)
		if (at->clock[i] > at->now)
			at->now = at->clock[i];
	for (i = 0; i < storm_of(at)->threads; i++)
		at->clock[i] = at->now;
}

static void all_at_once(struct storming *at)
{
	const struct ncb_storm *m = storm_of(at);
	uint32_t winner = at->round % m->threads, i;
	bool told = m->mode == NCB_STORM_DUPLICATE && at->t->coalesced;

	synthetic_load(at, winner, 0, 0);
	for (i = 0; i < m->threads; i++)
		if (i != winner)
			call(at, i, 0, NCB_STORM_LOAD, told ? 0 : -EEXIST,
			     latency(at, 0.75 * NCB_SYNTHETIC_LOAD, 0));
	rendezvous(at);
	look_at_loaded(at);
	synthetic_unload(at, 0, 0);
}

static void by_shares(struct storming *at)
{
	const struct ncb_storm *m = storm_of(at);
	bool churns = m->mode == NCB_STORM_CHURN || m->mode == NCB_STORM_MIXED;
	uint32_t i;

	for (i = 0; i < m->modules; i++) {
		bool fails = m->mode == NCB_STORM_FAIL ||
			     (m->mode == NCB_STORM_MIXED && i % 3 == 1);
		int result = m->mode == NCB_STORM_VETO_MODE ? -NCB_STORM_VETO_ERRNO :
			     fails ? -NCB_STORM_FAIL_ERRNO : 0;

		if (m->mode == NCB_STORM_FAIL && at->t->failed && !i && !at->round)
			result = 0;
		if (m->mode == NCB_STORM_MIXED && i % 3 == 2)
			result = -EEXIST;
		synthetic_load(at, i % m->threads, i, result);
		if (churns && !result)
			synthetic_unload(at, i % m->threads, i);
	}
	if (churns || m->mode == NCB_STORM_FAIL || m->mode == NCB_STORM_VETO_MODE)
		return;
	rendezvous(at);
	look_at_loaded(at);
	for (i = 0; i < m->modules; i++)
		synthetic_unload(at, i % m->threads, i);
}

static void synthetic_round(struct storming *at)
{
	struct ncb_storm *m = &at->s->storm[at->storm];
	uint64_t start = at->now;
	uint32_t i;

	look_at_memory(at, 0, 0);
	for (i = 0; i < m->threads; i++)
		at->clock[i] = at->now;
	if (m->mode == NCB_STORM_DUPLICATE || m->mode == NCB_STORM_COPIES)
		all_at_once(at);
	else
		by_shares(at);
	rendezvous(at);
	ncb_storms_add(at->s, &(struct ncb_storm_record) {
		.storm = at->storm, .round = at->round, .what = NCB_STORM_ROUND,
		.result = m->threads, .start_ns = start, .ns = at->now - start,
	});
	m->rounds++;
	look_at_memory(at, 2, 0);
	at->now += 1000;
}

static void name_counts(struct ncb_storm *m)
{
	static const char *const names[] = { "instructions", "cycles" };
	size_t i;

	m->count = ncb_alloc(2, sizeof(*m->count));
	m->counts = 2;
	for (i = 0; i < m->counts; i++) {
		strcpy(m->count[i].name, names[i]);
		m->count[i].value = 3 * m->inside_ns / (i + 1);
	}
	m->stat = ncb_alloc(1, sizeof(*m->stat));
	m->stats = 1;
	strcpy(m->stat->name, "Mods failed on load");
	m->stat->value = m->mode == NCB_STORM_FAIL ? m->rounds * m->modules : 0;
}

/**
 * ncb_synthetic_storms - storms of every mode with a known truth
 * @t: the truth
 */
struct ncb_storms *ncb_synthetic_storms(const struct ncb_storm_truth *t)
{
	struct storming *at = ncb_alloc(1, sizeof(*at));
	struct ncb_storms *s = ncb_storms_new();
	uint32_t i, k;

	*at = (struct storming) { .t = t, .s = s, .rng = gsl_rng_alloc(gsl_rng_mt19937) };
	gsl_rng_set(at->rng, t->seed);
	s->cpus = 2;
	s->storms = NCB_SYNTHETIC_STORMS;
	s->storm = ncb_alloc(s->storms, sizeof(*s->storm));
	memcpy(s->storm, plans, sizeof(plans));
	s->callbacks = t->unprobed ? 0 : ARRAY_SIZE(chain);
	s->callback = ncb_alloc(ARRAY_SIZE(chain), sizeof(*s->callback));
	memcpy(s->callback, chain, s->callbacks * sizeof(*chain));
	strcpy(s->callbacks_why, t->unprobed ? "ncb_storm.ko is not there" : "");
	for (i = 0; i < s->storms; i++) {
		bool sweep = plans[i].sweep;

		s->storm[i].file_size = 40000 + 100000 * plans[i].shape;
		s->storm[i].probe_ns = t->unprobed ? 0 : NCB_SYNTHETIC_PROBE;
		/* Those of the sweep take turns; all are done with the first of them. */
		for (k = 0; k < t->rounds * (sweep ? 4 : 1) && (!sweep || !plans[i].extra); k++) {
			if (t->interrupted && (sweep ? k >= 2 * t->rounds : i > NCB_SYNTHETIC_K0))
				break;
			at->storm = sweep ? i + (k + k / 4) % 4 : i;
			at->round = s->storm[at->storm].rounds;
			synthetic_round(at);
		}
		if (!sweep && s->storm[i].rounds)
			look_while_loading(at);
	}
	for (i = 0; i < s->storms; i++) {
		if (s->storm[i].rounds)
			name_counts(&s->storm[i]);
		else
			strcpy(s->storm[i].reason, "interrupted before");
	}
	s->interrupted = t->interrupted;
	if (t->failed) {
		s->storm[NCB_SYNTHETIC_FAIL].failed = true;
		strcpy(s->storm[NCB_SYNTHETIC_FAIL].reason,
		       "finit_module() of ncb_small_0000 succeeded, which it must not");
	}
	if (t->leak)
		strcpy(s->leak, "slab: 1310720 bytes more than before");
	gsl_rng_free(at->rng);
	free(at);
	return s;
}

void ncb_synthetic_storm_run(struct ncb_rundata *r, const struct ncb_storm_truth *t, bool insn)
{
	struct ncb_truth plain = insn ? ncb_truth_insn : ncb_truth_ns;

	plain.seed = t->seed;
	describe(r, &plain);
	json_array_clear(r->missing);
	r->reloads = r->blocks = 0;
	r->module_size = 0;
	r->storms = ncb_synthetic_storms(t);
}
