"""Strength numbers as a report shows them: each with what it rests on and a 95 % interval, as the run recorded them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.run.strength import Evidence, Strength, read_strength
from arena.report.reading import Run


@dataclass(frozen=True, slots=True)
class Measured:
    """One strength number, in [0, 1].

    count:     the games or positions that it is the mean of; None where the run did not record that.
    unit:      "games" or "positions"; "" where not known.
    low, high: 95 % interval; None where the count is not known or nothing is left to chance.
    exact:     all positions of the game were looked at, so there is no chance in it.
    wins, draws, losses, distinct: of games, as in `Evidence`.
    """

    name: str
    value: float
    count: int | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    exact: bool = False
    wins: int | None = None
    draws: int | None = None
    losses: int | None = None
    distinct: int | None = None

    @classmethod
    def of(cls, name: str, found: Evidence) -> Measured:
        count = found.games if found.positions is None else found.positions
        unit = "" if count is None else "games" if found.positions is None else "positions"
        low, high = found.interval or (None, None)
        score = (found.wins, found.draws, found.losses)
        return cls(name, found.value, count, unit, low, high, found.exact, *score, found.distinct)

    @property
    def basis(self) -> str:
        """ "1,000 games, +968 =8 -24", or "unknown"."""
        if self.count is None:
            return "unknown"
        known = None not in (self.wins, self.draws, self.losses)
        return f"{self.count:,} {self.unit}" + (f", +{self.wins} ={self.draws} -{self.losses}" if known else "")


def measurements(run: Run) -> list[tuple[dict[str, Any], Strength]]:
    """The metrics lines in which strength was measured, each with its strength numbers."""
    found = [(line, read_strength(line.get("strength"))) for line in run.lines]
    return [(line, strength) for line, strength in found if strength]
