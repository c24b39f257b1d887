#!/bin/sh
# walls.sh: which folder may include which (CONTRIBUTING.md, "Where things live"). Prints what goes through a wall.
set -eu
cd "$(dirname "$0")/.."
bad=$(find sim theory experiments -name '*.[ch]' | sort | while read -r file; do
    folder=${file%/*}
    grep -oE '^#include "[^"]+"' "$file" | sed 's/#include "//; s/"//' | while read -r name; do
        # as the compiler finds it: beside the file, then from the root
        if [ -f "$folder/$name" ]; then at=$(cd "$folder" && cd "$(dirname "$name")" && pwd)/$(basename "$name"); at=${at#"$PWD"/}
        else at=$name; fi
        case $file in
        theory/*) case $at in sim/model/* | experiments/*) echo "$file includes $at: theory knows no model" ;; esac ;;
        sim/*) case $at in theory/* | experiments/*) echo "$file includes $at: sim knows neither theory nor experiments" ;; esac ;;
        experiments/frame/* | experiments/statements/*)
            case $at in experiments/frame/* | experiments/statements/* | sim/* | theory/*) ;;
            experiments/*) echo "$file includes $at: the frame knows no experiment" ;; esac ;;
        experiments/*)
            family=${file#experiments/} family=${family%%/*} own=${file%/*}
            [ "$own" != "experiments/$family" ] || own=$file # one that is a single file has no folder
            case $at in
            experiments/frame/contract/* | experiments/statements/* | experiments/shared/* | sim/* | theory/*) ;;
            experiments/"$family"/shared/*) ;;
            "$own"/*) ;;
            experiments/frame/*) echo "$file includes $at: an experiment knows the contract alone" ;;
            experiments/*) echo "$file includes $at: no experiment includes another's folder" ;;
            esac ;;
        esac
    done
done)
[ -z "$bad" ] || { echo "$bad" >&2; exit 1; }
