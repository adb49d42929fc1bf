// SPDX-License-Identifier: GPL-2.0-only
/* How chains behave: answers as JSON, whoever wrote it, in words, and two kernels' apart. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../behaviour.h"
#include "says.h"

#define ANSWER(name, type, outcome, trace, log)					\
	"{ \"name\": \"" name "\", \"type\": \"" type "\", \"outcome\": \"" outcome	\
	"\", \"trace\": \"" trace "\", \"log\": \"" log "\" }"

static int read_text(const char *text, struct ncb_behaved *b)
{
	json_t *one = json_loads(text, 0, NULL);
	int err;

	assert_non_null(one);
	err = ncb_behaviour_read(one, b);
	json_decref(one);
	return err;
}

static void assert_sentence(const char *text, const char *words)
{
	struct ncb_behaved b;
	char *sentence;

	assert_int_equal(read_text(text, &b), 0);
	sentence = ncb_behaviour_sentence(&b);
	assert_string_equal(sentence, words);
	free(sentence);
}

static void sentences_say_what_happened(void **state)
{
	(void)state;
	assert_sentence(ANSWER("robust/tail", "blocking", "done",
			       "robust 1 2 3 ~1 ~2 =32770", ""),
			"calls 1, 2, 3; rollback calls 1, 2 (forward); returns NOTIFY_BAD");
	assert_sentence(ANSWER("robust/tail", "blocking", "done",
			       "robust 1 2 3 ~2 ~1 =32770", ""),
			"calls 1, 2, 3; rollback calls 2, 1 (reverse); returns NOTIFY_BAD");
	assert_sentence(ANSWER("robust/middle", "raw", "done",
			       "robust 1 2 3 ~2 ~1 ~3 =32770", ""),
			"calls 1, 2, 3; rollback calls 2, 1, 3 (in no order); returns NOTIFY_BAD");
	assert_sentence(ANSWER("robust/head", "raw", "done", "robust 1 =32770", ""),
			"calls 1; rollback calls none; returns NOTIFY_BAD");
	assert_sentence(ANSWER("robust/none", "raw", "done", "robust 1 2 3 =1", ""),
			"calls 1, 2, 3; returns NOTIFY_OK");
	assert_sentence(ANSWER("empty", "raw", "done", "call =0", ""),
			"calls none; returns NOTIFY_DONE");
	assert_sentence(ANSWER("reverse/order", "blocking", "absent", "", ""),
			"this kernel has no such call");
	assert_sentence(ANSWER("unregister/self", "raw", "done",
			       "call 1 2 -2:0 3 =1 call 1 3 =1", ""),
			"calls 1, 2 (unregisters itself), 3; returns NOTIFY_OK; the next call "
			"calls 1, 3; returns NOTIFY_OK");
	assert_sentence(ANSWER("register/behind", "srcu", "done", "call 1 2 +4:-17 4 3 =7", ""),
			"calls 1, 2 (registers 4: -EEXIST), 4, 3; returns 7");
	assert_sentence(ANSWER("unique/taken", "atomic", "done", "*3:-16 call 1 2 =1", ""),
			"registering block 3 returns -EBUSY; calls 1, 2; returns NOTIFY_OK");
}

static void sentences_say_how_it_ended(void **state)
{
	(void)state;
	assert_sentence(ANSWER("unregister/self", "raw", "oops", "call 1 2 -2:0",
			       "general protection fault, address 0xdead000000000100: 0000 [#1] SMP"),
			"calls 1, 2 (unregisters itself); then the kernel oopses (general "
			"protection fault, address 0xdead000000000100)");
	assert_sentence(ANSWER("zeroed/register", "raw", "panic", "", "Kernel panic"),
			"the kernel panics (Kernel panic)");
	assert_sentence(ANSWER("register/twice", "raw", "hung", "", ""), "it does not come back");
	assert_sentence(ANSWER("register/twice", "raw", "done", "+2:-17 call 1 2 3 =1",
			       "WARNING: CPU: 0 PID: 7 at kernel/notifier.c:28"),
			"registering block 2 returns -EEXIST; calls 1, 2, 3; returns NOTIFY_OK; "
			"the kernel WARNs");
	assert_sentence(ANSWER("order", "raw", "done", "call 1 =1", "BUG: scheduling while atomic"),
			"calls 1; returns NOTIFY_OK; the kernel complains (BUG: scheduling while "
			"atomic)");
	assert_sentence(ANSWER("register/twice", "raw", "endless",
			       "call 1 2 2 2 2 2 2 2 2 2 2 =32770", ""),
			"calls 1, 2, 2, 2, 2, 2, 2, 2 ... (11 calls); returns NOTIFY_BAD; then the "
			"walk is cut, as it does not end");
	assert_sentence(ANSWER("order", "raw", "failed", "", "Cannot allocate memory"),
			"no answer (Cannot allocate memory)");
}

static void what_is_written_is_read(void **state)
{
	static const char trace[] = "-3:-2 +1:0 *2:-16 call 1 2 =1 robust 1 ~4 =-5 reverse 3 =32769";
	char *text = ncb_format(ANSWER("order", "srcu", "done", "%s", "quiet"), trace);
	struct ncb_behaved b, again;
	json_t *one;

	(void)state;
	assert_int_equal(read_text(text, &b), 0);
	one = ncb_behaviour_write(&b);
	assert_string_equal(json_string_value(json_object_get(one, "trace")), trace);
	assert_int_equal(json_integer_value(json_object_get(one, "result")), 32769);
	assert_int_equal(json_integer_value(json_object_get(one, "error")), -16);
	assert_int_equal(ncb_behaviour_read(one, &again), 0);
	assert_memory_equal(&again, &b, sizeof(b));
	json_decref(one);
	free(text);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const char *const wrong[] = {
		"[]", "7", "{}", "{ \"name\": 7 }",
		ANSWER("no such case", "raw", "done", "", ""),
		ANSWER("order", "no such type", "done", "", ""),
		ANSWER("order", "raw", "no such outcome", "", ""),
		/* Such a chain would wait for itself: nobody has asked. */
		ANSWER("unregister/self", "blocking", "done", "", ""),
		ANSWER("order", "raw", "done", "call 0", ""),
		ANSWER("order", "raw", "done", "call 5", ""),
		ANSWER("order", "raw", "done", "call -1", ""),
		ANSWER("order", "raw", "done", "call 99999999999999999999", ""),
		ANSWER("order", "raw", "done", "=99999999999", ""),
		ANSWER("order", "raw", "done", "=", ""),
		ANSWER("order", "raw", "done", "+2", ""),
		ANSWER("order", "raw", "done", "+2:", ""),
		ANSWER("order", "raw", "done", "+2:x", ""),
		ANSWER("order", "raw", "done", "calls 1", ""),
		ANSWER("order", "raw", "done", "call  1", ""),
		ANSWER("order", "raw", "done", "call 1 ", ""),
		ANSWER("order", "raw", "done", " call 1", ""),
		ANSWER("order", "raw", "done", "call 1x", ""),
		ANSWER("order", "raw", "done", "call %n", ""),
	};
	struct ncb_behaved b;
	char *text, *many = ncb_copy("call");
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		json_t *one = json_loads(wrong[i], JSON_DECODE_ANY, NULL);

		assert_non_null(one);
		if (ncb_behaviour_read(one, &b) != -EBADMSG)
			fail_msg("read: %s", wrong[i]);
		json_decref(one);
	}
	assert_int_equal(ncb_behaviour_read(NULL, &b), -EBADMSG);
	/* As many steps as there is room for, and one more. */
	for (i = 1; i <= NCB_BEHAVIOUR_STEPS; i++) {
		char *longer = ncb_format("%s 1", many);

		text = ncb_format(ANSWER("order", "raw", "done", "%s", ""), many);
		assert_int_equal(read_text(text, &b), 0);
		assert_int_equal(b.did.steps, i);
		free(text);
		free(many);
		many = longer;
	}
	text = ncb_format(ANSWER("order", "raw", "done", "%s", ""), many);
	assert_int_equal(read_text(text, &b), -EBADMSG);
	free(text);
	free(many);
}

static void log_is_cut_and_printable(void **state)
{
	char line[NCB_BEHAVIOUR_LOG_MAX * 2];
	struct ncb_behaved b;

	(void)state;
	assert_int_equal(read_text(ANSWER("order", "raw", "oops", "", "a\\u001b[31mb\\u00e4"), &b), 0);
	assert_string_equal(b.log, "a?[31mb??");
	ncb_behaviour_log(&b, "[    1.750293] BUG: kernel");
	assert_string_equal(b.log, "BUG: kernel");
	ncb_behaviour_log(&b, "[ 1");
	assert_string_equal(b.log, "[ 1");
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	ncb_behaviour_log(&b, line);
	assert_int_equal(strlen(b.log), NCB_BEHAVIOUR_LOG_MAX - 1);
}

/* Answers to the cases of @text, a list. */
static json_t *kernel(const char *text)
{
	char *all = ncb_format("{ \"schema\": 1, \"release\": \"6.1\", \"cases\": [ %s ] }", text);
	json_t *j = json_loads(all, 0, NULL);

	assert_non_null(j);
	free(all);
	return j;
}

static const char *item(const struct ncb_items *items, const char *name)
{
	size_t i;

	for (i = 0; i < items->n; i++)
		if (!strcmp(items->item[i].name, name))
			return items->item[i].text;
	return NULL;
}

#define FORWARD(type)	ANSWER("robust/tail", type, "done", "robust 1 2 3 ~1 ~2 =32770", "")
#define REVERSE(type)	ANSWER("robust/tail", type, "done", "robust 1 2 3 ~2 ~1 =32770", "")

static void differences_come_first(void **state)
{
	json_t *a = kernel(ANSWER("order", "raw", "done", "call 1 2 3 =1", "") ", "
			   FORWARD("raw") ", " FORWARD("blocking"));
	json_t *b = kernel(ANSWER("order", "raw", "done", "call 1 2 3 =1", "") ", "
			   REVERSE("raw") ", " REVERSE("blocking"));
	struct ncb_items items = { 0 };

	(void)state;
	ncb_behaviour_items(a, b, &items);
	assert_string_equal(items.item[0].name, "robust/tail");
	assert_string_equal(items.item[0].text,
			    "robust call of 3 blocks, the last fails (raw, blocking). A: calls 1, 2, 3; "
			    "rollback calls 1, 2 (forward); returns NOTIFY_BAD. B: calls 1, 2, 3; "
			    "rollback calls 2, 1 (reverse); returns NOTIFY_BAD.");
	assert_string_equal(items.item[1].name, "the same in both");
	assert_memory_equal(items.item[1].text, "1 of ", 5);
	/* Of the case "order" only one type was answered. */
	assert_silent(items.item[1].text, "wholly");
	assert_says(item(&items, "no answer of A"), "order (blocking), order (atomic), order (srcu)");
	assert_says(item(&items, "no answer of B"), "robust/head (raw)");
	assert_silent(item(&items, "no answer of B"), "robust/tail");
	ncb_items_free(&items);
	json_decref(a);
	json_decref(b);
}

/* What a comparison of these two answers on a raw chain says first. */
static void assert_different(const char *a, const char *b, bool different)
{
	json_t *left = kernel(a), *right = kernel(b);
	struct ncb_items items = { 0 };

	ncb_behaviour_items(left, right, &items);
	assert_true(items.n > 1);
	if (!strcmp(items.item[0].name, "the same in both") == different)
		fail_msg("%s %s", items.item[0].name, items.item[0].text);
	ncb_items_free(&items);
	json_decref(left);
	json_decref(right);
}

static void assert_told_apart(const char *a, const char *b)
{
	assert_different(a, b, true);
	assert_different(b, a, true);
	assert_different(a, a, false);
	assert_different(b, b, false);
}

#define TWINS(trace, log)	ANSWER("register/twice", "raw", "done", trace, log)

static void whatever_differs_is_a_difference(void **state)
{
	(void)state;
	assert_told_apart(ANSWER("unregister/self", "raw", "done", "call 1 2 -2:0", ""),
			  ANSWER("unregister/self", "raw", "oops", "call 1 2 -2:0", ""));
	assert_told_apart(TWINS("+2:-17 call 1 =1", ""), TWINS("+2:0 call 1 =1", ""));
	assert_told_apart(TWINS("call 1 =1", ""), TWINS("call 1 =0", ""));
	assert_told_apart(TWINS("call 1 2", ""), TWINS("call 1", ""));
	assert_told_apart(TWINS("call 1", ""), TWINS("robust 1", ""));
	assert_told_apart(TWINS("call 1", ""), TWINS("call 1", "WARNING: CPU: 0"));
	assert_told_apart(TWINS("call 1", ""), TWINS("call 1", "BUG: scheduling"));
	assert_told_apart(ANSWER("reverse/order", "blocking", "absent", "", ""),
			  ANSWER("reverse/order", "blocking", "done", "reverse 3 2 1 =1", ""));
	/* The line number in it is another, the warning is the same. */
	assert_different(TWINS("call 1", "WARNING: CPU: 0 PID: 7 at kernel/notifier.c:28"),
			 TWINS("call 1", "WARNING: CPU: 0 PID: 9 at kernel/notifier.c:23"),
			 false);
}

static void no_answer_is_neither_same_nor_different(void **state)
{
	json_t *a = kernel(ANSWER("order", "raw", "failed", "", "Cannot allocate memory"));
	json_t *b = kernel(ANSWER("order", "raw", "failed", "", "Cannot allocate memory"));
	json_t *odd = json_pack("{s:s}", "cases", "none");
	struct ncb_items items = { 0 };

	(void)state;
	ncb_behaviour_items(a, b, &items);
	assert_int_equal(items.n, 2);
	assert_says(items.item[0].text, "order (raw: Cannot allocate memory)");
	ncb_items_free(&items);
	items = (struct ncb_items) { 0 };
	ncb_behaviour_items(NULL, odd, &items);
	assert_int_equal(items.n, 2);
	assert_string_equal(item(&items, "no answer of A"), "none at all");
	assert_string_equal(item(&items, "no answer of B"), "none at all");
	assert_int_equal(items.item[0].mark, NCB_MARK_BAD);
	ncb_items_free(&items);
	json_decref(a);
	json_decref(b);
	json_decref(odd);
}

static void one_kernel_is_listed(void **state)
{
	json_t *a = kernel(FORWARD("raw") ", " REVERSE("blocking") ", 7, " FORWARD("raw"));
	struct ncb_items items = { 0 };

	(void)state;
	ncb_behaviour_list(a, &items);
	assert_int_equal(items.n, 2);
	assert_says(items.item[0].text, "the last fails (raw): calls 1, 2, 3; rollback calls 1, 2");
	assert_says(items.item[1].text, "the last fails (blocking): calls 1, 2, 3; rollback calls 2, 1");
	ncb_items_free(&items);
	json_decref(a);
}

/* -- what comes out of guests -- */

static int take(struct ncb_behaviour *b, const char *text)
{
	return ncb_behaviour_take(b, NCB_BEHAVIOUR_ANSWER, text, strlen(text));
}

static const char *outcome_of(const struct ncb_behaviour *b, size_t i)
{
	return json_string_value(json_object_get(json_array_get(b->cases, i), "outcome"));
}

static void answers_come_after_their_beginning_and_in_order(void **state)
{
	struct ncb_behaviour b = { .cases = json_array() };
	char *long_text = ncb_alloc(1, 10000);

	(void)state;
	assert_int_equal(take(&b, ANSWER("order", "raw", "done", "call 1 =1", "")), -EBADMSG);
	assert_int_equal(take(&b, ANSWER("order", "raw", "begun", "", "")), 0);
	assert_int_equal(take(&b, ANSWER("order", "raw", "begun", "", "")), -EBADMSG);
	assert_int_equal(take(&b, ANSWER("order", "srcu", "done", "", "")), -EBADMSG);
	assert_int_equal(take(&b, ANSWER("order", "raw", "done", "call 1 =1", "")), 0);
	assert_int_equal(take(&b, ANSWER("order", "raw", "begun", "", "")), -EBADMSG);
	assert_int_equal(take(&b, ANSWER("order", "srcu", "begun", "", "")), 0);
	assert_int_equal(json_array_size(b.cases), 1);
	assert_int_equal(take(&b, "{"), -EBADMSG);
	assert_int_equal(take(&b, ""), -EBADMSG);
	memset(long_text, ' ', 9999);
	assert_int_equal(take(&b, long_text), -EBADMSG);
	assert_int_equal(ncb_behaviour_take(&b, "result.json", "{}", 2), -EBADMSG);
	assert_int_equal(ncb_behaviour_take(&b, NCB_BEHAVIOUR_RELEASE, "6.1.0-1", 7), 0);
	assert_string_equal(b.release, "6.1.0-1");
	assert_int_equal(ncb_behaviour_take(&b, NCB_BEHAVIOUR_RELEASE, "6.1\n", 4), -EBADMSG);
	assert_int_equal(ncb_behaviour_take(&b, NCB_BEHAVIOUR_RELEASE, "", 0), -EBADMSG);
	assert_int_equal(ncb_behaviour_take(&b, NCB_BEHAVIOUR_RELEASE, long_text, 9999), -EBADMSG);
	free(long_text);
	json_decref(b.cases);
}

static void end_of_a_guest_is_the_answer_of_the_case_in_it(void **state)
{
	struct ncb_behaviour b = { .cases = json_array() };

	(void)state;
	/* Before any case has begun it is an error as any other. */
	assert_int_equal(ncb_behaviour_ended(&b, -EIO, "it panicked"), -EIO);
	assert_int_equal(take(&b, ANSWER("order", "raw", "begun", "", "")), 0);
	assert_int_equal(ncb_behaviour_ended(&b, -EINTR, "interrupted"), -EINTR);
	assert_int_equal(ncb_behaviour_ended(&b, -EIO, "BUG: it panicked"), 1);
	assert_string_equal(outcome_of(&b, 0), "panic");
	assert_int_equal(b.first, NCB_BEHAVIOUR_order * NCB_BEHAVIOUR_TYPES + NCB_BEHAVIOUR_RAW + 1);
	/* The next guest goes on behind it. */
	assert_int_equal(take(&b, ANSWER("order", "raw", "begun", "", "")), -EBADMSG);
	assert_int_equal(take(&b, ANSWER("order", "blocking", "begun", "", "")), 0);
	assert_int_equal(ncb_behaviour_ended(&b, -ETIMEDOUT, "nothing came"), 1);
	assert_string_equal(outcome_of(&b, 1), "hung");
	assert_int_equal(ncb_behaviour_ended(&b, 0, ""), 0);
	assert_int_equal(json_array_size(b.cases), 2);
	assert_int_equal(ncb_behaviour_ended(&b, -ETIMEDOUT, "no power-off"), -ETIMEDOUT);
	/* After the last answer it may end as it likes. */
	b.first = NCB_BEHAVIOUR_QUESTIONS - 1;
	assert_int_equal(ncb_behaviour_ended(&b, -ETIMEDOUT, "no power-off"), 0);
	assert_int_equal(ncb_behaviour_ended(&b, -EINTR, "interrupted"), -EINTR);
	json_decref(b.cases);
}

int main(void)
{
	const struct CMUnitTest behaviour[] = {
		cmocka_unit_test(sentences_say_what_happened),
		cmocka_unit_test(sentences_say_how_it_ended),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(log_is_cut_and_printable),
		cmocka_unit_test(differences_come_first),
		cmocka_unit_test(whatever_differs_is_a_difference),
		cmocka_unit_test(no_answer_is_neither_same_nor_different),
		cmocka_unit_test(one_kernel_is_listed),
		cmocka_unit_test(answers_come_after_their_beginning_and_in_order),
		cmocka_unit_test(end_of_a_guest_is_the_answer_of_the_case_in_it),
	};

	return cmocka_run_group_tests(behaviour, NULL, NULL) != 0;
}
