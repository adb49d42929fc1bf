// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flame graph: each frame stands on the one that called it, as wide as its share
 * of the samples. Callees of one function stand in alphabetical order: what is left
 * and right means nothing.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "flamegraph.h"

#define LINE_MAX_	4096
#define NAME_MAX_	200	/* characters of a symbol that are kept */
#define SIDE		10.0	/* pixels beside, */
#define ABOVE		46.0	/* above */
#define BELOW		34.0	/* and below the frames */
#define FRAME		18.0	/* height of one */
#define LETTER		7.3	/* width of a letter of 12 px, monospaced */
#define LEAST		0.4	/* pixels: what is narrower is not drawn */

/**
 * struct frame - a function in a chain of callers
 * @name: of it; the outermost one, which is no function, has ""
 * @total: samples in it and what it called
 * @self: samples in it alone
 * @child, @n: frames called from here, sorted by name
 */
struct frame {
	char *name;
	uint64_t total, self;
	struct frame **child;
	size_t n;
};

struct ncb_stacks {
	struct frame root;
};

/** ncb_stacks_new - no samples; to be given to ncb_stacks_free() */
struct ncb_stacks *ncb_stacks_new(void)
{
	struct ncb_stacks *s = ncb_alloc(1, sizeof(*s));

	s->root.name = ncb_copy("");
	return s;
}

static void empty(struct frame *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		empty(f->child[i]);
		free(f->child[i]);
	}
	free(f->child);
	free(f->name);
}

/** ncb_stacks_free - the reverse; NULL is fine */
void ncb_stacks_free(struct ncb_stacks *s)
{
	if (s)
		empty(&s->root);
	free(s);
}

/* The callee of that name, which is made where it is not there. */
static struct frame *callee(struct frame *f, const char *name, size_t length)
{
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const char *other = f->child[middle]->name;
		int order = strncmp(name, other, length);

		if (!order && other[length])
			order = -1;
		if (!order)
			return f->child[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	f->child = ncb_grow(f->child, f->n + 1, sizeof(*f->child));
	memmove(f->child + low + 1, f->child + low, (f->n - low) * sizeof(*f->child));
	f->child[low] = ncb_alloc(1, sizeof(*f->child[low]));
	f->child[low]->name = ncb_format("%.*s", (int)length, name);
	f->n++;
	return f->child[low];
}

/**
 * ncb_stacks_add - count a chain
 * @s: gets it
 * @chain: names from the outermost caller inwards, separated by ';'; what is
 *	deeper than NCB_FLAME_DEPTH is counted in the last frame that is not
 * @count: how often it was met
 */
void ncb_stacks_add(struct ncb_stacks *s, const char *chain, uint64_t count)
{
	struct frame *f = &s->root;
	size_t n, depth = 0;

	f->total += count;
	for (; *chain && depth < NCB_FLAME_DEPTH; chain += n + (chain[n] == ';')) {
		n = strcspn(chain, ";");
		if (!n)
			continue;
		f = callee(f, chain, n);
		f->total += count;
		depth++;
	}
	f->self += count;
}

/* -- perf's text -- */

/**
 * struct chain - the sample that is being read
 * @frame: names, the innermost first, as perf prints them
 * @n: how many
 * @any: there is a sample
 * @module: any of them is of what is measured
 */
struct chain {
	char *frame[NCB_FLAME_DEPTH];
	size_t n;
	bool any, module, unnamed;
};

static void end_chain(struct ncb_stacks *s, struct chain *c, struct ncb_stacks_facts *facts)
{
	char *text = ncb_copy(""), *longer;
	size_t i;

	if (c->any) {
		for (i = c->n; i-- > 0;) {
			longer = ncb_format("%s%s%s", text, *text ? ";" : "", c->frame[i]);
			free(text);
			text = longer;
		}
		ncb_stacks_add(s, *text ? text : "[no chain]", 1);
		facts->samples++;
		facts->module += c->module;
		facts->unnamed += c->unnamed || !c->n;
	}
	for (i = 0; i < c->n; i++)
		free(c->frame[i]);
	free(text);
	*c = (struct chain) { 0 };
}

/* "    ffffffffc0123456 list_call ([ncbench])": false where it is no frame. */
static bool take_frame(struct chain *c, char *line, const struct ncb_stacks_object *measured)
{
	char *name, *object, *p, *hex = line + strspn(line, " \t"), *at;
	const char *mark = "";
	size_t n = strspn(hex, "0123456789abcdef");
	uint64_t ip = strtoull(hex, NULL, 16);

	if (hex == line || !n || hex[n] != ' ')
		return false;
	name = hex + n + 1;
	/* A symbol may have brackets of its own; the object is a path, or in [ ]. */
	object = strstr(name, " (/");
	at = strstr(name, " ([");
	if (!object || (at && at < object))
		object = at;
	if (object) {
		*object = '\0';
		object += 2;
		if (!strncmp(object, measured->name, strlen(measured->name)) ||
		    (ip >= measured->low && ip < measured->high))
			mark = NCB_FLAME_MODULE;
		else if (*object == '[' && strncmp(object, "[unknown]", 9) &&
			 strncmp(object, "[vdso]", 6))
			mark = NCB_FLAME_KERNEL;
	}
	for (p = name; *p; p++)
		*p = *p == ';' ? ':' : isprint((unsigned char)*p) ? *p : '?';
	if (strlen(name) > NAME_MAX_)
		name[NAME_MAX_] = '\0';
	if (!c->n)
		c->unnamed = !strcmp(name, "[unknown]");
	c->module |= !strcmp(mark, NCB_FLAME_MODULE);
	if (c->n < NCB_FLAME_DEPTH)
		c->frame[c->n++] = ncb_format("%s%s", *name ? name : "[unknown]", mark);
	return true;
}

/* A sample's first line, "cpu-clock:ppp: " or "cycles:P: ". */
static void begin_chain(struct chain *c, const char *line, struct ncb_stacks_facts *facts)
{
	const char *name = line + strspn(line, " \t");
	size_t n = strcspn(name, " \t\n");

	c->any = true;
	if (*facts->event || !n)
		return;
	while (n && name[n - 1] == ':')
		n--;
	snprintf(facts->event, sizeof(facts->event), "%.*s", (int)n, name);
}

/**
 * ncb_stacks_fold - count the chains of perf's text
 * @s: gets them
 * @script: the text
 * @object: what is measured
 * @facts: gets what there was
 *
 * A sample is a line that begins in the first column, or with an event's name,
 * then its frames, then an empty line. What fits neither is passed over.
 */
void ncb_stacks_fold(struct ncb_stacks *s, FILE *script, const struct ncb_stacks_object *object,
		     struct ncb_stacks_facts *facts)
{
	struct chain c = { 0 };
	char line[LINE_MAX_], *at;
	int next;

	*facts = (struct ncb_stacks_facts) { 0 };
	while (fgets(line, sizeof(line), script)) {
		/* The rest of what is too long is no frame. */
		if (!strchr(line, '\n'))
			while ((next = fgetc(script)) != '\n' && next != EOF)
				;
		line[strcspn(line, "\n")] = '\0';
		at = strstr(line, "PERF_RECORD_LOST");
		if (at) {
			at = strstr(at, "lost ");
			facts->lost += at ? strtoull(at + 5, NULL, 10) : 1;
		} else if (!line[strspn(line, " \t")]) {
			end_chain(s, &c, facts);
		} else if (!take_frame(&c, line, object)) {
			end_chain(s, &c, facts);
			begin_chain(&c, line, facts);
		}
	}
	end_chain(s, &c, facts);
}

/* -- folded text -- */

static void write_frame(const struct frame *f, const char *before, FILE *out)
{
	char *chain = *before ? ncb_format("%s;%s", before, f->name) : ncb_copy(f->name);
	size_t i;

	if (f->self && *chain)
		fprintf(out, "%s %" PRIu64 "\n", chain, f->self);
	for (i = 0; i < f->n; i++)
		write_frame(f->child[i], chain, out);
	free(chain);
}

/** ncb_stacks_write - the chains as text, to be drawn by other programs, too */
int ncb_stacks_write(const struct ncb_stacks *s, FILE *f)
{
	write_frame(&s->root, "", f);
	return ferror(f) ? -EIO : 0;
}

/* -- the picture -- */

static void put_text(FILE *f, const char *text, size_t most)
{
	for (; *text && most; text++, most--) {
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(isprint((unsigned char)*text) ? *text : '?', f);
		}
	}
}

/* What a frame belongs to, and how much of its name that takes. */
static const struct kind {
	const char *end, *class, *words;
} kinds[] = {
	{ NCB_FLAME_MODULE, "fg-m", "what is measured" },
	{ NCB_FLAME_KERNEL, "fg-k", "kernel" },
	{ "", "fg-u", "user space" },
};

static const struct kind *kind_of(const char *name, size_t *length)
{
	size_t n = strlen(name), i, end;

	for (i = 0; i < ARRAY_SIZE(kinds) - 1; i++) {
		end = strlen(kinds[i].end);
		if (n > end && !strcmp(name + n - end, kinds[i].end))
			break;
	}
	*length = n - strlen(kinds[i].end);
	return &kinds[i];
}

/**
 * struct drawing - a picture being drawn
 * @f: written to
 * @all: samples
 * @scale: pixels per sample
 * @bottom: y of the outermost frames' lower edge
 * @left_out: frames too narrow to be seen
 */
struct drawing {
	FILE *f;
	uint64_t all;
	double scale, bottom;
	size_t left_out;
};

static void draw_frame(struct drawing *d, const struct frame *f, uint64_t from, size_t depth)
{
	double x = SIDE + from * d->scale, width = f->total * d->scale;
	double y = d->bottom - (depth + 1) * FRAME;
	size_t length, letters = width > 6 ? (width - 6) / LETTER : 0, i;
	const struct kind *kind = kind_of(f->name, &length);

	if (width < LEAST) {
		d->left_out++;
		return;
	}
	fprintf(d->f, "<g><title>");
	put_text(d->f, f->name, length);
	fprintf(d->f, " (%s): %" PRIu64 " sample%s, %.2f %%; by itself %" PRIu64 "</title>"
		"<rect class=\"%s\" x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%.0f\"/>",
		kind->words, f->total, f->total == 1 ? "" : "s", 100.0 * f->total / d->all, f->self,
		kind->class, x, y, width, FRAME - 1);
	if (letters >= 3) {
		fprintf(d->f, "<text x=\"%.2f\" y=\"%.0f\">", x + 3, y + FRAME - 5);
		put_text(d->f, f->name, length <= letters ? length : letters - 2);
		fprintf(d->f, "%s</text>", length <= letters ? "" : "..");
	}
	fputs("</g>\n", d->f);
	for (i = 0; i < f->n; i++) {
		draw_frame(d, f->child[i], from, depth + 1);
		from += f->child[i]->total;
	}
}

static size_t depth_of(const struct frame *f)
{
	size_t most = 0, i;

	for (i = 0; i < f->n; i++) {
		size_t depth = 1 + depth_of(f->child[i]);

		most = depth > most ? depth : most;
	}
	return most;
}

/*
 * Its classes have names of their own: inside a page they are everybody's. There a
 * picture keeps its sheet of paper in the dark, as those of gnuplot do: it only has
 * its own dark colours where it is the whole document (svg:root).
 */
static const char style[] =
	".fg-bg{fill:#fff}.fg text,.fg-ink{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#15181c}"
	".fg-head{font-size:15px;font-weight:700}"
	".fg rect{stroke:#fff;stroke-width:.6}"
	".fg-m{fill:#f2a65a}.fg-k{fill:#a9c7ec}.fg-u{fill:#c9d6b8}\n"
	"@media (prefers-color-scheme:dark){"
	"svg:root .fg-bg{fill:#14161a}svg:root .fg text,svg:root .fg-ink{fill:#f1f3f5}"
	"svg:root .fg rect{stroke:#14161a}svg:root .fg-m{fill:#8f4e10}"
	"svg:root .fg-k{fill:#2a4f80}svg:root .fg-u{fill:#465a35}}\n";

static void put_key(FILE *f, double y)
{
	double x = SIDE;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		fprintf(f, "<g class=\"fg\"><rect class=\"%s\" x=\"%.0f\" y=\"%.0f\" width=\"14\" "
			"height=\"14\"/><text x=\"%.0f\" y=\"%.0f\">%s</text></g>\n", kinds[i].class, x,
			y - 11, x + 19, y, kinds[i].words);
		x += 19 + (strlen(kinds[i].words) + 3) * LETTER;
	}
}

/**
 * ncb_flamegraph - draw the chains
 * @s: them
 * @title: above
 * @note: below: what it is of, in one line
 * @f: gets the SVG: no scripts, readable on light and dark; the mouse over a frame
 *	shows its whole name and its share
 *
 * Return: 0, or -EIO where @f could not be written.
 */
int ncb_flamegraph(const struct ncb_stacks *s, const char *title, const char *note, FILE *f)
{
	size_t depth = depth_of(&s->root), i;
	double height = ABOVE + BELOW + (depth ? depth : 1) * FRAME;
	struct drawing d = { .f = f, .all = s->root.total, .bottom = height - BELOW };
	uint64_t from = 0;

	fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
		"height=\"%.0f\">\n<title>", NCB_FLAME_WIDTH, height, NCB_FLAME_WIDTH, height);
	put_text(f, title, SIZE_MAX);
	fprintf(f, "</title>\n<style>%s</style>\n<rect class=\"fg-bg\" width=\"100%%\" height=\"100%%\"/>\n"
		"<text class=\"fg-ink fg-head\" x=\"%.0f\" y=\"20\">", style, SIDE);
	put_text(f, title, SIZE_MAX);
	fputs("</text>\n", f);
	put_key(f, 39);
	fputs("<g class=\"fg\">\n", f);
	if (d.all) {
		d.scale = (NCB_FLAME_WIDTH - 2 * SIDE) / d.all;
		for (i = 0; i < s->root.n; i++) {
			draw_frame(&d, s->root.child[i], from, 0);
			from += s->root.child[i]->total;
		}
	}
	fprintf(f, "</g>\n<text class=\"fg-ink\" x=\"%.0f\" y=\"%.0f\">", SIDE, height - 12);
	put_text(f, note, SIZE_MAX);
	if (d.left_out)
		fprintf(f, "; %zu frame%s narrower than %.1f px not drawn", d.left_out,
			d.left_out == 1 ? "" : "s", LEAST);
	fputs("</text>\n</svg>\n", f);
	return ferror(f) ? -EIO : 0;
}
