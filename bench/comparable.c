// SPDX-License-Identifier: GPL-2.0-only
/* Whether runs may be compared, and what differs between where they were made. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "compare_memory.h"
#include "compare_storm.h"
#include "runset.h"

/* -- what forbids it -- */

static char *metric_of(const struct ncb_rundata *r)
{
	return ncb_copy(ncb_metric_names[r->nrows ? r->metric : r->clock]);
}

static char *target_of(const struct ncb_rundata *r)
{
	return ncb_copy(r->target ? r->target : "?");
}

static char *blocks_of(const struct ncb_rundata *r)
{
	if (!r->nrows)
		return ncb_copy("no rows");
	return ncb_format("%u", r->blocks);
}

static char *version_of(const struct ncb_rundata *r)
{
	return ncb_copy(r->suite_version ? r->suite_version : NCB_VERSION);
}

/*
 * What has to be the same in all runs. A key of the environment that a run does
 * not know stands for itself: unknown is not equal to something known.
 */
static const struct demand {
	const char *what;
	const char *key;
	char *(*value)(const struct ncb_rundata *r);
	const char *why;
} demands[] = {
	{ "metric", NULL, metric_of, "they count different things" },
	{ "architecture", "arch", NULL, "it is other code" },
	{ "CPU", "cpu_model", NULL, "it is another machine" },
	{ "target", NULL, target_of, "it is another place" },
	{ "hypervisor", "hypervisor", NULL, "it is another place" },
	{ "accelerator", "accelerator", NULL, "it is another place" },
	{ "clock", "clock", NULL, "ticks come from another source" },
	{ "blocks per loading", NULL, blocks_of, "a minimum depends on it" },
	{ "version of ncbench", NULL, version_of, "figures may mean something else" },
};

static char *demanded(const struct demand *d, const struct ncb_rundata *r)
{
	return d->key ? ncb_copy(ncb_env_string(r, d->key, "?")) : d->value(r);
}

static void add_text(char ***list, size_t *n, char *text)
{
	*list = ncb_grow(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = text;
}

static const struct ncb_rundata *run_of(const struct ncb_side *side, size_t i)
{
	return ncb_stats_run(side->stats[i]);
}

/* The same with all that was counted. */
static const struct ncb_rundata *whole_of(const struct ncb_side *side, size_t i)
{
	return ncb_stats_whole(side->stats[i]);
}

/* "qemu", or "host | qemu": what the runs of a side say, each once. */
static char *side_text(const struct ncb_side *side, const struct demand *d)
{
	char *all = NULL, *one, *longer;
	size_t i, k;

	for (i = 0; i < side->runs; i++) {
		one = demanded(d, whole_of(side, i));
		for (k = 0; k < i; k++) {
			char *before = demanded(d, whole_of(side, k));
			bool same = !strcmp(before, one);

			free(before);
			if (same)
				break;
		}
		if (k == i) {
			longer = all ? ncb_format("%s | %s", all, one) : ncb_copy(one);
			free(all);
			all = longer;
		}
		free(one);
	}
	return all;
}

static const struct ncb_row_arm *find_arm(const struct ncb_rundata *r, const char *id,
					  const char *arm)
{
	size_t i;
	int k;

	for (i = 0; i < r->nrows; i++) {
		if (strcmp(r->rows[i].id, id))
			continue;
		k = ncb_row_arm_find(&r->rows[i], arm);
		return k < 0 ? NULL : &r->rows[i].arm[k];
	}
	return NULL;
}

/* Layouts are paired by the number of the copy: there have to be as many. */
static char *copies_obstacle(const struct ncb_rundata *a, const struct ncb_rundata *b)
{
	size_t i;
	uint32_t k;

	for (i = 0; i < a->nrows; i++) {
		for (k = 0; k < a->rows[i].arms; k++) {
			const struct ncb_row_arm *one = &a->rows[i].arm[k];
			const struct ncb_row_arm *other = find_arm(b, a->rows[i].id, one->name);

			if (other && one->status == NCB_ARM_OK && other->status == NCB_ARM_OK &&
			    one->clones != other->clones)
				return ncb_format("compiled copies of %s differ (%u, %u): layouts "
						  "cannot be paired", one->name, one->clones,
						  other->clones);
		}
	}
	return NULL;
}

static bool has_samples(const struct ncb_stats *s, size_t row, const char *arm)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_arm_stats *st;

	st = ncb_stats_arm(s, row, ncb_row_arm_find(&r->rows[row], arm));
	return st && st->samples;
}

static size_t shared_rows(const struct ncb_stats *a, const struct ncb_stats *b, const char *arm)
{
	const struct ncb_rundata *x = ncb_stats_run(a), *y = ncb_stats_run(b);
	size_t i, k, n = 0;

	for (i = 0; i < x->nrows; i++) {
		if (!has_samples(a, i, arm))
			continue;
		for (k = 0; k < y->nrows; k++)
			if (!strcmp(x->rows[i].id, y->rows[k].id))
				break;
		n += k < y->nrows && has_samples(b, k, arm);
	}
	return n;
}

/* Whether all runs have the clock's times, whatever their figures are in. */
static bool all_timed(const struct ncb_side *a, const struct ncb_side *b)
{
	size_t i;

	for (i = 0; i < a->runs + b->runs; i++)
		if ((i < a->runs ? whole_of(a, i) : whole_of(b, i - a->runs))->clock != NCB_NS)
			return false;
	return true;
}

/**
 * ncb_find_obstacles - what forbids comparing
 * @old: one side
 * @new: the other
 * @arm: that is compared; "": no rows are
 * @reasons: gets the sentences, to be given to ncb_free_texts()
 *
 * Return: how many there are.
 */
size_t ncb_find_obstacles(const struct ncb_side *old, const struct ncb_side *new,
			  const char *arm, char ***reasons)
{
	const struct ncb_side *const sides[] = { old, new };
	char *copies = NULL;
	size_t n = 0, i, s;

	*reasons = NULL;
	/* Memory is read from files, wherever that was done. */
	if (!*arm && !ncb_storms_shared(old, new))
		return 0;
	for (i = 0; i < ARRAY_SIZE(demands); i++) {
		char *a = side_text(old, &demands[i]), *b = side_text(new, &demands[i]);

		if (strcmp(a, b) || strstr(a, " | "))
			add_text(reasons, &n, ncb_format("%s: %s -> %s: %s%s", demands[i].what, a,
				b, demands[i].why, demands[i].value == metric_of &&
				all_timed(old, new) ? " (--metric ns compares times, which all of "
				"them have)" : ""));
		free(a);
		free(b);
	}
	for (s = 0; s < ARRAY_SIZE(sides); s++)
		for (i = 0; i < sides[s]->runs && !copies; i++)
			copies = copies_obstacle(run_of(old, 0), run_of(sides[s], i));
	if (copies)
		add_text(reasons, &n, copies);
	if (!*arm && ncb_storms_obstacle(old, new))
		add_text(reasons, &n, ncb_format("storms: %s", ncb_storms_obstacle(old, new)));
	if (*arm && !shared_rows(old->stats[0], new->stats[0], arm))
		add_text(reasons, &n, ncb_format("rows: none was measured with '%s' on both sides: "
						 "there is nothing to compare", arm));
	return n;
}

/** ncb_free_texts - what ncb_find_obstacles() gave */
void ncb_free_texts(char **texts, size_t n)
{
	while (n--)
		free(texts[n]);
	free(texts);
}

static bool same_memory(const json_t *a, const json_t *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

/* Boots that both know, and that are not the same one. */
static bool other_boots(const struct ncb_rundata *a, const struct ncb_rundata *b)
{
	const char *x = ncb_env_string(a, "boot_id", NULL), *y = ncb_env_string(b, "boot_id", NULL);

	return x && y && strcmp(x, y);
}

/**
 * ncb_runset_share - whether a run is on both sides
 * @a: one
 * @b: the other
 *
 * Copies of a run under other names count: what two runs never share is the
 * seed with the second in which they began. Runs of memory have no seed.
 */
bool ncb_runset_share(const struct ncb_side *a, const struct ncb_side *b)
{
	size_t i, k;

	for (i = 0; i < a->runs; i++) {
		for (k = 0; k < b->runs; k++) {
			const struct ncb_rundata *x = run_of(a, i), *y = run_of(b, k);

			/* Boots that take less than a second may begin in the same one. */
			if (!other_boots(x, y) && x->seed == y->seed &&
			    x->tick_hz == y->tick_hz && x->nrows == y->nrows &&
			    same_memory(x->memory, y->memory) &&
			    !strcmp(ncb_env_string(x, "date", "x"), ncb_env_string(y, "date", "y")))
				return true;
		}
	}
	return false;
}

/* -- arms -- */

static bool arm_shared(const struct ncb_side *old, const struct ncb_side *new, const char *arm)
{
	return shared_rows(old->stats[0], new->stats[0], arm);
}

/** ncb_usual_arm - what is compared where no arm is named; NULL: there is nothing usual */
const char *ncb_usual_arm(const struct ncb_side *old, const struct ncb_side *new)
{
	/* The kernel's own code; in a process, which has none, mainline's design. */
	static const struct {
		const char *target, *arm;
	} usual[] = { { "user", "slist" }, { "", "native" } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(usual); i++)
		if ((!*usual[i].target || !strcmp(run_of(old, 0)->target, usual[i].target)) &&
		    arm_shared(old, new, usual[i].arm))
			return usual[i].arm;
	return NULL;
}

/** ncb_shared_arms - arms that both sides measured, for a message */
char *ncb_shared_arms(const struct ncb_side *old, const struct ncb_side *new)
{
	const struct ncb_rundata *r = run_of(old, 0);
	char *list = ncb_copy(""), *longer;
	size_t i, k, n = 0;
	const char *seen[NCB_ARMS_MAX];
	uint32_t a;

	for (i = 0; i < r->nrows; i++) {
		for (a = 0; a < r->rows[i].arms; a++) {
			const char *name = r->rows[i].arm[a].name;
			const struct ncb_engine *e = ncb_engine_find(r->rows[i].arm[a].engine);

			if (e && e->no_list)	/* the empty loop is no design */
				continue;
			for (k = 0; k < n && strcmp(seen[k], name); k++)
				;
			if (k < n || n == ARRAY_SIZE(seen) || r->rows[i].arm[a].flags ||
			    !arm_shared(old, new, name))
				continue;
			seen[n++] = name;
			longer = ncb_format("%s%s%s", list, *list ? ", " : "", name);
			free(list);
			list = longer;
		}
	}
	return list;
}

static bool has_rows(const struct ncb_side *side)
{
	size_t i;

	for (i = 0; i < side->runs; i++)
		if (run_of(side, i)->nrows)
			return true;
	return false;
}

/** ncb_without_rows - whether what two sides share are no rows, but storms or memory */
bool ncb_without_rows(const struct ncb_side *old, const struct ncb_side *new, const char *arm)
{
	char *arms = ncb_shared_arms(old, new);
	bool alone = !arm && !*arms;

	free(arms);
	return alone && (ncb_storms_shared(old, new) ||
			 (ncb_memory_shared(old, new) && !(has_rows(old) && has_rows(new))));
}

/* -- what differs -- */

/* Always another, or said elsewhere in the header, or nothing to the figures. */
static const char *const ignored[] = {
	"boot_id", "build", "link", "cpu_steal_percent", "cpu_other_percent", "command", "date",
	"load_*", "kernel_release", "kernel_version", "kernel_config", "kernel_taint*", "clocksources", "memory_kib", "metric", "target",
	"events", "counters", "storm_seconds", "memory_seconds",
	"CONFIG_CC_VERSION_TEXT", "CONFIG_GCC_VERSION", "CONFIG_AS_VERSION", "CONFIG_LD_VERSION",
};

/* Keys with a common beginning stand in one line. */
static const struct {
	const char *prefix, *name;
} groups[] = {
	{ "CONFIG_", "config" },
	{ "mitigation_", "mitigations" },
};

static char *features_of(const struct ncb_rundata *r)
{
	char *list = ncb_copy(""), *longer;
	size_t i;

	for (i = 0; ncb_feature_names[i]; i++) {
		if (!(r->features & 1u << i))
			continue;
		longer = ncb_format("%s%s%s", list, *list ? ", " : "", ncb_feature_names[i]);
		free(list);
		list = longer;
	}
	return list;
}

/* What was counted; what was asked for is nothing to the figures. */
static char *events_of(const struct ncb_rundata *r)
{
	char *list = NULL, *longer;
	uint32_t i;

	for (i = 0; i < r->counters; i++) {
		if (!r->counter[i].counted)
			continue;
		longer = ncb_format("%s%s%s", list ? list : "", list ? ", " : "",
				    r->counter[i].name);
		free(list);
		list = longer;
	}
	return list ? list : ncb_copy("none");
}

static char *module_of(const struct ncb_rundata *r)
{
	return ncb_format("%llu bytes", (unsigned long long)r->module_size);
}

static char *amount_of(const struct ncb_rundata *r)
{
	return ncb_format("%s, %u loadings", r->profile ? r->profile : "?", r->reloads);
}

/* What a run knows beside its environment. */
static const struct demand properties[] = {
	{ "features", NULL, features_of, NULL },
	{ "events", NULL, events_of, NULL },
	{ "module", NULL, module_of, NULL },
	{ "profile", NULL, amount_of, NULL },
};

static bool is_ignored(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ignored); i++)
		if (!fnmatch(ignored[i], key, 0))
			return true;
	return false;
}

static char *json_text(const json_t *value)
{
	char *dump, *text;

	if (!value)
		return ncb_copy("?");
	if (json_is_string(value))
		return ncb_copy(json_string_value(value));
	dump = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	text = ncb_copy(dump ? dump : "?");
	free(dump);
	return text;
}

/* The values of a side, each once, joined by " | ". */
static char *env_text(const struct ncb_side *side, const char *key, bool *inside)
{
	char *all = NULL, *one, *longer;
	size_t i, k;

	for (i = 0; i < side->runs; i++) {
		const json_t *value = json_object_get(run_of(side, i)->env, key);

		for (k = 0; k < i; k++) {
			const json_t *before = json_object_get(run_of(side, k)->env, key);

			if (before == value || (before && value && json_equal(before, value)))
				break;
		}
		if (k < i)
			continue;
		one = json_text(value);
		longer = all ? ncb_format("%s | %s", all, one) : ncb_copy(one);
		*inside |= !!all;
		free(all);
		free(one);
		all = longer;
	}
	return all;
}

struct differences {
	struct ncb_env_difference *d;
	size_t n;
};

/* Takes the texts over. */
static void add_difference(struct differences *out, const char *name, const char *key, char *old,
			   char *new, bool inside)
{
	if (!inside && !strcmp(old, new)) {
		free(old);
		free(new);
		return;
	}
	out->d = ncb_grow(out->d, out->n + 1, sizeof(*out->d));
	out->d[out->n++] = (struct ncb_env_difference) { ncb_copy(name), ncb_copy(key), old, new,
							 inside };
}

static void compare_key(struct differences *out, const char *key, const struct ncb_side *old,
			const struct ncb_side *new)
{
	const char *name = key;
	bool inside = false;
	char *a, *b;
	size_t i;

	if (is_ignored(key))
		return;
	a = env_text(old, key, &inside);
	b = env_text(new, key, &inside);
	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (strncmp(key, groups[i].prefix, strlen(groups[i].prefix)))
			continue;
		name = groups[i].name;
		key += strlen(groups[i].prefix);
		break;
	}
	add_difference(out, name, key, a, b, inside);
}

/**
 * ncb_env_differences - what differs between where two sides were measured
 * @old: one
 * @new: the other
 * @out: gets them; to be given to ncb_env_differences_free()
 *
 * Return: how many there are.
 */
size_t ncb_env_differences(const struct ncb_side *old, const struct ncb_side *new,
			   struct ncb_env_difference **out)
{
	const struct ncb_side *const sides[] = { old, new };
	json_t *keys = json_object();
	struct differences found = { 0 };
	size_t s, i;
	const char *key;
	json_t *value;

	for (s = 0; s < ARRAY_SIZE(sides); s++)
		for (i = 0; i < sides[s]->runs; i++)
			json_object_foreach(run_of(sides[s], i)->env, key, value)
				json_object_set_new(keys, key, json_true());
	json_object_foreach(keys, key, value)
		compare_key(&found, key, old, new);
	json_decref(keys);
	for (i = 0; i < ARRAY_SIZE(properties); i++) {
		char *a = side_text(old, &properties[i]), *b = side_text(new, &properties[i]);

		add_difference(&found, properties[i].what, properties[i].what, a, b,
			       strstr(a, " | ") || strstr(b, " | "));
	}
	*out = found.d;
	return found.n;
}

/** ncb_env_differences_free - give back what ncb_env_differences() found */
void ncb_env_differences_free(struct ncb_env_difference *d, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(d[i].name);
		free(d[i].key);
		free(d[i].old);
		free(d[i].new);
	}
	free(d);
}
