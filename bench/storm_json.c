// SPDX-License-Identifier: GPL-2.0-only
/* Figures of storms for "statistics" of result.json; results/README.md describes them. */
#include "part.h"
#include "storm_stats.h"

static json_t *latency_json(const struct ncb_storm_latency *l)
{
	if (!l->n)
		return json_null();
	return json_pack("{sI so so so so so so so}", "n", (json_int_t)l->n,
			 "min", ncb_part_real(l->min), "p50", ncb_part_real(l->p50),
			 "p90", ncb_part_real(l->p90), "p99", ncb_part_real(l->p99),
			 "p999", ncb_part_real(l->p999), "max", ncb_part_real(l->max),
			 "mean", ncb_part_real(l->mean));
}

static json_t *memory_json(const double *bytes)
{
	json_t *out = json_object();
	unsigned int i;

	for (i = 0; i < NCB_MEMORY_KINDS; i++)
		json_object_set_new(out, ncb_storm_memory_names[i], ncb_part_real(bytes[i]));
	return out;
}

static json_t *kinds_json(const bool *kinds)
{
	json_t *out = json_array();
	unsigned int i;

	for (i = 0; i < NCB_MEMORY_KINDS; i++)
		if (kinds[i])
			json_array_append_new(out, json_string(ncb_storm_memory_names[i]));
	return out;
}

static json_t *figures_json(const struct ncb_storms *s, size_t storm)
{
	struct ncb_storm_figures f;
	json_t *out;

	ncb_storm_figures(s, storm, &f);
	out = json_pack("{ss so so so so so so so sI sI sI sI sI sb}", "storm", s->storm[storm].id,
			"load", latency_json(&f.load), "unload", latency_json(&f.unload),
			"lost", latency_json(&f.lost), "waited", latency_json(&f.waited),
			"coming", latency_json(&f.coming),
			"live", latency_json(&f.live), "going", latency_json(&f.going),
			"first", (json_int_t)f.first, "shared", (json_int_t)f.shared,
			"refused", (json_int_t)f.refused, "rejected", (json_int_t)f.rejected,
			"other", (json_int_t)f.other, "proven", f.proven);
	json_object_update_new(out, json_pack("{so so so so so so so so si si sI so so so so}",
			"load_p50", ncb_part_interval(f.load_p50),
			"unload_p50", ncb_part_interval(f.unload_p50),
			"rate", ncb_part_interval(f.rate),
			"call_rate", ncb_part_interval(f.call_rate),
			"driver_share", ncb_part_real(f.driver_share),
			"coming_share", ncb_part_real(f.coming_share),
			"live_share", ncb_part_real(f.live_share),
			"going_share", ncb_part_real(f.going_share),
			"order_coming", f.order_coming, "order_going", f.order_going,
			"rolled_back", (json_int_t)f.rolled_back,
			"wasted", ncb_part_real(f.wasted), "peak", memory_json(f.peak),
			"while_loading", kinds_json(f.while_loading),
			"left", memory_json(f.left)));
	return out;
}

static json_t *sweep_json(const struct ncb_storms *s, uint32_t sweep)
{
	struct ncb_storm_slope l;

	if (!ncb_storm_slope(s, sweep, &l))
		return NULL;
	return json_pack("{sI so so so so so so so so so so so so so sI sI sI}", "sweep", (json_int_t)sweep,
			 "load", ncb_part_interval(l.load), "unload", ncb_part_interval(l.unload),
			 "chain", ncb_part_interval(l.chain),
			 "chain_unload", ncb_part_interval(l.chain_unload),
			 "load_fixed", ncb_part_real(l.load_fixed),
			 "unload_fixed", ncb_part_real(l.unload_fixed),
			 "load_at_0", ncb_part_real(l.load_at_0),
			 "unload_at_0", ncb_part_real(l.unload_at_0),
			 "chain_share", ncb_part_real(l.chain_share),
			 "off", ncb_part_real(l.off), "off_unload", ncb_part_real(l.off_unload),
			 "bend", ncb_part_interval(l.bend),
			 "bend_unload", ncb_part_interval(l.bend_unload),
			 "points", (json_int_t)l.points, "rounds", (json_int_t)l.rounds,
			 "least", (json_int_t)l.least);
}

static json_t *callback_json(const struct ncb_storms *s, size_t callback)
{
	struct ncb_storm_callback_figures f;

	ncb_storm_callback_figures(s, callback, &f);
	return json_pack("{so so so}", "coming", latency_json(&f.state[0]),
			 "live", latency_json(&f.state[1]), "going", latency_json(&f.state[2]));
}

/** ncb_storm_statistics - figures of all storms, sweeps and callbacks */
json_t *ncb_storm_statistics(const struct ncb_storms *s)
{
	json_t *list = json_array(), *sweeps = json_array(), *callbacks = json_array(), *line;
	uint32_t sweep;
	size_t i;

	for (i = 0; i < s->storms; i++)
		json_array_append_new(list, figures_json(s, i));
	for (sweep = 1; sweep <= NCB_STORMS_MAX; sweep++) {
		line = sweep_json(s, sweep);
		if (line)
			json_array_append_new(sweeps, line);
	}
	for (i = 0; i < s->callbacks; i++)
		json_array_append_new(callbacks, callback_json(s, i));
	return json_pack("{so so so}", "list", list, "sweeps", sweeps, "callbacks", callbacks);
}
