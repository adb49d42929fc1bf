/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the functions of a design (raw_call(), blocking_insert() ...) to the table
 * of a struct ncb_impl: per operation one call for the oracle and one loop for
 * the clock. The loop stands next to the call it makes, so that a sample pays
 * one indirect call and an iteration pays none. Their names begin with the
 * engine's: a profiler tells by them whose raw_call() it was.
 */
#ifndef NCB_ENGINE_WRAP_H
#define NCB_ENGINE_WRAP_H

#define NCB_OF_ENGINE(name)	NCB_PASTE3(NCB_ENGINE, _, name)

#define NCB_WRAP_(name, expr)						\
static int NCB_OF_ENGINE(name##_once)(struct ncb_site *site)		\
{									\
	return expr;							\
}									\
static void NCB_OF_ENGINE(name##_loop)(struct ncb_site *site, unsigned int n) \
{									\
	while (n--)							\
		expr;							\
}

#define NCB_WRAP_CALL(type, head_t)					\
	NCB_WRAP_(type##_call, type##_call((head_t)site->head, site->val, site->data))
#define NCB_WRAP_REVERSE(type, head_t)					\
	NCB_WRAP_(type##_reverse, type##_reverse((head_t)site->head, site->val, site->data))
#define NCB_WRAP_ROBUST(type, head_t)					\
	NCB_WRAP_(type##_robust, type##_robust((head_t)site->head, site->val, \
					       site->down, site->data))

/* The untyped form of a change, for building chains. */
#define NCB_WRAP_PLAIN(type, verb, head_t, node_t)			\
static int type##_##verb##_plain(void *head, void *node)		\
{									\
	return type##_##verb((head_t)head, (node_t)node);		\
}

#define NCB_WRAP_CHANGE(type, verb, head_t, node_t)			\
	NCB_WRAP_PLAIN(type, verb, head_t, node_t)			\
	NCB_WRAP_(type##_##verb, type##_##verb((head_t)site->head, (node_t)site->node))

/* The operations of LIST_OPS() in engine_table.c; s is once or loop. */
#define NCB_LIST_OPS(s) {						\
	[NCB_RAW] = {							\
		[NCB_CALL] = NCB_OF_ENGINE(raw_call_##s),		\
		[NCB_EMPTY] = NCB_OF_ENGINE(raw_call_##s),		\
		[NCB_ROBUST] = NCB_OF_ENGINE(raw_robust_##s),		\
		[NCB_REGISTER] = NCB_OF_ENGINE(raw_insert_##s),		\
		[NCB_UNREGISTER] = NCB_OF_ENGINE(raw_remove_##s),	\
	},								\
	[NCB_BLOCKING] = {						\
		[NCB_CALL] = NCB_OF_ENGINE(blocking_call_##s),		\
		[NCB_EMPTY] = NCB_OF_ENGINE(blocking_call_##s),		\
		[NCB_ROBUST] = NCB_OF_ENGINE(blocking_robust_##s),	\
		[NCB_REVERSE] = NCB_REVERSE_ENTRY(s),			\
		[NCB_REGISTER] = NCB_OF_ENGINE(blocking_insert_##s),	\
		[NCB_UNREGISTER] = NCB_OF_ENGINE(blocking_remove_##s),	\
	},								\
	[NCB_ATOMIC] = {						\
		[NCB_CALL] = NCB_OF_ENGINE(atomic_call_##s),		\
		[NCB_EMPTY] = NCB_OF_ENGINE(atomic_call_##s),		\
		[NCB_REGISTER] = NCB_OF_ENGINE(atomic_insert_##s),	\
	},								\
	[NCB_SRCU] = {							\
		[NCB_CALL] = NCB_OF_ENGINE(srcu_call_##s),		\
		[NCB_EMPTY] = NCB_OF_ENGINE(srcu_call_##s),		\
		[NCB_REGISTER] = NCB_OF_ENGINE(srcu_insert_##s),	\
	},								\
}

#ifdef NCB_HAS_REVERSE
#define NCB_REVERSE_ENTRY(s)	NCB_OF_ENGINE(blocking_reverse_##s)
#else
#define NCB_REVERSE_ENTRY(s)	NULL
#endif

#endif /* NCB_ENGINE_WRAP_H */
