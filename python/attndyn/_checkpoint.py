"""Checkpoints (safetensors) as NumPy arrays."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from . import _program

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
          "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}


def load_checkpoint(path: str | Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The tensors of a safetensors file by name, and its metadata. BF16 becomes float32."""
    import numpy

    data = Path(path).read_bytes()
    if len(data) < 8:
        raise _program.NoInput(f"{path}: too short for a safetensors file", 66)
    (length,) = struct.unpack("<Q", data[:8])
    if length > len(data) - 8:
        raise _program.NoInput(f"{path}: its header is longer than the file", 66)
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, about in header.items():
        first, last = about["data_offsets"]
        if not 0 <= first <= last <= len(data) - 8 - length:
            raise _program.NoInput(f"{path}: {name} lies outside the file", 66)
        raw = data[8 + length + first:8 + length + last]
        if about["dtype"] == "BF16":
            values = (numpy.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")
        elif about["dtype"] in _TYPES:
            values = numpy.frombuffer(raw, _TYPES[about["dtype"]])
        else:
            raise _program.NoInput(f"{path}: {name} has the type {about['dtype']}, which NumPy lacks", 66)
        tensors[name] = values.reshape(about["shape"]).copy()
    return tensors, metadata
