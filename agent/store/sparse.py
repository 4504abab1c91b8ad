"""Tensors without their zeros: most rows of a large table are never met by learning, and stay 0.

A tensor NAME becomes three: `NAME:shape` `[D]` int64, its shape; `NAME:met` `[ceil(N / 8)]` uint8, a bit for each of
its N numbers, 1 where it is not 0, the lowest bit of a byte first; and `NAME:values` `[M]`, the numbers that are not 0.
Both ways keep every bit of every number, except that -0 becomes 0.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

_SHAPE, _MET, _VALUES = ":shape", ":met", ":values"
_HEADER = 512  # bytes that two more tensors take in the header of a file, and their alignment


def pack(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors, on the CPU, those of floats without their zeros where that takes fewer bytes."""
    packed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        flat = tensor.detach().cpu().reshape(-1)
        met = flat != 0
        saved = (len(flat) - int(met.sum())) * flat.element_size()
        if not tensor.is_floating_point() or saved <= len(flat) // 8 + _HEADER:
            packed[name] = tensor
            continue
        packed[name + _SHAPE] = torch.tensor(tensor.shape)
        packed[name + _MET] = torch.from_numpy(np.packbits(met.numpy(), bitorder="little"))
        packed[name + _VALUES] = flat[met]
    return packed


def unpack(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The inverse. Takes less than 100 times the memory of `tensors`, whoever made them.

    Raises ValueError or KeyError for tensors that `pack` does not make.
    """
    names = [name.removesuffix(_MET) for name in tensors if name.endswith(_MET)]
    parts = {name + part for name in names for part in (_SHAPE, _MET, _VALUES)}
    found = {name: tensor for name, tensor in tensors.items() if name not in parts}
    for name in names:
        if name in found:
            raise ValueError(f"{name} is there twice")
        found[name] = _whole(name, *(tensors[name + part] for part in (_SHAPE, _MET, _VALUES)))
    return found


def _whole(name: str, shape: Tensor, met: Tensor, values: Tensor) -> Tensor:
    for part, tensor, dtypes in ((_SHAPE, shape, (torch.int64,)), (_MET, met, (torch.uint8,)), (_VALUES, values, ())):
        if tensor.dim() != 1 or (tensor.dtype not in dtypes if dtypes else not tensor.is_floating_point()):
            raise ValueError(f"{name}{part} is {tensor.dtype} of shape {tuple(tensor.shape)}")
    sizes = shape.tolist()
    numbers = math.prod(sizes)
    if min(sizes, default=0) < 0 or len(met) != -(-numbers // 8):
        raise ValueError(f"{name} of shape {tuple(sizes)} has {len(met):,} bytes of bits")
    bits = np.unpackbits(met.numpy(), bitorder="little")
    if bits[numbers:].any() or int(bits.sum()) != len(values):
        raise ValueError(f"{name} of {numbers:,} numbers has {int(bits.sum()):,} bits set for {len(values):,} values")
    whole = torch.zeros(numbers, dtype=values.dtype)
    whole[torch.from_numpy(bits[:numbers]).bool()] = values
    return whole.view(sizes)
