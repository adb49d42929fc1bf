/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plainest chain there can be, an array sorted by priority. It stands where
 * `native` stands in the module, and it can be told to be wrong: the oracle has
 * to notice.
 */
#ifndef NAIVE_H
#define NAIVE_H

enum naive_fault {
	FAULT_NONE,
	FAULT_DROP_FIRST,	/* a call leaves its first block out */
	FAULT_DROP_LAST,
	FAULT_TWICE,		/* calls its last block a second time */
	FAULT_SWAP,		/* calls its last two blocks the wrong way round */
	FAULT_EVENT,		/* calls with another event */
	FAULT_RETURN_DONE,	/* returns NOTIFY_DONE always */
	FAULT_RETURN_SUM,	/* returns something else on success */
	FAULT_NO_STOP,		/* calls on behind a stop, returns the stop */
	FAULT_STOP_LATE,	/* one block behind a stop is called too */
	FAULT_STOP_LOST,	/* stops, but returns NOTIFY_OK */
	FAULT_REVERSE_FORWARD,	/* the reverse call runs forward */
	FAULT_NO_ROLLBACK,
	FAULT_ROLLBACK_ALWAYS,	/* also after success */
	FAULT_ROLLBACK_SELF,	/* the block that failed sees the rollback */
	FAULT_ROLLBACK_BEHIND,	/* so does the one behind it */
	FAULT_ROLLBACK_SHORT,	/* one block is left out */
	FAULT_ROLLBACK_SHIFTED,	/* right number, beginning with the one that failed */
	FAULT_ROLLBACK_FORWARD,
	FAULT_ROLLBACK_MIXED,	/* the last two are swapped */
	FAULT_ROLLBACK_UP,	/* with the event of the way up */
	FAULT_ROLLBACK_RETURN,	/* returns what the rollback returned */
	FAULT_ADD_LAST,		/* registers without regard to priorities */
	FAULT_ADD_ERROR,	/* registers and returns an error */
	FAULT_ADD_NOT,		/* returns 0 without registering */
	FAULT_ADD_LOSES,	/* loses the block that was last */
	FAULT_EEXIST_TWICE,	/* registers a block twice */
	FAULT_EEXIST_ZERO,	/* notices, returns 0 */
	FAULT_EEXIST_OTHER,	/* notices, returns -EBUSY */
	FAULT_EEXIST_REMOVES,	/* right error, but the block is gone */
	FAULT_DEL_NOT,		/* returns 0 without removing */
	FAULT_DEL_REST,		/* loses what stood behind the block */
	FAULT_DEL_OTHER,	/* removes the first block instead */
	FAULT_DEL_ERROR,	/* removes and returns an error */
	FAULT_ENOENT_ZERO,	/* removing a stranger returns 0 */
	FAULT_ENOENT_OTHER,	/* -EINVAL */
	FAULT_EBUSY_ZERO,	/* a taken priority is registered */
	FAULT_EBUSY_OTHER,	/* refused with -EEXIST */
	FAULT_EBUSY_ADDS,	/* right error, but registered */
	FAULT_EMPTY_OK,		/* a call of an empty chain returns NOTIFY_OK */
	FAULT_EQUAL_FIRST,	/* of equal priorities the later one comes first */
	FAULTS
};

extern enum naive_fault naive_fault;

#endif /* NAIVE_H */
