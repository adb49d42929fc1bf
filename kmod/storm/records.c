// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records in rings, one for each CPU: added from callbacks without allocating, and
 * without waiting for who adds on another CPU; read by one reader at a time, who
 * merges them. What does not fit is counted and not kept: a reader never sees a
 * record change.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/topology.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "records.h"

/* Of many CPUs, each may keep so many all the same: 192 KiB. */
#define LEAST_SHARE	8192u

/*
 * @lock: held by who adds on this CPU; by a reader, only to take or move a number
 * @event: room for @capacity
 * @first, @used: the oldest that was not read, and how many there are
 * @ready: the reader's own: how many of them there were when it began
 * @lost: that did not fit
 */
struct ring {
	raw_spinlock_t lock;
	struct ncb_storm_event *event;
	u32 first, used, ready;
	u64 lost;
};

static struct ring __percpu *rings;
static u32 capacity;

/**
 * records_alloc - make room for each CPU that there may ever be
 * @records: how many are to fit on each, NCB_STORM_RECORDS_MIN .. NCB_STORM_RECORDS_MAX;
 *	fewer do where all CPUs together would keep more than NCB_STORM_RECORDS_MAX, but
 *	for some thousands each
 *
 * Return: 0 or -ENOMEM.
 */
int records_alloc(u32 records)
{
	struct ring *ring;
	int cpu;

	capacity = min(records, max(NCB_STORM_RECORDS_MAX / num_possible_cpus(), LEAST_SHARE));
	rings = alloc_percpu(struct ring);
	if (!rings)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		ring = per_cpu_ptr(rings, cpu);
		raw_spin_lock_init(&ring->lock);
		ring->event = vmalloc_node(array_size(capacity, sizeof(*ring->event)),
					   cpu_to_node(cpu));
		if (!ring->event) {
			records_free();
			return -ENOMEM;
		}
	}
	return 0;
}

/** records_free - after the last probe is off the chain */
void records_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		vfree(per_cpu_ptr(rings, cpu)->event);
	free_percpu(rings);
	rings = NULL;
}

/** records_capacity - how many fit on one CPU */
u32 records_capacity(void)
{
	return capacity;
}

/** records_lost - on all CPUs together */
u64 records_lost(void)
{
	unsigned long flags;
	struct ring *ring;
	u64 lost = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		ring = per_cpu_ptr(rings, cpu);
		raw_spin_lock_irqsave(&ring->lock, flags);
		lost += ring->lost;
		raw_spin_unlock_irqrestore(&ring->lock, flags);
	}
	return lost;
}

/** records_lose - something could not be recorded: count it */
void records_lose(void)
{
	unsigned long flags;
	struct ring *ring;

	local_irq_save(flags);
	ring = this_cpu_ptr(rings);
	raw_spin_lock(&ring->lock);
	ring->lost++;
	raw_spin_unlock(&ring->lock);
	local_irq_restore(flags);
}

/**
 * records_add - one record, now
 * @module: number of the payload
 * @action: state that is announced
 * @position: where on the chain
 * @callback: key of the notifier, or 0
 *
 * The clock is read under the lock, see records_read(); no other CPU adds under it.
 */
void records_add(u32 module, u32 action, enum ncb_storm_position position, u64 callback)
{
	unsigned long flags;
	struct ring *ring;
	u64 ns;
	u32 at;

	local_irq_save(flags);
	ring = this_cpu_ptr(rings);
	raw_spin_lock(&ring->lock);
	ns = ktime_get_raw_ns();
	if (ring->used == capacity) {
		ring->lost++;
	} else {
		at = ring->first + ring->used;
		ring->event[at < capacity ? at : at - capacity] = (struct ncb_storm_event) {
			.ns = ns,
			.callback = callback,
			.task = task_pid_vnr(current),
			.module = module,
			.action = action,
			.position = position,
		};
		ring->used++;
	}
	raw_spin_unlock(&ring->lock);
	local_irq_restore(flags);
}

/**
 * records_interval - ns from one record of this CPU to the next, the mean of all
 *
 * The caller stays on this CPU; there are records, and nobody else adds or reads.
 */
u64 records_interval(void)
{
	const struct ring *ring = this_cpu_ptr(rings);
	u32 last = ring->used - 1;

	return DIV_ROUND_CLOSEST_ULL(ring->event[last].ns - ring->event[0].ns, last);
}

/** records_forget - as if this CPU had had none; nobody adds or reads */
void records_forget(void)
{
	struct ring *ring = this_cpu_ptr(rings);

	ring->first = 0;
	ring->used = 0;
	ring->lost = 0;
}

static void look_at_rings(void)
{
	unsigned long flags;
	struct ring *ring;
	int cpu;

	for_each_possible_cpu(cpu) {
		ring = per_cpu_ptr(rings, cpu);
		raw_spin_lock_irqsave(&ring->lock, flags);
		ring->ready = ring->used;
		raw_spin_unlock_irqrestore(&ring->lock, flags);
	}
}

/*
 * Who has the oldest record, or NULL. @limit: no newer ones are wanted; gets the time
 * until which the next ones are the same ring's.
 */
static struct ring *oldest(u64 *limit)
{
	struct ring *ring, *found = NULL;
	u64 least = *limit, ns;
	int cpu;

	for_each_possible_cpu(cpu) {
		ring = per_cpu_ptr(rings, cpu);
		if (!ring->ready)
			continue;
		ns = ring->event[ring->first].ns;
		if (ns > least) {
			*limit = min(*limit, ns);
			continue;
		}
		if (found)
			*limit = least;
		found = ring;
		least = ns;
	}
	return found;
}

/* How many come next that are in one piece, before the ring's end. */
static u32 piece(const struct ring *ring, u64 limit, u32 room)
{
	u32 most = min3(room, ring->ready, capacity - ring->first), n = 1;

	while (n < most && ring->event[ring->first + n].ns <= limit)
		n++;
	return n;
}

static void consume(struct ring *ring, u32 n)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	ring->first += n;
	if (ring->first == capacity)
		ring->first = 0;
	ring->used -= n;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
	ring->ready -= n;
}

/**
 * records_read - give records away, in the order of their times
 * @to: user's
 * @size: bytes there
 *
 * One caller at a time. Only what is no newer than the beginning of this is given: a
 * record that a CPU adds once its ring was looked at has a later time, as its clock is
 * read under the ring's lock. So whatever is given later is newer.
 *
 * Return: bytes of whole records; 0: there are none; -EINVAL: none fits; -EFAULT.
 */
ssize_t records_read(char __user *to, size_t size)
{
	const size_t one = sizeof(struct ncb_storm_event);
	u32 room = min_t(size_t, size / one, NCB_STORM_RECORDS_MAX), done, n;
	u64 now = ktime_get_raw_ns(), limit;
	struct ring *ring;

	if (!room)
		return -EINVAL;
	look_at_rings();
	for (done = 0; done < room; done += n) {
		limit = now;
		ring = oldest(&limit);
		if (!ring)
			break;
		n = piece(ring, limit, room - done);
		if (copy_to_user(to + done * one, &ring->event[ring->first], n * one))
			return done ? done * one : -EFAULT;
		consume(ring, n);
		cond_resched();
	}
	return done * one;
}
