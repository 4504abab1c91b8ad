"""Moves that lead to a given position whose history is unknown."""

from __future__ import annotations

from arena.view.position import stones
from game.core import Game, S

_ANY_ORDER = ("tictactoe", "connect4", "gomoku", "hex")  # games whose stones stay where they were put


def moves_to(game: Game[S], state: S) -> list[int] | None:
    """Actions that lead to this one unfinished position, in some legal order; None in games with captures."""
    if game.name.partition(":")[0] not in _ANY_ORDER:
        return None
    by_seat: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for row, seats in enumerate(stones(game, state)):
        for column, seat in enumerate(seats):
            if seat is not None:
                by_seat[seat].append((row, column))
    start = game.initial(1)
    action_of = {squares[0]: a for a in range(game.num_actions) if (squares := game.squares(a, start))}
    if (None, 0) in action_of:
        return _stacked(by_seat, {column: action_of[None, column] for _, column in action_of if column is not None})
    opening: list[int] = []
    if int(state.ply) > sum(map(len, by_seat)):  # the second player swapped: it has the first stone, mirrored
        row, column = by_seat[1].pop()
        opening = [action_of[column, row], game.num_actions - 1]
    order = [(seat_stones[k], k) for k in range(len(by_seat[0]) + 1) for seat_stones in by_seat if k < len(seat_stones)]
    return opening + [action_of[stone] for stone, _ in order]


def _stacked(by_seat: tuple[list[tuple[int, int]], list[tuple[int, int]]], actions: dict[int, int]) -> list[int] | None:
    """The same where stones fall: columns are filled from below, so a legal order has to be searched for."""
    columns: dict[int, list[int]] = {}  # the seats of their stones, from below
    lying = [(row, column, seat) for seat in (0, 1) for row, column in by_seat[seat]]
    for _, column, seat in sorted(lying, reverse=True):
        columns.setdefault(column, []).append(seat)
    total, dead = sum(map(len, by_seat)), set()
    filled = dict.fromkeys(columns, 0)
    order: list[int] = []

    def fill() -> bool:
        if len(order) == total:
            return True
        here = tuple(filled.values())
        if here in dead:
            return False
        for column, seats in columns.items():
            if filled[column] < len(seats) and seats[filled[column]] == len(order) % 2:
                filled[column] += 1
                order.append(column)
                if fill():
                    return True
                order.pop()
                filled[column] -= 1
        dead.add(here)
        return False

    return [actions[column] for column in order] if fill() else None
