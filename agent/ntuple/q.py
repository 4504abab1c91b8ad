"""Pattern tables as a Q-function: Q(s, a) = -V(s after a), exact where the game ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agent.ntuple.board import Patterns, patterns_of
from agent.ntuple.encoding import encoding_of
from agent.play.afterstate import q_of_afterstates
from agent.play.cancel import check
from agent.play.identity import fingerprint
from agent.play.qfunction import slices
from game.core import Game

_FEW = 2048
_LOOK_UPS = 1 << 26  # in the tables at a time: a thought can be called off about as often as twice a second


class PatternsQ:
    """The value of the position after each move by tables of patterns.

    cells: `[T, K]` int64, the cells of each pattern.
    table: `[R]` float32, the rows of all patterns (`Patterns.first`); all 0 if None.

    Raises ValueError where the two do not fit each other or the game.
    """

    def __init__(self, game: Game[Any], cells: npt.NDArray[np.int64], table: Tensor | None = None) -> None:
        self.game = game
        self.encoding = encoding_of(game)
        self.patterns: Patterns = patterns_of(game, cells)
        size = self.patterns.size
        self.table = torch.zeros(size) if table is None else table.to(torch.float32).contiguous()
        if self.table.shape != (size,):
            raise ValueError(f"a table of shape {tuple(self.table.shape)}: these patterns have {size:,} rows")

    def q(self, state: Any) -> Tensor:
        with torch.inference_mode():
            return q_of_afterstates(self.game, state, lambda after: self.values(after)[None])[0]

    def identity(self) -> str:
        """As `QFunction.identity`."""
        weights = {"cells": torch.from_numpy(self.patterns.cells), "table": self.table}
        return fingerprint("patterns", self.game, {}, weights)

    def values(self, state: Any) -> Tensor:
        """V of B positions for the side to move: `[B]` float32 in (-1, 1), also where the game is over."""
        from agent.ntuple import kernels  # here: numba takes a moment to import, and most commands do without

        home, state = state.ply.device, state.to("cpu")
        out = np.empty(len(state), np.float32)
        # Few positions are asked for by windows as well, from a thread of their own, and soon done.
        evaluate = kernels.values if len(state) <= _FEW else kernels.values_by_all
        for rows in slices(len(state), max(_FEW, _LOOK_UPS // self.look_ups)):
            check()
            part = state if len(state) == len(out[rows]) else state[rows]
            evaluate(self.encoding.codes(part), sides(part), *self.arguments(), out[rows])
        return torch.from_numpy(out).to(home)

    @property
    def look_ups(self) -> int:
        """About how many numbers are looked up to value one position."""
        return self.patterns.parts.size

    def arguments(self) -> tuple[Any, ...]:
        """What every compiled loop wants to know of the patterns and their tables."""
        p = self.patterns
        return p.parts, p.count, p.number, p.first, p.rows, self.table.numpy()


def sides(state: Any) -> npt.NDArray[np.uint8]:
    """0 where the first player is to move, 1 where the second is: `[B]`."""
    found: npt.NDArray[np.uint8] = (state.ply & 1).to(torch.uint8).numpy()
    return found
