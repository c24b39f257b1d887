#!/bin/sh
# tests/flags.sh: flags that a user gives to make leave alone what the program cannot do without: headers are
# found, products are rounded before they are added, tiny numbers stay, threads are there. Each setting builds
# what judges the arithmetic of a build, by the very commands of the Makefile, and runs it.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat > "$scratch/main.c" <<'END'
#include "sim/num/arithmetic.h"
#include <omp.h>
#include <stdio.h>
int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    int bad = attndyn_arithmetic_check(ctx);
    printf("%s, %d threads\n", bad ? attndyn_message(ctx) : "sound", omp_get_max_threads());
    return bad;
}
END

# Builds and runs it with `make SETTING...`.
judge() {
    rm -rf "$scratch/build"
    make -s BUILD="$scratch/build" "$@" "$scratch/build/sim/num/arithmetic.o" "$scratch/build/sim/base/context.o" > "$scratch/log" 2>&1 ||
        { cat "$scratch/log" >&2; return 2; }
    compile=$(make -n V=1 BUILD="$scratch/build" "$@" "$scratch/build/sim/base/text.o" | grep -e '-c -o' | sed "s| -c -o .*||")
    link=$(make -n V=1 BUILD="$scratch/build" "$@" "$scratch/build/attndyn" | grep -e " -o $scratch/build/attndyn " | sed "s| -o $scratch/build/attndyn .*||")
    [ -n "$compile" ] && [ -n "$link" ] || { echo "flags.sh: the Makefile has other commands than expected" >&2; return 2; }
    $compile -c -o "$scratch/main.o" "$scratch/main.c" &&
        $link -o "$scratch/main" "$scratch/main.o" "$scratch/build/sim/num/arithmetic.o" "$scratch/build/sim/base/context.o" -lm || return 2
    OMP_NUM_THREADS=3 "$scratch/main"
}

failed=0
sound() {
    said=$(judge "$@") || { echo "make $*: $said" >&2; failed=1; return; }
    [ "$said" = "sound, 3 threads" ] || { echo "make $*: $said" >&2; failed=1; }
}
sound
sound CPPFLAGS=-DSITE=1
sound CFLAGS='-O2 -march=native'
sound CFLAGS='-Ofast -march=native' CPPFLAGS=-DSITE=1
sound CFLAGS='-ffast-math -ffp-contract=fast -march=native'
sound OPT=-Ofast
sound CFLAGS=-funsafe-math-optimizations LDFLAGS=-Wl,-O1 LDLIBS=-lm
sound CFLAGS='-std=gnu17 -fno-openmp -I/usr/include'
CFLAGS='-O1 -ffast-math' CPPFLAGS=-DSITE sound
# The judge sees what it is there for.
for setting in NUMERIC=-ffast-math NUMERIC='-ffp-contract=fast -march=native'; do
    case $setting in *native) grep -qw fma /proc/cpuinfo 2>/dev/null || continue ;; esac
    if judge "$setting" > /dev/null; then echo "make $setting passes for sound" >&2; failed=1; fi
done
[ $failed = 0 ] && echo "flags: what a user adds leaves the arithmetic sound"
exit $failed
