"""A match: two players, varied openings, each played twice with seats swapped, all games at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import torch
from torch import Tensor
from torch.nn import functional

from agent.play.draws import draws, game_seeds
from agent.play.player import QPlayer
from agent.play.policy import GREEDY
from arena.match.openings import Openings, random_openings
from arena.match.score import EloDifference, Score, elo_difference
from game.core import Device, Game, S
from game.play import FORFEIT, Follower, Player, moves_of, play

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


@dataclass(frozen=True, slots=True)
class Meeting(Generic[S]):
    """Two players and N openings, each to be played twice.

    seeds: `[2 N]` int64, of the random numbers of each game, in the order of `Games`.
    """

    a: Player
    b: Player
    openings: Openings[S]
    seeds: Tensor


def play_pairs(
    game: Game[S],
    a: Player,
    b: Player,
    openings: Openings[S],
    seed: int,
    watch: Watch | None = None,
    device: Device = "cpu",
) -> Games:
    """Play every opening twice, a moving first and b moving first; `watch` is told after every ply."""
    seeds = game_seeds(seed, torch.arange(2 * len(openings.state)))
    return play_together(game, [Meeting(a, b, openings, seeds)], watch, device)[0]


def play_together(
    game: Game[S], meetings: Sequence[Meeting[S]], watch: Watch | None = None, device: Device = "cpu"
) -> list[Games]:
    """All games of all meetings at once: at each ply a player is asked for its moves in all of its games together.

    A game depends on its own seed and not on others beside it, but for players that draw from a generator of their own
    accord. Two greedy players whose Q-functions have a `duel` play in its compiled loop. device: where the games are
    played; they are told on the CPU.
    """
    found: dict[int, Games] = {}
    total = sum(len(meeting.seeds) for meeting in meetings)
    for index, meeting in enumerate(meetings):
        played = _duel(meeting)
        if played is not None:
            found[index] = played
            if watch is not None:
                done = sum(len(one.result) for one in found.values())
                watch(done, done / total)
    rest = [meeting for index, meeting in enumerate(meetings) if index not in found]
    if rest:
        before = sum(len(one.result) for one in found.values())

        def with_others(finished: int, share: float) -> None:
            if watch is not None:
                watch(before + finished, (before + share * (total - before)) / total)

        others = iter(_by_turns(game, rest, with_others, device))
        found |= {index: next(others) for index in range(len(meetings)) if index not in found}
    return [found[index] for index in range(len(meetings))]


def _duel(meeting: Meeting[Any]) -> Games | None:
    """The games of two greedy players, played whole; None if they cannot be."""
    a, b = meeting.a, meeting.b
    if type(a) is not QPlayer or type(b) is not QPlayer or not a.policy == b.policy == GREEDY:
        return None
    meet = getattr(a.q_function, "duel", lambda _: None)(b.q_function)
    if meet is None:
        return None
    began = time.perf_counter()
    start = meeting.openings.state.repeat_interleave(2)
    second = torch.arange(len(start)) % 2 == 1
    moves, reward = meet(start, second, meeting.seeds)
    begun = meeting.openings.moves.to(torch.int16).repeat_interleave(2, 0)
    # The moves of an opening stand in front; of shorter ones there is a gap, as in play by turns.
    shift = int(start.ply.min())
    moves = torch.cat((begun, moves[:, shift:]), 1)
    length = int((moves >= 0).any(0).nonzero().max()) + 1
    each = (time.perf_counter() - began) / len(start) / 2
    seconds = torch.full((len(start), 2), each, dtype=torch.float64)
    return Games(reward, moves[:, :length], seconds, torch.zeros(len(start), dtype=torch.bool))


def _by_turns(game: Game[S], meetings: Sequence[Meeting[S]], watch: Watch, device: Device) -> list[Games]:
    players = list({id(one): one for meeting in meetings for one in (meeting.a, meeting.b)}.values())
    number = {id(one): index for index, one in enumerate(players)}
    seats = torch.cat([_seats(number[id(m.a)], number[id(m.b)], len(m.openings.state)) for m in meetings]).to(device)
    seeds = torch.cat([meeting.seeds for meeting in meetings]).to(device)
    generator = torch.Generator(device).manual_seed(int(seeds[0]))
    every = [meeting.openings for meeting in meetings]
    start = type(every[0].state).cat([one.state for one in every]).to(device).repeat_interleave(2)
    count, length = len(start), max(one.plies for one in every)  # length: of all games that go on
    begun = torch.cat([functional.pad(one.moves, (0, length - one.plies), value=-1) for one in every])
    result = torch.zeros(count, dtype=torch.int8, device=device)  # of whoever moves first
    moves = torch.full((count, length + game.max_plies), -1, dtype=torch.int16, device=device)
    moves[:, :length] = begun.to(device).repeat_interleave(2, 0)
    seconds = torch.zeros(count, 2, dtype=torch.float64, device=device)
    forfeited = torch.zeros(count, dtype=torch.bool, device=device)

    def choose(state: S, rows: Tensor) -> Tensor:
        seat = (state.ply & 1).long()
        asked = seats[rows, seat]
        chance = draws(seeds[rows], state.ply)
        action = torch.empty_like(rows)
        for index, player in enumerate(players):
            own = (asked == index).nonzero().squeeze(1)
            if len(own):
                mine = state if len(own) == len(rows) else state[own]
                began = time.perf_counter()
                if isinstance(player, Follower):
                    player.follow(mine, moves[rows[own], :length])
                action[own] = moves_of(player, game, mine, generator, chance[:, own])
                seconds[rows[own], seat[own]] += (time.perf_counter() - began) / len(own)
        given_up = action == FORFEIT
        forfeited[rows[given_up]] = True
        result[rows[given_up]] = (2 * seat[given_up] - 1).to(torch.int8)
        return action

    for turn in play(game, start, choose):
        moves[turn.rows, length] = turn.action.to(torch.int16)
        length += 1
        result[turn.rows] = torch.where(turn.state.ply & 1 == 0, turn.after.reward, -turn.after.reward)
        finished = count - len(turn.rows) + int(turn.after.done.sum())
        # How long unfinished games will last is not known: assume half the longest game, or a fifth more than now.
        expected = min(max(game.max_plies / 2, 1.2 * length), game.max_plies)
        watch(finished, (finished + (count - finished) * min(length / expected, 1)) / count)
    result[1::2] *= -1
    sizes = [len(meeting.seeds) for meeting in meetings]
    parts = [torch.split(column.cpu(), sizes) for column in (result, moves[:, :length], seconds, forfeited)]
    return [Games(*columns) for columns in zip(*parts, strict=True)]


def _seats(a: int, b: int, pairs: int) -> Tensor:
    """Who moves first and who second in each game: `[2 pairs, 2]`."""
    return torch.tensor([[a, b], [b, a]]).repeat(pairs, 1)


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
