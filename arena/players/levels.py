"""Levels: players of measured strength, made from those that come with qzero. Reading them needs no torch."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from game.errors import QzeroError, UsageError

_SPEC = re.compile(r"level:([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a game.

    number: from 1, the weakest.
    spec:   who plays, as every command takes it.
    elo:    its measured rating; random play has 0.
    margin: half of the 95 % interval of that.
    """

    number: int
    spec: str
    elo: int
    margin: int


def of(game: str) -> tuple[Level, ...]:
    """The levels of this board by its whole name (`Game.name`), weakest first; empty if none were measured."""
    found = known().get(game, {}).get("levels", [])
    return tuple(Level(number, one["spec"], one["elo"], one["margin"]) for number, one in enumerate(found, start=1))


def level_spec(spec: str, game: str) -> str | None:
    """Who plays as `level:N` in this game; None if the spec is no level. Raises UsageError for an unknown one."""
    if not spec.startswith("level:") and spec != "level":
        return None
    levels = of(game)
    if not levels:
        raise UsageError(
            f"{spec!r}: no levels of {game} are known; measure them with 'qzero levels {game} --measure', or give "
            "another player"
        )
    match = _SPEC.fullmatch(spec)
    if match is None or not 1 <= int(match[1]) <= len(levels):
        raise UsageError(f"{spec!r} is not a player: {game} has the levels level:1 to level:{len(levels)}")
    return levels[int(match[1]) - 1].spec


def levels_file() -> Traversable:
    """Where the measured levels of all boards are kept."""
    return resources.files("arena").joinpath("data", "levels.json")


@functools.cache
def known() -> dict[str, Any]:
    """What the file holds, by the name of the board; see docs/files.md. Raises QzeroError for a damaged file."""
    file = levels_file()
    if not file.is_file():
        return {}
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for board in found.values():
            for one in board["levels"]:
                for name, kind in (("spec", str), ("elo", int), ("margin", int)):
                    if not isinstance(one[name], kind):
                        raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise QzeroError(f"{file} is damaged: put it back, or measure the levels again") from None
    return found
