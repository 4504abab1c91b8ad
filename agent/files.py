"""Files that are never half written, and tensors in files that are never trusted blindly.

Tensors are kept as safetensors: no code runs on loading. The metadata hold a JSON record and a SHA-256 over record and
tensors, so that any flipped bit is found.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from game.errors import QzeroError

if sys.platform != "win32":
    import fcntl

_PICKLES = (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


class CheckpointError(QzeroError):
    """A file that is no checkpoint, is damaged, or does not fit."""


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by `data`; after a crash at any moment it holds the old bytes or the new. Raises QzeroError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise QzeroError(f"cannot write {path}: {error.strerror}; what was saved before is untouched") from None


def write_json(path: Path, value: Any) -> None:
    write_atomically(path, (json.dumps(value, indent=2) + "\n").encode())


def write_tensors(path: Path, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Save tensors (any device) and a JSON record in one atomic file."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(record)
    metadata = {"qzero": text, "sha256": _digest(plain, text)}
    write_atomically(path, safetensors.torch.save(plain, metadata))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The inverse of `write_tensors`. Raises CheckpointError in words for anything else."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}; expected a file that qzero saved") from None
    try:
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        tensors = safetensors.torch.load(data)
        metadata = header["__metadata__"]
        text, expected = metadata["qzero"], metadata["sha256"]
        intact = _digest(tensors, text) == expected
        record = json.loads(text)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        if data[:2] in _PICKLES:
            raise CheckpointError(
                f"{path} is a pickle or torch.save archive, which can run code when loaded: qzero reads only the "
                "model.safetensors files that it wrote itself"
            ) from None
        raise CheckpointError(
            f"{path} is damaged, cut short or not from qzero ({len(data):,} bytes): use another copy or train again"
        ) from None
    if not intact or not isinstance(record, dict):
        raise CheckpointError(f"{path} is damaged: its checksum does not fit; use another copy or train again")
    return tensors, record


def _digest(tensors: dict[str, Tensor], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(safetensors.torch.save({"": tensor})[8:] if tensor.numel() else b"")
    return digest.hexdigest()


def lock(file: BinaryIO, owner: str) -> None:
    """Hold `file` for this process until it is closed. Raises QzeroError if another process holds it."""
    if sys.platform != "win32":  # there nothing guards against two processes in one run
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise QzeroError(f"another process is at work on {owner}: wait for it or stop it first") from None


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
