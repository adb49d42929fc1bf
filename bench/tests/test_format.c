// SPDX-License-Identifier: GPL-2.0-only
/*
 * Formats of other tools. Golden files are rewritten with
 * NCBENCH_UPDATE_GOLDEN=1 in the environment; look at the difference then.
 * formats.sh checks the layouts against the real programs.
 */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../format.h"
#include "../report.h"
#include "says.h"
#include "synthetic.h"

#define SOME_SHARE	0.08	/* dlist above slist */

static const char *const kept[] = {
	"raw/call/8/distinct/packed/warm", "blocking/call/64/distinct/packed/warm",
	"blocking/reverse/8/distinct/packed/warm", "raw/register@tail/8/distinct/packed/warm",
	"raw/empty/0/distinct/packed/warm",
};

/**
 * struct pairing - two synthetic runs or one, and their comparison
 * @run: old and new; of two arms the first only
 * @stats: of them
 * @side: labels and lists
 * @c: what is printed
 */
struct pairing {
	struct ncb_rundata run[2];
	struct ncb_stats *stats[2];
	struct ncb_side side[2];
	struct ncb_comparison *c;
};

static bool is_kept(const char *id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		if (!strcmp(kept[i], id))
			return true;
	return false;
}

/* Leaves the rows of @kept, but for @without. */
static void keep_rows(struct ncb_rundata *r, const char *without)
{
	uint32_t *place = ncb_alloc(r->nrows, sizeof(*place)), n = 0;
	size_t i, samples = 0;

	for (i = 0; i < r->nrows; i++) {
		place[i] = UINT32_MAX;
		if (!is_kept(r->rows[i].id) || (without && !strcmp(without, r->rows[i].id)))
			continue;
		place[i] = n;
		r->rows[n++] = r->rows[i];
	}
	r->nrows = n;
	for (i = 0; i < r->nsamples; i++) {
		if (place[r->samples[i].row] == UINT32_MAX)
			continue;
		r->samples[samples] = r->samples[i];
		r->samples[samples++].row = place[r->samples[i].row];
	}
	r->nsamples = samples;
	free(place);
}

static void make_run(struct pairing *p, int i, const struct ncb_truth *t, const char *without)
{
	ncb_rundata_init(&p->run[i]);
	ncb_synthetic(&p->run[i], t);
	keep_rows(&p->run[i], without);
	p->stats[i] = ncb_stats_new(&p->run[i]);
}

static void make_arms(struct pairing *p, const struct ncb_truth *t)
{
	memset(p, 0, sizeof(*p));
	make_run(p, 0, t, NULL);
	p->c = ncb_compare_arms(&p->stats[0], "slist", "dlist", NULL);
}

/* Before and after; each side has one row that the other has not. */
static void make_runs(struct pairing *p, const struct ncb_truth *t, const char *old,
		      const char *new)
{
	struct ncb_truth after = *t;

	memset(p, 0, sizeof(*p));
	make_run(p, 0, t, kept[0]);
	after.seed++;
	make_run(p, 1, &after, kept[4]);
	p->side[0] = (struct ncb_side) { old, &p->stats[0], 1 };
	p->side[1] = (struct ncb_side) { new, &p->stats[1], 1 };
	p->c = ncb_compare_runs(&p->side[0], &p->side[1], "native", NULL);
}

static void drop(struct pairing *p)
{
	int i;

	ncb_comparison_free(p->c);
	for (i = 0; i < 2; i++) {
		if (!p->stats[i])
			continue;
		ncb_stats_free(p->stats[i]);
		ncb_rundata_free(&p->run[i]);
	}
}

static char *text_of(const struct ncb_comparison *c, const char *format)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(ncb_format_write(ncb_format_find(format), c, f), 0);
	fclose(f);
	assert_int_equal(strlen(text), size);
	assert_true(size && text[size - 1] == '\n');
	return text;
}

/* The next line of @text, without its end; NULL at the end. Cuts @text. */
static char *next_line(char **text)
{
	char *line = *text, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	assert_non_null(end);
	*end = '\0';
	*text = end + 1;
	return line;
}

static size_t count(const char *text, const char *words)
{
	size_t n = 0;

	for (; (text = strstr(text, words)); text += strlen(words))
		n++;
	return n;
}

/* Characters before @at. */
static size_t column(const char *line, const char *at)
{
	size_t n = 0;

	assert_non_null(at);
	for (; line < at; line++)
		n += (*line & 0xc0) != 0x80;
	return n;
}

static void test_golden(void **state)
{
	/* Not with all digits where noise is in them: libraries differ in the last one. */
	static const struct {
		const char *format;
		bool noisy;
	} files[] = {
		{ "0day", true }, { "benchstat", true }, { "csv", false }, { "gobench", false },
		{ "json", false }, { "ktap", true }, { "ministat", true },
	};
	struct ncb_truth t = ncb_truth_ns;
	size_t i;
	int noisy;

	(void)state;
	/* So much that some rows are resolved. */
	t.dlist_share = SOME_SHARE;
	for (i = 0; i < 2 * ARRAY_SIZE(files); i++) {
		char *path, *text, *golden;
		struct pairing p;

		noisy = i & 1;
		if (noisy && !files[i / 2].noisy)
			continue;
		make_arms(&p, noisy ? &t : &ncb_truth_insn);
		text = text_of(p.c, files[i / 2].format);
		path = ncb_format("%s/bench/tests/golden/format-%s.%s", ncb_top(),
				  noisy ? "ns" : "insn", files[i / 2].format);
		if (getenv("NCBENCH_UPDATE_GOLDEN"))
			assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
		golden = ncb_read_file(path, NULL);
		assert_non_null(golden);
		assert_string_equal(text, golden);
		free(golden);
		free(path);
		free(text);
		drop(&p);
	}
}

static void test_table(void **state)
{
	const struct ncb_comparison_format *f;
	char *names = ncb_format_names(false), *files = ncb_format_names(true);

	(void)state;
	for (f = ncb_formats; f->name; f++) {
		assert_ptr_equal(ncb_format_find(f->name), f);
		assert_says(names, f->name);
		if (f > ncb_formats)
			assert_true(strcmp(f[-1].name, f->name) < 0);
	}
	assert_null(ncb_format_find(""));
	assert_null(ncb_format_find("0da"));
	assert_string_equal(files, "gobench, ministat");
	free(files);
	free(names);
}

/* -- csv -- */

/* Splits a record after RFC 4180, in place; returns the number of fields. */
static size_t split(char *record, char **field, size_t max)
{
	size_t n = 0;
	char *to;

	for (;;) {
		bool quoted = *record == '"';

		assert_true(n < max);
		record += quoted;
		field[n++] = to = record;
		while (*record && (quoted || *record != ',')) {
			if (quoted && *record == '"') {
				record++;
				if (*record != '"')
					break;
			} else {
				assert_int_not_equal(*record, '"');
			}
			*to++ = *record++;
		}
		assert_true(!*record || *record == ',');
		quoted = *record;
		*to = '\0';
		if (!quoted)
			return n;
		record++;
	}
}

enum { FIELDS = 40 };

static const char *field_of(char *const *head, char *const *field, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(head[i], name))
			return field[i];
	fail_msg("no column %s", name);
	return NULL;
}

static void assert_number(const char *text, double v)
{
	char *end;

	if (!isfinite(v)) {
		assert_string_equal(text, "");
		return;
	}
	assert_true(*text);
	/* To the last bit. */
	assert_true(strtod(text, &end) == v);
	assert_int_equal(*end, '\0');
}

/* Between runs one layout of exact counts has no interval there; here it has. */
static struct ncb_interval old_cost(const struct ncb_comparison *c, const struct ncb_pair *p)
{
	bool exact = c->metric == NCB_INSN && isinf(p->old_cost.low);

	return exact ? ncb_estimate_exact(p->old_cost.value).ci : p->old_cost;
}

static void check_csv(const struct ncb_comparison *c, const char *unit)
{
	char *text = text_of(c, "csv"), *at = text, *line, *head[FIELDS], *field[FIELDS];
	char *low = ncb_format("old_low_%s", unit), *value = ncb_format("new_%s", unit);
	size_t n, i = 0, lines = 0;

	line = next_line(&at);
	assert_int_equal(line[strlen(line) - 1], '\r');
	line[strlen(line) - 1] = '\0';
	n = split(line, head, FIELDS);
	while ((line = next_line(&at))) {
		const struct ncb_pair *p = i < c->pairs ? &c->pair[i] : NULL;

		assert_int_equal(line[strlen(line) - 1], '\r');
		line[strlen(line) - 1] = '\0';
		assert_int_equal(split(line, field, FIELDS), n);
		lines++;
		assert_true(is_kept(field[0]));
		if (!p || strcmp(p->id, field[0])) {
			assert_true(*field_of(head, field, n, "reason"));
			assert_string_equal(field_of(head, field, n, "verdict"), "nothing");
			assert_string_equal(field_of(head, field, n, "change_share"), "");
			continue;
		}
		i++;
		assert_string_equal(field_of(head, field, n, "reason"), "");
		assert_string_equal(field_of(head, field, n, "verdict"),
				    ncb_verdict_names[p->verdict]);
		assert_string_equal(field_of(head, field, n, "old_arm"), p->old_arm);
		assert_number(field_of(head, field, n, low), old_cost(c, p).low);
		assert_number(field_of(head, field, n, value), p->new_cost.value);
		assert_number(field_of(head, field, n, "change_share"), p->change.ci.value);
		assert_number(field_of(head, field, n, "change_high_share"), p->change.ci.high);
		assert_number(field_of(head, field, n, "p"), p->p);
		assert_number(field_of(head, field, n, "p_rank"), p->p_rank);
		assert_number(field_of(head, field, n, "drift_share"), p->drift);
	}
	assert_int_equal(i, c->pairs);
	assert_int_equal(lines, ARRAY_SIZE(kept));
	free(text);
	free(low);
	free(value);
}

/* -- json -- */

static void assert_json(const json_t *object, const char *key, double v)
{
	const json_t *value = json_object_get(object, key);

	assert_non_null(value);
	if (isfinite(v))
		assert_true(json_real_value(value) == v);
	else
		assert_true(json_is_null(value));
}

static void check_json(const struct ncb_comparison *c, const char *unit)
{
	char *text = text_of(c, "json"), *again;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *rows, *row;
	size_t i, k = 0;

	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "metric")), unit);
	assert_string_equal(json_string_value(json_object_get(root, "schema")),
			    "ncbench-comparison");
	rows = json_object_get(root, "rows");
	assert_int_equal(json_array_size(rows), ARRAY_SIZE(kept));
	json_array_foreach(rows, i, row) {
		const char *id = json_string_value(json_object_get(row, "row"));
		const struct ncb_pair *p = k < c->pairs ? &c->pair[k] : NULL;
		const json_t *old = json_object_get(row, "old");

		if (!p || strcmp(p->id, id)) {
			assert_true(json_is_string(json_object_get(row, "reason")));
			assert_true(json_is_null(json_object_get(row, "change")));
			continue;
		}
		k++;
		assert_true(json_is_null(json_object_get(row, "reason")));
		assert_string_equal(json_string_value(json_object_get(row, "verdict")),
				    ncb_verdict_names[p->verdict]);
		assert_json(json_object_get(old, "cost"), "low", old_cost(c, p).low);
		assert_json(json_object_get(row, "change"), "value", p->change.ci.value);
		assert_json(json_object_get(row, "change"), "high", p->change.ci.high);
		assert_json(row, "p", p->p);
		assert_json(row, "p_rank", p->p_rank);
		assert_json(row, "drift", p->drift);
		assert_json(row, "envelope", p->envelope);
	}
	assert_int_equal(k, c->pairs);
	/* Sorted: writing what was read gives the same bytes. */
	again = json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS);
	assert_int_equal(strncmp(again, text, strlen(again)), 0);
	assert_string_equal(text + strlen(again), "\n");
	free(again);
	free(text);
	json_decref(root);
}

/* -- ktap -- */

static void check_ktap(const struct ncb_comparison *c, const char *unit)
{
	char *text = text_of(c, "ktap"), *at = text, *line, *words;
	size_t number = 0, pair = 0, plan;

	(void)unit;
	assert_string_equal(next_line(&at), "KTAP version 1");
	assert_int_equal(sscanf(next_line(&at), "1..%zu", &plan), 1);
	while ((line = next_line(&at))) {
		bool good = !strncmp(line, "ok ", 3);
		const struct ncb_pair *p;
		char *id;

		if (!strncmp(line, "# ", 2))
			continue;
		assert_true(good || !strncmp(line, "not ok ", 7));
		line += good ? 3 : 7;
		assert_int_equal(strtoul(line, &id, 10), ++number);
		assert_int_equal(*id++, ' ');
		words = strstr(id, " # ");
		assert_non_null(words);
		*words = '\0';
		words += 3;
		assert_null(strchr(id, '#'));
		assert_null(strchr(words, '#'));
		p = pair < c->pairs ? &c->pair[pair] : NULL;
		if (!p || strcmp(p->id, id)) {
			assert_true(good && strlen(words) > strlen("SKIP "));
			assert_int_equal(strncmp(words, "SKIP ", 5), 0);
			continue;
		}
		pair++;
		assert_int_equal(good, p->verdict != NCB_MORE);
		if (p->verdict == NCB_UNRESOLVED)
			assert_int_equal(words[0], '~');
		if (p->verdict == NCB_NOTHING)
			assert_int_equal(strncmp(words, "SKIP ", 5), 0);
		else
			assert_int_equal(strncmp(words, "SKIP", 4) == 0, false);
	}
	assert_int_equal(number, plan);
	assert_int_equal(pair, c->pairs);
	assert_int_equal(number, ARRAY_SIZE(kept));
	free(text);
}

/* -- benchstat -- */

static double scaled(const char *text)
{
	static const struct {
		const char *prefix;
		double factor;
	} prefixes[] = {
		{ "n", 1e-9 }, { "\u00b5", 1e-6 }, { "m", 1e-3 }, { "k", 1e3 }, { "M", 1e6 },
	};
	char *end;
	double v = strtod(text, &end);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(end, prefixes[i].prefix, strlen(prefixes[i].prefix)))
			return v * prefixes[i].factor;
	return v;
}

static void check_benchstat(const struct ncb_comparison *c, const char *unit)
{
	char *text = text_of(c, "benchstat"), *at = text, *line, *second;
	double factor = strcmp(unit, "ns") ? 1 : 1e-9;
	size_t pair = 0, bar, bar2, end, sign = 0, sign2 = 0;

	while ((line = next_line(&at)) && !strstr(line, "\u2502"))
		;
	assert_non_null(line);
	bar = column(line, strstr(line, "\u2502"));
	bar2 = column(line, strstr(strstr(line, "\u2502") + 1, "\u2502"));
	end = column(line, line + strlen(line));
	second = next_line(&at);
	assert_int_equal(column(second, strstr(second, "\u2502")), bar);
	assert_int_equal(column(second, strstr(strstr(second, "\u2502") + 1, "\u2502")), bar2);
	assert_int_equal(column(second, second + strlen(second)), end);
	assert_says(second, "vs base");
	while ((line = next_line(&at)) && strncmp(line, "geomean", 7)) {
		const struct ncb_pair *p = pair < c->pairs ? &c->pair[pair] : NULL;
		char *here = strstr(line, "\u00b1"), *there;
		double old, new;

		assert_non_null(here);
		assert_true(column(line, line + strlen(line)) <= end);
		if (!p || strncmp(p->id, line, strlen(p->id)))
			continue;
		pair++;
		there = strstr(here + 1, "\u00b1");
		assert_non_null(there);
		if (!sign) {
			sign = column(line, here);
			sign2 = column(line, there);
		}
		assert_int_equal(column(line, here), sign);
		assert_int_equal(column(line, there), sign2);
		assert_true(sign > bar && sign < bar2 && sign2 > bar2);
		old = scaled(line + strlen(p->id) + strspn(line + strlen(p->id), " "));
		here = there - 2;
		while (here[-1] != ' ')
			here--;
		new = scaled(here);
		assert_true(fabs(old / (p->old_cost.value * factor) - 1) < 0.001);
		assert_true(fabs(new / (p->new_cost.value * factor) - 1) < 0.001);
		assert_int_equal(!strchr(there, '~'),
				 ncb_format_resolved(p) || p->verdict == NCB_EQUAL ||
				 p->verdict == NCB_NOTHING);
	}
	assert_int_equal(pair, c->pairs);
	assert_non_null(line);
	free(text);
}

/* -- gobench -- */

static void check_gobench(const struct ncb_comparison *c, const char *unit)
{
	char *text = text_of(c, "gobench"), *at = text, *line, *end, *side = NULL, *per;
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows), want[2] = { 0 }, seen[2] = { 0 }, i;

	per = ncb_format("%s/op", unit);
	for (i = 0; i < n; i++) {
		want[0] += rows[i].values[0].n;
		want[1] += rows[i].values[1].n;
	}
	ncb_format_rows_free(rows, n);
	while ((line = next_line(&at))) {
		if (!strncmp(line, "Unit ", 5)) {
			assert_int_equal(strncmp(line + 5, per, strlen(per)), 0);
			continue;
		}
		if (strncmp(line, "Benchmark", 9)) {
			/* A key begins small and has no space; a value follows. */
			assert_true(*line >= 'a' && *line <= 'z');
			assert_true(line[strcspn(line, ": \t")] == ':');
			assert_int_equal(line[strcspn(line, ":") + 1], ' ');
			if (!strncmp(line, "side: ", 6))
				side = line + 6;
			continue;
		}
		assert_non_null(side);
		seen[!strcmp(side, "new")]++;
		line = strchr(line, ' ');
		assert_non_null(line);
		assert_true(strtoul(line, &end, 10) > 0);
		assert_true(strtod(end, &end) > 0);
		assert_int_equal(*end, ' ');
		assert_string_equal(end + 1, per);
	}
	assert_true(seen[0] && seen[1]);
	assert_int_equal(seen[0], want[0]);
	assert_int_equal(seen[1], want[1]);
	free(per);
	free(text);
}

/* -- ministat and 0-day -- */

static void check_ministat(const struct ncb_comparison *c, const char *unit)
{
	char *text = text_of(c, "ministat"), *at = text, *line;
	size_t pair = 0, tables = 0, differences = 0, resolved = 0, i;
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows);
	const struct ncb_format_row *row = NULL;

	for (i = 0; i < c->pairs; i++)
		resolved += ncb_format_resolved(&c->pair[i]);
	while ((line = next_line(&at))) {
		double min, max, median, mean, sum;
		size_t values;
		int side;

		if (!strncmp(line, "# ", 2) && strstr(line, "per operation")) {
			for (i = 0; i < n; i++)
				if (!strncmp(line + 2, rows[i].id, strlen(rows[i].id)))
					row = &rows[i];
			assert_non_null(row);
			assert_says(line, unit);
			pair += !!row->pair;
		}
		differences += !strncmp(line, "Difference", 10);
		if (sscanf(line, "%*[x+] %zu %lf %lf %lf %lf", &values, &min, &max, &median,
			   &mean) != 5)
			continue;
		side = line[0] == '+';
		tables++;
		assert_non_null(row);
		assert_int_equal(values, row->values[side].n);
		assert_true(min <= median && median <= max && min <= mean && mean <= max);
		/* Eight digits of the mean. */
		for (sum = i = 0; i < values; i++)
			sum += row->values[side].value[i];
		assert_true(fabs(mean - sum / values) < 1e-6 * mean);
	}
	assert_int_equal(pair, c->pairs);
	assert_int_equal(differences, resolved);
	assert_true(tables >= 2 * c->pairs);
	ncb_format_rows_free(rows, n);
	free(text);
}

static void check_0day(const struct ncb_comparison *c, const char *unit)
{
	char *text = text_of(c, "0day"), *at = text, *line;
	size_t pair = 0;

	while ((line = next_line(&at)) && strncmp(line, "------", 6))
		;
	assert_non_null(line);
	assert_string_equal(line, "---------------- --------------------------- ");
	assert_string_equal(next_line(&at), "         %stddev     %change         %stddev");
	assert_string_equal(next_line(&at), "             \\          |                \\  ");
	while ((line = next_line(&at)) && *line) {
		const struct ncb_pair *p = &c->pair[pair++];
		char *name = strstr(line, "  ncbench.");

		assert_true(pair <= c->pairs);
		/* 16 of the old side, 12 of the change, 16 of the new one. */
		assert_int_equal(column(line, name), 44);
		name += strlen("  ncbench.");
		assert_int_equal(strncmp(name, p->id, strlen(p->id)), 0);
		assert_string_equal(name + strlen(p->id) + 1, unit);
		assert_true(fabs(strtod(line, NULL) - p->old_cost.value) <= 0.5);
		*name = '\0';
		assert_int_equal(!!strchr(line, '~'), p->verdict == NCB_UNRESOLVED);
	}
	assert_int_equal(pair, c->pairs);
	assert_non_null(line);
	free(text);
}

static const struct {
	const char *name;
	void (*check)(const struct ncb_comparison *c, const char *unit);
} checks[] = {
	{ "csv", check_csv }, { "json", check_json }, { "ktap", check_ktap },
	{ "benchstat", check_benchstat }, { "gobench", check_gobench },
	{ "ministat", check_ministat }, { "0day", check_0day },
};

static void check_all(const struct ncb_comparison *c)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i].check(c, ncb_metric_names[c->metric]);
}

static void test_arms_noisy(void **state)
{
	struct pairing p;

	(void)state;
	make_arms(&p, &ncb_truth_ns);
	assert_int_equal(p.c->pairs, 4);
	check_all(p.c);
	drop(&p);
}

static void test_arms_exact(void **state)
{
	struct pairing p;

	(void)state;
	make_arms(&p, &ncb_truth_insn);
	assert_int_equal(p.c->pair[0].verdict, NCB_MORE);
	check_all(p.c);
	drop(&p);
}

static void test_less_is_no_failure(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct pairing p;
	char *text;

	(void)state;
	t.dlist_per_block = -2;
	make_arms(&p, &t);
	assert_int_equal(p.c->pair[0].verdict, NCB_LESS);
	check_all(p.c);
	text = text_of(p.c, "ktap");
	assert_silent(text, "not ok");
	assert_says(text, "# fewer -16.00% ");
	free(text);
	text = text_of(p.c, "0day");
	assert_says(text, "    100.00           -16.0%      84.00        ncbench.raw/call/8/");
	free(text);
	drop(&p);
}

static void test_nothing_between_equal_arms(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct pairing p;
	char *text;

	(void)state;
	t.dlist_per_block = 0;
	make_arms(&p, &t);
	assert_int_equal(p.c->pair[0].verdict, NCB_EQUAL);
	check_all(p.c);
	text = text_of(p.c, "ktap");
	assert_silent(text, "not ok");
	free(text);
	text = text_of(p.c, "benchstat");
	assert_says(text, "0.00% (n=");
	free(text);
	drop(&p);
}

/* Costs are no plain means then. */
static void test_many_loadings(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct pairing p;
	char *text;

	(void)state;
	t.reloads = 8;
	t.dlist_share = 0.3;
	make_arms(&p, &t);
	check_all(p.c);
	text = text_of(p.c, "ministat");
	assert_int_equal(count(text, "without loadings that stand apart:"), p.c->pairs);
	free(text);
	drop(&p);
}

/* One layout only: no interval has an end. */
static void test_unbounded_intervals(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct pairing p;
	size_t i;
	char *text;

	(void)state;
	t.reloads = 1;
	t.blocks = 1;
	make_arms(&p, &t);
	for (i = 0; i < p.c->pairs; i++)
		assert_true(isinf(p.c->pair[i].change.ci.high));
	assert_true(p.c->pairs > 2);
	check_all(p.c);
	text = text_of(p.c, "benchstat");
	assert_says(text, "\u00b1 \u221e \u00b9");
	free(text);
	text = text_of(p.c, "ktap");
	assert_silent(text, "inf");
	assert_silent(text, "nan");
	free(text);
	drop(&p);
}

static void test_runs(void **state)
{
	struct pairing p;
	char *text;

	(void)state;
	make_runs(&p, &ncb_truth_ns, "before", "after");
	assert_int_equal(p.c->pairs, 2);
	assert_int_equal(p.c->only_old, 1);
	assert_int_equal(p.c->only_new, 1);
	check_all(p.c);
	text = text_of(p.c, "0day");
	assert_says(text, "  before (\"6.1.0-synthetic\")");
	assert_says(text, "not compared: raw/call/8/distinct/packed/warm (not a row of before)");
	free(text);
	text = text_of(p.c, "ktap");
	assert_says(text, ", controls ");
	free(text);
	drop(&p);
	make_runs(&p, &ncb_truth_insn, "before", "after");
	check_all(p.c);
	text = text_of(p.c, "benchstat");
	assert_silent(text, "\u221e");
	assert_says(text, "   0.00% (n=1)");
	free(text);
	drop(&p);
}

/* An arm that no run has: nothing to compare, and every row says so. */
static void test_nothing_to_compare(void **state)
{
	const struct ncb_comparison_format *f;
	struct pairing p;

	(void)state;
	make_runs(&p, &ncb_truth_ns, "before", "after");
	ncb_comparison_free(p.c);
	p.c = ncb_compare_runs(&p.side[0], &p.side[1], "nothing", NULL);
	assert_int_equal(p.c->pairs, 0);
	check_csv(p.c, "ns");
	check_json(p.c, "ns");
	check_ktap(p.c, "ns");
	for (f = ncb_formats; f->name; f++) {
		char *text = text_of(p.c, f->name);

		assert_silent(text, "nan");
		assert_silent(text, "inf");
		free(text);
	}
	drop(&p);
}

/* Labels come from the command line. */
static void test_hostile_labels(void **state)
{
	const struct ncb_comparison_format *f;
	struct pairing p, q;

	(void)state;
	make_runs(&p, &ncb_truth_ns, "a\nok 1 b,\"#c\r\t", "\xff\xfe d\nside: old");
	make_runs(&q, &ncb_truth_ns, "a", "d");
	check_all(p.c);
	for (f = ncb_formats; f->name; f++) {
		char *text = text_of(p.c, f->name), *plain = text_of(q.c, f->name);

		assert_int_equal(count(text, "\n"), count(plain, "\n"));
		assert_silent(text, "\nside: old\nside");
		free(text);
		free(plain);
	}
	drop(&p);
	drop(&q);
}

static void test_messages_break_no_line(void **state)
{
	struct pairing p;
	int arm;

	(void)state;
	memset(&p, 0, sizeof(p));
	ncb_rundata_init(&p.run[0]);
	ncb_synthetic(&p.run[0], &ncb_truth_insn);
	keep_rows(&p.run[0], NULL);
	arm = ncb_row_arm_find(&p.run[0].rows[2], "slist");
	strcpy(p.run[0].rows[2].arm[arm].message, "no,\n\"way\" # back");
	p.stats[0] = ncb_stats_new(&p.run[0]);
	p.c = ncb_compare_arms(&p.stats[0], "slist", "dlist", NULL);
	check_all(p.c);
	drop(&p);
}

static void test_csv_quotes(void **state)
{
	struct pairing p;
	char *text;
	int arm;

	(void)state;
	memset(&p, 0, sizeof(p));
	ncb_rundata_init(&p.run[0]);
	ncb_synthetic(&p.run[0], &ncb_truth_insn);
	keep_rows(&p.run[0], NULL);
	arm = ncb_row_arm_find(&p.run[0].rows[2], "slist");
	strcpy(p.run[0].rows[2].arm[arm].message, "no, \"way\"");
	p.stats[0] = ncb_stats_new(&p.run[0]);
	p.c = ncb_compare_arms(&p.stats[0], "slist", "dlist", NULL);
	text = text_of(p.c, "csv");
	assert_says(text, ",\"slist: no, \"\"way\"\"\",");
	free(text);
	drop(&p);
}

static void interrupt(struct ncb_rundata *r)
{
	r->interrupted = true;
}

static void make_wrong(struct ncb_rundata *r)
{
	int arm = ncb_row_arm_find(&r->rows[0], "direct");

	r->rows[0].arm[arm].status = NCB_ARM_WRONG;
}

static void take_controls_away(struct ncb_rundata *r)
{
	size_t i, a;

	for (i = 0; i < r->nrows; i++)
		for (a = 0; a < r->rows[i].arms; a++)
			r->rows[i].arm[a].flags &= ~NCB_ARM_CONTROL;
}

static void put_into_a_machine(struct ncb_rundata *r)
{
	json_object_set_new(r->env, "hypervisor", json_string("KVM"));
}

/* What forbids quoting a report forbids quoting its figures in another layout. */
static void test_warnings_are_in_every_format(void **state)
{
	static const struct {
		const struct ncb_truth *truth;
		void (*spoil)(struct ncb_rundata *r);
		bool inexact;
		const char *words;
	} cases[] = {
		{ &ncb_truth_ns, interrupt, false, "the run was interrupted" },
		{ &ncb_truth_ns, make_wrong, false, "1 arm failed the semantic check" },
		{ &ncb_truth_ns, take_controls_away, false, "no A/A control in this run" },
		{ &ncb_truth_ns, put_into_a_machine, false, "time in a virtual machine (KVM)" },
		{ &ncb_truth_insn, NULL, true, "counts of instructions differ" },
	};
	const struct ncb_comparison_format *f;
	struct ncb_report *report;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ncb_truth t = *cases[i].truth;
		struct pairing p;

		t.inexact = cases[i].inexact;
		t.rows = 4;
		memset(&p, 0, sizeof(p));
		ncb_rundata_init(&p.run[0]);
		ncb_synthetic(&p.run[0], &t);
		if (cases[i].spoil)
			cases[i].spoil(&p.run[0]);
		p.stats[0] = ncb_stats_new(&p.run[0]);
		p.c = ncb_compare_arms(&p.stats[0], "slist", "dlist", NULL);
		report = ncb_report_new(p.stats[0]);
		for (k = 0; k < report->warnings.n; k++)
			if (strstr(report->warnings.item[k].text, cases[i].words))
				break;
		if (k == report->warnings.n)
			fail_msg("the report does not say: %s", cases[i].words);
		assert_int_equal(report->warnings.item[k].mark, NCB_MARK_BAD);
		for (f = ncb_formats; f->name; f++) {
			char *text = text_of(p.c, f->name);

			assert_says(text, "not for review: ");
			assert_says(text, report->warnings.item[k].text);
			free(text);
		}
		ncb_report_free(report);
		drop(&p);
	}
}

/* Judged as times are, in a unit that needs no clock. */
static void test_cycles(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct pairing p;
	char *text;

	(void)state;
	t.metric = NCB_CYCLES;
	t.dlist_share = 0.5;
	make_arms(&p, &t);
	text = text_of(p.c, "benchstat");
	assert_says(text, "cycles/op");
	assert_silent(text, "sec/op");
	free(text);
	text = text_of(p.c, "gobench");
	assert_says(text, "Unit cycles/op better=lower\n");
	free(text);
	text = text_of(p.c, "ktap");
	assert_says(text, " cycles/op");
	assert_silent(text, "exact");
	free(text);
	text = text_of(p.c, "csv");
	assert_says(text, "old_low_cycles");
	free(text);
	check_all(p.c);
	/* They are what was counted, whatever the rate of the clock is. */
	assert_true(fabs(p.c->pair[0].old_cost.value /
			 ncb_true_cost(&t, &p.run[0].rows[p.c->pair[0].row], "slist") - 1) < 0.1);
	assert_string_equal(ncb_verdict_word(NCB_CYCLES, NCB_MORE), "slower");
	assert_string_equal(ncb_verdict_word(NCB_CYCLES, NCB_LESS), "faster");
	drop(&p);
}

static void test_a_forced_comparison_says_so(void **state)
{
	const struct ncb_comparison_format *f;
	struct pairing p;

	(void)state;
	make_runs(&p, &ncb_truth_ns, "old", "new");
	json_object_set_new(p.run[1].env, "arch", json_string("riscv64"));
	for (f = ncb_formats; f->name; f++) {
		char *text = text_of(p.c, f->name);

		assert_says(text, "not for review: compared all the same (--force): architecture");
		free(text);
	}
	drop(&p);
}

static void test_margin(void **state)
{
	const struct ncb_compare_options o = { .margin = 0.9 };
	struct pairing p;
	char *text;

	(void)state;
	make_arms(&p, &ncb_truth_ns);
	ncb_comparison_free(p.c);
	p.c = ncb_compare_arms(&p.stats[0], "slist", "dlist", &o);
	assert_int_equal(p.c->pair[0].verdict, NCB_WITHIN_MARGIN);
	text = text_of(p.c, "benchstat");
	assert_says(text, "\u00b9 within the margin of 90%");
	free(text);
	text = text_of(p.c, "ministat");
	assert_says(text, "(within the margin of 90%)");
	free(text);
	text = text_of(p.c, "ktap");
	assert_silent(text, "not ok");
	assert_says(text, "# within margin ");
	free(text);
	drop(&p);
}

static void test_the_same_again(void **state)
{
	const struct ncb_comparison_format *f;
	struct pairing p, q;

	(void)state;
	make_arms(&p, &ncb_truth_ns);
	make_arms(&q, &ncb_truth_ns);
	for (f = ncb_formats; f->name; f++) {
		char *a = text_of(p.c, f->name), *b = text_of(q.c, f->name);

		assert_string_equal(a, b);
		free(a);
		free(b);
	}
	drop(&p);
	drop(&q);
}

/* A locale with a decimal comma, as a program around these functions may have set. */
static void test_a_locale_changes_nothing(void **state)
{
	static const char *const names[] = {
		"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "it_IT.UTF-8", "es_ES.UTF-8", "de_DE",
	};
	const struct ncb_comparison_format *f;
	struct pairing p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names) && !setlocale(LC_ALL, names[i]); i++)
		;
	if (i == ARRAY_SIZE(names)) {
		print_message("no locale with a decimal comma is installed\n");
		skip();
	}
	make_arms(&p, &ncb_truth_ns);
	for (f = ncb_formats; f->name; f++) {
		char *comma, *point;

		assert_non_null(setlocale(LC_ALL, names[i]));
		comma = text_of(p.c, f->name);
		setlocale(LC_ALL, "C");
		point = text_of(p.c, f->name);
		assert_string_equal(comma, point);
		free(comma);
		free(point);
	}
	drop(&p);
}

static void test_a_full_disk(void **state)
{
	const struct ncb_comparison_format *f;
	struct pairing p;

	(void)state;
	make_arms(&p, &ncb_truth_insn);
	for (f = ncb_formats; f->name; f++) {
		FILE *full = fopen("/dev/full", "w");

		assert_non_null(full);
		assert_true(ncb_format_write(f, p.c, full) < 0);
		fclose(full);
	}
	drop(&p);
}

static void test_numbers_read_back(void **state)
{
	static const struct {
		double v;
		const char *text;
	} numbers[] = {
		{ 0.1, "0.1" }, { 46, "46" }, { 1.0 / 3, "0.3333333333333333" },
		{ 5e-324, "4.94065645841247e-324" }, { 0.1 + 0.2, "0.30000000000000004" },
		{ -1e300, "-1e+300" }, { 18446744073709551615.0, "1.8446744073709552e+19" },
	};
	char out[NCB_NUMBER_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		assert_string_equal(ncb_format_number(out, numbers[i].v), numbers[i].text);
		assert_true(strtod(out, NULL) == numbers[i].v);
	}
}

static void test_files(void **state)
{
	char dir[] = "/tmp/ncbench-test-XXXXXX", *path, *text;
	struct ncb_format_row *rows;
	struct pairing p;
	size_t n, i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	make_arms(&p, &ncb_truth_ns);
	assert_int_equal(ncb_format_files(ncb_format_find("csv"), p.c, dir), -EINVAL);
	assert_int_equal(ncb_format_files(ncb_format_find("ministat"), p.c, dir), 0);
	n = ncb_format_rows(p.c, &rows);
	path = ncb_format("%s/raw_register@tail_8_distinct_packed_warm.new.txt", dir);
	text = ncb_read_file(path, NULL);
	assert_non_null(text);
	for (i = 0; i < n && strcmp(rows[i].id, kept[3]); i++)
		;
	assert_int_equal(count(text, "\n"), rows[i].values[NCB_NEW].n);
	assert_true(strtod(text, NULL) == rows[i].values[NCB_NEW].value[0]);
	free(path);
	free(text);
	/* Not measured: no file rather than an empty one. */
	path = ncb_format("%s/blocking_reverse_8_distinct_packed_warm.old.txt", dir);
	assert_false(ncb_exists(path));
	free(path);
	assert_int_equal(ncb_format_files(ncb_format_find("gobench"), p.c, dir), 0);
	path = ncb_format("%s/new.txt", dir);
	text = ncb_read_file(path, NULL);
	assert_non_null(text);
	assert_silent(text, "side:");
	assert_says(text, "BenchmarkNotifier/blocking/reverse/8/distinct/packed/warm ");
	free(path);
	free(text);
	assert_true(ncb_format_files(ncb_format_find("gobench"), p.c, "/dev/null/x") < 0);
	ncb_format_rows_free(rows, n);
	drop(&p);
	assert_int_equal(ncb_remove_tree(dir), 0);
}

/* For formats.sh: 'test_format DIR' stores a run with noise there. */
static int store(const char *dir)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_rundata r;
	int err;

	t.dlist_share = 2 * SOME_SHARE;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &t);
	err = ncb_result_save_raw(&r, dir);
	ncb_rundata_free(&r);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_arms_noisy),
		cmocka_unit_test(test_arms_exact),
		cmocka_unit_test(test_less_is_no_failure),
		cmocka_unit_test(test_nothing_between_equal_arms),
		cmocka_unit_test(test_many_loadings),
		cmocka_unit_test(test_unbounded_intervals),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_nothing_to_compare),
		cmocka_unit_test(test_hostile_labels),
		cmocka_unit_test(test_messages_break_no_line),
		cmocka_unit_test(test_csv_quotes),
		cmocka_unit_test(test_warnings_are_in_every_format),
		cmocka_unit_test(test_a_forced_comparison_says_so),
		cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_margin),
		cmocka_unit_test(test_the_same_again),
		cmocka_unit_test(test_a_locale_changes_nothing),
		cmocka_unit_test(test_a_full_disk),
		cmocka_unit_test(test_numbers_read_back),
		cmocka_unit_test(test_files),
	};

	if (argc > 1)
		return store(argv[1]);
	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
