"""Games in which outcomes are proven faster than by looking on: compiled with the solver of the rules at hand."""

# ruff: noqa: ARG001 - what is overloaded keeps the names of all arguments

from __future__ import annotations

from agent.search.ends import fours, othello
from game.compiled.gomoku import GomokuRules
from game.compiled.jit import overload
from game.compiled.othello import OthelloRules

SOLVED_FOR_ONE = 32  # positions of a solver that take as long as a node


def new_room(rules, stop):
    """What a thread needs for the solver of these rules, whatever the position. stop: `[1]` uint8, set to end it."""
    raise NotImplementedError  # never runs: `overload` below puts another body in its place, as for all of these


def solve_moves(rules, room, board, ply, count, actions, low, high, most):
    """`solve_moves` of `othello` or `fours`, or nothing: how many positions were looked at.

    count, actions: the moves, the most promising first. low, high: between which outcomes each lies, filled in here.
    most: positions that may be looked at.
    """
    raise NotImplementedError


def sure_win(rules, room, board, ply, most, count):
    """Whether a look at `most` positions shows that the side to move, who cannot win at once, wins.

    What it takes, in 32nds of a node, is added to `count[5]`, and whole nodes to `count[0]`.
    """
    raise NotImplementedError


@overload(new_room)
def _new_room(rules, stop):
    if rules.instance_class is GomokuRules:
        return lambda rules, stop: fours.new_fours_room(rules, stop)
    return lambda rules, stop: stop  # noqa: ARG005 - as above, and what a solver without a room needs


@overload(solve_moves)
def _solve_moves(rules, room, board, ply, count, actions, low, high, most):
    if rules.instance_class is OthelloRules:
        return lambda rules, room, board, ply, count, actions, low, high, most: othello.solve_moves(
            rules, board, ply, count, actions, low, high, most, room
        )
    if rules.instance_class is GomokuRules:
        return lambda rules, room, board, ply, count, actions, low, high, most: fours.solve_moves(
            rules, room, board, ply, count, actions, low, high, most
        )
    return lambda rules, room, board, ply, count, actions, low, high, most: 0  # noqa: ARG005 - as above


@overload(sure_win)
def _sure_win(rules, room, board, ply, most, count):
    if rules.instance_class is not GomokuRules:
        return lambda rules, room, board, ply, most, count: False  # noqa: ARG005 - as above

    def by_threats(rules, room, board, ply, most, count):
        left = min(count[1] - count[0], most) * SOLVED_FOR_ONE - fours.SETTING_UP  # the first may be beyond counting
        if left < 1:
            return False
        won = fours.wins(rules, room, board, ply, min(most, left))
        count[5] += fours.SETTING_UP + room.count[0]
        count[0] += count[5] // SOLVED_FOR_ONE
        count[5] %= SOLVED_FOR_ONE
        return won

    return by_threats
