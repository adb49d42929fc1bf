/* SPDX-License-Identifier: GPL-2.0-only */
/* What is printed, as a text, and whether a mail can quote it. After cmocka.h. */
#ifndef NCB_PRINTED_H
#define NCB_PRINTED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../report.h"

/* Malloc'd. */
static inline char *made(const struct ncb_rundata *r, bool full,
			 int (*make)(const struct ncb_rundata *r, FILE *f, bool full))
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(make(r, f, full), 0);
	fclose(f);
	assert_int_equal(strlen(text), size);
	return text;
}

/* ASCII, not too wide, no white space at the end. */
static inline void assert_quotable(const char *text)
{
	const char *line, *p;
	size_t n;

	for (line = text; *line; line += n + 1) {
		n = strcspn(line, "\n");
		if (n > NCB_REPORT_WIDTH)
			fail_msg("%zu columns: %.*s", n, (int)n, line);
		for (p = line; p < line + n; p++)
			if (*p < ' ' || *p > '~')
				fail_msg("byte %#x in: %.*s", (unsigned char)*p, (int)n, line);
		if (n && line[n - 1] == ' ')
			fail_msg("white space at the end of: %.*s", (int)n, line);
		assert_int_equal(line[n], '\n');
	}
}

#endif /* NCB_PRINTED_H */
