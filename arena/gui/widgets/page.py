"""What a page of help says. No pygame here."""

from __future__ import annotations

from typing import NamedTuple


class Help(NamedTuple):
    """title, what it is about, and (keys, what they do)."""

    title: str
    about: str
    keys: tuple[tuple[str, str], ...]
