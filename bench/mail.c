// SPDX-License-Identifier: GPL-2.0-only
/* A report as one pastes it below a patch. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "report_compare.h"

/* What a reader of the list does not need to judge the rows. Other lines stay. */
static const char *const left_out[] = {
	"cmdline", "revision", "compiler", "target", "guest", "kernel has", "config", "measured",
	"this run",
};

static bool is_left_out(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(left_out); i++)
		if (!strcmp(left_out[i], name))
			return true;
	return false;
}

/* Items that stay, with those that continue them; texts still belong to @items. */
static struct ncb_items keep(const struct ncb_items *items)
{
	struct ncb_items out = { 0 };
	bool kept = true;
	size_t i;

	for (i = 0; i < items->n; i++) {
		if (*items->item[i].name)
			kept = !is_left_out(items->item[i].name);
		if (!kept)
			continue;
		out.item = ncb_grow(out.item, out.n + 1, sizeof(*out.item));
		out.item[out.n++] = items->item[i];
	}
	return out;
}

/* Up to the first semicolon that is in no brackets. */
static size_t first_clause(const char *text)
{
	size_t i;
	int depth = 0;

	for (i = 0; text[i]; i++) {
		depth += (text[i] == '(') - (text[i] == ')');
		if (text[i] == ';' && depth <= 0)
			break;
	}
	return i;
}

/* Whether a line lists what passed already: such a report has chosen what is short. */
static bool has_passed_line(const struct ncb_items *trust)
{
	size_t i;

	for (i = 0; i < trust->n; i++)
		if (!strcmp(trust->item[i].name, NCB_PASSED))
			return true;
	return false;
}

/*
 * What passed by name, what failed in full, the rest in its first clause; of two kernels what
 * the short view has.
 */
static struct ncb_items condense(const struct ncb_items *trust)
{
	bool short_only = has_passed_line(trust);
	struct ncb_items out = { 0 };
	char *passed = NULL, *longer;
	size_t i;

	for (i = 0; i < trust->n; i++) {
		const struct ncb_item *t = &trust->item[i];

		if (t->mark != NCB_MARK_OK || !*t->name || !strcmp(t->name, NCB_PASSED))
			continue;
		longer = passed ? ncb_format("%s, %s", passed, t->name) : ncb_copy(t->name);
		free(passed);
		passed = longer;
	}
	if (passed)
		ncb_items_add(&out, NCB_PASSED, NCB_MARK_OK, passed);
	for (i = 0; i < trust->n; i++) {
		const struct ncb_item *t = &trust->item[i];
		char *text;

		if (t->mark == NCB_MARK_OK || (!*t->name && t->mark == NCB_MARK_NONE) ||
		    !strcmp(t->name, "how"))
			continue;
		if (short_only && t->full && t->mark != NCB_MARK_BAD)
			continue;
		text = ncb_copy(t->text);
		if (t->mark == NCB_MARK_NONE)
			text[first_clause(text)] = '\0';
		ncb_items_add(&out, t->name, t->mark, text);
	}
	return out;
}

static char *git_config(const char *key)
{
	const char *argv[] = { "git", "config", key, NULL };
	char *value = ncb_have_command("git") ? ncb_command_output(argv) : NULL;

	if (!value || !*value)
		ncb_error("--tested-by: git does not know %s: 'git config --global %s ...' tells it",
			  key,
			  key);
	return value;
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return false;
	return true;
}

/* "Tested-by: Name <address>"; NULL with a message. malloc'd. */
static char *trailer(void)
{
	char *name = git_config("user.name"), *out = NULL;
	char *address = name && *name ? git_config("user.email") : NULL;

	if (address && *address && is_printable(name) && is_printable(address))
		out = ncb_format("Tested-by: %s <%s>", name, address);
	free(name);
	free(address);
	return out;
}

/**
 * ncb_mail_view - what of a report goes into a mail
 * @report: has to stay; most texts are its own
 *
 * Return: to be given to ncb_mail_view_free().
 */
struct ncb_report *ncb_mail_view(const struct ncb_report *report)
{
	struct ncb_report *view = ncb_alloc(1, sizeof(*view));

	*view = *report;
	view->head = keep(&report->head);
	view->reproduce = keep(&report->reproduce);
	view->trust = condense(&report->trust);
	view->legend = view->missing = view->env = (struct ncb_items) { 0 };
	view->hint = NULL;
	return view;
}

/** ncb_mail_view_free - the reverse; the report itself stays */
void ncb_mail_view_free(struct ncb_report *view)
{
	size_t i;

	free(view->head.item);
	free(view->reproduce.item);
	for (i = 0; i < view->trust.n; i++)
		free(view->trust.item[i].text);
	free(view->trust.item);
	free(view);
}

/**
 * ncb_mail - a report for a mail
 * @report: of a run, or of a comparison
 * @tested_by: end with a trailer
 * @f: written to
 *
 * Return: 0; -ENOENT where git does not know who tests, -EIO where @f could not
 * be written.
 */
int ncb_mail(const struct ncb_report *report, bool tested_by, FILE *f)
{
	char *last = tested_by ? trailer() : NULL;
	struct ncb_report *view;
	int err;

	if (tested_by && !last)
		return -ENOENT;
	view = ncb_mail_view(report);
	err = ncb_report_put_text(view, f, false);
	ncb_mail_view_free(view);
	if (last)
		fprintf(f, "\n%s\n", last);
	free(last);
	return err ? err : ferror(f) ? -EIO : 0;
}
