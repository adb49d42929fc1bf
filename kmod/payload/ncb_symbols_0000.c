// SPDX-License-Identifier: GPL-2.0-only
/* Shape symbols: 1000 exported symbols, each of which the loader looks up in all others. */
#include "shape.h"

/* A name must be no other module's: see shape.h. */
#define SYMBOL(n)							\
	extern int ncb_symbols_0000_##n;				\
	int ncb_symbols_0000_##n = n;					\
	EXPORT_SYMBOL_GPL(ncb_symbols_0000_##n);

SHAPE_1000(SYMBOL, 1)
