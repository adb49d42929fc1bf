// SPDX-License-Identifier: GPL-2.0-only
/* Runs on disk: results/<run>/, as results/README.md describes it. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../kmod/engine_table.h"
#include "folder.h"
#include "hyperfine.h"
#include "lines.h"
#include "memory.h"
#include "part.h"
#include "perf.h"
#include "plan.h"
#include "precision.h"
#include "report.h"
#include "run.h"
#include "storm_stats.h"
#include "compare.h"
#include "counts.h"

#define SCHEMA		"ncbench-result"
/*
 * A run is written as the lowest version whose readers understand it: 1 without counters,
 * 2 with them, 3 where storms are all that was measured, 4 where memory is all there is.
 */
#define SCHEMA_VERSION	4
#define RESULT_FILE	"result.json"
#define SAMPLES_FILE	"samples.csv.gz"
#define BESIDE_DIR	"beside"
#define SAMPLES_HEADER	"row,arm,reload,block,pos,clone,kind,iters,stretches,ticks,flags"

/* Bits of struct seen, 64 MiB: an honest run has three for two samples or so. */
#define SPREAD_MAX	(8ull * NCB_RUN_SAMPLES_MAX)
#define KEY_MAX		256u		/* bytes of a name in env */
#define TICKS_MAX	(1ull << 62)	/* in one sample */

static const char *const status_names[] = { "ok", "missing", "wrong" };
static const char *const arm_flag_names[] = { "control", "plant", "share", NULL };
static const char *const fact_names[] = { "rollback-forward", "rollback-reverse", NULL };
const char *const ncb_feature_names[] = {
	"reverse-call", "unique-prio-blocking", "unique-prio-atomic", "tracepoint",
	"debug-notifiers", "lockdep", "kasan", "retpoline", NULL,
};

/* -- writing -- */

/* JSON integers are signed; larger ones are written as decimal strings. */
static json_t *json_u64(uint64_t value)
{
	char text[32];

	if (value <= INT64_MAX)
		return json_integer(value);
	snprintf(text, sizeof(text), "%" PRIu64, value);
	return json_string(text);
}

static json_t *json_bits(const char *const *names, uint32_t bits)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; names[i]; i++)
		if (bits & 1u << i)
			json_array_append_new(out, json_string(names[i]));
	return out;
}

static json_t *arm_json(const struct ncb_row_arm *arm)
{
	return json_pack("{ss ss so ss so si si si ss}", "name", arm->name, "engine", arm->engine,
			 "flags", json_bits(arm_flag_names, arm->flags),
			 "status", status_names[arm->status],
			 "facts", json_bits(fact_names, arm->facts),
			 "clones", (int)arm->clones, "node_size", (int)arm->node_size,
			 "head_size", (int)arm->head_size, "message", arm->message);
}

static json_t *row_json(const struct ncb_row *row)
{
	json_t *arms = json_array();
	uint32_t i;

	for (i = 0; i < row->arms; i++)
		json_array_append_new(arms, arm_json(&row->arm[i]));
	return json_pack("{ss ss ss si ss ss ss ss sI so so}", "id", row->id,
			 "type", ncb_type_names[row->type], "op", ncb_op_names[row->op],
			 "length", (int)row->length, "position", ncb_pos_names[row->position],
			 "callbacks", ncb_callback_names[row->callbacks],
			 "placement", ncb_placement_names[row->placement],
			 "cache", ncb_cache_names[row->cache], "iters", (json_int_t)row->iters,
			 "memory", json_u64(row->memory), "arms", arms);
}

/* What other programs said, where they were asked. */
static void write_parts(const struct ncb_rundata *r, json_t *out)
{
	if (r->perf)
		json_object_set(out, "perf", r->perf);
	if (r->commands)
		json_object_set(out, "commands", r->commands);
	if (r->memory)
		json_object_set(out, "memory", r->memory);
}

/* A run has samples of rows, or records of storms, or memory, or it is none. */
static bool has_storms(const struct ncb_rundata *r)
{
	return r->storms && r->storms->records;
}

static bool has_memory(const struct ncb_rundata *r)
{
	return r->memory && !*ncb_part_string(r->memory, "reason");
}

static int schema_version(const struct ncb_rundata *r)
{
	if (!r->nsamples && has_storms(r))
		return 3;
	if (has_memory(r) && !r->nsamples)
		return 4;
	return r->counters ? 2 : 1;
}

static json_t *run_json(const struct ncb_rundata *r, uint32_t crc)
{
	json_t *out = json_object(), *rows = json_array();
	char hex[16];
	size_t i;

	for (i = 0; i < r->nrows; i++)
		json_array_append_new(rows, row_json(&r->rows[i]));
	snprintf(hex, sizeof(hex), "%08" PRIx32, crc);
	json_object_set_new(out, "schema", json_string(SCHEMA));
	json_object_set_new(out, "schema_version", json_integer(schema_version(r)));
	json_object_set_new(out, "suite_version", json_string(r->suite_version ? r->suite_version :
								       NCB_VERSION));
	json_object_set_new(out, "name", json_string(r->name ? r->name : ""));
	json_object_set_new(out, "metric", json_string(ncb_metric_names[r->metric]));
	json_object_set_new(out, "target", json_string(r->target ? r->target : ""));
	json_object_set_new(out, "profile", json_string(r->profile ? r->profile : ""));
	json_object_set_new(out, "seed", json_u64(r->seed));
	json_object_set_new(out, "reloads", json_integer(r->reloads));
	json_object_set_new(out, "blocks", json_integer(r->blocks));
	ncb_precision_write(r, out);
	json_object_set_new(out, "tick_hz", json_real(r->tick_hz));
	json_object_set_new(out, "features", json_bits(ncb_feature_names, r->features));
	json_object_set_new(out, "known_insn", json_u64(r->known_insn));
	json_object_set_new(out, "module_size", json_u64(r->module_size));
	json_object_set_new(out, "interrupted", json_boolean(r->interrupted));
	json_object_set(out, "env", r->env);
	json_object_set_new(out, "samples", json_pack("{ss sI ss}", "file", SAMPLES_FILE,
						      "count", (json_int_t)r->nsamples,
						      "crc32", hex));
	json_object_set_new(out, "rows", rows);
	json_object_set(out, "missing", r->missing);
	ncb_counters_write(r, out);
	write_parts(r, out);
	return out;
}

static json_t *arm_stats_json(const struct ncb_rundata *r, const struct ncb_arm_stats *st)
{
	json_t *out = json_pack("{so so so so sI sI so so sI so so}",
		"cost", ncb_part_interval(st->cost), "min", ncb_part_real(st->min),
		"max", ncb_part_real(st->max), "mad", ncb_part_real(st->mad),
		"samples", (json_int_t)st->samples, "cells", (json_int_t)st->cells,
		"proportion", ncb_part_real(st->proportion),
		"proportion_ticks", ncb_part_real(st->proportion_ticks),
		"switched", (json_int_t)st->switched, "reading", ncb_part_real(st->reading),
		"loop", ncb_part_real(st->loop));
	json_t *quantiles = json_array();
	size_t i;

	for (i = 0; i < NCB_QUANTILE_COUNT; i++)
		json_array_append_new(quantiles, ncb_part_real(st->quantile[i]));
	json_object_set_new(out, "quantiles", quantiles);
	if (r->metric == NCB_INSN) {
		json_object_set_new(out, "exact", json_boolean(st->exact));
		json_object_set_new(out, "uniform", json_boolean(st->uniform));
		json_object_set_new(out, "interrupted", json_integer(st->interrupted));
	}
	return out;
}

/* Comparisons of a run: each control against its engine, each other arm against the base. */
struct comparisons {
	struct ncb_comparison **list;
	size_t n;
};

/* The arm that another one is compared with, or NULL. */
static const char *compared_with(const struct ncb_row *row, uint32_t arm)
{
	const struct ncb_engine *e = ncb_engine_find(row->arm[arm].engine);
	int base = ncb_arm_base(row, arm);

	if (e && e->no_list)
		return NULL;
	if (base < 0 && !row->arm[arm].flags)
		base = ncb_row_arm_find(row, NCB_REPORT_BASE);
	return base < 0 || base == (int)arm ? NULL : row->arm[base].name;
}

static struct comparisons compare_all(struct ncb_stats *const *s)
{
	const struct ncb_rundata *r = ncb_stats_run(*s);
	struct comparisons out = { 0 };
	size_t row, k;
	uint32_t i;

	for (row = 0; row < r->nrows; row++) {
		for (i = 0; i < r->rows[row].arms; i++) {
			const char *base = compared_with(&r->rows[row], i);
			const char *arm = r->rows[row].arm[i].name;

			for (k = 0; base && k < out.n; k++)
				if (!strcmp(out.list[k]->old.label, base) &&
				    !strcmp(out.list[k]->new.label, arm))
					break;
			if (!base || k < out.n)
				continue;
			out.list = ncb_grow(out.list, out.n + 1, sizeof(*out.list));
			out.list[out.n++] = ncb_compare_arms(s, base, arm, NULL);
		}
	}
	return out;
}

static json_t *pair_json(const struct ncb_pair *p)
{
	return json_pack("{ss ss so so ss so so ss}", "old", p->old_arm, "new", p->new_arm,
			 "change", ncb_part_interval(p->change.ci),
			 "difference", ncb_part_interval(p->difference),
			 "verdict", ncb_verdict_names[p->verdict], "p", ncb_part_real(p->p),
			 "p_rank", ncb_part_real(p->p_rank),
			 "level", ncb_level_names[p->change.level]);
}

static json_t *row_changes_json(const struct comparisons *c, size_t row)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct ncb_pair *p = ncb_find_pair(c->list[i], row);

		if (p && p->change.ci.valid)
			json_array_append_new(out, pair_json(p));
	}
	return out;
}

/* How often each event happens in an operation; NULL: there are no counters. */
static json_t *events_json(const struct ncb_counts *c, size_t row, uint32_t arm)
{
	json_t *out = c ? json_object() : NULL;
	uint32_t i;

	for (i = 0; c && i < c->run->counters; i++)
		json_object_set_new(out, c->run->counter[i].name,
				    ncb_part_interval(ncb_count(c, i, row, arm)));
	return out;
}

static json_t *event_lines_json(const struct ncb_counts *c, size_t row, const char *arm)
{
	json_t *out = json_object();
	uint32_t i;

	for (i = 0; i < c->run->counters; i++) {
		struct ncb_line l;

		if (!c->event[i])
			continue;
		l = ncb_stats_line(c->event[i], row, arm);
		json_object_set_new(out, c->run->counter[i].name,
				    json_pack("{so so}", "fixed", ncb_part_interval(l.fixed),
					      "slope", ncb_part_interval(l.slope)));
	}
	return out;
}

/* An arm's figures, with those of events where there are any. */
static json_t *whole_arm_json(const struct ncb_stats *s, size_t row, uint32_t arm)
{
	const struct ncb_counts *c = ncb_stats_counts(s);
	json_t *out = arm_stats_json(ncb_stats_run(s), ncb_stats_arm(s, row, arm));

	if (!c)
		return out;
	json_object_set_new(out, "events", events_json(c, row, arm));
	json_object_set_new(out, "clock", ncb_part_interval(ncb_count(c, NCB_CLOCK, row, arm)));
	json_object_set_new(out, "ipc", ncb_part_interval(ncb_count_ipc(c, row, arm)));
	return out;
}

static json_t *line_json(const struct ncb_stats *s, size_t row, const char *arm)
{
	struct ncb_line l = ncb_stats_line(s, row, arm);
	json_t *out;

	if (!l.slope.valid)
		return NULL;
	out = json_pack("{ss ss so so so sI}", "family", ncb_stats_run(s)->rows[row].id, "arm", arm,
			"fixed", ncb_part_interval(l.fixed), "slope", ncb_part_interval(l.slope),
			"residual", ncb_part_real(l.residual), "points", (json_int_t)l.points);
	if (ncb_stats_counts(s))
		json_object_set_new(out, "events",
				    event_lines_json(ncb_stats_counts(s), row, arm));
	return out;
}

static json_t *statistics_json(const struct ncb_stats *s)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_stats *run = (struct ncb_stats *)s;	/* comparisons only read it */
	struct comparisons changes = compare_all(&run);
	json_t *rows = json_array(), *lines = json_array(), *out;
	size_t i, k;
	uint32_t a;

	for (i = 0; i < r->nrows; i++) {
		const struct ncb_row *row = &r->rows[i];
		json_t *arms = json_object();

		for (a = 0; a < row->arms; a++) {
			if (ncb_stats_arm(s, i, a)->samples)
				json_object_set_new(arms, row->arm[a].name,
						    whole_arm_json(s, i, a));
		}
		json_array_append_new(rows, json_pack("{ss so so so}", "row", row->id, "arms", arms,
				"changes", row_changes_json(&changes, i),
				"envelope", ncb_part_real(ncb_stats_envelope(s, i, true))));
		for (k = 0; k < i && !ncb_same_family(&r->rows[k], row); k++)
			;
		for (a = 0; a < row->arms && k == i; a++) {
			json_t *line = line_json(s, i, row->arm[a].name);

			if (line)
				json_array_append_new(lines, line);
		}
	}
	for (i = 0; i < changes.n; i++)
		ncb_comparison_free(changes.list[i]);
	free(changes.list);
	out = json_pack("{so so}", "rows", rows, "lines", lines);
	if (r->storms)
		json_object_set_new(out, "storms", ncb_storm_statistics(r->storms));
	return out;
}

/* Whether each operation of a row is timed by itself, as kmod/run.c decides it. */
static bool timed_singly(const struct ncb_row *row)
{
	return row->cache == NCB_COLD || row->op == NCB_REGISTER || row->op == NCB_UNREGISTER;
}

/*
 * The n that a sample's batch was made from, see enum ncb_kind; 0 for a base
 * that does not tell. NULL, or the column in which it is no such batch: figures
 * are differences of batches, and would be those of something else.
 */
static const char *find_n(const struct ncb_row *row, const struct ncb_sample *s, uint32_t *n)
{
	bool base = s->kind == NCB_KIND_BASE, singly = timed_singly(row);
	uint32_t extra = singly ? 0 : 1, times = s->kind == NCB_KIND_TWO ? 2 : 1;
	uint32_t of = singly ? s->stretches : s->iters - extra;

	*n = 0;
	if (singly ? !s->stretches : s->stretches != 1)
		return "stretches";
	if (base && s->iters != extra)
		return "iters";
	if (!base && (s->iters <= extra || (singly && s->iters != s->stretches)))
		return "iters";
	if (base && !singly)
		return NULL;
	if (of % times || of / times > NCB_ITERS_MAX)
		return singly ? "stretches" : "iters";
	*n = of / times;
	return NULL;
}

/* What cannot be read back is not written. NULL where the sample is fine. */
static const char *sample_fault(const struct ncb_rundata *r, const struct ncb_raw *raw)
{
	const struct ncb_sample *s = &raw->s;
	const struct ncb_row_arm *arm;
	uint32_t n;

	if (raw->row >= r->nrows)
		return "row";
	if (s->arm >= r->rows[raw->row].arms)
		return "arm";
	arm = &r->rows[raw->row].arm[s->arm];
	if (arm->status == NCB_ARM_MISSING)
		return "arm";
	if (raw->reload >= r->reloads)
		return "reload";
	if (raw->pass >= r->passes)
		return "pass";
	if (s->block >= r->blocks)
		return "block";
	if (s->pos >= NCB_ARMS_MAX)
		return "pos";
	/* Cells are groups of blocks, and stand for copies: the module takes them in turn. */
	if (!arm->clones || s->clone != s->block % arm->clones)
		return "clone";
	if (s->kind >= NCB_KINDS)
		return "kind";
	if (s->ticks > TICKS_MAX)
		return "ticks";
	if (s->flags & ~(NCB_SAMPLE_SWITCHED | NCB_SAMPLE_IRQS_ON |
			 NCB_SAMPLE_INTERRUPTED))
		return "flags";
	return find_n(&r->rows[raw->row], s, &n);
}

/* How many samples the plan has room for. */
static uint64_t plan_room(const struct ncb_rundata *r)
{
	uint64_t room = 0;
	size_t i;

	for (i = 0; i < r->nrows; i++)
		room += (uint64_t)r->reloads * r->passes * r->blocks * r->rows[i].arms *
			NCB_KINDS;
	return room;
}

/**
 * ncb_result_check_plan - can the run be read back once it was measured?
 * @r: rows, reloads and blocks are looked at
 *
 * Return: 0, or -E2BIG with a message.
 */
int ncb_result_check_plan(const struct ncb_rundata *r)
{
	uint64_t room = plan_room(r);

	if (room <= NCB_RUN_SAMPLES_MAX && r->nrows <= NCB_RUN_ROWS_MAX)
		return 0;
	ncb_error("%zu rows with %" PRIu64
		  " samples are planned, of %u and %u that a run may have; choose fewer rows, blocks or loadings",
		  r->nrows, room, NCB_RUN_ROWS_MAX, NCB_RUN_SAMPLES_MAX);
	return -E2BIG;
}

/* The line that names the columns. */
static int header_line(const struct ncb_rundata *r, char *line)
{
	int n = sprintf(line, "%s%s", SAMPLES_HEADER, r->slots ? ",pass" : "");
	uint32_t i;

	for (i = 0; i < r->slots; i++)
		n += sprintf(line + n, ",count%u", i);
	return n + sprintf(line + n, "\n");
}

static int sample_line(const struct ncb_rundata *r, size_t sample, char *line)
{
	const struct ncb_raw *raw = &r->samples[sample];
	const struct ncb_sample *s = &raw->s;
	const uint64_t *count = &r->counts[sample * r->slots];
	int n = sprintf(line, "%u,%s,%u,%u,%u,%u,%u,%u,%u,%llu,%u", raw->row,
			r->rows[raw->row].arm[s->arm].name, raw->reload, s->block, s->pos,
			s->clone, s->kind, s->iters, s->stretches,
			(unsigned long long)s->ticks, s->flags);
	uint32_t i;

	if (r->slots)
		n += sprintf(line + n, ",%u", raw->pass);
	for (i = 0; i < r->slots; i++) {
		line[n++] = ',';
		if (count[i] != NCB_COUNT_NONE)
			n += sprintf(line + n, "%" PRIu64, count[i]);
	}
	return n + sprintf(line + n, "\n");
}

/* Counts that cannot be read back are not written. */
static const char *counts_fault(const struct ncb_rundata *r, size_t sample)
{
	uint32_t i;

	for (i = 0; i < r->slots; i++) {
		uint64_t count = r->counts[sample * r->slots + i];

		if (count != NCB_COUNT_NONE && count > TICKS_MAX)
			return "count";
	}
	return NULL;
}

static int write_samples(const struct ncb_rundata *r, const char *path, uint32_t *crc)
{
	struct ncb_lines_out out;
	char line[NCB_LINE_SIZE];
	const char *fault;
	size_t i;

	ncb_lines_create(&out, path);
	ncb_lines_put(&out, line, header_line(r, line));
	for (i = 0; i < r->nsamples && !out.err; i++) {
		fault = sample_fault(r, &r->samples[i]);
		if (!fault)
			fault = counts_fault(r, i);
		if (fault) {
			ncb_error("sample %zu: its %s is out of range; not kept", i, fault);
			out.err = -EINVAL;
			break;
		}
		ncb_lines_put(&out, line, sample_line(r, i, line));
	}
	*crc = out.crc;
	return ncb_lines_finish(&out);
}

/* Storms that cannot be kept, as they are kept. */
static struct ncb_storms *storms_not_kept(int err)
{
	struct ncb_storms *none = ncb_storms_new();

	snprintf(none->reason, sizeof(none->reason), "they were measured and could not be kept: %s",
		 err == -EINVAL ? "a record was out of range" : strerror(-err));
	return none;
}

/*
 * That storms cannot be kept costs the storms, and not the rows: *@instead is then what is
 * kept in their place, else NULL.
 */
static int save_storms(const struct ncb_rundata *r, const char *dir, json_t *json,
		       struct ncb_storms **instead)
{
	char *path = ncb_format("%s/" NCB_STORM_FILE, dir);
	const struct ncb_storms *storms = r->storms;
	uint32_t crc = 0;
	int err = ncb_say_unwritten(path, ncb_storms_write(storms, dir, &crc));

	if (err && r->nsamples) {
		storms = *instead = storms_not_kept(err);
		ncb_error("the rows are kept without the storms");
		err = ncb_say_unwritten(path, ncb_storms_write(storms, dir, &crc));
	}
	free(path);
	if (!err)
		json_object_set_new(json, "storms", ncb_storms_json(storms, crc));
	return err;
}

/* The same rows in another metric, in a folder of their own. */
static int save_beside(const struct ncb_rundata *r, const char *dir, json_t *json)
{
	char *path;
	int err;

	if (r->beside->metric == r->metric) {
		ncb_error("what was measured beside the run is in %s, too: it is not kept",
			  ncb_metric_names[r->metric]);
		return 0;
	}
	path = ncb_format("%s/" BESIDE_DIR, dir);
	err = ncb_say_unwritten(path, ncb_make_dirs(path));
	if (!err)
		err = ncb_result_save_raw(r->beside, path);
	if (!err)
		json_object_set_new(json, "beside", json_string(BESIDE_DIR));
	free(path);
	return err;
}

/* The files of raw data, as result.json speaks of them. */
static int save_tables(const struct ncb_rundata *r, const char *dir, json_t **json,
		       struct ncb_storms **instead)
{
	char *path = ncb_format("%s/" SAMPLES_FILE, dir);
	uint32_t crc = 0;
	int err = ncb_say_unwritten(path, write_samples(r, path, &crc));

	*json = NULL;
	*instead = NULL;
	free(path);
	if (err)
		return err;
	*json = run_json(r, crc);
	err = r->storms ? save_storms(r, dir, *json, instead) : 0;
	return !err && r->beside ? save_beside(r, dir, *json) : err;
}

static int save_json(const json_t *json, const char *dir)
{
	char *path = ncb_format("%s/" RESULT_FILE, dir);
	int err = ncb_json_save(json, path);

	free(path);
	return err;
}

/**
 * ncb_result_save_raw - keep plan and samples, without statistics
 * @r: the run
 * @dir: an existing folder
 *
 * Return: 0 or -errno, with the reason on stderr.
 */
int ncb_result_save_raw(const struct ncb_rundata *r, const char *dir)
{
	struct ncb_storms *instead;
	json_t *json;
	int err = save_tables(r, dir, &json, &instead);

	if (!err)
		err = save_json(json, dir);
	json_decref(json);
	ncb_storms_free(instead);
	return err;
}

/* A report that is to be kept: as text or, with @html, as a page with the pictures in @plots. */
struct kept {
	const struct ncb_stats *s;
	const char *plots;
	bool html;
};

static int put_report(const void *data, FILE *f)
{
	const struct kept *k = data;

	return k->html ? ncb_report_html_with(k->s, f, true, k->plots) :
			 ncb_report_text_with(k->s, f, false);
}

static int save_report(const struct ncb_stats *s, const char *dir, const char *name, bool html)
{
	char *path = ncb_format("%s/%s", dir, name), *plots = ncb_format("%s/plots", dir);
	struct kept k = { s, plots, html };
	int err = ncb_stream_save(path, put_report, &k);

	free(path);
	free(plots);
	return err;
}

/*
 * Files that other programs left while it was measured; their names go to @taken. One
 * that cannot be moved is missing, and it is said; the run is not lost for that.
 */
static void take_files(const struct ncb_rundata *r, const char *dir, json_t *taken)
{
	DIR *d = r->files ? opendir(r->files) : NULL;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char *from = ncb_format("%s/%s", r->files, e->d_name);
		char *to = ncb_format("%s/%s", dir, e->d_name);

		if (*e->d_name == '.')
			;
		else if (rename(from, to) < 0)
			ncb_error("%s is not kept: %s", from, strerror(errno));
		else
			json_array_append_new(taken, json_string(e->d_name));
		free(from);
		free(to);
	}
	if (d)
		closedir(d);
}

/* The folder is given up: the run may be saved again below another name. */
static void give_back_files(const struct ncb_rundata *r, const char *dir, const json_t *taken)
{
	json_t *name;
	size_t i;

	json_array_foreach(taken, i, name) {
		char *from = ncb_format("%s/%s", dir, json_string_value(name));
		char *to = ncb_format("%s/%s", r->files, json_string_value(name));

		if (rename(from, to) < 0)
			ncb_error("%s is not kept: %s", from, strerror(errno));
		free(from);
		free(to);
	}
}

static int save_all(struct ncb_rundata *r, const char *dir, json_t *taken)
{
	struct ncb_storms *instead;
	struct ncb_stats *s;
	json_t *json;
	int err = save_tables(r, dir, &json, &instead);

	/* The report is of what is kept. */
	if (instead) {
		ncb_storms_free(r->storms);
		r->storms = instead;
	}
	s = ncb_stats_new(r);
	if (!err) {
		json_object_set_new(json, "statistics", statistics_json(s));
		err = save_json(json, dir);
	}
	json_decref(json);
	if (!err)
		err = ncb_plot_into(s, dir, NULL);
	/* Without gnuplot, or where it fails, only the pictures are missing. */
	if (err == -ENOENT || err == -ECHILD || err == -ETIMEDOUT || err == -EINTR)
		err = 0;
	if (!err)
		take_files(r, dir, taken);
	if (!err)
		err = save_report(s, dir, "report.txt", false);
	if (!err)
		err = save_report(s, dir, "report.html", true);
	if (!err)
		err = ncb_say_unwritten(dir, ncb_folder_sync(dir));
	ncb_stats_free(s);
	return err;
}

/**
 * ncb_result_save - keep a run with its reports and pictures
 * @r: the run; storms that cannot be kept give way to the reason, if there are rows
 * @dir: folder to make; what is not whole has another name, <dir>.partial-<pid>
 *
 * Return: 0; -EEXIST where @dir exists; -EINVAL for samples out of range; other
 * -errno of the files. The reason is on stderr, nothing is left behind, and what was
 * in @r->files is there again.
 */
int ncb_result_save(struct ncb_rundata *r, const char *dir)
{
	char *partial = ncb_format("%s.partial-%d", dir, (int)getpid());
	json_t *taken = json_array();
	int err;

	if (ncb_exists(dir)) {
		err = -EEXIST;
		goto out;
	}
	ncb_remove_tree(partial);
	err = ncb_say_unwritten(partial, ncb_make_dirs(partial));
	if (!err) {
		err = save_all(r, partial, taken);
		if (!err) {
			err = ncb_rename_new(partial, dir);
			if (err != -EEXIST)
				ncb_say_unwritten(dir, err);
		}
	}
	if (err) {
		give_back_files(r, partial, taken);
		ncb_remove_tree(partial);
	}
out:
	if (err == -EEXIST)
		ncb_error("%s exists already; choose another name", dir);
	json_decref(taken);
	free(partial);
	return err;
}

/* -- reading -- */

/**
 * struct reader - a file that is being read
 * @path: of it, for messages
 * @where: in it: "rows[3].arms[1]."
 * @unsummed: number and check sum of the samples are not compared (ncb_result_parse())
 */
struct reader {
	const char *path;
	char where[64];
	bool unsummed;
};

#define fault(in, ...)	ncb_file_fault((in)->path, __VA_ARGS__)

static int get_string(const struct reader *in, const json_t *object, const char *key,
		      const char **out)
{
	const json_t *value = json_object_get(object, key);

	*out = json_string_value(value);
	if (!*out || strlen(*out) != json_string_length(value))
		return fault(in, "%s%s is missing or no text", in->where, key);
	if (json_string_length(value) > NCB_RUN_TEXT_MAX)
		return fault(in, "%s%s is longer than %u bytes", in->where, key,
			     NCB_RUN_TEXT_MAX);
	return 0;
}

static int get_text(const struct reader *in, const json_t *object, const char *key, char *out,
		    size_t size)
{
	const char *text;

	if (get_string(in, object, key, &text))
		return -EBADMSG;
	if (strlen(text) >= size)
		return fault(in, "%s%s is longer than %zu bytes", in->where, key, size - 1);
	strcpy(out, text);
	return 0;
}

static int get_u64(const struct reader *in, const json_t *object, const char *key, uint64_t max,
		   uint64_t *out)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);
	char *end;

	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*out = json_integer_value(value);
	} else if (text && isdigit((unsigned char)*text)) {
		errno = 0;
		*out = strtoull(text, &end, 10);
		if (errno || *end)
			return fault(in, "%s%s is no number", in->where, key);
	} else {
		return fault(in, "%s%s is missing or no whole number from 0 on", in->where, key);
	}
	if (*out > max)
		return fault(in, "%s%s: %" PRIu64 " is not in 0 .. %" PRIu64, in->where, key, *out,
			     max);
	return 0;
}

static int get_u32(const struct reader *in, const json_t *object, const char *key, uint32_t max,
		   uint32_t *out)
{
	uint64_t value;
	int err = get_u64(in, object, key, max, &value);

	if (!err)
		*out = value;
	return err;
}

/* The same, for what has to be there at least once where there are rows. */
static int get_count(const struct reader *in, const json_t *object, const char *key,
		     uint32_t max, uint32_t *out)
{
	int err = get_u32(in, object, key, max, out);

	if (err || *out || !json_array_size(json_object_get(object, "rows")))
		return err;
	return fault(in, "%s%s: 0 is not in 1 .. %u", in->where, key, max);
}

static int get_name(const struct reader *in, const json_t *object, const char *key,
		    const char *const *names, size_t count, uint32_t *out)
{
	const char *text;
	size_t i;

	if (get_string(in, object, key, &text))
		return -EBADMSG;
	for (i = 0; i < count; i++) {
		if (!strcmp(text, names[i])) {
			*out = i;
			return 0;
		}
	}
	return fault(in, "%s%s: '%s' is unknown", in->where, key, text);
}

static int get_bits(const struct reader *in, const json_t *object, const char *key,
		    const char *const *names, uint32_t *out)
{
	const json_t *list = json_object_get(object, key), *entry;
	size_t i, bit;

	*out = 0;
	if (!json_is_array(list))
		return fault(in, "%s%s is missing or no list", in->where, key);
	json_array_foreach(list, i, entry) {
		const char *text = json_string_value(entry);

		for (bit = 0; text && names[bit] && strcmp(names[bit], text); bit++)
			;
		if (!text || !names[bit])
			return fault(in, "%s%s: '%s' is unknown", in->where, key,
				     text ? text : "(no text)");
		*out |= 1u << bit;
	}
	return 0;
}

/* Names go into files and pictures: no surprises in them. */
static bool plain_name(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._+-%") == strlen(name);
}

static int read_arm(const struct reader *in, const json_t *json, struct ncb_row_arm *arm)
{
	if (get_text(in, json, "name", arm->name, sizeof(arm->name)) ||
	    get_text(in, json, "engine", arm->engine, sizeof(arm->engine)) ||
	    get_bits(in, json, "flags", arm_flag_names, &arm->flags) ||
	    get_name(in, json, "status", status_names, ARRAY_SIZE(status_names), &arm->status) ||
	    get_bits(in, json, "facts", fact_names, &arm->facts) ||
	    get_u32(in, json, "clones", NCB_CLONES_MAX, &arm->clones) ||
	    get_u32(in, json, "node_size", 1 << 20, &arm->node_size) ||
	    get_u32(in, json, "head_size", 1 << 20, &arm->head_size) ||
	    get_text(in, json, "message", arm->message, sizeof(arm->message)))
		return -EBADMSG;
	if (!plain_name(arm->name) || !plain_name(arm->engine))
		return fault(in, "%sname or engine: '%s', '%s' is no name", in->where, arm->name,
			     arm->engine);
	return 0;
}

static int read_row(struct reader *in, const json_t *json, size_t index, struct ncb_row *row)
{
	const json_t *arms = json_object_get(json, "arms"), *entry;
	struct ncb_row named = { 0 };
	char id[sizeof(row->id)];
	size_t i;

	snprintf(in->where, sizeof(in->where), "rows[%zu].", index);
#define NAME(key, names, count) \
	get_name(in, json, #key, names, count, &row->key)
	if (get_text(in, json, "id", id, sizeof(id)) ||
	    NAME(type, ncb_type_names, NCB_TYPES) || NAME(op, ncb_op_names, NCB_OPS) ||
	    get_u32(in, json, "length", NCB_LENGTH_MAX, &row->length) ||
	    NAME(position, ncb_pos_names, NCB_POSITIONS) ||
	    NAME(callbacks, ncb_callback_names, NCB_CALLBACK_SETS) ||
	    NAME(placement, ncb_placement_names, NCB_PLACEMENTS) ||
	    NAME(cache, ncb_cache_names, NCB_CACHES) ||
	    get_u32(in, json, "iters", NCB_ITERS_MAX, &row->iters) ||
	    get_u64(in, json, "memory", UINT64_MAX, &row->memory))
		return -EBADMSG;
#undef NAME
	ncb_row_name(row);
	if (strcmp(row->id, id))
		return fault(in, "%sid: '%s' does not fit its fields (%s)", in->where, id, row->id);
	if (ncb_row_parse(&named, id) || named.position != row->position)
		return fault(in, "%sid: '%s' is no row that can be measured (length, position)",
			     in->where, id);
	if (!json_is_array(arms) || json_array_size(arms) > NCB_ARMS_MAX)
		return fault(in, "%sarms is no list of at most %u", in->where, NCB_ARMS_MAX);
	json_array_foreach(arms, i, entry) {
		snprintf(in->where, sizeof(in->where), "rows[%zu].arms[%zu].", index, i);
		if (read_arm(in, entry, &row->arm[i]))
			return -EBADMSG;
		if (ncb_row_arm_find(row, row->arm[i].name) >= 0)
			return fault(in, "%sname: '%s' is there twice", in->where,
				     row->arm[i].name);
		row->arms++;
	}
	in->where[0] = '\0';
	return 0;
}

static int read_rows(struct reader *in, const json_t *json, struct ncb_rundata *r)
{
	const json_t *rows = json_object_get(json, "rows"), *entry;
	json_t *ids;
	size_t i;
	int err = 0;

	if (!json_is_array(rows) || json_array_size(rows) > NCB_RUN_ROWS_MAX)
		return fault(in, "rows is no list of at most %u", NCB_RUN_ROWS_MAX);
	if (!json_array_size(rows) && !json_object_get(json, "storms") &&
	    !json_object_get(json, "memory"))
		return fault(in, "rows is empty: nothing was measured");
	ids = json_object();
	r->rows = ncb_alloc(json_array_size(rows), sizeof(*r->rows));
	json_array_foreach(rows, i, entry) {
		err = read_row(in, entry, i, &r->rows[i]);
		if (!err && json_object_get(ids, r->rows[i].id))
			err = fault(in, "rows[%zu].id: '%s' is there twice", i, r->rows[i].id);
		if (err)
			break;
		json_object_set_new(ids, r->rows[i].id, json_null());
		r->nrows++;
	}
	json_decref(ids);
	return err;
}

static int read_missing(struct reader *in, const json_t *missing)
{
	const char *text;
	const json_t *value;
	size_t i;

	if (!json_is_array(missing) || json_array_size(missing) > NCB_RUN_TEXTS_MAX)
		return fault(in, "missing is no list of at most %u", NCB_RUN_TEXTS_MAX);
	json_array_foreach(missing, i, value) {
		snprintf(in->where, sizeof(in->where), "missing[%zu].", i);
		if (get_string(in, value, "row", &text) || get_string(in, value, "reason", &text))
			return -EBADMSG;
	}
	in->where[0] = '\0';
	return 0;
}

static int read_env(struct reader *in, json_t *json, struct ncb_rundata *r)
{
	json_t *env = json_object_get(json, "env"), *missing = json_object_get(json, "missing");
	const json_t *value;
	const char *key;

	if (!json_is_object(env) || json_object_size(env) > NCB_RUN_TEXTS_MAX)
		return fault(in, "env is no object of at most %u keys", NCB_RUN_TEXTS_MAX);
	json_object_foreach(env, key, value) {
		if (strlen(key) > KEY_MAX ||
		    json_string_length(value) > NCB_RUN_TEXT_MAX)
			return fault(in, "env.%.40s is longer than %u bytes, or its name than %u",
				     key, NCB_RUN_TEXT_MAX, KEY_MAX);
		if (!json_is_string(value) && !json_is_number(value) && !json_is_boolean(value))
			return fault(in, "env.%s is neither text nor number", key);
	}
	if (read_missing(in, missing))
		return -EBADMSG;
	json_decref(r->env);
	json_decref(r->missing);
	r->env = json_incref(env);
	r->missing = json_incref(missing);
	return 0;
}

static int check_schema(const struct reader *in, const json_t *json)
{
	const char *schema = json_string_value(json_object_get(json, "schema"));
	const json_t *version = json_object_get(json, "schema_version");
	json_int_t number = json_integer_value(version);

	if (!schema || strcmp(schema, SCHEMA))
		return fault(in, "this is no result of ncbench (schema is not '" SCHEMA "')");
	if (!json_is_integer(version) || number < 1)
		return fault(in, "schema_version is missing or damaged");
	if (number > SCHEMA_VERSION) {
		fault(in, "written by a newer ncbench: schema %" JSON_INTEGER_FORMAT
		      ", this one reads up to %d; take the newer one", number, SCHEMA_VERSION);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

/* NULL, or the name of the field that is damaged. */
static const char *read_parts(const json_t *json, struct ncb_rundata *r)
{
	json_t *perf = json_object_get(json, "perf");
	json_t *commands = json_object_get(json, "commands");
	json_t *memory = json_object_get(json, "memory");
	const char *bad = ncb_perf_check(perf);

	if (!bad)
		bad = ncb_commands_check(commands);
	if (!bad)
		bad = ncb_memory_check(memory);
	if (bad)
		return bad;
	r->perf = json_incref(perf);
	r->commands = json_incref(commands);
	r->memory = json_incref(memory);
	return NULL;
}

static int read_run(struct reader *in, json_t *json, struct ncb_rundata *r)
{
	const json_t *hz = json_object_get(json, "tick_hz");
	const json_t *interrupted = json_object_get(json, "interrupted");
	const char *version = json_string_value(json_object_get(json, "suite_version"));
	const char *name, *target, *profile, *bad;
	uint32_t metric = 0;
	int err = check_schema(in, json);

	if (err)
		return err;
	if (get_string(in, json, "name", &name) || get_string(in, json, "target", &target) ||
	    get_string(in, json, "profile", &profile) ||
	    get_name(in, json, "metric", ncb_metric_names, NCB_METRICS, &metric) ||
	    get_u64(in, json, "seed", UINT64_MAX, &r->seed) ||
	    get_count(in, json, "reloads", NCB_RUN_RELOADS_MAX, &r->reloads) ||
	    get_count(in, json, "blocks", NCB_BLOCKS_MAX, &r->blocks) ||
	    get_bits(in, json, "features", ncb_feature_names, &r->features) ||
	    get_u64(in, json, "known_insn", UINT64_MAX, &r->known_insn) ||
	    get_u64(in, json, "module_size", UINT64_MAX, &r->module_size))
		return -EBADMSG;
	if (!json_is_number(hz) || !isfinite(json_number_value(hz)) ||
	    json_number_value(hz) < 1 || json_number_value(hz) > 1e15)
		return fault(in, "tick_hz is missing or no rate in 1 .. 1e15");
	if (!json_is_boolean(interrupted))
		return fault(in, "interrupted is neither true nor false");
	r->metric = metric;
	r->tick_hz = json_number_value(hz);
	r->interrupted = json_is_true(interrupted);
	r->name = ncb_copy(name);
	r->target = ncb_copy(target);
	r->profile = ncb_copy(profile);
	r->suite_version = version ? ncb_copy(version) : NULL;
	if (read_env(in, json, r) || read_rows(in, json, r))
		return -EBADMSG;
	bad = ncb_precision_read(json, r);
	if (!bad)
		bad = ncb_counters_read(json, r);
	if (!bad)
		bad = read_parts(json, r);
	return bad ? fault(in, "%s is damaged or out of range", bad) : 0;
}

/* -- samples -- */

/**
 * struct seen - which samples of the plan were met
 * @load: of each row, loading and pass
 * @load.bits: one per block, arm and kind, the last varying fastest; NULL: no sample yet
 * @load.n: the n of its batches, 0: not known yet
 * @room: bits there are; --precision leaves loadings without samples of most rows
 */
struct seen {
	struct {
		uint8_t *bits;
		uint32_t n;
	} *load;
	uint64_t room;
};

static size_t load_of(const struct ncb_rundata *r, uint32_t row, uint32_t reload, uint32_t pass)
{
	return ((size_t)row * r->reloads + reload) * r->passes + pass;
}

static size_t loads(const struct ncb_rundata *r)
{
	return r->nrows * r->reloads * r->passes;
}

static void seen_free(struct seen *seen, const struct ncb_rundata *r)
{
	size_t i;

	for (i = 0; i < loads(r); i++)
		free(seen->load[i].bits);
	free(seen->load);
}

/* NULL, or what is wrong about a sample beside those before it. */
static const char *seen_add(struct seen *seen, const struct ncb_rundata *r,
			    const struct ncb_raw *raw)
{
	size_t load = load_of(r, raw->row, raw->reload, raw->pass);
	size_t arms = r->rows[raw->row].arms;
	size_t bit = (raw->s.block * arms + raw->s.arm) * NCB_KINDS + raw->s.kind;
	uint8_t *bits = seen->load[load].bits;
	uint32_t *known = &seen->load[load].n, n;

	if (!bits) {
		seen->room += r->blocks * arms * NCB_KINDS;
		if (seen->room > SPREAD_MAX)
			return "too many loadings with few samples each";
		bits = seen->load[load].bits = ncb_alloc(r->blocks * arms * NCB_KINDS / 8 + 1, 1);
	}
	if (bits[bit / 8] & 1u << bit % 8)
		return "this sample (row, arm, reload, block, kind, pass) is there twice";
	bits[bit / 8] |= 1u << bit % 8;
	find_n(&r->rows[raw->row], &raw->s, &n);
	if (n && *known && n != *known)
		return "iters or stretches do not fit the other samples of the row and loading";
	if (n)
		*known = n;
	return NULL;
}

/* The kinds of one arm in one block. */
static unsigned int kinds_seen(const uint8_t *bits, size_t bit)
{
	unsigned int kinds = 0, k;

	for (k = 0; k < NCB_KINDS; k++, bit++)
		kinds |= (bits[bit / 8] >> bit % 8 & 1) << k;
	return kinds;
}

/*
 * What the figures take for granted: a base to each batch; and of what the
 * plan calls measured there are samples, unless it was interrupted.
 */
static int check_whole(const struct reader *in, const struct seen *seen,
		       const struct ncb_rundata *r, uint32_t row, uint32_t a, uint32_t pass)
{
	const struct ncb_row_arm *arm = &r->rows[row].arm[a];
	uint32_t reload, block;
	bool measured = false;

	for (reload = 0; reload < r->reloads; reload++) {
		const uint8_t *bits = seen->load[load_of(r, row, reload, pass)].bits;

		for (block = 0; block < r->blocks && bits; block++) {
			unsigned int kinds = kinds_seen(bits, (block * r->rows[row].arms + a) *
							NCB_KINDS);

			/* They are taken in order, so 0, 1, 3 or 7. */
			if (kinds & (kinds + 1))
				return fault(in, "%s, arm %s, reload %u, block %u: samples of a kind without those of the kind before it",
					     r->rows[row].id, arm->name, reload, block);
			measured |= kinds > 1;
		}
	}
	if (!measured && arm->status == NCB_ARM_OK && !r->interrupted)
		return fault(in, "no samples of %s, arm %s, which " RESULT_FILE
			     " calls measured" NCB_COPY_AGAIN, r->rows[row].id, arm->name);
	return 0;
}

static int check_all(const struct reader *in, const struct seen *seen,
		     const struct ncb_rundata *r)
{
	uint32_t row, arm, pass;

	for (row = 0; row < r->nrows; row++)
		for (arm = 0; arm < r->rows[row].arms; arm++)
			for (pass = 0; pass < r->passes; pass++)
				if (check_whole(in, seen, r, row, arm, pass))
					return -EBADMSG;
	return 0;
}

static int find_arm(const struct ncb_row *row, const char *name, size_t n)
{
	uint32_t i;

	for (i = 0; i < row->arms && n < sizeof(row->arm[i].name); i++)
		if (!memcmp(row->arm[i].name, name, n) && !row->arm[i].name[n])
			return i;
	return -1;
}

/* The columns behind the flags, which only runs with counters have. */
static const char *parse_counts(const struct ncb_rundata *r, const char *p, struct ncb_raw *raw,
				uint64_t *counts)
{
	uint64_t pass;
	uint32_t i;

	if (!ncb_lines_number(&p, ',', UINT16_MAX, &pass))
		return "pass";
	raw->pass = pass;
	for (i = 0; i < r->slots; i++) {
		char end = i + 1 < r->slots ? ',' : '\n';

		counts[i] = NCB_COUNT_NONE;
		if (*p == end)
			p++;
		else if (!ncb_lines_number(&p, end, TICKS_MAX, &counts[i]))
			return "count";
	}
	return NULL;
}

/* NULL, or the name of the first column that is wrong. @line ends in a line feed. */
static const char *parse_line(const struct ncb_rundata *r, const char *line, struct ncb_raw *raw,
			      uint64_t *counts)
{
	const char *p = line, *name, *wrong;
	uint64_t v[11];
	int index;

#define COLUMN(i, name, end, max) \
	do { if (!ncb_lines_number(&p, end, max, &v[i])) return name; } while (0)
	COLUMN(0, "row", ',', UINT32_MAX);
	if (v[0] >= r->nrows)
		return "row";
	for (name = p; *p != ',' && *p != '\n'; p++)
		;
	index = find_arm(&r->rows[v[0]], name, p - name);
	if (index < 0 || *p++ != ',')
		return "arm";
	COLUMN(2, "reload", ',', UINT16_MAX);
	COLUMN(3, "block", ',', UINT16_MAX);
	COLUMN(4, "pos", ',', UINT8_MAX);
	COLUMN(5, "clone", ',', UINT8_MAX);
	COLUMN(6, "kind", ',', UINT8_MAX);
	COLUMN(7, "iters", ',', UINT32_MAX);
	COLUMN(8, "stretches", ',', UINT32_MAX);
	COLUMN(9, "ticks", ',', UINT64_MAX);
	COLUMN(10, "flags", r->slots ? ',' : '\n', UINT8_MAX);
#undef COLUMN
	*raw = (struct ncb_raw) {
		.row = v[0],
		.reload = v[2],
		.s = {
			.ticks = v[9], .iters = v[7], .stretches = v[8], .block = v[3],
			.arm = index, .clone = v[5], .pos = v[4], .kind = v[6], .flags = v[10],
		},
	};
	wrong = r->slots ? parse_counts(r, p, raw, counts) : NULL;
	return wrong ? wrong : sample_fault(r, raw);
}

static int read_lines(const struct reader *in, struct ncb_lines *src, struct ncb_rundata *r,
		      struct seen *seen, uint64_t count)
{
	const char *line, *wrong;
	uint64_t counts[NCB_EVENTS_MAX];
	char header[NCB_LINE_SIZE];
	struct ncb_raw raw;
	int err;

	header_line(r, header);
	err = ncb_lines_header(src, header);
	if (err)
		return err;
	while ((line = ncb_lines_next(src, &err))) {
		if (r->nsamples == count)
			return fault(in, "holds more than the %" PRIu64 " samples that " RESULT_FILE
				     " speaks of" NCB_COPY_AGAIN, count);
		wrong = parse_line(r, line, &raw, counts);
		if (wrong)
			return fault(in, "line %" PRIu64 ": %s is damaged or out of range",
				     src->line, wrong);
		wrong = seen_add(seen, r, &raw);
		if (wrong)
			return fault(in, "line %" PRIu64 ": %s", src->line, wrong);
		ncb_rundata_add(r, &raw, counts);
	}
	return err;
}

/* All lines of @src into @r, which holds the rest of the run. */
static int read_source(const struct reader *in, struct ncb_lines *src, struct ncb_rundata *r,
		       uint64_t count, uint32_t crc)
{
	struct seen seen = { .load = ncb_alloc(loads(r), sizeof(*seen.load)) };
	int err;

	err = read_lines(in, src, r, &seen, in->unsummed ? NCB_RUN_SAMPLES_MAX : count);
	if (!err && !in->unsummed && r->nsamples != count)
		err = fault(in, "holds %zu samples, " RESULT_FILE " speaks of %" PRIu64 NCB_COPY_AGAIN,
			    r->nsamples, count);
	if (!err && !in->unsummed && src->crc != crc)
		err = fault(in, "its check sum is not the one in " RESULT_FILE NCB_COPY_AGAIN);
	if (!err && !r->nsamples && !has_storms(r) && !has_memory(r))
		err = fault(in, "holds no sample: nothing was measured");
	if (!err)
		err = check_all(in, &seen, r);
	seen_free(&seen, r);
	return err;
}

/* What result.json says of the samples. */
static int read_announced(struct reader *in, const json_t *json, const struct ncb_rundata *r,
			  uint64_t *count, uint32_t *crc)
{
	const json_t *about = json_object_get(json, "samples");
	uint64_t room = plan_room(r);
	const char *hex;

	strcpy(in->where, "samples.");
	if (get_string(in, about, "crc32", &hex) ||
	    get_u64(in, about, "count", NCB_RUN_SAMPLES_MAX, count))
		return -EBADMSG;
	in->where[0] = '\0';
	if (!ncb_lines_crc(hex, crc))
		return fault(in, "samples.crc32 is no check sum");
	if (*count > room)
		return fault(in, "samples.count: %" PRIu64 " is more than rows, reloads and blocks make (%" PRIu64 ")",
			     *count, room);
	return 0;
}

static int read_samples(struct reader *result, const char *dir, const json_t *json,
			struct ncb_rundata *r)
{
	char *path = ncb_format("%s/" SAMPLES_FILE, dir);
	struct reader in = { .path = path };
	struct ncb_lines src;
	uint64_t count;
	uint32_t crc;
	int err;

	err = read_announced(result, json, r, &count, &crc);
	if (!err)
		err = ncb_lines_open(&src, path, NCB_LINES_CHUNK + count * NCB_LINE_LIKELY_MAX);
	if (!err) {
		err = read_source(&in, &src, r, count, crc);
		ncb_lines_close(&src);
	}
	free(path);
	return err;
}

/* -- result.json -- */

static int load_run(struct ncb_rundata *r, const char *dir, bool beside);

/* What was measured beside it: has nothing beside itself. */
static int read_beside(const struct reader *in, const json_t *json, const char *dir,
		       struct ncb_rundata *r)
{
	const json_t *beside = json_object_get(json, "beside");
	const char *name = json_string_value(beside);
	char *path;
	int err;

	if (!beside)
		return 0;
	if (!name || strcmp(name, BESIDE_DIR))
		return fault(in, "beside is not '" BESIDE_DIR "'");
	path = ncb_format("%s/" BESIDE_DIR, dir);
	r->beside = ncb_alloc(1, sizeof(*r->beside));
	err = load_run(r->beside, path, true);
	if (!err && r->beside->metric == r->metric)
		err = fault(in, "beside: it is in %s, too", ncb_metric_names[r->metric]);
	free(path);
	return err;
}

static int load_run(struct ncb_rundata *r, const char *dir, bool beside)
{
	char *path = ncb_format("%s/" RESULT_FILE, dir);
	struct reader in = { .path = path };
	json_t *json;
	int err = ncb_json_load(path, &json);

	ncb_rundata_init(r);
	if (!err)
		err = read_run(&in, json, r);
	if (!err)
		err = ncb_storms_read(json_object_get(json, "storms"), dir, &r->storms);
	if (!err)
		err = read_samples(&in, dir, json, r);
	if (!err && beside && json_object_get(json, "beside"))
		err = fault(&in, "beside: the run is beside another one itself");
	else if (!err)
		err = read_beside(&in, json, dir, r);
	if (err) {
		ncb_rundata_free(r);
		ncb_rundata_init(r);
	}
	json_decref(json);
	free(path);
	return err;
}

/**
 * ncb_result_load - read a run
 * @r: gets it; whatever it holds is overwritten, not freed
 * @dir: its folder
 *
 * Statistics that were kept with the run are not read: they are computed anew
 * from the samples. What is read is what statistics and reports take for
 * granted; the rest is refused. What was measured beside it is read along.
 *
 * Return: 0; -ENOENT and other -errno of the files; -EBADMSG where they are
 * damaged or foreign; -EPROTONOSUPPORT where a newer version wrote them. One
 * sentence on stderr says which file and what. @r is empty then.
 */
int ncb_result_load(struct ncb_rundata *r, const char *dir)
{
	return load_run(r, dir, false);
}

/**
 * ncb_result_parse - read a run from memory
 * @r: gets it; whatever it holds is overwritten, not freed
 * @json: what result.json would hold
 * @json_size: bytes of it
 * @samples: what samples.csv.gz would hold, unpacked
 * @samples_size: bytes of it
 * @storms: what storm.csv.gz would hold, unpacked
 * @storms_size: bytes of it
 *
 * Return: as ncb_result_load().
 */
int ncb_result_parse(struct ncb_rundata *r, const char *json, size_t json_size,
		     const char *samples, size_t samples_size, const char *storms,
		     size_t storms_size)
{
	struct reader in = { .path = RESULT_FILE, .unsummed = true };
	struct ncb_lines src;
	json_t *root = ncb_json_parse(in.path, json, json_size);
	uint64_t count;
	uint32_t crc;
	int err = root ? 0 : -EBADMSG;

	ncb_rundata_init(r);
	if (!err)
		err = read_run(&in, root, r);
	if (!err)
		err = ncb_storms_parse(json_object_get(root, "storms"), storms, storms_size,
				       &r->storms);
	if (!err)
		err = read_announced(&in, root, r, &count, &crc);
	in.path = SAMPLES_FILE;
	ncb_lines_from(&src, SAMPLES_FILE, samples, samples_size);
	if (!err)
		err = read_source(&in, &src, r, count, crc);
	if (err) {
		ncb_rundata_free(r);
		ncb_rundata_init(r);
	}
	json_decref(root);
	return err;
}
