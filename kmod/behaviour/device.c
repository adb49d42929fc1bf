// SPDX-License-Identifier: GPL-2.0-only
/*
 * ncb_behaviour.ko: /dev/ncb_behaviour. A case is played by the task that asks for it,
 * which it may kill; what it did until then another task can read. What such a case
 * held is never freed, and no lock is held while it is played.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/capability.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include "scene.h"

/* Time for the other thread to take the block off the chain and to begin waiting. */
#define HEAD_START_MS	100

/* After the call is over it has nothing to wait for. */
#define JOIN_SECONDS	10

/**
 * struct play - a scene, and the other thread of it
 * @scene: what is played
 * @work: unregisters @block
 * @block: of @scene
 * @gone: @work is done
 * @asked: @work was begun
 * @result: of unregistering
 * @over: nobody uses any of it any more
 */
struct play {
	struct scene scene;
	struct work_struct work;
	struct scene_actor *block;
	struct completion gone;
	bool asked;
	int result;
	bool over;
};

/* The case that was begun last. */
static struct play *latest;
static DEFINE_MUTEX(changing);

static void work(struct work_struct *w)
{
	struct play *p = container_of(w, struct play, work);

	p->result = p->scene.api->del(p->scene.head, p->block->block);
	complete(&p->gone);
}

static void elsewhere(struct scene *s, struct scene_actor *a)
{
	struct play *p = container_of(s, struct play, scene);

	p->block = a;
	p->asked = true;
	queue_work(system_unbound_wq, &p->work);
	msleep(HEAD_START_MS);
}

static int join(struct scene *s)
{
	struct play *p = container_of(s, struct play, scene);

	if (!p->asked)
		return -ESRCH;
	if (!wait_for_completion_timeout(&p->gone, JOIN_SECONDS * HZ))
		return -ETIMEDOUT;
	return p->result;
}

static void destroy(struct play *p)
{
	if (!p || !p->over)
		return;
	flush_work(&p->work);
	p->scene.api->fini(p->scene.head);
	kvfree(p->scene.head);
	kvfree(p);
}

static struct play *make_play(u32 type)
{
	struct play *p = kvzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->scene.api = &scene_kernel_api[type];
	p->scene.elsewhere = elsewhere;
	p->scene.join = join;
	p->scene.head = kvzalloc(p->scene.api->head_size, GFP_KERNEL);
	if (!p->scene.head) {
		kvfree(p);
		return NULL;
	}
	INIT_WORK(&p->work, work);
	init_completion(&p->gone);
	return p;
}

static long ioctl_run(void __user *arg)
{
	struct ncb_behaviour_run run;
	struct play *p;

	if (copy_from_user(&run, arg, sizeof(run)))
		return -EFAULT;
	if (scene_possible(run.which, run.type))
		return -EINVAL;
	p = make_play(run.type);
	if (!p)
		return -ENOMEM;
	mutex_lock(&changing);
	destroy(latest);
	latest = p;
	mutex_unlock(&changing);
	scene_play(&p->scene, run.which, run.type);
	/* Another thread that is still waiting is left alone with it. */
	p->over = !p->asked || completion_done(&p->gone);
	return 0;
}

static long ioctl_read(void __user *arg)
{
	long err = 0;

	mutex_lock(&changing);
	if (!latest)
		err = -ENODATA;
	else if (copy_to_user(arg, &latest->scene.record, sizeof(latest->scene.record)))
		err = -EFAULT;
	mutex_unlock(&changing);
	return err;
}

static long behaviour_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case NCB_BEHAVIOUR_IOC_RUN:
		return ioctl_run((void __user *)arg);
	case NCB_BEHAVIOUR_IOC_READ:
		return ioctl_read((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int behaviour_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_MODULE) ? nonseekable_open(inode, file) : -EPERM;
}

static const struct file_operations behaviour_fops = {
	.owner = THIS_MODULE,
	.open = behaviour_open,
	.unlocked_ioctl = behaviour_ioctl,
};

static struct miscdevice behaviour_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = NCB_BEHAVIOUR_MODULE,
	.fops = &behaviour_fops,
	.mode = 0600,
};

static int __init behaviour_init(void)
{
	return misc_register(&behaviour_device);
}

static void __exit behaviour_exit(void)
{
	misc_deregister(&behaviour_device);
	destroy(latest);
}

module_init(behaviour_init);
module_exit(behaviour_exit);
MODULE_DESCRIPTION("ncbench: how notifier chains behave, on machines that are thrown away");
MODULE_LICENSE("GPL");
