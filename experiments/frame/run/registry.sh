#!/bin/sh
# registry.sh: finds the experiments and prints the list that registry.c includes, in the order of
# experiments/order: EXPERIMENT(experiment_<family>_<name>, "<family>/<name>").
# experiments/<family>/<name>/<name>.c, or experiments/<family>/<name>.c for one that is a single file,
# defines `const struct experiment experiment_<family>_<name>`. Fails, with a message, where one does not.
set -eu
cd "$(dirname "$0")/../../.."
bad=0
complain() { echo "registry.sh: $*" >&2; bad=1; }
found=
for path in experiments/*/*; do
    family=$(basename "$(dirname "$path")") name=$(basename "$path")
    case $family in frame | shared | statements | stories | sweeps) continue ;; esac
    case $name in
    shared) continue ;;
    *.c) name=${name%.c} file=$path ;;
    *) [ -d "$path" ] && file=$path/$name.c || continue ;;
    esac
    # A folder whose experiment has been taken away may still hold files that git does not know.
    [ -d "$path" ] && [ -z "$(ls "$path"/*.c 2>/dev/null)" ] && continue
    symbol=experiment_${family}_$name
    if ! [ -f "$file" ]; then
        complain "$path: expected $file, which defines \`const struct experiment $symbol\`"
    elif ! grep -q "^const struct experiment $symbol = " "$file" &&
        ! grep -q "^EXPERIMENT($family, $name" "$file"; then
        complain "$file: expected a line that begins with \`const struct experiment $symbol = \` (the symbol follows from the path)"
    fi
    found="$found $family/$name"
done
# every line of the order is one of them
for named in $(sed 's/#.*//; s/-/_/g' experiments/order); do
    case " $found " in *" $named "*) ;; *) complain "experiments/order: there is no experiment $(echo "$named" | tr _ -)" ;; esac
done
[ $bad = 0 ] || exit 1
for f in $found; do echo "$f"; done | sort | awk '
    NR == FNR { if ($0 !~ /^#/ && NF) { id = $1; gsub("-", "_", id); place[id] = FNR; split(id, p, "/"); last[p[1]] = FNR }; next }
    { split($1, p, "/"); at = ($1 in place) ? place[$1] : (p[1] in last) ? last[p[1]] : 1000000
      printf "%d %d %s\n", at, ($1 in place) ? 0 : 1, $1 }' experiments/order - |
    sort -k1,1n -k2,2n -k3,3 | while read -r _ _ path; do
        echo "EXPERIMENT(experiment_$(echo "$path" | tr / _), \"$(echo "$path" | tr _ -)\")"
    done
