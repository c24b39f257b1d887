#!/bin/sh
# tests/identity.sh: what names a build is what its numbers come from, and not git's word: the two scripts of the
# Makefile that look (sources.sh, version.sh), in a copy of the sources.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/outer" "$scratch/outer/tree"
cp -r sim theory experiments VERSION README.md "$scratch/outer/tree"
cd "$scratch/outer/tree"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_CEILING_DIRECTORIES="$scratch"
fail() { echo "identity.sh: $*" >&2; exit 1; }
sources() { sh experiments/frame/run/sources.sh; }
commit() { sh experiments/frame/run/version.sh cc "$1" | sed -n 's/^#define ATTNDYN_COMMIT "\(.*\)"$/\1/p'; }
changes() { # NAME FILE...: what was done to the files must show
    sources > "$scratch/after"
    shift
    for file; do
        [ "$(diff "$scratch/before" "$scratch/after" | grep -c "^[<>] SOURCE(\"$file\"")" != 0 ] || fail "an edited $file is not seen"
    done
    [ "$(diff "$scratch/before" "$scratch/after" | grep -c '^>')" = $# ] || fail "more than $* has changed"
    cp "$scratch/after" "$scratch/before"
}
sources > "$scratch/before"
[ "$(grep -c '^SOURCE' "$scratch/before")" -gt 300 ] || fail "few sources"

echo '<!-- a comment -->' >> README.md
echo '/* a comment */' >> experiments/frame/report/html.c
mkdir -p build && echo 'int x;' > build/x.c
sources | cmp -s - "$scratch/before" || fail "a comment in README.md, or a report's page, is another build"
echo '/* new */' >> sim/num/stats.c; changes edited sim/num/stats.c
echo '/* new */' >> theory/quadrature.h; changes edited theory/quadrature.h
mkdir experiments/mine; echo 'int a;' > experiments/mine/claim.c; changes made experiments/mine/claim.c
echo 'int b;' >> experiments/mine/claim.c; changes edited experiments/mine/claim.c

# Without git's word; inside another repository; in one of its own, clean and edited; where git refuses.
[ "$(commit -O2)" = "no commit" ] || fail "a commit where there is no repository"
if command -v git > /dev/null; then
    inside() { git -C "$1" -c user.name=a -c user.email=a@b "$2" -q ${3:+"$3"} ${4:+"$4"} ${5:+"$5"}; }
    inside .. init && inside .. commit --allow-empty -m x
    [ "$(commit -O2)" = "no commit" ] || fail "the commit of another repository is taken for ours: $(commit -O2)"
    sources | cmp -s - "$scratch/before" || fail "another repository changes the build"
    inside . init && git add -A && inside . commit -m y
    mine=$(git rev-parse --short=12 HEAD)
    [ "$(commit -O2)" = "$mine" ] || fail "the own commit is not reported"
    echo x >> README.md
    [ "$(commit -O2)" = "$mine-dirty" ] || fail "edits are not reported"
    ln -s tree ../link
    [ "$(cd ../link && commit -O2)" = "$mine-dirty" ] || fail "the own commit is not reported through a link"
    [ "$(GIT_DIR=$scratch/outer/.git commit -O2)" = "$mine-dirty" ] || fail "GIT_DIR has a say"
    sources | cmp -s - "$scratch/before" || fail "a commit changes the build"
fi
# Flags of the numbers count, as they are given.
[ "$(sh experiments/frame/run/version.sh cc '-O2  -march=native' | grep -c 'FLAGS "-O2 -march=native"')" = 1 ] || fail "flags"
# What an experiment includes of another folder is told, and of that what it includes.
grep -q 'USES("experiments/scansnap/growth", "experiments/scansnap/shared")' "$scratch/before" || fail "no shared parts"
echo "identity: sources and flags name a build"
