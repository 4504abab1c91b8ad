"""Rules that all games share in which a move puts one stone on any empty cell."""

from __future__ import annotations

ONE_STONE = True
OTHERS_STAY = True


def legal(rules, board, ply, actions):
    """As `contract.legal`: every empty cell is an action of the same number."""
    count = 0
    for cell in range(rules.cells):
        if board.stones[cell] == 0:
            actions[count] = cell
            count += 1
    return count
