"""The likelihood ratio against another optimiser and by hand, and error rates in simulated tests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from arena.match.sprt.llr import POINTS, Hypotheses
from game.errors import UsageError

SHAPES = {
    "balanced": (0.1, 0.2, 0.4, 0.2, 0.1),
    "drawish": (0.01, 0.04, 0.9, 0.04, 0.01),
    "decided by the opening": (0.45, 0.0, 0.1, 0.0, 0.45),
}


def score_of(elo: float) -> float:
    return 1 / (1 + math.pow(10, -elo / 400))


def by_grid(counts: NDArray[np.float64], score: float) -> float:
    """The best log-likelihood of a distribution of this mean, by ever finer grids over its tilt."""
    low, high = -1 / (1 - score), 1 / score
    share = counts / counts.sum()
    for _ in range(12):
        edges = np.linspace(low, high, 4003)
        chances = share / (1 + edges[1:-1, None] * (POINTS - score))
        best = int(np.abs(chances @ POINTS - score * chances.sum(1)).argmin())
        low, high = edges[best], edges[best + 2]
    assert chances[best].sum() == pytest.approx(1, abs=1e-6)
    assert chances[best] @ POINTS == pytest.approx(score, abs=1e-6)
    return float(counts @ np.log(chances[best]))


@pytest.mark.parametrize(
    "counts",
    [(3, 5, 9, 6, 4), (120, 0.001, 40, 0.001, 150), (1, 1, 1, 1, 1), (0.001, 0.001, 70, 5, 0.001)],
)
@pytest.mark.parametrize(("elo0", "elo1"), [(0, 20), (-60, 200)])
def test_agrees_with_a_search_by_grids(counts: tuple[float, ...], elo0: float, elo1: float) -> None:
    seen = np.array(counts, dtype=np.float64)
    expected = by_grid(seen, score_of(elo1)) - by_grid(seen, score_of(elo0))
    assert float(Hypotheses(elo0, elo1).llr(seen)) == pytest.approx(expected, abs=1e-4)


def test_the_maximum_is_one_over_all_distributions() -> None:
    """No distribution of the same mean makes the outcomes likelier: tried at random."""
    rng = np.random.default_rng(1)
    counts = np.array([7.0, 11, 20, 9, 5])
    score = score_of(30)
    best = by_grid(counts, score)
    others = rng.dirichlet(np.ones(5) * 3, 4000)
    # Mixed with a sure win or loss so as to have the mean.
    off = others @ POINTS - score
    end = np.where(off > 0, 0.0, 1.0)
    part = off / (others @ POINTS - end)
    mixed = others * (1 - part[:, None])
    mixed[:, 0] += part * (end == 0)
    mixed[:, 4] += part * (end == 1)
    assert np.allclose(mixed @ POINTS, score)
    assert (np.log(mixed) @ counts).max() <= best + 1e-9


def test_two_outcomes_have_a_closed_form() -> None:
    """Pairs won or lost whole, 30 to 10: binomial."""
    s0, s1 = score_of(0), score_of(100)
    expected = 30 * math.log(s1 / s0) + 10 * math.log((1 - s1) / (1 - s0))
    assert float(Hypotheses(0, 100).llr([10, 0, 0, 0, 30])) == pytest.approx(expected, abs=0.02)


def test_exchanging_the_players_negates() -> None:
    counts = np.array([4, 9, 30, 22, 11])
    forth, back = Hypotheses(-10, 40), Hypotheses(-40, 10)
    assert float(forth.llr(counts)) == pytest.approx(-float(back.llr(counts[::-1])), abs=1e-9)
    assert (forth.lower, forth.upper) == (-back.upper, -back.lower)


def test_bounds_are_those_of_wald() -> None:
    assert (Hypotheses().lower, Hypotheses().upper) == pytest.approx((-2.944, 2.944), abs=5e-4)
    uneven = Hypotheses(alpha=0.01, beta=0.2)
    assert (uneven.lower, uneven.upper) == pytest.approx((math.log(0.2 / 0.99), math.log(80)))


def test_a_walk_is_the_ratio_after_each_pair() -> None:
    tested = Hypotheses(0, 50)
    scores = [1, 0.5, 0.25, 0.75, 1, 0]
    walk = tested.walk(scores)
    assert walk.shape == (6,)
    for count in range(1, 7):
        counts = np.bincount([round(4 * score) for score in scores[:count]], minlength=5)
        assert walk[count - 1] == pytest.approx(float(tested.llr(counts)), abs=1e-9)


def test_the_first_time_a_bound_is_reached_decides() -> None:
    tested = Hypotheses()
    assert tested.decided(np.array([1.0, -2.9, 2.9])) is None
    assert tested.decided(np.array([1.0, 3.0, -5.0])) == (2, "H1")
    assert tested.decided(np.array([1.0, -3.0, 5.0])) == (2, "H0")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((20, 0, 0.05, 0.05), "--elo0 20 and --elo1 0"),
        ((0, 0, 0.05, 0.05), "expected elo0 below elo1"),
        ((0, 5000, 0.05, 0.05), "from -2000 to 2000"),
        ((0, math.nan, 0.05, 0.05), "--elo1 nan"),
        ((0, 20, 0, 0.05), "--alpha 0 and"),
        ((0, 20, 0.5, 0.5), "less than 1"),
        ((0, 20, 0.05, math.nan), "--beta nan"),
    ],
)
def test_hypotheses_that_make_no_sense_are_refused(arguments: tuple[float, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Hypotheses(*arguments)


def of_mean(shape: tuple[float, ...], mean: float) -> NDArray[np.float64]:
    """The distribution of this mean nearest to a shape: weighted by a power of the points."""
    low, high = -60.0, 60.0
    for _ in range(200):
        middle = (low + high) / 2
        chances = np.array(shape) * np.exp(middle * POINTS)
        chances /= chances.sum()
        low, high = (middle, high) if chances @ POINTS < mean else (low, middle)
    return chances


def wrong_share(tested: Hypotheses, shape: tuple[float, ...], truth: float, tests: int, seed: int) -> float:
    """The share of simulated tests that accept the wrong hypothesis, where the players differ by `truth` Elo."""
    rng = np.random.default_rng(seed)
    chances = of_mean(shape, score_of(truth))
    counts = np.zeros((tests, 5))
    wrong = 0
    while len(counts):
        counts += np.eye(5)[rng.choice(5, len(counts), p=chances)]
        llr = tested.llr(counts)
        wrong += int((llr >= tested.upper if truth == tested.elo0 else llr <= tested.lower).sum())
        counts = counts[(tested.lower < llr) & (llr < tested.upper)]
    return wrong / tests


@pytest.mark.parametrize("right", ["H0", "H1"])
@pytest.mark.parametrize("shape", SHAPES)
def test_error_rates(shape: str, right: str) -> None:
    tested = Hypotheses(0, 100, 0.1, 0.05)
    nominal = tested.alpha if right == "H0" else tested.beta
    truth = tested.elo0 if right == "H0" else tested.elo1
    found = wrong_share(tested, SHAPES[shape], truth, 300, seed=1)
    assert found <= nominal + 3 * math.sqrt(nominal * (1 - nominal) / 300)


def test_a_test_in_between_accepts_either() -> None:
    tested = Hypotheses(0, 100)
    accepted_h0 = 0
    rng = np.random.default_rng(3)
    chances = of_mean(SHAPES["balanced"], (score_of(0) + score_of(100)) / 2)
    for walk in tested.walk(rng.choice(POINTS, (60, 400), p=chances)):
        decided = tested.decided(walk)
        assert decided is not None
        accepted_h0 += decided[1] == "H0"
    assert 15 <= accepted_h0 <= 45


@pytest.mark.slow
@pytest.mark.parametrize("right", ["H0", "H1"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("elo0", "elo1", "alpha", "beta"),
    [(0, 20, 0.05, 0.05), (-30, 30, 0.1, 0.1), (0, 200, 0.05, 0.05), (100, 200, 0.01, 0.2)],
)
def test_error_rates_of_many_tests(elo0: float, elo1: float, alpha: float, beta: float, shape: str, right: str) -> None:
    tested = Hypotheses(elo0, elo1, alpha, beta)
    nominal, truth = (alpha, elo0) if right == "H0" else (beta, elo1)
    found = wrong_share(tested, SHAPES[shape], truth, 2000, seed=7)
    assert found <= nominal + 4 * math.sqrt(nominal * (1 - nominal) / 2000)
