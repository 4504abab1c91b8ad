"""The colours of each kind of board, in the light and in the dark theme. No pygame here.

Every piece stands out from its board by its fill or by its edge, at a contrast of 3 or more, and the two sides differ
in the pattern they wear: see `pieces`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from arena.gui.theme import Colour
from arena.view.kind import Kind


@dataclass(frozen=True, slots=True)
class PieceColours:
    """fill: most of it. edge: around it. pattern: what it wears, and the mark of the last move."""

    fill: Colour
    edge: Colour
    pattern: Colour


@dataclass(frozen=True, slots=True)
class Palette:
    """ground: of the cells. other: of every second square, or inside the wells. line: between the cells.

    frame:  around the cells. won: behind winning pieces. picked: behind the piece in hand.
    target: of cells to click next. left: of what the last move left behind. cursor: around the keyboard's cell.
    pieces: one a seat.
    """

    ground: Colour
    other: Colour
    line: Colour
    frame: Colour
    won: Colour
    picked: Colour
    target: Colour
    left: Colour
    cursor: Colour
    pieces: tuple[PieceColours, PieceColours]


_BLACK = PieceColours(fill=(30, 32, 36), edge=(10, 11, 13), pattern=(196, 200, 206))
_WHITE = PieceColours(fill=(244, 243, 238), edge=(118, 116, 108), pattern=(96, 96, 94))
_RED = PieceColours(fill=(200, 50, 46), edge=(126, 22, 22), pattern=(255, 226, 216))
_BLUE = PieceColours(fill=(34, 98, 176), edge=(14, 52, 108), pattern=(222, 236, 255))
_BRIGHT_RED = PieceColours(fill=(242, 112, 96), edge=(110, 26, 20), pattern=(74, 10, 8))
_BRIGHT_BLUE = PieceColours(fill=(104, 172, 248), edge=(14, 58, 112), pattern=(6, 34, 76))

_HEXAGONS = Palette(
    ground=(242, 238, 228),
    other=(233, 228, 215),
    line=(178, 170, 152),
    frame=(246, 244, 239),
    won=(255, 214, 90),
    picked=(255, 228, 150),
    target=(120, 130, 140),
    left=(226, 218, 198),
    cursor=(20, 24, 30),
    pieces=(_RED, _BLUE),
)
_DARK_HEXAGONS = Palette(
    ground=(50, 55, 65),
    other=(44, 49, 58),
    line=(96, 103, 117),
    frame=(30, 33, 39),
    won=(214, 168, 40),
    picked=(120, 104, 50),
    target=(170, 178, 190),
    left=(84, 84, 76),
    cursor=(255, 255, 255),
    pieces=(_BRIGHT_RED, _BRIGHT_BLUE),
)
_LIGHT: dict[Kind, Palette] = {
    Kind.WELLS: Palette(
        ground=(28, 66, 138),
        other=(226, 232, 240),
        line=(16, 42, 96),
        frame=(20, 50, 110),
        won=(255, 255, 255),
        picked=(255, 228, 150),
        target=(120, 136, 160),
        left=(200, 210, 222),
        cursor=(255, 255, 255),
        pieces=(
            PieceColours(fill=(214, 52, 46), edge=(255, 204, 188), pattern=(255, 222, 210)),
            PieceColours(fill=(250, 200, 60), edge=(132, 92, 8), pattern=(150, 104, 10)),
        ),
    ),
    Kind.FELT: Palette(
        ground=(38, 132, 84),
        other=(34, 124, 78),
        line=(16, 76, 46),
        frame=(62, 46, 36),
        won=(255, 214, 90),
        picked=(255, 228, 150),
        target=(14, 66, 40),
        left=(28, 108, 68),
        cursor=(255, 240, 170),
        pieces=(_BLACK, _WHITE),
    ),
    Kind.HEXAGONS: _HEXAGONS,
    Kind.CHEQUERED: Palette(
        ground=(236, 224, 200),
        other=(178, 136, 98),
        line=(120, 88, 60),
        frame=(104, 74, 50),
        won=(255, 208, 70),
        picked=(250, 214, 110),
        target=(66, 92, 60),
        left=(222, 200, 120),
        cursor=(31, 95, 160),
        pieces=(
            PieceColours(fill=(252, 250, 244), edge=(58, 48, 40), pattern=(120, 104, 88)),
            PieceColours(fill=(44, 42, 46), edge=(14, 12, 14), pattern=(214, 206, 194)),
        ),
    ),
    Kind.POINTS: Palette(
        ground=(178, 126, 64),
        other=(170, 118, 58),
        line=(84, 54, 22),
        frame=(150, 102, 50),
        won=(255, 236, 150),
        picked=(255, 228, 150),
        target=(84, 54, 22),
        left=(160, 110, 54),
        cursor=(20, 50, 110),
        pieces=(_BLACK, _WHITE),
    ),
    Kind.LINES: Palette(
        ground=(255, 254, 250),
        other=(255, 254, 250),
        line=(128, 130, 138),
        frame=(208, 204, 195),
        won=(255, 226, 130),
        picked=(255, 228, 150),
        target=(150, 156, 166),
        left=(236, 231, 219),
        cursor=(31, 95, 160),
        pieces=(
            PieceColours(fill=(24, 92, 160), edge=(24, 92, 160), pattern=(24, 92, 160)),
            PieceColours(fill=(200, 84, 10), edge=(200, 84, 10), pattern=(200, 84, 10)),
        ),
    ),
    Kind.SQUARES: replace(_HEXAGONS, frame=(150, 144, 130)),
}
_DARK: dict[Kind, Palette] = {
    Kind.WELLS: replace(
        _LIGHT[Kind.WELLS],
        ground=(32, 70, 140),
        other=(18, 24, 36),
        line=(14, 36, 80),
        frame=(22, 52, 108),
        target=(104, 120, 146),
        left=(52, 62, 80),
        pieces=(
            PieceColours(fill=(224, 66, 56), edge=(255, 204, 188), pattern=(255, 226, 216)),
            PieceColours(fill=(250, 204, 74), edge=(120, 82, 6), pattern=(146, 100, 10)),
        ),
    ),
    Kind.FELT: replace(
        _LIGHT[Kind.FELT],
        ground=(34, 118, 76),
        other=(30, 110, 70),
        line=(14, 66, 42),
        frame=(44, 36, 32),
        target=(10, 52, 32),
        left=(26, 96, 62),
    ),
    Kind.HEXAGONS: _DARK_HEXAGONS,
    Kind.CHEQUERED: replace(
        _LIGHT[Kind.CHEQUERED],
        ground=(168, 156, 138),
        other=(104, 86, 70),
        line=(60, 50, 42),
        frame=(58, 48, 40),
        won=(226, 178, 50),
        picked=(206, 168, 66),
        target=(24, 40, 24),
        left=(150, 130, 60),
        cursor=(255, 255, 255),
        pieces=(
            PieceColours(fill=(250, 247, 240), edge=(36, 30, 26), pattern=(110, 96, 84)),
            PieceColours(fill=(28, 27, 30), edge=(236, 228, 214), pattern=(236, 228, 214)),
        ),
    ),
    Kind.POINTS: replace(
        _LIGHT[Kind.POINTS],
        ground=(146, 102, 56),
        other=(136, 94, 50),
        line=(56, 36, 16),
        frame=(104, 70, 36),
        target=(56, 36, 16),
        left=(120, 82, 42),
        cursor=(255, 255, 255),
    ),
    Kind.LINES: Palette(
        ground=(44, 48, 57),
        other=(44, 48, 57),
        line=(132, 140, 154),
        frame=(72, 78, 90),
        won=(112, 92, 30),
        picked=(120, 104, 50),
        target=(120, 128, 142),
        left=(58, 62, 72),
        cursor=(255, 255, 255),
        pieces=(
            PieceColours(fill=(104, 182, 248), edge=(104, 182, 248), pattern=(104, 182, 248)),
            PieceColours(fill=(248, 152, 80), edge=(248, 152, 80), pattern=(248, 152, 80)),
        ),
    ),
    Kind.SQUARES: replace(_DARK_HEXAGONS, frame=(96, 103, 117)),
}


def palette(kind: Kind, dark: bool) -> Palette:
    return (_DARK if dark else _LIGHT)[kind]
