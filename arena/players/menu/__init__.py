"""Whom a person can meet, for a menu. Loads no torch: what takes that is in `measured`."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from arena.players import levels
from arena.players.coming import learned_on

HUMAN = "human"
_NEGAMAX = (("negamax:6", "Looks 6 plies ahead"), ("negamax:4", "Looks 4 plies ahead"))


@dataclass(frozen=True, slots=True)
class Opponent:
    """One entry of the menu.

    spec:   the player as `arena.players.specs.player` takes it, or HUMAN.
    title:  what to call it.
    note:   how strong it is, as far as that was measured.
    thinks: it can be given time to think: its spec takes `@seconds=`.
    """

    spec: str
    title: str
    note: str = ""
    thinks: bool = False

    def spec_with(self, seconds: float | None) -> str:
        """The spec with so much time a move; None: no search."""
        return self.spec if seconds is None or not self.thinks else f"{self.spec}@seconds={seconds:g}"


def fixed_opponents(game: str) -> list[Opponent]:
    """Those that need no file of the person's, the strongest first, and another person last."""
    found = []
    if learned_on(game) is not None:
        found.append(Opponent("shipped", "The player that comes with qzero", "trained by self-play", thinks=True))
    if game == "connect4" and importlib.util.find_spec("bitbully") is not None:
        found.append(Opponent("perfect", "Perfect play", "makes no mistake, by the solver bitbully"))
    found += [
        Opponent(f"level:{level.number}", f"Level {level.number}", f"{level.elo} Elo above random play")
        for level in reversed(levels.of(game))
    ]
    found += [Opponent(spec, title, "sees forced wins and losses, else at random") for spec, title in _NEGAMAX]
    found.append(Opponent("one-ply", "Beginner", "takes a win and stops yours, else at random"))
    found.append(Opponent("random", "Random", "any legal move"))
    found.append(Opponent(HUMAN, "Another person", "at this keyboard and mouse"))
    return found
