"""Verdicts over many experiments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Sequence

from . import _program
from ._run import Check


class Verification:
    """``checks`` by id; ``failures``, those that fail."""

    def __init__(self, record: dict[str, Any]):
        self.record = record
        self.checks = {check["id"]: Check.of(check) for check in record["checks"]}
        self.failures = [c for c in self.checks.values() if c.verdict == "fails" and "known" not in c.record]

    def __bool__(self) -> bool:
        return not self.failures

    def __repr__(self) -> str:
        return f"<Verification: {len(self.checks)} checks, {len(self.failures)} fail>"


def verify(*patterns: str, preset: str | None = None, jobs: int = 1, exclude: str | Sequence[str] = (),
           known: str | Path | None = None, tolerance_scale: float | None = None, seeds: int | None = None,
           progress: bool = False, **params: Any) -> Verification:
    """Judges the experiments or checks that match (none given: all). Failures do not raise: a Verification is true
    where nothing fails. A run that breaks does. With ``seeds`` each check's record has ``flips`` and ``runs``
    (docs/verify.md).

    >>> bool(verify("C12.monotone"))
    True
    """
    words = ["verify", *patterns, *(_program.word(key, value) for key, value in params.items()), "--json", "-",
             "-j", str(jobs)]
    if preset:
        words += ["--preset", preset]
    if seeds:
        words += ["--seeds", str(seeds)]
    for pattern in [exclude] if isinstance(exclude, str) else exclude:
        words += ["--exclude", pattern]
    if known:
        words += ["--known", str(known)]
    if tolerance_scale:
        words += ["--tolerance-scale", repr(tolerance_scale)]
    return Verification(json.loads(_program.call(words, good=(0, 1), progress=progress)))
