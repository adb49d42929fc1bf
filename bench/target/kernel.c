// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels for guests. Packaged ones are downloaded with apt, by a
 * configuration of our own (lists, caches and package state lie in the
 * checkout's .cache/, the machine's own are neither read nor changed, root is
 * not needed), and unpacked beside; nothing is installed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include "kernel.h"

#define KEYRING		"/usr/share/keyrings/debian-archive-keyring.gpg"
#define MIRROR		"http://deb.debian.org/debian/"
#define MIRROR_SECURITY	"http://deb.debian.org/debian-security/"
#define META		"linux-image-amd64"
#define OTHERWISE	"or give a kernel: KERNEL=/path/vmlinuz HEADERS=/its/build/folder"

#define MIB		(1ull << 20)
/* vmlinuz, configuration and the uncompressed kernel. */
#define SPACE_KERNEL	(100 * MIB)

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

/* Names that Debian's suites begin with: whose mirror can be used for others of them. */
static const char *const debian_suites[] = {
	"bullseye", "bookworm", "trixie", "forky", "sid", "oldstable", "stable", "testing",
	"unstable",
};

/**
 * struct package - a package to fetch
 * @name: its name
 * @control: its entry in the lists
 */
struct package {
	char *name;
	char *control;
};

/* A kernel, its headers for this flavour and for all, and the build tools. */
#define PACKAGES	4

/**
 * struct fetch - fetching one release
 * @cache: .cache/ of the checkout
 * @apt: folder for apt's lists
 * @conf: apt's configuration
 * @debs: folder for packages
 * @log: what the commands print
 * @package: what is fetched
 */
struct fetch {
	const struct release *release;
	char *cache, *apt, *conf, *debs, *log;
	struct package package[PACKAGES];
	unsigned int packages;
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

/* Absolute: commands run in other folders. */
static char *cache_folder(void)
{
	char *top = realpath(ncb_top(), NULL), *cache = ncb_format("%s/.cache", top ? top : ncb_top());

	free(top);
	return cache;
}

/* -- what a kernel image says -- */

/* Offsets as in Documentation/arch/x86/boot.rst. */
enum {
	BOOT_SETUP_SECTORS = 0x1f1,
	BOOT_MAGIC = 0x202,		/* "HdrS" */
	BOOT_PROTOCOL = 0x206,
	BOOT_VERSION = 0x20e,		/* where the release is, less 0x200 */
	BOOT_PAYLOAD = 0x248,
	BOOT_PAYLOAD_SIZE = 0x24c,
	BOOT_HEADER_END = 0x250,
};

static uint32_t number(const char *image, size_t at, unsigned int bytes)
{
	uint32_t value = 0;

	memcpy(&value, image + at, bytes);
	return le32toh(value);
}

static bool is_bzimage(const char *image, size_t size)
{
	return size > BOOT_HEADER_END && !memcmp(image + BOOT_MAGIC, "HdrS", 4) &&
	       number(image, BOOT_PROTOCOL, 2) >= 0x208;
}

/* The release that an image was built as, malloc'd; NULL where it does not say. */
static char *image_release(const char *image, size_t size)
{
	size_t at;

	if (!is_bzimage(image, size))
		return NULL;
	at = number(image, BOOT_VERSION, 2) + 0x200;
	if (at == 0x200 || at >= size || !memchr(image + at, '\0', size - at))
		return NULL;
	return ncb_format("%.*s", (int)strcspn(image + at, " "), image + at);
}

/* XEN_ELFNOTE_PHYS32_ENTRY */
#define NOTE_NAME	"Xen"
#define NOTE_ENTRY	18

/* What undoes each compression that kernels know; $1 from, $2 to. */
static const struct {
	const char *magic;
	unsigned int magic_size;
	bool size_behind;	/* the build appends the size; gzip has it anyway */
	const char *program;
	const char *command;
} compressions[] = {
	{ "\x1f\x8b", 2, false, "gzip", "gzip -dc <\"$1\" >\"$2\"" },
	{ "\xfd" "7zXZ", 6, true, "xz", "xz -dc <\"$1\" >\"$2\"" },
	{ "\x28\xb5\x2f\xfd", 4, true, "zstd", "zstd -dcq <\"$1\" >\"$2\"" },
	{ "\x02\x21\x4c\x18", 4, true, "lz4", "lz4 -dcq <\"$1\" >\"$2\"" },
	{ "\x5d\0\0", 3, true, "xz", "xz -dc --format=lzma <\"$1\" >\"$2\"" },
	{ "BZh", 3, true, "bzip2", "bzip2 -dc <\"$1\" >\"$2\"" },
};

/* Whether notes tell an emulator where to enter an uncompressed kernel (PVH). */
static bool tell_entry(const char *notes, uint64_t left)
{
	Elf64_Nhdr n;
	uint64_t size;

	while (left > sizeof(n)) {
		memcpy(&n, notes, sizeof(n));
		size = sizeof(n) + ((n.n_namesz + 3ull) & ~3ull) + ((n.n_descsz + 3ull) & ~3ull);
		if (size > left)
			return false;
		if (n.n_type == NOTE_ENTRY && n.n_namesz == sizeof(NOTE_NAME) &&
		    !memcmp(notes + sizeof(n), NOTE_NAME, sizeof(NOTE_NAME)))
			return true;
		notes += size;
		left -= size;
	}
	return false;
}

static bool can_be_entered(const char *image, size_t size)
{
	Elf64_Ehdr e;
	Elf64_Phdr p;
	unsigned int i;

	if (size < sizeof(e))
		return false;
	memcpy(&e, image, sizeof(e));
	if (memcmp(e.e_ident, ELFMAG, SELFMAG) || e.e_ident[EI_CLASS] != ELFCLASS64 ||
	    e.e_phentsize != sizeof(p) || e.e_phoff > size ||
	    size - e.e_phoff < e.e_phnum * sizeof(p))
		return false;
	for (i = 0; i < e.e_phnum; i++) {
		memcpy(&p, image + e.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_NOTE && p.p_offset <= size && p.p_filesz <= size - p.p_offset &&
		    tell_entry(image + p.p_offset, p.p_filesz))
			return true;
	}
	return false;
}

static int decompress(const char *payload, size_t size, const char *path)
{
	char *packed = ncb_format("%s.packed", path);
	uint32_t expected = number(payload, size - 4, 4);
	struct stat st;
	size_t i;
	int err = -ENOTSUP;

	for (i = 0; i < ARRAY_SIZE(compressions); i++) {
		const char *argv[] = { "sh", "-c", compressions[i].command, "sh", packed, path, NULL };
		struct ncb_spawn s = { .argv = argv, .timeout = 120 };

		if (memcmp(payload, compressions[i].magic, compressions[i].magic_size))
			continue;
		if (!ncb_have_command(compressions[i].program)) {
			ncb_say("without %s the kernel unpacks itself in the guest: some seconds more",
				compressions[i].program);
			break;
		}
		err = ncb_write_file(packed, payload, size - 4 * compressions[i].size_behind);
		if (!err)
			err = ncb_run_command(&s);
		if (err > 0 || (!err && (stat(path, &st) < 0 || (uint64_t)st.st_size != expected)))
			err = -EIO;
		break;
	}
	unlink(packed);
	free(packed);
	return err;
}

/*
 * A kernel that unpacks itself takes 5 s of an emulated boot, and puts itself
 * at a random address on the way. So it is unpacked here, once for each
 * content, and entered directly. Where that is not possible, the guest boots
 * the packed one.
 */
static void unpack_image(struct ncb_kernel *k, const char *image, size_t size)
{
	char *cache = cache_folder(), *dir = ncb_format("%s/vmlinux", cache), *part = NULL, *data;
	size_t start, payload, data_size;
	int err;

	k->boot = ncb_format("%s/%08lx-%zu", dir, crc32(0, (const Bytef *)image, size), size);
	k->direct = ncb_exists(k->boot);
	if (k->direct)
		goto out;
	start = ((size_t)(image[BOOT_SETUP_SECTORS] ? (unsigned char)image[BOOT_SETUP_SECTORS] : 4)
		 + 1) * 512 + number(image, BOOT_PAYLOAD, 4);
	payload = number(image, BOOT_PAYLOAD_SIZE, 4);
	part = ncb_format("%s.part-%d", k->boot, (int)getpid());
	err = payload < 16 || start > size || payload > size - start ? -ENOTSUP :
								       ncb_make_dirs(dir);
	if (!err)
		err = decompress(image + start, payload, part);
	data = err ? NULL : ncb_read_file(part, &data_size);
	k->direct = data && can_be_entered(data, data_size) && rename(part, k->boot) == 0;
	free(data);
	unlink(part);
	free(part);
out:
	if (!k->direct) {
		ncb_detail("%s cannot be unpacked here: the guest will do it", k->vmlinuz);
		free(k->boot);
		k->boot = ncb_copy(k->vmlinuz);
	}
	free(dir);
	free(cache);
}

/* Fills in what the image says; @release NULL: as the image says. */
static int read_image(struct ncb_kernel *k)
{
	size_t size = 0;
	char *image = ncb_read_file(k->vmlinuz, &size), *release;
	int err = 0;

	if (!image) {
		err = -errno;
		ncb_error("cannot read the kernel %s: %s", k->vmlinuz, strerror(-err));
		return err;
	}
	release = image_release(image, size);
	if (release && k->release && strcmp(release, k->release)) {
		ncb_error("the kernel %s is %s, the headers are for %s; give HEADERS= that belong to it",
			  k->vmlinuz, release, k->release);
		err = -EINVAL;
	} else if (is_bzimage(image, size)) {
		unpack_image(k, image, size);
	} else if (can_be_entered(image, size)) {
		k->boot = ncb_copy(k->vmlinuz);
		k->direct = true;
	} else {
		ncb_error("%s is no x86 kernel: neither a vmlinuz nor a vmlinux that can be entered directly",
			  k->vmlinuz);
		err = -EINVAL;
	}
	free(release);
	free(image);
	return err;
}

/* -- a kernel that was given -- */

static char *guess_headers(const char *vmlinuz)
{
	size_t size = 0;
	char *image = ncb_read_file(vmlinuz, &size);
	char *release = image ? image_release(image, size) : NULL;
	char *kdir = release ? ncb_format("/lib/modules/%s/build", release) : NULL;

	free(image);
	free(release);
	if (kdir && ncb_exists(kdir))
		return kdir;
	free(kdir);
	return NULL;
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

static int get_given(const char *vmlinuz, const char *headers, struct ncb_kernel *k)
{

	if (!ncb_exists(vmlinuz)) {
		ncb_error("there is no kernel %s", vmlinuz);
		return -ENOENT;
	}
	k->vmlinuz = ncb_copy(vmlinuz);
	k->kdir = headers ? ncb_copy(headers) : guess_headers(vmlinuz);
	if (!k->kdir) {
		ncb_error("the kernel %s needs HEADERS=, the build folder that modules for it are built in",
			  vmlinuz);
		return -EINVAL;
	}
	k->release = headers_release(k->kdir);
	if (!k->release) {
		ncb_error("%s is no build folder of a kernel: it has no include/generated/utsrelease.h",
			  k->kdir);
		return -EINVAL;
	}
	k->config = ncb_format("%s/.config", k->kdir);
	return read_image(k);
}

/* -- packaged kernels: apt -- */

static const char *missing_tool(void)
{
	static const char *const tools[] = { "apt-get", "apt-cache", "dpkg-deb", "tar" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tools); i++)
		if (!ncb_have_command(tools[i]))
			return tools[i];
	return NULL;
}

static bool same_distribution(const char *suite)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(debian_suites); i++)
		if (!strncmp(suite, debian_suites[i], strlen(debian_suites[i])))
			return true;
	return false;
}

/* The mirror that this machine itself uses for a suite or, failing that, its neighbours. */
static char *find_mirror(const char *suite)
{
	const char *argv[] = { "apt-get", "indextargets", "--format",
			       "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages", NULL };
	char *list = ncb_command_output(argv), *line, *save = NULL, *found = NULL;
	bool security = strstr(suite, "-security"), exact = false;

	for (line = list ? strtok_r(list, "\n", &save) : NULL; line && !exact;
	     line = strtok_r(NULL, "\n", &save)) {
		char uri[512], release[128], component[64];

		if (sscanf(line, "%511s %127s %63s", uri, release, component) != 3 ||
		    strcmp(component, "main") || !same_distribution(release) ||
		    !strstr(release, "-security") == security)
			continue;
		exact = !strcmp(release, suite);
		if (exact || !found) {
			free(found);
			found = ncb_copy(uri);
		}
	}
	free(list);
	return found ? found : ncb_copy(security ? MIRROR_SECURITY : MIRROR);
}

static int write_apt_files(const struct fetch *f, bool own_mirror)
{
	char *sources = ncb_format("%s/sources.list", f->apt), *state, *text = ncb_copy("");
	const char *const *suite;
	int err;

	for (suite = f->release->suites; *suite; suite++) {
		bool security = strstr(*suite, "-security");
		char *mirror = own_mirror ? find_mirror(*suite) :
					    ncb_copy(security ? MIRROR_SECURITY : MIRROR);
		char *more = ncb_format("%sdeb [arch=amd64 signed-by=" KEYRING "] %s %s main\n", text,
					mirror, *suite);

		free(text);
		free(mirror);
		text = more;
	}
	err = ncb_write_file(sources, text, strlen(text));
	free(text);
	/* Hooks of the machine's configuration have no business here. */
	text = ncb_format("#clear APT::Update::Pre-Invoke;\n"
			  "#clear APT::Update::Post-Invoke;\n"
			  "#clear APT::Update::Post-Invoke-Success;\n"
			  "#clear APT::Default-Release;\n"
			  "APT::Architecture \"amd64\";\n"
			  "APT::Sandbox::User \"root\";\n"
			  "Dir::Etc::sourcelist \"%s\";\n"
			  "Dir::Etc::sourceparts \"/dev/null\";\n"
			  "Dir::Etc::preferences \"/dev/null\";\n"
			  "Dir::Etc::preferencesparts \"/dev/null\";\n"
			  "Dir::State::lists \"%s/lists\";\n"
			  "Dir::State::status \"%s/status\";\n"
			  "Dir::Cache \"%s/cache\";\n"
			  "Acquire::Languages \"none\";\n"
			  "Acquire::Retries \"2\";\n"
			  "Acquire::http::Timeout \"20\";\n",
			  sources, f->apt, f->apt, f->apt);
	if (!err)
		err = ncb_write_file(f->conf, text, strlen(text));
	free(text);
	free(sources);
	/* No package is installed, as far as this apt knows. */
	state = ncb_format("%s/status", f->apt);
	if (!err)
		err = ncb_write_file(state, "", 0);
	free(state);
	return err;
}

static char *show(const struct fetch *f, const char *package)
{
	const char *argv[] = { "apt-cache", "-c", f->conf, "show", "--no-all-versions", package, NULL };

	return ncb_command_output(argv);
}

/* The value of a field of a package's entry, malloc'd, or NULL. */
static char *field(const char *control, const char *name)
{
	size_t n = strlen(name);
	const char *line;

	for (line = control; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, n) && line[n] == ':') {
			line += n + 1;
			line += strspn(line, " ");
			return ncb_format("%.*s", (int)strcspn(line, "\n"), line);
		}
	}
	return NULL;
}

static unsigned long long size_field(const char *control, const char *name)
{
	char *value = field(control, name);
	unsigned long long n = value ? strtoull(value, NULL, 10) : 0;

	free(value);
	return n;
}

/* What apt says went wrong, malloc'd: first error, else first warning, else last line. */
static char *reason_in(const char *log)
{
	char *text = ncb_read_file(log, NULL), *line, *save = NULL, *out;
	const char *found[3] = { NULL, NULL, "no log" };

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned int rank = !strncmp(line, "E: ", 3) ? 0 : !strncmp(line, "W: ", 3) ? 1 : 2;

		if (!found[rank] || rank == 2)
			found[rank] = line;
	}
	out = ncb_copy(found[0] ? found[0] : found[1] ? found[1] : found[2]);
	free(text);
	return out;
}

static int update_lists(struct fetch *f, bool own_mirror)
{
	const char *argv[] = { "apt-get", "-c", f->conf, "-q", "update", NULL };
	struct ncb_spawn s = { .argv = argv, .log = f->log, .timeout = 300 };
	char *sources = ncb_format("%s/sources.list", f->apt), *before, *after, *control;
	int err;

	before = own_mirror ? NULL : ncb_read_file(sources, NULL);
	err = write_apt_files(f, own_mirror);
	after = ncb_read_file(sources, NULL);
	/* The same mirrors once more would say the same. */
	if (!err && before && after && !strcmp(before, after))
		err = -ENODATA;
	free(before);
	free(after);
	free(sources);
	if (err)
		return err;
	unlink(f->log);
	err = ncb_run_command(&s);
	if (err < 0)
		return err;
	/* A list that could not be had makes it fail or not; what counts is the package. */
	control = show(f, META);
	err = control && *control ? 0 : -ENODATA;
	free(control);
	return err;
}

/* Names in a "Depends:" that begin with @prefix: the first of them, malloc'd, or NULL. */
static char *dependency(const char *control, const char *prefix)
{
	char *list = field(control, "Depends"), *word, *save = NULL, *found = NULL;

	for (word = list ? strtok_r(list, ",|", &save) : NULL; word && !found;
	     word = strtok_r(NULL, ",|", &save)) {
		word += strspn(word, " ");
		if (!strncmp(word, prefix, strlen(prefix)))
			found = ncb_format("%.*s", (int)strcspn(word, " ("), word);
	}
	free(list);
	return found;
}

/* Takes over @name. */
static int want(struct fetch *f, char *name)
{
	struct package *p = &f->package[f->packages];

	if (!name)
		return -ENODATA;
	f->packages++;
	p->name = name;
	p->control = show(f, name);
	return p->control && *p->control ? 0 : -ENODATA;
}

/* The packages that the meta package leads to; @release gets what the kernel calls itself. */
static int resolve(struct fetch *f, char **release)
{
	char *meta = show(f, META), *image = meta ? dependency(meta, "linux-image-") : NULL;
	const char *headers;
	int err;

	free(meta);
	if (!image)
		return -ENODATA;
	*release = ncb_copy(image + strlen("linux-image-"));
	err = want(f, image);
	if (!err)
		err = want(f, ncb_format("linux-headers-%s", *release));
	headers = err ? NULL : f->package[1].control;
	if (!err)
		err = want(f, dependency(headers, "linux-headers-"));
	if (!err)
		err = want(f, dependency(headers, "linux-kbuild-"));
	return err;
}

/* The file of a package in the folder of packages, as apt names it, malloc'd. */
static char *deb_path(const struct fetch *f, const struct package *p)
{
	char *version = field(p->control, "Version"), *path;
	char *arch = field(p->control, "Architecture");

	/* No version of a kernel has an epoch, which would be written differently. */
	path = ncb_format("%s/%s_%s_%s.deb", f->debs, p->name, version ? version : "",
			  arch ? arch : "");
	free(version);
	free(arch);
	return path;
}

static unsigned long long bytes_there(const struct fetch *f)
{
	unsigned long long sum = 0;
	struct stat st;
	unsigned int i;

	for (i = 0; i < f->packages; i++) {
		char *path = deb_path(f, &f->package[i]);

		if (stat(path, &st) == 0)
			sum += st.st_size;
		free(path);
	}
	return sum;
}

static int check_space(const struct fetch *f)
{
	unsigned long long need = SPACE_KERNEL, there = bytes_there(f), available;
	struct statvfs fs;
	unsigned int i;

	for (i = 0; i < f->packages; i++) {
		need += size_field(f->package[i].control, "Size");
		/* Of the kernel's own package only /boot is unpacked. */
		if (i)
			need += size_field(f->package[i].control, "Installed-Size") * 1024;
	}
	need -= need > there ? there : need;
	if (statvfs(f->cache, &fs) < 0)
		return 0;
	available = (unsigned long long)fs.f_bavail * fs.f_frsize;
	if (available >= need)
		return 0;
	ncb_error("not enough room in %s: a packaged kernel takes %llu MiB, %llu MiB are free", f->cache,
		  need / MIB + 1, available / MIB);
	return -ENOSPC;
}

struct download {
	const struct fetch *fetch;
	unsigned long long total;
	struct ncb_progress progress;
};

static int on_download(void *data)
{
	struct download *d = data;

	ncb_progress(&d->progress, (double)bytes_there(d->fetch) / d->total, NULL);
	return 0;
}

static int download(struct fetch *f)
{
	const char *argv[6 + PACKAGES] = { "apt-get", "-c", f->conf, "-q", "download" };
	struct download d = { .fetch = f, .total = 1 };
	struct ncb_spawn s = { .argv = argv, .dir = f->debs, .log = f->log, .timeout = 3600,
			       .tick = on_download, .tick_data = &d };
	unsigned int i;
	int err;

	for (i = 0; i < f->packages; i++) {
		argv[5 + i] = f->package[i].name;
		d.total += size_field(f->package[i].control, "Size");
	}
	ncb_say("downloading kernel %s (%s), %llu MiB", f->release->spec, f->package[0].name,
		d.total / MIB + 1);
	ncb_progress_start(&d.progress, "downloading");
	err = ncb_run_command(&s);
	ncb_progress_end(&d.progress);
	return err > 0 ? -EIO : err;
}

/* -- packaged kernels: unpacking -- */

static int unpack(const struct fetch *f, unsigned int index, const char *dir)
{
	char *deb = deb_path(f, &f->package[index]);
	const char *whole[] = { "dpkg-deb", "-x", deb, dir, NULL };
	/* The modules, nine tenths of the kernel's package, are of no use here. */
	const char *boot[] = { "sh", "-c", "dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" ./boot",
			       "sh", deb, dir, NULL };
	struct ncb_spawn s = { .argv = index ? whole : boot, .log = f->log, .timeout = 600 };
	int err = ncb_run_command(&s);

	free(deb);
	return err > 0 ? -EIO : err;
}

/*
 * Files below @kdir name their neighbours by absolute paths, and a compiler
 * that may not be here. Done at each use: the checkout may have been moved.
 */
static int adapt_headers(const char *root, const char *kdir)
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
		char *compiler = ncb_format("%.*s", (int)n, at + 1);

		if (!ncb_have_command(compiler)) {
			ncb_say("%s, which this kernel was built with, is not installed: using gcc",
				compiler);
			out = ncb_format("%.*sgcc%s", (int)(at + 1 - text), text, at + 1 + n);
			err = ncb_write_file(path, out, strlen(out));
			free(out);
		}
		free(compiler);
	}
	free(text);
	free(path);
	return err;
}

/* Points @k into an unpacked kernel. */
static int use_unpacked(const char *root, const char *release, struct ncb_kernel *k)
{
	k->release = ncb_copy(release);
	k->vmlinuz = ncb_format("%s/boot/vmlinuz-%s", root, release);
	k->config = ncb_format("%s/boot/config-%s", root, release);
	k->kdir = ncb_format("%s/usr/src/linux-headers-%s", root, release);
	return adapt_headers(root, k->kdir);
}

/*
 * Unpacks beside and renames, then names it by what it was asked for: what can
 * be found under that name is whole.
 */
static int unpack_all(const struct fetch *f, const char *release)
{
	char *root = ncb_format("%s/kernels/%s", f->cache, release);
	char *part = ncb_format("%s.part", root);
	char *name = ncb_format("%s/kernels/%s", f->cache, f->release->spec);
	char *link = ncb_format("%s.part", name);
	char *image = ncb_format("%s/boot/vmlinuz-%s", part, release);
	unsigned int i;
	int err = ncb_remove_tree(part);

	if (!err)
		err = ncb_make_dirs(part);
	for (i = 0; i < f->packages && !err; i++)
		err = unpack(f, i, part);
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

/* -- packaged kernels: all together -- */

static int take_lock(const char *cache)
{
	char *path = ncb_format("%s/lock", cache);
	struct timespec nap = { .tv_nsec = 200 * 1000 * 1000 };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), err = fd < 0 ? -errno : 0;
	bool said = false;

	while (!err && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			err = -errno;
		else if (ncb_interrupted)
			err = -EINTR;
		if (!said && !err)
			ncb_say("another ncbench is fetching a kernel; waiting for it");
		said = true;
		nanosleep(&nap, NULL);
	}
	if (err && err != -EINTR)
		ncb_error("cannot lock %s: %s", path, strerror(-err));
	free(path);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

static int prepare_folders(struct fetch *f)
{
	static const char *const folders[] = { "lists/partial", "cache/archives/partial" };
	char *kernels = ncb_format("%s/kernels", f->cache);
	int err = ncb_make_dirs(kernels);
	size_t i;

	free(kernels);
	f->debs = ncb_format("%s/debs", f->cache);
	f->apt = ncb_format("%s/apt/%s", f->cache, f->release->spec);
	f->conf = ncb_format("%s/apt.conf", f->apt);
	f->log = ncb_format("%s/log", f->apt);
	if (!err)
		err = ncb_make_dirs(f->debs);
	for (i = 0; i < ARRAY_SIZE(folders) && !err; i++) {
		char *below = ncb_format("%s/%s", f->apt, folders[i]);

		err = ncb_make_dirs(below);
		free(below);
	}
	return err;
}

static int fetch_locked(struct fetch *f)
{
	char *release = NULL, *reason;
	int err;

	err = prepare_folders(f);
	if (err) {
		ncb_error("cannot write into %s: %s", f->cache, strerror(-err));
		return err;
	}
	ncb_say("looking for kernel %s in Debian's package lists", f->release->spec);
	err = update_lists(f, true);
	if (err == -ENODATA)
		err = update_lists(f, false);
	if (!err)
		err = resolve(f, &release);
	if (!err)
		err = check_space(f);
	if (err == -ENOSPC)
		goto out;
	if (!err)
		err = download(f);
	if (!err) {
		ncb_say("unpacking kernel %s", release);
		err = unpack_all(f, release);
	}
	if (err && err != -EINTR) {
		reason = reason_in(f->log);
		ncb_error("cannot fetch a packaged kernel %s (%s; all of it in %s); connect this machine to a Debian mirror, "
			  OTHERWISE, f->release->spec, reason, f->log);
		free(reason);
		err = -EOPNOTSUPP;
	}
out:
	free(release);
	return err;
}

static void fetch_free(struct fetch *f)
{
	unsigned int i;

	for (i = 0; i < f->packages; i++) {
		free(f->package[i].name);
		free(f->package[i].control);
	}
	free(f->cache);
	free(f->apt);
	free(f->conf);
	free(f->debs);
	free(f->log);
}

/* Release of the unpacked kernel that a spec stands for, malloc'd; NULL: not fetched yet. */
static char *cached(const char *spec, char **root)
{
	char *cache = cache_folder(), *name = ncb_format("%s/kernels/%s", cache, spec);
	char *real = realpath(name, NULL), *release = NULL;

	*root = NULL;
	if (real) {
		release = ncb_copy(strrchr(real, '/') + 1);
		*root = ncb_copy(real);
	}
	free(real);
	free(name);
	free(cache);
	return release;
}

static int get_packaged(const struct release *release, struct ncb_kernel *k)
{
	struct fetch f = { .release = release, .cache = cache_folder() };
	char *root = NULL, *found = NULL;
	int err, lock;

	err = ncb_make_dirs(f.cache);
	if (err) {
		ncb_error("cannot write into %s: %s", f.cache, strerror(-err));
		goto out;
	}
	lock = take_lock(f.cache);
	err = lock < 0 ? lock : 0;
	if (err)
		goto out;
	found = cached(release->spec, &root);
	if (!found) {
		err = fetch_locked(&f);
		found = err ? NULL : cached(release->spec, &root);
	}
	if (!err)
		err = found ? use_unpacked(root, found, k) : -ENOENT;
	if (!err)
		err = read_image(k);
	close(lock);
out:
	fetch_free(&f);
	free(root);
	free(found);
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
 * @spec: version of a packaged one, path of a vmlinuz or vmlinux, or NULL:
 *	NCB_KERNEL_DEFAULT
 * @headers: for a path: its build folder, or NULL: looked for in /lib/modules
 * @k: gets it, to be given back with ncb_kernel_free()
 *
 * A packaged kernel is downloaded when it is asked for the first time, and
 * stays as it is until .cache/ is removed. Safe for several processes at once.
 *
 * Return: 0; -EOPNOTSUPP where it cannot be had here; or -errno; with a message.
 */
int ncb_kernel_get(const char *spec, const char *headers, struct ncb_kernel *k)
{
	char why[512];
	int err;

	memset(k, 0, sizeof(*k));
	spec = spec ? spec : NCB_KERNEL_DEFAULT;
	err = ncb_kernel_possible(spec, headers, why, sizeof(why));
	if (err)
		ncb_error("%s", why);
	else if (is_path(spec))
		err = get_given(spec, headers, k);
	else
		err = get_packaged(find_release(spec), k);
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
	memset(k, 0, sizeof(*k));
}

/**
 * ncb_kernel_possible - whether a kernel can be had, as far as can be told without trying
 * @spec: as for ncb_kernel_get()
 * @headers: likewise
 * @why: gets the reason, in both cases
 * @size: of @why
 *
 * Return: 0, -EINVAL where it makes no sense, -EOPNOTSUPP where it cannot be
 * had here.
 */
int ncb_kernel_possible(const char *spec, const char *headers, char *why, size_t size)
{
	char names[128], *release, *root;
	const char *tool;

	spec = spec ? spec : NCB_KERNEL_DEFAULT;
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
	release = cached(spec, &root);
	tool = missing_tool();
	if (release)
		snprintf(why, size, "kernel %s, already fetched", release);
	else if (tool)
		snprintf(why, size, "no %s here to fetch Debian's packaged kernel with; " OTHERWISE, tool);
	else if (!ncb_exists(KEYRING))
		snprintf(why, size, "Debian's keys are missing (" KEYRING "): install debian-archive-keyring, "
			 OTHERWISE);
	else
		snprintf(why, size, "kernel %s, to be downloaded from Debian (about 100 MB)", spec);
	free(root);
	if (release || (!tool && ncb_exists(KEYRING))) {
		free(release);
		return 0;
	}
	return -EOPNOTSUPP;
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
