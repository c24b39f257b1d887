#!/bin/sh
# sources.sh: what the numbers of this build come from, for identity.c: SOURCE("path", "hash") for each source of
# sim/, theory/ and the experiments, and USES("folder", "folder") where an experiment's folder includes another's.
# The files themselves are looked at, whatever git knows of them.
set -eu
cd "$(dirname "$0")/../../.."
export LC_ALL=C
if command -v sha256sum > /dev/null; then sum=sha256sum; else sum='shasum -a 256'; fi
find sim theory experiments \( -name frame -o -name stories -o -name statements -o -name sweeps \) -prune -o -type f \( -name '*.c' -o -name '*.h' -o -name '*.def' \) -print |
    sort > "${TMPDIR:-/tmp}/attndyn-sources-$$"
trap 'rm -f "${TMPDIR:-/tmp}/attndyn-sources-$$"' EXIT
xargs $sum < "${TMPDIR:-/tmp}/attndyn-sources-$$" | awk '{printf "SOURCE(\"%s\", \"%s\")\n", $2, substr($1, 1, 12)}'
# A single file is its own folder.
grep '^experiments/' "${TMPDIR:-/tmp}/attndyn-sources-$$" | xargs grep -H '^#include "' /dev/null | awk -F'[:"]' '
    function place(path,   n) {
        n = split(path, part, "/")
        if (n == 3 && part[2] != "shared" && part[3] ~ /\.c$/) return path
        sub("/[^/]*$", "", path)
        return path
    }
    { from = place($1); folder = $1; sub("/[^/]*$", "", folder)
      to = $3 ~ /^(experiments|sim|theory)\// ? $3 : folder "/" $3
      while (match(to, /[^\/]+\/\.\.\//)) to = substr(to, 1, RSTART - 1) substr(to, RSTART + RLENGTH)
      if (to !~ /^experiments\// || to ~ /^experiments\/(frame|statements)\//) next
      to = place(to)
      if (from != to && !seen[from, to]++) printf "USES(\"%s\", \"%s\")\n", from, to }'
