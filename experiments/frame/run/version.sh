#!/bin/sh
# Prints the header that names this build: version, commit (with -dirty and a checksum of the
# changes, so that finished runs of one build are not taken for another's), compiler.
hash=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
[ -n "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] &&
    hash="$hash-dirty-$(git diff HEAD | cksum | cut -d' ' -f1)"
echo "#define ATTNDYN_VERSION \"$(cat "$(dirname "$0")/../../../VERSION")\""
echo "#define ATTNDYN_COMMIT \"$hash\""
echo "#define ATTNDYN_COMPILER \"$($1 --version 2>/dev/null | head -n 1 | sed 's/["\\]//g')\""
