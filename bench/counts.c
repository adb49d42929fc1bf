// SPDX-License-Identifier: GPL-2.0-only
/* Figures of counted events; see counts.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "counts.h"

static const struct ncb_interval nothing = { NAN, NAN, NAN, false };

/* -- arithmetic -- */

/** ncb_is_scaled - whether an event was not counted all the time that it was wanted */
bool ncb_is_scaled(uint64_t enabled_ns, uint64_t running_ns)
{
	return running_ns < enabled_ns;
}

/**
 * ncb_quotient - a / b of two estimates that are independent
 * @a: one
 * @b: the other; above 0
 *
 * Relative half widths add up like the legs of a triangle. Good for intervals that
 * are small beside the estimates.
 *
 * Return: not valid where @b is not above 0, or one of them is not valid.
 */
struct ncb_interval ncb_quotient(struct ncb_interval a, struct ncb_interval b)
{
	struct ncb_interval out = nothing;
	double x, y, half;

	if (!a.valid || !b.valid || !(b.value > 0))
		return out;
	x = (a.high - a.low) / 2 / b.value;
	out.value = a.value / b.value;
	y = (b.high - b.low) / 2 / b.value * fabs(out.value);
	half = isfinite(x) && isfinite(y) ? hypot(x, y) : INFINITY;
	out.low = out.value - half;
	out.high = out.value + half;
	out.valid = true;
	return out;
}

static const struct ncb_point *find_cell(const struct ncb_point *p, size_t n,
					 const struct ncb_point *like)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i].boot == like->boot && p[i].reload == like->reload &&
		    p[i].copy == like->copy)
			return &p[i];
	return NULL;
}

/** ncb_pair_quotients - a / b of each cell that both have, where b is above 0 */
size_t ncb_pair_quotients(const struct ncb_point *a, size_t na, const struct ncb_point *b,
			  size_t nb, struct ncb_point *out)
{
	size_t i, n = 0;

	for (i = 0; i < na; i++) {
		const struct ncb_point *other = find_cell(b, nb, &a[i]);

		if (!other || !(other->value > 0))
			continue;
		out[n] = a[i];
		out[n++].value = a[i].value / other->value;
	}
	return n;
}

/** ncb_pair_differences - b - a of each cell that both have */
size_t ncb_pair_differences(const struct ncb_point *a, size_t na, const struct ncb_point *b,
			    size_t nb, struct ncb_point *out)
{
	size_t i, n = 0;

	for (i = 0; i < na; i++) {
		const struct ncb_point *other = find_cell(b, nb, &a[i]);

		if (!other)
			continue;
		out[n] = a[i];
		out[n++].value = other->value - a[i].value;
	}
	return n;
}

static int by_rate(const void *a, const void *b)
{
	const struct ncb_timed_cycles *x = a, *y = b;
	double u = x->cycles * y->ns, v = y->cycles * x->ns;

	return (u > v) - (u < v);
}

/**
 * ncb_rate - cycles per ns of several batches
 * @batch: get sorted
 * @n: how many
 *
 * Batches that took no time are left out. Of the rest the quarters at both ends
 * are, too: a batch during which a hypervisor ran others has few cycles for its
 * time. Cycles and times of the others are summed up, because a coarse clock is
 * right about a sum.
 *
 * Return: GHz; NaN where no batch is left.
 */
double ncb_rate(struct ncb_timed_cycles *batch, size_t n)
{
	double cycles = 0, ns = 0;
	size_t i, used = 0;

	for (i = 0; i < n; i++)
		if (batch[i].ns > 0 && batch[i].cycles > 0)
			batch[used++] = batch[i];
	qsort(batch, used, sizeof(*batch), by_rate);
	for (i = used / 4; i < used - used / 4; i++) {
		cycles += batch[i].cycles;
		ns += batch[i].ns;
	}
	return used ? cycles / ns : NAN;
}

/** ncb_has_moved - whether the highest is beyond the lowest by more than is passed over */
bool ncb_has_moved(double low, double high)
{
	return high > low * (1 + NCB_FREQUENCY_MOVED);
}

/**
 * ncb_known_right - whether the known loop was counted right each time
 * @c: the counter
 *
 * Return: 1 within NCB_KNOWN_SHARE; 0 not; -1 where nobody knows what is due.
 */
int ncb_known_right(const struct ncb_counter *c)
{
	double due = ncb_counter_expected(c), room = due * NCB_KNOWN_SHARE;

	if (isnan(due) || !c->counted || c->known_low == NCB_COUNT_NONE)
		return -1;
	return fabs((double)c->known_low - due) <= room && fabs((double)c->known_high - due) <= room;
}

/* -- the frequency -- */

/* A sample and its counts, to be sorted. */
struct timed {
	const struct ncb_raw *raw;
	uint64_t cycles;
};

static int by_block(const void *a, const void *b)
{
	const struct ncb_raw *x = ((const struct timed *)a)->raw;
	const struct ncb_raw *y = ((const struct timed *)b)->raw;

#define ORDER(f)	do { if (x->f != y->f) return x->f < y->f ? -1 : 1; } while (0)
	ORDER(row);
	ORDER(reload);
	ORDER(s.block);
	ORDER(s.arm);
	ORDER(s.kind);
#undef ORDER
	return 0;
}

/* A batch and its own base. */
static bool is_pair(const struct timed *base, const struct timed *one)
{
	return base->raw->row == one->raw->row && base->raw->reload == one->raw->reload &&
	       base->raw->s.block == one->raw->s.block && base->raw->s.arm == one->raw->s.arm &&
	       base->raw->s.kind == NCB_KIND_BASE && one->raw->s.kind == NCB_KIND_ONE &&
	       base->raw->s.stretches == one->raw->s.stretches;
}

static void add_rate(struct ncb_frequency *f, double rate, size_t row)
{
	if (isnan(rate))
		return;
	if (!f->n || rate < f->low) {
		f->low = rate;
		f->low_row = row;
	}
	if (!f->n || rate > f->high) {
		f->high = rate;
		f->high_row = row;
	}
	f->n++;
}

static struct ncb_frequency find_frequency(const struct ncb_rundata *r, int cycles)
{
	const struct ncb_counter *c = &r->counter[cycles];
	struct timed *t = ncb_alloc(r->nsamples + 1, sizeof(*t));
	struct ncb_timed_cycles *batch = ncb_alloc(r->nsamples + 1, sizeof(*batch));
	struct ncb_frequency out = { 0 };
	size_t i, first, n = 0, used = 0;

	for (i = 0; i < r->nsamples; i++) {
		uint64_t count = r->counts[i * r->slots + c->slot];

		if (r->samples[i].pass != c->pass || count == NCB_COUNT_NONE)
			continue;
		t[n++] = (struct timed) { &r->samples[i], count };
	}
	qsort(t, n, sizeof(*t), by_block);
	for (first = 0, i = 1; i <= n; i++) {
		if (i < n && is_pair(&t[i - 1], &t[i]))
			batch[used++] = (struct ncb_timed_cycles) {
				(double)t[i].cycles - (double)t[i - 1].cycles,
				((double)t[i].raw->s.ticks - (double)t[i - 1].raw->s.ticks) * 1e9 /
					r->tick_hz,
			};
		if (i < n && t[i].raw->row == t[first].raw->row &&
		    t[i].raw->reload == t[first].raw->reload)
			continue;
		add_rate(&out, ncb_rate(batch, used), t[first].raw->row);
		first = i;
		used = 0;
	}
	free(t);
	free(batch);
	return out;
}

/* -- what the machine did meanwhile -- */

static void add_up(uint64_t value, size_t row, uint64_t *sum, uint64_t *most, size_t *most_row)
{
	*sum += value;
	if (value <= *most)
		return;
	*most = value;
	*most_row = row;
}

/**
 * ncb_meanwhile - what the machine did while the rows were measured
 * @r: the run
 * @out: gets it
 */
void ncb_meanwhile(const struct ncb_rundata *r, struct ncb_meanwhile *out)
{
	uint64_t interrupts = 0, steal = 0, smis = 0;
	size_t i;

	*out = (struct ncb_meanwhile) { .low = INFINITY, .high = -INFINITY };
	for (i = 0; i < r->nrows; i++) {
		const struct ncb_row_place *p = &r->rows[i].place;

		out->known |= p->known;
		out->interrupted |= p->interrupted;
		if (p->interrupted)
			add_up(p->interrupts, i, &out->interrupts, &interrupts,
			       &out->interrupts_row);
		if (p->known & NCB_PLACE_STEAL)
			add_up(p->steal_ns, i, &out->steal_ns, &steal, &out->steal_row);
		if (p->known & NCB_PLACE_SMIS)
			add_up(p->smis, i, &out->smis, &smis, &out->smis_row);
		if (p->known & NCB_PLACE_FREQUENCY) {
			out->low = fmin(out->low, p->low);
			out->high = fmax(out->high, p->high);
		}
	}
}

/* -- of a run -- */

/* Figures of one event without what is kept per sample; those of the metric are there. */
static const struct ncb_stats *figures(const struct ncb_stats *main, int counter)
{
	const struct ncb_rundata *r = ncb_stats_whole(main);
	struct ncb_stats *s;

	if (counter == ncb_run_source(r))
		return main;
	s = ncb_stats_new_counter(r, counter);
	ncb_stats_shrink(s);
	return s;
}

/**
 * ncb_counts_new - figures of all events
 * @s: those of the run's metric; they have to stay, and to have their samples
 *
 * Return: to be given to ncb_counts_free(); never NULL.
 */
struct ncb_counts *ncb_counts_new(const struct ncb_stats *s)
{
	struct ncb_counts *c = ncb_alloc(1, sizeof(*c));
	const struct ncb_rundata *r = ncb_stats_whole(s);
	uint32_t i;

	c->run = r;
	c->main = s;
	c->event = ncb_alloc(r->counters + 1, sizeof(*c->event));
	for (i = 0; i < r->counters; i++)
		if (r->counter[i].counted)
			c->event[i] = figures(s, i);
	c->clock = figures(s, NCB_CLOCK);
	c->cycles = ncb_counter_find(r, NCB_ROLE_CYCLES);
	c->instructions = ncb_counter_find(r, NCB_ROLE_INSTRUCTIONS);
	c->misses = ncb_counter_find(r, NCB_ROLE_BRANCH_MISSES);
	if (c->cycles >= 0 && r->clock == NCB_NS)
		c->frequency = find_frequency(r, c->cycles);
	return c;
}

static void drop(const struct ncb_counts *c, const struct ncb_stats *s)
{
	if (s != c->main)
		ncb_stats_free((struct ncb_stats *)s);
}

/** ncb_counts_free - the reverse; NULL is fine */
void ncb_counts_free(struct ncb_counts *c)
{
	uint32_t i;

	if (!c)
		return;
	for (i = 0; i < c->run->counters; i++)
		drop(c, c->event[i]);
	drop(c, c->clock);
	free(c->event);
	free(c);
}

static const struct ncb_stats *stats_of(const struct ncb_counts *c, int counter)
{
	if (counter < 0)
		return c->clock;
	return (uint32_t)counter < c->run->counters ? c->event[counter] : NULL;
}

/**
 * ncb_count - how often an event happens in one operation
 * @c: the figures
 * @counter: index, or NCB_CLOCK
 * @row: index
 * @arm: index, or -1
 *
 * Return: mean with its 95 % interval; not valid where it was not counted.
 */
struct ncb_interval ncb_count(const struct ncb_counts *c, int counter, size_t row, int arm)
{
	const struct ncb_stats *s = stats_of(c, counter);
	const struct ncb_arm_stats *st = s ? ncb_stats_arm(s, row, arm) : NULL;

	return st ? st->cost : nothing;
}

/**
 * ncb_count_more - what an event happens more often in one arm than in another
 * @c: the figures
 * @counter: index, or NCB_CLOCK
 * @row: index
 * @old_arm: index, or -1
 * @new_arm: index, or -1
 *
 * Return: new less old, from the cells that both have, paired.
 */
struct ncb_estimate ncb_count_more(const struct ncb_counts *c, int counter, size_t row,
				   int old_arm, int new_arm)
{
	const struct ncb_stats *s = stats_of(c, counter);
	const struct ncb_point *a, *b;
	struct ncb_estimate out;
	struct ncb_point *room;
	size_t na, nb, n;

	if (!s)
		return ncb_estimate_none();
	na = ncb_stats_points(s, row, old_arm, &a);
	nb = ncb_stats_points(s, row, new_arm, &b);
	room = ncb_alloc(na + 1, sizeof(*room));
	n = ncb_pair_differences(a, na, b, nb, room);
	/* What is counted exactly needs no second cell to be known. */
	if (n && ncb_stats_run(s)->metric == NCB_INSN &&
	    ncb_stats_arm(s, row, old_arm)->exact && ncb_stats_arm(s, row, new_arm)->exact)
		out = ncb_estimate_exact(room[0].value);
	else
		out = ncb_estimate_mean(room, n, c->run->seed);
	free(room);
	return out;
}

/** ncb_count_ipc_paired - whether instructions and cycles were counted in the same samples */
bool ncb_count_ipc_paired(const struct ncb_counts *c)
{
	return c->cycles >= 0 && c->instructions >= 0 &&
	       c->run->counter[c->cycles].pass == c->run->counter[c->instructions].pass;
}

/**
 * ncb_count_ipc - instructions per cycle
 * @c: the figures
 * @row: index
 * @arm: index, or -1
 *
 * Of samples that both were counted in, the ratio of each cell; of two passes the
 * ratio of both estimates.
 *
 * Return: not valid where one of them was not counted.
 */
struct ncb_interval ncb_count_ipc(const struct ncb_counts *c, size_t row, int arm)
{
	const struct ncb_point *insn, *cycles;
	struct ncb_interval out;
	struct ncb_point *room;
	size_t ni, nc;

	if (c->cycles < 0 || c->instructions < 0)
		return nothing;
	if (!ncb_count_ipc_paired(c))
		return ncb_quotient(ncb_count(c, c->instructions, row, arm),
				    ncb_count(c, c->cycles, row, arm));
	ni = ncb_stats_points(c->event[c->instructions], row, arm, &insn);
	nc = ncb_stats_points(c->event[c->cycles], row, arm, &cycles);
	room = ncb_alloc(ni + 1, sizeof(*room));
	out = ncb_estimate_mean(room, ncb_pair_quotients(insn, ni, cycles, nc, room),
				c->run->seed).ci;
	free(room);
	return out;
}

/**
 * ncb_counts_why - why there are no figures of an event in a row
 * @c: the figures
 * @counter: index
 * @row: index
 *
 * Return: NULL where an arm of the row has some, or none has any of the clock.
 */
const char *ncb_counts_why(const struct ncb_counts *c, int counter, size_t row)
{
	const struct ncb_row *plan = &c->run->rows[row];
	bool measured = false;
	uint32_t a;

	if (!c->event[counter])
		return c->run->counter[counter].reason;
	for (a = 0; a < plan->arms; a++) {
		if (ncb_stats_arm(c->event[counter], row, a)->samples)
			return NULL;
		measured |= ncb_stats_arm(c->clock, row, a)->samples > 0;
	}
	return measured ? "it did not count all the time in this row" : NULL;
}
