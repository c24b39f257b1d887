#!/usr/bin/env bash
# completion.sh PROGRAM: what bash offers after some beginnings; fails where a word is missing.
set -u
PATH=$(cd "$(dirname "$1")" && pwd):$PATH
compopt() { :; } # there is no line that is being edited
source "$(dirname "$0")/../../docs/attndyn.bash"
bad=0
# begun WORD...: what is offered where the last word is the one that was begun
begun() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _attndyn
}
offers() { # EXPECTED WORD...
    local expected=$1
    shift
    begun "$@"
    case " ${COMPREPLY[*]} " in
    *" $expected "*) ;;
    *) echo "completion of '$*': expected $expected, got: ${COMPREPLY[*]:0:12}" >&2; bad=1 ;;
    esac
    case "$(printf '%s\n' "${COMPREPLY[@]}" | sort | uniq -d)" in
    ?*) echo "completion of '$*' offers something twice" >&2; bad=1 ;;
    esac
}
withholds() { # UNWANTED WORD...
    local unwanted=$1
    shift
    begun "$@"
    case " ${COMPREPLY[*]} " in
    *" $unwanted "*) echo "completion of '$*' offers $unwanted" >&2; bad=1 ;;
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
offers reduced,coupled attndyn sweep scansnap/flow model = reduced,c
offers curves attndyn sweep scansnap/growth --keep cu
# names of the experiment or of the store, no file names
store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT
attndyn sweep scansnap/flow data=random data_seed=1,2 t_end=1 points=5 --keep course --store "$store/s.db" > /dev/null
offers z_max attndyn plot "$store/s.db" --scalar z_
offers loss,z_max attndyn plot "$store/s.db" --scalar = loss,z_m
offers data_seed attndyn plot "$store/s.db" --x ""
offers data_seed= attndyn export "$store/s.db" --where d
offers course attndyn export "$store/s.db" --table ""
offers gamma attndyn plot "$store/s.db" --table course --scalar ga
offers data_seed attndyn sweep scansnap/flow --over data_
offers scansnap/flow attndyn verify --exclude scansnap/fl
# what has no effect under the values before it is not offered
(cd "$store" && withholds s.db attndyn plot s.db --scalar s && withholds loss attndyn plot s.db --x lo &&
    withholds s.db attndyn plot --where s && exit $bad) || bad=1
withholds data_file= attndyn run scansnap/flow data_f
withholds tokenizer= attndyn run lm/sparsity seed = 2 tok
offers tokenizer= attndyn run lm/sparsity model = none tok
offers data_file= attndyn run scansnap/flow data = file data_f
withholds data_file= attndyn run scansnap/flow data = file data = random data_f
withholds data_file= attndyn run scansnap/flow data = random data_f
offers data_seed= attndyn run scansnap/flow data = random data_
offers step= attndyn run --preset quick scansnap/flow method = rk4 st
withholds step= attndyn run scansnap/flow method = dop853 st
offers data_seed= attndyn sweep scansnap/flow data = random,authors data_
withholds words= attndyn run scansnap/text text = "a b.txt" w
offers words= attndyn run scansnap/text seed = 2 w
exit $bad
