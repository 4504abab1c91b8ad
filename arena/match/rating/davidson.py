"""Paired comparisons with draws and a first seat: the likelihood and its maximum.

Where i moves first against j, win : draw : loss are as exp(d / 2) : nu : exp(-d / 2) with d = r_i - r_j + seat: the
model of R. R. Davidson (JASA 1970) with the order effect of R. R. Davidson and R. J. Beaver (Biometrics 1977). Without
draws and with no advantage of the seat it is that of Bradley and Terry. The log-likelihood is concave in r, seat and
log nu.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_STEPS = 200
_LONGEST_STEP = 1.0  # of any parameter, in logits


@dataclass(frozen=True, slots=True)
class Results:
    """D tables of results between P players: wins, draws and losses `[D, P, P]` of the row's player, moving first."""

    wins: Array
    draws: Array
    losses: Array


@dataclass(frozen=True, slots=True)
class Parameters:
    """D maxima: ratings `[D, P]` in logits, of mean 0 in each group; seat `[D]` in logits; log_nu `[D]`.

    log_nu is -inf where there are no draws.
    """

    ratings: Array
    seat: Array
    log_nu: Array

    @property
    def nu(self) -> Array:
        return np.exp(self.log_nu)


def fitted(results: Results, groups: NDArray[np.int64], begin: Parameters | None, precision: float) -> Parameters:
    """The most likely parameters of each table, by Newton's method from `begin` (one for all) on.

    groups: `[P]`, the number of the group of each player; only players of one group have met.
    """
    tables, players, _ = results.wins.shape
    games = results.wins + results.draws + results.losses
    drawn = results.draws.sum((1, 2)) > 0
    ratings, seat, log_nu = np.zeros((tables, players)), np.zeros(tables), np.where(drawn, 0.0, -np.inf)
    if begin is not None:
        ratings[:], seat[:] = begin.ratings, begin.seat
        log_nu = np.where(drawn, np.where(np.isfinite(begin.log_nu), begin.log_nu, 0.0), -np.inf)
    # The likelihood fixes differences within groups only: the added term fixes each mean at 0.
    same = groups[:, None] == groups
    centring = np.zeros((players + 2, players + 2))
    centring[:players, :players] = same / same.sum(1)
    for _ in range(_STEPS):
        gradient, information = _slopes(results, games, ratings, seat, log_nu)
        information[:, -1, -1] += ~drawn
        step = np.linalg.solve(information + centring, gradient[:, :, None])[:, :, 0]
        step *= np.minimum(1, _LONGEST_STEP / np.maximum(np.abs(step).max(1, keepdims=True), 1e-300))
        ratings, seat, log_nu = ratings + step[:, :-2], seat + step[:, -2], log_nu + step[:, -1]
        if np.abs(step).max() < precision:
            break
    return Parameters(ratings - ratings @ (same / same.sum(1)), seat, log_nu)


def covariance(results: Results, groups: NDArray[np.int64], at: Parameters) -> Array:
    """`[D, P + 2, P + 2]`: the inverse of the information about ratings, seat and log nu, the means of groups fixed.

    Without draws log nu has no variance: it is -inf.
    """
    players = len(groups)
    games = results.wins + results.draws + results.losses
    _, information = _slopes(results, games, at.ratings, at.seat, at.log_nu)
    drawn = np.isfinite(at.log_nu)
    information[:, -1, -1] += ~drawn
    same = groups[:, None] == groups
    information[:, :players, :players] += same / same.sum(1)
    found: Array = np.linalg.inv(information).astype(np.float64)
    found[:, :players, :players] -= same / same.sum(1)
    found[~drawn, -1, -1] = 0
    return found


def _slopes(results: Results, games: Array, ratings: Array, seat: Array, log_nu: Array) -> tuple[Array, Array]:
    """The gradient `[D, P + 2]` of the log-likelihood, and the information `[D, P + 2, P + 2]`."""
    half = (ratings[:, :, None] - ratings[:, None, :] + seat[:, None, None]) / 2
    nu = np.exp(log_nu)[:, None, None]
    top = np.maximum(np.abs(half), np.where(nu > 0, np.log(np.maximum(nu, 1e-300)), 0))
    win, loss, draw = np.exp(half - top), np.exp(-half - top), nu * np.exp(-top)
    total = win + draw + loss
    drawn, margin = draw / total, (win - loss) / total
    players = ratings.shape[1]
    slope = (results.wins - results.losses - games * margin) / 2  # in d
    weight = games * (1 - drawn - margin**2) / 4
    mixed = games * (-drawn * margin) / 2
    gradient = np.concatenate(
        [
            slope.sum(2) - slope.sum(1),
            slope.sum((1, 2))[:, None],
            (results.draws - games * drawn).sum((1, 2))[:, None],
        ],
        1,
    )
    information = np.zeros((len(ratings), players + 2, players + 2))
    places = np.arange(players)
    information[:, :players, :players] = -weight - weight.transpose(0, 2, 1)
    information[:, places, places] += weight.sum(2) + weight.sum(1)
    for at, part in ((players, weight), (players + 1, mixed)):
        along = part.sum(2) - part.sum(1)
        information[:, :players, at] = information[:, at, :players] = along
    information[:, players, players] = weight.sum((1, 2)) + (games.sum((1, 2)) == 0)  # of no games: nothing moves
    information[:, players, -1] = information[:, -1, players] = mixed.sum((1, 2))
    information[:, -1, -1] = (games * drawn * (1 - drawn)).sum((1, 2))
    return gradient, information
