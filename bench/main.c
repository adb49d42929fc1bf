// SPDX-License-Identifier: GPL-2.0-only
/* ncbench: the table of subcommands, and what they share. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "command.h"
#include "storm/measure.h"
#include "target/guest.h"

static int command_guest(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (getpid() != 1) {
		ncb_error("guest: this is the first process of a guest and nothing else");
		return NCB_EXIT_CANNOT;
	}
	return ncb_guest_main();
}

static const struct ncb_command commands[] = {
	{ "run", "measure, and keep the result as a run", ncb_command_run, false },
	{ "storm", "load and unload modules in storms, and keep the result as a run",
	  ncb_command_storm, false },
	{ "memory", "what the list designs take in memory, of any kernel, and keep it as a run",
	  ncb_command_memory, false },
	{ "report", "print or remake the report of a stored run", ncb_command_report, false },
	{ "compare", "one kernel before and after a change, from stored runs",
	  ncb_command_compare, false },
	{ "ab", "build, boot and compare two kernels", ncb_command_ab, false },
	{ "trend", "one row over many kernels, from stored runs", ncb_command_trend, false },
	{ "verify", "does a pasted report say what the raw data say?", ncb_command_verify, false },
	{ "plot", "draw the pictures of a stored run", ncb_command_plot, false },
	{ "list", "engines, rows, profiles and targets, and what is possible here",
	  ncb_command_list, false },
	{ "doctor", "what on this machine hurts or forbids measuring", ncb_command_doctor, false },
	{ "calibrate", "how often is the suite wrong? Equal code, a planted cost, bursts",
	  ncb_command_calibrate, false },
	{ "module", "build ncbench.ko for a kernel and print its path", ncb_command_module, false },
	{ "kernel", "build a kernel for guests from its source and print its path",
	  ncb_command_kernel, false },
	{ "behaviour", "how a kernel's notifier chains behave, and what another's do differently",
	  ncb_command_behaviour, true },
	{ "guest", "first process of a guest", command_guest, true },
	{ "guest-test", "run a program in a guest, the module its argument",
	  ncb_command_guest_test, true },
};

static void help(void)
{
	size_t i;

	fputs("Usage: ncbench COMMAND [OPTION...]\n\n"
	      "Measures what notifier chain designs cost.\n\n", stdout);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!commands[i].hidden)
			printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\n'ncbench COMMAND --help' lists the options of a command.\n"
	      "Exit: 0 fine, 1 failed, 2 usage, 3 regression found, 4 cannot run here.\n",
	      stdout);
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	(void)state;
	switch (key) {
	case 'v':
		ncb_verbosity = 1;
		return 0;
	case 'q':
		ncb_verbosity = -1;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{ "verbose", 'v', NULL, 0, "say more", 90 },
	{ "quiet", 'q', NULL, 0, "say errors only", 90 },
	{ 0 }
};
static const struct argp common_argp = { .options = common_options, .parser = parse_common };
const struct argp_child ncb_common_options[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

/**
 * ncb_parse - parse the options of a subcommand
 * @argp: what it takes
 * @argc: count of @argv
 * @argv: arguments, [0] the name for messages
 * @input: for the parser
 * @exit_code: gets the exit code where the program is to end here
 *
 * Return: 0 to go on, -EINVAL or 1 (help was printed) to end with @exit_code.
 */
int ncb_parse(const struct argp *argp, int argc, char **argv, void *input, int *exit_code)
{
	int i, err;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-?")) {
			argp_help(argp, stdout, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK, argv[0]);
			*exit_code = NCB_EXIT_OK;
			return 1;
		}
		if (!strcmp(argv[i], "--usage")) {
			argp_help(argp, stdout, ARGP_HELP_USAGE, argv[0]);
			*exit_code = NCB_EXIT_OK;
			return 1;
		}
	}
	err = argp_parse(argp, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP, NULL, input);
	if (err)
		*exit_code = NCB_EXIT_USAGE;
	return err ? -EINVAL : 0;
}

/*
 * Where one of the first three was closed by the caller the next file opened would
 * take its place, and what is printed would go into that file. Opened the wrong way
 * round they fail as closed ones do.
 */
static void hold_closed_streams(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd ? O_RDONLY : O_WRONLY);
}

int main(int argc, char **argv)
{
	char name[64];
	size_t i;

	ncb_catch_signals();
	if (getpid() == 1 && !strcmp(argv[0], "/init"))
		return ncb_guest_main();
	if (ncb_storm_is_modprobe(argc, argv))
		return ncb_storm_modprobe(argv[3]);
	hold_closed_streams();
	if (argc < 2) {
		ncb_error("which command? 'ncbench --help' lists them");
		return NCB_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help();
		return NCB_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("ncbench " NCB_VERSION);
		return NCB_EXIT_OK;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, argv[1]))
			continue;
		snprintf(name, sizeof(name), "ncbench %s", argv[1]);
		argv[1] = name;
		i = commands[i].run(argc - 1, argv + 1);
		/* What failed earlier has left a mark, and an errno that others wrote over. */
		errno = 0;
		if (fflush(stdout) || ferror(stdout)) {
			ncb_error("cannot write the output: %s",
				  errno ? strerror(errno) : "it is closed, or full");
			return NCB_EXIT_FAILED;
		}
		return i;
	}
	ncb_error("unknown command '%s'; 'ncbench --help' lists them", argv[1]);
	return NCB_EXIT_USAGE;
}
