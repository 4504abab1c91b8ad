"""Play in the terminal, with the keyboard and the screen replaced by lists."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch
from torch import Tensor

from arena.text_play import run
from game.errors import QzeroError
from game.play import sample_uniform
from game.registry import make

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")


class Scripted:
    """Plays the named moves, by ply."""

    name = "robot"

    def __init__(self, moves: dict[int, str]) -> None:
        self.moves = moves

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        assert isinstance(generator, torch.Generator)
        return torch.tensor([game.parse_move(self.moves[int(state.ply)], state)])


class Random:
    name = "random"

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        return sample_uniform(game.legal(state), generator)


def converse(game: Any, seats: Any, *typed: str, seed: int = 0) -> list[str]:
    """Everything said, prompts marked by "?"; the input ends after `typed`."""
    said: list[str] = []
    lines = iter(typed)

    def read(prompt: str) -> str:
        said.append(f"? {prompt}")
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    run(game, seats, seed, read, said.append)
    assert next(lines, None) is None, "not all lines were read"
    return said


def words(text: str) -> list[str]:
    return text.split()


def test_person_beats_scripted_player() -> None:
    said = converse(TICTACTOE, (None, Scripted({1: "b1", 3: "b2"})), "a1", "a2", " A3 ", "quit")
    assert said.count("? Your move: ") == 3
    assert "robot plays b1" in said
    assert "robot plays b2" in said
    assert said[-3:-1] == ["3 X . .\n2 X O .\n1 X O .\n  a b c\nX has won", "Game over: you win"]


def test_scripted_player_beats_person_at_connect4() -> None:
    player = Scripted({0: "4", 2: "4", 4: "4", 6: "4"})
    said = converse(CONNECT4, (player, None), "1", "2", "3", "quit")
    assert said.count("robot plays 4") == 4
    assert "Game over: robot wins" in said


def test_two_persons_draw() -> None:
    said = converse(TICTACTOE, (None, None), *words("a1 b2 c3 b1 b3 a3 c1 c2 a2"))
    assert said.count("? Player 1 to move: ") == 5
    assert "Game over: a draw" in said


def test_agents_play_to_the_end_without_a_question() -> None:
    said = converse(CONNECT4, (Random(), Random()))
    assert not any(line.startswith("?") for line in said)
    assert said[-1].startswith("Game over")
    assert said == converse(CONNECT4, (Random(), Random()))
    assert said != converse(CONNECT4, (Random(), Random()), seed=1)


@pytest.mark.parametrize("word", ["quit", "exit", "q", "QUIT", " quit "])
def test_quit(word: str) -> None:
    assert converse(TICTACTOE, (None, None), word)[-1].startswith("?")


def test_end_of_input_ends_the_play() -> None:
    assert converse(TICTACTOE, (None, None), "a1")[-2:] == ["? Player 2 to move: ", ""]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("z9", "'z9' is no tic-tac-toe move"),
        ("a1", "a1 is not legal here: the legal moves are a3, b3"),
        ("", "type a move, such as a3"),
    ],
)
def test_bad_input_gets_one_line_and_another_question(typed: str, expected: str) -> None:
    said = converse(TICTACTOE, (None, None), "a1", typed, "b2")
    answer = said[said.index("? Player 2 to move: ") + 1]
    assert expected in answer
    assert "\n" not in answer
    assert "quit" in answer
    assert said.count("? Player 2 to move: ") == 2
    assert any("2 . O ." in line for line in said)


def test_full_column_is_refused() -> None:
    said = converse(CONNECT4, (None, None), *"444444", "4", "5")
    assert any(line.startswith("4 is not legal here") for line in said)
    assert "5" not in said
    assert said[-1] == ""


def test_undo_takes_back_both_moves() -> None:
    said = converse(TICTACTOE, (None, Scripted({1: "b1", 3: "b2"})), "undo", "a1", "a2", "undo", "quit")
    assert "nothing to take back" in said
    assert said[-2] == "3 . . .\n2 . . .\n1 X O .\n  a b c\nX to move"


def test_undo_after_the_end() -> None:
    said = converse(TICTACTOE, (None, None), *words("a1 b1 a2 b2 a3 undo c3"))
    assert said[-3] == "3 . . X\n2 X O .\n1 X O .\n  a b c\nO to move"


def test_moves_after_the_end_are_answered() -> None:
    said = converse(TICTACTOE, (None, None), *words("a1 b1 a2 b2 a3 c3"))
    assert "no move can be made now: type undo, new, swap, help or quit" in said


def test_new_and_swap() -> None:
    said = converse(TICTACTOE, (None, Scripted({0: "c1", 1: "b1"})), "a1", "new", "swap", "quit")
    empty = "3 . . .\n2 . . .\n1 . . .\n  a b c\nX to move"
    assert said.count(empty) == 3
    assert said[-4:] == [empty, "robot plays c1", "3 . . .\n2 . . .\n1 . . X\n  a b c\nO to move", "? Your move: "]


def test_help_lists_the_legal_moves() -> None:
    said = converse(TICTACTOE, (None, None), "b2", "help")
    assert any(line.startswith("legal moves: a3 b3 c3 a2 c2 a1 b1 c1\n") for line in said)
    assert converse(TICTACTOE, (None, None), *words("a1 b1 a2 b2 a3 help"))[-3].startswith("undo, new")


def test_swapping_pieces_is_a_move_and_swapping_seats_a_command() -> None:
    game = make("hex:4+swap")
    said = converse(game, (None, None), "b1", "help", "swap-pieces", "swap", "quit")
    assert "? Player 2 to move (or swap-pieces): " in said
    assert any(line.startswith("legal moves: a1 ") and " swap-pieces\n" in line for line in said)
    empty = game.render(game.initial(1))
    swapped = said.index("1 . . . .\n 2 O . . .\n  3 . . . .\n   4 . . . .\n      a b c d\nX to move, ply 2")
    assert said[swapped + 1 :] == ["? Player 1 to move: ", empty, "? Player 2 to move: "]


def test_pass_when_nothing_else_is_left() -> None:
    game = make("othello:4")
    moves = game_up_to_a_pass(game)
    said = converse(game, (None, None), *moves, "a1", "PASS", "undo")
    questions = [line for line in said if line.startswith("?")]
    assert questions[len(moves)].endswith("(nothing but pass is left): ")
    assert said.count("a1 is not legal here: the legal moves are pass (or type undo, new, swap, help or quit)") == 1
    assert questions[-1] == questions[len(moves)]
    assert not any("nothing but pass" in question for question in questions[: len(moves)])


def game_up_to_a_pass(game: Any) -> list[str]:
    """Random moves until nothing but a pass is left."""
    generator = torch.Generator().manual_seed(0)
    moves: list[str] = []
    state = game.initial(1)
    while True:
        action = sample_uniform(game.legal(state), generator)
        name = game.move_name(int(action), state)
        if name == "pass":
            return moves
        moves.append(name)
        state = game.step(state, action)
        if bool(state.done):
            moves, state = [], game.initial(1)


class Broken:
    name = "broken"

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:  # noqa: ARG002 - the protocol's names
        raise ValueError("no such file")


def test_a_failing_player_leaves_the_person_a_choice() -> None:
    said = converse(TICTACTOE, (None, Broken()), "a1", "b2", "undo", "quit")
    assert said.count("broken failed: no such file") == 1
    assert "no move can be made now: type undo, new, swap, help or quit" in said
    assert said[-1] == "? Your move: "


def test_a_failing_player_among_agents_is_an_error() -> None:
    with pytest.raises(QzeroError, match="broken failed: no such file"):
        converse(TICTACTOE, (Random(), Broken()))


def test_keyboard_and_screen_by_default(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a1\n"))
    run(TICTACTOE, (None, None))
    assert "1 X . .\n" in capsys.readouterr().out
