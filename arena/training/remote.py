"""Workers of other ranks: under torchrun every rank lends its workers to the first, which hands out all tasks.

Folders are the same for all of them: on several machines they need a file system that these share.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from agent.ranks.board import Board
from agent.run.stop_signal import stop_signal
from agent.store.files import open_to_append
from arena.training.pool import LOG, Message, Pool, Worker

_LOOK_EVERY = 0.2  # seconds
_GOOD_BYE = 10.0  # seconds for others to end


class RemoteWorker(Worker):
    """A worker of another rank, known by its number there."""

    def __init__(self, board: Board, rank: int, slot: int) -> None:
        self.task, self.ready = None, False
        self.rank, self.slot = rank, slot
        self.status = 0
        self._board = board

    def send(self, message: Message) -> None:
        self._board.tell(self.rank, {**message, "slot": self.slot})

    def kill(self) -> int:
        """Its next task starts it anew."""
        self.send({"do": "kill"})
        return self.status


class SharedPool(Pool):
    """A pool with the workers of all other ranks besides `size` of its own."""

    def __init__(self, size: int, folder: Path, held: BinaryIO, board: Board) -> None:
        super().__init__(size, folder, held)
        self._board = board
        self._own = size
        self._idle_far: list[RemoteWorker] = []

    def __enter__(self) -> Self:
        super().__enter__()
        missing = self._board.size - 1
        while missing:
            if lent := self._board.heard():
                self._idle_far += [RemoteWorker(self._board, lent["rank"], slot) for slot in range(lent["workers"])]
                missing -= 1
            else:
                time.sleep(_LOOK_EVERY)
        self.size = self._own + len(self._idle_far)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.workers = [worker for worker in self.workers if not isinstance(worker, RemoteWorker)]
        super().__exit__(kind, value, trace)
        for rank in range(1, self._board.size):
            self._board.tell(rank, {"end": True})
        missing, deadline = self._board.size - 1, time.monotonic() + _GOOD_BYE
        while missing and time.monotonic() < deadline:
            if message := self._board.heard():
                missing -= "bye" in message
            else:
                time.sleep(_LOOK_EVERY)

    def idle(self) -> Worker | None:
        own = sum(not isinstance(worker, RemoteWorker) for worker in self.workers)
        waiting = next((worker for worker in self.workers if worker.task is None), None)
        if waiting is None and own >= self._own and self._idle_far:
            self.workers.append(self._idle_far.pop(0))
            return self.workers[-1]
        return waiting if own >= self._own else super().idle()

    def dismiss(self, worker: Worker) -> int:
        if not isinstance(worker, RemoteWorker):
            return super().dismiss(worker)
        status = worker.kill()
        self.workers.remove(worker)
        self._idle_far.append(RemoteWorker(self._board, worker.rank, worker.slot))
        return status

    def next(self, timeout: float) -> tuple[Worker, Message | None] | None:
        message = self._board.heard()
        if message is None:
            return super().next(min(timeout, _LOOK_EVERY))
        for worker in self.workers:
            if isinstance(worker, RemoteWorker) and (worker.rank, worker.slot) == (message["rank"], message["slot"]):
                said: Message | None = message["said"]
                worker.ready = worker.ready or bool(said)
                worker.status = message.get("status", 0)
                return worker, said
        return None  # of one that was dismissed


def pool_of(size: int, folder: Path, held: BinaryIO, board: Board | None) -> Pool:
    """The workers there are: of this process, or of all ranks."""
    return Pool(size, folder, held) if board is None else SharedPool(size, folder, held, board)


def lend(board: Board, size: int, folder: Path) -> None:
    """Let the first rank use `size` workers of this one, until it says that all is done."""
    folder.mkdir(parents=True, exist_ok=True)
    board.answer({"workers": size})
    slots: dict[int, Worker] = {}
    # The folder is held by the first rank alone: workers here inherit the log in place of its lock.
    with stop_signal(told=False), open_to_append(folder / LOG) as log, Pool(size, folder, log) as pool:
        while True:
            if (message := board.told()) is not None:
                if "end" in message:
                    break
                _obey(message, slots, pool)
            elif heard := pool.next(_LOOK_EVERY):
                _pass_on(*heard, board, slots, pool)
    board.answer({"bye": os.getpid()})


def _obey(message: Message, slots: dict[int, Worker], pool: Pool) -> None:
    slot = message.pop("slot")
    if message["do"] == "kill":
        if slot in slots:
            pool.dismiss(slots.pop(slot))
        return
    if slot not in slots:
        worker = pool.idle()
        assert worker is not None, "as many tasks as workers"
        worker.task, slots[slot] = slot, worker
    slots[slot].send(message)


def _pass_on(worker: Worker, said: Message | None, board: Board, slots: dict[int, Worker], pool: Pool) -> None:
    slot = worker.task
    if slots.get(slot) is not worker:
        return
    status = 0
    if said is None:
        status = pool.dismiss(slots.pop(slot))
    board.answer({"slot": slot, "said": said, "status": status})
