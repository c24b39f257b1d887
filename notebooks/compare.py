#!/usr/bin/env python3
"""compare.py COMMITTED.ipynb EXECUTED.ipynb: fails where a cell's text or table says something else. Numbers may differ
by 1e-4 of themselves (another machine's kernels), pictures are not compared, nor cells whose source says `# differs`."""

import json
import re
import sys

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def texts(cell):
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        yield "".join(output.get("text", data.get("text/plain", [])))


def plain(text):
    text = re.sub(r"/tmp/attndyn-\w+", "FOLDER", text)
    return re.sub(r" at 0x[0-9a-f]+|<Figure size .*?>", "", text)


def same(a, b):
    a, b = plain(a), plain(b)
    if re.sub(r"\s+", " ", NUMBER.sub("#", a)) != re.sub(r"\s+", " ", NUMBER.sub("#", b)):
        return False
    pairs = zip(NUMBER.findall(a), NUMBER.findall(b))
    # what is rounding noise anyway (below 1e-9) may be any such number
    return all(abs(float(x) - float(y)) <= 1e-4 * max(abs(float(x)), abs(float(y))) + 1e-9 for x, y in pairs)


committed, executed = (json.load(open(path, encoding="utf-8"))["cells"] for path in sys.argv[1:3])
bad = len(committed) != len(executed)
compared = 0
for number, (old, new) in enumerate(zip(committed, executed)):
    if old["cell_type"] != "code" or "# differs" in "".join(old["source"]):
        continue
    before, after = list(texts(old)), list(texts(new))
    compared += len(before)
    if len(before) != len(after) or not all(map(same, before, after)):
        bad = True
        print(f"{sys.argv[1]}, cell {number}: committed\n{plain(chr(10).join(before))}\nnow\n{plain(chr(10).join(after))}", file=sys.stderr)
if bad:
    sys.exit(f"{sys.argv[1]}: other results than the committed ones; look at them, and commit anew with `make notebooks-commit`")
print(f"notebooks: {sys.argv[1]}: {compared} outputs as committed")
