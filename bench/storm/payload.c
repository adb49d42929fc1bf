// SPDX-License-Identifier: GPL-2.0-only
/*
 * Payload modules: one of each shape is built, the others are copies of it under
 * another number. The name is in the file as it is, in several places, and always of
 * the same length; building 512 modules would take minutes, copying them takes less
 * than a second.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "storming.h"

/** ncb_payload_name - "ncb_small_0042" */
void ncb_payload_name(char name[NCB_PAYLOAD_NAME], uint32_t shape, uint32_t number)
{
	snprintf(name, NCB_PAYLOAD_NAME, NCB_PAYLOAD_PREFIX "%s_%0*u", ncb_storm_shape_names[shape],
		 NCB_PAYLOAD_DIGITS, number);
}

/** ncb_storm_module_name - name of module @number of a storm */
void ncb_storm_module_name(char name[NCB_PAYLOAD_NAME], const struct ncb_storm *storm,
			   uint32_t number)
{
	if (storm->module[0])
		snprintf(name, NCB_PAYLOAD_NAME, "%s", storm->module);
	else
		ncb_payload_name(name, storm->shape, number);
}

/**
 * ncb_payload_number - the number of a payload
 * @name: of any module
 *
 * Return: the number; -1 where it is no payload's name to the last letter.
 */
int ncb_payload_number(const char *name)
{
	size_t prefix = strlen(NCB_PAYLOAD_PREFIX), length;
	const char *digits;
	uint32_t shape;

	if (strncmp(name, NCB_PAYLOAD_PREFIX, prefix))
		return -1;
	for (shape = 0; shape < NCB_SHAPES; shape++) {
		length = strlen(ncb_storm_shape_names[shape]);
		if (strncmp(name + prefix, ncb_storm_shape_names[shape], length) ||
		    name[prefix + length] != '_')
			continue;
		digits = name + prefix + length + 1;
		if (strlen(digits) == NCB_PAYLOAD_DIGITS &&
		    strspn(digits, "0123456789") == NCB_PAYLOAD_DIGITS)
			return atoi(digits);
	}
	return -1;
}

/**
 * ncb_payload_rename - another name in a module's file
 * @data: the file
 * @size: of it
 * @from: name that it has
 * @to: name that it gets, of the same length
 *
 * Return: in how many places it stood; -EINVAL where the lengths differ.
 */
int ncb_payload_rename(char *data, size_t size, const char *from, const char *to)
{
	size_t length = strlen(from);
	char *at = data, *end = data + size;
	int places = 0;

	if (!length || strlen(to) != length)
		return -EINVAL;
	while ((at = memmem(at, end - at, from, length))) {
		memcpy(at, to, length);
		at += length;
		places++;
	}
	return places;
}

/*
 * Without what a debugger wants, as packaged modules are, where there is a tool for
 * that: the kernel would read it all in each load.
 */
static char *read_template(const char *dir, const char *templates, const char *name, size_t *size)
{
	char *path = ncb_format("%s/%s.ko", templates, name), *small = ncb_format("%s/template", dir);
	const char *argv[] = { "strip", "-g", "-o", small, path, NULL };
	struct ncb_spawn s = { .argv = argv, .log = "/dev/null", .timeout = 60 };
	bool stripped = ncb_have_command("strip") && ncb_run_command(&s) == 0;
	char *data = ncb_read_file(stripped ? small : path, size);

	if (!data)
		ncb_error("cannot read %s: %s", path, strerror(errno));
	unlink(small);
	free(small);
	free(path);
	return data;
}

static int write_copy(const char *path, const char *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), err = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (size && !err) {
		n = write(fd, data, size);
		if (n < 0 && errno != EINTR)
			err = -errno;
		if (n > 0) {
			data += n;
			size -= n;
		}
	}
	/* A file that is open for writing is not one to load a module from. */
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

/* Copy @file of the storm: another module each, or, for copies, the same in another file. */
static int make_copy(struct ncb_payloads *p, uint32_t file, char *data, size_t size)
{
	uint32_t number = file < p->modules ? file : 0, before = number && number == file ? file - 1 : 0;
	char from[NCB_PAYLOAD_NAME], to[NCB_PAYLOAD_NAME], *path;
	int err;

	ncb_storm_module_name(from, p->storm, before);
	ncb_storm_module_name(to, p->storm, number);
	if (ncb_payload_rename(data, size, from, to) < 1) {
		ncb_error("the module %s does not have its name in it: it is no payload of this ncbench, and no packaged module",
			  from);
		return -EINVAL;
	}
	path = number == file ? ncb_format("%s/%s.ko", p->dir, to) :
				ncb_format("%s/copy_%u.ko", p->dir, file);
	err = write_copy(path, data, size);
	if (err) {
		ncb_error("cannot write %s: %s; TMPDIR chooses another place", path, strerror(-err));
	} else {
		p->fd[file] = open(path, O_RDONLY | O_CLOEXEC);
		err = p->fd[file] < 0 ? -errno : 0;
		if (err)
			ncb_error("cannot open %s: %s", path, strerror(-err));
	}
	/* Only modprobe's stand-in looks for them by name. */
	free(path);
	return err;
}

/**
 * ncb_payloads_open - make the files of a storm, and open them
 * @p: gets them; @p->dir is set
 * @templates: folder of a payload of each shape, numbered 0, and of a packaged module
 * @storm: the storm
 *
 * Return: 0, or -errno with a message.
 */
int ncb_payloads_open(struct ncb_payloads *p, const char *templates, const struct ncb_storm *storm)
{
	char name[NCB_PAYLOAD_NAME], *data;
	size_t size;
	uint32_t i;
	int err = 0;

	p->storm = storm;
	p->modules = storm->modules;
	p->files = storm->mode == NCB_STORM_COPIES ? storm->threads : storm->modules;
	p->fd = ncb_alloc(p->files, sizeof(*p->fd));
	memset(p->fd, 0xff, p->files * sizeof(*p->fd));
	ncb_storm_module_name(name, storm, 0);
	data = read_template(p->dir, templates, name, &size);
	if (!data)
		return -ENOENT;
	p->size = size;
	for (i = 0; i < p->files && !err; i++)
		err = make_copy(p, i, data, size);
	free(data);
	if (err)
		ncb_payloads_close(p);
	return err;
}

/** ncb_payloads_close - close the files and remove them */
void ncb_payloads_close(struct ncb_payloads *p)
{
	char name[NCB_PAYLOAD_NAME], *path;
	uint32_t i;

	for (i = 0; i < p->files; i++) {
		if (p->fd[i] >= 0)
			close(p->fd[i]);
		ncb_storm_module_name(name, p->storm, i);
		path = i < p->modules ? ncb_format("%s/%s.ko", p->dir, name) :
					ncb_format("%s/copy_%u.ko", p->dir, i);
		unlink(path);
		free(path);
	}
	free(p->fd);
	p->fd = NULL;
	p->files = 0;
}
