"""What an agent thinks of the opening, now and earlier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.play.qfunction import QFunction
from arena.view.values import principal_line

_PLIES = 6  # of the line that it would play against itself


@dataclass(frozen=True, slots=True)
class Opinion:
    """Of the first position. q: by legal action, the best first. line: its own moves from there, by name.

    moves: that it has learned from. seconds: when, by the clock of files.
    """

    moves: int
    seconds: float
    q: dict[int, float]
    line: tuple[str, ...]

    @property
    def value(self) -> float:
        """What the first player may expect, -1 to 1."""
        return max(self.q.values())


def opinion_of(q_function: QFunction, moves: int, seconds: float) -> Opinion:
    found = principal_line(q_function, _PLIES)
    q = {one.action: one.q for one in sorted(found[0].actions, key=lambda one: -one.q)}
    return Opinion(moves, seconds, q, tuple(position.best.name for position in found))


def earlier(opinions: Sequence[Opinion], ago: float) -> Opinion | None:
    """The one nearest to `ago` seconds before the newest, but not that itself. opinions: oldest first."""
    if len(opinions) < 2:
        return None
    then = opinions[-1].seconds - ago
    return min(opinions[:-1], key=lambda one: abs(one.seconds - then))


def age(seconds: float) -> str:
    """ "40 s", "12 min", "3.5 h", "2 d"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} d"
