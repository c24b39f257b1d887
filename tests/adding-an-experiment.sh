#!/bin/sh
# Follows docs/adding-an-experiment.md literally in a scratch copy of the tree: writes its files,
# executes its commands in their order, and looks at what they promise.
set -eu
cd "$(dirname "$0")/.."
page=$PWD/docs/adding-an-experiment.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "adding an experiment: $*" >&2; exit 1; }

# The build goes along, so that only what is new is compiled.
tar cf - --exclude=./.git --exclude=./out --exclude=./build/mutation --exclude=./build/notebooks --exclude='./build-*' . | tar xf - -C "$scratch"
cd "$scratch"

# A block whose first line names a path is that file; `sh` blocks are collected in order.
awk '
/^```/ && !inside { inside = 1; kind = substr($0, 4); first = 1; next }
/^```/ { inside = 0; if (path) close(path); path = ""; next }
!inside { next }
kind == "sh" { print > "commands.sh"; next }
kind == "text" { print > "promised"; next }
first && match($0, /[a-z_]+\/[a-z_\/]+\.(c|gp)/) {
    path = substr($0, RSTART, RLENGTH); first = 0
    folder = path; sub(/\/[^\/]*$/, "", folder)
    system("mkdir -p " folder)
    print path > "written"
}
path { print > path }
' "$page"
[ "$(sort -u written | wc -l)" = 2 ] || fail "expected two files on the page, found: $(cat written)"
[ "$(wc -l < commands.sh)" -ge 5 ] || fail "no commands on the page"
sh -eux commands.sh > said 2> log || { tail -n 20 log >&2; fail "a command of the page fails"; }

grep -q '^mine/two-tokens ' said || fail "list does not show it"
for f in gap.csv params.conf run.json two_tokens.gp two_tokens.svg; do
    [ -s "out/mine/$f" ] || fail "out/mine/$f is missing"
done
# What the page says that verify prints; numbers to 1 %, rounding errors to a factor 100.
while read -r id measured relation bound verdict; do
    line=$(grep "^  $id  .* $relation $bound .*$verdict\$" said) || fail "verify does not print what the page says of $id"
    echo "$line" | awk -v page="$measured" '{ r = $2 / page; exit !(page > 1 ? r > 0.99 && r < 1.01 : r > 0.01 && r < 100) }' ||
        fail "the page has another value than: $line"
done < promised
status=0
build/attndyn verify mine --tolerance-scale 1e-9 > /dev/null || status=$?
[ $status = 1 ] || fail "a tiny tolerance does not make it fail (exit $status)"
build/attndyn sweep mine/two-tokens gain=log:0.1:10:5 --store own.db --csv own.csv > /dev/null
[ "$(wc -l < own.csv)" = 6 ] || fail "the sweep"
awk -F, 'NR > 1 && !/holds/ { exit 1 }' own.csv || fail "the claim does not hold over the sweep"
make -s checks && grep -q 'MINE.two-tokens' docs/checks.md || fail "make checks"
# The file is written as the house writes.
if command -v clang-format > /dev/null; then
    clang-format --dry-run --Werror experiments/mine/two_tokens/two_tokens.c || fail "the page's file is not formatted"
fi
[ -z "${KEEP_FIGURE:-}" ] || cp out/mine/two_tokens.svg "$KEEP_FIGURE"
echo "docs/adding-an-experiment.md: followed literally, works"
