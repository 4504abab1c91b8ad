"""Move lists as text, for any game: moves in the game's own notation, with or without blanks or commas between."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
        rest = rest[match.end() :].lstrip(" ,\t")
    return found


def moves_text(game: Game[S], actions: Iterable[int]) -> str:
    """The inverse of `split_moves`: move names one after the other."""
    return "".join(game.move_name(action) for action in actions)
