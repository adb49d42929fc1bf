// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chain as a list. Its head is the loader's secret; but a callback of ours is
 * called with our own block, from which the rest can be walked: the chain's rwsem is
 * held for reading meanwhile.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/uaccess.h>
#include "listing.h"
#include "probes.h"

static struct {
	u64 key;
	s32 priority;
	u32 position;
} listed[NCB_STORM_CHAIN_MAX];

/* Notifiers found, ours left out; what is listed may be read once it is there. */
static u32 listed_count;

static const struct notifier_block *next_block(const struct notifier_block *nb)
{
#ifdef NCB_HAVE_LIST_HEAD
	return list_next_entry(nb, entry);
#else
	return rcu_dereference_raw(nb->next);
#endif
}

/** listing_reset - forget the list; no probe is on the chain */
void listing_reset(void)
{
	WRITE_ONCE(listed_count, 0);
}

static u32 listed_entries(void)
{
	return min_t(u32, smp_load_acquire(&listed_count), NCB_STORM_CHAIN_MAX);
}

/** listing_has - whether the chain's list has a callback with this key */
bool listing_has(u64 key)
{
	u32 n = listed_entries(), i;

	for (i = 0; i < n; i++)
		if (listed[i].key == key)
			return true;
	return false;
}

/**
 * listing_take - list the chain
 * @first: our first block, in whose callback this is; our last one is on the chain
 *
 * One caller between two listing_reset().
 */
void listing_take(const struct notifier_block *first)
{
	u32 position = NCB_STORM_FIRST, count = 0;
	const struct notifier_block *nb;

	for (nb = next_block(first); nb && !probes_is_last(nb); nb = next_block(nb)) {
		if (probes_is_middle(nb))
			position = NCB_STORM_MIDDLE;
		if (probes_is_own(nb->notifier_call))
			continue;
		if (count < NCB_STORM_CHAIN_MAX) {
			listed[count].key = (unsigned long)nb->notifier_call;
			listed[count].priority = nb->priority;
			listed[count].position = position;
		}
		count++;
	}
	smp_store_release(&listed_count, count);
}

/**
 * listing_copy - tell the user
 * @chain: where to; gets the count
 *
 * Return: 0 or -EFAULT.
 */
int listing_copy(struct ncb_storm_chain *chain)
{
	struct ncb_storm_notifier __user *to = u64_to_user_ptr(chain->notifiers);
	u32 n = min(listed_entries(), chain->capacity), i;

	for (i = 0; i < n; i++) {
		struct ncb_storm_notifier notifier = {
			.key = listed[i].key,
			.priority = listed[i].priority,
			.position = listed[i].position,
		};

		if (IS_ENABLED(CONFIG_KALLSYMS))
			snprintf(notifier.symbol, sizeof(notifier.symbol), "%ps",
				 (void *)(unsigned long)listed[i].key);
		if (copy_to_user(&to[i], &notifier, sizeof(notifier)))
			return -EFAULT;
	}
	chain->count = smp_load_acquire(&listed_count);
	return 0;
}
