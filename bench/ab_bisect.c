// SPDX-License-Identifier: GPL-2.0-only
/*
 * ncbench ab --bisect: git bisect, driven by what a row costs. A commit is bad where
 * its cost is nearer to the bad end's than to the good end's; one that cannot be built
 * or booted is skipped. The user's repository is read only: the bisection has one of its
 * own, which borrows its objects.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ab_run.h"
#include "command.h"
#include "kbuild/git.h"
#include "plan.h"

/**
 * struct boots - the boots of one kernel
 * @run, @stats: of each
 * @n: how many
 */
struct boots {
	struct ncb_rundata *run;
	struct ncb_stats **stats;
	size_t n;
};

/**
 * struct bisection - one that is under way
 * @o, @w: of the command
 * @way: which metric it goes by
 * @repository: its own
 * @good, @bad: boots of the two ends
 * @whole: change from good to bad, a share
 * @log: what it has said so far
 * @steps: kernels measured between the ends
 */
struct bisection {
	struct ncb_ab_options *o;
	struct ncb_ab_work *w;
	int way;
	char *repository;
	struct boots good, bad;
	double whole;
	char *log;
	unsigned int steps;
};

static void free_boots(struct boots *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		ncb_stats_free(b->stats[i]);
		ncb_rundata_free(&b->run[i]);
	}
	free(b->run);
	free(b->stats);
	memset(b, 0, sizeof(*b));
}

static void say(struct bisection *b, char *line)
{
	char *longer = ncb_format("%s%s\n", b->log, line);

	ncb_say("%s", line);
	free(b->log);
	free(line);
	b->log = longer;
}

/* What git printed, malloc'd; NULL where it failed. */
static char *git(const char *repository, const char *a, const char *b, const char *c, const char *d)
{
	const char *words[] = { a, b, c, d, NULL };

	return ncb_git_in(repository, words);
}

static char *commit_of(const char *repository, const char *revision)
{
	char *name = ncb_format("%s^{commit}", revision);
	char *hash = git(repository, "rev-parse", "--verify", "--quiet", name);

	free(name);
	return hash;
}

static char *title_of(const struct bisection *b, const char *commit)
{
	char *title = git(b->repository, "log", "-1", "--format=%h (%s)", commit);

	return title ? title : ncb_copy(commit);
}

/* -- measuring -- */

static int measure(struct bisection *b, const char *commit, struct boots *out)
{
	struct ncb_ab_side side = { .label = "the kernel", .spec = commit };
	uint32_t boots = b->way == NCB_WAY_INSN ? 1 : b->o->boots, i;
	int err = ncb_ab_open(b->w, &side);

	if (!err)
		err = ncb_ab_build_all(b->w, &side, 1);
	out->run = ncb_alloc(boots, sizeof(*out->run));
	out->stats = ncb_alloc(boots, sizeof(*out->stats));
	for (i = 0; i < boots && !err; i++) {
		err = ncb_ab_boot(b->w, &side, b->way, i % b->o->links, "bisect", &out->run[i]);
		if (err)
			ncb_rundata_free(&out->run[i]);
		else
			out->stats[out->n++] = ncb_stats_new(&out->run[i]);
	}
	ncb_ab_close(&side);
	return err;
}

/* Change of the row against the good end, a share; NaN: it is not there. @cost gets what it costs. */
static double change(const struct bisection *b, const struct boots *of, double *cost)
{
	struct ncb_side old = { "good", b->good.stats, b->good.n };
	struct ncb_side new = { "this", of->stats, of->n };
	struct ncb_comparison *c = ncb_compare_runs(&old, &new, NCB_AB_ARM, NULL);
	double share = NAN;

	if (c->pairs == 1 && c->pair[0].change.ci.valid) {
		share = c->pair[0].change.ci.value;
		*cost = c->pair[0].new_cost.value;
	}
	ncb_comparison_free(c);
	return share;
}

static const char *unit(const struct bisection *b)
{
	return b->way == NCB_WAY_INSN ? "insn" : "ns";
}

static int measure_ends(struct bisection *b, const char *good, const char *bad)
{
	struct ncb_comparison *c;
	struct ncb_side old, new;
	double cost = NAN;
	bool resolved;
	char *title;
	int err;

	err = measure(b, good, &b->good);
	if (!err)
		err = measure(b, bad, &b->bad);
	if (err)
		return err;
	old = (struct ncb_side) { "good", b->good.stats, b->good.n };
	new = (struct ncb_side) { "bad", b->bad.stats, b->bad.n };
	c = ncb_compare_runs(&old, &new, NCB_AB_ARM, NULL);
	resolved = c->pairs == 1 && ncb_is_change(c->pair[0].verdict);
	if (c->pairs == 1) {
		title = title_of(b, good);
		say(b, ncb_format("good  %10.1f %s           %s", c->pair[0].old_cost.value, unit(b), title));
		free(title);
	}
	ncb_comparison_free(c);
	b->whole = change(b, &b->bad, &cost);
	if (!isnan(b->whole)) {
		title = title_of(b, bad);
		say(b, ncb_format("bad   %10.1f %s  %+6.1f %%  %s", cost, unit(b), b->whole * 100, title));
		free(title);
	}
	if (resolved)
		return 0;
	ncb_error("%s: no change is resolved between %s and %s, so there is nothing to bisect",
		  b->o->row, good, bad);
	return -ENODATA;
}

/* The machine's fault, and the next kernel's, too: not a commit's. */
static bool is_fatal(int err)
{
	return err == -EINTR || err == -ENOSPC || err == -EOPNOTSUPP || ncb_interrupted;
}

/* 0 with "good", "bad" or "skip"; -errno where there is no use in going on. */
static int judge(struct bisection *b, const char *commit, const char **out)
{
	struct boots boots = { 0 };
	const char *verdict = "skip";
	double share = NAN, cost = NAN;
	char *title = title_of(b, commit);
	int err = measure(b, commit, &boots);

	*out = NULL;
	if (is_fatal(err)) {
		free(title);
		free_boots(&boots);
		return ncb_interrupted ? -EINTR : err;
	}
	if (!err)
		share = change(b, &boots, &cost);
	if (!isnan(share))
		verdict = share / b->whole > 0.5 ? "bad" : "good";
	if (isnan(share))
		say(b, ncb_format("skip   it cannot be measured       %s", title));
	else
		say(b, ncb_format("%-4s  %10.1f %s  %+6.1f %%  %s", verdict, cost, unit(b), share * 100,
				  title));
	b->steps++;
	free(title);
	free_boots(&boots);
	*out = verdict;
	return 0;
}

/* -- bisecting -- */

/* No clone: git clones neither what belongs to somebody else nor, borrowing, what is shallow. */
static int make_repository(struct bisection *b, const char *bad)
{
	char *objects = ncb_git_file(b->o->tree, "objects"), *shallow = ncb_git_file(b->o->tree, "shallow");
	char *borrow = ncb_format("%s/objects/info/alternates", b->repository);
	char *text = ncb_format("%s\n", objects ? objects : ""), *here = NULL, *said = NULL;
	char *cut = shallow ? ncb_read_file(shallow, NULL) : NULL;
	int err = objects ? ncb_remove_tree(b->repository) : -ENOENT;

	if (!err)
		err = ncb_make_dirs(b->repository);
	if (!err)
		said = git(b->repository, "init", "--quiet", "--bare", ".");
	if (!err)
		err = said ? ncb_write_file(borrow, text, strlen(text)) : -EIO;
	if (!err && cut) {
		here = ncb_format("%s/shallow", b->repository);
		err = ncb_write_file(here, cut, strlen(cut));
	}
	free(said);
	said = NULL;
	/* git bisect wants a HEAD, to go back to. */
	if (!err)
		said = git(b->repository, "update-ref", "--no-deref", "HEAD", bad);
	if (err || !said) {
		ncb_error("cannot make a repository for bisecting %s in %s", b->o->tree, b->repository);
		err = err ? err : -EIO;
	}
	free(said);
	free(here);
	free(cut);
	free(text);
	free(borrow);
	free(shallow);
	free(objects);
	return err;
}

static int begin(struct bisection *b, const char *good, const char *bad)
{
	const char *start[] = { "bisect", "start", "--no-checkout", bad, good, NULL };
	int err = make_repository(b, bad);
	char *said;

	if (err)
		return err;
	said = ncb_git_in(b->repository, start);
	if (!said) {
		ncb_error("git does not bisect between %s and %s: is the good one an ancestor of the bad one?",
			  good, bad);
		return -EINVAL;
	}
	free(said);
	return 0;
}

static int steps(struct bisection *b)
{
	for (;;) {
		char *commit = git(b->repository, "rev-parse", "--verify", "--quiet", "BISECT_HEAD"), *said;
		const char *verdict = NULL;
		int err = commit ? judge(b, commit, &verdict) : -EIO;
		bool found;

		if (err) {
			free(commit);
			return err;
		}
		said = git(b->repository, "bisect", verdict, commit, NULL);
		free(commit);
		/* Where only skipped ones are left, git fails and says which it could be. */
		found = !said || strstr(said, "is the first bad commit");
		free(said);
		if (found)
			break;
	}
	return 0;
}

/* What it came to: git's own note of the first bad commit, or what is left; 0 or -ENODATA. */
static int conclude(struct bisection *b)
{
	char *log = git(b->repository, "bisect", "log", NULL, NULL), *at, *line, *save = NULL;
	bool any = false;

	at = log ? strstr(log, "# first bad commit:") : NULL;
	if (at) {
		say(b, ncb_format("first bad commit: %.*s",
				  (int)strcspn(at + strlen("# first bad commit: "), "\n"),
				  at + strlen("# first bad commit: ")));
		any = true;
	}
	for (line = log && !at ? strtok_r(log, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "# possible first bad commit: ", 29))
			continue;
		say(b, ncb_format("it may be %s", line + 29));
		any = true;
	}
	if (!any)
		say(b, ncb_copy("no commit was found: the row changed back between the two ends, or before they parted"));
	free(log);
	return any ? 0 : -ENODATA;
}

static int keep(const struct bisection *b)
{
	char *dir = ncb_format("%s/%s", b->o->results, b->o->name);
	char *path = ncb_format("%s/bisect.txt", dir);
	int err = ncb_make_dirs(dir);

	if (!err)
		err = ncb_write_file(path, b->log, strlen(b->log));
	if (err)
		ncb_error("cannot write %s: %s", path, strerror(-err));
	else
		ncb_say("kept in %s", path);
	fputs(b->log, stdout);
	free(path);
	free(dir);
	return err;
}

/**
 * ncb_ab_bisect - find the commit that changed a row
 * @o: options
 * @w: of the command
 *
 * Return: an exit code, everything else having been said.
 */
int ncb_ab_bisect(struct ncb_ab_options *o, struct ncb_ab_work *w)
{
	struct bisection b = {
		.o = o, .w = w, .way = strcmp(o->target, "uml") ? NCB_WAY_INSN : NCB_WAY_TIME,
	};
	const char *dots = strstr(o->bisect, "..");
	char *first = dots ? ncb_format("%.*s", (int)(dots - o->bisect), o->bisect) : NULL;
	char *good = first ? commit_of(o->tree, first) : NULL;
	char *bad = dots ? commit_of(o->tree, dots + 2) : NULL;
	int err = -EINVAL;

	b.repository = ncb_kbuild_path("bisect-%d.git", (int)getpid());
	b.log = ncb_format("%s of %s, %s, seed %llu\n", unit(&b), o->row, o->bisect,
			   (unsigned long long)o->seed);
	o->rows = o->row;
	o->target = b.way == NCB_WAY_INSN ? "qemu" : "uml";
	if (!good || !bad)
		ncb_error("bisect: '%s' is not two commits GOOD..BAD of %s", o->bisect, o->tree);
	else
		err = ncb_ab_choose_ways(w, NULL, 0);
	if (!err)
		err = begin(&b, good, bad);
	if (!err)
		err = measure_ends(&b, good, bad);
	if (!err)
		err = steps(&b);
	if (!err)
		err = conclude(&b);
	if (b.good.n) {
		int kept = keep(&b);

		err = err ? err : kept;
	}
	ncb_remove_tree(b.repository);
	free_boots(&b.good);
	free_boots(&b.bad);
	free(b.repository);
	free(b.log);
	free(first);
	free(good);
	free(bad);
	return ncb_exit_code(err);
}
