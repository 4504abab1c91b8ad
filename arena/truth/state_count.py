"""A lower bound on the number of states of a game, found in a second by counting repetitions in random play.

n random games have each drawn one of the states after k moves. Had these been only M, the draws would have repeated
each other: least often if all M were equally likely (the number of different draws is Schur-concave in their chances),
and then draw i repeats an earlier one with probability (different draws so far) / M. With at most r
repetitions that probability is at least (i - 1 - r) / M. So by Chernoff's inequality, r or fewer repetitions have a
probability of at most exp(-m) (e m / r)^r, where m = (n - r)(n - r - 1) / 2M. Seeing r, we know that M is at least
what makes this tiny.
"""

from __future__ import annotations

import math

import torch

from game.core import AnyGame
from game.play import play, sample_uniform

GAMES = 1 << 16
_DOUBT = 1e-12  # chance that the bound of one ply is too large


def fewest_states(game: AnyGame, enough: int, seed: int = 0) -> int:
    """A lower bound on the reachable states of the game; counting stops once it exceeds `enough`.

    States are told apart by the moves made as well. Random chance can make the number too large with a probability of
    less than 1e-9, and makes it much too small where random play meets few of the states.
    """
    generator = torch.Generator().manual_seed(seed)
    total = 1
    for turn in play(game, game.initial(GAMES), lambda state, _: sample_uniform(game.legal(state), generator)):
        total += fewest_behind(len(turn.after), len(torch.unique(game.key(turn.after))))
        if total > enough:
            break
    return total


def fewest_behind(draws: int, different: int) -> int:
    """A lower bound, all but certain, on the number of states behind `draws` draws of which `different` differ."""
    repeats = draws - different
    if different < 2:
        return different
    low = high = float(max(repeats, 1))
    while _exponent(high, repeats) < -math.log(_DOUBT):
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _exponent(middle, repeats) >= -math.log(_DOUBT) else (middle, high)
    return max(different, int(different * (different - 1) / (2 * high)))


def _exponent(mean: float, repeats: int) -> float:
    """-log of Chernoff's bound on the chance of `repeats` or fewer where `mean`, at least as many, are expected."""
    return mean - repeats - repeats * math.log(mean / repeats) if repeats else mean
