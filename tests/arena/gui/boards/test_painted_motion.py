"""Movements as they are painted: to their end, and only as long as something moves."""

from __future__ import annotations

import pytest

from arena.gui.boards.palette import palette
from arena.view.kind import Kind
from arena.view.position import Position
from tests.arena.gui.boards.easel import FRAME, GAMES, Easel
from tests.arena.gui.hands import display as display  # the fixture


@pytest.mark.parametrize("name", GAMES)
def test_movements_are_painted_to_their_end_and_leave_the_position_behind(name: str) -> None:
    easel, still = Easel(name, animated=True), Easel(name)
    easel.paint()
    for seed in range(8):
        if bool(easel.states[-1].done):
            break
        for one in (easel, still):
            one.play_randomly(1, seed)
        pictures = [easel.paint()]
        while easel.painter.moving:
            easel.painter.update(FRAME)
            pictures.append(easel.paint())
            assert len(pictures) < 60
        assert pictures[-1] == still.paint()
        assert len(set(pictures)) > 3 or easel.position.stones == Position(easel.game, easel.states[-2]).stones


def test_a_painter_at_rest_asks_for_no_frames() -> None:
    easel = Easel("connect4", animated=True)
    easel.paint()
    assert not easel.painter.moving
    easel.play_named("4")
    easel.paint()
    assert easel.painter.moving
    easel.painter.update(5.0)
    assert easel.painter.moving, "what has come to rest is painted once more"
    easel.paint()
    assert not easel.painter.moving


def test_a_refused_click_shakes_once_and_is_gone() -> None:
    easel = Easel("connect4", animated=True)
    still = easel.paint()
    pictures = [easel.paint(refused=(0, 0))]
    while easel.painter.moving:
        easel.painter.update(FRAME)
        pictures.append(easel.paint(refused=(0, 0)))
    assert len(set(pictures)) > 5
    assert pictures[-1] == still
    assert not easel.painter.moving


def test_a_falling_disc_is_seen_only_through_the_wells() -> None:
    easel = Easel("connect4", animated=True)
    easel.paint()
    easel.play_named("4")
    colours = palette(Kind.WELLS, dark=False)
    seen = set()
    while True:
        easel.paint()
        for row in range(5):
            seen.add(easel.pixel((row, 3)))
            assert easel.pixel((row, 3), 0.48, 0.48) == colours.ground, "the board lies before it"
        if not easel.painter.moving:
            break
        easel.painter.update(FRAME)
    assert colours.pieces[0].fill in seen
