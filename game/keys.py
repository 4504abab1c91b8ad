"""Integer keys that identify positions."""

from __future__ import annotations

import torch
from torch import Tensor

from game.core import Constant

MOST_CELLS = 39  # 2 * 3^39 < 2^63
_POWERS = Constant([3**cell for cell in range(MOST_CELLS)])
_STEP = -0x61C8864680B583EB
_FACTORS = (-0x40A7B892E31B1A47, -0x6B2FB644ECCEEE15)


def ternary(own: Tensor, opp: Tensor) -> Tensor:
    """`[B]` int64, exact: each cell of `own` and `opp` `[B, N]` of 0 and 1, N up to 39, is a digit in base 3."""
    weights = _POWERS.on(own.device)[: own.shape[1]]
    return ((own + 2 * opp.long()) * weights).sum(1)


def mixed(words: Tensor) -> Tensor:
    """`[B]` int64: a hash of each row of `words` `[B, N]` int64, by the finaliser of splitmix64 (G. Steele 2014)."""
    place = torch.arange(1, words.shape[1] + 1, device=words.device)
    return _scattered(_scattered(words + place * _STEP).sum(1))


def _scattered(x: Tensor) -> Tensor:
    x = (x ^ _shifted(x, 30)) * _FACTORS[0]
    x = (x ^ _shifted(x, 27)) * _FACTORS[1]
    return x ^ _shifted(x, 31)


def _shifted(x: Tensor, bits: int) -> Tensor:
    """`x` shifted right by `bits`, filled with zeros."""
    return x >> bits & (1 << 64 - bits) - 1
