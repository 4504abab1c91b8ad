"""n-tuples over what the empty cells of Connect Four are worth: where a stone would win, and for whom.

A cell that wins at an odd height is worth most to the first player, at an even height to the second, who gets there
when all else is full (L. V. Allis, "A Knowledge-based Approach of Connect-Four", 1988). The n-tuples are not told this:
they read where such cells are, and learn what it means.

Parts, for each column: its stones (`Columns`), its threats, and its next cells. The code of its threats tells how high
it is filled and the lowest empty cell where the mover would win, and the other side; that of its next cells, whether
either side has three, or two, of a line through the next cell that the other has no stone in, and whether it has three
of one through the cell above.

These codes are read as they are, so that row numbers are sums of products, which compiled loops make many at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product

import numpy as np

from agent.ntuple.encoding import CODES, Read
from game.connect4 import HEIGHT, WIDTH

STONES, THREATS, NEXT = range(3)  # kinds of parts: part WIDTH * kind + column
PARTS = 3 * WIDTH
ONE_LEFT, FULL = 36, 45  # codes of next cells: from 0 on with two cells or more left, with one, and with none

# Where the codes of threats begin, by the height of the column: there are (HEIGHT - height + 1) ** 2 of each.
FIRST = np.array([sum((HEIGHT - h + 1) ** 2 for h in range(height)) for height in range(HEIGHT + 1)], np.uint8)
_CODES = {STONES: 1 << HEIGHT + 1, THREATS: sum((HEIGHT - h + 1) ** 2 for h in range(HEIGHT + 1)), NEXT: FULL + 1}
_SAME = np.arange(CODES, dtype=np.int32)


def reads() -> list[list[Read]]:
    """The n-tuples, each once up to mirroring."""
    found = _apart(combinations(_parts(THREATS), 2))
    found += _apart(product(_parts(STONES), _parts(THREATS)))
    found += _apart(combinations(_parts(NEXT), 3))
    return [[Read(part, _SAME, _CODES[part // WIDTH]) for part in parts] for parts in found]


def mirrored(part: int) -> int:
    """The part that this part is mapped to by mirroring."""
    kind, column = divmod(part, WIDTH)
    return WIDTH * kind + WIDTH - 1 - column


def _parts(kind: int) -> range:
    return range(WIDTH * kind, WIDTH * (kind + 1))


def _apart(all_parts: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The first of each pair of mirror images."""
    found: dict[tuple[int, ...], tuple[int, ...]] = {}
    for parts in all_parts:
        found.setdefault(min(parts, tuple(sorted(map(mirrored, parts)))), parts)
    return list(found.values())
