"""Experiments, runs and their results."""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import _program
from ._tables import Tables


@dataclass(frozen=True)
class Experiment:
    """One experiment, as ``attndyn list`` has it."""

    id: str
    title: str
    source: str
    presets: tuple[str, ...]
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """One verdict: ``measured`` stands in ``relation`` to ``bound``, or does not."""

    id: str
    claim: str
    source: str
    origin: str
    verdict: str
    measured: float | None
    relation: str
    bound: float | None
    note: str
    record: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, record: dict[str, Any]) -> Check:
        return cls(*(record.get(key, "") for key in ("id", "claim", "source", "origin", "verdict", "measured",
                                                     "relation", "bound", "note")), record)


def experiments(*patterns: str) -> list[Experiment]:
    """The experiments whose ids match (none given: all).

    >>> [e.id for e in experiments("scansnap/growth")]
    ['scansnap/growth']
    """
    listed = json.loads(_program.call(["list", "--json", *patterns]))["experiments"]
    return [Experiment(e["id"], e["title"], e["source"], tuple(e["presets"]), tuple(e["checks"])) for e in listed]


def describe(id: str) -> dict[str, Any]:
    """An experiment (keys id, title, source, doc, params, presets, tables, scalars, figures, checks), or one check.

    >>> [p["name"] for p in describe("scansnap/growth")["params"]][:2]
    ['num_last', 'num_next_per_last']
    """
    return json.loads(_program.call(["describe", id, "--json"]))


@functools.lru_cache(maxsize=None)
def _column_types(program: str, id: str) -> dict[str, dict[str, str]]:
    del program  # part of the cache's key: another program may have other tables
    return {table["name"]: {column["name"]: column["type"] for column in table["columns"]}
            for table in describe(id)["tables"]}


class Result:
    """What a run left: ``tables`` (by name), ``scalars`` and ``verdicts`` (dicts), ``figures`` (paths), ``checks``
    (the verdicts in full), ``parameters``, ``notes``, ``folder``, ``record`` (run.json). A run without ``out`` lives
    in a temporary folder, which goes with the Result."""

    def __init__(self, record: dict[str, Any], temporary: bool = False):
        self.record = record
        self.folder = Path(record["folder"])
        self.experiment: str = record["experiment"]
        self.parameters: dict[str, Any] = record["parameters"]
        self.scalars: dict[str, float | None] = record["scalars"]
        self.notes: list[str] = record["notes"]
        self.skipped: str | None = record.get("skipped")
        self.checks = {check["id"]: Check.of(check) for check in record["checks"]}
        self.verdicts = {id: check.verdict for id, check in self.checks.items()}
        self.figures = [Path(path) for path in record["figures"]]
        types = _column_types(_program.program(), self.experiment)
        self.tables = Tables(self.folder, {name: types[name] for name in record["tables"]}, temporary)

    def state(self, quantity: str) -> Any:
        """The numbers of one quantity of the table ``state``, in the order of their index."""
        table = self.tables["state"]
        if hasattr(table, "loc"):
            values = table.loc[table["quantity"] == quantity, "value"].to_numpy()
            found = len(values) > 0
        else:
            values = [v for q, v in zip(table["quantity"], table["value"]) if q == quantity]
            found = bool(values)
        if not found:
            names = list(dict.fromkeys(table["quantity"]))
            raise KeyError(f"{quantity}: the quantities of this state are {', '.join(names)}")
        return values

    def check_table(self) -> Any:
        """The checks that were judged, as a table: id, measured, relation, bound, verdict (a DataFrame where pandas is
        installed, else a list of tuples)."""
        rows = [(c.id, c.measured, c.relation, c.bound, c.verdict) for c in self.checks.values() if c.verdict != "skipped"]
        try:
            import pandas
        except ImportError:
            return rows
        return pandas.DataFrame(rows, columns=["id", "measured", "relation", "bound", "verdict"]).set_index("id")

    def __repr__(self) -> str:
        counts: dict[str, int] = {}
        for verdict in self.verdicts.values():
            counts[verdict] = counts.get(verdict, 0) + 1
        said = ", ".join(f"{n} {verdict}" for verdict, n in counts.items()) or "no checks"
        return f"<Result {self.experiment}: {said}; {self.folder}>"


def run(id: str, *, preset: str | None = None, config: str | Path | None = None, out: str | Path | None = None,
        plot: bool = False, threads: int = 1, resume: bool = False, overwrite: bool = False,
        accept_version: bool = False, save_every: float | None = None, progress: bool = False,
        **params: Any) -> Result:
    """Runs one experiment. Parameters are keywords: numbers, strings, booleans, lists, paths; one that is a word of
    Python's has an underscore behind it (``class_=1``).

    ``out`` names the folder (none: a temporary one); ``plot=True`` draws the figures; ``resume`` goes on with what
    the folder holds, of another build with ``accept_version``; ``save_every`` seconds a long run saves its place;
    ``progress=True`` shows how far it is on stderr. Errors of the program become exceptions with its line.

    >>> result = run("scansnap/frozen-decoder", preset="quick")
    >>> all(verdict != "fails" for verdict in result.verdicts.values())
    True
    >>> run("scansnap/frozen-decoder", nonsense=1)
    Traceback (most recent call last):
        ...
    attndyn._program.UsageError: ...
    """
    words = ["run", "--json"]
    if preset:
        words += ["--preset", preset]
    if config:
        words += ["--config", str(config)]
    if not plot:
        words += ["--no-plot"]
    if threads != 1:
        words += ["--threads", str(threads)]
    if resume:
        words += ["--resume"]
    if overwrite:
        words += ["--overwrite"]
    if accept_version:
        words += ["--accept-version"]
    if save_every is not None:
        words += ["--save-every", repr(save_every)]
    temporary = None if out else tempfile.mkdtemp(prefix="attndyn-")
    folder = Path(out or str(temporary))
    words += ["--out", str(folder), "--", id, *(_program.word(key, value) for key, value in params.items())]
    try:
        record = json.loads(_program.call(words, progress=progress))
        # The record is text: bytes of a name that are no UTF-8 are written as \xNN there.
        record["folder"], record["figures"] = str(folder), [str(folder / Path(p).name) for p in record["figures"]]
        return Result(record, temporary=temporary is not None)
    except BaseException:
        if temporary:
            shutil.rmtree(temporary, True)
        raise


def load(folder: str | Path) -> Result:
    """The Result of a run that stands in a folder."""
    path = Path(folder) / "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _program.NoInput(f"{folder} holds no run: {error.strerror}", 66) from error
    record["folder"] = str(folder)
    record["figures"] = sorted(str(p) for p in Path(folder).glob("*.svg"))
    return Result(record)
