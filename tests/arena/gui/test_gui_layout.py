"""The geometry of the window: pure functions of its size."""

from __future__ import annotations

import itertools
import math

import pytest

from arena.gui.play.layout import Layout, arrange
from arena.view.board import Board
from arena.view.grid import Grid, Hexagons, Point, Rect, Squares, fit

Size = tuple[int, int]


def board(rows: int, columns: int, hexagonal: bool = False) -> Board:
    return Board(rows, columns, hexagonal, False, None, {}, {}, False, None)


SIZES = [
    *((240, 240), (241, 777), (320, 240), (333, 250), (480, 300), (500, 800), (640, 480), (799, 601), (840, 640)),
    *((900, 640), (1200, 300), (1920, 1080), (3840, 2160)),
]
BOARDS = [(3, 3), (6, 7), (8, 8), (15, 15), (11, 5), (19, 19)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("rows", "columns"), BOARDS)
def test_cell_to_pixels_and_back(size: Size, rows: int, columns: int) -> None:
    layout = arrange(size, board(rows, columns), 6)
    for row, column in itertools.product(range(rows), range(columns)):
        rect = layout.cell_rect(row, column)
        corners = (rect.x, rect.y), (rect.right - 1, rect.bottom - 1)
        assert {layout.cell_at(point) for point in (*corners, rect.center)} == {(row, column)}
    area = sum(layout.cell_rect(row, column).width ** 2 for row in range(rows) for column in range(columns))
    assert area == layout.board.width * layout.board.height
    assert layout.cell_at((layout.board.right, layout.board.y)) is None
    assert layout.cell_at((layout.board.x - 1, layout.board.y)) is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("rows", "columns"), BOARDS)
@pytest.mark.parametrize("hexagonal", [False, True])
@pytest.mark.parametrize("buttons", [6, 7])
def test_nothing_overlaps_and_all_is_inside(size: Size, rows: int, columns: int, hexagonal: bool, buttons: int) -> None:
    layout = arrange(size, board(rows, columns, hexagonal), buttons)
    assert_apart_and_inside(layout, size)
    assert len(layout.buttons) == buttons


@pytest.mark.parametrize("size", [(320, 240), (500, 800), (900, 640), (1920, 1080)])
@pytest.mark.parametrize("board_size", range(3, 20))
def test_hexagons_of_every_size_fit_with_their_edges(size: Size, board_size: int) -> None:
    layout = arrange(size, board(board_size, board_size, True), 7)
    assert_apart_and_inside(layout, size)
    free = layout.board.inset(-layout.frame)
    grid = layout.grid
    assert isinstance(grid, Hexagons)
    for x, y in itertools.chain(grid.outline(), *grid.bands(layout.frame * 0.8)):
        assert free.x <= x <= free.right
        assert free.y <= y <= free.bottom


def assert_apart_and_inside(layout: Layout, size: Size) -> None:
    parts = [layout.board.inset(-layout.frame), *layout.seats, layout.status, *layout.buttons]
    if layout.moves is not None:
        parts.append(layout.moves)
    for number, a in enumerate(parts):
        assert min(a) >= 0
        assert a.right <= size[0]
        assert a.bottom <= size[1]
        for b in parts[:number]:
            apart = a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y
            assert apart, (a, b)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("board_size", [(6, 7), (8, 8)])
def test_without_a_list_of_moves_no_board_is_smaller_and_no_step_is_lost(size: Size, board_size: Size) -> None:
    shape = board(*board_size)
    for panel in (0, size[0] // 3):
        without = arrange(size, shape, 9, panel=panel, listed=False)
        listed = arrange(size, shape, 9, panel=panel)
        assert_apart_and_inside(without, size)
        assert without.moves is None
        assert without.cell >= listed.cell
        assert len(without.steps) >= len(listed.steps)
        parts = [without.board, without.status, *without.buttons, *without.seats]
        assert not any(step.overlaps(part) for step in without.steps for part in parts)


@pytest.mark.parametrize("size", SIZES)
def test_the_board_uses_the_room_there_is(size: Size) -> None:
    layout = arrange(size, board(6, 7), 6)
    assert layout.cell >= min(size) // 11


@pytest.mark.parametrize("hexagonal", [False, True])
@pytest.mark.parametrize(("width", "height"), [(300, 200), (301, 650), (999, 400), (1234, 987)])
@pytest.mark.parametrize(("rows", "columns"), [*BOARDS, *((n, n) for n in range(3, 20))])
def test_cells_are_as_large_as_fit(rows: int, columns: int, width: int, height: int, hexagonal: bool) -> None:
    area = Rect(17, 5, width, height)
    grid = fit(area, rows, columns, hexagonal)
    assert type(grid) is (Hexagons if hexagonal else Squares)
    bounds = grid.bounds
    assert area.x <= bounds.x
    assert bounds.right <= area.right
    assert area.y <= bounds.y
    assert bounds.bottom <= area.bottom
    larger = type(grid)(0, 0, rows, columns, grid.cell + 1).bounds
    assert larger.width > width or larger.height > height


def test_no_room_leaves_cells_of_a_pixel() -> None:
    for hexagonal in (False, True):
        assert fit(Rect(5, 5, -40, 3), 8, 8, hexagonal).cell == 1


# Hexagons

GRIDS = [Hexagons(10, 7, rows, columns, cell) for rows, columns in BOARDS for cell in (7, 22, 33, 58)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("board_size", [3, 7, 11, 19])
def test_hexagon_to_pixels_and_back(size: Size, board_size: int) -> None:
    layout = arrange(size, board(board_size, board_size, True), 6)
    cells = list(itertools.product(range(board_size), repeat=2))
    assert [layout.cell_at(layout.cell_rect(*cell).center) for cell in cells] == cells


@pytest.mark.parametrize("grid", GRIDS)
def test_points_inside_a_hexagon_hit_it_as_far_as_its_border(grid: Hexagons) -> None:
    for cell in every_cell(grid):
        x, y = grid.middle(*cell)
        around = (*grid.corners(*cell), *border_middles(grid, cell))
        share = 1 - 3 / grid.cell  # a pixel and a half from the border
        for right, down in around:
            assert grid.cell_at(pixel((x + (right - x) * share, y + (down - y) * share))) == cell


@pytest.mark.parametrize("grid", GRIDS)
def test_points_on_a_shared_border_hit_one_of_the_two(grid: Hexagons) -> None:
    steps = ((0, 1), (1, 0), (1, -1))
    for cell in every_cell(grid):
        for down, right in steps:
            other = cell[0] + down, cell[1] + right
            if other[0] < grid.rows and 0 <= other[1] < grid.columns:
                between = mean(grid.middle(*cell), grid.middle(*other))
                assert grid.cell_at(pixel(between)) in (cell, other)


@pytest.mark.parametrize("grid", [Hexagons(10, 7, 4, 3, 23), Hexagons(3, 4, 2, 4, 30), Hexagons(0, 0, 5, 5, 9)])
def test_every_pixel_belongs_to_the_nearest_middle_inside_and_to_none_outside(grid: Hexagons) -> None:
    bounds, outline = grid.bounds.inset(-5), grid.outline()
    inside = 0
    for y, x in itertools.product(range(bounds.y, bounds.bottom), range(bounds.x, bounds.right)):
        found, middle = grid.cell_at((x, y)), (x + 0.5, y + 0.5)
        inside += found is not None
        if from_line(middle, outline) > 0.01:
            assert (found is not None) == winds_around(middle, outline), (x, y)
        if found is not None:
            near = sorted((math.dist(middle, grid.middle(*cell)), cell) for cell in every_cell(grid))
            # Where two are about as near, hexagons that are not quite regular may fall to either.
            assert math.dist(middle, grid.middle(*found)) <= near[0][0] + 0.75, (x, y)
    assert inside == pytest.approx(enclosed(outline), rel=0.02)


@pytest.mark.parametrize("grid", GRIDS)
def test_hexagons_cover_the_outline_without_overlapping(grid: Hexagons) -> None:
    whole = sum(enclosed(grid.corners(*cell)) for cell in every_cell(grid))
    assert enclosed(grid.outline()) == pytest.approx(whole)
    assert whole == pytest.approx(grid.rows * grid.columns * grid.cell * grid.pitch)


@pytest.mark.parametrize("grid", GRIDS)
def test_hexagons_are_regular_to_half_a_pixel(grid: Hexagons) -> None:
    assert abs(grid.radius - grid.cell / math.sqrt(3)) <= 0.5
    rect, (x, y) = grid.cell_rect(grid.rows - 1, 0), grid.middle(grid.rows - 1, 0)
    assert abs(rect.x + rect.width / 2 - x) <= 0.5
    assert abs(rect.y + rect.height / 2 - y) <= 0.5
    assert grid.cell_rect(1, 0).x - grid.cell_rect(0, 0).x in (grid.cell // 2, -(-grid.cell // 2))


@pytest.mark.parametrize("grid", GRIDS)
def test_bands_lie_along_their_sides_outside_of_all_cells(grid: Hexagons) -> None:
    thickness = grid.cell / 6
    top, right, low, left = bands = grid.bands(thickness)
    side = grid.cell / math.sqrt(3)
    for band, length in ((top, grid.columns), (low, grid.columns), (right, grid.rows), (left, grid.rows)):
        assert enclosed(band) == pytest.approx((2 * length - 0.5) * side * thickness, rel=0.15)
    outline = grid.outline()
    for band in bands:
        inner, outer = band[: len(band) // 2], band[len(band) // 2 :]
        assert all(from_line(point, outline) < 0.01 for point in inner)
        assert all(0.9 * thickness < from_line(point, outline) < 1.3 * thickness for point in outer)
        assert not any(winds_around(point, outline) for point in outer)
    first, last = grid.middle(0, 0), grid.middle(grid.rows - 1, grid.columns - 1)
    assert min(y for _, y in top) < first[1] - grid.radius
    assert max(y for _, y in low) > last[1] + grid.radius
    assert min(x for x, _ in left) < first[0] - grid.cell / 2
    assert max(x for x, _ in right) > last[0] + grid.cell / 2


def every_cell(grid: Grid) -> list[tuple[int, int]]:
    return list(itertools.product(range(grid.rows), range(grid.columns)))


def border_middles(grid: Hexagons, cell: tuple[int, int]) -> list[Point]:
    corners = grid.corners(*cell)
    return [mean(a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]


def mean(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def pixel(point: Point) -> tuple[int, int]:
    return math.floor(point[0]), math.floor(point[1])


def enclosed(polygon: list[Point]) -> float:
    """The area (shoelace formula)."""
    pairs = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def winds_around(point: Point, polygon: list[Point]) -> bool:
    """Whether a ray to the right crosses the polygon an odd number of times."""
    inside = False
    for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (a[1] > point[1]) != (b[1] > point[1]):
            inside ^= point[0] < a[0] + (point[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    return inside


def from_line(point: Point, polygon: list[Point]) -> float:
    """The distance to the nearest side of the polygon."""

    def to_side(a: Point, b: Point) -> float:
        along = (b[0] - a[0], b[1] - a[1])
        length = along[0] ** 2 + along[1] ** 2
        share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / length if length else 0.0
        share = min(max(share, 0.0), 1.0)
        return math.dist(point, (a[0] + share * along[0], a[1] + share * along[1]))

    return min(to_side(a, b) for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True))


def test_inset_never_turns_inside_out() -> None:
    assert Rect(0, 0, 10, 4).inset(1) == (1, 1, 8, 2)
    assert Rect(0, 0, 10, 4).inset(50) == (2, 2, 6, 0)
