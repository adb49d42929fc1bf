// SPDX-License-Identifier: GPL-2.0-only
/* What the system calls of a storm may return, by its mode. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include "storming.h"

#define RESULTS	5

/*
 * 0 is in the list where it is allowed. A load that comes second gets EEXIST once
 * the first one is live; EBUSY (since Linux 6.4) where the first one came to nothing.
 * ETIME is request_module()'s when too many are at it for 5 s. In a mixed storm
 * threads load, fail and unload what others have just then.
 */
static const struct {
	int load[RESULTS], unload[RESULTS], requested[RESULTS];
	uint8_t loads, unloads, requests;
} allowed[NCB_STORM_MODES] = {
	[NCB_STORM_DISTINCT] = { { 0 }, { 0 }, { 0 }, 1, 1, 0 },
	[NCB_STORM_DUPLICATE] = { { 0, -EEXIST }, { 0 }, { 0 }, 2, 1, 0 },
	[NCB_STORM_COPIES] = { { 0, -EEXIST }, { 0 }, { 0 }, 2, 1, 0 },
	[NCB_STORM_AUTOLOAD] = { { 0 }, { 0 }, { 0, -ETIME }, 0, 1, 2 },
	[NCB_STORM_CHURN] = { { 0 }, { 0 }, { 0 }, 1, 1, 0 },
	[NCB_STORM_FAIL] = { { -NCB_STORM_FAIL_ERRNO }, { 0 }, { 0 }, 1, 0, 0 },
	[NCB_STORM_VETO_MODE] = { { -NCB_STORM_VETO_ERRNO }, { 0 }, { 0 }, 1, 0, 0 },
	[NCB_STORM_MIXED] = {
		{ 0, -EEXIST, -EBUSY, -NCB_STORM_FAIL_ERRNO },
		{ 0, -ENOENT, -EBUSY, -EWOULDBLOCK }, { 0 }, 4, 4, 0
	},
};

/** ncb_storm_allowed - whether a call may return @result in a storm of that mode */
bool ncb_storm_allowed(uint32_t mode, enum ncb_storm_what what, int result)
{
	const int *list = what == NCB_STORM_LOAD ? allowed[mode].load :
			  what == NCB_STORM_UNLOAD ? allowed[mode].unload : allowed[mode].requested;
	uint8_t n = what == NCB_STORM_LOAD ? allowed[mode].loads :
		    what == NCB_STORM_UNLOAD ? allowed[mode].unloads : allowed[mode].requests, i;

	for (i = 0; i < n; i++)
		if (list[i] == result)
			return true;
	return false;
}

static const char *call_name(uint8_t what)
{
	return what == NCB_STORM_LOAD ? "finit_module()" :
	       what == NCB_STORM_UNLOAD ? "delete_module()" : "request_module()";
}

static char *wrong_call(const struct ncb_storm *storm, const struct ncb_storm_call *call)
{
	char name[NCB_PAYLOAD_NAME];

	ncb_storm_module_name(name, storm, call->module);
	if (call->result > 0)
		return ncb_format("%s of %s ended with modprobe's status %d", call_name(call->what),
				  name, call->result);
	if (!call->result)
		return ncb_format("%s of %s succeeded, which it must not", call_name(call->what), name);
	return ncb_format("%s of %s failed: %s%s%s", call_name(call->what), name,
			  strerror(-call->result), call->what == NCB_STORM_LOAD ? "; " : "",
			  call->what == NCB_STORM_LOAD ? ncb_load_advice(-call->result) : "");
}

/*
 * Of a module that all load, one gets through. Where threads share the file, some
 * kernels let the others wait and give them the same answer; from files of their own
 * just one is told so.
 */
static char *wrong_winners(const struct ncb_storm *storm, const struct ncb_storm_call *call,
			   size_t calls)
{
	size_t i, won = 0;

	for (i = 0; i < calls; i++)
		won += call[i].what == NCB_STORM_LOAD && !call[i].result;
	if (storm->mode == NCB_STORM_DUPLICATE && !won)
		return ncb_copy("all threads were told that the module is there, and none that it loaded it");
	if (storm->mode == NCB_STORM_COPIES && won != 1)
		return ncb_format("%zu threads were told that they loaded the module; only one can have",
				  won);
	return NULL;
}

/**
 * ncb_storm_judge - whether a round was what it had to be
 * @storm: it is of
 * @call, @calls: of all threads
 * @cut_short: threads were told to stop in its midst
 *
 * Return: NULL, or what was not, malloc'd.
 */
char *ncb_storm_judge(const struct ncb_storm *storm, const struct ncb_storm_call *call, size_t calls,
		      bool cut_short)
{
	size_t i;

	for (i = 0; i < calls; i++)
		if (!ncb_storm_allowed(storm->mode, call[i].what, call[i].result))
			return wrong_call(storm, &call[i]);
	return cut_short ? NULL : wrong_winners(storm, call, calls);
}
