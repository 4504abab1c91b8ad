"""n-tuple tables as a Q-function: V of a position is the tanh of the sum of the rows that its n-tuples read."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agent.ntuple.duel.duel import Played, duel
from agent.ntuple.encoding import encoding_of
from agent.ntuple.tuples import NTuples, ntuples_of
from agent.play.afterstate import AfterstateQ
from agent.play.cancel import check
from agent.play.identity import fingerprint
from agent.play.qfunction import slices
from game.core import AnyGame

_FEW = 2048
_LOOK_UPS = 1 << 26  # table look-ups between cancellation checks, about half a second's work


class NTupleQ(AfterstateQ):
    """The value of the position after each move, by n-tuple tables.

    cells:   `[C, K]` int64, the cells of each n-tuple.
    table:   `[R]` float32, the rows of all n-tuples (`NTuples.first`); all 0 if None.
    threats: whether there are n-tuples over what empty cells are worth as well (`agent.ntuple.connect4.read_threats`).

    Raises ValueError if they do not fit each other or the game.
    """

    def __init__(
        self, game: AnyGame, cells: npt.NDArray[np.int64], table: Tensor | None = None, threats: bool = False
    ) -> None:
        self.game = game
        self.threats = threats
        self.encoding = encoding_of(game, threats)
        self.tuples: NTuples = ntuples_of(game, cells, self.encoding)
        size = self.tuples.size
        self.table = torch.zeros(size) if table is None else table.to(torch.float32).contiguous()
        if self.table.shape != (size,):
            raise ValueError(f"a table of shape {tuple(self.table.shape)}: these n-tuples have {size:,} rows")

    def with_table(self, table: Tensor) -> Self:
        """The same n-tuples with another table `[R]` float32."""
        other = copy.copy(self)
        other.table = table
        return other

    def changed(self) -> None:
        """The table has learned: nothing was made of it."""

    def identity(self) -> str:
        """As `QFunction.identity`, under the former name of this kind, which tournament files hold."""
        return fingerprint("patterns", self.game, {}, self.weights())

    def weights(self) -> dict[str, Tensor]:
        return {"cells": torch.from_numpy(self.tuples.cells), "table": self.table}

    def values(self, state: Any) -> Tensor:
        """V of B positions for the side to move: `[B]` float32 in (-1, 1), also where the game is over."""
        from agent.ntuple import kernels  # here, as numba is slow to import and most commands do not need it

        home, state = state.ply.device, state.to("cpu")
        out = np.empty(len(state), np.float32)
        # A window asks for few positions, from its own thread: one thread is enough.
        threads = 1 if len(state) <= _FEW else torch.get_num_threads()
        for rows in slices(len(state), max(_FEW, _LOOK_UPS // self.look_ups)):
            check()
            part = state if len(state) == len(out[rows]) else state[rows]
            kernels.values(self.encoding.codes(part), sides(part), self.arguments(), out[rows], threads)
        return torch.from_numpy(out).to(home)

    def duel(self, other: Any) -> Callable[[Any, Tensor, Tensor], Played] | None:
        """`agent.ntuple.duel` against another Q-function, if both can play whole games in a compiled loop."""
        if not (isinstance(other, NTupleQ) and self.game.name == other.game.name == "connect4"):
            return None
        return functools.partial(duel, self, other)

    def following(self) -> tuple[Any, ...]:
        """As `arguments`, for the loops of Connect Four: with what a stone more changes (`next_stone`) in the fourth
        place, and at the end how many n-tuples are of cells."""
        from agent.ntuple.connect4.loops import next_stone

        parts, count, number, *others = self.arguments()
        return parts, count, number, next_stone(number), *others, len(self.tuples.cells)

    @property
    def look_ups(self) -> int:
        """The number of table look-ups to value one position."""
        return self.tuples.parts.size

    def arguments(self) -> tuple[Any, ...]:
        """The arguments of every compiled loop: the n-tuples and their tables."""
        p = self.tuples
        return p.parts, p.count, p.number, p.first, p.rows, self.table.numpy()


def sides(state: Any) -> npt.NDArray[np.uint8]:
    """0 where the first player is to move, 1 where the second is: `[B]`."""
    found: npt.NDArray[np.uint8] = (state.ply & 1).to(torch.uint8).numpy()
    return found
