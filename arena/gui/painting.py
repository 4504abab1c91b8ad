"""Draws a scene on a surface. Knows nothing of games in progress, players or events."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import pygame

from arena.gui import theme
from arena.gui.board import Cell, Stones
from arena.gui.layout import Layout, Rect
from arena.gui.theme import Colour

_OVERSAMPLING = 4
_SMALLEST_LETTERS = 13


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything there is to show.

    to_move: the seat whose move it is, None after the end.
    ghost:   the cell and seat of the stone that a click would place.
    last:    where the last move's stone lies.
    picked:  cells clicked so far of a move that takes several clicks.
    labels:  names of columns and of rows, for those that have one.
    moves:   the moves made, cut into pieces that stay on one line.
    buttons: for each button its labels, longest first; the first that fits is shown.
    hovered: the button under the mouse.
    """

    stones: Stones
    falling: bool
    to_move: int | None
    names: tuple[str, str]
    ghost: tuple[Cell, int] | None
    last: Cell | None
    winning: frozenset[Cell]
    picked: tuple[Cell, ...]
    labels: tuple[dict[int, str], dict[int, str]]
    status: str
    moves: tuple[str, ...]
    buttons: tuple[tuple[str, ...], ...]
    hovered: int | None


class Painter:
    """Keeps the fonts; needs `pygame.font.init()`."""

    def __init__(self) -> None:
        self._fonts: dict[int, pygame.font.Font] = {}

    def paint(self, surface: pygame.Surface, layout: Layout, scene: Scene) -> None:
        surface.fill(theme.PAPER)
        for seat in (0, 1):
            self._name_plate(surface, layout, scene, seat)
        self._board(surface, layout, scene)
        self._labels(surface, layout, scene)
        self._sentence(surface, layout.status, scene.status, layout.text + layout.text // 4)
        if layout.moves is not None:
            self._list(surface, layout.moves, scene.moves, layout.text)
        for number, (rect, labels) in enumerate(zip(layout.buttons, scene.buttons, strict=True)):
            self._button(surface, rect, labels, layout.text, number == scene.hovered)

    def _board(self, surface: pygame.Surface, layout: Layout, scene: Scene) -> None:
        if scene.falling:
            frame = layout.board.inset(-layout.frame)
            pygame.draw.rect(surface, theme.FALL_BOARD, frame, border_radius=max(layout.cell // 4, 3))
        else:
            pygame.draw.rect(surface, theme.GRID_LINE, layout.board.inset(-max(layout.cell // 40, 1)))
        for row in range(layout.rows):
            for column in range(layout.columns):
                self._cell(surface, layout.cell_rect(row, column), scene, (row, column))

    def _cell(self, surface: pygame.Surface, rect: Rect, scene: Scene, cell: Cell) -> None:
        ground = theme.FALL_WELL if scene.falling else theme.GRID_CELL
        won = cell in scene.winning
        if won:
            ground = theme.WON
        elif cell in scene.picked:
            ground = theme.PICKED
        diameter = max(int(rect.width * theme.STONE_SHARE), 3)
        if scene.falling:
            well = min(int(diameter * 1.16), rect.width) if won else diameter
            _blit_centred(surface, disc(well, ground, ground), rect)
        else:
            pygame.draw.rect(surface, ground, rect.inset(max(rect.width // 40, 1)))
        seat = scene.stones[cell[0]][cell[1]]
        if scene.ghost is not None and scene.ghost[0] == cell:
            _blit_centred(surface, stone(diameter, scene.ghost[1], theme.GHOST_ALPHA), rect)
        elif seat is not None:
            alpha = theme.LOSING_ALPHA if scene.winning and not won else 255
            _blit_centred(surface, stone(diameter, seat, alpha), rect)
            if cell == scene.last:
                mark = theme.LAST_MOVE[seat]
                _blit_centred(surface, disc(max(diameter // 5, 3), mark, mark), rect)

    def _labels(self, surface: pygame.Surface, layout: Layout, scene: Scene) -> None:
        columns, rows = scene.labels
        size, board, gap = layout.text, layout.board, layout.frame
        for column, name in columns.items():
            cell = layout.cell_rect(layout.rows - 1, column)
            self._line(surface, Rect(cell.x, board.bottom + gap, cell.width, size), name, size, theme.FAINT_INK)
        for row, name in rows.items():
            cell = layout.cell_rect(row, 0)
            self._line(surface, Rect(board.x - gap - size, cell.y, size, cell.height), name, size, theme.FAINT_INK)

    def _name_plate(self, surface: pygame.Surface, layout: Layout, scene: Scene, seat: int) -> None:
        rect = layout.seats[seat]
        to_move = scene.to_move == seat
        radius = rect.height // 4
        pygame.draw.rect(surface, theme.PLATE, rect, border_radius=radius)
        edge, line = (theme.ACCENT, max(layout.text // 6, 2)) if to_move else (theme.PLATE_EDGE, 1)
        pygame.draw.rect(surface, edge, rect, line, border_radius=radius)
        icon = Rect(rect.x + rect.height // 6, rect.y, rect.height, rect.height)
        _blit_centred(surface, stone(max(rect.height * 6 // 10, 3), seat, 255), icon)
        mark = rect.height // 2 if to_move else rect.height // 6
        name = Rect(icon.right, rect.y, rect.right - icon.right - mark, rect.height)
        self._line(surface, name, scene.names[seat], layout.text + 2, theme.INK, centred=False)
        if to_move:
            size = rect.height // 5
            x, y = rect.right - rect.height // 6, rect.center[1]
            pygame.draw.polygon(surface, theme.ACCENT, [(x, y), (x - size, y - size), (x - size, y + size)])

    def _button(self, surface: pygame.Surface, rect: Rect, labels: tuple[str, ...], size: int, hovered: bool) -> None:
        colour = theme.BUTTON_HOVER if hovered else theme.BUTTON
        pygame.draw.rect(surface, colour, rect, border_radius=rect.height // 4)
        pygame.draw.rect(surface, theme.PLATE_EDGE, rect, 1, border_radius=rect.height // 4)
        font = self._font(size)
        label = next((text for text in labels if font.size(text)[0] <= rect.width - size // 2), labels[-1])
        self._line(surface, rect, label, size, theme.INK)

    def _line(
        self, surface: pygame.Surface, rect: Rect, text: str, size: int, colour: Colour, centred: bool = True
    ) -> None:
        """One line, cut short where it does not fit, in the middle of the height of `rect`."""
        picture = self._font(size).render(self._cut(text, size, rect.width), True, colour)
        x = rect.x + (rect.width - picture.get_width()) // 2 if centred else rect.x
        surface.blit(picture, (x, rect.y + (rect.height - picture.get_height()) // 2))

    def _sentence(self, surface: pygame.Surface, rect: Rect, text: str, size: int) -> None:
        """Words broken into the lines that fit, in smaller letters where there are many, and cut short at the end."""
        words = text.split()
        lines = self._break(words, " ", size, rect.width)
        while size > _SMALLEST_LETTERS and len(lines) * self._font(size).get_linesize() > rect.height:
            size -= 1
            lines = self._break(words, " ", size, rect.width)
        room = self._room(rect, size)
        self._lines(surface, rect, [*lines[: room - 1], " ".join(lines[room - 1 :])], size, theme.INK)

    def _list(self, surface: pygame.Surface, rect: Rect, items: tuple[str, ...], size: int) -> None:
        """Items broken into lines; the last lines where not all fit."""
        lines = self._break(items, "   ", size, rect.width)
        room = self._room(rect, size)
        if len(lines) > room:
            omission = "...   "
            narrow = rect.width - self._font(size).size(omission)[0]
            lines = self._break(items, "   ", size, narrow)[-room:]
            lines[0] = omission + lines[0]
        self._lines(surface, rect, lines, size, theme.FAINT_INK)

    def _lines(self, surface: pygame.Surface, rect: Rect, lines: list[str], size: int, colour: Colour) -> None:
        height = self._font(size).get_linesize()
        for number, line in enumerate(lines):
            self._line(surface, Rect(rect.x, rect.y + number * height, rect.width, height), line, size, colour, False)

    def _room(self, rect: Rect, size: int) -> int:
        """How many lines fit, at least one."""
        return max(rect.height // self._font(size).get_linesize(), 1)

    def _break(self, pieces: Sequence[str], between: str, size: int, width: int) -> list[str]:
        font = self._font(size)
        lines: list[str] = []
        for piece in pieces:
            if lines and font.size(f"{lines[-1]}{between}{piece}")[0] <= width:
                lines[-1] += f"{between}{piece}"
            else:
                lines.append(piece)
        return lines

    def _cut(self, text: str, size: int, width: int) -> str:
        font = self._font(size)
        if font.size(text)[0] <= width:
            return text
        while text and font.size(f"{text}...")[0] > width:
            text = text[:-1]
        return f"{text}..." if text else ""

    def _font(self, size: int) -> pygame.font.Font:
        """`size` is near the height of a line in pixels."""
        if size not in self._fonts:
            self._fonts[size] = pygame.font.Font(None, size + size // 4)
        return self._fonts[size]


@functools.lru_cache(maxsize=256)
def disc(diameter: int, colour: Colour, edge: Colour, ring: bool = False, alpha: int = 255) -> pygame.Surface:
    """A smooth disc on a transparent square; `ring` draws a second circle inside."""
    big = diameter * _OVERSAMPLING
    # Transparent pixels carry the edge's colour too, so that smoothing mixes in no black.
    picture = pygame.Surface((big, big), pygame.SRCALPHA)
    picture.fill((*edge, 0))
    centre = (big // 2, big // 2)
    pygame.draw.circle(picture, edge, centre, big // 2)
    line = max(big // 18, _OVERSAMPLING) if edge != colour else 0
    pygame.draw.circle(picture, colour, centre, big // 2 - line)
    if ring:
        pygame.draw.circle(picture, edge, centre, big * 3 // 10, max(big // 12, _OVERSAMPLING))
    small = pygame.transform.smoothscale(picture, (diameter, diameter))
    small.set_alpha(alpha)
    return small


def stone(diameter: int, seat: int, alpha: int) -> pygame.Surface:
    return disc(diameter, theme.STONE[seat], theme.STONE_EDGE[seat], seat == 1, alpha)


def _blit_centred(surface: pygame.Surface, picture: pygame.Surface, rect: Rect) -> None:
    x = rect.x + (rect.width - picture.get_width()) // 2
    y = rect.y + (rect.height - picture.get_height()) // 2
    surface.blit(picture, (x, y))
