"""n-tuples: they turn the codes of a board into row numbers."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.network.ntuple_net import HEXAGON, SQUARE, walk
from agent.ntuple.encoding import CODES, Encoding, Numbers, Read, encoding_of
from game.core import AnyGame

_MOST_ROWS = 1 << 26

Places = npt.NDArray[np.uint32]  # unsigned: without negative indices, look-ups are faster


@dataclass(frozen=True, slots=True)
class NTuples:
    """T n-tuples on a board of P parts, and the S symmetries of the board.

    A part is whatever one code describes (`agent.ntuple.encoding`).

    cells:  `[C, K]` int64, the cells, row-major, of the first C n-tuples; the others are the encoding's `further`.
    parts:  `[S, T, M]` int32, the parts that each n-tuple reads on each image of the board.
    count:  `[T]` int32, how many of the M parts each n-tuple has; the others are padding.
    number: `[T, M, 256]` uint32, what the code of a part adds to the row number.
    rows:   `[T]` uint32, the rows of each n-tuple's table for one side to move.
    first:  `[T]` uint32, where in one long table the rows of each n-tuple begin: first those for the first player
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


def ntuples_of(game: AnyGame, cells: npt.NDArray[np.int64], encoding: Encoding | None = None) -> NTuples:
    """The n-tuples made of these cells, `[C, K]`, and those that the encoding has further.

    A table has a row for every possible content of its cells, and none for contents that the encoding rules out.

    Raises ValueError if a cell is not on the board or the tables would have more than 67 million rows.
    """
    _, height, width = game.observation_shape
    if cells.ndim != 2 or not cells.size or cells.min() < 0 or cells.max() >= height * width:
        raise ValueError(f"n-tuples of cells {cells.shape}: expected rows of cells of the {height} x {width} board")
    encoding = encoding or encoding_of(game)
    split = [_reads(encoding, own) for own in cells.tolist()]
    if hasattr(encoding, "further"):
        split += encoding.further()
    most = max(len(reads) for reads in split)
    count = np.array([len(reads) for reads in split], np.int32)
    parts = np.zeros((len(game.symmetries), len(split), most), np.int32)
    number = np.zeros((len(split), most, CODES), np.uint32)
    rows = np.zeros(len(split), np.int64)
    for t, reads in enumerate(split):
        stride = 1
        for m, read in enumerate(reads):
            number[t, m] = read.ids * stride
            stride *= read.states
            for s, symmetry in enumerate(game.symmetries):
                parts[s, t, m] = encoding.image(read.part, symmetry.cells)
        rows[t] = stride
        if 2 * rows.sum() > _MOST_ROWS:
            raise ValueError(f"{len(cells)} n-tuples of {cells.shape[1]} cells need more than {_MOST_ROWS:,} rows")
    first = 2 * (rows.cumsum() - rows)
    return NTuples(cells, parts, count, number, rows.astype(np.uint32), first.astype(np.uint32))


def _reads(encoding: Encoding, cells: list[int]) -> list[Read]:
    """What an n-tuple of these cells reads."""
    return [Read(part, *encoding.numbers(places)) for part, places in encoding.parts(cells).items()]


def draw_cells(game: AnyGame, tuples: int, cells: int, seed: int) -> npt.NDArray[np.int64]:
    """Random walks from cell to neighbouring cell, `[tuples, cells]`, `cells` capped to the board."""
    _, height, width = game.observation_shape
    chance = random.Random(seed)
    steps = HEXAGON if game.hexagonal else SQUARE
    cells = min(cells, height * width)
    return np.array([walk(height, width, cells, steps, chance) for _ in range(tuples)], np.int64)
