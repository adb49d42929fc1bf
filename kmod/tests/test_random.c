// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every list design against a model, with random sequences.
 *
 *	test_random [seed [operations]]
 *
 * Without a seed, fixed ones are used; operations are per engine and type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "random.h"
#include "shim.h"

static const u64 fixed[] = { 1, 2, 3, 20260419 };

static u64 seeds[ARRAY_SIZE(fixed)];
static unsigned int seed_count;
static unsigned int operations = 200000;

static const char *const engines[] = { "slist", "dlist", "native" };

static void agrees_with_the_model(void **state)
{
	const struct player *engine = *state;
	const struct player model = {
		.name = "model",
		.type = engine->type,
		.rollback = engine->impl->rollback,
	};
	struct game game = {
		.steps = operations / seed_count,
		.kinds = random_kinds(engine->impl, engine->type),
		.traced = strcmp(engine->name, "native"),
	};
	unsigned int i;

	shim_reset();
	for (i = 0; i < seed_count; i++) {
		game.seed = seeds[i];
		assert_int_equal(random_compare(&model, engine, &game), 0);
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: test_random [seed [operations]]\n");
	return 2;
}

static bool parse(const char *text, u64 *value)
{
	char *end;

	*value = strtoull(text, &end, 0);
	return *text && !*end;
}

int main(int argc, char **argv)
{
	static struct player players[ARRAY_SIZE(engines) * NCB_TYPES];
	static struct CMUnitTest tests[ARRAY_SIZE(players)];
	static char names[ARRAY_SIZE(players)][40];
	unsigned int i;
	u64 value;

	memcpy(seeds, fixed, sizeof(fixed));
	seed_count = ARRAY_SIZE(fixed);
	if (argc > 3)
		return usage();
	if (argc > 1) {
		if (!parse(argv[1], &seeds[0]))
			return usage();
		seed_count = 1;
	}
	if (argc > 2) {
		if (!parse(argv[2], &value) || !value || value > ~0u)
			return usage();
		operations = value;
	}
	for (i = 0; i < ARRAY_SIZE(players); i++) {
		const char *engine = engines[i / NCB_TYPES];

		players[i] = (struct player) {
			.name = engine,
			.impl = ncb_engine_impls(engine)[0],
			.type = i % NCB_TYPES,
		};
		snprintf(names[i], sizeof(names[i]), "%s %s", engine, ncb_type_names[i % NCB_TYPES]);
		tests[i] = (struct CMUnitTest) {
			.name = names[i],
			.test_func = agrees_with_the_model,
			.initial_state = &players[i],
		};
	}
	for (i = 0; i < seed_count; i++)
		printf("seed %llu\n", seeds[i]);
	return _cmocka_run_group_tests("random", tests, ARRAY_SIZE(tests), NULL, NULL) != 0;
}
