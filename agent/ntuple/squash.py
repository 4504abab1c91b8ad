"""The squashing function of n-tuples that follow the moves: tanh, but with tails that stay apart in float32.

Q of a large board is a sum of hundreds of rows, and where a game is as good as decided the sum grows far beyond 9, from
where tanh is 1 in float32: all moves would look alike, and a won game be drifted through at random instead of won. From
`BEND` on the rest to 1 falls as 1 / x instead, with the same value and slope at the bend, so that moves far better than
others keep their order.
"""

from __future__ import annotations

import math

import numpy as np

from game.compiled.jit import inner

BEND = 3.0
_REST = 1 - math.tanh(BEND)  # of Q to 1 at the bend
_FALL = (1 - math.tanh(BEND) ** 2) / _REST  # the slope there, as a share of the rest
_LAST = 1 - 2.0**-24  # as near to 1 as is told apart


@inner
def squash(raw: float) -> float:
    """Q of a raw value, in (-1, 1): float64."""
    size = abs(np.float64(raw))
    if size <= BEND:
        return math.tanh(np.float64(raw))
    q = 1 - _REST / (1 + _FALL * (size - BEND))
    return q if raw > 0 else -q


@inner
def unsquash(q: float) -> float:
    """The raw value of `q`, which is taken to be within (-1, 1)."""
    size = min(abs(np.float64(q)), _LAST)
    if size <= 1 - _REST:
        return math.atanh(np.float64(q))
    raw = BEND + (_REST / (1 - size) - 1) / _FALL
    return raw if q > 0 else -raw
