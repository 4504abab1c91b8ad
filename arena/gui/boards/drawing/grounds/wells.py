"""An upright board with wells into which discs fall."""

from __future__ import annotations

import functools

import pygame

from arena.gui.boards.drawing.sprites import blit_centred, disc, rounded, smooth
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.view.board import Cell

_RIM = 1.1  # diameter of the rim of a well, as a share of the well
_TINT = 1.18


class WellGround:
    """A plate with round holes; what lies in them is as large as they are."""

    def paint(self, surface: pygame.Surface, view: View) -> None:
        colours, around = view.palette, view.around
        radius = max(view.layout.cell // 4, 3)
        rounded(surface, colours.frame, around, radius)
        edge = max(view.layout.frame // 4, 1)
        rounded(surface, colours.ground, around.inset(edge), max(radius - edge, 1))
        rim = disc(min(round(view.piece_size * _RIM), view.layout.cell), colours.line)
        well = disc(view.piece_size, colours.other)
        for cell in view.cells():
            blit_centred(surface, rim, view.rect(cell))
            blit_centred(surface, well, view.rect(cell))

    def tint(self, surface: pygame.Surface, view: View, cell: Cell, colour: Colour) -> None:
        """A ring around the well."""
        blit_centred(surface, disc(min(round(view.piece_size * _TINT), view.layout.cell), colour), view.rect(cell))


def falling(surface: pygame.Surface, view: View, cell: Cell, piece: pygame.Surface, share: float) -> None:
    """A piece on its way down to a cell, seen through the wells that it passes."""
    size, rect = view.layout.cell, view.rect(cell)
    top = view.layout.board.y - size + round((rect.y - view.layout.board.y + size) * share)
    for row in range(cell[0] + 1):
        well = view.rect((row, cell[1]))
        if abs(well.y - top) >= size:
            continue
        seen = pygame.Surface((size, size), pygame.SRCALPHA)
        inset = (size - piece.get_width()) // 2
        seen.blit(piece, (inset, top - well.y + inset))
        seen.blit(_hole(size, view.piece_size), (0, 0), special_flags=pygame.BLEND_RGBA_MULT)
        surface.blit(seen, (well.x, well.y))


@functools.lru_cache(maxsize=8)
def _hole(size: int, well: int) -> pygame.Surface:
    """White where one sees through a well of a cell, transparent around it."""
    inset = (size - well) // 2

    def draw(picture: pygame.Surface, scale: int) -> None:
        middle = (inset + well / 2) * scale
        pygame.draw.circle(picture, (255, 255, 255), (middle, middle), well * scale / 2)

    return smooth(size, size, (255, 255, 255), draw)
