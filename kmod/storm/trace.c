// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoint notifier:notifier_run fires before each callback of any chain, in
 * any context. Only those are wanted that the loader's chain calls for a payload:
 * between our first and our last callback, in the task that announces the payload,
 * and of notifiers that are on the list of the chain. Each task has a window for that.
 * What interrupts it meanwhile may call other chains, of which none is on the list.
 */
#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include "listing.h"
#include "records.h"
#include "trace.h"

/*
 * @task: whose it is, NULL: free. Only that task looks at the rest
 * @module, @action: what is announced
 * @position: of ours that was called first
 */
struct window {
	struct task_struct *task;
	u32 module, action;
	enum ncb_storm_position position;
};

#define WINDOW_BITS	8
#define WINDOW_WAYS	8

static struct window windows[1 << WINDOW_BITS][WINDOW_WAYS];
static struct tracepoint *notifier_run;
static bool tracing;

static struct window *find_window(void)
{
	struct window *w = windows[hash_ptr(current, WINDOW_BITS)];
	int i;

	for (i = 0; i < WINDOW_WAYS; i++)
		if (READ_ONCE(w[i].task) == current)
			return &w[i];
	return NULL;
}

/* NULL where too many tasks have one in the same place: its callbacks are not told. */
static struct window *open_window(void)
{
	struct window *w = windows[hash_ptr(current, WINDOW_BITS)];
	int i;

	for (i = 0; i < WINDOW_WAYS; i++)
		if (!cmpxchg(&w[i].task, NULL, current))
			return &w[i];
	records_lose();
	return NULL;
}

/**
 * trace_window - one of the two outer callbacks of ours was called
 * @module: number of the payload
 * @action: state that is announced
 * @position: NCB_STORM_FIRST or NCB_STORM_LAST
 *
 * Whichever comes first opens the window, the other one closes it, being called with
 * the same state. In a rollback it is the same one, with another state. Anything else
 * is a window of something whose end nobody saw: it is opened anew.
 */
void trace_window(u32 module, u32 action, enum ncb_storm_position position)
{
	struct window *w;

	if (!READ_ONCE(tracing))
		return;
	w = find_window();
	if (w && w->module == module && (w->position != position) == (w->action == action)) {
		WRITE_ONCE(w->task, NULL);
		return;
	}
	if (!w)
		w = open_window();
	if (!w)
		return;
	w->module = module;
	w->action = action;
	w->position = position;
}

static void on_notifier_run(void *data, void *callback)
{
	struct window *w = find_window();
	u64 key = (unsigned long)callback;

	if (w && listing_has(key))
		records_add(w->module, w->action, NCB_STORM_CALLBACK, key);
}

/* One of all tracepoints. */
static void look_at(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "notifier_run"))
		notifier_run = tp;
}

/** trace_possible - whether this kernel has the tracepoint */
bool trace_possible(void)
{
	if (!notifier_run)
		for_each_kernel_tracepoint(look_at, NULL);
	return notifier_run;
}

/**
 * trace_start - begin
 *
 * Return: 0, also where it has begun before, -EOPNOTSUPP where the kernel has no such
 * tracepoint, or what it says.
 */
int trace_start(void)
{
	int err;

	if (!trace_possible())
		return -EOPNOTSUPP;
	if (tracing)
		return 0;
	memset(windows, 0, sizeof(windows));
	err = tracepoint_probe_register(notifier_run, on_notifier_run, NULL);
	WRITE_ONCE(tracing, !err);
	return err;
}

/** trace_stop - end; no probe runs any more when it returns */
void trace_stop(void)
{
	if (!tracing)
		return;
	WRITE_ONCE(tracing, false);
	tracepoint_probe_unregister(notifier_run, on_notifier_run, NULL);
	tracepoint_synchronize_unregister();
}
