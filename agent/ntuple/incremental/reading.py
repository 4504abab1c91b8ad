"""The rows that the afterstates of a game read, in the order of its moves."""

from __future__ import annotations

import numpy as np

from agent.ntuple.incremental.position import begin, list_counts, new_position, renumber
from agent.ntuple.squash import squash
from game.compiled.jit import inner


@inner
def list_rows(rules, layout, action, row, ends):
    """The rows that places read after each move but the last, and where each move's end. How many."""
    position = new_position(rules, layout)
    begin(rules, layout, position)
    places, rows = len(layout.empty), len(layout.row_of)
    active, listed, found = np.empty(places, np.int32), np.zeros(places, np.bool_), 0
    for place in range(places):
        standing = position.number[0, place] != layout.empty[place] or position.number[1, place] != layout.empty[place]
        if standing or not layout.lazy[place]:
            active[found], listed[place] = place, True
            found += 1
    count, lazy, empty, row_of = 0, layout.lazy, layout.empty, layout.row_of
    for ply in range(len(action) - 1):
        view = ply & 1
        begins, count = count, count + list_counts(rules, layout, position, ply, action[ply], row, count)
        for c in range(renumber(rules, layout, position, ply, action[ply])):
            cell = position.cells[c]
            for either in range(2):  # a place reads other cells of a turned board
                for j in range(layout.first[either, cell], layout.first[either, cell + 1]):
                    place = layout.place[either, j]
                    if not listed[place]:
                        active[found], listed[place] = place, True
                        found += 1
        number, offset = position.number[view], layout.stage_of[position.at[1]] * rows
        for k in range(begins, count):
            row[k] += offset
        for k in range(found):
            place = active[k]
            if lazy[place] and number[place] == empty[place]:  # no stone stands there now, in this view
                continue
            row[count] = offset + row_of[number[place]]
            count += 1
        ends[ply] = count
    return count


@inner
def read_afterstates(rules, layout, table, action, target, noted, row, found, ends):  # noqa: ARG001 - as all of `seam`
    """`seam.read_game` for afterstates."""
    count, k = list_rows(rules, layout, action, row, ends), 0
    for ply in range(len(action) - 1):
        total = np.float32(0)
        while k < ends[ply]:
            total += table[row[k]]
            k += 1
        found[ply] = target[ply] - squash(total)
    return count
