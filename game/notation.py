"""Move lists as text, for any game: moves in the game's own notation, with or without blanks or commas between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import torch

from game.core import Game, S
from game.errors import IllegalMoveError, NotationError
from game.play import History


def parse_moves(game: Game[S], text: str) -> History[S]:
    """The game that `text` tells, from the starting position. Raises NotationError or IllegalMoveError."""
    history = History(game)
    for number, name in enumerate(split_moves(game, text), start=1):
        try:
            history.push(game.parse_move(name))
        except (NotationError, IllegalMoveError) as error:
            raise type(error)(f"move {number} of {text!r}: {error}") from None
    return history


def split_moves(game: Game[S], text: str) -> list[str]:
    """The moves named in `text`, not yet parsed. Raises NotationError at the first sign that starts no move."""
    found = []
    rest = text.strip()
    while rest:
        match = re.match(game.move_pattern, rest)
        if match is None:
            example = game.move_name(0)
            raise NotationError(f"{rest[:12]!r} in {text!r} starts with no {game.name} move: moves look like {example}")
        found.append(match.group())
        rest = rest[match.end() :].lstrip(" ,\t\r\n")
    return found


def moves_text(game: Game[S], actions: Iterable[int]) -> str:
    """The inverse of `split_moves`: move names one after the other."""
    return "".join(game.move_name(action) for action in actions)


def replay(game: Game[S], games: Sequence[Sequence[int]], labels: Sequence[str] | None = None) -> S:
    """The positions after each of N move lists, all played at once: N rows.

    Raises IllegalMoveError that tells which list (by its label, else counted from 1) and which move is wrong.
    """
    state = game.initial(len(games))
    length = torch.tensor([len(actions) for actions in games])
    padded = torch.zeros(len(games), int(length.max()) if len(games) else 0, dtype=torch.int64)
    for row, actions in enumerate(games):
        padded[row, : len(actions)] = torch.tensor(actions, dtype=torch.int64)
    for t, action in enumerate(padded.T):
        moves = t < length
        wrong = moves & ~game.legal(state).gather(1, action[:, None]).squeeze(1)
        if wrong.any():
            row = int(wrong.nonzero()[0])
            label = labels[row] if labels else f"game {row + 1}"
            raise IllegalMoveError(f"{label}: move {t + 1}, {game.move_name(games[row][t])}, is not legal")
        state = type(state).where(moves, game.step(state, action), state)
    return state
