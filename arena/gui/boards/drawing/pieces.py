"""Pictures of pieces: discs, stones, pawns, crosses and noughts, each made once for a size."""

from __future__ import annotations

import functools

import pygame

from arena.gui.boards.colour import BLACK, WHITE, mixed
from arena.gui.boards.drawing.sprites import blit_centred, disc, faded, smooth, strokes
from arena.gui.boards.palette import PieceColours, palette
from arena.gui.theme import Colour
from arena.view.grid import Rect
from arena.view.kind import Kind

_SHADOWS, _SHADOW_ALPHA = 4, 100  # discs one over the other; of 255, in the middle
_SMALL = 16  # diameter of pieces in which a pattern would leave too little of their colour


@functools.lru_cache(maxsize=96)
def piece(kind: Kind, directed: bool, dark: bool, seat: int, size: int, alpha: int = 255) -> pygame.Surface:
    """The piece of a seat on a square of `size` pixels; directed: the sides play in different directions."""
    if alpha < 255:
        return faded(piece(kind, directed, dark, seat, size), alpha)
    colours = palette(kind, dark).pieces[seat]
    if kind is Kind.LINES:
        return _cross(size, colours.fill) if seat == 0 else _nought(size, colours.fill)
    if kind is Kind.CHEQUERED and directed:
        return _pawn(size, colours, banded=seat == 1)
    if kind in (Kind.FELT, Kind.POINTS):
        return _stone(size, colours, ringed=seat == 1)
    return _checker(size, colours, crossed=seat == 1)


@functools.lru_cache(maxsize=96)
def turning(kind: Kind, dark: bool, seat: int, size: int, width: int) -> pygame.Surface:
    """A disc that turns over, seen from the side so far that it is only `width` pixels wide."""
    return pygame.transform.smoothscale(piece(kind, False, dark, seat, size), (max(width, 1), size))


@functools.lru_cache(maxsize=32)
def shadow(size: int) -> pygame.Surface:
    """What lies below a round stone: darker towards the middle, a little wider than the stone."""
    wide = size + max(size // 8, 2)
    picture = pygame.Surface((wide, wide), pygame.SRCALPHA)
    for number in range(_SHADOWS):
        layer = faded(disc(max(wide - number * max(size // 20, 1), 1), BLACK), _SHADOW_ALPHA // _SHADOWS)
        blit_centred(picture, layer, Rect(0, 0, wide, wide))
    return picture


def _checker(size: int, colours: PieceColours, crossed: bool) -> pygame.Surface:
    """A flat disc that wears a ring, or a cross."""

    def draw(picture: pygame.Surface, scale: int) -> None:
        big = size * scale
        middle, line = big / 2, max(big / 24, scale / 2)
        pygame.draw.circle(picture, colours.edge, (middle, middle), middle)
        pygame.draw.circle(picture, colours.fill, (middle, middle), middle - line)
        worn = mixed(colours.fill, colours.pattern, 0.55)
        if size < _SMALL:
            return
        if crossed:
            arm = big * 0.17
            for sign in (1, -1):
                ends = [(middle - arm, middle - sign * arm), (middle + arm, middle + sign * arm)]
                strokes(picture, worn, ends, big * 0.085)
        else:
            pygame.draw.circle(picture, worn, (middle, middle), big * 0.29, round(big * 0.065))

    return smooth(size, size, colours.edge, draw)


def _stone(size: int, colours: PieceColours, ringed: bool) -> pygame.Surface:
    """A rounded stone with light from the upper left; the ringed one wears a thin ring near its border."""

    def draw(picture: pygame.Surface, scale: int) -> None:
        big = size * scale
        middle, line = big / 2, max(big / 34, scale / 2)
        pygame.draw.circle(picture, colours.edge, (middle, middle), middle)
        inner = middle - line
        lit = mixed(colours.fill, WHITE, 0.0 if ringed else 0.34)
        shaded = mixed(colours.fill, colours.edge, 0.35 if ringed else 0.45)
        for number in range(steps := 24):
            share = number / (steps - 1)
            shift = -inner * 0.3 * share
            pygame.draw.circle(
                picture, mixed(shaded, lit, share**0.8), (middle + shift, middle + shift), inner * (1 - 0.66 * share)
            )
        if ringed and size >= _SMALL:
            worn = mixed(colours.fill, colours.pattern, 0.38)
            pygame.draw.circle(picture, worn, (middle, middle), big * 0.39, max(round(big * 0.022), 1))

    return smooth(size, size, colours.edge, draw)


def _pawn(size: int, colours: PieceColours, banded: bool) -> pygame.Surface:
    """A pawn from the side; the banded one wears bands across its body."""

    def draw(picture: pygame.Surface, scale: int) -> None:
        big = size * scale
        line = max(big * 0.035, scale * 0.8)
        _pawn_shape(picture, big, colours.edge, line)
        _pawn_shape(picture, big, colours.fill, 0.0)
        if size >= _SMALL:
            bands = (0.45, 0.74) if banded else (0.45,)
            for height in bands:
                half = big * (0.13 if height < 0.6 else 0.2)
                ends = [(big / 2 - half, big * height), (big / 2 + half, big * height)]
                worn = colours.pattern if banded else mixed(colours.fill, colours.edge, 0.55)
                strokes(picture, worn, ends, big * 0.035)

    return smooth(size, size, colours.edge, draw)


def _pawn_shape(picture: pygame.Surface, big: int, colour: Colour, wider: float) -> None:
    """Head, collar, body and base; `wider` by so much on every side."""
    middle = big / 2
    pygame.draw.circle(picture, colour, (middle, big * 0.27), big * 0.165 + wider)
    strokes(
        picture, colour, [(middle - big * 0.15, big * 0.45), (middle + big * 0.15, big * 0.45)], big * 0.07 + 2 * wider
    )
    body = [(0.43, 0.4), (0.41, 0.55), (0.36, 0.68), (0.28, 0.8), (0.72, 0.8), (0.64, 0.68), (0.59, 0.55), (0.57, 0.4)]
    corners = [(x * big, y * big) for x, y in body]
    pygame.draw.polygon(picture, colour, corners)
    if wider:
        strokes(picture, colour, corners, 2 * wider, closed=True)
    strokes(picture, colour, [(big * 0.27, big * 0.845), (big * 0.73, big * 0.845)], big * 0.13 + 2 * wider)


def _cross(size: int, colour: Colour) -> pygame.Surface:
    def draw(picture: pygame.Surface, scale: int) -> None:
        big = size * scale
        low, high = big * 0.12, big * 0.88
        for line in ([(low, low), (high, high)], [(low, high), (high, low)]):
            strokes(picture, colour, line, big * 0.14)

    return smooth(size, size, colour, draw)


def _nought(size: int, colour: Colour) -> pygame.Surface:
    def draw(picture: pygame.Surface, scale: int) -> None:
        big = size * scale
        pygame.draw.circle(picture, colour, (big / 2, big / 2), big * 0.46, max(round(big * 0.14), 1))

    return smooth(size, size, colour, draw)
