// SPDX-License-Identifier: GPL-2.0-only
/* Static blocks and heads as JSON: how many there are, and how that is known. */
#include "bill.h"

/* A count that says nothing of how many there are: why. NULL: it does. */
static const char *unseen(const struct ncb_census *c, enum ncb_part part)
{
	if (part == NCB_PART_BLOCK || c->count[part][NCB_BY_DWARF] || c->count[part][NCB_BY_SHAPE])
		return NULL;
	if (c->by_map)
		return "a System.map does not say how large a symbol is";
	if (c->by_shape && part != NCB_PART_BLOCKING)
		return "all zero, as much else is: debug information would tell";
	if (c->by_shape)
		return "none that looks like one, and no debug information";
	return NULL;
}

/**
 * ncb_figure_change - what the other design adds to a figure
 * @of: a part or struct
 * @key: of the figure
 * @more: gets it
 *
 * Return: whether it is known.
 */
bool ncb_figure_change(const json_t *of, const char *key, json_int_t *more)
{
	const json_t *now = json_object_get(json_object_get(of, "now"), key);
	const json_t *other = json_object_get(json_object_get(of, "other"), key);

	*more = json_integer_value(other) - json_integer_value(now);
	return json_is_integer(now) && json_is_integer(other);
}

static json_t *maybe(bool known, json_int_t value)
{
	return known ? json_integer(value) : json_null();
}

static json_t *part_json(const struct ncb_census *c, enum ncb_part part, const json_t *type,
			 bool exact)
{
	const uint64_t *by = c->count[part];
	uint64_t count = by[NCB_BY_DWARF] + by[NCB_BY_CALLBACK] + by[NCB_BY_SHAPE];
	const char *why = unseen(c, part);
	json_int_t more;
	bool known = ncb_figure_change(type, "size", &more);

	return json_pack("{ss so sI sI sI so so ss ss}", "name", ncb_part_names[part],
			 "count", maybe(!why, count), "dwarf", (json_int_t)by[NCB_BY_DWARF],
			 "callback", (json_int_t)by[NCB_BY_CALLBACK],
			 "shape", (json_int_t)by[NCB_BY_SHAPE], "bss", maybe(!why, c->bss[part]),
			 "more", maybe(known, more), "known", why ? "" : exact ? "exact" : "at least",
			 "reason", why ? why : "");
}

/**
 * ncb_census_json - what is static in images
 * @c: of them
 * @parts: the types of blocks and heads
 */
json_t *ncb_census_json(const struct ncb_census *c, const json_t *parts)
{
	bool exact = !c->by_shape && !c->failed;
	json_int_t bytes = 0, sure = 0, more;
	json_t *list = json_array();
	int i;

	for (i = 0; i < NCB_PARTS; i++) {
		const uint64_t *by = c->count[i];
		const json_t *type = json_array_get(parts, i);

		json_array_append_new(list, part_json(c, i, type, exact));
		if (!ncb_figure_change(type, "size", &more))
			continue;
		sure += more * (json_int_t)(by[NCB_BY_DWARF] + by[NCB_BY_CALLBACK]);
		bytes += more * (json_int_t)by[NCB_BY_SHAPE];
	}
	return json_pack("{ss sI sI sI sI sb sI sI so}", "reason", "",
			 "images", (json_int_t)c->images, "failed", (json_int_t)c->failed,
			 "without_dwarf", (json_int_t)c->by_shape, "mapped", (json_int_t)c->by_map,
			 "exact", exact, "bytes", bytes + sure, "bytes_sure", sure, "parts", list);
}
