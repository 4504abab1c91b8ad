"""The cells of the board in pixels: squares, or hexagons in slanted rows. Pure functions, no pygame here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

Point = tuple[float, float]

_TALL = math.sqrt(3) / 2  # distance of two rows of regular hexagons, as a share of a hexagon's width


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

    def overlaps(self, other: Rect) -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def inset(self, margin: int) -> Rect:
        """`margin` pixels less on every side, never less than nothing."""
        margin = min(margin, self.width // 2, self.height // 2)
        return Rect(self.x + margin, self.y + margin, self.width - 2 * margin, self.height - 2 * margin)


@dataclass(frozen=True, slots=True)
class Squares:
    """Rows and columns of squares of `cell` pixels; x and y are the left and the top of all."""

    x: int
    y: int
    rows: int
    columns: int
    cell: int

    @property
    def bounds(self) -> Rect:
        return Rect(self.x, self.y, self.columns * self.cell, self.rows * self.cell)

    @property
    def pitch(self) -> int:
        """From one row to the next."""
        return self.cell

    def cell_rect(self, row: int, column: int) -> Rect:
        return Rect(self.x + column * self.cell, self.y + row * self.cell, self.cell, self.cell)

    def cell_at(self, point: tuple[int, int]) -> tuple[int, int] | None:
        """The (row, column) under a pixel, None outside the board."""
        if not self.bounds.contains(point):
            return None
        return (point[1] - self.y) // self.cell, (point[0] - self.x) // self.cell


@dataclass(frozen=True, slots=True)
class Hexagons:
    """Hexagons on their points, `cell` pixels wide, each row half a cell further to the right than the one above.

    x and y are the left and the top of all. Rows are a whole number of pixels apart, so that all cells look the same:
    the hexagons may be half a pixel off from regular.
    """

    x: int
    y: int
    rows: int
    columns: int
    cell: int

    @property
    def bounds(self) -> Rect:
        width = self.columns * self.cell + -(-(self.rows - 1) * self.cell // 2)
        return Rect(self.x, self.y, width, (self.rows - 1) * self.pitch + self._height)

    @property
    def pitch(self) -> int:
        """From one row to the next."""
        return max(round(self.cell * _TALL), 1)

    @property
    def radius(self) -> float:
        """From the middle of a cell to its upper and lower point."""
        return self.pitch * 2 / 3

    @property
    def _height(self) -> int:
        return math.ceil(2 * self.radius)

    def cell_rect(self, row: int, column: int) -> Rect:
        """The rectangle around a cell; those of neighbouring rows overlap."""
        x = self.x + column * self.cell + row * self.cell // 2
        return Rect(x, self.y + row * self.pitch, self.cell, self._height)

    def cell_at(self, point: tuple[int, int]) -> tuple[int, int] | None:
        """The (row, column) of the hexagon under a pixel, None outside the board."""
        x, y = point[0] + 0.5, point[1] + 0.5
        near = round((y - self.middle(0, 0)[1]) / self.pitch)
        found: tuple[float, tuple[int, int]] | None = None
        for row in range(max(near - 1, 0), min(near + 2, self.rows)):
            column = math.floor((x - self.x - row * self.cell / 2) / self.cell)
            if 0 <= column < self.columns:
                apart = self._apart((x, y), (row, column))
                if apart <= 1 and (found is None or apart < found[0]):
                    found = apart, (row, column)
        return None if found is None else found[1]

    def middle(self, row: int, column: int) -> Point:
        return self.x + (column + row / 2 + 0.5) * self.cell, self.y + self._height / 2 + row * self.pitch

    def corners(self, row: int, column: int) -> list[Point]:
        """The six corners of a cell, clockwise from the one on top."""
        (x, y), half, radius = self.middle(row, column), self.cell / 2, self.radius
        low = radius / 2
        offsets = ((0, -radius), (half, -low), (half, low), (0, radius), (-half, low), (-half, -low))
        return [(x + right, y + down) for right, down in offsets]

    def outline(self) -> list[Point]:
        """Around all cells, clockwise."""
        top, right = self._top(), self._right()
        return [*top, *right, *self._opposite(top), *self._opposite(right)]

    def bands(self, thickness: float) -> tuple[list[Point], ...]:
        """Polygons along the top, right, lower and left side of the board, `thickness` wide.

        They meet at the points of the sharp corners, and half way along the edge that both sides share at the others.
        """
        thick = thickness / _TALL  # as far as the corners of a line of this thickness reach
        sharp_left, up, flat, right = (-_TALL, -0.5), (0.0, -1.0), (0.5, -_TALL), (_TALL, -0.5)
        sharp_right = (_TALL, 0.5)
        top, side = self._top(), self._right()
        ends = _moved(top[-1], flat, thickness)
        over = [_moved(top[0], sharp_left, thick), *(_moved(p, up, thick) for p in top[1:-1]), ends]
        beside = [ends, *(_moved(p, right, thick) for p in side[1:-1]), _moved(side[-1], sharp_right, thick)]
        first, second = [*top, *reversed(over)], [*side, *reversed(beside)]
        return first, second, self._opposite(first), self._opposite(second)

    def _top(self) -> list[Point]:
        line = [self.corners(0, 0)[5]]
        for column in range(self.columns):
            line += self.corners(0, column)[:2]
        (x, y), (last_x, last_y) = line[-2:]
        return [*line[:-1], ((x + last_x) / 2, (y + last_y) / 2)]

    def _right(self) -> list[Point]:
        """From where the top ends."""
        line = [self._top()[-1]]
        for row in range(self.rows):
            line += self.corners(row, self.columns - 1)[1:3]
        return line

    def _opposite(self, line: list[Point]) -> list[Point]:
        """The board looks the same from its other side."""
        (x, y), (last_x, last_y) = self.middle(0, 0), self.middle(self.rows - 1, self.columns - 1)
        return [(x + last_x - right, y + last_y - down) for right, down in line]

    def _apart(self, point: Point, cell: tuple[int, int]) -> float:
        """How far a point is from the middle of a cell: 1 on the whole border of the hexagon."""
        x, y = self.middle(*cell)
        right, down = abs(point[0] - x) / self.cell, abs(point[1] - y) / self.radius
        return max(2 * right, down + right)


Grid = Squares | Hexagons


def fit(area: Rect, rows: int, columns: int, hexagonal: bool = False) -> Grid:
    """The largest cells that fit, in the middle of `area`; cells of one pixel where there is no room."""
    kind = Hexagons if hexagonal else Squares
    cell = max(min(area.width // columns, area.height * 4 // (3 * rows)), 1)
    grid = kind(0, 0, rows, columns, cell)
    while grid.cell > 1 and (grid.bounds.width > area.width or grid.bounds.height > area.height):
        grid = kind(0, 0, rows, columns, grid.cell - 1)
    x = area.x + max(area.width - grid.bounds.width, 0) // 2
    y = area.y + max(area.height - grid.bounds.height, 0) // 2
    return kind(x, y, rows, columns, grid.cell)


def _moved(point: Point, direction: Point, distance: float) -> Point:
    return point[0] + direction[0] * distance, point[1] + direction[1] * distance
