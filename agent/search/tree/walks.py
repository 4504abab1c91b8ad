"""The walks of `CompiledForest`, in compiled loops over flat tables: edge number = row * actions + move."""

from __future__ import annotations

import numpy as np

from agent.search.found import HIGHEST
from agent.search.tree.forest import AWAITED, UNKNOWN
from game.compiled.jit import inner, njit

_HIGHEST = np.float32(HIGHEST)


@njit(cache=True, nogil=True)
def descend(start, times, lane, last, depth, actions, explore, child, inlet, follow, value, prior, visits, low, high):
    """As `Forest.descend`: fills `lane`, `last` and `depth`, and tells how many paths there are."""
    count = 0
    for path in range(len(start)):
        for _ in range(times[path]):
            edge, length = start[path], 1
            while child[edge] >= 0 and follow[child[edge]] >= 0:
                row = child[edge]
                edge = row * actions + follow[row]
                length += 1
            if child[edge] != UNKNOWN:
                break
            child[edge] = AWAITED
            lane[count], last[count], depth[count] = path, edge, length
            count += 1
            while edge >= 0:
                visits[edge] += 1
                row = edge // actions
                follow[row] = choice(row * actions, actions, explore, child, value, prior, visits, low, high)
                edge = inlet[row]
    return count


@njit(cache=True, nogil=True)
def back_up(rows, actions, explore, child, inlet, follow, value, prior, visits, low, high):
    """Carry values and what is proven from each of the new nodes to its root."""
    for new in rows:
        below = new
        while inlet[below] >= 0:
            edge, first = inlet[below], below * actions
            best, least, most = value[first], low[first], high[first]
            for move in range(first + 1, first + actions):
                best, least, most = max(best, value[move]), max(least, low[move]), max(most, high[move])
            low[edge], high[edge] = -most, -least
            value[edge] = -least if least == most else min(max(-best, -_HIGHEST), _HIGHEST)
            below = edge // actions
            follow[below] = choice(below * actions, actions, explore, child, value, prior, visits, low, high)


@inner
def choice(first, actions, explore, child, value, prior, visits, low, high):
    """As `Forest._choose`, of the node whose moves begin at `first`."""
    total, least = 0, low[first]
    for move in range(first, first + actions):
        total += visits[move]
        least = max(least, low[move])
    factor = explore * np.sqrt(np.float32(total + 1))
    best, chosen = np.float32(-np.inf), -1
    for move in range(first, first + actions):
        if low[move] < high[move] and high[move] > least and child[move] != AWAITED:
            score = value[move] + prior[move] * factor / np.float32(visits[move] + 1)
            if score > best:
                best, chosen = score, move - first
    return chosen
