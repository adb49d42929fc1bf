// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the measured kernel's list design costs in memory, for the report of its rows. The
 * types of the kernel alone: its modules take seconds more, and 'make memory' reads them.
 */
#include <stdlib.h>
#include <unistd.h>
#include "memory_ask.h"
#include "target/target.h"

double ncb_memory_seconds = 20;

/* Takes the reason. */
static void none(struct ncb_rundata *r, char *reason)
{
	char *clean = ncb_part_clean(reason);

	ncb_say("memory: n/a: %s", clean);
	json_decref(r->memory);
	r->memory = json_pack("{ss}", "reason", clean);
	free(clean);
	free(reason);
}

static void ask(const struct ncb_memory_subject *s, struct ncb_rundata *r)
{
	char log[] = "/tmp/ncbench-memory-log.XXXXXX", seconds[32], *why;
	struct ncb_memory_question question = {
		.kernel = s, .log = log, .seconds = ncb_memory_seconds,
	};
	double start = ncb_now();
	int fd = mkstemp(log);

	if (fd < 0) {
		none(r, ncb_format("cannot make %s", log));
		return;
	}
	close(fd);
	ncb_say("memory: reading %s", s->file);
	if (ncb_memory_ask(&question, &r->memory, &why))
		none(r, why);
	snprintf(seconds, sizeof(seconds), "%.1f", ncb_now() - start);
	ncb_env_set(r, "memory_seconds", seconds);
	unlink(log);
}

/**
 * ncb_memory_measure - the memory part of a run
 * @o: what was measured
 * @t: where
 * @r: gets the part; where it cannot be had, the reason
 *
 * Whatever goes wrong here, the run is what it was.
 */
void ncb_memory_measure(const struct ncb_run_options *o, const struct ncb_target *t,
			struct ncb_rundata *r)
{
	struct ncb_memory_subject s = { 0 };

	if (!t->kernel)
		none(r, ncb_format("target %s measures no kernel", t->name));
	else if (ncb_interrupted)
		none(r, ncb_copy("interrupted before"));
	else if (t->kernel(o, &s))
		none(r, ncb_copy("the files of the kernel are not there any more"));
	else if (access(s.file, R_OK))
		none(r, ncb_format("the kernel has no BTF that can be read (%s)", s.file));
	else {
		free(s.modules);
		s.modules = NULL;
		ask(&s, r);
	}
	ncb_memory_subject_free(&s);
}
