"""Games in which outcomes are proven faster than by looking on: compiled with the solver of the rules at hand."""

# ruff: noqa: ARG001 - what is overloaded keeps the names of all arguments

from __future__ import annotations

from numba.extending import overload

from agent.search.ends import fours, othello
from game.compiled.gomoku import GomokuRules
from game.compiled.othello import OthelloRules


def solve_moves(rules, board, ply, count, actions, low, high, most, stop):
    """`solve_moves` of `othello` or `fours`, or nothing: how many positions were looked at.

    count, actions: the moves, the most promising first. low, high: between which outcomes each lies, filled in here.
    most: positions that may be looked at.
    """
    raise NotImplementedError  # never runs: `overload` below puts another body in its place


@overload(solve_moves)
def _solve_moves(rules, board, ply, count, actions, low, high, most, stop):
    if rules.instance_class is OthelloRules:
        return lambda rules, board, ply, count, actions, low, high, most, stop: othello.solve_moves(
            rules, board, ply, count, actions, low, high, most, stop
        )
    if rules.instance_class is GomokuRules:
        return lambda rules, board, ply, count, actions, low, high, most, stop: fours.solve_moves(
            rules, board, ply, count, actions, low, high, most, stop
        )
    return lambda rules, board, ply, count, actions, low, high, most, stop: 0  # noqa: ARG005 - as above
