// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything as JSON, keys sorted: the same comparison gives the same bytes.
 * What is unknown or unbounded is null. The fields stand in results/README.md.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "counts.h"
#include "format.h"

#define SCHEMA_VERSION	1

/* Labels come from the command line and need not be UTF-8. */
static json_t *text_json(const char *text)
{
	json_t *out = text ? json_string(text) : json_null();
	char *plain, *p;

	if (out)
		return out;
	plain = ncb_copy(text);
	for (p = plain; *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	out = json_string(plain);
	free(plain);
	return out;
}

static json_t *number_json(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *interval_json(struct ncb_interval v)
{
	if (!v.valid)
		return json_null();
	return json_pack("{so so so}", "value", number_json(v.value), "low", number_json(v.low),
			 "high", number_json(v.high));
}

static json_t *values_json(const struct ncb_format_values *v)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < v->n; i++)
		json_array_append_new(out, number_json(v->value[i]));
	return out;
}

static void add_estimate(json_t *out, const struct ncb_pair *p)
{
	json_t *shares = json_object();
	size_t i;

	for (i = 0; i < NCB_LEVELS; i++)
		json_object_set_new(shares, ncb_level_names[i], number_json(p->change.share[i]));
	json_object_set_new(out, "variance", shares);
	json_object_set_new(out, "se", number_json(p->change.se));
	json_object_set_new(out, "df", number_json(p->change.df));
	json_object_set_new(out, "level", text_json(ncb_level_names[p->change.level]));
	json_object_set_new(out, "clusters", json_integer(p->change.clusters));
}

static int find_counter(const struct ncb_rundata *r, const char *name)
{
	uint32_t i;

	for (i = 0; i < r->counters; i++)
		if (!strcmp(r->counter[i].name, name))
			return i;
	return -1;
}

/*
 * How often each event happens in one operation, in each run of a side: lists, null
 * where a run has not counted it. NULL: nothing was counted in the first one.
 */
static json_t *events_json(const struct ncb_side *side, const char *id, const char *arm)
{
	const struct ncb_rundata *first = ncb_stats_whole(side->stats[0]);
	json_t *out = first->counters ? json_object() : NULL, *list;
	uint32_t i;
	size_t run;

	for (i = 0; i < first->counters; i++) {
		list = json_array();
		for (run = 0; run < side->runs; run++) {
			const struct ncb_rundata *r = ncb_stats_whole(side->stats[run]);
			const struct ncb_counts *c = ncb_stats_counts(side->stats[run]);
			int counter = find_counter(r, first->counter[i].name);
			int row = ncb_row_find(r, id);

			json_array_append_new(list, counter < 0 || row < 0 ? json_null() :
				interval_json(ncb_count(c, counter, row,
							ncb_row_arm_find(&r->rows[row], arm))));
		}
		json_object_set_new(out, first->counter[i].name, list);
	}
	return out;
}

static json_t *row_json(const struct ncb_comparison *c, const struct ncb_format_row *row)
{
	static const char *const sides[NCB_SIDES] = { "old", "new" };
	const struct ncb_side *const of[NCB_SIDES] = { &c->old, &c->new };
	const struct ncb_pair *p = row->pair;
	json_t *out = json_object();
	int side;

	json_object_set_new(out, "row", text_json(row->id));
	for (side = 0; side < NCB_SIDES; side++) {
		json_t *one = json_pack("{so so so}", "arm", text_json(row->arm[side]),
					"cost", interval_json(row->cost[side]),
					"cells", values_json(&row->values[side]));
		json_t *events = events_json(of[side], row->id, row->arm[side]);

		if (events)
			json_object_set_new(one, "events", events);
		json_object_set_new(out, sides[side], one);
	}
	json_object_set_new(out, "reason", text_json(row->reason));
	json_object_set_new(out, "verdict",
			    text_json(ncb_verdict_names[p ? p->verdict : NCB_NOTHING]));
	json_object_set_new(out, "change", p ? interval_json(p->change.ci) : json_null());
	if (!p)
		return out;
	json_object_set_new(out, "difference", interval_json(p->difference));
	json_object_set_new(out, "p", number_json(p->p));
	json_object_set_new(out, "p_rank", number_json(p->p_rank));
	json_object_set_new(out, "p_margin", number_json(p->p_margin));
	json_object_set_new(out, "envelope", number_json(p->envelope));
	json_object_set_new(out, "drift", number_json(p->drift));
	if (p->change.ci.valid && p->change.se != 0)
		add_estimate(out, p);
	return out;
}

static json_t *side_json(const struct ncb_side *side)
{
	static const char *const keys[] = {
		"kernel_release", "kernel_version", "kernel_compiler", "arch", "cpu_model", "date",
	};
	json_t *runs = json_array();
	size_t i, k;

	for (i = 0; i < side->runs; i++) {
		const struct ncb_rundata *r = ncb_stats_run(side->stats[i]);
		json_t *run = json_pack("{so so so so}", "name", text_json(r->name),
					"target", text_json(r->target),
					"profile", text_json(r->profile), "interrupted",
					json_boolean(r->interrupted));

		/* Beyond 2^63 - 1 a decimal string, as in result.json. */
		if (r->seed > INT64_MAX) {
			char *seed = ncb_format("%llu", (unsigned long long)r->seed);

			json_object_set_new(run, "seed", text_json(seed));
			free(seed);
		} else {
			json_object_set_new(run, "seed", json_integer((json_int_t)r->seed));
		}
		for (k = 0; k < ARRAY_SIZE(keys); k++) {
			const char *text = ncb_env_string(r, keys[k], "");

			json_object_set_new(run, keys[k], *text ? text_json(text) : json_null());
		}
		json_array_append_new(runs, run);
	}
	return json_pack("{so so}", "label", text_json(side->label), "runs", runs);
}

static json_t *options_json(const struct ncb_compare_options *o)
{
	return json_pack("{ss so sb}", "correction", ncb_correction_names[o->correction],
			 "margin", o->margin > 0 ? json_real(o->margin) : json_null(),
			 "raw", (int)o->raw);
}

static json_t *memory_figure_json(const struct ncb_memory_figure *f)
{
	return json_pack("{so sb}", "value", f->known ? json_integer(f->value) : json_null(),
			 "lower_bound", (int)(f->known && f->least));
}

/* null where a side knows nothing of memory. */
static json_t *memory_json(const struct ncb_memory_comparison *m)
{
	json_t *list = json_array();
	size_t i;

	if (!m) {
		json_decref(list);
		return json_null();
	}
	for (i = 0; i < m->pairs; i++) {
		const struct ncb_memory_pair *p = &m->pair[i];

		json_array_append_new(list, json_pack("{ss ss so so so ss so}", "row", p->id,
			"unit", p->unit, "old", memory_figure_json(&p->side[NCB_OLD]),
			"new", memory_figure_json(&p->side[NCB_NEW]),
			"difference", p->reason ? json_null() :
			json_integer(p->side[NCB_NEW].value - p->side[NCB_OLD].value),
			"verdict", p->reason ? ncb_verdict_names[NCB_NOTHING] :
					    ncb_memory_word(p->verdict),
			"reason", text_json(p->reason)));
	}
	return json_pack("{ss ss si si so}", "old_source", m->source[NCB_OLD], "new_source",
			 m->source[NCB_NEW], "old_differ", (int)m->differ[NCB_OLD], "new_differ",
			 (int)m->differ[NCB_NEW], "figures", list);
}

/** ncb_format_json - see format.h */
int ncb_format_json(const struct ncb_comparison *c, FILE *f)
{
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows), i;
	struct ncb_format_texts t = ncb_format_warnings(c);
	json_t *list = json_array(), *warnings = json_array(), *out;
	int err;

	for (i = 0; i < n; i++)
		json_array_append_new(list, row_json(c, &rows[i]));
	ncb_format_rows_free(rows, n);
	for (i = 0; i < t.n; i++)
		json_array_append_new(warnings, text_json(t.text[i]));
	ncb_format_texts_free(&t);
	out = json_pack("{ss si ss ss ss so so so si si si so so so so}",
			"schema", "ncbench-comparison", "schema_version", SCHEMA_VERSION,
			"suite_version", NCB_VERSION, "metric", ncb_metric_names[c->metric],
			"kind", c->between ? "runs" : "arms", "options", options_json(&c->options),
			"old", side_json(&c->old), "new", side_json(&c->new),
			"only_old", (int)c->only_old, "only_new", (int)c->only_new,
			"tested", (int)c->tested,
			"geomean_change", number_json(ncb_comparison_geomean(c)), "rows", list,
			"warnings", warnings, "memory", memory_json(c->memory));
	if (!out)
		return -EINVAL;
	err = json_dumpf(out, f, JSON_INDENT(1) | JSON_SORT_KEYS) || putc('\n', f) == EOF;
	json_decref(out);
	return err ? -EIO : 0;
}
