"""The rows of `layout`, found in compiled loops: for all moves of a position, and for those that a game made."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agent.ntuple.connection.layout import COUNTS, DETOURS, FEW_DETOURS, LEADS, LONGEST, NECKS, READS
from agent.ntuple.connection.two_distance import FAR, read_groups, two_distances
from agent.ntuple.incremental.position import begin, copy, new_position, renumber
from agent.ntuple.squash import squash
from game.compiled.jit import inner, njit

_RING_ROWS = 3**6


class Connections(NamedTuple):
    """What both sides have, by side.

    detour:   `[2, P]` int16, by empty cell: what its length is beyond the shortest, DETOURS - 1 at most.
    neck:     `[2, P]` int16, by empty cell: how many others share its step of the shortest ways, NECKS - 1 at most or
              where it is on none.
    shortest: `[2]` int64, the shortest length of all cells less that of a win in one, LONGEST - 1 at most.
    on:       `[2]` int64, how many cells have it, in COUNTS classes.
    """

    detour: Any
    neck: Any
    shortest: Any
    on: Any


@inner
def connections(layout, board):
    """Measure a board that nobody has won."""
    cells = len(board.stones)
    stones = np.empty(cells + 1, np.int8)
    copy(board.stones, stones)
    stones[cells] = 3
    group, chain, touches = np.empty(cells, np.uint16), np.empty(cells, np.uint16), np.empty(cells, np.uint8)
    read_groups(board, group, chain, touches)
    found = Connections(
        np.empty((2, cells), np.int16), np.empty((2, cells), np.int16), np.empty(2, np.int64), np.empty(2, np.int64)
    )
    room, first, second = np.empty((6, cells), np.uint16), np.empty(cells, np.int16), np.empty(cells, np.int16)
    at_step = np.empty(2 * FAR, np.int64)
    for side in range(2):
        two_distances(layout.near, layout.at_edge, stones, side, np.int64(1), group, chain, touches, first, room)
        two_distances(layout.near, layout.at_edge, stones, side, np.int64(2), group, chain, touches, second, room)
        shortest, on = 2 * FAR, 0
        for cell in range(cells):
            if stones[cell] == 0:
                length = first[cell] + second[cell]
                if length < shortest:
                    shortest, on = length, 0
                    at_step[:] = 0
                if length == shortest:
                    on += 1
                    at_step[first[cell]] += 1
        for cell in range(cells):
            if stones[cell] == 0:
                detour = first[cell] + second[cell] - shortest
                found.detour[side, cell] = min(detour, DETOURS - 1)
                found.neck[side, cell] = NECKS - 1 if detour else min(at_step[first[cell]], NECKS) - 1
        found.shortest[side] = min(shortest - 2, LONGEST - 1)
        found.on[side] = min(on if on < 4 else 3 + on // 4, COUNTS - 1)
    return found


@inner
def _read(layout, position, found, side, cell, row):
    """The numbers of the rows of a move of `side` to `cell`, without the stage, into `row` `[READS]`."""
    base, other = layout.base, 1 - side
    window = position.number[side, layout.centre[side, cell]]
    ring = window % _RING_ROWS
    mine, theirs = found.detour[side, cell], found.detour[other, cell]
    near, far = found.shortest[side], found.shortest[other]
    lead = min(max(near - far + LEADS // 2, 0), LEADS - 1)
    detours = mine * DETOURS + theirs
    few = min(mine, FEW_DETOURS - 1) * FEW_DETOURS + min(theirs, FEW_DETOURS - 1)
    on = found.on[side] * COUNTS + found.on[other]
    race = near * LONGEST + far
    necks = found.neck[side, cell] * NECKS + found.neck[other, cell]
    row[0] = window
    row[1] = base[1] + (few * LEADS + lead) * _RING_ROWS + ring
    row[2] = base[2] + detours * LONGEST * LONGEST + race
    row[3] = base[3] + (detours * COUNTS * COUNTS + on) * LEADS + lead
    row[4] = base[4] + race * COUNTS * COUNTS + on
    row[5] = base[5] + (detours * NECKS * NECKS + necks) * LEADS + lead


@inner
def value_actions(rules, layout, table, position, ply, count, actions, raw, over):  # noqa: ARG001 - as all of `seam`
    """`seam.value_moves` for connections. A cell of length 2 joins what touches both edges."""
    side, found, row = ply & 1, connections(layout, position.board), np.empty(READS, np.int64)
    detour, wins_in_one = found.detour[side], found.shortest[side] == 0
    offset = np.int64(layout.stage_of[position.at[1] + 1]) * len(layout.row_of)
    for i in range(count):
        cell = actions[i]
        over[i] = wins_in_one and detour[cell] == 0
        if over[i]:
            raw[i] = 1
            continue
        _read(layout, position, found, side, cell, row)
        total = np.float32(0)
        for k in range(READS):
            total += table[offset + row[k]]
            position.noted[i, k] = row[k]
        raw[i] = total


@inner
def note_action(layout, position, i, rows):
    """`seam.note` for connections."""
    offset = np.int64(layout.stage_of[position.at[1] + 1]) * len(layout.row_of)
    for k in range(READS):
        rows[k] = offset + layout.row_of[position.noted[i, k]]


@njit(cache=True, nogil=True)
def read_actions(rules, layout, table, action, target, row, error, ends):
    """`seam.read_game` for connections, where self-play has noted nothing."""
    position, read, rows = new_position(rules, layout), np.empty(READS, np.int64), len(layout.row_of)
    begin(rules, layout, position)
    count = 0
    for ply in range(len(action) - 1):
        _read(layout, position, connections(layout, position.board), ply & 1, action[ply], read)
        offset, total = layout.stage_of[position.at[1] + 1] * rows, np.float32(0)
        for k in range(READS):
            r = offset + layout.row_of[read[k]]
            row[count] = r
            count += 1
            total += table[r]
        ends[ply] = count
        error[ply] = target[ply] - squash(total)
        renumber(rules, layout, position, ply, action[ply])
    return count


@inner
def read_game(rules, layout, table, action, target, noted, row, found, ends):
    """`seam.read_game` for connections."""
    if noted.shape[1] == 0:
        return read_actions(rules, layout, table, action, target, row, found, ends)
    count = 0
    for ply in range(len(action) - 1):
        total = np.float32(0)
        for k in range(READS):
            row[count] = noted[ply, k]
            total += table[row[count]]
            count += 1
        ends[ply] = count
        found[ply] = target[ply] - squash(total)
    return count
