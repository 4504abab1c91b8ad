"""A whole game seen afterwards: its value from move to move, what each move cost, and where the mistakes are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from arena.view.analysis.chances import Chances, Outlook, proven
from arena.view.analysis.insight import Insight

# Expected points lost, of 1 for a win, from which on a move is called so: weakest first.
INACCURACY, MISTAKE, BLUNDER = 0.08, 0.15, 0.3
_MARKS = ((BLUNDER, "??"), (MISTAKE, "?"), (INACCURACY, "?!"))


@dataclass(frozen=True, slots=True)
class Point:
    """One position, for the first player; None where nothing is known.

    value:   the expected final reward, -1 to 1, by search.
    outlook: the chances that this stands for.
    truth:   1, 0 or -1, the outcome under perfect play.
    """

    value: float | None = None
    outlook: Outlook | None = None
    truth: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One move.

    cost:   the value of the best move less that of this one, 0 to 2; None where it is not known yet.
    points: the same in expected points, 0 to 1.
    mark:   "??", "?" or "?!" for a blunder, a mistake and an inaccuracy, else empty.
    exact:  the true outcomes of both moves are known.
    best:   the move that was better, None if there was none.
    """

    mover: int
    action: int
    cost: float | None = None
    points: float = 0.0
    mark: str = ""
    exact: bool = False
    best: int | None = None

    @property
    def is_mistake(self) -> bool:
        return self.mark in ("?", "??")


@dataclass(frozen=True, slots=True)
class Timeline:
    """points: one for each position. moves: one for each move between them."""

    points: tuple[Point, ...]
    moves: tuple[Judgement, ...]

    def next_mistake(self, shown: int) -> int | None:
        """How many moves lead to the position before the next mistake after this one, all round; None without any."""
        places = [place for place, move in enumerate(self.moves) if move.is_mistake]
        return next((place for place in places if place > shown), places[0] if places else None)

    def tally(self, seat: int) -> tuple[int, int, float | None]:
        """A seat's mistakes and blunders, and the mean points its judged moves lost."""
        mine = [move for move in self.moves if move.mover == seat]
        judged = [move.points for move in mine if move.cost is not None]
        mistakes, blunders = (sum(move.mark == mark for move in mine) for mark in ("?", "??"))
        return mistakes, blunders, sum(judged) / len(judged) if judged else None


def timeline(
    states: Sequence[Any], actions: Sequence[int], insight_of: Callable[[int], Insight | None], chances: Chances
) -> Timeline:
    """Of a game so far; `insight_of(place)` is what is known of the position after so many moves."""
    known = [insight_of(place) for place in range(len(states))]
    points = tuple(_point(state, one, chances) for state, one in zip(states, known, strict=True))
    moves = tuple(
        _judged(states[place], states[place + 1], action, known[place], known[place + 1], chances)
        for place, action in enumerate(actions)
    )
    return Timeline(points, moves)


def outlook_of(one: Insight, chances: Chances) -> Outlook:
    """The mover's chances, certain where the search is. The truth that a solver knows is told apart from them."""
    return proven(round(one.estimate)) if one.proven else chances.of(one.estimate, one.ply)


def _point(state: Any, one: Insight | None, chances: Chances) -> Point:
    first = 1 if int(state.ply) % 2 == 0 else -1
    if bool(state.done):
        result = -int(state.reward) * first  # the reward is seen by whoever moved last
        return Point(float(result), proven(result), result)
    if one is None:
        return Point()
    outlook = outlook_of(one, chances)
    return Point(
        first * one.estimate,
        outlook if first == 1 else outlook.turned(),
        None if one.outcome is None else first * one.outcome,
    )


def _judged(
    before: Any, after: Any, action: int, known: Insight | None, then: Insight | None, chances: Chances
) -> Judgement:
    mover, ply = int(before.ply) % 2, int(before.ply)
    if known is None or action not in known.q:
        return Judgement(mover, action)
    if action == known.best:
        return Judgement(mover, action, 0.0, exact=known.outcome is not None)
    played, exact = _played(after, action, known, then)
    best = max(known.value, played)
    points = _points(best, ply, known.outcome is not None, chances) - _points(played, ply, exact, chances)
    points = max(points, 0.0)
    mark = next((mark for least, mark in _MARKS if points >= least), "")
    better = known.best if best > played else None
    return Judgement(mover, action, best - played, points, mark, exact and known.outcome is not None, better)


def _played(after: Any, action: int, known: Insight, then: Insight | None) -> tuple[float, bool]:
    """What the move was worth to its mover, and whether that is certain.

    What was found of the position after it counts, if as much was searched there: of any move but the best a search
    knows only that it is no better.
    """
    if bool(after.done):
        return float(after.reward), True
    if known.truth:
        return float(known.truth[action]), True
    if then is not None and (then.outcome is not None or then.looks >= known.looks > 1 or then.looks > known.looks):
        return -then.value, then.outcome is not None
    return known.q[action], known.q[action] in (-1.0, 0.0, 1.0) and known.proven


def _points(value: float, ply: int, certain: bool, chances: Chances) -> float:
    outlook = proven(round(value)) if certain else chances.of(value, ply)
    return outlook.win + outlook.draw / 2
