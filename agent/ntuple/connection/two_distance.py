"""Two-distances of Hex: how far an empty cell is from an edge, if the other side may always take the best way there.

A cell beside the edge is at 1; any other is one further than the second-nearest of its neighbours, as the other side
takes the nearest. Own stones that hang together are no neighbours but pass on to all cells around them. Where a cell
has no two ways on, its distance is FAR.

J. van Rijswijck, "Search and evaluation in Hex" (2002).
"""

from __future__ import annotations

import numpy as np

from game.compiled.hexagons import root_of
from game.compiled.jit import njit

FAR = 31


@njit(cache=True, nogil=True)
def read_groups(board, group, chain, touches):
    """For each stone the root of its group, the next stone of the group in a ring, and the edges the group touches.

    group, chain: `[P]` uint16. touches: `[P]` uint8, 1 for the first own edge, 2 for the second. Set where stones are.
    """
    stones = board.stones
    for cell in range(len(stones)):
        if stones[cell]:
            group[cell] = root_of(board, cell)
            touches[cell] = board.edges[group[cell]]
            chain[cell] = cell
    for cell in range(len(stones)):
        if stones[cell] and group[cell] != cell:
            chain[cell], chain[group[cell]] = chain[group[cell]], cell


@njit(cache=True, nogil=True)
def two_distances(near, at_edge, stones, side, edge, group, chain, touches, distance, room):
    """The two-distances of all empty cells from an edge of a side.

    near, at_edge: of HexMap. stones: `[P + 1]` int8, by side 1 and 2; 3 beyond the edge. edge: 1 or 2.
    group, chain, touches: of `read_groups`.
    distance: `[P]` int16, filled in where cells are empty, FAR where there are stones. room: `[6, P]` uint16, scratch.

    Cells are unsigned throughout: signed ones would be looked at for counting from the end, at four times the cost.
    """
    cells, own = len(distance), side + 1
    ways, last, passed, latest, nearer, further = room[0], room[1], room[2], room[3], room[4], room[5]
    count = 0
    for index in range(cells):
        cell = np.uint16(index)
        distance[cell], ways[cell], last[cell], passed[cell], latest[cell] = FAR, 0, cells, 0, cells
        if stones[cell] == 0:
            begins = at_edge[side, cell] & edge
            for way in range(6):
                beside = near[cell, way]
                if stones[beside] == own:
                    begins |= touches[beside] & edge
            if begins:
                distance[cell], ways[cell], nearer[count] = 1, 2, cell
                count += 1
    level = 1
    while count:
        found = 0
        for i in range(count):
            cell = nearer[i]
            for way in range(6):
                beside = near[cell, way]
                if stones[beside] == 0:
                    if ways[beside] < 2 and last[beside] != cell:
                        last[beside] = cell
                        ways[beside] += 1
                        if ways[beside] == 2:
                            further[found] = beside
                            found += 1
                elif stones[beside] == own and touches[beside] == 0:
                    root = group[beside]
                    if passed[root] == 2 or latest[root] == cell:  # two ways into a group are two to all around it
                        continue
                    latest[root] = cell
                    passed[root] += 1
                    at = beside
                    while True:
                        for around in range(6):
                            beyond = near[at, around]
                            if stones[beyond] == 0 and ways[beyond] < 2 and last[beyond] != cell:
                                last[beyond] = cell
                                ways[beyond] += 1
                                if ways[beyond] == 2:
                                    further[found] = beyond
                                    found += 1
                        at = chain[at]
                        if at == beside:
                            break
        level += 1
        for i in range(found):
            distance[further[i]] = level
        nearer, further, count = further, nearer, found
