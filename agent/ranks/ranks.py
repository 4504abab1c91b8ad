"""What the processes of a run tell each other, as a process does that is alone: nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


class Ranks:
    """The processes that make a run together, as one of them sees them. This one is alone; see `together.Together`.

    Every method but `share` is called by all of them, in the same order, or none of them goes on.

    rank: its number, from 0. size: how many there are. Of all calls so far: `sent` bytes to others, `calls` of the
    network, and `waited` seconds for them, most of it for ranks that were not there yet.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank = rank
        self.size = size
        self.sent = self.calls = 0
        self.waited = 0.0

    @property
    def alone(self) -> bool:
        return self.size == 1

    @property
    def first(self) -> bool:
        """Whether it is the one that writes and prints."""
        return self.rank == 0

    def share(self, count: int) -> int:
        """This rank's share of so many things: the shares add up to `count`, and differ by at most 1."""
        return count * (self.rank + 1) // self.size - count * self.rank // self.size

    def numbers(self, *own: float) -> Tensor:
        """What each rank gives, by rank: `[size, n]` float64."""
        return torch.tensor([own], dtype=torch.float64)

    def total(self, own: int) -> int:
        """The sum of what each rank gives."""
        return int(self.numbers(own).sum())

    def add(self, tensor: Tensor) -> Tensor:
        """`tensor`, of one shape in all ranks, becomes their sum: the same bits in all of them, and in every run."""
        return tensor

    def adding(self, tensor: Tensor) -> Callable[[], Tensor]:
        """As `add`, which goes on meanwhile; the result is there once it is called for. `tensor` must not change."""
        return lambda: tensor

    def gathering(self, tensor: Tensor, lengths: list[int]) -> Callable[[], list[Tensor]]:
        """As `gathered`, which goes on meanwhile, of tensors whose lengths in all ranks are known."""
        del lengths
        return lambda: [tensor]

    def either(self, bits: Tensor) -> Tensor:
        """`bits`, uint8 of one shape in all ranks, become those that are set in any of them."""
        return bits

    def gathered(self, tensor: Tensor) -> list[Tensor]:
        """The tensors of all ranks, by rank. They may differ in length, and in nothing else."""
        return [tensor]

    def by_first(self, act: Callable[[], T]) -> T:
        """What the first rank finds, which alone acts: JSON values. If it fails with a QzeroError all of them end."""
        return act()

    def of_first(self, tensors: dict[str, Tensor] | None) -> dict[str, Tensor]:
        """The tensors that the first rank gives, on the CPU."""
        assert tensors is not None
        return tensors

    def wait(self) -> None:
        """Until all are here."""


ALONE = Ranks()
_here = [ALONE]


def here() -> Ranks:
    """The ranks that this process has joined (`joining.join`); by itself until then."""
    return _here[-1]


def set_here(ranks: Ranks) -> None:
    """From now on `here()` is `ranks`."""
    _here[:] = [ranks]


def mean(ranks: Ranks, own: float | None, weight: float) -> float | None:
    """The mean of what each rank gives, by weight; None where none gives anything. Alone: `own`, to the bit."""
    if ranks.alone:
        return own
    given = ranks.numbers(0.0 if own is None else own, 0.0 if own is None else weight)
    weights = float(given[:, 1].sum())
    return float((given[:, 0] * given[:, 1]).sum()) / weights if weights else None
