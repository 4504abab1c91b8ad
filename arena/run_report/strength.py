"""Strength numbers with what they rest on: how many games or positions, and a 95 % interval."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

from arena.judge import OPPONENTS, StrengthJudge
from arena.openings import random_openings
from arena.run_report.reading import Run, number
from arena.score import Z95

SCORE, MISTAKES = "score vs ", "mistakes on "
EXACT = "all states"  # how the names of sets begin that leave nothing to chance


@dataclass(frozen=True, slots=True)
class Measured:
    """One strength number, in [0, 1].

    count:     the games or positions that it is the mean of; None where that is not known.
    unit:      "games" or "positions"; "" where not known.
    low, high: 95 % interval; None where the count is not known or nothing is left to chance.
    exact:     all positions of the game were looked at, so there is no chance in it.
    """

    name: str
    value: float
    count: int | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    exact: bool = False


def wilson(rate: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a rate in [0, 1] seen in `count` independent trials.

    For scores it is on the safe side: draws make the mean of games vary less than wins and losses alone.
    """
    centre = rate + Z95**2 / (2 * count)
    half = Z95 * math.sqrt(rate * (1 - rate) / count + Z95**2 / (4 * count**2))
    whole = 1 + Z95**2 / count
    return max(0.0, (centre - half) / whole), min(1.0, (centre + half) / whole)


class Yardstick:
    """Tells what the strength numbers of a run rest on: its judge does not write that down."""

    def __init__(self, run: Run) -> None:
        self._judge = StrengthJudge(run.game, run.seed, watched=bool(run.config.get("patience")))
        self._positions = {positions.name: len(positions.decisive()) for positions in self._judge.graded}
        self._independent = functools.cache(self._distinct_games)

    @property
    def truth(self) -> bool:
        """Mistakes can be counted in this game."""
        return bool(self._positions)

    def measured(self, name: str, value: float, final: bool) -> Measured:
        """The number with its interval; `final`: it was measured at the end of the run, in more games."""
        opponent, positions = name.removeprefix(SCORE), name.removeprefix(MISTAKES)
        if not 0 <= value <= 1:
            return Measured(name, value)
        if name.startswith(SCORE) and opponent in OPPONENTS:
            count = max(self._judge.games(opponent, final), 2)
            return Measured(name, value, count, "games", *wilson(value, self._independent(count)))
        if name.startswith(MISTAKES) and positions in self._positions:
            count = self._positions[positions]
            if positions.startswith(EXACT):
                return Measured(name, value, count, "positions", exact=True)
            return Measured(name, value, count, "positions", *wilson(value, count))
        return Measured(name, value)

    def _distinct_games(self, count: int) -> int:
        """Games of `count` that are surely no repetition: where openings run out, games repeat."""
        return min(count, 2 * random_openings(self._judge.game, count // 2, None, self._judge.seed).distinct)


def measurements(run: Run) -> list[tuple[dict[str, Any], dict[str, float]]]:
    """The metrics lines in which strength was measured, each with its strength numbers."""
    found = []
    for line in run.lines:
        strength = line.get("strength")
        if isinstance(strength, dict):
            numbers = {str(name): value for name, raw in strength.items() if (value := number(raw)) is not None}
            if numbers:
                found.append((line, numbers))
    return found


def is_final(run: Run, line: dict[str, Any]) -> bool:
    """Whether strength in this line was measured at the end of the run, with more games."""
    return run.finished and line is run.last
