#!/bin/sh
# tests/matrix.sh [PROGRAM...]: the numerical contract (docs/numerical-contract.md) held by measurement.
# Builds the program by several compilers, optimisations, with and without OpenMP and MPI (or takes the
# PROGRAMs given, the first of them as the reference), runs every claim and every quick preset with each,
# and compares: verdicts must be the same, one by one; tables are compared byte by byte and counted.
# The same program with 2 threads must give the same bytes. Other OpenBLAS kernels: the same verdicts.
set -u
work=${TMPDIR:-/tmp}/attndyn-matrix-$$
mkdir -p "$work"
jobs=${JOBS:-2}
bad=0

build() { # NAME MAKE-ARGUMENTS...
    name=$1
    shift
    make -s -j"$jobs" BUILD="build-matrix/$name" "$@" "build-matrix/$name/attndyn" >"$work/$name.log" 2>&1 ||
        { echo "$name: does not build: $(grep -m1 error "$work/$name.log")"; exit 1; }
    echo "build-matrix/$name/attndyn"
}

measure() { # NAME PROGRAM: its verdicts and tables, in $work/NAME; ENVIRONMENT may be set
    mkdir -p "$work/$1"
    env $ENVIRONMENT OMP_NUM_THREADS=1 "$2" verify --out "$work/$1/tables" --json "$work/$1/verdicts.json" >"$work/$1/said" 2>&1
    [ $? -le 1 ] || { echo "$1: verify fails: $(tail -n 1 "$work/$1/said")"; bad=$((bad + 1)); }
    grep -E '"(id|verdict)":' "$work/$1/verdicts.json" >"$work/$1/verdicts"
    (cd "$work/$1/tables" && find . -name '*.csv' | sort) >"$work/$1/list"
}

compare() { # NAME REFERENCE STRICT: prints a line; verdicts must agree, with STRICT tables, too
    claims=$(grep -c '"verdict"' "$work/$2/verdicts")
    [ "$claims" -gt 0 ] || { echo "$2: no verdicts"; exit 1; }
    other=$(diff "$work/$1/verdicts" "$work/$2/verdicts" | grep -c '^>.*verdict')
    total=0 equal=0 differing=
    while read -r table; do
        total=$((total + 1))
        if cmp -s "$work/$1/tables/$table" "$work/$2/tables/$table"; then equal=$((equal + 1))
        else differing="$differing ${table#./}"; fi
    done <"$work/$2/list"
    printf '%-28s verdicts: %d of %d the same; tables: %d of %d the same bytes\n' "$1" $((claims - other)) "$claims" "$equal" "$total"
    if [ "$other" != 0 ] || ! cmp -s "$work/$1/verdicts" "$work/$2/verdicts"; then bad=$((bad + 1)); diff "$work/$1/verdicts" "$work/$2/verdicts" | head -n 10; fi
    if [ "$3" = strict ] && [ "$equal" != "$total" ]; then bad=$((bad + 1)); echo "  differ:$differing"; fi
    [ -z "${VERBOSE:-}" ] || [ -z "$differing" ] || echo "  differ:$differing"
}

ENVIRONMENT=
if [ $# -gt 0 ]; then
    reference=$1
    measure reference "$reference"
    shift
    for program; do
        n=$(echo "$program" | tr / -)
        measure "$n" "$program"
        compare "$n" reference loose
    done
else
    reference=$(build gcc-O3 CC=gcc OPT=-O3) || { echo "$reference"; exit 1; }
    measure reference "$reference"
    for row in "gcc-O0 CC=gcc OPT=-O0" "gcc-O3-serial CC=gcc OPT=-O3 OPENMP=0" "clang-O3 CC=clang OPT=-O3" \
        "clang-O0-serial CC=clang OPT=-O0 OPENMP=0"; do
        set -- $row
        case $2 in *clang) command -v clang >/dev/null || { echo "$1: skipped, no clang"; continue; } ;; esac
        program=$(build "$@") || { echo "$program"; exit 1; }
        measure "$1" "$program"
        compare "$1" reference loose
    done
    # What a user may add; the numbers of -march=native are those of the reference, unless they were contracted.
    program=$(build gcc-native CC=gcc CFLAGS='-O2 -march=native' CPPFLAGS=-DSITE=1) || { echo "$program"; exit 1; }
    measure gcc-native "$program"
    compare gcc-native reference loose
    if command -v mpicc >/dev/null; then
        make -s -j"$jobs" BUILD=build-matrix/gcc-O3 CC=gcc OPT=-O3 MPI=1 all >"$work/mpi.log" 2>&1 || { cat "$work/mpi.log"; exit 1; }
        measure mpi build-matrix/gcc-O3/attndyn-mpi
        compare mpi reference strict
    fi
fi
measure again "$reference"
compare again reference strict
# Threads within a run, and experiments at a time.
mkdir -p "$work/threads"
"$reference" verify -j 2 --out "$work/threads/tables" --json "$work/threads/verdicts.json" >/dev/null 2>&1
grep -E '"(id|verdict)":' "$work/threads/verdicts.json" >"$work/threads/verdicts"
compare threads reference strict
# Kernels of OpenBLAS that this machine can run.
for core in Prescott Sandybridge Haswell SkylakeX; do
    case $core in
    Haswell) grep -qw avx2 /proc/cpuinfo || continue ;;
    SkylakeX) grep -qw avx512f /proc/cpuinfo || continue ;;
    Sandybridge) grep -qw avx /proc/cpuinfo || continue ;;
    esac
    ENVIRONMENT=OPENBLAS_CORETYPE=$core
    measure "openblas-$core" "$reference"
    compare "openblas-$core" reference loose
done
rm -rf "$work"
[ $bad = 0 ]
