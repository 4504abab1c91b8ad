"""Where the cells of a board are: a pure function of the room there is, in pixels. No pygame here."""

from __future__ import annotations

from dataclasses import dataclass

from arena.view.board import Board, Cell
from arena.view.grid import Grid, Hexagons, Point, Rect, fit


@dataclass(frozen=True, slots=True)
class BoardLayout:
    """The place of a board.

    text:    height of the letters.
    frame:   pixels kept free around the cells; left of and below that, `text` pixels are kept for coordinates.
    grid:    the cells as they lie in the window. Ask it by the methods here, which know that the board may be turned.
    flipped: the board is seen from its other side: turned half round, so that what was on top is at the bottom.
    upright: it stands up, so that from its other side only left and right change places.
    """

    text: int
    frame: int
    grid: Grid
    flipped: bool = False
    upright: bool = False

    @property
    def board(self) -> Rect:
        """Around all cells."""
        return self.grid.bounds

    @property
    def cell(self) -> int:
        """Width of a cell."""
        return self.grid.cell

    def cell_rect(self, row: int, column: int) -> Rect:
        return self.grid.cell_rect(*self._turned((row, column)))

    def cell_at(self, point: tuple[int, int]) -> Cell | None:
        """The (row, column) under a pixel, None outside the board."""
        found = self.grid.cell_at(point)
        return None if found is None else self._turned(found)

    def corners(self, row: int, column: int) -> list[Point]:
        """The corners of a hexagon. Raises TypeError on a board of squares."""
        if not isinstance(self.grid, Hexagons):
            raise TypeError("squares have no corners of their own: ask for cell_rect")
        return self.grid.corners(*self._turned((row, column)))

    def step(self, down: int, right: int) -> tuple[int, int]:
        """How many (rows, columns) of the board a step on the screen is."""
        if not self.flipped:
            return down, right
        return (down, -right) if self.upright else (-down, -right)

    def edge_cells(self) -> tuple[int, int]:
        """The row at the lower and the column at the left end of the screen."""
        return self._turned((self.grid.rows - 1, 0))

    def _turned(self, cell: Cell) -> Cell:
        """From the board to the screen, and back."""
        if not self.flipped:
            return cell
        row = cell[0] if self.upright else self.grid.rows - 1 - cell[0]
        return row, self.grid.columns - 1 - cell[1]


def place(area: Rect, board: Board, text: int, flipped: bool = False) -> BoardLayout:
    """The board in the middle of `area`, its cells as large as fit beside their frame and coordinates."""
    frame = frame_of(text, board.hexagonal)
    spare = 2 * frame + text
    inner = Rect(area.x + frame + text, area.y + frame, area.width - spare, area.height - spare)
    grid = fit(inner, board.rows, board.columns, board.hexagonal)
    return BoardLayout(text, frame, grid, flipped, upright=board.falls)


def frame_of(text: int, hexagonal: bool) -> int:
    """Wider around hexagons, for there lie the edges that players join."""
    return text * 3 // 5 if hexagonal else text * 2 // 5
