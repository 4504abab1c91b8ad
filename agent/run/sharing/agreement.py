"""What all ranks of a run must agree on: when to stop and to save, how long it took, and how strong it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple, Protocol

from agent.learn.learner import Learned
from agent.play.qfunction import QFunction
from agent.ranks.ranks import Ranks, mean
from agent.run.gate import Verdict
from agent.run.stop_signal import Asked
from agent.run.strength import Strength, read_strength, strength_json


class Judge(Protocol):
    """Measures strength; implemented in arena/, which imports agent/ and not the other way round."""

    def __call__(self, q: QFunction, final: bool) -> Strength: ...

    def watch(self, q: QFunction) -> float:
        """An error in [0, 1] for early stopping, on data that `__call__` never uses."""
        ...

    def stronger(self, q: QFunction, best: QFunction, number: int) -> Verdict:
        """Whether `q` passes a test against `best`; tests of other numbers begin with other openings."""
        ...


class FirstJudges:
    """A judge that the first rank asks, while the others wait for what it says."""

    def __init__(self, judge: Judge, ranks: Ranks) -> None:
        self._judge = judge
        self._ranks = ranks

    def __call__(self, q: QFunction, final: bool) -> Strength:
        return read_strength(self._ranks.by_first(lambda: strength_json(self._judge(q, final))))

    def watch(self, q: QFunction) -> float:
        return self._ranks.by_first(lambda: self._judge.watch(q))

    def stronger(self, q: QFunction, best: QFunction, number: int) -> Verdict:
        return Verdict(*self._ranks.by_first(lambda: list(dataclasses.astuple(self._judge.stronger(q, best, number)))))


class AskedTogether(Asked):
    """Whether the ranks were asked to stop, as they agreed after the last generation: none leaves one half done.

    Nor do they leave before they have brought together what they learned, which may take some generations more.
    """

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        super().__init__(should_stop)
        self.agreed = False

    def __call__(self) -> bool:
        return self.agreed

    def at_once(self) -> bool:
        return False

    def for_long(self) -> bool:
        return False


class Times(NamedTuple):
    """Seconds of a generation, by a run's own clock: when it began, and when each part ended."""

    started: float
    played: float
    aimed: float
    ended: float

    def metrics(self, moves: int) -> dict[str, float]:
        """moves: learned from in all ranks."""
        whole = self.ended - self.started
        return {
            "moves_per_second": moves / whole,
            "share_self_play": (self.played - self.started) / whole,
            "share_targets": (self.aimed - self.played) / whole,
            "share_learning": (self.ended - self.aimed) / whole,
        }


class Agreed(NamedTuple):
    """What all ranks know after a generation.

    seconds: of the slowest. loss: the mean. trouble: how training diverged, in words. save: whether the first wants to.
    """

    seconds: float
    loss: float | None
    trouble: str | None
    save: bool


def agreed(ranks: Ranks, seconds: float, learned: Learned, moves: int, save: bool, asked: Asked) -> Agreed:
    """What all ranks make of what each found; they also agree on whether they are asked to stop.

    moves: what the loss of this one is the mean of. save: whether it wants to.
    """
    if ranks.alone:
        return Agreed(seconds, learned.loss, learned.trouble, save)
    loss = mean(ranks, learned.loss, moves)
    wishes = ranks.numbers(seconds, learned.trouble is not None, asked.wish(), save)
    longest, trouble, stop, _ = wishes.amax(0).tolist()
    if isinstance(asked, AskedTogether):
        asked.agreed = bool(stop)
    words = learned.trouble or "in another rank" if trouble else None
    return Agreed(longest, loss, words, bool(wishes[0, 3]))
