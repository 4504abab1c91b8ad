"""What self-play and learning ask of features: compiled with those of the layout at hand.

Afterstate features value the board after a move, by what the changed cells change (`position`); connections value the
move by what they find in the position before it (`agent.ntuple.connection`).
"""

# ruff: noqa: ARG001 - what is overloaded keeps the names of all arguments

from __future__ import annotations

from typing import Any

from numba.extending import overload

from agent.ntuple.connection import loops as connections
from agent.ntuple.connection.layout import READS, ConnectionLayout
from agent.ntuple.incremental import position as boards
from agent.ntuple.incremental import reading
from agent.ntuple.incremental.layer import position as layers
from agent.ntuple.incremental.layer import reading as layer_reading
from agent.ntuple.incremental.layer.weights import LayerLayout
from game.compiled.contract import puts_one_stone

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


def read_game(rules, layout, table, action, target, row, error, ends):
    """What all moves of a game but the last read: the rows in order, where each move's end, and the errors of their
    values (with a hidden layer what follows from them). How many rows, at most `most_reads` a move."""
    raise NotImplementedError


def most_reads(layout):
    """The most rows that a move reads."""
    raise NotImplementedError


def _by_connection(layout: Any) -> bool:
    return layout.instance_class is ConnectionLayout


def _afterstates(layout: Any) -> Any:
    """The functions for the board after a move, with or without a hidden layer."""
    return layers if layout.instance_class is LayerLayout else boards


@overload(value_moves)
def _value_moves(rules, layout, table, position, ply, count, actions, raw, over):
    own = _afterstates(layout)
    afterstates = own.value_stones if puts_one_stone(rules) else own.value_changes
    values = connections.value_actions if _by_connection(layout) else afterstates
    return lambda rules, layout, table, position, ply, count, actions, raw, over: values(
        rules, layout, table, position, ply, count, actions, raw, over
    )


@overload(value_once)
def _value_once(rules, layout, table, position, ply, count, actions, raw, over):
    values = connections.value_actions if _by_connection(layout) else _afterstates(layout).value_changes
    return lambda rules, layout, table, position, ply, count, actions, raw, over: values(
        rules, layout, table, position, ply, count, actions, raw, over
    )


@overload(move)
def _move(rules, layout, table, position, ply, action):
    with_gains = puts_one_stone(rules) and not _by_connection(layout)
    moves = _afterstates(layout).move_stone if with_gains else boards.move_changes
    return lambda rules, layout, table, position, ply, action: moves(rules, layout, table, position, ply, action)


@overload(read_game)
def _read_game(rules, layout, table, action, target, row, error, ends):
    own = layer_reading if layout.instance_class is LayerLayout else reading
    reads = connections.read_actions if _by_connection(layout) else own.read_afterstates
    return lambda rules, layout, table, action, target, row, error, ends: reads(
        rules, layout, table, action, target, row, error, ends
    )


@overload(most_reads)
def _most_reads(layout):
    if _by_connection(layout):
        return lambda layout: READS  # noqa: ARG005 - the name is that of `most_reads`
    return lambda layout: len(layout.empty) + len(layout.tally)
