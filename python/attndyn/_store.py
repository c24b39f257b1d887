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
    """A sweep's store: ``runs()`` has a row each, ``grouped()`` means over seeds, ``table(name)`` the rows of a table
    that it keeps; ``plot()`` draws it."""

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

    def table(self, name: str, where: Mapping[str, Any] | None = None) -> Any:
        """The rows of a table that the sweep kept (``keep``), the axes' values before them."""
        return self._export("--csv", "--table", name, *_where(where))

    def plot(self, out: str | Path, *, x: str | None = None, family: str | None = None,
             scalars: str | Sequence[str] = (), where: Mapping[str, Any] | None = None, log: str | None = None,
             format: str = "svg", table: str | None = None) -> list[Path]:
        """Draws the store into a folder, as ``attndyn plot`` does; the figures' paths."""
        words = ["plot", str(self.path), "--out", str(out), "--format", format, *_where(where)]
        names = scalars if isinstance(scalars, str) else ",".join(scalars)
        for option, value in (("--x", x), ("--family", family), ("--scalar", names), ("--log", log), ("--table", table)):
            if value:
                words += [option, value]
        _program.call(words)
        return sorted(Path(out).glob(f"*.{format}"))

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
          keep: str | Sequence[str] = (), sample: int | None = None, zip: Sequence[str] = (), retry: bool = False,
          accept_version: bool = False, progress: bool = False, **fixed: Any) -> Store:
    """Runs a sweep: the product of ``axes`` (a list of values, or the program's own text such as
    ``"log:0.1:10:5"``), other parameters fixed; with ``sample``, so many quasi-random points of the
    intervals ``"log:0.1:10"``; ``zip`` names axes that move together. Goes on with a store that stands; ``retry`` runs
    failed runs again. ``keep`` names tables to keep of every run, ``"curves"`` or ``"curves:t,B"``.

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
    for table in [keep] if isinstance(keep, str) else keep:
        words += ["--keep", table]
    if zip:
        words += ["--zip", ",".join(zip)]
    if retry:
        words += ["--retry"]
    if accept_version:
        words += ["--accept-version"]
    _program.call(words, progress=progress)
    return Store(store)
