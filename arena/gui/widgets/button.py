"""A button: a rectangle with words."""

from __future__ import annotations

from dataclasses import dataclass

import pygame

from arena.gui.theme import Theme
from arena.gui.widgets.letters import Letters
from arena.view.grid import Rect


@dataclass(frozen=True, slots=True)
class Button:
    """labels: longest first; the first that fits is shown. enabled: something happens when it is pressed.

    chosen: it stands for what is the case now.
    """

    labels: tuple[str, ...]
    enabled: bool = True
    chosen: bool = False


def draw_button(
    surface: pygame.Surface,
    letters: Letters,
    theme: Theme,
    rect: Rect,
    button: Button,
    size: int,
    *,
    hovered: bool = False,
    focused: bool = False,
) -> None:
    """size: height of the letters. hovered: under the mouse; focused: the keyboard is at it."""
    ground = theme.button_hover if hovered and button.enabled else theme.button
    ink = theme.ink if button.enabled else theme.disabled_ink
    if button.chosen:
        ground, ink = theme.accent, theme.on_accent
    radius = rect.height // 4
    pygame.draw.rect(surface, ground, rect, border_radius=radius)
    edge, line = (theme.focus, max(size // 6, 2)) if focused else (theme.plate_edge, 1)
    pygame.draw.rect(surface, edge, rect, line, border_radius=radius)
    room = rect.width - size // 2
    label = next((text for text in button.labels if letters.width(text, size) <= room), button.labels[-1])
    letters.line(surface, rect, label, size, ink)
