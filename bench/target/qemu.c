// SPDX-License-Identifier: GPL-2.0-only
/*
 * target qemu: a guest that boots a packaged (or given) kernel from an
 * initramfs with this same program as its first process, built for the machine
 * that the guest is. The result comes out through a second serial port, into a
 * file that is read as it grows. What guests there are says machine.c.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "driver.h"
#include "guest.h"
#include "initramfs.h"
#include "kernel.h"
#include "machine.h"
#include "packaged.h"
#include "target.h"
#include "wire.h"
#include "../memory_ask.h"
#include "../storm/measure.h"
#include "../../kmod/storm/ncb_storm_uapi.h"

#define MEMORY_MIB	"512"
#define STORM_MEMORY_MIB	"1024"
#define TAIL_LINES	15

/* Seconds: a probe; without a word from the guest; a run, and more for each row. */
#define PROBE_LIMIT	8
#define SILENCE_LIMIT	120
#define RUN_LIMIT	120
#define ROW_LIMIT	2
#define LOAD_LIMIT	0.3	/* a load and its unload, emulated */

/*
 * For every guest. The console shows warnings and worse; a panic or an oops
 * ends the guest at once. Mitigations stay as they are by default.
 */
#define COMMAND_LINE	"console=%s loglevel=5 panic=-1 oops=panic"

/**
 * struct guest - a guest being run
 * @options, @run: what it is to measure
 * @dir: temporary folder with everything of it
 * @kernel: what it boots
 * @machine: what it is
 * @module: ncbench.ko for that kernel
 * @storm, @payload: folders of the modules that storms want, or NULL
 * @program: the ncbench that runs in it
 * @accel: how; @many: the same with several CPUs, where nothing counts instructions
 * @cpus: number of them, as text; "": one
 * @append: the kernel command line
 * @wire, @wire_fd: what comes out of it
 * @console_fd, @line, @line_used: its console, and the last line so far
 * @complaint: first line there that says that something is wrong
 * @started, @heard, @limit, @silence: ncb_now() of the start and of the last
 *	frame; seconds that it may take, and may be silent
 * @progress: shown, or NULL
 * @share, @doing: how far it says it is
 * @storms_began, @storms_ended: when it first named a storm, and then none; 0: not yet
 * @received: folder for the files
 * @files: results that have come
 * @failed: the guest said why it failed
 * @err: why it is ended: 0 or -errno
 * @reason: the same in words
 * @findings: lines in its kernel log that complain, since the module was there
 */
struct guest {
	const struct ncb_run_options *options;
	struct ncb_rundata *run;
	char *dir;
	const struct ncb_kernel *kernel;
	const struct ncb_machine *machine;
	char *module, *storm, *payload, *program;
	const struct ncb_accel *accel;
	struct ncb_accel many;
	char cpus[16];
	char *append;
	struct ncb_wire_reader wire;
	int wire_fd, console_fd;
	char line[256], complaint[256];
	size_t line_used;
	double started, heard, limit, silence;
	struct ncb_progress *progress;
	double share;
	char doing[96];
	double storms_began, storms_ended;
	char *received;
	unsigned int files;
	bool failed;
	int err;
	char reason[256];
	unsigned int findings;
};

static char *in(const struct guest *g, const char *name)
{
	return ncb_format("%s/%s", g->dir, name);
}

#define SAMPLES	"samples.csv.gz"

/* -- what the guest sends -- */

static void give_up(struct guest *g, int err, const char *format, ...) PRINTF(3, 4);
static void give_up(struct guest *g, int err, const char *format, ...)
{
	va_list args;

	if (g->err)
		return;
	g->err = err;
	va_start(args, format);
	vsnprintf(g->reason, sizeof(g->reason), format, args);
	va_end(args);
}

/* Raw data, which belong to the result.json that comes next. */
static const char *const tables[] = { SAMPLES, NCB_STORM_FILE };

static bool is_table(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		if (!strcmp(name, tables[i]))
			return true;
	return false;
}

/* The tables that have come take the places of the older ones. */
static int adopt_tables(const struct guest *g)
{
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(tables) && !err; i++) {
		char *path = ncb_format("%s/%s", g->received, tables[i]);
		char *next = ncb_format("%s.next", path);

		if (rename(next, path) < 0 && errno != ENOENT)
			err = -errno;
		free(next);
		free(path);
	}
	return err;
}

/*
 * The result comes several times, as far as it is: tables wait beside the
 * older ones until the result.json that belongs to them has come.
 */
static void keep_file(struct guest *g, const struct ncb_wire_frame *frame)
{
	bool table = is_table(frame->name), result = !strcmp(frame->name, "result.json");
	char *path;
	int err;

	if (strchr(frame->name, '/') || frame->name[0] == '.' || !frame->name[0]) {
		give_up(g, -EBADMSG, "the guest sent a file of the name '%.60s'", frame->name);
		return;
	}
	path = ncb_format("%s/%s%s", g->received, frame->name, table ? ".next" : "");
	err = ncb_write_file(path, frame->data, frame->size);
	if (!err && result)
		err = adopt_tables(g);
	if (err)
		give_up(g, err, "cannot write %s: %s", path, strerror(-err));
	else
		g->files += !table;
	free(path);
}

/* Before a message: the bar would stand in the same line. */
static void end_progress(struct guest *g)
{
	if (g->progress)
		ncb_progress_end(g->progress);
	g->progress = NULL;
}

/* Each line of a text, without "ncbench: ", which the message gets anyway. */
static void say_lines(char *text, void (*say)(const char *format, ...), const char *before)
{
	char *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		say("%s%s", before, strncmp(line, "ncbench: ", 9) ? line : line + 9);
}

/* What the kernel complained of before the mark, while it booted, is not the module's. */
static void scan_kernel_log(struct guest *g, char *log)
{
	char *mark = strstr(log, NCB_GUEST_MARK), *line, *save = NULL;

	for (line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!ncb_kernel_complains(line))
			continue;
		if (line < mark) {
			ncb_detail("kernel log of the guest, while it booted: %s", line);
			continue;
		}
		end_progress(g);
		ncb_error("kernel log of the guest: %s", line);
		g->findings++;
	}
}

/* By this machine's clock: the guest's stands still, or runs, as it likes. */
static void note_progress(struct guest *g, const char *doing)
{
	bool storms = !strncmp(doing, NCB_STORM_DOING, strlen(NCB_STORM_DOING));

	if (storms && !g->storms_began)
		g->storms_began = ncb_now();
	if (!storms && g->storms_began && !g->storms_ended)
		g->storms_ended = ncb_now();
	snprintf(g->doing, sizeof(g->doing), "%.*s", (int)sizeof(g->doing) - 1, doing);
}

static void take_frame(struct guest *g, struct ncb_wire_frame *frame)
{
	switch (frame->type) {
	case NCB_WIRE_PROGRESS:
		g->share = ncb_wire_share(frame);
		note_progress(g, frame->name);
		break;
	case NCB_WIRE_FILE:
		keep_file(g, frame);
		break;
	case NCB_WIRE_LOG:
		if (!strcmp(frame->name, "kernel"))
			scan_kernel_log(g, frame->data);
		else
			say_lines(frame->data, ncb_say, "guest: ");
		break;
	case NCB_WIRE_ERROR:
		end_progress(g);
		say_lines(frame->data, ncb_error, "guest: ");
		g->failed = true;
		break;
	default:
		break;
	}
}

/* Reads what is new on the wire; true where something was. */
static bool read_wire(struct guest *g)
{
	char buffer[65536];
	struct ncb_wire_frame frame;
	bool any = false;
	ssize_t n;
	int got;

	while ((n = read(g->wire_fd, buffer, sizeof(buffer))) > 0) {
		ncb_wire_feed(&g->wire, buffer, n);
		any = true;
	}
	while ((got = ncb_wire_next(&g->wire, &frame)) != 0) {
		if (got < 0) {
			give_up(g, -EBADMSG, "what the guest sent is damaged: %s", g->wire.damage);
			continue;
		}
		take_frame(g, &frame);
		ncb_wire_frame_free(&frame);
	}
	return any;
}

static void read_console(struct guest *g)
{
	char buffer[4096];
	ssize_t n, i;

	while ((n = read(g->console_fd, buffer, sizeof(buffer))) > 0) {
		for (i = 0; i < n; i++) {
			if (buffer[i] != '\n') {
				if (buffer[i] != '\r' && g->line_used < sizeof(g->line) - 1)
					g->line[g->line_used++] = buffer[i];
				continue;
			}
			g->line[g->line_used] = '\0';
			g->line_used = 0;
			if (!g->complaint[0] && ncb_kernel_complains(g->line))
				snprintf(g->complaint, sizeof(g->complaint), "%s", g->line);
			if (strstr(g->line, "Kernel panic"))
				give_up(g, -EIO, "the guest's kernel panicked");
		}
	}
}

static int tick(void *data)
{
	struct guest *g = data;
	double now = ncb_now();

	if (read_wire(g))
		g->heard = now;
	read_console(g);
	if (now - g->started > g->limit)
		give_up(g, -ETIMEDOUT, "the guest was not done after %.0f s (at: %s)", g->limit,
			g->doing);
	if (now - g->heard > g->silence)
		give_up(g, -ETIMEDOUT, "nothing came from the guest for %.0f s (at: %s)", g->silence,
			g->doing);
	if (g->progress)
		ncb_progress(g->progress, g->share, g->doing);
	return g->err;
}

/* The last lines of a file, what cannot be printed left out. */
static void show_tail(const char *path, const char *title)
{
	char *text = ncb_read_file(path, NULL), *p, *to, *line, *save = NULL;
	unsigned int lines = 0;

	if (!text || !*text) {
		ncb_error("%s: nothing", title);
		free(text);
		return;
	}
	for (p = to = text; *p; p++)
		if (*p == '\n' || *p == '\t' || (*p >= ' ' && *p < 127))
			*to++ = *p;
	while (to > text && to[-1] == '\n')
		to--;
	*to = '\0';
	for (p = to; p > text; p--)
		if (*p == '\n' && ++lines == TAIL_LINES)
			break;
	for (line = strtok_r(p, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		ncb_error("%s: %s", title, line);
	free(text);
}

/* -- running QEMU -- */

/* A program into the archive: of this machine with its libraries, of another alone. */
static void add_program(const struct guest *g, struct ncb_initramfs *a, const char *name,
			const char *path)
{
	char *strip;

	if (ncb_machine_is_here(g->machine)) {
		ncb_initramfs_program(a, name, path, g->dir);
		return;
	}
	strip = ncb_machine_tool(g->machine, "strip");
	ncb_initramfs_foreign(a, name, path, g->machine->elf, strip, g->dir);
	free(strip);
}

/* A module into the archive, without what only debuggers want where it can be taken out. */
static void add_module(const struct guest *g, struct ncb_initramfs *a, const char *name,
		       const char *path)
{
	char *stripped = in(g, "module"), *strip = ncb_machine_tool(g->machine, "strip");
	const char *argv[] = { strip, "-g", "-o", stripped, path, NULL };
	struct ncb_spawn s = { .argv = argv, .timeout = 60 };
	bool small = ncb_have_command(strip) && ncb_run_command(&s) == 0;

	ncb_initramfs_file(a, name, small ? stripped : path);
	free(stripped);
	free(strip);
}

/* All modules in @folder whose names match @pattern, always in the same order. */
static void add_modules(const struct guest *g, struct ncb_initramfs *a, const char *folder,
			const char *pattern)
{
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, alphasort), i;

	for (i = 0; i < n; i++) {
		if (fnmatch(pattern, entry[i]->d_name, 0) == 0) {
			char *path = ncb_format("%s/%s", folder, entry[i]->d_name);
			char *name = ncb_format(NCB_GUEST_STORM "/%s", entry[i]->d_name);

			add_module(g, a, name, path);
			free(path);
			free(name);
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

/* As they are: what has a signature would lose it. */
static void add_packaged(const struct guest *g, struct ncb_initramfs *a)
{
	char *folder = in(g, NCB_GUEST_PACKAGED);
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, alphasort), i;

	for (i = 0; i < n; i++) {
		char *path = ncb_format("%s/%s", folder, entry[i]->d_name);
		char *name = ncb_format(NCB_GUEST_STORM "/%s", entry[i]->d_name);

		if (entry[i]->d_name[0] != '.')
			ncb_initramfs_file(a, name, path);
		free(path);
		free(name);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	free(folder);
}

/* Writes the guest's files, with the plan as it is settled now. */
static int pack(const struct guest *g)
{
	static const char *const folders[] = { "/proc", "/sys", "/dev", "/tmp" };
	char *path = in(g, "initramfs"), *config;
	char *plan = ncb_guest_plan(g->options, g->run);
	struct ncb_initramfs a;
	size_t i;
	int err;

	ncb_initramfs_begin(&a, path);
	for (i = 0; i < ARRAY_SIZE(folders); i++)
		ncb_initramfs_dir(&a, folders[i]);
	ncb_initramfs_console(&a);
	add_program(g, &a, "/init", g->program);
	if (g->module)
		add_module(g, &a, NCB_GUEST_MODULE, g->module);
	if (g->storm)
		add_modules(g, &a, g->storm, NCB_STORM_MODULE ".ko");
	if (g->payload)
		add_modules(g, &a, g->payload, NCB_PAYLOAD_PREFIX "*_0000.ko");
	if (g->options->storm.module)
		add_packaged(g, &a);
	ncb_initramfs_data(&a, NCB_GUEST_PLAN, plan, strlen(plan));
	if (g->options->program)
		add_program(g, &a, NCB_GUEST_PROGRAM, g->options->program);
	if (g->kernel->config && ncb_exists(g->kernel->config)) {
		config = ncb_format("/boot/config-%s", g->kernel->release);
		ncb_initramfs_file(&a, config, g->kernel->config);
		free(config);
	}
	err = ncb_initramfs_end(&a);
	free(path);
	free(plan);
	return err;
}

static int open_output(const struct guest *g, const char *name)
{
	char *path = in(g, name);
	int fd = open(path, O_RDONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	free(path);
	return fd;
}

static void add(const char **argv, size_t *used, const char *const *more)
{
	while (*more)
		argv[(*used)++] = *more++;
	argv[*used] = NULL;
}

/* The character device @name, which is a file; a comma is doubled, as QEMU wants it. */
static char *chardev(const struct guest *g, const char *name, const char *file)
{
	char *path = in(g, file), *out = ncb_alloc(2, strlen(name) + strlen(path) + 16), *to = out, *p;

	to += sprintf(to, "file,id=%s,path=", name);
	for (p = path; *p; p++) {
		*to++ = *p;
		if (*p == ',')
			*to++ = ',';
	}
	free(path);
	return out;
}

/* What QEMU said last, malloc'd. */
static char *last_line(const char *log)
{
	char *text = ncb_read_file(log, NULL), *at, *out;
	size_t n = text ? strlen(text) : 0;

	while (n && text[n - 1] == '\n')
		text[--n] = '\0';
	at = n ? strrchr(text, '\n') : NULL;
	out = ncb_copy(!n ? "QEMU failed without a word" : at ? at + 1 : text);
	free(text);
	return out;
}

/*
 * A measurement of rows wants one CPU. Storms may want more, and a test: NCBENCH_CPUS,
 * with guest-test alone. Instructions are not counted then: with two CPUs QEMU takes
 * minutes to boot that way, its CPUs waiting for each other.
 */
static void set_cpus(const struct guest *g, const char **argv, size_t *used)
{
	const char *cpus = g->cpus[0] ? g->cpus : g->options->program ? getenv("NCBENCH_CPUS") : NULL;
	const char *const smp[] = { "-smp", cpus, NULL };
	size_t i;

	if (!cpus || !*cpus)
		return;
	for (i = 0; i < *used && strcmp(argv[i], "-icount"); i++)
		;
	if (i < *used) {
		memmove(&argv[i], &argv[i + 2], (*used - i - 1) * sizeof(*argv));
		*used -= 2;
	}
	add(argv, used, smp);
}

/*
 * Starts the guest and waits for its end. Everything of it is in the temporary
 * folder; -nodefaults leaves no network and no disk.
 */
static int boot(struct guest *g)
{
	char *initrd = in(g, "initramfs"), *log = in(g, "qemu.log");
	char *console = chardev(g, "console", "console.log"), *wire = chardev(g, "wire", "wire");
	const char *const common[] = {
		g->machine->qemu, "-m", g->options->storm.wanted ? STORM_MEMORY_MIB : MEMORY_MIB,
		"-no-user-config", "-nodefaults", "-display",
		"none", "-no-reboot", "-chardev", console, "-chardev", wire, "-kernel",
		g->kernel->boot, "-initrd", initrd, "-append", g->append, NULL
	};
	const char *argv[ARRAY_SIZE(common) + ARRAY_SIZE(g->machine->devices) +
			 ARRAY_SIZE(g->accel->options) + 3];
	struct ncb_spawn s = { .argv = argv, .log = log, .tick = tick, .tick_data = g };
	char *said = NULL;
	size_t used = 0;
	int status = -EIO;

	add(argv, &used, common);
	add(argv, &used, g->machine->devices);
	add(argv, &used, g->accel->options);
	unlink(log);
	ncb_wire_init(&g->wire);
	set_cpus(g, argv, &used);
	g->console_fd = open_output(g, "console.log");
	g->wire_fd = open_output(g, "wire");
	if (g->console_fd < 0 || g->wire_fd < 0) {
		give_up(g, -errno, "cannot write into %s: %s", g->dir, strerror(errno));
		goto out;
	}
	g->started = g->heard = ncb_now();
	status = ncb_run_command(&s);
	read_wire(g);
	read_console(g);
	if (status == -EINTR)
		give_up(g, -EINTR, "interrupted");
	else if (status > 0)
		give_up(g, -EIO, "%s", said = last_line(log));
	else if (status < 0)
		give_up(g, status, "QEMU could not be run: %s", strerror(-status));
	else if (ncb_wire_finish(&g->wire))
		give_up(g, -EIO, "the guest ended before it was done: %s", g->wire.damage);
out:
	if (g->console_fd >= 0)
		close(g->console_fd);
	if (g->wire_fd >= 0)
		close(g->wire_fd);
	ncb_wire_free(&g->wire);
	free(said);
	free(initrd);
	free(log);
	free(console);
	free(wire);
	return g->err;
}

static void explain(const struct guest *g)
{
	char *console = in(g, "console.log"), *log = in(g, "qemu.log"), *text;

	if (g->err == -EINTR) {
		ncb_error("interrupted: the guest is ended");
	} else {
		ncb_error("%s", g->reason);
		if (g->complaint[0])
			ncb_error("first complaint: %s", g->complaint);
		show_tail(console, "console");
		text = ncb_read_file(log, NULL);
		if (text && *text)
			show_tail(log, "qemu");
		free(text);
	}
	free(console);
	free(log);
}

/* Adds a word or several to the kernel command line. */
static void append(struct guest *g, const char *words)
{
	char *longer = ncb_format("%s%s%s", g->append, *words ? " " : "", words);

	free(g->append);
	g->append = longer;
}

static void set_append(struct guest *g, const char *more)
{
	char *wire = ncb_format(NCB_GUEST_WIRE "%s", g->machine->wire);

	free(g->append);
	g->append = ncb_format(COMMAND_LINE, g->machine->console);
	append(g, g->machine->append);
	append(g, wire);
	append(g, g->accel->append);
	append(g, more);
	free(wire);
}

/* -- which accelerator -- */

/* What a probe's answer holds for: this boot of the machine, this QEMU, this kernel. */
static char *probe_key(const char *version, const struct ncb_kernel *kernel)
{
	char id[64];

	ncb_read_line("/proc/sys/kernel/random/boot_id", id, sizeof(id));
	return ncb_format("%s %s %s", id, version, kernel->boot);
}

/*
 * Boots the very guest that is to be measured, which powers off at once. A
 * /dev/kvm that is there may still hang the guest, so that nothing else tells.
 */
static bool probe_kvm(const struct guest *like, char *why, size_t size)
{
	struct guest g = {
		.options = like->options,
		.run = like->run,
		.dir = like->dir,
		.kernel = like->kernel,
		.machine = like->machine,
		.module = like->module,
		.storm = like->storm,
		.payload = like->payload,
		.program = like->program,
		.accel = like->machine->kvm,
		.limit = PROBE_LIMIT,
		.silence = PROBE_LIMIT,
	};
	int err;

	memcpy(g.cpus, like->cpus, sizeof(g.cpus));

	set_append(&g, NCB_GUEST_PROBE);
	ncb_detail("probing KVM with a guest that powers off at once (%d s at most)", PROBE_LIMIT);
	err = pack(&g);
	if (!err)
		err = boot(&g);
	if (!err)
		snprintf(why, size, "a probe guest with KVM booted in %.1f s", ncb_now() - g.started);
	else if (err == -ETIMEDOUT)
		snprintf(why, size, "a probe guest with KVM hung for %d s", PROBE_LIMIT);
	else
		snprintf(why, size, "a probe guest with KVM failed: %.180s", g.reason);
	free(g.append);
	return !err;
}

/* The answer is kept in .cache/kvm-probe: a line with the key, one with it and the reason. */
static bool kvm_works(const struct guest *like, const char *version, char *why, size_t size)
{
	char *path, *key, *text, *stored, *end;
	bool works;
	int fd;

	if (!ncb_machine_is_here(like->machine) || !like->machine->kvm) {
		snprintf(why, size, ncb_machine_is_here(like->machine) ?
			 "guests of %s were never tried with KVM" :
			 "KVM has no guests of %s on another machine", like->machine->name);
		return false;
	}
	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		snprintf(why, size, errno == ENOENT ? "there is no /dev/kvm" :
			 "/dev/kvm cannot be opened (%s)", strerror(errno));
		return false;
	}
	close(fd);
	path = ncb_format("%s/.cache/kvm-probe", ncb_top());
	key = probe_key(version, like->kernel);
	text = ncb_read_file(path, NULL);
	end = text ? strchr(text, '\n') : NULL;
	if (end && strlen(end) > 5 && text + strlen(key) == end && !strncmp(text, key, strlen(key))) {
		works = !strncmp(end + 1, "yes ", 4);
		snprintf(why, size, "%.*s", (int)strcspn(end + 5, "\n"), end + 5);
	} else {
		works = probe_kvm(like, why, size);
		stored = ncb_format("%s\n%s %s\n", key, works ? "yes" : "no ", why);
		if (!ncb_interrupted)
			ncb_write_file(path, stored, strlen(stored));
		free(stored);
	}
	free(path);
	free(key);
	free(text);
	return works;
}

/*
 * Instructions where KVM does not work. NCBENCH_ACCEL=tcg asks for them where
 * it does, =kvm insists on it.
 */
static int choose_accel(struct guest *g, const char *version)
{
	const struct ncb_accel *tcg = g->machine->tcg, *kvm = g->machine->kvm;
	const char *wanted = getenv("NCBENCH_ACCEL");
	bool emulate = wanted && !strcmp(wanted, "tcg"), insist = wanted && !strcmp(wanted, "kvm");
	char why[256] = "NCBENCH_ACCEL asks for it";

	if (wanted && *wanted && !emulate && !insist) {
		ncb_error("NCBENCH_ACCEL=%s: valid are kvm and tcg", wanted);
		return -EINVAL;
	}
	g->accel = !emulate && kvm_works(g, version, why, sizeof(why)) ? kvm : tcg;
	if (ncb_interrupted)
		return -EINTR;
	if (g->accel == tcg && insist) {
		ncb_error("no KVM for the guest: %s", why);
		return -EOPNOTSUPP;
	}
	if (g->accel == tcg && g->cpus[0]) {
		g->many = *tcg;
		g->many.metric = NCB_NS;
		g->many.title = "tcg";
		g->many.summary = "emulated, with several CPUs; the times are the emulator's";
		g->accel = &g->many;
	}
	ncb_say("guest: kernel %s, QEMU %s", g->kernel->release, version);
	ncb_say("guest: %s, because: %s", g->accel->summary, why);
	return 0;
}

/* -- the run -- */

/* Few samples are enough where they are exact; in a guest with KVM they are not. */
static void settle_counts(const struct guest *g)
{
	const struct ncb_profile *p = ncb_profile_find(g->options->profile);
	bool exact = g->accel->metric == NCB_INSN;

	if (p && !g->options->reloads)
		g->run->reloads = exact ? p->reloads_insn : p->reloads_ns;
	if (p && !g->options->blocks)
		g->run->blocks = exact ? p->blocks_insn : p->blocks_ns;
}

/* What the guest measured becomes this run's, which keeps its name, date and seed. */
static int adopt(const struct guest *g, const char *version)
{
	struct ncb_rundata *r = g->run;
	char *date = ncb_copy(ncb_env_string(r, "date", NULL));
	struct ncb_rundata got;		/* set up by loading, also where that fails */
	char id[64];
	int err;

	err = ncb_result_load(&got, g->received);
	if (err)
		goto out;
	json_object_update(r->env, got.env);
	if (date)
		ncb_env_set(r, "date", date);
	/* Where all is counted, nothing is random: two guests would have the same. */
	if (g->accel->metric == NCB_INSN &&
	    ncb_read_line("/proc/sys/kernel/random/uuid", id, sizeof(id)) == 0)
		ncb_env_set(r, "boot_id", id);
	ncb_env_set(r, "target", "qemu");
	ncb_env_set(r, "qemu_version", version);
	ncb_env_set(r, "accelerator", g->accel->title);
	r->metric = got.metric;
	r->clock = got.clock;
	r->tick_hz = got.tick_hz;
	r->features = got.features;
	r->known_insn = got.known_insn;
	if (got.storms && g->storms_began)
		ncb_storm_note_seconds(r, (g->storms_ended ? g->storms_ended : ncb_now()) -
					  g->storms_began);
	ncb_storms_free(r->storms);
	r->storms = got.storms;
	got.storms = NULL;
	r->interrupted |= got.interrupted;
	r->reloads = got.reloads;
	r->stopped = got.stopped;
	free(r->rows);
	free(r->samples);
	free(r->counter);
	free(r->counts);
	json_decref(r->missing);
	r->rows = got.rows;
	r->nrows = got.nrows;
	r->samples = got.samples;
	r->nsamples = got.nsamples;
	r->samples_room = got.samples_room;
	r->counter = got.counter;
	r->counters = got.counters;
	r->passes = got.passes;
	r->slots = got.slots;
	r->counts = got.counts;
	r->missing = got.missing;
	got.rows = NULL;
	got.samples = NULL;
	got.counter = NULL;
	got.counts = NULL;
	got.missing = NULL;
out:
	free(date);
	ncb_rundata_free(&got);
	return err;
}

/* After the guest's end: is what it measured worth anything? */
static int judge(const struct guest *g)
{
	struct ncb_rundata *r = g->run;

	if (g->findings) {
		ncb_error("the guest's kernel complained while it measured (%u lines, above): nothing of it holds",
			  g->findings);
		return -EIO;
	}
	ncb_run_choose_metric(r, g->accel->metric == NCB_INSN);
	if (r->nsamples && g->accel->metric == NCB_INSN && r->metric != NCB_INSN) {
		ncb_error("this QEMU does not count instructions: %d of them took %" PRIu64 " ticks of the guest's clock, and no PMU counts them either; use another version, or KVM, or TARGET=host",
			  NCB_KNOWN_INSN, r->known_insn);
		r->nsamples = 0;
		return -EIO;
	}
	return 0;
}

/* What the program printed that ran instead of a measurement. */
static int show_output(const struct guest *g)
{
	char *path = ncb_format("%s/%s", g->received, NCB_GUEST_OUTPUT);
	size_t size = 0;
	char *text = ncb_read_file(path, &size);
	int err = 0;

	if (text && g->options->output)
		err = ncb_write_file(g->options->output, text, size);
	else if (text)
		fputs(text, stdout);
	if (err)
		ncb_error("cannot write %s: %s", g->options->output, strerror(-err));
	free(text);
	free(path);
	return err;
}

/* Seconds that storms may take; and in @round, one round, in which no word comes. */
static double storm_limit(const struct ncb_run_options *o, double *round)
{
	struct ncb_storms *s = ncb_storms_new();
	double sum = 0;
	size_t i;

	*round = 0;
	if (o->storm.wanted)
		ncb_storm_plan(s, o->profile, &o->storm);
	for (i = 0; i < s->storms; i++) {
		const struct ncb_storm *t = &s->storm[i];
		double one = LOAD_LIMIT * (t->modules > t->threads ? t->modules : t->threads);

		sum += t->rounds * one;
		*round = one > *round ? one : *round;
	}
	ncb_storms_free(s);
	return sum;
}

static int measure(struct guest *g, const char *version)
{
	struct ncb_progress progress;
	double start = ncb_now();
	int err, judged;

	g->received = in(g, "run");
	g->progress = &progress;
	g->limit = g->options->timeout > 0 ? g->options->timeout :
		   RUN_LIMIT + (double)ROW_LIMIT * g->run->nrows * g->run->reloads +
		   g->options->time_limit + storm_limit(g->options, &g->silence);
	g->silence += SILENCE_LIMIT;
	snprintf(g->doing, sizeof(g->doing), "booting");
	set_append(g, g->options->append ? g->options->append : "");
	err = ncb_make_dirs(g->received);
	if (err) {
		ncb_error("cannot make %s: %s", g->received, strerror(-err));
		return err;
	}
	ncb_progress_start(&progress, g->options->program ? "running in the guest" :
							    "measuring in the guest");
	err = boot(g);
	end_progress(g);
	if (err)
		explain(g);
	else if (g->failed)
		err = -EIO;
	if (g->options->program) {
		int shown = show_output(g);

		return err ? err : g->findings ? -EIO : shown;
	}
	if (g->files) {
		judged = adopt(g, version);
		if (!judged)
			judged = judge(g);
		err = err ? err : judged;
	}
	if (!err && !g->files) {
		ncb_error("the guest sent no result");
		err = -EIO;
	}
	if (!err)
		ncb_detail("guest done in %.1f s", ncb_now() - start);
	g->run->interrupted |= err != 0;
	return err;
}

static char *temporary_folder(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = ncb_format("%s/ncbench-guest-XXXXXX", base && *base ? base : "/tmp");

	if (mkdtemp(dir))
		return dir;
	ncb_error("cannot make a temporary folder %s: %s; TMPDIR chooses another place", dir,
		  strerror(errno));
	free(dir);
	return NULL;
}

static int build_modules(struct guest *g, const struct ncb_kernel *kernel)
{
	const struct ncb_run_options *o = g->options;
	char *size_tool;
	int err = 0;

	if (o->module)
		g->module = ncb_copy(o->module);
	else
		err = ncb_module_build(kernel->kdir, &g->module);
	if (!err && (o->storm.wanted || o->program))
		err = ncb_storm_build(kernel->kdir, &g->storm);
	if (!err && g->storm)
		err = ncb_payload_build(kernel->kdir, &g->payload);
	if (err)
		return err;
	size_tool = ncb_machine_tool(g->machine, "size");
	ncb_module_note(g->module, size_tool, g->run);
	free(size_tool);
	return 0;
}

/* The kernel, the modules for it, and the program that runs in the guest. */
static int build(struct guest *g, struct ncb_kernel *kernel)
{
	const struct ncb_run_options *o = g->options;
	int err = ncb_kernel_get(g->machine, o->kernel, o->headers, kernel);

	if (!err && !o->word)
		err = build_modules(g, kernel);
	return err ? err : ncb_driver_build(g->machine, &g->program);
}

/* The packaged module that is wanted in place of payloads, by the name that the plan makes of it. */
static int collect_packaged(const struct guest *g)
{
	struct ncb_storms *s = ncb_storms_new();
	char *dir = in(g, NCB_GUEST_PACKAGED);
	int err = ncb_storm_plan(s, g->options->profile, &g->options->storm);

	if (!err)
		err = ncb_packaged_collect(g->machine, g->kernel, s->storm[0].module, dir);
	ncb_storms_free(s);
	free(dir);
	return err;
}

static int run(const struct ncb_run_options *o, struct ncb_rundata *r)
{
	struct ncb_kernel kernel = { 0 };
	struct guest g = {
		.options = o, .run = r, .kernel = &kernel, .machine = ncb_machine_find(o->arch),
	};
	char *version, why[256];
	int err = ncb_machine_qemu(g.machine, &version, why, sizeof(why));

	if (o->storm.cpus > 1)
		snprintf(g.cpus, sizeof(g.cpus), "%u", o->storm.cpus);
	if (err)
		ncb_error("%s", why);
	else
		err = build(&g, &kernel);
	if (!err) {
		g.dir = temporary_folder();
		err = g.dir ? 0 : -EIO;
	}
	if (!err && o->storm.module)
		err = collect_packaged(&g);
	if (!err)
		err = choose_accel(&g, version);
	if (!err) {
		settle_counts(&g);
		err = pack(&g);
	}
	if (!err)
		err = measure(&g, version);
	if (g.dir)
		ncb_remove_tree(g.dir);
	free(g.dir);
	free(g.module);
	free(g.storm);
	free(g.payload);
	free(g.program);
	free(g.append);
	free(g.received);
	free(version);
	ncb_kernel_free(&kernel);
	return err;
}

static int possible(const struct ncb_run_options *o, char *why, size_t size)
{
	const struct ncb_machine *m = ncb_machine_find(o->arch);
	char *version, kernel[512];
	int err;

	if (!m || !ncb_machine_here()) {
		snprintf(why, size, "guests are machines that this program was built for, and it was built for none of them");
		return -EOPNOTSUPP;
	}
	err = ncb_machine_qemu(m, &version, why, size);
	if (!err)
		err = ncb_driver_possible(m, why, size);
	if (!err) {
		err = ncb_kernel_possible(m, o->kernel, o->headers, kernel, sizeof(kernel));
		if (err)
			snprintf(why, size, "%s", kernel);
		else
			snprintf(why, size, "QEMU %s, %s", version, kernel);
	}
	free(version);
	return err;
}

static int kernel_files(const struct ncb_run_options *o, struct ncb_memory_subject *s)
{
	struct ncb_kernel k;
	int err = ncb_kernel_get(ncb_machine_find(o->arch), o->kernel, o->headers, &k);

	if (err)
		return err;
	ncb_memory_of_kernel(s, &k);
	ncb_kernel_free(&k);
	return 0;
}

const struct ncb_target ncb_target_qemu = {
	.name = "qemu",
	.summary = "a guest with a packaged kernel, or a given one; no rights needed",
	.exact = true,
	.storms = NCB_STORMS_ALWAYS,
	.any_arch = true,
	.possible = possible,
	.run = run,
	.kernel = kernel_files,
};
