"""The judge of training runs: games against fixed opponents from varied openings, and mistakes where truth is known."""

from __future__ import annotations

from pathlib import Path

import torch

from agent.config import TrainConfig
from agent.play.draws import seed_of
from agent.play.player import QPlayer
from agent.play.qfunction import QFunction
from agent.run.gate import Verdict
from agent.run.strength import MISTAKES, SCORE, Evidence, Strength
from arena.match.match import MatchResult, play_match
from arena.match.openings import size_of_games
from arena.match.sprt.llr import Hypotheses
from arena.match.sprt.sequential import play_sprt
from arena.match.tournament import Tournament
from arena.players.fixed import OPPONENTS
from arena.players.specs import player
from arena.truth.grading import ALL_STATES, WATCHED, GradedPositions, grade, shipped_positions
from arena.truth.solve import truth_of
from game.core import AnyGame
from game.registry import make

GAMES, FINAL_GAMES, FEWEST_GAMES = 200, 1000, 40
POSITIONS, FINAL_POSITIONS = 20_000_000, 100_000_000  # that one opponent may look at
LOOK_UPS, FINAL_LOOK_UPS = 2_000_000_000, 10_000_000_000  # by the learner in its tables, against one opponent
GATE_GAMES = 2000  # at most, for one model to show that it is stronger
_OTHER = 1_000_003  # seeds from here on are for watching


class StrengthJudge:
    """Scores against OPPONENTS (`score vs NAME`) and mistake rates (`mistakes on SET`), all in [0, 1].

    Fewer games are played where the opponent or the learner would take minutes, and none where even a few games against
    an opponent would.

    With `watched`, `watch` has something to stop training by, and nothing of it is graded: other graded positions than
    the shipped ones; half of the states of a game that is solved on the spot, of which only the other half is graded
    then; for other games fresh games against the same opponents.
    """

    def __init__(self, game: AnyGame, seed: int = 0, watched: bool = False) -> None:
        self.game = game
        self.seed = seed
        branching, plies = size_of_games(game)
        self._afterstates_a_game = branching * plies / 2
        self._positions_a_game = {name: branching**depth * plies / 2 for name, depth in OPPONENTS.items()}
        self.opponents = [player(name, game) for name in OPPONENTS if self.games(name, True) >= FEWEST_GAMES]
        self.graded = truth_of(game)
        self.watched: list[GradedPositions] = shipped_positions(game, WATCHED) if watched else []
        if watched and self.graded and not self.watched:
            held_apart, graded = self.graded[0].decisive().halves()
            self.watched, self.graded = [held_apart], [graded]

    def __call__(self, q: QFunction, final: bool) -> Strength:
        judged = QPlayer("learner", q)
        strength: Strength = {}
        for opponent in self.opponents:
            games = max(self.games(opponent.name, final, q), 2)
            result = play_match(self.game, judged, opponent, games, seed=self.seed, device=place_of(q))
            strength[f"{SCORE}{opponent.name}"] = evidence_of(result)
        for positions in self.graded:
            overall = grade(judged, positions)[0]
            every = positions.name == ALL_STATES
            strength[f"{MISTAKES}{positions.name}"] = Evidence.of_positions(overall.mistakes, overall.positions, every)
        return strength

    def watch(self, q: QFunction) -> float:
        """The mean mistake rate on the watched positions; the share of points lost where there are none."""
        judged = QPlayer("learner", q)
        if self.watched:
            return sum(grade(judged, positions)[0].mistakes for positions in self.watched) / len(self.watched)
        lost = [
            1
            - play_match(
                self.game,
                judged,
                rival,
                max(self.games(rival.name, False, q), 2),
                seed=_OTHER + self.seed,
                device=place_of(q),
            ).total.rate
            for rival in self.opponents
        ]
        return sum(lost) / len(lost)

    def stronger(self, q: QFunction, best: QFunction, number: int) -> Verdict:
        """As `agent.run.strength.Judge.stronger`: undecided after GATE_GAMES is not stronger."""
        new, old = QPlayer("new", q), QPlayer("best", best)
        seed = seed_of("gate", self.seed, number)
        with Tournament(Path(":memory:"), self.game, GATE_GAMES, None, seed) as tournament:
            found = play_sprt(tournament, new, old, Hypotheses(0, 20))
        return Verdict(found.decision == "H1", found.score.games, round(found.score.rate, 6))

    def games(self, opponent: str, final: bool, q: QFunction | None = None) -> int:
        """How many games to play against this opponent; `q` is the learner's Q-function, if known."""
        most, positions, look_ups = (
            (FINAL_GAMES, FINAL_POSITIONS, FINAL_LOOK_UPS) if final else (GAMES, POSITIONS, LOOK_UPS)
        )
        most = min(most, int(positions / self._positions_a_game[opponent]) // 2 * 2)
        each = getattr(q, "look_ups", 0) * self._afterstates_a_game
        return min(most, max(FEWEST_GAMES, int(look_ups / each) // 2 * 2)) if each else most


def place_of(q: QFunction) -> torch.device:
    """Where its weights are, and where it is best judged."""
    return next((tensor.device for tensor in q.weights().values()), torch.device("cpu"))


def evidence_of(result: MatchResult) -> Evidence:
    """Evidence of a's strength; two games from one opening both count if their moves differ."""
    total = result.total
    distinct = min(result.distinct_games, 2 * result.distinct_openings)
    return Evidence.of_games(total.wins, total.draws, total.losses, distinct)


def judge_of(config: TrainConfig) -> StrengthJudge:
    """The judge that a training run asks for."""
    return StrengthJudge(make(config.game), config.seed, watched=config.patience > 0)
