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
from arena.match.rating.games import GameResults
from arena.match.rating.ratings import Rating, rated
from arena.match.records.read import Record
from arena.match.tournament import PAIRS_A_CHUNK, Tournament
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
        levels = [(spec, ladder.ratings[spec]) for spec in map(ladder.spec, chosen)]
        if any(low.elo >= high.elo for (_, low), (_, high) in itertools.pairwise(levels)):
            raise QzeroError(
                f"{game.name}: {plan.games} games a pairing do not tell the levels apart: ask for more --games"
            )
        return Measured(levels, ladder.games, identity_of(base), ladder.records())


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
        self.met: dict[tuple[str, str], int] = {}  # and how many pairs of games of each pairing count
        self.games = 0

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
                pairs = games // 2
                for low in range(0, pairs, PAIRS_A_CHUNK):
                    self.tournament.play_pairs_of(one, other, range(low, min(low + PAIRS_A_CHUNK, pairs)))
                met = (one.name, other.name)
                self.met[met] = max(self.met.get(met, 0), pairs)
        self._rate()

    def _rate(self) -> None:
        """By the games that were asked for so far: others that the file may hold would change what is tried next."""
        names = [RANDOM, *self.players]
        place = {name: number for number, name in enumerate(names)}
        rows = [
            row
            for (one, other), pairs in self.met.items()
            for pair, (first, second) in self.tournament.results(self._player(one), self._player(other)).items()
            if pair < pairs
            for row in ((place[one], place[other], pair, first), (place[other], place[one], pair, -second))
        ]
        found = rated(GameResults.of(len(names), rows, self.tournament.openings.number.numpy()), (0, 0.0))
        self.ratings, self.games = dict(zip(names, found.players, strict=True)), len(rows)

    def records(self) -> list[Record]:
        """The games that count."""
        every = self.tournament.records([RANDOM, *self.players])
        return [one for one in every if one.row.opening < self._pairs(one.first, one.second)]

    def _pairs(self, one: str, other: str) -> int:
        return max(self.met.get((one, other), 0), self.met.get((other, one), 0))

    def _player(self, name: str) -> QPlayer:
        return self.random if name == RANDOM else self.players[name]

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
