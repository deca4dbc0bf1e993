# Thin lines over cmake's presets, ctest, tmb and the scripts of ci/. A fresh machine needs make and
# git; `make setup bench` and `make setup test` do the rest.

PREFIX ?= /usr/local
RUN ?= $(lastword $(sort $(filter-out %.partial,$(wildcard results/runs/*))))
BENCH_ARGS ?=
COMPARE_ARGS ?=
STRESS_ARGS ?= --time=60s
FUZZ_SECONDS ?= 60
tmb := build/release/bin/tmb

.PHONY: help setup build bench compare report test stress mutants sanitize gate gate-selftest gate-selftest-full numa numa-full wide fuzz install format check-format clean
.NOTPARALLEL: # setup comes before what needs it, also under make -j

help:
	@echo 'make setup          install the Debian packages that are missing'
	@echo 'make build          build what is used: $(tmb) and the plug-ins'
	@echo 'make bench          run the quick profile (BENCH_ARGS=...) and report on it'
	@echo 'make compare        all maps and peers over the same keys, hours (COMPARE_ARGS=...)'
	@echo 'make report         pictures and page of the last run again (RUN=results/runs/...)'
	@echo 'make test           the tests: release, AddressSanitizer and UBSan, ThreadSanitizer'
	@echo 'make stress         the long stress run (STRESS_ARGS=...)'
	@echo 'make mutants        every detector against every seeded defect'
	@echo 'make sanitize       all tests under the sanitizers of gcc and of clang'
	@echo 'make gate           did this work tree become slower than its merge base with the main branch?'
	@echo 'make gate-selftest  how often the gate errs, in three minutes; gate-selftest-full: in ten'
	@echo 'make numa           tmb on emulated machines: two nodes, and one as the negative control'
	@echo 'make numa-full      and on four nodes, with a node that is only memory, and on arm64'
	@echo 'make wide           the AVX-512 code on an emulated machine that has it, with its mutants'
	@echo 'make fuzz           each fuzz target for FUZZ_SECONDS=60'
	@echo 'make install        to PREFIX=/usr/local, below DESTDIR'
	@echo 'make format         let clang-format mend every C and C++ file'
	@echo 'make check-format   only look'
	@echo 'make clean          remove build/'

setup:
	bash scripts/setup.sh
	@bash scripts/guest-kernel.sh || echo 'setup: warning: without it the test numa.emulated is skipped' >&2

build:
	bash ci/build.sh release product

bench: build
	$(tmb) bench --profile=quick $(BENCH_ARGS)

compare: build
	$(tmb) bench --profile=compare $(COMPARE_ARGS)

report: build
	$(tmb) report $(RUN)

test:
	bash ci/test.sh

stress: build
	$(tmb) stress $(STRESS_ARGS)

mutants:
	bash ci/mutants.sh

sanitize:
	bash ci/sanitize.sh

gate:
	bash ci/gate.sh

gate-selftest:
	bash ci/gate-selftest.sh --out=build/gate-selftest/report

gate-selftest-full:
	bash ci/gate-selftest.sh --full

numa:
	bash ci/build.sh release guest_programs
	bash ci/numa.sh

numa-full:
	bash ci/build.sh release guest_programs
	@bash scripts/arm64-sysroot.sh && bash ci/build.sh arm64 guest_programs || echo 'numa-full: no arm64 guest' >&2
	bash ci/numa.sh two one four memory-only aarch64

wide:
	bash ci/build.sh release all mutants
	bash ci/wide.sh --full

fuzz:
	bash ci/fuzz.sh $(FUZZ_SECONDS)

install: build
	DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

format:
	bash ci/tracked-files.sh . | grep -zE '\.(c|cc|h)$$' | xargs -0 clang-format -i

check-format:
	bash ci/check-format.sh .

clean:
	rm -rf build
