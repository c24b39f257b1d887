#!/bin/sh
# tests/faults/hostile.sh PROGRAM CASE...: the program in a hostile world; `quick` runs
# those of a few seconds, `all` runs every case. Each
# attempt must end with the documented status and one line that names the trouble; no file may be half
# written or taken for whole. Prints how much was tried; exits 1 at the first that ended otherwise.
set -u
program=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
libraries=$(dirname "$program")/tests/faults
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/attndyn-hostile-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
tried=0

fail() { echo "FAILED: $*"; exit 1; }
# ends CODE TEXT COMMAND...: the command exits with CODE and says one line that holds TEXT.
ends() {
    wanted=$1 text=$2
    shift 2
    # stderr through a pipe: limits on files do not reach it
    exec 3>stdout
    said=$("$@" 2>&1 >&3 3>&- </dev/null)
    code=$?
    exec 3>&-
    printf '%s' "$said${said:+
}" >stderr
    tried=$((tried + 1))
    [ $code = "$wanted" ] || fail "exit $code, expected $wanted: $(echo "$*" | cut -c1-200): $(head -c 500 stderr)"
    [ -z "$text" ] || grep -qF -- "$text" stderr || fail "'$text' is not in '$(head -c 500 stderr)': $(echo "$*" | cut -c1-200)"
    case $* in
    *" report "*) ! grep -qv '^attndyn: ' stderr ;; # a line for each run
    *) [ "$wanted" = 0 ] || [ "$(wc -l <stderr)" = 1 ] ;;
    esac || fail "more than one line: $(head -c 500 stderr)"
}
run() { "$program" run "$@"; }
quick() { run lowrank/memory --preset quick --no-plot --out "$@"; }
nothing_half() { # FOLDER: no temporary file, no record
    ! find "$1" -name '*.attndyn-tmp.*' -o -name run.json | grep -q . || fail "left in $1: $(find "$1" -type f)"
}
same() { # FOLDER FOLDER: the same files, timings apart
    diff -r -x timing.json -x '*.lock' "$1" "$2" >difference || fail "$1 and $2 differ: $(head -c 400 difference)"
}

full_disk() {
    # A limit on the size of files stands for the full disk: SIGXFSZ, which is ignored, then EFBIG.
    for blocks in 0 1 2 4 8; do
        ends 74 "cannot write" sh -c "ulimit -f $blocks; exec '$program' run lowrank/memory --preset quick --no-plot --out limit"
        nothing_half limit
        ends 74 "cannot write" sh -c "ulimit -f $blocks; exec '$program' report lowrank/memory --out report"
        rm -rf limit report
    done
    ends 74 "cannot write" sh -c "ulimit -f 1; exec '$program' verify lowrank/memory --json v.json >/dev/null"
    ends 74 "cannot write" sh -c "ulimit -f 1; exec '$program' verify lowrank/memory --junit v.xml >/dev/null"
    ! [ -e v.json ] && ! [ -e v.xml ] || fail "half a file of verdicts"
    mkdir disk
    if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=64k tmpfs disk 2>/dev/null; then
        for kb in 0 16 40; do
            [ $kb = 0 ] || head -c ${kb}k /dev/zero >disk/filler
            ends 74 "No space left" run scansnap/flow --preset quick --no-plot --out disk/out
            nothing_half disk
            ends 74 "disk" "$program" sweep lowrank/memory r=1:2000 --store disk/s.db --csv disk/s.csv
            ! [ -e disk/s.csv ] || fail "half a CSV on a full disk"
            rm -rf disk/*
        done
        umount disk
    else echo "no tmpfs can be mounted here: the limit on file sizes alone"
    fi
}

read_only() {
    mkdir fixed
    quick whole >/dev/null || fail "the run itself"
    chmod a+rx "$work"; chmod a-w fixed
    user=
    if [ "$(id -u)" = 0 ]; then # root writes anywhere: become nobody
        command -v setpriv >/dev/null || { echo "skipped: root without setpriv"; return; }
        user="setpriv --reuid=65534 --regid=65534 --clear-groups"
        cp "$program" "$work/attndyn"
        $user "$work/attndyn" --version >/dev/null 2>&1 || { echo "skipped: nobody cannot run the program"; return; }
        program=$work/attndyn
    fi
    ends 74 "fixed" $user "$program" run lowrank/memory --preset quick --out fixed
    ends 74 "fixed" $user "$program" run lowrank/memory --preset quick --out fixed/inner
    ends 74 "fixed" $user "$program" sweep lowrank/memory r=1,2 --store fixed/s.db
    ends 74 "fixed" $user "$program" verify lowrank/memory --json fixed/v.json
    ends 74 "fixed" $user "$program" report lowrank/memory --out fixed
    [ -z "$(ls fixed)" ] || fail "something in a read-only folder"
}

# Nothing that promises one owner begins where nothing can be locked.
locks() {
    [ -e "$libraries/preload_locks.so" ] || { echo "skipped: no preload_locks.so"; return; }
    unlocked() { env LD_PRELOAD="$libraries/preload_locks.so" "$program" "$@"; }
    ends 74 "may have no locks" unlocked run lowrank/memory --preset quick --no-plot --out a
    ends 74 "may have no locks" unlocked sweep lowrank/memory r=1,2 --store s.db
    ends 74 "may have no locks" unlocked report lowrank/memory --out r
    [ -z "$(find . -type f ! -name 'std*')" ] || fail "left behind: $(find . -type f)"
    "$program" sweep lowrank/memory r=1,2 --store s.db >/dev/null || fail "the sweep itself"
    ends 0 "" unlocked export s.db --csv s.csv
}

streams() {
    quick whole >/dev/null || fail "the run itself"
    # A closed stream must not lend its number to a file: what is printed would land in it.
    ends 74 "standard output" sh -c "exec '$program' run lowrank/memory --preset quick --no-plot --out a >&-"
    ends 74 "standard output" sh -c "exec '$program' list >&-"
    ends 74 "standard output" sh -c "exec '$program' verify lowrank/memory --json v.json >&-"
    "$program" run lowrank/memory --preset quick --no-plot --out b >&- 2>&- <&-
    [ $? = 74 ] || fail "all streams closed"
    same whole a; same whole b
    rm -f whole/*.svg
    for command in list "describe lowrank/memory" "verify lowrank/memory" "run lowrank/memory --preset quick --no-plot --out c" \
        "sweep lowrank/memory r=1,2 --store s.db" "report lowrank/memory --out d" "plot whole" --help --version; do
        [ "$command" = "plot whole" ] && ! command -v gnuplot >/dev/null && continue
        ends 74 "standard output" sh -c "exec '$program' $command >/dev/full"
    done
    rm -f whole/*.svg
    same whole c
    sh -c "'$program' list 2>pipe; echo \$? >code" | true
    [ "$(cat code)" = 74 ] || [ "$(cat code)" = 0 ] || fail "a closed pipe: $(cat code)"
}

# kills N SIGNAL LONGEST COMMAND...: the command is started N times and gets the signal after 0 to LONGEST
# ms; each time no file under out is half written (the pages of a report are of what had ended by then).
# Then it is left alone.
kills() {
    n=$1 signal=$2 longest=$3 i=0
    shift 3
    while [ $i -lt "$n" ]; do
        i=$((i + 1))
        env --default-signal=INT "$@" >/dev/null 2>&1 & # a shell's & ignores it
        child=$!
        sleep "$(awk -v i=$i -v n="$n" -v l="$longest" 'BEGIN {printf "%.3f", ((i * 7 + 3) % (n + 1)) / n * l / 1000}')"
        kill -"$signal" $child 2>/dev/null
        wait $child
        code=$?
        case $signal.$code in
        *.0 | INT.130 | TERM.130 | KILL.137) ;;
        INT.2 | TERM.143 | INT.13?) ;; # before the handler stood
        *) fail "SIG$signal: exit $code" ;;
        esac
        tried=$((tried + 1))
        # The rows of a run that was interrupted say that they are not all.
        if grep -q '"unfinished"' out/run.json 2>/dev/null; then rm -rf out; continue; fi
        for file in $(cd out 2>/dev/null && find . -type f ! -name '*.attndyn-tmp.*' ! -name timing.json ! -name '*.db*' ! -name '*.lock' ! -name .writable ! -name '*.html' ! -name verdicts.json); do
            cmp -s "out/$file" "undisturbed/$file" || fail "after SIG$signal $file is not what it should be"
        done
    done
    "$@" >/dev/null 2>stderr || fail "left alone: $(cat stderr)"
    find out -name '*.attndyn-tmp.*' -delete # of processes that were killed by SIGKILL
}

signals() {
    for signal in INT TERM KILL; do
        rm -rf out undisturbed
        run scansnap/overview --preset quick --no-plot --out undisturbed >/dev/null || fail "the run itself"
        kills 8 $signal 300 "$program" run scansnap/overview --preset quick --no-plot --out out
        same out undisturbed
    done
    for signal in INT TERM KILL; do
        rm -rf out undisturbed
        mkdir out undisturbed
        "$program" sweep lowrank/memory r=1:400 --store undisturbed/s.db --csv undisturbed/s.csv >/dev/null || fail "the sweep itself"
        kills 8 $signal 300 "$program" sweep lowrank/memory r=1:400 --store out/s.db --csv out/s.csv
        cmp out/s.csv undisturbed/s.csv || fail "the sweep's bytes after SIG$signal"
    done
}

signals_report() {
    for signal in INT TERM KILL; do
        rm -rf out undisturbed
        "$program" report lowrank/memory joma/hierarchy joma/scan-vs-joma --out undisturbed >/dev/null || fail "the report itself"
        kills 6 $signal 1500 "$program" report lowrank/memory joma/hierarchy joma/scan-vs-joma --out out
        same out undisturbed
    done
}

clock() {
    [ -e "$libraries/preload_clock.so" ] || { echo "skipped: no preload_clock.so"; return; }
    quick whole >/dev/null || fail "the run itself"
    "$program" sweep lowrank/memory r=1:20 --store w.db --csv w.csv >/dev/null || fail "the sweep itself"
    for year in 1970 1969 2038 2107 jumps; do
        ends 0 "" env LD_PRELOAD="$libraries/preload_clock.so" ATTNDYN_CLOCK=$year "$program" run lowrank/memory --preset quick --no-plot --out "$year"
        same whole "$year"
        ends 0 "" env LD_PRELOAD="$libraries/preload_clock.so" ATTNDYN_CLOCK=$year "$program" sweep lowrank/memory r=1:20 --store "$year.db" --csv "$year.csv"
        cmp w.csv "$year.csv" || fail "the sweep depends on the clock"
    done
}

damaged_inputs() {
    "$program" sweep lowrank/memory r=1:60 shape=60M,130M --store good.db --csv good.csv >/dev/null || fail "the sweep itself"
    printf 'class,last,token,probability\na,x,t,0.25\na,x,u,0.75\nb,y,t,0.5\nb,y,v,0.5\n' >good.dist
    for i in 1 2 3 4 5 6 7 8; do printf 'the cat saw a dog %d\nthe dog saw x the cat\n' $i; done >good.txt
    printf 'experiment = lowrank/memory\nr = 1:5\nshape = 60M,130M\n' >good.sweep
    quick good --threads 1 >/dev/null || fail "the run itself"
    cp good/params.conf good.conf
    "$here/damage.sh" "$program" || exit 1
    tried=$((tried + $(cat tried)))
}

# A training that was stopped, its checkpoint or a table damaged: --resume refuses it in one line, or ends
# with the bytes of a run that was never stopped.
damaged_training() {
    training() { "$program" run lm/wikitext-entropy --preset quick --no-plot --save-every 0.001 --out "$@"; }
    training whole >/dev/null || fail "the training itself"
    for seed in 1 7; do # stopped as soon as it has saved
        "$program" run lm/wikitext-entropy --preset quick --no-plot --save-every 0.001 --out part$seed seed=$seed >/dev/null 2>&1 &
        child=$!
        until [ -e part$seed/checkpoint.safetensors ] || ! kill -0 $child 2>/dev/null; do sleep 0.01; done
        kill -TERM $child 2>/dev/null
        wait $child
        [ $? = 130 ] || fail "the training was not stopped in time"
    done
    saved=d/checkpoint.safetensors
    size=$(wc -c <part1/checkpoint.safetensors)
    header=$(($(od -An -tu4 -N 4 part1/checkpoint.safetensors) + 8))
    flip() { # FILE BYTE BIT
        byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
        printf "\\$(printf '%03o' $((byte ^ (1 << $3))))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
    }
    resumes() { # WHAT [refused]: and how it ended
        training d seed=1 --resume >/dev/null 2>stderr
        code=$?
        tried=$((tried + 1))
        if [ $code = 0 ]; then
            [ "${2:-}" != refused ] || fail "$1 was taken"
            same d whole
            return
        fi
        case $code in 64 | 66) ;; *) fail "$1: exit $code: $(head -c 300 stderr)" ;; esac
        [ "$(wc -l <stderr)" = 1 ] || fail "$1: not one line: $(head -c 500 stderr)"
    }
    fresh() { rm -rf d; cp -r part1 d; }
    fresh; resumes "the undamaged training"; [ $code = 0 ] || fail "the undamaged training is refused: $(cat stderr)"
    for at in 0 7 8 1000 $header $((header + 5000)) $((size - 1)); do
        fresh; head -c $at part1/checkpoint.safetensors >$saved; resumes "a checkpoint of $at bytes" refused
    done
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do # in the numbers: found
        fresh; flip $saved $((header + (i * 7919 * 31 + i) % (size - header))) $((i % 8)); resumes "flipped bit $i of the numbers" refused
        fresh; flip $saved $(((i * 7919 + i) % header)) $((i % 8)); resumes "flipped bit $i of the header"
    done
    fresh; printf '\0\0\0\0\0\0\0\020' | dd of=$saved conv=notrunc 2>/dev/null; resumes "a header of 2^60 bytes" refused
    fresh; cp part7/checkpoint.safetensors $saved; resumes "the checkpoint of another run" refused
    for table in entropy loss; do
        fresh; sed -i '2s/0/1/' d/$table.csv; resumes "another digit in $table.csv" refused
        fresh; : >d/$table.csv; resumes "an empty $table.csv" refused
        fresh; rm d/$table.csv; resumes "no $table.csv" refused
    done
}

long_values() {
    long() { awk -v n="$1" -v c="$2" 'BEGIN {for (i = 0; i < n; i++) printf "%s", c}'; }
    { printf 'r = '; long 1000000 7; echo; } >long.conf
    ends 64 "r=" run lowrank/memory --config long.conf --out o
    { printf 'r = 1.'; long 1000000 0; echo; } >long.conf
    ends 0 "" quick o --config long.conf
    { long 1000000 k; echo ' = 1'; } >long.conf
    ends 64 "has no parameter" run lowrank/memory --config long.conf --out o
    { printf '#'; long 1000000 x; printf '\nr = 4\n'; } >long.conf
    ends 0 "" quick o --overwrite --config long.conf
    { printf 'delta = '; long 300000 '1,'; echo 1; } >long.conf
    ends 64 "" run joma/erf --config long.conf delta=x --out o
    { printf 'shape = '; long 1000000 Z; echo; } >long.conf
    ends 64 "one of" run lowrank/memory --config long.conf --out o
    { printf 'data_file = /'; long 1000000 d; printf '\ndata = file\n'; } >long.conf
    ends 66 "name too long" run scansnap/flow --config long.conf --out o3
    { printf 'experiment = lowrank/memory\nr = '; long 300000 '1,'; echo '2'; } >long.sweep
    ends 64 "stands twice" "$program" sweep --file long.sweep --dry-run
    { printf 'experiment = lowrank/memory\nr = '; seq -s , 300000; } >long.sweep
    ends 0 "" "$program" sweep --file long.sweep --dry-run
    { printf 'experiment = '; long 1000000 e; echo; } >long.sweep
    ends 64 "there is no experiment" "$program" sweep --file long.sweep --dry-run
    name=$(long 120000 a)
    ends 64 "there is no experiment" run "$name"
    ends 64 "there is no command" "$program" "$name"
    ends 64 "" run lowrank/memory "r=$name"
    ends 74 "too long" run lowrank/memory --out "$name"
    ends 66 "too long" run lowrank/memory --config "$name"
    ends 74 "too long" "$program" sweep lowrank/memory r=1,2 --store "$name"
}

odd_paths() {
    odd=$(printf "a b\n'c' \"d\" [e] *?\$HOME;#%%s\\\\ \303\251")
    mkdir "$odd"
    quick plain >/dev/null || fail "the run itself"
    ends 0 "" quick "$odd/out"
    same plain "$odd/out"
    ends 0 "" quick again --config "$odd/out/params.conf"
    ends 0 "" "$program" sweep lowrank/memory r=1:3 --store "$odd/s.db" --csv "$odd/s.csv" --grouped "$odd/g.csv"
    [ "$(wc -l <"$odd/s.csv")" = 4 ] || fail "the sweep's rows"
    ends 0 "" "$program" verify lowrank/memory --json "$odd/v.json" --junit "$odd/v.xml"
    printf 'class,last,token,probability\na,x,t,0.25\na,x,u,0.75\nb,y,t,0.5\nb,y,v,0.5\n' >"a 'b' [c].csv"
    ends 0 "" run scansnap/flow data=file "data_file=a 'b' [c].csv" validate=false t_end=1 --no-plot --out "$odd/file"
    ends 64 "one line" run scansnap/flow data=file "data_file=$odd/x.csv" --out o4
    ends 66 "no folder" "$program" plot "$odd/nowhere"
    ends 66 "cannot read" run lowrank/memory --config "$odd/nowhere"
    if command -v gnuplot >/dev/null; then
        ends 0 "" "$program" plot "$odd/out"
        ends 0 "" "$program" plot "$odd/s.db" --out "$odd/figures" --scalar galore_bytes
        ends 0 "" "$program" report lowrank/memory --out "$odd/report"
        [ -s "$odd/report/index.html" ] || fail "no page"
    fi
}

locale() {
    mkdir locales; locales=$PWD/locales
    command -v localedef >/dev/null && localedef -i de_DE -f UTF-8 "$PWD/locales/de_DE.UTF-8" >/dev/null 2>&1 ||
        { echo "skipped: localedef cannot make de_DE.UTF-8 here"; return; }
    german() { env LOCPATH="$locales" LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 LANGUAGE=de "$program" "$@"; }
    [ "$(LOCPATH=$locales LC_ALL=de_DE.UTF-8 awk 'BEGIN {printf "ok"}')" = ok ] || fail "the locale"
    run joma/erf --preset quick --out erf-c >/dev/null || fail "the run itself"
    ends 0 "" german run joma/erf --preset quick --out erf-de
    same erf-c erf-de
    ends 0 "" german run joma/erf --config erf-c/params.conf --no-plot --out erf-again
    ends 0 "" german sweep joma/erf t_end=.25,0.5 --store de.db --csv de.csv
    "$program" sweep joma/erf t_end=.25,0.5 --store c.db --csv c.csv >/dev/null
    cmp de.csv c.csv || fail "a sweep in German"
    ends 64 "t_end" german run joma/erf t_end=0,5
    "$program" verify lowrank/memory --json a.json >a.txt; german verify lowrank/memory --json b.json >b.txt
    cmp a.json b.json && cmp a.txt b.txt || fail "verdicts in German"
}

quick="full_disk read_only locks streams clock damaged_inputs long_values odd_paths locale"
cases="$quick damaged_training signals signals_report"
[ "$*" != quick ] || set -- $quick
[ "$*" != all ] || set -- $cases
for case; do # each in a folder of its own
    tried=0
    mkdir "$work/$case" && cd "$work/$case" || exit 1
    $case
    echo "$case: $tried tried, all ended well"
done
