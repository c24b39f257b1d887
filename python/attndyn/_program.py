"""Finding and calling the program; its messages become exceptions."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Sequence


class AttndynError(RuntimeError):
    """The program said no. ``str(error)`` is its line, ``error.code`` its exit status."""

    code = 0

    def __init__(self, message: str, code: int = 0):
        super().__init__(message)
        self.code = code


class CheckFailed(AttndynError):
    """A check failed (exit status 1)."""


class RunFailed(AttndynError):
    """A run failed (2): the solver gave up, or a result was not finite."""


class UsageError(AttndynError, ValueError):
    """An unknown experiment or parameter, or a value out of range (64)."""


class NoInput(AttndynError, FileNotFoundError):
    """An input file is absent or damaged (66)."""


class OutOfMemory(AttndynError, MemoryError):
    """Memory ran out (71)."""


class WriteFailed(AttndynError, OSError):
    """Something could not be written (74)."""


class Interrupted(AttndynError):
    """Interrupted by a signal (130)."""


_BY_CODE = {1: CheckFailed, 2: RunFailed, 64: UsageError, 66: NoInput, 71: OutOfMemory, 74: WriteFailed,
            130: Interrupted}


def _checkout() -> Path:
    """The checkout that this package belongs to; python/backend says which in the copy that pip makes."""
    try:
        return Path(importlib.import_module("attndyn._checkout").PATH)
    except ImportError:
        return Path(__file__).resolve().parent.parent.parent


def program() -> str:
    """The path of the program: `$ATTNDYN`, else the one on the PATH, else the one that the checkout has built.

    >>> import os
    >>> os.path.basename(program()).startswith("attndyn")
    True
    """
    named = os.environ.get("ATTNDYN")
    if named:
        if not os.access(named, os.X_OK):
            raise NoInput(f"ATTNDYN={named}: expected the path of the program attndyn", 66)
        return named
    on_path = shutil.which("attndyn")
    if on_path:
        return on_path
    built = _checkout() / "build" / "attndyn"
    if os.access(built, os.X_OK):
        return str(built)
    raise NoInput("the program attndyn was not found: set ATTNDYN to its path, install it (make install), "
                  "or build it in the checkout (make)", 66)


def error_of(code: int, stderr: str) -> AttndynError:
    """The exception for an exit status and what was said on stderr: its last line."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    said = lines[-1] if lines else f"the program ended with status {code} and said nothing"
    if said.startswith("attndyn: "):
        said = said[len("attndyn: "):]
    if code < 0:
        return Interrupted(f"the program was ended by signal {-code}", code)
    return _BY_CODE.get(code, AttndynError)(said, code)


def call(arguments: Sequence[str], good: Sequence[int] = (0,), progress: bool = False) -> str:
    """What the program prints on stdout; raises unless its exit status is one of ``good``. ``progress``: what it says on
    stderr meanwhile goes to sys.stderr."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
        # isolated from the caller's stdin, so that a notebook's never waits
        process = subprocess.Popen([program(), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace")
        said: list[str] = []
        try:
            assert process.stderr is not None
            with process.stderr:
                _listen(process.stderr, said, progress)
            process.wait()
        except BaseException:
            _interrupt(process)
            raise
        if process.returncode not in good:
            raise error_of(process.returncode, "\n".join(said))
        out.seek(0)
        return out.read()


def _listen(stream: IO[str], said: list[str], progress: bool) -> None:
    for line in stream:
        said.append(line.rstrip("\n"))
        del said[:-100]  # the message is the last line
        if progress:
            print(line, end="", file=sys.stderr, flush=True)


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Lets the program save its place, as Ctrl-C in a terminal does: it has then had the signal, too."""
    for wait in (5, None):
        try:
            process.communicate(timeout=wait)
            return
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        except BaseException:  # interrupted again
            process.kill()
            process.wait()
            return


def command(*words: object) -> str:
    """Any command line: what the program prints; raises as the others do.

    >>> command("list", "scansnap/growth").split()[0]
    'scansnap/growth'
    """
    return call([str(word) for word in words])


def version() -> str:
    """Version, build and compiler of the program.

    >>> version().startswith("attndyn ")
    True
    """
    return call(["--version"]).strip()


def word(key: str, value: object) -> str:
    """``key=value`` as the program takes it.

    >>> word("ratios", [0.1, 1]), word("seed", 3), word("tied", True)
    ('ratios=0.1,1', 'seed=3', 'tied=true')
    >>> word("class_", 1)
    'class=1'
    """
    # a word of Python's own is written with an underscore behind it
    return f"{key[:-1] if key.endswith('_') else key}={text(value)}"


def text(value: object) -> str:
    """A value as the program writes it: digits are kept."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)  # type: ignore[return-value]
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        return text(value.tolist())
    if isinstance(value, (list, tuple, range)):
        return ",".join(text(item) for item in value)
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
