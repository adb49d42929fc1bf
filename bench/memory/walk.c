// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains of a running kernel that begin in its static data. Nothing says which words there
 * are heads: each one is tried that leads to something that begins with the address of a
 * function. It is a head where all blocks behind it have as callback exactly the beginning
 * of a function, none of which BTF says that it takes anything else, at least one of which
 * it says that it is a notifier's, where priorities never rise, and where the list ends as
 * lists of this kernel's design end.
 *
 * The kernel goes on meanwhile: words are looked for in what was read once; a chain that is
 * found counts as it is read then, twice with the same result.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "live.h"

#define BLOCKS_MAX	4096	/* of one chain */
#define REFUSED_MAX	64	/* that are named */
#define TRIES		5
#define VARIABLE_MAX	(64u << 20)	/* bytes; what is longer is a gap between symbols */

/* What BTF says of the function that a block names. */
enum call { CALL_NONE, CALL_UNTOLD, CALL_OTHER, CALL_FITS };

struct block {
	uint64_t at, address;
	const struct ncb_symbol *symbol;
	enum call call;
	int32_t priority;
};

/**
 * struct found - a chain, or what begins like one
 * @block, @blocks: of it
 * @why: it is none; NULL: it is one, if some block @fits
 */
struct found {
	struct block block[BLOCKS_MAX];
	size_t blocks;
	bool fits;
	const char *why;
};

/**
 * struct place - of parts of a type, in bytes
 * @size: of the whole; 0: the kernel has no such type
 * @link: of the link
 * @call, @priority: of a block
 * @list: of the list in a head's lock; @has_list: it has one
 */
struct place {
	uint64_t size, link, call, priority, list;
	bool has_list;
};

/**
 * struct chain - one that was found
 * @symbol, @at: its head, which is in the one and at the other
 * @part: kind of the head; @or: what else it may be, or NCB_PARTS
 * @dropped: why it is none after all, or NULL
 */
struct chain {
	const struct ncb_symbol *symbol;
	uint64_t at;
	enum ncb_part part, or;
	struct block *block;
	size_t blocks;
	const char *dropped;
};

/* Of what the kernel has no more: others have this memory now. */
static const struct {
	const char *from, *to;
} freed[] = {
	{ "__init_begin", "__init_end" },
	{ "__start_bss_decrypted_unused", "__end_bss_decrypted" },
	{ "__brk_base", "__brk_limit" },
	{ "_end", NULL },	/* nothing of it is behind */
};

struct module {
	const char *name;
	struct ncb_callbacks callbacks;
};

struct walk {
	const struct ncb_walk *q;
	bool doubly;
	uint64_t word;
	struct place part[NCB_PARTS];
	uint64_t text, text_end;	/* of the functions of the kernel and of all modules */
	uint64_t gone[ARRAY_SIZE(freed)], gone_end[ARRAY_SIZE(freed)];
	struct module *module;		/* the kernel first */
	size_t modules;
	struct found first, again;
	uint64_t words, functions, callbacks, untold, refused, changing, blocks, fixed;
	struct chain *chain;
	size_t chains, room;
	json_t *refusals;
};

static const char no_memory[] = "a block is where no memory is";
static const char looped[] = "a loop, or more than 4096 blocks";
static const char no_function[] = "a callback is no function";
static const char other_function[] = "a callback takes something else, by BTF";
static const char rising[] = "a priority rises";
static const char elsewhere[] = "its blocks are on another chain";
static const char open_end[] = "a block does not point back to the one before it";

/* -- what a block looks like -- */

static void place_lock(const struct ncb_types *t, const struct ncb_type *head, struct place *p)
{
	static const char *const locks[] = { "rwsem", "mutex" };
	const struct ncb_member *lock;
	uint64_t bit = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		lock = ncb_types_member(head, locks[i]);
		if (!lock || !ncb_types_list(t, lock->type, &bit))
			continue;
		p->list = (lock->bit + bit) / 8;
		p->has_list = true;
		return;
	}
}

static bool find_places(struct walk *w)
{
	const struct ncb_types *t = w->q->kernel;
	const struct ncb_member *call, *priority;
	const struct ncb_type *block;
	struct ncb_design d;
	int i;

	if (ncb_design_find(t, &d))
		return false;
	w->doubly = d.doubly;
	w->word = t->pointer;
	for (i = 0; i < NCB_PARTS; i++) {
		const struct ncb_type *type;

		if (d.type[i] == NCB_NO_TYPE)
			continue;
		type = &t->type[d.type[i]];
		w->part[i].size = type->size;
		w->part[i].link = type->member[d.link[d.type[i]]].bit / 8;
		place_lock(t, type, &w->part[i]);
	}
	block = &t->type[d.type[NCB_PART_BLOCK]];
	call = ncb_types_member(block, "notifier_call");
	priority = ncb_types_member(block, "priority");
	if (call && priority) {
		w->part[NCB_PART_BLOCK].call = call->bit / 8;
		w->part[NCB_PART_BLOCK].priority = priority->bit / 8;
	}
	ncb_design_free(&d);
	return call && priority && t->pointer == sizeof(uint64_t);
}

/* -- functions -- */

static void find_text(struct walk *w)
{
	const struct ncb_symbols *s = w->q->symbols;
	size_t i;

	w->text = UINT64_MAX;
	for (i = 0; i < s->symbols; i++) {
		const struct ncb_symbol *symbol = &s->symbol[i];

		if (!strchr("tTwW", symbol->kind) || !symbol->address)
			continue;
		if (symbol->address < w->text)
			w->text = symbol->address;
		if (symbol->address > w->text_end)
			w->text_end = symbol->address;
	}
	for (i = 0; i < ARRAY_SIZE(freed); i++) {
		w->gone[i] = ncb_symbols_address(s, freed[i].from);
		w->gone_end[i] = freed[i].to ? ncb_symbols_address(s, freed[i].to) :
				 w->gone[i] + NCB_KCORE_PAGE;
		if (!w->gone[i])
			w->gone_end[i] = 0;
	}
}

static bool is_gone(const struct walk *w, const struct ncb_symbol *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(freed); i++)
		if (!*s->module && s->address >= w->gone[i] && s->address < w->gone_end[i])
			return true;
	return false;
}

/* BTF is read of those whose functions are asked for. */
static const struct ncb_callbacks *callbacks_of(struct walk *w, const char *name)
{
	struct module *m;
	char *path;
	size_t i;

	for (i = 0; i < w->modules; i++)
		if (!strcmp(w->module[i].name, name))
			return &w->module[i].callbacks;
	w->module = ncb_grow(w->module, w->modules + 1, sizeof(*w->module));
	m = &w->module[w->modules++];
	m->name = name;
	path = *name ? ncb_format("%s/%s", w->q->folder, name) : NULL;
	ncb_callbacks_running(&m->callbacks, path, w->q->kernel);
	free(path);
	return &m->callbacks;
}

/* Several functions may be one: who of them is a notifier's, is it. */
static enum call judge(struct walk *w, uint64_t address, const struct ncb_symbol **symbol)
{
	const struct ncb_symbols *all = w->q->symbols;
	const struct ncb_symbol *s;
	enum call call = CALL_NONE;

	if (address < w->text || address > w->text_end)
		return CALL_NONE;
	s = ncb_symbols_at(all, address);
	for (; s && s < all->symbol + all->symbols && s->address == address; s++) {
		const struct ncb_callback *c;
		enum call this;

		if (!strchr("tTwW", s->kind))
			continue;
		c = ncb_callbacks_find(callbacks_of(w, s->module), s->name);
		this = !c ? CALL_UNTOLD : c->fits ? CALL_FITS : CALL_OTHER;
		if (call == CALL_NONE || this == CALL_FITS) {
			call = this;
			*symbol = s;
		}
		if (this == CALL_FITS)
			break;
	}
	return call;
}

/* -- following a chain -- */

static bool read_block(struct walk *w, uint64_t at, uint64_t *link, struct block *b)
{
	const struct place *p = &w->part[NCB_PART_BLOCK];
	unsigned char data[64];

	if (at % w->word || p->size > sizeof(data) || !ncb_kcore_read(w->q->core, at, data, p->size))
		return false;
	b->at = at;
	memcpy(&b->address, data + p->call, sizeof(b->address));
	memcpy(&b->priority, data + p->priority, sizeof(b->priority));
	memcpy(link, data + p->link, w->doubly ? 2 * sizeof(*link) : sizeof(*link));
	b->call = judge(w, b->address, &b->symbol);
	return true;
}

static const char *add_block(struct walk *w, struct found *f, uint64_t at, uint64_t *link)
{
	struct block *b = &f->block[f->blocks];
	size_t i;

	if (f->blocks == BLOCKS_MAX)
		return looped;
	for (i = 0; i < f->blocks; i++)
		if (f->block[i].at == at)
			return looped;
	if (!read_block(w, at, link, b))
		return no_memory;
	if (b->call == CALL_NONE)
		return no_function;
	if (b->call == CALL_OTHER)
		return other_function;
	if (f->blocks && b->priority > f->block[f->blocks - 1].priority)
		return rising;
	f->fits |= b->call == CALL_FITS;
	f->blocks++;
	return NULL;
}

static const char *follow_singly(struct walk *w, uint64_t at, struct found *f)
{
	const char *why = NULL;

	while (at && !why)
		why = add_block(w, f, at, &at);
	return why;
}

/* Round, with the head among the links. */
static const char *follow_doubly(struct walk *w, uint64_t head, struct found *f)
{
	uint64_t ends[2], link[2], before = head;
	const char *why;

	if (!ncb_kcore_read(w->q->core, head, ends, sizeof(ends)))
		return no_memory;
	link[0] = ends[0];
	while (link[0] != head) {
		uint64_t at = link[0];

		why = add_block(w, f, at - w->part[NCB_PART_BLOCK].link, link);
		if (why)
			return why;
		if (link[1] != before)
			return open_end;
		before = at;
	}
	return ends[1] == before ? NULL : open_end;
}

/* As it is now. */
static void follow(struct walk *w, uint64_t head, struct found *f)
{
	uint64_t at;

	f->blocks = 0;
	f->fits = false;
	if (!ncb_kcore_read(w->q->core, head, &at, sizeof(at)))
		f->why = no_memory;
	else
		f->why = w->doubly ? follow_doubly(w, head, f) : follow_singly(w, at, f);
}

static bool is_same(const struct found *a, const struct found *b)
{
	size_t i;

	for (i = 0; i < a->blocks; i++)
		if (a->block[i].at != b->block[i].at ||
		    a->block[i].address != b->block[i].address ||
		    a->block[i].priority != b->block[i].priority)
			return false;
	return a->blocks == b->blocks && a->why == b->why;
}

/* Into @w->first; false: it changes whenever it is read. */
static bool follow_surely(struct walk *w, uint64_t head)
{
	unsigned int i;

	follow(w, head, &w->first);
	for (i = 0; i < TRIES; i++) {
		follow(w, head, &w->again);
		if (is_same(&w->first, &w->again))
			return true;
		memcpy(&w->first, &w->again, sizeof(w->first));
	}
	return false;
}

/* -- what kind of head -- */

/* A lock that nobody waits for has an empty list; else its first waiter points back. */
static bool has_lock(const struct walk *w, const struct ncb_symbol *s, uint64_t at,
		     enum ncb_part part)
{
	const struct place *p = &w->part[part];
	uint64_t base = at - p->link, list = base + p->list, next, back;

	return p->has_list && at - s->address >= p->link &&
	       ncb_kcore_read(w->q->core, list, &next, sizeof(next)) && next &&
	       ncb_kcore_read(w->q->core, next + w->word, &back, sizeof(back)) && back == list;
}

/* One that nobody holds. */
static bool has_spinlock(const struct walk *w, const struct ncb_symbol *s, uint64_t at)
{
	const struct place *p = &w->part[NCB_PART_ATOMIC];
	uint64_t lock;

	return p->size && p->link == w->word && at - s->address >= p->link &&
	       ncb_kcore_read(w->q->core, at - p->link, &lock, sizeof(lock)) && !lock;
}

static enum ncb_part kind_of(const struct walk *w, const struct ncb_symbol *s, uint64_t at,
			     enum ncb_part *or)
{
	static const enum ncb_part locked[] = { NCB_PART_BLOCKING, NCB_PART_SRCU };
	size_t i;

	*or = NCB_PARTS;
	for (i = 0; i < ARRAY_SIZE(locked); i++)
		if (has_lock(w, s, at, locked[i]))
			return locked[i];
	if (!has_spinlock(w, s, at))
		return NCB_PART_RAW;
	*or = NCB_PART_RAW;
	return NCB_PART_ATOMIC;
}

/* -- one word of static data -- */

static json_t *text(const char *s)
{
	json_t *string = json_string(s);

	return string ? string : json_string("(unreadable)");
}

static void refuse(struct walk *w, const struct ncb_symbol *s, uint64_t at, const char *why)
{
	char *name = ncb_format("%s+%" PRIu64 "%s%s%s", s->name, at - s->address,
				*s->module ? " [" : "", s->module, *s->module ? "]" : "");

	w->refused++;
	if (json_array_size(w->refusals) < REFUSED_MAX)
		json_array_append_new(w->refusals, json_pack("{so ss}", "name", text(name),
							     "why", why));
	free(name);
}

static void add_chain(struct walk *w, const struct ncb_symbol *s, uint64_t at)
{
	const struct found *f = &w->first;
	struct chain *c;

	if (w->chains == w->room) {
		w->room = w->room ? 2 * w->room : 64;
		w->chain = ncb_grow(w->chain, w->room, sizeof(*w->chain));
	}
	c = &w->chain[w->chains++];
	*c = (struct chain) { .symbol = s, .at = at, .blocks = f->blocks };
	c->part = kind_of(w, s, at, &c->or);
	c->block = ncb_alloc(f->blocks, sizeof(*f->block));
	memcpy(c->block, f->block, f->blocks * sizeof(*f->block));
}

/* The second half of a list, be it a head or not. */
static bool is_backward(struct walk *w, uint64_t at)
{
	uint64_t next, back;

	return w->doubly && ncb_kcore_peek(w->q->core, at - w->word, &next, sizeof(next)) && next &&
	       ncb_kcore_peek(w->q->core, next + w->word, &back, sizeof(back)) &&
	       back == at - w->word;
}

/* The link of a block that is on a chain already. */
static bool is_in_block(struct walk *w, uint64_t at)
{
	const struct place *p = &w->part[NCB_PART_BLOCK];
	const struct ncb_symbol *unused;
	uint64_t address;
	enum call call;

	if (!ncb_kcore_peek(w->q->core, at - p->link + p->call, &address, sizeof(address)))
		return false;
	call = judge(w, address, &unused);
	return call == CALL_FITS || call == CALL_UNTOLD;
}

static void try_word(struct walk *w, const struct ncb_symbol *s, uint64_t at)
{
	const struct place *p = &w->part[NCB_PART_BLOCK];
	const struct ncb_symbol *unused;
	uint64_t to, address;
	enum call call;
	bool steady;

	w->words++;
	if (!ncb_kcore_peek(w->q->core, at, &to, sizeof(to)) || !to || to % w->word)
		return;
	to -= w->doubly ? p->link : 0;
	if (!ncb_kcore_peek(w->q->core, to + p->call, &address, sizeof(address)))
		return;
	call = judge(w, address, &unused);
	w->functions += call != CALL_NONE;
	if ((call != CALL_FITS && call != CALL_UNTOLD) || is_in_block(w, at) ||
	    is_backward(w, at))
		return;
	steady = follow_surely(w, at);
	if (call == CALL_UNTOLD && (!steady || w->first.why || !w->first.fits)) {
		w->untold += steady && !w->first.why;
		return;
	}
	w->callbacks++;
	if (!steady)
		w->changing++;
	else if (w->first.why)
		refuse(w, s, at, w->first.why);
	else
		add_chain(w, s, at);
}

/* Behind the last variable is what somebody left in that page. */
static bool may_be_head(const struct walk *w, const struct ncb_symbol *s, uint64_t at)
{
	enum ncb_part part;

	for (part = NCB_PART_RAW; part < NCB_PARTS; part++)
		if (w->part[part].size && at - s->address == w->part[part].link)
			return true;
	return !s->last;
}

static void try_symbol(struct walk *w, const struct ncb_symbol *s)
{
	uint64_t at, step = w->word;

	if (!ncb_symbol_is_data(s) || is_gone(w, s) || !ncb_kcore_segment(w->q->core, s->address))
		return;
	for (at = (s->address + step - 1) / step * step;
	     at - s->address + step <= s->size && at - s->address < VARIABLE_MAX; at += step)
		if (may_be_head(w, s, at))
			try_word(w, s, at);
}

static void try_all(struct walk *w)
{
	const struct ncb_symbols *s = w->q->symbols;
	uint64_t done = 0;
	size_t i;

	for (i = 0; i < s->symbols && !ncb_interrupted; i++) {
		if (!ncb_symbol_is_data(&s->symbol[i]) || s->symbol[i].address == done)
			continue;
		done = s->symbol[i].address;
		try_symbol(w, &s->symbol[i]);
	}
}

/* -- which of those that lead to the same block -- */

struct shared {
	uint64_t at;
	struct chain *chain;
};

static int by_block(const void *x, const void *y)
{
	const struct shared *a = x, *b = y;

	return (a->at > b->at) - (a->at < b->at);
}

static bool is_locked(const struct chain *c)
{
	return c->part == NCB_PART_BLOCKING || c->part == NCB_PART_SRCU;
}

/*
 * A block is on one chain. What leads there besides is a pointer to it, or a copy of one: the
 * head is where the lock is, or all of the chain. The better of two; of equals neither stays.
 */
static struct chain *drop_one(struct chain *a, struct chain *b)
{
	int better = is_locked(a) != is_locked(b) ? is_locked(a) - is_locked(b) :
		     (a->blocks > b->blocks) - (a->blocks < b->blocks);

	if (better >= 0)
		b->dropped = elsewhere;
	if (better <= 0)
		a->dropped = elsewhere;
	return better >= 0 ? a : b;
}

static void drop_copies(struct walk *w)
{
	struct shared *list;
	size_t n = 0, i, k;

	for (i = 0; i < w->chains; i++)
		n += w->chain[i].blocks;
	list = ncb_alloc(n + 1, sizeof(*list));
	for (i = 0, n = 0; i < w->chains; i++)
		for (k = 0; k < w->chain[i].blocks; k++)
			list[n++] = (struct shared) { w->chain[i].block[k].at, &w->chain[i] };
	qsort(list, n, sizeof(*list), by_block);
	for (i = 0; i < n; i = k) {
		struct chain *best = list[i].chain;

		for (k = i + 1; k < n && list[k].at == list[i].at; k++)
			best = drop_one(best, list[k].chain);
	}
	free(list);
}

/* -- all of it -- */

static json_t *block_json(struct walk *w, const struct block *b)
{
	const struct ncb_symbol *in = ncb_symbols_data(w->q->symbols, b->at);

	w->blocks++;
	w->fixed += in != NULL;
	return json_pack("{so so sb sI so}", "callback", text(b->symbol->name),
			 "module", text(b->symbol->module), "told", b->call == CALL_FITS,
			 "priority", (json_int_t)b->priority, "static", text(in ? in->name : ""));
}

static json_t *chain_json(struct walk *w, const struct chain *c)
{
	json_t *blocks = json_array();
	size_t i;

	for (i = 0; i < c->blocks; i++)
		json_array_append_new(blocks, block_json(w, &c->block[i]));
	return json_pack("{so so sI ss ss so}", "name", text(c->symbol->name),
			 "module", text(c->symbol->module),
			 "offset", (json_int_t)(c->at - c->symbol->address),
			 "type", ncb_part_names[c->part], "or",
			 c->or == NCB_PARTS ? "" : ncb_part_names[c->or], "blocks", blocks);
}

static json_t *chains_json(struct walk *w)
{
	json_t *chains = json_array();
	size_t i;

	for (i = 0; i < w->chains; i++) {
		if (w->chain[i].dropped)
			refuse(w, w->chain[i].symbol, w->chain[i].at, w->chain[i].dropped);
		else
			json_array_append_new(chains, chain_json(w, &w->chain[i]));
	}
	return chains;
}

static bool has_data(const struct ncb_symbols *s)
{
	size_t n = 0, i;

	for (i = 0; i < s->symbols; i++)
		n += !*s->symbol[i].module && ncb_symbol_is_data(&s->symbol[i]);
	return n > s->symbols / 100;
}

static json_t *all_json(struct walk *w)
{
	json_t *chains = chains_json(w);
	json_int_t without = 0;
	size_t i;

	for (i = 1; i < w->modules; i++)
		without += !w->module[i].callbacks.functions;
	return json_pack("{ss sI sI sI sI sI so sI sI sI sI sI sI so}", "reason", "",
			 "words", (json_int_t)w->words, "functions", (json_int_t)w->functions,
			 "callbacks", (json_int_t)w->callbacks, "untold", (json_int_t)w->untold,
			 "refused", (json_int_t)w->refused, "refusals", w->refusals, "changing", (json_int_t)w->changing,
			 "blocks", (json_int_t)w->blocks, "static", (json_int_t)w->fixed,
			 "allocated", (json_int_t)(w->blocks - w->fixed),
			 "modules", (json_int_t)w->modules - 1, "modules_without_btf", without,
			 "chains", chains);
}

static const char *prepare(struct walk *w)
{
	if (!has_data(w->q->symbols))
		return "/proc/kallsyms has functions only: the kernel was built without CONFIG_KALLSYMS_ALL";
	if (!find_places(w))
		return "what a notifier block looks like is not known, or it is not of 64 bits";
	if (!callbacks_of(w, "")->functions)
		return "BTF of this kernel does not tell of functions";
	find_text(w);
	return NULL;
}

/**
 * ncb_walk_json - chains of a running kernel
 * @q: where it is read from
 *
 * Return: an object, see live.h.
 */
json_t *ncb_walk_json(const struct ncb_walk *q)
{
	struct walk *w = ncb_alloc(1, sizeof(*w));
	const char *why;
	json_t *json;
	size_t i;

	w->q = q;
	why = prepare(w);
	if (why) {
		json = json_pack("{ss}", "reason", why);
	} else {
		w->refusals = json_array();
		try_all(w);
		drop_copies(w);
		json = all_json(w);
	}
	for (i = 0; i < w->modules; i++)
		ncb_callbacks_free(&w->module[i].callbacks);
	for (i = 0; i < w->chains; i++)
		free(w->chain[i].block);
	free(w->chain);
	free(w->module);
	free(w);
	return json;
}
