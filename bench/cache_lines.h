/* SPDX-License-Identifier: GPL-2.0-only */
/* Cache lines that a walk of a chain reads, computed from where its blocks lie. Pure. */
#ifndef NCB_CACHE_LINES_H
#define NCB_CACHE_LINES_H

#include <stdint.h>

struct ncb_row;

#define NCB_LINE_BYTES	64	/* x86-64, and most of arm64 */
#define NCB_CALL_READS	16	/* bytes of a block, from its beginning: function and link */

/* Of @n objects; see there. */
uint64_t ncb_lines_read(uint64_t from, uint64_t to, uint64_t pitch, uint64_t run, uint64_t apart,
			uint64_t n);
double ncb_lines_of_row(const struct ncb_row *row, uint32_t node_size);

#endif /* NCB_CACHE_LINES_H */
