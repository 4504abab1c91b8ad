"""Uniformly random play against published means: plies a game, and the first player's score with half a point a draw.

The published figures are rounded to the last digit given. Ours must come as close as chance and that rounding allow; of
how many games theirs are the means is not known.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from game import make
from game.play import play, sample_uniform

GAMES_AT_ONCE = 5000
MEANS = {
    # games of ours, plies, score of the first player in per cent
    "tictactoe": (100_000, "7.63", "64.84"),
    "connect4": (100_000, "21.31", "55.72"),
    "othello": (20_000, "60.41", "47.51"),
    "hex": (10_000, "107.52", "52.27"),
    "hex:9": (20_000, "71.02", "53.03"),
    "breakthrough": (20_000, "64.10", "50.92"),
    "gomoku": (10_000, "109.0", "51.03"),
}


def random_games(name: str, games: int) -> tuple[Tensor, Tensor]:
    """Plies and the first player's score of each game: `[games]` float64."""
    game = make(name)
    generator = torch.Generator().manual_seed(1)
    plies = torch.zeros(games, dtype=torch.float64)
    score = torch.zeros(games, dtype=torch.float64)
    for low in range(0, games, GAMES_AT_ONCE):
        start = game.initial(GAMES_AT_ONCE)
        for turn in play(game, start, lambda state, _: sample_uniform(game.legal(state), generator)):
            first_moved = turn.state.ply % 2 == 0
            gain = torch.where(first_moved, turn.after.reward, -turn.after.reward)
            plies[low + turn.rows] += 1
            score[low + turn.rows] = (gain.double() + 1) / 2
    return plies, score


def assert_mean(values: Tensor, published: str, what: str) -> None:
    """Within three standard errors of our mean and half a unit of the last digit published."""
    last_digit = 10.0 ** -len(published.partition(".")[2])
    error = float(values.std()) / math.sqrt(len(values))
    mean, band = float(values.mean()), 3 * error + last_digit / 2
    assert abs(mean - float(published)) <= band, f"{what}: {mean:.3f} +- {error:.3f}, published {published}"


@pytest.mark.parametrize("name", MEANS)
def test_random_play_is_as_published(name: str) -> None:
    games, plies, score = MEANS[name]
    found_plies, found_score = random_games(name, games)
    assert_mean(found_plies, plies, f"plies of {name}")
    assert_mean(100 * found_score, score, f"score of the first player at {name}")
