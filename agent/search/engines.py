"""Which engine searches with which Q-function at the leaves: the first of ENGINES that knows it."""

from __future__ import annotations

from collections.abc import Callable

from agent.play.qfunction import QFunction
from agent.search.found import Engine

Maker = Callable[[QFunction], Engine | None]


def _connect4(leaf: QFunction) -> Engine | None:
    if leaf.game.name != "connect4":
        return None
    from agent.ntuple.q import NTupleQ
    from agent.search.connect4.engine import Connect4Engine
    from agent.search.connect4.proving import ProvingEngine

    return Connect4Engine(leaf) if isinstance(leaf, NTupleQ) else ProvingEngine(leaf)


def _best_first(leaf: QFunction) -> Engine | None:
    from agent.ntuple.incremental.q import IncrementalQ

    if not isinstance(leaf, IncrementalQ):
        return None
    from agent.search.bestfirst.engine import BestFirst

    return BestFirst(leaf)


def _trees(leaf: QFunction) -> Engine:
    from agent.search.tree.engine import TreeSearch

    return TreeSearch(leaf)


# Engines for some Q-functions, which give None for others; the last takes any. Each imports what it needs when it is
# asked, as numba takes a moment to import.
ENGINES: tuple[Maker, ...] = (_connect4, _best_first, _trees)


def engine_for(leaf: QFunction) -> Engine:
    """The engine to search with `leaf`: one that was made for it, else one that takes any Q-function."""
    return next(engine for maker in ENGINES if (engine := maker(leaf)) is not None)
