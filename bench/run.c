// SPDX-License-Identifier: GPL-2.0-only
/* A run in memory. */
#include <stdlib.h>
#include <string.h>
#include "run.h"

const char *const ncb_metric_names[NCB_METRICS + 1] = {
	"insn", "cycles", "ns", "events",
};

/** ncb_rundata_init - an empty run */
void ncb_rundata_init(struct ncb_rundata *r)
{
	memset(r, 0, sizeof(*r));
	r->env = json_object();
	r->missing = json_array();
	r->tick_hz = 1e9;
	r->metric = r->clock = NCB_NS;
	r->passes = 1;
}

/** ncb_rundata_free - give back what a run holds */
void ncb_rundata_free(struct ncb_rundata *r)
{
	free(r->name);
	free(r->profile);
	free(r->target);
	free(r->suite_version);
	free(r->rows);
	free(r->samples);
	free(r->counter);
	free(r->counts);
	json_decref(r->env);
	json_decref(r->missing);
	json_decref(r->perf);
	json_decref(r->commands);
	json_decref(r->memory);
	ncb_storms_free(r->storms);
	if (r->beside)
		ncb_rundata_free(r->beside);
	free(r->beside);
	free(r->files);
	memset(r, 0, sizeof(*r));
}

/**
 * ncb_rundata_add - append a raw sample
 * @r: the run
 * @raw: the sample
 * @counts: @r->slots of them; not looked at where there are none
 */
void ncb_rundata_add(struct ncb_rundata *r, const struct ncb_raw *raw, const uint64_t *counts)
{
	if (r->nsamples == r->samples_room) {
		r->samples_room = r->samples_room ? 2 * r->samples_room : 4096;
		r->samples = ncb_grow(r->samples, r->samples_room, sizeof(*r->samples));
		if (r->slots)
			r->counts = ncb_grow(r->counts, r->samples_room,
					     r->slots * sizeof(*r->counts));
	}
	if (r->slots)
		memcpy(&r->counts[r->nsamples * r->slots], counts,
		       r->slots * sizeof(*counts));
	r->samples[r->nsamples++] = *raw;
}

/** ncb_env_string - a value of the environment, or @otherwise where it is not known */
const char *ncb_env_string(const struct ncb_rundata *r, const char *key, const char *otherwise)
{
	const char *value = json_string_value(json_object_get(r->env, key));

	return value ? value : otherwise;
}

/** ncb_env_set - set a value of the environment; what is no UTF-8 is left out */
void ncb_env_set(struct ncb_rundata *r, const char *key, const char *value)
{
	json_object_set_new(r->env, key, json_string(value));
}

/**
 * ncb_row_find - a row by name
 * @r: the run
 * @id: of the row
 *
 * Return: its index, or -1.
 */
int ncb_row_find(const struct ncb_rundata *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->nrows; i++)
		if (!strcmp(r->rows[i].id, id))
			return (int)i;
	return -1;
}

/** ncb_row_arm_find - index of the arm of that name in a row, or -1 */
int ncb_row_arm_find(const struct ncb_row *row, const char *name)
{
	uint32_t i;

	for (i = 0; i < row->arms; i++)
		if (!strcmp(row->arm[i].name, name))
			return i;
	return -1;
}
