"""The window on the screen, where SDL does not do as it is told."""

from __future__ import annotations

from typing import Any

import pygame
import pytest

from arena.gui.desktop.display import resized
from tests.arena.gui.hands import display as display  # the fixture


def test_a_window_that_was_lost_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    set_mode, asked = pygame.display.set_mode, []

    def failing(*what: Any) -> pygame.Surface:
        asked.append(what)
        if len(asked) == 1:
            raise pygame.error("Invalid window")
        return set_mode(*what)

    set_mode((300, 300))
    pygame.display.set_caption("qzero hex")
    monkeypatch.setattr(pygame.display, "set_mode", failing)
    assert resized((400, 300), pygame.RESIZABLE).get_size() == (400, 300)
    assert asked == [((400, 300), pygame.RESIZABLE)] * 2
    assert pygame.display.get_caption()[0] == "qzero hex"
