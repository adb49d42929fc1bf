/* SPDX-License-Identifier: GPL-2.0-only */
/* ncbench-memory: which files of a kernel it is given, and what it says of them. */
#ifndef NCB_MEMORY_ASK_H
#define NCB_MEMORY_ASK_H

#include "memory.h"

struct ncb_kernel;

/**
 * struct ncb_memory_subject - a kernel that is looked at; all strings malloc'd
 * @file: types are in it
 * @image: it, where @file is BTF alone; or NULL
 * @map: its System.map, or NULL
 * @modules: folder of its modules, or NULL
 * @release: or NULL where it is not known
 */
struct ncb_memory_subject {
	char *file, *image, *map, *modules, *release;
};

void ncb_memory_running(struct ncb_memory_subject *s);
int ncb_memory_find(struct ncb_memory_subject *s, const char *what, bool modules);
void ncb_memory_of_kernel(struct ncb_memory_subject *s, const struct ncb_kernel *k);
void ncb_memory_subject_free(struct ncb_memory_subject *s);

/**
 * struct ncb_memory_question - what to ask
 * @kernel: of which one
 * @other: a kernel to set beside it, or NULL
 * @log: gets what the program says to people; NULL: stderr
 * @seconds: that it may take; 0: any
 */
struct ncb_memory_question {
	const struct ncb_memory_subject *kernel, *other;
	const char *log;
	double seconds;
};
int ncb_memory_ask(const struct ncb_memory_question *q, json_t **said, char **why);

/* What is there while the kernel runs: of this one; or what a guest's program said of its own. */
json_t *ncb_memory_live_here(void);
json_t *ncb_memory_live_said(const char *path);
/* malloc'd; there may be none. */
char *ncb_memory_program(void);

/* -- memory_run.c: a part of a run of rows -- */

struct ncb_run_options;
struct ncb_target;

extern double ncb_memory_seconds;	/* that a run waits for it */
void ncb_memory_measure(const struct ncb_run_options *o, const struct ncb_target *t,
			struct ncb_rundata *r);

#endif /* NCB_MEMORY_ASK_H */
