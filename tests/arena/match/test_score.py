"""Scores and Elo differences: hand-worked numbers, symmetry, and intervals that cover the truth they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from arena.match.score import FEWEST_OPENINGS, EloDifference, Score, elo, elo_difference

MATCHES, DRAWS = 400, 500


def bounds(found: EloDifference) -> tuple[float, float, float]:
    """low, high and superiority of one that has them."""
    assert found.low is not None
    assert found.high is not None
    assert found.superiority is not None
    return found.low, found.high, found.superiority


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
    """Three pairs won and the virtual half-and-half one: 3.5 of 4."""
    found = elo_difference([1, 1, 1])
    assert found == EloDifference(found.difference, None, None, None)
    assert found.difference == pytest.approx(400 * math.log10(7))
    assert elo_difference([0.5, 1], [7, 7]).difference == pytest.approx(400 * math.log10(1.25 / 0.75))


def test_interval_of_a_clean_sweep_is_that_of_jeffreys() -> None:
    """The quantiles of the beta distribution of shapes 20.5 and 1/2, from tables."""
    low, high, superiority = bounds(elo_difference([1] * 20))
    assert low == pytest.approx(elo(0.8834), abs=10)
    assert high == pytest.approx(elo(0.9999758), abs=120)
    assert superiority == 1


@pytest.mark.parametrize("scores", [[1.0] * 10, [0.0] * 10, [0.5] * 10, [1.0] * 1000, [0.0] * 1000])
def test_clean_sweeps_are_finite(scores: list[float]) -> None:
    found = elo_difference(scores)
    low, high, superiority = bounds(found)
    assert -math.inf < low < found.difference < high < math.inf
    assert 0 <= superiority <= 1


def test_few_openings_have_no_interval() -> None:
    few, enough = ([1, 0.5] * FEWEST_OPENINGS)[: FEWEST_OPENINGS - 1], ([1, 0.5] * FEWEST_OPENINGS)[:FEWEST_OPENINGS]
    assert elo_difference(few).low is None
    assert elo_difference(few * 100, list(range(len(few))) * 100).high is None
    low, high, _ = bounds(elo_difference(enough))
    assert low < elo_difference(enough).difference < high


def test_no_games_is_an_error() -> None:
    with pytest.raises(ValueError, match="no pair"):
        elo_difference([])


def test_swapping_sides_negates() -> None:
    scores = np.random.default_rng(1).choice([0, 0.25, 0.5, 0.75, 1], 40, p=[0.1, 0.1, 0.2, 0.3, 0.3])
    a, b = elo_difference(scores), elo_difference(1 - scores)
    assert a.difference > 0
    low, high, superiority = bounds(a)
    assert (b.difference, *bounds(b)) == pytest.approx((-a.difference, -high, -low, 1 - superiority))
    assert bounds(-b) == pytest.approx((low, high, superiority))
    assert -elo_difference([1]) == elo_difference([0])


def test_copies_are_no_evidence() -> None:
    scores = [1, 0.5, 0.75, 0.5, 0, 1, 1, 0.5, 0.25, 1, 0.75, 1]
    once, often = elo_difference(scores), elo_difference(scores * 50, list(range(len(scores))) * 50)
    assert often == once
    taken_for_others = bounds(elo_difference(scores * 50))
    assert taken_for_others[1] - taken_for_others[0] < 0.3 * (bounds(once)[1] - bounds(once)[0])


def test_pairs_of_one_opening_are_averaged() -> None:
    """Players who vary play an opening otherwise each time: a mean of more games, still one opening."""
    opening = list(range(15)) * 2
    assert elo_difference([1] * 15 + [0] * 15, opening) == elo_difference([0.5] * 15)


def test_more_openings_narrow_the_interval() -> None:
    few, many = bounds(elo_difference([1, 0.5] * 10)), bounds(elo_difference([1, 0.5] * 1000))
    assert (few[1] - few[0]) / (many[1] - many[0]) == pytest.approx(10, rel=0.2)


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


@pytest.mark.parametrize("openings", [12, 200])
@pytest.mark.parametrize(
    ("first", "second", "copied"),
    [
        ((0.4, 0.2, 0.4), (0.4, 0.2, 0.4), 0.0),
        ((0.9, 0.05, 0.05), (0.2, 0.05, 0.75), 0.0),
        ((0.5, 0.1, 0.4), (0.4, 0.1, 0.5), 0.8),
        ((0.85, 0.05, 0.1), (0.75, 0.05, 0.2), 0.5),
    ],
)
def test_interval_covers_the_truth(
    first: tuple[float, ...], second: tuple[float, ...], copied: float, openings: int
) -> None:
    chances = pair_distribution(np.array(first), np.array(second), copied)
    values = np.arange(5) / 4
    truth = elo(float(chances @ values))
    rng = np.random.default_rng(2024)
    found = [bounds(elo_difference(rng.choice(values, openings, p=chances), draws=DRAWS)) for _ in range(MATCHES)]
    # Four standard deviations of a count of 95 %. With few openings the intervals may be too wide, never too narrow.
    band = 4 * math.sqrt(0.95 * 0.05 / MATCHES)
    assert np.mean([low <= truth <= high for low, high, _ in found]) >= 0.95 - band
    assert np.mean([low > truth for low, _, _ in found]) <= 0.025 + band
    assert np.mean([high < truth for _, high, _ in found]) <= 0.025 + band
    if openings == 200:
        assert np.mean([low <= truth <= high for low, high, _ in found]) <= 0.95 + band


def test_superiority_is_calibrated_between_equals() -> None:
    rng = np.random.default_rng(5)
    found = np.array([bounds(elo_difference(rng.choice([0, 0.5, 1], 100), draws=DRAWS))[2] for _ in range(MATCHES)])
    band = 4 * math.sqrt(0.25 / MATCHES)
    for level in (0.1, 0.5, 0.9):
        assert abs((found < level).mean() - level) < band
