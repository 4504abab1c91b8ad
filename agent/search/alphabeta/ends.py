"""Games in which outcomes are proven faster than by looking on: compiled with the solver of the rules at hand."""

# ruff: noqa: ARG001 - what is overloaded keeps the names of all arguments

from __future__ import annotations

from numba.extending import overload

from agent.search.alphabeta import fours, othello_end
from game.compiled.gomoku import GomokuRules
from game.compiled.othello import OthelloRules


def solve_moves(rules, board, ply, count, actions, order, root, most, stop):
    """`solve_moves` of `othello_end` or `fours`, or nothing: how many positions were looked at."""
    raise NotImplementedError  # never runs: `overload` below puts another body in its place


@overload(solve_moves)
def _solve_moves(rules, board, ply, count, actions, order, root, most, stop):
    if rules.instance_class is OthelloRules:
        return lambda rules, board, ply, count, actions, order, root, most, stop: othello_end.solve_moves(
            rules, board, ply, count, actions, order, root, most, stop
        )
    if rules.instance_class is GomokuRules:
        return lambda rules, board, ply, count, actions, order, root, most, stop: fours.solve_moves(
            rules, board, ply, count, actions, order, root, most, stop
        )
    return lambda rules, board, ply, count, actions, order, root, most, stop: 0  # noqa: ARG005 - as above
