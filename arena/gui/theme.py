"""Colours (red, green, blue) and the few proportions of the look. Seats differ in shape too: seat 1 wears a ring."""

from __future__ import annotations

Colour = tuple[int, int, int]

PAPER: Colour = (246, 244, 239)
INK: Colour = (38, 42, 51)
FAINT_INK: Colour = (112, 116, 126)
DISABLED_INK: Colour = (176, 172, 164)
PLATE: Colour = (255, 255, 255)
PLATE_EDGE: Colour = (208, 204, 195)
ACCENT: Colour = (31, 95, 160)
BUTTON: Colour = (232, 228, 219)
BUTTON_HOVER: Colour = (216, 224, 234)
GRID_CELL: Colour = (255, 255, 255)
GRID_LINE: Colour = (196, 190, 178)
FALL_BOARD: Colour = (43, 92, 148)
FALL_WELL: Colour = (222, 231, 241)
CURSOR_ON_FALL_BOARD: Colour = (255, 255, 255)
WON: Colour = (170, 224, 160)
PICKED: Colour = (255, 236, 170)
GRIP: Colour = (255, 246, 214)
TARGET: Colour = (206, 226, 246)
LEFT: Colour = (236, 231, 219)
HINT: Colour = (168, 178, 190)

STONE: tuple[Colour, Colour] = ((200, 52, 52), (246, 190, 46))
STONE_NAMES = ("Red", "Yellow")
STONE_EDGE: tuple[Colour, Colour] = ((140, 28, 28), (120, 84, 8))
LAST_MOVE: tuple[Colour, Colour] = ((255, 255, 255), (60, 42, 4))

STONE_SHARE = 0.8  # diameter of a stone, as a share of its cell
EDGE_SHARE = 0.7  # thickness of the players' edges, as a share of the frame around the board
GHOST_ALPHA = 110  # of 255
VEIL_ALPHA = 150  # over all that lies behind the help
LOSING_ALPHA = 95  # stones outside the winning line, once there is one
