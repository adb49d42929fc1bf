/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running a guest: what is the same for all kinds of them. guest.c is what runs inside.
 * A kind of guest is one file with a struct ncb_guest_kind, and a target.
 */
#ifndef NCB_GUEST_RUN_H
#define NCB_GUEST_RUN_H

#include "kernel.h"
#include "target.h"
#include "wire.h"

struct ncb_guest;

/**
 * struct ncb_guest_words - the words of a command
 * @word: malloc'd each, NULL-ended where there is one
 * @count: of them
 */
struct ncb_guest_words {
	char **word;
	size_t count;
};
void ncb_guest_word(struct ncb_guest_words *w, const char *format, ...) PRINTF(2, 3);
void ncb_guest_words_free(struct ncb_guest_words *w);

/**
 * struct ncb_guest_kind - what guests of a kind have of their own
 * @name: of the target; its messages are in <name>.log of the guest's folder
 * @program: what runs them, for messages
 * @console: file of the guest's folder that has what its kernel says
 * @wire: that gets the frames
 * @kernel: the kernel to boot; see ncb_kernel_get()
 * @choose: says how the guest is run, and sets @metric of it; @dir is there and what goes
 *	into the guest is built
 * @append: the kernel command line but the words at its end, malloc'd
 * @command: adds the program and its arguments
 * @prepare: called with the guest in the new process before the program is, or NULL
 * @judge: whether the figures are what they should be, or NULL
 * @note: into the environment of the run that the guest's was added to
 *
 * Those that return an int: 0 or -errno with a message.
 */
struct ncb_guest_kind {
	const char *name, *program, *console, *wire;
	int (*kernel)(const struct ncb_guest *g, struct ncb_kernel *k);
	int (*choose)(struct ncb_guest *g);
	char *(*append)(const struct ncb_guest *g);
	void (*command)(const struct ncb_guest *g, struct ncb_guest_words *w);
	void (*prepare)(void *guest);
	int (*judge)(const struct ncb_guest *g);
	void (*note)(const struct ncb_guest *g);
};

/**
 * struct ncb_guest - a guest being run
 * @kind, @own: which, and what only that knows
 * @options, @run: what it is to measure
 * @dir: temporary folder with everything of it
 * @kernel: what it boots
 * @machine: what it is
 * @module: ncbench.ko for that kernel
 * @storm, @payload: folders of the modules that storms want, or NULL
 * @program: the ncbench that runs in it
 * @metric: that is expected of it
 * @append: the kernel command line
 * @wire, @wire_fd: what comes out of it
 * @console_fd, @line, @line_used: its console, and the last line so far
 * @complaint: first line there that says that something is wrong
 * @started, @heard, @limit, @silence: ncb_now() of the start and of the last
 *	frame; seconds that it may take, and may be silent
 * @progress: shown, or NULL
 * @share, @doing: how far it says it is
 * @storms_began, @storms_ended: when it first named a storm, and then none; 0: not yet
 * @received: folder for the files
 * @files: results that have come
 * @failed: the guest said why it failed
 * @err: why it is ended: 0 or -errno
 * @reason: the same in words
 * @findings: lines in its kernel log that complain, since the module was there
 */
struct ncb_guest {
	const struct ncb_guest_kind *kind;
	void *own;
	const struct ncb_run_options *options;
	struct ncb_rundata *run;
	char *dir;
	const struct ncb_kernel *kernel;
	const struct ncb_machine *machine;
	char *module, *storm, *payload, *program;
	enum ncb_metric metric;
	char *append;
	struct ncb_wire_reader wire;
	int wire_fd, console_fd;
	char line[256], complaint[256];
	size_t line_used;
	double started, heard, limit, silence;
	struct ncb_progress *progress;
	double share;
	char doing[96];
	double storms_began, storms_ended;
	char *received;
	unsigned int files;
	bool failed;
	int err;
	char reason[256];
	unsigned int findings;
};

/* -- guest_run.c -- */
int ncb_guest_run(const struct ncb_guest_kind *kind, void *own, const struct ncb_run_options *o,
		  struct ncb_rundata *r);
int ncb_guest_boot(struct ncb_guest *g);
char *ncb_guest_path(const struct ncb_guest *g, const char *name);
void ncb_guest_set_append(struct ncb_guest *g, const char *more);
void ncb_guest_give_up(struct ncb_guest *g, int err, const char *format, ...) PRINTF(3, 4);
void ncb_guest_end_progress(struct ncb_guest *g);

/* -- guest_take.c: true where something was new -- */
bool ncb_guest_read_wire(struct ncb_guest *g);
void ncb_guest_read_console(struct ncb_guest *g);

/* -- guest_pack.c -- */
int ncb_guest_build(struct ncb_guest *g, struct ncb_kernel *kernel);
int ncb_guest_collect_packaged(const struct ncb_guest *g);
int ncb_guest_pack(const struct ncb_guest *g);

/* -- guest_result.c -- */
void ncb_guest_settle_counts(const struct ncb_guest *g);
int ncb_guest_adopt(const struct ncb_guest *g);
int ncb_guest_judge(const struct ncb_guest *g);
int ncb_guest_show_output(const struct ncb_guest *g);

#endif /* NCB_GUEST_RUN_H */
