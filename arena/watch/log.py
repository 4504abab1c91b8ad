"""The metrics of a run that goes on, read as they grow."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.run.strength import read_strength
from agent.run.train import METRICS
from arena.report.reading import number
from game.errors import UsageError

_AT_ONCE = 1 << 24  # bytes read in one go
_MOST_POINTS = 400  # of a curve; beyond that every second is dropped


@dataclass(slots=True)
class Curve:
    """Values over moves learned from. bounds: 95 % intervals where they are known."""

    name: str
    moves: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    bounds: list[tuple[float, float] | None] = field(default_factory=list)

    def add(self, moves: float, value: float, bounds: tuple[float, float] | None = None) -> None:
        self.moves.append(moves)
        self.values.append(value)
        self.bounds.append(bounds)
        if len(self.values) > _MOST_POINTS:  # every second goes, but the newest stays
            del self.moves[-2::-2], self.values[-2::-2], self.bounds[-2::-2]

    def copy(self) -> Curve:
        return Curve(self.name, list(self.moves), list(self.values), list(self.bounds))


class Log:
    """What `metrics.jsonl` of a run has said so far. Half a line at its end is read when the rest of it is there."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / METRICS
        self._begin()

    def _begin(self) -> None:
        self.last: dict[str, Any] = {}
        self.strength: dict[str, Curve] = {}
        self.speed = Curve("moves_per_second")
        self._read = 0
        self._rest = b""

    def update(self) -> bool:
        """Read what is new; whether anything is. Raises UsageError where there is no such file."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, 2)
                if size < self._read:  # it was resumed from an earlier save: what came after that is gone
                    self._begin()
                file.seek(self._read)
                data = file.read(_AT_ONCE)
        except OSError as error:
            raise UsageError(
                f"cannot read {self.path} ({error.strerror}): expected the folder of a run made by qzero train"
            ) from None
        self._read += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        taken = [self._take(line) for line in lines if line.strip()]
        return any(taken)

    @property
    def moves(self) -> int:
        return int(number(self.last.get("moves")) or 0)

    @property
    def planned(self) -> int | None:
        planned = number(self.last.get("planned"))
        return None if planned is None else int(planned)

    def _take(self, text: bytes) -> bool:
        """One line; damaged ones are left out, as watching is no place to judge files."""
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            return False
        if not isinstance(line, dict) or (moves := number(line.get("moves"))) is None:
            return False
        self.last = line
        if (speed := number(line.get("moves_per_second"))) is not None:
            self.speed.add(moves, speed)
        for name, evidence in read_strength(line.get("strength")).items():
            self.strength.setdefault(name, Curve(name)).add(moves, evidence.value, evidence.interval)
        return True
