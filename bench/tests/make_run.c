// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a synthetic run of a given size, to measure what reading, reporting
 * and comparing large runs takes:
 *
 *	make .build/make_run
 *	.build/make_run /tmp/a 1000000 && time .build/ncbench report /tmp/a
 *
 * Rows are those of a profile, loadings five; the number of blocks follows from
 * the number of samples, which is met from above. With counters each row is measured
 * in two passes, and there are twice as many; with memory the run has figures of it, too.
 * Instead of rows there may be module load storms, that are slower by a percentage.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../plan.h"
#include "synthetic.h"

#define RELOADS	5

static int usage(void)
{
	fputs("usage: make_run FOLDER SAMPLES [SEED [PROFILE [counters|memory]]]\n"
	      "       make_run FOLDER storms [SEED [PERCENT]]\n", stderr);
	return NCB_EXIT_USAGE;
}

/* Rows by name, with the arms that synthetic runs have. */
static int add_rows(struct ncb_rundata *r, const char *profile)
{
	const struct ncb_profile *p = ncb_profile_find(profile);
	struct ncb_rundata plan;
	size_t i;
	int err;

	if (!p) {
		ncb_error("unknown profile '%s'", profile);
		return -EINVAL;
	}
	ncb_rundata_init(&plan);
	err = ncb_plan(&plan, p, NULL, NULL);
	for (i = 0; i < plan.nrows && !err; i++)
		ncb_synthetic_row(r, plan.rows[i].id);
	ncb_rundata_free(&plan);
	return err;
}

/* Samples of one block of every row in one loading, without those of 2n. */
static size_t samples_per_block(const struct ncb_rundata *r)
{
	size_t i, n = 0;
	uint32_t a;

	for (i = 0; i < r->nrows; i++)
		for (a = 0; a < r->rows[i].arms; a++)
			n += r->rows[i].arm[a].status == NCB_ARM_OK ? 2 : 0;
	return n;
}

static int make_storms(int argc, char **argv)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	struct ncb_rundata r;
	char *date;
	int err;

	truth.seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	truth.slower = argc > 4 ? strtod(argv[4], NULL) / 100 : 0;
	truth.noise = 0.3;
	ncb_rundata_init(&r);
	ncb_synthetic_storm_run(&r, &truth, false);
	date = ncb_format("2026-01-01T00:00:%02uZ", (unsigned int)(truth.seed % 60));
	ncb_env_set(&r, "date", date);
	free(date);
	err = ncb_make_dirs(argv[1]);
	if (!err)
		err = ncb_result_save_raw(&r, argv[1]);
	ncb_rundata_free(&r);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

int main(int argc, char **argv)
{
	struct ncb_truth truth = ncb_truth_ns;
	size_t samples, each, blocks;
	struct ncb_rundata r;
	bool memory;
	int err;

	if (argc < 3 || argc > 6 || (argc > 5 && strcmp(argv[5], "counters") && strcmp(argv[5], "memory")))
		return usage();
	if (!strcmp(argv[2], "storms"))
		return make_storms(argc, argv);
	memory = argc > 5 && !strcmp(argv[5], "memory");
	if (argc > 5 && !memory)
		truth = ncb_truth_counted;
	samples = strtoull(argv[2], NULL, 10);
	truth.seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	truth.reloads = RELOADS;
	ncb_rundata_init(&r);
	err = add_rows(&r, argc > 4 ? argv[4] : "default");
	if (err)
		goto out;
	/* Every fourth cycle of four blocks has samples of 2n, half as many again. */
	each = samples_per_block(&r) * RELOADS;
	for (blocks = 4; blocks < NCB_BLOCKS_MAX; blocks++)
		if (each * (blocks + (blocks + 12) / 16 * 2) >= samples)
			break;
	if (!samples || blocks == NCB_BLOCKS_MAX) {
		ncb_error("%zu samples: this profile has 1 .. %zu", samples,
			  each * NCB_BLOCKS_MAX);
		err = -EINVAL;
		goto out;
	}
	truth.blocks = blocks;
	ncb_synthetic_samples(&r, &truth);
	if (memory)
		ncb_synthetic_memory(&r);
	err = ncb_make_dirs(argv[1]);
	if (!err)
		err = ncb_result_save_raw(&r, argv[1]);
	if (!err)
		printf("%zu samples, %zu rows, %u loadings, %u blocks\n", r.nsamples, r.nrows,
		       r.reloads, r.blocks);
out:
	ncb_rundata_free(&r);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}
