"""The default opponent: the strongest of the runs and of what comes with qzero, by recorded strength."""

from __future__ import annotations

import functools
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from agent.run.strength import MISTAKES, SCORE, Evidence, Strength, read_strength
from agent.store import checkpoint
from arena.players.coming import learned_on, shipped_file
from arena.players.fixed import OPPONENTS
from arena.players.options import EXACT_ENDS
from arena.players.runs import runs_of
from game.core import AnyGame
from game.errors import UsageError

SEARCH = "negamax:4"
# The score against the strongest opponent it met from which on a run counts as no weaker than SEARCH: about what
# SEARCH itself scores there in Connect Four.
_ENOUGH = {SEARCH: 0.5, "one-ply": 0.75, "random": 0.98}


@dataclass(frozen=True, slots=True)
class Contender:
    """A checkpoint, by the spec of its player, and its recorded strength; empty if none was recorded, and why not."""

    spec: str
    strength: Strength
    why_not: str = "its strength is not recorded"


@dataclass(frozen=True, slots=True)
class Choice:
    """A player's spec, and why it was chosen, in words."""

    spec: str
    why: str


def usual_opponent(game: AnyGame) -> Choice:
    """The strongest checkpoint, playing with exact ends; a search if no checkpoint is known to be as strong.

    Ties go to the checkpoint that comes with qzero, then to the run that was saved last.
    """
    shipped = _shipped(game)
    runs = [Contender(str(run.folder), read_strength(run.record.get("strength"))) for run in runs_of(game.name)]
    able = [*shipped, *(run for run in runs if _as_strong_as_search(run.strength))]
    if not able:
        none = f"no run of {game.name} in ./runs was measured to be as strong" if runs else f"no run of {game.name} yet"
        return Choice(SEARCH, none)
    best = strongest(able)
    return Choice(f"{best.spec}@{EXACT_ENDS}", _in_words(best))


def opponent_told(game: AnyGame) -> str:
    """The default opponent's spec; says on stderr who it is, why, and how to choose another."""
    choice = usual_opponent(game)
    print(f"you play {choice.spec} ({choice.why}); choose another with --opponent", file=sys.stderr)
    return choice.spec


def newest_told(game: AnyGame) -> str:
    """The newest run; says on stderr which it is. Raises UsageError if there is none."""
    runs = runs_of(game.name)
    if not runs:
        raise UsageError(f"there is no run of {game.name} in ./runs to grade: give an AGENT, such as one-ply")
    print(f"grading {runs[0].folder}, the newest run of {game.name}", file=sys.stderr)
    return str(runs[0].folder)


def strongest(contenders: Sequence[Contender]) -> Contender:
    """The best by `better`; of equals, the first."""
    return functools.reduce(lambda best, one: one if better(one.strength, best.strength) else best, contenders)


def better(one: Strength, other: Strength) -> bool:
    """Whether `one` is stronger: by mistakes on the same positions, else against the strongest opponent of both.

    The pessimistic ends of the 95 % intervals are compared, if both have one.
    """
    if sets := [name for name in one if name.startswith(MISTAKES) and name in other]:
        mine, theirs = zip(*(_worse_ends(one[name], other[name], 1) for name in sets), strict=True)
        return statistics.fmean(mine) < statistics.fmean(theirs)
    met = strongest_met({name: one[name] for name in one if name in other})
    if met is not None:
        score, other_score = _worse_ends(one[SCORE + met], other[SCORE + met], 0)
        return score > other_score
    return bool(one) and not other


def _worse_ends(one: Evidence, other: Evidence, end: int) -> tuple[float, float]:
    """The low (0) or high (1) ends of both intervals; the values themselves where an interval is not known."""
    mine, theirs = one.interval, other.interval
    if mine is None or theirs is None:
        return one.value, other.value
    return mine[end], theirs[end]


def strongest_met(strength: Strength) -> str | None:
    """The strongest of OPPONENTS that this strength was measured against; None if there is none."""
    return next((name for name in reversed(OPPONENTS) if SCORE + name in strength), None)


def _as_strong_as_search(strength: Strength) -> bool:
    met = strongest_met(strength)
    return met is not None and strength[SCORE + met].value >= _ENOUGH[met]


def _shipped(game: AnyGame) -> list[Contender]:
    board = learned_on(game.name)
    if board is None:
        return []
    if board != game.name:
        return [Contender("shipped", {}, f"it learned on {board}")]
    with resources.as_file(shipped_file(board)) as file:
        return [Contender("shipped", read_strength(checkpoint.load(file, game).record.get("strength")))]


def _in_words(contender: Contender) -> str:
    """ "raw Q: score vs negamax:4 95.35 % of 1,000 games (+950 =7 -43), mistakes on noisy ..."."""
    strength = contender.strength
    met = strongest_met(strength)
    names = [SCORE + met] if met else []
    names += [name for name in strength if name.startswith(MISTAKES)][-1:]  # the hardest set comes last
    if not names:
        return contender.why_not
    return "raw Q: " + ", ".join(f"{name} {strength[name]}" for name in names)
