"""How the window is asked to look, by the command line. Loads neither torch nor pygame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from game.errors import UsageError

_LARGEST = 8192  # pixels a side


@dataclass(frozen=True, slots=True)
class Look:
    """size, theme: None is as the last time. picture: a file to draw it into instead of opening a window."""

    size: tuple[int, int] | None = None
    theme: str | None = None
    picture: Path | None = None


def look_of(size: str | None, theme: str | None, picture: Path | None) -> Look:
    """From the text of the options. Raises UsageError for what is no size."""
    if size is None:
        return Look(None, theme, picture)
    found = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", size)
    sides = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(1 <= side <= _LARGEST for side in sides):
        raise UsageError(f"--size {size}: expected WIDTHxHEIGHT in pixels, up to {_LARGEST}, such as 1280x800")
    return Look(sides, theme, picture)
