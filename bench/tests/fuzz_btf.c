// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the reader of BTF, in files of all kinds: libFuzzer, with sanitizers. What the
 * reader accepts is laid out and said; that has to cope with all that gets past it, in
 * bounded time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../memory/types_json.h"
#include "fuzz_count.h"

static char *path;
static int fd;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	start_counting();
	fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	path = ncb_format("/proc/self/fd/%d", fd);
	return 0;
}

static void fail(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

/* What it says is whole, and not larger than the kernel it is of. */
static void use(const struct ncb_types *t)
{
	json_t *json = ncb_types_json(&(struct ncb_types_question){
		.file = "input", .types = t, .patched = t, .members = true });
	json_t *s;
	size_t i;

	if (!json || !json_string_value(json_object_get(json, "reason")))
		fail("nothing was said");
	json_array_foreach(json_object_get(json, "structs"), i, s)
		if (!json_object_get(s, "now") || !json_object_get(s, "other"))
			fail("a struct without figures");
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ncb_types t;
	int err;

	/* Only what begins as BTF or ELF: others may be compressed, and a program be run. */
	if (size < 4 || (memcmp(data, "\x9f\xeb", 2) && memcmp(data, "\xeb\x9f", 2) &&
			 memcmp(data, "\x7f" "ELF", 4) && memcmp(data, "MZ", 2)))
		return 0;
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		fail("no memory");
	err = ncb_types_from_btf(path, NULL, &t);
	inputs++;
	if (err && err != -EBADMSG && err != -ENODATA && err != -EOPNOTSUPP)
		fail("an error that is not documented");
	if (err && t.types)
		fail("a refused file is not empty");
	if (err)
		return 0;
	accepted++;
	use(&t);
	ncb_types_free(&t);
	return 0;
}
