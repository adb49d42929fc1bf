// SPDX-License-Identifier: GPL-2.0-only
/* What images take, and what became of it in others, as JSON. */
#include "bill.h"

/**
 * ncb_sizes_json - what an image takes
 * @s: of it
 *
 * Where init begins and ends in a linked image its symbols say.
 */
json_t *ncb_sizes_json(const struct ncb_sizes *s)
{
	bool init = s->has_symbols || s->init;

	return json_pack("{ss sI sI sI so sI sI so}", "reason", "",
			 "text", (json_int_t)s->bytes[NCB_BYTES_TEXT],
			 "data", (json_int_t)s->bytes[NCB_BYTES_DATA],
			 "bss", (json_int_t)s->bytes[NCB_BYTES_BSS],
			 "init", init ? json_integer((json_int_t)s->init) : json_null(),
			 "total", (json_int_t)s->total,
			 "sections", (json_int_t)s->sections,
			 "symbols", s->has_symbols ? json_integer(s->symbols) : json_null());
}

static json_t *text(const char *s)
{
	json_t *string = json_string(s ? s : "");

	return string ? string : json_string("(unreadable)");
}

static json_t *changes_json(const struct ncb_size_change *change, uint32_t n)
{
	json_t *list = json_array();
	uint32_t i;

	for (i = 0; i < n && i < NCB_BILL_CHANGES_MAX; i++)
		json_array_append_new(list, json_pack("{so so so sI sI sI}",
			"name", text(change[i].name), "old_section", text(change[i].old_section),
			"new_section", text(change[i].new_section),
			"old", (json_int_t)change[i].old_bytes,
			"new", (json_int_t)change[i].new_bytes, "moved", (json_int_t)change[i].moved));
	return list;
}

/* Heads whose names the census of the old image knows. */
static json_t *heads_json(const struct ncb_sizes_diff *d, const struct ncb_census *census)
{
	json_t *list = json_array();
	enum ncb_part part;
	uint32_t i;

	for (i = 0; i < d->symbols; i++) {
		if (!d->symbol[i].moved)
			continue;
		part = ncb_census_head(census, d->symbol[i].name);
		if (part != NCB_PARTS)
			json_array_append_new(list, json_pack("{so ss}",
				"name", text(d->symbol[i].name), "part", ncb_part_names[part]));
	}
	return list;
}

/**
 * ncb_sizes_diff_json - what changed between two images
 * @d: it
 * @census: of the old one: names its heads
 * @symbols: both tell of their symbols; else these are null
 */
json_t *ncb_sizes_diff_json(const struct ncb_sizes_diff *d, const struct ncb_census *census,
			    bool symbols)
{
	json_t *none = json_null();

	return json_pack("{sI so so so so so}", "sections_changed", (json_int_t)d->sections,
			 "sections", changes_json(d->section, d->sections),
			 "symbols_changed", symbols ? json_integer(d->symbols) : none,
			 "symbols", symbols ? changes_json(d->symbol, d->symbols) : none,
			 "moved", symbols ? json_integer((json_int_t)d->moved) : none,
			 "heads_moved", symbols ? heads_json(d, census) : none);
}
