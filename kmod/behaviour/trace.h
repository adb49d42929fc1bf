/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A record as a line of text, for the driver and for tests: "call", "robust" and
 * "reverse" begin a call, "=1" is what it returned; "2" is block 2 called with the
 * event, "~2" with the one of the rollback; "+2:0" block 2 registered and what that
 * returned, "*2:0" the same with a priority of its own, "-2:0" unregistered.
 */
#ifndef NCB_BEHAVIOUR_TRACE_H
#define NCB_BEHAVIOUR_TRACE_H

#include <stdio.h>
#include "ncb_behaviour_uapi.h"

/* Room for the longest. */
#define NCB_BEHAVIOUR_TRACE_MAX	(NCB_BEHAVIOUR_STEPS * 24)

/**
 * ncb_behaviour_trace - what happened in a case, as a line
 * @r: the record, which need not make sense
 * @text: gets the line
 */
static inline void ncb_behaviour_trace(const struct ncb_behaviour_record *r,
				       char text[NCB_BEHAVIOUR_TRACE_MAX])
{
	static const char *const begins[] = { "call", "robust", "reverse" };
	static const char *const signs[NCB_BEHAVIOUR_WHATS] = {
		[NCB_BEHAVIOUR_END] = "=", [NCB_BEHAVIOUR_UP] = "", [NCB_BEHAVIOUR_DOWN] = "~",
		[NCB_BEHAVIOUR_ADD] = "+", [NCB_BEHAVIOUR_ADD_UNIQUE] = "*",
		[NCB_BEHAVIOUR_DEL] = "-",
	};
	char *to = text;
	unsigned int i;

	*to = '\0';
	for (i = 0; i < r->steps && i < NCB_BEHAVIOUR_STEPS; i++) {
		const struct ncb_behaviour_step *s = &r->step[i];

		to += sprintf(to, "%s", i ? " " : "");
		if (s->what <= NCB_BEHAVIOUR_REVERSE)
			to += sprintf(to, "%s", begins[s->what]);
		else if (s->what == NCB_BEHAVIOUR_END)
			to += sprintf(to, "=%d", s->value);
		else if (s->what == NCB_BEHAVIOUR_UP || s->what == NCB_BEHAVIOUR_DOWN)
			to += sprintf(to, "%s%u", signs[s->what], s->block);
		else if (s->what < NCB_BEHAVIOUR_WHATS)
			to += sprintf(to, "%s%u:%d", signs[s->what], s->block, s->value);
		else
			to += sprintf(to, "?");
	}
}

#endif /* NCB_BEHAVIOUR_TRACE_H */
