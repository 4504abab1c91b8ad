"""Strength numbers with what they rest on: a rate alone says nothing of how many games or positions lie behind it."""

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
    """One strength number, in [0, 1], and the games or positions that it is the mean of; None where not known.

    games:     how many were played; wins, draws and losses are the learner's.
    distinct:  how many of them are evidence: no repetition of another's moves or opening.
    positions: how many were looked at, instead of games.
    exact:     these are all there are, so there is no chance in the number.
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
        """Points a game: a win is 1, a draw 1/2."""
        games = wins + draws + losses
        return cls(round((wins + draws / 2) / games, 6), games, wins, draws, losses, distinct)

    @classmethod
    def of_positions(cls, value: float, positions: int, exact: bool = False) -> Self:
        return cls(round(value, 6), positions=positions, exact=exact)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the value; None where it is not known what it rests on, or nothing is left to chance."""
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
        """The inverse; a number alone is one of an older version. None for what is neither."""
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
    """The inverse of `strength_json`; reads what older versions wrote, and leaves out what is no strength number."""
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
