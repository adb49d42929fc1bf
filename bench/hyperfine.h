/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * COMMANDS=1: whole commands that people type, timed with hyperfine after the
 * rows. Modules are payloads of our own (kmod/payload), found by modprobe in a
 * tree of their own: nothing of the system's is loaded, unloaded or written.
 */
#ifndef NCB_HYPERFINE_H
#define NCB_HYPERFINE_H

#include "part.h"
#include "report.h"
#include "target/target.h"

#define NCB_HYPERFINE_FILE	"hyperfine.json"
#define NCB_COMMANDS_MAX	16

/*
 * Times every command into @r->commands and a file in @r->files. @no_modules:
 * why no module may be loaded here, or NULL. Cannot fail: what cannot be timed
 * says why. Interrupted, it unloads what it had loaded, too.
 */
void ncb_commands_measure(const struct ncb_run_options *o, struct ncb_rundata *r,
			  const char *no_modules);
/* The same where nothing can be timed at all, for @reason. */
void ncb_commands_none(struct ncb_rundata *r, const char *reason);

/* -- pure -- */

/*
 * What hyperfine exported about one command: "runs", "mean", "sd", "median", "min",
 * "max" (s) into @out. NULL, or why not.
 */
const char *ncb_hyperfine_result(const json_t *exported, json_t *out);
/* NULL, or the name of the field of result.json's "commands" that is damaged. */
const char *ncb_commands_check(const json_t *commands);
/* A section of the report, and words for its first screen (malloc'd, NULL: nothing). */
void ncb_commands_report(struct ncb_report *report, const struct ncb_rundata *r);
char *ncb_commands_brief(const struct ncb_rundata *r);

#endif /* NCB_HYPERFINE_H */
