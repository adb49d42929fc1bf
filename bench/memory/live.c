// SPDX-License-Identifier: GPL-2.0-only
/* What there is of notifier chains while a kernel runs: chains, registrations, objects. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bill.h"
#include "live.h"

static json_t *none(const char *why)
{
	return json_pack("{ss}", "reason", why);
}

static bool is_none(const json_t *types)
{
	return *json_string_value(json_object_get(types, "reason"));
}

static json_t *walk_json(const char *root, const struct ncb_types *kernel)
{
	char *core = ncb_format("%s/proc/kcore", root), *all = ncb_format("%s/proc/kallsyms", root);
	char *folder = ncb_format("%s/sys/kernel/btf", root);
	struct ncb_symbols symbols = { 0 };
	struct ncb_kcore k;
	const char *why = ncb_kcore_open(core, &k);
	json_t *json;

	if (!why)
		why = ncb_symbols_read(all, &symbols);
	json = why ? none(why) : ncb_walk_json(&(struct ncb_walk) {
		.core = &k, .symbols = &symbols, .kernel = kernel, .folder = folder });
	ncb_symbols_free(&symbols);
	ncb_kcore_close(&k);
	free(folder);
	free(all);
	free(core);
	return json;
}

static json_t *release_json(const char *root)
{
	char *path = ncb_format("%s/proc/sys/kernel/osrelease", root), release[128];

	ncb_read_line(path, release, sizeof(release));
	free(path);
	return json_string(release);
}

/* More bytes of each block; null: not computed. */
static json_t *more_json(const json_t *types)
{
	json_int_t more;

	return ncb_figure_change(json_array_get(json_object_get(types, "parts"), NCB_PART_BLOCK),
				 "size", &more) ? json_integer(more) : json_null();
}

/**
 * ncb_live_json - what there is of notifier chains while a kernel runs
 * @l: where to look
 * @err: gets 0 or -errno, with a message
 *
 * Return: an object, see live.h; or NULL.
 */
json_t *ncb_live_json(const struct ncb_live *l, int *err)
{
	struct ncb_types kernel = { 0 };
	json_t *walk, *types, *json = NULL;

	*err = ncb_types_from_btf(l->btf, NULL, &kernel);
	if (*err)
		return NULL;
	types = ncb_types_json(&(struct ncb_types_question) { .file = l->btf, .types = &kernel });
	if (is_none(types)) {
		json = json_pack("{sO}", "reason", json_object_get(types, "reason"));
		goto out;
	}
	walk = walk_json(l->root, &kernel);
	json_object_set_new(walk, "more", more_json(types));
	if (ncb_interrupted) {
		*err = -EINTR;
		json_decref(walk);
	} else {
		json = json_pack("{ss so sO so so so}", "reason", "",
				 "release", release_json(l->root),
				 "types", json_object_get(json_object_get(types, "rules"), "types"),
				 "traced", ncb_traced_json(l->root, walk),
				 "slab", ncb_slab_json(l->root, json_object_get(types, "structs")),
				 "walk", walk);
	}
out:
	json_decref(types);
	ncb_types_free(&kernel);
	return json;
}
