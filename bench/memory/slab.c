// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects that hold blocks or heads, where they have a cache of their own: how many there
 * are, and how many slabs they would take in the other design. Structs that come from
 * kmalloc() share their caches with everything else of that size: of them nothing is known.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "layout.h"
#include "live.h"

/* A cache aligns its objects to this at most, unless it is told otherwise. */
#define ALIGN_MOST	64u

/* Where a cache has not its struct's name. */
static const struct {
	const char *type, *cache;
} named[] = {
	{ "net", "net_namespace" },
};

/**
 * struct cache - a line of /proc/slabinfo
 * @objects: in use; those that a CPU keeps at hand count as such
 * @size: that each takes
 * @slabs, @pages: of it; of each slab
 */
struct cache {
	unsigned long long objects, size, per_slab, pages, slabs;
};

static const char *cache_name(const char *type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(named); i++)
		if (!strcmp(named[i].type, type))
			return named[i].cache;
	return type;
}

static bool find_cache(const char *text, const char *name, struct cache *c)
{
	size_t length = strlen(name);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) || line[length] != ' ')
			continue;
		return sscanf(line + length, " %llu %*u %llu %llu %llu : tunables %*u %*u %*u : slabdata %*u %llu",
			      &c->objects, &c->size, &c->per_slab, &c->pages, &c->slabs) == 5;
	}
	return false;
}

/* "kmalloc-96", "kmalloc-2k", but not "kmalloc-rcl-96": its size, else 0. */
static unsigned long long kmalloc_size(const char *line)
{
	char name[64], *end;
	unsigned long long size;

	if (sscanf(line, "kmalloc-%63s %*u %*u %llu", name, &size) != 2)
		return 0;
	if (!strtoull(name, &end, 10) || (*end && strcmp(end, "k") && strcmp(end, "M")))
		return 0;
	return size;
}

static int by_size(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a, y = *(const unsigned long long *)b;

	return (x > y) - (x < y);
}

/* Whether kmalloc() here has just the sizes that are computed with; null: it shows none. */
static json_t *classes_json(const char *text)
{
	unsigned long long size[32], one;
	size_t n = 0, i;
	const char *line;
	bool same = true;

	for (line = text; line && n < ARRAY_SIZE(size); line = strchr(line, '\n')) {
		line += *line == '\n';
		one = kmalloc_size(line);
		if (one)
			size[n++] = one;
	}
	if (!n)
		return json_null();
	qsort(size, n, sizeof(*size), by_size);
	for (i = 0; i < n; i++)
		same &= ncb_slab(size[i]) == size[i] &&
			ncb_slab(i ? size[i - 1] + 1 : 1) == size[i];
	return json_boolean(same);
}

static json_int_t size_of(const json_t *s, const char *design)
{
	return json_integer_value(json_object_get(json_object_get(s, design), "size"));
}

static json_t *aliases_json(const char *root, const char *cache)
{
	char *path = ncb_format("%s/sys/kernel/slab/%s/aliases", root, cache), value[32];
	int err = ncb_read_line(path, value, sizeof(value));

	free(path);
	return err || !*value ? json_null() : json_integer(strtoll(value, NULL, 10));
}

/* What the cache rounds to shows in what it does now. */
static json_int_t rounded(json_int_t size, const struct cache *c)
{
	json_int_t step = ALIGN_MOST;

	while (step > 8 && (json_int_t)c->size % step)
		step /= 2;
	return (size + step - 1) / step * step;
}

/* NULL: this cache cannot be of that struct. */
static json_t *cache_json(const char *root, const json_t *s, const char *cache,
			  const struct cache *c)
{
	json_int_t size = size_of(s, "now"), other = size_of(s, "other");
	json_int_t bytes = (json_int_t)c->pages * sysconf(_SC_PAGESIZE), object;

	if ((json_int_t)c->size < size || (json_int_t)c->size >= size + (json_int_t)ALIGN_MOST)
		return NULL;
	object = rounded(other, c);
	return json_pack("{sO ss sI sI sI sI sI sI so so so sO so}", "struct", json_object_get(s, "name"),
			 "cache", cache, "objects", (json_int_t)c->objects,
			 "slabs", (json_int_t)c->slabs, "pages", (json_int_t)c->pages,
			 "size", size, "object", (json_int_t)c->size,
			 "per_slab", (json_int_t)c->per_slab,
			 "other", other ? json_integer(other) : json_null(),
			 "other_object", other ? json_integer(object) : json_null(),
			 "other_per_slab", other ? json_integer(bytes / object) : json_null(),
			 "other_between", json_object_get(s, "other_between"),
			 "aliases", aliases_json(root, cache));
}

/**
 * ncb_slab_json - objects with caches of their own
 * @root: "" or what stands for "/"
 * @structs: that hold blocks or heads, as ncb_types_json() says them
 *
 * Return: an object, see live.h.
 */
json_t *ncb_slab_json(const char *root, const json_t *structs)
{
	char *path = ncb_format("%s/proc/slabinfo", root), *text = ncb_read_file(path, NULL);
	bool missing = !text && errno == ENOENT;
	json_t *caches = json_array(), *s;
	json_int_t unknown = 0;
	size_t i;

	free(path);
	if (!text) {
		json_decref(caches);
		return json_pack("{ss}", "reason", missing ? "there is no /proc/slabinfo" :
				 "/proc/slabinfo may not be read: that takes root");
	}
	json_array_foreach(structs, i, s) {
		const char *cache = cache_name(json_string_value(json_object_get(s, "name")));
		struct cache c;
		json_t *said = find_cache(text, cache, &c) ? cache_json(root, s, cache, &c) : NULL;

		if (said)
			json_array_append_new(caches, said);
		else
			unknown++;
	}
	s = classes_json(text);
	free(text);
	return json_pack("{ss sI sI so so}", "reason", "", "structs",
			 (json_int_t)json_array_size(structs), "unknown", unknown, "classes", s,
			 "caches", caches);
}
