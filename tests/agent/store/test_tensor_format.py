"""Our own reading and writing of safetensors against the library of that name."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor

from agent.store.tensor_format import bytes_of, header, in_order, read

TENSORS = {
    "weight": torch.arange(12.0).view(3, 4) / 7,
    "half": torch.arange(5).half(),
    "brain": torch.arange(3).bfloat16(),
    "double": torch.arange(2).double(),
    "keys": torch.tensor([3, -1, 2**62]),
    "scalar": torch.tensor(7),
    "empty": torch.empty(0, 3),
    "short": torch.tensor([1, 65535], dtype=torch.uint16),
    "flags": torch.tensor([True, False, True]),
    "bytes": torch.tensor([0, 255], dtype=torch.uint8),
    "kéy": torch.tensor([1], dtype=torch.int8),
}


def written(tensors: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    return b"".join([header(tensors, metadata), *(bytes_of(tensor) for _, tensor in in_order(tensors))])


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor), name


def test_the_library_reads_what_we_write() -> None:
    assert_same(safetensors.torch.load(written(TENSORS, {"a": "b"})), TENSORS)


def test_we_read_what_the_library_writes() -> None:
    data = safetensors.torch.save(TENSORS, {"a": "b"})
    found, metadata = read(io.BytesIO(data), len(data))
    assert_same(found, TENSORS)
    assert metadata == {"a": "b"}


@pytest.mark.parametrize("name", TENSORS)
def test_one_tensor_is_the_same_to_the_byte(name: str) -> None:
    """The checksums in files of older versions were made over these bytes."""
    tensors = {"": TENSORS[name]}
    assert header(tensors) + bytes_of(TENSORS[name]) == safetensors.torch.save(tensors)


def file_of(*entries: tuple[str, list[Any], list[Any]], data: int = 16) -> bytes:
    """A file of `data` bytes behind a header of float32 tensors: (name, shape, data_offsets)."""
    text: dict[str, Any] = {"__metadata__": {}}
    text |= {name: {"dtype": "F32", "shape": s, "data_offsets": o} for name, s, o in entries}
    head = json.dumps(text).encode()
    return len(head).to_bytes(8, "little") + head + bytes(data)


FAULTS = {
    "overlapping": file_of(("a", [2], [0, 8]), ("b", [3], [4, 16])),
    "a hole": file_of(("a", [1], [0, 4]), ("b", [2], [8, 16])),
    "bytes at the end": file_of(("a", [3], [0, 12])),
    "cut short": file_of(("a", [4], [0, 16]), data=12),
    "another shape": file_of(("a", [3], [0, 16])),
    "too large for any memory": file_of(("a", [2**40, 2**40], [0, 16])),
    "negative": file_of(("a", [-2, -2], [0, 16])),
    "backwards": file_of(("a", [4], [16, 0])),
    "no numbers": file_of(("a", [True, 4], [0, 16])),
    "fractions": file_of(("a", [4.0], [0, 16])),
    "text": file_of(("a", ["4"], [0, 16])),
    "a header longer than the file": (10**12).to_bytes(8, "little") + b"{}",
    "no header": b"{}",
    "nothing": b"",
}


@pytest.mark.parametrize("data", FAULTS.values(), ids=FAULTS)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, TypeError)):
        read(io.BytesIO(data), len(data))


def test_a_fault_costs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in the header is checked before the first tensor is made."""

    def never(*_: object, **__: object) -> Tensor:
        raise AssertionError("allocated")

    monkeypatch.setattr(torch, "empty", never)
    data = file_of(("a", [1], [0, 4]), ("b", [10**12], [4, 4 + 4 * 10**12]))
    with pytest.raises(ValueError, match="not"):
        read(io.BytesIO(data), len(data))
