// SPDX-License-Identifier: GPL-2.0-only
/* Optional parts of a run: what their readers and writers have in common. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "part.h"

/**
 * ncb_part_text - whether a field is a plain text
 * @part: object
 * @key: of the field
 * @size: bytes that it may have, with its end
 */
bool ncb_part_text(const json_t *part, const char *key, size_t size)
{
	const json_t *value = json_object_get(part, key);
	const char *s = json_string_value(value), *p;

	if (!s || strlen(s) != json_string_length(value) || strlen(s) >= size)
		return false;
	for (p = s; *p; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return true;
}

/**
 * ncb_part_number - whether a field is a number in a range
 * @part: object
 * @key: of the field
 * @low, @high: the range, both ends included
 */
bool ncb_part_number(const json_t *part, const char *key, double low, double high)
{
	const json_t *value = json_object_get(part, key);

	return json_is_number(value) && json_number_value(value) >= low &&
	       json_number_value(value) <= high;
}

/** ncb_part_maybe - the same; null is fine, too */
bool ncb_part_maybe(const json_t *part, const char *key, double low, double high)
{
	return json_is_null(json_object_get(part, key)) || ncb_part_number(part, key, low, high);
}

/** ncb_part_string - a text of a part that was read; "" where there is none */
const char *ncb_part_string(const json_t *part, const char *key)
{
	const char *s = json_string_value(json_object_get(part, key));

	return s ? s : "";
}

/** ncb_part_value - a number of a part that was read; NAN where there is none */
double ncb_part_value(const json_t *part, const char *key)
{
	const json_t *value = json_object_get(part, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

/** ncb_part_real - a number; null where it is none */
json_t *ncb_part_real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/** ncb_part_interval - a value with its bounds; null where there is none */
json_t *ncb_part_interval(struct ncb_interval v)
{
	if (!v.valid)
		return json_null();
	return json_pack("{so so so}", "value", ncb_part_real(v.value),
			 "low", ncb_part_real(v.low), "high", ncb_part_real(v.high));
}

/** ncb_part_clean - what another program printed, fit for a report */
char *ncb_part_clean(const char *text)
{
	char *out = ncb_alloc(NCB_PART_TEXT, 1);
	size_t n = 0;

	for (; *text && n < NCB_PART_TEXT - 1; text++) {
		bool space = isspace((unsigned char)*text);

		if (space && (!n || out[n - 1] == ' '))
			continue;
		out[n++] = space ? ' ' : *text > ' ' && *text <= '~' ? *text : '?';
	}
	while (n && out[n - 1] == ' ')
		out[--n] = '\0';
	return out;
}

/* Lines that say nothing: what perf prints when all is well, and mere headings. */
static bool says_nothing(const char *line)
{
	static const char *const words[] = { "Events enabled", "Events disabled", "Error:",
					     "Benchmark ", "[ perf record: " };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(line, words[i], strlen(words[i])) &&
		    (i != 2 || !line[strlen(words[i])]))
			return true;
	return !*line;
}

/** ncb_part_complaint - the line of a log that says what went wrong */
char *ncb_part_complaint(const char *path)
{
	char *log = ncb_read_file(path, NULL), *line, *save = NULL, *out;

	for (line = log ? strtok_r(log, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		if (!says_nothing(line))
			break;
	}
	if (line && !strncmp(line, "Error: ", 7))
		line += 7;
	out = ncb_part_clean(line ? line : "");
	free(log);
	return out;
}
