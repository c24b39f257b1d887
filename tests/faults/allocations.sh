#!/bin/sh
# tests/faults/allocations.sh PROGRAM LIBRARY [ID...]: fails the allocations of the quick preset of every
# experiment (or of these), one at a time, those of the libraries included, and says how each run
# ended (preload_allocations.c says what is good). Of each call stack the first allocation is taken;
# ATTNDYN_FAULTS_ALL=1 takes every allocation (hours). Exits 1 if one ended badly; its folder is kept.
set -u
program=$(realpath "$1") library=$(realpath "$2")
shift 2
[ $# -gt 0 ] || set -- $("$program" list | cut -d' ' -f1)
work=${TMPDIR:-/tmp}/attndyn-allocations-$$
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
stacks=1
[ -z "${ATTNDYN_FAULTS_ALL:-}" ] || stacks=
total=0 bad=0

run() { # in the folder at hand
    env LD_PRELOAD="$library" "$@" "$program" run "$id" --preset quick --no-plot --out out
}

# Is every file of folder $1 that of folder $2? (A child may have begun after some were written.)
same() {
    (cd "$1" && find . -type f ! -name timing.json) | while read -r file; do
        cmp -s "$1/$file" "$2/$file" || return 1
    done
}

for id; do
    folder=$work/$(echo "$id" | tr / -)
    mkdir -p "$folder/faults" "$folder/undisturbed" "$folder/parent" "$folder/rerun"
    (cd "$folder/undisturbed" && "$program" run "$id" --preset quick --no-plot --out out >/dev/null 2>&1) ||
        { echo "$id: the undisturbed run fails" >&2; exit 1; }
    (cd "$folder/parent" && run ATTNDYN_FAULTS="$folder/faults" ${stacks:+ATTNDYN_FAULTS_STACKS=1} >/dev/null) ||
        { echo "$id: the run that forks fails" >&2; exit 1; }
    log=$folder/faults/log
    broken=0
    same "$folder/parent/out" "$folder/undisturbed/out" || broken=1
    while read -r n code verdict; do
        case $verdict in
        clean | "run failed" | "ended by libgomp" | "not tried"*) continue ;;
        survived)
            same "$folder/faults/$n/out" "$folder/undisturbed/out" && { rm -rf "$folder/faults/$n"; continue; }
            verdict="SURVIVED WITH OTHER RESULTS" ;;
        rerun)
            rm -rf "$folder/rerun/out"
            said=$(cd "$folder/rerun" && run ATTNDYN_FAULTS_AT="$n" 2>&1 >/dev/null)
            code=$?
            if [ $code = 0 ]; then
                same "$folder/rerun/out" "$folder/undisturbed/out" && continue
                verdict="SURVIVED WITH OTHER RESULTS"
            elif [ $code != 71 ] || [ "$(printf '%s\n' "$said" | wc -l)" != 1 ]; then
                verdict="ENDED BADLY: $said"
            elif [ -e "$folder/rerun/out/run.json" ] || ls "$folder"/rerun/out/*.attndyn-tmp.* >/dev/null 2>&1; then
                verdict="HALF A FILE"
            else continue
            fi ;;
        esac
        broken=$((broken + 1))
        echo "$id: allocation $n: exit $code: $verdict ($folder)"
    done < "$log"
    tried=$(wc -l < "$log")
    total=$((total + tried)) bad=$((bad + broken))
    printf '%-28s %5d tried: %s; %d bad\n' "$id" "$tried" \
        "$(cut -d' ' -f3- "$log" | sort | uniq -c | awk '{n = $1; $1 = ""; printf "%s%d%s", (NR > 1 ? ", " : ""), n, $0}')" $broken
    [ $broken = 0 ] && rm -rf "$folder"
done
echo "$total allocations failed, $bad ended badly"
rmdir "$work" 2>/dev/null
[ $bad = 0 ]
