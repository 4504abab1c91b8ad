"""Strength numbers with their evidence: how many games or positions are behind each rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from agent.stats import wilson

SCORE, MISTAKES = "score vs ", "mistakes on "  # how the names of strength numbers begin
_COUNTS = ("games", "wins", "draws", "losses", "distinct", "positions")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One strength number in [0, 1], and the games or positions that it is the mean of; None if not known.

    games:     number of games; wins, draws and losses are the learner's.
    distinct:  how many of them repeat neither the moves nor the opening of another, and so count as evidence.
    positions: number of positions graded, instead of games.
    exact:     these are all positions of the game, so the number has no sampling error.
    """

    value: float
    games: int | None = None
    wins: int | None = None
    draws: int | None = None
    losses: int | None = None
    distinct: int | None = None
    positions: int | None = None
    exact: bool = False

    @classmethod
    def of_games(cls, wins: int, draws: int, losses: int, distinct: int) -> Self:
        """Points per game: a win is 1, a draw 1/2."""
        games = wins + draws + losses
        return cls(round((wins + draws / 2) / games, 6), games, wins, draws, losses, distinct)

    @classmethod
    def of_positions(cls, value: float, positions: int, exact: bool = False) -> Self:
        return cls(round(value, 6), positions=positions, exact=exact)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the value; None if the evidence is not known or the value is exact."""
        trials = self.positions if self.distinct is None else self.distinct
        if not trials or self.exact or not 0 <= self.value <= 1:
            return None
        return wilson(self.value, trials)

    def __str__(self) -> str:
        """ "97.20 % of 1,000 games (+968 =8 -24)", or without the games where they are not known."""
        return f"{100 * self.value:.2f} %{self.basis}"

    @property
    def basis(self) -> str:
        """ " of 1,000 games (+968 =8 -24)", " of 2,519 positions"; nothing where it is not known."""
        if self.games is not None:
            return f" of {self.games:,} games{self.record}"
        if self.positions is not None:
            return f" of {'all ' if self.exact else ''}{self.positions:,} positions"
        return ""

    @property
    def record(self) -> str:
        """ " (+968 =8 -24)": wins, draws and losses; nothing where they are not known."""
        if self.wins is None or self.draws is None or self.losses is None:
            return ""
        return f" (+{self.wins} ={self.draws} -{self.losses})"

    def as_json(self) -> dict[str, Any]:
        """What is known, as plain data."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        if self.positions is None:
            del known["exact"]
        return known

    @classmethod
    def from_json(cls, found: Any) -> Self | None:
        """The inverse; older versions stored the number alone. None for anything else."""
        if not isinstance(found, Mapping):
            value = finite(found)
            return None if value is None else cls(value)
        value = finite(found.get("value"))
        if value is None:
            return None
        counts = {name: _count(found.get(name)) for name in _COUNTS}
        return cls(value, **counts, exact=found.get("exact") is True)


Strength = dict[str, Evidence]


def strength_json(strength: Mapping[str, Evidence]) -> dict[str, Any]:
    """Strength as metrics and records hold it."""
    return {name: evidence.as_json() for name, evidence in strength.items()}


def read_strength(found: Any) -> Strength:
    """The inverse of `strength_json`; also reads older versions, and skips whatever is not a strength number."""
    if not isinstance(found, Mapping):
        return {}
    read = {str(name): Evidence.from_json(one) for name, one in found.items()}
    return {name: evidence for name, evidence in read.items() if evidence is not None}


def finite(value: Any) -> float | None:
    """`value` if it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number beyond all floats
        return None


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
