"""What the window remembers: a small JSON file in the user's config folder. Loads no torch."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arena.gui.look import Look
from arena.gui.theme import THEMES, Theme
from game.errors import QzeroError

_MOST = 1 << 20  # bytes; far more than any settings
SMALLEST_SIZE, LARGEST_SIZE = (320, 240), (16384, 16384)


@dataclass
class Settings:
    """size: of the window, in the units that it is opened with. game, opponent, seat, seconds: what was played last.

    hints: mark the cells where a click would do something. clock: minutes each person has for a game, 0 without.
    """

    size: tuple[int, int] = (1000, 700)
    theme: str = "light"
    sound: bool = False
    hints: bool = True
    animations: bool = True
    clock: int = 0
    game: str = ""
    opponent: str = ""
    seat: str = "first"
    seconds: float = 0.0

    @property
    def colours(self) -> Theme:
        return THEMES[self.theme]


def config_file() -> Path:
    """In `qzero/` in the user's config folder: XDG_CONFIG_HOME, or ~/.config."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "qzero" / "window.json"


def data_folder() -> Path:
    """Where games are kept: `qzero/games` in the user's data folder, XDG_DATA_HOME or ~/.local/share."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "qzero" / "games"


def load_settings(look: Look | None = None) -> Settings:
    """What was remembered; whatever is missing, damaged or makes no sense is as at the first time.

    look: what counts instead of what was remembered.
    """
    settings = _remembered()
    if look is not None:
        settings.size = look.size or settings.size
        settings.theme = look.theme or settings.theme
    return settings


def _remembered() -> Settings:
    try:
        path = config_file()
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _MOST:
            return Settings()
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, RuntimeError):
        return Settings()
    settings = Settings()
    if isinstance(found, dict):
        for field in dataclasses.fields(Settings):
            value = _sensible(field.name, getattr(settings, field.name), found.get(field.name))
            if value is not None:
                setattr(settings, field.name, value)
    return settings


def save_settings(settings: Settings) -> str | None:
    """Remember these; returns why that cannot be done, in words, or None."""
    from agent.store.files import write_json

    path = config_file()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_json(path, dataclasses.asdict(settings))
    except QzeroError as error:
        return str(error)
    return None


def _sensible(name: str, usual: Any, value: Any) -> Any:
    """The value, if it can be one of this setting; else None."""
    if name == "size":
        if not isinstance(value, list) or len(value) != 2 or any(type(side) is not int for side in value):
            return None
        limits = zip(value, SMALLEST_SIZE, LARGEST_SIZE, strict=True)
        return tuple(value) if all(low <= side <= high for side, low, high in limits) else None
    if name == "theme":
        return value if isinstance(value, str) and value in THEMES else None
    if name == "seat":
        return value if value in ("first", "second") else None
    if isinstance(usual, bool | str):
        return value if type(value) is type(usual) else None
    if type(value) not in (int, float) or not 0 <= value <= 86400:
        return None
    return type(usual)(value)
