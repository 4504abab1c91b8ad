"""What is known about the moves of the position that is searched: estimates, and bounds on their scores."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch

from agent.search.connect4 import pvs
from agent.search.connect4.board import CELLS, COLUMN, has_line, playable, threats
from agent.search.connect4.book import PLIES, Book
from agent.search.found import HIGHEST, ranked
from game.connect4 import HEIGHT, WIDTH

MOST_SCORE = CELLS // 2
_HOPELESS = -pvs.UNIT // 2  # below it, a move is asked first whether it loses


class Position(NamedTuple):
    """Bitboards as `board` has them, and the moves made."""

    own: int
    mask: int
    ply: int

    def after(self, column: int) -> Position:
        """The position after a stone in this column, where there is room."""
        return Position(self.own ^ self.mask, self.mask | (self.mask + (1 << COLUMN * column)), self.ply + 1)

    def columns(self) -> list[int]:
        """Where there is room."""
        return [c for c in range(WIDTH) if not self.mask >> COLUMN * c + HEIGHT - 1 & 1]

    def can_win(self) -> bool:
        """Whether the side to move wins at once."""
        own, mask = np.uint64(self.own), np.uint64(self.mask)
        return bool(playable(mask) & threats(own, mask))

    def lost(self) -> bool:
        """Whether the last move won."""
        return bool(has_line(np.uint64(self.own ^ self.mask)))


class Move:
    """A move at the root.

    estimate: of its value, for the side to move, in units of `pvs`; depth: the iteration it comes from.
    low, high: bounds on its score (`solver`).
    """

    __slots__ = ("after", "column", "depth", "estimate", "high", "low")

    def __init__(self, before: Position, column: int, q: float) -> None:
        self.column = column
        self.after = before.after(column)
        self.depth = 0
        self.estimate = round(math.atanh(min(max(q, -HIGHEST), HIGHEST)) * pvs.UNIT)
        self.low, self.high = -MOST_SCORE, MOST_SCORE
        if self.after.lost():
            self.low = self.high = _score(self.after.ply)
        elif self.after.ply == CELLS:
            self.low = self.high = 0
        elif self.after.can_win():
            self.low = self.high = -_score(self.after.ply + 1)

    @property
    def value(self) -> int:
        """The estimate within what is known of the outcome."""
        return min(max(self.estimate, 0 if self.low >= 0 else -pvs.MOST), 0 if self.high <= 0 else pvs.MOST)

    @property
    def outcome(self) -> int | None:
        """1, 0 or -1 where it is proven."""
        low, high = _sign(self.low), _sign(self.high)
        return low if low == high else None

    def learn_score(self, bound: int, child: int) -> None:
        """The solver found `child` for the position after it, asked whether that is at least 1 - `bound`."""
        if child >= 1 - bound:
            self.high = min(self.high, -child)
        else:
            self.low = max(self.low, -child)

    def learn_outcome(self, least: int, most: int) -> None:
        """The outcome is known to be from `least` to `most`."""
        self.low = max(self.low, least if least >= 0 else -MOST_SCORE)
        self.high = min(self.high, most if most <= 0 else MOST_SCORE)

    def learn_value(self, value: int, depth: int) -> None:
        """Alpha-beta found this value, or that it is at most this."""
        self.estimate, self.depth = min(max(value, -pvs.MOST), pvs.MOST), depth
        if value >= pvs.SURE:
            self.low = max(self.low, _score(pvs.WIN - value))
        elif value <= -pvs.SURE:
            self.high = min(self.high, -_score(pvs.WIN + value))


class Root:
    """The legal moves of an unfinished position.

    q: `[7]`, of its moves by the leaf. book: what it tells is known from the beginning.
    """

    def __init__(self, position: Position, q: list[float], book: Book | None = None) -> None:
        self.position = position
        self.moves = [Move(position, column, q[column]) for column in position.columns()]
        self._outcome: int | None = None  # by the book, though by which move may be open
        if book is not None and position.ply <= PLIES:
            self._look_up(book)

    def _look_up(self, book: Book) -> None:
        self._outcome = book.outcome(*self.position)
        for move in self.moves:
            if move.outcome is None:
                known = -book.outcome(*move.after) if move.after.ply <= PLIES else None
                move.learn_outcome(*((-1, self._outcome) if known is None else (known, known)))

    @property
    def proven(self) -> int | None:
        """The outcome of the position, 1, 0 or -1, where it is certain."""
        least, most = max(_sign(move.low) for move in self.moves), max(_sign(move.high) for move in self.moves)
        return least if least == most else None

    def candidates(self) -> list[Move]:
        """Moves whose outcome is open and could be better than what is certain, the most promising first."""
        certain = max(_sign(move.low) for move in self.moves)
        open_moves = [move for move in self.moves if move.outcome is None and _sign(move.high) > certain]
        return sorted(open_moves, key=lambda move: (-move.depth, -move.value))

    def outcome_question(self) -> tuple[Move, int] | None:
        """A move, and 1 to ask whether it wins or 0 to ask whether it does not lose; None if nothing matters."""
        self._conclude()
        candidates = self.candidates()
        if not candidates:
            return None
        move = max(candidates, key=lambda each: each.value)
        certain = max(_sign(each.low) for each in self.moves)
        wins = move.high > 0 and (move.value > _HOPELESS or certain == 0 or move.low >= 0)
        return move, 1 if wins else 0

    def _conclude(self) -> None:
        """Where one move alone may have the outcome that the book knows, it has."""
        if self._outcome is not None:
            able = [move for move in self.moves if _sign(move.high) >= self._outcome]
            if len(able) == 1:
                able[0].learn_outcome(self._outcome, 1)

    def distance_question(self) -> tuple[Move, int] | None:
        """The same for the fastest win or the longest resistance: a move, and a score that it may reach.

        Short games are asked about first, as they take the least search.
        """
        most = max(move.high for move in self.moves)
        least = max(move.low for move in self.moves)
        if least >= 1:
            best = [move for move in self.moves if move.high == most > least]
            return (max(best, key=lambda each: each.value), most) if best else None
        open_moves = [move for move in self.moves if move.high > least]
        if not open_moves or (len(open_moves) == 1 and open_moves[0].low == least):
            return None
        weakest = min(open_moves, key=lambda each: (each.low, each.value))
        return weakest, weakest.low + 1

    def best(self) -> Move:
        """The move to play: the fastest win known, else the best of the deepest values, else the longest resistance."""
        certain = max(_sign(move.low) for move in self.moves)
        if certain == 1:
            return max(self.moves, key=lambda move: (move.low, move.value))
        able = [move for move in self.moves if move.high >= 0]
        if not able:
            return max(self.moves, key=lambda move: (move.high, move.low, move.value))
        if certain == 0:
            able = [move for move in able if move.low >= 0 or move.value > 0]
        deepest = max((move.depth for move in able if move.outcome is None), default=0)
        able = [move for move in able if move.outcome is not None or move.depth == deepest]
        return max(able, key=lambda move: move.value)

    def q(self) -> torch.Tensor:
        """As `Found.q`. Of several wins the best is 1, the others an estimate as high as can be."""
        best = self.best()
        q, proven = torch.full((WIDTH,), -torch.inf), torch.zeros(WIDTH, dtype=torch.bool)
        for move in self.moves:
            exact = move.outcome is not None and (move.outcome < 1 or move is best)
            estimate = HIGHEST if move.low > 0 else min(max(math.tanh(move.value / pvs.UNIT), -HIGHEST), HIGHEST)
            q[move.column] = float(move.outcome) if exact and move.outcome is not None else estimate
            proven[move.column] = exact
        return ranked(q[None], torch.tensor([best.column]), proven[None])[0]


def _score(ply: int) -> int:
    """Of a win by the stone that makes it so many."""
    return (CELLS + 2 - ply) // 2


def _sign(score: int) -> int:
    return (score > 0) - (score < 0)


def roots_of(state: Any, q: torch.Tensor, book: Book | None = None) -> list[Root]:
    """Of each of B unfinished positions of `game.connect4`, with the leaf's Q `[B, 7]` of their moves."""
    rows = zip(state.own.tolist(), state.opp.tolist(), state.ply.tolist(), q.tolist(), strict=True)
    return [Root(Position(_packed(own), _packed(own | opp), ply), values, book) for own, opp, ply, values in rows]


def _packed(board: int) -> int:
    """Seven bits a column, from eight."""
    return sum((board >> 8 * column & 0xFF) << COLUMN * column for column in range(WIDTH))
