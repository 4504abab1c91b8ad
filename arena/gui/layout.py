"""Where everything is: pure functions from the window's size to rectangles, in pixels. No pygame here."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from arena.view.grid import Grid, Rect, fit

_SIDE_PANEL_FROM_WIDTH = 480
_MOVES_LINE_FROM_HEIGHT = 340


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of the window.

    text:    height of the letters.
    frame:   pixels kept free around the board; left of and below that, `text` pixels are kept for coordinates.
    grid:    the cells of the board.
    seats:   the first and the second player's name plates.
    moves:   the list of moves, None where there is no room for one.
    buttons: one rectangle a button, in reading order.
    """

    text: int
    frame: int
    grid: Grid
    seats: tuple[Rect, Rect]
    status: Rect
    moves: Rect | None
    buttons: tuple[Rect, ...]

    @property
    def board(self) -> Rect:
        """Around all cells."""
        return self.grid.bounds

    @property
    def cell(self) -> int:
        """Width of a cell."""
        return self.grid.cell

    def cell_rect(self, row: int, column: int) -> Rect:
        return self.grid.cell_rect(row, column)

    def cell_at(self, point: tuple[int, int]) -> tuple[int, int] | None:
        """The (row, column) under a pixel, None outside the board."""
        return self.grid.cell_at(point)


@dataclass(frozen=True, slots=True)
class _Board:
    rows: int
    columns: int
    hexagonal: bool


@functools.lru_cache(maxsize=16)
def arrange(size: tuple[int, int], rows: int, columns: int, buttons: int, hexagonal: bool = False) -> Layout:
    """The layout of a window of `size` (width, height): all below each other, or the board beside a panel.

    Whichever leaves more room for the cells.
    """
    width, height = max(size[0], 1), max(size[1], 1)
    board = _Board(rows, columns, hexagonal)
    stacked = _stacked(width, height, board, buttons)
    if width < _SIDE_PANEL_FROM_WIDTH:
        return stacked
    beside = _beside(width, height, board, buttons)
    return beside if beside.cell >= stacked.cell else stacked


def _stacked(width: int, height: int, board: _Board, buttons: int) -> Layout:
    """From top to bottom: name plates, board, status, moves, buttons."""
    text = _text_height(min(width, height))
    gap = text // 2
    inner = width - 2 * gap
    plate = 2 * text
    name_plate = _two_lines(text) if height > width else plate
    seats = _across(Rect(gap, gap, inner, name_plate), 2, gap)
    button_row = Rect(gap, height - gap - plate, inner, plate)
    below = button_row.y
    moves = None
    if height >= _MOVES_LINE_FROM_HEIGHT:
        moves = Rect(gap, below - gap - text, inner, text)
        below = moves.y
    status = Rect(gap, below - gap // 2 - text * 3 // 2, inner, text * 3 // 2)
    top = gap + name_plate + gap
    area = Rect(gap, top, inner, status.y - gap // 2 - top)
    across = _across(button_row, buttons, gap)
    return Layout(text, _frame(text, board), _grid(area, board, text), (seats[0], seats[1]), status, moves, across)


def _beside(width: int, height: int, board: _Board, buttons: int) -> Layout:
    """The board on the left; name plates, status, moves and buttons in a panel on the right.

    Buttons stand in pairs; an odd one comes first and has a line of its own.
    """
    text = _text_height(min(width * 3 // 4, height))
    gap = text // 2
    plate, name_plate = 2 * text, _two_lines(text)
    panel_width = min(max(width * 3 // 10, 180), 16 * text)
    x = width - gap - panel_width
    first = Rect(x, gap, panel_width, name_plate)
    second = Rect(x, first.bottom + gap // 2, panel_width, name_plate)
    status = Rect(x, second.bottom + gap, panel_width, 3 * text)
    lines = [
        Rect(x, height - gap - plate - (plate + gap) * line, panel_width, plate)
        for line in reversed(range((buttons + 1) // 2))
    ]
    counts = [1] * (buttons % 2) + [2] * (buttons // 2)
    placed = tuple(rect for line, count in zip(lines, counts, strict=True) for rect in _across(line, count, gap))
    list_top = status.bottom + gap
    list_height = (lines[0].y if lines else height) - gap - list_top
    moves = Rect(x, list_top, panel_width, list_height) if list_height >= text else None
    area = Rect(gap, gap, x - 2 * gap, height - 2 * gap)
    return Layout(text, _frame(text, board), _grid(area, board, text), (first, second), status, moves, placed)


def _text_height(side: int) -> int:
    return min(max(side // 26, 11), 26)


def _two_lines(text: int) -> int:
    """Height of a name plate in which a role stands below the name."""
    return text * 5 // 2


def _frame(text: int, board: _Board) -> int:
    """Wider around hexagons, for there lie the edges that players join."""
    return text * 3 // 5 if board.hexagonal else text * 2 // 5


def _across(rect: Rect, parts: int, gap: int) -> tuple[Rect, ...]:
    """`rect` cut into `parts` of equal width, `gap` apart."""
    width = max((rect.width - gap * (parts - 1)) // max(parts, 1), 1)
    return tuple(Rect(rect.x + i * (width + gap), rect.y, width, rect.height) for i in range(parts))


def _grid(area: Rect, board: _Board, text: int) -> Grid:
    """The cells, in the middle of `area` with their frame and coordinates."""
    frame = _frame(text, board)
    spare = 2 * frame + text
    inner = Rect(area.x + frame + text, area.y + frame, area.width - spare, area.height - spare)
    return fit(inner, board.rows, board.columns, board.hexagonal)
