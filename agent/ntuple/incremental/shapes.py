"""Families of n-tuples: which cells are read together, and which places of the board share a table.

A family is named in a few words, and several are added by "+":

    lines:9        nine cells in a row around every cell, in every direction; one table for all of them
    patches:3x3    as many rows and columns around every cell; one table for all of them
    windows:2x4    as many rows and columns, or the other way round; a table for each place
    classic        the lines from edge to edge, corners and edges of Othello programs; a table for each place
    walks:70x8     70 random walks of 8 cells; a table for each

("counts", what rules count of a position, is no family of cells: see `features`.)

Tables shared by all places tell the cells beyond the edge from empty ones. Images of a place under the symmetries of
the board share its table, and so does a shape with its own image.

Straight lines and random walks for Othello: W. Jaskowski, "Systematic n-tuple networks for Othello position
evaluation" (2014). The lines and corners of "classic": M. Buro, "From simple features to sophisticated evaluation
functions" (1998).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from agent.network.ntuple_net import HEXAGON, SQUARE, walk
from game.core import AnyGame
from game.errors import UsageError
from game.othello import Othello
from game.symmetry import square_symmetries

_SHARED = ("lines", "patches")  # families with one table for all places, of four digits a cell
OFF = -1  # a cell beyond the edge of the board
Cells = tuple[int, ...]
Permutation = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One table and all places that read it.

    places: the cells of each place, in the order of the digits of its row number; OFF beyond the edge.
    same:   orders of the digits in which a number means the same; a group, identity included.
    digits: 3 (empty, mine, theirs), or 4 where places may reach beyond the edge.
    """

    places: tuple[Cells, ...]
    same: tuple[Permutation, ...]
    digits: int

    @property
    def size(self) -> int:
        """How many cells it has."""
        return len(self.places[0])


def shapes_of(game: AnyGame, families: str) -> list[Shape]:
    """The shapes that `families` names on the board of `game`, each once. Raises UsageError for what is none."""
    found: dict[tuple[Any, ...], Shape] = {}
    for family in families.split("+"):
        for shape in _family(game, family.strip()):
            found.setdefault((shape.digits, min(tuple(sorted(place)) for place in shape.places), shape.size), shape)
    return list(found.values())


def are_shared(families: str) -> bool:
    """Whether all places of a board share the tables of these families, so that they fit a board of any size."""
    return all(family.strip().partition(":")[0] in _SHARED for family in families.split("+"))


def _family(game: AnyGame, text: str) -> Iterable[Shape]:
    name, _, numbers = text.partition(":")
    given = tuple(int(number) for number in re.findall("[0-9]+", numbers))
    _, height, width = game.observation_shape
    if name == "lines" and len(given) == 1 and 2 <= given[0] <= 12:
        return [_line(game, given[0])]
    if name == "patches" and len(given) == 2 and 2 <= given[0] * given[1] <= 12 and not game.hexagonal:
        return [_patch(game, *given)]
    if name == "windows" and len(given) == 2 and 2 <= given[0] * given[1] <= 12 and max(given) <= min(height, width):
        return _bound(game, _windows(height, width, *given))
    if name == "walks" and len(given) == 2 and 1 <= given[0] <= 1000 and 1 <= given[1] <= 12:
        return _bound(game, _walks(game, *given))
    if name == "classic" and not given and height == width and not game.hexagonal:
        return _bound(game, _classic(height))
    raise UsageError(
        f"--features {text!r} is no family of n-tuples of {game.name}: choose lines:9, patches:3x3, windows:2x4, "
        "walks:70x8 with numbers of yours, at most 12 cells each, or classic on square boards, joined by +; beside "
        "them counts, for othello; or connections alone, for hex"
    )


def _line(game: AnyGame, length: int) -> Shape:
    _, height, width = game.observation_shape
    directions = ((0, 1), (1, 0), (1, -1)) if game.hexagonal else ((0, 1), (1, 0), (1, 1), (1, -1))
    places = []
    for row in range(height):
        for column in range(width):
            for down, right in directions:
                steps = range(-(length // 2), length - length // 2)
                places.append(_cells(height, width, [(row + down * i, column + right * i) for i in steps]))
    order = tuple(range(length))
    return Shape(tuple(places), (order, order[::-1]), 4)


def _patch(game: AnyGame, rows: int, columns: int) -> Shape:
    _, height, width = game.observation_shape
    own = [(row, column) for row in range(rows) for column in range(columns)]
    turned = [(column, row) for row, column in own]
    ways = [own] if rows == columns else [own, turned]
    places = []
    for row in range(-(rows // 2), height - rows // 2):
        for column in range(-(columns // 2), width - columns // 2):
            for way in ways:
                place = _cells(height, width, [(row + down, column + right) for down, right in way])
                if sum(cell != OFF for cell in place) > len(place) // 2:
                    places.append(place)
    flips = [(1, 1), (-1, 1), (1, -1), (-1, -1)]
    images = [[(row if a > 0 else rows - 1 - row, column if b > 0 else columns - 1 - column) for row, column in own]
              for a, b in flips]  # fmt: skip
    if rows == columns:
        images += [[(column, row) for row, column in image] for image in images]
    return Shape(tuple(places), tuple(tuple(own.index(cell) for cell in image) for image in images), 4)


def _cells(height: int, width: int, places: list[tuple[int, int]]) -> Cells:
    return tuple(r * width + c if 0 <= r < height and 0 <= c < width else OFF for r, c in places)


def _windows(height: int, width: int, rows: int, columns: int) -> list[Cells]:
    return [
        tuple((row + i) * width + column + j for i in range(high) for j in range(wide))
        for high, wide in {(rows, columns): 0, (columns, rows): 0}
        for row in range(height - high + 1)
        for column in range(width - wide + 1)
    ]


def _walks(game: AnyGame, tuples: int, cells: int) -> list[Cells]:
    _, height, width = game.observation_shape
    chance = random.Random(cells)
    steps = HEXAGON if game.hexagonal else SQUARE
    return [tuple(walk(height, width, min(cells, height * width), steps, chance)) for _ in range(tuples)]


def _classic(size: int) -> list[Cells]:
    rows = [tuple(row * size + column for column in range(size)) for row in range(size)]
    diagonals = [tuple(row * size + row + off for row in range(size - off)) for off in range(size - 3)]
    corner = tuple(row * size + column for row in range(3) for column in range(3))
    wide = tuple(row * size + column for row in range(2) for column in range(min(5, size)))
    edge = (*rows[0], size + 1, 2 * size - 2)
    return [*rows, *diagonals, corner, wide, edge]


def _bound(game: AnyGame, tuples: Iterable[Cells]) -> list[Shape]:
    """A shape for each n-tuple, with its images under the symmetries of the board."""
    found: dict[Cells, Shape] = {}
    images = _symmetries(game)
    for cells in tuples:
        places: dict[Cells, Cells] = {}
        same = set()
        for image in images:
            turned = tuple(image[cell] for cell in cells)
            places.setdefault(tuple(sorted(turned)), turned)
            if sorted(turned) == sorted(cells):
                same.add(tuple(turned.index(cell) for cell in cells))
        found.setdefault(min(places), Shape(tuple(places.values()), tuple(sorted(same)), 3))
    return list(found.values())


def _symmetries(game: AnyGame) -> list[list[int]]:
    """Permutations of the cells that leave the value of a position as it is.

    Othello's quarter turns are among them, though they lead to where no game from its start goes.
    """
    if isinstance(game, Othello):
        return [cells.tolist() for cells in square_symmetries(game.size)]
    return [symmetry.cells.tolist() for symmetry in game.symmetries]
