#!/usr/bin/env bash
# completion.sh PROGRAM: what bash offers after some beginnings; fails where a word is missing.
set -u
PATH=$(cd "$(dirname "$1")" && pwd):$PATH
compopt() { :; } # there is no line that is being edited
source "$(dirname "$0")/../../docs/attndyn.bash"
bad=0
# offers EXPECTED WORD...: the last word is the one that was begun
offers() {
    local expected=$1
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _attndyn
    case " ${COMPREPLY[*]} " in
    *" $expected "*) ;;
    *) echo "completion of '$*': expected $expected, got: ${COMPREPLY[*]:0:12}" >&2; bad=1 ;;
    esac
    case "$(printf '%s\n' "${COMPREPLY[@]}" | sort | uniq -d)" in
    ?*) echo "completion of '$*' offers something twice" >&2; bad=1 ;;
    esac
}
offers verify attndyn ver
offers scansnap/growth attndyn run scansnap/gr
offers --preset attndyn run scansnap/growth --pre
offers paper attndyn run scansnap/growth --preset p
offers quick attndyn verify --preset ""
offers ratios= attndyn run scansnap/growth ra
offers C12.monotone attndyn verify C12.m
offers coupled attndyn run scansnap/flow model = c
offers curves attndyn sweep scansnap/growth --keep cu
exit $bad
