"""Errors that a user caused or can fix: one sentence each, and their exit status."""

from __future__ import annotations


class QzeroError(Exception):
    """Something failed; the message says what was found, what was expected and what to do. Exit status 1."""

    exit_code = 1


class UsageError(QzeroError):
    """The command line, or an argument, makes no sense. Exit status 2."""

    exit_code = 2


class StoppedError(QzeroError):
    """The user asked to stop; the message says what is kept and how to continue. Exit status 130, as in shells."""

    exit_code = 130


class UnknownGameError(UsageError):
    """No game of that name."""


class NotationError(UsageError):
    """Text that is not a move, move list or position of the game."""


class IllegalMoveError(UsageError):
    """A move that the rules do not allow in this position."""


def gpu_failure(error: Exception) -> str | None:
    """A GPU error of torch in one line; None for all other errors."""
    text = str(error)
    if not isinstance(error, RuntimeError) or not text.startswith(("CUDA", "cuDNN", "cuBLAS")):
        return None
    if "out of memory" in text or "ALLOC_FAILED" in text:
        return "out of memory on the GPU: ask for fewer --games or a smaller network, or for --device cpu"
    return f"the GPU failed: {text.splitlines()[0]}; try --device cpu"
