"""Measures levels: a tournament of a ladder of players, refined until some of them are evenly spaced.

Players far apart teach each other nothing: each meets its neighbours on the ladder only, and the ratings of all are
fitted together, with random play at 0.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.play.player import QPlayer
from arena.levels.ladder import first_heights, height_of, nearest, rising, spec_at, targets
from arena.match.rating.ratings import Rating
from arena.match.records.read import Record
from arena.match.tournament import Tournament
from arena.players.options import applied, split
from arena.players.specs import player
from arena.status_line import Report, silent
from game.core import AnyGame
from game.errors import QzeroError

RANDOM = "random"
FEWEST, MOST = 8, 10  # levels of a game
_STEP = 200  # Elo between levels, where that gives not too few or too many
_ROUNDS = 2  # of refining
_NEAR = 0.15  # of a step: a player that far from where one is wanted will do
_MEETS = 2  # neighbours on each side that a player meets


@dataclass(frozen=True, slots=True)
class Plan:
    """How levels are measured.

    games:      of a pairing between levels; half as many of others, which are only to find out what levels to make.
    most_nodes: of a search for a move; 0: players do not search.
    seed:       of openings and moves.
    """

    base: str = "shipped"
    games: int = 200
    most_nodes: int = 1000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """levels: (spec, rating), weakest first. games: how many were played. identity: a hash of the base's weights."""

    levels: list[tuple[str, Rating]]
    games: int
    identity: str
    records: list[Record]

    def as_dict(self, game: AnyGame, plan: Plan, command: str) -> dict[str, Any]:
        """As the file of levels has it."""
        return {
            "made_by": command,
            "rules_version": game.rules_version,
            "base": plan.base,
            "identity": self.identity,
            "games": self.games,
            "levels": [
                {"spec": spec, "elo": round(rating.elo), "margin": round(rating.margin or rating.error)}
                for spec, rating in self.levels
            ],
        }


def measure(game: AnyGame, plan: Plan, path: Path, report: Report = silent) -> Measured:
    """Play the tournament in the file at `path`, or go on with it, and choose the levels. Raises UsageError."""
    base = player(plan.base, game)
    with Tournament(path, game, plan.games, None, plan.seed) as tournament:
        ladder = _Ladder(game, plan, base, tournament, report)
        heights = first_heights(plan.most_nodes > 0)
        ladder.play(heights, plan.games // 2)
        for _ in range(_ROUNDS):
            heights = sorted({*heights, *ladder.wanted()})
            ladder.play(heights, plan.games // 2)
        chosen = ladder.chosen()
        ladder.play(chosen, plan.games)
        rated = [(spec, ladder.ratings[spec]) for spec in map(ladder.spec, chosen)]
        if any(low.elo >= high.elo for (_, low), (_, high) in itertools.pairwise(rated)):
            raise QzeroError(
                f"{game.name}: {plan.games} games a pairing do not tell the levels apart: ask for more --games"
            )
        names = [RANDOM, *ladder.players]
        return Measured(rated, tournament.kept(names), identity_of(base), tournament.records(names))


def identity_of(base: QPlayer) -> str:
    """A short hash of what the levels are made from: another one needs measuring again."""
    return hashlib.sha256(base.identity.encode()).hexdigest()[:16]


class _Ladder:
    """The players met so far by spec, and their ratings."""

    def __init__(self, game: AnyGame, plan: Plan, base: QPlayer, tournament: Tournament, report: Report) -> None:
        self.game = game
        self.plan = plan
        self.base = base
        self.tournament = tournament
        self.report = report
        self.random = player(RANDOM, game)
        self.players: dict[str, QPlayer] = {}
        self.heights: dict[str, float] = {}
        self.ratings: dict[str, Rating] = {}

    def spec(self, height: float) -> str:
        return spec_at(height, self.plan.base, self.plan.most_nodes)

    def play(self, heights: Sequence[float], games: int) -> None:
        """Let players at these heights, and random play, meet their neighbours; rate all that ever met."""
        for height in heights:
            spec = self.spec(height)
            if spec not in self.players:
                self.players[spec] = self._made(spec)
                self.heights[spec] = height
        specs = list(dict.fromkeys(self.spec(height) for height in sorted(heights)))
        order = [self.random, *(self.players[spec] for spec in specs)]
        self.tournament.enter(order)
        for place, one in enumerate(order):
            for other in order[place + 1 : place + 1 + _MEETS]:
                self.report(f"{self.game.name}: {one.name} - {other.name}")
                for low in range(0, games // 2, 50):
                    self.tournament.play_pairs_of(one, other, range(low, min(low + 50, games // 2)))
        names = [RANDOM, *self.players]
        standings = self.tournament.standings(names, (RANDOM, 0.0))
        self.ratings = dict(zip(names, standings.ratings, strict=True))

    def wanted(self) -> list[float]:
        """Heights at which players are missing, one for each level that nobody is near to."""
        heights, elos = self._measured()
        goals = self._goals(elos)
        near = _NEAR * (goals[1] - goals[0])
        return [height_of(goal, heights, elos) for goal in goals if min(abs(goal - elo) for elo in elos) > near]

    def chosen(self) -> list[float]:
        """Heights of the players that are nearest to evenly spaced levels."""
        heights, elos = self._measured()
        goals, elos = self._goals(elos), rising(elos)
        return [heights[1 + place] for place in nearest(goals, elos[1:])]

    def _measured(self) -> tuple[list[float], list[float]]:
        """Heights, ascending, and ratings of what was measured; random play is the foot of the ladder."""
        specs = sorted(self.heights, key=lambda spec: self.heights[spec])
        return [0.0, *(self.heights[spec] for spec in specs)], [0.0, *(self.ratings[spec].elo for spec in specs)]

    def _goals(self, elos: Sequence[float]) -> list[float]:
        highest = max(elos)
        return targets(0.0, highest, min(max(round(highest / _STEP), FEWEST), MOST))

    def _made(self, spec: str) -> QPlayer:
        """All of one base, whose tables are in memory once."""
        options = split(spec)[1][len(split(self.plan.base)[1]) :]
        return dataclasses.replace(applied(self.base, options), name=spec)
