"""Scores of all moves by the perfect solver bitbully, in this process or in a pool of others.

bitbully (by M. Thill, AGPL) is the extra `solver`: a separate program and not part of qzero. Worker processes
import this module only, so it needs no torch.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from arena.processes import process_pool
from game.errors import QzeroError

BOOK = "12-ply-dist"
FULL = -100  # the score of a column that is full
ADVICE = "pip install 'qzero[solver]'"
_FEW = 16  # fewer positions than this are not worth another process

Grid = Sequence[Sequence[int]]
Scores = tuple[int, ...]


class SolverError(QzeroError):
    """The perfect solver is missing."""


def available() -> bool:
    """Whether bitbully is installed."""
    return importlib.util.find_spec("bitbully") is not None


class Solver:
    """Scores positions given as 6 rows of 7 cells from the top: 0 empty, 1 the first player's, 2 the second's.

    A score is 0 for a draw, else how many stones the winner has left at the end, the last one counted; negative where
    the mover loses. So the largest is the fastest win, or else the longest resistance.
    """

    def __init__(self, workers: int = 1) -> None:
        if not available():
            raise _missing()
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def scores(self, grids: Sequence[Grid]) -> list[Scores]:
        """The scores of the seven columns of each position, FULL where there is no room."""
        if self.workers <= 1 or len(grids) < _FEW:
            return [grid_scores(grid) for grid in grids]
        if self._pool is None:
            self._pool = process_pool(self.workers)
        return list(self._pool.map(grid_scores, grids, chunksize=4))

    def close(self) -> None:
        """End the worker processes."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


@functools.cache
def load() -> Any:
    """The module bitbully. Raises SolverError where it is not installed."""
    try:
        import bitbully
    except ImportError:
        raise _missing() from None
    return bitbully


def board_scores(board: Any) -> Scores:
    """The scores of the seven columns of a bitbully.Board, FULL where there is no room."""
    found = _solver().score_all_moves(board)
    return tuple(found.get(column, FULL) for column in range(7))


def _missing() -> SolverError:
    return SolverError(f"perfect play needs the solver bitbully: {ADVICE}")


@functools.cache
def _solver() -> Any:
    return load().BitBully(opening_book=BOOK)


def grid_scores(grid: Grid) -> Scores:
    """`Solver.scores` of one position, in this process."""
    return board_scores(load().Board(grid))
