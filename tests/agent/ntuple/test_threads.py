"""Work shared by threads: all of it once, with what goes wrong told to whoever asked."""

from __future__ import annotations

import threading

import pytest

from agent.ntuple.threads import Workers, share
from agent.play.cancel import Cancelled, cancelled_by


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize(("count", "block"), [(0, 3), (1, 3), (7, 3), (9, 3), (50, 1)])
def test_all_is_done_once(threads: int, count: int, block: int) -> None:
    done: list[int] = []
    share(count, block, threads, lambda low, high: done.extend(range(low, high)))
    assert sorted(done) == list(range(count))


def test_much_work_is_divided_and_little_is_done_by_whoever_asks() -> None:
    blocks: list[tuple[int, int, bool]] = []
    with Workers(2) as workers:
        for cost in (10, 1 << 20):
            workers.divide(8, cost, lambda low, high: blocks.append((low, high, here())))
    assert blocks[0] == (0, 8, True)
    assert sorted(block[:2] for block in blocks[1:]) == [(0, 2), (2, 4), (4, 6), (6, 8)]


def here() -> bool:
    return threading.current_thread() is threading.main_thread()


@pytest.mark.parametrize("threads", [1, 3])
def test_what_goes_wrong_in_any_thread_is_raised_and_the_rest_is_left(threads: int) -> None:
    done: list[int] = []

    def work(low: int, high: int) -> None:
        del high
        if low >= 2:
            raise ValueError(low)
        done.append(low)

    with pytest.raises(ValueError, match=r"^[0-9]+$"):
        share(1000, 1, threads, work)
    assert sorted(done) == [0, 1]


def test_work_is_called_off_between_blocks() -> None:
    done: list[int] = []
    with cancelled_by(lambda: len(done) >= 3), pytest.raises(Cancelled):
        share(1000, 1, 1, lambda low, high: done.append(high - low))
    assert len(done) == 3
