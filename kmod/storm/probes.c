// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver wants to have on the module loader's chain: probes, one that
 * vetoes, and ones that only count. None of the callbacks allocates, sleeps or
 * registers anything: the chain's rwsem is held meanwhile.
 */
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "listing.h"
#include "probes.h"
#include "records.h"
#include "trace.h"

/* On lines of their own, as the notifiers of other people are. */
struct extra {
	struct notifier_block nb;
} ____cacheline_aligned;

/*
 * @set: what is on the chain
 * @extra: NCB_STORM_EXTRA_MAX of them, the first @set.extra on the chain
 * @list_wanted: the next payload that comes has the chain listed. Not every one: a walk
 *	along the extra notifiers takes as long as what is to be measured
 * @calls: of extra notifiers, for each CPU
 * @other: see struct ncb_storm_other
 */
static struct ncb_storm_setting set;
static struct extra *extra;
static int list_wanted;
static atomic64_t vetoes;
static u64 __percpu *calls;
static char other[NCB_STORM_NAME];

/**
 * probes_payload - whether a module is a payload
 * @name: of the module
 *
 * Return: its number, or -1.
 */
int probes_payload(const char *name)
{
	size_t length = strlen(name), number = length - NCB_PAYLOAD_DIGITS;
	int value = 0;

	if (other[0] && !strcmp(name, other))
		return 0;
	if (strncmp(name, NCB_PAYLOAD_PREFIX, strlen(NCB_PAYLOAD_PREFIX)) ||
	    length < strlen(NCB_PAYLOAD_PREFIX "x_") + NCB_PAYLOAD_DIGITS || name[number - 1] != '_')
		return -1;
	for (; number < length; number++) {
		if (!isdigit(name[number]))
			return -1;
		value = value * 10 + name[number] - '0';
	}
	return value;
}

/**
 * probes_other - one module more that counts as a payload
 * @wanted: which
 *
 * Return: 0; -EINVAL where it is no name; -EBUSY while callbacks may look at it.
 */
int probes_other(const struct ncb_storm_other *wanted)
{
	if (!memchr(wanted->name, '\0', sizeof(wanted->name)))
		return -EINVAL;
	if (set.flags || set.extra)
		return -EBUSY;
	strscpy(other, wanted->name, sizeof(other));
	return 0;
}

static int on_first(struct notifier_block *nb, unsigned long action, void *data)
{
	int payload = probes_payload(((struct module *)data)->name);

	if (payload < 0)
		return NOTIFY_DONE;
	if (action == MODULE_STATE_COMING && READ_ONCE(list_wanted) && xchg(&list_wanted, false))
		listing_take(nb);
	trace_window(payload, action, NCB_STORM_FIRST);
	records_add(payload, action, NCB_STORM_FIRST, 0);
	return NOTIFY_DONE;
}

static int on_middle(struct notifier_block *nb, unsigned long action, void *data)
{
	int payload = probes_payload(((struct module *)data)->name);

	if (payload >= 0)
		records_add(payload, action, NCB_STORM_MIDDLE, 0);
	return NOTIFY_DONE;
}

static int on_last(struct notifier_block *nb, unsigned long action, void *data)
{
	int payload = probes_payload(((struct module *)data)->name);

	if (payload < 0)
		return NOTIFY_DONE;
	records_add(payload, action, NCB_STORM_LAST, 0);
	trace_window(payload, action, NCB_STORM_LAST);
	return NOTIFY_DONE;
}

static int on_extra(struct notifier_block *nb, unsigned long action, void *data)
{
	this_cpu_inc(*calls);
	return NOTIFY_DONE;
}

static int on_veto(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action != MODULE_STATE_COMING || probes_payload(((struct module *)data)->name) < 0)
		return NOTIFY_DONE;
	atomic64_inc(&vetoes);
	return notifier_from_errno(-NCB_STORM_VETO_ERRNO);
}

#define EXTRA_PRIORITY	(-1)

static struct notifier_block first = { .notifier_call = on_first, .priority = INT_MAX };
static struct notifier_block middle = { .notifier_call = on_middle, .priority = 0 };
static struct notifier_block veto = { .notifier_call = on_veto, .priority = INT_MIN + 1 };
static struct notifier_block last = { .notifier_call = on_last, .priority = INT_MIN };

bool probes_is_own(notifier_fn_t callback)
{
	return callback == on_first || callback == on_middle || callback == on_last ||
	       callback == on_extra || callback == on_veto;
}

bool probes_is_middle(const struct notifier_block *nb)
{
	return nb == &middle;
}

bool probes_is_last(const struct notifier_block *nb)
{
	return nb == &last;
}

static void probe_off(void)
{
	WRITE_ONCE(list_wanted, false);
	unregister_module_notifier(&first);
	unregister_module_notifier(&middle);
	unregister_module_notifier(&last);
	set.flags &= ~NCB_STORM_PROBE;
}

static int probe_on(void)
{
	int err = register_module_notifier(&last);

	if (err)
		return err;
	err = register_module_notifier(&middle);
	if (err)
		goto last;
	listing_reset();
	WRITE_ONCE(list_wanted, true);
	err = register_module_notifier(&first);
	if (err)
		goto middle;
	set.flags |= NCB_STORM_PROBE;
	return 0;
middle:
	WRITE_ONCE(list_wanted, false);
	unregister_module_notifier(&middle);
last:
	unregister_module_notifier(&last);
	return err;
}

static int set_probe(bool wanted)
{
	if (wanted == !!(set.flags & NCB_STORM_PROBE))
		return 0;
	if (wanted)
		return probe_on();
	probe_off();
	return 0;
}

static int set_veto(bool wanted)
{
	int err = 0;

	if (wanted == !!(set.flags & NCB_STORM_VETO))
		return 0;
	if (wanted)
		err = register_module_notifier(&veto);
	else
		unregister_module_notifier(&veto);
	if (!err)
		set.flags ^= NCB_STORM_VETO;
	return err;
}

static int set_extra(u32 wanted)
{
	struct notifier_block *nb;
	int err;

	for (; set.extra > wanted; set.extra--)
		unregister_module_notifier(&extra[set.extra - 1].nb);
	for (; set.extra < wanted; set.extra++) {
		nb = &extra[set.extra].nb;
		nb->notifier_call = on_extra;
		nb->priority = EXTRA_PRIORITY;
		err = register_module_notifier(nb);
		if (err)
			return err;
	}
	return 0;
}

static int set_trace(bool wanted)
{
	if (wanted)
		return trace_start();
	trace_stop();
	return 0;
}

/* One by one; what is there already stays. */
static int apply(const struct ncb_storm_setting *wanted)
{
	int err = 0;

	if (!(wanted->flags & NCB_STORM_TRACE))
		set_trace(false);
	err = set_probe(wanted->flags & NCB_STORM_PROBE);
	if (!err)
		err = set_extra(wanted->extra);
	if (!err)
		err = set_veto(wanted->flags & NCB_STORM_VETO);
	if (!err && wanted->flags & NCB_STORM_TRACE)
		err = set_trace(true);
	return err;
}

/**
 * probes_set - put on the chain what is wanted, and take off what is not
 * @wanted: all of it
 *
 * One caller at a time.
 *
 * Return: 0; -EINVAL, -EOPNOTSUPP or what the kernel refuses it with, with nothing changed.
 */
int probes_set(const struct ncb_storm_setting *wanted)
{
	const u32 known = NCB_STORM_PROBE | NCB_STORM_VETO | NCB_STORM_TRACE;
	struct ncb_storm_setting before = set;
	int err;

	if (wanted->flags & ~known || wanted->extra > NCB_STORM_EXTRA_MAX ||
	    (wanted->flags & NCB_STORM_TRACE && !(wanted->flags & NCB_STORM_PROBE)))
		return -EINVAL;
	if (wanted->flags & NCB_STORM_TRACE && !trace_possible())
		return -EOPNOTSUPP;
	err = apply(wanted);
	if (err)
		apply(&before);
	return err;
}

/** probes_calls - calls of extra notifiers since probes_alloc() */
u64 probes_calls(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(calls, cpu);
	return sum;
}

/** probes_vetoes - vetoes since probes_alloc() */
u64 probes_vetoes(void)
{
	return atomic64_read(&vetoes);
}

/* So many calls have room, and so many make up for a clock that counts in tens of ns. */
#define COST_CALLS	NCB_STORM_RECORDS_MIN
#define COST_TRIES	8

/* Of calls one right after another. */
static u64 mean_cost(struct module *payload)
{
	unsigned long flags;
	u64 ns;
	int i;

	local_irq_save(flags);
	for (i = 0; i < COST_CALLS; i++)
		middle.notifier_call(&middle, MODULE_STATE_LIVE, payload);
	ns = records_interval();
	records_forget();
	local_irq_restore(flags);
	return ns;
}

/**
 * probes_cost - what the probes put between two records
 *
 * None is on the chain, and nobody reads records.
 *
 * Return: ns from one record to the next where one probe is called right after another,
 * the mean of many and of such means the least; 0 where there is no memory to find out.
 */
u32 probes_cost(void)
{
	struct module *payload = kzalloc(sizeof(*payload), GFP_KERNEL);
	u64 least = U32_MAX;
	int i;

	if (!payload)
		return 0;
	strscpy(payload->name, NCB_PAYLOAD_PREFIX "small_0000", sizeof(payload->name));
	for (i = 0; i < COST_TRIES; i++)
		least = min(least, mean_cost(payload));
	kfree(payload);
	return least;
}

/**
 * probes_alloc - make room for all notifiers; none is on the chain
 *
 * Return: 0 or -ENOMEM.
 */
int probes_alloc(void)
{
	extra = vzalloc(array_size(NCB_STORM_EXTRA_MAX, sizeof(*extra)));
	calls = alloc_percpu(u64);
	if (!extra || !calls) {
		free_percpu(calls);
		vfree(extra);
		return -ENOMEM;
	}
	atomic64_set(&vetoes, 0);
	other[0] = '\0';
	listing_reset();
	return 0;
}

/** probes_free - take everything off the chain */
void probes_free(void)
{
	static const struct ncb_storm_setting nothing;

	apply(&nothing);
	free_percpu(calls);
	vfree(extra);
}
