"""Who takes part in a tournament, by the words of a command line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from agent.play.player import QPlayer
from agent.run.train import KEPT
from arena.players.options import split
from arena.players.specs import player
from game.core import AnyGame
from game.errors import UsageError


def entrants(specs: Sequence[str], game: AnyGame) -> list[QPlayer]:
    """The players of these specs; one that is named twice enters once."""
    return list({entrant.name: entrant for entrant in (player(spec, game) for spec in specs)}.values())


def with_checkpoints(specs: Sequence[str]) -> list[str]:
    """These specs, before each run the checkpoints that it kept, oldest first. Raises UsageError if none has any."""
    found = []
    for spec in specs:
        base, options = split(spec)
        kept = sorted((Path(base) / KEPT).glob("*.safetensors")) if Path(base).is_dir() else []
        found += ["@".join((str(file), *options)) for file in kept] + [spec]
    if len(found) == len(specs):
        raise UsageError("--checkpoints: no player is a run that kept any; train with --keep, such as --keep 10")
    return found


def anchor_of(text: str | None, names: Sequence[str]) -> tuple[str, float] | None:
    """PLAYER or PLAYER=ELO. Raises UsageError where no player is called so, or the Elo is no number."""
    if text is None:
        return None
    if text in names:
        return text, 0.0
    name, _, number = text.rpartition("=")
    if name not in names:
        raise UsageError(f"--anchor {text}: no player of this tournament is called so; they are {', '.join(names)}")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not abs(value) <= 100_000:
        raise UsageError(f"--anchor {text}: expected a number of Elo behind {name}=, such as {name}=1500")
    return name, value
