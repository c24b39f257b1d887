"""Sweeps and their stores."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Mapping, Sequence

from . import _program
from ._tables import read_table


def _axis(value: Any) -> str:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple, range)):
        return ",".join(_program.text(item) for item in value)
    return _program.text(value)


class Store:
    """A sweep's store: ``runs()`` has a row each, ``grouped()`` means over seeds."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not self.path.is_file():
            raise _program.NoInput(f"{path}: there is no such store", 66)

    def _export(self, option: str, *more: str) -> Any:
        with tempfile.TemporaryDirectory(prefix="attndyn-") as folder:
            table = Path(folder) / "table.csv"
            _program.call(["export", str(self.path), option, str(table), *more])
            return read_table(table)

    def runs(self, where: Mapping[str, Any] | None = None) -> Any:
        """One row a run: parameters, scalars, verdicts."""
        return self._export("--csv", *_where(where))

    def grouped(self, over: str | Sequence[str] = "seed", where: Mapping[str, Any] | None = None) -> Any:
        """Means, standard deviations and counts over these keys."""
        keys = over if isinstance(over, str) else ",".join(over)
        return self._export("--grouped", "--over", keys, *_where(where))

    def __repr__(self) -> str:
        return f"<Store {self.path}>"


def _where(where: Mapping[str, Any] | None) -> list[str]:
    words: list[str] = []
    for key, value in (where or {}).items():
        words += ["--where", _program.word(key, value)]
    return words


def open_store(path: str | Path) -> Store:
    """The store of a sweep that has been run."""
    return Store(path)


def sweep(id: str, axes: Mapping[str, Any], *, store: str | Path, preset: str | None = None, jobs: int | None = None,
          keep: Sequence[str] = (), sample: int | None = None, **fixed: Any) -> Store:
    """Runs a sweep: the product of ``axes`` (a list of values, or the program's own text such as
    ``"log:0.1:10:5"``), other parameters fixed; with ``sample``, so many quasi-random points of the
    intervals ``"log:0.1:10"``. Goes on with a store that stands.

    >>> import tempfile, os
    >>> folder = tempfile.TemporaryDirectory()
    >>> s = sweep("lowrank/memory", {"r": [4, 8]}, store=os.path.join(folder.name, "s.db"))
    >>> len(s.runs()["r"])
    2
    >>> folder.cleanup()
    """
    words = ["sweep", id, *(f"{key}={_axis(value)}" for key, value in axes.items()),
             *(_program.word(key, value) for key, value in fixed.items()), "--store", str(store)]
    if preset:
        words += ["--preset", preset]
    if jobs:
        words += ["-j", str(jobs)]
    if sample:
        words += ["--sample", str(sample)]
    for table in keep:
        words += ["--keep", table]
    _program.call(words)
    return Store(store)
