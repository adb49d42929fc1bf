/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a kernel's notifier chains behave: asked of the kernel in a guest that is thrown
 * away, kept as JSON, and said in words. The cases are in kmod/behaviour/cases.def.
 */
#ifndef NCB_BEHAVIOUR_H
#define NCB_BEHAVIOUR_H

#include <jansson.h>
#include "ncbench.h"
#include "report.h"
#include "../kmod/behaviour/ncb_behaviour_uapi.h"

#define NCB_BEHAVIOUR_SCHEMA	1
#define NCB_BEHAVIOUR_LOG_MAX	200	/* bytes of a line of a kernel log that are kept */

/* Every case on every type; some of these make no sense, see ncb_behaviour_possible(). */
#define NCB_BEHAVIOUR_QUESTIONS	(NCB_BEHAVIOUR_CASES * NCB_BEHAVIOUR_TYPES)

/**
 * enum ncb_behaviour_outcome - how a case ended
 * @NCB_BEHAVED: with an answer
 * @NCB_BEHAVED_ABSENT: this kernel has no such call
 * @NCB_BEHAVED_ENDLESS: a walk that would not have ended was cut
 * @NCB_BEHAVED_OOPS: the kernel killed the task in it
 * @NCB_BEHAVED_PANIC: it took the whole guest with it
 * @NCB_BEHAVED_HUNG: it does not come back
 * @NCB_BEHAVED_FAILED: it could not be asked
 * @NCB_BEHAVED_BEGUN: nothing is known yet
 */
enum ncb_behaviour_outcome {
	NCB_BEHAVED,
	NCB_BEHAVED_ABSENT,
	NCB_BEHAVED_ENDLESS,
	NCB_BEHAVED_OOPS,
	NCB_BEHAVED_PANIC,
	NCB_BEHAVED_HUNG,
	NCB_BEHAVED_FAILED,
	NCB_BEHAVED_BEGUN,
	NCB_BEHAVED_OUTCOMES
};

/**
 * struct ncb_behaved - an answer: what a case did on a type of chains
 * @did: its steps
 * @outcome: how it ended
 * @log: first line of the kernel log since it began that complains, printable; or empty
 */
struct ncb_behaved {
	struct ncb_behaviour_record did;
	enum ncb_behaviour_outcome outcome;
	char log[NCB_BEHAVIOUR_LOG_MAX];
};

/* -- behaviour_record.c -- */
extern const char *const ncb_behaviour_names[NCB_BEHAVIOUR_CASES];
extern const char *const ncb_behaviour_titles[NCB_BEHAVIOUR_CASES];
extern const char *const ncb_behaviour_types[NCB_BEHAVIOUR_TYPES];
bool ncb_behaviour_possible(uint32_t which, uint32_t type);
json_t *ncb_behaviour_write(const struct ncb_behaved *b);
int ncb_behaviour_read(const json_t *one, struct ncb_behaved *b);
bool ncb_behaviour_find(const json_t *all, uint32_t which, uint32_t type, struct ncb_behaved *b);
void ncb_behaviour_log(struct ncb_behaved *b, const char *line);

/**
 * struct ncb_behaviour - what comes out of guests, while it is asked
 * @first: the first question for the next guest, below NCB_BEHAVIOUR_QUESTIONS
 * @begun: a case has begun in this guest and not ended: @now
 * @now: that case
 * @release: of the kernel
 * @cases: answers
 */
struct ncb_behaviour {
	unsigned int first;
	bool begun;
	struct ncb_behaved now;
	char release[65];
	json_t *cases;
};

/* A file of these names comes out of a guest. */
#define NCB_BEHAVIOUR_RELEASE	"release"
#define NCB_BEHAVIOUR_ANSWER	"answer"	/* JSON: a case that begins, then what it did */

/* Written into the guest's kernel log, and so to its console, before each case. */
#define NCB_BEHAVIOUR_MARK	"ncbench: a case begins"

int ncb_behaviour_take(struct ncb_behaviour *b, const char *name, const char *text, size_t size);
int ncb_behaviour_ended(struct ncb_behaviour *b, int err, const char *reason);

/* -- behaviour_guest.c: process 1 of a guest -- */
struct ncb_wire;
int ncb_behaviour_play(struct ncb_wire *w, const char *module, unsigned int first);

/* -- behaviour.c -- */
struct ncb_run_options;
int ncb_behaviour_get(const struct ncb_run_options *o, json_t **out);

/* -- behaviour_words.c -- */
char *ncb_behaviour_sentence(const struct ncb_behaved *b);
void ncb_behaviour_list(const json_t *a, struct ncb_items *out);
void ncb_behaviour_items(const json_t *a, const json_t *b, struct ncb_items *out);

#endif /* NCB_BEHAVIOUR_H */
