"""Boards as geometry: cells, coordinates, and where the Q of each legal move is drawn. page.html renders it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from arena.html.scale import hundredths, signed
from arena.view.board import Board, describe
from arena.view.grid import Hexagons, Point, Squares
from arena.view.values import ActionValue, ValuedPosition
from game.core import AnyGame

CELL = 40  # units of the view box
STONE = 16  # radius
_SIDE, _BELOW, _FRAME = 24, 22, 8  # left of the cells, below them, and around all
_HEXAGON_FRAME = 14
_BARS = 104  # above the cells, where moves are columns
_BAR_WIDTH, _LONGEST_BAR = 26, 34
_ARROW_START, _ARROW_HEAD = 12, 11


@dataclass(frozen=True, slots=True)
class BoardShape:
    """What stays the same in all positions of a game, in units of the view box.

    left:    where the board begins; left of it is room for row names.
    top:     where it begins; above it is room for bars.
    middles: of all cells, row by row.
    outlines: of all cells; circles have none.
    bands:   (seat, outline) of the edges that players join.
    names:   (x, y, text) of the coordinates.
    """

    width: float
    height: float
    left: float
    top: float
    board: Board
    middles: list[Point]
    outlines: list[str]
    bands: list[tuple[int, str]]
    around: str
    names: list[tuple[float, float, str]]


@dataclass(frozen=True, slots=True)
class CellValue:
    """A move on one cell: the cell's outline and middle, its Q as a short text, and in words."""

    x: float
    y: float
    outline: str
    q: float
    text: str
    title: str
    best: bool


@dataclass(frozen=True, slots=True)
class BarValue:
    """A move into a column: a bar from the zero line up or down, and where its number stands."""

    x: float
    y: float
    height: float
    text_y: float
    q: float
    text: str
    title: str
    best: bool


@dataclass(frozen=True, slots=True)
class ArrowValue:
    """A move from cell to cell: a line and its head."""

    line: str
    head: str
    q: float
    title: str
    best: bool


@dataclass(frozen=True, slots=True)
class ListValue:
    """A move that is written beside the board: from cell to cell, or without a cell."""

    name: str
    q: float
    text: str
    title: str
    best: bool


@dataclass(frozen=True, slots=True)
class Values:
    """The Q of every legal move: each is in exactly one of `cells`, `bars` and `listed`; `arrows` repeat."""

    cells: list[CellValue]
    bars: list[BarValue]
    arrows: list[ArrowValue]
    listed: list[ListValue]


def shape_of(game: AnyGame) -> BoardShape:
    """The empty board of a game."""
    board = describe(game)
    top = _BARS if board.falls else 0
    frame = _HEXAGON_FRAME if board.hexagonal else _FRAME
    side = _SIDE if board.row_names else 0
    grid: Squares | Hexagons
    if board.hexagonal:
        grid = Hexagons(side + frame, frame, board.rows, board.columns, CELL)
        outlines = [_points(grid.corners(*cell)) for cell in _cells(board)]
        middles = [grid.middle(*cell) for cell in _cells(board)]
        edges = zip(board.edges or (), grid.bands(frame * 0.7), strict=False)
        bands, around = [(seat, _points(band)) for seat, band in edges], _points(grid.outline())
    else:
        grid = Squares(side + frame, top + frame, board.rows, board.columns, CELL)
        rects = [grid.cell_rect(*cell) for cell in _cells(board)]
        corners = [[(r.x, r.y), (r.right, r.y), (r.right, r.bottom), (r.x, r.bottom)] for r in rects]
        outlines = [_points([(float(x), float(y)) for x, y in four]) for four in corners]
        middles = [(r.x + CELL / 2, r.y + CELL / 2) for r in rects]
        bands, around = [], ""
    bounds = grid.bounds
    return BoardShape(
        width=bounds.right + frame,
        height=bounds.bottom + frame + _BELOW,
        left=side,
        top=top,
        board=board,
        middles=middles,
        outlines=outlines,
        bands=bands,
        around=around,
        names=_names(board, middles, bounds.bottom + frame + _BELOW / 2),
    )


def place_values(shape: BoardShape, position: ValuedPosition) -> Values:
    """Where the Q of each legal move of a position is shown."""
    values = Values([], [], [], [])
    taken: set[object] = set()
    for action in position.actions:
        squares = action.squares
        row, column = squares[0] if len(squares) == 1 else (None, None)
        if column is not None and squares not in taken:
            taken.add(squares)  # where two moves click the same cell, the second is listed
            if row is None:
                values.bars.append(_bar(shape, action, column))
            else:
                values.cells.append(_cell(shape, action, row * shape.board.columns + column))
            continue
        values.listed.append(
            ListValue(action.name, action.q, signed(action.q), _words(action), action.best),
        )
        if len(squares) > 1 and (arrow := _arrow(shape, action)) is not None:
            values.arrows.append(arrow)
    values.cells.sort(key=lambda value: value.best)  # its outline lies over its neighbours
    values.listed.sort(key=lambda value: -value.q)
    values.arrows.sort(key=lambda value: value.q)  # good moves are drawn over bad ones
    return values


def _cell(shape: BoardShape, action: ActionValue, cell: int) -> CellValue:
    x, y = shape.middles[cell]
    return CellValue(x, y, shape.outlines[cell], action.q, hundredths(action.q), _words(action), action.best)


def _bar(shape: BoardShape, action: ActionValue, column: int) -> BarValue:
    x, zero = shape.middles[column][0], _BARS / 2
    height = max(abs(action.q) * _LONGEST_BAR, 1.0)
    up = action.q >= 0
    return BarValue(
        x=x - _BAR_WIDTH / 2,
        y=zero - height if up else zero,
        height=height,
        text_y=zero - height - 8 if up else zero + height + 9,
        q=action.q,
        text=hundredths(action.q),
        title=_words(action),
        best=action.best,
    )


def _arrow(shape: BoardShape, action: ActionValue) -> ArrowValue | None:
    (row, column), (to_row, to_column) = action.squares[0], action.squares[-1]
    if row is None or column is None or to_row is None or to_column is None:
        return None
    x, y = shape.middles[row * shape.board.columns + column]
    to_x, to_y = shape.middles[to_row * shape.board.columns + to_column]
    length = math.hypot(to_x - x, to_y - y)
    right, down = (to_x - x) / length, (to_y - y) / length
    tip_x, tip_y = to_x - right * 4, to_y - down * 4
    neck_x, neck_y = tip_x - right * _ARROW_HEAD, tip_y - down * _ARROW_HEAD
    wide = _ARROW_HEAD / 2
    head = [
        (tip_x, tip_y),
        (neck_x - down * wide, neck_y + right * wide),
        (neck_x + down * wide, neck_y - right * wide),
    ]
    line = f"M{x + right * _ARROW_START:.1f} {y + down * _ARROW_START:.1f}L{neck_x:.1f} {neck_y:.1f}"
    return ArrowValue(line, _points(head), action.q, _words(action), action.best)


def _words(action: ActionValue) -> str:
    return f"{action.name}: Q {signed(action.q)}"


def _cells(board: Board) -> list[tuple[int, int]]:
    return [(row, column) for row in range(board.rows) for column in range(board.columns)]


def _names(board: Board, middles: list[Point], below: float) -> list[tuple[float, float, str]]:
    """Column names under the board, row names left of the first cell of each row."""
    last = (board.rows - 1) * board.columns
    columns = [(middles[last + column][0], below, name) for column, name in board.column_names.items()]
    rows = []
    for row, name in board.row_names.items():
        x, y = middles[row * board.columns]
        rows.append((x - CELL / 2 - _SIDE / 2 - (_HEXAGON_FRAME if board.hexagonal else _FRAME), y, name))
    return columns + rows


def _points(points: list[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
