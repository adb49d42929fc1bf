// SPDX-License-Identifier: GPL-2.0-only
/* Runs on disk: results/<run>/, as results/README.md describes it. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "../kmod/engine_table.h"
#include "plan.h"
#include "precision.h"
#include "report.h"
#include "run.h"
#include "compare.h"

#define SCHEMA		"ncbench-result"
#define SCHEMA_VERSION	1
#define RESULT_FILE	"result.json"
#define SAMPLES_FILE	"samples.csv.gz"
#define SAMPLES_HEADER	"row,arm,reload,block,pos,clone,kind,iters,stretches,ticks,flags\n"

/* Bounds on what is read, so that a foreign file cannot take the machine's memory. */
#define ROWS_MAX	65536u
#define RELOADS_MAX	1024u
#define SAMPLES_MAX	(1u << 26)
#define RESULT_SIZE_MAX	(256ul << 20)
#define LINE_SIZE	256
#define TICKS_MAX	(1ull << 62)	/* in one sample */

static const char *const status_names[] = { "ok", "missing", "wrong" };
static const char *const arm_flag_names[] = { "control", "plant", "share", NULL };
static const char *const fact_names[] = { "rollback-forward", "rollback-reverse", NULL };
static const char *const feature_names[] = {
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

static json_t *json_number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
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

static json_t *run_json(const struct ncb_rundata *r, uint32_t crc)
{
	json_t *out = json_object(), *rows = json_array();
	char hex[16];
	size_t i;

	for (i = 0; i < r->nrows; i++)
		json_array_append_new(rows, row_json(&r->rows[i]));
	snprintf(hex, sizeof(hex), "%08" PRIx32, crc);
	json_object_set_new(out, "schema", json_string(SCHEMA));
	json_object_set_new(out, "schema_version", json_integer(SCHEMA_VERSION));
	json_object_set_new(out, "suite_version", json_string(NCB_VERSION));
	json_object_set_new(out, "name", json_string(r->name ? r->name : ""));
	json_object_set_new(out, "metric", json_string(ncb_metric_names[r->metric]));
	json_object_set_new(out, "target", json_string(r->target ? r->target : ""));
	json_object_set_new(out, "profile", json_string(r->profile ? r->profile : ""));
	json_object_set_new(out, "seed", json_u64(r->seed));
	json_object_set_new(out, "reloads", json_integer(r->reloads));
	json_object_set_new(out, "blocks", json_integer(r->blocks));
	ncb_precision_write(r, out);
	json_object_set_new(out, "tick_hz", json_real(r->tick_hz));
	json_object_set_new(out, "features", json_bits(feature_names, r->features));
	json_object_set_new(out, "known_insn", json_u64(r->known_insn));
	json_object_set_new(out, "module_size", json_u64(r->module_size));
	json_object_set_new(out, "interrupted", json_boolean(r->interrupted));
	json_object_set(out, "env", r->env);
	json_object_set_new(out, "samples", json_pack("{ss sI ss}", "file", SAMPLES_FILE,
						      "count", (json_int_t)r->nsamples,
						      "crc32", hex));
	json_object_set_new(out, "rows", rows);
	json_object_set(out, "missing", r->missing);
	return out;
}

static json_t *interval_json(struct ncb_interval v)
{
	if (!v.valid)
		return json_null();
	return json_pack("{so so so}", "value", json_number(v.value), "low", json_number(v.low),
			 "high", json_number(v.high));
}

static json_t *arm_stats_json(const struct ncb_rundata *r, const struct ncb_arm_stats *st)
{
	json_t *out = json_pack("{so so so so sI sI so so sI so so}",
		"cost", interval_json(st->cost), "min", json_number(st->min),
		"max", json_number(st->max), "mad", json_number(st->mad),
		"samples", (json_int_t)st->samples, "cells", (json_int_t)st->cells,
		"proportion", json_number(st->proportion),
		"proportion_ticks", json_number(st->proportion_ticks),
		"switched", (json_int_t)st->switched, "reading", json_number(st->reading),
		"loop", json_number(st->loop));

	if (r->metric == NCB_INSN) {
		json_object_set_new(out, "exact", json_boolean(st->exact));
		json_object_set_new(out, "uniform", json_boolean(st->uniform));
		json_object_set_new(out, "interrupted", json_integer(st->interrupted));
	}
	return out;
}

/* Changes of a row: each control against its engine, each other arm against the first list. */
static json_t *row_changes_json(const struct ncb_stats *s, size_t row)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_row *plan = &r->rows[row];
	json_t *out = json_array();
	uint32_t i;

	for (i = 0; i < plan->arms; i++) {
		const struct ncb_engine *e = ncb_engine_find(plan->arm[i].engine);
		int base = ncb_arm_base(plan, i);
		struct ncb_interval c;

		if (e && e->no_list)
			continue;
		if (base < 0 && !plan->arm[i].flags)
			base = ncb_row_arm_find(plan, NCB_REPORT_BASE);
		if (base < 0 || base == (int)i)
			continue;
		c = ncb_stats_change(s, row, base, i);
		if (c.valid)
			json_array_append_new(out, json_pack("{ss ss so so ss}",
				"old", plan->arm[base].name, "new", plan->arm[i].name,
				"change", interval_json(c),
				"difference", interval_json(ncb_stats_difference(s, row, base, i)),
				"verdict", ncb_verdict_names[ncb_judge(r->metric, c,
					plan->arm[i].flags ? 0 : ncb_stats_envelope(s, row, true))]));
	}
	return out;
}

static json_t *statistics_json(const struct ncb_stats *s)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	json_t *rows = json_array(), *lines = json_array();
	size_t i, k;
	uint32_t a;

	for (i = 0; i < r->nrows; i++) {
		const struct ncb_row *row = &r->rows[i];
		json_t *arms = json_object();

		for (a = 0; a < row->arms; a++) {
			const struct ncb_arm_stats *st = ncb_stats_arm(s, i, a);

			if (st->samples)
				json_object_set_new(arms, row->arm[a].name, arm_stats_json(r, st));
		}
		json_array_append_new(rows, json_pack("{ss so so so}", "row", row->id, "arms", arms,
				"changes", row_changes_json(s, i),
				"envelope", json_number(ncb_stats_envelope(s, i, true))));
		for (k = 0; k < i && !ncb_same_family(&r->rows[k], row); k++)
			;
		for (a = 0; a < row->arms && k == i; a++) {
			struct ncb_line l = ncb_stats_line(s, i, row->arm[a].name);

			if (l.slope.valid)
				json_array_append_new(lines, json_pack("{ss ss so so so sI}",
					"family", row->id, "arm", row->arm[a].name,
					"fixed", interval_json(l.fixed),
					"slope", interval_json(l.slope),
					"residual", json_number(l.residual),
					"points", (json_int_t)l.points));
		}
	}
	return json_pack("{so so}", "rows", rows, "lines", lines);
}

/* What cannot be read back is not written. NULL where the sample is fine. */
static const char *sample_fault(const struct ncb_rundata *r, const struct ncb_raw *raw)
{
	const struct ncb_sample *s = &raw->s;

	if (raw->row >= r->nrows)
		return "row";
	if (s->arm >= r->rows[raw->row].arms ||
	    r->rows[raw->row].arm[s->arm].status == NCB_ARM_MISSING)
		return "arm";
	if (raw->reload >= r->reloads)
		return "reload";
	if (s->block >= r->blocks)
		return "block";
	if (s->pos >= NCB_ARMS_MAX)
		return "pos";
	if (s->clone >= NCB_CLONES_MAX)
		return "clone";
	if (s->kind >= NCB_KINDS)
		return "kind";
	if (s->iters > 2 * NCB_ITERS_MAX + 1 || (s->iters == 0) > (s->kind == NCB_KIND_BASE))
		return "iters";
	if (!s->stretches || s->stretches > 2 * NCB_ITERS_MAX + 1)
		return "stretches";
	if (s->ticks > TICKS_MAX)
		return "ticks";
	if (s->flags & ~(NCB_SAMPLE_SWITCHED | NCB_SAMPLE_IRQS_ON |
			 NCB_SAMPLE_INTERRUPTED))
		return "flags";
	return NULL;
}

static int gz_fault(gzFile gz)
{
	int number;

	gzerror(gz, &number);
	return number == Z_ERRNO && errno ? -errno : number == Z_MEM_ERROR ? -ENOMEM : -EIO;
}

/* The gzip header has no name and no time, so the same samples give the same bytes. */
static int write_samples(const struct ncb_rundata *r, const char *path, uint32_t *crc)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), copy, n, err = 0;
	const char *fault;
	char line[LINE_SIZE];
	gzFile gz;
	size_t i;

	if (fd < 0)
		return -errno;
	copy = dup(fd);
	gz = copy < 0 ? NULL : gzdopen(copy, "wb6");
	if (!gz) {
		err = copy < 0 ? -errno : -ENOMEM;
		if (copy >= 0)
			close(copy);
		close(fd);
		return err;
	}
	n = strlen(SAMPLES_HEADER);
	*crc = crc32(0, (const Bytef *)SAMPLES_HEADER, n);
	if (gzwrite(gz, SAMPLES_HEADER, n) != n)
		err = gz_fault(gz);
	for (i = 0; i < r->nsamples && !err; i++) {
		const struct ncb_raw *raw = &r->samples[i];
		const struct ncb_sample *s = &raw->s;

		fault = sample_fault(r, raw);
		if (fault) {
			ncb_error("sample %zu: its %s is out of range; not kept", i, fault);
			err = -EINVAL;
			break;
		}
		n = snprintf(line, sizeof(line), "%u,%s,%u,%u,%u,%u,%u,%u,%u,%llu,%u\n", raw->row,
			     r->rows[raw->row].arm[s->arm].name, raw->reload, s->block, s->pos,
			     s->clone, s->kind, s->iters, s->stretches,
			     (unsigned long long)s->ticks, s->flags);
		*crc = crc32(*crc, (const Bytef *)line, n);
		errno = 0;
		if (gzwrite(gz, line, n) != n)
			err = gz_fault(gz);
	}
	errno = 0;
	if (gzclose(gz) != Z_OK && !err)
		err = errno ? -errno : -EIO;
	if (!err && fsync(fd) < 0)
		err = -errno;
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

static int write_json(json_t *json, const char *path)
{
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17)), *line;
	int err;

	if (!text)
		return -ENOMEM;
	line = ncb_format("%s\n", text);
	err = ncb_write_file(path, line, strlen(line));
	free(line);
	free(text);
	return err;
}

static int write_failed(const char *path, int err)
{
	if (err && err != -EINVAL)
		ncb_error("cannot write %s: %s%s", path, strerror(-err),
			  err == -ENOSPC || err == -EDQUOT ? "; free some space, run again" : "");
	return err;
}

static int save_data(const struct ncb_rundata *r, const char *dir, const struct ncb_stats *s)
{
	char *path = ncb_format("%s/" SAMPLES_FILE, dir);
	uint32_t crc = 0;
	json_t *json;
	int err;

	err = write_failed(path, write_samples(r, path, &crc));
	free(path);
	if (err)
		return err;
	json = run_json(r, crc);
	if (s)
		json_object_set_new(json, "statistics", statistics_json(s));
	path = ncb_format("%s/" RESULT_FILE, dir);
	err = write_failed(path, write_json(json, path));
	free(path);
	json_decref(json);
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
	return save_data(r, dir, NULL);
}

/* The report as text or, with @html, as a page with the pictures in <dir>/plots. */
static int save_report(const struct ncb_stats *s, const char *dir, const char *name, bool html)
{
	char *path = ncb_format("%s/%s", dir, name), *plots = ncb_format("%s/plots", dir);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int err = f ? 0 : -errno;

	if (f) {
		err = html ? ncb_report_html_with(s, f, true, plots) :
			     ncb_report_text_with(s, f, false);
		if (fclose(f) && !err)
			err = -errno;
	}
	if (!err)
		err = ncb_write_file(path, text, size);
	free(text);
	err = write_failed(path, err);
	free(path);
	free(plots);
	return err;
}

static int sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0 && errno != EINVAL)
		err = -errno;
	close(fd);
	return err;
}

static int save_all(const struct ncb_rundata *r, const char *dir)
{
	struct ncb_stats *s = ncb_stats_new(r);
	int err = save_data(r, dir, s);

	if (!err)
		err = ncb_plot_into(s, dir, NULL);
	/* Without gnuplot, or where it fails, only the pictures are missing. */
	if (err == -ENOENT || err == -ECHILD || err == -ETIMEDOUT || err == -EINTR)
		err = 0;
	if (!err)
		err = save_report(s, dir, "report.txt", false);
	if (!err)
		err = save_report(s, dir, "report.html", true);
	if (!err)
		err = write_failed(dir, sync_dir(dir));
	ncb_stats_free(s);
	return err;
}

static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* Not every file system can refuse by itself. */
	if (ncb_exists(to))
		return -EEXIST;
	return rename(from, to) < 0 ? -errno : 0;
}

/**
 * ncb_result_save - keep a run with its reports and pictures
 * @r: the run
 * @dir: folder to make; what is not whole has another name, <dir>.partial-<pid>
 *
 * Return: 0; -EEXIST where @dir exists; -EINVAL for samples out of range; other
 * -errno of the files. The reason is on stderr, and nothing is left behind.
 */
int ncb_result_save(const struct ncb_rundata *r, const char *dir)
{
	char *partial = ncb_format("%s.partial-%d", dir, (int)getpid());
	int err;

	if (ncb_exists(dir)) {
		err = -EEXIST;
		goto out;
	}
	ncb_remove_tree(partial);
	err = write_failed(partial, ncb_make_dirs(partial));
	if (!err) {
		err = save_all(r, partial);
		if (!err) {
			err = rename_new(partial, dir);
			if (err != -EEXIST)
				write_failed(dir, err);
		}
	}
	if (err)
		ncb_remove_tree(partial);
out:
	if (err == -EEXIST)
		ncb_error("%s exists already; choose another name", dir);
	free(partial);
	return err;
}

/* -- reading -- */

struct reader {
	const char *path;
	char where[64];		/* "rows[3].arms[1]." */
};

static int PRINTF(2, 3) fault(const struct reader *in, const char *format, ...)
{
	char text[512], *p;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* What a file says is not to reach the terminal as it is. */
	for (p = text; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	ncb_error("%s: %s", in->path, text);
	return -EBADMSG;
}

static int get_string(const struct reader *in, const json_t *object, const char *key,
		      const char **out)
{
	const json_t *value = json_object_get(object, key);

	*out = json_string_value(value);
	if (!*out || strlen(*out) != json_string_length(value))
		return fault(in, "%s%s is missing or no text", in->where, key);
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
		return fault(in, "%s%s is missing or no whole number above zero", in->where, key);
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
		return fault(in, "%sname: '%s' is no name of an arm", in->where, arm->name);
	return 0;
}

static int read_row(struct reader *in, const json_t *json, size_t index, struct ncb_row *row)
{
	const json_t *arms = json_object_get(json, "arms"), *entry;
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
	size_t i;

	if (!json_is_array(rows) || json_array_size(rows) > ROWS_MAX)
		return fault(in, "rows is no list of at most %u", ROWS_MAX);
	r->rows = ncb_alloc(json_array_size(rows), sizeof(*r->rows));
	json_array_foreach(rows, i, entry) {
		if (read_row(in, entry, i, &r->rows[i]))
			return -EBADMSG;
		r->nrows++;
	}
	return 0;
}

static int read_env(const struct reader *in, json_t *json, struct ncb_rundata *r)
{
	json_t *env = json_object_get(json, "env"), *missing = json_object_get(json, "missing");
	const json_t *value;
	const char *key;
	size_t i;

	if (!json_is_object(env))
		return fault(in, "env is missing or no object");
	json_object_foreach(env, key, value)
		if (!json_is_string(value) && !json_is_number(value) && !json_is_boolean(value))
			return fault(in, "env.%s is neither text nor number", key);
	if (!json_is_array(missing))
		return fault(in, "missing is no list");
	json_array_foreach(missing, i, value)
		if (!json_is_string(json_object_get(value, "row")) ||
		    !json_is_string(json_object_get(value, "reason")))
			return fault(in, "missing[%zu] is no pair of row and reason", i);
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
		      ", this one reads up to %d", number, SCHEMA_VERSION);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

static int read_run(struct reader *in, json_t *json, struct ncb_rundata *r)
{
	const json_t *hz = json_object_get(json, "tick_hz");
	const json_t *interrupted = json_object_get(json, "interrupted");
	const char *name, *target, *profile, *bad;
	uint32_t metric = 0;
	int err = check_schema(in, json);

	if (err)
		return err;
	if (get_string(in, json, "name", &name) || get_string(in, json, "target", &target) ||
	    get_string(in, json, "profile", &profile) ||
	    get_name(in, json, "metric", ncb_metric_names, NCB_METRICS, &metric) ||
	    get_u64(in, json, "seed", UINT64_MAX, &r->seed) ||
	    get_u32(in, json, "reloads", RELOADS_MAX, &r->reloads) ||
	    get_u32(in, json, "blocks", NCB_BLOCKS_MAX, &r->blocks) ||
	    get_bits(in, json, "features", feature_names, &r->features) ||
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
	if (read_env(in, json, r) || read_rows(in, json, r))
		return -EBADMSG;
	bad = ncb_precision_read(json, r);
	return bad ? fault(in, "%s is damaged or out of range", bad) : 0;
}

/* The next number of a line; *p is left behind the @end that follows it. */
static bool next_number(const char **p, char end, uint64_t max, uint64_t *out)
{
	char *stop;

	if (!isdigit((unsigned char)**p))
		return false;
	errno = 0;
	*out = strtoull(*p, &stop, 10);
	if (errno || *stop != end || *out > max)
		return false;
	*p = stop + 1;
	return true;
}

/* NULL, or the name of the first column that is wrong. */
static const char *parse_line(const struct ncb_rundata *r, const char *line, struct ncb_raw *raw)
{
	char arm[NCB_NAME_LEN];
	const char *p = line;
	uint64_t v[11];
	size_t n;
	int index;

#define COLUMN(i, name, end, max) \
	do { if (!next_number(&p, end, max, &v[i])) return name; } while (0)
	COLUMN(0, "row", ',', UINT32_MAX);
	n = strcspn(p, ",");
	if (p[n] != ',' || n >= sizeof(arm) || v[0] >= r->nrows)
		return v[0] >= r->nrows ? "row" : "arm";
	snprintf(arm, sizeof(arm), "%.*s", (int)n, p);
	p += n + 1;
	index = ncb_row_arm_find(&r->rows[v[0]], arm);
	if (index < 0)
		return "arm";
	COLUMN(2, "reload", ',', UINT32_MAX);
	COLUMN(3, "block", ',', UINT16_MAX);
	COLUMN(4, "pos", ',', UINT8_MAX);
	COLUMN(5, "clone", ',', UINT8_MAX);
	COLUMN(6, "kind", ',', UINT8_MAX);
	COLUMN(7, "iters", ',', UINT32_MAX);
	COLUMN(8, "stretches", ',', UINT32_MAX);
	COLUMN(9, "ticks", ',', UINT64_MAX);
	COLUMN(10, "flags", '\n', UINT8_MAX);
#undef COLUMN
	*raw = (struct ncb_raw) {
		.row = v[0],
		.reload = v[2],
		.s = {
			.ticks = v[9], .iters = v[7], .stretches = v[8], .block = v[3],
			.arm = index, .clone = v[5], .pos = v[4], .kind = v[6], .flags = v[10],
		},
	};
	return sample_fault(r, raw);
}

static int read_lines(const struct reader *in, gzFile gz, struct ncb_rundata *r, uint64_t count,
		      uint32_t crc)
{
	char line[LINE_SIZE];
	const char *column;
	struct ncb_raw raw;
	uint32_t seen;
	uint64_t i;
	int number;

	if (!gzgets(gz, line, sizeof(line)) || gzdirect(gz))
		return fault(in, "damaged, or no gzip file");
	if (strcmp(line, SAMPLES_HEADER))
		return fault(in, "its first line does not name the columns expected");
	seen = crc32(0, (const Bytef *)line, strlen(line));
	for (i = 0; gzgets(gz, line, sizeof(line)); i++) {
		if (i == count)
			return fault(in, "holds more than the %" PRIu64 " samples that " RESULT_FILE
				     " speaks of", count);
		column = parse_line(r, line, &raw);
		if (column)
			return fault(in, "line %" PRIu64 ": %s is damaged or out of range", i + 2,
				     column);
		seen = crc32(seen, (const Bytef *)line, strlen(line));
		ncb_rundata_add(r, &raw);
	}
	gzerror(gz, &number);
	if (number != Z_OK && number != Z_STREAM_END)
		return fault(in, "ends early or is damaged after %" PRIu64 " of %" PRIu64
			     " samples", i, count);
	if (i != count)
		return fault(in, "holds %" PRIu64 " samples, " RESULT_FILE " speaks of %" PRIu64, i,
			     count);
	if (seen != crc)
		return fault(in, "its check sum is not the one in " RESULT_FILE);
	return 0;
}

static int read_samples(const struct reader *result, const char *dir, const json_t *json,
			struct ncb_rundata *r)
{
	char *path = ncb_format("%s/" SAMPLES_FILE, dir), *end;
	const json_t *about = json_object_get(json, "samples");
	struct reader in = { .path = path };
	const char *hex;
	uint64_t count;
	uint32_t crc;
	gzFile gz;
	int err;

	err = get_string(result, about, "crc32", &hex);
	if (!err)
		err = get_u64(result, about, "count", SAMPLES_MAX, &count);
	if (err)
		goto out;
	crc = strtoul(hex, &end, 16);
	if (strlen(hex) != 8 || *end) {
		err = fault(result, "samples.crc32 is no check sum");
		goto out;
	}
	errno = 0;
	gz = gzopen(path, "rbe");
	if (!gz) {
		err = errno ? -errno : -ENOMEM;
		ncb_error("cannot read %s: %s", path, strerror(-err));
		goto out;
	}
	gzbuffer(gz, 1 << 17);
	err = read_lines(&in, gz, r, count, crc);
	gzclose(gz);
out:
	free(path);
	return err;
}

/* NULL with errno set and a message. */
static json_t *read_json(const struct reader *in)
{
	json_error_t error;
	struct stat st;
	size_t size;
	json_t *json;
	char *text, *near;

	if (stat(in->path, &st) == 0 && !S_ISREG(st.st_mode)) {
		fault(in, "not a file");
		errno = EBADMSG;
		return NULL;
	}
	if (stat(in->path, &st) == 0 && (unsigned long)st.st_size > RESULT_SIZE_MAX) {
		fault(in, "larger than %lu MiB: no result of ncbench", RESULT_SIZE_MAX >> 20);
		errno = EBADMSG;
		return NULL;
	}
	text = ncb_read_file(in->path, &size);
	if (!text) {
		int saved = errno;

		ncb_error("cannot read %s: %s", in->path, strerror(saved));
		errno = saved;
		return NULL;
	}
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if (json)
		return json;
	near = strstr(error.text, " near ");
	if (near)
		*near = '\0';
	fault(in, "damaged at line %d: %s", error.line, size ? error.text : "it is empty");
	errno = EBADMSG;
	return NULL;
}

/**
 * ncb_result_load - read a run
 * @r: gets it; whatever it holds is overwritten, not freed
 * @dir: its folder
 *
 * Statistics that were kept with the run are not read: they are computed anew
 * from the samples.
 *
 * Return: 0; -ENOENT and other -errno of the files; -EBADMSG where they are
 * damaged or foreign; -EPROTONOSUPPORT where a newer version wrote them. One
 * sentence on stderr says which file and what. @r is empty then.
 */
int ncb_result_load(struct ncb_rundata *r, const char *dir)
{
	char *path = ncb_format("%s/" RESULT_FILE, dir);
	struct reader in = { .path = path };
	json_t *json = read_json(&in);
	int err = json ? 0 : -errno;

	ncb_rundata_init(r);
	if (!err)
		err = read_run(&in, json, r);
	if (!err)
		err = read_samples(&in, dir, json, r);
	if (err) {
		ncb_rundata_free(r);
		ncb_rundata_init(r);
	}
	json_decref(json);
	free(path);
	return err;
}
