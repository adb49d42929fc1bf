// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events to count. Names are libpfm4's: the kernel's generic ones ("cycles"),
 * those of the processor ("skl::BR_MISP_RETIRED"), raw codes ("r04c5"), with
 * modifiers. What is encoded here is opened by the module, which says what
 * counts; what does not fit beside the others is counted in another pass over
 * the rows: no counter ever counts for only a part of the time.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <perfmon/pfmlib_perf_event.h>
#include "events.h"

/* The default set, as far as it exists and counts together. */
static const char *const usual[] = {
	"cycles", "instructions", "branch-misses", "L1-dcache-load-misses", "branches",
};

#define ASKED_MAX	NCB_RUN_COUNTERS_MAX
#define LIST_MAX	4096	/* bytes of EVENTS= */

/* What the kernel says to an event that it will not count. */
static const struct {
	int error;
	const char *reason;
} refusals[] = {
	{ ENOENT, "this processor or its driver has no such event" },
	{ EOPNOTSUPP, "this processor or its driver cannot count it" },
	{ EINVAL, "the kernel takes this code for none of its events" },
	{ ENODEV, "its PMU does not count on the measuring CPU" },
	{ EBUSY, "another user has its counter exclusively (perf, a profiler, another PMU driver?)" },
	{ ENOSYS, "the kernel is built without CONFIG_PERF_EVENTS" },
	{ EACCES, "the kernel refuses it; is it locked down?" },
	{ EPERM, "the kernel refuses it; is it locked down?" },
	{ ENOSPC, "all counters that could take it are in use" },
};

static bool start_library(void)
{
	static int state = PFM_ERR_NOTSUPP - 1;

	if (state == PFM_ERR_NOTSUPP - 1)
		state = pfm_initialize();
	return state == PFM_SUCCESS;
}

/**
 * ncb_events_pmu - whether the processor's own events can be counted here at all
 * @root: "" or a folder with a /sys
 *
 * Folders of core PMUs below /sys/bus/event_source/devices/ begin with known names.
 */
bool ncb_events_pmu(const char *root)
{
	static const char *const names[] = { "cpu", "armv", "apple_", "riscv" };
	char *path = ncb_format("%s/sys/bus/event_source/devices", root);
	DIR *dir = opendir(path);
	struct dirent *e;
	bool found = false;
	size_t i;

	free(path);
	while (dir && !found && (e = readdir(dir)))
		for (i = 0; i < ARRAY_SIZE(names); i++)
			found |= !strncmp(e->d_name, names[i], strlen(names[i]));
	if (dir)
		closedir(dir);
	return found;
}

static bool needs_pmu(uint32_t type)
{
	return type != PERF_TYPE_SOFTWARE && type != PERF_TYPE_TRACEPOINT;
}

static bool watchdog_counts(void)
{
	char line[16] = "";

	return !ncb_read_line("/proc/sys/kernel/nmi_watchdog", line, sizeof(line)) &&
	       line[0] == '1';
}

#define WATCHDOG "the NMI watchdog holds one: sysctl kernel.nmi_watchdog=0 frees it"

/* Why it is not counted. */
static void explain(struct ncb_counter *c)
{
	const char *reason = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		if ((int)c->event.error == refusals[i].error)
			reason = refusals[i].reason;
	if (c->event.status == NCB_EVENT_NO_ROOM)
		snprintf(c->reason, sizeof(c->reason), "all counters that could take it are in use%s",
			 watchdog_counts() ? "; " WATCHDOG : "");
	else if (c->event.status == NCB_EVENT_LOST)
		snprintf(c->reason, sizeof(c->reason), "it stopped counting half-way: another user with a pinned counter, or its CPU went offline");
	else if (needs_pmu(c->event.type) && c->event.error != ENOSYS && !ncb_events_pmu(""))
		snprintf(c->reason, sizeof(c->reason), "no PMU in this machine");
	else if (reason)
		snprintf(c->reason, sizeof(c->reason), "%s", reason);
	else
		snprintf(c->reason, sizeof(c->reason), "the kernel refuses it: %s",
			 strerror(c->event.error));
}

/* 0, or -errno; @c has its name, gets the code, or the reason. */
static int encode(struct ncb_counter *c)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	char *full = NULL;
	pfm_perf_encode_arg_t arg = { .attr = &attr, .fstr = &full, .size = sizeof(arg) };
	int err;

	c->known_low = c->known_high = c->reading = NCB_COUNT_NONE;
	if (!start_library()) {
		snprintf(c->reason, sizeof(c->reason), "libpfm4 does not start on this machine");
		return -ENOSYS;
	}
	err = pfm_get_os_event_encoding(c->name, PFM_PLM0, PFM_OS_PERF_EVENT, &arg);
	if (err != PFM_SUCCESS) {
		snprintf(c->reason, sizeof(c->reason), "libpfm4: %s", pfm_strerror(err));
		return -ENOENT;
	}
	snprintf(c->full, sizeof(c->full), "%s", full ? full : "");
	free(full);
	if (attr.exclude_kernel || !attr.exclude_user) {
		snprintf(c->reason, sizeof(c->reason), "it counts user space: what is measured is in the kernel; leave out the modifier u");
		return -EINVAL;
	}
	if (attr.exclude_host || attr.exclude_idle || attr.precise_ip || attr.exclusive) {
		snprintf(c->reason, sizeof(c->reason), "it has a modifier that the module does not know: it counts in the kernel, whoever runs there");
		return -EINVAL;
	}
	c->event.type = attr.type;
	c->event.config = attr.config;
	c->event.config1 = attr.config1;
	c->event.config2 = attr.config2;
	return 0;
}

static bool is_auto(const char *list)
{
	return !list || !strcmp(list, NCB_EVENTS_AUTO);
}

/* Splits at commas; calls @each with every name; stops at the first error. */
static int each_name(const char *list, int (*each)(void *data, const char *name), void *data)
{
	char *copy, *word, *next;
	size_t n = 0;
	int err = 0;

	if (strlen(list) > LIST_MAX) {
		ncb_error("EVENTS: longer than %d bytes", LIST_MAX);
		return -EINVAL;
	}
	copy = ncb_copy(list);
	for (word = copy; word && !err; word = next) {
		next = strchr(word, ',');
		if (next)
			*next++ = '\0';
		word += strspn(word, " ");
		word[strcspn(word, " ")] = '\0';
		if (!*word || strlen(word) >= sizeof(((struct ncb_counter *)0)->name)) {
			ncb_error("EVENTS: '%s' is no list of names separated by commas", list);
			err = -EINVAL;
		} else if (++n > ASKED_MAX) {
			ncb_error("EVENTS: more than %u names", ASKED_MAX);
			err = -EINVAL;
		} else {
			err = each(data, word);
		}
	}
	free(copy);
	return err;
}

static int check_name(void *data, const char *name)
{
	const bool *here = data;
	struct ncb_counter c = { 0 };
	const char *p;
	int err;

	for (p = name; *p; p++) {
		if (*p <= ' ' || *p > '~') {
			ncb_error("EVENTS: a name has a character that is not printable");
			return -EINVAL;
		}
	}
	snprintf(c.name, sizeof(c.name), "%s", name);
	err = encode(&c);
	/* Another machine may have events that this one's library finds none of. */
	if (!err || (!*here && err == -ENOENT))
		return 0;
	ncb_error("EVENTS: %s: %s; 'ncbench list events' names what there is", name, c.reason);
	return -EINVAL;
}

/**
 * ncb_events_check - whether EVENTS= makes sense
 * @list: names separated by commas, "auto", "none", or NULL: auto
 * @here: the machine that measures is this one: names have to exist
 *
 * Return: 0, or -EINVAL with a message.
 */
int ncb_events_check(const char *list, bool here)
{
	if (is_auto(list) || !strcmp(list, NCB_EVENTS_NONE))
		return 0;
	return each_name(list, check_name, &here);
}

static int add_name(void *data, const char *name)
{
	struct ncb_rundata *r = data;
	struct ncb_counter *c;
	uint32_t i;

	for (i = 0; i < r->counters; i++)
		if (!strcmp(r->counter[i].name, name))
			return 0;
	r->counter = ncb_grow(r->counter, r->counters + 1, sizeof(*r->counter));
	c = &r->counter[r->counters++];
	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%s", name);
	encode(c);
	return 0;
}

/**
 * ncb_events_choose - the events of a run, encoded for this machine
 * @r: gets them; those that have no code have the reason
 * @list: as for ncb_events_check()
 *
 * Return: 0, or -EINVAL with a message.
 */
int ncb_events_choose(struct ncb_rundata *r, const char *list)
{
	size_t i;

	if (list && !strcmp(list, NCB_EVENTS_NONE))
		return 0;
	if (!is_auto(list))
		return each_name(list, add_name, r);
	for (i = 0; i < ARRAY_SIZE(usual); i++)
		add_name(r, usual[i]);
	return 0;
}

/* Asks for as many as fit into one request; @which are their indices. */
static uint32_t fill_request(const struct ncb_rundata *r, const bool *open, struct ncb_events *e,
			     uint32_t *which)
{
	uint32_t i, n = 0;

	*e = (struct ncb_events) { .abi = NCB_ABI };
	for (i = 0; i < r->counters && n < NCB_EVENTS_MAX; i++) {
		if (!open[i])
			continue;
		e->event[n] = r->counter[i].event;
		which[n++] = i;
	}
	e->events = n;
	return n;
}

/*
 * An emulator's cycles are its clock, one an instruction. No processor takes
 * exactly as many for a loop in each of several tries.
 */
static bool emulated(const struct ncb_counter *c, const struct ncb_events *e, uint32_t i)
{
	return ncb_counter_role(c) == NCB_ROLE_CYCLES && e->turn_insn &&
	       e->known_low[i] == e->known_high[i] &&
	       e->known_low[i] == (uint64_t)e->turn_insn * NCB_KNOWN_TURNS;
}

/* What the module says of them; returns how many found a place in this pass. */
static uint32_t take_answer(struct ncb_rundata *r, const struct ncb_events *e,
			    const uint32_t *which, bool *open, uint32_t pass)
{
	uint32_t i, slots = 0;

	for (i = 0; i < e->events; i++) {
		struct ncb_counter *c = &r->counter[which[i]];

		c->event.status = e->event[i].status;
		c->event.error = e->event[i].error;
		if (c->event.status == NCB_EVENT_REFUSED) {
			open[which[i]] = false;
			explain(c);
		}
		if (c->event.status != NCB_EVENT_OK || e->known_low[i] == NCB_COUNT_NONE)
			continue;
		open[which[i]] = false;
		if (emulated(c, e, i)) {
			snprintf(c->reason, sizeof(c->reason),
				 "an emulator's cycles are its clock, and no processor's");
			continue;
		}
		c->counted = true;
		c->pass = pass;
		c->slot = slots++;
		c->known_low = e->known_low[i];
		c->known_high = e->known_high[i];
		c->reading = e->reading[i];
		c->turn_insn = e->turn_insn;
		c->reason[0] = '\0';
	}
	return slots;
}

/* Where not one of those tried found room, there is none for any of them. */
static void close_tried(struct ncb_rundata *r, const uint32_t *which, uint32_t n, bool *open)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (open[which[i]])
			explain(&r->counter[which[i]]);
		open[which[i]] = false;
	}
}

/* 1 where there was anything left to ask for, 0 where not, or -errno. */
static int arrange_pass(struct ncb_rundata *r, struct ncb_device *d, bool *open, uint32_t pass,
			uint32_t *slots)
{
	uint32_t which[NCB_EVENTS_MAX], i;
	struct ncb_events e;
	int err;

	*slots = 0;
	if (!fill_request(r, open, &e, which))
		return 0;
	err = d->ioctl(d, NCB_IOC_EVENTS, &e);
	if (err == -ENOTTY) {
		for (i = 0; i < r->counters; i++) {
			if (open[i])
				snprintf(r->counter[i].reason, sizeof(r->counter[i].reason),
					 "not to be had from %s", d->name);
			open[i] = false;
		}
		return 0;
	}
	if (err) {
		ncb_error("counters: %s%s%s", strerror(-err), e.message[0] ? ": " : "", e.message);
		return err;
	}
	*slots = take_answer(r, &e, which, open, pass);
	if (!*slots)
		close_tried(r, which, e.events, open);
	return 1;
}

/* Of the default set only what counts is kept; where nothing does, the reason once. */
static void keep_what_counts(struct ncb_rundata *r)
{
	char reason[sizeof(r->counter->reason)] = "";
	uint32_t i, n = 0;

	for (i = 0; i < r->counters; i++) {
		if (r->counter[i].counted)
			r->counter[n++] = r->counter[i];
		else if (!reason[0])
			snprintf(reason, sizeof(reason), "%s", r->counter[i].reason);
	}
	r->counters = n;
	if (!n && reason[0])
		ncb_env_set(r, "counters", reason);
}

/**
 * ncb_events_arrange - which events count, and in which pass
 * @r: has its events; gets passes and slots
 * @d: the device, open; the calling task is bound to the CPU that will measure
 *
 * Each pass takes what counts together, in the order asked for. Whoever asked
 * for no events by name gets those of the default set that fit into the first.
 *
 * Return: 0 or -errno with a message.
 */
int ncb_events_arrange(struct ncb_rundata *r, struct ncb_device *d)
{
	bool *open = ncb_alloc(r->counters + 1, sizeof(*open)), chosen;
	const char *list = ncb_env_string(r, "events", NCB_EVENTS_AUTO);
	uint32_t i, pass = 0, slots;
	int more = 1;

	for (i = 0; i < r->counters; i++)
		open[i] = !r->counter[i].reason[0];
	chosen = !is_auto(list);
	r->passes = 1;
	while (more > 0 && pass < (chosen ? NCB_RUN_PASSES_MAX : 1)) {
		more = arrange_pass(r, d, open, pass, &slots);
		if (more > 0 && slots)
			r->passes = ++pass;
		if (slots > r->slots)
			r->slots = slots;
		if (!chosen)
			break;
	}
	for (i = 0; i < r->counters; i++)
		if (open[i] && !r->counter[i].reason[0])
			snprintf(r->counter[i].reason, sizeof(r->counter[i].reason),
				 "it would take more than %u passes", NCB_RUN_PASSES_MAX);
	free(open);
	if (more >= 0 && !chosen)
		keep_what_counts(r);
	return more < 0 ? more : 0;
}

/** ncb_events_request - the events of one pass, for a row */
void ncb_events_request(const struct ncb_rundata *r, uint32_t pass, struct ncb_run *run)
{
	uint32_t i;

	for (i = 0; i < r->counters; i++) {
		const struct ncb_counter *c = &r->counter[i];

		if (!c->counted || c->pass != pass)
			continue;
		run->event[c->slot] = c->event;
		if (c->slot >= run->events)
			run->events = c->slot + 1;
	}
}

/**
 * ncb_events_note - how counting went in a row
 * @r: gets it
 * @pass: which pass it was
 * @run: as the module gave it back
 * @row: its name
 */
void ncb_events_note(struct ncb_rundata *r, uint32_t pass, const struct ncb_run *run,
		     const char *row)
{
	uint32_t i;

	for (i = 0; i < r->counters; i++) {
		struct ncb_counter *c = &r->counter[i];
		const struct ncb_event *e = &run->event[c->slot];
		struct ncb_counter now = *c;

		if (!c->counted || c->pass != pass)
			continue;
		c->event.enabled_ns += e->enabled_ns;
		c->event.running_ns += e->running_ns;
		if (e->status == NCB_EVENT_OK || c->reason[0])
			continue;
		now.event.status = e->status;
		now.event.error = e->error;
		explain(&now);
		snprintf(c->reason, sizeof(c->reason), "from row %.90s on: %.140s", row, now.reason);
	}
}

static bool stood_still(const struct ncb_rundata *r, const struct ncb_counter *c)
{
	bool counted = false;
	size_t i;

	for (i = 0; i < r->nsamples; i++) {
		uint64_t count = r->counts[i * r->slots + c->slot];

		if (r->samples[i].pass != c->pass || count == NCB_COUNT_NONE)
			continue;
		if (count)
			return false;
		counted = true;
	}
	return counted;
}

/**
 * ncb_events_finish - after the last row: what was counted is looked at
 * @r: the run
 *
 * An event of the processor that never happened, reading included, is more
 * likely one that an emulator or hypervisor accepts and does not count.
 */
void ncb_events_finish(struct ncb_rundata *r)
{
	uint32_t i;

	for (i = 0; i < r->counters; i++) {
		struct ncb_counter *c = &r->counter[i];

		if (!c->counted || !needs_pmu(c->event.type) || !stood_still(r, c))
			continue;
		c->counted = false;
		snprintf(c->reason, sizeof(c->reason),
			 "it stood at 0 in every sample: accepted, but hardly counted here");
	}
}

/* -- list events -- */

/* Whether user space may count it here, as the kernel says; 0 or errno. */
static int try_event(struct ncb_counter *c)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = c->event.type, .config = c->event.config,
		.config1 = c->event.config1, .config2 = c->event.config2,
		.exclude_user = 1, .exclude_hv = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	c->event.error = errno;
	c->event.status = NCB_EVENT_REFUSED;
	return errno;
}

static void list_event(FILE *out, const char *name)
{
	struct ncb_counter c = { 0 };
	char paranoid[16] = "?";
	int err;

	snprintf(c.name, sizeof(c.name), "%s", name);
	err = encode(&c) ? ENOENT : try_event(&c);
	if ((err == EACCES || err == EPERM) && geteuid() != 0) {
		ncb_read_line("/proc/sys/kernel/perf_event_paranoid", paranoid, sizeof(paranoid));
		fprintf(out, "  %-28s not known without root (perf_event_paranoid is %s)\n", name,
			paranoid);
		return;
	}
	if (err && !c.reason[0])
		explain(&c);
	if (err)
		fprintf(out, "  %-28s n/a: %s\n", name, c.reason);
	else
		fprintf(out, "  %-28s counts%s\n", name,
			needs_pmu(c.event.type) ? "" : " (software)");
}

/* The events of one PMU, as libpfm4 knows them. */
static void list_pmu(FILE *out, pfm_pmu_t pmu, const pfm_pmu_info_t *about)
{
	char name[128];
	int i;

	for (i = about->first_event; i != -1; i = pfm_get_event_next(i)) {
		pfm_event_info_t event = { .size = sizeof(event) };

		if (pfm_get_event_info(i, PFM_OS_PERF_EVENT, &event) != PFM_SUCCESS ||
		    event.pmu != pmu)
			continue;
		snprintf(name, sizeof(name), "%s::%s", about->name, event.name);
		fprintf(out, "  %-28s %.100s\n", name, event.desc ? event.desc : "");
	}
}

/**
 * ncb_events_list - what this machine offers
 * @out: printed to
 *
 * Return: 0, or -ENOSYS with a message.
 */
int ncb_events_list(FILE *out)
{
	static const char *const names[] = {
		"cycles", "instructions", "branches", "branch-misses", "cache-references",
		"cache-misses", "bus-cycles", "ref-cycles", "stalled-cycles-frontend",
		"stalled-cycles-backend", "L1-dcache-loads", "L1-dcache-load-misses",
		"L1-icache-load-misses", "LLC-loads", "LLC-load-misses", "dTLB-load-misses",
		"iTLB-load-misses", "context-switches", "page-faults", "cpu-migrations",
	};
	pfm_pmu_t pmu;
	size_t i;

	if (!start_library()) {
		ncb_error("libpfm4 does not start on this machine");
		return -ENOSYS;
	}
	fprintf(out, "generic, by the kernel's names%s:\n",
		ncb_events_pmu("") ? "" : " (no PMU in this machine)");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		list_event(out, names[i]);
	for (pmu = PFM_PMU_NONE; pmu < PFM_PMU_MAX; pmu++) {
		pfm_pmu_info_t about = { .size = sizeof(about) };

		if (pfm_get_pmu_info(pmu, &about) != PFM_SUCCESS || !about.is_present ||
		    about.type != PFM_PMU_TYPE_CORE)
			continue;
		fprintf(out, "%s (%s), %d counters and %d fixed%s:\n", about.name, about.desc,
			about.num_cntrs, about.num_fixed_cntrs,
			ncb_events_pmu("") ? "" : "; n/a: no PMU in this machine");
		list_pmu(out, pmu, &about);
	}
	fprintf(out, "raw codes: r<hex>; modifiers as libpfm4 has them (k is implied; u is refused)\n");
	return 0;
}
