// SPDX-License-Identifier: GPL-2.0-only
/* What cases did, in sentences that can be quoted, and what two kernels do differently. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "behaviour.h"
#include "../kmod/behaviour/trace.h"

/* Blocks of a walk that are named; of one without end the others are counted. */
#define NAMED	8

/* As <linux/notifier.h> has them. */
#define STOP_MASK	0x8000

static void put_returned(FILE *f, int value)
{
	static const struct {
		int value;
		const char *name;
	} names[] = {
		{ 0, "NOTIFY_DONE" }, { 1, "NOTIFY_OK" }, { STOP_MASK | 1, "NOTIFY_STOP" },
		{ STOP_MASK | 2, "NOTIFY_BAD" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].value == value)
			break;
	if (i < ARRAY_SIZE(names))
		fprintf(f, "returns %s", names[i].name);
	else
		fprintf(f, "returns %d", value);
}

static void put_error(FILE *f, int value)
{
	static const struct {
		int value;
		const char *name;
	} names[] = {
		{ -EEXIST, "-EEXIST" }, { -EBUSY, "-EBUSY" }, { -ENOENT, "-ENOENT" },
		{ -EINVAL, "-EINVAL" }, { -ETIMEDOUT, "-ETIMEDOUT" }, { -ESRCH, "-ESRCH" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].value == value)
			break;
	if (i < ARRAY_SIZE(names))
		fputs(names[i].name, f);
	else
		fprintf(f, "%d", value);
}

static bool begins(uint32_t what)
{
	return what <= NCB_BEHAVIOUR_REVERSE;
}

static const char *verb(uint32_t what)
{
	return what == NCB_BEHAVIOUR_DEL ? "unregister" : "register";
}

/* A change of the chain, by a callback where @caller is one's block. */
static void put_change(FILE *f, const struct ncb_behaviour_step *s, unsigned int caller)
{
	if (!caller) {
		fprintf(f, "%sing block %u returns ", verb(s->what), s->block);
		put_error(f, s->value);
		return;
	}
	fprintf(f, " (%ss ", verb(s->what));
	if (s->block == caller)
		fputs("itself", f);
	else
		fprintf(f, "%u", s->block);
	if (s->value) {
		fputs(": ", f);
		put_error(f, s->value);
	}
	fputc(')', f);
}

/* Blocks that steps of a kind name, from @i up to the end of the call; with what they did. */
static size_t put_walk(FILE *f, const struct ncb_behaviour_record *r, size_t i,
		       enum ncb_behaviour_what what)
{
	unsigned int n = 0, caller = 0;

	for (; i < r->steps; i++) {
		const struct ncb_behaviour_step *s = &r->step[i];

		if (s->what == what) {
			if (n++ < NAMED)
				fprintf(f, "%s %u", n > 1 ? "," : "", s->block);
			caller = s->block;
		} else if (s->what >= NCB_BEHAVIOUR_ADD) {
			put_change(f, s, caller);
		} else {
			break;
		}
	}
	if (!n)
		fputs(" none", f);
	if (n > NAMED)
		fprintf(f, " ... (%u calls)", n);
	return i;
}

/* Whether each block's number is on one side of the one before. */
static const char *direction(const struct ncb_behaviour_record *r, size_t from, size_t to)
{
	unsigned int last = 0, up = 0, down = 0;

	for (; from < to; from++) {
		const struct ncb_behaviour_step *s = &r->step[from];

		if (s->what != NCB_BEHAVIOUR_DOWN)
			continue;
		if (last) {
			up += s->block > last;
			down += s->block <= last;
		}
		last = s->block;
	}
	return up && down ? " (in no order)" : up ? " (forward)" : down ? " (reverse)" : "";
}

/* A call from its begin to its end; the step behind it. */
static size_t put_call(FILE *f, const struct ncb_behaviour_record *r, size_t i)
{
	const bool robust = r->step[i].what == NCB_BEHAVIOUR_ROBUST;
	size_t from, rolled;

	fputs("calls", f);
	from = put_walk(f, r, i + 1, NCB_BEHAVIOUR_UP);
	rolled = from;
	if (from < r->steps && r->step[from].what == NCB_BEHAVIOUR_DOWN) {
		fputs("; rollback calls", f);
		rolled = put_walk(f, r, from, NCB_BEHAVIOUR_DOWN);
		fputs(direction(r, from, rolled), f);
	}
	if (rolled == r->steps || r->step[rolled].what != NCB_BEHAVIOUR_END)
		return rolled;
	if (robust && rolled == from && r->step[rolled].value & STOP_MASK)
		fputs("; rollback calls none", f);
	fputs("; ", f);
	put_returned(f, r->step[rolled].value);
	return rolled + 1;
}

static void put_steps(FILE *f, const struct ncb_behaviour_record *r)
{
	unsigned int calls = 0;
	size_t i = 0;

	while (i < r->steps) {
		const struct ncb_behaviour_step *s = &r->step[i];

		if (i)
			fputs("; ", f);
		if (begins(s->what)) {
			if (calls++)
				fputs("the next call ", f);
			i = put_call(f, r, i);
		} else if (s->what >= NCB_BEHAVIOUR_ADD) {
			put_change(f, s, 0);
			i++;
		} else {
			/* Only what was made up has a callback outside a call. */
			fprintf(f, "block %u is called outside a call", s->block);
			i++;
		}
	}
}

/* "general protection fault, ... 0xdead000000000100: 0000 [#1] PREEMPT SMP": not the end. */
static int telling(const char *log)
{
	const char *end = strstr(log, ": 0000 [#");

	return end ? end - log : (int)strlen(log);
}

static bool warned(const struct ncb_behaved *b)
{
	return strstr(b->log, "WARNING:");
}

/**
 * ncb_behaviour_sentence - what a case did, in words
 * @b: the answer
 *
 * Return: malloc'd, without a full stop.
 */
char *ncb_behaviour_sentence(const struct ncb_behaved *b)
{
	const char *before = b->did.steps ? "; then " : "";
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return ncb_copy("");
	put_steps(f, &b->did);
	switch (b->outcome) {
	case NCB_BEHAVED:
		if (warned(b))
			fputs("; the kernel WARNs", f);
		else if (b->log[0])
			fprintf(f, "; the kernel complains (%.*s)", telling(b->log), b->log);
		break;
	case NCB_BEHAVED_ABSENT:
		fputs("this kernel has no such call", f);
		break;
	case NCB_BEHAVED_ENDLESS:
		fprintf(f, "%sthe walk is cut, as it does not end", before);
		break;
	case NCB_BEHAVED_OOPS:
		fprintf(f, "%sthe kernel oopses (%.*s)", before, telling(b->log), b->log);
		break;
	case NCB_BEHAVED_PANIC:
		fprintf(f, "%sthe kernel panics (%.*s)", before, telling(b->log), b->log);
		break;
	case NCB_BEHAVED_HUNG:
		fprintf(f, "%sit does not come back", before);
		break;
	default:
		fprintf(f, "no answer (%s)", b->log);
		break;
	}
	fclose(f);
	return text;
}

/* -- two kernels -- */

static bool answered(const struct ncb_behaved *b)
{
	return b->outcome != NCB_BEHAVED_FAILED && b->outcome != NCB_BEHAVED_BEGUN;
}

/* What a kernel complains of has addresses and line numbers in it: that it does counts. */
static bool same(const struct ncb_behaved *a, const struct ncb_behaved *b)
{
	uint32_t i;

	if (a->outcome != b->outcome || a->did.steps != b->did.steps || warned(a) != warned(b) ||
	    !a->log[0] != !b->log[0])
		return false;
	for (i = 0; i < a->did.steps; i++)
		if (a->did.step[i].what != b->did.step[i].what ||
		    a->did.step[i].block != b->did.step[i].block ||
		    a->did.step[i].value != b->did.step[i].value)
			return false;
	return true;
}

/**
 * struct group - types of chains on which a case was answered alike
 * @text: what is said of it
 * @types: their names
 */
struct group {
	char *text;
	char *types;
};

/* @text becomes the group's. */
static void join(struct group *group, size_t *n, char *text, const char *type)
{
	char *longer;
	size_t i;

	for (i = 0; i < *n; i++) {
		if (strcmp(group[i].text, text))
			continue;
		longer = ncb_format("%s, %s", group[i].types, type);
		free(group[i].types);
		group[i].types = longer;
		free(text);
		return;
	}
	group[(*n)++] = (struct group) { .text = text, .types = ncb_copy(type) };
}

static void say_groups(struct ncb_items *out, uint32_t which, struct group *group, size_t n,
		       const char *between)
{
	size_t i;

	for (i = 0; i < n; i++) {
		ncb_items_say(out, ncb_behaviour_names[which], NCB_MARK_NONE, "%s (%s)%s %s.",
			      ncb_behaviour_titles[which], group[i].types, between, group[i].text);
		free(group[i].text);
		free(group[i].types);
	}
}

/**
 * ncb_behaviour_list - how one kernel behaves
 * @a: what ncb_behaviour_get() gave
 * @out: gets an item for each case, or for each answer to it where types differ
 */
void ncb_behaviour_list(const json_t *a, struct ncb_items *out)
{
	struct group group[NCB_BEHAVIOUR_TYPES];
	struct ncb_behaved b;
	uint32_t which, type;
	size_t n;

	for (which = 0; which < NCB_BEHAVIOUR_CASES; which++) {
		for (type = n = 0; type < NCB_BEHAVIOUR_TYPES; type++)
			if (ncb_behaviour_possible(which, type) &&
			    ncb_behaviour_find(a, which, type, &b))
				join(group, &n, ncb_behaviour_sentence(&b), ncb_behaviour_types[type]);
		say_groups(out, which, group, n, ":");
	}
}

/**
 * struct tally - what a comparison came to beside differences
 * @same, @asked: questions, a case on a type of chains each
 * @names: of cases that were the same on all types, comma-separated
 * @lost: of cases without an answer on a side, with their types
 */
struct tally {
	unsigned int same, asked;
	char *names;
	char *lost[2];
};

static void add_name(char **list, const char *name)
{
	char *longer = ncb_format("%s%s%s", *list ? *list : "", *list ? ", " : "", name);

	free(*list);
	*list = longer;
}

static void lose(char **list, uint32_t which, uint32_t type, const struct ncb_behaved *b)
{
	char *name = ncb_format("%s (%s%s%s)", ncb_behaviour_names[which],
				ncb_behaviour_types[type], b && b->log[0] ? ": " : "",
				b ? b->log : "");

	add_name(list, name);
	free(name);
}

static char *both(const struct ncb_behaved *a, const struct ncb_behaved *b)
{
	char *left = ncb_behaviour_sentence(a), *right = ncb_behaviour_sentence(b);
	char *text = ncb_format("A: %s. B: %s", left, right);

	free(left);
	free(right);
	return text;
}

static void compare(const json_t *const side[2], uint32_t which, struct ncb_items *out,
		    struct tally *t)
{
	struct group group[NCB_BEHAVIOUR_TYPES];
	struct ncb_behaved b[2];
	bool found[2], all = true;
	uint32_t type, i;
	size_t n = 0;

	for (type = 0; type < NCB_BEHAVIOUR_TYPES; type++) {
		if (!ncb_behaviour_possible(which, type))
			continue;
		t->asked++;
		for (i = 0; i < 2; i++) {
			bool there = ncb_behaviour_find(side[i], which, type, &b[i]);

			found[i] = there && answered(&b[i]);
			if (!found[i])
				lose(&t->lost[i], which, type, there ? &b[i] : NULL);
		}
		if (found[0] && found[1] && same(&b[0], &b[1])) {
			t->same++;
			continue;
		}
		all = false;
		if (found[0] && found[1])
			join(group, &n, both(&b[0], &b[1]), ncb_behaviour_types[type]);
	}
	if (all)
		add_name(&t->names, ncb_behaviour_names[which]);
	say_groups(out, which, group, n, ".");
}

/**
 * ncb_behaviour_items - what two kernels do differently, in words
 * @a: what ncb_behaviour_get() gave of one; NULL, or anything else: no answers
 * @b: the other
 * @out: gets a line for each difference, then one with what is the same, and one for
 *	each side that gave no answer to some
 */
void ncb_behaviour_items(const json_t *a, const json_t *b, struct ncb_items *out)
{
	static const char *const unanswered[] = { "no answer of A", "no answer of B" };
	const json_t *const side[] = { a, b };
	struct tally t = { 0 };
	uint32_t i;

	for (i = 0; i < NCB_BEHAVIOUR_CASES; i++)
		compare(side, i, out, &t);
	if (t.same)
		ncb_items_say(out, "the same in both", NCB_MARK_NONE,
			      "%u of %u answers (a case on a type of chains each)%s%s", t.same,
			      t.asked, t.names ? "; wholly: " : "", t.names ? t.names : "");
	for (i = 0; i < 2; i++) {
		bool any = json_array_size(json_object_get(side[i], "cases"));

		if (t.lost[i])
			ncb_items_say(out, unanswered[i], NCB_MARK_BAD, "%s",
				      any ? t.lost[i] : "none at all");
		free(t.lost[i]);
	}
	free(t.names);
}
