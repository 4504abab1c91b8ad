"""What a game can be ranked by: the numbers that its judge gives."""

from __future__ import annotations

from typing import Any

from agent.run.strength import MISTAKES, SCORE
from arena.training.judge import StrengthJudge
from game.core import AnyGame
from game.errors import UsageError


def measures_of(game: AnyGame) -> list[str]:
    """Names of the strength numbers after training: scores from the weakest opponent up, then mistakes."""
    judge = StrengthJudge(game)
    scores = [f"{SCORE}{opponent.name}" for opponent in judge.opponents]
    return scores + [f"{MISTAKES}{positions.name}" for positions in judge.graded]


def less_is_better(measure: str) -> bool:
    return measure.startswith(MISTAKES)


def choose_objective(wanted: Any, there: list[str]) -> str:
    """The measure that ranks: mistakes where there is truth, else the hardest opponent. Raises UsageError."""
    if wanted is None:
        return next((name for name in there if less_is_better(name)), there[-1])
    return _checked("objective", wanted, there)


def choose_measures(wanted: Any, objective: str, there: list[str]) -> tuple[str, ...]:
    """The measures shown, the objective first; by default all mistakes and the hardest opponent. Raises UsageError."""
    if wanted is None:
        scores = [name for name in there if not less_is_better(name)]
        wanted = [name for name in there if less_is_better(name)] + scores[-1:]
    elif not isinstance(wanted, list):
        raise UsageError(f"measures {wanted!r}: expected a list of some of: {', '.join(there)}")
    return tuple(dict.fromkeys([objective, *(_checked("measure", name, there) for name in wanted)]))


def _checked(what: str, wanted: Any, there: list[str]) -> str:
    if wanted not in there:
        raise UsageError(f"{what} {wanted!r}: this game has {', '.join(there)}")
    return str(wanted)
