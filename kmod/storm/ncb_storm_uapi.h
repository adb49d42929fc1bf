/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ncb_storm.ko and the driver say to each other: probes on the module
 * loader's own notifier chain, more notifiers on it, vetoes, and requests for
 * modules. All of it is there while /dev/ncb_storm is open, and gone with it.
 */
#ifndef NCB_STORM_UAPI_H
#define NCB_STORM_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define NCB_STORM_ABI		2
#define NCB_STORM_MODULE	"ncb_storm"
#define NCB_STORM_VERSION	"ncbench storm"	/* its MODULE_VERSION, which sysfs shows */
#define NCB_STORM_DEVICE	"/dev/ncb_storm"

/*
 * Payload modules are named NCB_PAYLOAD_PREFIX <shape> "_" <four digits>, such as
 * ncb_small_0042; the number is theirs alone, whatever their shape. All have this
 * MODULE_VERSION, which sysfs shows, and a parameter "fail": what init returns.
 */
#define NCB_PAYLOAD_PREFIX	"ncb_"
#define NCB_PAYLOAD_VERSION	"ncbench payload"
#define NCB_PAYLOAD_DIGITS	4
#define NCB_PAYLOADS_MAX	10000u

/*
 * Static per-CPU data of a payload of the shape percpu. Where a kernel for several CPUs
 * was built, all loaded modules share 8 KiB of such, and it complains in its log when
 * they are used up: no more than NCB_PAYLOAD_PERCPU_MAX of that shape at once.
 */
#define NCB_PAYLOAD_PERCPU	1024
#define NCB_PAYLOAD_PERCPU_MAX	6u

#define NCB_STORM_EXTRA_MAX	1024u		/* notifiers more */
#define NCB_STORM_RECORDS_MIN	512u		/* kept until they are read, of each CPU */
#define NCB_STORM_RECORDS_MAX	(1u << 20)	/* likewise, and about so many of all together */
#define NCB_STORM_CHAIN_MAX	256u		/* notifiers that are listed */
#define NCB_STORM_SYMBOL	96
#define NCB_STORM_NAME		56

/* What a vetoed module gets for an answer from finit_module(). */
#define NCB_STORM_VETO_ERRNO	125		/* ECANCELED */

/* Where on the chain a record was taken. */
enum ncb_storm_position {
	NCB_STORM_FIRST,	/* priority INT_MAX */
	NCB_STORM_MIDDLE,	/* priority 0, behind those that were there before */
	NCB_STORM_LAST,		/* priority INT_MIN */
	NCB_STORM_CALLBACK,	/* a tracepoint, before a callback is called: @callback says which */
	NCB_STORM_POSITIONS
};

/**
 * struct ncb_storm_event - one record, of payload modules only
 * @ns: CLOCK_MONOTONIC_RAW
 * @callback: NCB_STORM_CALLBACK: key of the notifier, see struct ncb_storm_notifier; else 0
 * @task: thread id of who loads or unloads
 * @module: number of the payload
 * @action: state that is announced: 0 LIVE, 1 COMING, 2 GOING, 3 UNFORMED, or what else
 *	the kernel has
 * @position: enum ncb_storm_position
 */
struct ncb_storm_event {
	__u64 ns;
	__u64 callback;
	__u32 task;
	__u16 module;
	__u8 action;
	__u8 position;
};

/* Bits of struct ncb_storm_info.features */
#define NCB_STORM_FEAT_TRACEPOINT	(1u << 0)	/* notifier:notifier_run can be attached to */
#define NCB_STORM_FEAT_LIST_HEAD	(1u << 1)	/* chains are doubly-linked */
#define NCB_STORM_FEAT_REQUEST		(1u << 2)	/* request_module() is there */

/**
 * struct ncb_storm_info - what it is
 * @abi: NCB_STORM_ABI
 * @features: NCB_STORM_FEAT_*
 * @records: that fit on one CPU between two reads: each has its share of all, but some
 *	thousands at least
 * @probe_ns: between two records of probes with nothing between them, the mean of hundreds,
 *	as measured when it was opened: what the probes themselves put between any two records.
 *	From FIRST to LAST it is there twice, as MIDDLE is between them; 0: not known
 * @lost: records that did not fit, of all CPUs, since it was opened
 * @calls: of all extra notifiers together, since it was opened
 * @vetoes: since it was opened
 */
struct ncb_storm_info {
	__u32 abi;
	__u32 features;
	__u32 records;
	__u32 probe_ns;
	__u64 lost;
	__u64 calls;
	__u64 vetoes;
};

/* Bits of struct ncb_storm_setting.flags */
#define NCB_STORM_PROBE		(1u << 0)	/* FIRST, MIDDLE and LAST are on the chain */
#define NCB_STORM_VETO		(1u << 1)	/* COMING of payloads is vetoed, between MIDDLE and LAST */
#define NCB_STORM_TRACE		(1u << 2)	/* CALLBACK records; only with PROBE */

/**
 * struct ncb_storm_setting - what is on the chain from now on
 * @flags: NCB_STORM_PROBE ...
 * @extra: notifiers that do nothing but count, between MIDDLE and LAST, 0 .. NCB_STORM_EXTRA_MAX
 */
struct ncb_storm_setting {
	__u32 flags;
	__u32 extra;
};

/**
 * struct ncb_storm_notifier - one notifier on the chain, ours left out
 * @key: as in struct ncb_storm_event.callback
 * @priority: of it
 * @position: NCB_STORM_FIRST: between FIRST and MIDDLE; NCB_STORM_MIDDLE: between MIDDLE and LAST
 * @symbol: "name" or "name [module]"; "" where the kernel has no names
 */
struct ncb_storm_notifier {
	__u64 key;
	__s32 priority;
	__u32 position;
	char symbol[NCB_STORM_SYMBOL];
};

/**
 * struct ncb_storm_chain - the chain, as it was when a payload came first after PROBE was set
 * @count: notifiers on it, ours left out; the first NCB_STORM_CHAIN_MAX are written; 0: no
 *	payload has come yet
 * @capacity: room at @notifiers
 * @notifiers: user pointer to struct ncb_storm_notifier
 */
struct ncb_storm_chain {
	__u32 count;
	__u32 capacity;
	__u64 notifiers;
};

/**
 * struct ncb_storm_request - request_module() of a payload, and wait for it
 * @name: of the module
 * @result: out: what it returned: 0, -errno, or the exit status of modprobe
 */
struct ncb_storm_request {
	char name[NCB_STORM_NAME];
	__s32 result;
	__u32 reserved;
};

/**
 * struct ncb_storm_other - one module more that counts as a payload, with the number 0
 * @name: of it, "" for none; only while nothing is on the chain, or -EBUSY
 */
struct ncb_storm_other {
	char name[NCB_STORM_NAME];
};

/*
 * read() gives whole records in the order of their times, also from one read to the
 * next and while others are taken; 0 where there are none. -EINVAL for what is out of range, with nothing changed; -EOPNOTSUPP for what
 * this kernel has not.
 */
#define NCB_STORM_IOC_INFO	_IOR('s', 1, struct ncb_storm_info)
#define NCB_STORM_IOC_SET	_IOW('s', 2, struct ncb_storm_setting)
#define NCB_STORM_IOC_CHAIN	_IOWR('s', 3, struct ncb_storm_chain)
#define NCB_STORM_IOC_REQUEST	_IOWR('s', 4, struct ncb_storm_request)
#define NCB_STORM_IOC_OTHER	_IOW('s', 5, struct ncb_storm_other)

#endif /* NCB_STORM_UAPI_H */
