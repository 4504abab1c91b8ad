"""Who analyses: the player that comes with qzero for the game, else one that sits at the board. No pygame here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ, QFunction
from arena.players.coming import learned_on
from arena.players.specs import player
from arena.view.analysis.analyst import leaf_of
from arena.view.session import Seats
from game.core import AnyGame


class Adviser(NamedTuple):
    """name: for people. make: gives a Q-function that nobody else uses; may take seconds."""

    name: str
    make: Callable[[], QFunction]


def adviser(game: AnyGame, seats: Seats) -> Adviser:
    """The strongest that is at hand without asking anybody.

    Not the opponent itself, where another is known: a weak level would praise its own mistakes.
    """
    if learned_on(game.name) is not None:
        return Adviser("shipped", functools.partial(_loaded, "shipped", game))
    for seat in seats:
        if isinstance(seat, QPlayer) and leaf_of(seat.q_function).weights():
            # Its name is its spec. Another copy is loaded, as players need not be safe for two threads.
            return Adviser(seat.name, functools.partial(_loaded, seat.name, game))
    return Adviser("search alone", functools.partial(ConstantQ, game))


def _loaded(spec: str, game: AnyGame) -> QFunction:
    return player(spec, game).q_function
