// SPDX-License-Identifier: GPL-2.0-only
/* Cache lines that a walk of a chain reads, computed from where its blocks lie. */
#include "cache_lines.h"
#include "run.h"

/**
 * ncb_lines_read - cache lines that a call reads of blocks which lie in order
 * @from, @to: bytes of an object that it reads
 * @pitch: bytes from an object to the next
 * @run: objects that lie so, one behind the other
 * @apart: bytes from the first of them to the first of the next ones
 * @n: objects
 */
uint64_t ncb_lines_read(uint64_t from, uint64_t to, uint64_t pitch, uint64_t run, uint64_t apart,
			uint64_t n)
{
	uint64_t i, at, first, last, next = 0, lines = 0;

	for (i = 0; i < n && from < to; i++) {
		at = i / run * apart + i % run * pitch;
		first = (at + from) / NCB_LINE_BYTES;
		last = (at + to - 1) / NCB_LINE_BYTES;
		if (first < next)
			first = next;
		if (last + 1 <= first)
			continue;
		lines += last + 1 - first;
		next = last + 1;
	}
	return lines;
}

/**
 * ncb_lines_of_row - cache lines of the blocks that one call of a row reads
 * @row: of operation NCB_CALL
 * @node_size: of a block
 *
 * Scattered blocks begin at a line. Packed ones begin at any pointer of a line, which is drawn
 * for each loading (kmod/chain.c): the mean over all.
 *
 * Return: lines, without those of head and callbacks.
 */
double ncb_lines_of_row(const struct ncb_row *row, uint32_t node_size)
{
	const uint64_t step = sizeof(uint64_t);
	uint64_t start, sum = 0;

	if (row->placement == NCB_SCATTERED)
		return row->length;
	for (start = 0; start < NCB_LINE_BYTES; start += step)
		sum += ncb_lines_read(start, start + NCB_CALL_READS, node_size, row->length, 0,
				      row->length);
	return (double)sum * step / NCB_LINE_BYTES;
}
