"""Elo ratings by maximum likelihood, with draws, the advantage of moving first, and 95 % intervals of two kinds.

The model is in `davidson`. A logit is 400 / ln 10 * 2 / (2 + nu) Elo: then near-equals score what Elo differences are
known for, with or without draws, and nu = 2 is Elo's own curve (L. Szczecinski and A. Djebbi, Journal of Quantitative
Analysis in Sports 2020; BayesElo scales alike).

The prior is weak: each player has one virtual win and one virtual loss in all, shared among those it met, so that clean
sweeps stay finite. Two players who meet in no other games get one of each against each other.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arena.match.rating.davidson import Parameters, Results, covariance, fitted
from arena.match.rating.games import Floats, GameResults, Ints, groups_of
from arena.match.score import ELO_PER_LOGIT, FEWEST_OPENINGS

MOST_DRAWS = 1000  # of the bootstrap
_DRAWN_PLAYERS = 20_000  # draws times players: fewer draws for many players
_AT_ONCE = 4_000_000  # numbers in one table
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Rating:
    """An Elo rating.

    low, high: its 95 % interval by a bootstrap over openings; None where too few were played.
    error:     half of the 95 % interval by the inverse Hessian, which takes all games for independent, but for those of
               one opening between the same players in the same seats: they count as one.
    """

    elo: float
    low: float | None = None
    high: float | None = None
    error: float = 0.0

    @property
    def margin(self) -> float | None:
        """Half the width of the interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class Ratings:
    """What the games tell about P players.

    players:  their ratings: the anchor has its own, otherwise the mean of each group is 0.
    seat:     the Elo that moving first is worth.
    draws:    the share of draws between equals, nu / (2 + nu).
    group:    `[P]`, players of different groups are not connected by games and cannot be compared.
    order:    players from the strongest to the weakest, group by group.
    superior: the chance that each player in `order` is stronger than the next; None where that is not known.
    """

    players: list[Rating]
    seat: Rating
    draws: float
    group: Ints
    order: list[int]
    superior: list[float | None]


def rated(
    games: GameResults, anchor: tuple[int, float] | None = None, prior: float = 1.0, draws: int | None = None
) -> Ratings:
    """Rate the players of these games. anchor: a player and the Elo it is given; prior: the weight of virtual games.

    draws: of the bootstrap, 0 for none [1000, fewer with more than 20 players].

    The bootstrap is Bayesian (D. B. Rubin, Annals of Statistics 1981): each draw weighs every opening exponentially,
    for all players alike, and the virtual games by gamma distributions; for two players that is Jeffreys' interval
    after a clean sweep. Its seed is fixed: the same games give the same intervals.
    """
    count = games.players
    played, pairing = games.pairings()
    outcome = 3 * pairing + 1 - games.result
    weights = games.weights()
    total = np.bincount(outcome, weights, minlength=3 * len(played)).astype(np.float64)
    met = np.zeros((count, count), dtype=bool)
    met.flat[played] = True
    group = groups_of(met)
    results = _with_virtual(total[None], played, met, np.full((2, 1, count), prior))
    found = fitted(results, group, None, 1e-10)
    logits, per_logit = found.ratings, _per_logit(found)
    elo, seat = _anchored(logits * per_logit[:, None], group, anchor)[0], float((found.seat * per_logit)[0])
    errors, seat_error = _errors(found, covariance(results, group, found)[0], group, anchor)
    order = sorted(range(count), key=lambda player: (group[player], -elo[player]))
    share = float((found.nu / (2 + found.nu))[0])
    openings = np.unique(games.opening)
    wanted = min(MOST_DRAWS, max(_DRAWN_PLAYERS // count, 200)) if draws is None else draws
    if len(openings) < FEWEST_OPENINGS or not wanted:
        plain = [Rating(value, error=error) for value, error in zip(elo.tolist(), errors, strict=True)]
        return Ratings(plain, Rating(seat, error=seat_error), share, group, order, [None] * (count - 1))
    drawn = _bootstrap(games, weights, outcome, played, met, group, found, prior, wanted)
    sample = _anchored(drawn.ratings * _per_logit(drawn)[:, None], group, anchor)
    low, high = np.quantile(sample, [0.025, 0.975], axis=0).tolist()
    seats = np.quantile(drawn.seat * _per_logit(drawn), [0.025, 0.975]).tolist()
    superior = [
        float((sample[:, a] > sample[:, b]).mean()) if group[a] == group[b] else None
        for a, b in itertools.pairwise(order)
    ]
    players = [Rating(*row) for row in zip(elo.tolist(), low, high, errors, strict=True)]
    return Ratings(players, Rating(seat, seats[0], seats[1], seat_error), share, group, order, superior)


def _bootstrap(
    games: GameResults,
    weights: Floats,
    outcome: Ints,
    played: Ints,
    met: NDArray[np.bool_],
    group: Ints,
    found: Parameters,
    prior: float,
    draws: int,
) -> Parameters:
    """The maxima under so many random weightings of openings."""
    rng = np.random.default_rng(0)
    _, number = np.unique(games.opening, return_inverse=True)
    openings, columns = int(number.max()) + 1, 3 * len(played)
    chances = rng.standard_exponential((draws, openings), dtype=np.float32)
    total = np.zeros((draws, columns), dtype=np.float32)
    step = max(_AT_ONCE // columns, 1)
    order = np.argsort(number, kind="stable") if openings > step else np.arange(len(number))
    for low in range(0, openings, step):
        high = min(low + step, openings)
        rows = order[slice(*np.searchsorted(number[order], [low, high]))] if openings > step else order
        cell = (number[rows] - low) * columns + outcome[rows]
        table = np.bincount(cell, weights[rows], minlength=(high - low) * columns)
        total += chances[:, low:high] @ table.reshape(high - low, columns).astype(np.float32)
    # A virtual game is half of one player's and half of the other's: gamma weights that add up to shape 1/2.
    virtual = prior * 4 * rng.standard_gamma(0.25, (2, draws, games.players))
    parts = []
    size = max(_AT_ONCE // (8 * games.players**2), 1)
    for at in range(0, draws, size):
        some = slice(at, at + size)
        tables = _with_virtual(total[some].astype(np.float64), played, met, virtual[:, some])
        parts.append(fitted(tables, group, found, 1e-4))
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("ratings", "seat", "log_nu")}
    return Parameters(**joined)


def _with_virtual(total: Floats, played: Ints, met: NDArray[np.bool_], virtual: Floats) -> Results:
    """D tables `[D, P, P]` from `total` `[D, 3 M]`, the virtual games added.

    virtual: `[2, D, P]`, the weight of each player's virtual wins and losses, shared among those it met.
    """
    players = len(met)
    tables = np.zeros((3, len(total), players**2))
    tables[:, :, played] = total.reshape(len(total), -1, 3).transpose(2, 0, 1)
    wins, draws, losses = tables.reshape(3, len(total), players, players)
    either = met | met.T
    share = virtual / np.maximum(either.sum(1), 1)
    # By seat: half of the games each. A player's win is the other's loss.
    gained = (share[0][:, :, None] + share[1][:, None, :]) * either / 4
    lost = (share[1][:, :, None] + share[0][:, None, :]) * either / 4
    return Results(wins + gained, draws, losses + lost)


def _per_logit(found: Parameters) -> Floats:
    """`[D]`: how many Elo one logit is."""
    return ELO_PER_LOGIT * 2 / (2 + found.nu)


def _anchored(elo: Floats, group: Ints, anchor: tuple[int, float] | None) -> Floats:
    """Ratings `[D, P]` moved so that the anchor, and with it its group, has the Elo it is given."""
    if anchor is None:
        return elo
    player, value = anchor
    return np.where(group == group[player], elo - elo[:, [player]] + value, elo)


def _errors(
    found: Parameters, spread: Floats, group: Ints, anchor: tuple[int, float] | None
) -> tuple[list[float], float]:
    """Half of the 95 % intervals of all players and of the seat, by the inverse Hessian and the delta method."""
    players = len(group)
    per_logit, nu = float(_per_logit(found)[0]), float(found.nu[0])
    values = np.append(found.ratings[0], found.seat[0])
    slopes = np.zeros((players + 1, players + 2))
    slopes[:, :-1] = per_logit * np.eye(players + 1)
    slopes[:, -1] = -per_logit * nu / (2 + nu) * values
    if anchor is not None:
        slopes[:-1] -= np.where(group == group[anchor[0]], 1, 0)[:, None] * slopes[anchor[0]]
    variance = np.einsum("pi,ij,pj->p", slopes, spread, slopes)
    errors = (_Z * np.sqrt(np.maximum(variance, 0))).tolist()
    return errors[:-1], errors[-1]
