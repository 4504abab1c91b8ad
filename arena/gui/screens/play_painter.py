"""Draws the play screen. Knows nothing of games in progress, players or events."""

from __future__ import annotations

from dataclasses import dataclass

import pygame

from arena.gui.boards.painter import BoardPainter
from arena.gui.boards.scene import Scene
from arena.gui.play.layout import Layout
from arena.gui.theme import Theme
from arena.gui.widgets.base import Brush
from arena.gui.widgets.button import Button, draw_button
from arena.gui.widgets.letters import Letters
from arena.gui.widgets.moves import MoveList
from arena.view.grid import Rect

_TWO_LINES = 1.2  # height of a plate in which two lines stand apart, as a share of their letters
_SMALLEST_ROLE = 10


@dataclass(frozen=True, slots=True)
class View:
    """What the play screen shows around the board, compared by value.

    roles:   each seat's colour and aim.
    counts:  how many stones each seat has, where that is worth showing.
    clocks:  what is left of each seat's time, where there are clocks.
    moves:   the names of the moves made; viewed: how many of them lead to the position on the board.
    buttons: those of the commands, then the four that go through the game.
    hovered: the button under the mouse; pointer: the mouse, while it is over the moves.
    focused: the button at which the keyboard points.
    panel:   the revision of the panel, None where it is closed.
    """

    names: tuple[str, str]
    roles: tuple[str, str]
    counts: tuple[int, int] | None
    to_move: int | None
    status: str
    clocks: tuple[str, str] | None
    moves: tuple[str, ...]
    viewed: int
    buttons: tuple[Button, ...]
    hovered: int | None
    focused: int | None
    pointer: tuple[int, int] | None = None
    panel: object = None


class Painter:
    """Paints a board and what is around it."""

    def __init__(self, letters: Letters, board: BoardPainter) -> None:
        self._letters = letters
        self.board = board
        self.moves = MoveList(letters)

    def paint(self, surface: pygame.Surface, layout: Layout, theme: Theme, scene: Scene, view: View) -> None:
        self.board.paint(surface, layout.place, theme, scene)
        for seat in (0, 1):
            self._name_plate(surface, layout, theme, scene, view, seat)
        self._letters.sentence(surface, layout.status, view.status, layout.text + layout.text // 4, theme.ink)
        brush = Brush(surface, self._letters, theme, layout.text)
        if layout.moves is not None:
            self.moves.draw(brush, layout.moves, view.moves, view.viewed, view.pointer)
        places = (*layout.buttons, *layout.steps)
        for number, (rect, button) in enumerate(zip(places, view.buttons, strict=False)):
            draw_button(brush, rect, button, hovered=number == view.hovered, focused=number == view.focused)

    def _name_plate(
        self, surface: pygame.Surface, layout: Layout, theme: Theme, scene: Scene, view: View, seat: int
    ) -> None:
        rect = layout.seats[seat]
        to_move = view.to_move == seat
        radius = rect.height // 4
        pygame.draw.rect(surface, theme.plate, rect, border_radius=radius)
        edge, line = (theme.accent, max(layout.text // 6, 2)) if to_move else (theme.plate_edge, 1)
        pygame.draw.rect(surface, edge, rect, line, border_radius=radius)
        icon = Rect(rect.x + rect.height // 6, rect.y, rect.height, rect.height)
        self.board.emblem(surface, icon.inset(rect.height // 5), theme, scene.board, seat)
        right = rect.right - (rect.height // 2 if to_move else rect.height // 6)
        inner = Rect(icon.right, rect.y, right - icon.right, rect.height)
        self._name(surface, inner, theme, view, seat, layout.text + 2)
        if to_move:
            size = rect.height // 5
            x, y = rect.right - rect.height // 6, rect.center[1]
            pygame.draw.polygon(surface, theme.accent, [(x, y), (x - size, y - size), (x - size, y + size)])

    def _name(self, surface: pygame.Surface, rect: Rect, theme: Theme, view: View, seat: int, size: int) -> None:
        """Who sits there, with the clock and the stones; below or beside that the role, where there is room for it."""
        letters, name, role = self._letters, view.names[seat], view.roles[seat]
        small = max(size * 3 // 4, _SMALLEST_ROLE)
        if rect.height >= _TWO_LINES * (size + small):
            rect, lower = _two_lines(rect, size, small)
            fitting = next((s for s in range(small, 8, -1) if letters.width(role, s) <= lower.width), 8)
            letters.line(surface, lower, role, fitting, theme.faint_ink, centred=False)
            role = ""
        for said in (view.clocks, view.counts):
            if said is not None:
                wide = letters.width(str(said[seat]), size)
                place = Rect(rect.right - wide, rect.y, wide, rect.height)
                letters.line(surface, place, str(said[seat]), size, theme.faint_ink)
                rect = rect._replace(width=max(rect.width - wide - size // 2, 1))
        room = rect.width - letters.width(name, size) - size
        if role and all(letters.width(text, small) <= room for text in view.roles):
            beside = Rect(rect.right - letters.width(role, small) - small, rect.y, room, rect.height)
            letters.line(surface, beside, role, small, theme.faint_ink, centred=False)
        fitting = next((s for s in range(size, small, -1) if letters.width(name, s) <= rect.width), small)
        letters.line(surface, rect, name, fitting, theme.ink, centred=False)


def _two_lines(rect: Rect, upper: int, lower: int) -> tuple[Rect, Rect]:
    """The places of two lines of letters of these heights in the middle of `rect`."""
    gap = lower // 3
    top = rect.y + (rect.height - upper - gap - lower) // 2
    return Rect(rect.x, top, rect.width, upper), Rect(rect.x, top + upper + gap, rect.width, lower)
