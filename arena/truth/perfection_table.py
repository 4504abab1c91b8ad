"""The result of `qzero perfect`: one line per player, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arena.truth.perfection import Perfection

_VALUES = {1: "first wins", 0: "draw", -1: "second wins"}
_HEADS = ("game", "states", "value", "player", "seconds", "moves", "met", "mistakes", "decisive", "mistakes", "perfect")


@dataclass(frozen=True, slots=True)
class Result:
    """A player and its grade.

    seed, seconds, moves: how it was trained; None for players that were not trained here.
    """

    grade: Perfection
    seed: int | None = None
    seconds: float | None = None
    moves: int | None = None

    def as_dict(self) -> dict[str, Any]:
        trained = {"seed": self.seed, "seconds": self.seconds, "moves": self.moves}
        return {**self.grade.as_dict(), **trained}


def text_table(results: Sequence[Result]) -> str:
    """All results; the first "mistakes" are in positions met against every reply, the second in all decisive ones."""
    lines = [_HEADS, *(_cells(result) for result in results)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    left = {_HEADS.index(name) for name in ("game", "value", "player", "perfect")}
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i in left else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(result: Result) -> tuple[str, ...]:
    grade = result.grade
    return (
        grade.game,
        f"{grade.reachable:,}",
        _VALUES[grade.value],
        grade.player,
        "-" if result.seconds is None else f"{result.seconds:.1f}",
        "-" if result.moves is None else f"{result.moves:,}",
        f"{sum(seat.met for seat in grade.seats):,}",
        f"{sum(seat.mistakes for seat in grade.seats):,}",
        f"{grade.decisive:,}",
        f"{grade.mistakes:,}",
        "yes" if grade.perfect else "NO",
    )
