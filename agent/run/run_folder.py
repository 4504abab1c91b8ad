"""The folder of a run: when a new run may start there, and what is needed to resume."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from torch import Tensor

from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.machine import device_named
from agent.store.checkpoint import CONFIG, MODEL
from agent.store.files import CheckpointError, WriteError, lock, open_to_append, read_tensors
from agent.store.record import check_record
from agent.weights import under
from game.core import AnyGame
from game.errors import QzeroError, UnknownGameError, UsageError
from game.registry import make

METRICS, RESUME = "metrics.jsonl", "resume.safetensors"


def refuse_used(folder: Path) -> None:
    """Raises UsageError if the folder holds anything but the remains of an interrupted first save.

    Such remains are files of a run that has learned nothing and cannot be resumed.
    """
    if folder.is_symlink() and not folder.exists():
        raise UsageError(f"{folder} is a link that leads nowhere: name another folder")
    if folder.exists() and not (folder.is_dir() and _remains(folder)):
        raise UsageError(f"{folder} already exists: continue with 'qzero resume {folder}' or name another folder")


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Holds `folder`, created if need be, for the first save of a new run. A failure leaves no file behind.

    Raises UsageError as `refuse_used` does, and BusyError if another process holds it.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise QzeroError(f"cannot make the run folder {folder}: {error.strerror}") from None
    with open_to_append(folder / METRICS) as file:
        lock(file, str(folder))
        refuse_used(folder)  # again: another process may have started here
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):
                for name in (RESUME, CONFIG, MODEL, METRICS):
                    (folder / name).unlink(missing_ok=True)
                if made:
                    folder.rmdir()
            raise


@contextlib.contextmanager
def metrics_file(folder: Path, size: int) -> Iterator[BinaryIO]:
    """The metrics of the run in `folder`, cut to `size` bytes, to append to; held for this process.

    Raises BusyError if another process trains here. What a process that was killed left half written is removed.
    """
    with open_to_append(folder / METRICS) as file:
        lock(file, str(folder))
        for half_written in folder.glob(".*.tmp"):
            half_written.unlink()
        file.truncate(size)
        yield file


def _remains(folder: Path) -> bool:
    """Whether the folder is empty, or holds only the remains of an interrupted first save."""
    entries = [entry for entry in folder.iterdir() if not (entry.name.startswith(".") and entry.suffix == ".tmp")]
    names = {entry.name for entry in entries}
    if names - {METRICS, MODEL, CONFIG} or any(entry.is_symlink() or not entry.is_file() for entry in entries):
        return False
    if METRICS in names and (folder / METRICS).stat().st_size:
        return False
    if MODEL not in names:
        return CONFIG not in names
    try:
        return bool(read_tensors(folder / MODEL)[1].get("moves") == 0)
    except CheckpointError:
        return False


def read_resume_state(folder: Path) -> tuple[TrainConfig, dict[str, Tensor], dict[str, Any]]:
    """The settings, tensors and record to resume from, checked against each other and against this machine.

    Raises CheckpointError.
    """
    file = folder / RESUME
    if not file.exists():
        if folder.is_file():
            raise CheckpointError(
                f"{folder} is a file: expected a run folder made by qzero train; a model alone plays, but holds too "
                "little to learn on"
            )
        if folder.is_dir() and (folder / METRICS).exists() and _remains(folder):
            raise CheckpointError(
                f"{folder} holds no {RESUME}, as its first save was interrupted, and nothing was learned: "
                f"start again with: qzero train GAME --run {folder}"
            )
        raise CheckpointError(f"{folder} holds no {RESUME}: expected a run folder made by qzero train")
    tensors, record = read_tensors(file)
    check_record(file, record)
    try:
        config = TrainConfig.from_record(record["config"])
        game = make(config.game)
    except UnknownGameError:
        raise CheckpointError(
            f"{folder} learns {config.game}, a game that this qzero does not know: install the package that brings it, "
            "then resume"
        ) from None
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise does_not_fit(file, str(error) if isinstance(error, UsageError) else "") from None
    if record.get("rules_version") != game.rules_version:
        raise CheckpointError(f"{folder} was trained under other rules of {game.name}: train again")
    _check_device(folder, config)
    _check_tensors(file, game, config, tensors)
    metrics = folder / METRICS
    if (metrics.stat().st_size if metrics.exists() else 0) < record.get("metrics_bytes", 0):
        raise CheckpointError(f"{metrics} is shorter than when the run was saved: put the whole file back, then resume")
    return config, tensors, record


def does_not_fit(file: Path, why: str = "") -> CheckpointError:
    """For a resume state that is intact, but not of such a run."""
    why = f" ({why})" if why else ""
    return CheckpointError(f"{file} does not fit{why}, is it of another version of qzero? Train again")


@contextlib.contextmanager
def told_how_to_go_on(folder: Path) -> Iterator[None]:
    """Errors of writing inside also tell how to resume the run."""
    try:
        yield
    except WriteError as error:
        raise WriteError(f"{error}; then resume with: qzero resume {folder}") from None


def _check_device(folder: Path, config: TrainConfig) -> None:
    try:
        device_named(config.device)
    except UsageError:
        raise CheckpointError(
            f"{folder} trains on {config.device}, which this machine lacks: a run stays on its device, to be the "
            f"same bit for bit, so resume it on a machine that has one; its checkpoint plays anywhere"
        ) from None


def _check_tensors(file: Path, game: AnyGame, config: TrainConfig, tensors: dict[str, Tensor]) -> None:
    """Check that the weights fit the settings before anything of the settings' size is allocated."""
    try:
        kind = KINDS[config.q]
        kind.check_resume(game, config, tensors)
        for kept in ("best", "gate"):  # those that early stopping goes back to, and the best that passed the gate
            if weights := under(kept, tensors):
                kind.check_weights(game, kind.architecture(config), weights)
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise does_not_fit(file, str(error) if isinstance(error, ValueError | UsageError) else "") from None
