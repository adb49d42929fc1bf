#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# uml-decoys.sh DIR KERNEL: builds in DIR modules that storms must leave alone, for the
# kernel built in KERNEL: with the name of a payload but not its version, with a name that
# is nearly one, and "holder", which takes a symbol of a payload and so holds it.
set -eu
mkdir -p "$1"
cat >"$1/decoy.h" <<-END
	#include <linux/module.h>
	static int __init decoy_init(void)
	{
		return 0;
	}
	static void __exit decoy_exit(void)
	{
	}
	module_init(decoy_init);
	module_exit(decoy_exit);
	MODULE_LICENSE("GPL");
	MODULE_DESCRIPTION("ncbench: a module that storms must leave alone");
END
for name in ncb_small_0001 ncb_small_9999 ncbx_small_0001; do
	echo '#include "decoy.h"' >"$1/$name.c"
	echo "obj-m += $name.o"
done >"$1/Kbuild"
cat >"$1/holder.c" <<-END
	#include "decoy.h"
	extern int ncb_symbols_0000_1001;
	int *decoy_holds = &ncb_symbols_0000_1001;
END
echo "obj-m += holder.o" >>"$1/Kbuild"
# The symbol is another module's, which is loaded first: no symbol table has it here.
make -s -C "$2" M="$1" ARCH=um KBUILD_MODPOST_WARN=1 modules
