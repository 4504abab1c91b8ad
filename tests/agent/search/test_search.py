"""Negamax against a slow minimax on plain lists, and positions whose best move is known."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.play.player import QPlayer
from agent.search.negamax import NegamaxQ
from game import Game, State, make, parse_moves
from game.core import legal_children
from game.notation import replay
from tests.game.slow_rules import SlowBoard, slow_board
from tests.helpers import one_thread, unfinished


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def minimax(board: SlowBoard, max_plies: int, depth: int, ply: int = 1) -> dict[int, float]:
    """Value of each legal move for the mover: +-(1 - (n - 1) / (2 * max_plies)) for an end forced in n plies."""
    values = {}
    mover = board.sign_to_move
    for action in board.legal_actions():
        board.push(action)
        if board.winner is not None:
            values[action] = (1 - (ply - 1) / (2 * max_plies)) * (1 if board.winner == mover else -1)
        elif board.over or depth == 1:
            values[action] = 0.0
        else:
            values[action] = -max(minimax(board, max_plies, depth - 1, ply + 1).values())
        board.pop()
    return values


def random_positions(name: str, count: int, seed: int) -> list[SlowBoard]:
    """Unfinished positions of random games, of all lengths."""
    draw = random.Random(seed)
    found: list[SlowBoard] = []
    while len(found) < count:
        board = slow_board(name)
        for _ in range(draw.randrange(board.height * board.width - 1)):
            if not board.over:
                board.push(draw.choice(board.legal_actions()))
        if not board.over:
            found.append(board)
    return found


def legal_names(game: Game[Any], state: State, allowed: Tensor) -> list[str]:
    """The names of the actions that are true in `allowed` `[A]`, in one position."""
    return [game.move_name(action, state) for action in allowed.nonzero().flatten().tolist()]


@pytest.mark.parametrize(
    ("name", "depth", "count"),
    [
        *(("tictactoe", depth, count) for depth, count in ((1, 40), (2, 40), (3, 20), (4, 10))),
        *(("connect4", depth, count) for depth, count in ((1, 60), (2, 60), (3, 10), (4, 3))),
        *(("othello:4", depth, 120) for depth in (1, 2, 3, 4)),
        *(("breakthrough:4x4", depth, 15) for depth in (1, 2, 3)),
        *(("hex:3", depth, 15) for depth in (2, 3, 4)),
        *(("gomoku:4x3x3", depth, 15) for depth in (1, 2, 3)),
    ],
)
def test_negamax_agrees_with_slow_minimax(name: str, depth: int, count: int) -> None:
    game = make(name)
    boards = random_positions(name, count, seed=depth)
    state = replay(game, [board.moves for board in boards])
    q = NegamaxQ(game, depth).q(state)
    assert torch.equal(q > -torch.inf, game.legal(state))
    decided = 0
    for row, board in enumerate(boards):
        expected = minimax(board, game.max_plies, depth)
        found = {action: float(q[row, action]) for action in expected}
        best = max(expected.values())
        assert {a for a, v in found.items() if v == max(found.values())} == {
            a for a, v in expected.items() if v == best
        }
        assert max(found.values()) == pytest.approx(best)
        if best < 1:  # where a win is at hand, other moves are not looked at
            assert found == pytest.approx(expected)
        decided += best != 0
    assert decided > 0


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
@pytest.mark.parametrize(
    ("name", "text", "wins"),
    [
        ("connect4", "121212", ["1"]),
        ("connect4", "445566", ["3", "7"]),
        ("connect4", "1223343446", ["4"]),
        ("tictactoe", "a1a2b1b2", ["c1"]),
        ("tictactoe", "a1a3c1b3b2", ["c3"]),
        ("tictactoe", "a1b2a3b1c2", ["b3"]),
    ],
)
def test_takes_the_win_in_one(name: str, text: str, wins: list[str], depth: int) -> None:
    game = make(name)
    state = parse_moves(game, text).state
    q = NegamaxQ(game, depth).q(state)[0]
    assert legal_names(game, state, q == q.max()) == wins
    assert float(q.max()) == 1


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize(
    ("name", "text", "block"),
    [
        ("connect4", "12121", "1"),
        ("connect4", "16171", "1"),
        ("tictactoe", "a1b2b1", "c1"),
        ("tictactoe", "b2a1c1", "a3"),
    ],
)
def test_blocks_the_threat(name: str, text: str, block: str, depth: int) -> None:
    game = make(name)
    state = parse_moves(game, text).state
    q = NegamaxQ(game, depth).q(state)[0]
    blocking = game.parse_move(block, state)
    assert float(q[blocking]) > -0.5
    others = [a for a in (q > -torch.inf).nonzero().flatten().tolist() if a != blocking]
    lost_in_two = -(1 - 1 / (2 * game.max_plies))
    assert [float(q[a]) for a in others] == pytest.approx([lost_in_two] * len(others))


def test_depth_1_does_not_see_the_threat() -> None:
    game = make("connect4")
    q = NegamaxQ(game, 1).q(parse_moves(game, "12121").state)
    assert q.tolist() == [[0.0] * 7]


def test_a_nearer_win_and_a_later_loss_are_better() -> None:
    """X holds 3 and 4 of the empty bottom row, both sides open: two ways to a double threat, no quicker win."""
    game = make("connect4")
    state = parse_moves(game, "4433").state
    q = NegamaxQ(game, 3).q(state)[0]
    in_three = 1 - 2 / (2 * 42)
    assert legal_names(game, state, q > 0) == ["2", "5"]
    assert float(q[1]) == float(q[4]) == pytest.approx(in_three)
    deeper = NegamaxQ(game, 5).q(state)[0]
    assert float(deeper.max()) == pytest.approx(in_three)
    # O is lost after 2: all answers lose, none before ply 2.
    lost = NegamaxQ(game, 2).q(parse_moves(game, "44332").state)[0]
    assert lost.tolist() == pytest.approx([-(1 - 1 / (2 * 42))] * 7)


def test_values_order_ends_by_distance() -> None:
    """With wins in 1, 3 and 5 plies the values fall; with losses in 2 and 4 they rise; all stay beyond 1/2."""
    game = make("connect4")
    seen: dict[float, int] = {}
    boards = random_positions("connect4", 150, seed=8)
    state = replay(game, [board.moves for board in boards])
    for depth in range(1, 6):
        for value in NegamaxQ(game, depth).q(state).amax(1).tolist():
            seen.setdefault(value, depth)
    ends = {value: depth for value, depth in seen.items() if value != 0}
    wins = sorted((value for value in ends if value > 0), reverse=True)
    losses = sorted(value for value in ends if value < 0)
    assert [ends[value] for value in wins] == [1, 3, 5]
    assert [ends[value] for value in losses] == [2, 4]
    assert all(abs(value) > 0.5 for value in ends)


def test_tictactoe_is_a_draw_whatever_the_first_move() -> None:
    game = make("tictactoe")
    assert NegamaxQ(game, 9).q(game.initial(1)).tolist() == [[0.0] * 9]


def test_the_corner_must_be_answered_in_the_centre() -> None:
    game = make("tictactoe")
    state = parse_moves(game, "a1").state
    best = QPlayer("search", NegamaxQ(game, 8)).best(state)[0]
    assert legal_names(game, state, best) == ["b2"]


def test_a_finished_position_has_no_values_and_does_not_disturb_the_others() -> None:
    game = make("connect4")
    texts = ["1212121", "121212", "", "44332"]
    states = [parse_moves(game, text).state for text in texts]
    together = NegamaxQ(game, 3).q(type(states[0]).cat(states))
    assert together[0].tolist() == [-torch.inf] * 7
    for row, state in enumerate(states):
        assert torch.equal(together[row : row + 1], NegamaxQ(game, 3).q(state))


def test_a_big_batch_is_searched_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    game = make("connect4")
    boards = random_positions("connect4", 30, seed=3)
    state = replay(game, [board.moves for board in boards])
    whole = NegamaxQ(game, 3).q(state)
    monkeypatch.setattr("agent.search.negamax.MOST_ROWS", 20)
    assert torch.equal(NegamaxQ(game, 3).q(state), whole)


@pytest.mark.parametrize("depth", [0, -1])
def test_a_depth_below_1_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match="is below 1"):
        NegamaxQ(make("tictactoe"), depth)


def plain(game: Game[Any], state: State, depth: int, ply: int = 1) -> Tensor:
    """Negamax without any claims and proofs: all moves, all replies, to the last ply."""
    legal, parent, action, children = legal_children(game, state)
    value = children.reward.float() * (1 - (ply - 1) / (2 * game.max_plies))
    if depth > 1:
        won = torch.zeros(len(state), dtype=torch.bool)
        won[parent[children.reward > 0]] = True
        open_rows = (~children.done & ~won[parent]).nonzero().squeeze(1)
        if len(open_rows):
            value[open_rows] = -plain(game, children[open_rows], depth - 1, ply + 1).amax(1)
    q = torch.full(legal.shape, -torch.inf)
    q[parent, action] = value
    return q


@pytest.mark.parametrize(
    ("name", "depth", "most"),
    [
        *(("connect4", depth, most) for depth, most in ((1, 200), (2, 200), (5, 60), (6, 10))),
        *(("tictactoe", depth, most) for depth, most in ((3, 60), (5, 60), (9, 12))),
        *(("othello:4", depth, 60) for depth in (2, 5, 6)),
        *(("hex:3", depth, 30) for depth in (2, 5)),
        *(("breakthrough:4x4", depth, 40) for depth in (2, 4, 5)),
        *(("gomoku:4x3x3", depth, 30) for depth in (4, 5)),
        ("othello", 2, 200),
        ("hex:5+swap", 2, 100),
    ],
)
def test_leaving_replies_out_changes_nothing(name: str, depth: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    game = make(name)
    state = unfinished(game, seed=depth, games=20, most=most)
    expected = plain(game, state, depth)
    assert torch.equal(NegamaxQ(game, depth).q(state), expected)
    monkeypatch.setattr("agent.search.negamax.MOST_ROWS", 40 * game.num_actions)
    assert torch.equal(NegamaxQ(game, depth).q(state), expected)


def test_no_positions_have_no_values() -> None:
    game = make("connect4")
    assert NegamaxQ(game, 4).q(game.initial(1)[:0]).shape == (0, 7)
