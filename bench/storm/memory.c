// SPDX-License-Identifier: GPL-2.0-only
/* What storms take of the machine's memory, and whether they give it back. */
#define _GNU_SOURCE
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "storming.h"

/* Rounds of a storm, or of a sweep, from which memory is compared. */
#define LEAST_ROUNDS	8u

/*
 * How much more may be taken at the end than at any time in the first half of the
 * rounds: allocators keep what they may need again, and free late, so that what is
 * taken grows at first and then stays; only a leak goes on growing. In a guest the
 * second half was seen to take up to 24 KiB more; in User Mode Linux up to 700. A leak
 * grows with the loads: of 10000 in the second half one of 140 bytes for each is found.
 */
#define SLACK		(1u << 20)
#define SLACK_PER_LOAD	32u

/* A module that is on its way out gets that long. */
#define SETTLE_MS	100
#define SETTLE_TRIES	30

static uint64_t field(const char *text, const char *name)
{
	const char *at = text;
	size_t length = strlen(name);
	uint64_t kib;

	while (at && strncmp(at, name, length))
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
	return at && sscanf(at + length, ": %" SCNu64 " kB", &kib) == 1 ? kib << 10 :
	       NCB_STORM_UNKNOWN;
}

/* "name size refcount ..." a line; the size of all, and how many are ours. */
static void read_modules(const char *root, struct ncb_storm_level *level)
{
	char *path = ncb_format("%s/proc/modules", root), *text = ncb_read_file(path, NULL);
	char *line, *save = NULL, name[NCB_STORM_NAME];
	uint64_t size;

	level->modules = 0;
	level->named[0] = '\0';
	level->bytes[NCB_MEMORY_MODULES] = text ? 0 : NCB_STORM_UNKNOWN;
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%55s %" SCNu64, name, &size) != 2)
			continue;
		level->bytes[NCB_MEMORY_MODULES] += size;
		if (ncb_payload_number(name) < 0 && strcmp(name, NCB_STORM_MODULE))
			continue;
		level->modules++;
		strcpy(level->named, name);
	}
	free(text);
	free(path);
}

/** ncb_storm_meminfo - what /proc/meminfo says */
void ncb_storm_meminfo(const char *text, uint64_t bytes[NCB_MEMORY_KINDS])
{
	bytes[NCB_MEMORY_FREE] = field(text, "MemFree");
	bytes[NCB_MEMORY_VMALLOC] = field(text, "VmallocUsed");
	bytes[NCB_MEMORY_PERCPU] = field(text, "Percpu");
	bytes[NCB_MEMORY_SLAB] = field(text, "SUnreclaim");
}

/**
 * ncb_storm_level - what is loaded and taken now
 * @root: "" or, for tests, a folder that stands for it
 * @level: gets it
 */
void ncb_storm_level(const char *root, struct ncb_storm_level *level)
{
	char *path = ncb_format("%s/proc/meminfo", root), *text = ncb_read_file(path, NULL);

	ncb_storm_meminfo(text, level->bytes);
	read_modules(root, level);
	free(text);
	free(path);
}

/** ncb_storm_note_memory - keep what is taken now; see struct ncb_storm_memory */
void ncb_storm_note_memory(struct ncb_storms *s, uint32_t storm, uint32_t round, uint32_t moment,
			   uint64_t at_ns)
{
	struct ncb_storm_memory *m;
	struct ncb_storm_level level;

	ncb_storm_level("", &level);
	s->memory = ncb_grow(s->memory, s->memories + 1, sizeof(*s->memory));
	m = &s->memory[s->memories++];
	*m = (struct ncb_storm_memory) {
		.storm = storm, .round = round, .moment = moment, .at_ns = at_ns,
	};
	memcpy(m->bytes, level.bytes, sizeof(m->bytes));
}

/* -- modules/stats of debugfs -- */

/**
 * ncb_storm_module_stats - what the kernel counted of its modules
 * @root: "" or, for tests, a folder that stands for it
 * @out: gets the lines that are a name and a number, malloc'd
 *
 * Averages are left out: their difference means nothing.
 *
 * Return: how many; 0 where the kernel does not count (CONFIG_MODULE_STATS).
 */
size_t ncb_storm_module_stats(const char *root, struct ncb_storm_count **out)
{
	char *path = ncb_format("%s/sys/kernel/debug/modules/stats", root);
	char *text = ncb_read_file(path, NULL), *line, *save = NULL, *end, *digits;
	size_t n = 0;

	*out = NULL;
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		end = line + strlen(line);
		for (digits = end; digits > line && isdigit((unsigned char)digits[-1]); digits--)
			;
		if (digits == end || digits == line || !isspace((unsigned char)digits[-1]) ||
		    end - digits > 19 || !strncmp(line, "Avg", 3) || !strncmp(line, "Average", 7))
			continue;
		*out = ncb_grow(*out, n + 1, sizeof(**out));
		(*out)[n].value = strtoull(digits, NULL, 10);
		while (digits > line && isspace((unsigned char)digits[-1]))
			*--digits = '\0';
		snprintf((*out)[n].name, sizeof((*out)[n].name), "%s", line);
		n++;
	}
	free(text);
	free(path);
	return n;
}

/**
 * ncb_storm_stats_add - what the kernel counted in a round
 * @storm: gets it added to its own
 * @before: as the round began; @n of them
 */
void ncb_storm_stats_add(struct ncb_storm *storm, const struct ncb_storm_count *before, size_t n)
{
	struct ncb_storm_count *now;
	size_t got = ncb_storm_module_stats("", &now), i, k;

	for (i = 0; i < got; i++) {
		for (k = 0; k < n && strcmp(before[k].name, now[i].name); k++)
			;
		if (k == n || now[i].value < before[k].value)
			continue;
		now[i].value -= before[k].value;
		for (k = 0; k < storm->stats && strcmp(storm->stat[k].name, now[i].name); k++)
			;
		if (k == storm->stats) {
			storm->stat = ncb_grow(storm->stat, storm->stats + 1, sizeof(*storm->stat));
			storm->stat[storm->stats++] = now[i];
		} else {
			storm->stat[k].value += now[i].value;
		}
	}
	free(now);
}

/* -- the leak check -- */

/* A sweep's rounds take turns: its storms are one here. */
static bool together(const struct ncb_storms *s, size_t a, size_t b)
{
	return a == b || (s->storm[a].sweep && s->storm[a].sweep == s->storm[b].sweep);
}

static uint64_t loads_since(const struct ncb_storms *s, size_t storm, uint64_t at_ns)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < s->records; i++)
		n += s->record[i].start_ns >= at_ns && together(s, storm, s->record[i].storm) &&
		     (s->record[i].what == NCB_STORM_LOAD ||
		      s->record[i].what == NCB_STORM_REQUESTED);
	return n;
}

static uint64_t taken(const uint64_t bytes[NCB_MEMORY_KINDS])
{
	static const enum ncb_storm_memory_kind kinds[] = {
		NCB_MEMORY_VMALLOC, NCB_MEMORY_PERCPU, NCB_MEMORY_SLAB,
	};
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (bytes[kinds[i]] != NCB_STORM_UNKNOWN)
			sum += bytes[kinds[i]];
	return sum;
}

static int by_time(const void *a, const void *b)
{
	const struct ncb_storm_memory *x = *(const struct ncb_storm_memory *const *)a;
	const struct ncb_storm_memory *y = *(const struct ncb_storm_memory *const *)b;

	return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

/* What is there after each round of a storm, or of a sweep, in time; malloc'd. */
static const struct ncb_storm_memory **after_rounds(const struct ncb_storms *s, size_t storm,
						    size_t *n)
{
	const struct ncb_storm_memory **after = ncb_alloc(s->memories + 1, sizeof(*after));
	size_t i;

	*n = 0;
	for (i = 0; i < s->memories; i++)
		if (s->memory[i].moment == 2 && together(s, storm, s->memory[i].storm))
			after[(*n)++] = &s->memory[i];
	qsort(after, *n, sizeof(*after), by_time);
	return after;
}

static bool grows(const struct ncb_storms *s, size_t storm, char why[NCB_STORM_TEXT])
{
	uint64_t most = 0, last, loads;
	size_t n, i;
	const struct ncb_storm_memory **after = after_rounds(s, storm, &n);
	bool found = false;

	if (n < LEAST_ROUNDS)
		goto out;
	for (i = 0; i < n / 2; i++)
		most = taken(after[i]->bytes) > most ? taken(after[i]->bytes) : most;
	last = taken(after[n - 1]->bytes);
	loads = loads_since(s, storm, after[n / 2 - 1]->at_ns);
	found = last > most + SLACK + SLACK_PER_LOAD * loads;
	if (found)
		snprintf(why, NCB_STORM_TEXT, "%s: %" PRIu64 " KiB more of vmalloc, per-CPU memory and slab are taken at its end than at any time in its first half, %" PRIu64 " loads before",
			 s->storm[storm].id, (last - most) >> 10, loads);
out:
	free(after);
	return found;
}

/**
 * ncb_storm_leak_seen - how small a leak would have been seen
 * @s: the storms
 * @storm: one of them
 *
 * Return: bytes for each load; NAN where its memory was not compared, for it has too few
 * rounds, or the kernel does not tell what is taken.
 */
double ncb_storm_leak_seen(const struct ncb_storms *s, size_t storm)
{
	size_t n;
	const struct ncb_storm_memory **after = after_rounds(s, storm, &n);
	uint64_t loads = n < LEAST_ROUNDS || !taken(after[n - 1]->bytes) ? 0 :
			 loads_since(s, storm, after[n / 2 - 1]->at_ns);

	free(after);
	return loads ? (double)SLACK / loads + SLACK_PER_LOAD : NAN;
}

/**
 * ncb_storm_leaks - whether memory went on growing until the end of a storm
 * @s: the storms, as far as they are done
 * @why: gets which, and how much
 *
 * Judged by vmalloc, per-CPU memory and slab together after each round: free memory is
 * the page cache's as well. One storm is not compared with another, which fills other
 * caches.
 */
bool ncb_storm_leaks(const struct ncb_storms *s, char why[NCB_STORM_TEXT])
{
	size_t i;

	for (i = 0; i < s->storms; i++)
		if (grows(s, i, why))
			return true;
	return false;
}

/**
 * ncb_storm_left_modules - whether more of our modules are loaded than before
 * @root: "" or, for tests, a folder that stands for it
 * @before: the storms
 * @why: gets how many, and one's name; else ""
 *
 * On a host others load and unload theirs meanwhile.
 */
bool ncb_storm_left_modules(const char *root, const struct ncb_storm_level *before,
			    char why[NCB_STORM_TEXT])
{
	struct ncb_storm_level now;

	why[0] = '\0';
	ncb_storm_level(root, &now);
	if (now.modules <= before->modules)
		return false;
	snprintf(why, NCB_STORM_TEXT, "%u modules of ncbench are loaded, such as %s, and %u were before the storms",
		 now.modules, now.named, before->modules);
	return true;
}

/**
 * ncb_storm_check_leak - whether everything is as it was
 * @s: the storms, as far as they are done; @s->leak gets what is not
 * @before: what was loaded before them
 *
 * No module of ours may be there that was not before; memory see ncb_storm_leaks().
 */
void ncb_storm_check_leak(struct ncb_storms *s, const struct ncb_storm_level *before)
{
	struct timespec nap = { .tv_nsec = SETTLE_MS * 1000000l };
	bool left = ncb_storm_left_modules("", before, s->leak);
	unsigned int i;

	for (i = 0; i < SETTLE_TRIES && left; i++) {
		nanosleep(&nap, NULL);
		left = ncb_storm_left_modules("", before, s->leak);
	}
	if (!left)
		ncb_storm_leaks(s, s->leak);
}
