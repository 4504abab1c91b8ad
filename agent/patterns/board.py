"""The board as a few small numbers, and patterns that turn them into row numbers."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from agent.ntuple import HEXAGON, SQUARE, walk
from game.connect4 import HEIGHT, WIDTH, Connect4
from game.core import Game

CODES = 256  # codes are bytes
_STACK = np.uint64(0x0001010101010101)
_EMPTY, _MINE, _THEIRS, _NEXT = range(4)
_MOST_ROWS = 1 << 26

Codes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int32]
Places = npt.NDArray[np.uint32]  # unsigned: places that cannot be counted from the end are found faster


@dataclass(frozen=True, slots=True)
class Patterns:
    """T patterns on a board of P parts, and the S symmetries of the board.

    A part is what one code speaks of: a column of Connect Four, a cell of any other board.

    cells:  `[T, K]` int64, the cells of each pattern, row-major.
    parts:  `[S, T, M]` int32, the parts that each pattern reads on each image of the board.
    count:  `[T]` int32, how many of the M parts each pattern has; the others are padding.
    number: `[T, M, 256]` uint32, what the code of a part adds to the row number.
    rows:   `[T]` uint32, the rows of each pattern's table for one side to move.
    first:  `[T]` uint32, where in one long table the rows of each pattern begin: first those for the first player
        to move, then those for the second.
    """

    cells: npt.NDArray[np.int64]
    parts: Numbers
    count: Numbers
    number: Places
    rows: Places
    first: Places

    @property
    def size(self) -> int:
        """The rows of all tables, for both sides to move."""
        return 2 * int(self.rows.sum())


def patterns_of(game: Game[Any], cells: npt.NDArray[np.int64]) -> Patterns:
    """The patterns made of these cells, `[T, K]`.

    A table has a row for all that can stand on its cells, and none for what gravity forbids. On Connect Four a cell has
    a fourth state: empty, and the next stone of its column falls there.

    Raises ValueError where a cell is not on the board or the tables would have more than 67 million rows.
    """
    _, height, width = game.observation_shape
    if cells.ndim != 2 or not cells.size or cells.min() < 0 or cells.max() >= height * width:
        raise ValueError(f"patterns of cells {cells.shape}: expected rows of cells of the {height} x {width} board")
    split = [_by_part(game, own) for own in cells.tolist()]
    most = max(len(parts) for parts in split)
    count = np.array([len(parts) for parts in split], np.int32)
    parts = np.zeros((len(game.symmetries), len(cells), most), np.int32)
    number = np.zeros((len(cells), most, CODES), np.uint32)
    rows = np.zeros(len(cells), np.int64)
    for t, own in enumerate(split):
        stride = 1
        for m, (part, places) in enumerate(own.items()):
            ids, states = _local_numbers(game, places)
            number[t, m] = ids * stride
            stride *= states
            for s, symmetry in enumerate(game.symmetries):
                parts[s, t, m] = _image(game, part, symmetry.cells)
        rows[t] = stride
        if 2 * rows.sum() > _MOST_ROWS:
            raise ValueError(f"{len(cells)} patterns of {cells.shape[1]} cells need more than {_MOST_ROWS:,} rows")
    first = 2 * (rows.cumsum() - rows)
    return Patterns(cells, parts, count, number, rows.astype(np.uint32), first.astype(np.uint32))


def draw_cells(game: Game[Any], tuples: int, cells: int, seed: int) -> npt.NDArray[np.int64]:
    """Random walks from cell to neighbouring cell, `[tuples, cells]`, `cells` capped to the board."""
    _, height, width = game.observation_shape
    chance = random.Random(seed)
    steps = HEXAGON if game.hexagonal else SQUARE
    cells = min(cells, height * width)
    return np.array([walk(height, width, cells, steps, chance) for _ in range(tuples)], np.int64)


def codes(game: Game[Any], state: Any) -> Codes:
    """`[P, B]`: the code of every part of each of B positions, seen by the side to move.

    Of a column of Connect Four it is P. Pons' key (mine + all + 1, one bit a cell): 1 to 127, each of one stack. Of a
    cell of another board it is 0 empty, 1 mine, 2 theirs.
    """
    if isinstance(game, Connect4):
        own = state.own.numpy().view(np.uint64)
        words = own + (own | state.opp.numpy().view(np.uint64)) + _STACK
        return np.ascontiguousarray(words.view(np.uint8).reshape(-1, 8)[:, :WIDTH].T)
    planes = game.observe(state, torch.uint8).flatten(2)
    return np.ascontiguousarray((planes[:, 0] + 2 * planes[:, 1]).T.numpy())


def _by_part(game: Game[Any], cells: list[int]) -> dict[int, list[int]]:
    """The parts that hold these cells, and for each the places of its cells there."""
    if not isinstance(game, Connect4):
        return {cell: [0] for cell in cells}
    found: dict[int, list[int]] = {}
    for cell in cells:
        row, column = divmod(cell, WIDTH)
        found.setdefault(column, []).append(HEIGHT - 1 - row)
    return found


def _image(game: Game[Any], part: int, turned: torch.Tensor) -> int:
    """Where the symmetry that takes cells from `turned` finds what stood at this part."""
    if isinstance(game, Connect4):
        return int(turned[part]) % WIDTH
    return int(turned[part])


def _local_numbers(game: Game[Any], places: list[int]) -> tuple[npt.NDArray[np.int32], int]:
    """A number for every code of a part, the same where these places look the same, and how many there are."""
    ids = np.zeros(CODES, np.int32)
    if not isinstance(game, Connect4):
        ids[:3] = range(3)
        return ids, 3
    looks: dict[tuple[int, ...], int] = {}
    for height in range(HEIGHT + 1):
        for stones in itertools.product((_MINE, _THEIRS), repeat=height):
            stack = [*stones, *[_NEXT, *[_EMPTY] * HEIGHT]][:HEIGHT]
            code = sum(1 << place for place, stone in enumerate(stones) if stone == _MINE) + (1 << height)
            look = tuple(stack[place] for place in places)
            ids[code] = looks.setdefault(look, len(looks))
    return ids, len(looks)
