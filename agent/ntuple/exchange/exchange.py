"""One table that several ranks learn: each moves its own copy, and every few generations they bring them together.

What a generation changes in a table adds up: rows move, and errors are met. So each rank tells only of the rows that
it has moved, whose number does not grow with the number of ranks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agent.ranks.ranks import Ranks

_NUMBER = 4  # bytes of a row's number, or of a number in it
_Changes = tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]  # rows `[n]`, and what became of them: `[n, W + 3]`


class Exchange:
    """What this rank has changed in `table` `[S]`, or `[S + 2, W]` with a hidden layer, and `tc` `[S, 2]` since the
    ranks met.

    every: generations between meetings. met: called after each. visits: `[S]` int32, how many minibatches have moved
    each row; None for a process by itself, which has nobody to meet.
    acting: only if meetings go on while the next games are played: like `table`, as it was after the meeting before,
        by which all ranks play meanwhile.
    """

    def __init__(
        self,
        ranks: Ranks,
        every: int,
        table: Tensor,
        tc: Tensor,
        met: Callable[[], None] = lambda: None,
        acting: Tensor | None = None,
    ) -> None:
        self.ranks = ranks
        self.every = every
        self.waiting = 0  # generations since the last meeting
        self.visits: npt.NDArray[np.int32] | None = None
        self.acting: npt.NDArray[np.float32] | None = None
        self._met = met
        self._under_way: Callable[[], _Changes] | None = None
        if ranks.alone:
            return
        self._table, self._tc = table.numpy().reshape(len(table), -1), tc.numpy()
        self._before, self._tc_before = self._table.copy(), self._tc.copy()
        self._late = np.empty(0, np.int32)  # rows of the last meeting, which `acting` does not know yet
        if acting is not None:
            self.acting = acting.numpy().reshape(self._table.shape)
            self._late = np.flatnonzero((self.acting != self._table).any(1)[: len(tc)]).astype(np.int32)
        self.visits = np.zeros(len(tc), np.int32)
        self._sums = np.zeros((len(tc), self._table.shape[1] + 3), np.float32)
        self._steps = 0

    def forget(self, share: float) -> None:
        """What `Coherence.forget` has made of the accumulators, for those at the last meeting."""
        if share and not self.ranks.alone:
            self._tc_before *= np.float32(1 - share)

    def learned(self, minibatches: int, final: bool) -> None:
        """A generation was learned: meet if it is time."""
        if self.ranks.alone:
            self._met()
            return
        self._let_act()
        self.waiting += 1
        self._steps += minibatches
        if self.waiting >= self.every or final:
            self._begin()
            if self.acting is None:
                self.arrive()

    def settle(self) -> None:
        """Meet now, if there is anything to tell."""
        self.arrive()
        if self.waiting:
            self._begin()
            self.arrive()

    def arrive(self) -> None:
        """End the meeting that is under way: afterwards all ranks hold the same bits."""
        if self._under_way is not None:
            rows, change = self._under_way()
            self._under_way = None
            self._move(rows, change)
            self._met()

    def _let_act(self) -> None:
        """What plays from here on: the last meeting that has ended, whether or not another is under way by then."""
        if self.acting is not None:
            rest = slice(len(self._tc), None)
            self.acting[self._late] = self._before[self._late]
            self.acting[rest] = self._before[rest]
            self._late = self._late[:0]

    def _begin(self) -> None:
        from agent.ntuple.exchange import loops  # here, as numba is slow to import

        assert self.visits is not None
        own = np.flatnonzero(self.visits).astype(np.int32)
        told = self.ranks.numbers(len(own), self._steps)
        self._minibatches = max(float(told[:, 1].mean()), 1.0)
        counts = [int(count) for count in told[:, 0]]
        by_rows = cheaper_by_rows(counts, *self._sums.shape)
        rows = own if by_rows else self._of_any()
        change = np.empty((len(rows), self._sums.shape[1]), np.float32)
        loops.changes(rows, self.visits, self._table, self._before, self._tc, self._tc_before, change)
        rest = slice(len(self._tc), None)  # the weights of a hidden layer, which every minibatch moves
        self._rest = self.ranks.adding(torch.from_numpy(self._table[rest] - self._before[rest]))
        if by_rows:
            # One message: the number of each row, taken for a float32, before its changes.
            numbered = np.concatenate((rows.view(np.float32)[:, None], change), 1)
            every = self.ranks.gathering(torch.from_numpy(numbered), counts)
            self._under_way = lambda: self._added_up(every(), sum(counts))
        else:
            all_changes = self.ranks.adding(torch.from_numpy(change))
            self._under_way = lambda: (rows, all_changes().numpy())
        self.visits[own] = 0
        self.waiting = self._steps = 0

    def _of_any(self) -> npt.NDArray[np.int32]:
        """The rows that any of the ranks has moved."""
        assert self.visits is not None
        own = torch.from_numpy(np.packbits(np.greater(self.visits, 0)))
        return np.flatnonzero(np.unpackbits(self.ranks.either(own).numpy(), count=len(self.visits))).astype(np.int32)

    def _added_up(self, every: list[Tensor], most: int) -> _Changes:
        """The changes of all ranks, added up rank after rank."""
        from agent.ntuple.exchange import loops

        listed, found = np.empty(min(most, len(self._sums)), np.int32), 0
        for one in every:
            numbered = one.numpy()
            rows = np.ascontiguousarray(numbered[:, 0]).view(np.int32)
            found = loops.add(rows, numbered[:, 1:], self._sums, listed, found)
        out = np.empty((found, self._sums.shape[1]), np.float32)
        loops.take(listed[:found], self._sums, out)
        return listed[:found], out

    def _move(self, rows: npt.NDArray[np.int32], change: npt.NDArray[np.float32]) -> None:
        from agent.ntuple.exchange import loops

        rest = slice(len(self._tc), None)
        self._late = rows
        loops.move(
            rows, change, self._minibatches, self.ranks.size, self._table, self._before, self._tc, self._tc_before
        )
        self._before[rest] += self._rest().numpy() / np.float32(self.ranks.size)
        self._table[rest] = self._before[rest]


def cheaper_by_rows(counts: list[int], rows: int, width: int) -> bool:
    """Whether fewer bytes leave a rank if each tells all others of its rows, than by one sum of all rows met.

    counts: rows that each rank has moved. rows, width: of the whole table, and the numbers that are told of a row.
    """
    ranks, met = len(counts), min(rows, sum(counts))
    by_rows = (ranks - 1) * max(counts) * _NUMBER * (1 + width)
    in_all = 2 * (ranks - 1) / ranks * (rows / 8 + met * _NUMBER * width)
    return by_rows <= in_all
