// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records in a ring: added from callbacks on any CPU without allocating, read by
 * one reader at a time. What does not fit is counted and not kept: a reader never
 * sees a record change.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "records.h"

/*
 * @event: room for @capacity
 * @first, @used: the oldest that was not read, and how many there are
 * @lost: that did not fit
 */
static struct {
	raw_spinlock_t lock;
	struct ncb_storm_event *event;
	u32 capacity, first, used;
	u64 lost;
} ring = { .lock = __RAW_SPIN_LOCK_UNLOCKED(ring.lock) };

/**
 * records_alloc - make room, and forget what was counted
 * @capacity: how many records fit, 2 .. NCB_STORM_RECORDS_MAX
 *
 * Return: 0 or -ENOMEM.
 */
int records_alloc(u32 capacity)
{
	ring.event = vmalloc(array_size(capacity, sizeof(*ring.event)));
	if (!ring.event)
		return -ENOMEM;
	ring.capacity = capacity;
	records_forget();
	return 0;
}

/** records_free - after the last probe is off the chain */
void records_free(void)
{
	vfree(ring.event);
	ring.event = NULL;
}

u32 records_capacity(void)
{
	return ring.capacity;
}

u64 records_lost(void)
{
	unsigned long flags;
	u64 lost;

	raw_spin_lock_irqsave(&ring.lock, flags);
	lost = ring.lost;
	raw_spin_unlock_irqrestore(&ring.lock, flags);
	return lost;
}

/** records_lose - something could not be recorded: count it */
void records_lose(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring.lock, flags);
	ring.lost++;
	raw_spin_unlock_irqrestore(&ring.lock, flags);
}

/**
 * records_add - one record, now
 * @module: number of the payload
 * @action: state that is announced
 * @position: where on the chain
 * @callback: key of the notifier, or 0
 *
 * The clock is read under the lock, so that records are in the order of their times.
 */
void records_add(u32 module, u32 action, enum ncb_storm_position position, u64 callback)
{
	struct ncb_storm_event *e;
	unsigned long flags;
	u32 at;

	raw_spin_lock_irqsave(&ring.lock, flags);
	if (ring.used == ring.capacity) {
		ring.lost++;
	} else {
		at = ring.first + ring.used;
		e = &ring.event[at < ring.capacity ? at : at - ring.capacity];
		*e = (struct ncb_storm_event) {
			.ns = ktime_get_raw_ns(),
			.callback = callback,
			.task = task_pid_vnr(current),
			.module = module,
			.action = action,
			.position = position,
		};
		ring.used++;
	}
	raw_spin_unlock_irqrestore(&ring.lock, flags);
}

/** records_interval - ns from the first record to the second, where nobody else adds or reads */
u64 records_interval(void)
{
	return ring.used < 2 ? 0 : ring.event[1].ns - ring.event[0].ns;
}

/** records_forget - as if there had been none; nobody adds or reads */
void records_forget(void)
{
	ring.first = 0;
	ring.used = 0;
	ring.lost = 0;
}

/* What can be read in one piece: records before the ring's end. */
static u32 readable(u32 room)
{
	unsigned long flags;
	u32 n;

	raw_spin_lock_irqsave(&ring.lock, flags);
	n = min3(room, ring.used, ring.capacity - ring.first);
	raw_spin_unlock_irqrestore(&ring.lock, flags);
	return n;
}

static void consume(u32 n)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring.lock, flags);
	ring.first += n;
	if (ring.first == ring.capacity)
		ring.first = 0;
	ring.used -= n;
	raw_spin_unlock_irqrestore(&ring.lock, flags);
}

/**
 * records_read - give records away
 * @to: user's
 * @size: bytes there
 *
 * One caller at a time.
 *
 * Return: bytes of whole records; 0: there are none; -EINVAL: none fits; -EFAULT.
 */
ssize_t records_read(char __user *to, size_t size)
{
	u32 room = min_t(size_t, size / sizeof(*ring.event), NCB_STORM_RECORDS_MAX), n, done = 0;

	if (!room)
		return -EINVAL;
	while ((n = readable(room - done)) != 0) {
		if (copy_to_user(to + done * sizeof(*ring.event), &ring.event[ring.first],
				 n * sizeof(*ring.event)))
			return done ? done * sizeof(*ring.event) : -EFAULT;
		consume(n);
		done += n;
	}
	return done * sizeof(*ring.event);
}
