"""Which of our players search by the clock of the program that drives them (`qzero engine`)."""

from __future__ import annotations

from agent.play.player import QPlayer
from arena.engines.clock import OnClock
from arena.players.options import split
from arena.players.specs import is_checkpoint, player
from game.core import AnyGame


def engine_of(spec: str, game: AnyGame, uses_clock: bool) -> QPlayer | OnClock:
    """The player that `spec` names; a checkpoint without options searches by the clock. Raises UsageError."""
    found = player(spec, game)
    bare = spec == "shipped" or (is_checkpoint(spec) and not split(spec)[1])
    return OnClock(found) if uses_clock and bare else found
