// SPDX-License-Identifier: GPL-2.0-only
/* The memory of the running kernel, from its core file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "live.h"

#define PAGES		4096	/* that are kept: 16 MiB */
#define SEGMENTS_MAX	65536

struct ncb_kcore_page {
	uint64_t number;	/* 0: none */
	bool readable;
	unsigned char data[NCB_KCORE_PAGE];
};

static const char *why_not_open(int error)
{
	if (error == ENOENT)
		return "there is no /proc/kcore: the kernel was built without CONFIG_PROC_KCORE";
	if (error == EPERM || error == EACCES)
		return "/proc/kcore may not be read: that takes root, and a kernel that is not locked down";
	return "/proc/kcore cannot be read";
}

/* What ends beyond the last address is cut off there. */
static void add_segment(struct ncb_kcore *k, const GElf_Phdr *h)
{
	uint64_t size = h->p_memsz;

	if (h->p_type != PT_LOAD || !size || h->p_offset > INT64_MAX)
		return;
	if (size > UINT64_MAX - h->p_vaddr)
		size = UINT64_MAX - h->p_vaddr;
	if (size > (uint64_t)INT64_MAX - h->p_offset)
		size = (uint64_t)INT64_MAX - h->p_offset;
	k->segment[k->segments++] = (struct ncb_kcore_segment) { h->p_vaddr, size, h->p_offset };
}

static const char *read_segments(struct ncb_kcore *k, Elf *elf)
{
	static const char damaged[] = "/proc/kcore is no core file whose segments can be read";
	size_t n, i;
	GElf_Ehdr e;
	GElf_Phdr h;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &e) || e.e_type != ET_CORE ||
	    elf_getphdrnum(elf, &n) || !n || n > SEGMENTS_MAX)
		return damaged;
	k->segment = ncb_alloc(n, sizeof(*k->segment));
	for (i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, i, &h))
			return damaged;
		add_segment(k, &h);
	}
	return k->segments ? NULL : damaged;
}

/**
 * ncb_kcore_open - open a core file of a running kernel
 * @path: /proc/kcore
 * @k: gets it, to be given back with ncb_kcore_close() also where this fails
 *
 * Return: NULL, or why it cannot be read.
 */
const char *ncb_kcore_open(const char *path, struct ncb_kcore *k)
{
	const char *why;
	Elf *elf;

	memset(k, 0, sizeof(*k));
	k->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (k->fd < 0)
		return why_not_open(errno);
	elf_version(EV_CURRENT);
	elf = elf_begin(k->fd, ELF_C_READ, NULL);
	why = read_segments(k, elf);
	elf_end(elf);
	k->page = ncb_alloc(PAGES, sizeof(*k->page));
	return why;
}

/** ncb_kcore_close - give it back */
void ncb_kcore_close(struct ncb_kcore *k)
{
	if (k->fd >= 0)
		close(k->fd);
	free(k->segment);
	free(k->page);
	memset(k, 0, sizeof(*k));
	k->fd = -1;
}

/** ncb_kcore_segment - where an address is, or NULL */
const struct ncb_kcore_segment *ncb_kcore_segment(const struct ncb_kcore *k, uint64_t at)
{
	size_t i;

	for (i = 0; i < k->segments; i++)
		if (at >= k->segment[i].from && at - k->segment[i].from < k->segment[i].size)
			return &k->segment[i];
	return NULL;
}

/** ncb_kcore_read - memory as it is now; false: there is none, or it may not be read */
bool ncb_kcore_read(const struct ncb_kcore *k, uint64_t at, void *to, size_t size)
{
	const struct ncb_kcore_segment *s = ncb_kcore_segment(k, at);

	return s && size <= s->size - (at - s->from) &&
	       pread(k->fd, to, size, (off_t)(s->offset + (at - s->from))) == (ssize_t)size;
}

static const struct ncb_kcore_page *find_page(struct ncb_kcore *k, uint64_t number)
{
	struct ncb_kcore_page *p = &k->page[number % PAGES];

	if (p->number == number)
		return p;
	p->number = number;
	p->readable = ncb_kcore_read(k, number * NCB_KCORE_PAGE, p->data, NCB_KCORE_PAGE);
	return p;
}

/** ncb_kcore_peek - the same, perhaps as it was before: for what is only being looked for */
bool ncb_kcore_peek(struct ncb_kcore *k, uint64_t at, void *to, size_t size)
{
	size_t offset = at % NCB_KCORE_PAGE;
	const struct ncb_kcore_page *p;

	if (at < NCB_KCORE_PAGE)
		return false;
	if (size > NCB_KCORE_PAGE - offset)
		return ncb_kcore_read(k, at, to, size);
	p = find_page(k, at / NCB_KCORE_PAGE);
	if (!p->readable)
		return ncb_kcore_read(k, at, to, size);
	memcpy(to, p->data + offset, size);
	return true;
}
