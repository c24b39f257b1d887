#!/bin/sh
# Executes every notebook headless into BUILD/notebooks; fails if a cell does. Skipped, with a
# message, where Jupyter is missing.
#   sh notebooks/run.sh BUILD [NAME...]
set -eu
cd "$(dirname "$0")"
build=$(cd .. && cd "$1" && pwd); shift
if ! jupyter nbconvert --version > /dev/null 2>&1; then
    echo "notebooks: skipped, no jupyter nbconvert (make deps-notebooks installs it)"
    exit 0
fi
export ATTNDYN_PROGRAM="$build/attndyn" PYDEVD_DISABLE_FILE_VALIDATION=1
mkdir -p "$build/notebooks"
[ $# -gt 0 ] || set -- *.ipynb
failed=0
for notebook; do
    name=${notebook%.ipynb}
    start=$(date +%s)
    if jupyter nbconvert --to notebook --execute --ExecutePreprocessor.timeout=120 \
        --output-dir "$build/notebooks" "$name.ipynb" > "$build/notebooks/$name.log" 2>&1; then
        echo "notebooks: $name, $(($(date +%s) - start)) s"
    else
        failed=1
        tail -n 40 "$build/notebooks/$name.log" >&2
        echo "notebooks: $name FAILS" >&2
    fi
done
exit $failed
