"""Random numbers of compiled games: a stream for each game, the same whichever thread plays it."""

from __future__ import annotations

import numpy as np

from game.compiled.jit import inner

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@inner
def _mixed(x):
    """SplitMix64's output function (Steele, Lea, Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@inner
def new_stream(seed, game):
    """The stream of a game: `[1]` uint64, from where `uniform` goes on."""
    stream = np.empty(1, np.uint64)
    stream[0] = _mixed(_mixed(seed) + np.uint64(game) * _GOLDEN)
    return stream


@inner
def uniform(stream):
    """The next number in [0, 1)."""
    stream[0] += _GOLDEN
    return (_mixed(stream[0]) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
