/* SPDX-License-Identifier: GPL-2.0-only */
/* Storms as part of a run: made by targets, as root, in the kernel under test. */
#ifndef NCB_STORM_MEASURE_H
#define NCB_STORM_MEASURE_H

#include "../target/target.h"

/**
 * struct ncb_storm_place - where storms are made
 * @storm: folder of ncb_storm.ko
 * @payload: folder of a payload of each shape, numbered 0; in a guest also of a packaged module
 * @guest: the machine is ours alone: its configuration may be changed
 * @progress: called between rounds, or NULL
 * @checkpoint: called now and then between storms, or NULL: the run is whole as far as it is,
 *	and says that it was interrupted
 * @data: passed to both
 */
struct ncb_storm_place {
	const char *storm, *payload;
	bool guest;
	void (*progress)(void *data, double share, const char *detail);
	void (*checkpoint)(void *data);
	void *data;
};

/* What @progress is told begins with it. */
#define NCB_STORM_DOING	"storm "

int ncb_storm_measure(const struct ncb_run_options *o, const struct ncb_storm_place *place,
		      struct ncb_rundata *r);
void ncb_storm_note_seconds(struct ncb_rundata *r, double seconds);
bool ncb_storm_failed(const struct ncb_storms *s);
int ncb_storm_clean(void);

/* -- autoload.c -- */

/* Started by the kernel in place of modprobe, "-q -- NAME"; see autoload.c. */
bool ncb_storm_is_modprobe(int argc, char **argv);
int ncb_storm_modprobe(const char *name);

#endif /* NCB_STORM_MEASURE_H */
