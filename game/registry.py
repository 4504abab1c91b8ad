"""Games by name, such as "connect4", "othello:6" or "gomoku:9x9x5". Loads torch only once a game is made."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from game.errors import UnknownGameError

if TYPE_CHECKING:
    from game.core import AnyGame


@dataclass(frozen=True, slots=True)
class Family:
    """A game and its boards.

    module, cls: where its class is; called with the numbers and words that follow the name.
    parameters:  a regular expression of what may follow "name:", a group for each argument; "" for nothing.
    expected:    the same in words.
    title:       the game as people write it.
    usual:       boards that people play on, by the name that `make` takes, and what to call them in a menu.
    """

    module: str
    cls: str
    parameters: str = ""
    expected: str = ""
    title: str = ""
    usual: tuple[tuple[str, str], ...] = ()


_SIZE = r"([1-9]\d?)"
FAMILIES = {
    "breakthrough": Family(
        "game.breakthrough",
        "Breakthrough",
        f"{_SIZE}x{_SIZE}",
        "columns x rows from 4x4 to 8x8: breakthrough:6x6",
        "Breakthrough",
        (("breakthrough:4x4", "4 x 4"), ("breakthrough:6x6", "6 x 6"), ("breakthrough", "8 x 8")),
    ),
    "connect4": Family("game.connect4", "Connect4", title="Connect Four", usual=(("connect4", "7 x 6"),)),
    "gomoku": Family(
        "game.gomoku",
        "Gomoku",
        f"{_SIZE}x{_SIZE}x{_SIZE}",
        "columns x rows x stones in a line, up to 20: gomoku:9x9x5",
        "Gomoku",
        (
            ("gomoku:9x9x5", "9 x 9"),
            ("gomoku", "15 x 15"),
            ("gomoku:19x19x5", "19 x 19"),
            ("gomoku:20x20x5", "20 x 20"),
        ),
    ),
    "hex": Family(
        "game.hex",
        "Hex",
        rf"{_SIZE}(\+swap)?",
        "a size from 3 to 19, with or without swap: hex:7, hex:7+swap",
        "Hex",
        (("hex:4", "4 x 4"), ("hex:7", "7 x 7"), ("hex", "11 x 11"), ("hex:11+swap", "11 x 11, swap")),
    ),
    "othello": Family(
        "game.othello",
        "Othello",
        _SIZE,
        "a size of 4, 6 or 8: othello:6",
        "Othello",
        (("othello:4", "4 x 4"), ("othello:6", "6 x 6"), ("othello", "8 x 8")),
    ),
    "tictactoe": Family("game.tictactoe", "TicTacToe", title="Tic-tac-toe", usual=(("tictactoe", "3 x 3"),)),
}


def names() -> list[str]:
    """The names of all games, each of which may have several boards."""
    return sorted({**FAMILIES, **installed()})


def register(name: str, family: Family) -> None:
    """Register a game of your own with `make`. Packages can use an entry point of the group "qzero.games" instead."""
    FAMILIES[name] = family
    make.cache_clear()


@functools.cache
def installed() -> dict[str, Family]:
    """The games that installed packages provide."""
    points = importlib.metadata.entry_points(group="qzero.games")
    return {point.name: Family(point.module, point.attr) for point in points}


def titled(name: str) -> str:
    """The game of this name as people write it, such as "Connect Four" for "connect4"."""
    family, _, board = name.partition(":")
    found = FAMILIES.get(family) or installed().get(family)
    title = (found.title if found else "") or family
    usual = dict(found.usual if found else ()).get(name, board)
    return f"{title} {usual}" if usual and len(found.usual if found else ()) != 1 else title


def usual_boards(family: str) -> tuple[tuple[str, str], ...]:
    """The boards of a game that a menu offers, by the name that `make` takes, and what to call each."""
    found = FAMILIES.get(family) or installed()[family]
    return found.usual or ((family, "usual"),)


def other_boards(name: str) -> str:
    """What may follow the colon in the name of this game, in words; empty if it has one board only."""
    family = name.partition(":")[0]
    return (FAMILIES.get(family) or installed()[family]).expected


@functools.cache
def make(name: str) -> AnyGame:
    """The game called `name`, such as "connect4" or "hex:7". Raises UnknownGameError.

    A name without numbers is the default board: "othello:8" and "othello" are the same game, called "othello".
    """
    family_name, colon, given = name.partition(":")
    family = FAMILIES.get(family_name) or installed().get(family_name)
    if family is None:
        raise UnknownGameError(f"no game is called {name!r}: choose one of {', '.join(names())}")
    match = re.fullmatch(family.parameters, given)
    if colon and not family.parameters:
        raise UnknownGameError(f"{name!r}: {family_name} has one board only, leave out {colon + given!r}")
    if colon and match is None:
        raise UnknownGameError(f"no game is called {name!r}: expected {family.expected}")
    arguments = [int(text) if text.isdigit() else text for text in match.groups() if text] if colon and match else []
    try:
        game: AnyGame = getattr(importlib.import_module(family.module), family.cls)(*arguments)
    except ValueError as error:
        raise UnknownGameError(f"no game is called {name!r} ({error}): expected {family.expected}") from None
    return game if game.name == name else make(game.name)
