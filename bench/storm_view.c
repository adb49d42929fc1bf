// SPDX-License-Identifier: GPL-2.0-only
/* The storms of a run with their figures; see storm_view.h. */
#include <stdlib.h>
#include "storm_view.h"

/** ncb_storm_done - whether a storm has figures, even of what failed in the end */
bool ncb_storm_done(const struct ncb_storm *storm)
{
	return !*storm->reason || storm->failed;
}

static bool is_twin(const struct ncb_storm *a, const struct ncb_storm *b)
{
	return ncb_storm_done(b) && a->mode == b->mode && ncb_storm_same_kind(a, b) &&
	       a->threads == b->threads && !b->extra && !b->traced && !b->sweep;
}

/** ncb_storm_is_plain - whether a storm stands for its mode, shape and threads */
bool ncb_storm_is_plain(const struct ncb_storms *s, size_t storm)
{
	const struct ncb_storm *one = &s->storm[storm];
	size_t i;

	if (!ncb_storm_done(one) || one->extra || one->traced)
		return false;
	for (i = 0; i < s->storms && one->sweep; i++)
		if (is_twin(one, &s->storm[i]))
			return false;
	return true;
}

/** ncb_storm_family - mode, shape and threads of a storm */
char *ncb_storm_family(const struct ncb_storm *storm)
{
	return ncb_format("%s/%s/%u", ncb_storm_mode_names[storm->mode],
			  ncb_storm_shape_names[storm->shape], storm->threads);
}

/* Small modules before others, few threads before many. */
static bool is_plainer(const struct ncb_storm *a, const struct ncb_storm *b)
{
	return a->shape != b->shape ? a->shape < b->shape : a->threads < b->threads;
}

/** ncb_storm_is_rather - whether the sweep of one storm is rather quoted than another's */
bool ncb_storm_is_rather(const struct ncb_storm *a, const struct ncb_storm *b)
{
	bool churns = a->mode == NCB_STORM_CHURN;

	return churns != (b->mode == NCB_STORM_CHURN) ? churns : is_plainer(a, b);
}

static size_t choose_churn(const struct ncb_storm_view *v)
{
	const struct ncb_storms *s = v->s;
	size_t i, best = s->storms;

	for (i = 0; i < s->storms; i++)
		if (s->storm[i].mode == NCB_STORM_CHURN && ncb_storm_is_plain(s, i) &&
		    v->f[i].load.n &&
		    (best == s->storms || is_plainer(&s->storm[i], &s->storm[best])))
			best = i;
	return best;
}

static size_t choose_chain(const struct ncb_storm_view *v)
{
	size_t i;

	if (v->churn < v->s->storms && v->f[v->churn].coming.n)
		return v->churn;
	for (i = 0; i < v->s->storms; i++)
		if (ncb_storm_is_plain(v->s, i) && v->f[i].coming.n)
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
		v->swept[v->slopes] = i;
		v->sweep[v->slopes++] = sweep;
	}
	for (i = 1; i < v->slopes; i++)
		if (ncb_storm_is_rather(&v->s->storm[v->swept[i]],
					&v->s->storm[v->swept[v->quoted]]))
			v->quoted = i;
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
