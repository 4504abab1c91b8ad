"""What is many is shared out among ranks, and ends in one file or folder."""

from __future__ import annotations

import contextlib
import itertools
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.ranks.board import Board
from agent.ranks.joining import LostError
from agent.ranks.place import Place
from arena.training import remote
from arena.training.conduct import Conductor, Task
from arena.training.hold import hold
from arena.training.pool import Message, Pool, Worker
from tests.processes import ranks


class FakeStore:
    """A store within this process."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.lock = threading.Lock()

    def set(self, key: str, value: str) -> None:
        self.held[key] = value.encode()

    def get(self, key: str) -> bytes:
        return self.held[key]

    def check(self, keys: list[str]) -> bool:
        return all(key in self.held for key in keys)

    def delete_key(self, key: str) -> bool:
        return self.held.pop(key, None) is not None

    def add(self, key: str, amount: int) -> int:
        with self.lock:
            self.held[key] = str(int(self.held.get(key, b"0")) + amount).encode()
            return int(self.held[key])


class BrokenStore(FakeStore):
    def check(self, keys: list[str]) -> bool:
        raise RuntimeError(f"Connection reset by peer, asked for {keys}")


def boards(size: int) -> list[Board]:
    store = FakeStore()
    return [Board(Place(rank, size, rank, size), store) for rank in range(size)]


def test_messages_are_read_once_and_in_order() -> None:
    first, second, third = boards(3)
    assert first.heard() is second.told() is None
    for number in range(3):
        first.tell(1, {"n": number})
    third.answer({"a": 1})
    second.answer({"b": 2})
    assert [second.told() for _ in range(4)] == [{"n": 0}, {"n": 1}, {"n": 2}, None]
    assert third.told() is None
    assert [first.heard() for _ in range(3)] == [{"a": 1, "rank": 2}, {"b": 2, "rank": 1}, None]


def test_a_lost_store_is_told_in_words() -> None:
    with pytest.raises(LostError, match="rank 1 of 2 has lost the others: give the same command again"):
        Board(Place(1, 2, 1, 2), BrokenStore()).told()


class EchoWorker(Worker):
    """Answers a task with itself, and dies of {"do": "die"}."""

    numbers = itertools.count()

    def __init__(self, log: Any, held: Any, messages: Any) -> None:
        del log, held
        self.task, self.ready, self.messages = None, False, messages
        self.number = next(self.numbers)
        messages.put((self, {"ready": True}))

    def send(self, message: dict[str, Any]) -> None:
        died = message["do"] == "die"
        self.messages.put((self, None if died else {"done": message, "by": self.number}))

    def kill(self) -> int:
        return 7


def test_tasks_go_to_the_workers_of_all_ranks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six tasks at once by a pool of two and two lent twice; one of those dies and is started again."""
    monkeypatch.setattr("arena.training.pool.Worker", EchoWorker)
    monkeypatch.setattr(remote, "stop_signal", lambda **_: contextlib.nullcontext())  # which threads have not
    first, *others = boards(3)
    lent = [threading.Thread(target=remote.lend, args=(board, 2, tmp_path)) for board in others]
    for thread in lent:
        thread.start()
    with hold(tmp_path, "lock") as held, remote.pool_of(2, tmp_path, held, first) as pool:
        assert pool.size == 6
        for number in range(6):
            worker = pool.idle()
            assert worker is not None
            worker.task = number
            worker.send({"do": "die" if number == 5 else "train", "number": number})
        assert pool.idle() is None
        answers: dict[int, Any] = {}
        while len(answers) < 6:
            if (heard := pool.next(0.1)) and heard[1] != {"ready": True}:
                answers[heard[0].task] = heard[1]
                if heard[1] is None:
                    assert pool.dismiss(heard[0]) == 7
        assert answers.pop(5) is None
        assert {number: answer["done"]["number"] for number, answer in answers.items()} == {n: n for n in range(5)}
        assert len({answer["by"] for answer in answers.values()}) == 5
        again = pool.idle()
        assert isinstance(again, remote.RemoteWorker)
        again.task = 6
        again.send({"do": "train", "number": 6})
        while not (heard := pool.next(0.1)) or heard[1] == {"ready": True}:
            pass
        assert heard[1] is not None
        assert heard[1]["done"]["number"] == 6
    for thread in lent:
        thread.join(10)
        assert not thread.is_alive()


class OneJob(Conductor[str]):
    """A job for a worker of another rank, which `task` tells."""

    def __init__(self, pool: Pool, task: Task[str], order: Message) -> None:
        super().__init__(pool)
        self.waiting, self.order, self.answers = [task], order, list[Message]()

    def left(self) -> bool:
        return bool(self.waiting or self.pool.busy())

    def next(self) -> Task[str] | None:
        return self.waiting[0] if self.waiting else None

    def begin(self, task: Task[str]) -> Message:
        self.waiting.remove(task)
        return self.order

    def ended(self, task: Task[str], answer: Message) -> None:
        self.answers.append({"job": task.job, **answer})

    def show(self) -> None:
        """Nothing."""


@contextlib.contextmanager
def one_far_worker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    monkeypatch.setattr("arena.training.pool.Worker", EchoWorker)
    monkeypatch.setattr(remote, "stop_signal", lambda **_: contextlib.nullcontext())
    first, other = boards(2)
    lent = threading.Thread(target=remote.lend, args=(other, 1, folder))
    lent.start()
    with hold(folder, "lock") as held, remote.pool_of(0, folder, held, first) as pool:
        yield pool
    lent.join(10)
    assert not lent.is_alive()


def test_a_job_whose_far_worker_dies_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is not taken for one that was done."""
    with one_far_worker(tmp_path, monkeypatch) as pool:
        conductor = OneJob(pool, Task("seed 0"), {"do": "die"})
        assert conductor.conduct(lambda: False)
    assert [answer["job"] for answer in conductor.answers] == ["seed 0"]
    assert conductor.answers[0]["failed"].startswith("the worker process died (exit status 7)")


def test_a_stop_before_a_far_worker_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rehearsal is given up at once, whether or not its worker has said that it is there."""
    monkeypatch.setattr(EchoWorker, "kill", lambda _: -9)
    with one_far_worker(tmp_path, monkeypatch) as pool:
        conductor = OneJob(pool, Task("row", rehearsal=True), {"do": "train"})
        monkeypatch.setattr(conductor, "_hear", lambda: None)  # nothing is heard of it yet
        wishes = iter((False, True))
        assert not conductor.conduct(lambda: next(wishes))
    assert conductor.answers == []


def test_a_tournament_of_two_ranks_is_that_of_one(tmp_path: Path) -> None:
    arguments = ["tournament", "random", "one-ply", "negamax:1", "--game", "tictactoe", "--games", "220", "--json"]
    played = {}
    for size in (1, 2):
        (folder := tmp_path / str(size)).mkdir()
        started = ranks(folder, size, *arguments)
        assert [one.wait() for one in started] == [0] * size, started[0].err
        assert [one.out for one in started[1:]] == [""] * (size - 1)
        played[size] = json.loads(started[0].out)
        with sqlite3.connect(folder / "tournament.db") as file:
            games = file.execute("SELECT count(*) FROM game").fetchone()
        file.close()
        assert games == (660,)
    assert played[1] == played[2]


@pytest.mark.slow
def test_seeds_and_rows_of_two_ranks_end_in_one_folder(tmp_path: Path) -> None:
    settings = [f"--set={text}" for text in ("moves=3000", "games=64", "q=table")]
    measured = ranks(tmp_path, 2, "strength", "tictactoe", "--seeds", "2", *settings, "--games", "20", "--out", "s")
    assert [one.wait() for one in measured] == [0, 0], measured[0].err
    assert measured[1].out == ""
    assert {"seed-0", "seed-1"} <= {path.name for path in (tmp_path / "s").iterdir()}
    (tmp_path / "rows.toml").write_text(
        '[sweep]\nseeds = [0]\n[games]\ntictactoe = { moves = 3000 }\n[settings]\nq = "table"\ngames = 64\n'
        "[rows.low]\nepsilon = 0.1\n[rows.high]\nepsilon = 0.3\n"
    )
    swept = ranks(tmp_path, 2, "sweep", "rows.toml", "--workers", "1", "--folder", "w")
    assert [one.wait() for one in swept] == [0, 0], swept[0].err
    assert len(list((tmp_path / "w" / "runs").iterdir())) == 3
    assert swept[1].out == swept[1].err == ""
