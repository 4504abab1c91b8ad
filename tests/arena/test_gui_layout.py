"""The geometry of the window: pure functions of its size."""

from __future__ import annotations

import pytest

from arena.gui.layout import Rect, arrange

Size = tuple[int, int]

SIZES = [(240, 240), (241, 777), (333, 250), (480, 300), (640, 480), (799, 601), (840, 640), (1920, 1080), (3840, 2160)]
BOARDS = [(3, 3), (6, 7), (8, 8), (15, 15), (11, 5)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("rows", "columns"), BOARDS)
def test_cell_to_pixels_and_back(size: Size, rows: int, columns: int) -> None:
    layout = arrange(size, rows, columns, 4)
    for row in range(rows):
        for column in range(columns):
            rect = layout.cell_rect(row, column)
            corners = (rect.x, rect.y), (rect.right - 1, rect.bottom - 1)
            assert {layout.cell_at(point) for point in (*corners, rect.center)} == {(row, column)}
    area = sum(layout.cell_rect(row, column).width ** 2 for row in range(rows) for column in range(columns))
    assert area == layout.board.width * layout.board.height
    assert layout.cell_at((layout.board.right, layout.board.y)) is None
    assert layout.cell_at((layout.board.x - 1, layout.board.y)) is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("rows", "columns"), BOARDS)
def test_nothing_overlaps_and_all_is_inside(size: Size, rows: int, columns: int) -> None:
    layout = arrange(size, rows, columns, 4)
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
def test_the_board_uses_the_room_there_is(size: Size) -> None:
    layout = arrange(size, 6, 7, 4)
    assert layout.cell >= min(size) // 11


def test_inset_never_turns_inside_out() -> None:
    assert Rect(0, 0, 10, 4).inset(1) == (1, 1, 8, 2)
    assert Rect(0, 0, 10, 4).inset(50) == (2, 2, 6, 0)
