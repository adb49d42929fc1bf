// SPDX-License-Identifier: GPL-2.0-only
/* From a profile to the rows that are measured, and from rows to their names. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "plan.h"

#define ALL_LENGTHS	{ 1, 2, 4, 8, 16, 32, 64, 128, 0 }
#define BIT(n)		(1u << (n))
#define CALLS		(BIT(NCB_CALL) | BIT(NCB_REVERSE) | BIT(NCB_ROBUST) | BIT(NCB_EMPTY))
#define CHANGES		(BIT(NCB_REGISTER) | BIT(NCB_UNREGISTER))
#define ALL_TYPES	(BIT(NCB_TYPES) - 1)
#define RAW_BLOCKING	(BIT(NCB_RAW) | BIT(NCB_BLOCKING))

const struct ncb_profile ncb_profiles[] = {
	{ "quick", "a look: few lengths, packed and warm", 4, 8, 1, 8 },
	{ "default", "what a review needs", 8, 16, 1, 8 },
	{ "full", "every dimension, lengths up to 1024", 10, 24, 1, 8 },
};
const size_t ncb_profile_count = ARRAY_SIZE(ncb_profiles);

/*
 * What the profiles consist of: in each line every combination of the sets is
 * a row. Bits of @profiles are indices into ncb_profiles[].
 */
static const struct part {
	unsigned int profiles, types, ops, callbacks, placements, caches;
	unsigned int lengths[12];
} parts[] = {
	/* quick */
	{ BIT(0), RAW_BLOCKING, CALLS, BIT(NCB_CB_DISTINCT), BIT(NCB_PACKED), BIT(NCB_WARM),
	  { 1, 4, 16, 64, 0 } },
	{ BIT(0), ALL_TYPES & ~RAW_BLOCKING, CALLS, BIT(NCB_CB_DISTINCT), BIT(NCB_PACKED),
	  BIT(NCB_WARM), { 16, 0 } },
	{ BIT(0), BIT(NCB_RAW), CHANGES, BIT(NCB_CB_DISTINCT), BIT(NCB_PACKED), BIT(NCB_WARM),
	  { 16, 0 } },
	/* default */
	{ BIT(1) | BIT(2), ALL_TYPES, CALLS, BIT(NCB_CB_DISTINCT), BIT(NCB_PACKED),
	  BIT(NCB_WARM), ALL_LENGTHS },
	{ BIT(1) | BIT(2), RAW_BLOCKING, BIT(NCB_CALL) | BIT(NCB_REVERSE), BIT(NCB_CB_ONE),
	  BIT(NCB_PACKED), BIT(NCB_WARM), ALL_LENGTHS },
	{ BIT(1) | BIT(2), RAW_BLOCKING, BIT(NCB_CALL) | BIT(NCB_REVERSE),
	  BIT(NCB_CB_DISTINCT), BIT(NCB_SCATTERED), BIT(NCB_WARM), { 4, 16, 64, 128, 0 } },
	{ BIT(1) | BIT(2), RAW_BLOCKING, BIT(NCB_CALL) | BIT(NCB_REVERSE),
	  BIT(NCB_CB_DISTINCT), BIT(NCB_SCATTERED), BIT(NCB_COLD), { 4, 16, 64, 0 } },
	{ BIT(1) | BIT(2), ALL_TYPES, CHANGES, BIT(NCB_CB_DISTINCT), BIT(NCB_PACKED),
	  BIT(NCB_WARM), { 16, 64, 0 } },
	/* full */
	{ BIT(2), ALL_TYPES, CALLS, BIT(NCB_CB_ONE) | BIT(NCB_CB_DISTINCT),
	  BIT(NCB_PACKED) | BIT(NCB_SCATTERED), BIT(NCB_WARM) | BIT(NCB_COLD),
	  { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 0 } },
	{ BIT(2), ALL_TYPES, CHANGES, BIT(NCB_CB_DISTINCT), BIT(NCB_PACKED) | BIT(NCB_SCATTERED),
	  BIT(NCB_WARM) | BIT(NCB_COLD), { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 0 } },
};

/* The arms of a row: engines of the table, the A/A control, the planted costs. */
static const struct ncb_row_arm standard_arms[] = {
	{ .name = "loop", .engine = "loop" },
	{ .name = "direct", .engine = "direct" },
	{ .name = "slist", .engine = "slist" },
	{ .name = "slist-aa", .engine = "slist", .flags = NCB_ARM_CONTROL },
	{ .name = "slist+7", .engine = "slist", .flags = NCB_ARM_PLANT },
	{ .name = "slist+2%", .engine = "slist", .flags = NCB_ARM_SHARE },
	{ .name = "dlist", .engine = "dlist" },
	{ .name = "native", .engine = "native" },
};

/** ncb_profile_find - a profile by name, or NULL */
const struct ncb_profile *ncb_profile_find(const char *name)
{
	size_t i;

	for (i = 0; i < ncb_profile_count; i++)
		if (!strcmp(ncb_profiles[i].name, name))
			return &ncb_profiles[i];
	return NULL;
}

/**
 * ncb_row_name - write a row's id from its fields
 * @row: the row
 */
void ncb_row_name(struct ncb_row *row)
{
	bool at = row->op == NCB_REGISTER || row->op == NCB_UNREGISTER ||
		  (row->op == NCB_ROBUST && row->position != NCB_POS_NONE);

	snprintf(row->id, sizeof(row->id), "%s/%s%s%s/%u/%s/%s/%s", ncb_type_names[row->type],
		 ncb_op_names[row->op], at ? "@" : "", at ? ncb_pos_names[row->position] : "",
		 row->length, ncb_callback_names[row->callbacks],
		 ncb_placement_names[row->placement], ncb_cache_names[row->cache]);
}

/**
 * ncb_row_text - the name of a row in a few words
 * @row: the row
 *
 * Return: malloc'd; "raw/robust@head/64" for distinct callbacks, packed and warm, otherwise
 * the whole name.
 */
char *ncb_row_text(const struct ncb_row *row)
{
	size_t n = strlen(row->id), usual = strlen(NCB_ROW_USUAL);

	if (n < usual || strcmp(row->id + n - usual, NCB_ROW_USUAL))
		return ncb_copy(row->id);
	return ncb_format("%.*s", (int)(n - usual), row->id);
}

/**
 * ncb_row_id - the id of a row that may be named as reports do
 * @name: an id, or what ncb_row_text() says
 *
 * Return: malloc'd; whether there is such a row is for ncb_row_parse().
 */
char *ncb_row_id(const char *name)
{
	size_t slashes = 0, i;

	for (i = 0; name[i]; i++)
		slashes += name[i] == '/';
	return ncb_format("%s%s", name, slashes == 2 ? NCB_ROW_USUAL : "");
}

static int lookup(const char *const *names, unsigned int count, const char *word, size_t n,
		  uint32_t *value)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (strlen(names[i]) == n && !strncmp(names[i], word, n)) {
			*value = i;
			return 0;
		}
	}
	return -EINVAL;
}

/* What registers or removes does it somewhere; only an empty chain has no blocks. */
static bool possible(const struct ncb_row *row)
{
	bool placed = row->op == NCB_REGISTER || row->op == NCB_UNREGISTER;

	return !row->length == (row->op == NCB_EMPTY) &&
	       (!placed || row->position != NCB_POS_NONE);
}

/**
 * ncb_row_parse - the fields from a row's id
 * @row: gets the fields; its arms are left alone
 * @id: as ncb_row_name() writes it
 *
 * Return: 0, or -EINVAL where it is no row id.
 */
int ncb_row_parse(struct ncb_row *row, const char *id)
{
	struct ncb_row out = *row;
	const char *field[6], *p = id, *at;
	size_t size[6], op_size;
	unsigned int i;
	char *end;
	unsigned long length;

	for (i = 0; i < 6; i++) {
		field[i] = p;
		size[i] = strcspn(p, "/");
		p += size[i] + (p[size[i]] == '/');
	}
	if (*p)
		return -EINVAL;
	at = memchr(field[1], '@', size[1]);
	op_size = at ? (size_t)(at - field[1]) : size[1];
	out.position = NCB_POS_NONE;
	length = strtoul(field[2], &end, 10);
	if (end != field[2] + size[2] || !size[2] || length > NCB_LENGTH_MAX ||
	    lookup(ncb_type_names, NCB_TYPES, field[0], size[0], &out.type) ||
	    lookup(ncb_op_names, NCB_OPS, field[1], op_size, &out.op) ||
	    (at && lookup(ncb_pos_names, NCB_POSITIONS, at + 1, size[1] - op_size - 1,
			  &out.position)) ||
	    lookup(ncb_callback_names, NCB_CALLBACK_SETS, field[3], size[3], &out.callbacks) ||
	    lookup(ncb_placement_names, NCB_PLACEMENTS, field[4], size[4], &out.placement) ||
	    lookup(ncb_cache_names, NCB_CACHES, field[5], size[5], &out.cache))
		return -EINVAL;
	out.length = length;
	ncb_row_name(&out);
	if (strcmp(out.id, id) || !possible(&out))
		return -EINVAL;
	*row = out;
	return 0;
}

/*
 * The planted share stands in a few rows of every profile: 16 blocks are a chain
 * as real ones are, and a batch of it is long enough for 1 in 50 to be a call.
 */
static bool has_share(const struct ncb_row *row)
{
	return row->op == NCB_CALL && row->length == 16 && row->cache == NCB_WARM;
}

/* The comma-separated list @arms, or all; the empty loop is always among them. */
static int choose_arms(struct ncb_row *row, const char *arms)
{
	char *copy = arms ? ncb_copy(arms) : NULL, *word, *save;
	bool want[ARRAY_SIZE(standard_arms)] = { true };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(standard_arms) && !arms; i++)
		want[i] = true;
	for (word = copy ? strtok_r(copy, ",", &save) : NULL; word;
	     word = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < ARRAY_SIZE(standard_arms); i++)
			if (!strcmp(standard_arms[i].name, word))
				break;
		if (i == ARRAY_SIZE(standard_arms)) {
			char names[256] = "";

			for (i = 0; i < ARRAY_SIZE(standard_arms); i++) {
				strcat(names, i ? ", " : "");
				strcat(names, standard_arms[i].name);
			}
			ncb_error("unknown arm '%s'; valid: %s", word, names);
			free(copy);
			return -EINVAL;
		}
		want[i] = true;
	}
	free(copy);
	row->arms = 0;
	for (i = 0; i < ARRAY_SIZE(standard_arms); i++)
		if (want[i])
			row->arm[row->arms++] = standard_arms[i];
	return 0;
}

static void add_missing(struct ncb_rundata *r, const char *what, const char *reason)
{
	size_t i;
	json_t *entry;

	json_array_foreach(r->missing, i, entry)
		if (!strcmp(json_string_value(json_object_get(entry, "row")), what))
			return;
	json_array_append_new(r->missing, json_pack("{ssss}", "row", what, "reason", reason));
}

/* Without the arms that the row does not have. */
static void leave_out_arms(struct ncb_row *row)
{
	uint32_t i, kept = 0;

	for (i = 0; i < row->arms; i++)
		if (!(row->arm[i].flags & NCB_ARM_SHARE) || has_share(row))
			row->arm[kept++] = row->arm[i];
	row->arms = kept;
}

static void add_row(struct ncb_rundata *r, struct ncb_row *row, const char *pattern)
{
	bool wanted;
	char *text;
	size_t i;

	ncb_row_name(row);
	text = ncb_row_text(row);
	wanted = !pattern || !fnmatch(pattern, row->id, 0) || !fnmatch(pattern, text, 0);
	free(text);
	if (!wanted)
		return;
	for (i = 0; i < r->nrows; i++)
		if (!strcmp(r->rows[i].id, row->id))
			return;
	r->rows = ncb_grow(r->rows, r->nrows + 1, sizeof(*r->rows));
	r->rows[r->nrows] = *row;
	leave_out_arms(&r->rows[r->nrows++]);
}

/* Every position that an operation of this length has. */
static void add_positions(struct ncb_rundata *r, struct ncb_row *row, const char *pattern)
{
	uint32_t first = NCB_POS_NONE, last = NCB_POS_NONE;

	if (row->op == NCB_ROBUST)
		last = NCB_POS_TAIL;
	if (row->op == NCB_REGISTER || row->op == NCB_UNREGISTER) {
		first = NCB_POS_HEAD;
		last = NCB_POS_TAIL;
	}
	for (row->position = first; row->position <= last; row->position++) {
		/* One block is head, middle and tail at once; of two, the middle is the tail. */
		if (row->op == NCB_ROBUST && row->length < 3 &&
		    row->position == NCB_POS_MIDDLE)
			continue;
		if (row->length == 1 && row->position > NCB_POS_HEAD)
			continue;
		add_row(r, row, pattern);
	}
}

static void add_part(struct ncb_rundata *r, const struct part *part, const struct ncb_row *base,
		     const char *pattern)
{
	struct ncb_row row = *base;
	const unsigned int *length;
	char what[64];

#define EACH(field, count, set)	\
	for (row.field = 0; row.field < (count); row.field++) \
		if ((set) & BIT(row.field))

	EACH(type, NCB_TYPES, part->types)
	EACH(op, NCB_OPS, part->ops) {
		const char *why = ncb_row_missing(row.type, row.op);

		if (why) {
			snprintf(what, sizeof(what), "%s/%s", ncb_type_names[row.type],
				 ncb_op_names[row.op]);
			add_missing(r, what, why);
			continue;
		}
		EACH(callbacks, NCB_CALLBACK_SETS, part->callbacks)
		EACH(placement, NCB_PLACEMENTS, part->placements)
		EACH(cache, NCB_CACHES, part->caches) {
			if (row.op == NCB_EMPTY) {
				/* Nothing is called, nothing is placed: one row says it all. */
				row.length = 0;
				if (row.callbacks == NCB_CB_DISTINCT &&
				    row.placement == NCB_PACKED && row.cache == NCB_WARM)
					add_positions(r, &row, pattern);
				continue;
			}
			for (length = part->lengths; *length; length++) {
				row.length = *length;
				add_positions(r, &row, pattern);
			}
		}
	}
#undef EACH
}

/**
 * ncb_plan - the rows of a profile
 * @r: gets rows and missing combinations
 * @p: the profile
 * @pattern: shell pattern that row ids, or their names in reports, have to match; NULL: all
 * @arms: comma-separated names; NULL: all
 *
 * Return: 0, or -EINVAL with a message.
 */
int ncb_plan(struct ncb_rundata *r, const struct ncb_profile *p, const char *pattern,
	     const char *arms)
{
	unsigned int bit = BIT(p - ncb_profiles);
	struct ncb_row base = { 0 };
	size_t i;

	if (choose_arms(&base, arms))
		return -EINVAL;
	if (!r->missing)
		r->missing = json_array();
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].profiles & bit)
			add_part(r, &parts[i], &base, pattern);
	if (!r->nrows) {
		ncb_error("no row of profile '%s' matches '%s'; 'ncbench list rows' names them",
			  p->name, pattern ? pattern : "");
		return -EINVAL;
	}
	return 0;
}
