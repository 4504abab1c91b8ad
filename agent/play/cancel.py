"""Cancellation of long computations, which call `check` every few tens of milliseconds.

    called_off = threading.Event()
    with cancelled_by(called_off.is_set):
        q_function.q(state)  # raises Cancelled soon after another thread has set the event

It applies to the thread, or the task, that entered the `with`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_called_off: ContextVar[Callable[[], bool] | None] = ContextVar("called_off", default=None)


class Cancelled(BaseException):
    """The result is no longer wanted. Not an Exception, lest a handler of failures take it for one."""


@contextmanager
def cancelled_by(called_off: Callable[[], bool]) -> Iterator[None]:
    """Inside, `check` raises Cancelled once `called_off` returns True."""
    token = _called_off.set(called_off)
    try:
        yield
    finally:
        _called_off.reset(token)


def check() -> None:
    """Raise Cancelled if this computation has been cancelled. Takes less than a microsecond."""
    called_off = _called_off.get()
    if called_off is not None and called_off():
        raise Cancelled
