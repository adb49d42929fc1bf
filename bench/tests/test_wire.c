// SPDX-License-Identifier: GPL-2.0-only
/* What comes out of a guest: frames arrive as they were sent, or what is wrong is named. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include "../target/kernel.h"
#include "../target/wire.h"

#define BIG	100000

/**
 * struct message - one frame of the stream that the tests use
 * @type, @name, @data, @size: as sent
 * @end: where it ends in the stream
 */
struct message {
	enum ncb_wire_type type;
	const char *name;
	const char *data;
	size_t size;
	size_t end;
};

static char noise[5000];
static char big[BIG];

static struct message messages[] = {
	{ NCB_WIRE_PROGRESS, "raw/call/8", "0.250000", 8, 0 },
	{ NCB_WIRE_FILE, "result.json", "{\"a\": 1}\n", 9, 0 },
	{ NCB_WIRE_FILE, "zeros", "\0\0\0NCW1\0", 8, 0 },
	{ NCB_WIRE_FILE, "big", big, BIG, 0 },
	{ NCB_WIRE_LOG, "", "nameless", 8, 0 },
	{ NCB_WIRE_ERROR, "messages", "it failed\n", 10, 0 },
	{ NCB_WIRE_END, "done", NULL, 0, 0 },
};

static unsigned char *stream;
static size_t stream_size;

static unsigned char *read_back(int fd, size_t *size)
{
	unsigned char *data;

	*size = lseek(fd, 0, SEEK_END);
	data = ncb_alloc(*size + 1, 1);
	assert_int_equal(pread(fd, data, *size, 0), *size);
	return data;
}

static int make_stream(void **state)
{
	struct ncb_wire w = { .fd = memfd_create("wire", 0) };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (i * 2654435761u) >> 13;
	/* Deflates, but not to nothing. */
	for (i = 0; i < BIG; i++)
		big[i] = i % 97 + (i % 1009 == 0);
	for (i = 0; i < ARRAY_SIZE(messages); i++) {
		if (ncb_wire_send(&w, messages[i].type, messages[i].name, messages[i].data,
				  messages[i].size))
			return -1;
		messages[i].end = lseek(w.fd, 0, SEEK_CUR);
	}
	stream = read_back(w.fd, &stream_size);
	close(w.fd);
	return 0;
}

static int drop_stream(void **state)
{
	(void)state;
	free(stream);
	return 0;
}

static bool equals(const struct ncb_wire_frame *f, const struct message *m)
{
	return f->type == m->type && !strcmp(f->name, m->name) && f->size == m->size &&
	       !memcmp(f->data, m->data ? m->data : "", m->size);
}

/**
 * struct outcome - what a reader made of some bytes
 * @frames: that it gave
 * @wrong: of these, such as were never sent, or sent in another order
 * @damaged: times that it spoke of damage
 * @first: what it said first
 * @finish: what ncb_wire_finish() gave
 */
struct outcome {
	unsigned int frames, wrong, damaged;
	char first[192];
	int finish;
};

/* Feeds in pieces of @step bytes. */
static struct outcome receive(const unsigned char *data, size_t size, size_t step)
{
	struct ncb_wire_reader r;
	struct ncb_wire_frame f;
	struct outcome o = { 0 };
	size_t at, next = 0, i;
	int got;

	ncb_wire_init(&r);
	for (at = 0; at < size; at += step) {
		ncb_wire_feed(&r, data + at, size - at < step ? size - at : step);
		while ((got = ncb_wire_next(&r, &f)) != 0) {
			if (got < 0) {
				assert_int_equal(got, -EBADMSG);
				assert_true(r.damage[0]);
				if (!o.damaged++)
					strcpy(o.first, r.damage);
				continue;
			}
			o.frames++;
			for (i = next; i < ARRAY_SIZE(messages) && !equals(&f, &messages[i]); i++)
				;
			if (i == ARRAY_SIZE(messages))
				o.wrong++;
			else
				next = i + 1;
			ncb_wire_frame_free(&f);
		}
	}
	o.finish = ncb_wire_finish(&r);
	if (o.finish && !o.damaged)
		strcpy(o.first, r.damage);
	ncb_wire_free(&r);
	return o;
}

static void test_all_arrive(void **state)
{
	static const size_t steps[] = { 1, 2, 7, 4096, 1 << 20 };
	struct outcome o;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		o = receive(stream, stream_size, steps[i]);
		assert_int_equal(o.frames, ARRAY_SIZE(messages));
		assert_int_equal(o.wrong + o.damaged, 0);
		assert_int_equal(o.finish, 0);
	}
}

static void test_big_data_is_deflated(void **state)
{
	(void)state;
	assert_true(messages[3].end - messages[2].end < BIG / 4);
}

static void test_what_does_not_deflate_arrives_too(void **state)
{
	struct ncb_wire w = { .fd = memfd_create("wire", 0) };
	struct ncb_wire_reader r;
	struct ncb_wire_frame f;
	unsigned char *data;
	size_t size;

	(void)state;
	srandom(1);
	for (size = 0; size < sizeof(noise); size++)
		noise[size] = random() >> 8;
	assert_int_equal(ncb_wire_send(&w, NCB_WIRE_FILE, "noise", noise, sizeof(noise)), 0);
	data = read_back(w.fd, &size);
	assert_true(size > sizeof(noise));
	ncb_wire_init(&r);
	ncb_wire_feed(&r, data, size);
	assert_int_equal(ncb_wire_next(&r, &f), 1);
	assert_int_equal(f.size, sizeof(noise));
	assert_memory_equal(f.data, noise, sizeof(noise));
	ncb_wire_frame_free(&f);
	ncb_wire_free(&r);
	free(data);
	close(w.fd);
}

/* Whatever is missing at the end: what arrived whole is given, the rest is missed. */
static void test_truncation_at_every_byte(void **state)
{
	struct outcome o;
	size_t size, whole = 0;

	(void)state;
	for (size = 0; size < stream_size; size++) {
		while (messages[whole].end <= size)
			whole++;
		o = receive(stream, size, 1 << 20);
		assert_int_equal(o.frames, whole);
		assert_int_equal(o.wrong + o.damaged, 0);
		assert_int_equal(o.finish, -EPIPE);
		assert_true(o.first[0]);
	}
	o = receive(stream, messages[3].end - 1, 1 << 20);
	assert_non_null(strstr(o.first, "file 'big'"));
}

/* No flipped bit passes: it is named, and nothing that was not sent is given. */
static void test_flipped_bits(void **state)
{
	unsigned char *copy = ncb_alloc(stream_size, 1);
	struct outcome o;
	size_t bit;

	(void)state;
	for (bit = 0; bit < 8 * stream_size; bit++) {
		memcpy(copy, stream, stream_size);
		copy[bit / 8] ^= 1 << bit % 8;
		o = receive(copy, stream_size, 1 << 20);
		assert_int_equal(o.wrong, 0);
		assert_true(o.damaged || o.finish);
		assert_true(o.frames >= ARRAY_SIZE(messages) - 1);
	}
	free(copy);
}

static void test_damage_names_the_file(void **state)
{
	unsigned char *copy = ncb_alloc(stream_size, 1);
	struct outcome o;

	(void)state;
	memcpy(copy, stream, stream_size);
	copy[messages[3].end - 10] ^= 1;
	o = receive(copy, stream_size, 100);
	assert_non_null(strstr(o.first, "file 'big'"));
	assert_non_null(strstr(o.first, "checksum"));
	/* What comes behind it is found. */
	assert_int_equal(o.frames, ARRAY_SIZE(messages) - 1);
	free(copy);
}

/* A stream with @insert put in at @at, and @skip bytes left out there. */
static struct outcome receive_edited(size_t at, const void *insert, size_t n, size_t skip)
{
	size_t size = stream_size + n - skip;
	unsigned char *copy = ncb_alloc(size, 1);
	struct outcome o;

	memcpy(copy, stream, at);
	if (n)
		memcpy(copy + at, insert, n);
	memcpy(copy + at + n, stream + at + skip, stream_size - at - skip);
	o = receive(copy, size, 13);
	free(copy);
	return o;
}

/* Of any length, so that the first header arrives in pieces at every place. */
static void test_noise_before_is_passed_over(void **state)
{
	char before[128];
	struct outcome o;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(before); n++) {
		memset(before, n % 2 ? 'N' : '.', sizeof(before));
		memcpy(before, "\377\0NNCW1 boot\r\n", 13);
		o = receive_edited(0, before, n, 0);
		assert_int_equal(o.frames, ARRAY_SIZE(messages));
		assert_int_equal(o.wrong + o.damaged, 0);
		assert_int_equal(o.finish, 0);
	}
}

static void test_noise_between_is_named(void **state)
{
	struct outcome o = receive_edited(messages[0].end, "??", 2, 0);

	(void)state;
	assert_int_equal(o.frames, ARRAY_SIZE(messages));
	assert_int_equal(o.damaged, 1);
	assert_non_null(strstr(o.first, "2 bytes belong to no frame"));
	assert_non_null(strstr(o.first, "result.json"));
}

static void test_noise_behind_is_named(void **state)
{
	struct outcome o = receive_edited(stream_size, "!", 1, 0);

	(void)state;
	assert_int_equal(o.finish, -EPIPE);
	assert_non_null(strstr(o.first, "follow the end"));
}

static void test_lost_frame_is_named(void **state)
{
	struct outcome o = receive_edited(messages[0].end, NULL, 0,
					  messages[1].end - messages[0].end);

	(void)state;
	assert_int_equal(o.frames, ARRAY_SIZE(messages) - 1);
	assert_int_equal(o.damaged, 1);
	assert_non_null(strstr(o.first, "frame 2 arrived where frame 1 was due"));
}

static void test_repeated_frame_is_named(void **state)
{
	struct outcome o = receive_edited(messages[1].end, stream + messages[0].end,
					  messages[1].end - messages[0].end, 0);

	(void)state;
	assert_true(o.damaged >= 1);
	assert_non_null(strstr(o.first, "frame 1 arrived where frame 2 was due"));
}

static void test_nothing_at_all(void **state)
{
	struct outcome o = receive(stream, 0, 1);

	(void)state;
	assert_int_equal(o.finish, -EPIPE);
	assert_non_null(strstr(o.first, "without an end"));
}

/* Arbitrary bytes give no frame, and no sanitizer anything to say. */
static void test_random_bytes(void **state)
{
	unsigned char data[2000];
	struct outcome o;
	unsigned int round;
	size_t i;

	(void)state;
	srandom(7);
	for (round = 0; round < 200; round++) {
		for (i = 0; i < sizeof(data); i++)
			data[i] = random() % 5 ? random() >> 8 : "NCW1"[random() % 4];
		o = receive(data, sizeof(data), 1 + random() % 300);
		assert_int_equal(o.frames, 0);
		assert_int_equal(o.finish, -EPIPE);
	}
}

static void test_share(void **state)
{
	static const struct {
		char *text;
		double share;
	} cases[] = {
		{ "0.250000", 0.25 }, { "1.000000", 1 }, { "0", 0 }, { "", 0 }, { "x", 0 },
		{ "-1", 0 }, { "2", 0 }, { "nan", 0 }, { "inf", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ncb_wire_frame f = { .data = cases[i].text };

		assert_true(ncb_wire_share(&f) == cases[i].share);
	}
}

static void test_progress(void **state)
{
	struct ncb_wire w = { .fd = memfd_create("wire", 0) };
	char *name = ncb_alloc(1001, 1);
	struct ncb_wire_reader r;
	struct ncb_wire_frame f;
	unsigned char *data;
	size_t size;

	(void)state;
	memset(name, 'x', 1000);
	assert_int_equal(ncb_wire_send_progress(&w, 1.0 / 3, name), 0);
	data = read_back(w.fd, &size);
	ncb_wire_init(&r);
	ncb_wire_feed(&r, data, size);
	assert_int_equal(ncb_wire_next(&r, &f), 1);
	assert_int_equal(f.type, NCB_WIRE_PROGRESS);
	assert_int_equal(strlen(f.name), NCB_WIRE_NAME_MAX);
	assert_true(ncb_wire_share(&f) > 0.333 && ncb_wire_share(&f) < 0.334);
	ncb_wire_frame_free(&f);
	ncb_wire_free(&r);
	free(data);
	free(name);
	close(w.fd);
}

static void test_errors_of_the_port(void **state)
{
	struct ncb_wire w = { .fd = open("/dev/full", O_WRONLY) };

	(void)state;
	assert_int_equal(ncb_wire_send(&w, NCB_WIRE_END, "", NULL, 0), -ENOSPC);
	close(w.fd);
	assert_int_equal(ncb_wire_send(&w, NCB_WIRE_END, "", NULL, 0), -EBADF);
	assert_int_equal(ncb_wire_send(&w, NCB_WIRE_FILE, "x", big, NCB_WIRE_DATA_MAX + 1u),
			 -EMSGSIZE);
}

static void test_complaints_of_a_kernel(void **state)
{
	static const char *const bad[] = {
		"<4>[    1.5] WARNING: CPU: 0 PID: 1 at kernel/notifier.c:30 f+0x5/0x1000",
		"<1>[    1.5] BUG: kernel NULL pointer dereference, address: 0000000000000008",
		"[    1.5] kernel BUG at lib/list_debug.c:29!",
		"[    1.5] Oops: 0002 [#1] PREEMPT SMP NOPTI",
		"[    1.5] general protection fault, probably for non-canonical address 0xdead",
		"[    1.5] WARNING: possible recursive locking detected",
		"[    1.5] WARNING: inconsistent lock state",
		"[    1.5] INFO: possible circular locking dependency detected",
		"[    1.5] rcu: INFO: rcu_preempt self-detected stall on CPU",
		"[    1.5] watchdog: BUG: soft lockup - CPU#0 stuck for 22s!",
		"[    1.5] Kernel panic - not syncing: Fatal exception",
	};
	static const char *const good[] = {
		"",
		"<6>[    0.6] AMD-Vi: AMD IOMMUv2 functionality not available - This is not a bug.",
		"<4>[    1.7] ncbench: loading out-of-tree module taints kernel.",
		"<6>[    0.1] rcu: Hierarchical RCU implementation.",
		"<6>[    0.1] Spectre V2 : Mitigation: Retpolines",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(ncb_kernel_complains(bad[i]));
	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_false(ncb_kernel_complains(good[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_arrive),
		cmocka_unit_test(test_big_data_is_deflated),
		cmocka_unit_test(test_what_does_not_deflate_arrives_too),
		cmocka_unit_test(test_truncation_at_every_byte),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_damage_names_the_file),
		cmocka_unit_test(test_noise_before_is_passed_over),
		cmocka_unit_test(test_noise_between_is_named),
		cmocka_unit_test(test_noise_behind_is_named),
		cmocka_unit_test(test_lost_frame_is_named),
		cmocka_unit_test(test_repeated_frame_is_named),
		cmocka_unit_test(test_nothing_at_all),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_errors_of_the_port),
		cmocka_unit_test(test_complaints_of_a_kernel),
	};

	return cmocka_run_group_tests(tests, make_stream, drop_stream);
}
