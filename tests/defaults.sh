#!/bin/sh
# defaults.sh PROGRAM: `attndyn run ID` alone works for every experiment: it ends well, or is at work
# after four seconds. Part of `make test-full`.
program=$1 failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for id in $("$program" list | sed -n 's/^ *\([a-z]*\/[a-z0-9-]*\) .*/\1/p'); do
    timeout 4 "$program" run "$id" --no-plot --out "$scratch/run" > "$scratch/said" 2>&1
    code=$?
    case $code in
    0 | 124 | 130) ;;
    *) echo "defaults: run $id exits $code: $(tail -n 1 "$scratch/said")" >&2; failed=1 ;;
    esac
    rm -rf "$scratch/run"
done
exit $failed
