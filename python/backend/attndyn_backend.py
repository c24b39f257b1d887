"""Builds the wheel and the source archive of this package (PEP 517, PEP 660) with the standard library alone, so that
`pip install ./python` needs no network: pip would fetch a build system from a registry first. Nothing is compiled."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is built


def _project() -> dict[str, str]:
    """The lines `key = "value"` of pyproject.toml's table project (tomllib is younger than the oldest Python here)."""
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    table = text.split("[project]", 1)[1].split("\n[", 1)[0]
    return dict(re.findall(r'^([\w-]+) = "(.*)"$', table, re.MULTILINE))


def _name() -> str:
    about = _project()
    return f"{about['name']}-{about['version']}"


def _metadata() -> str:
    about = _project()
    lines = ["Metadata-Version: 2.1", f"Name: {about['name']}", f"Version: {about['version']}",
             f"Summary: {about['description']}", "License: MIT", f"Requires-Python: {about['requires-python']}",
             "Provides-Extra: tables", 'Requires-Dist: numpy; extra == "tables"',
             'Requires-Dist: pandas; extra == "tables"', "Description-Content-Type: text/markdown", "",
             (HERE / "README.md").read_text(encoding="utf-8")]
    return "\n".join(lines)


def _package() -> dict[str, bytes]:
    return {f"attndyn/{path.name}": path.read_bytes() for path in sorted((HERE / "attndyn").iterdir())
            if path.suffix == ".py" or path.name == "py.typed"}


def _wheel(directory: str, files: dict[str, bytes]) -> str:
    info = f"{_name()}.dist-info"
    files = dict(files)
    files[f"{info}/METADATA"] = _metadata().encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: attndyn\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},"
                     f"{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    wheel = f"{_name()}-py3-none-any.whl"
    with zipfile.ZipFile(Path(directory) / wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return wheel


def get_requires_for_build_wheel(config_settings=None):
    return []


get_requires_for_build_sdist = get_requires_for_build_editable = get_requires_for_build_wheel


def _checkout() -> dict[str, bytes]:
    """A copy of the package finds the program that its checkout has built, or will build."""
    if not (HERE.parent / "experiments" / "frame").is_dir():
        return {}  # an unpacked source archive
    return {"attndyn/_checkout.py": f"""\"\"\"Where this copy comes from.\"\"\"

PATH = {str(HERE.parent)!r}
""".encode()}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return _wheel(wheel_directory, {**_package(), **_checkout()})


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return _wheel(wheel_directory, {"attndyn.pth": f"{HERE}\n".encode()})


def build_sdist(sdist_directory, config_settings=None):
    files = {f"backend/{Path(__file__).name}": Path(__file__).read_bytes(), **_package(),
             **{name: (HERE / name).read_bytes() for name in ("pyproject.toml", "README.md")},
             "PKG-INFO": _metadata().encode()}
    with tarfile.open(Path(sdist_directory) / f"{_name()}.tar.gz", "w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"{_name()}/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return f"{_name()}.tar.gz"
