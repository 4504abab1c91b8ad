"""Where everything is: pure functions from the window's size to rectangles, in pixels. No pygame here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

_SIDE_PANEL_FROM_WIDTH = 480
_SIDE_PANEL_FROM_ASPECT = 1.25
_MOVES_LINE_FROM_HEIGHT = 340


class Rect(NamedTuple):
    """A rectangle of pixels, left and top inside, right and bottom outside."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def center(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2

    def contains(self, point: tuple[int, int]) -> bool:
        return self.x <= point[0] < self.right and self.y <= point[1] < self.bottom

    def inset(self, margin: int) -> Rect:
        """`margin` pixels less on every side, never less than nothing."""
        margin = min(margin, self.width // 2, self.height // 2)
        return Rect(self.x + margin, self.y + margin, self.width - 2 * margin, self.height - 2 * margin)


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of the window.

    text:    height of the letters.
    cell:    side of one square of the board.
    frame:   pixels kept free around the board; left of and below that, `text` pixels are kept for coordinates.
    seats:   the first and the second player's name plates.
    moves:   the list of moves, None where there is no room for one.
    buttons: one rectangle a button, in reading order.
    """

    text: int
    rows: int
    columns: int
    cell: int
    frame: int
    board: Rect
    seats: tuple[Rect, Rect]
    status: Rect
    moves: Rect | None
    buttons: tuple[Rect, ...]

    def cell_rect(self, row: int, column: int) -> Rect:
        return Rect(self.board.x + column * self.cell, self.board.y + row * self.cell, self.cell, self.cell)

    def cell_at(self, point: tuple[int, int]) -> tuple[int, int] | None:
        """The (row, column) under a pixel, None outside the board."""
        if not self.board.contains(point):
            return None
        return (point[1] - self.board.y) // self.cell, (point[0] - self.board.x) // self.cell


def arrange(size: tuple[int, int], rows: int, columns: int, buttons: int) -> Layout:
    """The layout of a window of `size` (width, height); wide windows get a panel at the right of the board."""
    width, height = max(size[0], 1), max(size[1], 1)
    if width >= _SIDE_PANEL_FROM_WIDTH and width >= _SIDE_PANEL_FROM_ASPECT * height:
        return _beside(width, height, rows, columns, buttons)
    return _stacked(width, height, rows, columns, buttons)


def _stacked(width: int, height: int, rows: int, columns: int, buttons: int) -> Layout:
    """From top to bottom: name plates, board, status, moves, buttons."""
    text = _text_height(min(width, height))
    gap = text // 2
    inner = width - 2 * gap
    plate = 2 * text
    seats = _across(Rect(gap, gap, inner, plate), 2, gap)
    button_row = Rect(gap, height - gap - plate, inner, plate)
    below = button_row.y
    moves = None
    if height >= _MOVES_LINE_FROM_HEIGHT:
        moves = Rect(gap, below - gap - text, inner, text)
        below = moves.y
    status = Rect(gap, below - gap // 2 - text * 3 // 2, inner, text * 3 // 2)
    top = gap + plate + gap
    area = Rect(gap, top, inner, status.y - gap // 2 - top)
    cell, board = _fit_board(area, rows, columns, text)
    across = _across(button_row, buttons, gap)
    return Layout(text, rows, columns, cell, _frame(text), board, (seats[0], seats[1]), status, moves, across)


def _beside(width: int, height: int, rows: int, columns: int, buttons: int) -> Layout:
    """The board on the left; name plates, status, moves and buttons in a panel on the right."""
    text = _text_height(min(width * 3 // 4, height))
    gap = text // 2
    plate = 2 * text
    panel_width = min(max(width * 3 // 10, 180), 16 * text)
    x = width - gap - panel_width
    first = Rect(x, gap, panel_width, plate)
    second = Rect(x, first.bottom + gap // 2, panel_width, plate)
    status = Rect(x, second.bottom + gap, panel_width, 3 * text)
    in_pairs = [
        Rect(x, height - gap - plate - (plate + gap) * line, panel_width, plate)
        for line in reversed(range((buttons + 1) // 2))
    ]
    placed = tuple(rect for line in in_pairs for rect in _across(line, 2, gap))[:buttons]
    list_top = status.bottom + gap
    list_height = (in_pairs[0].y if in_pairs else height) - gap - list_top
    moves = Rect(x, list_top, panel_width, list_height) if list_height >= text else None
    area = Rect(gap, gap, x - 2 * gap, height - 2 * gap)
    cell, board = _fit_board(area, rows, columns, text)
    return Layout(text, rows, columns, cell, _frame(text), board, (first, second), status, moves, placed)


def _text_height(side: int) -> int:
    return min(max(side // 26, 11), 26)


def _frame(text: int) -> int:
    return text * 2 // 5


def _across(rect: Rect, parts: int, gap: int) -> tuple[Rect, ...]:
    """`rect` cut into `parts` of equal width, `gap` apart."""
    width = max((rect.width - gap * (parts - 1)) // max(parts, 1), 1)
    return tuple(Rect(rect.x + i * (width + gap), rect.y, width, rect.height) for i in range(parts))


def _fit_board(area: Rect, rows: int, columns: int, text: int) -> tuple[int, Rect]:
    """The side of the largest square cell, and the board, centred in `area` with its frame and coordinates."""
    frame = _frame(text)
    spare = 2 * frame + text
    cell = max(min((area.width - spare) // columns, (area.height - spare) // rows), 1)
    width, height = cell * columns, cell * rows
    x = area.x + frame + text + max(area.width - spare - width, 0) // 2
    y = area.y + frame + max(area.height - spare - height, 0) // 2
    return cell, Rect(x, y, width, height)
