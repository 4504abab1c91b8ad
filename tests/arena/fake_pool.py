"""Workers that do what they are told within this process, or answer by a script, instead of processes of their own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from arena.training import worker


def performed(message: dict[str, Any]) -> dict[str, Any]:
    """What a worker says in the end."""
    said: list[dict[str, Any]] = []
    worker.perform(message, said.append, threading.Event())
    return said[-1]


class FakeWorker:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.task: Any = None
        self.told: dict[str, Any] = {}

    def send(self, message: dict[str, Any]) -> None:
        self.told = message


class FakePool:
    """Answers by `answer(message)` in the order of the questions; None is a worker that dies."""

    def __init__(
        self, size: int, answer: Callable[[dict[str, Any]], dict[str, Any] | None], log: Path = Path("workers.log")
    ) -> None:
        self.size = size
        self.log = log
        self.workers = [FakeWorker() for _ in range(size)]
        self.answer = answer
        self.at_work: deque[FakeWorker] = deque()
        self.seen: list[list[str]] = []  # what all workers were at whenever one was heard

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def idle(self) -> FakeWorker | None:
        found = next((worker for worker in self.workers if worker.task is None), None)
        if found:
            self.at_work.append(found)
        return found

    def busy(self) -> list[FakeWorker]:
        return [worker for worker in self.workers if worker.task is not None]

    def dismiss(self, dead: FakeWorker) -> int:
        self.workers[self.workers.index(dead)] = FakeWorker()
        return -9

    def next(self, _: float) -> tuple[FakeWorker, dict[str, Any] | None]:
        self.seen.append(sorted(worker.told["do"] for worker in self.busy()))
        worker = self.at_work.popleft()
        found = self.answer(worker.told)
        if found and "record" in found.get("done", {}):
            folder = Path(worker.told["folder"])
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "resume.safetensors").touch()
        return worker, found
