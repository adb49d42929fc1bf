/* SPDX-License-Identifier: GPL-2.0-only */
/* STEADY=1: a fixed clock rate while measuring, and everything as before afterwards. */
#ifndef NCB_STEADY_H
#define NCB_STEADY_H

#include "ncbench.h"

/**
 * struct ncb_steady_knob - one file below /sys that is changed, and what it held
 * @path: without the root
 * @old: what was there
 * @set: what is written
 * @follows: the kernel moves it along with the knob before it; only restored
 */
struct ncb_steady_knob {
	char *path;
	char *old;
	char *set;
	bool follows;
};

/**
 * struct ncb_steady - what was changed; zero it, then fill @root and @state if wanted
 * @root: prefix of the paths for tests; NULL: none
 * @state: file that remembers the old values in case this process is killed;
 *	NULL: .cache/steady-restore in the checkout
 * @knobs: what was changed, @count of them
 * @failed: knobs that could not be set or restored; each was said on stderr
 * @lock: the open state file, locked as long as the settings last
 * @begun: there is something to restore
 */
struct ncb_steady {
	const char *root;
	const char *state;
	struct ncb_steady_knob *knobs;
	size_t count;
	unsigned int failed;
	int lock;
	bool begun;
};

/**
 * ncb_steady_begin() - performance governor, turbo off
 * @s: zeroed, or with @s->root and @s->state set
 * @cpu: whose governor is set, -1: of all CPUs. Turbo is the whole machine's
 *
 * First restores what a killed process left behind. What this machine has no
 * knob for, or does not let be set, is said on stderr and counted in
 * @s->failed; the rest is set all the same.
 *
 * Return: 0, or with nothing changed: -EBUSY where another process holds the
 * settings, -errno where the old values cannot be remembered (said on stderr).
 */
int ncb_steady_begin(struct ncb_steady *s, int cpu);

/**
 * ncb_steady_end() - everything as it was before ncb_steady_begin()
 * @s: may also be one where ncb_steady_begin() failed or never ran
 *
 * To be called on every way out, also after a signal.
 *
 * Return: 0, or -EIO where something could not be restored (said on stderr; it
 * then stays in the state file for the next attempt).
 */
int ncb_steady_end(struct ncb_steady *s);

/**
 * ncb_steady_recover() - restore what a killed process left behind
 * @root: prefix, or NULL
 * @state: state file, or NULL, as in struct ncb_steady
 *
 * Cheap where there is nothing to do, so every start of `ncbench` may call it.
 * A value that somebody has changed since is left alone. After a reboot the
 * file is dropped.
 *
 * Return: number of values restored, -EBUSY where a living process holds the
 * settings, or -errno (said on stderr, except for -EBUSY).
 */
int ncb_steady_recover(const char *root, const char *state);

#endif /* NCB_STEADY_H */
