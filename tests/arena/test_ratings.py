"""Ratings: planted strengths found again, closed forms, and another algorithm as the oracle."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from arena.ratings import VIRTUAL_GAMES, bradley_terry
from arena.score import ELO_PER_LOGIT, Z95

PLANTED = np.array([-250.0, -80.0, 0.0, 110.0, 220.0])
GAMES = 200
REPETITIONS = 300


def simulated(ratings: NDArray[np.float64], games: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Points of a round robin without draws between players of these Elo ratings."""
    points = np.zeros((len(ratings), len(ratings)))
    for i, j in itertools.combinations(range(len(ratings)), 2):
        points[i, j] = rng.binomial(games, 1 / (1 + 10 ** ((ratings[j] - ratings[i]) / 400)))
        points[j, i] = games - points[i, j]
    return points


def by_minorisation(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Elo by the MM algorithm of D. R. Hunter (Annals of Statistics 2004), virtual games added as documented."""
    met = points + points.T > 0
    points = points + met * VIRTUAL_GAMES / 2
    games = points + points.T
    strength = np.ones(len(points))
    for _ in range(20_000):
        before = strength
        strength = points.sum(1) / (games / (strength[:, None] + strength[None, :])).sum(1)
        strength /= np.exp(np.log(strength).mean())
        if np.abs(strength / before - 1).max() < 1e-13:
            break
    found: NDArray[np.float64] = ELO_PER_LOGIT * np.log(strength)
    return found


def test_planted_ratings_are_inside_their_intervals_at_the_nominal_rate() -> None:
    rng = np.random.default_rng(11)
    inside, error = np.zeros(len(PLANTED)), np.zeros(len(PLANTED))
    truth = PLANTED - PLANTED.mean()
    for _ in range(REPETITIONS):
        found = bradley_terry(simulated(PLANTED, GAMES, rng))
        for k, rating in enumerate(found):
            inside[k] += abs(rating.elo - truth[k]) <= rating.margin
            error[k] += rating.elo - truth[k]
    band = 4 * math.sqrt(0.95 * 0.05 / REPETITIONS) + 0.01
    assert np.abs(inside / REPETITIONS - 0.95).max() <= band
    # The virtual games pull toward each other by less than this.
    assert np.abs(error / REPETITIONS).max() < 6


@pytest.mark.parametrize(("won", "lost"), [(30.0, 10.0), (0.0, 1.0), (12.5, 12.5), (1000.0, 0.0)])
def test_two_players_have_a_closed_form(won: float, lost: float) -> None:
    found = bradley_terry(np.array([[0, won], [lost, 0]]))
    games, rate = won + lost + 1, (won + 0.5) / (won + lost + 1)
    assert found[0].elo - found[1].elo == pytest.approx(400 * math.log10(rate / (1 - rate)), abs=1e-6)
    assert found[0].elo == pytest.approx(-found[1].elo)
    margin = Z95 * ELO_PER_LOGIT / (2 * math.sqrt(games * rate * (1 - rate)))
    assert [r.margin for r in found] == pytest.approx([margin, margin])


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_another_algorithm_on_random_results(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 9))
    points = rng.integers(0, 40, (count, count)) / 2
    np.fill_diagonal(points, 0)
    # Not everybody meets everybody, but a ring keeps them together.
    for i, j in itertools.combinations(range(count), 2):
        if j != i + 1 and rng.random() < 0.4:
            points[i, j] = points[j, i] = 0
        elif points[i, j] + points[j, i] == 0:
            points[i, j] = 1
    assert [r.elo for r in bradley_terry(points)] == pytest.approx(by_minorisation(points).tolist(), abs=1e-4)


def test_margins_are_those_of_the_inverse_information() -> None:
    """On differences from the first player the information matrix is regular: no pseudo-inverse is needed."""
    points = simulated(PLANTED, 60, np.random.default_rng(3))
    found = bradley_terry(points)
    logit = np.array([r.elo for r in found]) / ELO_PER_LOGIT
    games = points + points.T + 1 - np.eye(len(points))
    chance = 1 / (1 + np.exp(logit[None, :] - logit[:, None]))
    weight = games * chance * (1 - chance)
    np.fill_diagonal(weight, 0)
    information = np.diag(weight.sum(1)) - weight
    covariance = np.zeros_like(information)
    covariance[1:, 1:] = np.linalg.inv(information[1:, 1:])
    to_mean = np.eye(len(points)) - 1 / len(points)
    expected = Z95 * ELO_PER_LOGIT * np.sqrt(np.diag(to_mean @ covariance @ to_mean))
    assert [r.margin for r in found] == pytest.approx(expected.tolist(), rel=1e-6)


def test_clean_sweeps_are_finite_and_ordered() -> None:
    points = np.triu(np.full((4, 4), 100.0), 1)
    found = bradley_terry(points)
    assert all(math.isfinite(r.elo) and math.isfinite(r.margin) for r in found)
    assert [r.elo for r in found] == sorted((r.elo for r in found), reverse=True)
    assert sum(r.elo for r in found) == pytest.approx(0, abs=1e-6)


def test_equal_players_are_level() -> None:
    found = bradley_terry(10 * (1 - np.eye(3)))
    assert [r.elo for r in found] == pytest.approx([0, 0, 0], abs=1e-9)


@pytest.mark.parametrize("groups", [((0, 1), (2, 3)), ((0,), (1, 2, 3)), ((3,), (0, 1, 2)), ((0,), (1,), (2,), (3,))])
def test_players_who_never_met_have_no_common_rating(groups: tuple[tuple[int, ...], ...]) -> None:
    points = np.zeros((4, 4))
    for group in groups:
        for i, j in itertools.permutations(group, 2):
            points[i, j] = 5
    with pytest.raises(ValueError, match="never met"):
        bradley_terry(points)


def test_a_chain_of_players_is_connected() -> None:
    points = np.zeros((6, 6))
    for i in range(5):
        points[i + 1, i], points[i, i + 1] = 3, 1
    found = [r.elo for r in bradley_terry(points)]
    assert np.diff(found) == pytest.approx([400 * math.log10(3.5 / 1.5)] * 5)


def test_order_of_players_does_not_matter() -> None:
    points = simulated(PLANTED, 50, np.random.default_rng(4))
    order = np.array([3, 0, 4, 2, 1])
    plain, turned = bradley_terry(points), bradley_terry(points[np.ix_(order, order)])
    assert [r.elo for r in turned] == pytest.approx([plain[k].elo for k in order])
    assert [r.margin for r in turned] == pytest.approx([plain[k].margin for k in order])
