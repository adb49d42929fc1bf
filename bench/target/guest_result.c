// SPDX-License-Identifier: GPL-2.0-only
/* What came out of a guest: taken over into the run, and whether it is worth anything. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "guest.h"
#include "guest_run.h"
#include "../storm/measure.h"

/** ncb_guest_settle_counts - few samples are enough where they are exact; else they are not */
void ncb_guest_settle_counts(const struct ncb_guest *g)
{
	const struct ncb_profile *p = ncb_profile_find(g->options->profile);
	bool exact = g->metric == NCB_INSN;

	if (p && !g->options->reloads)
		g->run->reloads = exact ? p->reloads_insn : p->reloads_ns;
	if (p && !g->options->blocks)
		g->run->blocks = exact ? p->blocks_insn : p->blocks_ns;
}

/**
 * ncb_guest_adopt - what the guest measured becomes this run's
 * @g: the guest; its run keeps its name, date and seed
 *
 * Return: 0 or -errno with a message.
 */
int ncb_guest_adopt(const struct ncb_guest *g)
{
	struct ncb_rundata *r = g->run;
	char *date = ncb_copy(ncb_env_string(r, "date", NULL));
	struct ncb_rundata got;		/* set up by loading, also where that fails */
	char id[64];
	int err;

	err = ncb_result_load(&got, g->received);
	if (err)
		goto out;
	json_object_update(r->env, got.env);
	if (date)
		ncb_env_set(r, "date", date);
	/* Where all is counted, nothing is random: two guests would have the same. */
	if (g->metric == NCB_INSN &&
	    ncb_read_line("/proc/sys/kernel/random/uuid", id, sizeof(id)) == 0)
		ncb_env_set(r, "boot_id", id);
	ncb_env_set(r, "target", g->kind->name);
	g->kind->note(g);
	r->metric = got.metric;
	r->clock = got.clock;
	r->tick_hz = got.tick_hz;
	r->features = got.features;
	r->known_insn = got.known_insn;
	if (got.storms && g->storms_began)
		ncb_storm_note_seconds(r, (g->storms_ended ? g->storms_ended : ncb_now()) -
					  g->storms_began);
	ncb_storms_free(r->storms);
	r->storms = got.storms;
	got.storms = NULL;
	r->interrupted |= got.interrupted;
	r->reloads = got.reloads;
	r->stopped = got.stopped;
	free(r->rows);
	free(r->samples);
	free(r->counter);
	free(r->counts);
	json_decref(r->missing);
	r->rows = got.rows;
	r->nrows = got.nrows;
	r->samples = got.samples;
	r->nsamples = got.nsamples;
	r->samples_room = got.samples_room;
	r->counter = got.counter;
	r->counters = got.counters;
	r->passes = got.passes;
	r->slots = got.slots;
	r->counts = got.counts;
	r->missing = got.missing;
	got.rows = NULL;
	got.samples = NULL;
	got.counter = NULL;
	got.counts = NULL;
	got.missing = NULL;
out:
	free(date);
	ncb_rundata_free(&got);
	return err;
}

/** ncb_guest_judge - after the guest's end: 0 where what it measured is worth anything */
int ncb_guest_judge(const struct ncb_guest *g)
{
	struct ncb_rundata *r = g->run;

	if (g->findings) {
		ncb_error("the guest's kernel complained while it measured (%u lines, above): nothing of it holds",
			  g->findings);
		return -EIO;
	}
	ncb_run_choose_metric(r, g->metric == NCB_INSN);
	return g->kind->judge ? g->kind->judge(g) : 0;
}

/** ncb_guest_show_output - what the program printed that ran instead of a measurement */
int ncb_guest_show_output(const struct ncb_guest *g)
{
	char *path = ncb_format("%s/%s", g->received, NCB_GUEST_OUTPUT);
	size_t size = 0;
	char *text = ncb_read_file(path, &size);
	int err = 0;

	if (text && g->options->output)
		err = ncb_write_file(g->options->output, text, size);
	else if (text)
		fputs(text, stdout);
	if (err)
		ncb_error("cannot write %s: %s", g->options->output, strerror(-err));
	free(text);
	free(path);
	return err;
}
