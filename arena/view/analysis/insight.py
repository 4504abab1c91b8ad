"""What is known of one position so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent.search.found import Found
from game.core import AnyGame


@dataclass(frozen=True, slots=True)
class Insight:
    """One unfinished position, for the side to move.

    ply:    moves made before it.
    q:      by legal action the expected final reward, -1 to 1, the best first; exactly 1, 0 or -1 where it is proven.
    line:   the best line of play: actions from here on.
    depth:  plies that were searched everywhere; 1 is the leaf's own Q.
    nodes:  positions whose moves were valued.
    proven: the search is certain of the outcome.
    looks:  how often the search was given more; 1 is the leaf's own Q.
    truth:  by action 1, 0 or -1, the outcome under perfect play; empty where it is not known.
    truth_by: who knows it.
    """

    ply: int
    q: dict[int, float]
    line: tuple[int, ...]
    depth: int
    nodes: int
    proven: bool
    looks: int
    truth: dict[int, int] = field(default_factory=dict)
    truth_by: str = ""

    @property
    def outcome(self) -> int | None:
        """Of the position under perfect play, if that is known or proven."""
        if self.truth:
            return max(self.truth.values())
        return round(max(self.q.values())) if self.proven else None

    @property
    def estimate(self) -> float:
        """Of the position, -1 to 1, by search."""
        return max(self.q.values())

    @property
    def value(self) -> float:
        """Of the position, -1 to 1: the truth where it is known."""
        return self.estimate if self.outcome is None else float(self.outcome)

    @property
    def best(self) -> int:
        """The move to play: of those that keep the true outcome, where that is known, the one of the largest Q."""
        if not self.truth:
            return self.line[0] if self.line else next(iter(self.q))
        return max(self.q, key=lambda action: (self.truth[action], self.q[action]))

    def value_of(self, action: int) -> float:
        """Of a legal move: the truth where it is known."""
        return float(self.truth[action]) if self.truth else self.q[action]


def insight(game: AnyGame, state: Any, found: Found, looks: int) -> Insight:
    """From what a search found; Q of legal moves only, even where a leaf gives none."""
    legal = game.legal(state)[0].nonzero().flatten().tolist()
    q = {action: float(found.q[action]) for action in legal}
    if any(value != value for value in q.values()):
        raise ValueError("the Q-values are not numbers")
    ranked = dict(sorted(q.items(), key=lambda pair: -pair[1]))
    return Insight(int(state.ply), ranked, found.line, found.depth, found.nodes, found.proven, looks)
