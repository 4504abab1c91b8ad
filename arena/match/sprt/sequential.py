"""Playing a sequential test: pairs of games from one new opening after another, until the test is decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.play.player import QPlayer
from arena.match.score import EloDifference, Score, elo_difference
from arena.match.sprt.llr import Decision, Hypotheses
from arena.match.tournament import PAIRS_A_CHUNK, Chunk, Tournament

_LINES = 20  # of the path, in a table


@dataclass(frozen=True, slots=True)
class Step:
    """Where the test stood after so many games."""

    games: int
    score: Score
    llr: float


@dataclass(frozen=True, slots=True)
class SprtResult:
    """A sequential test of a against b, from a's view.

    decision:    what is accepted; None where games or openings ended first.
    score:       of the games up to the decision: later ones of the same batch do not count.
    pentanomial: the pairs among them that scored 0, 1/2, 1, 3/2 and 2 points.
    path:        the test after each batch, and where it ended.
    elo:         what these games show. A test stops when they look extreme: as an estimate it is a little too large.
    exhausted:   the game has no more openings of so many plies.
    """

    a: str
    b: str
    hypotheses: Hypotheses
    decision: Decision | None
    score: Score
    pentanomial: tuple[int, ...]
    path: list[Step]
    elo: EloDifference
    exhausted: bool
    opening_plies: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        bounds = {"lower": self.hypotheses.lower, "upper": self.hypotheses.upper}
        return dataclasses.asdict(self) | bounds | {"llr": self.path[-1].llr, "games": self.score.games}

    def text(self) -> str:
        """The hypotheses, the path in at most 20 lines, and the verdict."""
        tested, last = self.hypotheses, self.path[-1]
        lines = [
            f"{self.a} against {self.b}: H0 is {tested.elo0:+g} Elo, H1 is {tested.elo1:+g} Elo",
            f"  H1 from LLR {tested.upper:+.2f} on (alpha {tested.alpha:g}), "
            f"H0 down from {tested.lower:+.2f} (beta {tested.beta:g})",
            f"  {'games':>7}  {'LLR':>6}  {'score':>7}",
        ]
        every = -(-len(self.path) // _LINES)
        for step in [*self.path[every - 1 : -1 : every], last]:
            lines.append(f"  {step.games:>7,}  {step.llr:>+6.2f}  {100 * step.score.rate:>6.1f}%  {step.score}")
        pairs = " ".join(f"{count:,}" for count in self.pentanomial)
        lines.append(f"  pairs of games by points 0, 1/2, 1, 3/2, 2: {pairs}")
        lines.append(self._verdict())
        return "\n".join(lines)

    def _verdict(self) -> str:
        after = f"after {self.score.games:,} games ({self.score})"
        if self.decision == "H1":
            return f"H1 accepted {after}: the Elo difference is more than {self.hypotheses.elo0:+g}"
        if self.decision == "H0":
            return f"H0 accepted {after}: the Elo difference is less than {self.hypotheses.elo1:+g}"
        if self.exhausted:
            plies = f"{self.opening_plies} random plies"
            return f"undecided {after}: every opening of {plies} is played, ask for more --opening-plies"
        return f"undecided {after}: ask for more --games"


def play_sprt(
    tournament: Tournament,
    a: QPlayer,
    b: QPlayer,
    hypotheses: Hypotheses,
    report: Callable[[Step], None] = lambda _: None,
    chunk: Chunk = lambda *_: None,
) -> SprtResult:
    """Test a against b with the games of a tournament, playing what is missing; `report` is told after each batch.

    The test looks at pairs in the order of their openings, each opening once: copies of games are no evidence.
    """
    tournament.enter([a, b])
    _, once = np.unique(tournament.openings.number.numpy(), return_index=True)
    pairs = sorted(once.tolist())
    results: list[tuple[int, int]] = []
    path: list[Step] = []
    found: tuple[int, Decision] | None = None
    while found is None and len(results) < len(pairs):
        batch = pairs[len(results) : len(results) + PAIRS_A_CHUNK]
        tournament.play_pairs_of(a, b, batch, chunk)
        known = tournament.results(a, b)
        results += [known[pair] for pair in batch]
        walk = hypotheses.walk(_pair_scores(results))
        found = hypotheses.decided(walk)
        count = found[0] if found else len(results)
        path.append(Step(2 * count, _score(results[:count]), float(walk[count - 1])))
        report(path[-1])
    counted = results[: path[-1].games // 2]
    scores = _pair_scores(counted)
    return SprtResult(
        a=a.name,
        b=b.name,
        hypotheses=hypotheses,
        decision=found[1] if found else None,
        score=path[-1].score,
        pentanomial=tuple(np.bincount(np.rint(4 * scores).astype(int), minlength=5).tolist()),
        path=path,
        elo=elo_difference(scores),
        exhausted=found is None and len(pairs) < tournament.pairs,
        opening_plies=tournament.openings.plies,
    )


def _pair_scores(results: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Points a game of each pair."""
    scores: NDArray[np.float64] = (np.array(results, dtype=np.float64).sum(1) / 2 + 1) / 2
    return scores


def _score(results: list[tuple[int, int]]) -> Score:
    every = [result for pair in results for result in pair]
    return Score(every.count(1), every.count(0), every.count(-1))
