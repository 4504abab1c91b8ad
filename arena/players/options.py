"""Player options, SPEC@OPTION[=VALUE]...: each turns the player before it into another.

shipped@nodes=1000                      a search of 1,000 nodes a move
runs/x@seconds=0.2@temperature=0.1      0.2 s a move, and moves by chance where they are nearly as good
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.play.player import QPlayer
from agent.search.budget import Budget
from agent.search.exact_ply import ExactPlyQ
from agent.search.search_q import SearchQ
from arena.players.runs import best_of, kept_at
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


def _nodes(player: QPlayer, value: str) -> QPlayer:
    if not re.fullmatch("[0-9]{1,12}", value):
        raise UsageError(f"{player.name}@nodes={value}: expected a whole number of nodes, such as @nodes=1000")
    return _searching(player, f"@nodes={value}", nodes=int(value))


def _seconds(player: QPlayer, value: str) -> QPlayer:
    return _searching(player, f"@seconds={value}", seconds=_number(player, "seconds", value, "0.2"))


def _searching(player: QPlayer, text: str, nodes: int | None = None, seconds: float | None = None) -> QPlayer:
    """The player with a search on top of its Q; a second budget limits the search that there is."""
    q = player.q_function
    try:
        budget = Budget(nodes, seconds)
        searching = SearchQ(q.leaf, q.budget.and_also(budget)) if isinstance(q, SearchQ) else SearchQ(q, budget)
    except UsageError as error:
        raise UsageError(f"{player.name}{text}: {error}") from None
    return dataclasses.replace(player, q_function=searching)


def _temperature(player: QPlayer, value: str) -> QPlayer:
    temperature = _number(player, "temperature", value, "0.1")
    if not (temperature == 0 or 1e-6 <= temperature <= 1e6):
        raise UsageError(f"{player.name}@temperature={value}: expected 0, which is greedy, or from 1e-6 to 1e6")
    return dataclasses.replace(player, policy=dataclasses.replace(player.policy, temperature=temperature))


def _epsilon(player: QPlayer, value: str) -> QPlayer:
    epsilon = _number(player, "epsilon", value, "0.05")
    if not 0 <= epsilon <= 1:
        raise UsageError(f"{player.name}@epsilon={value}: expected a chance from 0 to 1")
    return dataclasses.replace(player, policy=dataclasses.replace(player.policy, epsilon=epsilon))


def _number(player: QPlayer, option: str, value: str, example: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise UsageError(f"{player.name}@{option}={value}: expected a number, such as @{option}={example}") from None


OPTIONS = {
    EXACT_ENDS: Option(f"@{EXACT_ENDS}", "", _exact_ends),  # the ends of the game are seen one ply ahead
    "nodes": Option("@nodes=N", "N", _nodes),  # searches, valuing the moves of at most N positions
    "seconds": Option("@seconds=S", "S", _seconds),  # searches for about S seconds a move
    "temperature": Option("@temperature=T", "T", _temperature),  # Boltzmann over Q
    "epsilon": Option("@epsilon=E", "E", _epsilon),  # a move at random by chance E
}


def split(spec: str) -> tuple[str, list[str]]:
    """The player that is named, and the options behind it. A file with an @ in its name is that file.

    The @ of mcts:N@openspiel belongs to the name: it says whose search it is. RUN@50% is the checkpoint that the run
    kept nearest to its half, RUN@best the one that passed its gate. Raises UsageError where there is none.
    """
    parts = spec.split("@")
    if re.match("mcts:[^@]*@openspiel(@|$)", spec):
        parts[:2] = ["@".join(parts[:2])]
    for count in range(len(parts), 1, -1):
        if Path(name := "@".join(parts[:count])).exists():
            return name, parts[count:]
    if len(parts) > 1 and (share := re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)%", parts[1])):
        return str(kept_at(Path(parts[0]), float(share[1]))), parts[2:]
    if len(parts) > 1 and parts[1] == "best":
        return str(best_of(Path(parts[0]))), parts[2:]
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
