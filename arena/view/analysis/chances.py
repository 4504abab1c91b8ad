"""Chances of a win, a draw and a loss, from a value: calibrated on games that were played."""

from __future__ import annotations

import functools
import json
import math
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

MOST = 0.9995  # of a value that is an estimate: farther out there is nothing to tell apart


class Outlook(NamedTuple):
    """Chances of one side, which add up to 1."""

    win: float
    draw: float
    loss: float

    def turned(self) -> Outlook:
        """The other side's."""
        return Outlook(self.loss, self.draw, self.win)


@dataclass(frozen=True, slots=True)
class Chances:
    """An ordered logit: z = u exp(slope + slope_t t) + bias + bias_t t, win = s(z - w), loss = s(-z - w), s logistic.

    u = 2 atanh(value), so that a value v is at first taken for the chance (1 + v) / 2, and t is the share of the
    longest game that was played, `plies`. w = exp(width + width_t t) makes room for draws; None where there are none.
    (P. McCullagh, "Regression models for ordinal data", 1980.)
    """

    plies: int
    slope: float = 0.0
    slope_t: float = 0.0
    bias: float = 0.0
    bias_t: float = 0.0
    width: float | None = None
    width_t: float = 0.0

    def of(self, value: float, ply: int) -> Outlook:
        """The mover's chances in a position of this estimated value, from -1 to 1, for the mover, after `ply` moves."""
        t = ply / self.plies
        u = 2 * math.atanh(min(max(value, -MOST), MOST))
        z = u * math.exp(self.slope + self.slope_t * t) + self.bias + self.bias_t * t
        w = 0.0 if self.width is None else math.exp(min(self.width + self.width_t * t, 20.0))
        win, loss = _logistic(z - w), _logistic(-z - w)
        return Outlook(win, max(1 - win - loss, 0.0), loss)


def proven(outcome: int) -> Outlook:
    """The chances where the outcome is certain: 1, 0 or -1."""
    return Outlook(float(outcome > 0), float(outcome == 0), float(outcome < 0))


def chances_of(game: str, plies: int) -> Chances:
    """Those of this board; without a calibration a value v is taken for the chance (1 + v) / 2 of a win."""
    found = known().get(game)
    return Chances(plies) if found is None else Chances(**found["model"])


def chances_file() -> Traversable:
    """Where the calibrations of all boards are kept, and how each was made."""
    return resources.files("arena").joinpath("data", "chances.json")


@functools.cache
def known() -> dict[str, Any]:
    """What the file holds, by the name of the board."""
    file = chances_file()
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0
