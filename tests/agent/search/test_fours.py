"""Wins by threats alone: against a slow search of the same idea, against all lines of play, and inside the engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numba import njit

from agent.ntuple.incremental.q import IncrementalQ
from agent.search.bestfirst.engine import BestFirst
from agent.search.bestfirst.tree import Rule
from agent.search.budget import Budget
from agent.search.ends import fours
from agent.search.ends.solve import SOLVED_FOR_ONE, new_room, sure_win
from agent.search.found import Found
from agent.search.search_q import SearchQ
from game.compiled import compiled_rules
from game.compiled.contract import arrange, legal, new_board
from game.notation import replay
from game.registry import make

Board = tuple[int, ...]


@njit
def _sure(rules, stones, ply, most, count, stop):
    board = new_board(rules)
    board.stones[:] = stones
    arrange(rules, board, ply)
    return sure_win(rules, new_room(rules, stop), board, ply, most, count)


@njit
def _ask(rules, stones, ply, most, stop):
    """How many positions it took, and by move what is proven: 9 where nothing is, 0 where there is no move."""
    board = new_board(rules)
    board.stones[:] = stones
    arrange(rules, board, ply)
    actions, proven = np.empty(rules.actions, np.int16), np.zeros(rules.actions, np.int64)
    low, high = np.full(rules.actions, -1, np.int8), np.full(rules.actions, 1, np.int8)
    count = legal(rules, board, ply, actions)
    room = fours.new_fours_room(rules, stop)
    took = fours.solve_moves(rules, room, board, ply, count, actions, low, high, most)
    for i in range(count):
        proven[actions[i]] = low[i] if low[i] == high[i] else 9
    return took, proven


def ask(game: Any, board: Board, most: int = 10**6) -> tuple[int, list[int]]:
    took, proven = _ask(compiled_rules(game), np.array(board, np.int8), 0, most, np.zeros(1, np.uint8))
    return took, proven.tolist()


class Slow:
    """The rules of k in a row, and wins by threats, in the fewest words."""

    def __init__(self, game: Any) -> None:
        lines = [
            [(row + i * down, column + i * right) for i in range(game.length)]
            for row in range(game.rows)
            for column in range(game.columns)
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))
        ]
        self.lines = [
            [row * game.columns + column for row, column in line]
            for line in lines
            if all(0 <= row < game.rows and 0 <= column < game.columns for row, column in line)
        ]
        self.through = [[line for line in self.lines if cell in line] for cell in range(game.rows * game.columns)]
        self.known: dict[tuple[Board, int], int] = {}

    def has_won(self, board: Board, side: int) -> bool:
        return any(all(board[cell] == side for cell in line) for line in self.lines)

    def after(self, board: Board, cell: int, side: int) -> Board:
        return (*board[:cell], side, *board[cell + 1 :])

    def wins_at(self, board: Board, side: int) -> list[int]:
        return [
            cell
            for cell, stone in enumerate(board)
            if not stone and any(all(board[i] == side or i == cell for i in line) for line in self.through[cell])
        ]

    def by_threats(self, board: Board, side: int) -> bool:
        """Whether `side`, who is to move and cannot win at once, wins by threats alone."""
        other = 3 - side
        stops = self.wins_at(board, other)
        if len(stops) > 1:
            return False
        for cell in stops or [cell for cell, stone in enumerate(board) if not stone]:
            mine = self.after(board, cell, side)
            wins = self.wins_at(mine, side)
            if len(wins) > 1 or (wins and self.by_threats(self.after(mine, wins[0], other), side)):
                return True
        return False

    def value(self, board: Board, side: int) -> int:
        """The outcome under perfect play for `side`, who is to move."""
        if (board, side) not in self.known:
            cells = [cell for cell, stone in enumerate(board) if not stone]
            if not cells:
                found = 0
            elif self.wins_at(board, side):
                found = 1
            else:
                found = max(-self.value(self.after(board, cell, side), 3 - side) for cell in cells)
            self.known[board, side] = found
        return self.known[board, side]


def boards(game: Any, stones: int, many: int, seed: int) -> list[Board]:
    """Random boards that nobody has won or can win at once: with 1 to move."""
    slow, chance, found = Slow(game), np.random.default_rng(seed), list[Board]()
    while len(found) < many:
        cells = chance.permutation(game.rows * game.columns)[:stones]
        board = [0] * (game.rows * game.columns)
        for number, cell in enumerate(cells):
            board[int(cell)] = number % 2 + 1
        whole = tuple(board)
        if not (slow.has_won(whole, 1) or slow.has_won(whole, 2) or slow.wins_at(whole, 1)):
            found.append(whole)
    return found


@pytest.mark.parametrize(("name", "stones"), [("gomoku:6x6x4", 8), ("gomoku:6x6x4", 12), ("gomoku:7x6x5", 22)])
def test_the_same_wins_and_losses_as_a_slow_search(name: str, stones: int) -> None:
    game = make(name)
    slow, won, lost = Slow(game), 0, 0
    for board in boards(game, stones, 12, seed=stones):
        took, proven = ask(game, board)
        if len(slow.wins_at(board, 2)) > 1:
            assert took == 0
            continue
        assert took > 0
        wins = slow.by_threats(board, 1)
        assert (1 in proven) == wins
        won += wins
        if not wins:
            for cell, stone in enumerate(board):
                if not stone and not slow.wins_at(after := slow.after(board, cell, 1), 2):
                    threats = slow.wins_at(after, 1)
                    expected = len(threats) < 2 and slow.by_threats(after, 2)
                    assert (proven[cell] == -1) == expected
                    lost += expected
    assert won
    assert lost


def test_what_is_proven_is_true() -> None:
    game = make("gomoku:4x5x4")
    slow, met = Slow(game), set()
    for board in boards(game, 10, 150, seed=3):
        _, proven = ask(game, board)
        for cell, outcome in enumerate(proven):
            if not board[cell] and outcome != 9:
                assert -slow.value(slow.after(board, cell, 1), 2) == outcome
                met.add(outcome)
    assert met == {-1, 1}


def line(*cells: tuple[int, int]) -> list[int]:
    return [row * 15 + column for row, column in cells]


def test_a_reply_that_threatens_twice_ends_the_attack() -> None:
    """(7, 7) makes four, stopped in (7, 6), where the other side makes two threats; either cell of them would complete
    a four with two ends on a diagonal, but not stop both."""
    mine = line((7, 3), (7, 4), (7, 5), (8, 8), (9, 9), (6, 8), (5, 9))
    above, below = line((3, 6), (4, 6), (5, 6)), line((9, 6), (10, 6), (11, 6))
    for column, wins in ((above, True), (below, True), (above + below, False)):
        board = [0] * 225
        for cells, stone in ((mine, 1), (line((7, 2)), 2), (column, 2)):
            for cell in cells:
                board[cell] = stone
        assert (1 in ask(make("gomoku"), tuple(board))[1]) == wins


def test_nothing_is_proven_with_too_few_positions_and_three_in_a_row_is_left_alone() -> None:
    game = make("gomoku")
    board = [0] * 225
    for cell in line((7, 4), (7, 5), (7, 6)):
        board[cell] = 1
    assert 1 in ask(game, tuple(board))[1]
    assert set(ask(game, tuple(board), most=4)[1]) <= {0, 9}
    assert ask(make("tictactoe"), (1, 1, 2, 0, 0, 0, 2, 0, 0))[0] == 0


def test_the_engine_finds_a_win_that_its_nodes_are_too_few_to_see() -> None:
    """A four in the row, which has to be stopped, makes three in the column; four there have two ends."""
    game = make("gomoku")
    mine = line((7, 4), (7, 5), (7, 6), (5, 7), (6, 7))
    other = line((7, 3), (0, 0), (14, 14), (0, 14), (14, 0))
    state = game.initial(1)
    for cell in (cell for pair in zip(mine, other, strict=True) for cell in pair):
        state = game.step(state, torch.tensor([cell]))
    found = SearchQ(IncrementalQ(game, "lines:5"), Budget(nodes=8)).look(state)
    assert (found.proven, found.value, int(found.q.argmax())) == (True, 1, 7 * 15 + 7)


def test_what_stops_a_win_of_the_other_side_comes_first() -> None:
    """Whoever has to stop four in the top row has no time for a four elsewhere, but (0, 4) may make two at once."""
    game, column, diagonal = make("gomoku"), line((1, 4), (2, 4), (3, 4)), line((1, 5), (2, 6), (3, 7))
    for mine, sure in ((line((7, 4), (7, 5), (7, 6)), False), (column, False), (column + diagonal, True)):
        board = np.zeros(225, np.int8)
        board[line((0, 0), (0, 1), (0, 2), (0, 3))] = 2
        board[mine] = 1
        count = np.array([0, 100, 0, 0, 0, 0])
        assert _sure(compiled_rules(game), board, 0, 100, count, np.zeros(1, np.uint8)) == sure
        assert (1 in ask(game, tuple(board.tolist()))[1]) == sure


def look(state: Any, game: Any, looks: int, nodes: int) -> list[Found]:
    found = BestFirst(IncrementalQ(game, "lines:4"), Rule(looks=looks)).search(state, Budget(nodes=nodes))
    assert all(one.nodes <= nodes for one in found)
    return found


@pytest.mark.parametrize(
    ("most", "nodes", "limit", "sure"),
    [(100, 0, 1 << 62, True), (100, 7, 8, True), (4, 0, 100, False), (100, 8, 8, False), (0, 0, 9, False)],
)
def test_a_sure_win_is_seen_within_the_nodes_that_are_left(most: int, nodes: int, limit: int, sure: bool) -> None:
    """Three in a row make four with two ends. There may be no limit of nodes, or none left."""
    board = np.zeros(225, np.int8)
    board[line((7, 4), (7, 5), (7, 6))] = 1
    count = np.array([nodes, limit, 0, 0, 0, 0])
    assert _sure(compiled_rules(make("gomoku")), board, 0, most, count, np.zeros(1, np.uint8)) == sure
    assert count[0] == nodes, "so little makes no node"
    took = int(count[5])
    assert (took > fours.SETTING_UP) == (most > 0 and limit > nodes)
    if sure:  # what makes a node together with what was left of others
        count[:] = 0, limit, 0, 0, 0, SOLVED_FOR_ONE - 1
        _sure(compiled_rules(make("gomoku")), board, 0, most, count, np.zeros(1, np.uint8))
        assert (count[0], count[5]) == (1, took - 1)


def test_nodes_of_a_tree_that_are_won_by_threats_are_proven() -> None:
    """In fewer nodes, what they take included, than by looking on alone; and nothing that is not so."""
    game = make("gomoku:6x6x4")
    state = of_boards(game, boards(game, 6, 40, seed=11))
    without, threats, further = (look(state, game, *given) for given in ((0, 300), (50, 300), (0, 10_000)))
    assert sum(one.proven for one in threats) > sum(one.proven for one in without) + 4
    both = [
        (one.value, other.value) for one, other in zip(threats, further, strict=True) if one.proven and other.proven
    ]
    assert len(both) > 20
    assert all(one == other for one, other in both)
    game = make("gomoku:4x5x4")
    slow, some = Slow(game), boards(game, 10, 30, seed=5)
    for board, found in zip(some, look(of_boards(game, some), game, 50, 25), strict=True):
        for cell, q in enumerate(found.q.tolist()):
            if abs(q) == 1:
                assert -slow.value(slow.after(board, cell, 1), 2) == q


def test_what_other_positions_left_changes_nothing() -> None:
    game = make("gomoku:7x7x5")
    state = of_boards(game, boards(game, 16, 12, seed=2))[torch.arange(12).repeat_interleave(2)]
    for one, row in zip(look(state, game, 100, 60), range(24), strict=True):
        alone = look(state[row : row + 1], game, 100, 60)[0]
        assert torch.equal(one.q, alone.q)
        assert one.as_dict() == alone.as_dict()


def of_boards(game: Any, some: list[Board]) -> Any:
    """These positions as states, by moves that lead there."""
    found = []
    for board in some:
        mine, theirs = ([cell for cell, stone in enumerate(board) if stone == side] for side in (1, 2))
        found.append(replay(game, [[cell for pair in zip(mine, theirs, strict=True) for cell in pair]]))
    return type(found[0]).cat(found)
