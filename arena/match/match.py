"""A match: two players, varied openings, each played twice with seats swapped, all games at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from arena.match.openings import Openings, random_openings
from arena.match.score import EloDifference, Score, elo_difference
from game.core import Device, Game, S
from game.play import FORFEIT, Player, moves_of, play, tell

Watch = Callable[[int, float], None]  # games finished, and the share of all plies already played, as far as it is known


@dataclass(frozen=True, slots=True)
class Games:
    """G finished games of a against b. Game 2k and 2k + 1 share opening k; a moves first in the even ones.

    result: `[G]` int8, 1 a won, 0 drawn, -1 b won.
    moves:  `[G, T]` int16, all actions of each game, the opening's included, -1 after its end, and between an opening
            that is shorter than others and what follows.
    seconds: `[G, 2]` float64, what the first and the second player thought; the time for a batch of positions is shared
            evenly among them. Empty where it was not taken.
    forfeited: `[G]` bool, a player gave the game up or failed: its moves lead to no end. Empty as well.
    """

    result: Tensor
    moves: Tensor
    seconds: Tensor = field(default_factory=lambda: torch.zeros(0, 2, dtype=torch.float64))
    forfeited: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))

    @property
    def distinct(self) -> int:
        """How many games differ in their moves."""
        return len(torch.unique(self.moves, dim=0))

    @property
    def pair_scores(self) -> Tensor:
        """`[G / 2]` float64, a's points a game in each pair."""
        return (self.result.double().view(-1, 2).mean(1) + 1) / 2

    def score(self, seat: int) -> Score:
        """a's score in the games where it had this seat (0 moves first)."""
        result = self.result[seat::2]
        return Score(int((result == 1).sum()), int((result == 0).sum()), int((result == -1).sum()))


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The result of a match, from a's view."""

    a: str
    b: str
    first: Score
    second: Score
    elo: EloDifference
    distinct_games: int
    distinct_openings: int
    opening_plies: int

    @property
    def total(self) -> Score:
        return self.first + self.second


def play_pairs(
    game: Game[S],
    a: Player,
    b: Player,
    openings: Openings[S],
    seed: int,
    watch: Watch | None = None,
    device: Device = "cpu",
) -> Games:
    """Play every opening twice, a moving first and b moving first; `watch` is told after every ply.

    device: where the games are played; they are told on the CPU.
    """
    generator = torch.Generator(device).manual_seed(seed)
    start = openings.state.to(device).repeat_interleave(2)
    count = len(start)
    result = torch.zeros(count, dtype=torch.int8, device=device)
    moves = torch.full((count, openings.plies + game.max_plies), -1, dtype=torch.int16, device=device)
    moves[:, : openings.plies] = openings.moves.to(device).repeat_interleave(2, 0)
    seconds = torch.zeros(count, 2, dtype=torch.float64, device=device)
    forfeited = torch.zeros(count, dtype=torch.bool, device=device)
    length = openings.plies  # of all games that go on

    def choose(state: S, rows: Tensor) -> Tensor:
        a_moves = state.ply % 2 == rows % 2
        action = torch.empty_like(rows)
        for mine, player in ((a_moves, a), (~a_moves, b)):
            if mine.any():
                asked = state[mine]
                began = time.perf_counter()
                tell(player, asked, moves[rows[mine], :length])
                action[mine] = moves_of(player, game, asked, generator)
                seconds[rows[mine], asked.ply.long() % 2] += (time.perf_counter() - began) / len(asked)
        given_up = action == FORFEIT
        forfeited[rows[given_up]] = True
        result[rows[given_up]] = torch.where(a_moves[given_up], -1, 1).to(torch.int8)
        return action

    for turn in play(game, start, choose):
        moves[turn.rows, length] = turn.action.to(torch.int16)
        length += 1
        a_moved = turn.state.ply % 2 == turn.rows % 2
        result[turn.rows] = torch.where(a_moved, turn.after.reward, -turn.after.reward)
        if watch is not None:
            finished = count - len(turn.rows) + int(turn.after.done.sum())
            # How long unfinished games will last is not known: assume half the longest game, or a fifth more than now.
            expected = min(max(game.max_plies / 2, 1.2 * length), game.max_plies)
            watch(finished, (finished + (count - finished) * min(length / expected, 1)) / count)
    return Games(result.cpu(), moves[:, :length].cpu(), seconds.cpu(), forfeited.cpu())


def play_match(
    game: Game[S],
    a: Player,
    b: Player,
    games: int,
    opening_plies: int | None = None,
    seed: int = 0,
    watch: Watch | None = None,
    device: Device = "cpu",
) -> MatchResult:
    """`games` games (rounded up to even) from random openings; None for `opening_plies`: as few as vary enough."""
    openings = random_openings(game, max(1, -(-games // 2)), opening_plies, seed)
    played = play_pairs(game, a, b, openings, seed, watch, device)
    return MatchResult(
        a=a.name,
        b=b.name,
        first=played.score(0),
        second=played.score(1),
        elo=elo_difference(played.pair_scores.numpy(), openings.number.numpy()),
        distinct_games=played.distinct,
        distinct_openings=openings.distinct,
        opening_plies=openings.plies,
    )
