"""`incremental.position` for rows of W numbers: sums that follow the moves, and the values of moves.

The gains of a Position hold W numbers for each cell, and after them the W sums of the position: `[2, (P + 1) * W]`.
"""

from __future__ import annotations

import numpy as np

from agent.ntuple.incremental.layer.weights import raw_value
from agent.ntuple.incremental.position import changed_places, list_counts
from game.compiled.contract import look, step
from game.compiled.jit import inner


@inner
def _sum_up(layout, rows, position):
    """Sums and gains from nothing, at the stage of the positions after a stone more."""
    width, number, stones, gain = len(layout.units), position.number, position.board.stones, position.gain
    offset, sums = np.int64(position.at[0]) * len(layout.row_of), len(position.board.stones) * len(layout.units)
    gain[:] = 0
    for view in range(2):
        for place in range(len(layout.empty)):
            row = offset + number[view, place]
            for k in range(width):
                gain[view, sums + k] += rows[row, k]
        for cell in range(len(stones)):
            if stones[cell] == 0:
                for j in range(layout.first[view, cell], layout.first[view, cell + 1]):
                    row = offset + number[view, layout.place[view, j]]
                    more = row + layout.weight[view, j]
                    for k in range(width):
                        gain[view, cell * width + k] += np.float64(rows[more, k]) - np.float64(rows[row, k])


@inner
def value_stones(rules, layout, table, position, ply, count, actions, raw, over):
    """`seam.value_moves` where every action puts one stone on an empty cell."""
    view, width, x = ply & 1, len(layout.units), np.empty(len(layout.units), np.float64)
    gain, sums = position.gain[view], len(position.board.stones) * len(layout.units)
    stage = layout.stage_of[position.at[1] + 1]
    if stage != position.at[0]:
        position.at[0] = stage
        _sum_up(layout, table.rows, position)
    for i in range(count):
        _, over[i], reward = look(rules, position.board, ply, actions[i], position.cells, position.stones)
        if over[i]:
            raw[i] = reward
            continue
        begin = position.cells[0] * width
        for k in range(width):
            x[k] = gain[sums + k] + gain[begin + k]
        for t in range(list_counts(rules, layout, position, ply, actions[i], position.touched, 0)):
            for k in range(width):
                x[k] += table.rows[np.int64(stage) * len(layout.row_of) + position.touched[t], k]
        raw[i] = raw_value(table.output, x)


@inner
def value_changes(rules, layout, table, position, ply, count, actions, raw, over):
    """`seam.value_moves` for any changes."""
    view, width, rows, all_rows = ply & 1, len(layout.units), table.rows, len(layout.row_of)
    number, moved, touched = position.number[view], position.moved, position.touched
    base, x, stage, offset = np.empty(width, np.float64), np.empty(width, np.float64), -1, 0
    for i in range(count):
        changes, ends, reward = look(rules, position.board, ply, actions[i], position.cells, position.stones)
        over[i] = ends
        if ends:
            raw[i] = reward
            continue
        found, more = changed_places(layout, position, view, changes)
        if layout.stage_of[position.at[1] + more] != stage:
            stage = layout.stage_of[position.at[1] + more]
            offset = stage * all_rows
            base[:] = 0
            for place in range(len(layout.empty)):
                for k in range(width):
                    base[k] += rows[offset + number[place], k]
        for k in range(width):
            x[k] = base[k]
        for t in range(list_counts(rules, layout, position, ply, actions[i], touched, found)):
            for k in range(width):
                x[k] += rows[offset + touched[found + t], k]
        for t in range(found):
            place = touched[t]
            old = offset + number[place]
            new = old + moved[place]
            moved[place] = 0
            for k in range(width):
                x[k] += np.float64(rows[new, k]) - np.float64(rows[old, k])
        raw[i] = raw_value(table.output, x)


@inner
def move_stone(rules, layout, table, position, ply, action):
    """`seam.move` where every action puts one stone on an empty cell."""
    _, _, _ = look(rules, position.board, ply, action, position.cells, position.stones)
    cell, stone = position.cells[0], position.stones[0]
    step(rules, position.board, ply, action)
    position.at[1] += 1
    stones, rows, width = position.board.stones, table.rows, len(layout.units)
    offset, sums, of_first = position.at[0] * len(layout.row_of), len(stones) * len(layout.units), layout.of_first
    change = np.empty(width, np.float64)
    for view in range(2):
        first, at, weight = layout.first[view], layout.place[view], layout.weight[view]
        of_cell, of_weight = layout.of_cell[view], layout.of_weight[view]
        digit, gain, number = layout.digit[view, stone], position.gain[view], position.number[view]
        for j in range(first[cell], first[cell + 1]):
            place = at[j]
            old = offset + number[place]
            new = old + digit * weight[j]
            number[place] = new - offset
            for k in range(width):
                change[k] = np.float64(rows[new, k]) - np.float64(rows[old, k])
                gain[sums + k] += change[k]
            for m in range(of_first[place], of_first[place + 1]):
                near = of_cell[m]
                if stones[near] == 0:
                    then, now = new + of_weight[m], old + of_weight[m]
                    for k in range(width):
                        more = np.float64(rows[then, k]) - np.float64(rows[now, k])
                        gain[near * width + k] += more - change[k]
