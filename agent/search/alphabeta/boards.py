"""Positions of a line of play: copied before each move, and known by keys."""

# ruff: noqa: ARG001 - what is overloaded keeps the names of all arguments

from __future__ import annotations

from numba.extending import overload

from agent.ntuple.incremental.position import Position, new_position
from agent.ntuple.incremental.seam import move
from game.compiled.contract import look, new_board, puts_one_stone
from game.compiled.jit import njit


@njit(cache=True, nogil=True)
def new_stack(rules, layout, plies):
    """Positions for the plies of a line, with the same scratch memory."""
    one = new_position(rules, layout)
    return [
        Position(
            new_board(rules), one.number.copy(), one.total.copy(), one.gain.copy(), one.value, one.moved, one.touched,
            one.cells, one.stones, one.at.copy(),
        )
        for _ in range(plies)
    ]  # fmt: skip


def _copy(to, source):
    """Copy an array, or all arrays of a tuple."""
    raise NotImplementedError


@overload(_copy)
def _copy_of(to, source):
    # Loops: a whole array assigned at once takes seconds to compile, for errors that cannot happen.
    if not hasattr(to, "ndim"):
        return _copy_first_and_rest if len(to) else lambda to, source: None  # noqa: ARG005 - as `_copy`
    return _copy_row if to.ndim == 1 else _copy_rows


def _copy_first_and_rest(to, source):
    _copy(to[0], source[0])
    _copy(to[1:], source[1:])


def _copy_row(to, source):
    for i in range(len(to)):
        to[i] = source[i]


def _copy_rows(to, source):
    for k in range(len(to)):
        for i in range(to.shape[1]):
            to[k, i] = source[k, i]


@njit(cache=True, nogil=True)
def follow(rules, layout, table, before, after, ply, action):
    """Make `after` the position `before` after a move."""
    _copy(after.board, before.board)
    _copy(after.number, before.number)
    _copy(after.total, before.total)
    _copy(after.gain, before.gain)
    _copy(after.at, before.at)
    move(rules, layout, table, after, ply, action)


@njit(cache=True, nogil=True)
def key_of(room, board, ply):
    """The key of a position by its stones and ply, from nothing."""
    key = room.by_ply[ply]
    for cell in range(len(board.stones)):
        key ^= room.stones[board.stones[cell], cell]
    return key


@njit(cache=True, nogil=True)
def key_after(rules, room, key, position, ply, action):
    """The key after a move."""
    cells, put, stones = position.cells, position.stones, position.board.stones
    changes, _, _ = look(rules, position.board, ply, action, cells, put)
    key ^= room.by_ply[ply] ^ room.by_ply[ply + 1]
    for c in range(changes):
        cell = cells[c]
        key ^= room.stones[stones[cell], cell] ^ room.stones[put[c], cell]
    return key


def keep_answers(rules, position, ply, count, actions, lost):
    """Where the other side threatens to end the game by a stone, only a stone there helps: `lost` tells all others.

    How many actions are left; `count` where nothing is threatened.
    """
    raise NotImplementedError


@overload(keep_answers)
def _keep_answers(rules, position, ply, count, actions, lost):
    if not puts_one_stone(rules):
        return lambda rules, position, ply, count, actions, lost: count  # noqa: ARG005 - as `keep_answers`

    def keep(rules, position, ply, count, actions, lost):
        threats = 0
        if count > 1:
            for i in range(count):
                _, over, reward = look(rules, position.board, ply + 1, actions[i], position.cells, position.stones)
                lost[i] = not (over and reward > 0)
                threats += not lost[i]
        return threats if threats else count

    return keep
