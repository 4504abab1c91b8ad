"""Pieces on their way from one position to the next, stepped by a clock of the test's own."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from arena.gui.boards.motion import Animator, Motion, Movement
from arena.view.board import describe
from arena.view.position import Stones, stones
from game.play import sample_uniform
from game.registry import make

FRAME = 1 / 60
LONGEST = 1.0  # seconds that any movement may take


class Shown:
    """A game shown move by move."""

    def __init__(self, name: str, on: bool = True) -> None:
        self.game: Any = make(name)
        self.board = describe(self.game)
        self.animator = Animator(on)
        self.states = [self.game.initial(1)]
        self.show()

    def show(self) -> tuple[Motion, ...]:
        self.animator.show(self.board, self.stones)
        return self.animator.motions()

    @property
    def stones(self) -> Stones:
        return stones(self.game, self.states[-1])

    def play(self, *names: str) -> tuple[Motion, ...]:
        """Make moves without a look between them, and show the last position."""
        for name in names:
            action = self.game.parse_move(name, self.states[-1])
            self.states.append(self.game.step(self.states[-1], torch.tensor([action])))
        return self.show()

    def settle(self) -> int:
        """Frames until nothing moves."""
        frames = 0
        while self.animator.running:
            self.animator.update(FRAME)
            frames += 1
            assert frames * FRAME < LONGEST
        return frames


def kinds(motions: tuple[Motion, ...]) -> dict[tuple[int, int], Movement]:
    return {motion.cell: motion.kind for motion in motions}


def test_the_first_position_stands_still() -> None:
    shown = Shown("othello")
    assert shown.show() == ()
    assert not shown.animator.running


def test_a_disc_falls_faster_and_faster_bounces_and_comes_to_rest() -> None:
    shown = Shown("connect4")
    (motion,) = shown.play("4")
    assert (motion.kind, motion.cell, motion.seat, motion.share) == (Movement.FALL, (5, 3), 0, 0.0)
    shares = [motion.share]
    while shown.animator.running:
        shares.append(shown.show()[0].share)
        shown.animator.update(FRAME)
    steps = [after - before for before, after in itertools.pairwise(shares)]
    landed = next(number for number, step in enumerate(steps) if step < 0)
    assert steps[: landed - 1] == sorted(steps[: landed - 1])
    assert 0.9 < min(shares[landed + 1 :]) < max(shares) <= 1
    assert shown.show() == ()


def test_a_high_fall_takes_longer() -> None:
    low, high = Shown("connect4"), Shown("connect4")
    low.play("1")
    high.play("1", "1", "1", "1", "1")
    high.play("1")
    assert high.animator.motions()[0].cell == (0, 0)
    assert high.settle() < low.settle()


def test_stones_turn_one_after_the_other_outwards() -> None:
    shown = Shown("othello")
    shown.play("f5", "d6", "c5", "f4", "e3")
    shown.settle()
    motions = shown.play("d3")
    assert kinds(motions) == {(2, 3): Movement.APPEAR, (3, 3): Movement.TURN, (4, 3): Movement.TURN}
    assert {motion.seat for motion in motions} == {1}
    begun: dict[tuple[int, int], int] = {}
    for frame in range(30):
        for motion in shown.show():
            if motion.share > 0:
                begun.setdefault(motion.cell, frame)
        shown.animator.update(FRAME)
    assert begun[2, 3] < begun[3, 3] < begun[4, 3]


def test_a_pawn_slides_also_onto_one_it_takes() -> None:
    shown = Shown("breakthrough:5x6")
    (motion,) = shown.play("b2-b3")
    assert (motion.kind, motion.start, motion.cell, motion.seat) == (Movement.SLIDE, (4, 1), (3, 1), 0)
    shown.settle()
    shown.play("c5-c4")
    shown.settle()
    taken, motion = shown.play("b3xc4")
    assert (taken.kind, taken.cell, taken.seat) == (Movement.LEAVE, (2, 2), 1)
    assert (motion.kind, motion.start, motion.cell, motion.seat) == (Movement.SLIDE, (3, 1), (2, 2), 0)


def test_stones_appear() -> None:
    for name, move in (("gomoku", "h8"), ("hex:5", "c3"), ("tictactoe", "b2")):
        (motion,) = Shown(name).play(move)
        assert motion.kind is Movement.APPEAR


def test_what_no_single_move_did_stands_at_once() -> None:
    shown = Shown("connect4")
    assert shown.play("1", "2", "3") == ()
    shown.states = shown.states[:1]
    assert shown.show() == (), "a new game"
    assert not shown.animator.running


def test_the_next_move_begins_while_the_last_one_still_moves() -> None:
    shown = Shown("connect4")
    shown.play("1")
    shown.animator.update(FRAME)
    motions = shown.play("7")
    assert set(kinds(motions)) == {(5, 0), (5, 6)}
    assert motions[0].share > motions[1].share == 0


def test_a_move_taken_back_does_not_go_on_moving() -> None:
    shown = Shown("connect4")
    shown.play("1")
    shown.states.pop()
    assert shown.show() == ()


def test_nothing_moves_where_animations_are_off() -> None:
    shown = Shown("connect4", on=False)
    assert shown.play("1") == ()
    shown.animator.refuse((0, 0))
    assert shown.show() == ()
    assert not shown.animator.running


def test_a_refused_cell_shakes_for_a_moment() -> None:
    shown = Shown("connect4")
    shown.animator.refuse((0, 0))
    shown.animator.refuse((0, 1))
    (motion,) = shown.show()
    assert (motion.kind, motion.cell, motion.seat) == (Movement.SHAKE, (0, 1), None)
    assert 0 < shown.settle() * FRAME < 0.5


@pytest.mark.parametrize("name", ["connect4", "othello", "hex:4+swap", "breakthrough:5x6", "gomoku:7x7x4", "tictactoe"])
def test_every_move_of_whole_games_comes_to_rest_in_time(name: str) -> None:
    shown, generator = Shown(name), torch.Generator().manual_seed(1)
    while not bool(shown.states[-1].done):
        action = sample_uniform(shown.game.legal(shown.states[-1]), generator)
        shown.states.append(shown.game.step(shown.states[-1], action))
        for motion in shown.show():
            assert 0 <= motion.share <= 1
            seat = shown.stones[motion.cell[0]][motion.cell[1]]
            assert motion.seat == (1 - int(seat or 0) if motion.kind is Movement.LEAVE else seat)
        shown.settle()
