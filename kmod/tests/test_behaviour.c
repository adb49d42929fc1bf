// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cases of kmod/behaviour, played on the private engines: what each design does is
 * known, and written down here. Each case in a process of its own, as some kill it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "behaviour/scene.h"
#include "behaviour/trace.h"
#ifndef KERNEL_NOTIFIER
#include "engine.h"
#endif
#include "shim.h"

static const char *const names[NCB_BEHAVIOUR_CASES] = {
#define NCB_CASE(id, name, types, title)	name,
#include "behaviour/cases.def"
#undef NCB_CASE
};

#ifdef KERNEL_NOTIFIER

static void use(u32 type)
{
}

#define CHAIN_API	scene_kernel_api[type]

#else

extern const struct ncb_impl slist_impl_0, dlist_impl_0;

/* What scene_api's functions, which get a head and no more, work with. */
static const struct ncb_impl *impl = &slist_impl_0;
static u32 chain_type;
static struct scene_api chain_api;

static void chain_init(void *head)
{
	if (impl->head_init[chain_type](head))
		abort();
}

static void chain_fini(void *head)
{
	impl->head_fini[chain_type](head);
}

static void chain_block(void *block, notifier_fn_t fn, int priority)
{
	impl->node_init(block, fn, priority);
}

static int chain_add(void *head, void *block)
{
	return impl->add[chain_type](head, block);
}

static int chain_add_unique(void *head, void *block)
{
	return impl->add_unique[chain_type](head, block);
}

static int chain_del(void *head, void *block)
{
	return impl->del[chain_type](head, block);
}

static int operate(u32 op, void *head, unsigned long event, unsigned long down, void *data)
{
	struct ncb_site site = { .head = head, .val = event, .down = down, .data = data };

	return impl->call[chain_type][op](&site);
}

static int chain_call(void *head, unsigned long event, void *data)
{
	return operate(NCB_CALL, head, event, 0, data);
}

static int chain_robust(void *head, unsigned long up, unsigned long down, void *data)
{
	return operate(NCB_ROBUST, head, up, down, data);
}

static int chain_reverse(void *head, unsigned long event, void *data)
{
	return operate(NCB_REVERSE, head, event, 0, data);
}

static const u32 type_of[NCB_BEHAVIOUR_TYPES] = {
	[NCB_BEHAVIOUR_RAW] = NCB_RAW, [NCB_BEHAVIOUR_BLOCKING] = NCB_BLOCKING,
	[NCB_BEHAVIOUR_ATOMIC] = NCB_ATOMIC, [NCB_BEHAVIOUR_SRCU] = NCB_SRCU,
};

static void use(u32 type)
{
	chain_type = type_of[type];
	chain_api = (struct scene_api) {
		.head_size = impl->head_size[chain_type],
		.init = chain_init, .fini = chain_fini, .block = chain_block,
		.add = chain_add, .del = chain_del, .call = chain_call,
		.add_unique = impl->add_unique[chain_type] ? chain_add_unique : NULL,
		.robust = impl->call[chain_type][NCB_ROBUST] ? chain_robust : NULL,
		.reverse = impl->call[chain_type][NCB_REVERSE] ? chain_reverse : NULL,
	};
}

#define CHAIN_API	chain_api

#endif

/*
 * What comes of a case: the trace, and behind it what ended it where that was not its
 * end. A dlist is what was posted: the next block is looked up after the callback. NULL:
 * what an slist does. There is one thread here: the last but two need another.
 */
static const struct {
	const char *name, *slist, *dlist;
} expected[] = {
	{ "order", "call 1 2 3 =1", NULL },
	{ "equal", "call 1 2 3 =1", NULL },
	{ "stop", "call 1 2 =32769", NULL },
	{ "bad", "call 1 2 =32770", NULL },
	{ "value", "call 1 2 3 =0", NULL },
	{ "empty", "call =0", NULL },
	{ "emptied", "-1:0 call =0", NULL },
	{ "again", "-1:0 +1:0 call 2 3 1 =1", NULL },
	{ "unregister/unknown", "-3:-2 call 1 2 =1", NULL },
	{ "unregister/twice", "-2:0 -2:-2 call 1 3 =1", NULL },
	{ "unique/taken", "*3:-16 call 1 2 =1", NULL },
	{ "unique/free", "*3:0 call 1 2 3 =1", NULL },
	{ "robust/none", "robust 1 2 3 =1", NULL },
	{ "robust/head", "robust 1 =32770", NULL },
	{ "robust/middle", "robust 1 2 3 ~1 ~2 =32770", "robust 1 2 3 ~2 ~1 =32770" },
	{ "robust/tail", "robust 1 2 3 ~1 ~2 =32770", "robust 1 2 3 ~2 ~1 =32770" },
	{ "robust/only", "robust 1 =32770", NULL },
	{ "robust/empty", "robust =0", NULL },
	{ "robust/stop", "robust 1 2 3 4 ~1 =32770", "robust 1 2 3 4 ~3 =32770" },
	{ "reverse/order", "absent", "reverse 3 2 1 =1" },
	{ "reverse/stop", "absent", "reverse 3 2 =32769" },
	{ "reverse/empty", "absent", "reverse =0" },
	{ "register/before", "call 1 2 +4:0 3 =1 call 1 4 2 3 =1", NULL },
	{ "register/behind", "call 1 2 +4:0 3 =1 call 1 2 4 3 =1",
	  "call 1 2 +4:0 4 3 =1 call 1 2 4 3 =1" },
	{ "register/end", "call 1 2 3 +4:0 =1 call 1 2 3 4 =1",
	  "call 1 2 3 +4:0 4 =1 call 1 2 3 4 =1" },
	{ "register/twice", "+2:-17 call 1 2 3 =1", NULL },
	{ "unregister/previous", "call 1 2 -1:0 3 =1 call 2 3 =1", NULL },
	{ "robust/gone", "robust 1 2 3 -3:0 ~1 ~2 =32770", "robust 1 2 3 -3:0 =32770" },
	{ "unregister/self", "call 1 2 -2:0 3 =1 call 1 3 =1", "call 1 2 -2:0 dead" },
	{ "unregister/last", "call 1 2 3 -3:0 =1 call 1 2 =1", "call 1 2 3 -3:0 dead" },
	{ "unregister/next", "call 1 -2:0 2 3 =1 call 1 3 =1", "call 1 -2:0 3 =1 call 1 3 =1" },
	{ "other/self", "absent", NULL },
	{ "other/next", "absent", NULL },
	{ "zeroed/call", "call =0", "call dead" },
	{ "zeroed/register", "+1:0 +2:0 call 1 2 =1", " dead" },
};

/* Played in a child: shared with it, to be read after its death. */
struct stage {
	struct scene scene;
	u64 head[512];
};

static void play(struct stage *stage, u32 which, u32 type)
{
	static const int deadly[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
	struct rlimit none = { 0 };
	struct scene *s = &stage->scene;
	size_t i;

	/* A dead case is expected, and says nothing; cmocka would go on with the next test. */
	setrlimit(RLIMIT_CORE, &none);
	for (i = 0; i < ARRAY_SIZE(deadly); i++)
		signal(deadly[i], SIG_DFL);
	close(2);
	shim_reset();
	use(type);
	s->api = &CHAIN_API;
	s->head = stage->head;
	if (s->api->head_size > sizeof(stage->head))
		abort();
	alarm(10);
	scene_play(s, which, type);
	/* Of a second registration, and of nothing else, there is a warning. */
	_exit(shim_held() || shim.warned + shim.twice != (which == NCB_BEHAVIOUR_twins));
}

/* What came of a case, in @text. */
static void outcome(u32 which, u32 type, char text[NCB_BEHAVIOUR_TRACE_MAX + 32])
{
	struct stage *stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child;

	assert_ptr_not_equal(stage, MAP_FAILED);
	child = fork();
	if (!child)
		play(stage, which, type);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	ncb_behaviour_trace(&stage->scene.record, text);
	if (stage->scene.record.status == NCB_BEHAVIOUR_BEGUN)
		strcat(text, " dead");
	else if (stage->scene.record.status == NCB_BEHAVIOUR_ABSENT)
		strcat(text, "absent");
	else if (stage->scene.record.status == NCB_BEHAVIOUR_CUT)
		strcat(text, " cut");
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		strcat(text, " and then died");
	munmap(stage, sizeof(*stage));
}

static const char *expectation(u32 which, bool dlist)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(expected); i++)
		if (!strcmp(expected[i].name, names[which]))
			return dlist && expected[i].dlist ? expected[i].dlist : expected[i].slist;
	return "no expectation";
}

/* Every case on every type that it is for. */
static void judge(bool dlist)
{
	char text[NCB_BEHAVIOUR_TRACE_MAX + 32];
	unsigned int wrong = 0;
	u32 which, type;

	for (which = 0; which < NCB_BEHAVIOUR_CASES; which++) {
		for (type = 0; type < NCB_BEHAVIOUR_TYPES; type++) {
			if (scene_possible(which, type))
				continue;
			outcome(which, type, text);
			if (!strcmp(text, expectation(which, dlist)))
				continue;
			print_error("%s, type %u: '%s', not '%s'\n", names[which], type, text,
				    expectation(which, dlist));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void single_list_does_what_mainline_does(void **state)
{
	judge(false);
}

#ifndef KERNEL_NOTIFIER
static void double_list_does_what_was_posted(void **state)
{
	impl = &dlist_impl_0;
	judge(true);
	impl = &slist_impl_0;
}
#endif

static void what_is_no_case_is_refused(void **state)
{
	assert_int_equal(scene_possible(NCB_BEHAVIOUR_CASES, 0), -EINVAL);
	assert_int_equal(scene_possible(~0u, ~0u), -EINVAL);
	assert_int_equal(scene_possible(NCB_BEHAVIOUR_order, NCB_BEHAVIOUR_TYPES), -EINVAL);
	/* These would wait for themselves. */
	assert_int_equal(scene_possible(NCB_BEHAVIOUR_drop_self, NCB_BEHAVIOUR_BLOCKING), -EINVAL);
	assert_int_equal(scene_possible(NCB_BEHAVIOUR_drop_self, NCB_BEHAVIOUR_ATOMIC), -EINVAL);
	assert_int_equal(scene_possible(NCB_BEHAVIOUR_drop_self, NCB_BEHAVIOUR_SRCU), -EINVAL);
	assert_int_equal(scene_possible(NCB_BEHAVIOUR_drop_self, NCB_BEHAVIOUR_RAW), 0);
}

/* A chain whose walk does not end: it calls the first block until that says stop. */
#define LONG	(10 * NCB_BEHAVIOUR_STEPS)

static int endless_call(void *head, unsigned long event, void *data)
{
	struct scene *s = data;
	struct { notifier_fn_t fn; } *block = (void *)s->actor[0].block;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < LONG && !(ret & NOTIFY_STOP_MASK); i++)
		ret = block->fn((void *)block, event, data);
	return ret;
}

static void endless_block(void *block, notifier_fn_t fn, int priority)
{
	memcpy(block, &fn, sizeof(fn));
}

static int endless_add(void *head, void *block)
{
	return 0;
}

static void endless_init(void *head)
{
}

static void walk_without_end_is_cut(void **state)
{
	static const struct scene_api api = {
		.init = endless_init, .block = endless_block, .add = endless_add,
		.call = endless_call,
	};
	struct scene s = { .api = &api };
	char text[NCB_BEHAVIOUR_TRACE_MAX];

	scene_play(&s, NCB_BEHAVIOUR_equal, NCB_BEHAVIOUR_RAW);
	assert_int_equal(s.record.status, NCB_BEHAVIOUR_CUT);
	ncb_behaviour_trace(&s.record, text);
	assert_memory_equal(text, "call 1 1 1 1 ", 13);
	assert_non_null(strstr(text, " =32770"));
}

int main(void)
{
	const struct CMUnitTest behaviour[] = {
		cmocka_unit_test(single_list_does_what_mainline_does),
#ifndef KERNEL_NOTIFIER
		cmocka_unit_test(double_list_does_what_was_posted),
#endif
		cmocka_unit_test(what_is_no_case_is_refused),
		cmocka_unit_test(walk_without_end_is_cut),
	};

	return cmocka_run_group_tests(behaviour, NULL, NULL) != 0;
}
