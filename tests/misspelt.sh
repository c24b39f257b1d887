#!/bin/sh
# misspelt.sh [CC...]: the experiment of docs/adding-an-experiment.md with one thing misspelt or forgotten does not
# compile, and the compiler's message names the line (default: gcc and clang, where they are); ctags finds what the
# macros define (.ctags.d); the wall and the list of experiments refuse what they should.
set -u
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
awk '/^```c$/ { on = 1; next } /^```/ { on = 0 } on' docs/adding-an-experiment.md > "$scratch/whole.c"
bad=0
compiles() { "$1" -I. -Ibuild/generated -std=c11 -D_XOPEN_SOURCE=700 -Wall -Wextra -fsyntax-only "$2" > "$scratch/said" 2>&1; }
# refused WHAT SED [LINE]: after the edit there is an error, and LINE (default: what was edited) is named.
refused() {
    sed "$2" "$scratch/whole.c" > "$scratch/edited.c"
    line=${3:-$(cmp "$scratch/whole.c" "$scratch/edited.c" | sed 's/.* line //')}
    [ -n "$line" ] || { echo "misspelt: nothing to edit for: $1" >&2; bad=1; return; }
    for cc in $compilers; do
        if compiles "$cc" "$scratch/edited.c"; then echo "misspelt: $cc takes: $1" >&2; bad=1
        elif ! grep -q "edited\.c:$line:" "$scratch/said"; then
            echo "misspelt: $cc does not name line $line: $1" >&2; head -5 "$scratch/said" >&2; bad=1
        fi
    done
}
compilers=${*:-$(for cc in gcc clang; do command -v $cc > /dev/null && echo $cc; done)}
for cc in $compilers; do compiles "$cc" "$scratch/whole.c" || { cat "$scratch/said" >&2; exit 1; }; done
line_of() { grep -n "$1" "$scratch/whole.c" | cut -d: -f1 | head -n 1; }
emit=$(line_of 'return EMIT(')
refused 'a parameter' 's/gain = p->gain/gain = p->gian/'
refused 'the kind of a parameter' 's/X(REAL, gain,/X(REEL, gain,/'
refused 'a table' "$emit s/gap/gapp/"
refused 'a field of a row' "$emit s/\\.u = /.v = /"
refused 'a field that is forgotten' "$emit s/\\.u = [^,]*, //"
refused 'a field that is given twice' "$emit s/\\.u = /.u = 0, .u = /"
refused 'no fields' "$emit s/EMIT(run, gap, .*/EMIT(run, gap);/"
refused 'fields by position' "$emit s/\\.[tuc] = //g"
refused 'a field of another type' 's/X(REAL, t, "time")/X(TEXT, t, "time")/' "$emit"
refused 'a table that is read' 's/EACH_ROW (run, gap,/EACH_ROW (run, gaps,/'
refused 'a field that is read' 's/sinh(r->u)/sinh(r->v)/'
refused 'the table whose rows are counted' 's/ROWS(run, gap)/ROWS(run, gaps)/'
refused 'a scalar' 's/SET(run, found, .u_end/SET(run, found, .u_last/'
refused 'no scalars' 's/SET(run, found, .*/SET(run, found);/'
refused 'a scalar that is read' 's/SCALAR_OF(run, found, u_end)/SCALAR_OF(run, found, u_last)/'
refused 'the scalars' 's/SCALAR_OF(run, found, u_end)/SCALAR_OF(run, finds, u_end)/'
refused 'the column of a scalar' 's/"the gap at t_end")/"the gap at t_end", LAST_OF(gap, v))/' "$(line_of '^SCALARS(')"
refused 'a table of the experiment' 's/TABLES(gap)/TABLES(gaps)/'
refused 'the parameters of the experiment' 's/PARTS_OF(two_tokens,/PARTS_OF(two_token,/'
refused 'the scalars of the experiment' 's/PARTS_OF(two_tokens, found)/PARTS_OF(two_tokens, finds)/'
refused 'a check' 's/{&closed_form,/{\&closed_from,/'
refused 'a member of a check' 's/\.bound = 0.01/.bounds = 0.01/'
refused 'the parameters of a claim' 's/PARAMETERS two_tokens/PARAMETERS two_token/'
refused 'who says so' 's/"MINE.two-tokens", DERIVED/"MINE.two-tokens", DERIVE/'
if ctags --version 2> /dev/null | grep -q Universal; then
    ctags -f "$scratch/tags" "$scratch/whole.c"
    for name in two_tokens:s gain:m gap:s u:m found:s u_end:m two_tokens_run:f closed_form:f as_it_began:f ascend:f; do
        awk -F'\t' -v name="${name%:*}" -v kind="${name#*:}" '$1 == name && $4 == kind { found = 1 } END { exit !found }' \
            "$scratch/tags" || { echo "misspelt: ctags does not find ${name%:*}" >&2; bad=1; }
    done
fi
# A tree of two experiments, one in a folder, one a single file.
tree=$scratch/tree
mkdir -p "$tree/tests" "$tree/sim" "$tree/theory" "$tree/experiments/frame/run" "$tree/experiments/family/folder"
cp tests/walls.sh "$tree/tests" && cp experiments/frame/run/registry.sh "$tree/experiments/frame/run"
# tells WHAT SCRIPT TEXT: SCRIPT says TEXT and fails; without TEXT it says nothing and does not.
tells() {
    if sh "$tree/$2" > /dev/null 2> "$scratch/said"; then status=0; else status=1; fi
    if [ -z "${3:-}" ]; then [ $status = 0 ] && return; elif [ $status = 1 ] && grep -q "$3" "$scratch/said"; then return; fi
    echo "misspelt: $2: $1: $(cat "$scratch/said")" >&2; bad=1
}
begin() {
    touch "$tree/experiments/family/folder/folder.h"
    printf '#include "folder.h"\nconst struct experiment experiment_family_folder = {0};\n' > "$tree/experiments/family/folder/folder.c"
    echo 'const struct experiment experiment_family_single = {0};' > "$tree/experiments/family/single.c"
    printf '# the order\nfamily/single\n' > "$tree/experiments/order"
}
begin
tells 'as it should be' tests/walls.sh
tells 'as it should be' experiments/frame/run/registry.sh
echo '#include "folder/folder.h"' >> "$tree/experiments/family/single.c"
tells "a folder of its family" tests/walls.sh "single.c includes experiments/family/folder/folder.h: no experiment includes another's"
begin; echo family/singel >> "$tree/experiments/order"
tells 'a line of the order' experiments/frame/run/registry.sh 'there is no experiment family/singel'
begin; sed -i.old s/family_single/family_singel/ "$tree/experiments/family/single.c"
tells 'a symbol' experiments/frame/run/registry.sh 'expected a line that begins with .const struct experiment experiment_family_single'
begin; mv "$tree/experiments/family/folder/folder.c" "$tree/experiments/family/folder/other.c"
tells 'the file of a folder' experiments/frame/run/registry.sh 'expected experiments/family/folder/folder.c'
exit $bad
