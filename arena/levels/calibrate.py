"""Fits `Chances` to games that were played, by maximum likelihood, and tells how well they fit games held out."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from agent.play.qfunction import QFunction, slices
from arena.match.records.read import Record
from arena.view.analysis.chances import MOST, Chances
from game.core import AnyGame
from game.notation import parse_moves

HELD_OUT = 5  # every fifth opening
MOST_GAMES = 1000  # whose positions are looked at
_FEWEST_DRAWS = 0.002  # of all positions, below which the model has none
_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Sample:
    """N positions of games: value `[N]` for the mover, ply `[N]`, outcome `[N]` 1, 0 or -1 for the mover, group `[N]`.

    group: positions of one opening belong together.
    """

    value: Tensor
    ply: Tensor
    outcome: Tensor
    group: Tensor

    def __len__(self) -> int:
        return len(self.value)

    def of(self, rows: Tensor) -> Sample:
        return Sample(self.value[rows], self.ply[rows], self.outcome[rows], self.group[rows])


def sample_of(game: AnyGame, q_function: QFunction, records: Sequence[Record]) -> Sample:
    """Every position after the opening of these games, or of some all over them, valued by its best move."""
    states: list[Any] = []
    outcome, group = [], []
    whole = [one for one in records if not one.forfeited]
    for one in whole[:: -(-len(whole) // MOST_GAMES)]:
        history = parse_moves(game, one.row.moves)
        begun = len(parse_moves(game, one.detail.begun).actions) if one.detail is not None else 0
        for state in history.states[begun:-1]:
            states.append(state)
            outcome.append(one.row.result * (-1 if int(state.ply) % 2 else 1))
            group.append(one.row.opening)
    every = type(states[0]).cat(states)
    value = torch.cat([q_function.q(every[rows]).amax(1) for rows in slices(len(every), _AT_ONCE)])
    return Sample(value.double(), every.ply.double(), torch.tensor(outcome), torch.tensor(group))


def fit(sample: Sample, plies: int) -> Chances:
    """The most likely model, drawn towards taking values for chances as they are, the less openings there are.

    plies: of the longest game.
    """
    ridge = 1 / len(set(sample.group.tolist()))
    has_draws = float((sample.outcome == 0).double().mean()) > _FEWEST_DRAWS
    names = ["slope", "slope_t", "bias", "bias_t", *(["width", "width_t"] if has_draws else [])]
    weights = torch.zeros(len(names), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = _loss(weights, sample, plies) + ridge * (weights**2).mean()
        loss.backward()  # type: ignore[no-untyped-call] # torch's own
        return loss

    with torch.inference_mode(False):
        optimiser.step(closure)  # type: ignore[no-untyped-call] # torch's own
    found = dict(zip(names, (round(value, 4) for value in weights.tolist()), strict=True))
    return Chances(plies, **found)


def calibrated(sample: Sample, plies: int) -> dict[str, Any]:
    """A model of all positions, and what one of four fifths of the openings says of the others.

    log_loss: mean of -ln of the chance given to what happened, on openings held out; log_loss_uncalibrated: the same
    for (1 + value) / 2 without draws, log_loss_of_shares: for the mean shares. error: the mean distance of the expected
    points from the points scored, over tenths of the positions held out by expected points.
    """
    held = sample.group % HELD_OUT == 0
    rest, test = sample.of((~held).nonzero().squeeze(1)), sample.of(held.nonzero().squeeze(1))
    tried = fit(rest, plies)
    expected = _chances(_weights(tried), test, plies)
    shares = torch.stack([(rest.outcome == result).double().mean() for result in (1, 0, -1)]).clamp(min=1e-6)
    plain = _chances(_weights(Chances(plies)), test, plies)
    return {
        "model": dataclasses.asdict(fit(sample, plies)),
        "positions": len(sample),
        "held_out": {
            "positions": len(test),
            "log_loss": _rounded(_log_loss(expected, test.outcome)),
            "log_loss_uncalibrated": _rounded(_log_loss(plain, test.outcome)),
            "log_loss_of_shares": _rounded(_log_loss(shares.expand(len(test), 3), test.outcome)),
            "error": _rounded(reliability(expected, test.outcome)),
        },
    }


def reliability(chances: Tensor, outcome: Tensor, parts: int = 10) -> float:
    """The mean distance of expected from scored points over `parts` equal parts by expected points; in [0, 1].

    chances: `[N, 3]` of a win, a draw and a loss. outcome: `[N]` 1, 0 or -1.
    """
    points, scored = chances[:, 0] + chances[:, 1] / 2, (outcome.double() + 1) / 2
    order = points.argsort()
    apart = [abs(float(points[rows].mean() - scored[rows].mean())) for rows in order.tensor_split(parts) if len(rows)]
    return sum(apart) / len(apart)


def _weights(chances: Chances) -> Tensor:
    values = [chances.slope, chances.slope_t, chances.bias, chances.bias_t]
    values += [] if chances.width is None else [chances.width, chances.width_t]
    return torch.tensor(values, dtype=torch.float64)


def _chances(weights: Tensor, sample: Sample, plies: int) -> Tensor:
    """`[N, 3]`: chances of a win, a draw and a loss, as `Chances.of` gives them."""
    t = sample.ply / plies
    u = 2 * sample.value.clamp(-MOST, MOST).atanh()
    z = u * torch.exp(weights[0] + weights[1] * t) + weights[2] + weights[3] * t
    w = torch.exp((weights[4] + weights[5] * t).clamp(max=20.0)) if len(weights) > 4 else torch.zeros_like(t)
    win, loss = torch.sigmoid(z - w), torch.sigmoid(-z - w)
    return torch.stack([win, 1 - win - loss, loss], 1)


def _loss(weights: Tensor, sample: Sample, plies: int) -> Tensor:
    chance = _chances(weights, sample, plies).gather(1, (1 - sample.outcome)[:, None]).squeeze(1)
    return -chance.clamp(min=1e-9).log().mean()


def _log_loss(chances: Tensor, outcome: Tensor) -> float:
    return float(-chances.gather(1, (1 - outcome)[:, None]).clamp(min=1e-3).log().mean())


def _rounded(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
