#!/bin/sh
# Runs the Python of docs/transformer.md on a checkpoint of the quick preset: the NumPy part where
# NumPy is installed, the PyTorch part where PyTorch is, too. PYTHON names the interpreter.
set -eu
cd "$(dirname "$0")/.."
program=${ATTNDYN_PROGRAM:-build/attndyn}
case $program in /*) ;; *) program=$PWD/$program ;; esac
python=${PYTHON:-python3}
root=$PWD
"$python" -c 'import numpy' 2>/dev/null || { echo 'transformer-docs: skipped, no NumPy'; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
"$program" run lm/wikitext-entropy --preset quick minibatches=20 valid_every=10 --no-plot --out . > /dev/null
block() { awk -v n="$1" '/^```python/ { on = ++k == n; next } /^```/ { on = 0 } on' "$root/docs/transformer.md"; }
block 1 > docs.py
if "$python" -c 'import torch' 2>/dev/null; then block 2 >> docs.py; fi
"$python" docs.py > said
grep -q 'vocabulary=[0-9]* outputs=.* ([0-9]*, 32) (32, 32)' said || { cat said; exit 1; }
echo 'transformer-docs: good'
