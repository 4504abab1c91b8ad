"""Threads that work on one thing inside compiled loops: tasks handed out by a counter, and a place to wait for all.

All by one array of `[COUNTERS * APART]` int64, zeros at first, each counter on a cache line of its own. Counters only
grow, so that nothing has to be set back while others look.
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import intrinsic

from game.compiled.jit import inner

_COUNTERS, _APART = 4, 8
ARRIVED, CALLED_OFF, FIRST_TASKS, SECOND_TASKS = range(0, _COUNTERS * _APART, _APART)
# Who waits looks often at first, then lets others have the core, and naps where these go on for long.
_SPINS, _WAYS_GIVEN = 2000, 100
_WINDOWS = sys.platform == "win32"
_NAP = 1 if _WINDOWS else 50  # ms; us
_give_way = types.ExternalFunction("SwitchToThread" if _WINDOWS else "sched_yield", types.int32())
_sleep = types.ExternalFunction("Sleep" if _WINDOWS else "usleep", types.int32(types.uint32))


def new_counters() -> npt.NDArray[np.int64]:
    return np.zeros(_COUNTERS * _APART, np.int64)


def call_off(counters: npt.NDArray[np.int64]) -> None:
    """End the waiting of all threads, as one of them will not come."""
    counters[CALLED_OFF] = 1


@intrinsic
def _fetch_add(context, counters, index, value):
    del context, index, value

    def code(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.atomic_rmw("add", builder.gep(array.data, [arguments[1]]), arguments[2], "seq_cst")

    return types.int64(counters, types.int64, types.int64), code


@intrinsic
def _load(context, counters, index):
    del context, index

    def code(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.load_atomic(builder.gep(array.data, [arguments[1]]), "seq_cst", 8)

    return types.int64(counters, types.int64), code


@inner
def next_task(counters, which):
    """The number of a task that no other thread has: from 0, over all calls."""
    return _fetch_add(counters, which, 1)


@inner
def meet(counters, threads, meetings):
    """Wait until all of `threads` have come to meeting number `meetings`, from 1; whether they have.

    What they wrote before is seen by all after.
    """
    _fetch_add(counters, ARRIVED, 1)
    spins = 0
    while _load(counters, ARRIVED) < threads * meetings:
        if _load(counters, CALLED_OFF):
            return False
        spins += 1
        if spins > _SPINS + _WAYS_GIVEN:
            _sleep(_NAP)
        elif spins > _SPINS:
            _give_way()
    return True
