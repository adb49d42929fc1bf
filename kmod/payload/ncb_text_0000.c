// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shape text: about 256 KiB of code in few functions, with a relocation for
 * every few instructions, as compiled code has them.
 */
#include "shape.h"

/* Volatile, as READ_ONCE() thousands of times takes the compiler several seconds. */
static volatile unsigned long text_input;
static volatile unsigned long text_output;

#define TEXT_STEP(n)							\
	x = (x ^ text_input) * (n * 2654435761UL + 1);	\
	x = (x << 7 | x >> 25) + (x & n);				\
	text_output = x;

/* Not for ftrace: that is what the shape functions is for. */
#define TEXT_FUNCTION(n)						\
static noinline notrace __used void text_##n(void)			\
{									\
	unsigned long x = n;						\
									\
	SHAPE_100(TEXT_STEP, n)						\
}

#define TEXT_FUNCTIONS(n)						\
	TEXT_FUNCTION(n##0) TEXT_FUNCTION(n##1) TEXT_FUNCTION(n##2) TEXT_FUNCTION(n##3)	\
	TEXT_FUNCTION(n##4) TEXT_FUNCTION(n##5) TEXT_FUNCTION(n##6) TEXT_FUNCTION(n##7)

TEXT_FUNCTIONS(1)
TEXT_FUNCTIONS(2)
TEXT_FUNCTIONS(3)
TEXT_FUNCTIONS(4)
TEXT_FUNCTIONS(5)
TEXT_FUNCTIONS(6)
