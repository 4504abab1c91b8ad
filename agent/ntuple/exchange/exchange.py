"""One table that several ranks learn: each moves its own copy, and every few generations they bring them together.

What a generation changes in a table adds up: rows move, and errors are met. So each rank tells only of the rows that
it has moved, whose number does not grow with the number of ranks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agent.ranks.ranks import Ranks

_NUMBER = 4  # bytes of a row's number, or of a number in it


class Exchange:
    """What this rank has changed in `table` `[S]`, or `[S + 2, W]` with a hidden layer, and `tc` `[S, 2]` since the
    ranks met.

    every: generations between meetings. visits: `[S]` int32, how many minibatches have moved each row; None for a
    process by itself, which has nobody to meet.
    """

    def __init__(self, ranks: Ranks, every: int, table: Tensor, tc: Tensor) -> None:
        self.ranks = ranks
        self.every = every
        self.waiting = 0  # generations since the last meeting
        self.visits: npt.NDArray[np.int32] | None = None
        if ranks.alone:
            return
        self._table, self._tc = table.numpy().reshape(len(table), -1), tc.numpy()
        self._before, self._tc_before = self._table.copy(), self._tc.copy()
        self.visits = np.zeros(len(tc), np.int32)
        self._sums = np.zeros((len(tc), self._table.shape[1] + 3), np.float32)
        self._steps = 0

    def forget(self, share: float) -> None:
        """What `Coherence.forget` has made of the accumulators, for those at the last meeting."""
        if share and not self.ranks.alone:
            self._tc_before *= np.float32(1 - share)

    def learned(self, minibatches: int, final: bool) -> bool:
        """A generation was learned; whether all ranks hold the same now, as they met if it was time."""
        if self.ranks.alone:
            return True
        self.waiting += 1
        self._steps += minibatches
        if self.waiting < self.every and not final:
            return False
        self.meet()
        return True

    def meet(self) -> None:
        """Bring all changes together: afterwards all ranks hold the same bits."""
        from agent.ntuple.exchange import loops  # here, as numba is slow to import

        assert self.visits is not None
        ranks, own = self.ranks, np.flatnonzero(self.visits).astype(np.int32)
        told = ranks.numbers(len(own), self._steps)
        counts, steps = [int(count) for count in told[:, 0]], float(told[:, 1].mean())
        if any(counts):
            by_rows = cheaper_by_rows(counts, *self._sums.shape)
            rows, change = self._of_each(own, sum(counts)) if by_rows else self._in_all()
            loops.move(rows, change, max(steps, 1.0), ranks.size, self._table, self._before, self._tc, self._tc_before)
            self.visits[own] = 0
        if len(self._table) > len(self._tc):  # the weights of the layer, which every minibatch moves
            layer = slice(len(self._tc), None)
            moved = ranks.add(torch.from_numpy(self._table[layer] - self._before[layer])).numpy()
            self._before[layer] += moved / np.float32(ranks.size)
            self._table[layer] = self._before[layer]
        self.waiting = self._steps = 0

    def _changes(self, rows: npt.NDArray[np.int32]) -> Tensor:
        from agent.ntuple.exchange import loops

        out = np.empty((len(rows), self._sums.shape[1]), np.float32)
        loops.changes(rows, self.visits, self._table, self._before, self._tc, self._tc_before, out)
        return torch.from_numpy(out)

    def _of_each(self, own: npt.NDArray[np.int32], most: int) -> tuple[Any, Any]:
        """Every rank tells all others of its rows; they are added up rank after rank."""
        from agent.ntuple.exchange import loops

        numbers = self.ranks.gathered(torch.from_numpy(own))
        changes = self.ranks.gathered(self._changes(own))
        listed, found = np.empty(min(most, len(self._sums)), np.int32), 0
        for rows, change in zip(numbers, changes, strict=True):
            found = loops.add(rows.numpy(), change.numpy(), self._sums, listed, found)
        out = np.empty((found, self._sums.shape[1]), np.float32)
        loops.take(listed[:found], self._sums, out)
        return listed[:found], out

    def _in_all(self) -> tuple[Any, Any]:
        """All ranks agree on the rows that any of them has moved, whose changes add up on their way around."""
        met = torch.from_numpy(np.packbits(self.visits > 0))  # type: ignore[operator] # there are others
        rows = np.flatnonzero(np.unpackbits(self.ranks.either(met).numpy(), count=len(self._sums))).astype(np.int32)
        return rows, self.ranks.add(self._changes(rows)).numpy()


def cheaper_by_rows(counts: list[int], rows: int, width: int) -> bool:
    """Whether fewer bytes leave a rank if each tells all others of its rows, than by one sum of all rows met.

    counts: rows that each rank has moved. rows, width: of the whole table, and the numbers that are told of a row.
    """
    ranks, met = len(counts), min(rows, sum(counts))
    by_rows = (ranks - 1) * max(counts) * _NUMBER * (1 + width)
    in_all = 2 * (ranks - 1) / ranks * (rows / 8 + met * _NUMBER * width)
    return by_rows <= in_all
