"""Move lists as text, for any game: moves in the game's own notation, with or without blanks or commas between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

import torch

from game.core import Game, S
from game.errors import IllegalMoveError, NotationError
from game.play import History

T = TypeVar("T")


def parse_moves(game: Game[S], text: str) -> History[S]:
    """The game in `text`, from the starting position; passes may be left out, as in Othello transcripts.

    Raises NotationError or IllegalMoveError.
    """
    history = History(game)
    for number, name in enumerate(split_moves(game, text), start=1):
        try:
            action = game.parse_move(name, history.state)
            forced = forced_pass(game, history.state)
            if forced not in (None, action):
                history.push(forced)
            history.push(action)
        except (NotationError, IllegalMoveError) as error:
            raise type(error)(f"move {number} of {text!r}: {error}") from None
    return history


def forced_pass(game: Game[S], state: S) -> int | None:
    """The only legal action of one position, if it is a pass."""
    legal = game.legal(state)[0].nonzero().flatten().tolist()
    return legal[0] if len(legal) == 1 and not game.squares(legal[0], state) else None


def split_moves(game: Game[S], text: str) -> list[str]:
    """The moves in `text`, not yet parsed. Raises NotationError at the first character that begins no move."""
    found = []
    rest = text.strip()
    while rest:
        match = re.match(game.move_pattern, rest)
        if match is None:
            example = game.move_name(0, game.initial(1))
            raise NotationError(f"{rest[:12]!r} in {text!r} starts with no {game.name} move: moves look like {example}")
        found.append(match.group())
        rest = rest[match.end() :].lstrip(" ,\t\r\n")
    return found


def moves_text(game: Game[S], actions: Sequence[int]) -> str:
    """The inverse of `parse_moves`: the moves of one game from the starting position, one after the other."""
    return move_lists(game, [actions])[0]


def move_lists(game: Game[S], games: Sequence[Sequence[int]]) -> list[str]:
    """`moves_text` of many games, all played at once."""
    texts = [""] * len(games)
    state = game.initial(len(games))
    for t, moves in _by_ply(games):
        for row, action in moves.items():
            texts[row] += game.move_name(action, state[row])
        state = _advanced(game, state, t, moves, None)
    return texts


def replay(game: Game[S], games: Sequence[Sequence[int]], labels: Sequence[str] | None = None) -> S:
    """The positions after each of N move lists, all played at once: N rows.

    Raises IllegalMoveError that tells which list (by its label, else counted from 1) and which move is wrong.
    """
    state = game.initial(len(games))
    for t, moves in _by_ply(games):
        state = _advanced(game, state, t, moves, labels)
    return state


def replay_text(game: Game[S], games: Sequence[str], labels: Sequence[str] | None = None) -> S:
    """`replay` of move lists as text, of which no pass may be left out. Raises NotationError as well."""
    lists = []
    for row, text in enumerate(games):
        try:
            lists.append(split_moves(game, text))
        except NotationError as error:
            raise NotationError(f"{_label(labels, row)}: {error}") from None
    state = game.initial(len(games))
    for t, names in _by_ply(lists):
        moves = {}
        for row, name in names.items():
            try:
                moves[row] = game.parse_move(name, state[row])
            except NotationError as error:
                raise NotationError(f"{_label(labels, row)}: move {t + 1}: {error}") from None
        state = _advanced(game, state, t, moves, labels)
    return state


def _by_ply(games: Sequence[Sequence[T]]) -> Iterator[tuple[int, dict[int, T]]]:
    """For each ply the moves made in it, by game."""
    for t in range(max(map(len, games), default=0)):
        yield t, {row: moves[t] for row, moves in enumerate(games) if t < len(moves)}


def _advanced(game: Game[S], state: S, t: int, moves: dict[int, int], labels: Sequence[str] | None) -> S:
    """`state` after these moves, by row. Raises IllegalMoveError."""
    rows, actions = torch.tensor(list(moves)), torch.tensor(list(moves.values()))
    wrong = ~game.legal(state)[rows, actions]
    if wrong.any():
        row = int(rows[wrong][0])
        name = game.move_name(moves[row], state[row])
        raise IllegalMoveError(f"{_label(labels, row)}: move {t + 1}, {name}, is not legal")
    every = torch.zeros(len(state), dtype=torch.int64)
    every[rows] = actions
    moving = torch.zeros(len(state), dtype=torch.bool)
    moving[rows] = True
    return type(state).where(moving, game.step(state, every), state)


def _label(labels: Sequence[str] | None, row: int) -> str:
    return labels[row] if labels else f"game {row + 1}"
