// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the reader of results: libFuzzer, with sanitizers. An input is
 * result.json, a NUL, the unpacked samples, and where there are storms another NUL and
 * their unpacked records. On what the reader accepts, statistics and reports are made:
 * they have to cope with all that gets past it. Nothing that is written may break a page
 * or a terminal.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../compare_memory.h"
#include "../memory.h"
#include "../report_compare.h"
#include "../run.h"
#include "../stats.h"
#include "../storm_stats.h"
#include "fuzz_count.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
void __sanitizer_print_stack_trace(void);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	start_counting();
	/* Objects in the same order every time. */
	json_object_seed(1);
	return 0;
}

static void fail(const char *what, const char *text)
{
	fprintf(stderr, "fuzz: %s: %.200s\n", what, text);
	__sanitizer_print_stack_trace();
	abort();
}

static char *report(int (*make)(const struct ncb_stats *s, FILE *f, bool full),
		    const struct ncb_stats *s, bool full)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (make(s, f, full))
		fail("a report failed", "");
	if (fclose(f) || !text)
		fail("no memory", "");
	if (strlen(text) != size)
		fail("a NUL in a report", text);
	return text;
}

static int html(const struct ncb_stats *s, FILE *f, bool full)
{
	/* No folder of that name: no pictures. */
	return ncb_report_html_with(s, f, full, "/nonexistent");
}

/*
 * Costs of up to 2^62 ticks make cells wider than their columns: no nonsense
 * of figures is cut off, and its lines are longer then.
 */
#define WIDTH_MAX	(2 * NCB_REPORT_WIDTH)

/* ASCII in lines, whatever the run holds. */
static void check_text(const char *text)
{
	size_t n;

	for (; *text; text += n + 1) {
		n = strcspn(text, "\n");
		if (n > WIDTH_MAX)
			fail("a line is too long", text);
		if (strspn(text, " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") < n)
			fail("not printable", text);
		if (!text[n])
			fail("the last line has no end", text);
	}
}

static void check_html(const char *text)
{
	const char *p;

	if (strstr(text, "<script") || strstr(text, "<img"))
		fail("a tag that the report does not make", text);
	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\n')
			fail("a control character in the page", p);
}

/* All that can be computed of storms, whatever their records say. */
static void use_storms(const struct ncb_storms *s)
{
	struct ncb_storm_histogram h;
	struct ncb_point *points;
	json_t *json = ncb_storm_statistics(s);
	size_t i, k, n;
	int m;

	if (!json || json_array_size(json_object_get(json, "list")) != s->storms ||
	    json_array_size(json_object_get(json, "callbacks")) != s->callbacks)
		fail("figures of storms are missing", "");
	json_decref(json);
	for (i = 0; i < s->storms; i++) {
		for (m = 0; m < NCB_STORM_METRICS; m++) {
			n = ncb_storm_points(s, i, m, &points);
			for (k = 0; k < n; k++)
				if (points[k].reload >= s->storm[i].rounds)
					fail("a point of a round that was not", "");
			free(points);
		}
		ncb_storm_histogram(s, i, NCB_STORM_LOAD, &h);
		free(h.count);
	}
}

/* Against itself nothing has changed. */
static void use_memory(struct ncb_stats *s)
{
	struct ncb_side side = { "run", &s, 1 };
	struct ncb_compare_options plain = { 0 };
	struct ncb_comparison *c = ncb_compare_runs(&side, &side, "", &plain);
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	for (i = 0; c->memory && i < c->memory->pairs; i++)
		if (ncb_is_change(c->memory->pair[i].verdict))
			fail("changed against itself", c->memory->pair[i].id);
	if (ncb_comparison_text(c, f, true) || fclose(f))
		fail("a comparison failed", "");
	check_text(text);
	free(text);
	ncb_comparison_free(c);
}

static void use(const struct ncb_rundata *r)
{
	struct ncb_stats *s = ncb_stats_new(r);
	char *text;

	if (r->storms)
		use_storms(r->storms);
	if (ncb_memory_only(r))
		use_memory(s);
	text = report(ncb_report_text_with, s, false);
	check_text(text);
	free(text);
	text = report(ncb_report_text_with, s, true);
	check_text(text);
	free(text);
	text = report(html, s, true);
	check_html(text);
	free(text);
	ncb_stats_free(s);
}

static void check_load(const char *json, size_t json_size, const char *samples,
		       size_t samples_size, const char *storms, size_t storms_size)
{
	struct ncb_rundata r;
	int err;

	err = ncb_result_parse(&r, json, json_size, samples, samples_size, storms, storms_size);
	if (err && err != -EBADMSG && err != -EPROTONOSUPPORT)
		fail("an error that is not documented", strerror(-err));
	if (err && (r.nsamples || r.nrows || r.storms))
		fail("a refused run is not empty", "");
	if (!err && (!r.nsamples || !r.nrows) && !(r.storms && r.storms->records) &&
	    !ncb_memory_only(&r))
		fail("an empty run was accepted", "");
	inputs++;
	if (!err) {
		accepted++;
		use(&r);
	}
	ncb_rundata_free(&r);
}

/*
 * Inputs that were accepted, to start from: the corpus fills with refused ones,
 * and what comes of those is mostly refused again.
 */
static struct {
	uint8_t *data;
	size_t size;
} kept[256];
static size_t nkept;

static void keep(const uint8_t *data, size_t size)
{
	size_t i = nkept < ARRAY_SIZE(kept) ? nkept : accepted % ARRAY_SIZE(kept);

	kept[i].data = ncb_grow(kept[i].data, size, 1);
	memcpy(kept[i].data, data, size);
	kept[i].size = size;
	nkept += nkept < ARRAY_SIZE(kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned long before = accepted;

	const uint8_t *from = data;
	char *part[3];
	size_t length[3], i;

	/* Of their own, so that one byte too many is noticed. */
	for (i = 0; i < ARRAY_SIZE(part); i++) {
		size_t left = size - (from - data);
		const uint8_t *end = i < 2 ? memchr(from, '\0', left) : NULL;

		length[i] = end ? (size_t)(end - from) : left;
		part[i] = ncb_alloc(length[i], 1);
		if (length[i])
			memcpy(part[i], from, length[i]);
		from += length[i] + !!end;
	}
	check_load(part[0], length[0], part[1], length[1], part[2], length[2]);
	if (accepted > before)
		keep(data, size);
	for (i = 0; i < ARRAY_SIZE(part); i++)
		free(part[i]);
	return 0;
}

/*
 * Mutation. Bytes changed anywhere mostly make what is no JSON, or no row: one
 * in a hundred gets past the reader. So most mutations are of whole words:
 * numbers, texts, lines of samples.
 */

static uint32_t rnd(unsigned int *seed, uint32_t n)
{
	return n ? (uint32_t)rand_r(seed) % n : 0;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Puts @word in place of data[at .. at + old); returns the new size. */
static size_t put(uint8_t *data, size_t size, size_t max_size, size_t at, size_t old,
		  const char *word, size_t n)
{
	if (size - old + n > max_size)
		return size;
	memmove(data + at + n, data + at + old, size - at - old);
	memcpy(data + at, word, n);
	return size - old + n;
}

/* Another number in place of one near @at. */
static size_t mutate_number(uint8_t *data, size_t size, size_t max_size, size_t at,
			    unsigned int *seed)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 4, 5, 7, 8, 16, 31, 64, 255, 256, 1024, 1025, 4095, 4096, 65535,
		65536, 1u << 24, (1u << 25) + 1, UINT32_MAX, 1ull << 32, 1ull << 53, 1ull << 62,
		INT64_MAX, UINT64_MAX,
	};
	size_t end;
	char text[32];
	uint64_t value = 0;
	int n;

	while (at < size && !is_digit(data[at]))
		at++;
	while (at && is_digit(data[at - 1]))
		at--;
	for (end = at; end < size && is_digit(data[end]) && end - at < 19; end++)
		value = value * 10 + data[end] - '0';
	if (end == at)
		return size;
	switch (rnd(seed, 4)) {
	case 0:
		value = values[rnd(seed, ARRAY_SIZE(values))];
		break;
	case 1:
		value += rnd(seed, 2) ? 1 : -1;
		break;
	case 2:
		value = rnd(seed, 2) ? value * 2 : value / 2;
		break;
	default:
		value += rnd(seed, 1000);
	}
	n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return put(data, size, max_size, at, end - at, text, n);
}

/* The text between quotes near @at; its length, or 0. */
static size_t find_text(const uint8_t *data, size_t size, size_t *at)
{
	size_t end;

	while (*at < size && data[*at] != '"')
		++*at;
	for (end = ++*at; end < size && data[end] != '"'; end++)
		;
	return end < size ? end - *at : 0;
}

/* A text of the file in place of another one. */
static size_t mutate_text(uint8_t *data, size_t size, size_t max_size, size_t at,
			  unsigned int *seed)
{
	size_t from = rnd(seed, size), n = find_text(data, size, &from), old;
	char word[64];

	old = find_text(data, size, &at);
	if (!n || !old || n > sizeof(word))
		return size;
	memcpy(word, data + from, n);
	return put(data, size, max_size, at, old, word, n);
}

/* A text made longer than any room for it. */
static size_t mutate_length(uint8_t *data, size_t size, size_t max_size, size_t at,
			    unsigned int *seed)
{
	char word[1024];
	uint32_t n = 1 + rnd(seed, sizeof(word));

	memset(word, 'x', sizeof(word));
	return find_text(data, size, &at) ? put(data, size, max_size, at, 0, word, n) : size;
}

/* An object without others in it, an arm for example, once more under another name. */
static size_t mutate_object(uint8_t *data, size_t size, size_t max_size, size_t at,
			    unsigned int *seed)
{
	char copy[512];
	size_t n, i;

	for (; at < size && data[at] != '{'; at++)
		;
	for (n = 1; at + n < size && data[at + n] != '{' && data[at + n] != '}'; n++)
		;
	if (at + n >= size || data[at + n] != '}' || n + 2 > sizeof(copy))
		return size;
	memcpy(copy, data + at, ++n);
	copy[n++] = ',';
	for (i = 0; i < 3; i++)
		if (copy[9 + i] >= 'a' && copy[9 + i] <= 'z')
			copy[9 + i] = 'a' + rnd(seed, 26);
	return put(data, size, max_size, at, 0, copy, n);
}

/*
 * Other ticks in a line of the samples: the last number but one. In a line of storms,
 * which ends in empty columns, one of the last numbers.
 */
static size_t mutate_ticks(uint8_t *data, size_t size, size_t max_size, size_t at,
			   unsigned int *seed)
{
	uint32_t skip;

	for (; at < size && data[at] != '\n'; at++)
		;
	if (at < 4 || at == size)
		return size;
	for (at--; at && data[at] != ','; at--)
		;
	skip = at && data[at - 1] == ',' ? rnd(seed, 6) : 0;
	while (at && skip) {
		at--;
		skip -= at && data[at] == ',' && data[at - 1] != ',';
	}
	return mutate_number(data, size, max_size, at - !!at, seed);
}

/* A line of the samples taken away, doubled, or put elsewhere. */
static size_t mutate_line(uint8_t *data, size_t size, size_t max_size, size_t at,
			  unsigned int *seed)
{
	size_t n, to = rnd(seed, size);
	char line[128];

	for (; at < size && data[at] != '\n'; at++)
		;
	for (n = 1; at + n < size && data[at + n] != '\n'; n++)
		;
	if (at + n >= size || n > sizeof(line))
		return size;
	memcpy(line, data + at, n);
	if (rnd(seed, 2))
		return put(data, size, max_size, at, n, "", 0);
	for (; to < size && data[to] != '\n'; to++)
		;
	return put(data, size, max_size, to < size ? to : at, 0, line, n);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	uint32_t times = rnd(&seed, 4) ? 1 : 1 + rnd(&seed, 8), i;
	size_t at;

	if (nkept && rnd(&seed, 4)) {
		i = rnd(&seed, nkept);
		if (kept[i].size <= max_size) {
			size = kept[i].size;
			memcpy(data, kept[i].data, size);
		}
	}

	if (!size || !rnd(&seed, 8))
		return LLVMFuzzerMutate(data, size, max_size);
	while (times-- && size) {
		at = rnd(&seed, size);
		switch (rnd(&seed, 10)) {
		case 0:
			size = mutate_text(data, size, max_size, at, &seed);
			break;
		case 1:
			size = mutate_line(data, size, max_size, at, &seed);
			break;
		case 2:
		case 3:
			size = mutate_number(data, size, max_size, at, &seed);
			break;
		case 4:
			size = mutate_length(data, size, max_size, at, &seed);
			break;
		case 5:
			size = mutate_object(data, size, max_size, at, &seed);
			break;
		default:
			size = mutate_ticks(data, size, max_size, at, &seed);
		}
	}
	return size;
}
