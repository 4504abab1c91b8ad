"""Features: n-tuples laid out in arrays, so that compiled loops find what a changed cell changes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agent.ntuple.connection.layout import CONNECTIONS, READS, ConnectionLayout, connection_layout, connection_shape
from agent.ntuple.incremental.shapes import OFF, Shape, shapes_of
from game.core import AnyGame
from game.errors import UsageError
from game.hex import Hex

# A row takes four bytes for each of: its numbers in the table, in its mean, in a copy of both by number, and in the
# sums of a minibatch; the other two sums of a minibatch, drift, travel, and the row that has its number.
COUNTS = "counts"
BYTES_A_NUMBER = 20
BYTES_A_ROW = 20
MOST_BYTES = 2 << 30

Whole = npt.NDArray[np.int32]


class Layout(NamedTuple):
    """I places of n-tuples, as compiled loops read them. Everything is int32 but `lazy`.

    A view is a side's: its own stones are digit 1, the other's 2, and the second player may see a turned board. The
    number of a row, before the stage, is that of the empty board and for each stone what it adds.

    empty:    `[I]`, row numbers on an empty board.
    digit:    `[2, 3]`, by view and stone.
    first:    `[2, P + 1]`, where the places that read each cell begin in `place` and `weight`, by view.
    place, weight: `[2, E]`, which places, and what one digit more there adds to their row numbers.
    of_first: `[I + 1]`, where the cells of each place begin in `of_cell` and `of_weight`.
    of_cell, of_weight: `[2, E]`, by view.
    row_of:   `[R]`, the row that has the number of a row learned for it and for all that mean the same.
    stage_of: `[P + 2]`, the stage of the game by stones on the board.
    lazy:     `[I]` bool, has no value without a stone.
    tally:    `[K]`, the first row of each number of `contract.tally`, none without them.
    """

    empty: Any
    digit: Any
    first: Any
    place: Any
    weight: Any
    of_first: Any
    of_cell: Any
    of_weight: Any
    row_of: Any
    stage_of: Any
    lazy: Any
    tally: Any


@dataclass(frozen=True, slots=True)
class Features:
    """families: see `shapes`. stages: how many tables there are for each, by stones on the board. layout: a Layout, or
    with more fields a ConnectionLayout or LayerLayout. width: the numbers in a row, 1 without a hidden layer."""

    families: str
    stages: int
    layout: Any
    width: int = 1

    @property
    def rows(self) -> int:
        """The rows of all tables at one stage."""
        return len(self.layout.row_of)

    @property
    def size(self) -> int:
        """The rows of all tables."""
        return self.rows * self.stages

    @property
    def places(self) -> int:
        return len(self.layout.empty)

    @property
    def noted(self) -> int:
        """How many rows self-play notes of each move: see `seam.note`."""
        return READS if isinstance(self.layout, ConnectionLayout) else 0

    @property
    def bytes(self) -> int:
        """What learning takes of memory, but for the games."""
        return self.size * (BYTES_A_NUMBER * self.width + BYTES_A_ROW)

    def with_layout(self, layout: Any) -> Features:
        """The same with more fields."""
        return dataclasses.replace(self, layout=layout)


def features_of(
    game: AnyGame,
    families: str,
    stages: int,
    stones: tuple[int, int],
    width: int = 1,
    tallies: tuple[int, ...] = (),
) -> Features:
    """The features that `families` names, with tables for each of so many stages.

    stones: the fewest and the most stones on the board of a usual game, between which the stages lie evenly.
    tallies: how many values each number has that the family "counts" reads, none where the rules count nothing.

    Raises UsageError for families that there are not, and where the tables would take more than 2 GB.
    """
    if families == CONNECTIONS:
        return Features(families, stages, _connections(game, _stage_of(game, stages, stones)))
    named = [family.strip() for family in families.split("+")]
    counts = tallies if COUNTS in named else ()
    if COUNTS in named and not (tallies and named[1:]):
        raise UsageError(
            f"--features {families}: {COUNTS} go with other families, in games whose rules count something: othello"
        )
    shapes = shapes_of(game, "+".join(family for family in named if family != COUNTS))
    rows = sum(shape.digits**shape.size for shape in shapes) + sum(counts)
    needed = stages * rows * (BYTES_A_NUMBER * width + BYTES_A_ROW)
    if needed > MOST_BYTES:
        hidden = f" with --hidden {width}" if width > 1 else ""
        raise UsageError(
            f"--features {families} in {stages} stages{hidden} needs {needed / 1e9:,.1f} GB for "
            f"{stages * rows:,} rows, and the limit is 2 GB: use fewer stages, or fewer cells, each of which makes a "
            "table three or four times as large"
        )
    return Features(families, stages, _layout(game, shapes, _stage_of(game, stages, stones), counts), width)


def _connections(game: AnyGame, stage_of: Whole) -> ConnectionLayout:
    if not isinstance(game, Hex):
        raise UsageError(f"--features {CONNECTIONS}: {game.name} has no edges to connect, only hex has")
    assert game.second_view is not None
    windows = _layout(game, [connection_shape(game.size)], stage_of)
    return connection_layout(game.size, windows, game.second_view.cells.numpy())


def _stage_of(game: AnyGame, stages: int, stones: tuple[int, int]) -> Whole:
    _, height, width = game.observation_shape
    fewest, most = stones
    count = np.arange(height * width + 2).clip(fewest, most)
    return ((count - fewest) * stages // (most - fewest + 1)).astype(np.int32)


def _layout(game: AnyGame, shapes: list[Shape], stage_of: Whole, tallies: tuple[int, ...] = ()) -> Layout:
    _, height, width = game.observation_shape
    cells = height * width
    turned = np.arange(cells) if game.second_view is None else game.second_view.cells.numpy()
    empty: list[int] = []
    lazy: list[bool] = []
    row_of: list[npt.NDArray[np.int64]] = []
    read: list[list[tuple[int, int]]] = []  # by place: cells and weights, in the first player's view
    base = 0
    for shape in shapes:
        weights = [shape.digits**k for k in range(shape.size)]
        for place in shape.places:
            empty.append(base + sum(3 * w for cell, w in zip(place, weights, strict=True) if cell == OFF))
            read.append([(cell, w) for cell, w in zip(place, weights, strict=True) if cell != OFF])
            lazy.append(shape.digits == 4)
        row_of.append(base + _least(shape))
        base += shape.digits**shape.size
    tally = base + np.array([sum(tallies[:k]) for k in range(len(tallies))], np.int32)
    row_of.append(base + np.arange(sum(tallies)))
    by_cell = [_by_cell(cells, read, view) for view in (np.arange(cells), turned)]
    flat = [pair for pairs in read for pair in pairs]
    of_cell = np.array([cell for cell, _ in flat], np.int32)
    of_weight = np.array([weight for _, weight in flat], np.int32)
    return Layout(
        empty=np.array(empty, np.int32),
        digit=np.array([[0, 1, 2], [0, 2, 1]], np.int32),
        first=np.stack([first for first, _, _ in by_cell]),
        place=np.stack([place for _, place, _ in by_cell]),
        weight=np.stack([weight for _, _, weight in by_cell]),
        of_first=_running([len(pairs) for pairs in read]),
        of_cell=np.stack((of_cell, turned[of_cell].astype(np.int32))),
        of_weight=np.stack((of_weight, of_weight)),
        row_of=np.concatenate(row_of).astype(np.int32),
        stage_of=stage_of,
        lazy=np.array(lazy),
        tally=tally.astype(np.int32),
    )


def _by_cell(cells: int, read: list[list[tuple[int, int]]], view: Any) -> tuple[Whole, Whole, Whole]:
    """For each cell of the real board the places that read it, where `view` says which cell each reads instead."""
    found: list[list[tuple[int, int]]] = [[] for _ in range(cells)]
    for place, pairs in enumerate(read):
        for cell, weight in pairs:
            found[view[cell]].append((place, weight))
    flat = np.array([pair for pairs in found for pair in pairs], np.int32).reshape(-1, 2)
    return _running([len(pairs) for pairs in found]), flat[:, 0].copy(), flat[:, 1].copy()


def _running(counts: list[int]) -> Whole:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int32)


def _least(shape: Shape) -> npt.NDArray[np.int64]:
    """The least of the row numbers that mean the same as each."""
    number = np.arange(shape.digits**shape.size)
    least = number.copy()
    for order in shape.same:
        if order != tuple(range(shape.size)):
            other = np.zeros_like(number)
            for k, to in enumerate(order):
                other += number // shape.digits**k % shape.digits * shape.digits**to
            np.minimum(least, other, out=least)
    return least
