# SPDX-License-Identifier: GPL-2.0-only
# What a guest's kernel said of its chains, against what is known of them and against its own
# trace: memory_live.pl result.json traced|untraced. Fails with a line for each that is wrong.
use strict;
use warnings;
use JSON::PP;

my ($file, $traced) = @ARGV;
open(my $f, '<', $file) or die "$file: $!\n";
my $memory = do { local $/; decode_json(<$f>)->{memory} };
my ($walk, $trace) = @{$memory->{live}}{qw(walk traced)};
my $wrong = 0;

sub expect {
	my ($true, $what) = @_;
	return if $true;
	print "# not so: $what\n";
	$wrong = 1;
}

# In every kernel's own words: head, type and a callback that is built in.
my @known = (
	[qw(module_notify_list blocking_notifier_head jump_label_module_notify)],
	[qw(module_notify_list blocking_notifier_head tracepoint_module_notify)],
	[qw(reboot_notifier_list blocking_notifier_head perf_reboot)],
	[qw(cpufreq_transition_notifier_list srcu_notifier_head time_cpufreq_notifier)],
	[qw(panic_notifier_list atomic_notifier_head rcu_panic)],
	[qw(die_chain atomic_notifier_head kprobe_exceptions_notify)],
	[qw(netdev_chain raw_notifier_head rtnetlink_event)],
);

expect($walk->{reason} eq '', "the walk: $walk->{reason}");
my %chain = map { $_->{name} => $_ } @{$walk->{chains}};
for (@known) {
	my ($name, $type, $callback) = @$_;
	my $c = $chain{$name};

	expect($c && $c->{type} eq $type, "$name is a $type");
	expect($c && grep({ $_->{callback} eq $callback && $_->{static} ne '' } @{$c->{blocks}}),
	       "$callback is on $name, static");
}
expect(@{$walk->{chains}} >= 15 && @{$walk->{chains}} <= 40, 'as many chains as there are');
expect($walk->{callbacks} == @{$walk->{chains}}, 'what begins as a chain is one');
expect($walk->{functions} > 50 * $walk->{callbacks}, 'few of what has a function has a callback');
printf "# %d blocks on %d chains\n", $walk->{blocks}, scalar @{$walk->{chains}};

if ($traced eq 'untraced') {
	expect($trace->{reason} =~ /no tracepoints/, "untraced: $trace->{reason}");
	exit $wrong;
}
expect($trace->{reason} eq '', "the trace: $trace->{reason}");
printf "# %d registered, %d left, %d on other chains, %d early\n",
	@{$trace}{qw(registered there not_reached not_traced)};
# What is on a chain was registered; before trace_init(), by what start_kernel() calls above it.
my $before = qr/^(mce_early_notifier|uc_decode_notifier|mce_default_notifier|static_call_module_notify|slab_memory_callback|rcu_pm_notify|trace_die_panic_handler)$/;
expect($_->{callback} =~ $before, "$_->{callback} was registered") for @{$trace->{early}};
expect($trace->{there} >= 70, 'the trace has what a kernel registers');
# Chains of busses and the like are in allocated memory.
expect($_->{callback} =~ /bus|pci|acpi|i8042|platform|iommu/, "$_->{callback} is on a static chain")
	for @{$trace->{missing}};
expect($trace->{not_reached} * 10 <= $trace->{there}, 'the walk reaches nine of ten');
exit $wrong;
