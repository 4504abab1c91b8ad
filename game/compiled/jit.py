"""`njit` for loops that call each other across files: its cache knows all of them; no folder for one, no cache.

numba's cache of a function is good as long as the file that the function stands in is the same, whatever becomes of the
functions it calls. Here a change in any file of compiled loops makes all of them be compiled again.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.extending import register_jitable

_ROOT = Path(__file__).parents[2]
_FOLDERS = ("game/compiled", "agent/ntuple", "agent/search")


def inner(function: Any) -> Any:
    """For functions that compiled loops alone call: without a way in from Python, nor a cache, which take as long to
    compile as the function. Called from Python it runs as Python, where all that it calls does."""
    return register_jitable(function)


def njit(**options: Any) -> Callable[[Any], Any]:
    """As `numba.njit`, with these options."""

    def compiled(function: Any) -> Any:
        try:
            found = numba.njit(**options)(function)
        except RuntimeError:  # "cannot cache function: no locator available"
            return numba.njit(**{**options, "cache": False})(function)
        with contextlib.suppress(AttributeError):  # a numba that keeps its stamp elsewhere: as careful as it is itself
            index = found._cache._cache_file
            index._source_stamp = (index._source_stamp, stamp())
        return found

    return compiled


@functools.cache
def stamp() -> tuple[tuple[str, float, int], ...]:
    """Name, time of the last change and size of every file of compiled loops."""
    files = sorted(file for folder in _FOLDERS for file in (_ROOT / folder).rglob("*.py"))
    return tuple((file.name, file.stat().st_mtime, file.stat().st_size) for file in files)
