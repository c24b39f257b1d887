#!/bin/sh
# Executes every command of the README's second shell block (the first is what CI itself runs).
set -eu
blocks=$(mktemp)
awk '/^```sh/ {n++; next} /^```/ {inside = 0; next} {if (n > shown) {shown = n; inside = 1} if (inside && n > 1) print}' README.md > "$blocks"
[ "$(wc -l < "$blocks")" -ge 5 ] || { echo "no commands found in README.md" >&2; exit 1; }
sh -eux "$blocks" > /dev/null
rm -f "$blocks"
# And its Python, where there is any.
if command -v python3 > /dev/null; then
    awk '/^```python/ {inside = 1; next} /^```/ {inside = 0} inside' README.md | ATTNDYN=build/attndyn PYTHONPATH=python python3 -
fi
# make help lists every target that is meant to be called.
listed=$(make -s help)
for target in $(sed -n 's/^\.PHONY: *//p' Makefile); do
    case $target in help | FORCE) continue ;; esac
    echo "$listed" | grep -qE "make $target([^a-z-]|$)" || { echo "make help does not name: $target" >&2; exit 1; }
done
echo "README: every command works, make help names every target"
