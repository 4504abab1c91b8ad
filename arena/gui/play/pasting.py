"""Reads whatever of a game people paste: a saved game, a line of `qzero records`, a list of moves, a diagram."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from arena.gui.play.saved import game_of_json, given_up, history_of
from arena.match.records.lines import COLUMNS
from arena.view.session import RESIGNED
from game.core import AnyGame
from game.errors import NotationError, QzeroError
from game.notation import parse_moves
from game.play import History

_MOST = 100_000  # characters; the longest game has a few thousand
_NUMBERS = re.compile(r"(?<!\S)\d+\.(?:\.\.)?\s+")  # "12. " before a move of each side, where a list has them


class Pasted(NamedTuple):
    """A game; resigned: the seat that gave up, if one did; why: or ran out of time, as `Session.resign` takes it."""

    history: History[Any]
    resigned: int | None = None
    why: str = RESIGNED


def read(game: AnyGame, text: str) -> Pasted:
    """The game or the position in `text`. Raises QzeroError in words."""
    text = text.strip()
    if not text:
        raise NotationError("there is nothing to paste: copy a list of moves, a position or a saved game first")
    if len(text) > _MOST:
        raise NotationError(f"the text has {len(text):,} characters: too long for a game of {game.name}")
    if text.startswith("{"):
        saved = game_of_json(text)
        if saved.game != game.name:
            raise NotationError(f"this is a game of {saved.game}: paste it where {saved.game} is played")
        return Pasted(history_of(saved), *given_up(saved))
    if "\t" in text:
        text = _moves_of_records(text)
    try:
        return Pasted(parse_moves(game, _NUMBERS.sub("", text)))
    except QzeroError as error:
        if "\n" not in text:
            raise
        try:
            return Pasted(History(game, game.parse_position(text)))
        except QzeroError:
            raise error from None


def _moves_of_records(text: str) -> str:
    """The moves of the first game in lines that `qzero records` printed."""
    at = COLUMNS.index("moves")
    for line in text.splitlines():
        cells = line.split("\t")
        if len(cells) > at and cells[0] != COLUMNS[0]:
            return cells[at].strip()
    raise NotationError("found no game in these lines: copy whole lines of what 'qzero records' prints")
