"""The judge: players, matches, tournaments, ratings, grading and the window.

    from arena import load
    player = load("shipped", "connect4")
    player.act(state), player.q(state)

`load` is imported on first use: `import arena` alone does not load torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arena.players.loading import LoadedPlayer, load

__all__ = ["LoadedPlayer", "load"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'arena' has no attribute {name!r}")
    from arena.players import loading

    return getattr(loading, name)
