// SPDX-License-Identifier: GPL-2.0-only
/* Types of all modules of a kernel: what each adds to the kernel's. */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include "packed.h"
#include "types_json.h"

/*
 * @structs: that were seen, each by all that is said of it: a header's are in every module
 *	that includes it
 * @read, @without: modules with BTF and without
 * @also, @data: what else is asked of each
 */
struct adding {
	json_t *said, *structs, *failed;
	const struct ncb_types *kernel;
	bool members;
	uint64_t read, without;
	void (*also)(void *data, const char *path);
	void *data;
};

/* Where it was not seen before, it is added. */
static void add_struct(struct adding *a, json_t *s, const char *module)
{
	char *key = json_dumps(s, JSON_COMPACT);
	json_t *known = json_object_get(a->structs, key), *count;

	if (!known) {
		known = json_incref(s);
		json_object_set_new(known, "module", json_string(module));
		json_object_set_new(known, "modules", json_integer(0));
		json_array_append(json_object_get(a->said, "structs"), known);
		json_object_set_new(a->structs, key, known);
	}
	count = json_object_get(known, "modules");
	json_integer_set(count, json_integer_value(count) + 1);
	free(key);
}

static void add_structs(struct adding *a, const struct ncb_types *t, const char *module)
{
	json_t *json = ncb_types_json(&(struct ncb_types_question){
		.file = module, .types = t, .members = a->members }), *s;
	size_t i;

	json_array_foreach(json_object_get(json, "structs"), i, s)
		add_struct(a, s, module);
	json_decref(json);
}

static void add_module(struct adding *a, const char *path, const char *name)
{
	int verbosity = ncb_verbosity, err;
	struct ncb_types t;

	/* Of thousands, each with the same words: they are listed instead. */
	if (verbosity < 1)
		ncb_verbosity = -2;
	err = ncb_types_from_btf(path, a->kernel, &t);
	ncb_verbosity = verbosity;
	if (err == -ENODATA) {
		a->without++;
	} else if (err) {
		json_array_append_new(a->failed, json_string(name));
	} else {
		a->read++;
		add_structs(a, &t, name);
		ncb_types_free(&t);
	}
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int walk(struct adding *a, const char *folder)
{
	char *path = ncb_copy(folder);
	char *const roots[] = { path, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, compare_names);
	FTSENT *at;
	int err = fts ? 0 : -errno;

	while (fts && !err && (at = fts_read(fts))) {
		if (ncb_interrupted)
			err = -EINTR;
		else if (at->fts_info == FTS_DNR || at->fts_info == FTS_ERR ||
			 at->fts_info == FTS_NS)
			err = -at->fts_errno;
		if (err || at->fts_info != FTS_F || !ncb_is_module(at->fts_name))
			continue;
		ncb_packed_hold(a->also ? at->fts_path : NULL);
		add_module(a, at->fts_path, at->fts_name);
		if (a->also)
			a->also(a->data, at->fts_path);
		ncb_packed_hold(NULL);
	}
	if (err)
		ncb_error("cannot read the modules in %s: %s", folder, strerror(-err));
	if (fts)
		fts_close(fts);
	free(path);
	return err;
}

/* Of the kernel, before those of modules are added. */
static void mark_kernel(json_t *structs)
{
	size_t i;
	json_t *s;

	json_array_foreach(structs, i, s) {
		json_object_set_new(s, "module", json_string(""));
		json_object_set_new(s, "modules", json_integer(0));
	}
}

/**
 * ncb_types_add_modules - add the structs of modules to those of their kernel
 * @said: of the kernel, from ncb_types_json()
 * @folder: that the modules are in, at any depth
 * @kernel: its types
 * @members: say where each member is, too
 * @also: called for each module behind it, or NULL
 * @data: for @also
 *
 * Return: 0, -ENOENT where there is no module, or -errno; with a message.
 */
int ncb_types_add_modules(json_t *said, const char *folder, const struct ncb_types *kernel,
			  bool members, void (*also)(void *data, const char *path), void *data)
{
	struct adding a = {
		.said = said, .kernel = kernel, .members = members, .also = also, .data = data,
	};
	json_t *structs = json_object_get(said, "structs");
	int err;

	/* A kernel without notifier chains: its modules have none either. */
	if (!structs)
		return 0;
	a.structs = json_object();
	a.failed = json_array();
	mark_kernel(structs);
	err = walk(&a, folder);
	if (!err && !a.read && !a.without && !json_array_size(a.failed)) {
		ncb_error("no module in %s; give a folder like /lib/modules/<release>", folder);
		err = -ENOENT;
	}
	json_object_set_new(said, "summary", ncb_types_summary(structs));
	json_object_set_new(said, "modules", json_pack("{sI sI so}", "read", (json_int_t)a.read,
			    "without_btf", (json_int_t)a.without, "failed", a.failed));
	json_decref(a.structs);
	return err;
}
