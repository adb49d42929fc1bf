/* SPDX-License-Identifier: GPL-2.0-only */
/* What ncbench-user.so gives to the driver that loads it. */
#ifndef NCB_USER_H
#define NCB_USER_H

/* The one symbol that can be seen from outside, and its type. */
#define NCB_USER_ENTRY	"ncb_user_ioctl"
typedef long ncb_user_ioctl_fn(unsigned int request, void *arg, const volatile int *interrupted);

#endif /* NCB_USER_H */
