/* SPDX-License-Identifier: GPL-2.0-only */
/* How much a fuzzer tried, for fuzz.sh: one that only meets refusals proves little. */
#ifndef NCB_FUZZ_COUNT_H
#define NCB_FUZZ_COUNT_H

#include <stdio.h>
#include <stdlib.h>
#include "../ncbench.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static unsigned long inputs, accepted;

static void count(void)
{
	fprintf(stderr, "fuzz: %lu inputs, %lu accepted\n", inputs, accepted);
}

/* Of what is refused nothing is printed; the counts are, at the end. */
static inline void start_counting(void)
{
	ncb_verbosity = -2;
	atexit(count);
}

#endif /* NCB_FUZZ_COUNT_H */
