"""Atomic writes to regular files, and tensor files that are verified when read.

Tensors are stored as safetensors: no code runs on loading. The metadata hold a JSON record and a SHA-256 over record
and tensors, so that any flipped bit is detected.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from torch import Tensor

from agent.store import tensor_format
from game.errors import QzeroError

if sys.platform != "win32":
    import fcntl

MOST_TEXT = 1 << 30  # bytes; far more than any text that qzero writes or reads
MOST_SETTINGS = 1 << 24  # bytes of files that people write by hand, or that hold one record
_PICKLES = (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode), "a device"),
)


class CheckpointError(QzeroError):
    """A file that is not a checkpoint, is damaged, or does not match."""


class ReadError(QzeroError):
    """A file that is missing, is not a regular file, or cannot be read."""


class WriteError(QzeroError):
    """A file that cannot be written."""


class BusyError(QzeroError):
    """Another process is using it."""


def write_atomically(path: Path, *data: bytes | memoryview) -> None:
    """Replace the content of `path` by the pieces of `data`; after a crash at any moment it holds the old or the new
    bytes.

    A link is followed. Raises WriteError, also for anything but a regular file.
    """
    target = _target(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()  # left by a killed process with the same id
        with temporary.open("xb") as file:
            for piece in data:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        _sync_folder(target.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise cannot_write(path, error) from None
        raise


def cannot_write(path: Path, error: OSError) -> WriteError:
    """The error in words, with advice."""
    advice = ": make room on that disk, or write elsewhere" if error.errno in _FULL else ""
    return WriteError(f"cannot write {path}: {error.strerror or error}{advice}; what was saved before is untouched")


def open_to_append(path: Path) -> BinaryIO:
    """Open `path` for appending, unbuffered; created if missing.

    Raises WriteError, also for anything but a regular file.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _flag("O_NONBLOCK") | _flag("O_BINARY")
    try:
        descriptor = os.open(_target(path), flags, 0o666)
    except OSError as error:
        raise cannot_write(path, error) from None
    return os.fdopen(descriptor, "ab", buffering=0)


def append(file: BinaryIO, path: Path, data: bytes) -> None:
    """Write all of `data` to a file from `open_to_append(path)`. Raises WriteError."""
    try:
        while data:
            data = data[file.write(data) :]
    except OSError as error:
        raise cannot_write(path, error) from None


def sync(file: BinaryIO, path: Path) -> None:
    """Flush everything written to `file`, which is `path`, to disk. Raises WriteError."""
    try:
        os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(path, error) from None


def _target(path: Path) -> Path:
    """The target of `path` behind links: a regular file, or a free name. Raises WriteError for anything else."""
    try:
        kind = _kind(path.stat().st_mode)
    except FileNotFoundError:  # new, or a link to a file that does not exist yet
        kind = None
    except OSError as error:
        raise cannot_write(path, error) from None
    if kind:
        raise WriteError(f"cannot write {path}: it is {kind}, and only files are replaced; name another file")
    return Path(os.path.realpath(path)) if path.is_symlink() else path


@contextlib.contextmanager
def open_regular(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open `path` to read; yields the file and its size in bytes. Raises ReadError for anything but a regular file."""
    try:
        # Opening a pipe or device may block or have effects: check first. In case one appears in between, the file is
        # opened without blocking and checked again.
        kind = _kind(path.stat().st_mode)
        if kind:
            raise ReadError(f"cannot read {path}: it is {kind}, not a file")
        with os.fdopen(os.open(path, os.O_RDONLY | _flag("O_NONBLOCK") | _flag("O_BINARY")), "rb") as file:
            found = os.fstat(file.fileno())
            if kind := _kind(found.st_mode):
                raise ReadError(f"cannot read {path}: it is {kind}, not a file")
            yield file, found.st_size
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror or error}") from None


def read_regular(path: Path, most: int = MOST_TEXT) -> bytes:
    """All bytes of the file `path`. Raises ReadError, also for anything but a regular file of at most `most` bytes."""
    with open_regular(path) as (file, size):
        if size > most:
            raise ReadError(f"cannot read {path}: it has {size:,} bytes, expected at most {most:,}")
        return file.read(size)


def _kind(mode: int) -> str | None:
    """The kind of a file that is not a regular one, in words; None for a regular file."""
    return None if stat.S_ISREG(mode) else next((name for test, name in _KINDS if test(mode)), "something else")


def _flag(name: str) -> int:
    """A flag of `os.open`; 0 if the system has no such flag."""
    return int(getattr(os, name, 0))


def write_json(path: Path, value: Any) -> None:
    write_atomically(path, (json.dumps(value, indent=2) + "\n").encode())


def write_tensors(path: Path, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Save tensors (any device) and a JSON record in one atomic file."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(record)
    head = tensor_format.header(plain, {"qzero": text, "sha256": _digest(plain, text)})
    write_atomically(path, head, *(tensor_format.bytes_of(tensor) for _, tensor in tensor_format.in_order(plain)))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The inverse of `write_tensors`. Raises CheckpointError in words for anything else."""
    try:
        with open_regular(path) as (file, size):
            start = file.read(8)
            file.seek(0)
            tensors, metadata = tensor_format.read(file, size)
        text, expected = metadata["qzero"], metadata["sha256"]
        intact = _digest(tensors, text) == expected
        record = json.loads(text)
    except ReadError as error:
        raise CheckpointError(f"{error}; expected a file that qzero saved") from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        if start[:2] in _PICKLES and any(start[4:]):  # read as the length of a header, this would exceed 4 GB
            raise CheckpointError(
                f"{path} is a pickle or torch.save archive, which can run code when loaded: qzero reads only the "
                "model.safetensors files that it wrote itself"
            ) from None
        raise CheckpointError(
            f"{path} is damaged, cut short or not from qzero ({size:,} bytes): use another copy or train again"
        ) from None
    if not intact or not isinstance(record, dict):
        raise CheckpointError(f"{path} is damaged: its checksum does not fit; use another copy or train again")
    return tensors, record


def _digest(tensors: dict[str, Tensor], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        if tensor.numel():
            digest.update(tensor_format.header({"": tensor})[8:])
            digest.update(tensor_format.bytes_of(tensor))
    return digest.hexdigest()


def lock(file: BinaryIO, owner: str) -> None:
    """Hold `file` for this process until it is closed. Raises BusyError if another process holds it."""
    if sys.platform != "win32":  # Windows: no guard against two processes in one run
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"another process is using {owner}: wait for it or stop it first") from None
        except OSError:
            pass  # a file system without locks: no guard here either


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
