"""One line of progress on stderr that the next one replaces; silent if stderr is not a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[str], None]


def status_line(text: str) -> None:
    """Show `text` instead of what stood there; "" clears it."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


@contextmanager
def status() -> Iterator[Report]:
    """Gives `status_line`, and leaves nothing of it on the screen."""
    try:
        yield status_line
    finally:
        status_line("")


def silent(_: str) -> None:
    """Reports to nobody."""
