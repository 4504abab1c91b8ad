"""The judge that training calls: fixed opponents from varied openings, and truth where there is a solution."""

from __future__ import annotations

from typing import Any

from agent.player import QPlayer
from agent.qfunction import QFunction
from arena.grading import GradedPositions, grade, shipped_positions
from arena.match import play_match
from arena.players import player
from arena.solve import solve
from game.core import Game

OPPONENTS = ("random", "one-ply", "negamax:4")
GAMES, FINAL_GAMES = 200, 1000
SMALL = 10  # plies: games no longer than this are solved on the spot


class StrengthJudge:
    """Scores against OPPONENTS (`score vs NAME`) and mistake rates (`mistakes on SET`), all in [0, 1]."""

    def __init__(self, game: Game[Any], seed: int = 0) -> None:
        self.game = game
        self.seed = seed
        self.opponents = [player(name, game) for name in OPPONENTS]
        self.graded: list[GradedPositions] = shipped_positions(game)
        if not self.graded and game.max_plies <= SMALL:
            self.graded = [solve(game)]

    def __call__(self, q: QFunction, final: bool) -> dict[str, float]:
        judged = QPlayer("learner", q)
        strength = {}
        for opponent in self.opponents:
            result = play_match(self.game, judged, opponent, FINAL_GAMES if final else GAMES, seed=self.seed)
            strength[f"score vs {opponent.name}"] = round(result.total.rate, 4)
        for positions in self.graded:
            strength[f"mistakes on {positions.name}"] = round(grade(judged, positions)[0].mistakes, 4)
        return strength
