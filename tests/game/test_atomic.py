"""Threads in compiled loops: each task is done once, and nobody goes on before all have come."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from numba import njit

from game.compiled.atomic import FIRST_TASKS, SECOND_TASKS, call_off, meet, new_counters, next_task


@njit(nogil=True)
def _add_up(counters, threads, rounds, done, sums):  # type: ignore[no-untyped-def]
    """In each round every task adds 1 to its own place, and then every sum reads the places of all."""
    for k in range(rounds):
        while True:
            task = next_task(counters, FIRST_TASKS) - k * (len(done) + threads)
            if task >= len(done):
                break
            done[task] += 1
        if not meet(counters, threads, 2 * k + 1):
            return
        while True:
            task = next_task(counters, SECOND_TASKS) - k * (len(sums) + threads)
            if task >= len(sums):
                break
            sums[task] += done.sum()
        if not meet(counters, threads, 2 * k + 2):
            return


def run(threads: int, *arguments: Any) -> list[threading.Thread]:
    started = [threading.Thread(target=_add_up, args=arguments, daemon=True) for _ in range(threads)]
    for thread in started:
        thread.start()
    return started


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_each_task_is_done_once_and_all_wait_for_it(threads: int) -> None:
    counters, rounds = new_counters(), 300
    done, sums = np.zeros(7, np.int64), np.zeros(40, np.int64)
    for thread in run(threads, counters, threads, rounds, done, sums):
        thread.join(60)
        assert not thread.is_alive()
    assert done.tolist() == [rounds] * 7
    assert sums.tolist() == [7 * rounds * (rounds + 1) // 2] * 40


def test_threads_that_wait_for_one_that_does_not_come_are_called_off() -> None:
    counters, done, sums = new_counters(), np.zeros(3, np.int64), np.zeros(3, np.int64)
    waiting = run(2, counters, 3, 1, done, sums)
    for thread in waiting:
        thread.join(0.2)
        assert thread.is_alive()
    call_off(counters)
    for thread in waiting:
        thread.join(60)
        assert not thread.is_alive()
    assert not sums.any()
