// SPDX-License-Identifier: GPL-2.0-only
/*
 * An answer as JSON, and back. What comes out of a guest, or out of a file, is read as
 * from a stranger: bounded, and what does not make sense is refused.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "behaviour.h"
#include "../kmod/behaviour/trace.h"

/* Bytes of JSON that one answer may have. */
#define ANSWER_MAX	8192

const char *const ncb_behaviour_names[NCB_BEHAVIOUR_CASES] = {
#define NCB_CASE(id, name, types, title)	name,
#include "../kmod/behaviour/cases.def"
#undef NCB_CASE
};

const char *const ncb_behaviour_titles[NCB_BEHAVIOUR_CASES] = {
#define NCB_CASE(id, name, types, title)	title,
#include "../kmod/behaviour/cases.def"
#undef NCB_CASE
};

static const uint32_t types_of[NCB_BEHAVIOUR_CASES] = {
#define NCB_CASE(id, name, types, title)	types,
#include "../kmod/behaviour/cases.def"
#undef NCB_CASE
};

const char *const ncb_behaviour_types[NCB_BEHAVIOUR_TYPES] = {
	"raw", "blocking", "atomic", "srcu"
};

static const char *const outcomes[NCB_BEHAVED_OUTCOMES] = {
	[NCB_BEHAVED] = "done", [NCB_BEHAVED_ABSENT] = "absent",
	[NCB_BEHAVED_ENDLESS] = "endless", [NCB_BEHAVED_OOPS] = "oops",
	[NCB_BEHAVED_PANIC] = "panic", [NCB_BEHAVED_HUNG] = "hung",
	[NCB_BEHAVED_FAILED] = "failed", [NCB_BEHAVED_BEGUN] = "begun",
};

/** ncb_behaviour_possible - whether a case makes sense for a type of chains */
bool ncb_behaviour_possible(uint32_t which, uint32_t type)
{
	return which < NCB_BEHAVIOUR_CASES && type < NCB_BEHAVIOUR_TYPES &&
	       types_of[which] & 1u << type;
}

/* The last value of a return, and the last error of a change. */
static void sum_up(const struct ncb_behaviour_record *r, int *result, int *error)
{
	uint32_t i;

	*result = *error = 0;
	for (i = 0; i < r->steps; i++) {
		if (r->step[i].what == NCB_BEHAVIOUR_END)
			*result = r->step[i].value;
		else if (r->step[i].what >= NCB_BEHAVIOUR_ADD && r->step[i].value)
			*error = r->step[i].value;
	}
}

/**
 * ncb_behaviour_write - an answer as it is kept
 * @b: the answer; its steps are in bounds
 *
 * Return: a new object, see results/README.md.
 */
json_t *ncb_behaviour_write(const struct ncb_behaved *b)
{
	char trace[NCB_BEHAVIOUR_TRACE_MAX];
	int result, error;

	ncb_behaviour_trace(&b->did, trace);
	sum_up(&b->did, &result, &error);
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:s}",
			 "name", ncb_behaviour_names[b->did.which],
			 "type", ncb_behaviour_types[b->did.type], "outcome", outcomes[b->outcome],
			 "trace", trace, "result", result, "error", error, "log", b->log);
}

static bool lookup(const char *const *names, size_t n, const char *name, uint32_t *index)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!strcmp(names[i], name)) {
			*index = i;
			return true;
		}
	}
	return false;
}

/* A number that ends where @end is; moves behind it. */
static bool number(const char **p, char end, long low, long high, long *value)
{
	char *stop;

	if (!**p || **p == ' ' || **p == '+')
		return false;
	errno = 0;
	*value = strtol(*p, &stop, 10);
	if (errno || stop == *p || (*stop != end && !(end == ' ' && !*stop)) ||
	    *value < low || *value > high)
		return false;
	*p = stop;
	return true;
}

/* What a step's first letter says, as trace.h writes it. */
static enum ncb_behaviour_what what_of(const char **p)
{
	static const char signs[] = "=~+*-";
	static const enum ncb_behaviour_what whats[] = {
		NCB_BEHAVIOUR_END, NCB_BEHAVIOUR_DOWN, NCB_BEHAVIOUR_ADD,
		NCB_BEHAVIOUR_ADD_UNIQUE, NCB_BEHAVIOUR_DEL
	};
	const char *sign = **p ? strchr(signs, **p) : NULL;

	if (!sign)
		return NCB_BEHAVIOUR_UP;
	(*p)++;
	return whats[sign - signs];
}

static bool read_step(const char **p, struct ncb_behaviour_step *s)
{
	static const char *const begins[] = { "call", "robust", "reverse" };
	long block = 0, value = 0;
	size_t i, n;
	bool good;

	for (i = 0; i < ARRAY_SIZE(begins); i++) {
		n = strlen(begins[i]);
		if (!strncmp(*p, begins[i], n) && (!(*p)[n] || (*p)[n] == ' ')) {
			*p += n;
			*s = (struct ncb_behaviour_step) { .what = i };
			return true;
		}
	}
	s->what = what_of(p);
	if (s->what == NCB_BEHAVIOUR_END) {
		good = number(p, ' ', INT_MIN, INT_MAX, &value);
	} else if (s->what == NCB_BEHAVIOUR_UP || s->what == NCB_BEHAVIOUR_DOWN) {
		good = number(p, ' ', 1, NCB_BEHAVIOUR_BLOCKS, &block);
	} else {
		good = number(p, ':', 1, NCB_BEHAVIOUR_BLOCKS, &block);
		*p += good;
		good = good && number(p, ' ', INT_MIN, INT_MAX, &value);
	}
	s->block = block;
	s->value = value;
	return good;
}

static bool read_trace(const char *p, struct ncb_behaviour_record *r)
{
	r->steps = 0;
	while (*p) {
		if (r->steps == NCB_BEHAVIOUR_STEPS || !read_step(&p, &r->step[r->steps]))
			return false;
		r->steps++;
		if (*p && (*p++ != ' ' || !*p))
			return false;
	}
	return true;
}

/**
 * ncb_behaviour_log - set the line of the log
 * @b: the answer
 * @line: cut where it is too long; the console's "[    1.750293] " is left out, and what
 *	cannot be printed is "?"
 */
void ncb_behaviour_log(struct ncb_behaved *b, const char *line)
{
	size_t stamp = *line == '[' ? strspn(line + 1, " .0123456789") + 1 : 0;
	char *p;

	if (stamp && line[stamp] == ']')
		line += stamp + 1 + strspn(line + stamp + 1, " ");
	snprintf(b->log, sizeof(b->log), "%s", line);
	for (p = b->log; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

/**
 * ncb_behaviour_read - an answer from JSON, which may say anything
 * @one: the object
 * @b: gets the answer; answers of callbacks are not in it
 *
 * Return: 0 or -EBADMSG.
 */
int ncb_behaviour_read(const json_t *one, struct ncb_behaved *b)
{
	const char *name, *type, *outcome, *trace, *log;
	uint32_t end;

	memset(b, 0, sizeof(*b));
	if (json_unpack((json_t *)one, "{s:s, s:s, s:s, s:s, s:s}", "name", &name, "type", &type,
			"outcome", &outcome, "trace", &trace, "log", &log) ||
	    !lookup(ncb_behaviour_names, NCB_BEHAVIOUR_CASES, name, &b->did.which) ||
	    !lookup(ncb_behaviour_types, NCB_BEHAVIOUR_TYPES, type, &b->did.type) ||
	    !ncb_behaviour_possible(b->did.which, b->did.type) ||
	    !lookup(outcomes, NCB_BEHAVED_OUTCOMES, outcome, &end) || !read_trace(trace, &b->did))
		return -EBADMSG;
	b->outcome = end;
	ncb_behaviour_log(b, log);
	return 0;
}

/**
 * ncb_behaviour_find - the answer to a question
 * @all: what ncb_behaviour_get() gave, or what a file has in its place
 * @which: the case
 * @type: of the chain
 * @b: gets the answer
 *
 * Return: false where there is none that can be read.
 */
bool ncb_behaviour_find(const json_t *all, uint32_t which, uint32_t type, struct ncb_behaved *b)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(all, "cases"), i, one) {
		if (i == NCB_BEHAVIOUR_QUESTIONS)
			break;	/* no guest has sent so many */
		if (!ncb_behaviour_read(one, b) && b->did.which == which && b->did.type == type)
			return true;
	}
	return false;
}

/* -- out of guests -- */

static unsigned int question(const struct ncb_behaved *b)
{
	return b->did.which * NCB_BEHAVIOUR_TYPES + b->did.type;
}

static void keep(struct ncb_behaviour *b)
{
	json_array_append_new(b->cases, ncb_behaviour_write(&b->now));
	b->first = question(&b->now) + 1;
	b->begun = false;
}

/* Answers come in the order of the questions, each after its beginning. */
static int take_answer(struct ncb_behaviour *b, const char *text, size_t size)
{
	json_t *one = size <= ANSWER_MAX ? json_loadb(text, size, 0, NULL) : NULL;
	struct ncb_behaved got;
	int err = one ? ncb_behaviour_read(one, &got) : -EBADMSG;

	json_decref(one);
	if (err)
		return err;
	if (got.outcome == NCB_BEHAVED_BEGUN) {
		if (b->begun || question(&got) < b->first)
			return -EBADMSG;
		b->now = got;
		b->begun = true;
		return 0;
	}
	if (!b->begun || question(&got) != question(&b->now))
		return -EBADMSG;
	b->now = got;
	keep(b);
	return 0;
}

/**
 * ncb_behaviour_take - what a guest sent
 * @b: gets it
 * @name: of the file
 * @text: what is in it
 * @size: of @text, without the NUL behind it
 *
 * Return: 0 or -EBADMSG.
 */
int ncb_behaviour_take(struct ncb_behaviour *b, const char *name, const char *text, size_t size)
{
	size_t i;

	if (!strcmp(name, NCB_BEHAVIOUR_ANSWER))
		return take_answer(b, text, size);
	if (strcmp(name, NCB_BEHAVIOUR_RELEASE) || !size || size >= sizeof(b->release))
		return -EBADMSG;
	for (i = 0; i < size; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return -EBADMSG;
	snprintf(b->release, sizeof(b->release), "%s", text);
	return 0;
}

static bool all_answered(const struct ncb_behaviour *b)
{
	unsigned int i;

	for (i = b->first; i < NCB_BEHAVIOUR_QUESTIONS; i++)
		if (ncb_behaviour_possible(i / NCB_BEHAVIOUR_TYPES, i % NCB_BEHAVIOUR_TYPES))
			return false;
	return true;
}

/**
 * ncb_behaviour_ended - a guest has ended
 * @b: what is known
 * @err: why, 0: it was done
 * @reason: the same in words; a line of its kernel's where there is one
 *
 * Return: 1 where that was the answer to the case that had begun; 0 also where all was
 * answered before, as a kernel that has seen oopses need not end well; else @err.
 */
int ncb_behaviour_ended(struct ncb_behaviour *b, int err, const char *reason)
{
	if (err != -EIO && err != -ETIMEDOUT)
		return err;
	if (!b->begun)
		return all_answered(b) ? 0 : err;
	b->now.outcome = err == -ETIMEDOUT ? NCB_BEHAVED_HUNG : NCB_BEHAVED_PANIC;
	ncb_behaviour_log(&b->now, reason);
	keep(b);
	return 1;
}
