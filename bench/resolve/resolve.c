// SPDX-License-Identifier: GPL-2.0-only
/*
 * ncbench-resolve FOLDER MODULE: what libkmod knows of a module in FOLDER, which is
 * .../lib/modules/<release>: a line "name path" for each module that it needs, in load
 * order, and for itself. A program of its own, as ncbench runs in every guest, and
 * libkmod would come along there with 6 MB of libraries.
 */
#include <libkmod.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULES_MAX	256
#define NAME_MAX_SIZE	64

/* Names in load order: what was printed, or is about to be. */
static char seen[MODULES_MAX][NAME_MAX_SIZE];
static unsigned int seen_count;

static bool add(struct kmod_module *m);

static bool is_seen(const char *name)
{
	unsigned int i;

	for (i = 0; i < seen_count; i++)
		if (!strcmp(seen[i], name))
			return true;
	return false;
}

/* All in a list, and gives it back. */
static bool add_list(struct kmod_list *list)
{
	struct kmod_list *at;
	bool good = true;

	kmod_list_foreach(at, list) {
		struct kmod_module *m = kmod_module_get_module(at);

		good = good && add(m);
		kmod_module_unref(m);
	}
	kmod_module_unref_list(list);
	return good;
}

/* Modules that it asks the kernel for once it runs: a guest has nobody to answer that. */
static bool add_wanted(struct kmod_module *m)
{
	struct kmod_list *before = NULL, *after = NULL;
	bool good;

	if (kmod_module_get_softdeps(m, &before, &after) < 0)
		return true;
	good = add_list(before);
	kmod_module_unref_list(after);
	return good;
}

/* What it needs, then itself; nothing where it is there already or built in. */
static bool add(struct kmod_module *m)
{
	const char *name = kmod_module_get_name(m), *path = kmod_module_get_path(m);

	if (!path || is_seen(name))
		return true;
	if (seen_count == MODULES_MAX || strlen(name) >= NAME_MAX_SIZE) {
		fprintf(stderr, "%s needs too many modules\n", name);
		return false;
	}
	strcpy(seen[seen_count++], name);
	if (!add_list(kmod_module_get_dependencies(m)) || !add_wanted(m))
		return false;
	printf("%s %s\n", name, path);
	return true;
}

/* The module of that very name, and no alias of another one. */
static struct kmod_module *look_up(struct kmod_ctx *ctx, const char *name, const char *release)
{
	struct kmod_list *list = NULL;
	struct kmod_module *m;

	if (kmod_module_new_from_lookup(ctx, name, &list) < 0 || !list) {
		fprintf(stderr, "no module %s in %s: neither its package nor the kernel itself has one\n",
			name, release);
		return NULL;
	}
	m = kmod_module_get_module(list);
	kmod_module_unref_list(list);
	if (strcmp(kmod_module_get_name(m), name))
		fprintf(stderr, "no module %s in %s: that is another name of %s\n", name, release,
			kmod_module_get_name(m));
	else if (!kmod_module_get_path(m))
		fprintf(stderr, "%s is built into %s: it is there from the start, and cannot be loaded\n",
			name, release);
	else
		return m;
	kmod_module_unref(m);
	return NULL;
}

int main(int argc, char **argv)
{
	/* Not what this machine wants of its own modules. */
	static const char *const no_configuration[] = { NULL };
	const char *slash = argc == 3 ? strrchr(argv[1], '/') : NULL;
	struct kmod_module *m;
	struct kmod_ctx *ctx;
	bool good;

	if (!slash) {
		fprintf(stderr, "usage: ncbench-resolve /.../lib/modules/<release> <module>\n");
		return 2;
	}
	ctx = kmod_new(argv[1], no_configuration);
	if (!ctx) {
		fprintf(stderr, "libkmod cannot read %s\n", argv[1]);
		return 1;
	}
	m = look_up(ctx, argv[2], slash + 1);
	good = m && add(m);
	kmod_module_unref(m);
	kmod_unref(ctx);
	return good ? 0 : 1;
}
