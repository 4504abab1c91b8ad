"""Make the opening book of Connect Four's search with a perfect solver: `python -m arena.truth.book.make --help`.

Needs the extra `solver` (bitbully by M. Thill, AGPL, a separate program and not part of qzero). The one that comes with
qzero was made by

    python -m arena.truth.book.make agent/search/connect4/book.bin --workers 2

The solver of the search proves the same outcomes, as tests show of some; it would take hours for all.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from agent.search.connect4.board import COLUMN
from agent.search.connect4.book import PLIES, Level, levels, packed
from agent.store.files import write_atomically
from arena.truth.bitbully import FULL, Grid, Solver
from game.connect4 import HEIGHT, WIDTH
from game.errors import QzeroError

_PART = 2_000  # positions between looks at the clock


def grids_of(level: Level, ply: int) -> list[Grid]:
    """The positions as `Solver.scores` takes them."""
    mover = ply % 2 + 1
    bits = np.array(
        [[COLUMN * column + HEIGHT - 1 - row for column in range(WIDTH)] for row in range(HEIGHT)], np.uint64
    )
    own, mask = (board[:, None, None] >> bits & 1 for board in (level.own, level.mask))
    found: list[Any] = np.where(own, mover, np.where(mask, 3 - mover, 0)).tolist()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=f"Write the outcomes of all positions after {PLIES} stones.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--workers", type=int, default=1, help="processes that solve (default: 1)")
    arguments = parser.parse_args()
    boards, outcomes, begin = grids_of(levels()[-1], PLIES), list[int](), time.monotonic()
    try:
        solver = Solver(arguments.workers)
        for low in range(0, len(boards), _PART):
            scores = solver.scores(boards[low : low + _PART])
            outcomes += [int(np.sign(max(score for score in of if score != FULL))) for of in scores]
            took = (time.monotonic() - begin) / 60
            print(f"{len(outcomes):,} of {len(boards):,}, {took:.1f} minutes", file=sys.stderr)
        solver.close()
        write_atomically(arguments.file, packed(np.array(outcomes, np.int8)))
    except QzeroError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
