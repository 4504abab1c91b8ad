"""The plan of a run: how many moves to learn from, revised on the way if the run has a time limit."""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Self

from agent.config import TrainConfig
from game.errors import UsageError

# Shares of its time after which the plan of a run with --minutes is revised, by the speed since the last revision. The
# last one ends the run.
MARKS = (0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.93, 1.0)
_CLOSE = 0.02  # a plan that is this close stays


@dataclass(frozen=True, slots=True)
class Plan:
    """Totals in force: each `(since, total)` holds from `since` moves on; ascending, the first since 0."""

    totals: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `str`: "60000000@0,52000000@18000000". Raises UsageError."""
        parts = [re.fullmatch(r"([0-9]{1,18})@([0-9]{1,18})", part.strip()) for part in text.split(",")]
        totals = tuple((int(part[2]), int(part[1])) for part in parts if part)
        since = [moves for moves, _ in totals]
        if not all(parts) or since[0] != 0 or since != sorted(set(since)) or any(total < 1 for _, total in totals):
            raise UsageError(f"--plan {text!r}: expected TOTAL@0,TOTAL@MOVES,... as in the config.json of a run")
        return cls(totals)

    def __str__(self) -> str:
        return ",".join(f"{total}@{since}" for since, total in self.totals)

    def total(self, moves: int) -> int:
        """How many moves the run learns from in total, as planned after `moves` of them."""
        return self.totals[bisect_right([since for since, _ in self.totals], moves) - 1][1]

    @classmethod
    def of(cls, config: TrainConfig) -> Self:
        return cls.parse(config.plan) if config.plan else cls(((0, config.moves),))

    @property
    def last(self) -> int:
        return self.totals[-1][1]

    def again(self, moves: int, total: int) -> Plan:
        """This plan with a new total from `moves` on."""
        return Plan((*(step for step in self.totals if step[0] < moves), (moves, total)))


def is_due(before: float, now: float, planned: float) -> bool:
    """Whether the plan of a run of `planned` seconds is to be revised between these two times."""
    return bisect_right(MARKS, before / planned) < bisect_right(MARKS, now / planned)


def planned_again(plan: Plan, moves: int, seconds: float, planned: float, speed: float) -> Plan:
    """The plan of a run of `planned` seconds, `seconds` of them over, that goes on at `speed` moves per second."""
    total = plan.total(moves)
    found = moves + round(max(0.0, planned - seconds) * speed)
    return plan if abs(found - total) <= _CLOSE * total else plan.again(moves, max(found, 1))


def replanned(config: TrainConfig, moves: int, seconds: float, speed: float) -> TrainConfig:
    """The settings of a run with --minutes that goes on at `speed`, after so many moves and seconds."""
    plan = Plan.of(config)
    new = planned_again(plan, moves, seconds, 60 * config.minutes, speed)
    return config if new == plan else dataclasses.replace(config, moves=new.last, plan=str(new))
