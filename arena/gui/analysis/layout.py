"""Where the parts of the analysis are: pure functions from its rectangle. No pygame here."""

from __future__ import annotations

import functools
from typing import NamedTuple

from arena.gui.widgets.base import across, text_height
from arena.view.grid import Rect

_LEAST_WIDTH, _SHARE = 250, 0.32  # of the window
_NARROWEST_WINDOW = 560
_LINES = 6  # about a position
_BUTTONS = 3
_TALLIES = 2


class Layout(NamedTuple):
    """text: height of the letters. about: what there is to say of the position, and the best line.

    graph and moves are None where there is no room for them.
    moves: the rows of the list of moves lie in there, `row` pixels each.
    """

    text: int
    head: Rect
    bar: Rect
    about: Rect
    graph: Rect | None
    last: Rect
    tallies: tuple[Rect, ...]
    moves: Rect | None
    row: int
    buttons: tuple[Rect, ...]

    @property
    def rows(self) -> int:
        """How many rows of moves there is room for."""
        return 0 if self.moves is None else self.moves.height // self.row


def wanted_width(width: int, height: int) -> int:
    """Of a window of this size; 0 where there is no room."""
    if width < _NARROWEST_WINDOW or height < 300:
        return 0
    return max(round(width * _SHARE), _LEAST_WIDTH)


@functools.lru_cache(maxsize=8)
def arrange(rect: Rect) -> Layout:
    """From top to bottom; the list of moves has what is left."""
    text = text_height(min(rect.height, rect.width * 7 // 4))
    gap = text // 2
    line = text * 4 // 3
    x, width = rect.x + gap, max(rect.width - 2 * gap, 1)
    y = rect.y + gap

    def take(height: int, space: int = gap) -> Rect:
        nonlocal y
        found = Rect(x, y, width, height)
        y = found.bottom + space
        return found

    head = take(line)
    bar = take(text * 5 // 3)
    about = take(_LINES * line)
    below = rect.bottom - gap - 2 * text
    buttons = across(Rect(x, below, width, 2 * text), _BUTTONS, gap)
    tally_rows = _TALLIES * line
    last_height = 2 * line
    free = below - gap - y
    graph_height = min(max(rect.height // 5, 4 * text), max(width * 2 // 3, 1))
    graph = take(graph_height) if free >= graph_height else None
    last = take(min(last_height, max(below - gap - y, 0)), gap // 2)
    tallies: tuple[Rect, ...] = ()
    if below - gap - y >= tally_rows + 4 * line:
        tallies = tuple(take(line, 0) for _ in range(_TALLIES))
        y += gap // 2
    left = below - gap - y
    moves = Rect(x, y, width, left) if left >= 2 * line else None
    return Layout(text, head, bar, about, graph, last, tallies, moves, line, buttons)
