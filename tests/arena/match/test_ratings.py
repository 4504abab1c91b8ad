"""Ratings: planted strengths found again, closed forms, and another algorithm as the oracle."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from arena.match.ratings import Rating, bradley_terry
from arena.match.score import ELO_PER_LOGIT, FEWEST_OPENINGS, elo_difference

PLANTED = np.array([-250.0, -80.0, 110.0, 220.0])
OPENINGS = 100
TOURNAMENTS, DRAWS = 200, 200


def simulated(ratings: NDArray[np.float64], openings: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Points `[U, P, P]` of a round robin without draws between players of these Elo ratings, each opening twice."""
    count = len(ratings)
    chance = 1 / (1 + 10 ** ((ratings[None, :] - ratings[:, None]) / 400))
    won = (rng.random((openings, 2, count, count)) < chance).sum(1).astype(np.float64)
    upper = np.triu(won, 1)
    points: NDArray[np.float64] = upper + np.tril(2 - upper.transpose(0, 2, 1), -1)
    return points


def in_one_opening(points: NDArray[np.float64]) -> list[float]:
    return [rating.elo for rating in bradley_terry(points[None])]


def interval(rating: Rating) -> tuple[float, float]:
    assert rating.low is not None
    assert rating.high is not None
    return rating.low, rating.high


def by_minorisation(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Elo by the MM algorithm of D. R. Hunter (Annals of Statistics 2004), the virtual pair added as documented."""
    met = points + points.T > 0
    points = points + met
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
    truth = PLANTED - PLANTED.mean()
    inside, above = np.zeros(len(PLANTED)), np.zeros(len(PLANTED))
    for _ in range(TOURNAMENTS):
        for k, rating in enumerate(bradley_terry(simulated(PLANTED, OPENINGS, rng), DRAWS)):
            low, high = interval(rating)
            assert low < rating.elo < high
            inside[k] += low <= truth[k] <= high
            above[k] += rating.elo > truth[k]
    band = 4 * math.sqrt(0.95 * 0.05 / TOURNAMENTS)
    assert np.abs(inside / TOURNAMENTS - 0.95).max() <= band
    assert np.abs(above / TOURNAMENTS - 0.5).max() <= 4 * math.sqrt(0.25 / TOURNAMENTS) + 0.05


def test_openings_that_decide_for_all_players_are_the_unit_of_chance() -> None:
    """Where an opening makes everybody beat the first player or lose to it, many games tell little."""
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(TOURNAMENTS):
        points = np.ones((20, 8, 8)) * (1 - np.eye(8))
        points[:, 0, 1:] = 2 * rng.integers(0, 2, 20)[:, None]
        points[:, 1:, 0] = 2 - points[:, 0, 1:]
        low, high = interval(bradley_terry(points, DRAWS)[0])
        inside += low <= 0 <= high
    assert inside / TOURNAMENTS > 0.95 - 4 * math.sqrt(0.95 * 0.05 / TOURNAMENTS)


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param(
            np.random.default_rng(4).choice([0, 0.25, 0.5, 0.75, 1], 60, p=[0.1, 0.1, 0.2, 0.3, 0.3]), id="mixed"
        ),
        pytest.param(np.ones(30), id="clean sweep"),
    ],
)
def test_two_players_are_rated_as_their_match_is(scores: NDArray[np.float64]) -> None:
    points = np.zeros((len(scores), 2, 2))
    points[:, 0, 1], points[:, 1, 0] = 2 * scores, 2 - 2 * scores
    match, (first, second) = elo_difference(scores), bradley_terry(points)
    assert first.elo - second.elo == pytest.approx(match.difference, abs=1e-6)
    assert first.elo == pytest.approx(-second.elo)
    assert match.low is not None
    assert match.high is not None
    assert 2 * np.array(interval(first)) == pytest.approx([match.low, match.high], abs=0.1 * (match.high - match.low))


@pytest.mark.parametrize(("won", "lost"), [(30.0, 10.0), (0.0, 1.0), (12.5, 12.5), (1000.0, 0.0)])
def test_two_players_have_a_closed_form(won: float, lost: float) -> None:
    found = in_one_opening(np.array([[0, won], [lost, 0]]))
    assert found[0] - found[1] == pytest.approx(400 * math.log10((won + 1) / (lost + 1)), abs=1e-6)


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
    assert in_one_opening(points) == pytest.approx(by_minorisation(points).tolist(), abs=1e-4)


def test_few_openings_have_no_interval() -> None:
    points = simulated(PLANTED, FEWEST_OPENINGS, np.random.default_rng(3))
    few, enough = bradley_terry(points[1:]), bradley_terry(points)
    assert all(r.low is None and r.high is None and r.margin is None for r in few)
    for rating in enough:
        low, high = interval(rating)
        assert rating.margin == (high - low) / 2


def test_clean_sweeps_are_finite_and_ordered() -> None:
    points = np.repeat(np.triu(np.full((4, 4), 2.0), 1)[None], 50, 0)
    found = bradley_terry(points)
    bounds = [bound for rating in found for bound in interval(rating)]
    assert all(math.isfinite(bound) for bound in bounds)
    assert all(low < rating.elo < high for rating in found for low, high in [interval(rating)])
    assert [r.elo for r in found] == sorted((r.elo for r in found), reverse=True)
    assert sum(r.elo for r in found) == pytest.approx(0, abs=1e-6)


def test_equal_players_are_level() -> None:
    assert in_one_opening(10 * (1 - np.eye(3))) == pytest.approx([0, 0, 0], abs=1e-9)


@pytest.mark.parametrize("groups", [((0, 1), (2, 3)), ((0,), (1, 2, 3)), ((3,), (0, 1, 2)), ((0,), (1,), (2,), (3,))])
def test_players_who_never_met_have_no_common_rating(groups: tuple[tuple[int, ...], ...]) -> None:
    points = np.zeros((1, 4, 4))
    for group in groups:
        for i, j in itertools.permutations(group, 2):
            points[0, i, j] = 1
    with pytest.raises(ValueError, match="never met"):
        bradley_terry(points)


def test_a_chain_of_players_is_connected() -> None:
    points = np.zeros((6, 6))
    for i in range(5):
        points[i + 1, i], points[i, i + 1] = 3, 1
    assert np.diff(in_one_opening(points)) == pytest.approx([400 * math.log10(4 / 2)] * 5)


def test_order_of_players_does_not_matter() -> None:
    points = simulated(PLANTED, 50, np.random.default_rng(4))
    order = np.array([3, 0, 2, 1])
    plain, turned = bradley_terry(points), bradley_terry(points[:, order][:, :, order])
    assert [r.elo for r in turned] == pytest.approx([plain[k].elo for k in order])
    for rating, k in zip(turned, order, strict=True):
        # The openings weigh the same, only the virtual pairs are drawn in another order.
        assert interval(rating) == pytest.approx(interval(plain[k]), abs=5)
