#!/bin/sh
# Plants the errors of tests/mutation/*.mut, one at a time, in scratch copies of the tree, and
# demands that each turns a test or a check red. tests/mutation/README.md has the format.
#
#   tests/mutation/run.sh            all
#   tests/mutation/run.sh NAME...    these
#   tests/mutation/run.sh --list     names and what they plant
#
# MUTATION_JOBS: copies worked on at a time (default: the cores, at most 4).
# MUTATION_OPT: optimisation of the scratch builds (default -O1; -g0 links faster).
# VERIFY_ONLY=1: only errors in theory/ and sim/model, each judged by `attndyn verify` alone over the families
#   of experiments that include the source's folder; ends with the share that it catches, by family.
# MUTATION_EVERY=N: of those to plant only each Nth.
# Exit 0 only if the unchanged tree is green and every error builds and is caught.
set -u
cd "$(dirname "$0")/../.." || exit 2
root=$PWD
scratch=$root/build/mutation
queue=$scratch/queue # of errors to plant
jobs=${MUTATION_JOBS:-$(nproc 2>/dev/null || echo 2)}
[ "$jobs" -gt 4 ] && jobs=4
opt=${MUTATION_OPT:--O1 -g0}
limit=${MUTATION_LIMIT:-180} # seconds for one try; a planted error may loop for ever

say() { printf '%s\n' "$*" >&2; }
die() { say "mutation: $*"; exit 1; }

# Stanzas to folders queue/NNN with a file per field; every complaint names file and line.
parse() {
    rm -rf "$queue" && mkdir -p "$queue" || exit 2
    awk -v out="$queue" -v wanted=" $* " '
    function complain(text) { printf "%s:%d: %s\n", FILENAME, FNR, text > "/dev/stderr"; bad = 1 }
    function put(folder, field, text) { f = folder "/" field; print text > f; close(f) }
    function flush_stanza(   folder, k) {
        if (!open) return
        open = 0
        for (k = 1; k <= 5; k++) if (!(need[k] in seen)) complain("mutant " value["name"] " has no \"" need[k] ":\"")
        if (!tries) complain("mutant " value["name"] " has no \"try:\"")
        if (value["old"] == value["new"]) complain("mutant " value["name"] " changes nothing")
        if (value["name"] in names) complain("a second mutant " value["name"])
        names[value["name"]] = 1
        if (wanted == "  " || index(wanted, " " value["name"] " ")) {
            folder = sprintf("%s/%03d", out, ++count)
            system("mkdir -p " folder)
            for (k = 1; k <= 5; k++) put(folder, need[k], value[need[k]])
            put(folder, "try", try)
        }
        split("", seen); split("", value); tries = 0; try = ""
    }
    BEGIN { split("name what file old new", need, " ") }
    FNR == 1 { flush_stanza() }
    /^[ \t]*#/ { next }
    /^[ \t]*$/ { flush_stanza(); next }
    {
        at = index($0, ":")
        key = substr($0, 1, at - 1); text = substr($0, at + 1)
        gsub(/^[ \t]+|[ \t]+$/, "", text)
        open = 1
        if (key == "try") {
            if (text !~ /^(tests|verify)=[^ ]+$/) complain("\"try: " text "\": expected tests=NAME[,NAME] or verify=PATTERN")
            try = try (tries++ ? "\n" : "") text
        } else if (key ~ /^(name|what|file|old|new)$/ && !(key in seen)) {
            seen[key] = 1; value[key] = text
        } else complain("expected name:, what:, file:, old:, new: (once each) or try:, not \"" $0 "\"")
    }
    END {
        flush_stanza()
        n = split(wanted, w, " ")
        for (k = 1; k <= n; k++) if (w[k] != "" && !(w[k] in names)) complain("no mutant is called " w[k])
        exit bad
    }' tests/mutation/*.mut || exit 1
}

# replace SOURCE TARGET OLD NEW: the one line equal to OLD but for blanks around it; its
# indentation stays. Exit 3 unless it occurs exactly once.
replace() {
    OLD=$3 NEW=$4 awk '
    { line = $0; gsub(/^[ \t]+|[ \t]+$/, "", line) }
    line == ENVIRON["OLD"] { hits++; match($0, /^[ \t]*/); print substr($0, 1, RLENGTH) ENVIRON["NEW"]; next }
    { print }
    END { exit hits == 1 ? 0 : 3 }' "$1" > "$2"
}

# Whether every error still has its line in the source.
plantable() {
    for item in "$queue"/[0-9]*; do
        file=$(cat "$item/file") name=$(cat "$item/name")
        [ -f "$file" ] || die "$name: there is no file $file"
        replace "$file" /dev/null "$(cat "$item/old")" "" ||
            die "$name: in $file not exactly one line is: $(cat "$item/old")"
    done
}

# Which families look at a source: those whose experiments, or their shared parts, include its folder. Its own first.
families_of() {
    folder=$(dirname "$1") own=$(basename "$(dirname "$1")")
    { [ -d "experiments/$own" ] && echo "$own"
      grep -rlE "^#include \"$folder/" experiments --include='*.[ch]' | cut -d/ -f2 | sort; } |
        awk '!/^(frame|shared|statements)$/ && !seen[$0]++ {printf "%s%s/*", (n++ ? "," : ""), $0}'
}

# The queue thinned out, and with verify alone.
choose() {
    number=0
    for item in "$queue"/[0-9]*; do
        file=$(cat "$item/file")
        if [ "${VERIFY_ONLY:-0}" = 1 ]; then
            case $file in
            theory/* | sim/model/*) ;;
            *) rm -r "$item"; continue ;;
            esac
            seen=$(families_of "$file")
            [ -n "$seen" ] || die "no experiment includes anything of $(dirname "$file")"
            echo "verify=$seen" > "$item/try"
        fi
        number=$((number + 1))
        [ $((number % ${MUTATION_EVERY:-1})) = 0 ] || rm -r "$item"
    done
}

# try_one COPY TRY LOG: 0 green, 1 red, 2 does not build. What was red goes to LOG.names.
try_one() {
    : > "$3.names"
    case $2 in
    tests=*)
        # Command-line tests run the program, so it must carry the error too.
        make_quietly "$1" build/attndyn-tests "$3" || return 2
        make_quietly "$1" build/attndyn "$3" || return 2
        for name in $(printf '%s' "${2#tests=}" | tr ',' ' '); do
            (cd "$1" && CK_RUN_CASE=$name ATTNDYN_PROGRAM=build/attndyn \
                timeout $limit build/attndyn-tests) > "$3" 2>&1 && continue
            code=$?
            awk -F: '$3 == "F" || $3 == "E" {print $4 ":" $5}' "$3" | sort -u > "$3.names"
            [ -s "$3.names" ] || printf 'tests of %s (exit %s)\n' "$name" $code > "$3.names"
            return 1
        done ;;
    verify=*)
        make_quietly "$1" build/attndyn "$3" || return 2
        # several patterns stand between commas; the first that is red ends it
        (cd "$1" && set -f && IFS=, && timeout $limit build/attndyn verify ${2#verify=} --fail-fast -j 1) > "$3" 2>&1 && return 0
        code=$?
        awk '/^  [^ ].* fails$/ {print $1}' "$3" > "$3.names"
        [ -s "$3.names" ] || awk '/the run failed:/ {print; exit}' "$3" | sed 's/^ *//' > "$3.names"
        [ -s "$3.names" ] || printf '%s (exit %s)\n' "$2" $code > "$3.names"
        return 1 ;;
    esac
    return 0
}

make_quietly() { # COPY TARGET LOG; quotes in OPT survive
    make -C "$1" --no-print-directory "$2" OPT="$opt" > "$3.make" 2>&1
}

# The first names of what was red, on one line.
names() { awk 'NR <= 3 {printf "%s%s", (NR > 1 ? ", " : ""), $0} END {if (NR > 3) printf " and %d more", NR - 3}' "$1.names"; }

# One mutant in one copy; writes its verdict (caught|SURVIVED|BROKEN) and what caught it.
mutate() {
    copy=$1 item=$2
    file=$(cat "$item/file") object=build/$(echo "$file" | sed 's/\.c$/.o/')
    double=build/$(echo "$file" | sed 's/\.c$/.double.o/') # where the source is compiled in both precisions
    cp -p "$copy/$file" "$item/original"
    [ -f "$copy/$object" ] && cp -p "$copy/$object" "$item/object"
    [ -f "$copy/$double" ] && cp -p "$copy/$double" "$item/double"
    replace "$item/original" "$copy/$file" "$(cat "$item/old")" "$(cat "$item/new")"
    verdict=SURVIVED found=
    while read -r try; do
        try_one "$copy" "$try" "$item/log"
        case $? in
        1) verdict=caught found=$(names "$item/log"); break ;;
        2) verdict=BROKEN found=$(grep -m1 -E 'error' "$item/log.make" || tail -n 1 "$item/log.make"); break ;;
        esac
    done < "$item/try"
    # Back to the original; its objects are put back newer than the source, which saves a compilation.
    cp -p "$item/original" "$copy/$file"
    [ -f "$item/double" ] && cp "$item/double" "$copy/$double"
    case $file in
    *.c) if [ -f "$item/object" ]; then cp "$item/object" "$copy/$object"; else touch "$copy/$file"; fi ;;
    *) touch "$copy/$file" ;;
    esac
    printf '%s\n%s\n' "$verdict" "$found" > "$item/verdict"
    say "$(printf '%-8s %s' "$verdict" "$(cat "$item/name")")"
}

# Workers claim items by making a folder, which only one of them can.
work() {
    for item in "$queue"/[0-9]*; do
        mkdir "$item/claim" 2>/dev/null || continue
        mutate "$1" "$item"
    done
}

baseline() {
    while read -r number try; do
        mkdir "$scratch/claim-$number" 2>/dev/null || continue
        try_one "$1" "$try" "$scratch/base-$number" && continue
        say "mutation: without any planted error, '$try' is not green: $(names "$scratch/base-$number")"
        tail -n 5 "$scratch/base-$number.make" "$scratch/base-$number" >&2
        : > "$scratch/not-green"
    done < "$scratch/tries"
}

each_copy() { # FUNCTION: in every copy at a time
    for k in $(seq "$jobs"); do "$1" "$scratch/copy-$k" & done
    wait
}

if [ "${1:-}" = --list ]; then
    queue=$scratch/list
    parse
    plantable
    for item in "$queue"/[0-9]*; do printf '%-40s %s\n' "$(cat "$item/name")" "$(cat "$item/what")"; done
    exit 0
fi
ls tests/mutation/*.mut >/dev/null 2>&1 || die "no tests/mutation/*.mut"
rm -rf "$scratch" && mkdir -p "$scratch" || exit 2
parse "$@"
choose
started=$(date +%s)
plantable
sort -u "$queue"/*/try | awk '{print NR, $0}' > "$scratch/tries"

say "building $jobs scratch copies ..."
mkdir "$scratch/copy-1" || exit 2
tar cf - --exclude=./build --exclude='./build-*' --exclude=./out --exclude=./.git . | tar xf - -C "$scratch/copy-1"
make -C "$scratch/copy-1" --no-print-directory -j"$jobs" build/attndyn build/attndyn-tests OPT="$opt" > "$scratch/make.log" 2>&1 ||
    { tail -n 20 "$scratch/make.log" >&2; die "the unchanged tree does not build"; }
for k in $(seq 2 "$jobs"); do cp -a "$scratch/copy-1" "$scratch/copy-$k"; done
say "$(wc -l < "$scratch/tries") tries without any planted error ..."
each_copy baseline
[ -f "$scratch/not-green" ] && die "the unchanged tree is not green: nothing can be concluded"
each_copy work

printf '\n%-36s %-44s %s\n' mutant file 'caught by'
total=0 missed=0
for item in "$queue"/[0-9]*; do
    total=$((total + 1))
    { read -r verdict; read -r found; } < "$item/verdict"
    [ "$verdict" = caught ] || { missed=$((missed + 1)); found="$verdict $found"; }
    printf '%-36s %-44s %s\n%36s   %s\n' "$(cat "$item/name")" "$(cat "$item/file")" "$found" '' "$(cat "$item/what")"
done
if [ "${VERIFY_ONLY:-0}" = 1 ]; then
    for item in "$queue"/[0-9]*; do
        printf '%s %s\n' "$(dirname "$(cat "$item/file")")" "$(head -n 1 "$item/verdict")"
    done | awk '{all[$1]++; if ($2 == "caught") caught[$1]++}
        END {for (d in all) printf "%-32s %3d of %3d\n", d, caught[d], all[d]}' | sort
fi
printf '%d planted errors, %d caught, %d not; %d s\n' $total $((total - missed)) $missed $(($(date +%s) - started))
[ $missed = 0 ] && rm -rf "$scratch"
[ $missed = 0 ]
