// SPDX-License-Identifier: GPL-2.0-only
/* Kernels for guests: Debian's packages, fetched and unpacked into the cache, or given files. */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "built.h"
#include "fetch.h"
#include "image.h"
#include "kernel.h"

#define META		"linux-image-"
#define OTHERWISE	"or give a kernel: KERNEL=/path/vmlinuz HEADERS=/its/build/folder"

/* vmlinuz, configuration and the uncompressed kernel. */
#define SPACE_KERNEL	(100ull << 20)

/**
 * struct release - a packaged kernel that is offered
 * @spec: what it is asked for with
 * @suites: where its packages are; "-security" ones come from another mirror
 */
static const struct release {
	const char *spec;
	const char *suites[4];
} releases[] = {
	{ "6.1", { "bookworm", "bookworm-updates", "bookworm-security" } },
	{ "6.12", { "bookworm-backports" } },
};

static const struct release *find_release(const char *spec)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(releases); i++)
		if (!strcmp(releases[i].spec, spec))
			return &releases[i];
	return NULL;
}

static bool is_path(const char *spec)
{
	return strchr(spec, '/') || (!find_release(spec) && ncb_exists(spec));
}

/* Reads the image of @k, which has to be of the release that @k has by then, if any. */
static int read_image(const struct ncb_machine *m, struct ncb_kernel *k)
{
	struct ncb_image image;
	int err = m->read_image(k->vmlinuz, &image);

	if (!err && image.release && k->release && strcmp(image.release, k->release)) {
		ncb_error("the kernel %s is %s, the headers are for %s; give HEADERS= that belong to it",
			  k->vmlinuz, image.release, k->release);
		err = -EINVAL;
	}
	if (!err) {
		k->boot = ncb_copy(image.boot);
		k->direct = image.direct;
	}
	ncb_image_free(&image);
	return err;
}

/* -- a kernel that was given -- */

/* Where a distribution has the headers of the kernel; 0 or -errno with a message. */
static int guess_headers(const struct ncb_machine *m, const char *vmlinuz, char **kdir)
{
	struct ncb_image image;
	int err = m->read_image(vmlinuz, &image);

	if (err)
		goto out;
	if (image.release)
		*kdir = ncb_format("/lib/modules/%s/build", image.release);
	if (*kdir && ncb_exists(*kdir))
		goto out;
	free(*kdir);
	*kdir = NULL;
	ncb_error("the kernel %s needs HEADERS=, the build folder that modules for it are built in",
		  vmlinuz);
	err = -EINVAL;
out:
	ncb_image_free(&image);
	return err;
}

/*
 * What a kernel with this build folder calls itself, malloc'd, or NULL. A
 * package's kernel.release may be the version it was made from, so that the
 * header comes first.
 */
static char *headers_release(const char *kdir)
{
	char *path = ncb_format("%s/include/generated/utsrelease.h", kdir), release[128];
	char *text = ncb_read_file(path, NULL), *at = text ? strstr(text, "UTS_RELEASE") : NULL;
	bool found = at && sscanf(at, "UTS_RELEASE \"%127[^\"]\"", release) == 1;

	free(text);
	free(path);
	if (!found) {
		path = ncb_format("%s/include/config/kernel.release", kdir);
		found = !ncb_read_line(path, release, sizeof(release));
		free(path);
	}
	return found ? ncb_copy(release) : NULL;
}

static int get_given(const struct ncb_machine *m, const char *vmlinuz, const char *headers,
		     struct ncb_kernel *k)
{
	int err;

	if (!ncb_exists(vmlinuz)) {
		ncb_error("there is no kernel %s", vmlinuz);
		return -ENOENT;
	}
	k->vmlinuz = ncb_copy(vmlinuz);
	k->kdir = headers ? ncb_copy(headers) : NULL;
	err = headers ? 0 : guess_headers(m, vmlinuz, &k->kdir);
	if (err)
		return err;
	k->release = headers_release(k->kdir);
	if (!k->release) {
		ncb_error("%s is no build folder of a kernel: it has no include/generated/utsrelease.h",
			  k->kdir);
		return -EINVAL;
	}
	k->config = ncb_format("%s/.config", k->kdir);
	return read_image(m, k);
}

/* -- a kernel that is built -- */

static int get_built(const struct ncb_machine *m, const char *spec, struct ncb_kernel *k)
{
	char *image = NULL, *dir = NULL;
	int err = ncb_built_get(spec, m->name, &image, &dir);

	if (!err)
		err = get_given(m, image, dir, k);
	free(image);
	free(dir);
	return err;
}

/* -- packaged kernels -- */

/* What a packaged kernel is called below .cache/kernels/ and .cache/apt/, malloc'd. */
static char *cache_name(const char *spec, const struct ncb_machine *m)
{
	return ncb_format("%s%s", spec, m->suffix);
}

/* The packages that the meta package leads to; @release gets what the kernel calls itself. */
static int resolve(struct ncb_fetch *f, const char *meta_name, char **release)
{
	char *meta = ncb_fetch_show(f, meta_name), *image, *headers, *common, *kbuild;
	const char *control;
	int err;

	image = meta ? ncb_fetch_dependency(meta, "linux-image-") : NULL;
	free(meta);
	if (!image)
		return -ENODATA;
	*release = ncb_copy(image + strlen("linux-image-"));
	headers = ncb_format("linux-headers-%s", *release);
	/* The modules, nine tenths of the kernel's package, are not unpacked before they are wanted. */
	err = ncb_fetch_want(f, image, false, "./boot");
	if (!err)
		err = ncb_fetch_want(f, headers, false, NULL);
	control = err ? NULL : f->package[1].control;
	common = control ? ncb_fetch_dependency(control, "linux-headers-") : NULL;
	kbuild = control ? ncb_fetch_dependency(control, "linux-kbuild-") : NULL;
	if (!err)
		err = ncb_fetch_want(f, common, true, NULL);
	/* Its programs run here, whatever the kernel is for. */
	if (!err)
		err = ncb_fetch_want(f, kbuild, true, NULL);
	free(image);
	free(headers);
	free(common);
	free(kbuild);
	return err;
}

/*
 * Files below @kdir name their neighbours by absolute paths, and a compiler
 * that may not be here. Done at each use: the checkout may have been moved.
 */
static int adapt_headers(const struct ncb_machine *m, const char *root, const char *kdir)
{
	char *path = ncb_format("%s/Makefile", kdir), *text = ncb_read_file(path, NULL), *at, *out;
	int err = 0;

	at = text ? strstr(text, "/usr/src/linux-headers-") : NULL;
	if (!at || strncmp(text, "include ", 8)) {
		ncb_error("%s is not as in Debian's packages; remove %s and try again", path, root);
		err = -EINVAL;
	} else {
		out = ncb_format("include %s%s", root, at);
		if (strcmp(out, text))
			err = ncb_write_file(path, out, strlen(out));
		free(out);
	}
	free(text);
	free(path);
	if (err)
		return err;
	path = ncb_format("%s/.kernelvariables", kdir);
	text = ncb_read_file(path, NULL);
	at = text ? strstr(text, ")gcc-") : NULL;
	if (at) {
		size_t n = strcspn(at + 1, " \n");
		char *name = ncb_format("%.*s", (int)n, at + 1), *compiler = ncb_machine_tool(m, name);
		char *plain = ncb_machine_tool(m, "gcc");

		if (!ncb_have_command(compiler)) {
			ncb_say("%s, which this kernel was built with, is not installed: using %s",
				compiler, plain);
			out = ncb_format("%.*sgcc%s", (int)(at + 1 - text), text, at + 1 + n);
			err = ncb_write_file(path, out, strlen(out));
			free(out);
		}
		free(name);
		free(compiler);
		free(plain);
	}
	free(text);
	free(path);
	return err;
}

/* Points @k into an unpacked kernel. */
static int use_unpacked(const struct ncb_machine *m, const char *root, const char *release,
			struct ncb_kernel *k)
{
	k->root = ncb_copy(root);
	k->release = ncb_copy(release);
	k->vmlinuz = ncb_format("%s/boot/vmlinuz-%s", root, release);
	k->config = ncb_format("%s/boot/config-%s", root, release);
	k->kdir = ncb_format("%s/usr/src/linux-headers-%s", root, release);
	return adapt_headers(m, root, k->kdir);
}

/*
 * Unpacks beside and renames, then names it by what it was asked for: what can
 * be found under that name is whole.
 */
static int unpack_all(const struct ncb_fetch *f, const char *release)
{
	char *root = ncb_format("%s/kernels/%s", f->cache, release);
	char *part = ncb_format("%s.part", root);
	char *name = ncb_format("%s/kernels/%s", f->cache, f->name);
	char *link = ncb_format("%s.part", name);
	char *image = ncb_format("%s/boot/vmlinuz-%s", part, release);
	int err = ncb_remove_tree(part);

	if (!err)
		err = ncb_make_dirs(part);
	if (!err)
		err = ncb_fetch_unpack(f, part);
	if (!err && !ncb_exists(image))
		err = -EIO;
	if (!err)
		err = ncb_remove_tree(root);
	if (!err && rename(part, root) < 0)
		err = -errno;
	unlink(link);
	if (!err && (symlink(release, link) < 0 || rename(link, name) < 0))
		err = -errno;
	if (err)
		ncb_remove_tree(part);
	free(root);
	free(part);
	free(name);
	free(link);
	free(image);
	return err;
}

static int fetch_kernel(struct ncb_fetch *f)
{
	char *meta = ncb_format(META "%s", f->machine->debian), *release = NULL, *reason;
	int err = ncb_fetch_lists(f, meta);

	if (err == -EACCES)
		goto out;
	if (!err)
		err = resolve(f, meta, &release);
	if (!err)
		err = ncb_fetch_packages(f, SPACE_KERNEL);
	if (err == -ENOSPC)
		goto out;
	if (!err) {
		ncb_say("unpacking kernel %s", release);
		err = unpack_all(f, release);
	}
	if (err && err != -EINTR) {
		reason = ncb_fetch_reason(f);
		ncb_error("cannot fetch a packaged %s (%s; all of it in %s); connect this machine to a Debian mirror, "
			  OTHERWISE, f->title, reason, f->log);
		free(reason);
		err = -EOPNOTSUPP;
	}
out:
	free(meta);
	free(release);
	return err;
}

/* Release of the unpacked kernel of that name, malloc'd; NULL: not fetched yet. */
static char *cached(const char *name, char **root)
{
	char *cache = ncb_cache_folder(), *path = ncb_format("%s/kernels/%s", cache, name);
	char *real = realpath(path, NULL), *release = NULL;

	*root = NULL;
	if (real) {
		release = ncb_copy(strrchr(real, '/') + 1);
		*root = ncb_copy(real);
	}
	free(real);
	free(path);
	free(cache);
	return release;
}

static int get_packaged(const struct ncb_machine *m, const struct release *release,
			struct ncb_kernel *k)
{
	char *name = cache_name(release->spec, m), *root = NULL, *found = NULL;
	char *title = ncb_format("kernel %s%s%s", release->spec, *m->suffix ? " for " : "",
				 *m->suffix ? m->name : "");
	struct ncb_fetch f = {
		.name = name, .title = title, .suites = release->suites, .machine = m,
	};
	int lock = ncb_fetch_lock(), err = lock < 0 ? lock : 0;

	if (err)
		goto out;
	found = cached(name, &root);
	if (!found) {
		err = fetch_kernel(&f);
		found = err ? NULL : cached(name, &root);
	}
	if (!err)
		err = found ? use_unpacked(m, root, found, k) : -ENOENT;
	if (!err)
		err = read_image(m, k);
	close(lock);
out:
	ncb_fetch_free(&f);
	free(name);
	free(title);
	free(root);
	free(found);
	return err;
}

/* -- its modules -- */

/* The package that an unpacked kernel came from, malloc'd; NULL: it is not in the cache. */
static char *image_package(const struct ncb_machine *m, const struct ncb_kernel *k)
{
	char *cache = ncb_cache_folder(), *found = NULL;
	char *pattern = ncb_format("%s/debs/" META "%s_*_%s.deb", cache, k->release, m->debian);
	glob_t g;

	if (glob(pattern, 0, NULL, &g) == 0)
		found = ncb_copy(g.gl_pathv[g.gl_pathc - 1]);
	globfree(&g);
	free(pattern);
	free(cache);
	return found;
}

/* Unpacks beside and renames: what can be found under its name is whole. */
static int unpack_modules(const struct ncb_kernel *k, const char *package, const char *to)
{
	char *part = ncb_format("%s.part", to), *log = ncb_format("%s.log", to);
	/* depmod is not in everybody's PATH. */
	const char *argv[] = { "sh", "-c", "dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" ./lib/modules && "
			       "PATH=$PATH:/usr/sbin:/sbin depmod -b \"$2\" \"$3\"",
			       "sh", package, part, k->release, NULL };
	struct ncb_spawn s = { .argv = argv, .log = log, .timeout = 600 };
	int err = ncb_remove_tree(part);

	if (!err)
		err = ncb_make_dirs(part);
	unlink(log);
	ncb_say("unpacking the modules of kernel %s (up to 400 MB)", k->release);
	if (!err)
		err = ncb_run_command(&s);
	if (err > 0)
		err = -EIO;
	if (!err && rename(part, to) < 0)
		err = -errno;
	if (err)
		ncb_remove_tree(part);
	if (err && err != -EINTR)
		ncb_error("cannot unpack the modules of kernel %s into %s: %s; what the commands said is in %s",
			  k->release, to, strerror(-err), log);
	free(part);
	free(log);
	return err;
}

static int packaged_modules(const struct ncb_machine *m, const struct ncb_kernel *k)
{
	char *to = ncb_format("%s/modules", k->root), *package = image_package(m, k);
	int lock = ncb_fetch_lock(), err = lock < 0 ? lock : 0;

	if (!err && !ncb_exists(to)) {
		err = package ? unpack_modules(k, package, to) : -ENOENT;
		if (!package)
			ncb_error("the package of kernel %s is no longer in the cache, and with it its modules: remove %s, and it is fetched anew",
				  k->release, k->root);
	}
	if (lock >= 0)
		close(lock);
	free(to);
	free(package);
	return err;
}

/**
 * ncb_kernel_modules - the folder of the modules that come with a kernel
 * @m: the machine that it is for
 * @k: the kernel
 * @dir: gets .../lib/modules/<release>, with what depmod makes, malloc'd
 *
 * Those of a packaged kernel are unpacked when they are wanted for the first time. Safe
 * for several processes at once.
 *
 * Return: 0; -EOPNOTSUPP where a given kernel has none here; or -errno; with a message.
 */
int ncb_kernel_modules(const struct ncb_machine *m, const struct ncb_kernel *k, char **dir)
{
	char *list;
	int err = 0;

	if (k->root)
		err = packaged_modules(m, k);
	*dir = ncb_format("%s%s/lib/modules/%s", k->root ? k->root : "", k->root ? "/modules" : "",
			  k->release);
	list = ncb_format("%s/modules.dep", *dir);
	if (!err && !ncb_exists(list)) {
		ncb_error("the modules of kernel %s are not here: there is no %s; take a packaged kernel (KERNEL=" NCB_KERNEL_DEFAULT ")",
			  k->release, list);
		err = -EOPNOTSUPP;
	}
	free(list);
	return err;
}

static const char *known_specs(char *buffer, size_t size)
{
	size_t i, used = 0;

	buffer[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(releases) && used < size; i++)
		used += snprintf(buffer + used, size - used, "%s%s", i ? ", " : "", releases[i].spec);
	return buffer;
}

/**
 * ncb_kernel_get - a kernel to boot and its headers
 * @m: the machine that it is for
 * @spec: version of a packaged one, path of a vmlinuz or vmlinux, a source that it is built
 *	from, or NULL: NCB_KERNEL_DEFAULT
 * @headers: for a path: its build folder, or NULL: looked for in /lib/modules
 * @k: gets it, to be given back with ncb_kernel_free()
 *
 * A packaged kernel is downloaded when it is asked for the first time, and
 * stays as it is until .cache/ is removed. Safe for several processes at once.
 *
 * Return: 0; -EOPNOTSUPP where it cannot be had here; or -errno; with a message.
 */
int ncb_kernel_get(const struct ncb_machine *m, const char *spec, const char *headers,
		   struct ncb_kernel *k)
{
	char why[512];
	int err;

	memset(k, 0, sizeof(*k));
	spec = spec ? spec : NCB_KERNEL_DEFAULT;
	err = ncb_kernel_possible(m, spec, headers, why, sizeof(why));
	if (err)
		ncb_error("%s", why);
	else if (ncb_built_is_source(spec))
		err = get_built(m, spec, k);
	else if (is_path(spec))
		err = get_given(m, spec, headers, k);
	else
		err = get_packaged(m, find_release(spec), k);
	if (err)
		ncb_kernel_free(k);
	return err;
}

/** ncb_kernel_free - give back what ncb_kernel_get() gave */
void ncb_kernel_free(struct ncb_kernel *k)
{
	free(k->release);
	free(k->vmlinuz);
	free(k->boot);
	free(k->kdir);
	free(k->config);
	free(k->root);
	memset(k, 0, sizeof(*k));
}

/**
 * ncb_kernel_possible - whether a kernel can be had, as far as can be told without trying
 * @m: as for ncb_kernel_get()
 * @spec: likewise
 * @headers: likewise
 * @why: gets the reason, in both cases
 * @size: of @why
 *
 * Return: 0, -EINVAL where it makes no sense, -EOPNOTSUPP where it cannot be
 * had here.
 */
int ncb_kernel_possible(const struct ncb_machine *m, const char *spec, const char *headers,
			char *why, size_t size)
{
	char names[128], missing[128], *name, *release, *root;
	int err = 0;

	if (!m) {
		snprintf(why, size, "there is no packaged kernel for this machine");
		return -EOPNOTSUPP;
	}
	spec = spec ? spec : NCB_KERNEL_DEFAULT;
	if (ncb_built_is_source(spec))
		return ncb_built_possible(spec, m->name, why, size);
	if (is_path(spec)) {
		snprintf(why, size, ncb_exists(spec) ? "kernel %s" : "there is no kernel %s", spec);
		return ncb_exists(spec) ? 0 : -EINVAL;
	}
	if (!find_release(spec)) {
		snprintf(why, size, "no packaged kernel '%s' is known; valid: %s, or the path of a vmlinuz",
			 spec, known_specs(names, sizeof(names)));
		return -EINVAL;
	}
	if (headers) {
		snprintf(why, size, "headers are given, but kernel %s comes with its own; give the path of a vmlinuz",
			 spec);
		return -EINVAL;
	}
	name = cache_name(spec, m);
	release = cached(name, &root);
	if (!release)
		err = ncb_fetch_possible(missing, sizeof(missing));
	if (release)
		snprintf(why, size, "kernel %s, already fetched", release);
	else if (err)
		snprintf(why, size, "%s, " OTHERWISE, missing);
	else
		snprintf(why, size, "kernel %s, to be downloaded from Debian (about 100 MB)", name);
	free(name);
	free(root);
	free(release);
	return err;
}

/**
 * ncb_kernel_complains - whether a line of a kernel log says that something went wrong
 * @line: the line
 *
 * Warnings, bugs, oopses, stalls and what the lock checker finds.
 */
bool ncb_kernel_complains(const char *line)
{
	static const char *const signs[] = {
		"WARNING:", "BUG:", "kernel BUG at", "Oops:", "general protection fault",
		"INFO: possible", "INFO: task ", "INFO: trying to register", "possible recursive locking",
		"possible circular locking", "inconsistent lock state", "suspicious RCU usage",
		"rcu: INFO:", "UBSAN:", "KASAN:", "KCSAN:", "soft lockup", "hard LOCKUP",
		"Kernel panic", "notifier callback already registered",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signs); i++)
		if (strstr(line, signs[i]))
			return true;
	return false;
}
