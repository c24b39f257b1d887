#!/bin/sh
# tests/faults/damage.sh PROGRAM: in a folder with good.db (a sweep's store), good.csv (its runs),
# good.dist, good.txt, good.sweep, good.conf: damages copies of them, by flipped bits, cuts, zeros,
# empty files, and gives them to the program. It must refuse them in one line (64, 66 or 74), or they are
# still good. A store that is taken must give the very bytes of good.csv. Writes the number to `tried`.
set -u
program=$1
rounds=${ATTNDYN_DAMAGE_ROUNDS:-5}
tried=0 refused=0
fail() { echo "FAILED: $*"; exit 1; }

# damage FILE ROUND: the copy `damaged`, another damage for each round, the same every time.
damage() {
    size=$(wc -c <"$1")
    cp "$1" damaged
    at=$((($2 * 7919 + $2 * $2 * 104729) % size))
    case $(($2 % 5)) in
    0) head -c $at "$1" >damaged ;;
    1) : >damaged; [ "$2" = 1 ] || { head -c $at "$1"; head -c 64 /dev/zero; tail -c +$((at + 65)) "$1"; } >damaged ;;
    *) for k in 1 2 3; do
        where=$(((at + k * k * 977) % size))
        byte=$(od -An -tu1 -j $where -N 1 "$1" | tr -d ' ')
        [ $(($2 % 5)) = 2 ] && [ $k -gt 1 ] && break # one bit, or three
        flipped=$(printf '%03o' $((byte ^ (1 << (($2 + k) % 8)))))
        printf "\\$flipped" | dd of=damaged bs=1 seek=$where conv=notrunc 2>/dev/null
    done ;;
    esac
}

judge() { # CODE WHAT: as documented, in one line
    tried=$((tried + 1))
    [ "$1" = 0 ] && return 0
    refused=$((refused + 1))
    case $1 in 64 | 66 | 74 | 2) ;; *) fail "$2: exit $1: $(head -c 300 stderr)" ;; esac
    [ "$(grep -v '^note' stderr | wc -l)" = 1 ] || fail "$2: not one line: $(head -c 500 stderr)"
    return 1
}

i=0
while [ $i -lt "$rounds" ]; do
    i=$((i + 1))
    rm -f damaged*
    damage good.db $i
    rm -f out.csv
    "$program" sweep lowrank/memory r=1:60 shape=60M,130M --store damaged --csv out.csv >/dev/null 2>stderr
    if judge $? "store $i"; then cmp -s out.csv good.csv || fail "store $i was taken, with other bytes"
    else [ ! -e out.csv ] || fail "store $i was refused, and yet a CSV"; fi
    rm -f damaged*
    damage good.conf $i
    "$program" run lowrank/memory --config damaged --no-plot --out out >/dev/null 2>stderr
    judge $? "conf $i"
    damage good.dist $i
    "$program" run scansnap/flow data=file data_file=damaged validate=false t_end=1 --no-plot --out out >/dev/null 2>stderr
    judge $? "distribution $i"
    damage good.txt $i
    "$program" run scansnap/text text=damaged min_class=1 min_count=1 min_seen=1 tau_end=1 samples=4 --no-plot --out out >/dev/null 2>stderr
    judge $? "text $i"
    damage good.sweep $i
    "$program" sweep --file damaged --dry-run >/dev/null 2>stderr
    judge $? "sweep file $i"
done
echo "$tried damaged files, $refused refused, the others still good"
echo $tried >tried
