#!/bin/sh
# quick_seconds.sh PROGRAM: prints `id seconds` for the preset quick of every experiment (make quick-seconds).
set -eu
program=$1 folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "# Seconds of the preset quick, one core, figures left out; measured $(date +%Y-%m-%d)."
"$program" list | while read -r id _; do
    start=$(date +%s.%N)
    OMP_NUM_THREADS=1 "$program" run "$id" --preset quick --no-plot --out "$folder/run" > /dev/null 2>&1 || continue
    end=$(date +%s.%N)
    rm -rf "$folder/run"
    echo "$id $start $end" | awk '{printf "%s %.2f\n", $1, $3 - $2}'
done
