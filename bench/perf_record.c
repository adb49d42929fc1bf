// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of perf.data: a text report, folded chains, a flame graph. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "perf.h"

#define SECONDS		600	/* that perf may take to read its file */

/* perf @arguments, its output into a file; NULL or why not, malloc'd. */
static char *perf_into(const char *dir, const char *what, const char *arguments, const char *file)
{
	char *command = ncb_format("exec perf %s -i " NCB_PERF_DATA_FILE " %s >\"$0\" 2>\"$1\"", what,
				   arguments);
	char *out = ncb_format("%s/%s", dir, file), *log = ncb_format("%s/perf-%s.log", dir, what);
	const char *argv[] = { "sh", "-c", command, out, log, NULL };
	const char *env[] = { "LC_ALL=C", "PERF_CONFIG=/dev/null", "PAGER=cat", NULL };
	struct ncb_spawn s = { .argv = argv, .dir = dir, .env = env, .timeout = SECONDS };
	int status = ncb_run_command(&s);
	char *why = NULL, *said;

	if (status == -EINTR) {
		why = ncb_copy("interrupted");
	} else if (status == -ETIMEDOUT) {
		why = ncb_format("perf %s took longer than %d s and was killed", what, SECONDS);
	} else if (status) {
		said = ncb_part_complaint(log);
		why = ncb_format("perf %s failed%s%s", what, *said ? ": " : "", said);
		free(said);
	}
	unlink(log);
	if (why)
		unlink(out);
	free(command);
	free(out);
	free(log);
	return why;
}

/* "[ perf record: Captured and wrote 0.029 MB perf.data (403 samples) ]"; -1: not said. */
static long long samples_said(const char *log)
{
	char *text = ncb_read_file(log, NULL), *at = text ? strstr(text, " samples) ]") : NULL;
	long long n = -1;

	while (at && at > text && at[-1] >= '0' && at[-1] <= '9')
		at--;
	if (at && at[-1] == '(')
		n = strtoll(at, NULL, 10);
	free(text);
	return n;
}

static bool size_limit_reached(const char *log)
{
	char *text = ncb_read_file(log, NULL);
	bool reached = text && strstr(text, "size limit reached");

	free(text);
	return reached;
}

/* One of the two forms of the chains into a file. 0 or -errno. */
static int write_form(const struct ncb_stacks *s, const struct ncb_perf_recorded *r,
		      const char *name, const char *note)
{
	char *path = ncb_format("%s/%s", r->dir, name), *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int err = f ? 0 : -errno;

	if (f) {
		err = note ? ncb_flamegraph(s, r->title, note, f) : ncb_stacks_write(s, f);
		if (fclose(f) && !err)
			err = -errno;
	}
	if (!err)
		err = ncb_write_file(path, text, size);
	free(text);
	free(path);
	return err;
}

static char *draw(const struct ncb_perf_recorded *r, FILE *script, json_t *part)
{
	struct ncb_stacks *s = ncb_stacks_new();
	struct ncb_stacks_facts facts;
	char *note, *why = NULL;
	int err;

	ncb_stacks_fold(s, script, &r->object, &facts);
	note = ncb_format("%llu samples of %s at %d Hz; width: share of the samples; callers below",
			  (unsigned long long)facts.samples, facts.event, NCB_PERF_FREQUENCY);
	if (!facts.samples) {
		why = ncb_copy("perf took no sample: the rows were too short, or nothing can be seen");
	} else {
		err = write_form(s, r, NCB_PERF_FOLDED_FILE, NULL);
		if (!err)
			err = write_form(s, r, NCB_PERF_FLAME_FILE, note);
		if (err)
			why = ncb_format("cannot write its files: %s", strerror(-err));
	}
	json_object_set_new(part, "event", json_string(facts.event));
	json_object_set_new(part, "frequency", json_integer(NCB_PERF_FREQUENCY));
	json_object_set_new(part, "samples", json_integer(facts.samples));
	json_object_set_new(part, "lost", json_integer(facts.lost));
	json_object_set_new(part, "measured", json_integer(facts.module));
	json_object_set_new(part, "unnamed", json_integer(facts.unnamed));
	ncb_stacks_free(s);
	free(note);
	return why;
}

/**
 * ncb_perf_take_record - a report and a picture of perf.data
 * @r: what there is
 * @part: gets what is known of it
 *
 * Return: NULL, or one sentence that says why not, malloc'd.
 */
char *ncb_perf_take_record(const struct ncb_perf_recorded *r, json_t *part)
{
	static const char script_file[] = "perf-script.tmp";
	char *path = ncb_format("%s/%s", r->dir, script_file), *why;
	long long said = samples_said(r->log);
	FILE *f;

	why = perf_into(r->dir, "script", "--no-inline -F event,ip,sym,dso --show-lost-events",
			script_file);
	f = why ? NULL : fopen(path, "r");
	if (f)
		why = draw(r, f, part);
	else if (!why)
		why = ncb_format("cannot read %s: %s", path, strerror(errno));
	if (f)
		fclose(f);
	unlink(path);
	free(path);
	if (!why)
		why = perf_into(r->dir, "report", "--stdio --no-children -g none --percent-limit 0.05 "
				"--sort dso,symbol", NCB_PERF_REPORT_FILE);
	json_object_set_new(part, "said", said < 0 ? json_null() : json_integer(said));
	json_object_set_new(part, "full", json_boolean(size_limit_reached(r->log)));
	return why;
}
