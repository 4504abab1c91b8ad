"""Every kind of board paints all it may have to show, and what must be seen is seen."""

from __future__ import annotations

from typing import Any

import pygame
import pytest

from arena.gui.boards.colour import heat_colour
from arena.gui.boards.drawing.pieces import piece
from arena.gui.boards.overlay import Arrow, Mark, Overlay
from arena.gui.boards.palette import palette
from arena.gui.theme import DARK, LIGHT, Theme
from arena.view.kind import Kind
from tests.arena.gui.boards.easel import FRAME, GAMES, SHAPES, Easel
from tests.arena.gui.hands import display as display  # the fixture

SIZES = [(240, 240), (800, 600)]
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def every_change(easel: Easel) -> dict[str, dict[str, Any]]:
    """Everything that may be laid over a position."""
    cells = {(row, column) for row in range(easel.board.rows) for column in range(easel.board.columns)}
    free = easel.free()
    heats = {
        cell: Mark(f"{number / len(cells):+.2f}", number / len(cells)) for number, cell in enumerate(sorted(cells))
    }
    return {
        "plain": {},
        "ghost": {"ghost": (free, 0), "turned": frozenset({(0, 0)})},
        "ghost of the second": {"ghost": (free, 1)},
        "grip": {"grip": (1, 1), "reach": frozenset(cells)},
        "picked": {"picked": ((1, 1),), "hints": frozenset(cells)},
        "cursor": {"cursor": (1, 2)},
        "refused": {"refused": (2, 2)},
        "heat": {"overlay": Overlay(heats | {free: Mark("+1.00", 1.0, best=True)})},
        "words": {"overlay": Overlay({cell: Mark("a long text") for cell in cells})},
        "bare": {"overlay": Overlay({free: Mark("", None)})},
        "arrows": {"overlay": Overlay({}, (Arrow((0, 0), (2, 1), 0.0, "-0.50"), Arrow((2, 2), (1, 2), 1.0, "+0.5")))},
    }


@THEMES
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [*GAMES, *SHAPES])
def test_every_board_paints_all_it_may_have_to_show(name: str, size: tuple[int, int], theme: Theme) -> None:
    easel = Easel(name, size, theme)
    for plies in (0, 5, 100):
        easel.play_randomly(plies)
        seen = {}
        if easel.states[-1].done.item() and all(seat is not None for row in easel.position.stones for seat in row):
            easel.paint()
            continue
        for what, change in every_change(easel).items():
            seen[what] = easel.paint(**change)
            easel.flipped = True
            turned = easel.paint(**change)
            easel.flipped = False
            assert turned != b""
        del seen["bare"]
        assert len(set(seen.values())) == len(seen), "each of them can be seen"


@pytest.mark.parametrize("size", [(1, 1), (20, 16), (60, 37)])
@pytest.mark.parametrize("name", [*GAMES, *SHAPES, "gomoku:19x19x5"])
def test_no_window_is_too_small_to_paint_in(name: str, size: tuple[int, int]) -> None:
    easel = Easel(name, size, animated=True)
    for seed in range(3):
        easel.play_randomly(1, seed)
        easel.paint()
        easel.painter.update(FRAME)
        for change in every_change(easel).values():
            easel.paint(**change)


@pytest.mark.parametrize("name", GAMES)
def test_painting_again_changes_nothing(name: str) -> None:
    easel = Easel(name)
    easel.play_randomly(6)
    first = easel.paint()
    for change in every_change(easel).values():
        easel.paint(**change)
        assert easel.paint() == first
    fresh = Easel(name)
    fresh.play_randomly(6)
    assert fresh.paint() == first, "pictures kept are those that a new painter makes"


def test_a_part_of_a_larger_picture_is_painted_alike() -> None:
    """As on a wall of boards."""
    easel = Easel("othello")
    alone = easel.paint()
    wall = pygame.Surface((1000, 700))
    easel.surface = wall.subsurface((200, 100, 640, 480))
    assert easel.paint() == alone
    assert {tuple(wall.get_at(point)) for point in ((199, 300), (900, 600))} == {(0, 0, 0, 255)}


@THEMES
@pytest.mark.parametrize("kind", list(Kind))
def test_the_sides_differ_in_shape(kind: Kind, theme: Theme) -> None:
    """Also where each side's colours are taken away: by where a piece is not of its main colour."""

    def other_than_fill(seat: int) -> list[bool]:
        picture, fill = piece(kind, True, theme.dark, seat, 60), palette(kind, theme.dark).pieces[seat].fill
        pixels = [tuple(picture.get_at((x, y))) for x in range(60) for y in range(60)]
        return [alpha < 128 or max(abs(c - f) for c, f in zip(rgb, fill, strict=True)) > 40 for *rgb, alpha in pixels]

    first, second = other_than_fill(0), other_than_fill(1)
    assert sum(a != b for a, b in zip(first, second, strict=True)) > 80


def test_pieces_are_where_they_lie_from_either_side() -> None:
    for name in ("gomoku:9x9x5", "hex:5"):
        easel = Easel(name)
        easel.play_named("a1", "b3")
        kept = palette(easel.board.kind, dark=False)
        for easel.flipped in (False, True):
            easel.paint()
            assert easel.pixel(easel.scene().last or (0, 0)) == kept.pieces[1].pattern


def test_the_last_pawn_move_is_shown_from_square_to_square() -> None:
    easel = Easel("breakthrough:5x6")
    before = easel.paint()
    easel.play_named("b2-b3")
    assert easel.paint() != before
    ground = palette(Kind.CHEQUERED, dark=False)
    for cell in ((4, 1), (3, 1)):
        assert easel.pixel(cell, -0.42, -0.42) not in (ground.ground, ground.other)
    assert easel.pixel((2, 1), -0.42, -0.42) in (ground.ground, ground.other)
    assert easel.pixel((4, 1), 0.0, -0.3) != easel.pixel((4, 1), -0.42, -0.42), "the arrow"


def test_hover_shows_what_would_turn_over() -> None:
    easel = Easel("othello")
    black, white = palette(Kind.FELT, dark=False).pieces
    easel.paint()
    middle = easel.pixel((3, 3))
    assert sum(middle) > sum(black.fill) * 3
    easel.paint(ghost=((2, 3), 0), turned=frozenset({(3, 3)}))
    assert sum(easel.pixel((3, 3))) < sum(white.fill) / 2


@pytest.mark.parametrize("name", GAMES)
def test_heat_is_on_the_cell_it_belongs_to(name: str) -> None:
    easel = Easel(name, (1280, 800))
    cells = [
        easel.free(),
        *((row, 1) for row in (2, 3) if easel.position.stones[min(row, easel.board.rows - 1)][1] is None),
    ]
    cells = [cell for cell in dict.fromkeys(cells) if cell[0] < easel.board.rows]
    heats = {cells[0]: 0.0, cells[1]: 0.5, cells[-1]: 1.0}
    for easel.flipped in (False, True):
        easel.paint(overlay=Overlay({cell: Mark("", heat) for cell, heat in heats.items()}))
        for cell, heat in heats.items():
            assert easel.pixel(cell, 0.1, 0.1) == heat_colour(heat)


def test_the_best_move_has_a_frame_whatever_its_colour() -> None:
    easel = Easel("gomoku:9x9x5", (1280, 800))
    for heat in (0.0, 0.5, 1.0, None):
        plain = easel.paint(overlay=Overlay({(4, 4): Mark("+0.10", heat)}))
        assert easel.paint(overlay=Overlay({(4, 4): Mark("+0.10", heat, best=True)})) != plain
        assert (255, 255, 255) in {easel.pixel((4, 4), across / 100) for across in range(30, 45)}


def test_numbers_become_shorter_and_then_stay_away_where_they_do_not_fit() -> None:
    def changed(size: tuple[int, int], text: str) -> bool:
        easel = Easel("gomoku:19x19x5", size)
        return easel.paint(overlay=Overlay({(9, 9): Mark(text, 0.5)})) != easel.paint(
            overlay=Overlay({(9, 9): Mark("", 0.5)})
        )

    assert changed((1280, 800), "-0.62")
    assert not changed((300, 300), "-0.62")
    assert changed((800, 600), "-0.62")
    assert not changed((800, 600), "-0.6234567")
