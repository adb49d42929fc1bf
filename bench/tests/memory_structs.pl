# SPDX-License-Identifier: GPL-2.0-only
# Prints C: structs of every kind that holds blocks and heads. SEED COUNT ALIGNED; with
# -DDLIST they are those of the other design.
use strict; use warnings;
my ($seed, $count, $aligned) = @ARGV;
srand($seed);
sub pick { $_[int rand @_] }
print <<'END';
#ifdef DLIST
#define LINK(name) struct list_head name
#else
#define LINK(name) void *name
#endif
struct list_head { struct list_head *next, *prev; };
struct notifier_block { int (*notifier_call)(void);
#ifdef DLIST
	struct list_head entry;
#else
	struct notifier_block *next;
#endif
	int priority; };
struct raw_notifier_head { LINK(head); };
struct atomic_notifier_head { int lock; LINK(head); };
struct blocking_notifier_head { long rwsem[5]; LINK(head); };
struct srcu_notifier_head { long mutex[4]; LINK(head); long srcu[6]; };
END
my @plain = ('char', 'short', 'int', 'long', 'void *', 'struct list_head');

my @parts = ('struct notifier_block', 'struct raw_notifier_head', 'struct atomic_notifier_head',
	'struct blocking_notifier_head', 'struct srcu_notifier_head');
my @made;
sub member {
	my ($name, $depth) = @_;
	my $r = rand;
	if ($r < 0.15) {
		my ($type, $most) = @{pick(['char', 8], ['short', 16], ['int', 32], ['long', 64])};
		return "unsigned $type $name : " . (1 + int rand $most) . ";" .
			(rand() < 0.1 ? " unsigned char : 2;" : "");
	}
	if ($r < 0.25 && $depth < 3) {
		return pick('struct', 'union') . " { " .
			join(" ", map { member("${name}_$_", $depth + 1) } 1 .. 1 + int rand 4) .
			" }" . pick('', " $name", " ${name}[2]") . ";";
	}
	my $type = $r < 0.45 ? pick(@parts) : $r < 0.6 && @made ? pick(@made) : pick(@plain);
	my $array = rand() < 0.15 ? "[" . (1 + int rand 5) . "]" : "";
	my $attribute = $aligned && rand() < 0.05 ?
		" __attribute__((aligned(" . 64 . ")))" : "";
	return "$type $name$array$attribute;";
}
for my $i (1 .. $count) {
	my $attribute = rand() < 0.08 ? " __attribute__((packed))" :
		$aligned && rand() < 0.08 ? " __attribute__((aligned(" . 64 . ")))" : "";
	print "struct s$i { ", join(" ", map { member("m$_", 0) } 1 .. 1 + int rand 9),
		(rand() < 0.05 ? " struct notifier_block flexible[];" : ""), " }$attribute;\n";
	# A flexible array may stand at the end only.
	print "struct s$i v$i;\n";
	push @made, "struct s$i" if rand() < 0.5;
}
