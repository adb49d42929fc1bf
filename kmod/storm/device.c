// SPDX-License-Identifier: GPL-2.0-only
/*
 * ncb_storm.ko: /dev/ncb_storm, for who may load modules, one at a time. Everything
 * is taken back when the file is closed, which also happens to a driver that is
 * killed; an open file holds the module.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/bitops.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/kmod.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include "listing.h"
#include "probes.h"
#include "records.h"
#include "trace.h"

static unsigned int records = NCB_STORM_RECORDS_MAX;
module_param(records, uint, 0444);
MODULE_PARM_DESC(records, "how many records each CPU keeps until they are read, as far as there is room");

/* Bit 0: somebody has it open. No mutex, as who closes it may be another task. */
static unsigned long opened;

/* See struct ncb_storm_info. */
static u32 probe_ns;

/* Held while settings and records change hands. */
static DEFINE_MUTEX(changing);

static long ioctl_info(void __user *arg)
{
	struct ncb_storm_info info = {
		.abi = NCB_STORM_ABI,
		.features = NCB_STORM_FEAT_REQUEST,
		.records = records_capacity(),
		.probe_ns = probe_ns,
		.lost = records_lost(),
		.calls = probes_calls(),
		.vetoes = probes_vetoes(),
	};

	if (trace_possible())
		info.features |= NCB_STORM_FEAT_TRACEPOINT;
	if (IS_ENABLED(NCB_HAVE_LIST_HEAD))
		info.features |= NCB_STORM_FEAT_LIST_HEAD;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long ioctl_set(void __user *arg)
{
	struct ncb_storm_setting setting;

	return copy_from_user(&setting, arg, sizeof(setting)) ? -EFAULT : probes_set(&setting);
}

static long ioctl_other(void __user *arg)
{
	struct ncb_storm_other other;

	return copy_from_user(&other, arg, sizeof(other)) ? -EFAULT : probes_other(&other);
}

static long ioctl_chain(void __user *arg)
{
	struct ncb_storm_chain chain;
	int err;

	if (copy_from_user(&chain, arg, sizeof(chain)))
		return -EFAULT;
	err = listing_copy(&chain);
	if (!err && copy_to_user(arg, &chain, sizeof(chain)))
		err = -EFAULT;
	return err;
}

/* Many at a time: what is asked for is how the kernel deals with that. */
static long ioctl_request(void __user *arg)
{
	struct ncb_storm_request request;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	if (!memchr(request.name, '\0', sizeof(request.name)) ||
	    probes_payload(request.name) < 0)
		return -EINVAL;
	request.result = request_module("%s", request.name);
	return copy_to_user(arg, &request, sizeof(request)) ? -EFAULT : 0;
}

/* One at a time. */
static long ioctl_alone(unsigned int cmd, void __user *arg)
{
	long err = -ENOTTY;

	if (mutex_lock_interruptible(&changing))
		return -EINTR;
	switch (cmd) {
	case NCB_STORM_IOC_INFO:
		err = ioctl_info(arg);
		break;
	case NCB_STORM_IOC_SET:
		err = ioctl_set(arg);
		break;
	case NCB_STORM_IOC_OTHER:
		err = ioctl_other(arg);
		break;
	case NCB_STORM_IOC_CHAIN:
		err = ioctl_chain(arg);
		break;
	}
	mutex_unlock(&changing);
	return err;
}

static long storm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *to = (void __user *)arg;

	return cmd == NCB_STORM_IOC_REQUEST ? ioctl_request(to) : ioctl_alone(cmd, to);
}

static ssize_t storm_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	ssize_t n;

	if (mutex_lock_interruptible(&changing))
		return -EINTR;
	n = records_read(to, size);
	mutex_unlock(&changing);
	return n;
}

static int storm_open(struct inode *inode, struct file *file)
{
	int err;

	if (!capable(CAP_SYS_MODULE))
		return -EPERM;
	if (test_and_set_bit_lock(0, &opened))
		return -EBUSY;
	err = records_alloc(records);
	if (err)
		goto unlock;
	err = probes_alloc();
	if (err)
		goto free;
	probe_ns = probes_cost();
	return nonseekable_open(inode, file);
free:
	records_free();
unlock:
	clear_bit_unlock(0, &opened);
	return err;
}

static int storm_release(struct inode *inode, struct file *file)
{
	probes_free();
	records_free();
	clear_bit_unlock(0, &opened);
	return 0;
}

static const struct file_operations storm_fops = {
	.owner = THIS_MODULE,
	.open = storm_open,
	.release = storm_release,
	.read = storm_read,
	.unlocked_ioctl = storm_ioctl,
};

static struct miscdevice storm_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = NCB_STORM_MODULE,
	.fops = &storm_fops,
	.mode = 0600,
};

static int __init storm_init(void)
{
	if (records < NCB_STORM_RECORDS_MIN || records > NCB_STORM_RECORDS_MAX) {
		pr_err("records = %u: valid are %u .. %u\n", records, NCB_STORM_RECORDS_MIN,
		       NCB_STORM_RECORDS_MAX);
		return -EINVAL;
	}
	return misc_register(&storm_device);
}

static void __exit storm_exit(void)
{
	misc_deregister(&storm_device);
}

module_init(storm_init);
module_exit(storm_exit);
MODULE_DESCRIPTION("ncbench: probes on the module loader's notifier chain");
MODULE_VERSION(NCB_STORM_VERSION);
MODULE_LICENSE("GPL");
