// SPDX-License-Identifier: GPL-2.0-only
/*
 * ncbench.ko: /dev/ncbench, for root, one measurement at a time. An open file
 * holds the module, so it cannot go away below a measurement; a signal ends
 * the measurement.
 */
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <engine_hooks.h>
#include "clock.h"
#include "counters.h"
#include "run.h"

static DEFINE_MUTEX(running);

#ifdef NCB_HAVE_TRACEPOINT
DEFINE_STATIC_KEY_FALSE(ncb_trace_key);

void noinline ncb_trace_hit(void *fn)
{
}
#endif

void noinline ncb_registered_twice(const void *node)
{
}

/**
 * ncb_features - what the running kernel has
 *
 * Return: NCB_FEAT_*, as found in the headers and configuration it was built with.
 */
u32 ncb_features(void)
{
	u32 features = 0;

#ifdef NCB_HAVE_blocking_notifier_call_chain_reverse
	features |= NCB_FEAT_REVERSE;
#endif
#ifdef NCB_HAVE_blocking_notifier_chain_register_unique_prio
	features |= NCB_FEAT_UNIQUE_BLOCKING;
#endif
#ifdef NCB_HAVE_atomic_notifier_chain_register_unique_prio
	features |= NCB_FEAT_UNIQUE_ATOMIC;
#endif
#ifdef NCB_HAVE_TRACEPOINT
	features |= NCB_FEAT_TRACEPOINT;
#endif
	if (IS_ENABLED(CONFIG_DEBUG_NOTIFIERS))
		features |= NCB_FEAT_DEBUG_NOTIFIERS;
	if (IS_ENABLED(CONFIG_LOCKDEP))
		features |= NCB_FEAT_LOCKDEP;
	if (IS_ENABLED(CONFIG_KASAN))
		features |= NCB_FEAT_KASAN;
	if (IS_ENABLED(CONFIG_RETPOLINE) || IS_ENABLED(CONFIG_MITIGATION_RETPOLINE))
		features |= NCB_FEAT_RETPOLINE;
	return features;
}

/* The same code around 1009 and around 4036 no-operations: no round numbers. */
#define NOPS(count)							\
static noinline u64 nops_##count(void)					\
{									\
	u64 start = ncb_ticks();					\
									\
	asm volatile(".rept " #count "\n\tnop\n\t.endr" : : : "memory");	\
	return ncb_ticks() - start;					\
}
NOPS(1009)
NOPS(4036)

/*
 * Ticks of NCB_KNOWN_INSN no-operations: as many where a tick is an instruction.
 * A coarse clock may hit the number once, but not every time: then 0.
 */
static u64 known_insn(void)
{
	u64 took, first = 0, few, many;
	unsigned long flags;
	int i;

	for (i = 0; i < 5; i++) {
		local_irq_save(flags);
		few = nops_1009();
		many = nops_4036();
		local_irq_restore(flags);
		took = many - few;
		if (!i)
			first = took;
		else if (took != first)
			return 0;
	}
	return first;
}

static long ioctl_info(void __user *arg)
{
	struct ncb_info info = {
		.abi = NCB_ABI,
		.features = ncb_features(),
		.known_insn = known_insn(),
		.clock = NCB_CLOCK_NAME,
	};
	unsigned long flags;

	local_irq_save(flags);
	info.ticks = ncb_ticks();
	info.ktime_ns = ktime_get_raw_ns();
	local_irq_restore(flags);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

/* What the module does with the @size bytes at @arg, one at a time. */
static long ioctl_measure(void __user *arg, size_t size, int (*measure)(void *par))
{
	void *par;
	long err;

	if (!mutex_trylock(&running))
		return -EBUSY;
	par = memdup_user(arg, size);
	if (IS_ERR(par)) {
		err = PTR_ERR(par);
		goto unlock;
	}
	err = measure(par);
	if (copy_to_user(arg, par, size))
		err = -EFAULT;
	kfree(par);
unlock:
	mutex_unlock(&running);
	return err;
}

static int measure_run(void *par)
{
	return ncb_run_row(par);
}

static int measure_events(void *par)
{
	return ncb_events_row(par);
}

static long ncb_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case NCB_IOC_INFO:
		return ioctl_info((void __user *)arg);
	case NCB_IOC_RUN:
		return ioctl_measure((void __user *)arg, sizeof(struct ncb_run), measure_run);
	case NCB_IOC_EVENTS:
		return ioctl_measure((void __user *)arg, sizeof(struct ncb_events), measure_events);
	default:
		return -ENOTTY;
	}
}

static int ncb_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? nonseekable_open(inode, file) : -EPERM;
}

static const struct file_operations ncb_fops = {
	.owner = THIS_MODULE,
	.open = ncb_open,
	.unlocked_ioctl = ncb_ioctl,
};

static struct miscdevice ncb_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = NCB_MODULE,
	.fops = &ncb_fops,
	.mode = 0600,
};

module_misc_device(ncb_device);

MODULE_DESCRIPTION("Microbenchmarks of notifier chain designs");
MODULE_LICENSE("GPL");
