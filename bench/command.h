/* SPDX-License-Identifier: GPL-2.0-only */
/* Subcommands of ncbench: one function and one entry in main.c's table each. */
#ifndef NCB_COMMAND_H
#define NCB_COMMAND_H

#include <argp.h>
#include "compare.h"
#include "ncbench.h"

/**
 * struct ncb_command - a subcommand
 * @name: as typed
 * @summary: one line of `ncbench --help`
 * @run: its main(); argv[0] is "ncbench <name>"; returns an exit code
 * @hidden: not for people
 */
struct ncb_command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
	bool hidden;
};

int ncb_command_run(int argc, char **argv);
int ncb_command_storm(int argc, char **argv);
int ncb_command_memory(int argc, char **argv);
int ncb_command_report(int argc, char **argv);
int ncb_command_compare(int argc, char **argv);
int ncb_command_ab(int argc, char **argv);
int ncb_command_verify(int argc, char **argv);
int ncb_command_trend(int argc, char **argv);
int ncb_command_plot(int argc, char **argv);
int ncb_command_list(int argc, char **argv);
int ncb_command_doctor(int argc, char **argv);
int ncb_command_kernel(int argc, char **argv);
int ncb_command_module(int argc, char **argv);
int ncb_command_calibrate(int argc, char **argv);
int ncb_command_behaviour(int argc, char **argv);
int ncb_command_guest_test(int argc, char **argv);

/*
 * Parses options; *exit_code is set where there is nothing left to do (--help,
 * or a usage error, which prints a line and is exit 2). Returns 0 to go on.
 */
int ncb_parse(const struct argp *argp, int argc, char **argv, void *input, int *exit_code);

/* Options every subcommand has: -v and -q. */
extern const struct argp_child ncb_common_options[];

/* -- cmd_options.c, for commands that compare sets of runs -- */

/**
 * struct ncb_judging - what is compared, and how
 * @results: folder that runs are kept in
 * @arm: NULL: the usual one
 * @options: how to judge
 * @given: any of these but @results was named
 */
struct ncb_judging {
	const char *results, *arm;
	struct ncb_compare_options options;
	bool given;
};
/* These and the common ones; the input is a struct ncb_judging. */
extern const struct argp_child ncb_judging_options[];
int ncb_judging_adopt(struct ncb_judging *j, char *command);
bool ncb_may_compare(const struct ncb_side *old, const struct ncb_side *new, const char *arm,
		     bool force);

/* -- cmd_options.c, for commands that measure -- */

/* Sets *out, or says what is wrong and returns EINVAL. */
int ncb_option_number(struct argp_state *state, const char *what, const char *arg, uint64_t low,
		      uint64_t high, uint64_t *out);
/* Where, how much, and what becomes of it, with the common ones; the input is a
 * struct ncb_run_options. */
extern const struct argp_child ncb_measuring_options[];

/* -- cmd_run.c, for commands that measure -- */
/* A shell does not leave these alone. */
#define SHELL_CHARS	"*?[]{}()<>|&;$`\"\\!#~ \t\n"
struct ncb_run_options;
struct ncb_target;
struct ncb_profile;
struct ncb_rundata;
/* Letters, digits and . _ - + only: it becomes a folder and is quoted in mails. */
bool ncb_good_run_name(const char *name);
const struct ncb_target *ncb_choose_target(const struct ncb_run_options *o, int *exit_code);
int ncb_run_and_keep(struct ncb_run_options *o);
int ncb_run_check_place(const char *results, const char *dir);
int ncb_run_keep(struct ncb_rundata *r, const char *dir);
void ncb_run_give_to_owner(const char *results);
int ncb_run_once(struct ncb_run_options *o, const struct ncb_target *t,
		 const struct ncb_profile *p, struct ncb_rundata *r);

#endif /* NCB_COMMAND_H */
