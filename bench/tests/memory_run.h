/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs of memory, from golden/memory.json, which is made by hand. After cmocka.h. */
#ifndef NCB_MEMORY_RUN_H
#define NCB_MEMORY_RUN_H

#include <stdlib.h>
#include <string.h>
#include "../memory.h"

static inline json_t *memory(void)
{
	char *path = ncb_format("%s/bench/tests/golden/memory.json", ncb_top());
	json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(json);
	free(path);
	return json;
}

/* @path: names and numbers of entries, separated by dots. */
static inline json_t *at(json_t *json, const char *path)
{
	char *copy = ncb_copy(path), *save = NULL, *key;

	for (key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save)) {
		json = json_is_array(json) ? json_array_get(json, atoi(key)) :
					     json_object_get(json, key);
		if (!json)
			fail_msg("no %s in %s", key, path);
	}
	free(copy);
	return json;
}

static inline void memory_run(struct ncb_rundata *r, json_t *json)
{
	ncb_rundata_init(r);
	r->memory = json;
	r->name = ncb_copy("memory");
	r->target = ncb_copy("files");
	r->profile = ncb_copy("memory");
	ncb_env_set(r, "kernel_release", "6.1.0-test");
	ncb_env_set(r, "command", "make memory VMLINUX=6.1");
}

#endif /* NCB_MEMORY_RUN_H */
