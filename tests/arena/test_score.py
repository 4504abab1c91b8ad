"""Scores and Elo differences: hand-worked numbers, symmetry, and intervals that cover the truth they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from arena.score import Score, elo, elo_difference

MATCHES = 2000


def test_known_elo_differences() -> None:
    assert elo(0.5) == 0
    assert elo(0.75) == pytest.approx(190.8, abs=0.05)
    assert elo(10 / 11) == pytest.approx(400)
    assert elo(0.25) == pytest.approx(-elo(0.75))


def test_score_adds_and_turns() -> None:
    score = Score(5, 2, 1) + Score(1, 0, 3)
    assert score == Score(6, 2, 4)
    assert -score == Score(4, 2, 6)
    turned = -score
    assert -turned == score
    assert (score.games, score.rate) == (12, 7 / 12)
    assert score.rate + (-score).rate == 1
    assert str(score) == "+6 =2 -4"


def test_difference_by_hand() -> None:
    """Three pairs won and the virtual half-and-half one: mean 3.5 / 4, variance (3 * (1/8)^2 + ...) / 4."""
    found = elo_difference([1, 1, 1])
    mean = 3.5 / 4
    variance = (3 * 0.125**2 + 0.5 * mean**2 + 0.5 * 0.125**2) / 4
    error = math.sqrt(variance / 4)
    assert found.difference == pytest.approx(400 * math.log10(7))
    half = 1.959964 * error / (mean * (1 - mean)) * 400 / math.log(10)
    assert found.high - found.difference == pytest.approx(half)
    assert found.difference - found.low == pytest.approx(half)
    assert found.superiority == pytest.approx(0.5 * (1 + math.erf(0.375 / error / math.sqrt(2))))


@pytest.mark.parametrize("scores", [[1.0], [0.0], [0.5], [1.0] * 1000, [0.0] * 1000])
def test_clean_sweeps_and_single_pairs_are_finite(scores: list[float]) -> None:
    found = elo_difference(scores)
    assert all(math.isfinite(number) for number in (found.difference, found.low, found.high))
    assert found.low < found.difference < found.high
    assert 0 <= found.superiority <= 1


def test_no_games_is_an_error() -> None:
    with pytest.raises(ValueError, match="no pair"):
        elo_difference([])


def test_swapping_sides_negates() -> None:
    scores = np.random.default_rng(1).choice([0, 0.25, 0.5, 0.75, 1], 40, p=[0.1, 0.1, 0.2, 0.3, 0.3])
    a, b = elo_difference(scores), elo_difference(1 - scores)
    assert a.difference > 0
    assert (b.difference, b.low, b.high) == pytest.approx((-a.difference, -a.high, -a.low))
    assert b.superiority == pytest.approx(1 - a.superiority)


def test_repeated_games_are_less_evidence() -> None:
    scores = [1, 0.5, 0.75, 0.5, 0, 1]
    whole, half, tenth = (elo_difference(scores, distinct) for distinct in (1.0, 0.5, 0.1))
    assert whole.difference == half.difference == tenth.difference
    assert half.high - half.low == pytest.approx(math.sqrt(2) * (whole.high - whole.low))
    assert tenth.high - tenth.low > half.high - half.low
    assert whole.superiority > half.superiority > tenth.superiority > 0.5


def test_more_games_narrow_the_interval() -> None:
    few, many = elo_difference([1, 0.5] * 10), elo_difference([1, 0.5] * 1000)
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(10, rel=0.1)


def pair_distribution(first: NDArray[np.float64], second: NDArray[np.float64], copied: float) -> NDArray[np.float64]:
    """Chances `[5]` of the pair scores 0, 1/4, ... 1 from win, draw, loss chances of each seat.

    With chance `copied` the second game ends as the first did: an opening that decides the game by player, not by seat.
    """
    points = [2, 1, 0]
    chances = np.zeros(5)
    for i, p in enumerate(first):
        for j, q in enumerate(second):
            chances[points[i] + points[j]] += (1 - copied) * p * q
        chances[2 * points[i]] += copied * p
    return chances


@pytest.mark.parametrize(
    ("first", "second", "copied"),
    [
        ((0.4, 0.2, 0.4), (0.4, 0.2, 0.4), 0.0),
        ((0.6, 0.1, 0.3), (0.5, 0.1, 0.4), 0.0),
        ((0.9, 0.05, 0.05), (0.2, 0.05, 0.75), 0.0),
        ((0.5, 0.1, 0.4), (0.4, 0.1, 0.5), 0.8),
        ((0.1, 0.85, 0.05), (0.1, 0.85, 0.05), 0.3),
        ((0.85, 0.05, 0.1), (0.75, 0.05, 0.2), 0.5),
    ],
)
def test_interval_covers_the_truth(first: tuple[float, ...], second: tuple[float, ...], copied: float) -> None:
    chances = pair_distribution(np.array(first), np.array(second), copied)
    values = np.arange(5) / 4
    truth = elo(float(chances @ values))
    rng = np.random.default_rng(2024)
    found = [elo_difference(rng.choice(values, 200, p=chances)) for _ in range(MATCHES)]
    covered = np.mean([f.low <= truth <= f.high for f in found])
    # Four standard deviations of a count of 95 %, and 1 % for a normal interval on 200 pairs.
    band = 4 * math.sqrt(0.95 * 0.05 / MATCHES) + 0.01
    assert abs(covered - 0.95) <= band
    assert abs(np.mean([f.low > truth for f in found]) - 0.025) <= band
    assert abs(np.mean([f.high < truth for f in found]) - 0.025) <= band


def test_superiority_is_calibrated_between_equals() -> None:
    rng = np.random.default_rng(5)
    found = np.array([elo_difference(rng.choice([0, 0.5, 1], 100)).superiority for _ in range(MATCHES)])
    band = 4 * math.sqrt(0.25 / MATCHES)
    for level in (0.1, 0.5, 0.9):
        assert abs((found < level).mean() - level) < band
