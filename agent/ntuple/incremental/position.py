"""Positions whose row numbers are kept up to date move by move, and the values of their moves, in compiled loops.

The raw value of a position is the sum of the rows that all places read, seen by whoever has just moved. After a move,
only the places differ that read a changed cell: that is all that is looked up for each move.

Where a move puts one stone, what it would add is remembered for each side and cell, and only mended where the last
stone lies on a common place. Rows are float32 and all of like size, so sums of some thousand in float64 are exact for
all that matters, whatever the order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from game.compiled.contract import look, new_board, start, step, tally
from game.compiled.jit import inner, overload


class Position(NamedTuple):
    """A board with its row numbers, and room to think.

    number: `[2, I]` int32, row numbers by view, without the stage.
    total:  `[2]` float64, sums of all rows by view, at stage `at[0]`.
    gain:   `[2, P]` float64, what an own stone more on an empty cell would add, by view.
    value, moved, touched, cells, stones: scratch memory.
    noted:  `[A, R]` int32, the numbers of the rows that the moves were valued by, where `notes_of` tells of any.
    at:     `[2]` int64: the stage of the tables that total and gain are of, -1 for none, and the stones on the board.
    """

    board: Any
    number: Any
    total: Any
    gain: Any
    value: Any
    moved: Any
    touched: Any
    cells: Any
    stones: Any
    noted: Any
    at: Any


def gains_of(rules, layout):
    """How many numbers `gain` has room for by view: one for each cell, with a hidden layer more. Compiled alone."""
    raise NotImplementedError  # never runs: `overload` below puts another body in its place


@overload(gains_of)
def _gains_of(rules, layout):
    if "units" in layout.fields:
        return lambda rules, layout: (rules.cells + 1) * len(layout.units)
    return lambda rules, layout: rules.cells  # noqa: ARG005 - the name is that of `gains_of`


def notes_of(layout):
    """How many rows a move is read from, where they are noted: connections, which take long to find. Compiled alone."""
    raise NotImplementedError


@overload(notes_of)
def _notes_of(layout):
    if "base" in layout.fields:
        return lambda layout: len(layout.base)
    return lambda layout: 0  # noqa: ARG005 - the name is that of `notes_of`


@inner
def new_position(rules, layout):
    places, gains, notes = len(layout.empty), gains_of(rules, layout), notes_of(layout)
    return Position(
        new_board(rules), np.empty((2, places), np.int32), np.zeros(2, np.float64), np.zeros((2, gains), np.float64),
        np.empty(places, np.float32), np.zeros(places, np.int32), np.empty(places + len(layout.tally), np.int32),
        np.empty(rules.changes, np.int16), np.empty(rules.changes, np.int8),
        np.empty((rules.actions if notes else 0, notes), np.int32), np.empty(2, np.int64),
    )  # fmt: skip


@inner
def copy(array, to):
    """`to[:] = array` for arrays of one axis, of which numba makes seconds of code that tells shapes in words."""
    for i in range(len(array)):
        to[i] = array[i]


@inner
def begin_like(rules, beginning, position):
    """`begin`, where another position is at the start and knows what there is to know."""
    start(rules, position.board)
    for view in range(2):
        copy(beginning.number[view], position.number[view])
        copy(beginning.gain[view], position.gain[view])
    copy(beginning.total, position.total)
    copy(beginning.at, position.at)


@inner
def number_rows(layout, position):
    """Set all row numbers by the stones on the board."""
    position.at[0] = -1
    position.at[1] = 0
    stones = position.board.stones
    for view in range(2):
        copy(layout.empty, position.number[view])
    for cell in range(len(stones)):
        if stones[cell]:
            position.at[1] += 1
            for view in range(2):
                digit = layout.digit[view, stones[cell]]
                for j in range(layout.first[view, cell], layout.first[view, cell + 1]):
                    position.number[view, layout.place[view, j]] += digit * layout.weight[view, j]


@inner
def begin(rules, layout, position):
    start(rules, position.board)
    number_rows(layout, position)


@inner
def _sum_up(layout, table, position):
    """Total and gain from nothing, at the stage of the positions after a stone more."""
    number, stones = position.number, position.board.stones
    offset = np.int64(position.at[0]) * len(layout.row_of)
    for view in range(2):
        total = 0.0
        for place in range(len(layout.empty)):
            total += table[offset + number[view, place]]
        position.total[view] = total
        for cell in range(len(stones)):
            if stones[cell] == 0:
                gain = 0.0
                for j in range(layout.first[view, cell], layout.first[view, cell + 1]):
                    row = offset + number[view, layout.place[view, j]]
                    gain += np.float64(table[row + layout.weight[view, j]]) - np.float64(table[row])
                position.gain[view, cell] = gain


@inner
def value_stones(rules, layout, table, position, ply, count, actions, raw, over):
    """`seam.value_moves` where every action puts one stone on an empty cell."""
    view = ply & 1
    stage = layout.stage_of[position.at[1] + 1]
    if stage != position.at[0]:
        position.at[0] = stage
        _sum_up(layout, table, position)
    offset = np.int64(stage) * len(layout.row_of)
    for i in range(count):
        _, over[i], raw[i] = look(rules, position.board, ply, actions[i], position.cells, position.stones)
        if not over[i]:
            raw[i] = position.total[view] + position.gain[view, position.cells[0]]
            for k in range(list_counts(rules, layout, position, ply, actions[i], position.touched, 0)):
                raw[i] += table[offset + position.touched[k]]


@inner
def changed_places(layout, position, view, changes):
    """The places that read the `changes` cells of `position.cells`, into `touched`, and what these changes add to their
    row numbers, into `moved`, all 0 before: how many places, and how many stones more there are on the board."""
    first, at, weight, digit = layout.first[view], layout.place[view], layout.weight[view], layout.digit[view]
    moved, touched, stones, more, found = position.moved, position.touched, position.board.stones, 0, 0
    for c in range(changes):
        cell = position.cells[c]
        before, after = stones[cell], position.stones[c]
        more += (after != 0) - (before != 0)
        by = digit[after] - digit[before]
        for j in range(first[cell], first[cell + 1]):
            place = at[j]
            if moved[place] == 0:  # changes of several cells never add up to 0
                touched[found] = place
                found += 1
            moved[place] += by * weight[j]
    return found, more


@inner
def value_changes(rules, layout, table, position, ply, count, actions, raw, over):
    """`seam.value_moves` for any changes."""
    view, places, rows = ply & 1, len(layout.empty), len(layout.row_of)
    number, value, moved, touched = position.number[view], position.value, position.moved, position.touched
    board, stage_of = position.board, layout.stage_of
    standing, stage, offset, base = position.at[1], -1, 0, 0.0
    for i in range(count):
        changes, ends, reward = look(rules, board, ply, actions[i], position.cells, position.stones)
        over[i] = ends
        if ends:
            raw[i] = reward
            continue
        found, more = changed_places(layout, position, view, changes)
        if stage_of[standing + more] != stage:
            stage = stage_of[standing + more]
            offset, base = stage * rows, 0.0
            for place in range(places):
                value[place] = table[offset + number[place]]
                base += np.float64(value[place])
        total = base
        for k in range(list_counts(rules, layout, position, ply, actions[i], touched, found)):
            total += table[offset + touched[found + k]]
        for k in range(found):
            place = touched[k]
            total += np.float64(table[offset + number[place] + moved[place]]) - np.float64(value[place])
            moved[place] = 0
        raw[i] = total


def list_counts(rules, layout, position, ply, action, row, begin):
    """The rows of the numbers that the position after an action counts, into `row[begin:]`. How many."""
    raise NotImplementedError  # never runs: `overload` below puts another body in its place


@overload(list_counts)
def _list_counts(rules, layout, position, ply, action, row, begin):
    if "tallies" not in rules.fields:
        return lambda rules, layout, position, ply, action, row, begin: 0  # noqa: ARG005 - as `list_counts`

    def list_all(rules, layout, position, ply, action, row, begin):
        if not len(layout.tally):
            return 0
        numbers = tally(rules, position.board, ply, action)
        for k in range(len(numbers)):
            row[begin + k] = layout.tally[k] + numbers[k]
        return len(numbers)

    return list_all


@inner
def _put_one(layout, table, position, cell, stone):
    """Row numbers, totals and gains after a stone on an empty cell."""
    stones, offset = position.board.stones, position.at[0] * len(layout.row_of)
    of_first = layout.of_first
    for view in range(2):
        first, at, weight = layout.first[view], layout.place[view], layout.weight[view]
        of_cell, of_weight = layout.of_cell[view], layout.of_weight[view]
        digit, gain, number, add = layout.digit[view, stone], position.gain[view], position.number[view], 0.0
        for j in range(first[cell], first[cell + 1]):
            place = at[j]
            old = offset + number[place]
            new = old + digit * weight[j]
            number[place] = new - offset
            change = np.float64(table[new]) - np.float64(table[old])
            add += change
            for k in range(of_first[place], of_first[place + 1]):
                near = of_cell[k]
                if stones[near] == 0:
                    more = np.float64(table[new + of_weight[k]]) - np.float64(table[old + of_weight[k]])
                    gain[near] += more - change
        position.total[view] += add


@inner
def renumber(rules, layout, position, ply, action):
    """Make a move, and mend the row numbers alone. How many cells changed, which `position.cells` then tells."""
    cells, put = position.cells, position.stones
    changes, _, _ = look(rules, position.board, ply, action, cells, put)
    stones = position.board.stones
    for view in range(2):
        first, at, weight, digit = layout.first[view], layout.place[view], layout.weight[view], layout.digit[view]
        number = position.number[view]
        for c in range(changes):
            cell = cells[c]
            by = digit[put[c]] - digit[stones[cell]]
            for j in range(first[cell], first[cell + 1]):
                number[at[j]] += by * weight[j]
    for c in range(changes):
        position.at[1] += (put[c] != 0) - (stones[cells[c]] != 0)
    step(rules, position.board, ply, action)
    return changes


@inner
def move_stone(rules, layout, table, position, ply, action):
    """`seam.move` where every action puts one stone on an empty cell."""
    _, _, _ = look(rules, position.board, ply, action, position.cells, position.stones)
    cell, stone = position.cells[0], position.stones[0]
    step(rules, position.board, ply, action)
    position.at[1] += 1
    _put_one(layout, table, position, cell, stone)


@inner
def move_changes(rules, layout, table, position, ply, action):
    """`seam.move` for any changes."""
    renumber(rules, layout, position, ply, action)
