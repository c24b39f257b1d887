#!/bin/sh
# docs/checks.md is what `make checks` writes; the CI examples of docs/ci are YAML of the form that
# their readers want, and their command works; its JUnit is what a real XML parser reads.
# The parsing needs python3 with PyYAML and is skipped, with a message, without.
set -eu
cd "$(dirname "$0")/.."
program=${ATTNDYN_PROGRAM:-build/attndyn}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$program" verify --list | awk -f docs/checks.awk > "$scratch/checks.md"
diff -u docs/checks.md "$scratch/checks.md" || { echo "docs/checks.md is not what the program lists: make checks" >&2; exit 1; }

python=
for p in python3 /usr/bin/python3; do
    "$p" -c 'import yaml' 2>/dev/null && python=$p && break
done
if [ -z "$python" ]; then
    echo "CI examples: not parsed, no python3 with PyYAML"
    exit 0
fi
"$python" - "$scratch" <<'PY'
import sys, yaml
github = yaml.safe_load(open("docs/ci/github-actions.yml"))
steps = github["jobs"]["verify"]["steps"]
assert all(("run" in s) != ("uses" in s) for s in steps), steps
assert True in github or "on" in github  # YAML 1.1 reads the key `on` as true
upload = steps[-1]
assert upload["if"] == "always()" and upload["with"]["path"] == "verdicts.*", upload
gitlab = yaml.safe_load(open("docs/ci/gitlab-ci.yml"))["verify"]
artifacts = gitlab["artifacts"]
assert artifacts["when"] == "always" and artifacts["reports"]["junit"] == "verdicts.xml", artifacts
commands = [c for s in steps for c in s.get("run", "").splitlines()] + gitlab["before_script"] + gitlab["script"]
verify = {c for c in commands if "attndyn verify" in c}
assert len(verify) == 1, verify
assert {"make deps", "make -j2"} <= set(commands), commands
open(sys.argv[1] + "/command", "w").write(verify.pop())
PY
mkdir -p "$scratch/build"
ln -s "$(realpath "$program")" "$scratch/build/attndyn"
(cd "$scratch" && sh -eu command > /dev/null)
"$python" - "$scratch" <<'PY'
import json, sys, xml.etree.ElementTree as tree
suites = tree.parse(sys.argv[1] + "/verdicts.xml").getroot()
checks = json.load(open(sys.argv[1] + "/verdicts.json"))["checks"]
cases = [(c.get("classname"), c.get("name")) for c in suites.iter("testcase")]
assert cases == [(c["experiment"], c["id"]) for c in checks], "JUnit and JSON differ"
assert int(suites.get("tests")) == len(cases) and suites.get("failures") == "0"
skipped = sum(c["verdict"] in ("skipped", "outside") for c in checks)
assert sum(int(s.get("skipped")) for s in suites.iter("testsuite")) == skipped == len(list(suites.iter("skipped")))
PY
echo "CI examples: parsed, run, read back"
