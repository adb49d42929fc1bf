/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sampled call chains as a picture: perf's text is folded into a tree, the tree is
 * drawn as one static SVG. All of it is pure: text in, text out.
 */
#ifndef NCB_FLAMEGRAPH_H
#define NCB_FLAMEGRAPH_H

#include "ncbench.h"

#define NCB_FLAME_DEPTH		256	/* frames of a chain; perf has 127 */
#define NCB_FLAME_WIDTH		1200	/* of the picture */

/* Ends of names that say what a frame belongs to; user space has none. */
#define NCB_FLAME_KERNEL	"_[k]"
#define NCB_FLAME_MODULE	"_[m]"	/* what is measured: ncbench.ko, or the engines' object */

struct ncb_stacks;

/**
 * struct ncb_stacks_object - how frames of what is measured are told
 * @name: how the object begins to be called in perf's text: a path, "[ncbench]"
 * @low, @high: addresses of a module, without @high; perf calls it [kernel.kallsyms]
 *	where it does not find the folder of the kernel's modules
 */
struct ncb_stacks_object {
	const char *name;
	uint64_t low, high;
};

/**
 * struct ncb_stacks_facts - what was folded
 * @samples: chains
 * @module: of which have a frame of what is measured
 * @unnamed: of which the innermost frame has no symbol
 * @lost: samples that perf says were lost
 * @event: that was sampled, as perf calls it
 */
struct ncb_stacks_facts {
	uint64_t samples, module, unnamed, lost;
	char event[64];
};

struct ncb_stacks *ncb_stacks_new(void);
void ncb_stacks_free(struct ncb_stacks *s);
/* One chain, "outermost;...;innermost", met @count times. */
void ncb_stacks_add(struct ncb_stacks *s, const char *chain, uint64_t count);
/* What 'perf script -F event,ip,sym,dso --show-lost-events' prints. */
void ncb_stacks_fold(struct ncb_stacks *s, FILE *script, const struct ncb_stacks_object *object,
		     struct ncb_stacks_facts *facts);
/* A line "a;b;c count" for each chain, sorted. -EIO where @f cannot be written. */
int ncb_stacks_write(const struct ncb_stacks *s, FILE *f);
/* The picture; @title and @note: above and below it. -EIO likewise. */
int ncb_flamegraph(const struct ncb_stacks *s, const char *title, const char *note, FILE *f);

#endif /* NCB_FLAMEGRAPH_H */
