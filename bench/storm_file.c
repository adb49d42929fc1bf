// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storms on disk: the object "storms" of result.json, and storm.csv.gz, whose lines
 * storm_lines.c has. results/README.md describes both. What cannot be read back is
 * not written.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/storm/ncb_storm_uapi.h"
#include "part.h"
#include "storm_lines.h"
#include "storm_stats.h"

const char *const ncb_storm_mode_names[NCB_STORM_MODES] = {
	"distinct", "duplicate", "copies", "autoload", "churn", "fail", "veto", "mixed",
};
const char *const ncb_storm_shape_names[NCB_SHAPES] = {
	"small", "text", "symbols", "functions", "percpu", "dyndbg",
};
const char *const ncb_storm_what_names[NCB_STORM_WHATS] = {
	"load", "unload", "request", "coming", "live", "going", "other", "callback", "round",
};
const char *const ncb_storm_memory_names[NCB_MEMORY_KINDS] = {
	"free", "vmalloc", "percpu", "slab", "modules",
};

/** ncb_storms_new - no storms yet */
struct ncb_storms *ncb_storms_new(void)
{
	return ncb_alloc(1, sizeof(struct ncb_storms));
}

/** ncb_storms_free - give back what storms hold */
void ncb_storms_free(struct ncb_storms *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->storms; i++) {
		free(s->storm[i].count);
		free(s->storm[i].stat);
	}
	free(s->storm);
	free(s->record);
	free(s->memory);
	free(s->callback);
	ncb_storm_index_free(s->index);
	free(s);
}

/** ncb_storms_add - append a record */
void ncb_storms_add(struct ncb_storms *s, const struct ncb_storm_record *record)
{
	if (s->records == s->room) {
		s->room = s->room ? 2 * s->room : 4096;
		s->record = ncb_grow(s->record, s->room, sizeof(*s->record));
	}
	s->record[s->records++] = *record;
}

/* -- what has to hold, when it is written as when it is read -- */

static bool PRINTF(2, 3) wrong(char why[NCB_STORM_TEXT], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, NCB_STORM_TEXT, format, args);
	va_end(args);
	return false;
}

/* Names stand in rows of tables, in files and pictures: no surprises in them. */
static bool plain_id(const char *id)
{
	return *id && strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789._+-%/@") == strlen(id);
}

/** ncb_storm_kind - what was loaded, in a word */
const char *ncb_storm_kind(const struct ncb_storm *storm)
{
	return storm->module[0] ? storm->module : ncb_storm_shape_names[storm->shape];
}

/** ncb_storm_same_kind - whether two storms loaded the same */
bool ncb_storm_same_kind(const struct ncb_storm *a, const struct ncb_storm *b)
{
	return a->shape == b->shape && !strcmp(a->module, b->module);
}

/* Slopes are taken over the storms of a sweep: they have to be the same but for @extra. */
static bool same_sweep(const struct ncb_storm *a, const struct ncb_storm *b)
{
	return a->mode == b->mode && ncb_storm_same_kind(a, b) && a->threads == b->threads &&
	       a->modules == b->modules && a->extra != b->extra;
}

/* NULL, or the number that is out of range, with what it may be. */
static const char *storm_fault(const struct ncb_storm *m, uint64_t *value, uint64_t *low,
			       uint64_t *high)
{
	const struct {
		const char *name;
		uint64_t value, low, high;
	} numbers[] = {
		{ "mode", m->mode, 0, NCB_STORM_MODES - 1 },
		{ "shape", m->shape, 0, NCB_SHAPES - 1 },
		{ "threads", m->threads, 1, NCB_STORM_THREADS_MAX },
		{ "modules", m->modules, 1, NCB_STORM_MODULES_MAX },
		{ "rounds", m->rounds, 0, NCB_STORM_ROUNDS_MAX },
		{ "extra", m->extra, 0, NCB_STORM_EXTRA_MAX },
		{ "sweep", m->sweep, 0, NCB_STORMS_MAX },
		{ "file_size", m->file_size, 0, NCB_STORM_NUMBER_MAX },
		{ "inside_ns", m->inside_ns, 0, NCB_STORM_NUMBER_MAX },
		{ "thread_ns", m->thread_ns, 0, NCB_STORM_NUMBER_MAX },
		{ "counters", m->counts, 0, NCB_STORM_COUNTS_MAX },
		{ "stats", m->stats, 0, NCB_STORM_COUNTS_MAX },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (numbers[i].value >= numbers[i].low && numbers[i].value <= numbers[i].high)
			continue;
		*value = numbers[i].value;
		*low = numbers[i].low;
		*high = numbers[i].high;
		return numbers[i].name;
	}
	return NULL;
}

static bool check_storm(const struct ncb_storms *s, size_t i, char why[NCB_STORM_TEXT])
{
	const struct ncb_storm *m = &s->storm[i];
	uint64_t value, low, high;
	const char *name = storm_fault(m, &value, &low, &high);
	size_t k;

	if (name)
		return wrong(why, "storms.list[%zu].%s: %" PRIu64 " is not in %" PRIu64 " .. %" PRIu64,
			     i, name, value, low, high);
	if (!plain_id(m->id))
		return wrong(why, "storms.list[%zu].id: '%s' is no name", i, m->id);
	for (k = 0; k < i; k++) {
		const struct ncb_storm *other = &s->storm[k];

		if (!strcmp(m->id, other->id))
			return wrong(why, "storms.list[%zu].id: '%s' is there twice", i, m->id);
		if (m->sweep && m->sweep == other->sweep && !same_sweep(m, other))
			return wrong(why, "storms.list[%zu].sweep: '%s' and '%s' differ in more than in their extra notifiers, or not in them",
				     i, m->id, other->id);
	}
	return true;
}

static bool check_storms(const struct ncb_storms *s, char why[NCB_STORM_TEXT])
{
	size_t i;

	if (s->storms > NCB_STORMS_MAX)
		return wrong(why, "storms.list has more than %u storms", NCB_STORMS_MAX);
	if (s->callbacks > NCB_STORM_CALLBACKS_MAX)
		return wrong(why, "storms.callbacks has more than %u notifiers",
			     NCB_STORM_CALLBACKS_MAX);
	if (s->cpus > NCB_STORM_CPUS_MAX)
		return wrong(why, "storms.cpus: %u is not in 0 .. %u", s->cpus,
			     NCB_STORM_CPUS_MAX);
	if (s->records > NCB_STORM_RECORDS_LIMIT ||
	    s->memories > NCB_STORM_RECORDS_LIMIT - s->records)
		return wrong(why, "storms.records and memories: more than %u",
			     NCB_STORM_RECORDS_LIMIT);
	if (!s->storms && !*s->reason)
		return wrong(why, "storms.list is empty, and storms.reason does not say why");
	for (i = 0; i < s->storms; i++)
		if (!check_storm(s, i, why))
			return false;
	return true;
}

/* -- writing -- */

/**
 * ncb_storms_write - keep the records of storms
 * @s: the storms
 * @dir: an existing folder
 * @crc: gets the check sum
 *
 * Return: 0; -EINVAL with a message; other -errno of the file.
 */
int ncb_storms_write(const struct ncb_storms *s, const char *dir, uint32_t *crc)
{
	struct ncb_lines_out out;
	char why[NCB_STORM_TEXT];
	char *path;

	if (!check_storms(s, why)) {
		ncb_error("%s; not kept", why);
		return -EINVAL;
	}
	path = ncb_format("%s/" NCB_STORM_FILE, dir);
	ncb_lines_create(&out, path);
	ncb_storm_lines_put(&out, s);
	*crc = out.crc;
	free(path);
	return ncb_lines_finish(&out);
}

/* What kernels and programs say is read back from here on: cleaned. */
static json_t *text_json(const char *text)
{
	char *clean = ncb_part_clean(text);
	json_t *out = json_string(clean);

	free(clean);
	return out;
}

static json_t *counts_json(const struct ncb_storm_count *count, size_t n)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(out, json_pack("{so so}", "name", text_json(count[i].name),
				"value", count[i].value > INT64_MAX ? json_null() :
					 json_integer(count[i].value)));
	return out;
}

static json_t *storm_json(const struct ncb_storm *m)
{
	return json_pack("{ss ss ss* ss* sI sI sI sI sI sb so sb sI sI sI sI sI so so so so}", "id", m->id,
			 "mode", ncb_storm_mode_names[m->mode],
			 "shape", m->module[0] ? NULL : ncb_storm_shape_names[m->shape],
			 "module", m->module[0] ? m->module : NULL,
			 "threads", (json_int_t)m->threads, "modules", (json_int_t)m->modules,
			 "rounds", (json_int_t)m->rounds, "extra", (json_int_t)m->extra,
			 "sweep", (json_int_t)m->sweep, "traced", m->traced,
			 "reason", text_json(m->reason),
			 "failed", m->failed, "file_size", (json_int_t)m->file_size,
			 "inside_ns", (json_int_t)m->inside_ns,
			 "thread_ns", (json_int_t)m->thread_ns,
			 "helpers", (json_int_t)m->helpers, "probe_ns", (json_int_t)m->probe_ns,
			 "extra_calls", m->extra_calls > INT64_MAX ? json_null() :
							json_integer(m->extra_calls),
			 "counters", counts_json(m->count, m->counts),
			 "counters_why", text_json(m->why_none),
			 "stats", counts_json(m->stat, m->stats));
}

static json_t *callbacks_json(const struct ncb_storms *s)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < s->callbacks; i++)
		json_array_append_new(out, json_pack("{so si sb}",
				"symbol", text_json(s->callback[i].symbol),
				"priority", (int)s->callback[i].priority,
				"behind_middle", s->callback[i].behind_middle));
	return out;
}

/**
 * ncb_storms_json - all but the records, for result.json
 * @s: the storms, as ncb_storms_write() took them
 * @crc: as it gave it
 */
json_t *ncb_storms_json(const struct ncb_storms *s, uint32_t crc)
{
	json_t *list = json_array();
	char hex[16];
	size_t i;

	for (i = 0; i < s->storms; i++)
		json_array_append_new(list, storm_json(&s->storm[i]));
	snprintf(hex, sizeof(hex), "%08" PRIx32, crc);
	return json_pack("{so sI sb sI so so so ss sI sI ss so}", "reason", text_json(s->reason),
			 "cpus", (json_int_t)s->cpus, "interrupted", s->interrupted,
			 "lost", (json_int_t)(s->lost > INT64_MAX ? INT64_MAX : s->lost),
			 "leak", text_json(s->leak), "callbacks", callbacks_json(s),
			 "callbacks_why", text_json(s->callbacks_why), "file", NCB_STORM_FILE,
			 "records", (json_int_t)s->records, "memories", (json_int_t)s->memories,
			 "crc32", hex, "list", list);
}

/* -- reading result.json -- */

static bool get_text(const json_t *json, const char *where, const char *key, char *out,
		     size_t size, char why[NCB_STORM_TEXT])
{
	if (!ncb_part_text(json, key, size))
		return wrong(why, "%s%s is missing or no text of at most %zu printable bytes",
			     where, key, size - 1);
	strcpy(out, ncb_part_string(json, key));
	return true;
}

static bool get_whole(const json_t *json, const char *where, const char *key, uint64_t max,
		      uint64_t *out, char why[NCB_STORM_TEXT])
{
	const json_t *value = json_object_get(json, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > max)
		return wrong(why, "%s%s is missing or no whole number in 0 .. %" PRIu64, where, key,
			     max);
	*out = json_integer_value(value);
	return true;
}

static bool get_u32(const json_t *json, const char *where, const char *key, uint32_t *out,
		    char why[NCB_STORM_TEXT])
{
	uint64_t value;

	if (!get_whole(json, where, key, UINT32_MAX, &value, why))
		return false;
	*out = value;
	return true;
}

static bool get_bool(const json_t *json, const char *where, const char *key, bool *out,
		     char why[NCB_STORM_TEXT])
{
	const json_t *value = json_object_get(json, key);

	*out = json_is_true(value);
	return json_is_boolean(value) ||
	       wrong(why, "%s%s is neither true nor false", where, key);
}

static bool get_name(const json_t *json, const char *where, const char *key,
		     const char *const *names, uint32_t count, uint32_t *out,
		     char why[NCB_STORM_TEXT])
{
	const char *text = ncb_part_string(json, key);

	for (*out = 0; *out < count; ++*out)
		if (!strcmp(text, names[*out]))
			return true;
	return wrong(why, "%s%s: '%.40s' is unknown", where, key, text);
}

/* An array of at most @max; NULL: it is none. */
static const json_t *get_list(const json_t *json, const char *where, const char *key, size_t max,
			      char why[NCB_STORM_TEXT])
{
	const json_t *list = json_object_get(json, key);

	if (json_is_array(list) && json_array_size(list) <= max)
		return list;
	wrong(why, "%s%s is no list of at most %zu", where, key, max);
	return NULL;
}

static bool get_counts(const json_t *json, const char *where, const char *key,
		       struct ncb_storm_count **out, size_t *n, char why[NCB_STORM_TEXT])
{
	const json_t *list = get_list(json, where, key, NCB_STORM_COUNTS_MAX, why), *entry;
	char here[96];
	size_t i;

	if (!list)
		return false;
	*out = ncb_alloc(json_array_size(list), sizeof(**out));
	json_array_foreach(list, i, entry) {
		struct ncb_storm_count *c = &(*out)[i];

		snprintf(here, sizeof(here), "%s%s[%zu].", where, key, i);
		if (!get_text(entry, here, "name", c->name, sizeof(c->name), why))
			return false;
		c->value = NCB_STORM_UNKNOWN;
		if (!json_is_null(json_object_get(entry, "value")) &&
		    !get_whole(entry, here, "value", INT64_MAX, &c->value, why))
			return false;
		++*n;
	}
	return true;
}

/* Payloads of a shape, or a packaged module. */
static bool get_kind(const json_t *json, const char *where, struct ncb_storm *m,
		     char why[NCB_STORM_TEXT])
{
	if (!json_object_get(json, "module"))
		return get_name(json, where, "shape", ncb_storm_shape_names, NCB_SHAPES, &m->shape,
				why);
	if (!get_text(json, where, "module", m->module, sizeof(m->module), why))
		return false;
	return ncb_storm_is_module_name(m->module) ||
	       wrong(why, "%smodule: '%s' is no module's name", where, m->module);
}

/* Null, or not there: not known. */
static bool get_known(const json_t *json, const char *where, const char *key, uint64_t *out,
		      char why[NCB_STORM_TEXT])
{
	const json_t *value = json_object_get(json, key);

	*out = NCB_STORM_UNKNOWN;
	return !value || json_is_null(value) || get_whole(json, where, key, INT64_MAX, out, why);
}

static bool read_storm(const json_t *json, size_t i, struct ncb_storm *m,
		       char why[NCB_STORM_TEXT])
{
	char where[64];

	snprintf(where, sizeof(where), "storms.list[%zu].", i);
	return get_text(json, where, "id", m->id, sizeof(m->id), why) &&
	       get_name(json, where, "mode", ncb_storm_mode_names, NCB_STORM_MODES, &m->mode,
			why) &&
	       get_kind(json, where, m, why) &&
	       get_u32(json, where, "threads", &m->threads, why) &&
	       get_u32(json, where, "modules", &m->modules, why) &&
	       get_u32(json, where, "rounds", &m->rounds, why) &&
	       get_u32(json, where, "extra", &m->extra, why) &&
	       get_u32(json, where, "sweep", &m->sweep, why) &&
	       get_bool(json, where, "traced", &m->traced, why) &&
	       get_text(json, where, "reason", m->reason, sizeof(m->reason), why) &&
	       get_bool(json, where, "failed", &m->failed, why) &&
	       get_whole(json, where, "file_size", INT64_MAX, &m->file_size, why) &&
	       get_whole(json, where, "inside_ns", INT64_MAX, &m->inside_ns, why) &&
	       get_whole(json, where, "thread_ns", INT64_MAX, &m->thread_ns, why) &&
	       get_u32(json, where, "helpers", &m->helpers, why) &&
	       get_u32(json, where, "probe_ns", &m->probe_ns, why) &&
	       get_known(json, where, "extra_calls", &m->extra_calls, why) &&
	       get_counts(json, where, "counters", &m->count, &m->counts, why) &&
	       get_text(json, where, "counters_why", m->why_none, sizeof(m->why_none), why) &&
	       get_counts(json, where, "stats", &m->stat, &m->stats, why);
}

static bool read_list(const json_t *json, struct ncb_storms *s, char why[NCB_STORM_TEXT])
{
	const json_t *list = get_list(json, "storms.", "list", NCB_STORMS_MAX, why), *entry;
	size_t i;

	if (!list)
		return false;
	s->storm = ncb_alloc(json_array_size(list), sizeof(*s->storm));
	json_array_foreach(list, i, entry) {
		s->storms++;
		if (!read_storm(entry, i, &s->storm[i], why))
			return false;
	}
	return true;
}

static bool read_callbacks(const json_t *json, struct ncb_storms *s, char why[NCB_STORM_TEXT])
{
	const json_t *list = get_list(json, "storms.", "callbacks", NCB_STORM_CALLBACKS_MAX, why);
	const json_t *entry;
	size_t i;

	if (!list)
		return false;
	s->callback = ncb_alloc(json_array_size(list), sizeof(*s->callback));
	json_array_foreach(list, i, entry) {
		struct ncb_storm_callback *c = &s->callback[i];
		const json_t *priority = json_object_get(entry, "priority");
		char where[64];

		snprintf(where, sizeof(where), "storms.callbacks[%zu].", i);
		if (!json_is_integer(priority) || json_integer_value(priority) < INT32_MIN ||
		    json_integer_value(priority) > INT32_MAX)
			return wrong(why, "%spriority is missing or no priority", where);
		c->priority = json_integer_value(priority);
		if (!get_text(entry, where, "symbol", c->symbol, sizeof(c->symbol), why) ||
		    !get_bool(entry, where, "behind_middle", &c->behind_middle, why))
			return false;
		s->callbacks++;
	}
	return true;
}

/* What result.json says of the lines. */
struct announced {
	uint64_t records, memories;
	uint32_t crc;
};

static bool read_object(const json_t *json, struct ncb_storms *s, struct announced *a,
			char why[NCB_STORM_TEXT])
{
	if (!json_is_object(json))
		return wrong(why, "storms is no object");
	if (!ncb_lines_crc(ncb_part_string(json, "crc32"), &a->crc))
		return wrong(why, "storms.crc32 is no check sum");
	if (!get_whole(json, "storms.", "records", NCB_STORM_RECORDS_LIMIT, &a->records, why) ||
	    !get_whole(json, "storms.", "memories", NCB_STORM_RECORDS_LIMIT - a->records,
		       &a->memories, why))
		return false;
	return get_text(json, "storms.", "reason", s->reason, sizeof(s->reason), why) &&
	       get_u32(json, "storms.", "cpus", &s->cpus, why) &&
	       get_bool(json, "storms.", "interrupted", &s->interrupted, why) &&
	       get_whole(json, "storms.", "lost", INT64_MAX, &s->lost, why) &&
	       get_text(json, "storms.", "leak", s->leak, sizeof(s->leak), why) &&
	       get_text(json, "storms.", "callbacks_why", s->callbacks_why,
			sizeof(s->callbacks_why), why) &&
	       read_callbacks(json, s, why) && read_list(json, s, why) && check_storms(s, why);
}

/* -- both -- */

static int read_file(const char *path, struct ncb_storms *s, const struct announced *a)
{
	uint64_t lines = a->records + a->memories;
	struct ncb_lines l;
	int err = ncb_lines_open(&l, path, NCB_LINES_CHUNK + lines * NCB_LINE_LIKELY_MAX);

	if (err)
		return err;
	err = ncb_storm_lines_read(&l, s, lines);
	if (!err && (s->records != a->records || s->memories != a->memories))
		err = ncb_file_fault(path, "holds %zu records and %zu looks at the memory, result.json speaks of %" PRIu64 " and %" PRIu64 NCB_COPY_AGAIN,
				     s->records, s->memories, a->records, a->memories);
	if (!err && l.crc != a->crc)
		err = ncb_file_fault(path, "its check sum is not the one in result.json" NCB_COPY_AGAIN);
	ncb_lines_close(&l);
	return err;
}

/**
 * ncb_storms_read - read the storms of a run
 * @json: field "storms" of result.json, or NULL
 * @dir: folder of the run
 * @out: gets them; NULL where there are none
 *
 * Return: 0; -EBADMSG, or -errno of the file, with one sentence on stderr.
 */
int ncb_storms_read(const json_t *json, const char *dir, struct ncb_storms **out)
{
	char *result = ncb_format("%s/result.json", dir);
	char *path = ncb_format("%s/" NCB_STORM_FILE, dir);
	struct ncb_storms *s = json ? ncb_storms_new() : NULL;
	char why[NCB_STORM_TEXT];
	struct announced a;
	int err = 0;

	if (s && !read_object(json, s, &a, why))
		err = ncb_file_fault(result, "%s", why);
	if (s && !err)
		err = read_file(path, s, &a);
	if (err)
		ncb_storms_free(s);
	*out = err ? NULL : s;
	free(result);
	free(path);
	return err;
}

/**
 * ncb_storms_parse - the same from memory
 * @json: field "storms" of result.json, or NULL
 * @lines: what storm.csv.gz would hold, unpacked
 * @size: bytes of it
 * @out: as above
 */
int ncb_storms_parse(const json_t *json, const char *lines, size_t size, struct ncb_storms **out)
{
	struct ncb_storms *s = json ? ncb_storms_new() : NULL;
	char why[NCB_STORM_TEXT];
	struct announced a;
	struct ncb_lines l;
	int err = 0;

	if (s && !read_object(json, s, &a, why))
		err = ncb_file_fault("result.json", "%s", why);
	if (s && !err) {
		ncb_lines_from(&l, NCB_STORM_FILE, lines, size);
		err = ncb_storm_lines_read(&l, s, NCB_STORM_RECORDS_LIMIT);
	}
	if (err)
		ncb_storms_free(s);
	*out = err ? NULL : s;
	return err;
}
