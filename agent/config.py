"""TrainConfig: every setting of a training run, and the presets."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass, field
from typing import Any

from game.errors import UsageError


def _setting(default: Any, note: str, *, least: float | None = None, most: float | None = None) -> Any:
    return field(default=default, metadata={"note": note, "least": least, "most": most})


def _choice(default: str, note: str, *choices: str) -> Any:
    return field(default=default, metadata={"note": note, "choices": choices})


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of a run. Same settings, same seed, same machine and threads: same bits."""

    game: str = _setting("connect4", "The game to learn.")
    seed: int = _setting(0, "Seed of all randomness.", least=0, most=2**63 - 1)
    moves: int = _setting(15_000_000, "Self-play moves to learn from, in all.", least=1)

    q: str = _choice("network", "What holds the Q-values.", "network", "table")
    architecture: str = _choice("mlp", "Shape of the network.", "mlp", "conv")
    depth: int = _setting(3, "Hidden layers (mlp) or residual blocks (conv).", least=1, most=64)
    width: int = _setting(512, "Units a hidden layer (mlp) or channels (conv).", least=1, most=4096)
    activation: str = _choice("relu", "Nonlinearity.", "relu", "sigmoid", "tanh", "gelu", "silu")

    games: int = _setting(2048, "Games a generation, all played at once.", least=1, most=1 << 16)
    epsilon: float = _setting(0.1, "Share of self-play moves drawn uniformly at random.", least=0, most=1)
    temperature: float = _setting(
        0.1, "Boltzmann temperature of the other self-play moves; 0 is greedy.", least=0, most=1e6
    )
    opening_plies: int = _setting(
        0, "Random moves at the start of a self-play game: 0 to this many.", least=0, most=1000
    )

    target: str = _choice(
        "r_T", "Targets: the final reward, one-step Q-learning, or lambda-returns.", "r_T", "q", "lambda"
    )
    lam: float = _setting(0.8, "Lambda of --target lambda.", least=0, most=1)
    cut: bool = _setting(True, "Cut returns at moves that were not greedy (Watkins).")

    optimizer: str = _choice("sgd", "Optimiser of the network.", "sgd", "adamw")
    learning_rate: float = _setting(0.3, "Step size alpha (of the table too).", least=0)
    momentum: float = _setting(0.9, "Momentum of sgd.", least=0, most=1)
    weight_decay: float = _setting(0.0, "Weight decay.", least=0)
    schedule: str = _choice("cosine", "How the step size falls over the run.", "cosine", "constant")
    batch_size: int = _setting(1024, "Moves a minibatch.", least=1, most=1 << 20)
    window: int = _setting(4, "Minibatches are drawn from the games of this many last generations.", least=1, most=1000)
    reuse: float = _setting(1.0, "How often each move is learned from, on average.", least=0, most=1000)
    augment: bool = _setting(True, "Learn from mirrored and rotated positions as well.")

    evaluations: int = _setting(6, "How often strength is measured on the way (the end is always measured).", least=0)
    save_every: float = _setting(10.0, "Seconds between saves of the resume state.", least=0)
    threads: int = _setting(0, "CPU threads; 0 is one a core.", least=0, most=1024)
    precision: str = _choice("auto", "Arithmetic of the network.", "auto", "bfloat16", "float32")
    device: str = _setting("cpu", "Where to compute: cpu or cuda.")

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(type(self))
        for item in dataclasses.fields(self):
            value, meta, expected = getattr(self, item.name), item.metadata, hints[item.name]
            option = f"--{item.name.replace('_', '-')}"
            if expected is float and isinstance(value, int) and not isinstance(value, bool):
                object.__setattr__(self, item.name, value := float(value))
            if type(value) is not expected:
                raise UsageError(f"{option} {value!r}: expected {_kind(expected)}")
            if "choices" in meta and value not in meta["choices"]:
                raise UsageError(f"{option} {value!r}: choose one of {', '.join(meta['choices'])}")
            least, most = meta.get("least"), meta.get("most")
            # Written so that nan fails both.
            if least is not None and not (least <= value < float("inf")):
                raise UsageError(f"{option} {value}: expected a finite number of at least {least:g}")
            if most is not None and not value <= most:
                raise UsageError(f"{option} {value}: expected at most {most:g}")
        if 0 < self.temperature < 1e-6:
            raise UsageError(f"--temperature {self.temperature}: expected 0 for greedy play, or at least 1e-6")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """The inverse of `dataclasses.asdict`. Raises UsageError on unknown settings or bad values."""
        unknown = set(values) - {item.name for item in dataclasses.fields(cls)}
        if unknown:
            raise UsageError(f"unknown setting {', '.join(sorted(unknown))}: made by another version of qzero?")
        return cls(**values)


PRESETS: dict[str, dict[str, Any]] = {
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
        "moves": 1_500_000,
        "depth": 3,
        "width": 128,
        "games": 1024,
        "epsilon": 0.2,
        "temperature": 0.0,
        "opening_plies": 8,
        "batch_size": 256,
    },
}
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
# For games without a preset. Random openings keep the bold step size from settling on one line of play.
GENERAL_PRESET: dict[str, Any] = {
    "moves": 12_000_000,
    "width": 256,
    "epsilon": 0.2,
    "temperature": 0.05,
    "learning_rate": 0.8,
    "opening_plies": 8,
}


def preset(game: str, **settings: Any) -> TrainConfig:
    """The settings that suit `game`, changed by whatever is given; all boards of a game have the same."""
    presets = TABLE_PRESETS if settings.get("q") == "table" else PRESETS
    chosen = presets.get(game.partition(":")[0], GENERAL_PRESET)
    return TrainConfig.from_dict({"game": game, **chosen, **settings})


def _kind(expected: object) -> str:
    words: dict[object, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    return words.get(expected, str(expected))
