#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Bugs planted into the module's pure code and into the driver: each has to be
# noticed by the test named with it.
sh kmod/tests/mutants.sh && sh bench/tests/mutants.sh
