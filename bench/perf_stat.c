// SPDX-License-Identifier: GPL-2.0-only
/* What perf said: out of its files, in and out of result.json, into the report. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "perf.h"

#define SECONDS_MAX	1e9
#define NAME_MAX_	128	/* bytes of the name of an event, or of a unit */
#define VALUE_MAX	1e19
#define SAMPLES_MAX	1e12
#define ROWS_MAX	1e9	/* each as often as it was measured */

#define NOT_SUPPORTED	"this machine has no such counter: no PMU (most virtual machines), or not this event"
#define NOT_COUNTED	"it never ran: other users hold the counters; the NMI watchdog is one (sudo sysctl kernel.nmi_watchdog=0)"
#define NOT_TOLD	"perf does not say how long it ran"

/* -- from the output of perf -- */

/*
 * A number, which perf writes as text. It has six digits behind the point, and
 * the point is a comma in some locales. Anything else is no number.
 */
static bool number_of(const json_t *value, double *out)
{
	const char *s = json_string_value(value), *p = s;
	char copy[64], *point;
	char *end;

	if (json_is_number(value)) {
		*out = json_number_value(value);
		return *out >= 0 && *out <= VALUE_MAX;
	}
	if (!s || !isdigit((unsigned char)*s) || strlen(s) >= sizeof(copy))
		return false;
	strcpy(copy, s);
	p = copy + strspn(copy, "0123456789");
	point = copy + (p - copy);
	if (*point == ',' && strspn(point + 1, "0123456789") == 6 && !point[7])
		*point = '.';
	if (*point && *point != '.')
		return false;
	if (*point && strspn(point + 1, "0123456789") != strlen(point + 1))
		return false;
	*out = strtod(copy, &end);
	return !*end && *out <= VALUE_MAX;
}

/* NULL, or why there is no figure. */
static const char *no_figure(const json_t *line, double *value, double *running)
{
	const char *text = json_string_value(json_object_get(line, "counter-value"));
	double runtime;

	*running = 0;
	if (text && !strcmp(text, "<not supported>"))
		return NOT_SUPPORTED;
	if (text && !strcmp(text, "<not counted>"))
		return NOT_COUNTED;
	if (!number_of(json_object_get(line, "pcnt-running"), running) || *running > 100.5)
		return NOT_TOLD;
	if (*running <= 0 || (number_of(json_object_get(line, "event-runtime"), &runtime) &&
			      runtime <= 0))
		return NOT_COUNTED;
	if (!number_of(json_object_get(line, "counter-value"), value))
		return "perf's figure cannot be read";
	return NULL;
}

/* One line of the output; NULL: it is no event. */
static json_t *event_of(const json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "event")), *none;
	const char *unit = json_string_value(json_object_get(line, "unit"));
	double value = 0, running = 0;
	char *clean, *clean_unit;
	json_t *out;

	/* Lines that only have a metric made of other lines. */
	if (!name || !*name || !json_object_get(line, "counter-value"))
		return NULL;
	none = no_figure(line, &value, &running);
	clean = ncb_part_clean(name);
	clean_unit = ncb_part_clean(unit ? unit : "");
	clean[NAME_MAX_ - 1] = clean_unit[NAME_MAX_ - 1] = '\0';
	out = json_pack("{ss so ss so ss}", "event", clean,
			"value", none ? json_null() : json_real(value), "unit", clean_unit,
			"running", none ? json_null() : json_real(running > 100 ? 100 : running),
			"reason", none ? none : "");
	free(clean);
	free(clean_unit);
	return out;
}

/**
 * ncb_perf_events - what 'perf stat -j' wrote
 * @text: of its file
 * @why: gets the reason where there is nothing
 *
 * Fields that perf versions (5.19 to 6.12) have or have not beside those used:
 * metric-value and metric-unit, also in lines of their own; variance; aggregate
 * numbers. Numbers are texts in all of them, and metrics are in some.
 *
 * Return: the list described in perf.h; NULL where a line is damaged or there is none.
 */
json_t *ncb_perf_events(const char *text, char why[NCB_PART_TEXT])
{
	json_t *list = json_array(), *line, *event;
	unsigned int number = 0;
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		number++;
		while (text < end && isspace((unsigned char)*text))
			text++;
		if (text == end || *text == '#')
			continue;
		line = json_loadb(text, end - text, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(line)) {
			json_decref(line);
			json_decref(list);
			snprintf(why, NCB_PART_TEXT, "line %u of perf's output is damaged", number);
			return NULL;
		}
		event = event_of(line);
		json_decref(line);
		if (event && json_array_size(list) < NCB_PERF_EVENTS_MAX)
			json_array_append_new(list, event);
		else
			json_decref(event);
	}
	if (json_array_size(list))
		return list;
	json_decref(list);
	snprintf(why, NCB_PART_TEXT, "perf's output has no event in it");
	return NULL;
}

/* -- from result.json -- */

static const char *check_events(const json_t *list)
{
	const json_t *event;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > NCB_PERF_EVENTS_MAX)
		return "perf.stat.events";
	json_array_foreach(list, i, event) {
		bool there = !json_is_null(json_object_get(event, "value"));

		if (!ncb_part_text(event, "event", NAME_MAX_) ||
		    !ncb_part_text(event, "unit", NAME_MAX_) ||
		    !ncb_part_text(event, "reason", NCB_PART_TEXT) ||
		    !ncb_part_maybe(event, "value", 0, VALUE_MAX) ||
		    !ncb_part_maybe(event, "running", 0, 100))
			return "perf.stat.events[]";
		/* A figure, or a reason; never both, and no figure that ran nobody knows how long. */
		if (there == !!*ncb_part_string(event, "reason") ||
		    there != (ncb_part_value(event, "running") > 0))
			return "perf.stat.events[].reason";
	}
	return NULL;
}

static bool check_common(const json_t *part)
{
	return json_is_object(part) && ncb_part_text(part, "reason", NCB_PART_TEXT) &&
	       ncb_part_number(part, "seconds", 0, SECONDS_MAX) &&
	       ncb_part_number(part, "open", 0, SECONDS_MAX) &&
	       ncb_part_number(part, "rows", 0, ROWS_MAX) &&
	       json_is_boolean(json_object_get(part, "kernel"));
}

static bool check_record(const json_t *part)
{
	static const char *const counts[] = { "samples", "lost", "measured", "unnamed" };
	double samples = ncb_part_value(part, "samples");
	size_t i;

	if (!check_common(part))
		return false;
	if (*ncb_part_string(part, "reason"))
		return true;
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		if (!ncb_part_number(part, counts[i], 0, SAMPLES_MAX))
			return false;
	return ncb_part_text(part, "event", NAME_MAX_) && samples > 0 &&
	       ncb_part_value(part, "measured") <= samples &&
	       ncb_part_value(part, "unnamed") <= samples &&
	       ncb_part_number(part, "frequency", 1, 1e6) &&
	       ncb_part_maybe(part, "said", 0, SAMPLES_MAX) &&
	       json_is_boolean(json_object_get(part, "full"));
}

/**
 * ncb_perf_check - what result.json says of perf
 * @perf: its field, or NULL
 *
 * Return: NULL, or the name of what is damaged.
 */
const char *ncb_perf_check(const json_t *perf)
{
	const json_t *stat = json_object_get(perf, "stat"), *record = json_object_get(perf, "record");
	const char *bad;

	if (!perf)
		return NULL;
	if (!json_is_object(perf))
		return "perf";
	if (stat && !check_common(stat))
		return "perf.stat";
	/* Where it is n/a there is no more. */
	if (stat && !*ncb_part_string(stat, "reason")) {
		bad = check_events(json_object_get(stat, "events"));
		if (bad)
			return bad;
	}
	return record && !check_record(record) ? "perf.record" : NULL;
}

/* -- the report -- */

/* 1234567 as 1,234,567; with a unit three digits behind the point. */
static char *figure_text(double value, const char *unit)
{
	char *plain = ncb_format("%.0f", value), *out, *to;
	size_t n = strlen(plain), i;

	if (*unit) {
		free(plain);
		return ncb_format("%.3f %s", value, unit);
	}
	out = to = ncb_alloc(2 * n + 1, 1);
	for (i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = plain[i];
	}
	free(plain);
	return out;
}

static void say_event(struct ncb_items *items, const json_t *event)
{
	double value = ncb_part_value(event, "value"), running = ncb_part_value(event, "running");
	const char *name = ncb_part_string(event, "event");
	char *text;

	if (isnan(value))
		return;
	text = figure_text(value, ncb_part_string(event, "unit"));
	if (running < 100)
		ncb_items_say(items, name, NCB_MARK_NONE,
			      "%s, scaled: an estimate, it ran %.0f %% of the time", text, running);
	else
		ncb_items_say(items, name, NCB_MARK_NONE, "%s", text);
	free(text);
}

/* Events without a figure: those of one reason stand in one line. */
static void say_missing(struct ncb_items *items, const json_t *list)
{
	const json_t *event, *other;
	size_t i, k;

	json_array_foreach(list, i, event) {
		const char *reason = ncb_part_string(event, "reason");
		char *names = NULL, *more;
		bool first = *reason;

		json_array_foreach(list, k, other) {
			if (strcmp(ncb_part_string(other, "reason"), reason))
				continue;
			first &= k >= i;
			more = ncb_format("%s%s%s", names ? names : "", names ? ", " : "",
					  ncb_part_string(other, "event"));
			free(names);
			names = more;
		}
		if (first)
			ncb_items_say(items, "n/a", NCB_MARK_NONE, "%s: %s", names, reason);
		free(names);
	}
}

static const json_t *find_event(const json_t *list, const char *begins)
{
	const json_t *event;
	size_t i, n = strlen(begins);

	json_array_foreach(list, i, event) {
		const char *name = ncb_part_string(event, "event");

		if (!strncmp(name, begins, n) && (!name[n] || name[n] == ':'))
			return event;
	}
	return NULL;
}

/* Two events of which one is so much of the other. */
static void say_ratio(struct ncb_items *items, const json_t *list, const char *name,
		      const char *of, const char *per, double times, const char *unit)
{
	const json_t *a = find_event(list, of), *b = find_event(list, per);
	double x = ncb_part_value(a, "value"), y = ncb_part_value(b, "value");
	bool scaled = ncb_part_value(a, "running") < 100 || ncb_part_value(b, "running") < 100;

	if (!isnan(x) && y > 0)
		ncb_items_say(items, name, NCB_MARK_NONE, "%.3f%s%s", x / y * times, unit,
			      scaled ? ", of scaled figures" : "");
}

/*
 * The one event of which something is known beforehand: from the moment that perf
 * was asked to count until it had stopped, this process cannot have run for longer.
 */
static void say_clock(struct ncb_items *items, const json_t *stat, const json_t *list)
{
	const json_t *clock = find_event(list, "task-clock");
	double ms = ncb_part_value(clock, "value"), due = ncb_part_value(stat, "open") * 1e3;
	bool good = ms <= due * 1.01;

	if (isnan(ms) || strcmp(ncb_part_string(clock, "unit"), "msec"))
		return;
	ncb_items_say(items, "check", good ? NCB_MARK_OK : NCB_MARK_BAD,
		      good ? "task-clock is no more than the %.3f ms that perf was counting"
			   : "task-clock is more than the %.3f ms that perf was counting: it "
			     "counted something else", due);
}

/* "perf 6.1.192; 52 times a row was measured, 2.130 s" */
static char *what_ran(const struct ncb_rundata *r, const json_t *part)
{
	double rows = ncb_part_value(part, "rows");

	return ncb_format("perf %s; %.0f time%s a row was measured, %.3f s",
			  ncb_env_string(r, "perf_version", "(version unknown)"), rows,
			  rows == 1 ? "" : "s", ncb_part_value(part, "seconds"));
}

static void report_stat(struct ncb_report *report, const struct ncb_rundata *r, const json_t *stat)
{
	struct ncb_items *items = ncb_report_section(report, "perf-stat", "perf stat");
	const json_t *list = json_object_get(stat, "events"), *event;
	char *ran = what_ran(r, stat);
	size_t i;

	if (*ncb_part_string(stat, "reason")) {
		ncb_items_say(items, "", NCB_MARK_NONE, "n/a: %s", ncb_part_string(stat, "reason"));
		free(ran);
		return;
	}
	ncb_items_say(items, "counted", NCB_MARK_NONE,
		      "%s of %s; one more loading, after the measuring: none of its samples is in "
		      "the tables", ran, json_is_true(json_object_get(stat, "kernel")) ?
		      "the kernel inside the module's ioctl (:k, the kernel alone)" :
		      "the engines in this process (:u, no kernel)");
	ncb_items_say(items, "not a row's", NCB_MARK_NONE,
		      "set-up, semantic check, calibration, all engines and telling perf to begin "
		      "and end are in it: it says what the machine did, not what a call costs");
	json_array_foreach(list, i, event)
		say_event(items, event);
	say_missing(items, list);
	say_clock(items, stat, list);
	say_ratio(items, list, "insn/cycle", "instructions", "cycles", 1, "");
	say_ratio(items, list, "mispredicted", "branch-misses", "branches", 100, " % of branches");
	free(ran);
}

/* What cannot be seen by looking every millisecond. */
static const char *not_seen(const json_t *record)
{
	bool clock = strstr(ncb_part_string(record, "event"), "-clock");

	if (!clock)
		return "a counter's interrupt comes some instructions late, and where it is no NMI "
		       "not before interrupts are on again";
	if (json_is_true(json_object_get(record, "kernel")))
		return "no PMU here: cpu-clock is a timer's interrupt. What runs with interrupts off "
		       "is charged to where they are switched on again: the timed loops of all but "
		       "blocking chains run so";
	return "no PMU here: cpu-clock is a timer's interrupt, which tells where time goes and not "
	       "why";
}

static void report_record(struct ncb_report *report, const struct ncb_rundata *r,
			  const json_t *record)
{
	struct ncb_items *items = ncb_report_section(report, "perf-record", "perf record");
	double samples = ncb_part_value(record, "samples"), said = ncb_part_value(record, "said");
	double measured = ncb_part_value(record, "measured");
	char *ran = what_ran(r, record);
	bool kernel = json_is_true(json_object_get(record, "kernel"));

	if (*ncb_part_string(record, "reason")) {
		ncb_items_say(items, "", NCB_MARK_NONE, "n/a: %s", ncb_part_string(record, "reason"));
		free(ran);
		return;
	}
	ncb_items_say(items, "sampled", NCB_MARK_NONE, "%s; one more loading, after the measuring%s",
		      ran, json_is_true(json_object_get(record, "full")) ?
		      "; ended early: perf.data had its full size" : "");
	ncb_items_say(items, "samples", NCB_MARK_NONE, "%.0f of %s at %.0f Hz (%.0f in that time, if "
		      "none is missed), %.0f lost", samples, ncb_part_string(record, "event"),
		      ncb_part_value(record, "frequency"), ncb_part_value(record, "frequency") *
		      ncb_part_value(record, "seconds"), ncb_part_value(record, "lost"));
	if (!isnan(said))
		ncb_items_say(items, "check", said == samples ? NCB_MARK_OK : NCB_MARK_BAD,
			      said == samples ? "the picture has all that perf recorded"
					      : "perf recorded %.0f: the picture has not all of them",
			      said);
	ncb_items_say(items, "measured", measured > 0 ? NCB_MARK_NONE : NCB_MARK_BAD,
		      "%.1f %% of the chains pass through %s%s", measured / samples * 100,
		      kernel ? "ncbench.ko" : "the engines' object", measured > 0 ?
		      "; others tell perf to begin and end" : ": something else was sampled");
	ncb_items_say(items, "unnamed", NCB_MARK_NONE, "%.1f %% end in code without a symbol",
		      ncb_part_value(record, "unnamed") / samples * 100);
	ncb_items_say(items, "not seen", NCB_MARK_NONE, "%s", not_seen(record));
	ncb_items_say(items, "files", NCB_MARK_NONE, NCB_PERF_FLAME_FILE ", " NCB_PERF_REPORT_FILE ", "
		      NCB_PERF_FOLDED_FILE ", " NCB_PERF_DATA_FILE);
	free(ran);
}

/* For the page: that there is a picture. */
bool ncb_perf_has_picture(const struct ncb_rundata *r)
{
	const json_t *record = json_object_get(r->perf, "record");

	return record && !*ncb_part_string(record, "reason");
}

/** ncb_perf_report - what perf said, as sections of the full report */
void ncb_perf_report(struct ncb_report *report, const struct ncb_rundata *r)
{
	const json_t *stat = json_object_get(r->perf, "stat");
	const json_t *record = json_object_get(r->perf, "record");

	if (stat)
		report_stat(report, r, stat);
	if (record)
		report_record(report, r, record);
}

static char *stat_brief(const json_t *stat)
{
	const json_t *event;
	size_t i, known = 0;

	if (*ncb_part_string(stat, "reason"))
		return ncb_copy("perf stat n/a");
	json_array_foreach(json_object_get(stat, "events"), i, event)
		known += !isnan(ncb_part_value(event, "value"));
	return ncb_format("perf stat %zu/%zu", known,
			  json_array_size(json_object_get(stat, "events")));
}

/** ncb_perf_brief - the same in a few words; NULL where perf was not asked */
char *ncb_perf_brief(const struct ncb_rundata *r)
{
	const json_t *stat = json_object_get(r->perf, "stat");
	const json_t *record = json_object_get(r->perf, "record");
	char *first = stat ? stat_brief(stat) : NULL, *both;

	if (!record)
		return first;
	if (*ncb_part_string(record, "reason"))
		both = ncb_format("%s%sperf record n/a", first ? first : "", first ? ", " : "");
	else
		both = ncb_format("%s%sflame graph of %.0f samples", first ? first : "",
				  first ? ", " : "", ncb_part_value(record, "samples"));
	free(first);
	return both;
}
