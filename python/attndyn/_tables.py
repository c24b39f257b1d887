"""CSV tables: a DataFrame where pandas is installed, a dict of arrays where NumPy is, else of lists."""

from __future__ import annotations

import csv
import shutil
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Iterator

try:
    import pandas
except ImportError:
    pandas = None
try:
    import numpy
except ImportError:
    numpy = None


def _number(cell: str) -> Any:
    try:
        return int(cell)
    except ValueError:
        return float(cell) if cell else float("nan")


def _column(cells: list[str], kind: str | None) -> Any:
    if kind == "text":
        return cells
    try:
        values = [_number(cell) for cell in cells]
    except ValueError:
        return cells
    if any(isinstance(value, float) for value in values) or kind == "real":
        values = [float(value) for value in values]
    return numpy.array(values) if numpy is not None else values


def read_table(path: Path, types: Mapping[str, str] | None = None) -> Any:
    """A table of a run or of a sweep's export. ``types``: of its columns, "real", "int" or "text"."""
    types = types or {}
    if pandas is not None:
        texts = {name: str for name, kind in types.items() if kind == "text"}
        frame = pandas.read_csv(path, dtype=texts or None, keep_default_na=False,
                                na_values={name: [""] for name, kind in types.items() if kind != "text"} or [""])
        return frame
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as stream:
        rows = list(csv.reader(stream))
    header, body = rows[0], rows[1:]
    return {name: _column([row[i] for row in body], types.get(name)) for i, name in enumerate(header)}


class Tables(Mapping):
    """The tables of a run, by name, each read when it is first asked for."""

    def __init__(self, folder: Path, types: dict[str, dict[str, str]], temporary: bool = False):
        self._folder, self._types, self._read = folder, types, {}
        if temporary:  # the folder goes with the last who could read it: run(...).tables["x"] must work
            self.end = weakref.finalize(self, shutil.rmtree, folder, True)

    def __getitem__(self, name: str) -> Any:
        if name not in self._types:
            raise KeyError(f"{name}: the tables are {', '.join(self._types)}")
        if name not in self._read:
            self._read[name] = read_table(self._folder / f"{name}.csv", self._types[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def __repr__(self) -> str:
        return f"<tables {', '.join(self._types)}>"
