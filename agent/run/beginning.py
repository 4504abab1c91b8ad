"""What a run begins with: settings that suit this machine, and the weights of a checkpoint to learn on from."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from agent.config import TrainConfig
from agent.kinds import KINDS, name_now
from agent.learn.learner import Learner
from agent.machine import device_named, set_threads
from agent.store import checkpoint
from game.core import AnyGame
from game.errors import UsageError
from game.registry import make


def resolved(config: TrainConfig) -> TrainConfig:
    """The config with "auto" and 0 replaced by this machine's values, so that a resumed run does the same."""
    device = device_named(config.device)
    game = make(config.game).name
    threads = set_threads(config.threads)
    kind = KINDS[config.q]
    dtype = str(kind.dtype(config, device)).removeprefix("torch.")
    launch = kind.launch(config, device)
    return dataclasses.replace(config, game=game, threads=threads, precision=dtype, launch=launch)


def begin_from(path: Path, game: AnyGame, config: TrainConfig, learner: Learner) -> dict[str, Any]:
    """Give a new `learner` the weights of the checkpoint `path`; returns what the record of the run keeps of it.

    Only weights are taken: what else a learner remembers, such as errors met, is new. Raises CheckpointError, and
    UsageError for weights that such a learner does not hold.
    """
    found = checkpoint.load(path, game)
    kind, record = KINDS[config.q], found.record
    if name_now(record["q"]) != config.q:
        raise UsageError(f"--from {path}: it holds a {record['q']}, and this run learns a {config.q}: give --q as well")
    if record["architecture"] != kind.architecture(config):
        raise _other_shape(path)
    try:
        learner.load_model_tensors({name: tensor.clone() for name, tensor in found.q_function.weights().items()})
        kind.check_resume(game, config, learner.resume_tensors())
    except (KeyError, RuntimeError, ValueError, TypeError):
        raise _other_shape(path) from None
    return {"weights": found.q_function.identity(), "moves": record.get("moves")}


def _other_shape(path: Path) -> UsageError:
    return UsageError(
        f"--from {path}: its weights are not of the shape that these settings make: give those it was trained with, "
        f"which 'qzero info {path}' tells"
    )
