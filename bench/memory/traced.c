// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registrations since boot, as the kernel's tracepoints of notifiers say them, where they
 * were on from the beginning; and how they agree with the chains that a walk reached. The
 * one knows all blocks but not where they are, the other the reverse.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "live.h"
#include "names.h"

/* Number of blocks with a callback, or of several of one name. */
struct counted {
	const char *name;
	int64_t traced, walked;
};

struct tally {
	struct counted *of;
	size_t n, room;
	int64_t registered, unregistered;
	struct ncb_names names;
};

static char *in_tracing(const char *root, const char *name)
{
	static const char *const folders[] = { "sys/kernel/tracing", "sys/kernel/debug/tracing" };
	char *path;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		path = ncb_format("%s/%s/%s", root, folders[i], name);
		if (ncb_exists(path))
			return path;
		free(path);
	}
	return NULL;
}

static bool is_on(const char *root, const char *name)
{
	char *path = in_tracing(root, name), value[16] = "";

	if (path)
		ncb_read_line(path, value, sizeof(value));
	free(path);
	return !strcmp(value, "1");
}

/* "trace_event=notifier:notifier_register,notifier:notifier_unregister", or more. */
static bool was_asked_for(const char *root)
{
	char *path = ncb_format("%s/proc/cmdline", root), *line = ncb_read_file(path, NULL), *word;
	char *save = NULL;
	bool asked = false;

	for (word = line ? strtok_r(line, " \n", &save) : NULL; word;
	     word = strtok_r(NULL, " \n", &save))
		if (!strncmp(word, "trace_event=", 12))
			asked = strstr(word, "notifier:notifier_register") &&
				strstr(word, "notifier:notifier_unregister");
	free(line);
	free(path);
	return asked;
}

static const char *why_not_traced(const char *root)
{
	char *any = in_tracing(root, "trace"), *ours = in_tracing(root, "events/notifier");
	const char *why = NULL;

	if (!any)
		why = "there is no tracefs: it is not mounted, takes root, or the kernel was built without CONFIG_TRACING";
	else if (!ours)
		why = "this kernel has no tracepoints of notifiers (6.6 has them)";
	else if (!was_asked_for(root))
		why = "not on from boot: that takes notifier:notifier_register and notifier:notifier_unregister in trace_event= on the kernel command line";
	else if (!is_on(root, "events/notifier/notifier_register/enable") ||
		 !is_on(root, "events/notifier/notifier_unregister/enable") ||
		 !is_on(root, "tracing_on"))
		why = "on at boot, but off since";
	free(any);
	free(ours);
	return why;
}

static struct counted *find(struct tally *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!strcmp(t->of[i].name, name))
			return &t->of[i];
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 256;
		t->of = ncb_grow(t->of, t->room, sizeof(*t->of));
	}
	t->of[t->n] = (struct counted) { ncb_names_add(&t->names, name), 0, 0 };
	return &t->of[t->n++];
}

/* "...: notifier_register: name [module]" */
static void take_line(struct tally *t, const char *line)
{
	static const char on[] = ": notifier_register: ", off[] = ": notifier_unregister: ";
	const char *registered = strstr(line, on), *unregistered = strstr(line, off);

	if (registered) {
		t->registered++;
		find(t, registered + strlen(on))->traced++;
	} else if (unregistered) {
		t->unregistered++;
		find(t, unregistered + strlen(off))->traced--;
	}
}

static const char *read_trace(struct tally *t, const char *root)
{
	char *path = in_tracing(root, "trace"), *text = path ? ncb_read_file(path, NULL) : NULL;
	unsigned long long there, written;
	const char *why = "the trace cannot be read", *counts;
	char *line, *save = NULL;

	counts = text ? strstr(text, "entries-in-buffer/entries-written: ") : NULL;
	if (counts && sscanf(counts, "%*s %llu/%llu", &there, &written) == 2)
		why = there == written ? NULL : "the trace has lost its oldest events; trace_buf_size=16M on the kernel command line makes room";
	for (line = text && !why ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		take_line(t, line);
	free(text);
	free(path);
	return why;
}

/* As the trace names it. */
static void take_walk(struct tally *t, const json_t *walk)
{
	json_t *chain, *block;
	size_t i, k;

	json_array_foreach(json_object_get(walk, "chains"), i, chain) {
		json_array_foreach(json_object_get(chain, "blocks"), k, block) {
			const char *module = json_string_value(json_object_get(block, "module"));
			const char *name = json_string_value(json_object_get(block, "callback"));
			char *whole = *module ? ncb_format("%s [%s]", name, module) : ncb_copy(name);

			find(t, whole)->walked++;
			free(whole);
		}
	}
}

static void list(json_t *to, const struct counted *c, int64_t count)
{
	json_t *name = json_string(c->name);

	json_array_append_new(to, json_pack("{so sI}", "callback",
					    name ? name : json_string("(unreadable)"), "count",
					    (json_int_t)count));
}

static json_t *tally_json(const struct tally *t, bool walked)
{
	json_t *missing = json_array(), *early = json_array();
	int64_t there = 0, not_reached = 0, not_traced = 0;
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct counted *c = &t->of[i];
		/* Registered before, unregistered since. */
		int64_t traced = c->traced > 0 ? c->traced : 0;

		there += traced;
		if (!walked)
			continue;
		if (traced > c->walked) {
			not_reached += traced - c->walked;
			list(missing, c, traced - c->walked);
		} else if (c->walked > traced) {
			not_traced += c->walked - traced;
			list(early, c, c->walked - traced);
		}
	}
	return json_pack("{ss sI sI sI so so so so}", "reason", "", "registered",
			 (json_int_t)t->registered, "unregistered", (json_int_t)t->unregistered,
			 "there", (json_int_t)there,
			 "not_reached", walked ? json_integer(not_reached) : json_null(),
			 "not_traced", walked ? json_integer(not_traced) : json_null(),
			 "missing", missing, "early", early);
}

/**
 * ncb_traced_json - registrations since boot
 * @root: "" or what stands for "/"
 * @walk: chains of the same kernel, as ncb_walk_json() says them
 *
 * Return: an object, see live.h.
 */
json_t *ncb_traced_json(const char *root, const json_t *walk)
{
	const char *why = why_not_traced(root);
	struct tally t = { 0 };
	json_t *json;

	if (!why)
		why = read_trace(&t, root);
	if (!why)
		take_walk(&t, walk);
	json = why ? json_pack("{ss}", "reason", why) :
		     tally_json(&t, json_object_get(walk, "chains") != NULL);
	free(t.of);
	ncb_names_free(&t.names);
	return json;
}
