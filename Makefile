# attndyn: one non-recursive Makefile. `make help` lists the targets.
BUILD  ?= build
OUT    ?= out
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)
ifeq ($(origin CC),default)
CC      = gcc
endif
# make V=1 shows the commands.
Q       = $(if $(V),,@)
SAY     = @echo
OPT    ?= -O3 -g
WARN    = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat-security
# make OPENMP=0 builds without threads.
OPENMP ?= 1
THREADS = $(if $(filter 0,$(OPENMP)),-Wno-unknown-pragmas -Wno-unused-variable,-fopenmp)
# CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS are the user's, on the command line or in the environment; what the
# program cannot do without stands behind them, so that it has the last word.
# No -ffast-math, no fused contractions: the same bits from gcc and clang (docs/numerical-contract.md).
NUMERIC = -fno-fast-math -ffp-contract=off
FLAGS   = -I. -I$(BUILD)/generated $(patsubst -I%,-isystem%,$(filter -I%,$(SUNDIALS_MPI))) -MMD -MP $(OPT) $(WARN) $(CPPFLAGS) $(CFLAGS) $(EXTRA_CFLAGS) \
          -std=c11 -D_XOPEN_SOURCE=700 $(NUMERIC) $(THREADS) -fPIC
COMPILE = $(CC) $(FLAGS)
# These would link a start-up file that flushes tiny numbers to 0.
LINKING = $(filter-out -Ofast -ffast-math -funsafe-math-optimizations,$(OPT) $(CFLAGS) $(EXTRA_CFLAGS)) \
          $(NUMERIC) $(THREADS) $(LDFLAGS)
LINK    = $(CC) $(LINKING)
# SUNDIALS 7 keeps contexts, vectors and matrices in a library of its own; the compiler answers with a
# path where there is one, otherwise with the bare name.
has_library = $(findstring /,$(shell $(CC) -print-file-name=lib$(1).so 2>/dev/null)$(shell $(CC) -print-file-name=lib$(1).dylib 2>/dev/null))
# Debian's, built with MPI, wants MPI's header and library, too.
SUNDIALS_MPI := $(shell sh .ci/sundials-mpi $(CC) $(CPPFLAGS))
SUNDIALS := -lsundials_cvodes$(if $(call has_library,sundials_core), -lsundials_core) $(filter-out -I%,$(SUNDIALS_MPI))
# The order matters: OpenBLAS must stand before the gslcblas that libgsl drags in.
OWN_LIBS = $(SUNDIALS) -lgsl -lopenblas -ljansson -lutf8proc -lsqlite3 -lm
CHECK_FLAGS = $(shell pkg-config --cflags --libs check)

LIB_SRC   := $(sort $(shell find sim theory -name '*.c'))
APP_SRC   := $(sort $(shell find experiments -name '*.c'))
MAIN_SRC  := experiments/frame/command/main.c
# tests/**/preload_*.c are libraries that tests load into the program.
TEST_SRC  := $(sort $(shell find tests -name '*.c' ! -name 'preload_*'))
BENCH_SRC := $(sort $(wildcard bench/*.c))
# What travels inside the program: plot scripts, named sweeps, the report's stories and style.
PLOTS     := $(sort $(shell find plots -name '*.gp') $(shell find experiments -name '*.sweep' -o -name '*.story' -o -name '*.css' -o -name '*.woff2' -o -name quick-seconds))
obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
# Sources that speak of attndyn_real are compiled in single and in double precision (base/real.h).
REAL_SRC  := $(shell grep -l attndyn_real $(LIB_SRC))
LIB_OBJ  = $(call obj,$(LIB_SRC)) $(patsubst %.c,$(BUILD)/%.double.o,$(REAL_SRC))
APP_OBJ  = $(call obj,$(filter-out $(MAIN_SRC),$(APP_SRC))) $(BUILD)/generated/plots.o
TEST_OBJ = $(call obj,$(TEST_SRC))
BENCH    = $(patsubst bench/%.c,$(BUILD)/bench/%,$(BENCH_SRC))

.PHONY: all help deps test test-full test-mpi install uninstall checks test-product notebooks deps-notebooks mutants report verify figures bench asan tsan valgrind cov fuzz test-faults test-faults-full clean burn format symbols FORCE
.DELETE_ON_ERROR:

all: $(BUILD)/attndyn $(BUILD)/libattndyn.a $(if $(MPI),$(BUILD)/attndyn-mpi)

help:
	@echo 'make               build $(BUILD)/attndyn and $(BUILD)/libattndyn.a (also: make all)'
	@echo 'make report        install what is missing, build, run every experiment, draw, write $(OUT)/report/index.html (also: make figures)'
	@echo 'make test          install what is missing, build, run the tests'
	@echo 'make verify        print the table of claims; exit 0 only if none fails'
	@echo 'make install       program, library, headers, Python package, man page, completion under PREFIX=$(PREFIX) (staged in DESTDIR=); make uninstall'
	@echo 'make notebooks     execute the notebooks into $(BUILD)/notebooks (make deps-notebooks installs Jupyter)'
	@echo 'make html-docs     the documentation as a static site, $(OUT)/docs/index.html (needs cmark-gfm)'
	@echo 'make notebooks-commit execute them and keep what they show'
	@echo 'make bench         benchmarks beside their floors and peers'
	@echo 'make deps          install what is missing'
	@echo 'make clean         remove the builds; make burn: and $(OUT)'
	@echo
	@echo 'make test-report   the report in a browser: links, pictures, widths, contrast, keyboard'
	@echo 'make test-python   the Python package against the program, doctests included'
	@echo 'make test-product  the installed library, verify in CI, docs/adding-an-experiment.md'
	@echo 'make test-mpi      sweeps over MPI ranks'
	@echo 'make test-distros  both commands of the README on other distributions (root, debootstrap; SUITES=debian/trixie)'
	@echo 'make test-faults   full disks, kills, damage; make test-faults-full: more of them, and every allocation failing'
	@echo 'make mutants       plant every error of tests/mutation and show what catches it'
	@echo 'make fuzz          the fuzzers FUZZ= for FUZZ_SECONDS= each'
	@echo 'make asan          the tests under ASan and UBSan; make tsan: under TSan; make valgrind: under memcheck'
	@echo 'make cov           lines and branches that the tests reach'
	@echo 'make verify-short  verdicts that need longer runs or more seeds: some minutes'
	@echo 'make vacuous       no claim holds because what it judges is missing: a minute or two'
	@echo 'make test-full     tests, planted errors, sanitizers, faults, fuzzers, valgrind, coverage, compilers: hours'
	@echo
	@echo 'make quick-seconds measure the quick presets anew for the times that list shows'
	@echo 'make claims        write docs/claims.md, the statements of the sources with their verdicts'
	@echo 'make checks        write docs/checks.md, the list of claims'
	@echo 'make symbols       only attndyn_ symbols are exported'
	@echo 'make format        lay out the sources'

deps:
	@CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' sh .ci/deps

# A linked program whose experiments contradict their paths or each other is no program.
$(BUILD)/attndyn: $(call obj,$(MAIN_SRC)) $(APP_OBJ) $(BUILD)/libattndyn.a
	$(SAY) '  LINK $@'
	$(Q)$(LINK) -o $@ $^ $(OWN_LIBS) $(LDLIBS)
	$(Q)$(if $(filter /%,$@),,./)$@ --version > /dev/null || { rm -f $@; exit 1; }

# `make MPI=1`: the same program, whose sweeps spread over MPI ranks. One object differs.
RANKS = experiments/frame/sweep/ranks
$(BUILD)/attndyn-mpi: $(call obj,$(MAIN_SRC)) $(APP_OBJ) $(BUILD)/libattndyn.a
	$(SAY) '  LINK $@'
	$(Q)mpicc $(FLAGS) -DATTNDYN_MPI -c -o $(BUILD)/$(RANKS)-mpi.o $(RANKS).c
	$(Q)mpicc $(LINKING) -o $@ $(patsubst $(BUILD)/$(RANKS).o,$(BUILD)/$(RANKS)-mpi.o,$^) $(OWN_LIBS) $(LDLIBS)

$(BUILD)/libattndyn.a: $(LIB_OBJ)
	$(SAY) '  AR   $@'
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# Other flags, other objects.
$(BUILD)/generated/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE)' > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(BUILD)/%.o: %.c $(BUILD)/generated/flags | $(BUILD)/generated/version.h
	@mkdir -p $(@D)
	$(SAY) '  CC   $<'
	$(Q)$(COMPILE) -c -o $@ $<

$(BUILD)/%.double.o: %.c $(BUILD)/generated/flags | $(BUILD)/generated/version.h
	@mkdir -p $(@D)
	$(SAY) '  CC   $< (double)'
	$(Q)$(COMPILE) -DATTNDYN_DOUBLE -c -o $@ $<

# Version, compiler, flags and commit; hashes of the sources: rewritten only when they change.
$(BUILD)/generated/version.h: FORCE VERSION
	@mkdir -p $(@D)
	@sh experiments/frame/run/version.sh '$(CC)' '$(filter-out -W% -g -g% -I% -isystem% -MMD -MP,$(FLAGS))' > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/generated/sources.def: FORCE
	@mkdir -p $(@D)
	@sh experiments/frame/run/sources.sh > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/experiments/frame/contract/identity.o: $(BUILD)/generated/sources.def

# Experiments are found, not listed.
$(BUILD)/generated/registry.def: FORCE
	@mkdir -p $(@D)
	@sh experiments/frame/run/registry.sh > $@.new || { rm -f $@.new; exit 1; }; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/experiments/frame/contract/registry.o: $(BUILD)/generated/registry.def

# The plot scripts travel inside the program.
$(BUILD)/generated/plots.list: FORCE
	@mkdir -p $(@D)
	@echo '$(PLOTS)' > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/generated/plots.c: $(PLOTS) $(BUILD)/generated/plots.list experiments/frame/run/embed.sh
	@mkdir -p $(@D)
	@sh experiments/frame/run/embed.sh $(PLOTS) > $@
$(BUILD)/generated/plots.o: $(BUILD)/generated/plots.c
	$(Q)$(COMPILE) -c -o $@ $<

# Every tests/**/test_<name>.c defines TCASE(<name>); the list is found, not kept.
$(BUILD)/generated/test_cases.h: $(TEST_SRC)
	@mkdir -p $(@D)
	@for f in $(TEST_SRC); do n=$$(basename $$f .c); case $$n in test_*) echo "TEST_CASE($$n)";; esac; done > $@.new; \
	cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/tests/main.o: $(BUILD)/generated/test_cases.h
# So are the fuzz targets, tests/fuzz/fuzz_<name>.c.
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
$(BUILD)/generated/fuzz_targets.h: $(TEST_SRC)
	@mkdir -p $(@D)
	@for n in $(FUZZERS); do echo "FUZZ_TARGET($$n)"; done > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/tests/fuzz/test_fuzz_replay.o: $(BUILD)/generated/fuzz_targets.h
$(BUILD)/attndyn-tests: $(TEST_OBJ) $(APP_OBJ) $(BUILD)/libattndyn.a
	$(SAY) '  LINK $@'
	$(Q)$(LINK) -o $@ $^ $(OWN_LIBS) $(LDLIBS) $(CHECK_FLAGS)

test: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BUILD)/attndyn-tests
	@$(MAKE) --no-print-directory symbols
	@sh tests/walls.sh
	@sh tests/misspelt.sh
	@$(MAKE) --no-print-directory test-mpi
	ATTNDYN_PROGRAM=$(BUILD)/attndyn $(BUILD)/attndyn-tests
	@$(MAKE) --no-print-directory test-faults

# README's commands on Debian 12, Debian 13 and Ubuntu 24.04, in chroots; skipped, with a message, where none
# can be made. SUITES=debian/trixie: one of them.
.PHONY: test-distros
test-distros:
	@sh tests/distros.sh $(SUITES)

# Sweeps over MPI ranks give the bytes of one process; skipped, with a message, without MPI.
test-mpi: deps
	@if command -v mpicc >/dev/null && command -v mpirun >/dev/null; then \
		$(MAKE) --no-print-directory -j$(JOBS) MPI=1 all && \
		sh tests/sweep/mpi.sh $(BUILD)/attndyn $(BUILD)/attndyn-mpi; \
	else echo 'MPI: skipped, no mpicc or no mpirun'; fi

# The report in a browser; skipped, with a message, where Node or Chromium is not installed.
.PHONY: test-report
test-report: report
	@if grep -q '"met": null' $(OUT)/report/verdicts.json; then \
		echo 'a check refers to a statement whose hypotheses its experiment does not know (.facts)' >&2; exit 1; fi
	@if command -v node >/dev/null; then node tests/report/browser.mjs $(OUT)/report; \
	else echo 'browser test: skipped, no node is installed'; fi

# The library, program, headers, man page and completion. PREFIX is where they live, DESTDIR where
# they are staged; both may hold spaces. While the version begins with 0, a minor version may change
# the interface, so that the shared library is named by major and minor (docs/library.md).
PREFIX ?= /usr/local
VERSION := $(shell cat VERSION)
SONAME  := libattndyn.so.$(shell cut -d. -f1,2 VERSION)
# Where python3 looks for packages of this prefix; make install PYTHONDIR= leaves the package out.
PYTHONDIR ?= $(shell python3 -c 'import sys; p, v = sys.argv[1], "python%d.%d" % sys.version_info[:2]; \
	at = ["%s/lib/%s/dist-packages" % (p, v), "%s/lib/%s/site-packages" % (p, v)]; \
	print(next((a for a in at if a in sys.path), at[1]))' '$(PREFIX)' 2>/dev/null)
LIBRARIES = $(SUNDIALS) -lgsl -lopenblas -ljansson -lutf8proc -lm
# What is named *_private.h stays at home, and so does what includes it.
HEADERS := $(sort $(shell find sim theory -name '*.h' ! -name '*_private.h' -exec grep -L '_private.h"' {} +))
$(BUILD)/libattndyn.so: $(LIB_OBJ) VERSION
	$(SAY) '  LINK $@'
	$(Q)$(LINK) -shared -Wl,-soname,$(SONAME) -Wl,--no-undefined -o $@ $(LIB_OBJ) $(LIBRARIES)

# Every header at once, for C and C++.
$(BUILD)/generated/attndyn.h: $(HEADERS) Makefile
	@mkdir -p $(@D)
	@{ echo '/* The library of attndyn, whole: C11, or C++ from 2011. A single header will do in C. */'; \
	printf '#ifndef ATTNDYN_H\n#define ATTNDYN_H\n#ifdef __cplusplus\nextern "C" {\n#define restrict __restrict\n#endif\n'; \
	for h in $(HEADERS); do echo "#include \"$$h\""; done; \
	printf '#ifdef __cplusplus\n#undef restrict\n}\n#endif\n#endif\n'; } > $@

install: all $(BUILD)/libattndyn.so $(BUILD)/generated/attndyn.h
	@set -eu; to='$(DESTDIR)$(PREFIX)'; \
	install -d "$$to/bin" "$$to/lib/pkgconfig" "$$to/share/man/man1" "$$to/share/bash-completion/completions"; \
	install -m 755 $(BUILD)/attndyn "$$to/bin/attndyn"; \
	install -m 644 $(BUILD)/libattndyn.a "$$to/lib/libattndyn.a"; \
	install -m 755 $(BUILD)/libattndyn.so "$$to/lib/libattndyn.so.$(VERSION)"; \
	ln -sf libattndyn.so.$(VERSION) "$$to/lib/$(SONAME)"; \
	ln -sf $(SONAME) "$$to/lib/libattndyn.so"; \
	for h in $(HEADERS); do install -D -m 644 $$h "$$to/include/attndyn/$$h"; done; \
	install -m 644 $(BUILD)/generated/attndyn.h "$$to/include/attndyn/attndyn.h"; \
	sed 's/^\.TH .*/.TH ATTNDYN 1 "" "attndyn $(VERSION)" "User Commands"/' docs/attndyn.1 > "$$to/share/man/man1/attndyn.1"; \
	chmod 644 "$$to/share/man/man1/attndyn.1"; \
	install -m 644 docs/attndyn.bash "$$to/share/bash-completion/completions/attndyn"; \
	if [ -n '$(PYTHONDIR)' ]; then install -d "$(DESTDIR)$(PYTHONDIR)/attndyn"; \
		install -m 644 python/attndyn/*.py python/attndyn/py.typed "$(DESTDIR)$(PYTHONDIR)/attndyn/"; fi; \
	printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include/attndyn' 'libdir=$${prefix}/lib' \
		'' 'Name: attndyn' 'Description: training dynamics of attention' 'Version: $(VERSION)' \
		'Cflags: -I"$${includedir}"' 'Libs: -L"$${libdir}" -lattndyn' 'Libs.private: $(LIBRARIES) -fopenmp' \
		> "$$to/lib/pkgconfig/attndyn.pc"; \
	printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include/attndyn' 'libdir=$${prefix}/lib' \
		'' 'Name: attndyn-static' 'Description: training dynamics of attention, the static library' 'Version: $(VERSION)' \
		'Cflags: -I"$${includedir}"' 'Libs: "$${libdir}/libattndyn.a" $(LIBRARIES) -fopenmp' \
		> "$$to/lib/pkgconfig/attndyn-static.pc"; \
	echo "installed in $$to"

# The files that `install` of this version writes, and the folder of headers, which is ours alone.
uninstall:
	@set -eu; to='$(DESTDIR)$(PREFIX)'; \
	rm -f "$$to/bin/attndyn" "$$to/lib/libattndyn.a" "$$to/lib/libattndyn.so" "$$to/lib/$(SONAME)" \
		"$$to/lib/libattndyn.so.$(VERSION)" "$$to/lib/pkgconfig/attndyn.pc" "$$to/lib/pkgconfig/attndyn-static.pc" "$$to/share/man/man1/attndyn.1" \
		"$$to/share/bash-completion/completions/attndyn"; \
	rm -rf "$$to/include/attndyn"; \
	[ -z '$(PYTHONDIR)' ] || rm -rf "$(DESTDIR)$(PYTHONDIR)/attndyn"

# What the libraries export carries the prefix, and is the same in both.
symbols: $(BUILD)/libattndyn.a $(BUILD)/libattndyn.so
	@nm -g --defined-only $(BUILD)/libattndyn.a | awk 'NF==3 {print $$3}' | sort > $(BUILD)/generated/symbols; \
	bad=$$({ cat $(BUILD)/generated/symbols; nm -D --defined-only $(BUILD)/libattndyn.so | awk '{print $$NF}'; } | grep -v '^attndyn_' || true); \
	if [ -n "$$bad" ]; then echo "exported without the attndyn_ prefix: $$bad" >&2; exit 1; fi; \
	nm -D --defined-only $(BUILD)/libattndyn.so | awk '{print $$NF}' | sort | cmp - $(BUILD)/generated/symbols

# What a user of the installed library, of verify in CI, and of docs/adding-an-experiment.md meets.
test-product: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@sh tests/install.sh
	@$(MAKE) --no-print-directory test-python
	@if command -v cmark-gfm >/dev/null && command -v python3 >/dev/null; then \
		python3 docs/site.py $(CURDIR)/$(BUILD)/attndyn $(BUILD)/docs; else echo 'documentation site: skipped, no cmark-gfm or no python3'; fi
	@if command -v bash >/dev/null; then bash tests/cli/completion.sh $(BUILD)/attndyn; fi
	@ATTNDYN_PROGRAM=$(BUILD)/attndyn sh tests/ci-examples.sh
	@sh tests/adding-an-experiment.sh
	@ATTNDYN_PROGRAM=$(BUILD)/attndyn sh tests/transformer-docs.sh
	@ATTNDYN_PROGRAM=$(BUILD)/attndyn sh tests/pretrained-docs.sh

# The documentation as a static site in $(OUT)/docs, with the report where one stands (make report).
.PHONY: html-docs
html-docs: all
	@python3 docs/site.py $(CURDIR)/$(BUILD)/attndyn $(OUT)/docs $(OUT)/report

# The Python package against the program, doctests included; needs nothing but Python.
.PHONY: test-python
test-python: all
	@if command -v python3 >/dev/null; then ATTNDYN=$(CURDIR)/$(BUILD)/attndyn python3 python/tests/test_attndyn.py; \
	else echo 'Python package: skipped, no python3 is installed'; fi

# Executes the notebooks headless; skipped, with a message, where Jupyter is missing.
notebooks: all
	@sh notebooks/run.sh $(BUILD)
# The same, and what they showed is committed with them.
.PHONY: notebooks-commit
notebooks-commit: all
	@COMMIT=1 sh notebooks/run.sh $(BUILD)
deps-notebooks:
	@sh .ci/deps-notebooks

# The list of checks in docs/checks.md: ids that stand there stay.
checks: $(BUILD)/attndyn
	@$(BUILD)/attndyn verify --list | awk -f docs/checks.awk > docs/checks.md.new && mv docs/checks.md.new docs/checks.md

# What the sources state and what was found, docs/claims.md.
.PHONY: claims
claims: $(BUILD)/attndyn
	@$(BUILD)/attndyn verify --claims docs/claims.md > /dev/null

# How long the quick presets take, one after the other on one core; `attndyn list` shows it.
.PHONY: quick-seconds
quick-seconds: all
	@sh experiments/frame/run/quick_seconds.sh $(BUILD)/attndyn > experiments/quick-seconds.new && \
	mv experiments/quick-seconds.new experiments/quick-seconds || { rm -f experiments/quick-seconds.new; exit 1; }

# VERIFY_ONLY=1: what `attndyn verify` alone catches of the errors in theory/ and sim/model.
mutants: deps
	@sh tests/mutation/run.sh

asan: deps
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)-asan OPT='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' all $(BUILD)-asan/attndyn-tests
	CK_TIMEOUT_MULTIPLIER=10 ATTNDYN_PROGRAM=$(BUILD)-asan/attndyn $(BUILD)-asan/attndyn-tests

# Libraries that a test loads into the program.
PRELOADS = $(patsubst tests/%.c,$(BUILD)/tests/%.so,$(sort $(shell find tests -name 'preload_*.c')))
$(BUILD)/tests/%.so: tests/%.c
	@mkdir -p $(@D)
	$(SAY) '  CC   $<'
	$(Q)$(CC) -std=gnu11 -O1 -g $(WARN) -Wno-conversion -Wno-pedantic -shared -fPIC -o $@ $< -ldl

# A hostile world: full disks, closed streams, damaged files, ...; test-full adds signals at random times,
# more damage, and the failure of every allocation.
test-faults: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all $(PRELOADS)
	@sh tests/faults/hostile.sh $(BUILD)/attndyn quick
test-faults-full: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all $(PRELOADS)
	ATTNDYN_DAMAGE_ROUNDS=40 sh tests/faults/hostile.sh $(BUILD)/attndyn all
	sh tests/faults/commands.sh $(BUILD)/attndyn $(BUILD)/tests/faults/preload_allocations.so
	sh tests/faults/allocations.sh $(BUILD)/attndyn $(BUILD)/tests/faults/preload_allocations.so

# Data races: clang, its OpenMP and TSan (TSan does not understand gcc's libgomp).
tsan: deps
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)-tsan CC='$(patsubst %gcc,%clang,$(CC))' OPT='-O1 -g -fsanitize=thread' all $(BUILD)-tsan/attndyn-tests
	TSAN_OPTIONS='ignore_noninstrumented_modules=1 halt_on_error=1' CK_TIMEOUT_MULTIPLIER=20 \
		ATTNDYN_PROGRAM=$(BUILD)-tsan/attndyn $(BUILD)-tsan/attndyn-tests

# Memcheck over the test cases that run in the test program itself; it is some thirty times slower.
VALGRIND_CASES ?= $(filter-out cli%,$(patsubst test_%,%,$(filter test_%,$(basename $(notdir $(TEST_SRC))))))
valgrind: deps
	@command -v valgrind >/dev/null || { echo 'make valgrind: valgrind is needed (apt-get install valgrind)' >&2; exit 1; }
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BUILD)/attndyn-tests
	@for c in $(VALGRIND_CASES); do echo "valgrind: $$c"; ATTNDYN_MEMCHECK=1 CK_FORK=no CK_RUN_CASE=$$c CK_TIMEOUT_MULTIPLIER=100 OMP_NUM_THREADS=1 \
		OPENBLAS_NUM_THREADS=1 valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite $(BUILD)/attndyn-tests || exit 1; done

# Lines and branches that the tests reach.
cov: deps
	@command -v gcovr >/dev/null || { echo 'make cov: gcovr is needed (apt-get install gcovr)' >&2; exit 1; }
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)-cov OPT='-O0 -g --coverage' all $(BUILD)-cov/attndyn-tests
	CK_TIMEOUT_MULTIPLIER=20 ATTNDYN_PROGRAM=$(BUILD)-cov/attndyn $(BUILD)-cov/attndyn-tests
	gcovr -r . --object-directory $(BUILD)-cov --filter sim/ --filter theory/ --print-summary --txt $(BUILD)-cov/coverage.txt

# Fuzzing under ASan and UBSan, FUZZ_SECONDS for each of FUZZ.
FUZZ ?= $(FUZZERS)
FUZZ_SECONDS ?= 60
FUZZ_FLAGS = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
$(BUILD)/fuzz/%: tests/fuzz/entry.c $(call obj,tests/fuzz/fuzz.c) $(BUILD)/tests/fuzz/fuzz_%.o $(APP_OBJ) $(BUILD)/libattndyn.a
	@mkdir -p $(@D)
	$(SAY) '  LINK $@'
	$(Q)$(COMPILE) -DFUZZ_TARGET=fuzz_$* -fsanitize=fuzzer $(LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(OWN_LIBS) $(LDLIBS)
fuzz: deps
	@command -v clang >/dev/null || { echo 'make fuzz: clang and its run-time (libclang-rt-dev) are needed' >&2; exit 1; }
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)-fuzz CC='$(patsubst %gcc,%clang,$(CC))' OPENMP=0 OPT='-O1 -g $(FUZZ_FLAGS)' \
		$(patsubst %,$(BUILD)-fuzz/fuzz/%,$(FUZZ))
	@sh tests/fuzz/run.sh $(BUILD)-fuzz/fuzz $(FUZZ_SECONDS) $(FUZZ)

# Verdicts that need longer runs or more seeds than the quick presets have: minutes.
# Every experiment's quick run, judged again with rows taken away: tests/frame/test_vacuous.c.
.PHONY: vacuous
vacuous: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BUILD)/attndyn-tests
	ATTNDYN_VACUOUS=1 CK_RUN_CASE=vacuous ATTNDYN_PROGRAM=$(BUILD)/attndyn $(BUILD)/attndyn-tests

.PHONY: verify-short
verify-short: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	$(BUILD)/attndyn verify --preset short -j $(JOBS)

test-full: test
	@sh tests/defaults.sh $(BUILD)/attndyn
	@$(MAKE) --no-print-directory verify-short
	@$(MAKE) --no-print-directory vacuous
	@$(MAKE) --no-print-directory mutants
	@$(MAKE) --no-print-directory asan
	@$(MAKE) --no-print-directory test-faults-full
	@$(MAKE) --no-print-directory fuzz
	@$(MAKE) --no-print-directory tsan
	@$(MAKE) --no-print-directory valgrind
	@$(MAKE) --no-print-directory cov
	@sh tests/matrix.sh

verify: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	$(BUILD)/attndyn verify -j $(JOBS)

report: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	$(BUILD)/attndyn report --out $(OUT)/report -j $(JOBS)

figures: report

# Peers in C: plain loops, as fast as the compiler makes them.
$(BUILD)/bench/peers/%.o: bench/peers/%.c $(BUILD)/generated/flags
	@mkdir -p $(@D)
	$(SAY) '  CC   $< (-Ofast -march=native)'
	$(Q)$(CC) -I. -I$(BUILD)/generated -MMD -MP $(CPPFLAGS) -std=c11 -Ofast -march=native -c -o $@ $<
$(BUILD)/bench/decode: $(BUILD)/bench/peers/plain_decode.o
$(BUILD)/bench/%: bench/%.c $(APP_OBJ) $(BUILD)/libattndyn.a
	@mkdir -p $(@D)
	$(SAY) '  LINK $@'
	$(Q)$(COMPILE) $(LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(OWN_LIBS) $(LDLIBS)
bench: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BENCH)
	@sh bench/run.sh $(BUILD)

format:
	clang-format -i $(LIB_SRC) $(APP_SRC) $(TEST_SRC) $(BENCH_SRC) $$(find sim theory experiments tests bench -name '*.h')

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz $(BUILD)-tsan $(BUILD)-cov build-matrix
burn: clean
	rm -rf $(OUT)

-include $(shell find $(BUILD) -path $(BUILD)/mutation -prune -o -name '*.d' -print 2>/dev/null)
