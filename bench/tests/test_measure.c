// SPDX-License-Identifier: GPL-2.0-only
/* The measuring half against a device that is none: which rows, how often, until when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "../target/target.h"

#define ROWS	3

/**
 * struct fake - what the device was asked, and how it behaves
 * @loads, @unloads, @opens, @closes: how often
 * @runs: per row, how often it was measured
 * @enough_after: per row, how many times suffice
 * @fail_load: this load fails, counted from 1
 * @interrupt_run: this run is interrupted, counted from 1
 * @share_missing: loads, as bits from 0, in which arm 1 is missing
 * @wrong_load: this load, counted from 1, finds arm 0 wrong
 * @slow: a run takes at least a millisecond
 * @insn: the clock counts instructions
 */
static struct fake {
	unsigned int loads, unloads, opens, closes;
	unsigned int runs[ROWS], total;
	unsigned int enough_after[ROWS];
	unsigned int fail_load, interrupt_run, share_missing, wrong_load;
	bool insn, slow;
	uint64_t ticks;
	unsigned int shown;
	double share;
	char detail[160];
} fake;

static int fake_load(struct ncb_device *d)
{
	(void)d;
	assert_int_equal(fake.loads, fake.unloads);
	if (fake.fail_load && fake.loads + 1 == fake.fail_load)
		return -ENOEXEC;
	fake.loads++;
	return 0;
}

static int fake_open(struct ncb_device *d)
{
	(void)d;
	fake.opens++;
	return 0;
}

static int fake_ioctl(struct ncb_device *d, unsigned int request, void *arg)
{
	struct ncb_info *info = arg;
	struct ncb_run *run = arg;
	struct ncb_sample *out;
	uint32_t i;

	(void)d;
	assert_int_equal(fake.opens, fake.closes + 1);
	if (request == NCB_IOC_INFO) {
		fake.ticks += 2000;
		*info = (struct ncb_info) {
			.abi = NCB_ABI, .ticks = fake.ticks, .ktime_ns = fake.ticks / 2,
			.clock = "fake", .known_insn = fake.insn ? NCB_KNOWN_INSN : 0,
		};
		return 0;
	}
	if (request == NCB_IOC_EVENTS)
		return -ENOTTY;
	assert_int_equal(request, NCB_IOC_RUN);
	assert_in_range(run->length, 1, ROWS);
	fake.runs[run->length - 1]++;
	if (fake.slow)
		nanosleep(&(struct timespec) { .tv_nsec = 1000 * 1000 }, NULL);
	out = (struct ncb_sample *)(uintptr_t)run->samples;
	for (i = 0; i < run->arms; i++) {
		bool missing = i == 1 && fake.loads < 4 &&
			       fake.share_missing & (1u << (fake.loads - 1));

		run->arm[i].status = missing ? NCB_ARM_MISSING : NCB_ARM_OK;
		if (i == 0 && fake.wrong_load == fake.loads)
			run->arm[i].status = NCB_ARM_WRONG;
		snprintf(run->arm[i].message, NCB_MSG_LEN, "%s", missing ? "too short" : "");
		if (!missing)
			out[run->count++] = (struct ncb_sample) {
				.ticks = 1, .iters = 1, .stretches = 1, .arm = i,
			};
	}
	run->iters = 50;
	return ++fake.total == fake.interrupt_run ? -EINTR : 0;
}

static void fake_close(struct ncb_device *d)
{
	(void)d;
	fake.closes++;
}

static int fake_unload(struct ncb_device *d)
{
	(void)d;
	fake.unloads++;
	return 0;
}

static struct ncb_device device = {
	.name = "fake", .load = fake_load, .open = fake_open, .ioctl = fake_ioctl,
	.close = fake_close, .unload = fake_unload,
};

static bool fake_enough(void *data, const struct ncb_rundata *r, size_t row)
{
	assert_ptr_equal(data, &fake);
	/* Never in the middle of a load. */
	assert_int_equal(fake.loads, fake.unloads);
	assert_int_equal(r->nrows, ROWS);
	return fake.runs[row] >= fake.enough_after[row];
}

static void fake_progress(void *data, double share, const char *detail)
{
	assert_ptr_equal(data, &fake);
	assert_true(share >= 0);
	fake.shown++;
	fake.share = share;
	snprintf(fake.detail, sizeof(fake.detail), "%s", detail);
}

static void make_run(struct ncb_rundata *r, uint32_t reloads)
{
	unsigned int i;

	fake = (struct fake) { 0 };
	ncb_interrupted = 0;
	ncb_rundata_init(r);
	r->reloads = reloads;
	r->blocks = 2;
	r->rows = ncb_alloc(ROWS, sizeof(*r->rows));
	r->nrows = ROWS;
	for (i = 0; i < ROWS; i++) {
		r->rows[i].length = i + 1;
		r->rows[i].arms = 2;
		ncb_row_name(&r->rows[i]);
	}
}

static struct ncb_run_options asked(double time_limit)
{
	return (struct ncb_run_options) {
		.cpu = -1, .precision = 0.01, .time_limit = time_limit,
		.enough = fake_enough, .enough_data = &fake,
	};
}

/* Everything that was loaded is unloaded, and each sample belongs to a load that was. */
static void check_whole(const struct ncb_rundata *r)
{
	size_t i;

	assert_int_equal(fake.loads, fake.unloads);
	assert_int_equal(fake.opens, fake.closes);
	for (i = 0; i < r->nsamples; i++) {
		assert_true(r->samples[i].reload < r->reloads);
		assert_true(r->samples[i].row < ROWS);
	}
}

static void test_fixed(void **state)
{
	struct ncb_run_options o = { .cpu = -1 };
	struct ncb_rundata r;
	unsigned int i;

	(void)state;
	make_run(&r, 3);
	assert_int_equal(ncb_measure(&o, &device, &r, fake_progress, &fake), 0);
	check_whole(&r);
	assert_int_equal(fake.loads, 3);
	for (i = 0; i < ROWS; i++)
		assert_int_equal(fake.runs[i], 3);
	assert_int_equal(r.reloads, 3);
	assert_int_equal(r.nsamples, 3 * ROWS * 2);
	assert_int_equal(r.stopped, NCB_STOPPED_FIXED);
	assert_false(r.interrupted);
	assert_int_equal(fake.shown, 3 * ROWS);
	assert_true(fabs(fake.share - 8.0 / 9) < 1e-9);
	assert_string_equal(fake.detail, r.rows[2].id);
	assert_true(fabs(r.tick_hz - 2e9) < 1);
	ncb_rundata_free(&r);
}

static void test_until_all_are_precise(void **state)
{
	struct ncb_run_options o = asked(100);
	struct ncb_rundata r;
	unsigned int i;

	(void)state;
	make_run(&r, 2);
	fake.enough_after[0] = 1;
	fake.enough_after[1] = 3;
	fake.enough_after[2] = 5;
	assert_int_equal(ncb_measure(&o, &device, &r, fake_progress, &fake), 0);
	check_whole(&r);
	/* The reloads of the profile for all; then each only as often as it needs. */
	assert_int_equal(fake.runs[0], 2);
	assert_int_equal(fake.runs[1], 3);
	assert_int_equal(fake.runs[2], 5);
	assert_int_equal(fake.loads, 5);
	assert_int_equal(r.reloads, 5);
	assert_int_equal(r.stopped, NCB_STOPPED_PRECISION);
	for (i = 0; i < ROWS; i++)
		assert_true(r.rows[i].reached);
	assert_int_equal(r.samples[r.nsamples - 1].reload, 4);
	assert_true(fake.share < 0.5);
	assert_non_null(strstr(fake.detail, "1 of 3 rows"));
	assert_non_null(strstr(fake.detail, r.rows[2].id));
	ncb_rundata_free(&r);
}

static void test_until_the_time_is_over(void **state)
{
	struct ncb_run_options o = asked(0.2);
	struct ncb_rundata r;
	double start = ncb_now();

	(void)state;
	make_run(&r, 1);
	fake.enough_after[1] = 1000000;
	fake.slow = true;
	assert_int_equal(ncb_measure(&o, &device, &r, NULL, NULL), 0);
	check_whole(&r);
	assert_true(ncb_now() - start >= 0.2);
	assert_true(r.reloads > 1);
	assert_int_equal(r.reloads, fake.loads);
	assert_int_equal(r.stopped, NCB_STOPPED_TIME);
	assert_true(r.rows[0].reached);
	assert_false(r.rows[1].reached);
	assert_true(r.rows[2].reached);
	assert_int_equal(fake.runs[0], 1);
	assert_false(r.interrupted);
	ncb_rundata_free(&r);
}

/* The reader of results takes no more loads than that. */
static void test_no_run_is_endless(void **state)
{
	struct ncb_run_options o = asked(3600);
	struct ncb_rundata r;

	(void)state;
	make_run(&r, 1);
	fake.enough_after[0] = 1000000;
	assert_int_equal(ncb_measure(&o, &device, &r, NULL, NULL), 0);
	check_whole(&r);
	assert_int_equal(r.reloads, 1000);
	assert_int_equal(r.stopped, NCB_STOPPED_SIZE);
	ncb_rundata_free(&r);
}

static void test_an_interruption_in_a_further_load(void **state)
{
	struct ncb_run_options o = asked(100);
	struct ncb_rundata r;

	(void)state;
	make_run(&r, 1);
	fake.enough_after[1] = 1000000;
	fake.interrupt_run = ROWS + 2;
	assert_int_equal(ncb_measure(&o, &device, &r, NULL, NULL), -EINTR);
	check_whole(&r);
	assert_true(r.interrupted);
	assert_int_equal(r.reloads, 3);
	assert_int_equal(r.nsamples, (ROWS + 2) * 2);
	assert_int_equal(r.stopped, NCB_STOPPED_FIXED);
	assert_true(r.rows[0].reached);
	assert_false(r.rows[1].reached);
	ncb_rundata_free(&r);
}

static void test_a_further_load_that_fails(void **state)
{
	struct ncb_run_options o = asked(100);
	struct ncb_rundata r;

	(void)state;
	make_run(&r, 1);
	fake.enough_after[1] = 1000000;
	fake.fail_load = 3;
	assert_int_equal(ncb_measure(&o, &device, &r, NULL, NULL), -ENOEXEC);
	check_whole(&r);
	assert_true(r.interrupted);
	assert_int_equal(fake.runs[1], 2);
	ncb_rundata_free(&r);
}

/* Exact counts: the bar is that of the reloads, whatever the time limit. */
static void test_progress_of_an_exact_clock(void **state)
{
	struct ncb_run_options o = asked(3600);
	struct ncb_rundata r;

	(void)state;
	make_run(&r, 1);
	fake.insn = true;
	assert_int_equal(ncb_measure(&o, &device, &r, fake_progress, &fake), 0);
	assert_true(fabs(fake.share - 2.0 / 3) < 1e-9);
	assert_int_equal(r.stopped, NCB_STOPPED_PRECISION);
	assert_int_equal(r.reloads, 1);
	ncb_rundata_free(&r);
}

/* A share whose batches were too short once has samples of the other reloads. */
static void test_an_arm_missing_once(void **state)
{
	struct ncb_run_options o = { .cpu = -1 };
	struct ncb_rundata r;
	unsigned int loads;

	(void)state;
	for (loads = 1; loads < 7; loads++) {
		make_run(&r, 3);
		fake.share_missing = loads;
		assert_int_equal(ncb_measure(&o, &device, &r, NULL, NULL), 0);
		assert_int_equal(r.rows[0].arm[1].status, NCB_ARM_OK);
		assert_string_equal(r.rows[0].arm[1].message, "");
		ncb_rundata_free(&r);
	}
	make_run(&r, 3);
	fake.share_missing = 7;
	assert_int_equal(ncb_measure(&o, &device, &r, NULL, NULL), 0);
	assert_int_equal(r.rows[0].arm[1].status, NCB_ARM_MISSING);
	assert_string_equal(r.rows[0].arm[1].message, "too short");
	ncb_rundata_free(&r);
}

static void test_an_arm_wrong_once(void **state)
{
	struct ncb_run_options o = { .cpu = -1 };
	struct ncb_rundata r;
	unsigned int load;

	(void)state;
	for (load = 1; load <= 3; load++) {
		make_run(&r, 3);
		fake.wrong_load = load;
		assert_int_equal(ncb_measure(&o, &device, &r, NULL, NULL), 0);
		assert_int_equal(r.rows[0].arm[0].status, NCB_ARM_WRONG);
		assert_int_equal(r.rows[0].arm[1].status, NCB_ARM_OK);
		ncb_rundata_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_until_all_are_precise),
		cmocka_unit_test(test_until_the_time_is_over),
		cmocka_unit_test(test_no_run_is_endless),
		cmocka_unit_test(test_an_interruption_in_a_further_load),
		cmocka_unit_test(test_a_further_load_that_fails),
		cmocka_unit_test(test_progress_of_an_exact_clock),
		cmocka_unit_test(test_an_arm_missing_once),
		cmocka_unit_test(test_an_arm_wrong_once),
	};

	ncb_verbosity = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
