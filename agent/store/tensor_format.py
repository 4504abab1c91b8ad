"""The safetensors format, written and read tensor by tensor, directly between memory and file.

The safetensors library copies everything, and aborts the process if there is no memory for the copies. The files are
the same: each reads what the other wrote.
"""

from __future__ import annotations

import json
import math
from typing import Any, BinaryIO, NamedTuple

import torch
from torch import Tensor

MOST_HEADER = 100_000_000  # bytes, as in the library
_METADATA = "__metadata__"
_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U64": torch.uint64,
    "U32": torch.uint32,
    "U16": torch.uint16,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


class _Place(NamedTuple):
    name: str
    dtype: torch.dtype
    shape: list[int]
    begin: int
    end: int


def in_order(tensors: dict[str, Tensor]) -> list[tuple[str, Tensor]]:
    """The order in a file: the widest numbers first, so that all are aligned, then by name."""
    return sorted(tensors.items(), key=lambda item: (-item[1].element_size(), item[0]))


def header(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """The header of a file of these tensors: its length, names, dtypes, shapes and offsets as JSON, and padding."""
    found: dict[str, Any] = {} if metadata is None else {_METADATA: metadata}
    begin = 0
    for name, tensor in in_order(tensors):
        end = begin + tensor.numel() * tensor.element_size()
        found[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def bytes_of(tensor: Tensor) -> memoryview:
    """The memory of a contiguous CPU tensor as bytes, without a copy."""
    return tensor.reshape(-1).view(torch.uint8).numpy().data if tensor.numel() else memoryview(b"")


def read(file: BinaryIO, size: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors and the metadata of a file of `size` bytes. Never allocates more than the file holds.

    Raises ValueError, KeyError, TypeError, AttributeError, OverflowError or RecursionError for any other file.
    """
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(size - 8, MOST_HEADER):
        raise ValueError(f"a header of {length} bytes")
    entries = json.loads(file.read(length))
    metadata = entries.pop(_METADATA)
    places = sorted((_place(name, entry) for name, entry in entries.items()), key=lambda place: place[3:])
    end = 0
    for place in places:
        if place.begin != end:
            raise ValueError(f"{place.name} begins at {place.begin}, not at {end}")
        end = place.end
    if 8 + length + end != size:
        raise ValueError(f"{size} bytes, not {8 + length + end}")
    return {place.name: _tensor(file, place) for place in places}, metadata


def _place(name: str, entry: dict[str, Any]) -> _Place:
    dtype, shape, (begin, end) = _DTYPES[entry["dtype"]], entry["shape"], entry["data_offsets"]
    if any(type(number) is not int or number < 0 for number in (*shape, begin, end)):
        raise ValueError(f"{name} is of shape {shape}, from {begin} to {end}")
    if math.prod(shape) * dtype.itemsize != end - begin:
        raise ValueError(f"{name} of shape {shape} has {end - begin} bytes")
    return _Place(name, dtype, shape, begin, end)


def _tensor(file: BinaryIO, place: _Place) -> Tensor:
    tensor = torch.empty(place.shape, dtype=place.dtype)
    into, done = bytes_of(tensor), 0
    while done < len(into):
        count = file.readinto(into[done:])  # type: ignore[attr-defined] # of every file opened in binary
        if not count:
            raise ValueError(f"{place.name} is cut short")
        done += count
    return tensor
