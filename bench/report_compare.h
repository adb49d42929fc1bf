/* SPDX-License-Identifier: GPL-2.0-only */
/* The report of a comparison between runs, and what is pasted into mails. */
#ifndef NCB_REPORT_COMPARE_H
#define NCB_REPORT_COMPARE_H

#include "compare.h"
#include "report.h"

/* All that it says; @c has to stay until ncb_report_free(). */
struct ncb_report *ncb_report_comparison(const struct ncb_comparison *c);

/* Its forms; 0, or -EIO where @f cannot be written. */
int ncb_comparison_text(const struct ncb_comparison *c, FILE *f, bool full);
int ncb_comparison_html(const struct ncb_comparison *c, FILE *f, bool full);

/* "blocking robust@tail 64", and what is not usual of it: "o" one callback,
 * "s" scattered, "c" cold; malloc'd. */
char *ncb_row_label(const struct ncb_row *row);

void ncb_warn_of_runs(struct ncb_items *w, const struct ncb_side *const *side,
		      const char *const *names, size_t sides);

/* What is behind a malloc'd command: a word, quoted where a shell wants it; the options. */
void ncb_command_word(char **command, const char *word);
void ncb_command_judging(char **command, const char *arm, const struct ncb_compare_options *o,
			 bool forced);
/* The command that makes the comparison again; malloc'd. */
char *ncb_comparison_command(const struct ncb_comparison *c);

/*
 * -- mail.c --
 *
 * The report as one pastes it below a patch: no quoting, NCB_REPORT_WIDTH
 * columns, the short view with the trust block condensed. With @tested_by it
 * ends with a trailer from git's user.name and user.email: -ENOENT with a
 * message, and nothing is written, where git does not know them.
 */
int ncb_mail(const struct ncb_report *report, bool tested_by, FILE *f);
#define NCB_PASSED	"passed"	/* name of the line of trust that lists what passed */
/* What of it goes there; @report has to stay. */
struct ncb_report *ncb_mail_view(const struct ncb_report *report);
void ncb_mail_view_free(struct ncb_report *view);

#endif /* NCB_REPORT_COMPARE_H */
