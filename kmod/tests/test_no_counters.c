// SPDX-License-Identifier: GPL-2.0-only
/* A kernel without perf, or a process that stands in for one: nothing is counted, and said so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "counters.h"
#include "row.h"
#include "shim.h"

static struct measured m;

static int setup(void **state)
{
	row_reset();
	return 0;
}

static void all_refused(const struct ncb_event *event, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		assert_int_equal(event[i].status, NCB_EVENT_REFUSED);
		assert_int_equal(event[i].error, ENOSYS);
		assert_int_equal(event[i].enabled_ns, 0);
		assert_int_equal(event[i].running_ns, 0);
	}
}

/* Not a single 0, which would be a count. */
static void every_sample_says_none(void **state)
{
	u32 i;

	row_prepare(&m, NCB_ATOMIC, NCB_CALL, 3);
	m.run.event[2].enabled_ns = m.run.event[2].running_ns = 5;
	assert_int_equal(row_measure(&m), 0);
	assert_int_equal(m.run.count, 2 * (ROW_BLOCKS * 2 + 4));
	all_refused(m.run.event, 3);
	for (i = 0; i < 3 * m.run.count; i++)
		assert_int_equal(m.counts[i], NCB_COUNT_NONE);
	assert_int_equal(m.counts[i], UNTOUCHED);
}

static void calls_timed_one_by_one_too(void **state)
{
	u32 i;

	row_prepare(&m, NCB_RAW, NCB_REGISTER, 1);
	assert_int_equal(row_measure(&m), 0);
	assert_true(m.run.count > 0);
	for (i = 0; i < m.run.count; i++)
		assert_int_equal(m.counts[i], NCB_COUNT_NONE);
}

static void a_known_loop_is_not_counted(void **state)
{
	struct ncb_events par = { .abi = NCB_ABI, .events = 2 };
	u32 i;

	assert_int_equal(ncb_events_row(&par), 0);
	all_refused(par.event, 2);
	for (i = 0; i < 2; i++) {
		assert_int_equal(par.known_low[i], NCB_COUNT_NONE);
		assert_int_equal(par.known_high[i], NCB_COUNT_NONE);
		assert_int_equal(par.reading[i], NCB_COUNT_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_sample_says_none, setup),
		cmocka_unit_test_setup(calls_timed_one_by_one_too, setup),
		cmocka_unit_test_setup(a_known_loop_is_not_counted, setup),
	};

	return cmocka_run_group_tests_name("no_counters", tests, NULL, NULL) != 0;
}
