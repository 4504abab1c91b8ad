"""Positions of a line of play, each copied before the next move, and the moves that answer a threat."""

# ruff: noqa: ARG001 - what is overloaded keeps the names of all arguments

from __future__ import annotations

from agent.ntuple.incremental.position import Position, copy, new_position
from agent.ntuple.incremental.seam import move
from game.compiled.contract import look, new_board, puts_one_stone
from game.compiled.jit import inner, overload


@inner
def new_stack(rules, layout, plies):
    """Positions for the plies of a line, with the same scratch memory."""
    one = new_position(rules, layout)
    return [
        Position(
            new_board(rules), one.number.copy(), one.total.copy(), one.gain.copy(), one.value, one.moved, one.touched,
            one.cells, one.stones, one.noted, one.at.copy(),
        )
        for _ in range(plies)
    ]  # fmt: skip


def copy_board(board, to):
    """Copy all arrays of a board, or of what is left of its fields."""
    raise NotImplementedError  # never runs: `overload` below puts another body in its place, as for `keep_answers`


@overload(copy_board)
def _copy_all(board, to):
    if not len(board):
        return lambda board, to: None  # noqa: ARG005 - as `copy_board`

    def first_and_rest(board, to):
        copy(board[0], to[0])
        copy_board(board[1:], to[1:])

    return first_and_rest


@inner
def follow(rules, layout, table, before, after, ply, action):
    """Make `after` the position `before` after a move."""
    copy_board(before.board, after.board)
    for view in range(2):
        copy(before.number[view], after.number[view])
        copy(before.gain[view], after.gain[view])
    copy(before.total, after.total)
    copy(before.at, after.at)
    move(rules, layout, table, after, ply, action)


def keep_answers(rules, position, ply, count, actions, over, lost):
    """Where the other side threatens to win with a stone, only a stone there helps: `lost` tells all other actions.

    How many actions are left; `count` where nothing is threatened, or an action ends the game, as `over` tells.
    """
    raise NotImplementedError


@overload(keep_answers)
def _keep_answers(rules, position, ply, count, actions, over, lost):
    if not puts_one_stone(rules):
        return lambda rules, position, ply, count, actions, over, lost: count  # noqa: ARG005 - as `keep_answers`

    def keep(rules, position, ply, count, actions, over, lost):
        threats = 0
        for i in range(count):
            if over[i]:  # for whatever it gives, the other side has no reply
                return count
            _, ends, reward = look(rules, position.board, ply + 1, actions[i], position.cells, position.stones)
            lost[i] = not (ends and reward > 0)
            threats += not lost[i]
        return threats if threats else count

    return keep
