# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Runs in the rehearsal machine: the module's own tests.
# shellcheck disable=SC2154 # rehearsal_tmp is set by uml-boot.sh
"$rehearsal_tmp/test_module" "$rehearsal_tmp/built/ncbench.ko"
