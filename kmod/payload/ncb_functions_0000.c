// SPDX-License-Identifier: GPL-2.0-only
/* Shape functions: 1000 functions that ftrace has to know. */
#include "shape.h"

static volatile unsigned int functions_called;

/* No two of them alike: the compiler would make them one. */
#define FUNCTION(n)							\
static noinline __used void function_##n(void)				\
{									\
	functions_called = n;						\
}

SHAPE_1000(FUNCTION, 1)
