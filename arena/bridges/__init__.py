"""The games and players of qzero in other frameworks. Each is imported when it is asked for, from an extra."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from game.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from game.core import AnyGame
    from game.play import Player


def pettingzoo_env(game: str | AnyGame, render_mode: str | None = None) -> Any:
    """The game as a PettingZoo AEC environment: see `arena.bridges.aec`. Raises UsageError without PettingZoo."""
    return _from("arena.bridges.aec", "pettingzoo").env(_rules(game), render_mode)


def gymnasium_env(
    game: str | AnyGame, opponent: str | Player = "random", seat: str = "both", render_mode: str | None = None
) -> Any:
    """The game as a Gymnasium environment of one agent: see `arena.bridges.single_agent.SingleAgentEnv`.

    opponent: any player that `qzero match` takes, or a player. Raises UsageError without Gymnasium.
    """
    from arena.players.specs import player

    module, rules = _from("arena.bridges.single_agent", "gymnasium"), _rules(game)
    other = player(opponent, rules) if isinstance(opponent, str) else opponent
    return module.SingleAgentEnv(rules, other, seat, render_mode)


def openspiel_bot(game: str | AnyGame, player: str | Player, seat: int = 0, seed: int = 0) -> Any:
    """A player as an OpenSpiel `Bot`: see `arena.bridges.bot.make_bot`. Raises UsageError without OpenSpiel."""
    from arena.bridges.bot import make_bot
    from arena.players.specs import player as named

    rules = _rules(game)
    return make_bot(rules, named(player, rules) if isinstance(player, str) else player, seat, seed)


def onnx_exporter() -> Callable[[Path, Path], None]:
    """`arena.bridges.onnx_export.export_onnx`. Raises UsageError without the package onnx."""
    exporter: Callable[[Path, Path], None] = _from("arena.bridges.onnx_export", "onnx").export_onnx
    return exporter


def _rules(game: str | AnyGame) -> AnyGame:
    from game.registry import make

    return make(game) if isinstance(game, str) else game


def _from(module: str, extra: str) -> Any:
    """Our module, which needs the package that is called like its extra."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("arena"):
            raise
        raise UsageError(
            f"{error.name} is not installed: it is part of an extra, pip install 'qzero[{extra}]'"
        ) from None
