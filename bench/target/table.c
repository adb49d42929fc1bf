// SPDX-License-Identifier: GPL-2.0-only
/* The table of targets, in the order in which TARGET=auto tries them; some it never takes. */
#include <string.h>
#include "target.h"

extern const struct ncb_target ncb_target_host, ncb_target_qemu, ncb_target_uml,
	ncb_target_user;

const struct ncb_target *const ncb_targets[] = {
	&ncb_target_host,
	&ncb_target_qemu,
	&ncb_target_uml,
	&ncb_target_user,
};
const size_t ncb_target_count = ARRAY_SIZE(ncb_targets);

/** ncb_target_find - a target by name, or NULL */
const struct ncb_target *ncb_target_find(const char *name)
{
	size_t i;

	for (i = 0; i < ncb_target_count; i++)
		if (!strcmp(ncb_targets[i]->name, name))
			return ncb_targets[i];
	return NULL;
}
