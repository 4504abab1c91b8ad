"""The exhaustive solution of tic-tac-toe against a plain minimax, and play against every reply."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch
from torch import Tensor

import arena.truth.solve
from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ
from agent.search.negamax import NegamaxQ
from arena.truth.every_reply import against_every_reply
from arena.truth.grading import ILLEGAL, GradedPositions
from arena.truth.solve import Solution, layers, solution, solve
from game.errors import QzeroError
from game.registry import make
from tests.game.slow_rules import SlowBoard, slow_board
from tests.helpers import moves_of_games

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")
LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


@pytest.fixture(scope="module")
def truth() -> GradedPositions:
    return solve(TICTACTOE)


def board_of(state: Any) -> str:
    """Nine signs, row by row from the top: X began."""
    own, opp = int(state.own), int(state.opp)
    mine, theirs = ("X", "O") if int(state.ply) % 2 == 0 else ("O", "X")
    return "".join(mine if own >> c & 1 else theirs if opp >> c & 1 else "." for c in range(9))


def is_won(board: str) -> bool:
    return any(board[a] != "." and board[a] == board[b] == board[c] for a, b, c in LINES)


def after(board: str, cell: int) -> str:
    sign = "X" if board.count("X") == board.count("O") else "O"
    return board[:cell] + sign + board[cell + 1 :]


@functools.cache
def value_of_move(board: str, cell: int) -> int:
    """1, 0 or -1 for whoever moves: minimax without ornaments."""
    following = after(board, cell)
    if is_won(following):
        return 1
    if "." not in following:
        return 0
    return -max(value_of_move(following, reply) for reply in range(9) if following[reply] == ".")


def test_published_number_of_states() -> None:
    found = layers(TICTACTOE)
    assert [len(state) for state in found] == [1, 9, 72, 252, 756, 1260, 1520, 1140, 390, 78]
    assert sum(len(state) for state in found) == 5478
    assert sum(int((~state.done).sum()) for state in found) == 4520
    assert all((state.ply == ply).all() for ply, state in enumerate(found))


def test_765_states_up_to_symmetry() -> None:
    images = set()
    for state in layers(TICTACTOE):
        for row in range(len(state)):
            board = board_of(state[row])
            images.add(min("".join(board[cell] for cell in s.cells.tolist()) for s in TICTACTOE.symmetries))
    assert len(images) == 765


def test_every_state_and_move_agrees_with_minimax(truth: GradedPositions) -> None:
    assert len(truth) == 4520
    boards = [board_of(truth.state[row]) for row in range(len(truth))]
    assert len(set(boards)) == 4520
    for board, outcome in zip(boards, truth.outcome.tolist(), strict=True):
        assert outcome == [value_of_move(board, c) if board[c] == "." else ILLEGAL for c in range(9)], board


def test_the_first_move_draws_and_no_other_position_is_solved_twice(truth: GradedPositions) -> None:
    start = truth.outcome[truth.state.ply == 0]
    assert start.tolist() == [[0] * 9]
    assert len(torch.unique(TICTACTOE.key(truth.state))) == len(truth)


def test_too_many_states_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arena.truth.solve, "MOST_STATES", 2000)
    with pytest.raises(QzeroError, match=r"connect4 has more than 2,000 reachable states: .*--positions FILE"):
        solve(CONNECT4)
    with pytest.raises(QzeroError, match="tictactoe"):
        solve(TICTACTOE)
    monkeypatch.setattr(arena.truth.solve, "MOST_STATES", 5478)
    assert len(solve(TICTACTOE)) == 4520


def test_chunks_do_not_change_the_solution(truth: GradedPositions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arena.truth.solve, "MOVES", 40)
    in_chunks = solve(TICTACTOE)
    assert in_chunks.state.equal(truth.state)
    assert torch.equal(in_chunks.outcome, truth.outcome)


def test_large_states_are_bounded_by_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arena.truth.solve, "MOST_BYTES", 20 * 5477)  # a state is 20 bytes
    with pytest.raises(QzeroError, match="tictactoe has more than 5,477 reachable states"):
        solve(TICTACTOE)
    monkeypatch.setattr(arena.truth.solve, "MOST_BYTES", 20 * 5478)
    assert len(solve(TICTACTOE)) == 4520


@pytest.fixture(scope="module")
def solved() -> Solution[Any]:
    return solution(TICTACTOE)


@pytest.mark.parametrize("seat", [0, 1])
def test_full_search_never_loses(seat: int, solved: Solution[Any]) -> None:
    won, drawn, lost = against_every_reply(QPlayer("perfect", NegamaxQ(TICTACTOE, 9)), solved, seat).endings
    assert lost == 0
    assert won > 0
    assert drawn > 0


def test_any_move_at_all_reaches_every_end(solved: Solution[Any]) -> None:
    """626 final positions are won by X, 316 by O and 16 drawn: published counts."""
    everything = QPlayer("random", ConstantQ(TICTACTOE))
    assert against_every_reply(everything, solved, 0).endings == (626, 16, 316)
    assert against_every_reply(everything, solved, 1).endings == (316, 16, 626)


class OneBadMove:
    """Perfect but for one position, where it is sure of one move."""

    def __init__(self, board: str, cell: int) -> None:
        self.game = TICTACTOE
        self.perfect = NegamaxQ(TICTACTOE, 9)
        self.board, self.cell = board, cell

    def identity(self) -> str:
        return "one bad move"

    def weights(self) -> dict[str, torch.Tensor]:
        return {}

    def q(self, state: Any) -> Tensor:
        q = self.perfect.q(state)
        here = torch.tensor([board_of(state[row]) == self.board for row in range(len(state))])
        q[here] = torch.where(q[here] == -torch.inf, -torch.inf, -1.0)
        q[here, self.cell] = 1.0
        return q


def test_one_planted_mistake_is_found(solved: Solution[Any]) -> None:
    """Answering the centre with an edge loses; every other answer of this player is perfect."""
    planted = QPlayer("planted", OneBadMove("....X....", 1))
    assert value_of_move("....X....", 1) == -1
    assert against_every_reply(planted, solved, 1).lost > 0
    assert against_every_reply(planted, solved, 0).lost == 0


def test_a_mistake_where_play_never_leads_is_no_loss(solved: Solution[Any]) -> None:
    planted = QPlayer("planted", OneBadMove("XO.......", 8))
    before = against_every_reply(QPlayer("perfect", NegamaxQ(TICTACTOE, 9)), solved, 1)
    assert against_every_reply(planted, solved, 1) == before


def slow_value(board: SlowBoard, known: dict[str, int]) -> int:
    """1, 0 or -1 for whoever moves in this unfinished position, by trying everything."""
    place = f"{board.sign_to_move}{board.cells}"
    if place not in known:
        known[place] = max(slow_value_of_move(board, action, known) for action in board.legal_actions())
    return known[place]


def slow_value_of_move(board: SlowBoard, action: int, known: dict[str, int]) -> int:
    mover = board.sign_to_move
    board.push(action)
    value = (
        (0 if board.winner is None else 1 if board.winner == mover else -1) if board.over else -slow_value(board, known)
    )
    board.pop()
    return value


@pytest.mark.parametrize(
    ("name", "last_plies", "games"),
    [("hex:3", 9, 30), ("gomoku:3x3x3", 9, 12), ("gomoku:4x3x3", 3, 10), ("othello:4", 6, 30)],
)
def test_values_agree_with_slow_recursion(name: str, last_plies: int, games: int) -> None:
    """The last positions of random games, with rules and search that share nothing with the solver."""
    rules = make(name)
    solved = solution(rules)
    known: dict[str, int] = {}
    checked = 0
    for moves in moves_of_games(rules, seed=1, games=games):
        board, state = slow_board(name), rules.initial(1)
        for ply, action in enumerate(moves):
            if ply >= len(moves) - last_plies:
                legal = board.legal()
                expected = [
                    slow_value_of_move(board, a, known) if legal[a] else ILLEGAL for a in range(rules.num_actions)
                ]
                assert solved.outcomes(state).tolist() == [expected]
                assert int(solved.values[ply][solved.keys[ply] == rules.key(state)]) == max(expected)
                checked += 1
            board.push(action)
            state = rules.step(state, torch.tensor([action]))
    assert checked >= 3 * games


@pytest.mark.parametrize(("name", "value"), [("tictactoe", 0), ("hex:3", 1), ("gomoku:4x3x3", 1), ("othello:4", -1)])
def test_published_values(name: str, value: int) -> None:
    """The first player wins Hex (Nash 1952) and 4 x 3 with three in a line, the second wins 4 x 4 Othello."""
    assert solution(make(name)).value == value


def test_states_are_those_that_slow_play_reaches() -> None:
    reached: set[str] = set()

    def visit(board: SlowBoard) -> None:
        reached.add(str(board.cells))
        for action in board.legal_actions():
            board.push(action)
            if str(board.cells) not in reached:
                visit(board)
            board.pop()

    visit(slow_board("hex:3"))
    assert solution(make("hex:3")).reachable == len(reached) == 5514


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "states", "value"),
    [("gomoku:4x4x3", 6_036_001, 1), ("hex:4", 9_386_235, 1), ("breakthrough:4x4", 4_994_625, -1)],
)
def test_values_of_larger_boards(name: str, states: int, value: int) -> None:
    solved = solution(make(name))
    assert (solved.reachable, solved.value) == (states, value)
