/* SPDX-License-Identifier: GPL-2.0-only */
/* What a printed text says, and what it does not. After cmocka.h and ../ncbench.h. */
#ifndef NCB_SAYS_H
#define NCB_SAYS_H

static inline void assert_says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("'%s' is not in:\n%s", words, text);
}

/* The same, wherever lines are broken. */
static inline void assert_words(const char *text, const char *words)
{
	char *plain = ncb_copy(text), *to = plain;
	const char *from;

	for (from = text; *from; from++) {
		char c = *from == '\n' ? ' ' : *from;

		if (c != ' ' || to == plain || to[-1] != ' ')
			*to++ = c;
	}
	*to = '\0';
	assert_says(plain, words);
	free(plain);
}

static inline void assert_silent(const char *text, const char *words)
{
	if (strstr(text, words))
		fail_msg("'%s' is in:\n%s", words, text);
}

#endif /* NCB_SAYS_H */
