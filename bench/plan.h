/* SPDX-License-Identifier: GPL-2.0-only */
/* Which rows a profile has, and the names of rows. */
#ifndef NCB_PLAN_H
#define NCB_PLAN_H

#include "run.h"

/**
 * struct ncb_profile - how much is measured
 * @reloads_ns, @blocks_ns: where time is noisy
 * @reloads_insn, @blocks_insn: where instructions are exact
 */
struct ncb_profile {
	const char *name;
	const char *summary;
	uint32_t reloads_ns, blocks_ns;
	uint32_t reloads_insn, blocks_insn;
};
extern const struct ncb_profile ncb_profiles[];
extern const size_t ncb_profile_count;
const struct ncb_profile *ncb_profile_find(const char *name);

/*
 * Fills @r->rows and @r->missing from the profile; @pattern (fnmatch over ids)
 * and @arms (comma-separated) narrow it, NULL: all. -EINVAL with a message that
 * lists the valid names.
 */
int ncb_plan(struct ncb_rundata *r, const struct ncb_profile *p, const char *pattern,
	     const char *arms);
/* What the names of rows end with that are of the usual kind; reports leave it out. */
#define NCB_ROW_USUAL	"/distinct/packed/warm"
char *ncb_row_text(const struct ncb_row *row);	/* as in reports; malloc'd */
char *ncb_row_id(const char *name);		/* the reverse, of ids too; malloc'd */
/* Writes a row's id from its fields. */
void ncb_row_name(struct ncb_row *row);
/* The reverse; -EINVAL where it is no row id. */
int ncb_row_parse(struct ncb_row *row, const char *id);

#endif /* NCB_PLAN_H */
