// SPDX-License-Identifier: GPL-2.0-only
/* The compiled copies of every engine, from engines.def. */
#include <linux/string.h>
#include "engine.h"

#define IMPL(name, k)		extern const struct ncb_impl name##_impl_##k;
#define NCB_SINGLE(name)	IMPL(name, 0)
#define NCB_PRIVATE(name)	IMPL(name, 0) IMPL(name, 1) IMPL(name, 2) IMPL(name, 3)
#define NCB_CONTROL(name)	NCB_PRIVATE(name) \
				IMPL(name, 4) IMPL(name, 5) IMPL(name, 6) IMPL(name, 7)
#include "engines.def"
#undef IMPL
#undef NCB_SINGLE
#undef NCB_PRIVATE
#undef NCB_CONTROL

#define FOUR(name, a, b, c, d)	&name##_impl_##a, &name##_impl_##b, &name##_impl_##c, \
				&name##_impl_##d,
#define IMPLS(name, ...)	static const struct ncb_impl *const name##_impls[] = { __VA_ARGS__ };
#define NCB_SINGLE(name)	IMPLS(name, &name##_impl_0)
#define NCB_PRIVATE(name)	IMPLS(name, FOUR(name, 0, 1, 2, 3))
#define NCB_CONTROL(name)	IMPLS(name, FOUR(name, 0, 1, 2, 3) FOUR(name, 4, 5, 6, 7))
#include "engines.def"
#undef NCB_SINGLE
#undef NCB_PRIVATE
#undef NCB_CONTROL

static const struct {
	const char *name;
	const struct ncb_impl *const *impls;
	u32 copies;
} table[] = {
#define ENTRY(name)		{ #name, name##_impls, sizeof(name##_impls) / sizeof(void *) },
#define NCB_SINGLE(name)	ENTRY(name)
#define NCB_PRIVATE(name)	ENTRY(name)
#define NCB_CONTROL(name)	ENTRY(name)
#include "engines.def"
};

/*
 * ncb_engine_impls - the compiled copies of an engine
 * (no kernel-doc: scripts/kernel-doc of 5.10 cannot read the return type)
 * @name: as in the table
 *
 * Return: its clones, then its controls, as many as struct ncb_engine says;
 * NULL where no such engine was compiled in.
 */
const struct ncb_impl *const *ncb_engine_impls(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].name, name))
			return table[i].impls;
	return NULL;
}

/**
 * ncb_engine_copies - how many copies of an engine were compiled in
 * @name: as in the table
 *
 * Return: their number, 0 where there is no such engine.
 */
u32 ncb_engine_copies(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].name, name))
			return table[i].copies;
	return 0;
}
