// SPDX-License-Identifier: GPL-2.0-only
/* The storms of a run with their figures; see storm_view.h. */
#include <math.h>
#include <stdlib.h>
#include "storm_view.h"

/** ncb_storm_done - whether a storm has figures, even of what failed in the end */
bool ncb_storm_done(const struct ncb_storm *storm)
{
	return !*storm->reason || storm->failed;
}

static bool is_churn(const struct ncb_storm *storm)
{
	return ncb_storm_done(storm) && storm->mode == NCB_STORM_CHURN && !storm->traced;
}

/* The first that is plain: few threads, no notifiers more. */
static size_t choose_churn(const struct ncb_storm_view *v)
{
	size_t i, best = v->s->storms;

	for (i = 0; i < v->s->storms; i++) {
		const struct ncb_storm *storm = &v->s->storm[i];

		if (!is_churn(storm) || storm->extra || !v->f[i].load.n)
			continue;
		if (best == v->s->storms || storm->threads < v->s->storm[best].threads)
			best = i;
	}
	return best;
}

static size_t choose_chain(const struct ncb_storm_view *v)
{
	size_t i;

	if (v->churn < v->s->storms && !isnan(v->f[v->churn].coming_share))
		return v->churn;
	for (i = 0; i < v->s->storms; i++)
		if (ncb_storm_done(&v->s->storm[i]) && !v->s->storm[i].extra &&
		    !v->s->storm[i].traced &&
		    !isnan(v->f[i].coming_share))
			break;
	return i;
}

static void count_states(struct ncb_storm_view *v)
{
	size_t i;

	for (i = 0; i < v->s->records; i++) {
		const struct ncb_storm_record *record = &v->s->record[i];

		if (record->storm >= v->s->storms)
			continue;
		v->live[record->storm] += record->what == NCB_STORM_LIVE;
		v->announced[record->storm] += record->what == NCB_STORM_COMING ||
					       record->what == NCB_STORM_LIVE ||
					       record->what == NCB_STORM_GOING;
	}
}

static void find_slopes(struct ncb_storm_view *v)
{
	size_t i, k;

	for (i = 0; i < v->s->storms && v->slopes < NCB_STORM_SWEEPS_MAX; i++) {
		uint32_t sweep = v->s->storm[i].sweep;

		for (k = 0; k < i && v->s->storm[k].sweep != sweep; k++)
			;
		if (!sweep || k < i || !ncb_storm_slope(v->s, sweep, &v->slope[v->slopes]))
			continue;
		v->sweep[v->slopes++] = sweep;
	}
}

/** ncb_storm_view_new - the figures of a run's storms; NULL where none was begun */
struct ncb_storm_view *ncb_storm_view_new(const struct ncb_rundata *r)
{
	struct ncb_storm_view *v;
	size_t i;

	if (!r->storms || *r->storms->reason || !r->storms->storms)
		return NULL;
	v = ncb_alloc(1, sizeof(*v));
	v->r = r;
	v->s = r->storms;
	v->f = ncb_alloc(v->s->storms, sizeof(*v->f));
	v->live = ncb_alloc(v->s->storms, sizeof(*v->live));
	v->announced = ncb_alloc(v->s->storms, sizeof(*v->announced));
	for (i = 0; i < v->s->storms; i++)
		ncb_storm_figures(v->s, i, &v->f[i]);
	count_states(v);
	find_slopes(v);
	v->churn = choose_churn(v);
	v->chain = choose_chain(v);
	return v;
}

/** ncb_storm_view_free - the reverse */
void ncb_storm_view_free(struct ncb_storm_view *v)
{
	if (!v)
		return;
	free(v->f);
	free(v->live);
	free(v->announced);
	free(v);
}

/** ncb_storms_order - GOING against COMING, over all storms that show it */
int ncb_storms_order(const struct ncb_storm_view *v)
{
	size_t i;
	int order = 0;

	for (i = 0; i < v->s->storms; i++) {
		int one = v->f[i].order_coming * v->f[i].order_going;

		if (!one || !ncb_storm_done(&v->s->storm[i]))
			continue;
		if (order && one != order)
			return 0;
		order = one;
	}
	return order;
}
