// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process 1 of a guest: mounts what is needed, measures as the plan says, sends
 * the result over the wire and powers off, also when something fails. The wire
 * is a device that the kernel command line names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>
#include "../behaviour.h"
#include "../env.h"
#include "../precision.h"
#include "../storm/measure.h"
#include "guest.h"
#include "wire.h"

#define MESSAGES	"/tmp/messages"

/* syslog(2) */
#define KLOG_READ_ALL	3
#define KLOG_SIZE	10

/* What of the storms' options a guest has to know; NULL: no storms. */
static json_t *storm_plan(const struct ncb_storm_options *o)
{
	return !o->wanted ? NULL :
	       json_pack("{s:b, s:s*, s:s*, s:s*, s:s*, s:s*, s:i, s:i}", "only", o->only,
			 "modes", o->modes, "shapes", o->shapes, "threads", o->threads,
			 "extra", o->extra, "module", o->module, "modules", (int)o->modules, "rounds", (int)o->rounds);
}

/**
 * ncb_guest_plan - the plan as the guest reads it
 * @o: options
 * @r: seed, reloads and blocks, as settled
 *
 * Return: JSON, malloc'd.
 */
char *ncb_guest_plan(const struct ncb_run_options *o, const struct ncb_rundata *r)
{
	char seed[32], *text;
	json_t *plan, *storm = storm_plan(&o->storm);
	json_t *behaviour = o->behaviour ? json_integer(o->behaviour->first) : NULL;

	/* JSON integers are signed. */
	snprintf(seed, sizeof(seed), "%" PRIu64, r->seed);
	plan = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:o*, s:o*, s:s, s:i, s:i, s:i, s:i, s:f, s:f}",
			 "profile", o->profile, "rows", o->rows, "arms", o->arms,
			 "events", o->events, "word", o->word, "storm", storm,
			 "behaviour", behaviour, "seed", seed,
			 "reloads", (int)r->reloads, "blocks", (int)r->blocks, "cpu", o->cpu,
			 "verbosity", ncb_verbosity, "precision", o->precision,
			 "time_limit", o->time_limit);
	text = plan ? json_dumps(plan, JSON_INDENT(1)) : NULL;
	json_decref(plan);
	return text ? text : ncb_copy("{}");
}

static int read_storm_plan(const json_t *plan, struct ncb_storm_options *o)
{
	json_t *storm = json_object_get(plan, "storm");
	int only, modules, rounds;

	if (!storm)
		return 0;
	if (json_unpack(storm, "{s:b, s?s, s?s, s?s, s?s, s?s, s:i, s:i}", "only", &only,
			"modes", &o->modes, "shapes", &o->shapes, "threads", &o->threads,
			"extra", &o->extra, "module", &o->module, "modules", &modules, "rounds", &rounds) ||
	    modules < 0 || rounds < 0) {
		ncb_error("the guest's plan of storms is not complete");
		return -EPROTO;
	}
	o->wanted = true;
	o->only = only;
	o->modules = modules;
	o->rounds = rounds;
	return 0;
}

/* Options and run from the plan; the strings in @o belong to @plan. */
static int read_plan(const json_t *plan, struct ncb_run_options *o, struct ncb_rundata *r)
{
	const struct ncb_profile *p;
	const char *seed = "0";
	int reloads = 0, blocks = 0;

	if (json_unpack((json_t *)plan, "{s:s, s?s, s?s, s?s, s:s, s:i, s:i, s:i, s:i, s:F, s:F}",
			"profile", &o->profile, "rows", &o->rows, "arms", &o->arms,
			"events", &o->events,
			"seed", &seed, "reloads", &reloads, "blocks", &blocks, "cpu", &o->cpu,
			"verbosity", &ncb_verbosity, "precision", &o->precision,
			"time_limit", &o->time_limit)) {
		ncb_error("the guest's plan is not complete");
		return -EPROTO;
	}
	p = ncb_profile_find(o->profile);
	if (!p || reloads < 1 || blocks < 1) {
		ncb_error("the guest's plan makes no sense: profile '%s', %d reloads, %d blocks",
			  o->profile, reloads, blocks);
		return -EPROTO;
	}
	r->name = ncb_copy("guest");
	r->profile = ncb_copy(o->profile);
	r->target = ncb_copy("guest");
	r->seed = strtoull(seed, NULL, 10);
	r->reloads = reloads;
	r->blocks = blocks;
	r->precision = o->precision;
	r->time_limit = o->time_limit;
	if (read_storm_plan(plan, &o->storm))
		return -EPROTO;
	return o->storm.only ? 0 : ncb_plan(r, p, o->rows, o->arms);
}

static void mount_all(void)
{
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

/* The value of @key on the kernel command line; false where it is not there. */
static bool command_line(const char *key, char *value, size_t size)
{
	char *line = ncb_read_file("/proc/cmdline", NULL), *word, *save = NULL;
	bool found = false;

	for (word = line ? strtok_r(line, " \n", &save) : NULL; word && !found;
	     word = strtok_r(NULL, " \n", &save)) {
		found = !strncmp(word, key, strlen(key));
		if (found)
			snprintf(value, size, "%s", word + strlen(key));
	}
	free(line);
	return found;
}

/**
 * ncb_guest_wire_path - the file that the frames go to
 * @word: what follows NCB_GUEST_WIRE: a device below /dev/, or NCB_GUEST_HOSTFS and the name
 *	of a file in the folder of the host's that the guest was given
 * @hostfs: gets which of them
 *
 * Return: the path in the guest, malloc'd.
 */
char *ncb_guest_wire_path(const char *word, bool *hostfs)
{
	size_t n = strlen(NCB_GUEST_HOSTFS);

	*hostfs = !strncmp(word, NCB_GUEST_HOSTFS, n);
	return *hostfs ? ncb_format(NCB_GUEST_HOST "/%s", word + n) : ncb_format("/dev/%s", word);
}

/* Every byte as it is; of a serial port at its highest rate. */
static int open_wire(struct ncb_wire *w)
{
	char name[64], *path;
	struct termios t;
	bool hostfs;

	w->fd = -1;
	if (!command_line(NCB_GUEST_WIRE, name, sizeof(name))) {
		ncb_error("the kernel command line has no " NCB_GUEST_WIRE);
		return -ENODEV;
	}
	path = ncb_guest_wire_path(name, &hostfs);
	/* No folder named here: the one that the kernel was confined to when it was started. */
	if (hostfs && mount("none", NCB_GUEST_HOST, "hostfs", MS_NODEV | MS_NOEXEC | MS_NOSUID, NULL) < 0)
		ncb_error("cannot mount the host's folder: %s", strerror(errno));
	w->fd = open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
	if (w->fd < 0)
		ncb_error("cannot open %s: %s", path, strerror(errno));
	free(path);
	if (w->fd < 0)
		return -ENODEV;
	if (tcgetattr(w->fd, &t) == 0) {
		cfmakeraw(&t);
		t.c_cflag |= CLOCAL;
		cfsetspeed(&t, B115200);
		tcsetattr(w->fd, TCSANOW, &t);
	}
	return 0;
}

/*
 * Sent to the last bit before the next row begins: the port's interrupts would
 * fall into its samples.
 */
static void on_progress(void *data, double share, const char *detail)
{
	struct ncb_wire *w = data;

	ncb_wire_send_progress(w, share, detail ? detail : "");
	tcdrain(w->fd);
}

static int send_result(struct ncb_wire *w, const struct ncb_rundata *r);

/* Without any, a result could not be read back. */
static bool has_records(const struct ncb_rundata *r)
{
	return r->nsamples || (r->storms && r->storms->records);
}

/* Rows between two states of the result that are sent while it is measured. */
#define CHECKPOINT_ROWS	64

struct checkpoints {
	struct ncb_wire *w;
	struct ncb_rundata *r;
	unsigned int rows;
};

/* A guest that is ended half-way leaves what was sent until then. */
static void on_row(void *data, double share, const char *detail)
{
	struct checkpoints *c = data;

	if (++c->rows % CHECKPOINT_ROWS == 0) {
		c->r->interrupted = true;
		send_result(c->w, c->r);
		c->r->interrupted = false;
	}
	on_progress(c->w, share, detail);
}

static void on_storm(void *data, double share, const char *detail)
{
	struct checkpoints *c = data;

	on_progress(c->w, share, detail);
}

static void on_storms(void *data)
{
	struct checkpoints *c = data;

	send_result(c->w, c->r);
}

/*
 * What was measured before is sent first: a load that hangs may take the guest with it.
 * That storms could not be made is in the result, which is none the worse for it; where they
 * were all that was wanted, there is none.
 */
static int measure_storms(struct ncb_wire *w, const struct ncb_run_options *o,
			  struct ncb_rundata *r)
{
	struct checkpoints checkpoints = { w, r, 0 };
	struct ncb_storm_place place = {
		.storm = NCB_GUEST_STORM, .payload = NCB_GUEST_STORM, .guest = true,
		.progress = on_storm, .checkpoint = on_storms, .data = &checkpoints,
	};
	int err;

	if (r->nsamples) {
		err = send_result(w, r);
		if (err)
			return err;
	}
	err = ncb_storm_measure(o, &place, r);
	return err == -EINVAL || err == -EINTR || !has_records(r) ? err : 0;
}

static int measure(struct ncb_wire *w, const json_t *plan, struct ncb_rundata *r)
{
	struct ncb_device device = ncb_module_device(NCB_GUEST_MODULE);
	struct checkpoints checkpoints = { w, r, 0 };
	struct ncb_precision precision = { 0 };
	struct ncb_run_options o = { .target = "guest", .cpu = -1 };
	static const char mark[] = "<6>" NCB_GUEST_MARK "\n";
	int err = read_plan(plan, &o, r), kmsg;

	if (err)
		return err;
	ncb_env_capture(r, "");
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (kmsg < 0 || write(kmsg, mark, strlen(mark)) < 0)
		ncb_error("cannot write into the kernel log: %s", strerror(errno));
	if (kmsg >= 0)
		close(kmsg);
	if (o.precision > 0) {
		o.enough = ncb_precise_enough;
		o.enough_data = &precision;
	}
	err = ncb_measure(&o, &device, r, on_row, &checkpoints);
	ncb_precision_free(&precision);
	/* Whether it had to be is the host's to judge. */
	ncb_run_choose_metric(r, false);
	if (!err && o.storm.wanted)
		err = measure_storms(w, &o, r);
	return err;
}

static int send_file(struct ncb_wire *w, const char *dir, const char *name)
{
	char *path = ncb_format("%s/%s", dir, name);
	size_t size;
	char *data = ncb_read_file(path, &size);
	int err = data ? ncb_wire_send(w, NCB_WIRE_FILE, name, data, size) : -errno;

	if (err)
		ncb_error("cannot send %s: %s", path, strerror(-err));
	free(data);
	free(path);
	return err;
}

/* The records first: with result.json, which has their check sums, all is whole. */
static int send_result(struct ncb_wire *w, const struct ncb_rundata *r)
{
	int err = ncb_make_dirs(NCB_GUEST_RUN);

	if (!err)
		err = ncb_result_save_raw(r, NCB_GUEST_RUN);
	if (!err)
		err = send_file(w, NCB_GUEST_RUN, "samples.csv.gz");
	if (!err && r->storms)
		err = send_file(w, NCB_GUEST_RUN, NCB_STORM_FILE);
	return err ? err : send_file(w, NCB_GUEST_RUN, "result.json");
}

static void send_kernel_log(struct ncb_wire *w)
{
	int size = klogctl(KLOG_SIZE, NULL, 0);
	char *log = ncb_alloc(size > 0 ? size : 1, 1);

	size = size > 0 ? klogctl(KLOG_READ_ALL, log, size) : 0;
	if (size > 0)
		ncb_wire_send(w, NCB_WIRE_LOG, "kernel", log, size);
	free(log);
}

/* What went to stderr meanwhile: the reason, where it failed. */
static void send_messages(struct ncb_wire *w, int err)
{
	size_t size = 0;
	char *text;

	fflush(stderr);
	text = ncb_read_file(MESSAGES, &size);
	if (err && !size) {
		free(text);
		text = ncb_format("ncbench: the guest failed: %s\n", strerror(-err));
		size = strlen(text);
	}
	if (size)
		ncb_wire_send(w, err ? NCB_WIRE_ERROR : NCB_WIRE_LOG, "messages", text, size);
	free(text);
}

/* Runs the program that came with the guest; a failure of it is one of the guest. */
static int run_program(struct ncb_wire *w, const json_t *plan)
{
	const char *word = json_string_value(json_object_get(plan, "word"));
	const char *argv[] = { NCB_GUEST_PROGRAM, word ? word : NCB_GUEST_MODULE, NULL };
	struct ncb_spawn s = { .argv = argv, .log = "/tmp/" NCB_GUEST_OUTPUT };
	int status, err;

	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	on_progress(w, 0, "running the program");
	status = ncb_run_command(&s);
	err = send_file(w, "/tmp", NCB_GUEST_OUTPUT);
	if (status)
		ncb_error("the program ended with %d", status);
	return status ? -EIO : err;
}

/* The plan has the question to begin with. */
static int behave(struct ncb_wire *w, const json_t *first)
{
	json_int_t n = json_integer_value(first);

	if (n < 0 || n >= NCB_BEHAVIOUR_QUESTIONS) {
		ncb_error("the guest's plan has no question %" JSON_INTEGER_FORMAT, n);
		return -EPROTO;
	}
	return ncb_behaviour_play(w, NCB_GUEST_MODULE, n);
}

static int serve(struct ncb_wire *w)
{
	struct ncb_rundata r;
	json_error_t where;
	json_t *plan = json_load_file(NCB_GUEST_PLAN, 0, &where);
	int err = -EPROTO, sent = 0;

	ncb_rundata_init(&r);
	if (ncb_exists(NCB_GUEST_PROGRAM))
		err = run_program(w, plan);
	else if (json_object_get(plan, "behaviour"))
		err = behave(w, json_object_get(plan, "behaviour"));
	else if (plan)
		err = measure(w, plan, &r);
	else
		ncb_error("the guest's plan cannot be read: %s", where.text);
	if (has_records(&r)) {
		r.interrupted |= err != 0;
		on_progress(w, 1, "writing the result");
		sent = send_result(w, &r);
	}
	ncb_rundata_free(&r);
	json_decref(plan);
	return err ? err : sent;
}

/*
 * The machine is ours alone: there is nothing to return to. The host ends one that starts
 * anew, as every kernel can; to power off takes ACPI, which small ones are built without.
 * A kernel that is a process would really start anew.
 */
static void __attribute__((noreturn)) leave(const struct ncb_wire *w)
{
	sync();
	reboot(w->fd >= 0 && isatty(w->fd) ? RB_AUTOBOOT : RB_POWER_OFF);
	for (;;)
		pause();
}

/**
 * ncb_guest_main - process 1 of a guest
 *
 * Where /proc is mounted already, this is no guest of ours but a container
 * whose first process happens to be ncbench: nothing is touched there.
 *
 * Return: NCB_EXIT_CANNOT there; never in a guest, which powers off.
 */
int ncb_guest_main(void)
{
	struct ncb_wire w = { 0 };
	char value[8];
	int err;

	if (getpid() != 1 || ncb_exists("/proc/cmdline")) {
		ncb_error("process 1 of a container? ncbench wants an init above it (docker run --init)");
		return NCB_EXIT_CANNOT;
	}
	mount_all();
	err = open_wire(&w);
	if (err)
		leave(&w);
	if (command_line(NCB_GUEST_PROBE, value, sizeof(value))) {
		ncb_wire_send(&w, NCB_WIRE_END, "probe", NULL, 0);
	} else {
		on_progress(&w, 0, "the guest is up");
		if (!freopen(MESSAGES, "w", stderr))
			ncb_error("cannot write " MESSAGES ": %s", strerror(errno));
		err = serve(&w);
		send_messages(&w, err);
		send_kernel_log(&w);
		ncb_wire_send(&w, NCB_WIRE_END, err ? "failed" : "done", NULL, 0);
	}
	tcdrain(w.fd);
	leave(&w);
}
