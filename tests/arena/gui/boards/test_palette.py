"""Colours: pieces stand out from their boards and from each other, for every kind of sight."""

from __future__ import annotations

import itertools
import math

import pytest

from arena.gui.boards.colour import contrast, heat_colour, ink_on, luminance, mixed
from arena.gui.boards.palette import PieceColours, palette
from arena.gui.theme import Colour
from arena.view.kind import Kind

# What dichromats see, on linear RGB: Viénot, Brettel and Mollon (1999), "Digital video colourmaps for checking the
# legibility of displays by dichromats", Color Research & Application 24(4), as single matrices.
SIGHTS = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deuteranopia": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}
THEMES = pytest.mark.parametrize("dark", [False, True])
KINDS = pytest.mark.parametrize("kind", list(Kind))
SIGHT = pytest.mark.parametrize("sight", list(SIGHTS))


def grounds(kind: Kind, dark: bool) -> list[Colour]:
    """What a piece may lie on or border on."""
    colours = palette(kind, dark)
    return [colours.ground, colours.other]


def linear(colour: Colour) -> list[float]:
    return [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]


def seen(colour: Colour, sight: str) -> Colour:
    """The colour that looks the same to a person of usual sight."""
    mixed = [sum(a * b for a, b in zip(row, linear(colour), strict=True)) for row in SIGHTS[sight]]
    coded = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in (max(c, 0.0) for c in mixed)]
    red, green, blue = (round(255 * min(c, 1.0)) for c in coded)
    return red, green, blue


def difference(one: Colour, other: Colour) -> float:
    """Euclidean distance in CIE L*a*b* (1976), D65: 2.3 is just noticeable, 100 from black to white."""
    return math.dist(lab(one), lab(other))


def lab(colour: Colour) -> tuple[float, float, float]:
    red, green, blue = linear(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    x, y, z = (c ** (1 / 3) if c > 0.008856 else 7.787 * c + 16 / 116 for c in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def stands_out(piece: PieceColours, ground: Colour) -> float:
    return max(contrast(piece.fill, ground), contrast(piece.edge, ground))


@SIGHT
@THEMES
@KINDS
def test_pieces_stand_out_from_their_board(kind: Kind, dark: bool, sight: str) -> None:
    for piece, ground in itertools.product(palette(kind, dark).pieces, grounds(kind, dark)):
        as_seen = PieceColours(*(seen(colour, sight) for colour in (piece.fill, piece.edge, piece.pattern)))
        assert stands_out(as_seen, seen(ground, sight)) >= 3, (piece, ground)


@THEMES
@KINDS
def test_marks_can_be_seen_on_what_they_lie_on(kind: Kind, dark: bool) -> None:
    colours = palette(kind, dark)
    for piece in colours.pieces:
        if kind is not Kind.LINES:  # crosses and noughts wear nothing
            assert contrast(piece.pattern, piece.fill) >= 3
    on_board = [colours.other] if kind is Kind.WELLS else grounds(kind, dark)
    for ground in on_board:
        assert max(contrast(colours.target, ground), contrast(colours.cursor, ground)) >= 2


@SIGHT
@THEMES
@KINDS
def test_the_sides_look_different(kind: Kind, dark: bool, sight: str) -> None:
    first, second = (seen(piece.fill, sight) for piece in palette(kind, dark).pieces)
    assert difference(first, second) > 30


@SIGHT
def test_heat_goes_one_way_from_bad_to_good_for_every_sight(sight: str) -> None:
    steps = [seen(heat_colour(heat / 20), sight) for heat in range(21)]
    blue = [blue / (red + green + blue) for red, green, blue in steps]
    assert blue == sorted(blue)
    assert difference(steps[0], steps[-1]) > 80
    assert difference(steps[0], steps[10]) > 40 < difference(steps[10], steps[-1])


def test_numbers_can_be_read_on_every_heat() -> None:
    for heat in range(101):
        ground = heat_colour(heat / 100)
        assert contrast(ink_on(ground), ground) >= 4.5


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert luminance((255, 0, 0)) == pytest.approx(0.2126)
    assert mixed((0, 0, 0), (10, 20, 30), 0.5) == (5, 10, 15)
