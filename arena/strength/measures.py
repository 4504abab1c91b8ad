"""All measures of the scoreboard for one Q-function: mistakes, games against perfect play, games against opponents.

Raw Q uses no rule of a game and no search. With exact ends (agent/search/exact_ply.py, the player SPEC@exact-ends)
a move that ends the game and a reply that wins it at once are seen, two plies deep. Mistakes and games against perfect
play are measured of both; who plays from random openings the ladder says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from agent.play.player import QPlayer
from agent.play.qfunction import QFunction
from agent.search.exact_ply import ExactPlyQ
from agent.stats import wilson
from arena.match.match import play_match
from arena.match.progress import GamesProgress
from arena.match.score import Score
from arena.players.specs import player
from arena.strength.ladder import EXACT, RAW, Rung
from arena.truth.grading import HARD, Grade, grade, shipped_positions
from arena.truth.perfect_play import ErringPlayer, PerfectQ
from arena.truth.solve import truth_of
from game.core import AnyGame, Game, S
from game.play import Player, play, tell

ERRORS = (0.1, 0.3)  # chances of a random move of the perfect player who moves first


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Mistakes on one graded set, of raw Q or with exact ends: `overall` and by ranges of plies."""

    positions: str
    play: str
    overall: Grade
    by_ply: list[Grade]


@dataclass(frozen=True, slots=True)
class Games:
    """Games against one opponent.

    seat:      "first", "second" or "both".
    value:     in [0, 1]: the share won (`counts` "wins") or the points a game ("points").
    low, high: its 95 % interval, Wilson's: over all games from the start, which are independent draws; over the
               `distinct` ones from random openings, where equal games are no evidence.
    seconds:   what they took.
    play:      RAW or EXACT.
    """

    opponent: str
    seat: str
    counts: str
    score: Score
    distinct: int
    value: float
    low: float
    high: float
    seconds: float
    play: str = EXACT


@dataclass(frozen=True, slots=True)
class Measures:
    """All measures of one Q-function."""

    mistakes: list[Mistakes]
    games: list[Games]


def measure(
    q: QFunction,
    rungs: Sequence[Rung],
    perfect: PerfectQ | None = None,
    games: int = 1000,
    seed: int = 0,
    report: Callable[[str], None] = lambda _: None,
) -> Measures:
    """Grade `q` by all known truth of its game, and play against `perfect`, if given, and the opponents of `rungs`.

    games: per opponent, at most. `report` is told what comes next.
    """
    game = q.game
    players = {RAW: QPlayer(RAW, q), EXACT: QPlayer(EXACT, ExactPlyQ(q))}
    mistakes = []
    for positions in [*truth_of(game), *shipped_positions(game, HARD)]:
        report(f"mistakes, {positions.name}")
        mistakes += [Mistakes(positions.name, one.name, *grade(one, positions)) for one in players.values()]
    played = []
    if perfect is not None:
        erring = [ErringPlayer(f"perfect, {100 * error:.0f} % random", perfect, error) for error in ERRORS]
        for one in players.values():
            for seat, rival in [(0, ErringPlayer("perfect", perfect)), *((1, rival) for rival in erring)]:
                report(f"{rival.name}, {one.name}")
                played.append(series(game, one, rival, seat, games, seed))
            perfect.save()
    for rung in rungs:
        report(rung.opponent)
        played.append(_match(game, players[rung.play], rung, games, seed))
    return Measures(mistakes, played)


def series(game: AnyGame, one: Player, rival: Player, seat: int, games: int, seed: int) -> Games:
    """Games from the initial position, `one` in this seat; they vary by how ties between best moves are broken."""
    started = time.perf_counter()
    result, distinct = play_from_start(game, (one, rival) if seat == 0 else (rival, one), games, seed)
    score = _score(result if seat == 0 else -result)
    share = score.wins / games
    seconds = time.perf_counter() - started
    seats = ("first", "second")
    return Games(rival.name, seats[seat], "wins", score, distinct, share, *wilson(share, games), seconds, one.name)


def _match(game: AnyGame, one: QPlayer, rung: Rung, most: int, seed: int) -> Games:
    """Games from random openings, each with both seatings, with a progress bar on a terminal."""
    started, name, games = time.perf_counter(), rung.opponent, min(most, rung.games)
    with GamesProgress(games) as progress:
        result = play_match(game, one, player(name, game), games, seed=seed, watch=progress.chunk(name, games))
    rate = result.total.rate
    seconds = time.perf_counter() - started
    low, high = wilson(rate, result.distinct_games)
    return Games(name, "both", "points", result.total, result.distinct_games, rate, low, high, seconds, one.name)


def play_from_start(game: Game[S], players: Sequence[Player], games: int, seed: int) -> tuple[Tensor, int]:
    """`games` games, all at once, between the first and the second player.

    Returns the results `[games]` int8, 1 where the first player won, and how many games differ in their moves.
    """
    generator = torch.Generator().manual_seed(seed)
    result = torch.zeros(games, dtype=torch.int8)
    moves = torch.full((games, game.max_plies), -1, dtype=torch.int16)

    def choose(state: S, rows: Tensor) -> Tensor:
        ply = int(state.ply[0])
        tell(players[ply % 2], state, moves[rows, :ply])
        return players[ply % 2].act(game, state, generator)

    for ply, turn in enumerate(play(game, game.initial(games), choose)):
        moves[turn.rows, ply] = turn.action.to(torch.int16)
        result[turn.rows] = turn.after.reward if ply % 2 == 0 else -turn.after.reward
    return result, len(torch.unique(moves, dim=0))


def _score(result: Tensor) -> Score:
    return Score(int((result == 1).sum()), int((result == 0).sum()), int((result == -1).sum()))
