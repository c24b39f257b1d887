#!/bin/sh
# tests/fuzz/run.sh FOLDER SECONDS NAME...: runs the fuzzers FOLDER/NAME, SECONDS each, on
# their corpora (what is new goes to FOLDER/found), and prints the executions. Fails if one found
# something; the input then lies in FOLDER as NAME-crash-*, NAME-timeout-*, ...
set -u
folder=$1 seconds=$2
shift 2
status=0
for name; do
    work=$folder/found/$name
    mkdir -p "$work"
    if "$folder/$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 -max_len=4096 \
        -artifact_prefix="$folder/$name-" "$work" "tests/fuzz/corpus/$name" > "$folder/$name.log" 2>&1
    then verdict=clean
    else verdict=FAILED status=1
    fi
    awk -v name="$name" -v verdict=$verdict '/number_of_executed_units/ {n = $2} / cov: / {for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1)}
        END {printf "%-14s %12d executions, %6d edges covered: %s\n", name, n, c, verdict}' "$folder/$name.log"
    [ $verdict = clean ] || tail -n 40 "$folder/$name.log"
done
exit $status
