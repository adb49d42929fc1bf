/* SPDX-License-Identifier: GPL-2.0-only */
/* Does a pasted report say what the raw data say? */
#ifndef NCB_VERIFY_H
#define NCB_VERIFY_H

#include "report.h"

/**
 * struct ncb_verified - what was found
 * @hold: lines of tables and items that say what is computed
 * @differ: lines that do not, and lines of a table that has no such row
 * @unplaced: lines with a figure that belong to nothing that is known
 * @missing: lines that forbid quoting the figures, and are not quoted with them
 * @figures: cells of table lines that were compared
 */
struct ncb_verified {
	size_t hold, differ, unplaced, missing, figures;
};

/*
 * Holds @text, as pasted: quoted or not, in part, with other white space,
 * against what a report says. Knows nothing of any table but its title, its
 * columns and its cells. Each line that was recognised, or could not be, is
 * told on @out, and each that has to be there and is not.
 */
void ncb_verify(const struct ncb_report *report, const char *text, FILE *out,
		struct ncb_verified *found);

/* What a text says behind "ncbench compare" or "make compare", words with a space between them; of
 * several the last one; NULL: nothing. malloc'd.
 */
char *ncb_verify_command(const char *text);

#endif /* NCB_VERIFY_H */
