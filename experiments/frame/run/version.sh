#!/bin/sh
# version.sh COMPILER FLAGS: prints the header that names this build: version, compiler, the flags that numbers
# depend on, and the commit, which is there for people: what a build is is said by its sources (sources.sh). A
# commit is git's word on this very folder, not on one that it happens to lie in.
here=$(cd "$(dirname "$0")/../../.." && pwd -P)
cd "$here" || exit 1
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
commit=
top=$(git rev-parse --show-toplevel 2>/dev/null)
if [ -n "$top" ] && [ "$(cd "$top" && pwd -P)" = "$here" ]; then
    commit=$(git rev-parse --short=12 HEAD 2>/dev/null)
    [ -z "$commit" ] || [ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit=$commit-dirty
fi
quoted() { sed 's/["\\]//g'; }
echo "#define ATTNDYN_VERSION \"$(cat VERSION)\""
echo "#define ATTNDYN_COMMIT \"${commit:-no commit}\""
echo "#define ATTNDYN_COMPILER \"$($1 --version 2>/dev/null | head -n 1 | quoted)\""
echo "#define ATTNDYN_FLAGS \"$(echo "$2" | tr -s ' ' | quoted)\""
