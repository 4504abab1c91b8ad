"""Player options, SPEC@OPTION[=VALUE]...: each turns the player before it into another."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.play.player import QPlayer
from agent.search.exact_ply import ExactPlyQ
from game.errors import UsageError

EXACT_ENDS = "exact-ends"


@dataclass(frozen=True, slots=True)
class Option:
    """An option after an @.

    usage: how it is written. value: what its value must be, "" if it takes none.
    apply: turns a player into another, given the value as text; raises UsageError.
    """

    usage: str
    value: str
    apply: Callable[[QPlayer, str], QPlayer]


def _exact_ends(player: QPlayer, _: str) -> QPlayer:
    return dataclasses.replace(player, q_function=ExactPlyQ(player.q_function))


OPTIONS = {
    EXACT_ENDS: Option(f"@{EXACT_ENDS}", "", _exact_ends),  # the ends of the game are seen one ply ahead
}


def split(spec: str) -> tuple[str, list[str]]:
    """The player that is named, and the options behind it. A file with an @ in its name is that file.

    The @ of mcts:N@openspiel belongs to the name: it says whose search it is.
    """
    parts = spec.split("@")
    if re.match("mcts:[^@]*@openspiel(@|$)", spec):
        parts[:2] = ["@".join(parts[:2])]
    for count in range(len(parts), 1, -1):
        if Path(name := "@".join(parts[:count])).exists():
            return name, parts[count:]
    return parts[0], parts[1:]


def check(spec: str) -> None:
    """Raises UsageError if an option is unknown, is given twice, lacks its value or takes none."""
    base, options = split(spec)
    if options and not base:
        raise UsageError(f"{spec!r} names no player: expected one before the @, such as shipped@{options[0]}")
    seen: set[str] = set()
    for text in options:
        name, equals, _ = text.partition("=")
        option = OPTIONS.get(name)
        if option is None:
            known = ", ".join(each.usage for each in OPTIONS.values())
            raise UsageError(
                f"{spec!r}: no option of a player is called @{name}, and no file {spec!r}; expected {known}"
            )
        if bool(equals) != bool(option.value):
            raise UsageError(f"{spec!r}: @{text} is written {option.usage}")
        if name in seen:
            raise UsageError(f"{spec!r}: @{name} is given twice")
        seen.add(name)


def applied(player: QPlayer, options: list[str]) -> QPlayer:
    """The player with these options, already checked by `check`."""
    for text in options:
        name, _, value = text.partition("=")
        player = OPTIONS[name].apply(player, value)
    return player
