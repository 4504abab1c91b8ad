"""Export: the weights of a checkpoint in a file small enough to share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from agent.kinds import kind_called
from agent.store.checkpoint import MODEL, load
from agent.store.files import CheckpointError, read_tensors, write_tensors
from agent.store.sparse import pack, unpack
from game.errors import UsageError


@dataclass(frozen=True, slots=True)
class Exported:
    """bytes: of the file. numbers: weights in all. met: those of them that are stored, as the others are 0."""

    bytes: int
    numbers: int
    met: int


def export(source: Path, file: Path, least: float = 0.0) -> Exported:
    """Write the weights of the checkpoint `source`, 16 bits each and without zeros, and its record to a new `file`.

    Weights below `least` in size become 0.

    Kinds of Q for which 16 bits are not enough keep all bits. Raises UsageError if `file` exists, CheckpointError if
    `source` is no checkpoint or has weights beyond 16 bits.
    """
    path = load(source).path
    tensors, record = read_tensors(path / MODEL if path.is_dir() else path)
    if file.exists():
        raise UsageError(f"{file} already exists: name another file")
    whole = unpack(tensors)
    if least:
        whole = {name: torch.where(t.abs() < least, 0, t) if t.is_floating_point() else t for name, t in whole.items()}
    if kind_called(record["q"]).halves:
        whole = {name: t.half() if t.dtype == torch.float32 else t for name, t in whole.items()}
    if not all(bool(torch.isfinite(tensor).all()) for tensor in whole.values()):
        raise CheckpointError(
            f"{source} has weights beyond 65,504, the largest 16-bit number: share the original file instead"
        )
    packed = pack(whole)
    write_tensors(file, packed, record)
    weights = [tensor for tensor in whole.values() if tensor.is_floating_point()]
    stored = sum(tensor.numel() for tensor in packed.values() if tensor.is_floating_point())
    return Exported(file.stat().st_size, sum(tensor.numel() for tensor in weights), stored)
