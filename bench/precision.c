// SPDX-License-Identifier: GPL-2.0-only
/*
 * --precision: after the reloads of the profile, rows are measured again until
 * their interval is narrow enough. That is decided on its width only: stopping
 * when something looks significant would make it so. The measuring half asks
 * through a function pointer, and knows nothing of how it is decided.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "precision.h"

static const char *const stopped_names[NCB_STOPPED] = { "fixed", "precision", "time limit", "size" };

/**
 * ncb_precision_parse - read a precision
 * @text: "1%", "0.5 %"
 * @share: gets 0.01, 0.005
 *
 * Return: 0, or -EINVAL where it is no percentage, or out of range.
 */
int ncb_precision_parse(const char *text, double *share)
{
	char *end;
	double value;

	/* Plain decimals only: strtod() would take "nan", "inf" and "0x1p-3" too. */
	if (!*text || strspn(text, "0123456789. %") != strlen(text))
		return -EINVAL;
	value = strtod(text, &end) / 100;
	if (end == text)
		return -EINVAL;
	end += *end == ' ';
	if (strcmp(end, "%") || !(value >= NCB_PRECISION_MIN && value <= NCB_PRECISION_MAX))
		return -EINVAL;
	*share = value;
	return 0;
}

static int measured_arm(const struct ncb_row *row, const char *name)
{
	int arm = ncb_row_arm_find(row, name);

	return arm >= 0 && row->arm[arm].status == NCB_ARM_OK ? arm : -1;
}

/* The arm whose cost counts where slist and dlist are not both there; -1: none. */
static int lone_arm(const struct ncb_row *row)
{
	static const char *const first[] = { "slist", "native" };
	uint32_t i;
	int arm;

	for (i = 0; i < ARRAY_SIZE(first); i++) {
		arm = measured_arm(row, first[i]);
		if (arm >= 0)
			return arm;
	}
	for (i = 0; i < row->arms; i++) {
		const struct ncb_engine *e = ncb_engine_find(row->arm[i].engine);

		if (row->arm[i].status == NCB_ARM_OK && !row->arm[i].flags && !(e && e->no_list))
			return i;
	}
	return -1;
}

/* Half the 95 % interval, a share of the cost; infinite where there is none. */
static double half_width(const struct ncb_stats *s, const struct ncb_row *plan, size_t row)
{
	int slist = measured_arm(plan, "slist"), dlist = measured_arm(plan, "dlist");
	struct ncb_interval v;
	double scale = 1;

	if (slist >= 0 && dlist >= 0) {
		v = ncb_stats_change(s, row, slist, dlist);
	} else {
		v = ncb_stats_arm(s, row, lone_arm(plan))->cost;
		scale = v.value;
	}
	if (!v.valid || !(scale > 0))
		return INFINITY;
	return (v.high - v.low) / 2 / scale;
}

/**
 * ncb_precise_enough - whether a row needs no more samples
 * @data: struct ncb_precision, zeroed before the first call
 * @r: the run so far
 * @row: index
 *
 * The change from slist to dlist counts; where one of them was not measured, the
 * cost of slist, of native, or of the first design there is.
 *
 * Return: true where the half width is @r->precision or less, where the metric
 * is exact, and where nothing of the row can be measured at all.
 */
bool ncb_precise_enough(void *data, const struct ncb_rundata *r, size_t row)
{
	struct ncb_precision *p = data;

	if (r->known_insn == NCB_KNOWN_INSN || lone_arm(&r->rows[row]) < 0)
		return true;
	if (!p->s || p->seen != r->nsamples) {
		ncb_stats_free(p->s);
		p->s = ncb_stats_new(r);
		p->seen = r->nsamples;
	}
	return half_width(p->s, &r->rows[row], row) <= r->precision;
}

/** ncb_precision_free - forget the figures; before the run is freed */
void ncb_precision_free(struct ncb_precision *p)
{
	ncb_stats_free(p->s);
	*p = (struct ncb_precision) { 0 };
}

/**
 * ncb_precision_write - what stopped the run, for result.json
 * @r: the run
 * @out: the object that gets it
 */
void ncb_precision_write(const struct ncb_rundata *r, json_t *out)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < r->nrows && r->precision > 0; i++)
		if (!r->rows[i].reached)
			json_array_append_new(rows, json_string(r->rows[i].id));
	json_object_set_new(out, "precision", json_real(r->precision));
	json_object_set_new(out, "time_limit", json_real(r->time_limit));
	json_object_set_new(out, "stopped", json_string(stopped_names[r->stopped]));
	json_object_set_new(out, "not_reached", rows);
}

/* Runs from before there was a precision have no such field. */
static bool get_number(const json_t *json, const char *key, double max, double *out)
{
	const json_t *value = json_object_get(json, key);

	*out = value ? json_number_value(value) : 0;
	return !value || (json_is_number(value) && *out >= 0 && *out <= max);
}

/* @list names rows in their order, so that one pass over both is enough. */
static bool mark_rows(const json_t *list, struct ncb_rundata *r)
{
	const json_t *entry;
	size_t i, row = 0;

	for (i = 0; i < r->nrows; i++)
		r->rows[i].reached = r->precision > 0;
	if (list && !json_is_array(list))
		return false;
	json_array_foreach(list, i, entry) {
		if (!json_is_string(entry))
			return false;
		while (row < r->nrows && strcmp(r->rows[row].id, json_string_value(entry)))
			row++;
		if (row == r->nrows || !(r->precision > 0))
			return false;
		r->rows[row++].reached = false;
	}
	return true;
}

/**
 * ncb_precision_read - what stopped the run, from result.json
 * @json: the whole of it
 * @r: has its rows; gets the rest
 *
 * Return: NULL, or the name of the field that is damaged.
 */
const char *ncb_precision_read(const json_t *json, struct ncb_rundata *r)
{
	const json_t *stopped = json_object_get(json, "stopped");
	unsigned int i;

	if (!get_number(json, "precision", NCB_PRECISION_MAX, &r->precision))
		return "precision";
	if (!get_number(json, "time_limit", NCB_TIME_LIMIT_MAX, &r->time_limit))
		return "time_limit";
	for (i = 0; i < NCB_STOPPED && stopped; i++)
		if (json_is_string(stopped) && !strcmp(json_string_value(stopped), stopped_names[i]))
			break;
	if (i == NCB_STOPPED)
		return "stopped";
	r->stopped = i;
	return mark_rows(json_object_get(json, "not_reached"), r) ? NULL : "not_reached";
}

/**
 * ncb_precision_text - what stopped the run, for the report
 * @r: the run
 *
 * Return: malloc'd; begins with a comma; "" where no precision was asked for.
 */
char *ncb_precision_text(const struct ncb_rundata *r)
{
	static const char *const why[NCB_STOPPED] = {
		[NCB_STOPPED_FIXED] = "the run ended before",
		[NCB_STOPPED_TIME] = "the time was over",
		[NCB_STOPPED_SIZE] = "no run may be larger",
	};
	size_t i, wide = 0;

	if (!(r->precision > 0))
		return ncb_copy("");
	for (i = 0; i < r->nrows; i++)
		wide += !r->rows[i].reached;
	if (!wide)
		return ncb_format(", until +-%g %% in every row", r->precision * 100);
	return ncb_format(", for +-%g %%, not reached in %zu of %zu rows within %g s%s%s",
			  r->precision * 100, wide, r->nrows, r->time_limit,
			  why[r->stopped] ? ": " : "", why[r->stopped] ? why[r->stopped] : "");
}
