"""Presets: the default settings of each game and kind of Q, and the defaults that go with other choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.config import TrainConfig, check_kind, modern
from agent.kinds import DEFAULT
from agent.run.plan import Plan
from game.errors import UnknownGameError

Settings = Mapping[str, Any]
ANY = ""  # games and boards without their own preset

# Random openings keep the large step size from settling on one line of play.
_PLAYING: dict[str, Any] = {"epsilon": 0.2, "temperature": 0.05, "opening_plies": 8}
_NETWORK: dict[str, Any] = {"moves": 12_000_000, "width": 256, "learning_rate": 0.8, **_PLAYING}
_TINY: dict[str, Any] = {"threads": 1, "games": 1024, "epsilon": 0.2, "temperature": 0.0, "opening_plies": 8}
# Step size 8: a position whose rows all have coherence 1 moves by eight times its error; coherence soon falls.
_NTUPLE: dict[str, Any] = {
    "moves": 20_000_000,
    "games": 4096,
    "epsilon": 0.2,
    "temperature": 0.05,
    "exploration": "varied",
    "target": "q",
    "lam": 0.9,
    "weight_averaging": 0.1,
    "learning_rate": 8.0,
    "schedule": "constant",
}
# n-tuples whose row numbers follow the moves, in compiled games: tables of all places learn from the first game on, so
# that games are few a generation, and minibatches small.
_FOLLOWED: dict[str, Any] = {
    **_NTUPLE,
    "games": 1024,
    "batch_size": 512,
    "epsilon": 0.1,
    "temperature": 0.03,
    "opening_plies": 6,
}
# For boards small enough to be learned to perfection (docs/small-games.md). The value of the position after a move is
# exact where the game ends, and many moves lead to one position; small n-tuples, averaged over symmetries,
# generalise to similar positions from the first game on; half of the moves are random, as every reply has to be met.
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
# (board or game, kind of Q): the settings. The preset of a board comes before that of its game, and that before ANY.
PRESETS: dict[tuple[str, str], Settings] = {
    (ANY, "network"): _NETWORK,
    (ANY, "table"): {name: value for name, value in _NETWORK.items() if name != "width"},
    (ANY, "ntuple"): _NTUPLE,
    ("breakthrough", "network"): {**_NETWORK, "learning_rate": 0.4},  # 0.8 collapsed with one seed of three
    ("connect4", "network"): {**_NETWORK, "moves": 25_000_000, "opening_plies": 0},
    # Random openings meet positions that good players avoid, the games after them the line that good players take; rows
    # that never freeze go on learning.
    ("connect4", "ntuple"): {
        **_NTUPLE,
        "moves": 25_000_000,
        "batch_size": 4096,
        "tuples": 140,
        "threats": True,
        "opening_plies": 16,
        "opening_share": 0.85,
        "tc_forgetting": 0.1,
    },
    ("breakthrough", "ntuple"): {
        **_FOLLOWED,
        "moves": 40_000_000,
        "features": "windows:2x4+windows:3x3",
        "temperature": 0.01,
        "tc_forgetting": 0.005,
    },
    ("othello", "ntuple"): {
        **_FOLLOWED,
        "moves": 40_000_000,
        "batch_size": 1024,
        "features": "classic+windows:2x4+counts",
        "stages": 8,
        "tc_forgetting": 0.005,
    },
    ("hex", "ntuple"): {
        **_FOLLOWED,
        "games": 256,
        "batch_size": 256,
        "learning_rate": 1.0,
        "lam": 0.8,
        "temperature": 0.01,
        "opening_plies": 4,
        "features": "connections",
    },
    ("gomoku", "ntuple"): {**_FOLLOWED, "features": "lines:9+patches:3x3"},
    ("gomoku", "network"): {**_NETWORK, "learning_rate": 0.15},
    ("tictactoe", "network"): {**_TINY, "moves": 900_000, "depth": 3, "width": 128, "batch_size": 256},
    ("tictactoe", "table"): {**_TINY, "moves": 2_000_000},
    ("breakthrough:4x4", "network"): {**_SMALL_BOARD, "moves": 1_000_000, "tuples": 30, "tuple_cells": 8},
    ("gomoku:4x4x3", "network"): {**_SMALL_BOARD, "moves": 800_000, "tuples": 30, "tuple_cells": 8},
    ("hex:3", "network"): {
        **_SMALL_BOARD,
        "moves": 300_000,
        "games": 256,
        "batch_size": 256,
        "tuples": 20,
        "tuple_cells": 9,
    },
    # n-tuples of 9 or 10 cells leave some mistakes after as long.
    ("hex:4", "network"): {**_SMALL_BOARD, "moves": 1_200_000, "reuse": 2.0, "tuples": 60, "tuple_cells": 7},
    ("othello:4", "network"): {
        **_SMALL_BOARD,
        "moves": 1_000_000,
        "epsilon": 0.8,
        "reuse": 2.0,
        "tuples": 40,
        "tuple_cells": 10,
    },
}
# What changes on a GPU, which has room for larger networks and batches (docs/strength.md#on-a-gpu).
ON_GPU: dict[tuple[str, str], Settings] = {
    ("connect4", "network"): {"moves": 900_000_000, "games": 16384, "batch_size": 8192, "width": 1024},
    ("othello", "network"): {"moves": 400_000_000, "games": 16384, "batch_size": 8192, "width": 1024},
}
# The default kind of Q of a board or game, where it is not DEFAULT.
USUAL = {
    **dict.fromkeys(("breakthrough", "connect4", "gomoku", "hex", "othello"), "ntuple"),
    **dict.fromkeys(("breakthrough:4x4", "gomoku:4x4x3", "hex:3", "hex:4", "othello:4"), "network"),
}
# Defaults that change together with a choice, unless given: (setting, choice, what changes).
COMPANIONS: tuple[tuple[str, str, Settings], ...] = (
    ("optimizer", "adam", {"learning_rate": 1e-3}),
    ("optimizer", "adamw", {"learning_rate": 1e-3}),
    ("architecture", "ntuple", {"optimizer": "adam", "learning_rate": 5e-3}),
    ("architecture", "residual", {"depth": 2, "optimizer": "adamw", "learning_rate": 1e-3}),
    ("architecture", "conv", {"width": 32, "depth": 2, "learning_rate": 0.1}),
)


def preset(game: str, **settings: Any) -> TrainConfig:
    """The preset of `game`, changed by the settings given, under present or former names.

    The preset of a single board does not apply if the settings ask for a different network. The kind of Q is
    `settings["q"]`, or the game's default. Raises UsageError for a setting that does not apply to it.

    A game of another package may bring presets: `presets`, a mapping from kinds of Q to settings, the default kind
    first.
    """
    settings = modern(settings)
    brought = _brought(game)
    q = settings.get("q") or _usual(game, brought)
    for given, value in settings.items():
        check_kind(given, value, q)
    chosen = _look_up(game, q, brought, any_board=_asks_for_another_network(settings))
    walks = not settings.get("features", "tuples" not in settings and "tuple_cells" not in settings)
    if "features" in chosen and (walks or not _follows_moves(game)):
        chosen = PRESETS[ANY, q]
    if settings.get("features"):  # in place of the walks of the preset
        chosen = {name: value for name, value in chosen.items() if name not in ("tuples", "tuple_cells", "threats")}
    if str(settings.get("device", "")).startswith("cuda"):
        chosen = {**chosen, **ON_GPU.get((game, q), {})}
    for name, choice, change in COMPANIONS:
        if settings.get(name) == choice:
            chosen = {**chosen, **change}
    if settings.get("plan"):
        settings = {"moves": Plan.parse(settings["plan"]).last, **settings}
    return TrainConfig.from_dict({"game": game, **chosen, **settings, "q": q})


def _usual(game: str, brought: Mapping[str, Settings]) -> str:
    """The kind of Q where nobody names one."""
    q = next((USUAL[name] for name in _names(game) if name in USUAL), next(iter(brought), DEFAULT))
    chosen = _look_up(game, q, brought, any_board=False)
    return DEFAULT if "features" in chosen and not _follows_moves(game) else q


def _names(game: str) -> tuple[str, str]:
    """The names under which a board may have a preset: its own, and its game's."""
    return game, game.partition(":")[0]


def _look_up(game: str, q: str, brought: Mapping[str, Settings], any_board: bool) -> Settings:
    for name in _names(game)[1:] if any_board else _names(game):
        if (name, q) in PRESETS:
            return PRESETS[name, q]
    return brought.get(q) or PRESETS.get((ANY, q), {})


def _brought(game: str) -> Mapping[str, Settings]:
    from game.registry import make  # here, as torch takes a moment to import

    try:
        found: Mapping[str, Settings] = getattr(make(game), "presets", {})
    except UnknownGameError:  # reported by whoever needs the game
        return {}
    return found


def _follows_moves(game: str) -> bool:
    from game.compiled import has_compiled_rules
    from game.registry import make  # here, as torch takes a moment to import

    return has_compiled_rules(make(game))


def _asks_for_another_network(settings: Settings) -> bool:
    """Whether these settings ask for a layered network, or for a q-head."""
    usual = {"architecture": "ntuple", "head": "afterstate"}
    layered = ("depth", "width", "activation", "dropout")
    return any(settings.get(name, one) != one for name, one in usual.items()) or any(
        name in settings for name in layered
    )
