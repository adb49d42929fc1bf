/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_TRACE_EVENTS_NOTIFIER_H
#define SHIM_TRACE_EVENTS_NOTIFIER_H

#include "shim.h"

#define trace_notifier_register(fn)	shim_trace()
#define trace_notifier_unregister(fn)	shim_trace()
#define trace_notifier_run(fn)		shim_trace()

#endif /* SHIM_TRACE_EVENTS_NOTIFIER_H */
