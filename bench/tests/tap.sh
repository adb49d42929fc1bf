# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# For test scripts: sourced, prints TAP lines.

tap_failed=0

# check "what" command...: passes where the command succeeds
check() {
	tap_what=$1
	shift
	if "$@"; then
		echo "ok - $tap_what"
	else
		echo "not ok - $tap_what"
		tap_failed=1
	fi
}

skip() {
	echo "ok - $1 # SKIP $2"
}

# The exit code of a script.
finish() {
	exit $tap_failed
}
