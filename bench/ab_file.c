// SPDX-License-Identifier: GPL-2.0-only
/* Two kernels on disk: results/<name>/ with ab.json, as results/README.md describes it. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ab.h"
#include "folder.h"
#include "lines.h"
#include "part.h"

#define SCHEMA		"ncbench-ab"
#define SCHEMA_VERSION	1
#define NAME_MAX_LEN	64u		/* bytes of the name of a boot's folder */
#define SECONDS_MAX	1e9

const char *const ncb_ab_side_names[NCB_AB_SIDES] = { "a", "b" };

/** ncb_ab_init - nothing is known yet */
void ncb_ab_init(struct ncb_ab *ab)
{
	memset(ab, 0, sizeof(*ab));
}

static void free_list(char **list, size_t n)
{
	while (n)
		free(list[--n]);
	free(list);
}

static void free_kernel(struct ncb_ab_kernel *k)
{
	uint32_t i;

	for (i = 0; i < k->builds; i++) {
		free(k->build[i].flavour);
		free(k->build[i].config);
		free_list(k->build[i].layout, k->build[i].layouts);
	}
	free(k->build);
	free(k->spec);
	free(k->title);
	free(k->source);
	free(k->release);
}

/** ncb_ab_free - the reverse; what was begun and not finished is removed */
void ncb_ab_free(struct ncb_ab *ab)
{
	unsigned int m, side;

	if (ab->partial)
		ncb_remove_tree(ab->partial);
	free(ab->partial);
	free(ab->dir);
	free(ab->suite_version);
	free(ab->revision);
	free(ab->date);
	free(ab->command);
	free(ab->profile);
	for (side = 0; side < NCB_AB_SIDES; side++)
		free_kernel(&ab->kernel[side]);
	json_decref(ab->difference);
	json_decref(ab->behaviour);
	for (m = 0; m < NCB_METRICS; m++) {
		free(ab->missing[m]);
		for (side = 0; side < NCB_AB_SIDES; side++) {
			free_list(ab->names[m][side], ab->boots[m][side]);
			ncb_runset_free(&ab->set[m][side]);
		}
	}
	memset(ab, 0, sizeof(*ab));
}

/** ncb_ab_has_boots - whether anything was kept */
bool ncb_ab_has_boots(const struct ncb_ab *ab)
{
	unsigned int m;

	for (m = 0; m < NCB_METRICS; m++)
		if (ab->boots[m][NCB_AB_A] || ab->boots[m][NCB_AB_B])
			return true;
	return false;
}

/** ncb_ab_time - the metric that time was measured in */
enum ncb_metric ncb_ab_time(const struct ncb_ab *ab)
{
	bool cycles = ab->boots[NCB_CYCLES][NCB_AB_A] || ab->boots[NCB_CYCLES][NCB_AB_B];

	return cycles ? NCB_CYCLES : NCB_NS;
}

/** ncb_ab_is - whether a folder holds two kernels, and not one run */
bool ncb_ab_is(const char *dir)
{
	char *path = ncb_format("%s/" NCB_AB_FILE, dir);
	bool is = ncb_exists(path);

	free(path);
	return is;
}

/* -- what others made of JSON, on the way in and out -- */

static bool is_text(const json_t *value, size_t max)
{
	const char *s = json_string_value(value);

	return s && strlen(s) == json_string_length(value) && strlen(s) <= max;
}

static bool is_count(const json_t *object, const char *key, uint64_t max)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       (uint64_t)json_integer_value(value) <= max;
}

static bool is_difference(const json_t *d)
{
	const json_t *stat = json_object_get(d, "stat"), *line;
	size_t i;

	if (!is_count(d, "files", UINT32_MAX) || !is_count(d, "insertions", UINT32_MAX) ||
	    !is_count(d, "deletions", UINT32_MAX) || !json_is_array(stat) ||
	    json_array_size(stat) > NCB_AB_STAT_MAX)
		return false;
	json_array_foreach(stat, i, line)
		if (!is_text(line, NCB_PART_TEXT))
			return false;
	return true;
}

/* What is in its sides belongs to behaviour.c. */
static bool is_behaviour(const json_t *b)
{
	return json_is_object(json_object_get(b, "a")) && json_is_object(json_object_get(b, "b"));
}

/* -- writing -- */

/* A text that can be read back: UTF-8, and not too long. */
static json_t *text_json(const char *text)
{
	json_t *out = json_string(text ? text : "");
	char *clean;

	if (out && json_string_length(out) <= NCB_RUN_TEXT_MAX)
		return out;
	json_decref(out);
	clean = ncb_part_clean(text);
	out = json_string(clean);
	free(clean);
	return out;
}

static json_t *seed_json(uint64_t seed)
{
	char *text = ncb_format("%llu", (unsigned long long)seed);
	json_t *out = json_string(text);

	free(text);
	return out;
}

static json_t *build_json(const struct ncb_ab_build *b)
{
	json_t *layouts = json_array();
	uint32_t i;

	for (i = 0; i < b->layouts && i < NCB_AB_LINKS_MAX; i++)
		json_array_append_new(layouts, text_json(b->layout[i]));
	return json_pack("{so so sI so sI sI sI sI sf}", "flavour", text_json(b->flavour),
			 "config", text_json(b->config), "links", (json_int_t)b->links,
			 "layouts", layouts, "text", (json_int_t)b->text,
			 "data", (json_int_t)b->data, "bss", (json_int_t)b->bss,
			 "file", (json_int_t)b->file, "seconds", b->seconds);
}

static json_t *kernel_json(const struct ncb_ab_kernel *k)
{
	json_t *builds = json_array();
	uint32_t i;

	for (i = 0; i < k->builds && i < NCB_AB_BUILDS_MAX; i++)
		json_array_append_new(builds, build_json(&k->build[i]));
	return json_pack("{so so so so so}", "spec", text_json(k->spec),
			 "title", text_json(k->title),
			 "source", k->source ? text_json(k->source) : json_null(),
			 "release", text_json(k->release), "builds", builds);
}

static json_t *names_json(const struct ncb_ab *ab, unsigned int metric, unsigned int side)
{
	json_t *out = json_array();
	uint32_t i;

	for (i = 0; i < ab->boots[metric][side]; i++)
		json_array_append_new(out, json_string(ab->names[metric][side][i]));
	return out;
}

static json_t *ab_json(const struct ncb_ab *ab)
{
	json_t *runs = json_object(), *missing = json_object();
	json_t *out = json_pack("{ss si so so so so so so sb}", "schema", SCHEMA, "schema_version",
				SCHEMA_VERSION, "suite_version",
				text_json(ab->suite_version ? ab->suite_version : NCB_VERSION),
				"revision", text_json(ab->revision), "date", text_json(ab->date),
				"command", text_json(ab->command), "seed", seed_json(ab->seed),
				"profile", text_json(ab->profile), "interrupted", ab->interrupted);
	unsigned int m;

	json_object_set_new(out, "kernel",
			    json_pack("{so so}", "a", kernel_json(&ab->kernel[NCB_AB_A]),
				      "b", kernel_json(&ab->kernel[NCB_AB_B])));
	for (m = 0; m < NCB_METRICS; m++) {
		if (ab->boots[m][NCB_AB_A] || ab->boots[m][NCB_AB_B])
			json_object_set_new(runs, ncb_metric_names[m],
					    json_pack("{so so}", "a", names_json(ab, m, NCB_AB_A),
						      "b", names_json(ab, m, NCB_AB_B)));
		if (ab->missing[m])
			json_object_set_new(missing, ncb_metric_names[m],
					    text_json(ab->missing[m]));
	}
	json_object_set_new(out, "runs", runs);
	json_object_set_new(out, "missing", missing);
	if (ab->difference)
		json_object_set(out, "difference", ab->difference);
	if (ab->behaviour)
		json_object_set(out, "behaviour", ab->behaviour);
	json_object_set_new(out, "seconds", json_pack("{sf sf sf}", "build", ab->build_seconds,
						      "boots", ab->boot_seconds,
						      "all", ab->all_seconds));
	return out;
}

/**
 * ncb_ab_begin - make the folder that boots are kept in
 * @ab: gets @ab->dir and @ab->partial
 * @dir: folder to make; what is not whole has another name, <dir>.partial-<pid>
 *
 * Return: 0; -EEXIST where @dir exists; -errno; with a message.
 */
int ncb_ab_begin(struct ncb_ab *ab, const char *dir)
{
	int err;

	if (ncb_exists(dir)) {
		ncb_error("%s exists already; choose another name", dir);
		return -EEXIST;
	}
	ab->dir = ncb_copy(dir);
	ab->partial = ncb_format("%s.partial-%d", dir, (int)getpid());
	ncb_remove_tree(ab->partial);
	err = ncb_say_unwritten(ab->partial, ncb_make_dirs(ab->partial));
	if (err) {
		free(ab->partial);
		ab->partial = NULL;
	}
	return err;
}

/* "a-insn", "a-insn-02", "a-ns-01" */
static char *boot_name(enum ncb_metric metric, unsigned int side, uint32_t number)
{
	if (metric == NCB_INSN && number == 1)
		return ncb_format("%s-%s", ncb_ab_side_names[side], ncb_metric_names[metric]);
	return ncb_format("%s-%s-%02u", ncb_ab_side_names[side], ncb_metric_names[metric], number);
}

/**
 * ncb_ab_add - keep a boot
 * @ab: begun
 * @side: NCB_AB_A or NCB_AB_B
 * @r: whole; gets a name
 *
 * Return: 0; -EINVAL where it is not whole; -E2BIG where there are too many; -errno
 * of the files; with a message, and nothing of it is left.
 */
int ncb_ab_add(struct ncb_ab *ab, unsigned int side, struct ncb_rundata *r)
{
	uint32_t *boots = &ab->boots[r->metric][side];
	char ***names = &ab->names[r->metric][side];
	char *name, *path;
	int err;

	if (r->interrupted || !r->nsamples) {
		ncb_error("a boot of %s was not measured to its end: it is not kept",
			  side ? "B" : "A");
		return -EINVAL;
	}
	if (*boots == NCB_AB_RUNS_MAX) {
		ncb_error("%u boots of a kernel are enough: one more is not kept", NCB_AB_RUNS_MAX);
		return -E2BIG;
	}
	name = boot_name(r->metric, side, *boots + 1);
	path = ncb_format("%s/%s", ab->partial, name);
	free(r->name);
	r->name = ncb_copy(name);
	err = ncb_say_unwritten(path, ncb_make_dirs(path));
	if (!err)
		err = ncb_result_save_raw(r, path);
	if (err) {
		ncb_remove_tree(path);
		free(name);
	} else {
		*names = ncb_grow(*names, *boots + 1, sizeof(**names));
		(*names)[(*boots)++] = name;
	}
	free(path);
	return err;
}

/* What could not be read back costs itself, and not the boots. */
static void check_parts(struct ncb_ab *ab)
{
	if (ab->difference && !is_difference(ab->difference)) {
		ncb_error("what differs between the sources is no list of files: it is not kept");
		json_decref(ab->difference);
		ab->difference = NULL;
	}
	if (ab->behaviour && !is_behaviour(ab->behaviour)) {
		ncb_error("how the kernels behave is not known of both: it is not kept");
		json_decref(ab->behaviour);
		ab->behaviour = NULL;
	}
}

static int put_text(const void *data, FILE *f)
{
	return ncb_ab_text(data, f, false);
}

static int put_html(const void *data, FILE *f)
{
	return ncb_ab_html(data, f, true);
}

static int save_file(const struct ncb_ab *ab, const char *dir)
{
	char *path = ncb_format("%s/" NCB_AB_FILE, dir);
	json_t *json = ab_json(ab);
	int err = ncb_json_save(json, path);

	json_decref(json);
	free(path);
	return err;
}

static int save_reports(const struct ncb_ab *ab, const char *dir)
{
	char *text = ncb_format("%s/report.txt", dir), *html = ncb_format("%s/report.html", dir);
	int err = ncb_stream_save(text, put_text, ab);

	if (!err)
		err = ncb_stream_save(html, put_html, ab);
	if (!err)
		err = ncb_say_unwritten(dir, ncb_folder_sync(dir));
	free(text);
	free(html);
	return err;
}

/* Another one may have taken the name meanwhile. */
static int give_name(struct ncb_ab *ab)
{
	int err = ncb_rename_new(ab->partial, ab->dir);

	if (err == -EEXIST) {
		char *other = ncb_format("%s-%d", ab->dir, (int)getpid());

		ncb_say("%s was made meanwhile: kept in %s", ab->dir, other);
		free(ab->dir);
		ab->dir = other;
		err = ncb_rename_new(ab->partial, ab->dir);
	}
	return ncb_say_unwritten(ab->dir, err);
}

/**
 * ncb_ab_finish - keep what was added, with its reports
 * @ab: begun; afterwards as ncb_ab_load() would give it
 *
 * Return: 0; -ENODATA without any boot; -errno of the files; with a message. Where it
 * fails the boots stay in @ab->partial.
 */
int ncb_ab_finish(struct ncb_ab *ab)
{
	struct ncb_ab whole;
	int err;

	if (!ncb_ab_has_boots(ab)) {
		ncb_error("no boot was measured: there is nothing to keep");
		return -ENODATA;
	}
	check_parts(ab);
	ncb_ab_init(&whole);
	err = save_file(ab, ab->partial);
	/* The reports are of what is kept. */
	if (!err)
		err = ncb_ab_load(&whole, ab->partial);
	if (!err)
		err = save_reports(&whole, ab->partial);
	if (!err)
		err = give_name(ab);
	if (err) {
		ncb_error("what was measured is in %s", ab->partial);
		ncb_ab_free(&whole);
	} else {
		free(whole.dir);
		whole.dir = ncb_copy(ab->dir);
	}
	free(ab->partial);
	ab->partial = NULL;
	if (err)
		return err;
	ncb_ab_free(ab);
	*ab = whole;
	return 0;
}

/* -- reading -- */

/* A file that is being read, and where in it: "kernel.a.builds[0]." */
struct reader {
	const char *path;
	char where[64];
};

#define fault(in, ...)	ncb_file_fault((in)->path, __VA_ARGS__)

static int get_text(const struct reader *in, const json_t *object, const char *key, char **out)
{
	const json_t *value = json_object_get(object, key);

	if (!is_text(value, NCB_RUN_TEXT_MAX))
		return fault(in, "%s%s is missing, or no text of at most %u bytes", in->where, key,
			     NCB_RUN_TEXT_MAX);
	*out = ncb_copy(json_string_value(value));
	return 0;
}

static int get_count(const struct reader *in, const json_t *object, const char *key, uint64_t max,
		     uint64_t *out)
{
	if (!is_count(object, key, max))
		return fault(in, "%s%s is missing, or no whole number in 0 .. %llu", in->where, key,
			     (unsigned long long)max);
	*out = json_integer_value(json_object_get(object, key));
	return 0;
}

static int get_seconds(const struct reader *in, const json_t *object, const char *key, double *out)
{
	if (!ncb_part_number(object, key, 0, SECONDS_MAX))
		return fault(in, "%s%s is missing, or no time in 0 .. %g s", in->where, key,
			     SECONDS_MAX);
	*out = ncb_part_value(object, key);
	return 0;
}

static int get_seed(const struct reader *in, const json_t *json, uint64_t *out)
{
	const char *text = json_string_value(json_object_get(json, "seed"));
	char *end;

	errno = 0;
	*out = text ? strtoull(text, &end, 10) : 0;
	if (!text || !isdigit((unsigned char)*text) || *end || errno)
		return fault(in, "seed is missing or no number");
	return 0;
}

static int read_build(struct reader *in, const json_t *json, struct ncb_ab_build *b)
{
	const json_t *layouts = json_object_get(json, "layouts"), *entry;
	uint64_t links;
	size_t i;

	if (get_text(in, json, "flavour", &b->flavour) ||
	    get_text(in, json, "config", &b->config) ||
	    get_count(in, json, "links", NCB_AB_LINKS_MAX, &links) ||
	    get_count(in, json, "text", NCB_AB_SIZE_MAX, &b->text) ||
	    get_count(in, json, "data", NCB_AB_SIZE_MAX, &b->data) ||
	    get_count(in, json, "bss", NCB_AB_SIZE_MAX, &b->bss) ||
	    get_count(in, json, "file", NCB_AB_SIZE_MAX, &b->file) ||
	    get_seconds(in, json, "seconds", &b->seconds))
		return -EBADMSG;
	b->links = links;
	if (!json_is_array(layouts) || json_array_size(layouts) > NCB_AB_LINKS_MAX)
		return fault(in, "%slayouts is no list of at most %u", in->where, NCB_AB_LINKS_MAX);
	b->layout = ncb_alloc(json_array_size(layouts) + 1, sizeof(*b->layout));
	json_array_foreach(layouts, i, entry) {
		if (!is_text(entry, NCB_RUN_TEXT_MAX))
			return fault(in, "%slayouts[%zu] is no text", in->where, i);
		b->layout[b->layouts++] = ncb_copy(json_string_value(entry));
	}
	return 0;
}

static int read_kernel(struct reader *in, const json_t *json, unsigned int side,
		       struct ncb_ab_kernel *k)
{
	const json_t *builds = json_object_get(json, "builds"), *entry;
	size_t i;

	snprintf(in->where, sizeof(in->where), "kernel.%s.", ncb_ab_side_names[side]);
	if (get_text(in, json, "spec", &k->spec) || get_text(in, json, "title", &k->title) ||
	    get_text(in, json, "release", &k->release) ||
	    (!json_is_null(json_object_get(json, "source")) &&
	     get_text(in, json, "source", &k->source)))
		return -EBADMSG;
	if (!json_is_array(builds) || json_array_size(builds) > NCB_AB_BUILDS_MAX)
		return fault(in, "%sbuilds is no list of at most %u", in->where, NCB_AB_BUILDS_MAX);
	k->build = ncb_alloc(json_array_size(builds) + 1, sizeof(*k->build));
	json_array_foreach(builds, i, entry) {
		snprintf(in->where, sizeof(in->where), "kernel.%s.builds[%zu].",
			 ncb_ab_side_names[side], i);
		k->builds++;
		if (read_build(in, entry, &k->build[i]))
			return -EBADMSG;
	}
	in->where[0] = '\0';
	return 0;
}

/* It becomes a path: no way out of the folder. */
static bool good_name(const json_t *value)
{
	const char *name = json_string_value(value);

	return is_text(value, NAME_MAX_LEN) && *name && *name != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(name);
}

static int read_names(struct reader *in, const json_t *runs, unsigned int m, unsigned int side,
		      json_t *seen, struct ncb_ab *ab)
{
	const json_t *of = json_object_get(runs, ncb_metric_names[m]);
	const json_t *list = json_object_get(of, ncb_ab_side_names[side]), *entry;
	char ***names = &ab->names[m][side];
	size_t i;

	if (!of)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > NCB_AB_RUNS_MAX)
		return fault(in, "runs.%s.%s is no list of at most %u", ncb_metric_names[m],
			     ncb_ab_side_names[side], NCB_AB_RUNS_MAX);
	*names = ncb_alloc(json_array_size(list) + 1, sizeof(**names));
	json_array_foreach(list, i, entry) {
		if (!good_name(entry))
			return fault(in, "runs.%s.%s[%zu] is no name of a folder in this one",
				     ncb_metric_names[m], ncb_ab_side_names[side], i);
		if (json_object_get(seen, json_string_value(entry)))
			return fault(in, "runs: '%s' is there twice", json_string_value(entry));
		json_object_set_new(seen, json_string_value(entry), json_null());
		(*names)[ab->boots[m][side]++] = ncb_copy(json_string_value(entry));
	}
	return 0;
}

static int read_runs(struct reader *in, const json_t *json, struct ncb_ab *ab)
{
	const json_t *runs = json_object_get(json, "runs");
	json_t *seen = json_object();
	unsigned int m, side;
	int err = 0;

	for (m = 0; m < NCB_METRICS && !err; m++)
		for (side = 0; side < NCB_AB_SIDES && !err; side++)
			err = read_names(in, runs, m, side, seen, ab);
	json_decref(seen);
	if (!err && !ncb_ab_has_boots(ab))
		err = fault(in, "runs has no boot: nothing was measured");
	if (!err && ab->boots[NCB_NS][NCB_AB_A] + ab->boots[NCB_NS][NCB_AB_B] &&
	    ncb_ab_time(ab) != NCB_NS)
		err = fault(in, "runs has boots in ns and in cycles: one is enough");
	return err;
}

static int read_parts(struct reader *in, const json_t *json, struct ncb_ab *ab)
{
	json_t *difference = json_object_get(json, "difference");
	json_t *behaviour = json_object_get(json, "behaviour");
	const json_t *missing = json_object_get(json, "missing");
	unsigned int m;

	if (difference && !is_difference(difference))
		return fault(in, "difference is damaged or out of range");
	if (behaviour && !is_behaviour(behaviour))
		return fault(in, "behaviour is damaged");
	ab->difference = json_incref(difference);
	ab->behaviour = json_incref(behaviour);
	snprintf(in->where, sizeof(in->where), "missing.");
	for (m = 0; m < NCB_METRICS; m++)
		if (json_object_get(missing, ncb_metric_names[m]) &&
		    get_text(in, missing, ncb_metric_names[m], &ab->missing[m]))
			return -EBADMSG;
	in->where[0] = '\0';
	return 0;
}

static int check_schema(const struct reader *in, const json_t *json)
{
	const char *schema = json_string_value(json_object_get(json, "schema"));
	const json_t *version = json_object_get(json, "schema_version");

	if (!schema || strcmp(schema, SCHEMA))
		return fault(in, "this is no comparison of two kernels (schema is not '" SCHEMA
			     "')");
	if (!json_is_integer(version) || json_integer_value(version) < 1)
		return fault(in, "schema_version is missing or damaged");
	if (json_integer_value(version) > SCHEMA_VERSION) {
		fault(in, "written by a newer ncbench: schema %" JSON_INTEGER_FORMAT
		      ", this one reads up to %d; take the newer one",
		      json_integer_value(version), SCHEMA_VERSION);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

static int read_ab(struct reader *in, const json_t *json, struct ncb_ab *ab)
{
	const json_t *kernel = json_object_get(json, "kernel");
	const json_t *seconds = json_object_get(json, "seconds");
	const json_t *interrupted = json_object_get(json, "interrupted");
	unsigned int side;
	int err = check_schema(in, json);

	if (err)
		return err;
	if (get_text(in, json, "suite_version", &ab->suite_version) ||
	    get_text(in, json, "revision", &ab->revision) ||
	    get_text(in, json, "date", &ab->date) ||
	    get_text(in, json, "command", &ab->command) ||
	    get_text(in, json, "profile", &ab->profile) || get_seed(in, json, &ab->seed))
		return -EBADMSG;
	if (!json_is_boolean(interrupted))
		return fault(in, "interrupted is neither true nor false");
	ab->interrupted = json_is_true(interrupted);
	for (side = 0; side < NCB_AB_SIDES; side++)
		if (read_kernel(in, json_object_get(kernel, ncb_ab_side_names[side]), side,
				&ab->kernel[side]))
			return -EBADMSG;
	snprintf(in->where, sizeof(in->where), "seconds.");
	if (get_seconds(in, seconds, "build", &ab->build_seconds) ||
	    get_seconds(in, seconds, "boots", &ab->boot_seconds) ||
	    get_seconds(in, seconds, "all", &ab->all_seconds))
		return -EBADMSG;
	in->where[0] = '\0';
	return read_runs(in, json, ab) || read_parts(in, json, ab) ? -EBADMSG : 0;
}

/* A boot is of the metric that it is listed under, and whole. */
static int check_boots(const struct reader *in, const struct ncb_ab *ab, unsigned int m,
		       unsigned int side)
{
	const struct ncb_runset *set = &ab->set[m][side];
	size_t i;

	for (i = 0; i < set->runs; i++) {
		if ((unsigned int)set->run[i].metric != m)
			return fault(in, "runs.%s.%s: %s is in %s", ncb_metric_names[m],
				     ncb_ab_side_names[side], ab->names[m][side][i],
				     ncb_metric_names[set->run[i].metric]);
		if (set->run[i].interrupted)
			return fault(in, "runs.%s.%s: %s is not whole", ncb_metric_names[m],
				     ncb_ab_side_names[side], ab->names[m][side][i]);
	}
	return 0;
}

static int load_boots(const struct reader *in, struct ncb_ab *ab, unsigned int m,
		      unsigned int side)
{
	uint32_t n = ab->boots[m][side], i;
	char **dirs = ncb_alloc(n + 1, sizeof(*dirs));
	int err;

	for (i = 0; i < n; i++)
		dirs[i] = ncb_format("%s/%s", ab->dir, ab->names[m][side][i]);
	err = ncb_runset_load_dirs(&ab->set[m][side], side ? "B" : "A", dirs, n);
	if (!err)
		err = check_boots(in, ab, m, side);
	free_list(dirs, n);
	return err;
}

/**
 * ncb_ab_load - read two kernels and their boots
 * @ab: gets them; whatever it holds is overwritten, not freed
 * @dir: the folder
 *
 * Return: 0; -errno of the files; -EBADMSG where they are damaged or foreign;
 * -EPROTONOSUPPORT where a newer version wrote them. One sentence on stderr says which
 * file and what. @ab is empty then.
 */
int ncb_ab_load(struct ncb_ab *ab, const char *dir)
{
	char *path = ncb_format("%s/" NCB_AB_FILE, dir);
	struct reader in = { .path = path };
	unsigned int m, side;
	json_t *json;
	int err = ncb_json_load(path, &json);

	ncb_ab_init(ab);
	ab->dir = ncb_copy(dir);
	if (!err)
		err = read_ab(&in, json, ab);
	for (m = 0; m < NCB_METRICS; m++)
		for (side = 0; side < NCB_AB_SIDES && !err; side++)
			err = load_boots(&in, ab, m, side);
	if (err)
		ncb_ab_free(ab);
	json_decref(json);
	free(path);
	return err;
}
