// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two kernels: what is kept of them, read back, refused, and reported. The golden
 * file is rewritten with NCBENCH_UPDATE_GOLDEN=1 in the environment; look at the
 * difference then.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "../ab.h"
#include "../report_beside.h"
#include "../verify.h"
#include "printed.h"
#include "says.h"
#include "synthetic.h"

#define GOLDEN		"bench/tests/golden/ab.txt"
#define BOOTS		4	/* of a side, where time is measured */
#define USUAL		"/distinct/packed/warm"

static char folder[64];		/* fresh for each test */

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ncbench-ab-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	(void)state;
	return ncb_remove_tree(folder);
}

/* -- two kernels with a known truth -- */

/* Rows that either metric has; time has them in another order, and not the same ones. */
static const char *const insn_rows[] = {
	"raw/call/16" USUAL, "blocking/call/1" USUAL, "blocking/call/64" USUAL,
	"blocking/robust@tail/64" USUAL, "raw/empty/0/one/packed/warm",
};
static const char *const time_rows[] = {
	"raw/empty/0/one/packed/warm", "blocking/robust@tail/64" USUAL, "srcu/call/16" USUAL,
	"blocking/call/64" USUAL, "raw/call/16" USUAL,
};
/* Only of B, as a reverse call is of a patched kernel. */
#define ONLY_B		"atomic/call/16" USUAL
#define ONLY_INSN	"blocking call 1"
#define ONLY_TIME	"srcu call 16"

/* @drift: the module's own engines are another build: everything costs that share more. */
static void make_run_of(struct ncb_rundata *r, enum ncb_metric metric, unsigned int side,
			uint64_t seed, double drift)
{
	struct ncb_truth t = metric == NCB_INSN ? ncb_truth_insn : ncb_truth_ns;
	char *id;
	size_t i;

	t.seed = seed;
	t.drift = drift;
	if (metric == NCB_INSN) {
		t.native_per_block = side;	/* one instruction a block */
	} else {
		t.reloads = 1;
		t.layout_seed = 5;
		t.layout = 0.01;
		t.noise = 0.1;
		t.boot = 0.01;
		t.native_share = side ? -0.2 : 0;
	}
	ncb_rundata_init(r);
	for (i = 0; i < ARRAY_SIZE(insn_rows); i++)
		ncb_synthetic_row(r, metric == NCB_INSN ? insn_rows[i] : time_rows[i]);
	if (metric == NCB_INSN && side)
		ncb_synthetic_row(r, ONLY_B);
	ncb_synthetic_samples(r, &t);
	free(r->target);
	r->target = ncb_copy(metric == NCB_INSN ? "qemu" : "uml");
	id = ncb_format("boot-%u-%u-%llu", metric, side, (unsigned long long)seed);
	ncb_env_set(r, "boot_id", id);
	ncb_env_set(r, "kernel_release", side ? "6.1.192-dlist" : "6.1.192");
	ncb_env_set(r, "date", id);
	free(id);
}

static void make_run(struct ncb_rundata *r, enum ncb_metric metric, unsigned int side,
		     uint64_t seed)
{
	make_run_of(r, metric, side, seed, 0);
}

static void describe(struct ncb_ab *ab)
{
	unsigned int side, i;

	ncb_ab_init(ab);
	ab->revision = ncb_copy("0123456789ab");
	ab->date = ncb_copy("2026-01-01T00:00:00Z");
	ab->command = ncb_copy("make ab A=linux-source-6.1 B=linux-source-6.1+dlist.patch SEED=7");
	ab->profile = ncb_copy("quick");
	ab->seed = UINT64_MAX;
	ab->build_seconds = 130;
	ab->boot_seconds = 25;
	ab->all_seconds = 160;
	for (side = 0; side < NCB_AB_SIDES; side++) {
		struct ncb_ab_kernel *k = &ab->kernel[side];

		k->spec = ncb_copy(side ? "linux-source-6.1+dlist.patch" : "linux-source-6.1");
		k->title = ncb_copy(side ? "6.1.192 and dlist.patch" : "6.1.192");
		k->source = ncb_copy(side ? "bbbbbbbbbbbbbbbb" : "aaaaaaaaaaaaaaaa");
		k->release = ncb_copy("6.1.192");
		k->builds = 2;
		k->build = ncb_alloc(2, sizeof(*k->build));
		for (i = 0; i < 2; i++)
			k->build[i] = (struct ncb_ab_build) {
				.flavour = ncb_copy(i ? "x86_64" : "uml"),
				.config = ncb_copy("trimmed configuration, 412 options set"),
				.links = i ? 1 : 5, .text = 1000000 * (i + 1) + 432 * side,
				.data = 200000, .bss = 100000 - 64 * side, .file = 0,
				.seconds = side ? 0 : 65,
			};
	}
	ab->difference = json_pack("{si si si s[ss]}", "files", 2, "insertions", 100, "deletions",
				   40, "stat", "include/linux/notifier.h | 12 ++",
				   "kernel/notifier.c | 128 ++++---");
}

static void add_boots(struct ncb_ab *ab, enum ncb_metric metric, unsigned int boots)
{
	unsigned int side, i;
	struct ncb_rundata r;

	for (i = 0; i < boots; i++) {
		for (side = 0; side < NCB_AB_SIDES; side++) {
			make_run(&r, metric, side, 100 * side + i + 1);
			assert_int_equal(ncb_ab_add(ab, side, &r), 0);
			ncb_rundata_free(&r);
		}
	}
}

/* Begun in the folder of the test, with all boots. */
static void begin(struct ncb_ab *ab, char *dir)
{
	describe(ab);
	sprintf(dir, "%s/ab1", folder);
	assert_int_equal(ncb_ab_begin(ab, dir), 0);
	add_boots(ab, NCB_INSN, 1);
	add_boots(ab, NCB_NS, BOOTS);
}

static void keep(struct ncb_ab *ab, char *dir)
{
	begin(ab, dir);
	assert_int_equal(ncb_ab_finish(ab), 0);
}

static char *text_of(const struct ncb_ab *ab, bool full)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(ncb_ab_text(ab, f, full), 0);
	fclose(f);
	return text;
}

static char *file_of(const char *dir, const char *name)
{
	char *path = ncb_format("%s/%s", dir, name), *text = ncb_read_file(path, NULL);

	free(path);
	assert_non_null(text);
	return text;
}

static bool is_there(const char *dir, const char *name)
{
	char *path = ncb_format("%s/%s", dir, name);
	bool there = ncb_exists(path);

	free(path);
	return there;
}

/* -- the folder -- */

static void test_golden(void **state)
{
	char *path = ncb_format("%s/" GOLDEN, ncb_top()), *text, *golden, *full;
	char dir[96];
	struct ncb_ab ab;

	(void)state;
	keep(&ab, dir);
	text = text_of(&ab, false);
	full = text_of(&ab, true);
	assert_quotable(text);
	assert_quotable(full);
	if (getenv("NCBENCH_UPDATE_GOLDEN"))
		assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	golden = ncb_read_file(path, NULL);
	assert_non_null(golden);
	assert_string_equal(text, golden);
	ncb_ab_free(&ab);
	free(path);
	free(text);
	free(full);
	free(golden);
}

/* The report is of what is kept: read again it says the same, to the byte. */
static void test_read_again(void **state)
{
	char *kept, *now, dir[96];
	struct ncb_ab ab, again;

	(void)state;
	keep(&ab, dir);
	assert_string_equal(ab.dir, dir);
	assert_null(ab.partial);
	assert_true(ncb_ab_is(dir));
	kept = file_of(dir, "report.txt");
	assert_int_equal(ncb_ab_load(&again, dir), 0);
	now = text_of(&again, false);
	assert_string_equal(now, kept);
	assert_true(again.seed == UINT64_MAX);
	assert_int_equal(again.boots[NCB_NS][NCB_AB_B], BOOTS);
	assert_string_equal(again.names[NCB_INSN][NCB_AB_A][0], "a-insn");
	assert_string_equal(again.names[NCB_NS][NCB_AB_B][1], "b-ns-02");
	assert_true(is_there(dir, "b-ns-02/samples.csv.gz"));
	assert_false(is_there(dir, "b-ns-02/report.txt"));
	assert_true(is_there(dir, "report.html"));
	assert_string_equal(again.kernel[NCB_AB_B].build[0].flavour, "uml");
	assert_int_equal(again.kernel[NCB_AB_B].build[1].text, 2000432);
	free(kept);
	free(now);
	ncb_ab_free(&ab);
	ncb_ab_free(&again);
}

/* Figures of the page are those of the text, and it opens by itself. */
static void test_page(void **state)
{
	char dir[96], *html;
	struct ncb_ab ab;

	(void)state;
	keep(&ab, dir);
	html = file_of(dir, "report.html");
	assert_says(html, "<!DOCTYPE html>");
	assert_says(html, "</body></html>");
	assert_says(html, "blocking robust@tail 64");
	assert_says(html, ">1550<");
	assert_says(html, "6.1.192 and dlist.patch");
	assert_silent(html, "<script");
	assert_silent(html, "src=\"http");
	assert_silent(html, folder);
	free(html);
	ncb_ab_free(&ab);
}

/* Exact counts of the module's own engines that differ are said on the first screen. */
static void test_engines_moved(void **state)
{
	char dir[96], *text;
	struct ncb_rundata r;
	struct ncb_ab ab;
	unsigned int side;

	(void)state;
	describe(&ab);
	snprintf(dir, sizeof(dir), "%s/ab1", folder);
	assert_int_equal(ncb_ab_begin(&ab, dir), 0);
	for (side = 0; side < NCB_AB_SIDES; side++) {
		make_run_of(&r, NCB_INSN, side, 1, side * 0.5);
		assert_int_equal(ncb_ab_add(&ab, side, &r), 0);
		ncb_rundata_free(&r);
	}
	assert_int_equal(ncb_ab_finish(&ab), 0);
	text = text_of(&ab, false);
	assert_says(text, "insn drift");
	free(text);
	ncb_ab_free(&ab);
}

static void test_names_taken(void **state)
{
	char dir[96], other[128];
	struct ncb_ab ab;

	(void)state;
	begin(&ab, dir);
	/* Taken while it was measured. */
	assert_int_equal(mkdir(dir, 0755), 0);
	snprintf(other, sizeof(other), "%s-%d", dir, (int)getpid());
	assert_int_equal(ncb_ab_finish(&ab), 0);
	assert_string_equal(ab.dir, other);
	assert_true(is_there(other, "report.txt"));
	ncb_ab_free(&ab);
	/* And before. */
	describe(&ab);
	assert_int_equal(ncb_ab_begin(&ab, dir), -EEXIST);
	ncb_ab_free(&ab);
}

/* What was begun and given up leaves nothing; an empty one is none. */
static void test_given_up(void **state)
{
	char dir[96], *partial;
	struct ncb_ab ab;

	(void)state;
	begin(&ab, dir);
	partial = ncb_copy(ab.partial);
	assert_true(is_there(partial, "a-insn/result.json"));
	ncb_ab_free(&ab);
	assert_false(ncb_exists(partial));
	free(partial);
	describe(&ab);
	assert_int_equal(ncb_ab_begin(&ab, dir), 0);
	assert_int_equal(ncb_ab_finish(&ab), -ENODATA);
	ncb_ab_free(&ab);
}

static void test_interrupted(void **state)
{
	struct ncb_rundata r;
	struct ncb_ab ab;
	char dir[96], *text;

	(void)state;
	describe(&ab);
	snprintf(dir, sizeof(dir), "%s/ab1", folder);
	assert_int_equal(ncb_ab_begin(&ab, dir), 0);
	add_boots(&ab, NCB_INSN, 1);
	/* One that is not whole is not kept. */
	make_run(&r, NCB_NS, NCB_AB_A, 9);
	r.interrupted = true;
	assert_int_equal(ncb_ab_add(&ab, NCB_AB_A, &r), -EINVAL);
	r.interrupted = false;
	assert_int_equal(ncb_ab_add(&ab, NCB_AB_A, &r), 0);
	ncb_rundata_free(&r);
	ab.interrupted = true;
	assert_int_equal(ncb_ab_finish(&ab), 0);
	text = text_of(&ab, false);
	assert_says(text, "NOT FOR REVIEW: interrupted: not all boots");
	assert_words(text, "time: n/a: no boot of B");
	assert_says(text, "instructions: of 5 rows");
	ncb_ab_free(&ab);
	free(text);
}

/* Either metric may be missing, and its columns are. */
static void test_one_metric(void **state)
{
	static const struct {
		enum ncb_metric have, lack;
		const char *says, *head, *silent;
	} cases[] = {
		{ NCB_INSN, NCB_NS, "time: n/a: the kernel does not boot as a process", "insn A",
		  "ns A" },
		{ NCB_NS, NCB_INSN, "instructions: n/a: the kernel does not boot as a process",
		  "ns A", "insn A" },
	};
	char dir[96], *text;
	struct ncb_ab ab;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		describe(&ab);
		snprintf(dir, sizeof(dir), "%s/ab%zu", folder, i);
		assert_int_equal(ncb_ab_begin(&ab, dir), 0);
		add_boots(&ab, cases[i].have, 2);
		ab.missing[cases[i].lack] = ncb_copy("the kernel does not boot as a process");
		assert_int_equal(ncb_ab_finish(&ab), 0);
		text = text_of(&ab, false);
		assert_words(text, cases[i].says);
		assert_says(text, cases[i].head);
		assert_silent(text, cases[i].silent);
		ncb_ab_free(&ab);
		free(text);
	}
}

/* Other commands take the boots as runs; two kernels are no run. */
static void test_boots_are_runs(void **state)
{
	struct ncb_runset set;
	struct ncb_ab ab;
	char dir[96];

	(void)state;
	keep(&ab, dir);
	ncb_ab_free(&ab);
	assert_int_equal(ncb_runset_find(&set, "ab1/a-ns-*", folder), 0);
	assert_int_equal(set.runs, BOOTS);
	ncb_runset_free(&set);
	assert_int_equal(ncb_runset_find(&set, "ab1/a-insn,ab1/b-ns-0[12]", folder), 0);
	assert_int_equal(set.runs, 3);
	ncb_runset_free(&set);
	assert_int_equal(ncb_runset_find(&set, "ab1", folder), -ENOENT);
	ncb_runset_free(&set);
	assert_int_equal(ncb_runset_find(&set, "*", folder), -ENOENT);
	ncb_runset_free(&set);
}

/* Two boots of one second with one seed are two all the same. */
static void test_same_second(void **state)
{
	struct ncb_rundata run[2];
	struct ncb_stats *s[2];
	struct ncb_side side[2];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		make_run(&run[i], NCB_INSN, NCB_AB_A, 1);
		ncb_env_set(&run[i], "date", "2026-01-01T00:00:00Z");
		ncb_env_set(&run[i], "boot_id", i ? "one" : "another");
		s[i] = ncb_stats_new(&run[i]);
		side[i] = (struct ncb_side) { "x", &s[i], 1 };
	}
	assert_false(ncb_runset_share(&side[0], &side[1]));
	ncb_env_set(&run[1], "boot_id", "another");
	assert_true(ncb_runset_share(&side[0], &side[1]));
	for (i = 0; i < 2; i++) {
		ncb_stats_free(s[i]);
		ncb_rundata_free(&run[i]);
	}
}

/* -- what is refused -- */

static int load_ab(const char *dir)
{
	struct ncb_ab ab;
	int err = ncb_ab_load(&ab, dir);

	ncb_ab_free(&ab);
	return err;
}

static int load_run(const char *dir)
{
	struct ncb_rundata r;
	int err = ncb_result_load(&r, dir);

	ncb_rundata_free(&r);
	return err;
}

/* Changes a file; loading has to fail, with a sentence that has @says. */
static void refuse_of(const char *dir, const char *name, int (*load)(const char *dir),
		      const char *from, const char *to, const char *says)
{
	char *path = ncb_format("%s/%s", dir, name), *text = ncb_read_file(path, NULL), *at;
	char *log = ncb_format("%s/said", folder), *changed, *said;
	int saved = dup(2), file = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600), err;

	at = strstr(text, from);
	if (!at)
		fail_msg("'%s' is not in %s", from, text);
	changed = ncb_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	assert_int_equal(ncb_write_file(path, changed, strlen(changed)), 0);
	fflush(stderr);
	dup2(file, 2);
	err = load(dir);
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	close(file);
	said = ncb_read_file(log, NULL);
	if (!err || !strstr(said, says))
		fail_msg("'%s' instead of '%s': %d, said '%s'", to, from, err, said);
	assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	free(path);
	free(text);
	free(log);
	free(changed);
	free(said);
}

static void refuse(const char *dir, const char *from, const char *to, const char *says)
{
	refuse_of(dir, NCB_AB_FILE, load_ab, from, to, says);
}

static void test_refused(void **state)
{
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
		{ "\"ncbench-ab\"", "\"ncbench-result\"", "no comparison of two kernels" },
		{ "\"schema_version\": 1", "\"schema_version\": 2", "newer ncbench" },
		{ "\"schema_version\": 1", "\"schema_version\": {}", "damaged" },
		{ "\"a-insn\"", "\"../ab1/a-insn\"", "no name of a folder" },
		{ "\"a-insn\"", "\"..\"", "no name of a folder" },
		{ "\"a-insn\"", "\"/etc\"", "no name of a folder" },
		{ "\"a-insn\"", "\"\"", "no name of a folder" },
		{ "\"a-insn\"", "17", "no name of a folder" },
		{ "\"a-insn\"", "\"b-insn\"", "twice" },
		{ "\"a-insn\"", "\"a-insn\", \"nothing\"", "nothing/result.json" },
		{ "\"interrupted\": false", "\"interrupted\": 0", "neither true nor false" },
		{ "\"links\": 5", "\"links\": 65", "links" },
		{ "\"links\": 5", "\"links\": -1", "links" },
		{ "\"text\": 1000000", "\"text\": 1e6", "text" },
		{ "\"seconds\": 65.0", "\"seconds\": -1", "seconds" },
		{ "\"files\": 2", "\"files\": null", "difference" },
		{ "\"18446744073709551615\"", "\"18446744073709551616\"", "seed" },
		{ "\"boots\": 25.0", "\"boots\": \"x\"", "boots" },
		{ "\"command\": \"make", "\"command\": \"\\u0000make", "damaged" },
	};
	struct ncb_ab ab;
	char dir[96];
	size_t i;

	(void)state;
	keep(&ab, dir);
	ncb_ab_free(&ab);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		refuse(dir, cases[i].from, cases[i].to, cases[i].says);
	/* A boot of another metric under the name of one. */
	refuse(dir, "\"insn\": {", "\"cycles\": {", "one is enough");
	assert_int_equal(ncb_ab_load(&ab, dir), 0);
	ncb_ab_free(&ab);
}

/* A boot that is listed under another metric than it has. */
static void test_another_metric(void **state)
{
	char dir[96], *from, *to;
	struct ncb_ab ab;

	(void)state;
	keep(&ab, dir);
	ncb_ab_free(&ab);
	from = ncb_format("%s/a-insn", dir);
	to = ncb_format("%s/a-ns-01", dir);
	assert_int_equal(ncb_remove_tree(from), 0);
	assert_int_equal(rename(to, from), 0);
	refuse(dir, "\"a-ns-01\",", "", "a-insn is in ns");
	free(from);
	free(to);
}

/* -- the table -- */

/* Of the first table; NULL where it has no such row. */
static char **find_row(const struct ncb_report *report, const char *label)
{
	const struct ncb_table *t = &report->table[0];
	size_t i;

	for (i = 0; i < t->rows; i++)
		if (!strcmp(t->cell[i * t->columns], label))
			return &t->cell[i * t->columns];
	return NULL;
}

static double truth(enum ncb_metric metric, unsigned int side, const char *id)
{
	struct ncb_truth t = metric == NCB_INSN ? ncb_truth_insn : ncb_truth_ns;
	struct ncb_rundata r;
	double cost;

	if (metric == NCB_INSN)
		t.native_per_block = side;
	else
		t.native_share = side ? -0.2 : 0;
	ncb_rundata_init(&r);
	ncb_synthetic_row(&r, id);
	cost = ncb_true_cost(&t, &r.rows[0], "native");
	ncb_rundata_free(&r);
	return cost;
}

/* Each figure is of its row, its side and its metric, though time has other rows. */
static void test_joined(void **state)
{
	static const struct {
		const char *label, *id;
		bool insn, time;
	} rows[] = {
		{ "raw call 16", "raw/call/16" USUAL, true, true },
		{ "blocking call 64", "blocking/call/64" USUAL, true, true },
		{ "blocking robust@tail 64", "blocking/robust@tail/64" USUAL, true, true },
		{ ONLY_INSN, "blocking/call/1" USUAL, true, false },
		{ ONLY_TIME, "srcu/call/16" USUAL, false, true },
	};
	struct ncb_report *report;
	struct ncb_ab_view *v;
	struct ncb_ab ab;
	char dir[96], **cell;
	size_t i;

	(void)state;
	keep(&ab, dir);
	v = ncb_ab_view_new(&ab);
	report = ncb_report_ab(v);
	assert_int_equal(report->table[0].rows, 7);
	assert_string_equal(report->table[0].head[1], "insn A");
	assert_string_equal(report->table[0].head[4], "ns A");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		double a = truth(NCB_INSN, NCB_AB_A, rows[i].id);
		double b = truth(NCB_INSN, NCB_AB_B, rows[i].id);
		double x = truth(NCB_NS, NCB_AB_A, rows[i].id);

		cell = find_row(report, rows[i].label);
		assert_non_null(cell);
		if (rows[i].insn) {
			assert_true(fabs(strtod(cell[1], NULL) - a) < 0.5);
			assert_true(fabs(strtod(cell[2], NULL) - b) < 0.5);
			assert_true(fabs(strtod(cell[3], NULL) - (b / a - 1) * 100) < 0.06);
		} else {
			assert_string_equal(cell[1], "n/a");
			assert_string_equal(cell[2], "n/a");
			assert_string_equal(cell[3], "n/a");
		}
		if (rows[i].time) {
			assert_true(fabs(strtod(cell[4], NULL) / x - 1) < 0.05);
			assert_true(fabs(strtod(cell[5], NULL) / x - 0.8) < 0.05);
			assert_true(fabs(strtod(cell[6], NULL) + 20) < 3);
		} else {
			assert_string_equal(cell[4], "n/a");
			assert_string_equal(cell[5], "n/a");
			assert_string_equal(cell[6], "n/a");
			assert_string_equal(cell[7], "");
		}
	}
	/* No block, no instruction more. */
	cell = find_row(report, "raw empty 0");
	assert_non_null(cell);
	assert_string_equal(cell[3], "=");
	/* What only B has is a cost, and no change. */
	cell = find_row(report, "atomic call 16");
	assert_non_null(cell);
	assert_string_equal(cell[1], "n/a");
	assert_true(strtod(cell[2], NULL) > 0);
	assert_string_equal(cell[3], "n/a");
	ncb_report_free(report);
	ncb_ab_view_free(v);
	ncb_ab_free(&ab);
}

static void test_verdicts(void **state)
{
	char dir[96], *text;
	struct ncb_ab ab;

	(void)state;
	keep(&ab, dir);
	text = text_of(&ab, false);
	assert_words(text, "instructions: of 5 rows 4 more (");
	assert_words(text, "0 fewer, 1 equal, 1 only of B");
	assert_words(text, "time: of 5 rows 0 slower, 5 faster (");
	assert_words(text, "more instructions, less time: 3 rows (raw call 16, blocking call 64, "
		     "blocking robust@tail 64)");
	assert_words(text, "equal instructions, less time: 1 row (raw empty 0)");
	assert_words(text, "uml, bytes: text 1000000 -> 1000432 (+432), data =, "
		     "bss 100000 -> 99936 (-64), file n/a");
	free(text);
	ncb_ab_free(&ab);
}

/* -- a run that was measured in both ways -- */

/* Time, with exact counts beside it; below @dir. */
static void make_both(struct ncb_rundata *r, char *dir)
{
	make_run(r, NCB_NS, NCB_AB_A, 3);
	r->beside = ncb_alloc(1, sizeof(*r->beside));
	make_run(r->beside, NCB_INSN, NCB_AB_B, 4);
	sprintf(dir, "%s/both", folder);
	assert_int_equal(ncb_make_dirs(dir), 0);
	assert_int_equal(ncb_result_save_raw(r, dir), 0);
}

static const struct ncb_table *find_table(const struct ncb_report *report, const char *title)
{
	size_t i;

	for (i = 0; i < report->tables; i++)
		if (!strncmp(report->table[i].title, title, strlen(title)))
			return &report->table[i];
	fail_msg("no table '%s'", title);
	return NULL;
}

static void test_both_ways(void **state)
{
	static const char title[] = "dlist against slist: instructions, then ns";
	struct ncb_rundata r, again;
	const struct ncb_table *t;
	struct ncb_report *report;
	char *before, *after, *full, dir[96], *only;
	struct ncb_stats *s;
	size_t i, found = 0;

	(void)state;
	make_both(&r, dir);
	before = made(&r, false, ncb_report_text);
	assert_int_equal(ncb_result_load(&again, dir), 0);
	assert_non_null(again.beside);
	after = made(&again, false, ncb_report_text);
	assert_string_equal(before, after);
	full = made(&again, true, ncb_report_text);
	assert_quotable(full);
	assert_quotable(after);
	assert_says(after, title);
	assert_words(after, "beside insn on target qemu");
	assert_words(full, "beside [ok] insn: passed oracle");
	s = ncb_stats_new(&again);
	report = ncb_report_new(s);
	t = find_table(report, title);
	for (i = 0; i < t->rows; i++) {
		char **cell = &t->cell[i * t->columns];

		if (!strcmp(cell[0], ONLY_TIME)) {
			assert_string_equal(cell[1], "n/a");
			found++;
		}
		if (strcmp(cell[0], "blocking call 64"))
			continue;
		/* Two instructions a block; a tenth of the time. */
		assert_true(fabs(strtod(cell[2], NULL) - strtod(cell[1], NULL) - 128) < 0.5);
		assert_true(fabs(strtod(cell[5], NULL) / strtod(cell[4], NULL) - 1.1) < 0.03);
		assert_true(fabs(strtod(cell[6], NULL) - 10) < 3);
		found++;
	}
	assert_int_equal(found, 2);
	ncb_report_free(report);
	ncb_stats_free(s);
	/* Without it, nothing of it. */
	ncb_rundata_free(again.beside);
	free(again.beside);
	again.beside = NULL;
	only = made(&again, true, ncb_report_text);
	assert_silent(only, title);
	assert_silent(only, "insn:");
	free(only);
	free(before);
	free(after);
	free(full);
	ncb_rundata_free(&r);
	ncb_rundata_free(&again);
}

static void test_beside_refused(void **state)
{
	struct ncb_rundata r;
	char dir[96];

	(void)state;
	make_both(&r, dir);
	refuse_of(dir, "result.json", load_run, "\"beside\": \"beside\"", "\"beside\": \"../both\"",
		  "beside is not 'beside'");
	refuse_of(dir, "result.json", load_run, "\"beside\": \"beside\"", "\"beside\": 1",
		  "beside is not 'beside'");
	refuse_of(dir, "result.json", load_run, "\"metric\": \"ns\"", "\"metric\": \"insn\"", "");
	refuse_of(dir, "beside/result.json", load_run, "\"interrupted\": false",
		  "\"interrupted\": false, \"beside\": \"beside\"", "beside another one itself");
	/* One in the same metric is not kept, and costs the run nothing. */
	assert_int_equal(load_run(dir), 0);
	r.beside->metric = NCB_NS;
	assert_int_equal(ncb_result_save_raw(&r, dir), 0);
	assert_int_equal(load_run(dir), 0);
	ncb_rundata_free(&r);
}

/* -- what is pasted -- */

static struct ncb_verified verify(const struct ncb_ab *ab, const char *text)
{
	struct ncb_ab_view *v = ncb_ab_view_new(ab);
	struct ncb_report *report = ncb_report_ab(v);
	struct ncb_verified found;
	FILE *out = fopen(getenv("NCBENCH_SAY") ? "/dev/stderr" : "/dev/null", "w");

	ncb_verify(report, text, out, &found);
	fclose(out);
	ncb_report_free(report);
	ncb_ab_view_free(v);
	return found;
}

/* Every digit of the short view, changed: none passes. */
static void test_pasted(void **state)
{
	char dir[96], *text, *p, was;
	struct ncb_verified found;
	struct ncb_ab ab;
	size_t tried = 0;

	(void)state;
	keep(&ab, dir);
	text = text_of(&ab, false);
	found = verify(&ab, text);
	assert_int_equal(found.differ, 0);
	assert_int_equal(found.unplaced, 0);
	assert_int_equal(found.missing, 0);
	assert_true(found.figures > 30);
	for (p = strstr(text, "\nrow"); *p && tried < 120; p++) {
		if (*p < '0' || *p > '9')
			continue;
		was = *p;
		*p = was == '9' ? '1' : was + 1;
		found = verify(&ab, text);
		if (!found.differ && !found.unplaced)
			fail_msg("a digit changed, and not found: %.60s", p);
		*p = was;
		tried++;
	}
	assert_int_equal(tried, 120);
	free(text);
	ncb_ab_free(&ab);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_golden),
		TEST(test_read_again),
		TEST(test_page),
		TEST(test_engines_moved),
		TEST(test_names_taken),
		TEST(test_given_up),
		TEST(test_interrupted),
		TEST(test_one_metric),
		TEST(test_boots_are_runs),
		TEST(test_same_second),
		TEST(test_refused),
		TEST(test_another_metric),
		TEST(test_joined),
		TEST(test_verdicts),
		TEST(test_both_ways),
		TEST(test_beside_refused),
		TEST(test_pasted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
