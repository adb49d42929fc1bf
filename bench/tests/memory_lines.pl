# SPDX-License-Identifier: GPL-2.0-only
# WALKED TRACE NAME=JSON...: does chains.c compute the cache lines that calls really touch?
# WALKED is what memory_walk.c said, TRACE what valgrind's lackey saw of it (loads and
# stores are enough, - is standard input), each JSON the
# bill of a kernel of the singly-linked design whose only struct that holds a block is the
# one of that name. Prints what differs, and last how many were compared; fails where
# something differs, or nothing was compared.
use strict;
use warnings;
no warnings 'portable';	# addresses have 64 bits
use JSON::PP;

my ($walked, $trace, @bills) = @ARGV;
my ($from, $to, %begins, %ends, @calls);

open(my $file, '<', $walked) or die "$walked: $!\n";
while (<$file>) {
	($from, $to) = (hex($1), hex($2)) if /^blocks (\S+) (\S+)/;
	next unless /^call (\S+) (\S+) (\d+) (\S+) (\S+)/;
	push @calls, { design => $1, layout => $2, blocks => $3, lines => {} };
	$begins{hex($4)} = $ends{hex($5)} = $calls[-1];
}

# One that ends before its last call is no trace of it.
open($file, $trace eq '-' ? '<&STDIN' : "<$trace") or die "$trace: $!\n";
my $in;
while (<$file>) {
	next unless /^ ([LSM]) ([0-9a-f]+),(\d+)/;
	my ($at, $size) = (hex($2), $3);
	if ($1 eq 'S' && $begins{$at}) {
		$in = $begins{$at};
		$in->{seen} = 1;
	} elsif ($1 eq 'S' && $ends{$at}) {
		undef $in;
	} elsif ($in && $at >= $from && $at < $to) {
		$in->{lines}{$_} = 1 for int($at / 64) .. int(($at + $size - 1) / 64);
	}
}

# Computed: layout, design, blocks => lines
my %computed;
for (@bills) {
	my ($name, $path) = split /=/, $_, 2;
	open(my $json, '<', $path) or die "$path: $!\n";
	my $bill = decode_json(do { local $/; <$json> });
	die "$path: slist expected\n" if $bill->{design} ne 'slist';
	for my $c (@{$bill->{chains}{list}}) {
		for (['slist', 'now'], ['dlist', 'other']) {
			my ($design, $key) = @$_;
			$computed{"packed $design $c->{blocks}"} = $c->{"lines_packed_$key"};
			$computed{"alone $design $c->{blocks}"} = $c->{"lines_alone_$key"};
			$computed{"$name $design $c->{blocks}"} = $c->{"lines_embedded_$key"};
		}
	}
}

my ($compared, $wrong) = (0, 0);
for (@calls) {
	my $lines = keys %{$_->{lines}};
	my $want = $computed{"$_->{layout} $_->{design} $_->{blocks}"};
	if (!$_->{seen} || !defined $want || $want != $lines) {
		print "# $_->{design}, $_->{layout}, $_->{blocks} blocks: $lines lines touched, ",
			$want // 'none', " computed\n";
		$wrong++;
	}
	$compared++;
}
print "# $compared calls compared, $wrong otherwise\n";
exit !($compared && !$wrong);
