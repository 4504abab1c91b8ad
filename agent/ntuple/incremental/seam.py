"""What self-play and learning ask of features: compiled with those of the layout at hand.

Afterstate features value the board after a move, by what the changed cells change (`position`); connections value the
move by what they find in the position before it (`agent.ntuple.connection`).
"""

# ruff: noqa: ARG001 - what is overloaded keeps the names of all arguments

from __future__ import annotations

from typing import Any

from agent.ntuple.connection import loops as connections
from agent.ntuple.connection.layout import READS, ConnectionLayout
from agent.ntuple.incremental import position as boards
from agent.ntuple.incremental import reading, rows
from agent.ntuple.incremental.layer import position as layers
from agent.ntuple.incremental.layer import reading as layer_reading
from agent.ntuple.incremental.layer import rows as layer_rows
from agent.ntuple.incremental.layer.weights import LayerLayout
from game.compiled.contract import puts_one_stone
from game.compiled.jit import overload

# The bodies of these never run: `overload` below puts others in their place.


def value_moves(rules, layout, table, position, ply, count, actions, raw, over):
    """For each of `count` actions its r_T if it ends the game, as `over` then tells, else its raw value: atanh of Q."""
    raise NotImplementedError


def value_once(rules, layout, table, position, ply, count, actions, raw, over):
    """The same in a position that was set up and is not played on from."""
    raise NotImplementedError


def move(rules, layout, table, position, ply, action):
    """Make a move, and keep all that is remembered up to date."""
    raise NotImplementedError


def note(layout, position, i, rows):
    """Note in `rows` what the i-th of the moves last valued was read from, where that is of use to `read_game`."""
    raise NotImplementedError


def read_game(rules, layout, table, action, target, noted, row, found, ends):
    """What all moves of a game but the last read: the rows in order, where each move's end, and the errors of their
    values (with a hidden layer what follows from them). How many rows, at most `most_reads` a move.

    noted: `[T, R]`, what `note` has told of each move, R 0 where it told nothing.
    """
    raise NotImplementedError


def most_reads(layout):
    """The most rows that a move reads."""
    raise NotImplementedError


def move_rows(layout, share, first, begins, shared_row, shared_move, found, step, table, tc, met, visits):
    """Move the rows of a share by the means of what the games of a minibatch found there.

    first `[G + 1]`, begins, shared_row, shared_move: of these games, as in `lessons`. met: zeros, also after.
    """
    raise NotImplementedError


def move_output(layout, found, moves, step_size, table):
    """Move the weights that every position reads, if there are such, by what `moves` moves found."""
    raise NotImplementedError


def _by_connection(layout: Any) -> bool:
    return layout.instance_class is ConnectionLayout


def _afterstates(layout: Any) -> Any:
    """The functions for the board after a move, with or without a hidden layer."""
    return layers if layout.instance_class is LayerLayout else boards


def _rows(layout: Any) -> Any:
    return layer_rows if layout.instance_class is LayerLayout else rows


@overload(value_moves)
def _value_moves(rules, layout, table, position, ply, count, actions, raw, over):
    if _by_connection(layout):
        return connections.value_actions
    return _afterstates(layout).value_stones if puts_one_stone(rules) else _afterstates(layout).value_changes


@overload(value_once)
def _value_once(rules, layout, table, position, ply, count, actions, raw, over):
    if puts_one_stone(rules) and not _by_connection(layout):
        return _afterstates(layout).value_changes
    return lambda rules, layout, table, position, ply, count, actions, raw, over: value_moves(
        rules, layout, table, position, ply, count, actions, raw, over
    )


@overload(move)
def _move(rules, layout, table, position, ply, action):
    with_gains = puts_one_stone(rules) and not _by_connection(layout)
    return _afterstates(layout).move_stone if with_gains else boards.move_changes


@overload(note)
def _note(layout, position, i, rows):
    if _by_connection(layout):
        return connections.note_action
    return lambda layout, position, i, rows: None  # noqa: ARG005 - the names are those of `note`


@overload(read_game)
def _read_game(rules, layout, table, action, target, noted, row, found, ends):
    if _by_connection(layout):
        return connections.read_game
    return layer_reading.read_afterstates if layout.instance_class is LayerLayout else reading.read_afterstates


@overload(move_rows)
def _move_rows(layout, share, first, begins, shared_row, shared_move, found, step, table, tc, met, visits):
    return _rows(layout).move_rows


@overload(move_output)
def _move_output(layout, found, moves, step_size, table):
    return _rows(layout).move_output


@overload(most_reads)
def _most_reads(layout):
    if _by_connection(layout):
        return lambda layout: READS  # noqa: ARG005 - the name is that of `most_reads`
    return lambda layout: len(layout.empty) + len(layout.tally)
