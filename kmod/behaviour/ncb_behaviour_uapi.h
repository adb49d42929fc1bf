/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ncb_behaviour.ko and the driver say to each other: one case after the other
 * is played on a chain of its own, by the kernel's exported notifier API, and what
 * happened is handed out as steps. Some cases are such that a kernel may WARN, oops
 * or hang: this is for machines that are thrown away.
 */
#ifndef NCB_BEHAVIOUR_UAPI_H
#define NCB_BEHAVIOUR_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define NCB_BEHAVIOUR_MODULE	"ncb_behaviour"
#define NCB_BEHAVIOUR_DEVICE	"/dev/ncb_behaviour"

enum ncb_behaviour_type {
	NCB_BEHAVIOUR_RAW,
	NCB_BEHAVIOUR_BLOCKING,
	NCB_BEHAVIOUR_ATOMIC,
	NCB_BEHAVIOUR_SRCU,
	NCB_BEHAVIOUR_TYPES
};

/* The cases, in the order of cases.def. */
enum ncb_behaviour_case {
#define NCB_CASE(id, name, types, title)	NCB_BEHAVIOUR_##id,
#include "cases.def"
#undef NCB_CASE
	NCB_BEHAVIOUR_CASES
};

#define NCB_BEHAVIOUR_BLOCKS	4u	/* blocks of a case have numbers from 1 */
#define NCB_BEHAVIOUR_STEPS	64u	/* of a case at most: a walk without end is cut */

/**
 * enum ncb_behaviour_what - what a step is
 * @NCB_BEHAVIOUR_CALL: a call of the chain begins
 * @NCB_BEHAVIOUR_ROBUST: a robust call begins
 * @NCB_BEHAVIOUR_REVERSE: a reverse call begins
 * @NCB_BEHAVIOUR_END: it has returned; value: what
 * @NCB_BEHAVIOUR_UP: a block was called with the event, of a robust call the one on the way
 *	up; value: what it answered
 * @NCB_BEHAVIOUR_DOWN: a block was called with the event of the rollback; value: its answer
 * @NCB_BEHAVIOUR_ADD: a block was registered; value: 0 or -errno
 * @NCB_BEHAVIOUR_ADD_UNIQUE: the same with a priority that nobody else may have
 * @NCB_BEHAVIOUR_DEL: a block was unregistered; value: 0 or -errno
 */
enum ncb_behaviour_what {
	NCB_BEHAVIOUR_CALL,
	NCB_BEHAVIOUR_ROBUST,
	NCB_BEHAVIOUR_REVERSE,
	NCB_BEHAVIOUR_END,
	NCB_BEHAVIOUR_UP,
	NCB_BEHAVIOUR_DOWN,
	NCB_BEHAVIOUR_ADD,
	NCB_BEHAVIOUR_ADD_UNIQUE,
	NCB_BEHAVIOUR_DEL,
	NCB_BEHAVIOUR_WHATS
};

/**
 * struct ncb_behaviour_step - one thing that happened
 * @what: enum ncb_behaviour_what
 * @block: number of the block, 0 where it is of the whole chain
 * @value: as @what says
 */
struct ncb_behaviour_step {
	__u16 what;
	__u16 block;
	__s32 value;
};

/* How far a case has come. */
enum ncb_behaviour_status {
	NCB_BEHAVIOUR_BEGUN,	/* not to its end: an oops, or it still runs */
	NCB_BEHAVIOUR_DONE,
	NCB_BEHAVIOUR_ABSENT,	/* this kernel has no such call */
	NCB_BEHAVIOUR_CUT,	/* more steps than there is room for: ended by a callback */
	NCB_BEHAVIOUR_STATUSES
};

/**
 * struct ncb_behaviour_run - what to play
 * @which: enum ncb_behaviour_case
 * @type: enum ncb_behaviour_type; -EINVAL where the case makes no sense for it
 */
struct ncb_behaviour_run {
	__u32 which;
	__u32 type;
};

/**
 * struct ncb_behaviour_record - what the case that was begun last has done so far
 * @which: enum ncb_behaviour_case
 * @type: enum ncb_behaviour_type
 * @status: enum ncb_behaviour_status
 * @steps: how many of @step there are
 * @step: in the order in which they happened
 */
struct ncb_behaviour_record {
	__u32 which;
	__u32 type;
	__u32 status;
	__u32 steps;
	struct ncb_behaviour_step step[NCB_BEHAVIOUR_STEPS];
};

#define NCB_BEHAVIOUR_IOC_RUN	_IOW('B', 1, struct ncb_behaviour_run)
#define NCB_BEHAVIOUR_IOC_READ	_IOR('B', 2, struct ncb_behaviour_record)

#endif /* NCB_BEHAVIOUR_UAPI_H */
