"""Text from and to the clipboard of the desktop; where there is none, one of our own."""

from __future__ import annotations

import warnings

import pygame

_own = ""  # what was copied here last


def copy(text: str) -> None:
    """Keep the text, for this window and, where the desktop has a clipboard, for all."""
    global _own
    _own = text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pygame-ce will rename these
        try:
            pygame.scrap.init()
            pygame.scrap.put(pygame.SCRAP_TEXT, text.encode() + b"\0")
        except (pygame.error, AttributeError, NotImplementedError):
            return


def paste() -> str:
    """The text that was copied last, here or elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pygame.scrap.init()
            found = pygame.scrap.get(pygame.SCRAP_TEXT)
        except (pygame.error, AttributeError, NotImplementedError):
            return _own
    return _own if not found else found.decode("utf-8", "replace").split("\0")[0]
