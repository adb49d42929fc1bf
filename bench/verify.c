// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a pasted report say what the raw data say?
 *
 * The report is computed anew and turned into lines of words: rows of tables
 * with what names them, and items. Lines of the pasted text are looked up among
 * them by their first words and compared word by word. A table row is named by
 * as many leading columns as it takes for all rows of the table to differ. What
 * is none of them, but nearly a line as it is printed, was changed: headings have
 * no figures, and say in which unit the figures are. And what speaks against the
 * figures has to be quoted with them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "report_compare.h"
#include "verify.h"

#define TITLE_PART	40	/* characters of a title that are enough where it was cut */
#define LEAST_WORDS	3	/* of a line that another one can be near to */
#define COMMAND_WORDS	100	/* of a command at most */
#define NEAR_WORDS	2	/* that a near line has otherwise at most, and less than half */
#define LONG_WORD	30	/* characters: it may not fit into a line */
#define FEW_WORDS	4	/* of an item, that are enough to know a line by */

struct words {
	char **word;
	size_t n;
};

/**
 * struct row - a row of a table
 * @table: it
 * @words: of all cells that are not empty
 * @column: of each word
 * @key: how many words name it
 */
struct row {
	const struct ncb_table *table;
	struct words words;
	unsigned int *column;
	size_t key;
};

/**
 * struct item - a line "name: text" with those that continue it
 * @name: words of its name
 * @words: of the text, with the mark
 * @whole: a part of it is not enough
 */
struct item {
	struct words name, words;
	bool whole;
};

/* A line of the pasted text, without quoting. */
struct line {
	const char *start;	/* for messages */
	struct words words;
	size_t indent;
	bool wide;		/* two spaces or a colon end its first words: an item's name */
	bool spaced;		/* by two spaces: as it is printed, which prose is not */
	size_t name_words;
};

struct verifier {
	struct row *row;
	size_t rows;
	struct item *item;
	size_t items;
	const struct ncb_report *report;
	struct words *printed;	/* lines as they are printed */
	size_t printed_lines;
	struct line *line;
	size_t lines;
	const char *title;	/* of the table that the text is in; NULL: not known */
	bool in_table;
	FILE *out;
	struct ncb_verified *found;
};

/* -- words -- */

static void add_word(struct words *w, const char *text, size_t n)
{
	char *word;

	/* Between what both views say and what only the full one adds. */
	if (n > 1 && text[n - 1] == ';')
		n--;
	word = ncb_alloc(n + 1, 1);
	memcpy(word, text, n);
	w->word = ncb_grow(w->word, w->n + 1, sizeof(*w->word));
	w->word[w->n++] = word;
}

static void split(struct words *w, const char *text)
{
	size_t n;

	for (text += strspn(text, " \t"); *text; text += n, text += strspn(text, " \t")) {
		n = strcspn(text, " \t");
		add_word(w, text, n);
	}
}

static void free_words(struct words *w)
{
	while (w->n)
		free(w->word[--w->n]);
	free(w->word);
	w->word = NULL;
}

/* How many words are the same from @from on. */
static size_t common(const struct words *a, size_t from, const struct words *b)
{
	size_t i;

	for (i = 0; from + i < a->n && i < b->n && !strcmp(a->word[from + i], b->word[i]); i++)
		;
	return i;
}

static bool has_digit(const char *text)
{
	return text[strcspn(text, "0123456789")];
}

static size_t count_figures(const struct words *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->n; i++)
		n += has_digit(w->word[i]);
	return n;
}

static char *joined(const struct words *w)
{
	char *all = ncb_copy(""), *longer;
	size_t i;

	for (i = 0; i < w->n; i++) {
		longer = ncb_format("%s%s%s", all, i ? " " : "", w->word[i]);
		free(all);
		all = longer;
	}
	return all;
}

/* -- what is computed -- */

/* Leading columns by which all rows of a table differ. */
static unsigned int key_columns(const struct ncb_table *t)
{
	unsigned int columns, c;
	size_t i, k;

	for (columns = 1; columns < t->columns; columns++) {
		bool unique = true;

		for (i = 0; i < t->rows && unique; i++) {
			for (k = 0; k < i && unique; k++) {
				for (c = 0; c < columns; c++)
					if (strcmp(t->cell[i * t->columns + c],
						   t->cell[k * t->columns + c]))
						break;
				unique = c < columns;
			}
		}
		if (unique)
			break;
	}
	return columns;
}

static void add_table(struct verifier *v, const struct ncb_table *t)
{
	unsigned int keys = key_columns(t), c;
	size_t i, before;

	for (i = 0; i < t->rows; i++) {
		struct row row = { .table = t };

		for (c = 0; c < t->columns; c++) {
			before = row.words.n;
			split(&row.words, t->cell[i * t->columns + c]);
			row.column = ncb_grow(row.column, row.words.n + 1, sizeof(*row.column));
			for (; before < row.words.n; before++)
				row.column[before] = c;
			if (c < keys)
				row.key = row.words.n;
		}
		v->row = ncb_grow(v->row, v->rows + 1, sizeof(*v->row));
		v->row[v->rows++] = row;
	}
}

static void add_items(struct verifier *v, const struct ncb_items *items, bool marked)
{
	static const char *const marks[] = { "", "[ok]", "[BAD]" };
	size_t i;

	for (i = 0; i < items->n; i++) {
		const struct ncb_item *item = &items->item[i];
		struct item *to;

		if (*item->name || !i) {
			v->item = ncb_grow(v->item, v->items + 1, sizeof(*v->item));
			to = &v->item[v->items++];
			memset(to, 0, sizeof(*to));
			split(&to->name, item->name);
		}
		to = &v->item[v->items - 1];
		if (marked)
			split(&to->words, marks[item->mark]);
		split(&to->words, item->text);
		if (item->more)
			split(&to->words, item->more);
	}
}

/* A line without a name. */
static void add_text(struct verifier *v, const char *text)
{
	struct item item = { 0 };

	if (!text)
		return;
	split(&item.words, text);
	v->item = ncb_grow(v->item, v->items + 1, sizeof(*v->item));
	v->item[v->items++] = item;
}

/* Lines as they are printed. */
static void add_printed(struct verifier *v, const struct ncb_report *report, bool full)
{
	char *text = NULL, *line, *save;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();	/* as all of util.c does where there is no memory */
	ncb_report_put_text(report, f, full);
	fclose(f);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		v->printed = ncb_grow(v->printed, v->printed_lines + 1, sizeof(*v->printed));
		v->printed[v->printed_lines] = (struct words) { 0 };
		split(&v->printed[v->printed_lines++], line);
	}
	free(text);
}

/* The last word of what one quotes for a shell, and that begins with word @i. */
static size_t quote_end(const struct words *w, size_t i)
{
	size_t end = i, n = strlen(w->word[i]);

	if (*w->word[i] != '\'' || (n > 1 && w->word[i][n - 1] == '\''))
		return i;
	while (end + 1 < w->n) {
		n = strlen(w->word[++end]);
		if (w->word[end][n - 1] == '\'')
			break;
	}
	return end;
}

/* The sides of a comparison may be named otherwise where it is made again. */
static void forget_sides(struct words *w)
{
	size_t side, end, i;

	if (w->n < 4 || strcmp(w->word[0], "ncbench") || strcmp(w->word[1], "compare"))
		return;
	for (side = 2; side < 4 && side < w->n; side++) {
		end = quote_end(w, side);
		for (i = side; i <= end; i++)
			free(w->word[i]);
		w->word[side] = ncb_copy("...");
		memmove(&w->word[side + 1], &w->word[end + 1],
			(w->n - end - 1) * sizeof(*w->word));
		w->n -= end - side;
	}
}

static void add_report(struct verifier *v, const struct ncb_report *report)
{
	size_t before;

	add_items(v, &report->warnings, false);
	add_items(v, &report->head, false);
	add_items(v, &report->summary, true);
	add_items(v, &report->legend, true);
	add_items(v, &report->memory, true);
	add_items(v, &report->behaviour, true);
	add_items(v, &report->trust, true);
	add_items(v, &report->missing, true);
	add_items(v, &report->env, true);
	before = v->items;
	add_items(v, &report->reproduce, true);
	for (; before < v->items; before++) {
		v->item[before].whole = true;
		forget_sides(&v->item[before].words);
	}
	add_text(v, report->hint);
	add_printed(v, report, false);
}

/* -- what was pasted -- */

/* Behind any "> > " and "| ". */
static const char *unquoted(const char *line)
{
	const char *p = line;

	for (;;) {
		const char *next = p + strspn(p, " \t");

		if (*next != '>' && *next != '|')
			return p;
		p = next + 1;
		if (*p == ' ')
			p++;
	}
}

static void add_line(struct verifier *v, const char *text)
{
	struct line line = { .start = unquoted(text) };
	const char *p = line.start + strspn(line.start, " \t"), *gap;

	line.indent = p - line.start;
	split(&line.words, p);
	gap = strstr(p, "  ");
	line.spaced = gap;
	if (!gap)
		gap = strstr(p, ": ");
	if (gap) {
		struct words name = { 0 };
		char *first = ncb_copy(p);

		first[gap - p] = '\0';
		split(&name, first);
		line.wide = true;
		line.name_words = name.n;
		free_words(&name);
		free(first);
	}
	v->line = ncb_grow(v->line, v->lines + 1, sizeof(*v->line));
	v->line[v->lines++] = line;
}

/* @text is cut into lines. */
static void add_lines(struct verifier *v, char *text)
{
	char *end;

	for (; text; text = end) {
		end = strchr(text, '\n');
		if (end)
			*end++ = '\0';
		text[strcspn(text, "\r")] = '\0';
		add_line(v, text);
	}
}

/* -- lines of tables -- */

/* How many lines from @at on have the words @want, and no others; 0: they have not. */
static size_t lines_of(const struct verifier *v, size_t at, const struct words *want)
{
	size_t i, n, done = 0;

	for (i = at; i < v->lines && done < want->n; i++, done += n) {
		n = v->line[i].words.n;
		if (!n || common(want, done, &v->line[i].words) != n)
			return 0;
	}
	return want->n && done == want->n ? i - at : 0;
}

/* The words above a table: of those columns that are printed. */
static size_t check_head(const struct verifier *v, size_t at)
{
	size_t t, used = 0;
	unsigned int c;

	for (t = 0; t < v->report->tables && !used; t++) {
		const struct ncb_table *table = &v->report->table[t];
		struct words head = { 0 };

		for (c = 0; c < table->columns; c++)
			if (ncb_table_uses(table, c))
				split(&head, table->head[c]);
		used = lines_of(v, at, &head);
		free_words(&head);
	}
	return used;
}

/* The title of a table, or of its beginning where it was cut; *@used lines. */
static const char *find_title(const struct verifier *v, size_t at, size_t *used)
{
	char *text = joined(&v->line[at].words);
	bool cut = at + 1 >= v->lines || !v->line[at + 1].words.n || check_head(v, at + 1);
	const char *found = NULL;
	size_t i, n = strlen(text);

	for (i = 0; i < v->report->tables && !found && n; i++) {
		const char *title = v->report->table[i].title;
		struct words words = { 0 };

		split(&words, title);
		*used = lines_of(v, at, &words);
		free_words(&words);
		if (!*used && cut && n >= TITLE_PART && !strncmp(title, text, n))
			*used = 1;
		if (*used)
			found = title;
	}
	free(text);
	return found;
}

/* Of the rows that a line may be, the one with the longest name; below a title only its own. */
static size_t name_length(const struct verifier *v, const struct line *line, const char *title)
{
	size_t i, best = 0;

	for (i = 0; i < v->rows; i++) {
		const struct row *r = &v->row[i];

		if (title && strcmp(r->table->title, title))
			continue;
		if (r->key > best && line->words.n > r->key &&
		    common(&line->words, 0, &r->words) >= r->key)
			best = r->key;
	}
	return best;
}

/* The words of a line, and of those below that a mail's wrapping made of it. */
static struct words unwrapped(const struct verifier *v, size_t at, size_t want, size_t *used)
{
	struct words all = { 0 };
	size_t i, k, title;

	for (*used = 0, i = at; i < v->lines; i++, ++*used) {
		const struct line *l = &v->line[i];

		if (i > at && (!l->words.n || all.n + l->words.n > want ||
			       name_length(v, l, NULL) || find_title(v, i, &title)))
			break;
		for (k = 0; k < l->words.n; k++)
			add_word(&all, l->words.word[k], strlen(l->words.word[k]));
	}
	return all;
}

/*
 * A row of a table that is too wide: its first cell stands alone, the others below it and
 * indented. Takes the words of all of them; returns how many lines, 0 where it is none.
 */
static size_t stacked(const struct verifier *v, size_t at, const struct row *r, struct words *all)
{
	const struct line *l = &v->line[at];
	size_t i, k, first = 0;

	while (first < r->words.n && !r->column[first])
		first++;
	if (!first || first == r->words.n || l->words.n != first ||
	    common(&l->words, 0, &r->words) != first)
		return 0;
	for (i = at; i < v->lines && v->line[i].words.n && all->n < r->words.n; i++) {
		if (i > at && v->line[i].indent <= l->indent)
			break;
		for (k = 0; k < v->line[i].words.n; k++)
			add_word(all, v->line[i].words.word[k], strlen(v->line[i].words.word[k]));
	}
	return i - at;
}

static void tell(struct verifier *v, const char *verdict, const struct words *w)
{
	char *text = joined(w);

	fprintf(v->out, "%-8s %s\n", verdict, text);
	free(text);
}

/* What of a row is printed otherwise. */
static void explain_row(struct verifier *v, const struct row *row, const struct words *w)
{
	size_t i, n = w->n > row->words.n ? w->n : row->words.n;
	char *computed;

	if (w->n == row->words.n) {
		for (i = 0; i < n; i++)
			if (strcmp(w->word[i], row->words.word[i]))
				fprintf(v->out, "         '%s': printed %s, computed %s\n",
					row->table->head[row->column[i]], w->word[i],
					row->words.word[i]);
		return;
	}
	computed = joined(&row->words);
	fprintf(v->out, "         %zu words, computed %zu: %s\n", w->n, row->words.n, computed);
	free(computed);
}

/* The same of a row that is stacked: of the table whose title stands above it. */
static size_t check_stacked(struct verifier *v, size_t at)
{
	const struct row *closest = NULL;
	struct words found = { 0 };
	size_t i, used = 0;

	for (i = 0; i < v->rows && v->title; i++) {
		const struct row *r = &v->row[i];
		struct words w = { 0 };
		size_t lines = strcmp(r->table->title, v->title) ? 0 : stacked(v, at, r, &w);

		/* More than one may have that name. */
		if (lines > 1 && (!closest || common(&w, 0, &r->words) >
				  common(&found, 0, &closest->words))) {
			free_words(&found);
			found = w;
			closest = r;
			used = lines;
		} else {
			free_words(&w);
		}
	}
	if (!closest)
		return 0;
	if (found.n == closest->words.n && common(&found, 0, &closest->words) == found.n) {
		tell(v, "ok", &found);
		v->found->hold++;
		v->found->figures += found.n - 1;
	} else {
		tell(v, "DIFFERS", &found);
		explain_row(v, closest, &found);
		v->found->differ++;
		v->found->figures++;
	}
	free_words(&found);
	return used;
}

/* A row of a table; returns how many lines it took, 0 where it is none. */
static size_t check_row(struct verifier *v, size_t at)
{
	const struct line *line = &v->line[at];
	const char *title = v->title;
	size_t key = title ? name_length(v, line, title) : 0, i, used, taken = 0, rivals = 0;
	const struct row *closest = NULL;
	struct words w;

	if (!key) {
		title = NULL;
		key = name_length(v, line, NULL);
	}
	if (!key)
		return 0;
	for (i = 0; i < v->rows; i++) {
		const struct row *r = &v->row[i];

		if (r->key != key || (title && strcmp(r->table->title, title)) ||
		    common(&line->words, 0, &r->words) < key)
			continue;
		w = unwrapped(v, at, r->words.n, &used);
		if (w.n == r->words.n && common(&w, 0, &r->words) == w.n) {
			tell(v, "ok", &w);
			v->found->hold++;
			v->found->figures += r->words.n - key;
			free_words(&w);
			return used;
		}
		rivals++;
		if (!closest || common(&w, 0, &r->words) > common(&w, 0, &closest->words)) {
			closest = r;
			taken = used;
		}
		free_words(&w);
	}
	/* Prose may begin with a word that names a row: a row has figures. */
	if (count_figures(&line->words) < 2 && !v->in_table)
		return 0;
	w = unwrapped(v, at, closest->words.n, &used);
	tell(v, "DIFFERS", &w);
	if (rivals > 1)
		fprintf(v->out, "         from all of %zu tables that have such a row\n", rivals);
	explain_row(v, closest, &w);
	free_words(&w);
	v->found->differ++;
	v->found->figures++;
	return taken;
}

/* -- items -- */

/* A name as tsc_constant or CONFIG_KCOV: no prose begins with one. */
static bool is_key(const struct words *name)
{
	return name->n && strchr(name->word[0], '_');
}

static const struct item *find_item(const struct verifier *v, const struct line *line)
{
	size_t i;

	for (i = 0; i < v->items; i++) {
		const struct words *name = &v->item[i].name, *text = &v->item[i].words;
		bool wide = line->wide && name->n == line->name_words;
		char *last;
		size_t n, colon;

		/* Where white space no longer tells, the first word of the text has to. */
		if (!name->n || (!wide && !is_key(name) && (line->words.n <= name->n || !text->n ||
					   strcmp(line->words.word[name->n], text->word[0]))))
			continue;
		if (line->words.n < name->n)
			continue;
		n = common(&line->words, 0, name);
		if (n == name->n)
			return &v->item[i];
		/* "a longer name: text" */
		last = line->words.word[name->n - 1];
		colon = strlen(name->word[name->n - 1]);
		if (n == name->n - 1 && !strncmp(last, name->word[n], colon) &&
		    !strcmp(last + colon, ":"))
			return &v->item[i];
	}
	return NULL;
}

static bool same_name(const struct item *a, const struct item *b)
{
	return a->name.n == b->name.n && common(&a->name, 0, &b->name) == a->name.n;
}

/* Whether a word that fills a line goes on with @next: an item has one that begins so. */
static bool is_broken(const struct verifier *v, const char *word, const char *next)
{
	size_t i, k, n = strlen(word), m = strlen(next);

	for (i = 0; i < v->items && n >= LONG_WORD; i++) {
		const struct words *w = &v->item[i].words;

		for (k = 0; k < w->n; k++)
			if (strlen(w->word[k]) >= n + m && !strncmp(w->word[k], word, n) &&
			    !strncmp(w->word[k] + n, next, m))
				return true;
	}
	return false;
}

/* The first word of a line behind those of the lines above. */
static void go_on(const struct verifier *v, struct words *w, const char *next)
{
	char *whole;

	if (!w->n || !is_broken(v, w->word[w->n - 1], next)) {
		add_word(w, next, strlen(next));
		return;
	}
	whole = ncb_format("%s%s", w->word[w->n - 1], next);
	free(w->word[w->n - 1]);
	w->word[w->n - 1] = whole;
}

/* An item and the lines that continue it; a part of it, from its beginning, holds too. */
static size_t check_item(struct verifier *v, size_t at)
{
	const struct line *line = &v->line[at];
	const struct item *item = find_item(v, line), *closest = item;
	struct words w = { 0 };
	size_t i, k, used, best = 0, match;

	if (!item)
		return 0;
	for (used = 0; at + used < v->lines; used++) {
		const struct line *l = &v->line[at + used];

		if (used && (!l->words.n || l->indent < FEW_WORDS || find_item(v, l)))
			break;
		if (used)
			go_on(v, &w, l->words.word[0]);
		for (k = used ? 1 : item->name.n; k < l->words.n; k++)
			add_word(&w, l->words.word[k], strlen(l->words.word[k]));
	}
	if (item->whole)
		forget_sides(&w);
	for (i = 0; i < v->items; i++) {
		if (!same_name(&v->item[i], item))
			continue;
		match = common(&w, 0, &v->item[i].words);
		if (match >= best) {
			best = match;
			closest = &v->item[i];
		}
	}
	if (best == w.n && (!closest->whole || best == closest->words.n)) {
		tell(v, "ok", &line->words);
		v->found->hold++;
	} else if (!best && !count_figures(&w) && !line->spaced && !is_key(&item->name)) {
		used = 0;	/* prose that begins as an item does */
	} else {
		tell(v, "DIFFERS", &line->words);
		fprintf(v->out, "         behind '%s': printed '%s', computed '%s'\n",
			best ? w.word[best - 1] : line->words.word[item->name.n - 1],
			best < w.n ? w.word[best] : "", best < closest->words.n ? closest->words.word[best] : "");
		v->found->differ++;
	}
	free_words(&w);
	return used;
}

/* A part of any item, where white space no longer tells. */
static bool is_part(const struct verifier *v, const struct words *w)
{
	size_t i, from;

	for (i = 0; i < v->items && w->n >= FEW_WORDS; i++)
		for (from = 0; from + w->n <= v->item[i].words.n; from++)
			if (common(&v->item[i].words, from, w) == w->n)
				return true;
	return false;
}

/* -- all of it -- */

/* How many words have to be changed, added or left out to make one line of the other. */
static size_t count_edits(const struct words *a, const struct words *b)
{
	size_t *to = ncb_alloc(b->n + 1, sizeof(*to)), i, k, before, left;

	for (k = 0; k <= b->n; k++)
		to[k] = k;
	for (i = 0; i < a->n; i++) {
		before = to[0]++;
		for (k = 0; k < b->n; k++) {
			left = to[k + 1];
			to[k + 1] = before + !!strcmp(a->word[i], b->word[k]);
			if (left + 1 < to[k + 1])
				to[k + 1] = left + 1;
			if (to[k] + 1 < to[k + 1])
				to[k + 1] = to[k] + 1;
			before = left;
		}
	}
	i = to[b->n];
	free(to);
	return i;
}

/* The printed line that @w is, or nearly is: *@edits words; NULL: none. */
static const struct words *find_printed(const struct verifier *v, const struct words *w,
					size_t *edits)
{
	const struct words *found = NULL;
	size_t i, n, longer;

	*edits = NEAR_WORDS + 1;
	for (i = 0; i < v->printed_lines && w->n >= LEAST_WORDS; i++) {
		const struct words *p = &v->printed[i];

		longer = p->n > w->n ? p->n : w->n;
		if (longer > w->n + NEAR_WORDS || w->n > p->n + NEAR_WORDS)
			continue;
		n = count_edits(p, w);
		if (n >= *edits || n * 2 >= longer)
			continue;
		*edits = n;
		found = p;
	}
	return found;
}

/* A line that is neither of a table nor begins an item. */
static void check_other(struct verifier *v, const struct words *w)
{
	size_t edits;
	const struct words *printed = find_printed(v, w, &edits);
	char *text;

	if ((printed && !edits) || is_part(v, w)) {
		if (!count_figures(w))
			return;
		tell(v, "ok", w);
		v->found->hold++;
	} else if (printed) {
		tell(v, "DIFFERS", w);
		text = joined(printed);
		fprintf(v->out, "         computed: %s\n", text);
		free(text);
		v->found->differ++;
	} else if (count_figures(w)) {
		tell(v, "?", w);
		v->found->unplaced++;
	}
}

static size_t check_line(struct verifier *v, size_t at)
{
	const struct words *w = &v->line[at].words;
	const char *title;
	size_t used;

	if (!w->n) {
		v->in_table = false;
		return 1;
	}
	title = find_title(v, at, &used);
	if (title) {
		v->title = title;
		return used;
	}
	used = check_head(v, at);
	if (!used)
		used = check_stacked(v, at);
	if (!used)
		used = check_row(v, at);
	if (used) {
		v->in_table = true;
		return used;
	}
	if (v->in_table && count_figures(w) >= 2) {
		tell(v, "DIFFERS", w);
		fprintf(v->out, "         no table has such a row\n");
		v->found->differ++;
		return 1;
	}
	v->in_table = false;
	used = check_item(v, at);
	if (used)
		return used;
	check_other(v, w);
	return 1;
}

/* -- what is not there -- */

static bool is_name(const char *word, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(word, name, n) && (!word[n] || !strcmp(word + n, ":"));
}

/* Whether the text says that, however its lines are broken. */
static bool says(const struct verifier *v, const char *name, const char *text)
{
	struct words want = { 0 }, all = { 0 };
	size_t i, k, names;
	bool found = false;

	split(&want, name);
	names = want.n;
	split(&want, text);
	for (i = 0; i < v->lines; i++)
		for (k = 0; k < v->line[i].words.n; k++)
			add_word(&all, v->line[i].words.word[k], strlen(v->line[i].words.word[k]));
	for (i = 0; i + want.n <= all.n && !found; i++) {
		for (k = 0; k < want.n; k++)
			if (k < names ? !is_name(all.word[i + k], want.word[k]) :
					strcmp(all.word[i + k], want.word[k]))
				break;
		found = k == want.n;
	}
	free_words(&want);
	free_words(&all);
	return found;
}

/* What forbids quoting the figures stands beside them, or they are quoted as if nothing did. */
static void check_warnings(struct verifier *v)
{
	const struct ncb_items *w = &v->report->warnings;
	size_t i;

	for (i = 0; i < w->n && v->found->hold + v->found->differ; i++) {
		if (w->item[i].mark != NCB_MARK_BAD || says(v, w->item[i].name, w->item[i].text))
			continue;
		fprintf(v->out, "%-8s %s: %s\n", "MISSING", w->item[i].name, w->item[i].text);
		v->found->missing++;
	}
}

/**
 * ncb_verify - hold a pasted text against what is computed
 * @report: computed, with all tables
 * @text: pasted
 * @out: a line for each line that is recognised, or has a figure
 * @found: gets the counts
 */
void ncb_verify(const struct ncb_report *report, const char *text, FILE *out,
		struct ncb_verified *found)
{
	struct verifier v = { .report = report, .out = out, .found = found };
	struct ncb_report *view = ncb_mail_view(report);
	char *own = ncb_copy(text);
	size_t i;

	memset(found, 0, sizeof(*found));
	for (i = 0; i < report->tables; i++)
		add_table(&v, &report->table[i]);
	add_report(&v, report);
	add_report(&v, view);
	add_printed(&v, report, true);
	add_lines(&v, own);
	for (i = 0; i < v.lines;)
		i += check_line(&v, i);
	check_warnings(&v);
	for (i = 0; i < v.rows; i++) {
		free_words(&v.row[i].words);
		free(v.row[i].column);
	}
	for (i = 0; i < v.items; i++) {
		free_words(&v.item[i].name);
		free_words(&v.item[i].words);
	}
	for (i = 0; i < v.lines; i++)
		free_words(&v.line[i].words);
	for (i = 0; i < v.printed_lines; i++)
		free_words(&v.printed[i]);
	free(v.printed);
	free(v.row);
	free(v.item);
	free(v.line);
	free(own);
	ncb_mail_view_free(view);
}

static bool ends_with(const char *word, const char *end)
{
	size_t n = strlen(word), m = strlen(end);

	return n >= m && !strcmp(word + n - m, end);
}

/* Whether word @i is the second one of "ncbench compare". */
static bool is_compare(const struct words *w, size_t i)
{
	return i && !strcmp(w->word[i], "compare") &&
	       (ends_with(w->word[i - 1], "ncbench") || !strcmp(w->word[i - 1], "make"));
}

/**
 * ncb_verify_command - the command of a comparison that a pasted text has
 * @text: pasted
 *
 * Return: what stands behind "ncbench compare" or "make compare" up to the end
 * of the paragraph, words with a space between them; of several the last one;
 * malloc'd. NULL: it has none.
 */
char *ncb_verify_command(const char *text)
{
	struct verifier v = { 0 };
	struct words found = { 0 };
	char *own = ncb_copy(text), *command;
	bool inside = false;
	size_t i, k;

	add_lines(&v, own);
	for (i = 0; i < v.lines; i++) {
		const struct words *w = &v.line[i].words;

		inside &= !!w->n;
		for (k = 0; k < w->n; k++) {
			if (is_compare(w, k)) {
				free_words(&found);
				inside = true;
			} else if (inside && found.n < COMMAND_WORDS) {
				add_word(&found, w->word[k], strlen(w->word[k]));
			}
		}
		free_words(&v.line[i].words);
	}
	command = found.n ? joined(&found) : NULL;
	free_words(&found);
	free(v.line);
	free(own);
	return command;
}
