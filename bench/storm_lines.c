// SPDX-License-Identifier: GPL-2.0-only
/* The lines of storm.csv.gz: one for each record of a storm and each look at the memory. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "storm_lines.h"

#define HEADER	"storm,round,what,thread,module,result,start_ns,ns,part_ns," \
		"free,vmalloc,percpu,slab,modules\n"
#define MEMORY	"memory"	/* in the column "what" */
#define ERRNO_MAX	4095

/* -- what has to hold, when it is written as when it is read -- */

static bool result_fits(const struct ncb_storm *m, const struct ncb_storm_record *r)
{
	switch (r->what) {
	case NCB_STORM_LOAD:
	case NCB_STORM_UNLOAD:
		return r->result <= 0 && r->result >= -ERRNO_MAX;
	case NCB_STORM_REQUESTED:	/* or what modprobe ended with */
		return r->result >= -ERRNO_MAX;
	case NCB_STORM_CALLED:
		return r->result >= NCB_STORM_COMING && r->result <= NCB_STORM_OTHER;
	case NCB_STORM_ROUND:
		return r->result >= 0 && (uint32_t)r->result <= m->threads;
	default:
		return r->result >= -1 && r->result <= 1;
	}
}

static bool is_chain(const struct ncb_storm_record *r)
{
	return r->what >= NCB_STORM_COMING && r->what <= NCB_STORM_OTHER;
}

/* NULL, or the column that is out of range. */
static const char *record_fault(const struct ncb_storms *s, const struct ncb_storm_record *r)
{
	const struct ncb_storm *m;

	if (r->storm >= s->storms)
		return "storm";
	m = &s->storm[r->storm];
	if (r->round >= m->rounds)
		return "round";
	if (r->what >= NCB_STORM_WHATS)
		return "what";
	if (r->thread >= m->threads)
		return "thread";
	if (r->module >= (r->what == NCB_STORM_CALLED ? s->callbacks : m->modules))
		return "module";
	if (!result_fits(m, r))
		return "result";
	if (r->start_ns > NCB_STORM_NUMBER_MAX)
		return "start_ns";
	if (r->ns > NCB_STORM_NUMBER_MAX || (is_chain(r) && !r->result && r->ns))
		return "ns";
	/* Where both ends were called, the middle lies between them. */
	if (is_chain(r) ? r->part_ns > NCB_STORM_NUMBER_MAX || (r->result && r->part_ns > r->ns) :
	    r->part_ns != 0)
		return "part_ns";
	return NULL;
}

static const char *memory_fault(const struct ncb_storms *s, const struct ncb_storm_memory *m)
{
	unsigned int i;

	if (m->storm >= s->storms)
		return "storm";
	if (m->moment > 3)
		return "result";
	/* While loading: of the round behind the last. */
	if (m->moment == 3 ? m->round != s->storm[m->storm].rounds :
			     m->round >= s->storm[m->storm].rounds)
		return "round";
	if (m->at_ns > NCB_STORM_NUMBER_MAX)
		return "start_ns";
	for (i = 0; i < NCB_MEMORY_KINDS; i++)
		if (m->bytes[i] != NCB_STORM_UNKNOWN && m->bytes[i] > NCB_STORM_NUMBER_MAX)
			return ncb_storm_memory_names[i];
	return NULL;
}

/* -- writing -- */

static int record_line(const struct ncb_storm_record *r, char *line)
{
	return sprintf(line, "%u,%u,%s,%u,%u,%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",,,,,\n",
		       r->storm, r->round, ncb_storm_what_names[r->what], r->thread, r->module,
		       r->result, r->start_ns, r->ns, r->part_ns);
}

static int memory_line(const struct ncb_storm_memory *m, char *line)
{
	int n = sprintf(line, "%u,%u," MEMORY ",,,%u,%" PRIu64 ",,", m->storm, m->round, m->moment,
			m->at_ns);
	unsigned int i;

	for (i = 0; i < NCB_MEMORY_KINDS; i++) {
		line[n++] = ',';
		if (m->bytes[i] != NCB_STORM_UNKNOWN)
			n += sprintf(line + n, "%" PRIu64, m->bytes[i]);
	}
	return n + sprintf(line + n, "\n");
}

static int not_kept(const char *table, size_t i, const char *column)
{
	ncb_error("%s %zu of the storms: its %s is out of range; not kept", table, i, column);
	return -EINVAL;
}

/**
 * ncb_storm_lines_put - write the lines of storms
 * @out: gets them; @out->err is -EINVAL, with a message, where one is out of range
 * @s: the storms
 */
void ncb_storm_lines_put(struct ncb_lines_out *out, const struct ncb_storms *s)
{
	char line[NCB_LINE_SIZE];
	const char *fault;
	size_t i;

	ncb_lines_put(out, HEADER, strlen(HEADER));
	for (i = 0; i < s->records && !out->err; i++) {
		fault = record_fault(s, &s->record[i]);
		if (fault)
			out->err = not_kept("record", i, fault);
		else
			ncb_lines_put(out, line, record_line(&s->record[i], line));
	}
	for (i = 0; i < s->memories && !out->err; i++) {
		fault = memory_fault(s, &s->memory[i]);
		if (fault)
			out->err = not_kept("look at the memory", i, fault);
		else
			ncb_lines_put(out, line, memory_line(&s->memory[i], line));
	}
}

/* -- reading -- */

/* One of the names, and the comma behind it; @count where it is none of them. */
static uint32_t next_what(const char **p)
{
	uint32_t i;

	for (i = 0; i < NCB_STORM_WHATS; i++) {
		size_t n = strlen(ncb_storm_what_names[i]);

		if (!strncmp(*p, ncb_storm_what_names[i], n) && (*p)[n] == ',') {
			*p += n + 1;
			break;
		}
	}
	return i;
}

static bool next_result(const char **p, int16_t *out)
{
	bool negative = **p == '-';
	uint64_t v;

	*p += negative;
	if (!ncb_lines_number(p, ',', INT16_MAX, &v))
		return false;
	*out = negative ? -(int)v : (int)v;
	return true;
}

/* The line from the column "thread" on. NULL, or the column that is wrong. */
static const char *parse_record(struct ncb_storms *s, const char *p, uint32_t storm,
				uint32_t round, uint32_t what)
{
	struct ncb_storm_record r = { .storm = storm, .round = round, .what = what };
	const char *fault;
	uint64_t v;

	if (!ncb_lines_number(&p, ',', UINT16_MAX, &v))
		return "thread";
	r.thread = v;
	if (!ncb_lines_number(&p, ',', UINT16_MAX, &v))
		return "module";
	r.module = v;
	if (!next_result(&p, &r.result))
		return "result";
	if (!ncb_lines_number(&p, ',', NCB_STORM_NUMBER_MAX, &r.start_ns))
		return "start_ns";
	if (!ncb_lines_number(&p, ',', NCB_STORM_NUMBER_MAX, &r.ns))
		return "ns";
	if (!ncb_lines_number(&p, ',', NCB_STORM_NUMBER_MAX, &r.part_ns))
		return "part_ns";
	/* Memory is none of a record's. */
	if (strncmp(p, ",,,,\n", 5))
		return "free";
	fault = record_fault(s, &r);
	if (!fault)
		ncb_storms_add(s, &r);
	return fault;
}

static const char *parse_memory(struct ncb_storms *s, const char *p, uint32_t storm,
				uint32_t round, size_t *room)
{
	struct ncb_storm_memory m = { .storm = storm, .round = round };
	const char *fault;
	unsigned int i;
	uint64_t v;

	if (strncmp(p, ",,", 2))
		return "thread";
	p += 2;
	if (!ncb_lines_number(&p, ',', 3, &v))
		return "result";
	m.moment = v;
	if (!ncb_lines_number(&p, ',', NCB_STORM_NUMBER_MAX, &m.at_ns))
		return "start_ns";
	if (strncmp(p, ",,", 2))
		return "ns";
	p += 2;
	for (i = 0; i < NCB_MEMORY_KINDS; i++) {
		char end = i + 1 < NCB_MEMORY_KINDS ? ',' : '\n';

		m.bytes[i] = NCB_STORM_UNKNOWN;
		if (*p == end)
			p++;
		else if (!ncb_lines_number(&p, end, NCB_STORM_NUMBER_MAX, &m.bytes[i]))
			return ncb_storm_memory_names[i];
	}
	fault = memory_fault(s, &m);
	if (fault)
		return fault;
	if (s->memories == *room) {
		*room = *room ? 2 * *room : 256;
		s->memory = ncb_grow(s->memory, *room, sizeof(*s->memory));
	}
	s->memory[s->memories++] = m;
	return NULL;
}

/* NULL, or the name of the first column that is wrong. @line ends in a line feed. */
static const char *parse_line(struct ncb_storms *s, const char *line, size_t *room)
{
	uint64_t storm, round;
	uint32_t what;

	if (!ncb_lines_number(&line, ',', UINT32_MAX, &storm))
		return "storm";
	if (!ncb_lines_number(&line, ',', UINT32_MAX, &round))
		return "round";
	what = next_what(&line);
	if (what < NCB_STORM_WHATS)
		return parse_record(s, line, storm, round, what);
	if (strncmp(line, MEMORY ",", strlen(MEMORY ",")))
		return "what";
	return parse_memory(s, line + strlen(MEMORY ","), storm, round, room);
}

/**
 * ncb_storm_lines_read - read them back
 * @l: the lines
 * @s: gets the records and looks at the memory; what result.json says of it is there
 * @most: lines that there may be
 *
 * Return: 0; -EBADMSG, or -errno of the file, with one sentence on stderr.
 */
int ncb_storm_lines_read(struct ncb_lines *l, struct ncb_storms *s, uint64_t most)
{
	size_t room = 0;
	const char *line, *column;
	int err = ncb_lines_header(l, HEADER);

	if (err)
		return err;
	while ((line = ncb_lines_next(l, &err))) {
		if (s->records + s->memories == most)
			return ncb_file_fault(l->path, "holds more than the %" PRIu64
					      " lines that result.json speaks of" NCB_COPY_AGAIN,
					      most);
		column = parse_line(s, line, &room);
		if (column)
			return ncb_file_fault(l->path, "line %" PRIu64 ": %s is damaged or out of range",
					      l->line, column);
	}
	return err;
}
