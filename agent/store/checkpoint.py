"""Checkpoints: `model.safetensors` holds the weights and, with a checksum, the record of how they were made.

`config.json` beside it is the same record for people and scripts to read. The model file alone is a whole checkpoint.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from agent.kind import Architecture
from agent.kinds import kind_called
from agent.play.qfunction import QFunction
from agent.store.files import (
    MOST_SETTINGS,
    CheckpointError,
    ReadError,
    read_regular,
    read_tensors,
    write_json,
    write_tensors,
)
from agent.store.record import check_record
from agent.store.sparse import unpack
from agent.weights import BadNumbers
from game.core import AnyGame
from game.errors import QzeroError, UsageError
from game.registry import make

FORMAT = 1
MODEL, CONFIG = "model.safetensors", "config.json"
_IDENTITY = ("format", "game", "rules_version", "q", "architecture")


class OtherGameError(CheckpointError):
    """A checkpoint of another game than the one asked for: an error of usage, not of the file."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A Q-function read from disk and the record of how it was made."""

    path: Path
    q_function: QFunction
    record: dict[str, Any]


def save(folder: Path, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Write the model and its record into a run folder; `record` needs the keys that `identity` gives."""
    write_tensors(folder / MODEL, tensors, record)
    write_json(folder / CONFIG, record)


def identity(game: AnyGame, q: str, architecture: Architecture) -> dict[str, Any]:
    """The part of the record that must match before the weights mean anything."""
    return {
        "format": FORMAT,
        "game": game.name,
        "rules_version": game.rules_version,
        "q": q,
        "architecture": architecture,
    }


def load(path: Path, game: AnyGame | None = None) -> Checkpoint:
    """Read a run folder or a model file; `game`, if given, is what it is to play. Raises CheckpointError.

    What was learned on one board may play on another (`Kind.carries_over`): Q is that of `game` then, while the record
    tells of the board it learned on.
    """
    if not path.exists():
        found = "is a link that leads nowhere" if path.is_symlink() else "does not exist"
        raise CheckpointError(f"{path} {found}: expected a run folder or a model.safetensors file")
    file = path / MODEL if path.is_dir() else path
    if not file.exists():
        raise CheckpointError(f"{path} holds no {MODEL}: expected a run folder made by qzero train")
    tensors, record = read_tensors(file)
    if path.is_dir():
        _check_config(path / CONFIG, record)
    if record.get("format") != FORMAT:
        raise CheckpointError(f"{file} has format {record.get('format')!r}, this qzero reads {FORMAT}: train again")
    check_record(file, record)
    try:
        found_game = make(record["game"])
    except (KeyError, TypeError, AttributeError, QzeroError):
        raise CheckpointError(
            f"{file} is for a game that this qzero does not know: {record.get('game')!r}; if a package brings it, "
            "install that"
        ) from None
    if game is not None and game.name != found_game.name and not _carries_over(record, found_game, game):
        raise OtherGameError(
            f"{path} was trained for {found_game.name}, not for {game.name}: give a checkpoint of that game"
        )
    if record.get("rules_version") != found_game.rules_version:
        raise CheckpointError(
            f"{file} was trained under rules version {record.get('rules_version')!r} of {found_game.name}, "
            f"this qzero has {found_game.rules_version}: train again"
        )
    return Checkpoint(path, _q_function(file, game or found_game, tensors, record), record)


def _carries_over(record: dict[str, Any], learned: AnyGame, other: AnyGame) -> bool:
    try:
        return kind_called(record["q"]).carries_over(record["architecture"], learned, other)
    except (KeyError, TypeError, ValueError, UsageError):  # said better where the weights are checked
        return False


def _q_function(file: Path, game: AnyGame, tensors: dict[str, Tensor], record: dict[str, Any]) -> QFunction:
    try:
        kind = kind_called(record["q"])
        architecture = record["architecture"]
        tensors = unpack(tensors)
        kind.check_weights(game, architecture, tensors)
        return kind.load(game, architecture, tensors)
    except BadNumbers as error:
        raise CheckpointError(f"{file} holds weights that {error}: the training diverged; train again") from None
    except (KeyError, TypeError, ValueError, UsageError) as error:
        why = f" ({error})" if isinstance(error, ValueError | UsageError) else ""
        raise CheckpointError(
            f"{file} holds weights that do not fit the architecture it names{why}: train again"
        ) from None


def _check_config(path: Path, record: dict[str, Any]) -> None:
    """config.json, the copy for people, must describe the same model: this detects swapped or damaged files."""
    try:
        config = json.loads(read_regular(path, MOST_SETTINGS))
        differing = [key for key in _IDENTITY if config[key] != record.get(key)]
    except (ReadError, ValueError, KeyError, TypeError, RecursionError):
        raise CheckpointError(
            f"{path} is missing or damaged: name the {MODEL} file itself, or put back the {CONFIG} saved with it"
        ) from None
    if differing:
        raise CheckpointError(
            f"{path} and the {MODEL} beside it differ in {', '.join(differing)}: they are not of one run"
        )
