// SPDX-License-Identifier: GPL-2.0-only
/* What was counted beside the clock: its place in a run, and in result.json. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/perf_event.h>
#include "run.h"

/* Generic events of the kernel; a hybrid processor's PMU stands in the upper half. */
static const struct {
	uint32_t type;
	uint32_t config;
} roles[NCB_ROLES] = {
	[NCB_ROLE_CYCLES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	[NCB_ROLE_INSTRUCTIONS] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	[NCB_ROLE_BRANCHES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	[NCB_ROLE_BRANCH_MISSES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
};

/** ncb_counter_role - what an event is to us */
enum ncb_role ncb_counter_role(const struct ncb_counter *c)
{
	enum ncb_role i;

	for (i = NCB_ROLE_OTHER + 1; i < NCB_ROLES; i++)
		if (c->event.type == roles[i].type && (uint32_t)c->event.config == roles[i].config &&
		    !c->event.config1 && !c->event.config2)
			return i;
	return NCB_ROLE_OTHER;
}

/** ncb_counter_find - the first event of that role that was counted; index or -1 */
int ncb_counter_find(const struct ncb_rundata *r, enum ncb_role role)
{
	uint32_t i;

	for (i = 0; i < r->counters; i++)
		if (r->counter[i].counted && ncb_counter_role(&r->counter[i]) == role)
			return (int)i;
	return -1;
}

/* What a counter counted in a sample; NCB_COUNT_NONE: nothing, or it is of another pass. */
static uint64_t count_of(const struct ncb_rundata *r, const struct ncb_counter *c, size_t sample)
{
	if (!c->counted || r->samples[sample].pass != c->pass || c->slot >= r->slots)
		return NCB_COUNT_NONE;
	return r->counts[sample * r->slots + c->slot];
}

/** ncb_counter_whole - whether an event was counted in every sample of its pass so far */
bool ncb_counter_whole(const struct ncb_rundata *r, int counter)
{
	const struct ncb_counter *c = &r->counter[counter];
	size_t i;

	for (i = 0; i < r->nsamples; i++)
		if (r->samples[i].pass == c->pass && count_of(r, c, i) == NCB_COUNT_NONE)
			return false;
	return c->counted;
}

/** ncb_counter_expected - what the known loop has to be counted as; NaN where nobody knows */
double ncb_counter_expected(const struct ncb_counter *c)
{
	switch (ncb_counter_role(c)) {
	case NCB_ROLE_INSTRUCTIONS:
		return c->turn_insn ? (double)c->turn_insn * NCB_KNOWN_TURNS : NAN;
	case NCB_ROLE_BRANCHES:
		return c->turn_insn ? NCB_KNOWN_TURNS : NAN;
	default:
		return NAN;
	}
}

/** ncb_counter_exact - whether the known loop was counted right each time */
bool ncb_counter_exact(const struct ncb_counter *c)
{
	double expected = ncb_counter_expected(c);

	return c->counted && c->known_low == c->known_high && (double)c->known_low == expected;
}

/**
 * ncb_run_source - where the run's figures come from
 * @r: the run
 *
 * Return: index of the counter that @r->metric is counted by, or NCB_CLOCK.
 */
int ncb_run_source(const struct ncb_rundata *r)
{
	if (r->metric == r->clock)
		return NCB_CLOCK;
	if (r->metric == NCB_CYCLES)
		return ncb_counter_find(r, NCB_ROLE_CYCLES);
	return r->metric == NCB_INSN ? ncb_counter_find(r, NCB_ROLE_INSTRUCTIONS) : NCB_CLOCK;
}

/**
 * ncb_run_choose_metric - what the figures of a run are to be in
 * @r: the run, measured; @r->clock and @r->metric are written
 * @exact: the machine is known to count instructions exactly, by its clock or its PMU
 *
 * Instructions where they are exact; cycles where every row has them: they do not
 * change with the frequency; else the clock.
 */
void ncb_run_choose_metric(struct ncb_rundata *r, bool exact)
{
	int cycles = ncb_counter_find(r, NCB_ROLE_CYCLES);
	int insn = ncb_counter_find(r, NCB_ROLE_INSTRUCTIONS);

	r->clock = r->known_insn == NCB_KNOWN_INSN ? NCB_INSN : NCB_NS;
	r->metric = r->clock;
	if (r->clock == NCB_INSN)
		return;
	if (exact && insn >= 0 && ncb_counter_exact(&r->counter[insn]) &&
	    ncb_counter_whole(r, insn))
		r->metric = NCB_INSN;
	else if (!exact && cycles >= 0 && ncb_counter_whole(r, cycles))
		r->metric = NCB_CYCLES;
}

/** ncb_metric_known - whether figures can be in a metric of that name */
bool ncb_metric_known(const char *name)
{
	unsigned int i;

	for (i = 0; i < NCB_METRICS; i++)
		if (!strcmp(name, ncb_metric_names[i]))
			return true;
	return false;
}

/**
 * ncb_run_set_metric - figures in another metric than the one that was chosen
 * @r: the run
 * @name: of the metric: ns, cycles or insn
 *
 * Instructions only where they are exact, because figures take them for that.
 *
 * Return: 0; -EINVAL for an unknown one, -ENODATA for one that the run has no
 * figures in, with a message.
 */
int ncb_run_set_metric(struct ncb_rundata *r, const char *name)
{
	enum ncb_metric before = r->metric;
	unsigned int i;
	bool cycles;

	for (i = 0; i < NCB_METRICS && strcmp(name, ncb_metric_names[i]); i++)
		;
	if (i == NCB_METRICS) {
		ncb_error("unknown metric '%s'; valid: insn, cycles, ns", name);
		return -EINVAL;
	}
	r->metric = i;
	if (r->metric == before || r->metric == r->clock ||
	    (r->metric == NCB_CYCLES && ncb_run_source(r) != NCB_CLOCK)) {
		r->asked |= r->metric != before;
		return 0;
	}
	r->metric = before;
	cycles = ncb_counter_find(r, NCB_ROLE_CYCLES) >= 0;
	ncb_error("run %s has no figures in %s; it has %s%s%s%s", r->name ? r->name : "", name,
		  ncb_metric_names[r->clock], before == r->clock ? "" : ", ",
		  before == r->clock ? "" : ncb_metric_names[before],
		  cycles && before != NCB_CYCLES ? ", cycles" : "");
	return -ENODATA;
}

/* Which rows have a sample that an event was not counted in. */
static bool *spoiled_rows(const struct ncb_rundata *r, const struct ncb_counter *c)
{
	bool *spoiled = ncb_alloc(r->nrows + 1, sizeof(*spoiled));
	size_t i;

	for (i = 0; i < r->nsamples; i++)
		if (r->samples[i].pass == c->pass && count_of(r, c, i) == NCB_COUNT_NONE)
			spoiled[r->samples[i].row] = true;
	return spoiled;
}

/**
 * ncb_run_view - a run as if one event were its clock
 * @r: the run
 * @counter: index of the event, or NCB_CLOCK
 * @view: not initialised; gets the run, to be given to ncb_rundata_free(); its
 *	names are not copied
 *
 * The samples are those of the event's pass, their ticks what it counted; of the
 * first pass for the clock. Rows in which the event was not counted all the time
 * have no samples. Everything that computes figures from ticks computes them of
 * the event.
 */
void ncb_run_view(const struct ncb_rundata *r, int counter, struct ncb_rundata *view)
{
	const struct ncb_counter *c = counter < 0 ? NULL : &r->counter[counter];
	bool *spoiled = c ? spoiled_rows(r, c) : NULL;
	size_t i;

	*view = *r;
	view->name = r->name ? ncb_copy(r->name) : NULL;
	view->profile = r->profile ? ncb_copy(r->profile) : NULL;
	view->target = r->target ? ncb_copy(r->target) : NULL;
	view->suite_version = r->suite_version ? ncb_copy(r->suite_version) : NULL;
	json_incref(view->env);
	json_incref(view->missing);
	json_incref(view->perf);
	json_incref(view->commands);
	json_incref(view->memory);
	/* Nothing that is counted in rows: the whole run keeps them. */
	view->storms = NULL;
	view->files = NULL;
	view->rows = ncb_alloc(r->nrows + 1, sizeof(*view->rows));
	memcpy(view->rows, r->rows, r->nrows * sizeof(*view->rows));
	view->counter = NULL;
	view->counts = NULL;
	view->counters = view->slots = 0;
	view->passes = 1;
	view->samples = ncb_alloc(r->nsamples + 1, sizeof(*view->samples));
	view->nsamples = 0;
	view->samples_room = r->nsamples + 1;
	view->metric = !c ? r->clock : counter == ncb_run_source(r) ? r->metric :
		       ncb_counter_role(c) == NCB_ROLE_CYCLES ? NCB_CYCLES : NCB_EVENT;
	view->clock = view->metric;
	for (i = 0; i < r->nsamples; i++) {
		struct ncb_raw *raw = &view->samples[view->nsamples];

		if (r->samples[i].pass != (c ? c->pass : 0) ||
		    (spoiled && spoiled[r->samples[i].row]))
			continue;
		*raw = r->samples[i];
		raw->pass = 0;
		if (c)
			raw->s.ticks = count_of(r, c, i);
		view->nsamples++;
	}
	free(spoiled);
}

/* -- result.json -- */

static json_t *json_count(uint64_t n)
{
	char text[32];

	if (n == NCB_COUNT_NONE)
		return json_null();
	if (n <= INT64_MAX)
		return json_integer(n);
	snprintf(text, sizeof(text), "%" PRIu64, n);
	return json_string(text);
}

static json_t *counter_json(const struct ncb_counter *c)
{
	return json_pack("{ss ss si so so so sb si si so so so si so so ss}", "name", c->name,
			 "full", c->full, "type", (int)c->event.type,
			 "config", json_count(c->event.config),
			 "config1", json_count(c->event.config1),
			 "config2", json_count(c->event.config2), "counted", c->counted,
			 "pass", (int)c->pass, "slot", (int)c->slot,
			 "known_low", json_count(c->known_low),
			 "known_high", json_count(c->known_high),
			 "reading", json_count(c->reading), "turn_insn", (int)c->turn_insn,
			 "enabled_ns", json_count(c->event.enabled_ns),
			 "running_ns", json_count(c->event.running_ns), "reason", c->reason);
}

/* Runs without counters are written as they were before there were any. */
static void write_place(const struct ncb_row_place *p, json_t *row)
{
	json_t *place = json_object();

	if (p->interrupted)
		json_object_set_new(place, "interrupts", json_count(p->interrupts));
	if (p->known & NCB_PLACE_STEAL)
		json_object_set_new(place, "steal_ns", json_count(p->steal_ns));
	if (p->known & NCB_PLACE_SMIS)
		json_object_set_new(place, "smis", json_count(p->smis));
	if (p->known & NCB_PLACE_FREQUENCY) {
		json_object_set_new(place, "frequency_low", json_real(p->low));
		json_object_set_new(place, "frequency_high", json_real(p->high));
	}
	if (json_object_size(place))
		json_object_set(row, "place", place);
	json_decref(place);
}

/**
 * ncb_counters_write - what was counted, for result.json
 * @r: the run
 * @out: the whole of it; has its rows already
 */
void ncb_counters_write(const struct ncb_rundata *r, json_t *out)
{
	json_t *list, *rows = json_object_get(out, "rows");
	size_t i;

	for (i = 0; i < r->nrows; i++)
		write_place(&r->rows[i].place, json_array_get(rows, i));
	if (!r->counters)
		return;
	list = json_array();
	for (i = 0; i < r->counters; i++)
		json_array_append_new(list, counter_json(&r->counter[i]));
	json_object_set_new(out, "clock", json_string(ncb_metric_names[r->clock]));
	json_object_set_new(out, "passes", json_integer(r->passes));
	json_object_set_new(out, "slots", json_integer(r->slots));
	json_object_set_new(out, "counters", list);
}

static bool get_text(const json_t *object, const char *key, char *out, size_t size)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value), *p;

	if (!text || json_string_length(value) >= size || strlen(text) != json_string_length(value))
		return false;
	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			return false;
	strcpy(out, text);
	return true;
}

/* @none: what stands for null, where that is allowed; @max otherwise bounds it. */
static bool get_count(const json_t *object, const char *key, bool none, uint64_t max, uint64_t *out)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);
	char *end;

	if (none && json_is_null(value)) {
		*out = NCB_COUNT_NONE;
		return true;
	}
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*out = json_integer_value(value);
	} else if (text && isdigit((unsigned char)*text) && json_string_length(value) < 24) {
		errno = 0;
		*out = strtoull(text, &end, 10);
		if (errno || *end)
			return false;
	} else {
		return false;
	}
	return *out <= max;
}

static bool get_u32(const json_t *object, const char *key, uint32_t max, uint32_t *out)
{
	uint64_t value = 0;
	bool good = get_count(object, key, false, max, &value);

	*out = value;
	return good;
}

static bool read_counter(const json_t *json, const struct ncb_rundata *r, struct ncb_counter *c)
{
	const json_t *counted = json_object_get(json, "counted");

	if (!get_text(json, "name", c->name, sizeof(c->name)) ||
	    !get_text(json, "full", c->full, sizeof(c->full)) ||
	    !get_text(json, "reason", c->reason, sizeof(c->reason)) ||
	    !get_u32(json, "type", INT32_MAX, &c->event.type) ||
	    /* A config of all ones is no event anybody has; null stands for it. */
	    !get_count(json, "config", true, UINT64_MAX, (uint64_t *)&c->event.config) ||
	    !get_count(json, "config1", true, UINT64_MAX, (uint64_t *)&c->event.config1) ||
	    !get_count(json, "config2", true, UINT64_MAX, (uint64_t *)&c->event.config2) ||
	    !json_is_boolean(counted) ||
	    !get_u32(json, "pass", r->passes - 1, &c->pass) ||
	    !get_u32(json, "slot", NCB_EVENTS_MAX - 1, &c->slot) ||
	    !get_count(json, "known_low", true, UINT64_MAX, &c->known_low) ||
	    !get_count(json, "known_high", true, UINT64_MAX, &c->known_high) ||
	    !get_count(json, "reading", true, UINT64_MAX, &c->reading) ||
	    !get_u32(json, "turn_insn", 4096, &c->turn_insn) ||
	    !get_count(json, "enabled_ns", false, UINT64_MAX, (uint64_t *)&c->event.enabled_ns) ||
	    !get_count(json, "running_ns", false, UINT64_MAX, (uint64_t *)&c->event.running_ns))
		return false;
	c->counted = json_is_true(counted);
	if ((c->known_low == NCB_COUNT_NONE) != (c->known_high == NCB_COUNT_NONE) ||
	    c->known_low > c->known_high || c->event.running_ns > c->event.enabled_ns)
		return false;
	return c->name[0] && (!c->counted || c->slot < r->slots);
}

static bool read_place(const json_t *row, struct ncb_row_place *p)
{
	const json_t *place = json_object_get(row, "place"), *low, *high;
	const struct {
		const char *key;
		uint32_t bit;
		uint64_t *value;
	} numbers[] = {
		{ "steal_ns", NCB_PLACE_STEAL, &p->steal_ns },
		{ "smis", NCB_PLACE_SMIS, &p->smis },
		{ "interrupts", 0, &p->interrupts },
	};
	size_t i;

	*p = (struct ncb_row_place) { 0 };
	if (!place)
		return true;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (!json_object_get(place, numbers[i].key))
			continue;
		if (!get_count(place, numbers[i].key, false, UINT64_MAX, numbers[i].value))
			return false;
		p->known |= numbers[i].bit;
		p->interrupted |= !numbers[i].bit;
	}
	low = json_object_get(place, "frequency_low");
	high = json_object_get(place, "frequency_high");
	if (!low && !high)
		return json_is_object(place);
	p->low = json_number_value(low);
	p->high = json_number_value(high);
	p->known |= NCB_PLACE_FREQUENCY;
	return json_is_number(low) && json_is_number(high) && p->low > 0 && p->low <= p->high &&
	       p->high < 1000;
}

/* No two counters that counted share a place. */
static bool places_differ(const struct ncb_rundata *r)
{
	bool taken[NCB_RUN_PASSES_MAX][NCB_EVENTS_MAX] = { 0 };
	uint32_t i;

	for (i = 0; i < r->counters; i++) {
		const struct ncb_counter *c = &r->counter[i];

		if (c->counted && taken[c->pass][c->slot])
			return false;
		taken[c->pass][c->slot] |= c->counted;
	}
	return true;
}

/**
 * ncb_counters_read - what was counted, from result.json
 * @json: the whole of it
 * @r: has its rows and its metric; gets the rest
 *
 * Return: NULL, or the name of the field that is damaged.
 */
const char *ncb_counters_read(const json_t *json, struct ncb_rundata *r)
{
	const json_t *list = json_object_get(json, "counters"), *entry;
	const json_t *rows = json_object_get(json, "rows");
	const char *clock = json_string_value(json_object_get(json, "clock"));
	size_t i;

	for (i = 0; i < r->nrows; i++)
		if (!read_place(json_array_get(rows, i), &r->rows[i].place))
			return "place of a row";
	r->clock = r->metric;
	if (!list)
		return NULL;
	if (!clock || (strcmp(clock, "ns") && strcmp(clock, "insn")))
		return "clock";
	r->clock = strcmp(clock, "ns") ? NCB_INSN : NCB_NS;
	if (!get_u32(json, "passes", NCB_RUN_PASSES_MAX, &r->passes) || !r->passes)
		return "passes";
	if (!get_u32(json, "slots", NCB_EVENTS_MAX, &r->slots))
		return "slots";
	if (!json_is_array(list) || json_array_size(list) > NCB_RUN_COUNTERS_MAX ||
	    !json_array_size(list))
		return "counters";
	r->counter = ncb_alloc(json_array_size(list), sizeof(*r->counter));
	json_array_foreach(list, i, entry) {
		if (!read_counter(entry, r, &r->counter[i]))
			return "counters";
		r->counters++;
	}
	if (!places_differ(r))
		return "counters";
	if (r->metric == r->clock)
		return NULL;
	i = ncb_run_source(r);
	/* Figures take instructions for exact. */
	return (int)i == NCB_CLOCK || (r->metric == NCB_INSN && !ncb_counter_exact(&r->counter[i])) ?
	       "metric" : NULL;
}
