"""The truth about one position at a time: the outcome of each of its moves under perfect play, where that is known."""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor, TimeoutError
from typing import Any, Protocol

from agent.play.cancel import check
from arena.processes import process_pool
from arena.truth import bitbully
from arena.truth.perfect_play import grids, has_perfect_play
from arena.truth.solve import SMALL, Solution, solution
from game.core import AnyGame

_LOOK = 0.02  # seconds between looks whether the question was called off


class Oracle(Protocol):
    """Knows the truth about every position of one game."""

    @property
    def name(self) -> str:
        """Whose truth it is, in words."""
        ...

    def outcomes(self, state: Any) -> dict[int, int]:
        """For each legal action of one unfinished position 1, 0 or -1: a win, a draw or a loss for the side to move.

        May take seconds the first time. It looks whether it was cancelled (`agent.play.cancel`).
        """
        ...

    def close(self) -> None:
        """End what runs for it."""
        ...


def oracle_of(game: AnyGame) -> Oracle | None:
    """What knows this game, if anything does: small games are solved, Connect Four needs bitbully (extra `solver`)."""
    if game.max_plies <= SMALL:
        return Solved(game)
    if has_perfect_play(game) and bitbully.available():
        return Asked(game)
    return None


class Solved:
    """Every reachable state of a small game, solved at the first question."""

    name = "solved"

    def __init__(self, game: AnyGame) -> None:
        self.game = game
        self._solution: Solution[Any] | None = None

    def outcomes(self, state: Any) -> dict[int, int]:
        """As `Oracle.outcomes`."""
        self._solution = self._solution or solution(self.game)
        found = self._solution.outcomes(state)[0].tolist()
        legal = self.game.legal(state)[0].nonzero().flatten().tolist()
        return {action: found[action] for action in legal}

    def close(self) -> None:
        """Nothing runs."""


class Asked:
    """The solver bitbully in a process of its own: it holds the interpreter's lock for up to a second."""

    name = "bitbully"

    def __init__(self, game: AnyGame) -> None:
        self.game = game
        self._pool: ProcessPoolExecutor | None = None

    def outcomes(self, state: Any) -> dict[int, int]:
        """As `Oracle.outcomes`."""
        self._pool = self._pool or process_pool(1)
        asked: Future[bitbully.Scores] = self._pool.submit(bitbully.grid_scores, grids(self.game, state)[0])
        try:
            while True:
                check()
                try:
                    scores = asked.result(_LOOK)
                    break
                except TimeoutError:
                    continue
        finally:
            asked.cancel()
        legal = self.game.legal(state)[0].nonzero().flatten().tolist()
        return {action: (scores[action] > 0) - (scores[action] < 0) for action in legal}

    def close(self) -> None:
        """End the process, without waiting for an answer that nobody wants."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
