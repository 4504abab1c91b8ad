"""A program that is talked to line by line, with a deadline for every answer, and whose whole process group ends."""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence

from agent.play.cancel import check
from game.errors import QzeroError, UsageError

_MOST_BYTES = 1 << 20  # of an answer
_TAIL = 500  # characters of the error stream that are kept, to tell why an engine died
_GLANCE = 0.1  # seconds between looks whether the question was called off
_GRACE = 0.5  # seconds from the polite signal to the other


class EngineFailure(QzeroError):
    """An engine did not answer as its protocol demands; the message says what it did, without a subject."""


class Resigned(Exception):
    """The engine gives up the game: no failure."""


class Program:
    """A running program and its two pipes. Every failure of it is an EngineFailure; afterwards it has been ended."""

    def __init__(self, command: str) -> None:
        if sys.platform == "win32":
            raise UsageError("outside engines play on Linux and macOS only: pipes there can be waited for")
        self.command = command
        words = _words(command)
        try:
            # A session of its own is a process group of its own: its children end with it, and Ctrl-C does not.
            self._process = subprocess.Popen(
                words,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise UsageError(f"cannot start the engine {command!r}: {error.strerror or error}") from None
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._in, self._out, self._err = (pipe.fileno() for pipe in pipes if pipe is not None)
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe, False)
        self._read = b""
        self._errors = b""
        # Also when this object is forgotten, and at exit.
        self.end = weakref.finalize(self, _end, self._process)

    @property
    def process_id(self) -> int:
        return self._process.pid

    def write(self, text: str, seconds: float) -> None:
        """Send `text`, waiting at most so long for the program to take it. Raises EngineFailure."""
        data, deadline = text.encode(), time.monotonic() + seconds
        while data:
            try:
                data = data[os.write(self._in, data) :]
            except BlockingIOError:
                self._wait(deadline, seconds, writing=True)
            except OSError:
                raise self._died() from None

    def line(self, deadline: float, seconds: float) -> str:
        """The next line without its end, by the monotonic clock's `deadline`. Raises EngineFailure.

        seconds: what the deadline allowed in all, for the message.
        """
        while b"\n" not in self._read:
            if len(self._read) > _MOST_BYTES:
                raise self.failed("printed rubbish: a line of more than a megabyte")
            self._wait(deadline, seconds)
        if time.monotonic() > deadline:  # it goes on and on
            raise self.failed(f"gave no answer within {seconds:g} s")
        line, _, self._read = self._read.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    def failed(self, what: str) -> EngineFailure:
        """The failure in these words; the program and all its children are ended."""
        self.end()
        return EngineFailure(what)

    def _wait(self, deadline: float, seconds: float, writing: bool = False) -> None:
        """Wait for output, or for room to write, and take in what came."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._out, selectors.EVENT_READ)
            if writing:
                ready.register(self._in, selectors.EVENT_WRITE)
            try:
                check()
                while not ready.select(min(max(deadline - time.monotonic(), 0), _GLANCE)):
                    self._take_errors()
                    check()
                    if time.monotonic() >= deadline:
                        raise self.failed(f"gave no answer within {seconds:g} s")
            except EngineFailure:
                raise
            except BaseException:  # called off in the middle of an answer: the rest of it would be taken for the next
                self.end()
                raise
        with contextlib.suppress(BlockingIOError):
            found = os.read(self._out, 1 << 16)
            if not found and not writing:
                raise self._died()
            self._read += found
        self._take_errors()

    def _died(self) -> EngineFailure:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        self._take_errors()
        code = self._process.poll()
        how = "closed its output" if code is None else f"ended with status {code}"
        if code is not None and code < 0:
            how = f"was killed by signal {-code}"
        said = self._errors.decode("utf-8", "replace").strip().splitlines()
        return self.failed(how + (f", saying {said[-1].strip()!r}" if said else ""))

    def _take_errors(self) -> None:
        """Empty the error stream, lest the program wait for a reader; its end is kept."""
        with contextlib.suppress(OSError):
            while found := os.read(self._err, 1 << 16):
                self._errors = (self._errors + found)[-_TAIL:]


def _words(command: str) -> Sequence[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"cannot read the command {command!r} of an engine: {error}") from None
    if not words:
        raise UsageError("the command of an engine is empty: give one, such as gtp:gtp-rhino")
    return words


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and everything it started."""
    _signal_group(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    # Children may have outlived it, and the group is theirs as long as one is left.
    _signal_group(process, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
