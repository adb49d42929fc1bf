# SPDX-License-Identifier: GPL-2.0-only
# JSON PAHOLE: does pahole say the same of every struct in what 'types --members' printed?
# Size, bits that no member takes, cache lines, and where each member is. Prints what
# differs, and last how many were compared; fails where something differs, or nothing was
# compared.
use strict;
use warnings;
use JSON::PP;

# What pahole printed: name => list of { kind, size, lines, unused, members => [[bit, ...]] }
sub read_pahole {
	my ($path) = @_;
	my (%all, $at);
	open(my $file, '<', $path) or die "$path: $!\n";
	while (<$file>) {
		if (/^(struct|union) (\w+) \{/) {
			$at = { kind => $1, unused => 0, members => [] };
			push @{$all{$2}}, $at;
		}
		next unless $at;
		undef $at, next if /^\}/;
		# Members of the struct itself; what is in an unnamed one is further right.
		push @{$at->{members}}, 8 * $1 + ($2 // 0)
			if m{^\t\S.*/\*\s+(\d+)(?::\s*(\d+))?\s+\d+ \*/$};
		$at->{size} = $1 if m{/\* size: (\d+)};
		$at->{lines} = $1 if /cachelines: (\d+)/;
		$at->{unused} += 8 * $1 if /sum holes: (\d+)/ || m{/\* padding: (\d+)};
		$at->{unused} += $1 if /sum bit holes: (\d+) bit/ || /bit_padding: (\d+) bit/;
	}
	return \%all;
}

# "" where both say the same.
sub difference {
	my ($s, $p) = @_;
	my $now = $s->{now};
	return "size $now->{size}, pahole $p->{size}" if $now->{size} != $p->{size};
	return "lines $now->{lines}, pahole $p->{lines}" if $now->{lines} != $p->{lines};
	# Of a union pahole says where nothing is.
	return "" if $s->{kind} eq 'union';
	my $unused = 8 * ($now->{holes} + $now->{padding}) + $now->{loose_bits};
	return "$unused bits unused, pahole $p->{unused}" if $unused != $p->{unused};
	my $ours = join(' ', map { $_->{bit} } @{$s->{members}});
	my $theirs = join(' ', @{$p->{members}});
	return $ours eq $theirs ? "" : "members at $ours, pahole $theirs";
}

my ($json, $pahole) = @ARGV;
local $/;
open(my $file, '<', $json) or die "$json: $!\n";
my $said = decode_json(<$file>);
$/ = "\n";
my $reference = read_pahole($pahole);
my ($agree, $differ, $unnamed) = (0, 0, 0);
for my $s (@{$said->{structs}}, grep { $_->{now} } @{$said->{parts}}) {
	my @known = grep { $_->{kind} eq $s->{kind} } @{$reference->{$s->{name}} || []};
	# One that only a typedef names: pahole prints it under that.
	$unnamed++, next if $s->{name} eq '(anonymous)';
	my @differences = map { difference($s, $_) } @known;
	if (grep { $_ eq '' } @differences) {
		$agree++;
	} else {
		$differ++;
		print "# $s->{name}: ", $differences[0] // "pahole does not know it", "\n";
	}
}
print "# $agree structs agree, $differ differ, $unnamed have no name\n";
exit($differ || !$agree);
