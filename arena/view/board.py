"""The static properties of a board, read through the Game protocol only. No pygame here."""

from __future__ import annotations

import re
from typing import NamedTuple

from arena.view import sides
from arena.view.kind import SIDE_NAMES, Kind, kind_of
from game.core import AnyGame

Cell = tuple[int, int]  # row, column; row 0 on top
Edges = tuple[int, int, int, int]  # whose are the top, right, lower and left edge: seats


class Board(NamedTuple):
    """What does not change during a game.

    rows, columns: how many.
    hexagonal:    cells are hexagons in slanted rows.
    falls:        stones fall to the bottom of their column.
    edges:        the seat that owns each edge of the board, in games of joining edges.
    column_names, row_names: for those that have one.
    has_material: stones are on the board from the start, so that their number is worth showing.
    off_board:    the name of the move that touches no cell, such as a pass, if the game has one.
    kind:         what its players know it as, which decides how it is drawn.
    directed:     the sides play in different directions, so that pieces may look as if they had a front.
    """

    rows: int
    columns: int
    hexagonal: bool
    falls: bool
    edges: Edges | None
    column_names: dict[int, str]
    row_names: dict[int, str]
    has_material: bool
    off_board: str | None
    kind: Kind = Kind.SQUARES
    directed: bool = False

    @property
    def side_names(self) -> tuple[str, str]:
        """What the first and the second player's pieces are called, with a capital letter."""
        return SIDE_NAMES[self.kind]


def describe(game: AnyGame) -> Board:
    _, rows, columns = game.observation_shape
    start = game.initial(1)
    return Board(
        rows=rows,
        columns=columns,
        hexagonal=game.hexagonal,
        falls=drops(game),
        edges=edges(game),
        column_names=coordinates(game)[0],
        row_names=coordinates(game)[1],
        has_material=sides.has_material(game),
        off_board=next(
            (game.move_name(action, start) for action in range(game.num_actions) if not game.squares(action, start)),
            None,
        ),
        kind=kind_of(game),
        directed=game.second_view is not None,
    )


def drops(game: AnyGame) -> bool:
    """Whether moves name a column only: stones fall."""
    start = game.initial(1)
    return any(row is None for action in range(game.num_actions) for row, _ in game.squares(action, start))


def edges(game: AnyGame) -> Edges | None:
    """On hexagons, players whose sides differ join edges: the first player top and bottom, the second the others."""
    return (0, 1, 0, 1) if game.hexagonal and game.second_view is not None else None


def coordinates(game: AnyGame) -> tuple[dict[int, str], dict[int, str]]:
    """The names of columns and of rows, as far as the game's move names tell them."""
    columns: dict[int, str] = {}
    rows: dict[int, str] = {}
    start = game.initial(1)
    for action in range(game.num_actions):
        squares, name = game.squares(action, start), game.move_name(action, start)
        if len(squares) == 1 and squares[0][0] is None and squares[0][1] is not None:
            columns[squares[0][1]] = name
            continue
        parts = re.findall(r"([a-z])([0-9]+)", name)
        if len(parts) != len(squares):
            continue
        for (row, column), (letters, digits) in zip(squares, parts, strict=True):
            if row is not None and column is not None:
                columns[column], rows[row] = letters, digits
    return columns, rows
