#!/bin/sh
# Executes every notebook headless into BUILD/notebooks; fails if a cell does, or if a text or table of
# it is another than the committed one (compare.py). Skipped, with a message, where Jupyter is missing.
#   sh notebooks/run.sh BUILD [NAME...]
set -eu
cd "$(dirname "$0")"
build=$(cd .. && cd "$1" && pwd); shift
if ! jupyter nbconvert --version > /dev/null 2>&1; then
    echo "notebooks: skipped, no jupyter nbconvert (make deps-notebooks installs it)"
    exit 0
fi
export ATTNDYN="$build/attndyn" PYDEVD_DISABLE_FILE_VALIDATION=1
mkdir -p "$build/notebooks"
[ $# -gt 0 ] || set -- *.ipynb
failed=0
for notebook; do
    name=${notebook%.ipynb}
    start=$(date +%s)
    if jupyter nbconvert --to notebook --execute --ExecutePreprocessor.timeout=120 \
        --output-dir "$build/notebooks" "$name.ipynb" > "$build/notebooks/$name.log" 2>&1; then
        echo "notebooks: $name, $(($(date +%s) - start)) s"
        [ -n "${COMMIT-}" ] || /usr/bin/python3 compare.py "$name.ipynb" "$build/notebooks/$name.ipynb" || failed=1
    else
        failed=1
        tail -n 40 "$build/notebooks/$name.log" >&2
        echo "notebooks: $name FAILS" >&2
    fi
done
# COMMIT=1: what was executed becomes what is committed.
if [ -n "${COMMIT-}" ] && [ $failed = 0 ]; then
    for notebook; do # without the times at which the cells ran
        python3 -c 'import json, sys
book = json.load(open(sys.argv[1], encoding="utf-8"))
for cell in book["cells"]:
    cell["metadata"].pop("execution", None)
print(json.dumps(book, indent=1, ensure_ascii=False))' "$build/notebooks/$notebook" > "$notebook"
    done
fi
exit $failed
