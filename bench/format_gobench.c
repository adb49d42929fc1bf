// SPDX-License-Identifier: GPL-2.0-only
/*
 * Go's benchmark data format (golang.org/design/14313-benchmark-format), for
 * programs that read it: 'benchstat -col side FILE'. One line is the cost in one
 * layout of code and data; see format_ministat.c for why not one per sample.
 * Configuration that the sides do not share is left out: benchstat would take
 * each of its values for another table.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "format.h"

static void put_key(FILE *f, const char *key, const char *text)
{
	char *plain = ncb_format_plain(text, "");

	if (*plain)
		fprintf(f, "%s: %s\n", key, plain);
	free(plain);
}

/* One key: benchstat keeps the last value of a key only. */
static void put_warnings(const struct ncb_comparison *c, FILE *f)
{
	struct ncb_format_texts t = ncb_format_warnings(c);
	size_t i;

	for (i = 0; i < t.n; i++)
		fprintf(f, "%s%s", i ? "; " : "warning: ", t.text[i]);
	if (t.n)
		putc('\n', f);
	ncb_format_texts_free(&t);
}

static void put_head(const struct ncb_comparison *c, FILE *f)
{
	static const struct {
		const char *key, *name;
	} keys[] = {
		{ "target", "target" }, { "profile", "profile" }, { "kernel_release", "kernel" },
		{ "arch", "arch" }, { "cpu_model", "cpu" },
	};
	static const char *const units[] = { "bytes", "lines", "count" };
	size_t i;

	put_key(f, "suite", "ncbench " NCB_VERSION);
	put_key(f, "old", c->old.label);
	put_key(f, "new", c->new.label);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		put_key(f, keys[i].name, ncb_format_common(c, keys[i].key));
	put_key(f, "note",
		"one line is one layout; reloads repeat layouts and are not independent");
	put_warnings(c, f);
	fprintf(f, "Unit %s/op better=lower%s\n", ncb_metric_names[c->metric],
		c->metric == NCB_INSN ? " assume=exact" : "");
	for (i = 0; c->memory && i < ARRAY_SIZE(units); i++)
		fprintf(f, "Unit %s better=lower assume=exact\n", units[i]);
}

static uint32_t iterations(const struct ncb_comparison *c, const char *id)
{
	const struct ncb_side *sides[NCB_SIDES] = { &c->old, &c->new };
	size_t run, i;
	int side;

	for (side = 0; side < NCB_SIDES; side++) {
		for (run = 0; run < sides[side]->runs; run++) {
			const struct ncb_rundata *r = ncb_stats_run(sides[side]->stats[run]);

			for (i = 0; i < r->nrows; i++)
				if (!strcmp(r->rows[i].id, id))
					return r->rows[i].iters ? r->rows[i].iters : 1;
		}
	}
	return 1;
}

static void put_side(const struct ncb_comparison *c, const struct ncb_format_row *rows, size_t n,
		     int side, FILE *f)
{
	char number[NCB_NUMBER_LEN];
	size_t i, k;

	for (i = 0; i < n; i++) {
		uint32_t iters = iterations(c, rows[i].id);

		for (k = 0; k < rows[i].values[side].n; k++)
			fprintf(f, "BenchmarkNotifier/%s %u %s %s/op\n", rows[i].id, iters,
				ncb_format_number(number, rows[i].values[side].value[k]),
				ncb_metric_names[c->metric]);
	}
	/* What is not compared, such as a lower bound, benchstat would compare. */
	for (i = 0; c->memory && i < c->memory->pairs; i++) {
		const struct ncb_memory_pair *p = &c->memory->pair[i];

		if (!p->reason)
			fprintf(f, "BenchmarkNotifier/%s 1 %" PRId64 " %s\n", p->id,
				p->side[side].value, p->unit);
	}
}

/** ncb_format_gobench - see format.h */
int ncb_format_gobench(const struct ncb_comparison *c, FILE *f)
{
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows);

	put_head(c, f);
	fputs("side: old\n", f);
	put_side(c, rows, n, NCB_OLD, f);
	fputs("side: new\n", f);
	put_side(c, rows, n, NCB_NEW, f);
	ncb_format_rows_free(rows, n);
	return 0;
}

/**
 * ncb_format_gobench_files - the sides apart, for 'benchstat old.txt new.txt'
 * @c: the comparison
 * @dir: gets old.txt and new.txt, without the key 'side', which would part the tables
 *
 * Return: 0 or -errno.
 */
int ncb_format_gobench_files(const struct ncb_comparison *c, const char *dir)
{
	static const char *const names[NCB_SIDES] = { "old", "new" };
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows), size;
	char *text, *path;
	int side, err = 0;
	FILE *f;

	for (side = 0; !err && side < NCB_SIDES; side++) {
		text = NULL;
		f = open_memstream(&text, &size);
		if (!f) {
			err = -ENOMEM;
			break;
		}
		put_head(c, f);
		put_side(c, rows, n, side, f);
		path = ncb_format("%s/%s.txt", dir, names[side]);
		err = fclose(f) ? -ENOMEM : ncb_write_file(path, text, size);
		free(path);
		free(text);
	}
	ncb_format_rows_free(rows, n);
	return err;
}
