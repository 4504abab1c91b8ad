"""Draws a scene on a surface. Knows nothing of games in progress, players or events."""

from __future__ import annotations

import pygame

from arena.gui import theme
from arena.gui.layout import Layout
from arena.gui.painting import help as help_page
from arena.gui.painting.board import BoardPainter
from arena.gui.painting.letters import Letters
from arena.gui.painting.sprites import blit_centred, stone
from arena.gui.scene import Button, Scene
from arena.view.grid import Rect

_TWO_LINES = 1.2  # height of a plate in which two lines stand apart, as a share of their letters
_SMALLEST_ROLE = 10


class Painter:
    """Keeps the fonts; needs `pygame.font.init()`."""

    def __init__(self) -> None:
        self._letters = Letters()
        self._board = BoardPainter(self._letters)

    def paint(self, surface: pygame.Surface, layout: Layout, scene: Scene) -> None:
        self._board.paint(surface, layout, scene)
        for seat in (0, 1):
            self._name_plate(surface, layout, scene, seat)
        self._letters.sentence(surface, layout.status, scene.status, layout.text + layout.text // 4)
        if layout.moves is not None:
            self._letters.items(surface, layout.moves, scene.moves, layout.text)
        for number, (rect, button) in enumerate(zip(layout.buttons, scene.buttons, strict=True)):
            self._button(surface, rect, button, layout.text, number == scene.hovered, number == scene.focused)
        if scene.help is not None:
            help_page.paint(surface, self._letters, layout.text, scene.help)

    def _name_plate(self, surface: pygame.Surface, layout: Layout, scene: Scene, seat: int) -> None:
        rect = layout.seats[seat]
        to_move = scene.to_move == seat
        radius = rect.height // 4
        pygame.draw.rect(surface, theme.PLATE, rect, border_radius=radius)
        edge, line = (theme.ACCENT, max(layout.text // 6, 2)) if to_move else (theme.PLATE_EDGE, 1)
        pygame.draw.rect(surface, edge, rect, line, border_radius=radius)
        icon = Rect(rect.x + rect.height // 6, rect.y, rect.height, rect.height)
        blit_centred(surface, stone(max(rect.height * 6 // 10, 3), seat, 255), icon)
        mark = rect.height // 2 if to_move else rect.height // 6
        size, right = layout.text + 2, rect.right - mark
        if scene.counts is not None:
            count = str(scene.counts[seat])
            right -= self._letters.width(count, size)
            place = Rect(right, rect.y, rect.right - mark - right, rect.height)
            self._letters.line(surface, place, count, size, theme.FAINT_INK)
            right -= rect.height // 6
        self._name(surface, Rect(icon.right, rect.y, right - icon.right, rect.height), scene, seat, size)
        if to_move:
            size = rect.height // 5
            x, y = rect.right - rect.height // 6, rect.center[1]
            pygame.draw.polygon(surface, theme.ACCENT, [(x, y), (x - size, y - size), (x - size, y + size)])

    def _name(self, surface: pygame.Surface, rect: Rect, scene: Scene, seat: int, size: int) -> None:
        """Who sits there, and below or beside that the role, where there is room for it."""
        name, role, small = scene.names[seat], scene.roles[seat], max(size * 3 // 4, _SMALLEST_ROLE)
        room = rect.width - self._letters.width(name, size) - size
        if rect.height >= _TWO_LINES * (size + small):
            rect, lower = _two_lines(rect, size, small)
            self._letters.line(surface, lower, role, small, theme.FAINT_INK, centred=False)
        elif all(self._letters.width(text, small) <= room for text in scene.roles):
            beside = Rect(rect.right - self._letters.width(role, small) - small, rect.y, room, rect.height)
            self._letters.line(surface, beside, role, small, theme.FAINT_INK, centred=False)
        fitting = next((s for s in range(size, small, -1) if self._letters.width(name, s) <= rect.width), small)
        self._letters.line(surface, rect, name, fitting, theme.INK, centred=False)

    def _button(
        self, surface: pygame.Surface, rect: Rect, button: Button, size: int, hovered: bool, focused: bool
    ) -> None:
        colour = theme.BUTTON_HOVER if hovered and button.enabled else theme.BUTTON
        pygame.draw.rect(surface, colour, rect, border_radius=rect.height // 4)
        edge, line = (theme.ACCENT, max(size // 6, 2)) if focused else (theme.PLATE_EDGE, 1)
        pygame.draw.rect(surface, edge, rect, line, border_radius=rect.height // 4)
        room = rect.width - size // 2
        label = next((text for text in button.labels if self._letters.width(text, size) <= room), button.labels[-1])
        self._letters.line(surface, rect, label, size, theme.INK if button.enabled else theme.DISABLED_INK)


def _two_lines(rect: Rect, upper: int, lower: int) -> tuple[Rect, Rect]:
    """The places of two lines of letters of these heights in the middle of `rect`."""
    gap = lower // 3
    top = rect.y + (rect.height - upper - gap - lower) // 2
    return Rect(rect.x, top, rect.width, upper), Rect(rect.x, top + upper + gap, rect.width, lower)
