# SPDX-License-Identifier: GPL-2.0-only
# ncbench: 'make help' says what there is.

O := .build
CC ?= gcc
CFLAGS ?= -O2 -g
# What the code needs, whatever CFLAGS the user chooses.
NCB_CFLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Werror=implicit-function-declaration
NCB_LIBS := -ljansson -lpfm -lgsl -lgslcblas -lz -lm

NCBENCH := $(O)/ncbench
SOURCES := $(wildcard bench/*.c) $(wildcard bench/target/*.c) $(wildcard bench/storm/*.c) \
	$(wildcard bench/kbuild/*.c) \
	kmod/engine_table.c
OBJECTS := $(SOURCES:%.c=$(O)/%.o)

# What finds the modules that a packaged one needs, for guests, on the machine that starts them.
RESOLVE := $(O)/ncbench-resolve

# What a kernel's list design costs in memory. A guest takes it along that is asked for nothing else.
# Without the headers there is none, and nothing about memory in a run.
MEMORY_HEADERS := bpf/btf.h gelf.h elfutils/libdw.h lzma.h
MEMORY := $(if $(shell printf '\043include <%s>\n' $(MEMORY_HEADERS) | \
	$(CC) -E - >/dev/null 2>&1 && echo yes),$(O)/ncbench-memory)
MEMORY_SOURCES := $(wildcard bench/memory/*.c)
MEMORY_LIBS := -lbpf -ldw -lelf -llzma

# For another machine's guest: bench/target/driver.c gives O, CC, and where the
# static libraries for it are.
ifdef SYSROOT
NCB_CFLAGS += -isystem $(SYSROOT)/usr/include -isystem $(SYSROOT)/usr/include/$(TRIPLET)
NCB_LIBS := -static -L$(SYSROOT)/usr/lib/$(TRIPLET) $(NCB_LIBS)
RESOLVE :=
MEMORY :=
endif

TARGET ?= auto
PROFILE ?= default
KREL := $(shell uname -r)
KDIR ?= /lib/modules/$(KREL)/build

MEASURING_OPTIONS = --target $(TARGET) --profile $(PROFILE) $(if $(NAME),--name '$(NAME)') \
	$(if $(ARCH),--arch '$(ARCH)') $(if $(KERNEL),--kernel '$(KERNEL)') \
	$(if $(HEADERS),--headers '$(HEADERS)') $(if $(BUILT),--built '$(BUILT)') $(if $(SEED),--seed '$(SEED)')

RUN_OPTIONS = $(MEASURING_OPTIONS) $(if $(ROWS),--rows '$(ROWS)') \
	$(if $(ARMS),--arms '$(ARMS)') $(if $(EVENTS),--events '$(EVENTS)') \
	$(if $(filter-out 0,$(STEADY)),--steady) $(if $(CPU),--cpu '$(CPU)') \
	$(if $(PRECISION),--precision '$(PRECISION)') \
	$(if $(TIME_LIMIT),--time-limit '$(TIME_LIMIT)') $(if $(PERF),--perf '$(PERF)') \
	$(if $(filter-out 0,$(COMMANDS)),--commands) \
	$(if $(STORM),$(if $(filter-out 0,$(STORM)),--storm,--no-storm)) \
	$(if $(filter 0,$(UML)),--no-uml)

STORM_OPTIONS = $(MEASURING_OPTIONS) $(if $(MODE),--modes '$(MODE)') \
	$(if $(SHAPE),--shapes '$(SHAPE)') $(if $(THREADS),--threads '$(THREADS)') \
	$(if $(EXTRA),--extra '$(EXTRA)') $(if $(MODULE),--module '$(MODULE)') \
	$(if $(MODULES),--modules '$(MODULES)') $(if $(ROUNDS),--rounds '$(ROUNDS)') \
	$(if $(CPUS),--cpus '$(CPUS)') $(if $(filter-out 0,$(STORM)),--yes)

# Works from the first minute: without the tools, say how to get them (or do).
.PHONY: all
all: driver
	@if [ -e "$(KDIR)/Makefile" ]; then $(NCBENCH) module "$(KDIR)"; else \
	echo "no headers for the running kernel in $(KDIR): module not built" \
	"(make bench takes a guest then, or see 'make doctor')"; fi

.PHONY: driver
driver: $(NCBENCH) $(RESOLVE) $(MEMORY)

$(NCBENCH): $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NCB_LIBS)

$(O)/ncbench-resolve: $(O)/bench/resolve/resolve.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lkmod

$(O)/ncbench-memory: $(MEMORY_SOURCES:%.c=$(O)/%.o) $(O)/libtested.a
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(MEMORY_LIBS) $(NCB_LIBS)

# The revision of the suite stands in every run.
REVISION := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
REVISED := $(O)/bench/cmd_run.o $(O)/bench/cmd_memory.o $(O)/bench/ab_run.o
$(REVISED): NCB_CFLAGS += -DNCB_REVISION='"$(REVISION)"'
$(REVISED): $(O)/revision
$(O)/revision: FORCE
	@mkdir -p $(@D)
	@echo '$(REVISION)' | cmp -s - $@ || echo '$(REVISION)' >$@
.PHONY: FORCE
FORCE:

# By a name of its own first: a compiler that is killed leaves an empty file, newer than
# its source, and the program would not link until somebody removed it.
$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(NCB_CFLAGS) $(CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c -o $@.part $<
	@mv $@.part $@

-include $(OBJECTS:.o=.d) $(O)/bench/resolve/resolve.d $(MEMORY_SOURCES:%.c=$(O)/%.d)

.PHONY: bench
bench: deps
	@$(MAKE) --no-print-directory -s driver
	@$(NCBENCH) run $(RUN_OPTIONS)

.PHONY: storm
storm: deps
	@$(MAKE) --no-print-directory -s driver
	@$(NCBENCH) storm $(STORM_OPTIONS)

.PHONY: memory
memory: driver
	@$(NCBENCH) memory $(if $(NAME),--name '$(NAME)') $(if $(MODULES),--modules '$(MODULES)') \
	$(if $(AGAINST),--against '$(AGAINST)') $(if $(MAP),--map '$(MAP)') \
	$(if $(filter-out auto,$(TARGET)),--target '$(TARGET)') $(if $(ARCH),--arch '$(ARCH)') \
	$(if $(VMLINUX),'$(VMLINUX)',$(if $(KERNEL),'$(KERNEL)'))

.PHONY: test
test:
	@bench/deps.sh test
	@$(MAKE) --no-print-directory -s driver
	@bench/tests/run

# Unit tests of the driver, with sanitizers. Each is one file and, here, what it
# tests; tests of env and doctor bring their own table of targets.
UNIT := $(O)/tests/unit
UNIT_O := -O1
UNIT_CFLAGS := $(NCB_CFLAGS) $(UNIT_O) -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
TESTED := $(filter-out bench/main.c bench/cmd_%.c bench/target/table.c,$(SOURCES))
MEMORY_TESTED := $(filter-out bench/memory/main.c,$(MEMORY_SOURCES))
UNIT_TESTS := $(patsubst bench/tests/%.c,$(UNIT)/%,$(wildcard bench/tests/test_*.c))
ifndef MEMORY
UNIT_TESTS := $(filter-out $(UNIT)/test_memory_%,$(UNIT_TESTS))
endif

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS)

$(UNIT)/libtested.a: $(TESTED:%.c=$(UNIT)/%.o)
	rm -f $@ && $(AR) rcs $@ $^

$(UNIT)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT)/test_%: $(UNIT)/bench/tests/test_%.o $(UNIT)/bench/tests/synthetic.o $(UNIT)/libtested.a
	$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(NCB_LIBS)

# Static: make would take the rule above for it as long as some object is not yet there.
$(filter $(UNIT)/test_memory_%,$(UNIT_TESTS)): $(UNIT)/test_%: $(UNIT)/bench/tests/test_%.o \
		$(MEMORY_TESTED:%.c=$(UNIT)/%.o) $(UNIT)/libtested.a
	$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -Wl,--as-needed -o $@ $^ -lcmocka $(MEMORY_LIBS) $(NCB_LIBS)

# The readers of results and of BTF under libFuzzer (clang), see bench/tests/fuzz.sh.
FUZZ := $(O)/tests/fuzz
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 600
FUZZ_CFLAGS := $(NCB_CFLAGS) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

$(FUZZ)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

$(FUZZ)/libtested.a: $(TESTED:%.c=$(FUZZ)/%.o)
	rm -f $@ && $(AR) rcs $@ $^

$(FUZZ)/fuzz_result: $(FUZZ)/bench/tests/fuzz_result.o $(FUZZ)/libtested.a
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(NCB_LIBS)

$(FUZZ)/fuzz_btf: $(FUZZ)/bench/tests/fuzz_btf.o $(MEMORY_TESTED:%.c=$(FUZZ)/%.o) \
		$(FUZZ)/libtested.a
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -Wl,--as-needed -o $@ $^ $(MEMORY_LIBS) \
		$(NCB_LIBS)

-include $(wildcard $(FUZZ)/bench/*.d $(FUZZ)/bench/*/*.d)

.PHONY: fuzz
fuzz:
	@bench/deps.sh test
	@FUZZ_SECONDS='$(FUZZ_SECONDS)' bench/tests/fuzz.sh

# A run of any size, see bench/tests/make_run.c; not part of a build.
$(O)/libtested.a: $(TESTED:%.c=$(O)/%.o)
	rm -f $@ && $(AR) rcs $@ $^

$(O)/make_run: $(O)/bench/tests/make_run.o $(O)/bench/tests/synthetic.o $(O)/libtested.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NCB_LIBS)

.SECONDARY:
-include $(wildcard $(UNIT)/bench/*.d $(UNIT)/bench/*/*.d)

.PHONY: plot
plot: driver
	@[ -n "$(RUN)" ] || { echo "which run? make plot RUN=<name below results/>" >&2; exit 2; }
	@$(NCBENCH) plot $(RUN)

# Measures the suite: how often is it wrong? 41 runs of equal code, about 10 minutes.
.PHONY: calibrate
calibrate: driver
	@$(NCBENCH) calibrate $(if $(filter-out auto,$(TARGET)),--target $(TARGET)) \
		--profile $(PROFILE) $(if $(NAME),--name '$(NAME)') $(if $(RUNS),--runs $(RUNS))

# Before and after: each side a run, a pattern or a list of runs. Example:
# make compare A='before-*' B='after-*' OPTIONS='--margin 2%'
.PHONY: compare
compare: driver
	@[ -n "$(A)" ] && [ -n "$(B)" ] || { \
	echo "which runs? make compare A=<before> B=<after>" >&2; exit 2; }
	@$(NCBENCH) compare $(OPTIONS) '$(A)' '$(B)'

# The same from the kernels themselves: built, booted, compared. A and B: see 'ncbench ab --help'.
# Example: make ab TREE=~/linux A=v7.2 B=HEAD; with BISECT=good..bad ROW=... instead of A and B
# the commit that changed a row.
AB_OPTIONS = $(if $(TREE),--tree '$(TREE)') --target $(TARGET) --profile $(PROFILE) \
	$(if $(NAME),--name '$(NAME)') $(if $(ROWS),--rows '$(ROWS)') $(if $(ARCH),--arch '$(ARCH)') \
	$(if $(CONFIG),--config '$(CONFIG)') $(if $(BOOTS),--boots '$(BOOTS)') \
	$(if $(LINKS),--links '$(LINKS)') $(if $(filter-out 0,$(STORM)),--storm) \
	$(if $(SEED),--seed '$(SEED)')

.PHONY: ab
ab:
	@[ -n '$(BISECT)' ] || { [ -n '$(A)' ] && [ -n '$(B)' ]; } || { \
	echo "which kernels? make ab A=<before> B=<after>; '$(NCBENCH) ab --help' says what they can be" >&2; \
	exit 2; }
	@ARCH='$(ARCH)' bench/deps.sh ab
	@$(MAKE) --no-print-directory -s driver
	@$(NCBENCH) ab $(AB_OPTIONS) $(OPTIONS) $(if $(BISECT),--bisect '$(BISECT)' --row '$(ROW)',-- '$(A)' '$(B)')

# A packaged kernel's source, and the same with the RFC's design: 6.1, 6.12, 7.3.
DEMO ?= 6.1
DEMO_PATCH = bench/demo/dlist-$(if $(filter 6.1,$(DEMO)),6.1,6.12).patch
.PHONY: ab-demo
ab-demo:
	@$(MAKE) --no-print-directory ab A='linux-source-$(DEMO)' B='linux-source-$(DEMO)+$(DEMO_PATCH)'

# One row over many kernels. Runs are separated by spaces, boots of a kernel by commas.
.PHONY: trend
trend: driver
	@[ -n "$(RUNS)" ] || { \
	echo "which runs? make trend RUNS='<oldest> ... <newest>' ROW=... OUTPUT=dir" >&2; exit 2; }
	@set -f; $(NCBENCH) trend $(if $(ROW),--row '$(ROW)') $(if $(OUTPUT),--output '$(OUTPUT)') \
	$(OPTIONS) $(RUNS)

.PHONY: doctor
doctor: driver
	@$(NCBENCH) doctor

# Installs what is missing, as root; else prints the command and exits 4.
.PHONY: deps
deps:
	@ARCH='$(ARCH)' bench/deps.sh

.PHONY: clean
clean:
	rm -rf $(O)

.PHONY: distclean
distclean: clean
	rm -rf .cache

.PHONY: help
help:
	@echo "make bench       measure: TARGET=auto|host|qemu|uml|user PROFILE=quick|default|full"
	@echo "                 NAME=run ROWS=pattern ARMS=list STEADY=1 CPU=n KERNEL=6.1|vmlinuz|source"
	@echo "                 HEADERS=dir BUILT=dir ARCH=x86_64|arm64 SEED=n PRECISION=1% TIME_LIMIT=seconds"
	@echo "                 EVENTS=list"
	@echo "                 PERF=stat|record|stat,record: afterwards once more, under perf"
	@echo "                 COMMANDS=1: afterwards insmod, modprobe ... timed with hyperfine"
	@echo "                 STORM=1: afterwards load modules in storms; in a guest unless STORM=0"
	@echo "                 UML=0: where instructions are counted, no time from User Mode Linux beside"
	@echo "make storm       load modules in storms: TARGET PROFILE NAME KERNEL HEADERS ARCH SEED"
	@echo "                 MODE=list SHAPE=list THREADS=list EXTRA=list MODULES=n ROUNDS=n"
	@echo "                 MODULE=name: guests: of the kernel's package, not of ncbench's own"
	@echo "                 CPUS=n: of a guest; STORM=1: agreed to on a machine that is none"
	@echo "make memory      what the designs take in memory, of any kernel:"
	@echo "                 VMLINUX=6.1|vmlinuz|vmlinux AGAINST=likewise MODULES=dir MAP=file NAME=run"
	@echo "                 TARGET=qemu KERNEL=6.1|6.12: and what it registers, in a guest"
	@echo "make test        every test that this machine can run"
	@echo "make             the driver and, where headers are found, the module"
	@echo "make fuzz        FUZZ_SECONDS=600: the readers of results and BTF under libFuzzer"
	@echo "make plot        RUN=run: draw the pictures of a stored run"
	@echo "make calibrate   how often is the suite wrong? TARGET=user PROFILE=default RUNS=41"
	@echo "make compare     A=run B=run: before and after; each may be 'pattern*' or a list a,b"
	@echo "                 OPTIONS='--margin 2% --full --arm slist --mail'"
	@echo "make ab          A=kernel B=kernel: builds, boots and compares them; no root, no reboot"
	@echo "                 a tree, tree+series.mbox, linux-source-6.1, 6.12, or TREE=dir A=v7.2 B=HEAD"
	@echo "                 TARGET=auto|qemu|uml PROFILE ROWS NAME SEED ARCH STORM=1 CONFIG=file"
	@echo "                 BOOTS=10 LINKS=5: for time; TREE=dir BISECT=good..bad ROW=name"
	@echo "make ab-demo     mainline's chains and the RFC's, from the distribution's source: DEMO=6.1"
	@echo "make trend       RUNS='run run...': one row over many kernels, ROW=name OUTPUT=dir"
	@echo "make doctor      what on this machine hurts or forbids measuring"
	@echo "make deps        install what is needed"
	@echo "make clean       forget what was built; distclean: also what was downloaded"
