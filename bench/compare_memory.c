// SPDX-License-Identifier: GPL-2.0-only
/* Memory before and after; see compare_memory.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "compare_memory.h"
#include "memory.h"

#define FIGURES	3	/* of one thing at most */

static const char *const sides[] = { "old", "new" };

static const struct {
	const char *what, *unit;
} of_types[FIGURES] = { { "size", "bytes" }, { "slab", "bytes" }, { "lines", "lines" } };

/**
 * struct thing - what figures are of: a type, a section, a struct ...
 * @group: what it is
 * @order: in its group; structs have none, and are in the order of their names
 * @name: of it
 * @module: of a struct: the first that has it, "": the kernel
 * @figures: how many it has
 * @figure: they
 * @unit: of each
 * @why: of each that is not known; malloc'd
 * @lost: of each, that it was known, or is on one side, and is not believed
 */
struct thing {
	enum ncb_bill_group group;
	unsigned int order;
	const char *name, *module;
	unsigned int figures;
	struct ncb_memory_figure figure[FIGURES];
	const char *unit[FIGURES];
	char *why[FIGURES];
	bool lost[FIGURES];
};

struct things {
	struct thing *t;
	size_t n;
};

static const struct ncb_rundata *run_of(const struct ncb_side *side, size_t i)
{
	return ncb_stats_whole(side->stats[i]);
}

static bool is_known(const json_t *of)
{
	return json_is_object(of) && !*ncb_part_string(of, "reason");
}

/** ncb_memory_word - a verdict on a size */
const char *ncb_memory_word(enum ncb_verdict v)
{
	return v == NCB_MORE ? "larger" : v == NCB_LESS ? "smaller" : v == NCB_EQUAL ? "same" : "-";
}

/* -- what one run says -- */

static struct thing *add_thing(struct things *all, enum ncb_bill_group group, unsigned int order,
			       const char *name, const char *module)
{
	all->t = ncb_grow(all->t, all->n + 1, sizeof(*all->t));
	all->t[all->n] = (struct thing) {
		.group = group, .order = order, .name = name, .module = module,
	};
	return &all->t[all->n++];
}

static void add_figure(struct thing *t, const json_t *value, bool least, const char *unit,
		       const char *why)
{
	unsigned int i = t->figures++;

	t->unit[i] = unit;
	t->figure[i].known = json_is_integer(value);
	t->figure[i].least = least;
	t->figure[i].value = json_integer_value(value);
	if (!t->figure[i].known)
		t->why[i] = ncb_copy(*why ? why : "not known");
}

static void add_type(struct things *all, enum ncb_bill_group group, unsigned int order,
		     const json_t *type, const char *module)
{
	struct thing *t = add_thing(all, group, order, ncb_part_string(type, "name"), module);
	const json_t *now = json_object_get(type, "now");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(of_types); i++)
		add_figure(t, json_object_get(now, of_types[i].what), false, of_types[i].unit,
			   ncb_part_string(type, "reason"));
}

static void read_image(struct things *all, const json_t *image)
{
	static const char *const keys[] = { "text", "data", "bss", "total", "init" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		add_figure(add_thing(all, NCB_BILL_IMAGE, i, keys[i], ""),
			   is_known(image) ? json_object_get(image, keys[i]) : NULL, false, "bytes",
			   ncb_part_string(image, "reason"));
}

/* Of one part: all that are known, or those that do not just look like one. */
static json_int_t counted(const json_t *p, bool least)
{
	return least ? ncb_part_value(p, "dwarf") + ncb_part_value(p, "callback") :
		       ncb_part_value(p, "count");
}

/* What all blocks and heads take by themselves, without the padding around them. */
static json_t *static_bytes(const json_t *census, const json_t *types, bool *least)
{
	const json_t *parts = json_object_get(census, "parts"), *p, *size;
	json_int_t sum = 0, n;
	bool bound;
	size_t i;

	*least = false;
	json_array_foreach(parts, i, p) {
		if (!json_is_integer(json_object_get(p, "count")))
			return NULL;
		bound = strcmp(ncb_part_string(p, "known"), "exact");
		n = counted(p, bound);
		*least |= bound;
		size = json_object_get(json_object_get(json_array_get(types, i), "now"), "size");
		if (n && !json_is_integer(size))
			return NULL;
		sum += n * json_integer_value(size);
	}
	return json_integer(sum);
}

static void read_census(struct things *all, enum ncb_bill_group group, const json_t *census,
			const json_t *types)
{
	const json_t *parts = json_object_get(census, "parts");
	const char *why = ncb_part_string(census, "reason");
	unsigned int i;
	json_t *sum;
	bool least = false;

	for (i = 0; i < NCB_MEMORY_PARTS; i++) {
		const json_t *p = json_array_get(parts, i), *type = json_array_get(types, i);
		bool there = is_known(census) && json_is_integer(json_object_get(p, "count"));
		json_t *n;

		least = there && strcmp(ncb_part_string(p, "known"), "exact");
		n = there ? json_integer(counted(p, least)) : NULL;
		add_figure(add_thing(all, group, i, ncb_part_string(type, "name"), ""), n, least,
			   "count", *why ? why : ncb_part_string(p, "reason"));
		json_decref(n);
	}
	sum = is_known(census) ? static_bytes(census, types, &least) : NULL;
	add_figure(add_thing(all, group, i++, "bytes", ""), sum, least, "bytes",
		   *why ? why : "not all of them are counted");
	json_decref(sum);
	add_figure(add_thing(all, group, i, "images", ""),
		   is_known(census) ? json_object_get(census, "images") : NULL, false, "count",
		   why);
}

/* Of runs that looked. */
static void read_live(struct things *all, const json_t *live)
{
	static const struct {
		const char *name, *part, *key;
	} rows[] = {
		{ "blocks-on-chains", "walk", "blocks" },
		{ "allocated-blocks", "walk", "allocated" },
		{ "registered-since-boot", "traced", "there" },
	};
	unsigned int i;

	for (i = 0; live && i < ARRAY_SIZE(rows); i++) {
		const json_t *part = json_object_get(live, rows[i].part);
		const char *why = ncb_part_string(live, "reason");

		add_figure(add_thing(all, NCB_BILL_LIVE, i, rows[i].name, ""),
			   json_object_get(part, rows[i].key), false, "count",
			   *why ? why : ncb_part_string(part, "reason"));
	}
}

static int compare_names(const struct thing *a, const struct thing *b)
{
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int compare_things(const struct thing *a, const struct thing *b)
{
	int order = compare_names(a, b);

	return order ? order : strcmp(a->module, b->module);
}

static int by_place(const void *a, const void *b)
{
	return compare_things(a, b);
}

static void free_whys(struct thing *t)
{
	unsigned int i;

	for (i = 0; i < t->figures; i++)
		free(t->why[i]);
}

static void forget_figure(struct thing *t, unsigned int i, char *why)
{
	free(t->why[i]);
	t->why[i] = why;
	t->figure[i].known = false;
	t->lost[i] = true;
}

/* Of several with one name, in the same module, it is not known which is which. */
static void drop_doubles(struct things *all)
{
	size_t i, kept = 0;
	unsigned int k;

	for (i = 0; i < all->n; i++) {
		struct thing *t = &all->t[i];

		if (!kept || compare_things(&all->t[kept - 1], t)) {
			all->t[kept++] = *t;
			continue;
		}
		for (k = 0; k < t->figures; k++)
			forget_figure(&all->t[kept - 1], k, ncb_copy("several have that name"));
		free_whys(t);
	}
	all->n = kept;
}

static struct things read_run(const json_t *m)
{
	const json_t *parts = json_object_get(m, "parts"), *structs = json_object_get(m, "structs");
	const json_t *census = json_object_get(m, "census"), *s;
	struct things all = { 0 };
	size_t i;

	json_array_foreach(parts, i, s)
		add_type(&all, NCB_BILL_TYPE, i, s, "");
	read_image(&all, json_object_get(m, "image"));
	read_census(&all, NCB_BILL_KERNEL, json_object_get(census, "image"), parts);
	read_census(&all, NCB_BILL_MODULES, json_object_get(census, "modules"), parts);
	read_live(&all, json_object_get(m, "live"));
	json_array_foreach(structs, i, s)
		add_type(&all, NCB_BILL_STRUCT, 0, s, ncb_part_string(s, "module"));
	qsort(all.t, all.n, sizeof(*all.t), by_place);
	drop_doubles(&all);
	return all;
}

static void free_things(struct things *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		free_whys(&all->t[i]);
	free(all->t);
}

/* -- what a side says -- */

static bool same_figure(const struct ncb_memory_figure *a, const struct ncb_memory_figure *b)
{
	return a->known == b->known &&
	       (!a->known || (a->value == b->value && a->least == b->least));
}

static char *figure_text(const struct ncb_memory_figure *f)
{
	return f->known ? ncb_format("%s%" PRId64, f->least ? "at least " : "", f->value) :
			  ncb_copy("n/a");
}

/* One more run of the side: figures have to be the same. @with: the thing there, or NULL. */
static size_t join(struct thing *t, const struct thing *with, const char *side)
{
	size_t differ = 0;
	unsigned int i;

	for (i = 0; i < t->figures; i++) {
		char *a, *b;

		if (t->lost[i] || (with && same_figure(&t->figure[i], &with->figure[i])))
			continue;
		if (!with) {
			forget_figure(t, i, ncb_format("not in all runs of the %s side", side));
			continue;
		}
		differ++;
		a = figure_text(&t->figure[i]);
		b = figure_text(&with->figure[i]);
		forget_figure(t, i, ncb_format("the %s side's runs differ: %s, %s", side, a, b));
		free(a);
		free(b);
	}
	return differ;
}

/* Both are sorted. Takes @more. Returns how many figures the runs do not agree in. */
static size_t join_run(struct things *all, struct things more, const char *side)
{
	struct things out = { 0 };
	size_t i = 0, k = 0, differ = 0;
	int order;

	out.t = ncb_alloc(all->n + more.n + 1, sizeof(*out.t));
	while (i < all->n || k < more.n) {
		order = i == all->n ? 1 : k == more.n ? -1 : compare_things(&all->t[i], &more.t[k]);
		out.t[out.n] = order > 0 ? more.t[k] : all->t[i];
		differ += join(&out.t[out.n++], order ? NULL : &more.t[k], side);
		if (!order)
			free_whys(&more.t[k]);
		i += order <= 0;
		k += order >= 0;
	}
	free(all->t);
	free(more.t);
	*all = out;
	return differ;
}

/* Of the runs that know it; those without are no kernels less. */
static struct things read_side(const struct ncb_side *side, int which,
			       struct ncb_memory_comparison *c)
{
	const char **source = &c->source[which];
	struct things all = { 0 };
	size_t i;

	for (i = 0; i < side->runs; i++) {
		const json_t *m = run_of(side, i)->memory;
		const char *from = ncb_part_string(m, "source");

		if (!is_known(m))
			continue;
		if (*source)
			c->differ[which] += join_run(&all, read_run(m), sides[which]);
		else
			all = read_run(m);
		c->known[which]++;
		*source = !*source || !strcmp(*source, from) ? from : "BTF | DWARF";
	}
	return all;
}

/* -- both -- */

static char *make_id(const struct ncb_memory_pair *p)
{
	static const char *const groups[NCB_BILL_GROUPS] = {
		[NCB_BILL_TYPE] = "type", [NCB_BILL_IMAGE] = "image",
		[NCB_BILL_KERNEL] = "static/kernel", [NCB_BILL_MODULES] = "static/modules",
		[NCB_BILL_LIVE] = "live", [NCB_BILL_STRUCT] = "struct",
	};
	const char *name = *p->name ? p->name : "(anonymous)";

	return ncb_format("memory/%s/%s%s%s%s%s", groups[p->group], name, *p->module ? "@" : "",
			  p->module, *p->what ? "/" : "", p->what);
}

static enum ncb_verdict judge(const struct ncb_memory_pair *p)
{
	const struct ncb_memory_figure *a = &p->side[0], *b = &p->side[1];

	if (p->reason)
		return NCB_NOTHING;
	return a->value < b->value ? NCB_MORE : a->value > b->value ? NCB_LESS : NCB_EQUAL;
}

/* Why a figure of both sides cannot be compared; NULL: it can. malloc'd. */
static char *obstacle(const struct thing *const *t, unsigned int i)
{
	int s;

	for (s = 0; s < 2; s++)
		if (!t[s])
			return ncb_format("%s side only", sides[!s]);
	for (s = 0; s < 2; s++)
		if (!t[s]->figure[i].known)
			return ncb_format("%s: %s", sides[s], t[s]->why[i]);
	if (t[0]->figure[i].least || t[1]->figure[i].least)
		return ncb_copy("a lower bound, as not all has debug information");
	return NULL;
}

/* @old or @new may be NULL. @alone: its name tells it from all others. */
static void add_pairs(struct ncb_memory_comparison *c, const struct thing *old,
		      const struct thing *new, bool alone)
{
	const struct thing *const t[] = { old, new };
	const struct thing *any = old ? old : new;
	bool named = any->group == NCB_BILL_TYPE || any->group == NCB_BILL_STRUCT;
	unsigned int i;
	int s;

	for (i = 0; i < any->figures; i++) {
		struct ncb_memory_pair p = {
			.name = any->name, .module = alone ? "" : any->module,
			.unit = any->unit[i], .group = any->group,
			.what = named ? of_types[i].what : "",
		};

		p.id = make_id(&p);
		p.reason = obstacle(t, i);
		for (s = 0; s < 2; s++)
			if (t[s])
				p.side[s] = t[s]->figure[i];
		p.verdict = judge(&p);
		c->pair = ncb_grow(c->pair, c->pairs + 1, sizeof(*c->pair));
		c->pair[c->pairs++] = p;
	}
}

/* Of one name, wherever: where there is one each, the first module that has it may be another. */
static void pair_namesakes(struct ncb_memory_comparison *c, const struct thing *a, size_t n,
			   const struct thing *b, size_t m)
{
	bool alone = n <= 1 && m <= 1;
	size_t i = 0, k = 0;
	int order;

	while (i < n || k < m) {
		order = i == n ? 1 : k == m ? -1 : alone ? 0 : strcmp(a[i].module, b[k].module);
		add_pairs(c, order <= 0 ? &a[i] : NULL, order >= 0 ? &b[k] : NULL, alone);
		i += order <= 0;
		k += order >= 0;
	}
}

/* How many things from @i on are of one name. */
static size_t namesakes(const struct things *all, size_t i)
{
	size_t n = 0;

	while (i + n < all->n && !compare_names(&all->t[i], &all->t[i + n]))
		n++;
	return n;
}

static void pair_up(struct ncb_memory_comparison *c, const struct things *a, const struct things *b)
{
	size_t i = 0, k = 0, n, m;
	int order;

	while (i < a->n || k < b->n) {
		order = i == a->n ? 1 : k == b->n ? -1 : compare_names(&a->t[i], &b->t[k]);
		n = order <= 0 ? namesakes(a, i) : 0;
		m = order >= 0 ? namesakes(b, k) : 0;
		pair_namesakes(c, &a->t[i], n, &b->t[k], m);
		i += n;
		k += m;
	}
}

/** ncb_memory_shared - whether some run of each side knows what its kernel takes */
bool ncb_memory_shared(const struct ncb_side *old, const struct ncb_side *new)
{
	const struct ncb_side *const both[] = { old, new };
	size_t s, i;

	for (s = 0; s < ARRAY_SIZE(both); s++) {
		for (i = 0; i < both[s]->runs && !is_known(run_of(both[s], i)->memory); i++)
			;
		if (i == both[s]->runs)
			return false;
	}
	return true;
}

/**
 * ncb_memory_compare - what two kernels take, before and after
 * @old, @new: the runs; each figure has to be the same in all of a side that know any
 *
 * Return: NULL where a side knows nothing; else to be given to
 * ncb_memory_comparison_free(), before the runs are freed.
 */
struct ncb_memory_comparison *ncb_memory_compare(const struct ncb_side *old,
						 const struct ncb_side *new)
{
	struct ncb_memory_comparison *c;
	struct things a, b;

	if (!ncb_memory_shared(old, new))
		return NULL;
	c = ncb_alloc(1, sizeof(*c));
	a = read_side(old, 0, c);
	b = read_side(new, 1, c);
	pair_up(c, &a, &b);
	free_things(&a);
	free_things(&b);
	return c;
}

/** ncb_memory_comparison_free - the reverse; NULL is fine */
void ncb_memory_comparison_free(struct ncb_memory_comparison *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->pairs; i++) {
		free(c->pair[i].id);
		free(c->pair[i].reason);
	}
	free(c->pair);
	free(c);
}

/** ncb_memory_find_pair - a pair by its name; NULL: there is none */
const struct ncb_memory_pair *ncb_memory_find_pair(const struct ncb_memory_comparison *c,
					      const char *id)
{
	size_t i;

	for (i = 0; i < c->pairs; i++)
		if (!strcmp(c->pair[i].id, id))
			return &c->pair[i];
	return NULL;
}
