"""What boards and stones look like: colours and a few proportions. Seats differ in shape too: seat 1 wears a ring."""

from __future__ import annotations

from dataclasses import dataclass

from arena.gui.theme import Colour, Theme


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of one board in one theme. stone, stone_edge and last_move: one a seat."""

    grid_cell: Colour
    grid_line: Colour
    fall_board: Colour
    fall_well: Colour
    fall_cursor: Colour
    won: Colour
    picked: Colour
    grip: Colour
    target: Colour
    left: Colour
    hint: Colour
    stone: tuple[Colour, Colour]
    stone_edge: tuple[Colour, Colour]
    last_move: tuple[Colour, Colour]


_STONES: tuple[Colour, Colour] = ((200, 52, 52), (246, 190, 46))
_EDGES: tuple[Colour, Colour] = ((140, 28, 28), (120, 84, 8))
_LAST: tuple[Colour, Colour] = ((255, 255, 255), (60, 42, 4))
LIGHT = Look(
    grid_cell=(255, 255, 255),
    grid_line=(196, 190, 178),
    fall_board=(43, 92, 148),
    fall_well=(222, 231, 241),
    fall_cursor=(255, 255, 255),
    won=(170, 224, 160),
    picked=(255, 236, 170),
    grip=(255, 246, 214),
    target=(206, 226, 246),
    left=(236, 231, 219),
    hint=(168, 178, 190),
    stone=_STONES,
    stone_edge=_EDGES,
    last_move=_LAST,
)
DARK = Look(
    grid_cell=(58, 63, 73),
    grid_line=(94, 101, 115),
    fall_board=(36, 74, 120),
    fall_well=(30, 40, 54),
    fall_cursor=(255, 255, 255),
    won=(66, 122, 70),
    picked=(116, 98, 40),
    grip=(90, 82, 52),
    target=(52, 84, 120),
    left=(74, 74, 70),
    hint=(120, 130, 145),
    stone=_STONES,
    stone_edge=_EDGES,
    last_move=_LAST,
)

STONE_SHARE = 0.8  # diameter of a stone, as a share of its cell
EDGE_SHARE = 0.7  # thickness of the players' edges, as a share of the frame around the board
GHOST_ALPHA = 110  # of 255
LOSING_ALPHA = 95  # stones outside the winning line, once there is one


def look(game: str, theme: Theme) -> Look:  # noqa: ARG001 - boards of different games will differ
    """What the boards of this game look like."""
    return DARK if theme.dark else LIGHT


def stone_names(game: str) -> tuple[str, str]:  # noqa: ARG001
    """What each seat's stones are called, with a capital letter."""
    return "Red", "Yellow"
