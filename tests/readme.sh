#!/bin/sh
# Executes every command of the README's second shell block (the first is what CI itself runs), and
# the example of the library that it names.
set -eu
blocks=$(mktemp)
awk '/^```sh/ {n++; next} /^```/ {inside = 0; next} {if (n > shown) {shown = n; inside = 1} if (inside && n > 1) print}' README.md > "$blocks"
[ "$(wc -l < "$blocks")" -ge 5 ] || { echo "no commands found in README.md" >&2; exit 1; }
sh -eux "$blocks" > /dev/null
rm -f "$blocks"
# The example of the library, against an installed copy.
prefix=$(mktemp -d)
make -s install PREFIX="$prefix" > /dev/null
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
${CC:-cc} -std=c11 -Wall -Werror docs/examples/pendulum.c $(pkg-config --cflags --libs attndyn) -lm \
    -Wl,-rpath,"$prefix/lib" -o "$prefix/pendulum"
"$prefix/pendulum" | grep -q 't =  8.0'
rm -rf "$prefix"
echo "README: every command works"
