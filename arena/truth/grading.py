"""Grading against perfect play: how often a player's move gives away the value of the position.

A mistake is a move after which the outcome (win, draw or loss under perfect play) is worse than after the best move
(the definition of AlphaZero.jl's Connect Four benchmark). Only positions count where the legal moves differ in
outcome: elsewhere no move is wrong. A player that draws among equally good moves is graded by the exact expectation.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ
from agent.store.files import ReadError, read_regular
from game.core import AnyGame, State
from game.errors import QzeroError, UsageError
from game.notation import replay_text
from game.registry import make

ALL_STATES = "all states"  # what a set of every reachable state is called
ILLEGAL = -2
_MOST_SCORE = 1e15  # far beyond any solver's score
_CHUNK = 1 << 15  # positions per call of the player: bounds the memory
Sets = Mapping[str, Mapping[str, str]]
# The graded sets that come with qzero: by game, their names and files in arena/data.
SHIPPED: Sets = {"connect4": {"random": "connect4_random.jsonl", "noisy": "connect4_noisy.jsonl"}}
# Harder ones, with no position of these (arena/truth/graded_set.py). Nothing trains on them or is tuned by them.
HARD: Sets = {"connect4": {"hard random": "connect4_hard_random.jsonl", "hard noisy": "connect4_hard_noisy.jsonl"}}
# More of these, to be looked at once, at the end of all work on a player.
HELD_OUT: Sets = {
    "connect4": {"held-out random": "connect4_held_out_random.jsonl", "held-out noisy": "connect4_held_out_noisy.jsonl"}
}
WATCHED: Sets = {"connect4": {"watched": "connect4_watch.jsonl"}}  # for early stopping

_TITLES = {
    ALL_STATES: "all states of the game",
    "random": "positions from random play",
    "noisy": "positions from noisy perfect play",
    "hard random": "hard positions from random play",
    "hard noisy": "hard positions from noisy perfect play",
    "held-out random": "held-out hard positions from random play",
    "held-out noisy": "held-out hard positions from noisy perfect play",
}


def set_title(name: str) -> str:
    """What a graded set is, in words."""
    return _TITLES.get(name, name)


@dataclass(frozen=True, slots=True)
class GradedPositions:
    """N positions whose truth is known.

    name:    which set.
    state:   N unfinished positions.
    outcome: `[N, A]` int8: win 1, draw 0, loss -1 for the mover if it moves there and both play on perfectly; ILLEGAL.
    """

    name: str
    state: State
    outcome: Tensor

    def __len__(self) -> int:
        return len(self.state)

    def __getitem__(self, rows: Tensor) -> GradedPositions:
        """The positions in these rows."""
        return GradedPositions(self.name, self.state[rows], self.outcome[rows])

    def decisive(self) -> GradedPositions:
        """Only the positions where legal moves differ in outcome."""
        worst = torch.where(self.outcome == ILLEGAL, 1, self.outcome).amin(1)
        rows = (worst < self.outcome.amax(1)).nonzero().squeeze(1)
        return self[rows]

    def halves(self) -> tuple[GradedPositions, GradedPositions]:
        """Two disjoint halves: every other position of each ply."""
        order = self.state.ply.long().argsort(stable=True)
        even, odd = order[::2], order[1::2]
        return (
            GradedPositions(f"{self.name}, even half", self.state[even], self.outcome[even]),
            GradedPositions(f"{self.name}, odd half", self.state[odd], self.outcome[odd]),
        )

    def mistakes(self, best: Tensor) -> Tensor:
        """The chance of a mistake in each position when drawing among `best` `[N, A]` bool: `[N]` float32."""
        wrong = best & (self.outcome < self.outcome.amax(1, keepdim=True))
        return wrong.sum(1) / best.sum(1)


def shipped_positions(game: AnyGame, sets: Sets = SHIPPED) -> list[GradedPositions]:
    """Those of `sets` that come with qzero for this game: SHIPPED, HARD, HELD_OUT or WATCHED. Most games have none."""
    return [_shipped(game.name, *item) for item in sets.get(game.name, {}).items()]


@functools.cache  # reading them takes a second
def _shipped(game: str, name: str, filename: str) -> GradedPositions:
    lines = resources.files("arena").joinpath("data", filename).read_text().splitlines()
    return read_positions(make(game), lines, name)


def load_positions(game: AnyGame, path: Path) -> GradedPositions:
    """Graded positions from a JSON lines file. Raises QzeroError or UsageError that names the line."""
    try:
        lines = read_regular(path).decode().splitlines()
    except (ReadError, UnicodeDecodeError) as error:
        raise QzeroError(f"cannot read graded positions from {path}: {error}") from None
    return read_positions(game, lines, str(path))


def read_positions(game: AnyGame, lines: Sequence[str], name: str) -> GradedPositions:
    """Graded positions from lines `{"moves": "44455", "scores": [-3, null, ...]}`: see arena/truth/graded_set.py."""
    found = list(_parsed(game, lines, name))
    if not found:
        raise UsageError(f"{name} holds no positions: expected JSON lines with moves and scores")
    numbers, games, scores = zip(*found, strict=True)
    state = replay_text(game, games, [f"{name}, line {number}" for number in numbers])
    outcome = torch.tensor([[ILLEGAL if s is None else (s > 0) - (s < 0) for s in row] for row in scores]).to(
        torch.int8
    )
    bad = (state.done | ((outcome != ILLEGAL) != game.legal(state)).any(1)).nonzero().flatten().tolist()
    if bad:
        raise UsageError(
            f"{name}, line {numbers[bad[0]]}: expected an unfinished game and a score for just the legal moves"
        )
    return GradedPositions(name, state, outcome)


def _parsed(game: AnyGame, lines: Sequence[str], name: str) -> Iterator[tuple[int, str, list[float | None]]]:
    expected = f'expected {{"moves": "...", "scores": [{game.num_actions} numbers or null]}}'
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            scores = line["scores"]
            if len(scores) != game.num_actions or not all(score is None or _is_number(score) for score in scores):
                raise ValueError(expected)
            moves = line["moves"]
            if not isinstance(moves, str):
                raise ValueError(expected)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise UsageError(f"{name}, line {number}: {expected}") from None
        yield number, moves, scores


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _MOST_SCORE


@dataclass(frozen=True, slots=True)
class Grade:
    """A player's mistake rate over a range of plies, and that of a uniformly random mover; both in [0, 1]."""

    plies: tuple[int, int]
    positions: int
    mistakes: float
    random_mistakes: float


def grade(player: QPlayer, positions: GradedPositions, plies_a_row: int = 6) -> tuple[Grade, list[Grade]]:
    """The mistake rate over all decisive positions, and the same by ranges of plies that begin at multiples."""
    decisive = positions.decisive()
    if not len(decisive):
        raise UsageError(f"{positions.name} holds no position whose legal moves differ in outcome: nothing to grade")
    ply = decisive.state.ply.long()
    mine = _mistakes(player, decisive)
    by_chance = _mistakes(QPlayer("random", ConstantQ(player.q_function.game)), decisive)

    def over(low: int, high: int) -> Grade:
        rows = (ply >= low) & (ply <= high)
        return Grade((low, high), int(rows.sum()), float(mine[rows].mean()), float(by_chance[rows].mean()))

    first, last = int(ply.min()), int(ply.max())
    lows = range(first // plies_a_row * plies_a_row, last + 1, plies_a_row)
    ranges = [over(low, min(low + plies_a_row - 1, last)) for low in lows]
    return over(first, last), [row for row in ranges if row.positions]


def _mistakes(player: QPlayer, positions: GradedPositions) -> Tensor:
    """The chance of a mistake in each position: `[N]` float32."""
    parts = [positions[rows] for rows in torch.split(torch.arange(len(positions)), _CHUNK)]
    return torch.cat([part.mistakes(player.best(part.state)) for part in parts])
