"""Which of our players search by the clock of the program that drives them (`qzero engine`)."""

from __future__ import annotations

from pathlib import Path

from agent.play.player import QPlayer
from arena.engines.clock import OnClock
from arena.engines.outside import is_engine
from arena.players.options import split
from arena.players.specs import FIXED, player
from game.core import AnyGame


def engine_of(spec: str, game: AnyGame, uses_clock: bool) -> QPlayer | OnClock:
    """The player that `spec` names; a checkpoint without options searches by the clock. Raises UsageError."""
    found = player(spec, game)
    if not uses_clock or is_engine(spec):
        return found
    base, options = split(spec)
    learned = base == "shipped" or (base not in FIXED and Path(base).exists())
    return OnClock(found) if learned and not options else found
