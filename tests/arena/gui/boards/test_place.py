"""Where the cells of every board are, in windows of every size, seen from either side."""

from __future__ import annotations

import itertools

import pytest

from arena.gui.boards.layout import BoardLayout, place
from arena.view.board import describe
from arena.view.grid import Rect
from game.registry import make

Size = tuple[int, int]
SMALL, MIDDLE, LARGE = (640, 480), (1280, 800), (2560, 1600)
ODD = [(241, 333), (333, 241), (799, 601), (1001, 1003)]
GAMES = ["connect4", "tictactoe", "othello", "hex:7", "breakthrough", "gomoku"]
TEXT = {SMALL: 18, MIDDLE: 26, LARGE: 40}

# Of a board alone in a window: the whole of its cells, and the rectangles of the first and the last cell.
GOLDEN: dict[tuple[str, Size], tuple[tuple[int, int, int, int], ...]] = {
    ("connect4", SMALL): ((70, 9, 518, 444), (70, 9, 74, 74), (514, 379, 74, 74)),
    ("connect4", MIDDLE): ((215, 12, 875, 750), (215, 12, 125, 125), (965, 637, 125, 125)),
    ("connect4", LARGE): ((411, 18, 1778, 1524), (411, 18, 254, 254), (1935, 1288, 254, 254)),
    ("tictactoe", SMALL): ((105, 7, 447, 447), (105, 7, 149, 149), (403, 305, 149, 149)),
    ("tictactoe", MIDDLE): ((276, 10, 753, 753), (276, 10, 251, 251), (778, 512, 251, 251)),
    ("tictactoe", LARGE): ((536, 16, 1527, 1527), (536, 16, 509, 509), (1554, 1034, 509, 509)),
    ("othello", SMALL): ((105, 7, 448, 448), (105, 7, 56, 56), (497, 399, 56, 56)),
    ("othello", MIDDLE): ((277, 11, 752, 752), (277, 11, 94, 94), (935, 669, 94, 94)),
    ("othello", LARGE): ((536, 16, 1528, 1528), (536, 16, 191, 191), (1873, 1353, 191, 191)),
    ("hex:7", SMALL): ((29, 40, 600, 382), (29, 40, 60, 70), (569, 352, 60, 70)),
    ("hex:7", MIDDLE): ((68, 16, 1170, 741), (68, 16, 117, 135), (1121, 622, 117, 135)),
    ("hex:7", LARGE): ((110, 24, 2380, 1511), (110, 24, 238, 275), (2252, 1260, 238, 275)),
    ("breakthrough", SMALL): ((105, 7, 448, 448), (105, 7, 56, 56), (497, 399, 56, 56)),
    ("breakthrough", MIDDLE): ((277, 11, 752, 752), (277, 11, 94, 94), (935, 669, 94, 94)),
    ("breakthrough", LARGE): ((536, 16, 1528, 1528), (536, 16, 191, 191), (1873, 1353, 191, 191)),
    ("gomoku", SMALL): ((111, 13, 435, 435), (111, 13, 29, 29), (517, 419, 29, 29)),
    ("gomoku", MIDDLE): ((278, 12, 750, 750), (278, 12, 50, 50), (978, 712, 50, 50)),
    ("gomoku", LARGE): ((542, 22, 1515, 1515), (542, 22, 101, 101), (1956, 1436, 101, 101)),
}


def laid_out(name: str, size: Size, flipped: bool = False) -> BoardLayout:
    return place(Rect(0, 0, *size), describe(make(name)), TEXT.get(size, 14), flipped)


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("size", [SMALL, MIDDLE, LARGE, *ODD])
@pytest.mark.parametrize("name", [*GAMES, "hex:19", "gomoku:19x19x5", "breakthrough:4x7", "gomoku:3x17x3"])
def test_the_middle_of_a_cell_is_in_the_cell(name: str, size: Size, flipped: bool) -> None:
    layout = laid_out(name, size, flipped)
    grid = layout.grid
    for row, column in itertools.product(range(grid.rows), range(grid.columns)):
        assert layout.cell_at(layout.cell_rect(row, column).center) == (row, column)


@pytest.mark.parametrize(("name", "size"), list(GOLDEN))
def test_geometry_stays_as_it_is(name: str, size: Size) -> None:
    layout = laid_out(name, size)
    grid = layout.grid
    assert (
        layout.board,
        layout.cell_rect(0, 0),
        layout.cell_rect(grid.rows - 1, grid.columns - 1),
    ) == GOLDEN[name, size]


@pytest.mark.parametrize("size", [SMALL, MIDDLE, LARGE, *ODD])
@pytest.mark.parametrize("name", GAMES)
def test_the_board_and_its_frame_are_in_the_window(name: str, size: Size) -> None:
    layout = laid_out(name, size)
    around = layout.board.inset(-layout.frame)
    assert min(around.x - layout.text, around.y) >= 0
    assert around.right <= size[0]
    assert around.bottom + layout.text <= size[1]


@pytest.mark.parametrize("name", GAMES)
def test_turned_half_round_every_cell_lies_opposite(name: str) -> None:
    as_is, turned = laid_out(name, MIDDLE), laid_out(name, MIDDLE, flipped=True)
    rows, columns = as_is.grid.rows, as_is.grid.columns
    assert turned.board == as_is.board
    for row, column in itertools.product(range(rows), range(columns)):
        opposite = row if name == "connect4" else rows - 1 - row, columns - 1 - column
        assert turned.cell_rect(row, column) == as_is.cell_rect(*opposite)


def test_stones_fall_down_from_either_side() -> None:
    turned = laid_out("connect4", MIDDLE, flipped=True)
    assert turned.cell_rect(5, 0).y > turned.cell_rect(0, 0).y
    assert turned.cell_rect(0, 0).x > turned.cell_rect(0, 6).x
    assert turned.step(1, 1) == (1, -1)


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("name", GAMES)
def test_steps_and_edges_are_those_of_the_screen(name: str, flipped: bool) -> None:
    layout = laid_out(name, MIDDLE, flipped)
    low, left = layout.edge_cells()
    grid = layout.grid
    assert all(layout.cell_rect(low, 0).y >= layout.cell_rect(row, 0).y for row in range(grid.rows))
    assert all(layout.cell_rect(0, left).x <= layout.cell_rect(0, column).x for column in range(grid.columns))
    down, right = layout.step(0, 1)
    assert layout.cell_rect(1 + down, 1 + right).x > layout.cell_rect(1, 1).x
    down, right = layout.step(1, 0)
    assert layout.cell_rect(1 + down, 1 + right).y > layout.cell_rect(1, 1).y
