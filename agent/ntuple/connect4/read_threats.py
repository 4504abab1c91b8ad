"""n-tuples over what the empty cells of Connect Four are worth: where a stone would win, and for whom.

A cell that wins at an odd height is worth most to the first player, at an even height to the second, who gets there
when all else is full (L. V. Allis, "A Knowledge-based Approach of Connect-Four", 1988). The n-tuples are not told this:
they read where such cells are, and learn what it means.

Parts, for each column: its stones (`Columns`), its threats, and its next cells. The code of its threats tells how high
it is filled and the lowest empty cell where the mover would win, and the other side; that of its next cells, for the
next cell whether either side has three, or two, of a line there that the other has no stone in, and for the cell above
it whether either has three.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from agent.ntuple.encoding import CODES, Numbers, Read
from game.connect4 import HEIGHT, WIDTH

STONES, THREATS, NEXT = range(3)  # kinds of parts: part WIDTH * kind + column
PARTS = 3 * WIDTH
ONE_LEFT, FULL = 36, 45  # codes of next cells: from 0 on with two cells or more left, with one, and with none
_NEXT_CODES = FULL + 1

# Where the codes of threats begin, by the height of the column: there are (HEIGHT - height + 1) ** 2 of each.
FIRST = np.array([sum((HEIGHT - h + 1) ** 2 for h in range(height)) for height in range(HEIGHT + 1)], np.uint8)
_THREAT_CODES = sum((HEIGHT - h + 1) ** 2 for h in range(HEIGHT + 1))


def reads(stones: tuple[Numbers, int]) -> list[list[Read]]:
    """The n-tuples, each once up to mirroring.

    stones: what `Encoding.numbers` gives for a whole column.
    """
    threats, near = (np.arange(CODES, dtype=np.int32), _THREAT_CODES), (np.arange(CODES, dtype=np.int32), _NEXT_CODES)
    far = _lowest()
    found = [[Read(part, *threats) for part in parts] for parts in _apart(combinations(_parts(THREATS), 2))]
    for first, second in _apart(product(_parts(STONES), _parts(THREATS))):
        found.append([Read(first, *stones), Read(second, *threats)])
    found += [[Read(part, *far) for part in parts] for parts in _apart(combinations(_parts(THREATS), 3))]
    return found + [[Read(part, *near) for part in parts] for parts in _apart(combinations(_parts(NEXT), 3))]


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


def _lowest() -> tuple[npt.NDArray[np.int32], int]:
    """Of a code of threats only the lowest one: whose, its parity, and if it is 0, 1 or more cells up. 0 if none."""
    ids = np.zeros(CODES, np.int32)
    for height in range(HEIGHT + 1):
        left = HEIGHT - height
        for mine, theirs in product(range(left + 1), repeat=2):
            low = min(mine, theirs)
            if low < left:
                whose = 0 if mine < theirs else 1 if theirs < mine else 2
                ids[FIRST[height] + mine * (left + 1) + theirs] = 1 + 6 * whose + 3 * ((height + low) % 2) + min(low, 2)
    return ids, 19
