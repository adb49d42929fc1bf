// SPDX-License-Identifier: GPL-2.0-only
/* Asking a kernel how its notifier chains behave, in guests that are thrown away. */
#include <errno.h>
#include <string.h>
#include "behaviour.h"
#include "target/target.h"

/* A case that kills its guest costs a boot; a kernel that dies of more is not asked on. */
#define BOOTS_MAX	12

/* Seconds that a guest may take, where nothing else is asked for. */
#define GUEST_LIMIT	240

static int boot(const struct ncb_target *t, const struct ncb_run_options *o,
		struct ncb_behaviour *b)
{
	struct ncb_run_options options = {
		.target = t->name, .profile = "quick", .cpu = -1, .arch = o->arch,
		.kernel = o->kernel, .headers = o->headers, .append = o->append, .behaviour = b,
		.timeout = o->timeout > 0 ? o->timeout : GUEST_LIMIT,
	};
	struct ncb_rundata r;
	int err;

	ncb_rundata_init(&r);
	err = t->run(&options, &r);
	ncb_rundata_free(&r);
	return err;
}

/**
 * ncb_behaviour_get - how the notifier chains of a kernel behave
 * @o: the kernel, its headers, and the machine that it is for; a time limit for each guest
 * @out: gets a new object, see results/README.md
 *
 * Guests of the target qemu are booted, as an oops is the end of a User Mode Linux. A case
 * that ends its guest is answered with that, and the next guest goes on behind it.
 *
 * Return: 0 or -errno with a message.
 */
int ncb_behaviour_get(const struct ncb_run_options *o, json_t **out)
{
	const struct ncb_target *t = ncb_target_find("qemu");
	struct ncb_behaviour b = { .cases = json_array() };
	unsigned int boots = 0;
	int err;

	*out = NULL;
	do
		err = boot(t, o, &b);
	while (err == 1 && b.first < NCB_BEHAVIOUR_QUESTIONS && ++boots < BOOTS_MAX &&
	       !ncb_interrupted);
	if (boots == BOOTS_MAX)
		ncb_error("%u guests were ended by cases; the cases behind '%s' are not asked", boots,
			  ncb_behaviour_names[b.now.did.which]);
	if (ncb_interrupted)
		err = -EINTR;
	if (err >= 0)
		*out = json_pack("{s:i, s:s, s:O}", "schema", NCB_BEHAVIOUR_SCHEMA, "release",
				 b.release, "cases", b.cases);
	json_decref(b.cases);
	return err < 0 ? err : *out ? 0 : -ENOMEM;
}
