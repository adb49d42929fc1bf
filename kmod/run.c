// SPDX-License-Identifier: GPL-2.0-only
/*
 * One row: the arms are checked, then timed in interleaved blocks. In every
 * block each arm runs once, in an order that is shuffled anew, so that no arm
 * always follows the same other one; on a chain that is placed anew, with the
 * next of its clones.
 */
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/stringify.h>
#include <linux/uaccess.h>
#include "chain.h"
#include "clock.h"
#include "cold.h"
#include "counters.h"
#include "interrupts.h"
#include "place.h"
#include "run.h"

/* Calls that are timed one by one: enough for a sample, bounded by their set-up. */
#define SPLIT_ITERS_MAX	64

/* Turns between reading counters and the clock: they are in every count, so few. */
#define WARM_AGAIN	1

#define SHARE_PER	__stringify(NCB_SHARE_PER)

/**
 * struct run - a row being measured
 * @par: what user space asked for, and what it gets back
 * @chain: per arm; impl is NULL where the arm is not measured
 * @impl: per arm, its compiled copies
 * @flavour: per arm, which callbacks
 * @buffer: samples of one block
 * @counts: of the same, @par->events for each
 * @counters: what counts them
 * @counted: by what is measured now
 * @log: for the oracle
 * @rnd: shuffles everything
 * @cpu: where it runs, from the beginning to the end
 * @split: each call is timed by itself
 * @irqs_off: interrupts are off while the clock runs
 */
struct run {
	struct ncb_run *par;
	struct ncb_chain chain[NCB_ARMS_MAX];
	const struct ncb_impl *const *impl[NCB_ARMS_MAX];
	enum ncb_flavour flavour[NCB_ARMS_MAX];
	struct ncb_sample buffer[NCB_ARMS_MAX * NCB_SAMPLES_PER_BLOCK];
	u64 counts[NCB_ARMS_MAX * NCB_SAMPLES_PER_BLOCK * NCB_EVENTS_MAX];
	struct ncb_counters counters;
	u64 counted[NCB_EVENTS_MAX];
	unsigned long *log;
	struct rnd_state rnd;
	u32 cpu;
	bool split;
	bool irqs_off;
};

#define REFUSE(par, ...) (snprintf((par)->message, sizeof((par)->message), __VA_ARGS__), -EINVAL)

static int check_range(struct ncb_run *par, const char *field, u64 value, u64 low, u64 high)
{
	if (value >= low && value <= high)
		return 0;
	return REFUSE(par, "%s: %llu is not in %llu .. %llu", field, value, low, high);
}

static int validate(struct ncb_run *par)
{
	const struct {
		const char *field;
		u64 value, low, high;
	} check[] = {
		{ "abi", par->abi, NCB_ABI, NCB_ABI },
		{ "type", par->type, 0, NCB_TYPES - 1 },
		{ "op", par->op, 0, NCB_OPS - 1 },
		{ "callbacks", par->callbacks, 0, NCB_CALLBACK_SETS - 1 },
		{ "placement", par->placement, 0, NCB_PLACEMENTS - 1 },
		{ "cache", par->cache, 0, NCB_CACHES - 1 },
		{ "arms", par->arms, 1, NCB_ARMS_MAX },
		{ "events", par->events, 0, NCB_EVENTS_MAX },
		{ "reserved", par->reserved, 0, 0 },
		{ "blocks", par->blocks, 1, NCB_BLOCKS_MAX },
		{ "batch_ns", par->batch_ns, NCB_BATCH_NS_MIN, NCB_BATCH_NS_MAX / 2 },
	};
	u64 room = (u64)par->arms * par->blocks * NCB_SAMPLES_PER_BLOCK;
	bool placed = par->op == NCB_REGISTER || par->op == NCB_UNREGISTER;
	u32 i;
	int err;

	par->message[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(check); i++) {
		err = check_range(par, check[i].field, check[i].value, check[i].low, check[i].high);
		if (err)
			return err;
	}
	if (par->op == NCB_EMPTY)
		err = check_range(par, "length", par->length, 0, 0);
	else
		err = check_range(par, "length", par->length, 1, NCB_LENGTH_MAX);
	if (!err && par->op == NCB_ROBUST)
		err = check_range(par, "position", par->position, NCB_POS_NONE, NCB_POS_TAIL);
	else if (!err)
		err = check_range(par, "position", par->position, placed ? NCB_POS_HEAD : NCB_POS_NONE,
			       placed ? NCB_POS_TAIL : NCB_POS_NONE);
	/* No signal is looked at within a batch: it has to stay short. */
	if (!err)
		err = check_range(par, "iters", par->iters, 0,
				  NCB_ITERS_MAX / max(par->length, 1u));
	if (!err)
		err = check_range(par, "capacity", par->capacity, room, U64_MAX);
	if (err)
		return err;
	if (par->cache == NCB_COLD && !NCB_HAVE_COLD)
		return REFUSE(par, "cache: this architecture has no flush that the module knows");
	for (i = 0; i < par->arms; i++) {
		struct ncb_arm *arm = &par->arm[i];

		arm->engine[NCB_NAME_LEN - 1] = '\0';
		if (!ncb_engine_find(arm->engine))
			return REFUSE(par, "arm %u: engine '%s' is unknown", i, arm->engine);
		if (arm->flags & ~NCB_ARM_FLAGS)
			return REFUSE(par, "arm %u: flags %#x are not in 0 .. %#x", i,
				      arm->flags, NCB_ARM_FLAGS);
		arm->status = NCB_ARM_OK;
		arm->facts = 0;
		arm->message[0] = '\0';
	}
	for (i = 0; i < par->events; i++)
		if (par->event[i].reserved)
			return REFUSE(par, "event %u: reserved: %u is not in 0 .. 0", i,
				      par->event[i].reserved);
	if (current->nr_cpus_allowed != 1)
		return REFUSE(par, "the calling task is not bound to one CPU");
	return 0;
}

static void missing(struct ncb_arm *arm, const char *why)
{
	arm->status = NCB_ARM_MISSING;
	snprintf(arm->message, sizeof(arm->message), "%s", why);
}

/* Finds the arm's compiled copies; where there are none, says why. */
static void resolve(struct run *run, u32 i)
{
	struct ncb_run *par = run->par;
	struct ncb_arm *arm = &par->arm[i];
	const struct ncb_engine *e = ncb_engine_find(arm->engine);
	const struct ncb_impl *const *impl = ncb_engine_impls(arm->engine);
	const char *why = ncb_engine_missing(e, par->type, par->op, ncb_features());

	arm->clones = e->clones;
	if (ncb_engine_copies(arm->engine) < e->clones + e->controls) {
		missing(arm, "fewer copies compiled in than its table entry says");
		return;
	}
	if (arm->flags & NCB_ARM_CONTROL) {
		if (!e->controls)
			why = "this engine has no second copy";
		impl += e->clones;
		arm->clones = e->controls;
	}
	if (!why && impl[0]->refuses)
		why = impl[0]->refuses(par->length);
	if (!why && !impl[0]->loop[par->type][par->op])
		why = "not compiled in";
	if (!why && (arm->flags & NCB_ARM_PLANT) && e->clones == 1)
		why = "planted callbacks belong to list designs with copies";
	if (!why && (arm->flags & NCB_ARM_SHARE) && run->split)
		why = "a planted share needs batches: here each operation is timed by itself";
	if (why) {
		missing(arm, why);
		return;
	}
	arm->node_size = impl[0]->node_size;
	arm->head_size = impl[0]->head_size[par->type];
	run->impl[i] = impl;
	if (arm->flags & NCB_ARM_PLANT)
		run->flavour[i] = par->callbacks == NCB_CB_ONE ? NCB_FLAVOUR_ONE_PLANT :
								 NCB_FLAVOUR_DISTINCT_PLANT;
	else
		run->flavour[i] = par->callbacks == NCB_CB_ONE ? NCB_FLAVOUR_ONE :
								 NCB_FLAVOUR_DISTINCT;
}

static int allocate(struct run *run)
{
	struct ncb_run *par = run->par;
	u32 log_size = 2 * par->length + 4, i;
	int err;

	par->memory = sizeof(*run) + sizeof(*par) + log_size * sizeof(*run->log);
	for (i = 0; i < par->arms; i++)
		if (run->impl[i])
			par->memory += ncb_chain_memory(run->impl[i][0], par->type, par->length,
							par->placement);
	if (par->memory > NCB_MEMORY_MAX)
		return REFUSE(par, "memory: %llu bytes for %u arms of %u blocks, limit %lu",
			      par->memory, par->arms, par->length, NCB_MEMORY_MAX);
	run->log = kvcalloc(log_size, sizeof(*run->log), GFP_KERNEL);
	if (!run->log)
		return -ENOMEM;
	for (i = 0; i < par->arms; i++) {
		if (!run->impl[i])
			continue;
		err = ncb_chain_alloc(&run->chain[i], run->impl[i][0], par);
		if (err)
			return err;
		ncb_chain_place(&run->chain[i], par->placement, run->rnd);
	}
	return 0;
}

/* Every copy of every arm; one that is wrong is not measured. */
static void check_semantics(struct run *run)
{
	struct ncb_run *par = run->par;
	u32 i, k;
	int err;

	for (i = 0; i < par->arms; i++) {
		struct ncb_arm *arm = &par->arm[i];

		if (!run->impl[i] || ncb_engine_find(arm->engine)->no_list)
			continue;
		for (k = 0; k < arm->clones; k++) {
			run->chain[i].impl = run->impl[i][k];
			err = ncb_oracle(&run->chain[i], arm, run->log, 2 * par->length + 4);
			if (err) {
				arm->status = NCB_ARM_WRONG;
				run->impl[i] = NULL;
				break;
			}
		}
		cond_resched();
	}
}

/* New places for all, the same for all; then every chain anew. */
static int rebuild(struct run *run, u32 block)
{
	struct ncb_run *par = run->par;
	struct rnd_state places;
	u64 seed = prandom_u32_state(&run->rnd);
	u32 i;
	int err;

	/* A generator of its own: two blocks must not be shifts of each other. */
	prandom_seed_state(&places, seed << 32 | prandom_u32_state(&run->rnd));
	for (i = 0; i < par->arms; i++) {
		struct ncb_chain *c = &run->chain[i];

		if (!run->impl[i])
			continue;
		c->impl = run->impl[i][block % par->arm[i].clones];
		ncb_chain_place(c, par->placement, places);
		err = ncb_chain_build(c, run->flavour[i]);
		if (err)
			return REFUSE(par, "arm %u: building the chain: %d", i, err);
	}
	return 0;
}

static void clear_counts(struct ncb_chain *c)
{
	memset(c->ctx.count, 0, sizeof(c->ctx.count));
}

/* Where the counters stand; on this CPU, interrupts on or off. */
static void read_counters(const struct run *run, u64 *value)
{
	unsigned long flags;

	local_irq_save(flags);
	ncb_counters_read(&run->counters, value);
	local_irq_restore(flags);
}

/* Adds what was counted since; one reading that is missing spoils the sum. */
static void add_counts(struct run *run, const u64 *before, const u64 *after)
{
	u32 i;

	for (i = 0; i < run->counters.n; i++) {
		if (before[i] == NCB_COUNT_NONE || after[i] == NCB_COUNT_NONE)
			run->counted[i] = NCB_COUNT_NONE;
		else if (run->counted[i] != NCB_COUNT_NONE)
			run->counted[i] += after[i] - before[i];
	}
}

/* All iterations between two readings of the clock. */
static u64 time_batch(struct run *run, struct ncb_chain *c, u32 iters)
{
	void (*loop)(struct ncb_site *, unsigned int) = c->impl->loop[c->type][c->op];
	u64 before[NCB_EVENTS_MAX], after[NCB_EVENTS_MAX];
	unsigned long flags = 0;
	u64 start, end;

	if (run->irqs_off)
		local_irq_save(flags);
	/*
	 * The same for every kind of sample, so that none finds caches colder. Not
	 * counted: a base comes first after the chain was built anew, and what it
	 * misses here and the others do not would be taken off their counts.
	 */
	loop(&c->site, run->par->iters / 8 + 1);
	read_counters(run, before);
	/* Once more, after reading: the timed stretch is as it is without counters. */
	loop(&c->site, WARM_AGAIN);
	clear_counts(c);
	start = ncb_ticks();
	loop(&c->site, iters);
	end = ncb_ticks();
	read_counters(run, after);
	if (run->irqs_off)
		local_irq_restore(flags);
	add_counts(run, before, after);
	return end - start;
}

/* What a call that is timed by itself costs beside itself. */
static NCB_API int nothing(struct ncb_site *site)
{
	return 0;
}

/*
 * Each call between two readings of its own; what it changed is undone outside.
 * @calls is false for the overhead: an empty function instead.
 */
static int time_split(struct run *run, struct ncb_chain *c, enum ncb_flavour flavour,
		      u32 stretches, bool calls, u64 *ticks)
{
	int (*call)(struct ncb_site *) = calls ? c->impl->call[c->type][c->op] : nothing;
	u64 before[NCB_EVENTS_MAX], after[NCB_EVENTS_MAX];
	unsigned long flags = 0;
	u64 start, end;
	u32 i;
	int err;

	*ticks = 0;
	/* The first one is not timed: it brings code and clock into the caches. */
	for (i = 0; i <= stretches; i++) {
		if (i == 1)
			clear_counts(c);
		if (run->par->cache == NCB_COLD)
			ncb_chain_flush(c);
		if (run->irqs_off)
			local_irq_save(flags);
		read_counters(run, before);
		start = ncb_ticks();
		call(&c->site);
		end = ncb_ticks();
		read_counters(run, after);
		if (run->irqs_off)
			local_irq_restore(flags);
		if (i) {
			*ticks += end - start;
			add_counts(run, before, after);
		}
		if (calls) {
			err = ncb_chain_undo(c, flavour);
			if (err)
				return err;
		}
	}
	return 0;
}

/* Callbacks seen against callbacks due; a rebuilt chain has counted from zero. */
static int check_counts(struct run *run, u32 i, u32 iters)
{
	struct ncb_chain *c = &run->chain[i];
	struct ncb_arm *arm = &run->par->arm[i];
	u64 up = 0, down = 0;

	if (!ncb_engine_find(arm->engine)->no_list)
		ncb_chain_expect(c, &up, &down);
	up *= iters;
	down *= iters;
	if (ncb_ctx_calls(&c->ctx, NCB_UP) == up && ncb_ctx_calls(&c->ctx, NCB_DOWN) == down)
		return 0;
	arm->status = NCB_ARM_WRONG;
	snprintf(arm->message, sizeof(arm->message),
		 "%u operations made %llu up and %llu down calls, expected %llu and %llu",
		 iters, ncb_ctx_calls(&c->ctx, NCB_UP), ncb_ctx_calls(&c->ctx, NCB_DOWN), up, down);
	run->impl[i] = NULL;
	return -EILSEQ;
}

/* Only the timing; @made gets how many operations there were, credited or not. */
static int time_sample(struct run *run, u32 i, enum ncb_kind kind, struct ncb_sample *s, u32 *made)
{
	struct ncb_chain *c = &run->chain[i];
	u32 n = run->par->iters << (kind == NCB_KIND_TWO);

	s->kind = kind;
	s->arm = i;
	memset(run->counted, 0, sizeof(run->counted));
	if (run->split) {
		*made = s->iters = kind == NCB_KIND_BASE ? 0 : n;
		s->stretches = n;
		return time_split(run, c, run->flavour[i], n, s->iters, &s->ticks);
	}
	*made = s->iters = kind == NCB_KIND_BASE ? 1 : n + 1;
	s->stretches = 1;
	/* What the planted share is: operations that nobody is credited with. */
	if (kind != NCB_KIND_BASE && run->par->arm[i].flags & NCB_ARM_SHARE)
		*made += n / NCB_SHARE_PER;
	s->ticks = time_batch(run, c, *made);
	return 0;
}

/* A CPU that goes offline sends its tasks elsewhere, bound to it or not. */
static int check_place(struct run *run)
{
	if (raw_smp_processor_id() == run->cpu && current->nr_cpus_allowed == 1)
		return 0;
	return REFUSE(run->par, "the task was moved away from CPU %u: is it offline?", run->cpu);
}

static int take(struct run *run, u32 i, enum ncb_kind kind, struct ncb_sample *s)
{
	unsigned long switches = current->nvcsw + current->nivcsw;
	u64 interruptions = ncb_interruptions();
	u32 made;
	int err;

	err = time_sample(run, i, kind, s, &made);
	if (!err)
		err = check_place(run);
	if (err)
		return err;
	s->flags = run->irqs_off ? 0 : NCB_SAMPLE_IRQS_ON;
	/* With interrupts off, those that waited came after the clock was read. */
	if (!run->irqs_off && ncb_interruptions() != interruptions)
		s->flags |= NCB_SAMPLE_INTERRUPTED;
	if (current->nvcsw + current->nivcsw != switches)
		s->flags |= NCB_SAMPLE_SWITCHED;
	return check_counts(run, i, made);
}

/*
 * How long the slowest arm takes, in ns: the best of three tries, and of up to
 * twelve while that is more than half of a batch. On a busy machine all of the
 * first three may have been preempted, and a batch that is cut short for that
 * is dominated by the reading of the clock.
 */
static int slowest(struct run *run, u64 *ns)
{
	struct ncb_sample s;
	u64 start, took, best;
	u32 i, k, made;
	int err;

	*ns = 0;
	for (i = 0; i < run->par->arms; i++) {
		if (!run->impl[i])
			continue;
		best = U64_MAX;
		for (k = 0; k < 3 || (k < 12 && best * 2 > run->par->batch_ns); k++) {
			start = ktime_get_ns();
			err = time_sample(run, i, NCB_KIND_ONE, &s, &made);
			took = ktime_get_ns() - start;
			if (!err)
				err = check_counts(run, i, made);
			if (err == -EILSEQ)
				break;
			if (err)
				return err;
			best = min(best, took);
			if (signal_pending(current))
				return -EINTR;
			cond_resched();
		}
		if (run->impl[i])
			*ns = max(*ns, best);
	}
	return 0;
}

static bool wants_share(const struct run *run)
{
	u32 i;

	for (i = 0; i < run->par->arms; i++)
		if (run->impl[i] && run->par->arm[i].flags & NCB_ARM_SHARE)
			return true;
	return false;
}

/*
 * n as a planted share needs it, the same for all arms of the row: a batch that
 * is too short grows to the least that will do, unless interrupts would have to
 * stay on for it or it takes long. @ns is what the slowest arm took, and takes.
 */
static int round_for_share(struct run *run, u64 *ns)
{
	struct ncb_run *par = run->par;
	u32 before = par->iters;
	u64 took;
	int err;

	if (before >= NCB_SHARE_PER) {
		par->iters -= before % NCB_SHARE_PER;
		return 0;
	}
	if (!wants_share(run) || div_u64(*ns * 2, before) * NCB_SHARE_PER > NCB_BATCH_NS_MAX)
		return 0;
	par->iters = NCB_SHARE_PER;
	err = slowest(run, &took);
	if (err)
		return err;
	if (took * 2 <= NCB_BATCH_NS_MAX)
		*ns = took;
	else
		par->iters = before;
	return 0;
}

/* After the calibration: n as it is now does or does not do for a planted share. */
static void settle_shares(struct run *run)
{
	u32 n = run->par->iters, i;

	for (i = 0; i < run->par->arms; i++) {
		struct ncb_arm *arm = &run->par->arm[i];

		if (!run->impl[i] || !(arm->flags & NCB_ARM_SHARE) || n % NCB_SHARE_PER == 0)
			continue;
		missing(arm, n < NCB_SHARE_PER ?
			     "batches of this row are shorter than " SHARE_PER " operations" :
			     "iters is not a multiple of " SHARE_PER);
		run->impl[i] = NULL;
	}
}

/* Not where a process stands in for the kernel: kmod/user. */
static bool can_hold_interrupts_off(void)
{
	unsigned long flags;
	bool off;

	local_irq_save(flags);
	off = irqs_disabled();
	local_irq_restore(flags);
	return off;
}

/*
 * Doubles the iterations until the slowest arm fills the time. Interrupts are
 * on meanwhile; they go off only if 2n iterations are known to be short enough.
 */
static int calibrate(struct run *run, bool may_irqs_off)
{
	struct ncb_run *par = run->par;
	u32 most = run->split ? SPLIT_ITERS_MAX / 2 : NCB_ITERS_MAX / 2;
	bool given = par->iters;
	u64 ns;
	int err;

	run->irqs_off = false;
	if (!given)
		par->iters = 1;
	for (;;) {
		err = slowest(run, &ns);
		if (err)
			return err;
		if (given || par->iters * 2 > most || ns * 2 > par->batch_ns)
			break;
		par->iters *= 2;
	}
	if (!given && !run->split) {
		err = round_for_share(run, &ns);
		if (err)
			return err;
	}
	settle_shares(run);
	/* A split sample holds interrupts off for one call, with its undoing outside. */
	if (run->split)
		ns /= par->iters;
	run->irqs_off = may_irqs_off && ns * 2 <= NCB_BATCH_NS_MAX && can_hold_interrupts_off();
	return 0;
}

/*
 * A base is an arm's first sample after its chain was built anew: without this
 * it would miss what the longer batches find in the caches, and the differences
 * would be too small. For the clock the least of the bases does; counts are
 * averaged, because misses are few.
 */
static void warm_up(struct run *run, u32 i)
{
	struct ncb_chain *c = &run->chain[i];

	if (run->par->events && !run->split)
		c->impl->loop[c->type][c->op](&c->site, run->par->iters);
}

/* One block: each arm once, at the places that @order gives. */
static int measure_block(struct run *run, u32 block, const u8 *order, u32 active, u32 *used)
{
	u32 place, kinds;
	enum ncb_kind kind;
	int err;

	/* Every fourth cycle over the clones has 2n too. */
	kinds = block / 4 % 4 == 0 ? NCB_KINDS : NCB_KIND_TWO;
	*used = 0;
	err = check_place(run);
	if (err)
		return err;
	for (place = 0; place < active; place++) {
		u32 i = order[place];

		if (run->impl[i])
			warm_up(run, i);
		for (kind = NCB_KIND_BASE; kind < kinds; kind++) {
			struct ncb_sample *s = &run->buffer[*used];

			if (!run->impl[i])
				continue;
			memset(s, 0, sizeof(*s));
			err = take(run, i, kind, s);
			if (err == -EILSEQ)
				continue;
			if (err)
				return err;
			s->block = block;
			s->pos = place;
			s->clone = block % run->par->arm[i].clones;
			memcpy(&run->counts[*used * run->par->events], run->counted,
			       run->par->events * sizeof(*run->counted));
			++*used;
			if (signal_pending(current))
				return -EINTR;
			cond_resched();
		}
	}
	return 0;
}

static void shuffle(struct rnd_state *rnd, u8 *order, u32 n)
{
	u32 i, k;

	for (i = n; i-- > 1;) {
		k = prandom_u32_state(rnd) % (i + 1);
		swap(order[i], order[k]);
	}
}

static int measure(struct run *run)
{
	struct ncb_run *par = run->par;
	struct ncb_sample __user *out = u64_to_user_ptr(par->samples);
	u64 __user *counts = u64_to_user_ptr(par->counts);
	u8 order[NCB_ARMS_MAX];
	u32 active = 0, block, i, used;
	int err = 0;

	for (i = 0; i < par->arms; i++)
		if (run->impl[i])
			order[active++] = i;
	for (block = 0; active && block < par->blocks; block++) {
		shuffle(&run->rnd, order, active);
		err = rebuild(run, block);
		if (err)
			break;
		err = measure_block(run, block, order, active, &used);
		if (copy_to_user(out + par->count, run->buffer, used * sizeof(*run->buffer)) ||
		    copy_to_user(counts + par->count * par->events, run->counts,
				 used * par->events * sizeof(*run->counts)))
			return -EFAULT;
		par->count += used;
		if (err)
			break;
	}
	return err;
}

/* With the counters running, and the machine looked at before and after. */
static int measure_counted(struct run *run)
{
	struct ncb_run *par = run->par;
	struct ncb_place before;
	int err;

	ncb_counters_open(&run->counters, par->event, par->events, run->cpu);
	ncb_place_read(&before);
	err = measure(run);
	ncb_place_read(&par->place);
	ncb_place_since(&par->place, &before);
	ncb_counters_settle(&run->counters, par->event);
	ncb_counters_close(&run->counters);
	return err;
}

/* Interrupts may be off where nothing in the operation may sleep. */
static bool atomic_operation(const struct ncb_run *par)
{
	switch (par->type) {
	case NCB_RAW:
		return true;
	case NCB_ATOMIC:
		/* With PREEMPT_RT a change takes a lock that sleeps. */
		return !IS_ENABLED(CONFIG_PREEMPT_RT) || par->op != NCB_REGISTER;
	case NCB_SRCU:
		return par->op == NCB_CALL || par->op == NCB_EMPTY;
	default:
		return false;
	}
}

/**
 * ncb_run_row - measure one row
 * @par: the row; results and messages are written into it
 *
 * Context: process context of a task that is bound to one CPU.
 * Return: 0; -EINVAL with a message; -EINTR after a signal, with the samples
 * that were taken; -ENOMEM; -EFAULT.
 */
int ncb_run_row(struct ncb_run *par)
{
	struct run *run;
	u32 i;
	int err;

	par->count = 0;
	err = validate(par);
	if (err)
		return err;
	run = kvzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return -ENOMEM;
	run->par = par;
	run->cpu = raw_smp_processor_id();
	run->split = par->cache == NCB_COLD || par->op == NCB_REGISTER ||
		     par->op == NCB_UNREGISTER;
	if (run->split && par->iters > SPLIT_ITERS_MAX / 2) {
		err = check_range(par, "iters", par->iters, 0, SPLIT_ITERS_MAX / 2);
		goto free;
	}
	prandom_seed_state(&run->rnd, par->seed);
	for (i = 0; i < par->arms; i++)
		resolve(run, i);
	err = allocate(run);
	if (!err) {
		check_semantics(run);
		err = rebuild(run, 0);
	}
	if (!err)
		err = calibrate(run, atomic_operation(par));
	if (!err)
		err = measure_counted(run);
	for (i = 0; i < par->arms; i++)
		ncb_chain_free(&run->chain[i]);
	kvfree(run->log);
free:
	kvfree(run);
	return err;
}
