// SPDX-License-Identifier: GPL-2.0-only
/* Which storms a profile has, and what options make of them: from one table. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/storm/ncb_storm_uapi.h"
#include "plan.h"
#include "storm.h"

#define BIT(n)		(1u << (n))
#define QUICK		BIT(0)
#define DEFAULT		BIT(1)
#define FULL		BIT(2)
#define SMALL		BIT(NCB_SHAPE_SMALL)
#define ALL_SHAPES	(BIT(NCB_SHAPES) - 1)
#define LIST_MAX	16

/* Numbers, @n of them. */
struct list {
	uint32_t n, value[LIST_MAX];
};
#define LIST(...)	{ sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t), { __VA_ARGS__ } }

/*
 * What the profiles consist of: in each line every shape with every number of
 * threads is a storm, or one for each number of extra notifiers, which take turns.
 * Bits of @profiles are indices into ncb_profiles[]. What is compared with each
 * other has the same number of modules and rounds: the sweep and the threads.
 */
static const struct part {
	unsigned int profiles;
	enum ncb_storm_mode mode;
	unsigned int shapes;
	struct list threads, extra;
	uint32_t modules, rounds;
	bool traced;
} parts[] = {
	/* quick */
	{ QUICK, NCB_STORM_CHURN, SMALL, LIST(1), LIST(0, 16, 64, 256), 8, 8, false },
	{ QUICK, NCB_STORM_CHURN, SMALL, LIST(2, 4), LIST(0), 8, 8, false },
	{ QUICK, NCB_STORM_DUPLICATE, SMALL, LIST(64), LIST(0), 1, 4, false },
	{ QUICK, NCB_STORM_COPIES, SMALL, LIST(64), LIST(0), 1, 4, false },
	{ QUICK, NCB_STORM_DISTINCT, SMALL, LIST(4), LIST(0), 32, 4, false },
	{ QUICK, NCB_STORM_AUTOLOAD, SMALL, LIST(64), LIST(0), 64, 2, false },
	{ QUICK, NCB_STORM_FAIL, SMALL, LIST(2), LIST(0), 8, 4, false },
	{ QUICK, NCB_STORM_VETO_MODE, SMALL, LIST(2), LIST(0), 8, 4, false },
	{ QUICK, NCB_STORM_MIXED, SMALL, LIST(4), LIST(0), 12, 4, false },
	{ QUICK, NCB_STORM_CHURN, SMALL, LIST(1), LIST(0), 8, 4, true },
	/* default, and the beginning of full */
	{ DEFAULT, NCB_STORM_CHURN, SMALL, LIST(1), LIST(0, 16, 64, 256), 16, 16, false },
	{ DEFAULT, NCB_STORM_CHURN, SMALL, LIST(2, 4, 8), LIST(0), 16, 16, false },
	{ DEFAULT, NCB_STORM_CHURN, ALL_SHAPES & ~SMALL, LIST(1), LIST(0), 8, 8, false },
	{ DEFAULT, NCB_STORM_DUPLICATE, SMALL, LIST(64, 400), LIST(0), 1, 8, false },
	{ DEFAULT, NCB_STORM_COPIES, SMALL, LIST(64, 400), LIST(0), 1, 8, false },
	{ DEFAULT, NCB_STORM_DISTINCT, SMALL, LIST(1, 4), LIST(0), 128, 4, false },
	{ DEFAULT, NCB_STORM_AUTOLOAD, SMALL, LIST(64), LIST(0), 128, 2, false },
	{ DEFAULT, NCB_STORM_FAIL, SMALL, LIST(1, 4), LIST(0), 16, 8, false },
	{ DEFAULT, NCB_STORM_VETO_MODE, SMALL, LIST(1, 4), LIST(0), 16, 8, false },
	{ DEFAULT, NCB_STORM_MIXED, SMALL, LIST(4), LIST(0), 24, 8, false },
	{ DEFAULT, NCB_STORM_CHURN, SMALL, LIST(1), LIST(0), 16, 8, true },
	/* full */
	{ FULL, NCB_STORM_CHURN, ALL_SHAPES, LIST(1), LIST(0, 16, 64, 256), 32, 32, false },
	{ FULL, NCB_STORM_CHURN, SMALL, LIST(2, 4, 8, 16, 32), LIST(0), 32, 32, false },
	{ FULL, NCB_STORM_DUPLICATE, SMALL | BIT(NCB_SHAPE_TEXT), LIST(64, 400, 1024), LIST(0),
	  1, 16, false },
	{ FULL, NCB_STORM_COPIES, SMALL, LIST(64, 400, 1024), LIST(0), 1, 16, false },
	{ FULL, NCB_STORM_DISTINCT, SMALL, LIST(1, 4, 16, 64), LIST(0), 512, 4, false },
	{ FULL, NCB_STORM_AUTOLOAD, SMALL, LIST(1, 16, 64, 256), LIST(0), 512, 4, false },
	{ FULL, NCB_STORM_FAIL, SMALL, LIST(1, 4, 16), LIST(0), 32, 16, false },
	{ FULL, NCB_STORM_VETO_MODE, SMALL, LIST(1, 4, 16), LIST(0), 32, 16, false },
	{ FULL, NCB_STORM_MIXED, SMALL, LIST(4, 16), LIST(0), 48, 16, false },
	{ FULL, NCB_STORM_CHURN, SMALL, LIST(1), LIST(0), 32, 16, true },
};

/* -- what options say -- */

/* Adds @value unless it is there. */
static bool list_add(struct list *list, uint32_t value)
{
	uint32_t i;

	for (i = 0; i < list->n; i++)
		if (list->value[i] == value)
			return true;
	if (list->n == LIST_MAX)
		return false;
	list->value[list->n++] = value;
	return true;
}

static bool parse_number(const char *word, uint32_t low, uint32_t high, uint32_t *out)
{
	unsigned long value;

	/* Digits alone, few enough to fit. */
	if (!*word || strlen(word) > 9 || word[strspn(word, "0123456789")])
		return false;
	value = strtoul(word, NULL, 10);
	*out = value;
	return value >= low && value <= high;
}

static bool parse_name(const char *word, const char *const *names, uint32_t n, uint32_t *out)
{
	for (*out = 0; *out < n; (*out)++)
		if (!strcmp(word, names[*out]))
			return true;
	return false;
}

/**
 * struct field - an option that is a list
 * @name: for messages
 * @names, @n: valid names; NULL: numbers
 * @low, @high: valid numbers
 */
struct field {
	const char *name;
	const char *const *names;
	uint32_t n, low, high;
};

static void refuse(const struct field *f, const char *word)
{
	char *valid = ncb_copy(""), *longer;
	uint32_t i;

	for (i = 0; f->names && i < f->n; i++) {
		longer = ncb_format("%s%s%s", valid, i ? ", " : "", f->names[i]);
		free(valid);
		valid = longer;
	}
	if (f->names)
		ncb_error("%s: '%s' is not valid; valid, separated by commas: %s", f->name, word, valid);
	else
		ncb_error("%s: '%s' is not a number in %u .. %u; several are separated by commas",
			  f->name, word, f->low, f->high);
	free(valid);
}

/* "a,b": none of them empty. 0, or -EINVAL with a message. */
static int parse_list(const struct field *f, const char *text, struct list *out)
{
	const char *at = text, *end;
	uint32_t value;

	out->n = 0;
	for (;; at = end + 1) {
		char word[64];
		bool good;

		end = strchrnul(at, ',');
		snprintf(word, sizeof(word), "%.*s", (int)(end - at), at);
		good = f->names ? parse_name(word, f->names, f->n, &value) :
				  parse_number(word, f->low, f->high, &value);
		if (!good) {
			refuse(f, word);
			return -EINVAL;
		}
		if (!list_add(out, value)) {
			ncb_error("%s: '%s' are more than %d", f->name, text, LIST_MAX);
			return -EINVAL;
		}
		if (!*end)
			return 0;
	}
}

/**
 * struct wanted - options as numbers
 * @modes, @shapes: bits; @shapes 0: as the profile says
 * @threads, @extra: none: as the profile says
 * @modules, @rounds: 0: as the profile says
 * @module: packaged, in place of payloads, or ""
 */
struct wanted {
	unsigned int modes, shapes;
	struct list threads, extra;
	uint32_t modules, rounds;
	char module[NCB_STORM_MODULE_NAME];
};

static unsigned int bits(const struct list *list)
{
	unsigned int out = 0;
	uint32_t i;

	for (i = 0; i < list->n; i++)
		out |= BIT(list->value[i]);
	return out;
}

static int check_number(const char *name, uint32_t value, uint32_t high)
{
	if (value <= high)
		return 0;
	ncb_error("%s: %u is not in 1 .. %u", name, value, high);
	return -EINVAL;
}

/* -- a packaged module in place of payloads -- */

/** ncb_storm_is_module_name - whether it can be the name of a module */
bool ncb_storm_is_module_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return n && !name[n] && n < NCB_STORM_MODULE_NAME;
}

/* There is one of it, always the same: threads can load it at once, or one again and again. */
#define MODULE_MODES	(BIT(NCB_STORM_CHURN) | BIT(NCB_STORM_DUPLICATE) | BIT(NCB_STORM_COPIES))

static int refuse_module(const struct ncb_storm_options *o, const char *what)
{
	ncb_error("module: %s is one module, and %s", o->module, what);
	return -EINVAL;
}

static int read_module(const struct ncb_storm_options *o, struct wanted *w)
{
	bool churns = o->modes && w->modes & BIT(NCB_STORM_CHURN);
	char *dash;

	if (!ncb_storm_is_module_name(o->module)) {
		ncb_error("module: '%s' is no module's name: letters, digits, _ and - alone, %d at most",
			  o->module, NCB_STORM_MODULE_NAME - 1);
		return -EINVAL;
	}
	if (o->modes && w->modes & ~MODULE_MODES)
		return refuse_module(o, "valid modes are churn, duplicate, copies");
	if (o->shapes)
		return refuse_module(o, "only payloads have shapes: leave shapes out");
	if (o->modules > 1)
		return refuse_module(o, "no copies of it have other names: leave modules out");
	if (churns && w->threads.n && (w->threads.n > 1 || w->threads.value[0] != 1))
		return refuse_module(o, "one thread alone can load and unload it in turn: threads are for duplicate and copies");
	w->modes &= MODULE_MODES;
	w->shapes = SMALL;
	w->modules = 1;
	strcpy(w->module, o->module);
	/* As the kernel writes it. */
	while ((dash = strchr(w->module, '-')))
		*dash = '_';
	return 0;
}

static int read_options(const struct ncb_storm_options *o, struct wanted *w)
{
	static const struct field modes = {
		.name = "modes", .names = ncb_storm_mode_names, .n = NCB_STORM_MODES,
	}, shapes = {
		.name = "shapes", .names = ncb_storm_shape_names, .n = NCB_SHAPES,
	}, threads = {
		.name = "threads", .low = 1, .high = NCB_STORM_THREADS_MAX,
	}, extra = {
		.name = "extra", .low = 0, .high = NCB_STORM_EXTRA_MAX,
	};
	struct list list = { 0 };
	int err = 0;

	memset(w, 0, sizeof(*w));
	w->modes = BIT(NCB_STORM_MODES) - 1;
	w->modules = o->modules;
	w->rounds = o->rounds;
	if (o->modes) {
		err = parse_list(&modes, o->modes, &list);
		w->modes = bits(&list);
	}
	if (!err && o->shapes) {
		err = parse_list(&shapes, o->shapes, &list);
		w->shapes = bits(&list);
	}
	if (!err && o->threads)
		err = parse_list(&threads, o->threads, &w->threads);
	if (!err && o->extra)
		err = parse_list(&extra, o->extra, &w->extra);
	if (!err)
		err = check_number("modules", o->modules, NCB_STORM_MODULES_MAX);
	if (!err)
		err = check_number("rounds", o->rounds, NCB_STORM_ROUNDS_MAX);
	return err || !o->module ? err : read_module(o, w);
}

/* -- the storms -- */

/* All threads load one and the same module: however many were asked for, it is one. */
static bool loads_one(uint32_t mode)
{
	return mode == NCB_STORM_DUPLICATE || mode == NCB_STORM_COPIES;
}

static void name(struct ncb_storm *storm)
{
	int n = snprintf(storm->id, sizeof(storm->id), "%s/%s/%u", ncb_storm_mode_names[storm->mode],
			 ncb_storm_kind(storm), storm->threads);

	if (storm->extra)
		n += snprintf(storm->id + n, sizeof(storm->id) - n, "/k%u", storm->extra);
	if (storm->traced)
		snprintf(storm->id + n, sizeof(storm->id) - n, "/callbacks");
}

static bool is_there(const struct ncb_storms *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->storms; i++)
		if (!strcmp(s->storm[i].id, id))
			return true;
	return false;
}

/*
 * Records that it leaves: of each load the call and twice the chain, of each
 * unload the call and the chain; where callbacks are traced, these as well.
 */
static uint64_t records(const struct ncb_storm *s)
{
	uint64_t loads = loads_one(s->mode) ? s->threads : s->modules;

	return (uint64_t)s->rounds * (loads * 5 + 1) * (s->traced ? 16 : 1);
}

/*
 * Modules that may be loaded at once. What a mixed storm loads for others may stay until
 * the round ends; of a module that all load, one gets as far as having memory.
 */
static uint32_t at_once(const struct ncb_storm *storm)
{
	switch (storm->mode) {
	case NCB_STORM_DISTINCT:
	case NCB_STORM_AUTOLOAD:
	case NCB_STORM_MIXED:
		return storm->modules;
	case NCB_STORM_DUPLICATE:
	case NCB_STORM_COPIES:
		return 1;
	default:
		return storm->threads;
	}
}

/*
 * Of the shape percpu few fit at once. Numbers that nobody asked for are made to fit, and a
 * storm that nobody asked for is left out. 1: it fits; 0: it is left out; or -EINVAL with a
 * message.
 */
static int fit_percpu(struct ncb_storm *storm, const struct wanted *w)
{
	if (storm->shape != NCB_SHAPE_PERCPU || at_once(storm) <= NCB_PAYLOAD_PERCPU_MAX)
		return 1;
	if (!w->threads.n && storm->threads > NCB_PAYLOAD_PERCPU_MAX)
		storm->threads = NCB_PAYLOAD_PERCPU_MAX;
	if (!w->modules && storm->threads <= NCB_PAYLOAD_PERCPU_MAX)
		storm->modules = NCB_PAYLOAD_PERCPU_MAX;
	if (at_once(storm) <= NCB_PAYLOAD_PERCPU_MAX)
		return 1;
	if (!w->shapes)
		return 0;
	ncb_error("shapes: no more than %u modules of percpu can be loaded at once, and %s with %u threads and %u modules loads %u; give fewer threads or modules",
		  NCB_PAYLOAD_PERCPU_MAX, ncb_storm_mode_names[storm->mode], storm->threads,
		  storm->modules, at_once(storm));
	return -EINVAL;
}

static int add(struct ncb_storms *s, struct ncb_storm storm, const struct wanted *w)
{
	int fits;

	if (loads_one(storm.mode)) {
		storm.modules = 1;
	} else if (storm.modules < storm.threads) {
		if (w->modules) {
			ncb_error("modules: %u are too few for %u threads, each wants one of its own; give %u or more, or fewer threads",
				  storm.modules, storm.threads, storm.threads);
			return -EINVAL;
		}
		storm.modules = storm.threads;
	}
	fits = fit_percpu(&storm, w);
	if (fits <= 0)
		return fits;
	name(&storm);
	if (is_there(s, storm.id))
		return 0;
	if (s->storms == NCB_STORMS_MAX) {
		ncb_error("these are more than %u storms; name fewer modes, shapes, threads or extra",
			  NCB_STORMS_MAX);
		return -EINVAL;
	}
	s->storm = ncb_grow(s->storm, s->storms + 1, sizeof(*s->storm));
	s->storm[s->storms++] = storm;
	return 0;
}

/* One module has as many loads as all the payloads that it stands for. */
static uint32_t rounds(const struct part *p, const struct wanted *w)
{
	return w->rounds ? w->rounds : w->module[0] ? p->rounds * p->modules : p->rounds;
}

static int add_part(struct ncb_storms *s, const struct part *p, const struct wanted *w,
		    uint32_t *sweeps)
{
	static const struct list one = LIST(1);
	const struct list *threads = w->module[0] && !loads_one(p->mode) ? &one :
				     w->threads.n ? &w->threads : &p->threads;
	const struct list *extra = w->extra.n && !p->traced ? &w->extra : &p->extra;
	unsigned int shapes = w->shapes ? w->shapes : p->shapes;
	uint32_t shape, t, k, sweep;
	int err = 0;

	for (shape = 0; shape < NCB_SHAPES; shape++) {
		for (t = 0; t < threads->n && (shapes & BIT(shape)); t++) {
			size_t before = s->storms;

			sweep = extra->n > 1 ? *sweeps + 1 : 0;
			for (k = 0; k < extra->n && !err; k++) {
				struct ncb_storm storm = {
					.mode = p->mode, .shape = shape, .threads = threads->value[t],
					.extra = extra->value[k], .sweep = sweep, .traced = p->traced,
					.modules = w->modules ? w->modules : p->modules,
					.rounds = rounds(p, w),
				};

				strcpy(storm.module, w->module);
				err = add(s, storm, w);
			}
			if (err)
				return err;
			if (sweep && s->storms > before)
				*sweeps = sweep;
		}
	}
	return 0;
}

/* Of a load and its unload: three probes see three announcements, and a callback each time. */
#define EVENTS		9
#define CALLBACK_EVENTS	(3 * NCB_STORM_CHAIN_MAX)

/*
 * Loads of a round on one CPU: threads stay where they are, and each has its share. What loads
 * for a request is a task of the kernel, anywhere.
 */
static uint64_t loads_on_a_cpu(const struct ncb_storm *storm, uint32_t cpus)
{
	uint64_t threads = (storm->threads + cpus - 1) / cpus;

	if (storm->mode == NCB_STORM_AUTOLOAD)
		return storm->modules;
	if (loads_one(storm->mode))
		return threads;
	return threads * ((storm->modules + storm->threads - 1) / storm->threads);
}

/**
 * ncb_storm_events - how many records of the chain a CPU has to keep at once
 * @s: storms as planned, and how many CPUs they have
 * @traced: those that time callbacks can be made here
 *
 * They are read after each round.
 *
 * Return: what the largest round can leave on one CPU, NCB_STORM_RECORDS_MIN ..
 * NCB_STORM_RECORDS_MAX.
 */
uint32_t ncb_storm_events(const struct ncb_storms *s, bool traced)
{
	uint64_t most = NCB_STORM_RECORDS_MIN, n;
	size_t i;

	for (i = 0; i < s->storms; i++) {
		if (s->storm[i].traced && !traced)
			continue;
		n = loads_on_a_cpu(&s->storm[i], s->cpus ? s->cpus : 1) *
		    (EVENTS + (s->storm[i].traced ? CALLBACK_EVENTS : 0));
		most = n > most ? n : most;
	}
	return most < NCB_STORM_RECORDS_MAX ? most : NCB_STORM_RECORDS_MAX;
}

/**
 * ncb_storm_plan - which storms there are to be
 * @s: gets them; nothing of it is measured yet
 * @profile: quick, default, full
 * @o: what replaces the profile's: modes choose among its storms; each list of shapes,
 *	threads and extra notifiers takes the place of the profile's, and so do the numbers
 *
 * No two storms have the same name: the first one stays. Of modules with per-CPU data no
 * more are loaded at once than there is room for.
 *
 * Return: 0; -EINVAL with a message that names what is out of range and what is valid.
 */
int ncb_storm_plan(struct ncb_storms *s, const char *profile, const struct ncb_storm_options *o)
{
	const struct ncb_profile *p = ncb_profile_find(profile);
	uint64_t expected = 0;
	uint32_t sweeps = 0;
	struct wanted w;
	size_t i;
	int err;

	if (!p) {
		ncb_error("profile: '%s' is not valid; valid: quick, default, full", profile);
		return -EINVAL;
	}
	err = read_options(o, &w);
	for (i = 0; i < ARRAY_SIZE(parts) && !err; i++)
		if (parts[i].profiles & BIT(p - ncb_profiles) && w.modes & BIT(parts[i].mode))
			err = add_part(s, &parts[i], &w, &sweeps);
	for (i = 0; i < s->storms; i++)
		expected += records(&s->storm[i]);
	if (!err && expected > NCB_STORM_RECORDS_LIMIT) {
		ncb_error("these storms leave %llu records, and a run holds %u; give fewer modules or rounds",
			  (unsigned long long)expected, NCB_STORM_RECORDS_LIMIT);
		err = -EINVAL;
	}
	return err;
}
