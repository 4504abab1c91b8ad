"""The checkpoints that come with qzero, and which of them plays on which board. Loads no torch."""

from __future__ import annotations

import re
from importlib import resources
from importlib.resources.abc import Traversable

_SMALL = 12  # columns or rows up to which the player of 9 x 9 is the better one in Gomoku


def shipped_file(game: str) -> Traversable:
    """The path of the checkpoint that comes with qzero for this game, if any; its model card lies beside it."""
    return _file(learned_on(game) or game)


def learned_on(game: str) -> str | None:
    """The board on which the player for `game` learned; None if none comes with qzero.

    Gomoku's tables are shared by all places of a board, so that they play on boards of any size.
    """
    if _file(game).is_file():
        return game
    board = re.fullmatch(r"gomoku:(\d+)x(\d+)x5", game)
    if board is None:
        return None
    return "gomoku:9x9x5" if max(int(board[1]), int(board[2])) <= _SMALL else "gomoku"


def shipped_games() -> list[str]:
    """The boards on which a checkpoint that comes with qzero learned."""
    files = [file.name for file in resources.files("arena").joinpath("checkpoints").iterdir()]
    names = [name.removesuffix(".safetensors") for name in files if name.endswith(".safetensors")]
    return sorted(name.replace("-", ":", 1) for name in names)


def _file(game: str) -> Traversable:
    return resources.files("arena").joinpath("checkpoints", f"{game.replace(':', '-')}.safetensors")
