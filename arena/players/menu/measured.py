"""The entries of a menu of opponents that come from files, with the strength that was measured."""

from __future__ import annotations

import dataclasses
from importlib import resources
from pathlib import Path

from agent.run.strength import MISTAKES, SCORE, Strength, read_strength
from agent.store import checkpoint
from arena.players.choice import strongest_met
from arena.players.coming import learned_on, shipped_file
from arena.players.menu import Opponent, fixed_opponents
from arena.players.runs import runs_of
from game.core import AnyGame
from game.errors import QzeroError
from game.registry import make


def opponents(game: AnyGame, runs: Path | None = None) -> list[Opponent]:
    """Everybody that can be met in this game: those of `fixed_opponents`, and the runs in `runs` (default ./runs)."""
    found = [
        dataclasses.replace(one, note=_shipped_note(game)) if one.spec == "shipped" else one
        for one in fixed_opponents(game.name)
    ]
    after = sum(one.spec == "shipped" for one in found)
    found[after:after] = [
        Opponent(str(run.folder), str(run.folder), in_words(read_strength(run.record.get("strength"))), thinks=True)
        for run in runs_of(game.name, runs)
    ]
    return found


def in_words(strength: Strength) -> str:
    """ "95.3 % against negamax:4, 2.1 % mistakes"."""
    met = strongest_met(strength)
    said = [] if met is None else [f"{100 * strength[SCORE + met].value:.1f} % against {met}"]
    mistakes = [name for name in strength if name.startswith(MISTAKES)][-1:]  # the hardest set comes last
    said += [f"{100 * strength[name].value:.1f} % {name}" for name in mistakes]
    return ", ".join(said) or "its strength is not recorded"


def _shipped_note(game: AnyGame) -> str:
    board = learned_on(game.name)
    if board is not None and board != game.name:
        _, rows, columns = make(board).observation_shape
        return f"learned on {columns} x {rows}"
    with resources.as_file(shipped_file(game.name)) as file:
        try:
            return in_words(read_strength(checkpoint.load(file, game).record.get("strength")))
        except QzeroError as error:
            return str(error)
