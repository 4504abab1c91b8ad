"""The command line in processes of its own, to be stopped and killed: forked off one that has loaded everything.

That takes milliseconds, where a fresh interpreter takes seconds to load torch.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

# As `arena.cli.main` does before torch is loaded, which is too late here: spinning threads of several processes starve
# each other.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["arena.cli", "arena.training.judge", "arena.sweep.sweep", "arena.training.worker"])
PATIENCE = 300.0  # seconds; only a fault takes that long, or a slow test on a busy machine


class Command:
    """A running `qzero ARGUMENTS` in `folder`; what it says goes into files there.

    fresh: in an interpreter of its own from the start, for long trainings: several threads are slow after a fork.
    """

    def __init__(self, folder: Path, *arguments: object, fresh: bool = False) -> None:
        number = len(list(folder.glob(".said-*.out")))
        self._said = [folder / f".said-{number}.{stream}" for stream in ("out", "err")]
        for path in self._said:
            path.touch()
        words = [str(argument) for argument in arguments]
        context = multiprocessing.get_context("spawn") if fresh else _SERVER
        self._process: BaseProcess = context.Process(target=_run, args=(words, folder, self._said))
        self._process.start()

    @property
    def running(self) -> bool:
        return self._process.is_alive()

    @property
    def err(self) -> str:
        return self._said[1].read_text(encoding="utf-8")

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid or 0, number)

    def wait(self) -> int:
        """Its exit status; -9 for a killed one."""
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None, "it does not end"
        return self._process.exitcode

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """While it runs; it must not end before."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.running, self.err
            assert time.monotonic() < deadline
            time.sleep(0.005)


def _run(arguments: list[str], folder: Path, said: list[Path]) -> None:
    os.chdir(folder)
    for descriptor, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY), descriptor)
    sys.stdout, sys.stderr = (os.fdopen(descriptor, "w", encoding="utf-8") for descriptor in (1, 2))
    from arena.cli import main

    main(arguments)
