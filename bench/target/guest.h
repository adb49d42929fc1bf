/* SPDX-License-Identifier: GPL-2.0-only */
/* What runs inside a guest, and what the host says to it. */
#ifndef NCB_GUEST_H
#define NCB_GUEST_H

#include "target.h"

/* Where things are in the guest. */
#define NCB_GUEST_MODULE	"/ncbench.ko"
#define NCB_GUEST_STORM		"/storm"	/* folder: ncb_storm.ko, a payload of each shape */
#define NCB_GUEST_PACKAGED	"packaged"	/* there: names of packaged modules, in load order */
#define NCB_GUEST_PLAN		"/plan"
#define NCB_GUEST_RUN		"/tmp/run"
#define NCB_GUEST_PROGRAM	"/program"	/* run instead of measuring */
#define NCB_GUEST_OUTPUT	"output"	/* what it printed */
#define NCB_GUEST_HOST		"/host"		/* where a folder of the host's is mounted */

/* On the guest's kernel command line. */
#define NCB_GUEST_WIRE		"ncbench.wire="		/* device below /dev/ for the frames */
#define NCB_GUEST_HOSTFS	"hostfs:"		/* there: a file of the host's instead */
#define NCB_GUEST_PROBE		"ncbench.probe"		/* say that the kernel is up, and end */

/* Written into the kernel log before the module is loaded. */
#define NCB_GUEST_MARK		"ncbench: the measurement begins"

/* The plan as the guest reads it, JSON, malloc'd. */
char *ncb_guest_plan(const struct ncb_run_options *o, const struct ncb_rundata *r);

/* What the word of the kernel command line names, malloc'd; @hostfs: it has to be mounted first. */
char *ncb_guest_wire_path(const char *word, bool *hostfs);

/* Process 1 of a guest: measures, sends the result, powers off. Does not return. */
int ncb_guest_main(void);

#endif /* NCB_GUEST_H */
