"""Othello: what a stone turns, who must pass, and when it is over."""

from __future__ import annotations

import pytest
import torch

from game import IllegalMoveError, NotationError, make, moves_text, parse_moves
from game.notation import forced_pass, move_lists, replay_text
from game.othello import bit_count
from tests.game.slow_rules import SlowOthello
from tests.helpers import Choose, hungry, moves_of_games, random_plies, stones, uniform

BOARDS = ["othello", "othello:6", "othello:4"]


def test_the_start_and_the_first_moves() -> None:
    game = make("othello")
    start = game.initial(1)
    assert game.render(start) == "\n".join(
        [
            "1 . . . . . . . .",
            "2 . . . . . . . .",
            "3 . . . . . . . .",
            "4 . . . O X . . .",
            "5 . . . X O . . .",
            "6 . . . . . . . .",
            "7 . . . . . . . .",
            "8 . . . . . . . .",
            "  a b c d e f g h",
            "X to move, ply 0",
        ]
    )
    names = {game.move_name(action, start) for action in game.legal(start)[0].nonzero().flatten().tolist()}
    assert names == {"d3", "c4", "f5", "e6"}


def test_the_shortest_game_takes_every_stone_of_white_in_nine_moves() -> None:
    """13 to 0, with 51 cells empty: the best known of the shortest games."""
    game = make("othello")
    history = parse_moves(game, "e6f4e3f6g5d6e7f5c5")
    assert game.render(history.state) == "\n".join(
        [
            "1 . . . . . . . .",
            "2 . . . . . . . .",
            "3 . . . . X . . .",
            "4 . . . X X X . .",
            "5 . . X X X X X .",
            "6 . . . X X X . .",
            "7 . . . . X . . .",
            "8 . . . . . . . .",
            "  a b c d e f g h",
            "X has won, ply 9",
        ]
    )
    assert (history.done, history.winner, int(history.state.reward)) == (True, 0, 1)
    assert not bool(game.winning_cells(history.state).any())


def turned_by(rows: list[str], move: str) -> set[str]:
    """The names of the cells that X turns with `move`."""
    game = make("othello")
    state = game.parse_position("\n".join([*rows, "X to move"]))
    after = game.step(state, torch.tensor([game.parse_move(move, state)]))
    changed = stones(game, state)[0, 1] & stones(game, after)[0, 0]
    return {f"{'abcdefgh'[column]}{row + 1}" for row, column in changed.nonzero().tolist()}


def test_one_stone_turns_lines_in_all_eight_directions() -> None:
    rows = [
        "X . X . X . . .",
        ". O O O . . . .",
        "X O . O O X . .",
        ". O O O O . . .",
        "X . O O O . . .",
        ". . X . . X . .",
        ". . . . . . . .",
        ". . . . . . . .",
    ]
    assert turned_by(rows, "c3") == {"b3", "b2", "c2", "d2", "d3", "e3", "d4", "e5", "c4", "c5", "b4"}


def test_a_line_ends_at_the_first_own_stone_and_needs_one() -> None:
    rows = [
        "X O O X O O O .",
        "O . . . . . . .",
        "O . . . . . . .",
        "O . . O X . . .",
        "O . . X O . . .",
        "O . . . . . . .",
        "O . . . . . . .",
        ". . . . . . . .",
    ]
    assert turned_by(rows, "h1") == {"e1", "f1", "g1"}
    assert turned_by(rows, "a8") == {"a2", "a3", "a4", "a5", "a6", "a7"}


@pytest.mark.parametrize("size", [4, 6, 8])
def test_no_line_goes_over_an_edge(size: int) -> None:
    """Random boards, most of which no game leads to, full of stones at the edges: all moves as by the slow rules."""
    game = make(f"othello:{size}")
    generator = torch.Generator().manual_seed(size)
    middle = range(size // 2 - 1, size // 2 + 1)
    for _ in range(60):
        draw = torch.randint(0, 5, (size, size), generator=generator)
        slow = SlowOthello(size)
        for row in range(size):
            for column in range(size):
                if row not in middle or column not in middle:
                    slow.cells[row][column] = "X.OXO"[int(draw[row, column])]
        if slow.outcome()[0]:
            continue
        put = size * size - 4 - slow.count(".")
        state = game.parse_position("\n".join(" ".join(row) for row in slow.cells))
        assert int(state.ply) == put
        slow.moves = [0] * put
        assert game.legal(state)[0].tolist() == slow.legal()
        for action in slow.legal_actions():
            after = game.step(state, torch.tensor([action]))
            slow.push(action)
            planes = stones(game, after)[0].int().tolist()
            assert planes == [slow.plane("X"), slow.plane("O")]
            assert bool(after.done) == slow.over
            slow.pop()


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("choose", [uniform, hungry])
def test_who_can_turn_nothing_passes_and_never_both_in_a_row(name: str, choose: Choose) -> None:
    game = make(name)
    a_pass = game.num_actions - 1
    states, actions = random_plies(game, 5, 200, choose)
    passes = 0
    before = torch.zeros(200, dtype=torch.bool)
    for state, action, after in zip(states, actions, states[1:], strict=False):
        legal = game.legal(state)
        assert not bool((legal[:, a_pass] & legal[:, :a_pass].any(1)).any())
        passed = (action == a_pass) & ~state.done
        assert not bool((passed & before).any())
        # A pass changes nothing but the side to move, which has a cell to go to.
        assert torch.equal(stones(game, after)[passed], stones(game, state)[passed])
        assert bool(game.legal(after)[passed][:, :a_pass].any(1).all())
        passes += int(passed.sum())
        before = passed
    assert passes > 20


@pytest.mark.parametrize("name", BOARDS)
def test_transcripts_may_leave_passes_out(name: str) -> None:
    game = make(name)
    a_pass = game.num_actions - 1
    lists = [moves for moves in moves_of_games(game, 6, 100, hungry) if a_pass in moves][:3]
    assert len(lists) == 3
    for moves, text in zip(lists, move_lists(game, lists), strict=True):
        assert text.count("pass") == moves.count(a_pass)
        assert text == moves_text(game, moves)
        assert parse_moves(game, text).actions == moves
        assert parse_moves(game, text.replace("pass", "")).actions == moves


def test_a_pass_that_is_no_move_of_the_position_is_refused() -> None:
    game = make("othello")
    with pytest.raises(IllegalMoveError, match="move 1 of 'pass': pass is not legal here: the legal moves are d3, c4"):
        parse_moves(game, "pass")
    assert forced_pass(game, game.initial(1)) is None
    lists = [moves for moves in moves_of_games(make("othello:4"), 6, 100) if 16 in moves[:-1]]
    without = move_lists(make("othello:4"), lists[:1])[0].replace("pass", "")
    with pytest.raises(IllegalMoveError, match=r"game 1: move \d+, .., is not legal"):
        replay_text(make("othello:4"), [without])


def test_a_forced_pass_before_an_illegal_move_does_not_hide_it() -> None:
    game = make("othello:4")
    moves = next(moves for moves in moves_of_games(game, 6, 100) if 16 in moves)
    text = moves_text(game, moves[: moves.index(16)])
    with pytest.raises(IllegalMoveError, match="is not legal here"):
        parse_moves(game, text + text[:2])


@pytest.mark.parametrize("name", BOARDS)
def test_most_stones_win(name: str) -> None:
    game = make(name)
    final = random_plies(game, 7, 300)[0][-1]
    first, second = stones(game, final).flatten(2).sum(2).unbind(1)
    first_gains = final.reward * (2 * (final.ply % 2) - 1)
    assert torch.equal(first_gains.long(), (first - second).sign())
    assert {-1, 0, 1} == set(first_gains.tolist()) == set(final.reward.tolist())


def test_bits_are_counted() -> None:
    generator = torch.Generator().manual_seed(1)
    bits = torch.rand(2000, 64, generator=generator) < torch.rand(2000, 1, generator=generator)
    bits[:2] = torch.tensor([[False], [True]])
    words = (bits.long() << torch.arange(64)).sum(1)
    assert torch.equal(bit_count(words), bits.sum(1))


@pytest.mark.parametrize("name", BOARDS)
def test_a_pass_makes_another_position(name: str) -> None:
    game = make(name)
    a_pass = game.num_actions - 1
    states, actions = random_plies(game, 5, 200)
    for state, action in zip(states, actions, strict=False):
        passed = state[(action == a_pass) & ~state.done]
        after = game.step(passed, torch.full((len(passed),), a_pass))
        assert not bool((game.key(passed) == game.key(after)).any())


# Text


def test_cells_are_named_from_the_top_left() -> None:
    game = make("othello")
    start = game.initial(1)
    assert [game.parse_move(name, start) for name in ("a1", "h1", "a2", "h8", "pass")] == [0, 7, 8, 63, 64]
    assert parse_moves(game, "f5d6c3").actions == [37, 43, 18]
    assert parse_moves(game, "f5, d6 c3").actions == [37, 43, 18]


@pytest.mark.parametrize("text", ["", "a0", "a9", "i1", "A1", "11", "a", "pass ", "Pass", "a1b1", "a\u0661"])
def test_text_that_is_no_move_is_refused(text: str) -> None:
    with pytest.raises(NotationError, match=r"is not a move of othello: give a cell, a1 \(top left\) to h8, or pass$"):
        make("othello").parse_move(text, make("othello").initial(1))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (". . . .\n. O . .\n. X O .\n. . . .", "a cell in the middle is empty"),
        (". . . .\n. O X .\n. X O .\n. . . .\nO to move", "no game has 0 stones put at ply 1"),
        (". . . .\n. O X .\n. X O .\n. . . .\nX to move, ply 2", "no game has 0 stones put at ply 2"),
        (". X . .\n. X X .\n. X O .\n. . . .\nX to move, ply 1", "at ply 1 it is O to move"),
        (". X . .\n. X X .\n. X O .\n. . . .\nX to move, ply 4", "no game has 1 stones put at ply 4"),
        (". X . .\n. X X .\n. X O .\n. . . .\nX has won", "the text says that the game is over, but it is not"),
        (". X . .\n. X X .\n. X X .\n. . . .\nO to move", "the text says whose move it is, but the game is over"),
        (". X . .\n. X X .\n. X X .\n. . . .\na draw", "the text says otherwise who has won"),
        (". . . .\n. O X .\n. X O .", "found 3 board rows of 4 cells, expected 4"),
    ],
)
def test_positions_that_cannot_be_are_refused(rows: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        make("othello:4").parse_position(rows)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_without_the_ply_it_is_the_lowest_that_fits() -> None:
    game = make("othello:4")
    rows = ". X . .\n. X X .\n. X O .\n. . . .\n"
    assert int(game.parse_position(rows).ply) == 1
    assert int(game.parse_position(rows + "O to move").ply) == 1
    assert int(game.parse_position(". X O .\n. X O .\n. X O .\n. . . .\nX to move").ply) == 2
    assert int(game.parse_position(". X O .\n. X O .\n. X O .\n. . . .\nO to move").ply) == 3
    assert int(game.parse_position(". X O .\n. X O .\n. X O .\n. . . .\nO to move, ply 3").ply) == 3
