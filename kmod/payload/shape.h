/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all payload modules of storms have: name, version, parameter, init and exit.
 *
 * A storm wants hundreds of modules that differ in nothing but their name. One of
 * each shape is built, as ncb_<shape>_0000; the others are copies of the file in
 * which the name is replaced wherever it stands, by one of the same length. So that
 * a copy can be loaded beside the others, every name that the kernel wants to be
 * unique begins with the module's; and as all exported names begin with it, their
 * sorted table stays sorted. No string may be a tail of the name, such as "0000":
 * the linker would keep it as a part of the name, to be replaced with it.
 */
#ifndef NCB_SHAPE_H
#define NCB_SHAPE_H

#include <linux/err.h>
#include <linux/module.h>
#include <ncb_storm_uapi.h>

static unsigned int fail;
module_param(fail, uint, 0);
MODULE_PARM_DESC(fail, "what init returns, as a positive error number; 0: it succeeds");

static int __init shape_init(void)
{
	return fail > MAX_ERRNO ? -EINVAL : -(int)fail;
}

static void __exit shape_exit(void)
{
}

module_init(shape_init);
module_exit(shape_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(NCB_PAYLOAD_VERSION);
MODULE_DESCRIPTION("ncbench: a module that a load storm loads");

/*
 * SHAPE_10(X, n) is X(n0) .. X(n9), SHAPE_100 is X(n00) .. X(n99), and so on. None of
 * them can be used within X.
 */
#define SHAPE_10(X, n)							\
	X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9)
#define SHAPE_100(X, n)							\
	SHAPE_10(X, n##0) SHAPE_10(X, n##1) SHAPE_10(X, n##2) SHAPE_10(X, n##3)	\
	SHAPE_10(X, n##4) SHAPE_10(X, n##5) SHAPE_10(X, n##6) SHAPE_10(X, n##7)	\
	SHAPE_10(X, n##8) SHAPE_10(X, n##9)
#define SHAPE_1000(X, n)						\
	SHAPE_100(X, n##0) SHAPE_100(X, n##1) SHAPE_100(X, n##2) SHAPE_100(X, n##3)	\
	SHAPE_100(X, n##4) SHAPE_100(X, n##5) SHAPE_100(X, n##6) SHAPE_100(X, n##7)	\
	SHAPE_100(X, n##8) SHAPE_100(X, n##9)

#endif /* NCB_SHAPE_H */
