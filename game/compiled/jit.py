"""`njit` that does without a cache where no folder for one can be written, instead of failing at import."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def njit(**options: Any) -> Callable[[Any], Any]:
    """As `numba.njit`, with these options."""

    def compiled(function: Any) -> Any:
        try:
            return numba.njit(**options)(function)
        except RuntimeError:  # "cannot cache function: no locator available"
            return numba.njit(**{**options, "cache": False})(function)

    return compiled
