"""Errors in one line: the message and exit status for every error that is not a bug."""

from __future__ import annotations

import errno
import sys
from typing import NoReturn

from game.errors import QzeroError, gpu_failure

# By libc and torch, C++, the loader, Python's threads, oneDNN: all have words of their own.
_MEMORY = (
    "allocate memory",
    "out of memory",
    "bad_alloc",
    "map segment",
    "start new thread",
    "could not create a primitive",
)
_LONGEST = 1200  # characters of a message; of longer ones the middle is left out


def in_words(error: BaseException) -> tuple[str, int] | None:
    """The message and the exit status: 2 for bad usage, 130 when stopped, otherwise 1; None for a bug."""
    match error:
        case QzeroError():
            return str(error), error.exit_code
        case KeyboardInterrupt():
            return "stopped", 130
        case OSError() if error.errno != errno.ENOMEM:
            return _of_the_system(error), 1
        case MemoryError() | RuntimeError() | ImportError() | OSError():
            words = _of_memory(error)
            return (words, 1) if words else None
    return None


def fail(message: str, status: int) -> NoReturn:
    """Print the message on stderr as one readable line, whatever it quotes, and exit."""
    line = " ".join(message.split())
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST // 2]} [...] {line[-_LONGEST // 2 :]}"
    if sys.stderr is not None:
        print(f"qzero: {line}", file=sys.stderr)
    raise SystemExit(status)


def _of_the_system(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename:
        return f"{error.filename}: {reason}"
    # Files that we open have names: an error without one comes from the stream we print to.
    if error.errno == errno.EBADF:
        return "standard output is closed: the output is lost"
    advice = ": make room on that disk, or send the output elsewhere" if error.errno == errno.ENOSPC else ""
    return f"cannot write to standard output: {reason}{advice}"


def _of_memory(error: Exception) -> str | None:
    if words := gpu_failure(error):
        return words
    if isinstance(error, MemoryError | OSError) or any(words in str(error) for words in _MEMORY):
        return "out of memory: ask for fewer --games or a smaller network"
    return None
