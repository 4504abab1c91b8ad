"""Where everything is on the play screen: pure functions from the window's size to rectangles. No pygame here."""

from __future__ import annotations

import functools
from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from arena.gui.boards import layout as boards
from arena.gui.boards.layout import BoardLayout
from arena.gui.widgets.base import across, text_height
from arena.view.board import Board, Cell
from arena.view.grid import Grid, Rect

_SIDE_PANEL_FROM_WIDTH = 480
_MOVES_LINE_FROM_HEIGHT = 340
_RATHER_BESIDE = 0.9  # a board so much smaller is still better with its game beside it
_COLUMNS = 3  # of buttons beside the board
_STATUS_AND_STEPS = 33  # letters' heights of width from which the status and the steps stand in one line


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of the window, in pixels.

    text:    height of the letters.
    place:   the board.
    seats:   the first and the second player's name plates.
    moves:   the list of moves, None where there is no room for one or the panel has it.
    buttons: one rectangle a button, in reading order.
    steps:   the four small buttons that go through the game, none where there is no room for them.
    panel:   what stands beside all that, if it is open.
    """

    text: int
    place: BoardLayout
    seats: tuple[Rect, Rect]
    status: Rect
    moves: Rect | None
    buttons: tuple[Rect, ...]
    steps: tuple[Rect, ...] = ()
    panel: Rect | None = None

    @property
    def grid(self) -> Grid:
        return self.place.grid

    @property
    def frame(self) -> int:
        return self.place.frame

    @property
    def board(self) -> Rect:
        """Around all cells."""
        return self.place.board

    @property
    def cell(self) -> int:
        """Width of a cell."""
        return self.place.cell

    def cell_rect(self, row: int, column: int) -> Rect:
        return self.place.cell_rect(row, column)

    def cell_at(self, point: tuple[int, int]) -> Cell | None:
        """The (row, column) under a pixel, None outside the board."""
        return self.place.cell_at(point)


class _Shape(NamedTuple):
    """What of a board decides where it goes."""

    rows: int
    columns: int
    hexagonal: bool
    falls: bool


def arrange(
    size: tuple[int, int], board: Board, buttons: int, flipped: bool = False, panel: int = 0, listed: bool = True
) -> Layout:
    """The layout of a window of `size` (width, height), its last `panel` pixels of the width left to the panel.

    listed: a list of the moves stands beside or below the board; not where the panel shows them.
    """
    return _arrange(size, _Key(board), buttons, flipped, panel, listed)


class _Key(Hashable):
    """A Board as a key: its dictionaries cannot be hashed, and what they hold decides nothing here."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._shape = _Shape(board.rows, board.columns, board.hexagonal, board.falls)

    def __hash__(self) -> int:
        return hash(self._shape)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._shape == other._shape


@functools.lru_cache(maxsize=16)
def _arrange(size: tuple[int, int], key: _Key, buttons: int, flipped: bool, panel: int, listed: bool) -> Layout:
    """All below each other, or the board beside its panel of moves, whichever leaves more room for the cells."""
    width, height, board = max(size[0] - panel, 1), max(size[1], 1), key.board
    beside = Rect(width, 0, panel, height) if panel else None
    found = _stacked(width, height, board, buttons, flipped, beside, listed)
    if width >= _SIDE_PANEL_FROM_WIDTH:
        other = _beside(width, height, board, buttons, flipped, beside, listed)
        found = other if other.cell >= found.cell * _RATHER_BESIDE else found
    return found


def _stacked(
    width: int, height: int, board: Board, buttons: int, flipped: bool, panel: Rect | None, listed: bool
) -> Layout:
    """From top to bottom: name plates, board, status, moves, buttons; these in two rows where one would be tight."""
    text = text_height(min(width, height))
    gap = text // 2
    inner = width - 2 * gap
    plate = 2 * text
    name_plate = _two_lines(text) if height > width else plate
    seats = across(Rect(gap, gap, inner, name_plate), 2, gap)
    rows = 2 if inner // max(buttons, 1) < 4 * text and height > width else 1
    each = -(-buttons // rows)
    row_gap = gap // 2
    top_row = height - gap - rows * plate - (rows - 1) * row_gap
    placed: tuple[Rect, ...] = ()
    for row in range(rows):
        line = Rect(gap, top_row + row * (plate + row_gap), inner, plate)
        placed += across(line, min(each, buttons - row * each), row_gap)
    below = top_row
    moves: Rect | None = None
    steps: tuple[Rect, ...] = ()
    line = Rect(gap, below - gap - text * 3 // 2, inner, text * 3 // 2)
    right = Rect(line.right - 8 * text, line.y, 8 * text, line.height)
    left = Rect(line.x, line.y, inner - 9 * text, line.height)
    if height >= _MOVES_LINE_FROM_HEIGHT:
        if listed:
            moves, steps = (left, across(right, 4, row_gap)) if inner >= 24 * text else (line, ())
            below = line.y
        elif inner < _STATUS_AND_STEPS * text:
            steps = across(line, 4, row_gap)
            below = line.y
        else:
            steps = across(right, 4, row_gap)
    status = left if steps and below == top_row else line._replace(y=below - gap // 2 - line.height)
    top = gap + name_plate + gap
    area = Rect(gap, top, inner, status.y - gap // 2 - top)
    place = boards.place(area, board, text, flipped)
    return Layout(text, place, (seats[0], seats[1]), status, moves, placed, steps, panel)


def _beside(
    width: int, height: int, board: Board, buttons: int, flipped: bool, panel: Rect | None, listed: bool
) -> Layout:
    """The board on the left; name plates, status, moves and buttons on its right.

    Buttons stand in rows, of which the first may have fewer.
    """
    text = text_height(min(width * 3 // 4, height))
    gap = text // 2
    plate, name_plate = 2 * text, _two_lines(text)
    side = min(max(width * 3 // 10, 180), 16 * text)
    x = width - gap - side
    first = Rect(x, gap, side, name_plate)
    second = Rect(x, first.bottom + gap // 2, side, name_plate)
    status = Rect(x, second.bottom + gap, side, 3 * text)
    row_gap, columns = gap // 2, _COLUMNS if side >= 10 * text else 2
    rows = -(-buttons // columns)
    first_row = buttons - columns * (rows - 1)  # the last rows are full
    lines = [Rect(x, height - gap - plate - (plate + row_gap) * line, side, plate) for line in reversed(range(rows))]
    counts = [first_row, *[columns] * (rows - 1)] if rows else []
    placed = tuple(rect for line, count in zip(lines, counts, strict=True) for rect in across(line, count, row_gap))
    list_top, low = status.bottom + gap, (lines[0].y if lines else height) - gap
    moves: Rect | None = None
    steps: tuple[Rect, ...] = ()
    if low - plate - (gap + 2 * text if listed else 0) >= list_top:
        steps = across(Rect(x, low - plate, side, plate), 4, row_gap)
        low = steps[0].y - gap
    if listed and low - list_top >= text * 3 // 2:
        moves = Rect(x, list_top, side, low - list_top)
    area = Rect(gap, gap, x - 2 * gap, height - 2 * gap)
    place = boards.place(area, board, text, flipped)
    return Layout(text, place, (first, second), status, moves, placed, steps, panel)


def _two_lines(text: int) -> int:
    """Height of a name plate in which a role stands below the name."""
    return text * 5 // 2
