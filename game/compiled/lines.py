"""Lines of stones, for games in which k in a row win: for each empty cell, whether a stone of a side would make one.

Rules have the fields `rows`, `columns` and `length`, boards `stones` and `wins`, `[2, cells]` bool by side.
"""

from __future__ import annotations

from game.compiled.jit import inner


@inner
def _run(rules, stones, cell, stone, down, right):
    """How many of these stones stand in a row beside `cell`, and the cell after them; -1 where the board ends."""
    row, column, count = cell // rules.columns + down, cell % rules.columns + right, 0
    while 0 <= row < rules.rows and 0 <= column < rules.columns:
        beyond = row * rules.columns + column
        if stones[beyond] != stone:
            return count, beyond
        row, column, count = row + down, column + right, count + 1
    return count, -1


@inner
def see_all_wins(rules, board):
    """Set `wins` by the stones on the board."""
    board.wins[:] = rules.length == 1
    for cell in range(rules.cells):
        if board.stones[cell]:
            see_wins(rules, board, cell, board.stones[cell])


@inner
def see_wins(rules, board, cell, stone):
    """See anew whether the empty cells at the ends of the lines through a new stone win."""
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        for way in (1, -1):
            _, end = _run(rules, board.stones, cell, stone, way * down, way * right)
            if end >= 0 and board.stones[end] == 0 and not board.wins[stone - 1, end]:
                ahead, _ = _run(rules, board.stones, end, stone, down, right)
                behind, _ = _run(rules, board.stones, end, stone, -down, -right)
                board.wins[stone - 1, end] = ahead + behind + 1 >= rules.length
