/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What two kernels take in memory, each as it is, nothing computed. The figures are exact,
 * so there is neither noise nor a test: what is known on both sides is larger, smaller or the
 * same. A lower bound is subtracted from nothing. Pure.
 */
#ifndef NCB_COMPARE_MEMORY_H
#define NCB_COMPARE_MEMORY_H

#include "compare.h"

enum ncb_bill_group {
	NCB_BILL_TYPE,	/* notifier_block and the heads */
	NCB_BILL_IMAGE,
	NCB_BILL_KERNEL,	/* static blocks and heads */
	NCB_BILL_MODULES,	/* the same, of the modules */
	NCB_BILL_LIVE,	/* while the kernel ran */
	NCB_BILL_STRUCT,
	NCB_BILL_GROUPS
};

/**
 * struct ncb_memory_figure - one figure of one side
 * @known: it is
 * @least: a lower bound
 * @value: bytes, cache lines, or how many
 */
struct ncb_memory_figure {
	bool known, least;
	int64_t value;
};

/**
 * struct ncb_memory_pair - one figure, before and after
 * @id: "memory/struct/<name>/slab" ...; malloc'd
 * @name: what it is of
 * @module: of a struct whose name others have, too: the first module that has it; or ""
 * @what: "size", "slab", "lines", or "" where the name says all
 * @unit: "bytes", "lines" or "count"
 * @group: where it belongs
 * @side: old and new
 * @verdict: NCB_MORE, NCB_LESS, NCB_EQUAL; NCB_NOTHING: not compared
 * @reason: why not; malloc'd, NULL where it is compared
 */
struct ncb_memory_pair {
	char *id;
	const char *name, *module, *what, *unit;
	enum ncb_bill_group group;
	struct ncb_memory_figure side[2];
	enum ncb_verdict verdict;
	char *reason;
};

/**
 * struct ncb_memory_comparison - figures of two sides
 * @pair, @pairs: by group; structs by name
 * @differ: of each side, how many figures its runs do not agree in; which, @pair says
 * @known: of each side, how many runs know any
 * @source: of each side, "BTF", "DWARF", or "BTF | DWARF" where its runs differ
 */
struct ncb_memory_comparison {
	struct ncb_memory_pair *pair;
	size_t pairs;
	size_t differ[2], known[2];
	const char *source[2];
};

/* "larger", "smaller", "same", "-". */
const char *ncb_memory_word(enum ncb_verdict v);
/* Whether some run of each side knows what its kernel takes. */
bool ncb_memory_shared(const struct ncb_side *old, const struct ncb_side *new);
/* NULL where they do not. To be given to ncb_memory_comparison_free() before the runs are freed. */
struct ncb_memory_comparison *ncb_memory_compare(const struct ncb_side *old,
						 const struct ncb_side *new);
void ncb_memory_comparison_free(struct ncb_memory_comparison *c);	/* NULL is fine */
/* The pair of that id; NULL: there is none. */
const struct ncb_memory_pair *ncb_memory_find_pair(const struct ncb_memory_comparison *c,
					      const char *id);

#endif /* NCB_COMPARE_MEMORY_H */
