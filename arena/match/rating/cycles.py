"""Who beats whom significantly, and cycles among them, which no list of ratings can show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from arena.match.rating.games import PairScores
from arena.match.score import FEWEST_OPENINGS

_Z = 1.959964


def beats(pairs: PairScores) -> NDArray[np.bool_]:
    """`[P, P]`: the row's player scores more than half against the column's, with 95 % confidence in two-sided tests.

    The unit of chance is the opening, as everywhere: means over openings, with one virtual opening half won and half
    lost, against their standard error. False with fewer than 10 openings.
    """
    players, openings = pairs.players, int(pairs.opening.max(initial=0)) + 1
    both = (pairs.low * players + pairs.high) * openings + pairs.opening
    keys, cell, copies = np.unique(both, return_inverse=True, return_counts=True)
    mean = np.bincount(cell, pairs.score, minlength=len(keys)) / copies
    of = keys // openings
    count = np.bincount(of, minlength=players**2)
    total = np.bincount(of, mean, minlength=players**2) + 0.5
    squares = np.bincount(of, mean**2, minlength=players**2) + 0.5
    rate = total / (count + 1)
    error = np.sqrt(np.maximum(squares / (count + 1) - rate**2, 0) / (count + 1))
    enough = count >= FEWEST_OPENINGS
    won = (enough & (rate - _Z * error > 0.5)).reshape(players, players)
    lost = (enough & (rate + _Z * error < 0.5)).reshape(players, players)
    found: NDArray[np.bool_] = won | lost.T
    return found


def cycles(pairs: PairScores) -> list[tuple[int, int, int]]:
    """(a, b, c) where a beats b, b beats c and c beats a, all significantly; each once, a the lowest number."""
    won = beats(pairs)
    found = []
    for a in range(pairs.players):
        b, c = np.nonzero(won[a][:, None] & won & won[:, a])
        found += [(a, int(i), int(j)) for i, j in zip(b, c, strict=True) if a < min(i, j)]
    return found
