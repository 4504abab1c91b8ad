"""Tensors without their zeros come back bit for bit, and nothing else is taken for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from agent.store.sparse import pack, unpack

Tensors = dict[str, Tensor]


def mostly_zero(*shape: int, dtype: torch.dtype = torch.float32, share: float = 0.1, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    met = torch.rand(shape, generator=generator) < share
    return (torch.randn(shape, generator=generator) * met).to(dtype)


def test_by_hand() -> None:
    table = torch.zeros(3000)
    table[[0, 9, 10, 2999]] = torch.tensor([1.0, -2.0, 3.0, 0.5])
    packed = pack({"table": table})
    assert sorted(packed) == ["table:met", "table:shape", "table:values"]
    assert packed["table:shape"].tolist() == [3000]
    assert packed["table:values"].tolist() == [1.0, -2.0, 3.0, 0.5]
    bits = packed["table:met"].tolist()
    assert len(bits) == 375
    assert (bits[0], bits[1], bits[374], sum(bits)) == (1, 0b110, 1 << 7, 1 + 6 + 128)


@given(
    shape=st.lists(st.integers(0, 40), min_size=1, max_size=3),
    dtype=st.sampled_from([torch.float32, torch.float16, torch.bfloat16]),
    share=st.sampled_from([0.0, 0.01, 0.5, 1.0]),
    seed=st.integers(0, 100),
)
def test_what_goes_in_comes_out(shape: list[int], dtype: torch.dtype, share: float, seed: int) -> None:
    tensors = {"a": mostly_zero(*shape, dtype=dtype, share=share, seed=seed), "b": torch.arange(9)}
    found = unpack(pack(tensors))
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)


def test_only_what_becomes_smaller_is_packed() -> None:
    tensors = {
        "full": torch.ones(10_000),
        "small": torch.zeros(100),
        "whole numbers": torch.zeros(10_000, dtype=torch.int64),
        "empty": torch.zeros(10_000),
    }
    packed = pack(tensors)
    assert set(packed) == {"full", "small", "whole numbers", "empty:shape", "empty:met", "empty:values"}
    assert sum(tensor.nbytes for tensor in pack({"x": mostly_zero(80_000)}).values()) < 0.14 * 4 * 80_000


def sample() -> Tensors:
    return pack({"table": mostly_zero(5000)})


def with_one_more_bit(tensors: Tensors) -> None:
    bits = tensors["table:met"]
    bits[int((bits == 0).nonzero()[0])] = 1


UNSOUND: dict[str, Callable[[Tensors], object]] = {
    "a part is missing": lambda t: t.pop("table:values"),
    "no shape": lambda t: t.pop("table:shape"),
    "twice": lambda t: t.update({"table": torch.zeros(5000)}),
    "more bits than values": with_one_more_bit,
    "fewer bits than values": lambda t: t.update({"table:values": torch.ones(5000)}),
    "a shape beyond the bits": lambda t: t.update({"table:shape": torch.tensor([5001])}),
    "a huge shape": lambda t: t.update({"table:shape": torch.tensor([2**62, 2**62])}),
    "a shape below 0": lambda t: t.update({"table:shape": torch.tensor([-50, -100])}),
    "a shape of fractions": lambda t: t.update({"table:shape": torch.tensor([5000.0])}),
    "a shape in a table": lambda t: t.update({"table:shape": torch.tensor([[5000]])}),
    "bits of another dtype": lambda t: t.update({"table:met": t["table:met"].long()}),
    "values that are whole": lambda t: t.update({"table:values": t["table:values"].long()}),
    "values in a table": lambda t: t.update({"table:values": t["table:values"][None]}),
    "a bit beyond the end": lambda t: t.update(
        {
            "table:shape": torch.tensor([4993]),
            "table:met": torch.full((625,), 255, dtype=torch.uint8),
            "table:values": torch.ones(5000),
        }
    ),
}


@pytest.mark.parametrize("change", UNSOUND.values(), ids=UNSOUND)
def test_anything_else_is_refused(change: Callable[[Tensors], object]) -> None:
    tensors = sample()
    unpack(tensors)
    change(tensors)
    with pytest.raises((ValueError, KeyError)):
        unpack(tensors)
