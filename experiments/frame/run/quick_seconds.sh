#!/bin/sh
# quick_seconds.sh PROGRAM: prints `id seconds` for the preset quick of every experiment (make quick-seconds), as a first
# run takes them: no small network is found that an earlier run has trained.
# An experiment that fails has no time, and neither has the list then: exit 1, once all were tried.
set -eu
program=$1 folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$program" list > "$folder/list"
echo "# Seconds of the preset quick, one core, figures left out; measured $(date +%Y-%m-%d)."
failed=
while read -r id _; do
    start=$(date +%s.%N)
    if ATTNDYN_NETWORKS=none OMP_NUM_THREADS=1 "$program" run "$id" --preset quick --no-plot --out "$folder/run" \
        > /dev/null 2> "$folder/said" < /dev/null; then
        end=$(date +%s.%N)
        echo "$id $start $end" | awk '{printf "%s %.2f\n", $1, $3 - $2}'
    else
        failed="$failed $id"
        echo "quick-seconds: $id failed: $(tail -n 1 "$folder/said")" >&2
    fi
    rm -rf "$folder/run"
done < "$folder/list"
[ -z "$failed" ] || { echo "quick-seconds: no list, as these failed:$failed" >&2; exit 1; }
