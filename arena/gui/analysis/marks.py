"""What the analysis lays over the board: numbers and heat for every legal move. No pygame here."""

from __future__ import annotations

from arena.gui.analysis import words
from arena.gui.boards.overlay import Arrow, Mark, Overlay
from arena.view.analysis.insight import Insight
from arena.view.board import Cell
from arena.view.position import Position

_WORST = 0.6  # of value lost: from there on a move is as bad as can be shown
_FEW = 40  # moves up to which each has its number
_MOST = 16  # numbers where there are more; of the others those are seen that are nearly as good
_SEEN = 0.5
_ARROWS = 8  # of moves from one cell to another


def overlay_of(one: Insight, position: Position, truth: bool) -> Overlay:
    """Marks for moves that one click makes, arrows for others, the best last.

    truth: outcomes instead of numbers, where they are known.
    """
    marks: dict[Cell, Mark] = {}
    arrows: list[Arrow] = []
    ranked = sorted(one.q, key=lambda action: (one.value_of(action), one.q[action], action == one.best))
    numbered = set(ranked[-(len(ranked) if len(ranked) <= _FEW else _MOST) :])
    for action in ranked:
        squares = position.moves.get(action, ())
        heat = heat_of(one, action)
        text = _text(one, action, truth) if action in numbered else ""
        if len(squares) == 1:
            row, column = squares[0]
            cell = position.landing(action) if row is None or column is None else (row, column)
            if cell is not None and (text or heat >= _SEEN):
                marks[cell] = Mark(text, heat, action == one.best)
        elif len(squares) > 1:
            ends = [cell for row, column in (squares[0], squares[-1]) if (cell := _whole(row, column)) is not None]
            if len(ends) == 2:
                arrows.append(Arrow(ends[0], ends[1], heat, text))
    return Overlay(marks, tuple(arrows[-_ARROWS:]))


def heat_of(one: Insight, action: int) -> float:
    """1 for the best move, falling to 0 with the value that a move gives away."""
    lost = one.value_of(one.best) - one.value_of(action)
    if one.truth and lost == 0:  # as good in truth: half of the scale tells how the search likes it
        return 1 - min(max(one.q[one.best] - one.q[action], 0.0) / (2 * _WORST), 0.5)
    return min(max(1 - lost / _WORST, 0.0), 0.5 if one.truth else 1.0)


def _text(one: Insight, action: int, truth: bool) -> str:
    if truth and one.truth:
        return words.OUTCOMES[one.truth[action]]
    return words.signed(one.q[action])


def _whole(row: int | None, column: int | None) -> Cell | None:
    return None if row is None or column is None else (row, column)
