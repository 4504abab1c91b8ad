"""How bright a colour is and how far two stand apart, as people with any kind of sight see it. No pygame here."""

from __future__ import annotations

from arena.gui.theme import Colour

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
WORST: Colour = (213, 94, 0)
MIDDLE: Colour = (244, 240, 230)
BEST: Colour = (0, 114, 178)


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 for black to 1 for white (Web Content Accessibility Guidelines 2.2)."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """From 1 (the same) to 21 (black and white), by the same guidelines; they ask for 3 for shapes, 4.5 for text."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink_on(ground: Colour) -> Colour:
    """Black or white, whichever can be read better."""
    return max((BLACK, WHITE), key=lambda ink: contrast(ink, ground))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """From `one` (share 0) to `other` (share 1)."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def heat_colour(heat: float) -> Colour:
    """From orange (0) over pale to blue (1), of the colours of Okabe and Ito (2008), apart for every kind of sight."""
    return mixed(WORST, MIDDLE, 2 * heat) if heat < 0.5 else mixed(MIDDLE, BEST, 2 * heat - 1)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
