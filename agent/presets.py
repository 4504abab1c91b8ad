"""Presets: the settings that suit a game, by what holds Q, and what a choice brings with it."""

from __future__ import annotations

from typing import Any

from agent.config import TrainConfig, check_kind
from agent.run.plan import Plan

# For games without a preset. Random openings keep the bold step size from settling on one line of play.
GENERAL_PRESET: dict[str, Any] = {
    "moves": 12_000_000,
    "width": 256,
    "epsilon": 0.2,
    "temperature": 0.05,
    "learning_rate": 0.8,
    "opening_plies": 8,
}
PRESETS: dict[str, dict[str, Any]] = {
    "breakthrough": {**GENERAL_PRESET, "learning_rate": 0.4},  # 0.8 collapsed with one seed of three
    "connect4": {"moves": 25_000_000, "width": 256, "epsilon": 0.2, "temperature": 0.05, "learning_rate": 0.8},
    "gomoku": {
        "moves": 12_000_000,
        "width": 256,
        "epsilon": 0.2,
        "temperature": 0.05,
        "learning_rate": 0.15,
        "opening_plies": 8,
    },
    "tictactoe": {
        "threads": 1,
        "moves": 900_000,
        "depth": 3,
        "width": 128,
        "games": 1024,
        "epsilon": 0.2,
        "temperature": 0.0,
        "opening_plies": 8,
        "batch_size": 256,
    },
}
_GENERAL_TABLE = {name: value for name, value in GENERAL_PRESET.items() if name != "width"}
TABLE_PRESETS: dict[str, dict[str, Any]] = {
    "tictactoe": {
        "threads": 1,
        "moves": 2_000_000,
        "games": 1024,
        "epsilon": 0.2,
        "temperature": 0.0,
        "opening_plies": 8,
    },
}
# Step size 8: a position whose rows all agree moves by eight times its error, which coherence soon brings below one.
GENERAL_PATTERNS: dict[str, Any] = {
    "q": "patterns",
    "moves": 20_000_000,
    "games": 4096,
    "epsilon": 0.2,
    "temperature": 0.05,
    "exploration": "varied",
    "target": "q",
    "lam": 0.9,
    "averaging": 0.1,
    "learning_rate": 8.0,
    "schedule": "constant",
}
PATTERNS_PRESETS: dict[str, dict[str, Any]] = {
    "connect4": {**GENERAL_PATTERNS, "moves": 60_000_000, "tuples": 140},
}
# What holds Q where the command does not say, if it is not a network.
USUAL_Q = {"connect4": "patterns"}
# For boards small enough to be learned to perfection (docs/small-games.md). The value of the position after a move is
# exact where the game ends, and many moves lead to one position; tables of little patterns, averaged over symmetries,
# know like positions from the first game on; half of the moves are random, since every reply has to be met.
_SMALL_BOARD: dict[str, Any] = {
    "threads": 1,
    "architecture": "ntuple",
    "head": "afterstate",
    "symmetry": "average",
    "optimizer": "adam",
    "learning_rate": 5e-3,
    "games": 512,
    "batch_size": 512,
    "epsilon": 0.5,
    "temperature": 0.0,
    "opening_plies": 14,
}
BOARD_PRESETS: dict[str, dict[str, Any]] = {
    "breakthrough:4x4": {**_SMALL_BOARD, "moves": 1_000_000, "tuples": 30, "tuple_cells": 8},
    "gomoku:4x4x3": {**_SMALL_BOARD, "moves": 800_000, "tuples": 30, "tuple_cells": 8},
    "hex:3": {**_SMALL_BOARD, "moves": 300_000, "games": 256, "batch_size": 256, "tuples": 20, "tuple_cells": 9},
    # Patterns of 9 or 10 cells leave some mistakes after as long.
    "hex:4": {**_SMALL_BOARD, "moves": 1_200_000, "reuse": 2.0, "tuples": 60, "tuple_cells": 7},
    "othello:4": {**_SMALL_BOARD, "moves": 1_000_000, "epsilon": 0.8, "reuse": 2.0, "tuples": 40, "tuple_cells": 10},
}
# What another choice brings with it, where the command does not say: (setting, choice, what changes).
COMPANIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("optimizer", "adam", {"learning_rate": 1e-3}),
    ("optimizer", "adamw", {"learning_rate": 1e-3}),
    ("architecture", "ntuple", {"optimizer": "adam", "learning_rate": 5e-3}),
    ("architecture", "residual", {"depth": 2, "optimizer": "adamw", "learning_rate": 1e-3}),
    ("architecture", "conv", {"width": 32, "depth": 2, "learning_rate": 0.1}),
)


def preset(game: str, **settings: Any) -> TrainConfig:
    """The settings that suit `game`, changed by whatever is given.

    All boards of a game have the same, but for those of BOARD_PRESETS, unless another network than theirs is wanted.
    What holds Q is what "q" says, or what is usual for the game; raises UsageError for a setting that is not for that.
    """
    name = game.partition(":")[0]
    q = settings.get("q") or USUAL_Q.get(name, "network")
    for given, value in settings.items():
        check_kind(given, value, q)
    presets, general = {
        "table": (TABLE_PRESETS, _GENERAL_TABLE),
        "patterns": (PATTERNS_PRESETS, GENERAL_PATTERNS),
    }.get(q, (PRESETS, GENERAL_PRESET))
    chosen = presets.get(name, general)
    if game in BOARD_PRESETS and not _asks_for_another_network(settings):
        chosen = BOARD_PRESETS[game]
    for name, choice, change in COMPANIONS:
        if settings.get(name) == choice:
            chosen = {**chosen, **change}
    if settings.get("plan"):
        settings = {"moves": Plan.parse(settings["plan"]).last, **settings}
    return TrainConfig.from_dict({"game": game, **chosen, **settings, "q": q})


def _asks_for_another_network(settings: dict[str, Any]) -> bool:
    """Whether these settings speak of a table, of an mlp or the like, or of Q-values all at once."""
    usual = {"q": "network", "architecture": "ntuple", "head": "afterstate"}
    layered = ("depth", "width", "activation", "dropout")
    return any(settings.get(name, one) != one for name, one in usual.items()) or any(
        name in settings for name in layered
    )
