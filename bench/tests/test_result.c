// SPDX-License-Identifier: GPL-2.0-only
/* Runs on disk: what is written can be read back; what is damaged is refused in one sentence. */
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <zlib.h>
#include "../report.h"
#include "../run.h"
#include "synthetic.h"

static char folder[64];		/* fresh for each test */
static char said[4096];		/* on stderr, by the last call in SAYING() */

static int stderr_to_file(void)
{
	char *path = ncb_format("%s.stderr", folder);
	int saved = dup(2);

	assert_non_null(freopen(path, "w", stderr));
	free(path);
	return saved;
}

static void stderr_back(int saved)
{
	char *path = ncb_format("%s.stderr", folder), *text;

	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	text = ncb_read_file(path, NULL);
	snprintf(said, sizeof(said), "%s", text ? text : "");
	free(text);
	unlink(path);
	free(path);
}

#define SAYING(result, call)			\
	do {					\
		int saved_ = stderr_to_file();	\
						\
		result = (call);		\
		stderr_back(saved_);		\
	} while (0)

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ncbench-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	(void)state;
	return ncb_remove_tree(folder);
}

static char *in_folder(const char *name)
{
	return ncb_format("%s/%s", folder, name);
}

static char *content(const char *dir, const char *name, size_t *size)
{
	char *path = ncb_format("%s/%s", dir, name), *text = ncb_read_file(path, size);

	free(path);
	assert_non_null(text);
	return text;
}

static void overwrite(const char *dir, const char *name, const char *data, size_t size)
{
	char *path = ncb_format("%s/%s", dir, name);

	assert_int_equal(ncb_write_file(path, data, size), 0);
	free(path);
}

/* A stored run to damage; returns its folder. */
static char *stored_run(void)
{
	char *dir = in_folder("run");
	struct ncb_rundata r;

	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	assert_int_equal(ncb_make_dirs(dir), 0);
	assert_int_equal(ncb_result_save_raw(&r, dir), 0);
	ncb_rundata_free(&r);
	return dir;
}

/* One sentence, which names the file. */
static void assert_one_sentence(const char *file)
{
	size_t n = strlen(said);

	assert_true(n > 10 && said[n - 1] == '\n');
	assert_ptr_equal(strchr(said, '\n'), said + n - 1);
	assert_non_null(strstr(said, file));
}

static void assert_refused(const char *dir, int expected, const char *file)
{
	struct ncb_rundata r;
	int err;

	SAYING(err, ncb_result_load(&r, dir));
	if (err != expected)
		fail_msg("loading gave %d, not %d; said: %s", err, expected, said);
	assert_one_sentence(file);
	assert_int_equal(r.nsamples, 0);
	assert_int_equal(r.nrows, 0);
	ncb_rundata_free(&r);
}

/* -- fine runs -- */

static void test_what_is_saved_is_loaded(void **state)
{
	char *dir = stored_run();
	struct ncb_rundata a, b;
	size_t i;

	(void)state;
	ncb_rundata_init(&a);
	ncb_synthetic(&a, &ncb_truth_insn);
	assert_int_equal(ncb_result_load(&b, dir), 0);
	assert_string_equal(a.name, b.name);
	assert_string_equal(a.target, b.target);
	assert_string_equal(a.profile, b.profile);
	assert_int_equal(a.metric, b.metric);
	assert_true(a.tick_hz == b.tick_hz);
	assert_int_equal(a.seed, b.seed);
	assert_int_equal(a.reloads, b.reloads);
	assert_int_equal(a.blocks, b.blocks);
	assert_int_equal(a.features, b.features);
	assert_int_equal(a.known_insn, b.known_insn);
	assert_int_equal(a.module_size, b.module_size);
	assert_int_equal(a.interrupted, b.interrupted);
	assert_true(json_equal(a.env, b.env));
	assert_true(json_equal(a.missing, b.missing));
	assert_int_equal(a.nrows, b.nrows);
	for (i = 0; i < a.nrows; i++)
		assert_memory_equal(&a.rows[i], &b.rows[i], sizeof(a.rows[i]));
	assert_int_equal(a.nsamples, b.nsamples);
	for (i = 0; i < a.nsamples; i++)
		assert_memory_equal(&a.samples[i], &b.samples[i], sizeof(a.samples[i]));
	ncb_rundata_free(&a);
	ncb_rundata_free(&b);
	free(dir);
}

static void assert_same_file(const char *a, const char *b, const char *name)
{
	size_t na, nb;
	char *x = content(a, name, &na), *y = content(b, name, &nb);

	assert_int_equal(na, nb);
	assert_memory_equal(x, y, na);
	free(x);
	free(y);
}

static void test_round_trip_to_the_byte(void **state)
{
	char *dir = stored_run(), *again = in_folder("again");
	struct ncb_rundata r;

	(void)state;
	assert_int_equal(ncb_result_load(&r, dir), 0);
	assert_int_equal(ncb_make_dirs(again), 0);
	assert_int_equal(ncb_result_save_raw(&r, again), 0);
	assert_same_file(dir, again, "result.json");
	assert_same_file(dir, again, "samples.csv.gz");
	ncb_rundata_free(&r);
	free(dir);
	free(again);
}

static void test_extreme_numbers_survive(void **state)
{
	char *dir = in_folder("run");
	struct ncb_rundata a, b;

	(void)state;
	ncb_rundata_init(&a);
	ncb_synthetic(&a, &ncb_truth_insn);
	a.seed = UINT64_MAX;
	a.known_insn = UINT64_MAX - 1;
	a.tick_hz = 2999999999.1234567;
	a.samples[5].s.ticks = 1ull << 62;
	assert_int_equal(ncb_make_dirs(dir), 0);
	assert_int_equal(ncb_result_save_raw(&a, dir), 0);
	assert_int_equal(ncb_result_load(&b, dir), 0);
	assert_true(b.seed == UINT64_MAX);
	assert_true(b.known_insn == UINT64_MAX - 1);
	assert_true(b.tick_hz == a.tick_hz);
	assert_true(b.samples[5].s.ticks == 1ull << 62);
	ncb_rundata_free(&a);
	ncb_rundata_free(&b);
	free(dir);
}

static void test_final_form(void **state)
{
	char *dir = in_folder("deep/below/run"), *text;
	struct ncb_rundata r, back;
	json_t *json, *stats;
	glob_t found;
	char *pattern;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	assert_int_equal(ncb_result_save(&r, dir), 0);
	text = content(dir, "report.txt", NULL);
	assert_true(strlen(text) > 1000);
	free(text);
	text = content(dir, "report.html", NULL);
	assert_true(strlen(text) > 1000);
	free(text);
	text = content(dir, "result.json", NULL);
	json = json_loads(text, 0, NULL);
	free(text);
	stats = json_object_get(json_object_get(json, "statistics"), "rows");
	assert_int_equal(json_array_size(stats), r.nrows);
	json_decref(json);
	/* With its statistics it can be read as well. */
	assert_int_equal(ncb_result_load(&back, dir), 0);
	assert_int_equal(back.nsamples, r.nsamples);
	pattern = in_folder("deep/below/*");
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	globfree(&found);
	free(pattern);
	ncb_rundata_free(&r);
	ncb_rundata_free(&back);
	free(dir);
}

static void test_statistics_in_the_file(void **state)
{
	char *dir = in_folder("run"), *text;
	struct ncb_rundata r;
	json_t *json, *row, *cost;
	size_t i;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	assert_int_equal(ncb_result_save(&r, dir), 0);
	text = content(dir, "result.json", NULL);
	json = json_loads(text, 0, NULL);
	free(text);
	json_array_foreach(json_object_get(json_object_get(json, "statistics"), "rows"), i, row) {
		const char *id = json_string_value(json_object_get(row, "row"));

		assert_string_equal(id, r.rows[i].id);
		cost = json_object_get(json_object_get(json_object_get(row, "arms"), "dlist"),
				       "cost");
		if (cost)
			assert_true(json_number_value(json_object_get(cost, "value")) -
				    ncb_true_cost(&ncb_truth_insn, &r.rows[i], "dlist") < 1e-9);
	}
	assert_int_equal(i, r.nrows);
	json_decref(json);
	ncb_rundata_free(&r);
	free(dir);
}

/* -- refusals when saving -- */

static void test_an_existing_run_is_not_touched(void **state)
{
	char *dir = stored_run();
	struct ncb_rundata r;
	size_t before, after;
	char *a = content(dir, "result.json", &before), *b;
	int err;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_ns);
	SAYING(err, ncb_result_save(&r, dir));
	assert_int_equal(err, -EEXIST);
	assert_one_sentence(dir);
	b = content(dir, "result.json", &after);
	assert_int_equal(before, after);
	assert_memory_equal(a, b, before);
	free(a);
	free(b);
	free(dir);
	ncb_rundata_free(&r);
}

static void assert_folder_is_empty(void)
{
	char *pattern = in_folder("*");
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);
	globfree(&found);
	free(pattern);
}

/* The disk is full at the n-th byte of a file: nothing is left, one sentence is said. */
static void test_a_full_disk_leaves_nothing(void **state)
{
	static const rlim_t limits[] = { 0, 100, 4096, 20000, 60000 };
	struct rlimit old, now;
	char *dir = in_folder("run");
	struct ncb_rundata r;
	size_t i;
	int err;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_ns);
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		int saved = dup(2), quiet[2];

		/* stderr into a pipe: it is no file, and has no limit. */
		assert_int_equal(pipe(quiet), 0);
		fflush(stderr);
		dup2(quiet[1], 2);
		now = old;
		now.rlim_cur = limits[i];
		setrlimit(RLIMIT_FSIZE, &now);
		err = ncb_result_save(&r, dir);
		setrlimit(RLIMIT_FSIZE, &old);
		fflush(stderr);
		dup2(saved, 2);
		close(saved);
		close(quiet[1]);
		memset(said, 0, sizeof(said));
		assert_true(read(quiet[0], said, sizeof(said) - 1) > 0);
		close(quiet[0]);
		assert_int_equal(err, -EFBIG);
		assert_one_sentence(dir);
		assert_folder_is_empty();
	}
	ncb_rundata_free(&r);
	free(dir);
}

/* What perf left is moved into the run: where that is given up, it is there for the next try. */
static void test_files_come_back(void **state)
{
	char *dir = in_folder("run"), *in_the_way, *text;
	struct ncb_rundata r;
	int err;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	r.files = in_folder("files");
	in_the_way = ncb_format("%s/report.txt", r.files);
	assert_int_equal(ncb_make_dirs(in_the_way), 0);
	overwrite(r.files, "perf.data", "samples", 7);
	SAYING(err, ncb_result_save(&r, dir));
	assert_int_equal(err, -EISDIR);
	assert_one_sentence("report.txt");
	text = content(r.files, "perf.data", NULL);
	assert_string_equal(text, "samples");
	free(text);
	assert_int_equal(rmdir(in_the_way), 0);
	SAYING(err, ncb_result_save(&r, dir));
	assert_int_equal(err, 0);
	text = content(dir, "perf.data", NULL);
	assert_string_equal(text, "samples");
	free(text);
	free(in_the_way);
	free(dir);
	ncb_rundata_free(&r);
}

static void test_a_folder_that_cannot_be_made(void **state)
{
	char *dir = in_folder("file/run");
	struct ncb_rundata r;
	int err;

	(void)state;
	overwrite(folder, "file", "x", 1);
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	SAYING(err, ncb_result_save(&r, dir));
	assert_int_equal(err, -ENOTDIR);
	assert_one_sentence(dir);
	ncb_rundata_free(&r);
	free(dir);
}

static void test_samples_out_of_range_are_not_kept(void **state)
{
	char *dir = in_folder("run");
	struct ncb_rundata r;
	int err;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	r.samples[3].reload = r.reloads;
	SAYING(err, ncb_result_save(&r, dir));
	assert_int_equal(err, -EINVAL);
	assert_one_sentence("reload");
	assert_folder_is_empty();
	ncb_rundata_free(&r);
	free(dir);
}

/* -- damaged runs -- */

static void test_missing_files(void **state)
{
	char *dir = stored_run(), *path;

	(void)state;
	path = ncb_format("%s/samples.csv.gz", dir);
	assert_int_equal(unlink(path), 0);
	free(path);
	assert_refused(dir, -ENOENT, "samples.csv.gz");
	assert_non_null(strstr(said, "copy the run again"));
	path = ncb_format("%s/result.json", dir);
	assert_int_equal(unlink(path), 0);
	assert_refused(dir, -ENOENT, "result.json");
	assert_int_equal(mkdir(path, 0777), 0);
	assert_refused(dir, -EBADMSG, "result.json");
	free(path);
	free(dir);
	dir = in_folder("nowhere");
	assert_refused(dir, -ENOENT, "nowhere");
	free(dir);
}

static void test_truncated_json(void **state)
{
	char *dir = stored_run(), *text;
	size_t size, i;

	(void)state;
	text = content(dir, "result.json", &size);
	overwrite(dir, "result.json", "", 0);
	assert_refused(dir, -EBADMSG, "result.json");
	for (i = 1; i < 40; i++) {
		overwrite(dir, "result.json", text, size * i / 40);
		assert_refused(dir, -EBADMSG, "result.json");
	}
	free(text);
	free(dir);
}

static void test_truncated_samples(void **state)
{
	char *dir = stored_run(), *data;
	size_t size, i;

	(void)state;
	data = content(dir, "samples.csv.gz", &size);
	for (i = 0; i < 20; i++) {
		overwrite(dir, "samples.csv.gz", data, size * i / 20);
		assert_refused(dir, -EBADMSG, "samples.csv.gz");
	}
	overwrite(dir, "samples.csv.gz", data, size - 1);
	assert_refused(dir, -EBADMSG, "samples.csv.gz");
	free(data);
	free(dir);
}

static void test_flipped_bits_in_samples(void **state)
{
	char *dir = stored_run(), *data;
	size_t size, i;

	(void)state;
	data = content(dir, "samples.csv.gz", &size);
	/* The header's time and system do not matter; all that follows does. */
	for (i = 10; i < size; i += size / 50) {
		data[i] ^= 0x10;
		overwrite(dir, "samples.csv.gz", data, size);
		assert_refused(dir, -EBADMSG, "samples.csv.gz");
		data[i] ^= 0x10;
	}
	free(data);
	free(dir);
}

static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (!at)
		fail_msg("the text to damage is not there: %s", from);
	return ncb_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void test_damaged_fields(void **state)
{
	static const struct {
		const char *from, *to;
		int err;
	} damages[] = {
		{ "\"schema\": \"ncbench-result\"", "\"schema\": \"something else\"", -EBADMSG },
		{ "\"schema\": \"ncbench-result\"", "\"scheme\": 1", -EBADMSG },
		{ "\"schema_version\": 1", "\"schema_version\": 5", -EPROTONOSUPPORT },
		{ "\"schema_version\": 1", "\"schema_version\": 0", -EBADMSG },
		{ "\"schema_version\": 1", "\"schema_version\": \"1\"", -EBADMSG },
		{ "\"metric\": \"insn\"", "\"metric\": \"bananas\"", -EBADMSG },
		{ "\"metric\": \"insn\"", "\"metric\": null", -EBADMSG },
		{ "\"tick_hz\": 1000000000.0", "\"tick_hz\": 0", -EBADMSG },
		{ "\"tick_hz\": 1000000000.0", "\"tick_hz\": -5.0", -EBADMSG },
		{ "\"tick_hz\": 1000000000.0", "\"tick_hz\": NaN", -EBADMSG },
		{ "\"tick_hz\": 1000000000.0", "\"tick_hz\": 1e999", -EBADMSG },
		{ "\"tick_hz\": 1000000000.0", "\"tick_hz\": \"fast\"", -EBADMSG },
		{ "\"reloads\": 1", "\"reloads\": 4294967295", -EBADMSG },
		{ "\"reloads\": 1", "\"reloads\": -1", -EBADMSG },
		{ "\"reloads\": 1", "\"reloads\": 0", -EBADMSG },
		{ "\"blocks\": 8", "\"blocks\": 7", -EBADMSG },
		{ "\"blocks\": 8", "\"blocks\": 5000", -EBADMSG },
		{ "\"seed\": 1", "\"seed\": \"18446744073709551616\"", -EBADMSG },
		{ "\"seed\": 1", "\"seed\": 1.5", -EBADMSG },
		{ "\"unique-prio-blocking\"", "\"telepathy\"", -EBADMSG },
		{ "\"unique-prio-blocking\"", "7", -EBADMSG },
		{ "\"interrupted\": false", "\"interrupted\": 0", -EBADMSG },
		{ "\"env\": {", "\"nev\": {", -EBADMSG },
		{ "\"arch\": \"x86_64\"", "\"arch\": [ 1 ]", -EBADMSG },
		{ "\"count\": ", "\"count\": 1", -EBADMSG },
		{ "\"count\": ", "\"count\": 99999999999", -EBADMSG },
		{ "\"crc32\": \"", "\"crc32\": \"x", -EBADMSG },
		{ "\"type\": \"raw\"", "\"type\": \"cooked\"", -EBADMSG },
		{ "\"type\": \"raw\"", "\"type\": \"srcu\"", -EBADMSG },
		{ "\"length\": 1,", "\"length\": 1025,", -EBADMSG },
		{ "\"length\": 1,", "\"length\": 2,", -EBADMSG },
		{ "\"name\": \"slist\"", "\"name\": \"dlist\"", -EBADMSG },
		{ "\"name\": \"slist\"", "\"name\": \"slust\"", -EBADMSG },
		{ "\"name\": \"slist\"", "\"name\": \"a name that is far too long for an arm\"",
		  -EBADMSG },
		{ "\"name\": \"slist\"", "\"name\": \"sl,st\"", -EBADMSG },
		{ "\"status\": \"ok\"", "\"status\": \"missing\"", -EBADMSG },
		{ "\"status\": \"ok\"", "\"status\": \"dubious\"", -EBADMSG },
		{ "\"clones\": 4", "\"clones\": 9", -EBADMSG },
		{ "\"rows\": [", "\"rows\": 7, \"ignored\": [", -EBADMSG },
		{ "\"missing\": [", "\"missing\": [ 5, ", -EBADMSG },
		{ "\"rows\": [", "\"rows\": [], \"ignored\": [", -EBADMSG },
		{ "\"id\": \"raw/call/8/", "\"id\": \"raw/call/1/", -EBADMSG },
		{ "\"position\": \"none\"", "\"position\": \"tail\"", -EBADMSG },
		{ "\"tail\"", "\"none\"", -EBADMSG },
		{ "\"clones\": 4", "\"clones\": 0", -EBADMSG },
		/* Fewer blocks than there are samples of. */
		{ "\"blocks\": 8", "\"blocks\": 1", -EBADMSG },
	};
	char *dir = stored_run(), *text = content(dir, "result.json", NULL);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		char *bad = replaced(text, damages[i].from, damages[i].to);

		overwrite(dir, "result.json", bad, strlen(bad));
		assert_refused(dir, damages[i].err, dir);
		free(bad);
	}
	free(text);
	free(dir);
}

/* The same with counters: two rows in two passes, three events of four. */
static char *counted_run(void)
{
	struct ncb_truth t = ncb_truth_counted;
	char *dir = in_folder("counted");
	struct ncb_rundata r;

	t.rows = 2;
	t.reloads = 1;
	t.blocks = 4;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &t);
	assert_int_equal(ncb_make_dirs(dir), 0);
	assert_int_equal(ncb_result_save_raw(&r, dir), 0);
	ncb_rundata_free(&r);
	return dir;
}

static void test_counters_are_loaded(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	char *dir = in_folder("counted"), *text;
	struct ncb_rundata a, b;
	uint32_t i;

	(void)state;
	t.reloads = 1;
	t.blocks = 8;
	ncb_rundata_init(&a);
	ncb_synthetic(&a, &t);
	assert_int_equal(ncb_make_dirs(dir), 0);
	assert_int_equal(ncb_result_save_raw(&a, dir), 0);
	text = content(dir, "result.json", NULL);
	assert_non_null(strstr(text, "\"schema_version\": 2,"));
	free(text);
	assert_int_equal(ncb_result_load(&b, dir), 0);
	assert_int_equal(b.metric, NCB_CYCLES);
	assert_int_equal(b.clock, NCB_NS);
	assert_false(b.asked);
	assert_int_equal(b.passes, 2);
	assert_int_equal(b.slots, 2);
	assert_int_equal(b.counters, NCB_SYNTHETIC_COUNTERS);
	for (i = 0; i < b.counters; i++) {
		const struct ncb_counter *x = &a.counter[i], *y = &b.counter[i];

		assert_string_equal(x->name, y->name);
		assert_string_equal(x->full, y->full);
		assert_string_equal(x->reason, y->reason);
		assert_memory_equal(&x->event, &y->event, sizeof(x->event));
		assert_int_equal(x->counted, y->counted);
		assert_int_equal(x->pass, y->pass);
		assert_int_equal(x->slot, y->slot);
		assert_true(x->known_low == y->known_low && x->known_high == y->known_high);
		assert_true(x->reading == y->reading && x->turn_insn == y->turn_insn);
	}
	for (i = 0; i < b.nrows; i++) {
		const struct ncb_row_place *x = &a.rows[i].place, *y = &b.rows[i].place;

		assert_true(x->known == y->known && x->interrupted == y->interrupted &&
			    x->interrupts == y->interrupts && x->steal_ns == y->steal_ns &&
			    x->smis == y->smis && x->low == y->low && x->high == y->high);
	}
	assert_int_equal(a.nsamples, b.nsamples);
	assert_memory_equal(a.counts, b.counts, a.nsamples * a.slots * sizeof(*a.counts));
	for (i = 0; i < b.nsamples; i++)
		assert_int_equal(a.samples[i].pass, b.samples[i].pass);
	ncb_rundata_free(&a);
	ncb_rundata_free(&b);
	free(dir);
}

static void test_damaged_counters(void **state)
{
	static const struct {
		const char *from, *to;
	} damages[] = {
		{ "\"clock\": \"ns\"", "\"clock\": \"cycles\"" },
		{ "\"clock\": \"ns\"", "\"clock\": null" },
		{ "\"metric\": \"cycles\"", "\"metric\": \"events\"" },
		{ "\"passes\": 2", "\"passes\": 0" },
		{ "\"passes\": 2", "\"passes\": 1" },
		{ "\"passes\": 2", "\"passes\": 3" },	/* of which there are no samples */
		{ "\"passes\": 2", "\"passes\": 17" },
		{ "\"slots\": 2", "\"slots\": 0" },
		{ "\"slots\": 2", "\"slots\": 1" },
		{ "\"slots\": 2", "\"slots\": 3" },	/* the samples have two columns */
		{ "\"slots\": 2", "\"slots\": 9" },
		{ "\"counters\": [", "\"counters\": [], \"ignored\": [" },
		{ "\"counters\": [", "\"counters\": 7, \"ignored\": [" },
		{ "\"counters\": [", "\"counters\": [ 5, " },
		{ "\"name\": \"cycles\"", "\"name\": \"\"" },
		{ "\"name\": \"cycles\"", "\"name\": \"cy\\u0007cles\"" },
		{ "\"name\": \"cycles\"", "\"name\": \"cycl\\u00e9s\"" },
		{ "\"name\": \"cycles\"", "\"name\": 5" },
		{ "\"name\": \"cycles\"", "\"name\": \"a name of an event that is longer than all of "
		  "the room that there is for one\"" },
		{ "\"full\": \"perf::CYCLES\"", "\"ful\": 1" },
		{ "\"reason\": \"not supported", "\"reason\": \"not\\u001b supported" },
		{ "\"type\": 0", "\"type\": 2147483648" },
		{ "\"config\": 0", "\"config\": -1" },
		{ "\"config1\": 0", "\"config1\": \"0x5\"" },
		{ "\"config2\": 0", "\"config2\": \"18446744073709551616\"" },
		{ "\"counted\": true", "\"counted\": 1" },
		{ "\"counted\": false", "\"counted\": true" },	/* in a place that is taken */
		{ "\"pass\": 1", "\"pass\": 2" },
		{ "\"pass\": 1", "\"pass\": 0" },		/* taken, too */
		{ "\"slot\": 1", "\"slot\": 0" },
		{ "\"slot\": 1", "\"slot\": 2" },
		{ "\"slot\": 1", "\"slot\": 8" },
		{ "\"known_low\": 6054", "\"known_low\": -1" },
		{ "\"known_high\": 6120", "\"known_high\": 1.5" },
		{ "\"reading\": 3180", "\"reading\": \"many\"" },
		{ "\"turn_insn\": 13", "\"turn_insn\": 4097" },
		{ "\"enabled_ns\": 1000000", "\"enabled_ns\": null" },
		{ "\"running_ns\": 1000000", "\"running_ns\": \"1 ms\"" },
		{ "\"place\": {", "\"place\": 3, \"ignored\": {" },
		{ "\"interrupts\": 10", "\"interrupts\": -1" },
		{ "\"steal_ns\": 0", "\"steal_ns\": 0.5" },
		{ "\"smis\": 0", "\"smis\": null" },
		{ "\"frequency_low\": 1.0", "\"frequency_low\": 1.5" },	/* above the highest */
		{ "\"frequency_low\": 1.0", "\"frequency_low\": 0" },
		{ "\"frequency_high\": 1.0", "\"frequency_high\": 1000.0" },
		{ "\"frequency_high\": 1.0", "\"frequency_highest\": 1.0" },
	};
	char *dir = counted_run(), *text = content(dir, "result.json", NULL), *bad, *worse;
	struct ncb_rundata r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		bad = replaced(text, damages[i].from, damages[i].to);
		overwrite(dir, "result.json", bad, strlen(bad));
		assert_refused(dir, -EBADMSG, dir);
		free(bad);
	}
	/* Instructions are the metric of a PMU only where it counts them right. */
	bad = replaced(text, "\"metric\": \"cycles\"", "\"metric\": \"insn\"");
	overwrite(dir, "result.json", bad, strlen(bad));
	assert_int_equal(ncb_result_load(&r, dir), 0);
	ncb_rundata_free(&r);
	worse = replaced(bad, "\"known_low\": 39351", "\"known_low\": 39350");
	overwrite(dir, "result.json", worse, strlen(worse));
	assert_refused(dir, -EBADMSG, dir);
	assert_non_null(strstr(said, "metric is damaged"));
	free(worse);
	free(bad);
	free(text);
	free(dir);
}

static void write_samples(const char *dir, const char *text)
{
	char *path = ncb_format("%s/samples.csv.gz", dir);
	gzFile gz = gzopen(path, "wb");

	assert_non_null(gz);
	assert_int_equal(gzputs(gz, text), (int)strlen(text));
	assert_int_equal(gzclose(gz), Z_OK);
	free(path);
}

static void test_damaged_lines(void **state)
{
	static const char header[] =
		"row,arm,reload,block,pos,clone,kind,iters,stretches,ticks,flags\n";
	static const char *const lines[] = {
		"99,slist,0,0,0,0,0,1,1,100,0\n",	/* no such row */
		"-1,slist,0,0,0,0,0,1,1,100,0\n",
		"0,zlist,0,0,0,0,0,1,1,100,0\n",	/* no such arm */
		"0,,0,0,0,0,0,1,1,100,0\n",
		"0,slist,1,0,0,0,0,1,1,100,0\n",	/* reload */
		"0,slist,0,8,0,0,0,1,1,100,0\n",	/* block */
		"0,slist,0,0,16,0,0,1,1,100,0\n",	/* pos */
		"0,slist,0,0,0,8,0,1,1,100,0\n",	/* clone */
		"0,slist,0,0,0,1,0,1,1,100,0\n",	/* not the copy of block 0 */
		"0,loop,0,1,0,1,0,1,1,100,0\n",		/* has one copy only */
		"0,slist,0,0,0,0,3,1,1,100,0\n",	/* kind */
		"0,slist,0,0,0,0,1,0,1,100,0\n",	/* no iterations */
		"0,slist,0,0,0,0,1,4294967295,1,100,0\n",
		"0,slist,0,0,0,0,0,1,0,100,0\n",	/* no stretch */
		"0,slist,0,0,0,0,0,1,2,100,0\n",	/* one reading of the clock a batch */
		"0,slist,0,0,0,0,0,2,1,100,0\n",	/* a base runs one */
		"0,slist,0,0,0,0,1,1,1,100,0\n",	/* no more than a base */
		"0,slist,0,0,0,0,2,64,1,100,0\n",	/* 2n + 1 is odd */
		"6,slist,0,0,0,0,0,1,16,100,0\n",	/* each call by itself: a base runs none */
		"6,slist,0,0,0,0,0,0,0,100,0\n",
		"6,slist,0,0,0,0,1,16,1,100,0\n",	/* a reading for each call */
		"6,slist,0,0,0,0,2,17,17,100,0\n",	/* 2n is even */
		"0,slist,0,0,0,0,0,1,1,NaN,0\n",
		"0,slist,0,0,0,0,0,1,1,1e5,0\n",
		"0,slist,0,0,0,0,0,1,1,18446744073709551615,0\n",
		"0,slist,0,0,0,0,0,1,1,100,8\n",	/* flags */
		"0,slist,0,0,0,0,0,1,1,100\n",		/* a column less */
		"0,slist,0,0,0,0,0,1,1,100,0,0\n",	/* a column more */
		"0,slist,0,0,0,0,0,1,1,100,0",		/* cut off */
		" 0,slist,0,0,0,0,0,1,1,100,0\n",
		"\n",
	};
	char *dir = stored_run(), *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		text = ncb_format("%s%s", header, lines[i]);
		write_samples(dir, text);
		free(text);
		assert_refused(dir, -EBADMSG, "samples.csv.gz");
		if (!strstr(said, "line 2"))
			fail_msg("%s was refused with: %s", lines[i], said);
	}
	write_samples(dir, "row,arm,ticks\n");
	assert_refused(dir, -EBADMSG, "samples.csv.gz");
	write_samples(dir, "");
	assert_refused(dir, -EBADMSG, "samples.csv.gz");
	/* Fine in itself, but not the samples of this run. */
	text = ncb_format("%s0,slist,0,0,0,0,0,1,1,100,0\n", header);
	write_samples(dir, text);
	assert_refused(dir, -EBADMSG, "samples.csv.gz");
	overwrite(dir, "samples.csv.gz", text, strlen(text));	/* not packed at all */
	assert_refused(dir, -EBADMSG, "samples.csv.gz");
	free(text);
	free(dir);
}

static void test_damaged_counts(void **state)
{
	static const char header[] =
		"row,arm,reload,block,pos,clone,kind,iters,stretches,ticks,flags,pass,count0,count1\n";
	static const char *const lines[] = {
		"0,slist,0,0,0,0,0,1,1,100,0\n",	/* as without counters */
		"0,slist,0,0,0,0,0,1,1,100,0,0\n",
		"0,slist,0,0,0,0,0,1,1,100,0,0,5\n",
		"0,slist,0,0,0,0,0,1,1,100,0,0,5,5,5\n",
		"0,slist,0,0,0,0,0,1,1,100,0,2,5,5\n",	/* pass */
		"0,slist,0,0,0,0,0,1,1,100,0,,5,5\n",
		"0,slist,0,0,0,0,0,1,1,100,0,-1,5,5\n",
		"0,slist,0,0,0,0,0,1,1,100,0,0,-5,5\n",
		"0,slist,0,0,0,0,0,1,1,100,0,0,5,NaN\n",
		"0,slist,0,0,0,0,0,1,1,100,0,0,5,1e5\n",
		"0,slist,0,0,0,0,0,1,1,100,0,0,4611686018427387905,5\n",
		"0,slist,0,0,0,0,0,1,1,100,0,0,18446744073709551615,5\n",
		"0,slist,0,0,0,0,0,1,1,100,0,0,5, \n",
	};
	char *dir = counted_run(), *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		text = ncb_format("%s%s", header, lines[i]);
		write_samples(dir, text);
		free(text);
		assert_refused(dir, -EBADMSG, "samples.csv.gz");
		if (!strstr(said, "line 2"))
			fail_msg("%s was refused with: %s", lines[i], said);
	}
	/* Two passes of the same block are two samples; one of them twice is damage. */
	text = ncb_format("%s0,slist,0,0,0,0,0,1,1,100,0,0,5,\n0,slist,0,0,0,0,0,1,1,100,0,1,,5\n"
			  "0,slist,0,0,0,0,0,1,1,100,0,1,,5\n", header);
	write_samples(dir, text);
	assert_refused(dir, -EBADMSG, "samples.csv.gz");
	assert_non_null(strstr(said, "line 4: this sample (row, arm, reload, block, kind, pass)"));
	free(text);
	/* The columns of a run without counters. */
	write_samples(dir, "row,arm,reload,block,pos,clone,kind,iters,stretches,ticks,flags\n");
	assert_refused(dir, -EBADMSG, "samples.csv.gz");
	assert_non_null(strstr(said, "does not name the columns"));
	free(dir);
}

/* Lines that are fine one by one, but not together. */
static void test_lines_that_do_not_fit(void **state)
{
	static const struct {
		const char *lines, *says;
	} cases[] = {
		{ "", "no sample" },
		{ "0,slist,0,0,0,0,0,1,1,50,0\n0,slist,0,0,1,0,0,1,1,51,0\n",
		  "line 3: this sample (row, arm, reload, block, kind, pass) is there twice" },
		{ "0,slist,0,0,0,0,0,1,1,50,0\n0,slist,0,0,0,0,1,65,1,500,0\n"
		  "0,slist,0,0,0,0,2,131,1,900,0\n", "line 4: iters or stretches" },
		{ "0,slist,0,0,0,0,0,1,1,50,0\n0,slist,0,0,0,0,1,65,1,500,0\n"
		  "0,dlist,0,0,1,0,0,1,1,50,0\n0,dlist,0,0,1,0,1,66,1,500,0\n",
		  "line 5: iters or stretches" },
		{ "0,slist,0,0,0,0,1,65,1,500,0\n", "without those of the kind before" },
		{ "0,slist,0,0,0,0,0,1,1,50,0\n0,slist,0,0,0,0,2,129,1,500,0\n",
		  "without those of the kind before" },
		/* Nothing of all other arms: fine only where the run was interrupted. */
		{ "0,slist,0,0,0,0,0,1,1,50,0\n0,slist,0,0,0,0,1,65,1,500,0\n",
		  "no samples of raw/call/1/distinct/packed/warm, arm loop" },
	};
	static const char header[] =
		"row,arm,reload,block,pos,clone,kind,iters,stretches,ticks,flags\n";
	char *dir = stored_run(), *json = content(dir, "result.json", NULL), *text, *with;
	char *early = replaced(json, "\"interrupted\": false", "\"interrupted\": true");
	struct ncb_rundata r;
	size_t i, last = ARRAY_SIZE(cases) - 1;
	int err;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		text = ncb_format("%s%s", header, cases[i].lines);
		with = i == last ? json : early;
		SAYING(err, ncb_result_parse(&r, with, strlen(with), text, strlen(text), NULL,
					     0));
		assert_int_equal(err, -EBADMSG);
		assert_one_sentence("samples.csv.gz");
		if (!strstr(said, cases[i].says))
			fail_msg("not '%s' but: %s", cases[i].says, said);
		assert_int_equal(r.nsamples, 0);
		ncb_rundata_free(&r);
		if (i == last) {
			assert_int_equal(ncb_result_parse(&r, early, strlen(early), text,
							  strlen(text), NULL, 0), 0);
			assert_int_equal(r.nsamples, 2);
			ncb_rundata_free(&r);
		}
		free(text);
	}
	free(early);
	free(json);
	free(dir);
}

/* With a precision, few rows have many loadings; spread thin, they would take gigabytes. */
static void test_many_loadings(void **state)
{
	static const char header[] =
		"row,arm,reload,block,pos,clone,kind,iters,stretches,ticks,flags\n";
	char *dir = stored_run(), *json = content(dir, "result.json", NULL), *many, *early, *text;
	size_t size = sizeof(header) - 1, i;
	struct ncb_rundata r;
	int err;

	(void)state;
	many = replaced(json, "\"reloads\": 1", "\"reloads\": 1024");
	early = replaced(many, "\"blocks\": 8", "\"blocks\": 4096");
	free(many);
	many = replaced(early, "\"interrupted\": false", "\"interrupted\": true");
	text = ncb_format("%s1,slist,1023,4095,0,3,0,1,1,50,0\n1,slist,1023,4095,0,3,1,65,1,500,0\n",
			  header);
	assert_int_equal(ncb_result_parse(&r, many, strlen(many), text, strlen(text), NULL, 0), 0);
	assert_int_equal(r.nsamples, 2);
	ncb_rundata_free(&r);
	free(text);
	text = ncb_alloc(7 * 1024, 64);
	memcpy(text, header, size);
	/* Rows 6 and 7 are cold, and another kind of base. */
	for (i = 0; i < 7 * 1024; i++)
		size += sprintf(text + size, "%zu,loop,%zu,0,0,0,0,1,1,50,0\n",
				i / 1024 + (i / 1024 == 6) * 2, i % 1024);
	SAYING(err, ncb_result_parse(&r, many, strlen(many), text, size, NULL, 0));
	assert_int_equal(err, -EBADMSG);
	assert_one_sentence("too many loadings");
	ncb_rundata_free(&r);
	free(text);
	free(early);
	free(many);
	free(json);
	free(dir);
}

/* Nothing that blocks is opened, no folder taken for a file, no device read. */
static void test_what_is_no_file(void **state)
{
	static const char *const names[] = { "result.json", "samples.csv.gz" };
	char *dir, *path;
	size_t i;

	(void)state;
	alarm(30);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		dir = stored_run();
		path = ncb_format("%s/%s", dir, names[i]);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkfifo(path, 0666), 0);
		assert_refused(dir, -EBADMSG, names[i]);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkdir(path, 0777), 0);
		assert_refused(dir, -EBADMSG, names[i]);
		assert_int_equal(rmdir(path), 0);
		assert_int_equal(symlink("/dev/zero", path), 0);
		assert_refused(dir, -EBADMSG, names[i]);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(symlink(names[i], path), 0);
		assert_refused(dir, -ELOOP, names[i]);
		assert_int_equal(unlink(path), 0);
		free(path);
		free(dir);
	}
	alarm(0);
}

/* Sizes are looked at before anything is read or allocated. */
static void test_gigabytes(void **state)
{
	static const char *const names[] = { "result.json", "samples.csv.gz" };
	char *dir = stored_run(), *path, *zeros = ncb_alloc(1 << 20, 1);
	size_t i;
	gzFile gz;

	(void)state;
	path = ncb_format("%s/samples.csv.gz", dir);
	gz = gzopen(path, "wb");
	for (i = 0; i < 64; i++)
		assert_int_equal(gzwrite(gz, zeros, 1 << 20), 1 << 20);
	assert_int_equal(gzclose(gz), Z_OK);
	assert_refused(dir, -EBADMSG, "samples.csv.gz");
	assert_non_null(strstr(said, "line 1 is longer"));
	free(path);
	for (i = ARRAY_SIZE(names); i-- > 0;) {
		path = ncb_format("%s/%s", dir, names[i]);
		assert_int_equal(truncate(path, 3ll << 30), 0);
		assert_refused(dir, -EBADMSG, names[i]);
		assert_non_null(strstr(said, "larger than"));
		free(path);
	}
	free(zeros);
	free(dir);
}

/* A parser that calls itself for each level would leave the stack. */
static void test_nested_deeply(void **state)
{
	char *dir = stored_run(), *text = ncb_alloc(400001, 1);

	(void)state;
	memset(text, '[', 400000);
	overwrite(dir, "result.json", text, 400000);
	assert_refused(dir, -EBADMSG, "result.json");
	free(text);
	free(dir);
}

static void test_long_texts(void **state)
{
	char *dir = stored_run(), *text = content(dir, "result.json", NULL);
	char *word = ncb_alloc(20001, 1), *value, *bad;

	(void)state;
	memset(word, 'x', 20000);
	value = ncb_format("\"arch\": \"%s\"", word);
	bad = replaced(text, "\"arch\": \"x86_64\"", value);
	overwrite(dir, "result.json", bad, strlen(bad));
	assert_refused(dir, -EBADMSG, "result.json");
	assert_non_null(strstr(said, "longer than"));
	free(value);
	free(bad);
	value = ncb_format("\"env\": { \"%s\": 1, ", word);
	bad = replaced(text, "\"env\": {", value);
	overwrite(dir, "result.json", bad, strlen(bad));
	assert_refused(dir, -EBADMSG, "result.json");
	free(value);
	free(bad);
	word[40] = '\0';
	value = ncb_format("\"name\": \"%s\"", word);
	bad = replaced(text, "\"name\": \"slist\"", value);
	overwrite(dir, "result.json", bad, strlen(bad));
	assert_refused(dir, -EBADMSG, "result.json");
	assert_non_null(strstr(said, "name is longer than 31 bytes"));
	free(value);
	free(bad);
	word[40] = 'x';
	value = ncb_format("\"name\": \"%s\", \"old\"", word);
	bad = replaced(text, "\"name\"", value);
	overwrite(dir, "result.json", bad, strlen(bad));
	assert_refused(dir, -EBADMSG, "result.json");
	free(value);
	free(bad);
	free(word);
	free(text);
	free(dir);
}

/*
 * The fuzzer's seeds are runs that are accepted, and reports can be made of
 * them. What it found (finding-*) may be refused.
 */
static void test_seeds_of_the_fuzzer(void **state)
{
	char *pattern = ncb_format("%s/bench/tests/corpus-result/*", ncb_top());
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 8);
	for (i = 0; i < found.gl_pathc; i++) {
		size_t size, n, lines;
		char *data = ncb_read_file(found.gl_pathv[i], &size);
		struct ncb_rundata r;
		FILE *f = fopen("/dev/null", "w");
		int err;

		assert_non_null(data);
		assert_non_null(f);
		n = strlen(data);
		assert_true(n < size);
		/* Storms follow another NUL, where there are any. */
		lines = strnlen(data + n + 1, size - n - 1);
		SAYING(err, ncb_result_parse(&r, data, n, data + n + 1, lines,
					     data + n + 1 + lines + 1,
					     size > n + 1 + lines ? size - n - lines - 2 : 0));
		if (err && !strstr(found.gl_pathv[i], "/finding-"))
			fail_msg("%s: %s", found.gl_pathv[i], said);
		if (!err) {
			assert_int_equal(ncb_report_text(&r, f, true), 0);
			assert_int_equal(ncb_report_html(&r, f, true), 0);
		}
		ncb_rundata_free(&r);
		fclose(f);
		free(data);
	}
	globfree(&found);
	free(pattern);
}

/* Every line is fine, one has another number in it than was stored. */
static void test_samples_of_another_run(void **state)
{
	char *dir = stored_run(), *path = ncb_format("%s/samples.csv.gz", dir), *text, *digit;
	gzFile gz = gzopen(path, "rb");
	int n;

	(void)state;
	text = ncb_alloc(1 << 20, 1);
	n = gzread(gz, text, (1 << 20) - 1);
	gzclose(gz);
	assert_true(n > 1000);
	write_samples(dir, text);
	digit = strrchr(text, ',') - 1;
	assert_true(*digit >= '0' && *digit <= '9');
	*digit = *digit == '9' ? '8' : *digit + 1;
	write_samples(dir, text);
	assert_refused(dir, -EBADMSG, "samples.csv.gz");
	assert_non_null(strstr(said, "check sum"));
	free(text);
	free(path);
	free(dir);
}

/* A message does not carry what a file says to the terminal as it is. */
static void test_no_escapes_in_messages(void **state)
{
	char *dir = stored_run(), *text = content(dir, "result.json", NULL);
	char *bad = replaced(text, "\"metric\": \"insn\"", "\"metric\": \"\\u001b[2Jx\"");

	(void)state;
	overwrite(dir, "result.json", bad, strlen(bad));
	assert_refused(dir, -EBADMSG, "result.json");
	assert_null(strchr(said, '\033'));
	free(bad);
	bad = replaced(text, "\"metric\"", "\033[2J\"metric\"");
	overwrite(dir, "result.json", bad, strlen(bad));
	assert_refused(dir, -EBADMSG, "result.json");
	assert_null(strchr(said, '\033'));
	free(bad);
	free(text);
	free(dir);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_saved_is_loaded),
		TEST(test_round_trip_to_the_byte),
		TEST(test_extreme_numbers_survive),
		TEST(test_final_form),
		TEST(test_statistics_in_the_file),
		TEST(test_an_existing_run_is_not_touched),
		TEST(test_a_full_disk_leaves_nothing),
		TEST(test_files_come_back),
		TEST(test_a_folder_that_cannot_be_made),
		TEST(test_samples_out_of_range_are_not_kept),
		TEST(test_missing_files),
		TEST(test_truncated_json),
		TEST(test_truncated_samples),
		TEST(test_flipped_bits_in_samples),
		TEST(test_damaged_fields),
		TEST(test_damaged_lines),
		TEST(test_counters_are_loaded),
		TEST(test_damaged_counters),
		TEST(test_damaged_counts),
		TEST(test_samples_of_another_run),
		TEST(test_no_escapes_in_messages),
		TEST(test_lines_that_do_not_fit),
		TEST(test_many_loadings),
		TEST(test_what_is_no_file),
		TEST(test_gigabytes),
		TEST(test_nested_deeply),
		TEST(test_long_texts),
		TEST(test_seeds_of_the_fuzzer),
	};

	ncb_verbosity = -1;
	/* Pictures are test_report's; here they would only take time. */
	setenv("PATH", "/nonexistent", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
