"""A rhombus of hexagons between the edges that the players join."""

from __future__ import annotations

import pygame

from arena.gui.boards.colour import mixed
from arena.gui.boards.drawing.sprites import polygon, polygons
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.view.board import Cell
from arena.view.grid import Hexagons

EDGE_SHARE = 0.7  # thickness of the players' edges, as a share of the frame around the board
_THINNEST_SLANTED_LINE = 1.4  # pixels; thinner ones look paler than straight lines of a pixel


class HexagonGround:
    """Hexagons in slightly different shades, so that rows can be told apart, and a coloured edge for each side."""

    def paint(self, surface: pygame.Surface, view: View) -> None:
        grid, colours = view.layout.grid, view.palette
        if not isinstance(grid, Hexagons):
            raise TypeError("a board of hexagons was laid out in squares")
        shapes = [(colours.line, grid.outline())]
        if view.board.edges is not None:
            bands = grid.bands(view.layout.frame * EDGE_SHARE)
            owned = [(colours.pieces[seat].fill, band) for seat, band in zip(view.board.edges, bands, strict=True)]
            shapes = owned + shapes
        polygons(surface, view.around, view.theme.paper, shapes)
        for cell in view.cells():
            shade = mixed(colours.ground, colours.other, (cell[0] + 2 * cell[1]) % 3 / 2)
            self.tint(surface, view, cell, shade)

    def tint(self, surface: pygame.Surface, view: View, cell: Cell, colour: Colour) -> None:
        rect = view.rect(cell)
        line = max(rect.width / 28, _THINNEST_SLANTED_LINE)
        outline = view.outline((0, 0), max(1 - line / rect.width, 0.5))
        surface.blit(polygon(outline, rect.width, rect.height, colour), (rect.x, rect.y))
