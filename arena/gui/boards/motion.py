"""Short movements of pieces from one position to the next: what is where at which moment. No pygame here.

The position is the new one from the first moment on, so that nothing has to wait for a movement to end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from arena.view.board import Board, Cell
from arena.view.position import Stones

_FALL_A_ROW = 0.13  # seconds for the first row; falling is accelerated
_BOUNCE = 0.16  # of the time of a fall: how long a piece that has landed bounces
_BOUNCE_HEIGHT = 0.05  # of the height it fell from
_SLIDE, _TURN, _APPEAR, _LEAVE, _SHAKE = 0.2, 0.26, 0.14, 0.16, 0.32  # seconds
_TURN_LATER = 0.045  # seconds, for each cell further from the stone that was put


class Movement(Enum):
    FALL = "falls into its column"
    SLIDE = "goes from one cell to another"
    TURN = "turns over to the other side"
    APPEAR = "appears"
    LEAVE = "is taken off the board"
    SHAKE = "shakes, as the click was no legal move"


@dataclass(frozen=True, slots=True)
class Motion:
    """One piece under way at one moment.

    cell:  where it ends. start: where a sliding piece comes from.
    seat:  whose it is, after it has turned; None for a shaking cell.
    share: from 0 (not yet begun) to 1 (done), eased; a falling piece may go back a little as it bounces.
    """

    kind: Movement
    cell: Cell
    seat: int | None
    start: Cell | None = None
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class _Planned:
    motion: Motion
    begins: float
    takes: float


class Animator:
    """Compares each position shown with the one before, and knows what moves meanwhile; `update` moves its clock on."""

    def __init__(self, on: bool = True) -> None:
        self._on = on
        self._now = 0.0
        self._planned: list[_Planned] = []
        self._stones: Stones | None = None
        self._board: Board | None = None

    @property
    def on(self) -> bool:
        """Whether anything moves at all; switched off, all is at once where it belongs."""
        return self._on

    @on.setter
    def on(self, on: bool) -> None:
        self._on = on
        if not on:
            self._planned.clear()

    @property
    def running(self) -> bool:
        return bool(self._planned)

    def update(self, seconds: float) -> None:
        """So much time has passed."""
        self._now += seconds
        self._planned = [plan for plan in self._planned if plan.begins + plan.takes > self._now]

    def show(self, board: Board, stones: Stones) -> None:
        """This position is shown from now on: begin what leads from the one before to it by one move."""
        before, self._stones = self._stones, stones
        other_board, self._board = board != self._board, board
        if before is stones and not other_board:
            return
        if before is None or other_board or not self.on:
            self._planned.clear()
        elif before != stones:
            changed = {cell for cell, was, now in _differences(before, stones)}
            self._planned = [plan for plan in self._planned if plan.motion.cell not in changed]
            self._planned += [
                _Planned(motion, self._now + wait, takes) for motion, wait, takes in _plan(board, before, stones)
            ]

    def refuse(self, cell: Cell) -> None:
        """Shake a cell, as it was clicked in vain."""
        if self.on:
            self._planned = [plan for plan in self._planned if plan.motion.kind is not Movement.SHAKE]
            self._planned.append(_Planned(Motion(Movement.SHAKE, cell, None), self._now, _SHAKE))

    def motions(self) -> tuple[Motion, ...]:
        """What moves at this moment."""
        return tuple(self._at_this_moment(plan) for plan in self._planned)

    def _at_this_moment(self, plan: _Planned) -> Motion:
        motion, share = plan.motion, min(max((self._now - plan.begins) / plan.takes, 0.0), 1.0)
        return Motion(motion.kind, motion.cell, motion.seat, motion.start, _EASED.get(motion.kind, _even)(share))


def _plan(board: Board, before: Stones, after: Stones) -> Iterator[tuple[Motion, float, float]]:
    """Each motion, how long it waits and how long it takes, in seconds; none where no single move led here."""
    differences = list(_differences(before, after))
    put = [(cell, now) for cell, was, now in differences if now is not None and was is None]
    turned = [(cell, now) for cell, was, now in differences if now is not None and was is not None]
    left = [(cell, was) for cell, was, now in differences if now is None]
    came = _came_from(put, turned, left)
    if came is not None:
        (cell, seat), start = came
        yield from ((Motion(Movement.LEAVE, at, 1 - now), 0.0, _SLIDE) for at, now in turned)
        yield Motion(Movement.SLIDE, cell, seat, start), 0.0, _SLIDE
        yield from ((Motion(Movement.LEAVE, at, was), 0.0, _LEAVE) for at, was in left if at != start)
    elif len(put) == 1 and not left:
        cell, seat = put[0]
        yield _arrival(board, cell, seat)
        for at, now in turned:
            apart = max(abs(at[0] - cell[0]), abs(at[1] - cell[1]))
            yield Motion(Movement.TURN, at, now), _TURN_LATER * apart, _TURN


def _came_from(
    put: list[tuple[Cell, int]], turned: list[tuple[Cell, int]], left: list[tuple[Cell, int | None]]
) -> tuple[tuple[Cell, int], Cell] | None:
    """The piece that went from one cell to another, onto an empty cell or in the place of one it took."""
    arrived = put + turned
    if len(arrived) != 1:
        return None
    own = [cell for cell, was in left if was == arrived[0][1]]
    return (arrived[0], own[0]) if len(own) == 1 else None


def _arrival(board: Board, cell: Cell, seat: int) -> tuple[Motion, float, float]:
    if not board.falls:
        return Motion(Movement.APPEAR, cell, seat), 0.0, _APPEAR
    return Motion(Movement.FALL, cell, seat), 0.0, _FALL_A_ROW * math.sqrt(cell[0] + 1) * (1 + _BOUNCE)


def _differences(before: Stones, after: Stones) -> Iterator[tuple[Cell, int | None, int | None]]:
    for row, (old, new) in enumerate(zip(before, after, strict=True)):
        if old != new:
            for column, (was, now) in enumerate(zip(old, new, strict=True)):
                if was != now:
                    yield (row, column), was, now


def _fallen(share: float) -> float:
    """Accelerated down to the ground, and one small parabola up and down again."""
    landing = 1 / (1 + _BOUNCE)
    if share < landing:
        return (share / landing) ** 2
    up = (share - landing) / (1 - landing)
    return 1 - 4 * _BOUNCE_HEIGHT * up * (1 - up)


def _smooth(share: float) -> float:
    """Slowly off and slowly on."""
    return share * share * (3 - 2 * share)


def _even(share: float) -> float:
    return share


_EASED = {Movement.FALL: _fallen, Movement.SLIDE: _smooth, Movement.APPEAR: _smooth, Movement.TURN: _smooth}
