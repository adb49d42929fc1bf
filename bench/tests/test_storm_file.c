// SPDX-License-Identifier: GPL-2.0-only
/* Storms on disk: what is written is read, and what is damaged is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../lines.h"
#include "../run.h"
#include "says.h"
#include "synthetic.h"

static char *scratch;	/* folder of all tests */
static char said[4096];

/* Evaluates a call, with what it writes to stderr in said[]. */
#define SAYING(result, call) do { \
	int copy = listen(); \
	(result) = (call); \
	stop_listening(copy); \
} while (0)

static FILE *heard;

static int listen(void)
{
	int copy = dup(2);

	fflush(stderr);
	heard = tmpfile();
	assert_non_null(heard);
	dup2(fileno(heard), 2);
	return copy;
}

static void stop_listening(int copy)
{
	fflush(stderr);
	dup2(copy, 2);
	close(copy);
	rewind(heard);
	said[fread(said, 1, sizeof(said) - 1, heard)] = '\0';
	fclose(heard);
}

static int make_scratch(void **state)
{
	char *path = ncb_copy("/tmp/ncb-test-storm-XXXXXX");

	(void)state;
	scratch = mkdtemp(path);
	return scratch ? 0 : -1;
}

static int remove_scratch(void **state)
{
	(void)state;
	ncb_remove_tree(scratch);
	free(scratch);
	return 0;
}

/* A run of synthetic storms and no rows. */
static void storms_only(struct ncb_rundata *r, const struct ncb_storm_truth *t)
{
	ncb_rundata_init(r);
	r->name = ncb_copy("storms");
	r->target = ncb_copy("qemu");
	r->profile = ncb_copy("quick");
	r->storms = ncb_synthetic_storms(t);
}

static void assert_same_storm(const struct ncb_storm *a, const struct ncb_storm *b)
{
	size_t i;

	assert_string_equal(a->id, b->id);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->shape, b->shape);
	assert_string_equal(a->module, b->module);
	assert_int_equal(a->threads, b->threads);
	assert_int_equal(a->modules, b->modules);
	assert_int_equal(a->rounds, b->rounds);
	assert_int_equal(a->extra, b->extra);
	assert_int_equal(a->sweep, b->sweep);
	assert_int_equal(a->traced, b->traced);
	assert_string_equal(a->reason, b->reason);
	assert_int_equal(a->failed, b->failed);
	assert_int_equal(a->file_size, b->file_size);
	assert_int_equal(a->inside_ns, b->inside_ns);
	assert_int_equal(a->thread_ns, b->thread_ns);
	assert_int_equal(a->helpers, b->helpers);
	assert_int_equal(a->probe_ns, b->probe_ns);
	assert_true(a->extra_calls == b->extra_calls);
	assert_string_equal(a->why_none, b->why_none);
	assert_int_equal(a->counts, b->counts);
	for (i = 0; i < a->counts; i++) {
		assert_string_equal(a->count[i].name, b->count[i].name);
		assert_int_equal(a->count[i].value, b->count[i].value);
	}
	assert_int_equal(a->stats, b->stats);
	for (i = 0; i < a->stats; i++) {
		assert_string_equal(a->stat[i].name, b->stat[i].name);
		assert_int_equal(a->stat[i].value, b->stat[i].value);
	}
}

static void assert_same_record(const struct ncb_storm_record *a, const struct ncb_storm_record *b)
{
	assert_int_equal(a->storm, b->storm);
	assert_int_equal(a->round, b->round);
	assert_int_equal(a->thread, b->thread);
	assert_int_equal(a->module, b->module);
	assert_int_equal(a->what, b->what);
	assert_int_equal(a->result, b->result);
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->ns, b->ns);
	assert_int_equal(a->part_ns, b->part_ns);
}

static void assert_same(const struct ncb_storms *a, const struct ncb_storms *b)
{
	size_t i, k;

	assert_non_null(b);
	assert_string_equal(a->reason, b->reason);
	assert_int_equal(a->cpus, b->cpus);
	assert_int_equal(a->interrupted, b->interrupted);
	assert_int_equal(a->lost, b->lost);
	assert_string_equal(a->leak, b->leak);
	assert_string_equal(a->callbacks_why, b->callbacks_why);
	assert_int_equal(a->callbacks, b->callbacks);
	for (i = 0; i < a->callbacks; i++) {
		assert_string_equal(a->callback[i].symbol, b->callback[i].symbol);
		assert_int_equal(a->callback[i].priority, b->callback[i].priority);
		assert_int_equal(a->callback[i].behind_middle, b->callback[i].behind_middle);
	}
	assert_int_equal(a->storms, b->storms);
	for (i = 0; i < a->storms; i++)
		assert_same_storm(&a->storm[i], &b->storm[i]);
	assert_int_equal(a->records, b->records);
	for (i = 0; i < a->records; i++)
		assert_same_record(&a->record[i], &b->record[i]);
	assert_int_equal(a->memories, b->memories);
	for (i = 0; i < a->memories; i++) {
		assert_int_equal(a->memory[i].storm, b->memory[i].storm);
		assert_int_equal(a->memory[i].round, b->memory[i].round);
		assert_int_equal(a->memory[i].moment, b->memory[i].moment);
		assert_int_equal(a->memory[i].at_ns, b->memory[i].at_ns);
		for (k = 0; k < NCB_MEMORY_KINDS; k++)
			assert_int_equal(a->memory[i].bytes[k], b->memory[i].bytes[k]);
	}
}

/* Saves, loads, and compares. */
static void round_trip(struct ncb_rundata *r, const char *name)
{
	char *dir = ncb_format("%s/%s", scratch, name);
	struct ncb_rundata got;

	assert_int_equal(ncb_result_save(r, dir), 0);
	assert_int_equal(ncb_result_load(&got, dir), 0);
	assert_int_equal(got.nrows, r->nrows);
	assert_int_equal(got.nsamples, r->nsamples);
	assert_same(r->storms, got.storms);
	ncb_rundata_free(&got);
	free(dir);
}

static void test_storms_without_rows(void **state)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	struct ncb_rundata r;

	(void)state;
	truth.noise = 0.3;
	truth.leak = truth.failed = truth.interrupted = true;
	storms_only(&r, &truth);
	r.storms->lost = 7;
	r.storms->storm[1].count[0].value = NCB_STORM_UNKNOWN;
	strcpy(r.storms->storm[2].why_none, "perf_event_open: Permission denied");
	round_trip(&r, "alone");
	ncb_rundata_free(&r);
}

/* Rows and storms: the version is as without storms, and nothing of the rows is lost. */
static void test_storms_beside_rows(void **state)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	struct ncb_rundata r;
	char *text, *path = ncb_format("%s/both/result.json", scratch);

	(void)state;
	truth.rounds = 3;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	r.storms = ncb_synthetic_storms(&truth);
	round_trip(&r, "both");
	text = ncb_read_file(path, NULL);
	assert_says(text, "\"schema_version\": 1,");
	free(text);
	free(path);
	ncb_rundata_free(&r);
}

static char *unpacked(const char *path)
{
	char *text = ncb_alloc(1 << 20, 1);
	gzFile gz = gzopen(path, "rb");

	assert_non_null(gz);
	assert_true(gzread(gz, text, (1 << 20) - 1) > 0);
	gzclose(gz);
	return text;
}

/* What the files look like, and that they are the same for the same data. */
static void test_what_is_written(void **state)
{
	static const char begins[] = "storm,round,what,thread,module,result,start_ns,ns,part_ns,"
				     "free,vmalloc,percpu,slab,modules\n"
				     "0,0,coming,0,0,1,10000,2040,520,,,,,\n";
	char *dir = ncb_format("%s/written", scratch), *again = ncb_format("%s/again", scratch);
	char *csv = ncb_format("%s/storm.csv.gz", dir);
	char *other = ncb_format("%s/storm.csv.gz", again);
	char *json = ncb_format("%s/result.json", dir), *text, *a, *b;
	struct ncb_storm_truth truth = ncb_storm_truth;
	struct ncb_rundata r;
	size_t an, bn;

	(void)state;
	truth.rounds = 3;
	storms_only(&r, &truth);
	assert_int_equal(ncb_result_save(&r, dir), 0);
	assert_int_equal(ncb_result_save(&r, again), 0);
	a = ncb_read_file(csv, &an);
	b = ncb_read_file(other, &bn);
	assert_int_equal(an, bn);
	assert_memory_equal(a, b, an);
	text = unpacked(csv);
	assert_int_equal(strncmp(text, begins, strlen(begins)), 0);
	assert_says(text, "\n0,0,load,0,0,0,0,100000,0,,,,,\n");
	assert_says(text, "\n5,2,load,0,0,-17,");
	assert_says(text, "\n0,0,memory,,,0,0,,,1073741824,16777216,,67108864,1048576\n");
	free(text);
	text = ncb_read_file(json, NULL);
	/* A reader of before would say that nothing was measured. */
	assert_says(text, "\"schema_version\": 3,");
	/* Figures are in it: 12 ns per notifier and load, exactly. */
	assert_words(text, "\"load\": { \"value\": 12.0, \"low\": 12.0, \"high\": 12.0 }");
	assert_words(text, "\"load_at_0\": 100000.0");
	assert_words(text, "\"p99\": null");
	free(text);
	free(a);
	free(b);
	free(dir);
	free(again);
	free(csv);
	free(other);
	free(json);
	ncb_rundata_free(&r);
}

/* @text with the first @from in it replaced; malloc'd. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (!at)
		fail_msg("the text to damage is not there: %s", from);
	return ncb_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* Both texts of three rounds of storms. */
static void stored(char **json, char **lines)
{
	char *dir = ncb_format("%s/stored", scratch), *csv = ncb_format("%s/storm.csv.gz", dir);
	struct ncb_storm_truth truth = ncb_storm_truth;
	struct ncb_storms *s;
	uint32_t crc;
	json_t *object;

	truth.rounds = 3;
	s = ncb_synthetic_storms(&truth);
	assert_int_equal(ncb_make_dirs(dir), 0);
	assert_int_equal(ncb_storms_write(s, dir, &crc), 0);
	object = ncb_storms_json(s, crc);
	*json = json_dumps(object, 0);
	*lines = unpacked(csv);
	json_decref(object);
	ncb_storms_free(s);
	free(dir);
	free(csv);
}

static void assert_refused(const char *json, const char *lines, const char *file,
			   const char *says)
{
	json_t *object = json_loads(json, 0, NULL);
	struct ncb_storms *s = (void *)1;
	int err;

	if (!object)
		fail_msg("no JSON: %.200s", json);
	SAYING(err, ncb_storms_parse(object, lines, strlen(lines), &s));
	if (err != -EBADMSG || s)
		fail_msg("%s: error %d", says, err);
	assert_says(said, file);
	assert_says(said, says);
	/* One line, one sentence. */
	if (strchr(said, '\n') != said + strlen(said) - 1)
		fail_msg("more than one line: %s", said);
	json_decref(object);
}

static void test_damaged_fields(void **state)
{
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
		{ "\"reason\": \"\"", "\"reason\": 5", "storms.reason is missing" },
		{ "\"reason\": \"\"", "\"reason\": \"a\\u001b[31m\"", "storms.reason is missing" },
		{ "\"cpus\": 2", "\"cpus\": 70000", "storms.cpus: 70000 is not in 0 .. 65536" },
		{ "\"cpus\": 2", "\"cpus\": -1", "storms.cpus is missing or no whole number" },
		{ "\"interrupted\": false", "\"interrupted\": 0", "storms.interrupted is neither" },
		{ "\"lost\": 0", "\"lost\": 1.5", "storms.lost is missing or no whole" },
		{ "\"leak\": \"\"", "\"leek\": \"\"", "storms.leak is missing" },
		{ "\"callbacks_why\": \"\"", "\"callbacks_why\": null", "callbacks_why" },
		{ "\"callbacks\": [", "\"callbacks\": 1, \"x\": [", "storms.callbacks is no list" },
		{ "\"priority\": 0", "\"priority\": 4294967296", "callbacks[0].priority" },
		{ "\"behind_middle\": true", "\"behind_middle\": 1", "callbacks[5].behind_middle" },
		{ "\"symbol\": \"bpf", "\"symbol\": \"\\u00e4", "callbacks[4].symbol" },
		{ "\"crc32\": \"", "\"crc32\": \"g", "storms.crc32 is no check sum" },
		{ "\"records\": ", "\"records\": 9999999", "storms.records is missing" },
		{ "\"memories\": ", "\"memories\": -", "storms.memories is missing" },
		{ "\"list\": [", "\"list\": {}, \"x\": [", "storms.list is no list" },
		{ "\"list\": [", "\"list\": [], \"x\": [", "storms.list is empty, and" },
		{ "\"id\": \"churn/small/2\"", "\"id\": \"churn/small/1\"",
		  "list[1].id: 'churn/small/1' is there twice" },
		{ "\"id\": \"churn/small/2\"", "\"id\": \"<b>\"", "list[1].id: '<b>' is no name" },
		{ "\"id\": \"churn/small/2\"", "\"id\": \"\"", "list[1].id: '' is no name" },
		{ "\"mode\": \"veto\"", "\"mode\": \"vote\"", "list[9].mode: 'vote' is unknown" },
		{ "\"shape\": \"text\"", "\"shape\": 1", "list[3].shape: '' is unknown" },
		{ "\"shape\": \"text\"", "\"module\": \"../x\"", "list[3].module: '../x' is no module's name" },
		{ "\"shape\": \"text\"", "\"module\": 1", "list[3].module is missing or no text of at most 55" },
		{ "\"threads\": 64", "\"threads\": 1025", "list[5].threads: 1025 is not in 1 .. 1024" },
		{ "\"threads\": 64", "\"threads\": 0", "list[5].threads: 0 is not in 1 .. 1024" },
		{ "\"modules\": 32", "\"modules\": 4097", "list[4].modules: 4097 is not in" },
		{ "\"rounds\": 3", "\"rounds\": 100001", "list[0].rounds: 100001 is not in" },
		{ "\"extra\": 64", "\"extra\": 1025", "list[13].extra: 1025 is not in 0 .. 1024" },
		{ "\"extra\": 64", "\"extra\": 16", "list[13].sweep: 'churn/small/1/k64' and 'churn/small/1/k16' differ" },
		{ "\"sweep\": 1", "\"sweep\": 257", "list[11].sweep: 257 is not in 0 .. 256" },
		{ "\"sweep\": 0", "\"sweep\": 1", "differ in more than" },
		{ "\"traced\": true", "\"traced\": \"yes\"", "list[15].traced is neither" },
		{ "\"failed\": false", "\"failed\": null", "list[0].failed is neither" },
		{ "\"file_size\": 40000", "\"file_size\": 4611686018427387905",
		  "list[0].file_size: 4611686018427387905 is not in 0 .. 4611686018427387904" },
		{ "\"inside_ns\": ", "\"inside_ns\": -", "list[0].inside_ns is missing" },
		{ "\"thread_ns\": ", "\"thread\": ", "list[0].thread_ns is missing" },
		{ "\"helpers\": 5", "\"helpers\": \"5\"", "list[7].helpers is missing" },
		{ "\"name\": \"cycles\"", "\"name\": 7", "list[0].counters[1].name is missing" },
		{ "\"value\": ", "\"value\": -", "list[0].counters[0].value is missing" },
		{ "\"counters_why\"", "\"why\"", "list[0].counters_why is missing" },
		{ "\"stats\": [", "\"stats\": 3, \"x\": [", "list[0].stats is no list" },
	};
	char *json, *lines, *bad;
	size_t i;

	(void)state;
	stored(&json, &lines);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bad = replaced(json, cases[i].from, cases[i].to);
		assert_refused(bad, lines, "result.json: ", cases[i].says);
		free(bad);
	}
	assert_refused("[]", lines, "result.json: ", "storms is no object");
	free(json);
	free(lines);
}

/* A packaged module has no shape, and a result from before there was one no module. */
static void test_a_packaged_module(void **state)
{
	char *json, *lines, *bad;
	struct ncb_storms *s;
	json_t *object, *again;

	(void)state;
	stored(&json, &lines);
	bad = replaced(json, "\"shape\": \"text\"", "\"module\": \"vcan\"");
	object = json_loads(bad, 0, NULL);
	assert_int_equal(ncb_storms_parse(object, lines, strlen(lines), &s), 0);
	assert_string_equal(s->storm[3].module, "vcan");
	assert_string_equal(ncb_storm_kind(&s->storm[3]), "vcan");
	assert_string_equal(s->storm[0].module, "");
	assert_string_equal(ncb_storm_kind(&s->storm[0]), "small");
	assert_false(ncb_storm_same_kind(&s->storm[3], &s->storm[0]));
	again = ncb_storms_json(s, 0);
	assert_string_equal(json_string_value(json_object_get(json_array_get(
		json_object_get(again, "list"), 3), "module")), "vcan");
	assert_null(json_object_get(json_array_get(json_object_get(again, "list"), 3), "shape"));
	assert_null(json_object_get(json_array_get(json_object_get(again, "list"), 0), "module"));
	json_decref(again);
	json_decref(object);
	ncb_storms_free(s);
	free(bad);
	free(json);
	free(lines);
}

/* Texts at the edge of their room, and beyond. */
static void test_long_texts(void **state)
{
	char *json, *lines, *bad, long_text[NCB_STORM_TEXT + 32];
	struct ncb_storms *s;
	json_t *object;

	(void)state;
	stored(&json, &lines);
	sprintf(long_text, "\"leak\": \"%0*d\"", NCB_STORM_TEXT, 0);
	bad = replaced(json, "\"leak\": \"\"", long_text);
	assert_refused(bad, lines, "result.json: ",
		       "storms.leak is missing or no text of at most 399");
	free(bad);
	sprintf(long_text, "\"leak\": \"%0*d\"", NCB_STORM_TEXT - 1, 0);
	bad = replaced(json, "\"leak\": \"\"", long_text);
	object = json_loads(bad, 0, NULL);
	assert_int_equal(ncb_storms_parse(object, lines, strlen(lines), &s), 0);
	assert_int_equal(strlen(s->leak), NCB_STORM_TEXT - 1);
	ncb_storms_free(s);
	json_decref(object);
	free(bad);
	free(json);
	free(lines);
}

static void test_damaged_lines(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "16,0,load,0,0,0,1,1,0,,,,,\n", "line 2: storm is" },
		{ ",0,load,0,0,0,1,1,0,,,,,\n", "line 2: storm is" },
		{ "0,3,load,0,0,0,1,1,0,,,,,\n", "line 2: round is" },
		{ "0,0,loads,0,0,0,1,1,0,,,,,\n", "line 2: what is" },
		{ "0,0,,0,0,0,1,1,0,,,,,\n", "line 2: what is" },
		{ "0,0,load,1,0,0,1,1,0,,,,,\n", "line 2: thread is" },
		{ "0,0,load,0,8,0,1,1,0,,,,,\n", "line 2: module is" },
		{ "15,0,callback,0,6,3,1,1,0,,,,,\n", "line 2: module is" },
		{ "0,0,load,0,0,1,1,1,0,,,,,\n", "line 2: result is" },
		{ "0,0,load,0,0,-4096,1,1,0,,,,,\n", "line 2: result is" },
		{ "0,0,load,0,0,--1,1,1,0,,,,,\n", "line 2: result is" },
		{ "0,0,request,0,0,32768,1,1,0,,,,,\n", "line 2: result is" },
		{ "0,0,coming,0,0,2,1,1,0,,,,,\n", "line 2: result is" },
		{ "0,0,going,0,0,-2,1,1,0,,,,,\n", "line 2: result is" },
		{ "15,0,callback,0,0,2,1,1,0,,,,,\n", "line 2: result is" },
		{ "15,0,callback,0,0,7,1,1,0,,,,,\n", "line 2: result is" },
		{ "0,0,round,0,0,2,1,1,0,,,,,\n", "line 2: result is" },
		{ "0,0,round,0,0,-1,1,1,0,,,,,\n", "line 2: result is" },
		{ "0,0,load,0,0,0,4611686018427387905,1,0,,,,,\n", "line 2: start_ns is" },
		{ "0,0,load,0,0,0,1,-1,0,,,,,\n", "line 2: ns is" },
		{ "0,0,coming,0,0,0,1,1,0,,,,,\n", "line 2: ns is" },
		{ "0,0,load,0,0,0,1,1,1,,,,,\n", "line 2: part_ns is" },
		{ "0,0,coming,0,0,1,1,5,6,,,,,\n", "line 2: part_ns is" },
		{ "0,0,load,0,0,0,1,1,0,7,,,,\n", "line 2: free is" },
		{ "0,0,load,0,0,0,1,1,0,,,,\n", "line 2: free is" },
		{ "0,0,load,0,0,0,1,1,0\n", "line 2: part_ns is" },
		{ "0,0,memory,,,4,1,,,1,2,3,4,5\n", "line 2: result is" },
		{ "0,0,memory,,,3,1,,,1,2,3,4,5\n", "line 2: round is" },
		{ "0,3,memory,,,0,1,,,1,2,3,4,5\n", "line 2: round is" },
		{ "99,0,memory,,,0,1,,,1,2,3,4,5\n", "line 2: storm is" },
		{ "0,0,memory,0,,0,1,,,1,2,3,4,5\n", "line 2: thread is" },
		{ "0,0,memory,,,0,x,,,1,2,3,4,5\n", "line 2: start_ns is" },
		{ "0,0,memory,,,0,1,1,,1,2,3,4,5\n", "line 2: ns is" },
		{ "0,0,memory,,,0,1,,,1,2,-3,4,5\n", "line 2: percpu is" },
		{ "0,0,memory,,,0,1,,,1,2,3,4,5,6\n", "line 2: modules is" },
		{ "0,0,memory,,,0,1,,,4611686018427387905,2,3,4,5\n", "line 2: free is" },
		{ "0,0,load,0,0,0,1,1,0,,,,,", "line 2 is cut off" },
	};
	char *json, *lines, *bad, header[128];
	size_t i;

	(void)state;
	stored(&json, &lines);
	snprintf(header, sizeof(header), "%.*s", (int)(strchr(lines, '\n') + 1 - lines), lines);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bad = ncb_format("%s%s", header, cases[i].line);
		assert_refused(json, bad, "storm.csv.gz: ", cases[i].says);
		free(bad);
	}
	bad = replaced(lines, "storm,round", "storm,ground");
	assert_refused(json, bad, "storm.csv.gz: ", "its first line does not name the columns");
	free(bad);
	assert_refused(json, "", "storm.csv.gz: ", "its first line does not name the columns");
	free(json);
	free(lines);
}

/* A run whose file of records is not the one that result.json speaks of. */
static void test_another_file(void **state)
{
	static const struct {
		const char *from, *to, *says;
		bool cut;
	} cases[] = {
		{ "0,0,load,0,0,0,0,100000,", "0,0,load,0,0,0,0,100001,", "its check sum is not", false },
		{ "0,0,load,0,0,0,0,100000,0,,,,,\n", "", "records and 114 looks at the memory", false },
		{ "0,0,load,0,0,0,0,100000,0,,,,,\n",
		  "0,0,load,0,0,0,0,100000,0,,,,,\n0,0,load,0,0,0,0,100000,0,,,,,\n",
		  "holds more than the", false },
		{ "", "", "ends early or is damaged", true },
	};
	char *dir = ncb_format("%s/another", scratch), *csv = ncb_format("%s/storm.csv.gz", dir);
	struct ncb_storm_truth truth = ncb_storm_truth;
	char *text, *bad;
	struct ncb_lines_out out;
	struct ncb_rundata r, got;
	size_t i, size;
	int err;

	(void)state;
	truth.rounds = 3;
	storms_only(&r, &truth);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ncb_remove_tree(dir);
		assert_int_equal(ncb_make_dirs(dir), 0);
		assert_int_equal(ncb_result_save_raw(&r, dir), 0);
		text = unpacked(csv);
		bad = replaced(text, cases[i].from, cases[i].to);
		if (!cases[i].cut) {
			ncb_lines_create(&out, csv);
			ncb_lines_put(&out, bad, strlen(bad));
			assert_int_equal(ncb_lines_finish(&out), 0);
		} else {
			free(text);
			text = ncb_read_file(csv, &size);
			assert_int_equal(truncate(csv, size / 2), 0);
		}
		SAYING(err, ncb_result_load(&got, dir));
		assert_int_equal(err, -EBADMSG);
		assert_says(said, "storm.csv.gz: ");
		assert_says(said, cases[i].says);
		assert_null(got.storms);
		ncb_rundata_free(&got);
		free(bad);
		free(text);
	}
	unlink(csv);
	SAYING(err, ncb_result_load(&got, dir));
	assert_int_equal(err, -ENOENT);
	assert_says(said, "storm.csv.gz: No such file or directory; copy the run again");
	ncb_rundata_free(&got);
	ncb_rundata_free(&r);
	free(dir);
	free(csv);
}

/* Neither samples nor records: nothing was measured. */
static void test_a_run_of_nothing(void **state)
{
	char *dir = ncb_format("%s/nothing", scratch);
	struct ncb_rundata r, got;
	int err;

	(void)state;
	storms_only(&r, &ncb_storm_truth);
	r.storms->records = 0;
	assert_int_equal(ncb_make_dirs(dir), 0);
	assert_int_equal(ncb_result_save_raw(&r, dir), 0);
	SAYING(err, ncb_result_load(&got, dir));
	assert_int_equal(err, -EBADMSG);
	assert_says(said, "nothing was measured");
	ncb_rundata_free(&got);
	ncb_storms_free(r.storms);
	r.storms = NULL;
	assert_int_equal(ncb_result_save_raw(&r, dir), 0);
	SAYING(err, ncb_result_load(&got, dir));
	assert_int_equal(err, -EBADMSG);
	assert_says(said, "nothing was measured");
	ncb_rundata_free(&got);
	ncb_rundata_free(&r);
	free(dir);
}

/* Storms that could not be made at all say why, beside rows. */
static void test_no_storms_and_why(void **state)
{
	struct ncb_rundata r;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	r.storms = ncb_storms_new();
	strcpy(r.storms->reason, "no CAP_SYS_MODULE");
	round_trip(&r, "why");
	ncb_rundata_free(&r);
}

/* What could not be read back is not written; what programs say is cleaned. */
static void test_out_of_range_is_not_kept(void **state)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	char *dir = ncb_format("%s/range", scratch);
	struct ncb_rundata r, got;
	int err;

	(void)state;
	truth.rounds = 3;
	storms_only(&r, &truth);
	assert_int_equal(ncb_make_dirs(dir), 0);
	r.storms->record[5].thread = 1;
	SAYING(err, ncb_result_save_raw(&r, dir));
	assert_int_equal(err, -EINVAL);
	assert_says(said, "record 5 of the storms: its thread is out of range; not kept");
	r.storms->record[5].thread = 0;
	r.storms->memory[2].moment = 4;
	SAYING(err, ncb_result_save_raw(&r, dir));
	assert_int_equal(err, -EINVAL);
	assert_says(said, "look at the memory 2 of the storms: its result is out of range");
	r.storms->memory[2].moment = 2;
	r.storms->storm[2].threads = 2000;
	SAYING(err, ncb_result_save_raw(&r, dir));
	assert_int_equal(err, -EINVAL);
	assert_says(said, "storms.list[2].threads: 2000 is not in 1 .. 1024; not kept");
	r.storms->storm[2].threads = 4;
	strcpy(r.storms->leak, "caf\303\251\tat\n\033[31m 5");
	assert_int_equal(ncb_result_save_raw(&r, dir), 0);
	assert_int_equal(ncb_result_load(&got, dir), 0);
	assert_string_equal(got.storms->leak, "caf?? at ?[31m 5");
	ncb_rundata_free(&got);
	ncb_rundata_free(&r);
	free(dir);
}

/* But beside rows they cost themselves only, and say so. */
static void test_storms_that_cost_no_rows(void **state)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	char *dir = ncb_format("%s/cost", scratch), *raw = ncb_format("%s/cost-raw", scratch);
	struct ncb_rundata r, got;
	int err;

	(void)state;
	truth.rounds = 3;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	r.storms = ncb_synthetic_storms(&truth);
	r.storms->record[5].module = 4000;
	assert_int_equal(ncb_make_dirs(raw), 0);
	SAYING(err, ncb_result_save_raw(&r, raw));
	assert_int_equal(err, 0);
	/* They go on being measured. */
	assert_true(r.storms->records);
	SAYING(err, ncb_result_save(&r, dir));
	assert_int_equal(err, 0);
	assert_says(said, "its module is out of range; not kept");
	assert_says(said, "the rows are kept without the storms");
	assert_int_equal(r.storms->records, 0);
	for (err = 0; err < 2; err++) {
		assert_int_equal(ncb_result_load(&got, err ? raw : dir), 0);
		assert_int_equal(got.nsamples, r.nsamples);
		assert_int_equal(got.storms->storms, 0);
		assert_string_equal(got.storms->reason,
				    "they were measured and could not be kept: a record was out of range");
		ncb_rundata_free(&got);
	}
	ncb_rundata_free(&r);
	free(raw);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_storms_without_rows),
		cmocka_unit_test(test_storms_beside_rows),
		cmocka_unit_test(test_what_is_written),
		cmocka_unit_test(test_damaged_fields),
		cmocka_unit_test(test_a_packaged_module),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_damaged_lines),
		cmocka_unit_test(test_another_file),
		cmocka_unit_test(test_a_run_of_nothing),
		cmocka_unit_test(test_no_storms_and_why),
		cmocka_unit_test(test_out_of_range_is_not_kept),
		cmocka_unit_test(test_storms_that_cost_no_rows),
	};

	return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
