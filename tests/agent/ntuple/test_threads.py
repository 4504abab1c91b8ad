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


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_all_threads_work_at_the_same_time(threads: int) -> None:
    here, came = threading.Barrier(threads), []
    with Workers(threads) as workers:
        for _ in range(20):
            workers.together(lambda: came.append(here.wait(60)), here.abort)
    assert sorted(came) == sorted(20 * list(range(threads)))


@pytest.mark.parametrize("main", [True, False])
def test_if_one_of_them_fails_the_others_are_called_off(main: bool) -> None:
    called_off, waited = threading.Event(), []

    def work() -> None:
        if (threading.current_thread() is threading.main_thread()) == main:
            raise ValueError("here")
        waited.append(called_off.wait(60))

    with pytest.raises(ValueError, match="here"), Workers(2) as workers:
        workers.together(work, called_off.set)
    assert waited == [True]


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
