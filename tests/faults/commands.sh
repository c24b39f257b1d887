#!/bin/sh
# tests/faults/commands.sh PROGRAM LIBRARY [COMMAND...]: what stands around a run (sweep, verify, report,
# plot, list, describe) with one allocation failing, the first of each call stack, each in a process
# of its own (preload_allocations.c: ATTNDYN_FAULTS_AT). Such a command must end with 71 and one
# line, or with 0 and the very output and files of an undisturbed one; it leaves no temporary file;
# and the same command, undisturbed, in the folder that it left must end with those very files:
# nothing half done is taken for whole. Exits 1 if one ended badly; its folder is kept.
set -u
program=$(realpath "$1") library=$(realpath "$2")
shift 2
[ $# -gt 0 ] || set -- list describe verify sweep plot report
work=${TMPDIR:-/tmp}/attndyn-commands-$$
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
total=0 bad=0

# The command at hand, in the current folder; `env ...` before it.
command_of() {
    case $1 in
    list) shift && "$@" "$program" list ;;
    describe) shift && "$@" "$program" describe joma/erf ;;
    verify) shift && "$@" "$program" verify joma/erf lowrank/memory --json v.json --junit v.xml ;;
    sweep) shift && "$@" "$program" sweep lowrank/memory r=1,2 d=8,16 --store s.db --csv s.csv ;;
    plot) shift && "$@" "$program" plot s.db --out p ;;
    report) shift && "$@" "$program" report joma/erf --out r ;;
    *) echo "commands.sh: $1 is none of list, describe, verify, sweep, plot, report" >&2 && exit 64 ;;
    esac
}

# What a command starts from.
begin() {
    rm -rf "$2" && mkdir -p "$2" || exit 2
    [ "$1" = plot ] || return 0
    (cd "$2" && "$program" sweep lowrank/memory r=1,2 d=8,16 --store s.db >/dev/null 2>&1) || exit 2
}

# Names and contents of the files of a folder, but for what holds times.
contents() {
    (cd "$1" && find . -type f ! -name timing.json ! -name '*.db*' ! -path '*/resume/*' ! -name stdout ! -name stderr |
        sort | xargs -r sha256sum)
}

# Lines on stderr without those that CVodeCreate prints by itself.
own_lines() {
    grep -vc -e '^$' -e 'CVODES ERROR\]  CVodeCreate' -e '^  Allocation of cvode_mem failed' "$1"
}

for name; do
    base=$work/$name broken=0 survived=0 clean=0 elsewhere=0
    begin "$name" "$base/undisturbed"
    (cd "$base/undisturbed" && command_of "$name" env > ../stdout 2> ../stderr) ||
        { echo "$name: the undisturbed command fails: $(cat "$base/stderr")" >&2; exit 1; }
    contents "$base/undisturbed" > "$base/contents"
    begin "$name" "$base/count"
    (cd "$base/count" && command_of "$name" env LD_PRELOAD="$library" ATTNDYN_FAULTS_COUNT="$base/numbers" >/dev/null 2>&1)
    for n in $(cat "$base/numbers"); do
        here=$base/$n
        begin "$name" "$here"
        (cd "$here" && command_of "$name" timeout 120 env LD_PRELOAD="$library" ATTNDYN_FAULTS_AT="$n" > stdout 2> stderr)
        code=$? verdict=
        if [ $code = 0 ]; then
            survived=$((survived + 1))
            contents "$here" | cmp -s - "$base/contents" || verdict="SURVIVED WITH OTHER FILES"
            [ "$name" = sweep ] || cmp -s "$here/stdout" "$base/stdout" || verdict="SURVIVED WITH OTHER OUTPUT"
        elif grep -q 'libgomp: Out of memory' "$here/stderr"; then
            elsewhere=$((elsewhere + 1))
        elif [ $code != 71 ] || [ "$(own_lines "$here/stderr")" != 1 ]; then
            verdict="ENDED BADLY: $(head -c 300 "$here/stderr")"
        else
            clean=$((clean + 1))
        fi
        [ -z "$(find "$here" -name '*.attndyn-tmp.*')" ] || verdict="HALF A FILE"
        if [ -z "$verdict" ] && [ $code != 0 ]; then
            (cd "$here" && command_of "$name" env > stdout 2> stderr) || verdict="CANNOT GO ON: $(head -c 300 "$here/stderr")"
            [ -n "$verdict" ] || contents "$here" | cmp -s - "$base/contents" || verdict="GOES ON TO OTHER FILES"
        fi
        if [ -n "$verdict" ]; then
            broken=$((broken + 1))
            echo "$name: allocation $n: exit $code: $verdict ($here)"
        else
            rm -rf "$here"
        fi
    done
    tried=$(wc -l < "$base/numbers")
    total=$((total + tried)) bad=$((bad + broken))
    printf '%-10s %5d tried: %d exit 71, %d survived, %d ended by libgomp; %d bad\n' \
        "$name" "$tried" $clean $survived $elsewhere $broken
    [ $broken != 0 ] || rm -rf "$base"
done
echo "$total allocations failed, $bad ended badly"
rmdir "$work" 2>/dev/null
[ $bad = 0 ]
