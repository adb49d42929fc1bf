/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and abilities of the engines, for the module and the driver alike. */
#ifndef NCB_ENGINE_TABLE_H
#define NCB_ENGINE_TABLE_H

#include <linux/types.h>
#include "ncbench_uapi.h"

#ifndef NULL		/* no header has it on both sides */
#define NULL ((void *)0)
#endif

/**
 * struct ncb_engine - an engine as the table describes it, on both sides
 * @name: as in --arms and in the report
 * @summary: one line for `ncbench list`
 * @clones: copies of its text that the blocks alternate over
 * @controls: further copies, for the A/A control
 * @ops: per chain type, bits 1 << enum ncb_op of what exists
 * @needs: per operation, NCB_FEAT_* of the kernel without which it is missing
 * @why: per operation, the reason where it is missing
 * @no_list: calls nothing: no semantics to check
 */
struct ncb_engine {
	const char *name;
	const char *summary;
	__u32 clones;
	__u32 controls;
	__u8 ops[NCB_TYPES];
	__u32 needs[NCB_OPS];
	const char *why[NCB_OPS];
	_Bool no_list;
};

extern const struct ncb_engine ncb_engines[];
extern const unsigned int ncb_engine_count;

extern const char *const ncb_type_names[NCB_TYPES];
extern const char *const ncb_op_names[NCB_OPS];
extern const char *const ncb_pos_names[NCB_POSITIONS];
extern const char *const ncb_callback_names[NCB_CALLBACK_SETS];
extern const char *const ncb_placement_names[NCB_PLACEMENTS];
extern const char *const ncb_cache_names[NCB_CACHES];

const struct ncb_engine *ncb_engine_find(const char *name);
const char *ncb_engine_missing(const struct ncb_engine *e, __u32 type, __u32 op, __u32 features);
const char *ncb_row_missing(__u32 type, __u32 op);

#endif /* NCB_ENGINE_TABLE_H */
