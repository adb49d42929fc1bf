// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the guest: every case is played by a process of its own, which may die of it. What
 * it did is read from the module then, and the kernel log says what it thought of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "behaviour.h"
#include "target/kernel.h"
#include "target/target.h"
#include "target/wire.h"

/* Seconds that a case may take; waiting for readers is the longest of it. */
#define CASE_LIMIT	30

/* A record of /dev/kmsg is no longer. */
#define RECORD_MAX	8192

/* The next line of the kernel log, without what is before it and behind it; false: none. */
static bool read_log(int fd, char line[RECORD_MAX])
{
	char record[RECORD_MAX], *text;
	ssize_t n;

	/* EPIPE: records were overwritten before they were read. */
	do
		n = read(fd, record, sizeof(record) - 1);
	while (n < 0 && (errno == EPIPE || errno == EINTR));
	if (n <= 0)
		return false;
	record[n] = '\0';
	text = strchr(record, ';');
	text = text ? text + 1 : record;
	text[strcspn(text, "\n")] = '\0';
	strcpy(line, text);
	return true;
}

/* The first that complains, of all that is new. */
static void note_log(int fd, struct ncb_behaved *b)
{
	char line[RECORD_MAX];

	while (read_log(fd, line))
		if (!b->log[0] && ncb_kernel_complains(line))
			ncb_behaviour_log(b, line);
}

/* All that was said before is not of the case that begins; it is on its way to the console. */
static void mark_log(int fd)
{
	static const char mark[] = "<4>" NCB_BEHAVIOUR_MARK "\n";
	char line[RECORD_MAX];

	if (write(fd, mark, strlen(mark)) < 0)
		ncb_error("cannot write into the kernel log: %s", strerror(errno));
	while (read_log(fd, line))
		;
}

/* Its exit status, or -ETIMEDOUT. */
static int wait_for(pid_t child)
{
	const struct timespec nap = { .tv_nsec = 2 * 1000 * 1000 };
	double start = ncb_now();
	int status;

	for (;;) {
		pid_t got = waitpid(child, &status, WNOHANG);

		if (got == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (got < 0)
			return -errno;
		if (ncb_now() - start > CASE_LIMIT) {
			kill(child, SIGKILL);
			return -ETIMEDOUT;
		}
		nanosleep(&nap, NULL);
	}
}

static int play(const struct ncb_behaved *b)
{
	struct ncb_behaviour_run run = { .which = b->did.which, .type = b->did.type };
	pid_t child = fork();
	int fd;

	if (child < 0)
		return -errno;
	if (!child) {
		fd = open(NCB_BEHAVIOUR_DEVICE, O_RDWR | O_CLOEXEC);
		_exit(fd < 0 || ioctl(fd, NCB_BEHAVIOUR_IOC_RUN, &run) < 0 ? errno & 127 : 0);
	}
	return wait_for(child);
}

static enum ncb_behaviour_outcome outcome(const struct ncb_behaviour_record *r, int status)
{
	if (status == -ETIMEDOUT)
		return NCB_BEHAVED_HUNG;
	if (status > 128)
		return NCB_BEHAVED_OOPS;
	if (status)
		return NCB_BEHAVED_FAILED;
	switch (r->status) {
	case NCB_BEHAVIOUR_DONE:
		return NCB_BEHAVED;
	case NCB_BEHAVIOUR_ABSENT:
		return NCB_BEHAVED_ABSENT;
	case NCB_BEHAVIOUR_CUT:
		return NCB_BEHAVED_ENDLESS;
	default:
		return NCB_BEHAVED_FAILED;
	}
}

static int send_answer(struct ncb_wire *w, const struct ncb_behaved *b)
{
	json_t *one = ncb_behaviour_write(b);
	char *text = one ? json_dumps(one, JSON_COMPACT) : NULL;
	int err = text ? ncb_wire_send(w, NCB_WIRE_FILE, NCB_BEHAVIOUR_ANSWER, text, strlen(text)) :
			 -ENOMEM;

	/* It is out before the next case, which may be the last thing that this kernel does. */
	tcdrain(w->fd);
	free(text);
	json_decref(one);
	return err;
}

/* One case on one type of chains, and its answer. */
static int ask(struct ncb_wire *w, int device, int log, uint32_t which, uint32_t type)
{
	struct ncb_behaved b = {
		.did = { .which = which, .type = type }, .outcome = NCB_BEHAVED_BEGUN,
	};
	int err = send_answer(w, &b), status;

	if (err)
		return err;
	mark_log(log);
	status = play(&b);
	if (ioctl(device, NCB_BEHAVIOUR_IOC_READ, &b.did) < 0 || b.did.which != which ||
	    b.did.type != type || b.did.steps > NCB_BEHAVIOUR_STEPS) {
		b.did = (struct ncb_behaviour_record) { .which = which, .type = type };
		status = status ? status : EIO;
	}
	b.outcome = outcome(&b.did, status);
	note_log(log, &b);
	if (b.outcome == NCB_BEHAVED_FAILED && !b.log[0])
		ncb_behaviour_log(&b, status ? strerror(abs(status)) : "it did not come to its end");
	return send_answer(w, &b);
}

static int send_release(struct ncb_wire *w)
{
	struct utsname name;

	if (uname(&name) < 0)
		return -errno;
	return ncb_wire_send(w, NCB_WIRE_FILE, NCB_BEHAVIOUR_RELEASE, name.release,
			     strlen(name.release));
}

/* An oops is an answer, and the next case is asked all the same. */
static int survive_oopses(void)
{
	static const char path[] = "/proc/sys/kernel/panic_on_oops";
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || write(fd, "0\n", 2) != 2) {
		err = -errno;
		ncb_error("cannot write %s: %s", path, strerror(-err));
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/**
 * ncb_behaviour_play - ask this kernel, which may not survive it
 * @w: gets the answers
 * @module: path of ncb_behaviour.ko
 * @first: question to begin with
 *
 * Return: 0 or -errno with a message.
 */
int ncb_behaviour_play(struct ncb_wire *w, const char *module, unsigned int first)
{
	int log = -1, device = -1, err;
	unsigned int i;

	err = survive_oopses();
	if (!err)
		err = ncb_load_file(module, "");
	if (err)
		return err;
	log = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	device = open(NCB_BEHAVIOUR_DEVICE, O_RDWR | O_CLOEXEC);
	if (log < 0 || device < 0) {
		err = -errno;
		ncb_error("cannot open %s: %s", log < 0 ? "/dev/kmsg" : NCB_BEHAVIOUR_DEVICE,
			  strerror(-err));
		goto out;
	}
	err = send_release(w);
	for (i = first; i < NCB_BEHAVIOUR_QUESTIONS && !err; i++) {
		uint32_t which = i / NCB_BEHAVIOUR_TYPES, type = i % NCB_BEHAVIOUR_TYPES;

		if (!ncb_behaviour_possible(which, type))
			continue;
		ncb_wire_send_progress(w, (double)i / NCB_BEHAVIOUR_QUESTIONS,
				       ncb_behaviour_names[which]);
		err = ask(w, device, log, which, type);
		if (err)
			ncb_error("cannot send an answer: %s", strerror(-err));
	}
out:
	if (log >= 0)
		close(log);
	if (device >= 0)
		close(device);
	return err;
}
