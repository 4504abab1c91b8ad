"""A line on stderr when loops are compiled, before it takes its time; what numba reads from its cache is not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WORDS = "compiling, the first time on this machine: this may take half a minute"


@contextmanager
def told_of_compiling(always: bool = False) -> Iterator[None]:
    """Say it once, as soon as anything is compiled: to a terminal, or `always`. Enter it when players are loaded.

    numba is not imported for it: players that need it have done so.
    """
    if "numba" not in sys.modules or not (always or sys.stderr.isatty()):
        yield
        return
    from numba.core import event

    class Teller(event.Listener):  # type: ignore[misc] # numba has no types
        told = False

        def on_start(self, _: Any) -> None:
            if not self.told:
                self.told = True
                print(WORDS, file=sys.stderr, flush=True)

        def on_end(self, _: Any) -> None:
            pass

    teller = Teller()
    event.register("numba:compile", teller)
    try:
        yield
    finally:
        event.unregister("numba:compile", teller)
