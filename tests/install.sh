#!/bin/sh
# Installs into a folder whose name holds spaces, and uses what stands there: program, man page,
# completion, every header alone (C) and all at once (C and C++), the example of the library linked
# through pkg-config, shared and static; then uninstalls, and nothing may be left.
set -eu
cd "$(dirname "$0")/.."
cc=${CC:-cc}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
strict='-Wall -Wextra -Wpedantic -Werror'
version=$(cat VERSION)

fail() { echo "install: $*" >&2; exit 1; }
# One version, in VERSION: what must repeat it does.
grep -qx "version: $version" CITATION.cff || fail "CITATION.cff is of another version than VERSION"
grep -qE "(^## \[$version\] - 20|will be $version)" CHANGELOG.md || fail "CHANGELOG.md lacks $version"

example() { # example NAME FLAGS...: compiles docs/examples/pendulum.c; flags as pkg-config quotes them
    name=$1; shift
    eval "$cc -std=c11 $strict docs/examples/pendulum.c -o '$scratch/$name' $* -lm" || fail "$name: does not build"
}
same_pendulum() { # COMMAND...: x(8) = 2 asin(k sn(K - 8)), k = sin 1/2
    "$@" | awk '/^t =  8.0/ { found = 1; off = $6 - 0.351226006 } END { exit !(found && off * off < 1e-14) }' || fail "wrong numbers from $1"
}

# use PREFIX DESTDIR
use() {
    prefix=$1 dest=$2 at="$2$1"
    make -s --no-print-directory install PREFIX="$prefix" DESTDIR="$dest" > /dev/null
    [ "$("$at/bin/attndyn" --version | cut -d' ' -f2)" = "$version" ] || fail "the program is of another version"
    (cd "$scratch" && "$at/bin/attndyn" verify scansnap/frozen-decoder > /dev/null) || fail "the program does not run"
    grep -q "attndyn $version" "$at/share/man/man1/attndyn.1" || fail "no version in the man page"
    (PATH="$at/bin:$PATH"; export PATH
    bash -c '. "$1"; COMP_WORDS=(attndyn run scansnap/fl) COMP_CWORD=2; _attndyn; [ "${COMPREPLY[*]}" = scansnap/flow ]' \
        - "$at/share/bash-completion/completions/attndyn") || fail "completion does not complete"

    PKG_CONFIG_PATH="$at/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR=$dest
    export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
    [ "$(pkg-config --modversion attndyn)" = "$version" ] || fail "pkg-config: another version"
    # SUNDIALS 7 has a library of its own for contexts and vectors: attndyn.pc names it where it is there.
    case $($cc -print-file-name=libsundials_core.so) in */*) core=1 ;; *) core=0 ;; esac
    case $(pkg-config --static --libs-only-l attndyn) in *-lsundials_core*) named=1 ;; *) named=0 ;; esac
    [ $core = $named ] || fail "libsundials_core: there: $core, in attndyn.pc: $named"
    example shared "$(pkg-config --cflags --libs attndyn)"
    LD_LIBRARY_PATH="$at/lib" ldd "$scratch/shared" | grep -qF "$at/lib/libattndyn.so.${version%.*}" || fail "not linked to the shared library"
    same_pendulum env LD_LIBRARY_PATH="$at/lib" "$scratch/shared"
    example static "$(pkg-config --cflags --libs attndyn-static)"
    ldd "$scratch/static" | grep -q attndyn && fail "the static example asks for the shared library"
    same_pendulum "$scratch/static"
    [ "$("$scratch/static")" = "$(LD_LIBRARY_PATH="$at/lib" "$scratch/shared")" ] || fail "static and shared differ"

    for library in "-D $at/lib/libattndyn.so" "-g $at/lib/libattndyn.a"; do
        nm --defined-only "${library%% *}" "${library#* }" | awk 'NF == 3 && $3 !~ /^attndyn_/' | grep . && fail "exported by $library without prefix"
    done

    (cd "$at/include/attndyn"
    for h in $(find . -name '*.h' | sort); do
        # A declaration of one's own: a header of macros alone is no translation unit.
        printf '#include "%s"\n#include "%s"\nextern int declared;\n' "$h" "$h" |
            $cc -std=c11 $strict -I. -fsyntax-only -x c - || fail "$h: does not stand alone"
    done
    [ "$(find . -name '*.h' | wc -l)" -gt 50 ] || fail "headers are missing"
    ! find . -name '*_private.h' | grep . || fail "private headers installed")
    cxx=${CXX:-c++}
    if command -v "$cxx" > /dev/null; then
        printf '#include <attndyn.h>\n#include <cstring>\nint main() { return std::strcmp(attndyn_version(), "%s"); }\n' "$version" > "$scratch/user.cc"
        eval "$cxx -std=c++11 $strict -o '$scratch/user' '$scratch/user.cc' $(pkg-config --cflags --libs attndyn)" || fail "C++: does not build"
        LD_LIBRARY_PATH="$at/lib" "$scratch/user" || fail "C++: another version"
    else
        echo "install: C++ not tried, no $cxx"
    fi

    make -s --no-print-directory uninstall PREFIX="$prefix" DESTDIR="$dest"
    ! find "$at" ! -type d | grep . || fail "left behind by uninstall"
}

# What docs/library.md prints, unedited: every line that begins with cc, in the examples' folder.
page() {
    make -s --no-print-directory install PREFIX="$scratch/plain" > /dev/null
    cp -r docs/examples "$scratch/examples"
    awk '/^```sh/ {in_block = 1; next} /^```/ {in_block = 0} in_block' docs/library.md | grep '^cc ' > "$scratch/lines"
    [ "$(wc -l < "$scratch/lines")" -ge 3 ] || fail "docs/library.md prints fewer examples than three"
    (cd "$scratch/examples" && export PKG_CONFIG_PATH="$scratch/plain/lib/pkgconfig" LD_LIBRARY_PATH="$scratch/plain/lib" &&
        unset PKG_CONFIG_SYSROOT_DIR && while read -r line; do sh -ec "$line" || exit 1; done < "$scratch/lines") ||
        fail "a line of docs/library.md does not work as it is printed"
    LD_LIBRARY_PATH="$scratch/plain/lib" "$scratch/examples/snap" > "$scratch/snap"
    "$scratch/examples/snap-static" | cmp -s - "$scratch/snap" || fail "static and shared snap differ"
    # the sum of z over all tokens is conserved, the common token is suppressed, the probable distinct one leads
    awk '{ if ($NF > 1e-9 || $NF < -1e-9) bad = 1; z1 = $7; z2 = $8; w = $11 }
         END { exit bad || NR != 6 || !(z1 > z2 && z2 > 0 && w < 0) }' "$scratch/snap" || fail "wrong numbers from snap.c"
    make -s --no-print-directory uninstall PREFIX="$scratch/plain" > /dev/null
}

page
use /usr "$scratch/stage of a package"
rm -rf "$scratch/stage of a package"
use "$scratch/a prefix" ""
echo "install: program, libraries, headers, pkg-config, man page, completion work from a path with spaces"
