/* SPDX-License-Identifier: GPL-2.0-only */
/* What types say about notifier chains, as JSON; the format stands in results/README.md. */
#ifndef NCB_MEMORY_TYPES_JSON_H
#define NCB_MEMORY_TYPES_JSON_H

#include <jansson.h>
#include "types.h"

/**
 * struct ncb_types_question - what to say of types
 * @file: where they are from
 * @types: they
 * @patched: types of a kernel of the other design, which has to look as computed; or NULL
 * @members: say where each member is, too
 */
struct ncb_types_question {
	const char *file;
	const struct ncb_types *types;
	const struct ncb_types *patched;
	bool members;
};

json_t *ncb_types_json(const struct ncb_types_question *q);

#endif /* NCB_MEMORY_TYPES_JSON_H */
