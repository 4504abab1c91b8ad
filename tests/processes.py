"""The command line in processes of its own, to be stopped and killed: forked off one that has loaded everything.

That takes milliseconds, where a fresh interpreter takes seconds to load torch.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

# As `arena.cli.main` does before torch is loaded, which is too late here: spinning threads of several processes starve
# each other.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.preloaded"])
PATIENCE = 300.0  # seconds; only a fault takes that long, or a slow test on a busy machine


class Command:
    """A running `qzero ARGUMENTS` in `folder`; what it says goes into files there.

    fresh: in an interpreter of its own from the start, for long trainings: several threads are slow after a fork.
    environment: variables to add.
    """

    def __init__(
        self, folder: Path, *arguments: object, fresh: bool = False, environment: dict[str, str] | None = None
    ) -> None:
        number = len(list(folder.glob(".said-*.out")))
        self._said = [folder / f".said-{number}.{stream}" for stream in ("out", "err")]
        for path in self._said:
            path.touch()
        words = [str(argument) for argument in arguments]
        context = multiprocessing.get_context("spawn") if fresh else _SERVER
        self._process: BaseProcess = context.Process(target=_run, args=(words, folder, self._said, environment or {}))
        self._process.start()

    @property
    def running(self) -> bool:
        return self._process.is_alive()

    @property
    def out(self) -> str:
        return self._said[0].read_text(encoding="utf-8")

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


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def as_rank(rank: int, size: int, port: int, restart: int = 0) -> dict[str, str]:
    """What torchrun tells a process."""
    told = {"RANK": rank, "WORLD_SIZE": size, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": size, "MASTER_PORT": port}
    told["TORCHELASTIC_RESTART_COUNT"] = restart
    return {**{name: str(value) for name, value in told.items()}, "MASTER_ADDR": "127.0.0.1"}


def ranks(folder: Path, size: int, *arguments: object, restart: int = 0) -> list[Command]:
    """`torchrun --nproc-per-node SIZE -m agent ARGUMENTS`, without the seconds that it takes to begin."""
    port = free_port()
    return [Command(folder, *arguments, environment=as_rank(rank, size, port, restart)) for rank in range(size)]


def in_ranks(size: int, work: Callable[..., Any], *arguments: Any, before: Callable[[int], Any] = int) -> list[Any]:
    """What `work(*arguments)` returns in each of `size` ranks that have met; it must be known by its name.

    before: called with the number of each rank before they meet.
    """
    port, found = free_port(), _SERVER.Queue()
    told = [(as_rank(rank, size, port), found, before, work, arguments) for rank in range(size)]
    started = [_SERVER.Process(target=_work, args=one) for one in told]
    for process in started:
        process.start()
    answers = dict(found.get(timeout=PATIENCE) for _ in started)
    for process in started:
        process.join(PATIENCE)
    failed = [answer for answer in answers.values() if isinstance(answer, BaseException)]
    if failed:
        raise failed[0]
    return [answers[rank] for rank in range(size)]


def _work(environment: dict[str, str], found: Any, before: Any, work: Any, arguments: tuple[Any, ...]) -> None:
    os.environ.update(environment)
    from agent.ranks.joining import join, leave

    rank = int(environment["RANK"])
    try:
        before(rank)
        join({}, 60.0, "cpu")
        found.put((rank, work(*arguments)))
        leave()
    except Exception as error:
        found.put((rank, error))


def _run(arguments: list[str], folder: Path, said: list[Path], environment: dict[str, str]) -> None:
    os.environ.update(environment)
    os.chdir(folder)
    for descriptor, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY), descriptor)
    sys.stdout, sys.stderr = (os.fdopen(descriptor, "w", encoding="utf-8") for descriptor in (1, 2))
    from arena.cli import main

    main(arguments)
