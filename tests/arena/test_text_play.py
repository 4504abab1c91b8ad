"""Play in the terminal, with the keyboard and the screen replaced by lists."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.play.player import QPlayer
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
        ("z9", "'z9' is not a tic-tac-toe move"),
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
    assert "no move can be made now: type undo, redo, new, seats, values, help or quit" in said


EMPTY = "3 . . .\n2 . . .\n1 . . .\n  a b c\nX to move"


@pytest.mark.parametrize("word", ["seats", "swap", "SEATS"])
def test_new_and_seats(word: str) -> None:
    said = converse(TICTACTOE, (None, Scripted({0: "c1", 1: "b1"})), "a1", "new", word, "quit")
    assert said.count(EMPTY) == 3
    assert said[-5] == "You are O and move second, robot is X. Three in a line win."
    assert said[-4:] == [EMPTY, "robot plays c1", "3 . . .\n2 . . .\n1 . . X\n  a b c\nO to move", "? Your move: "]


@pytest.mark.parametrize("word", ["new", "seats"])
def test_a_game_left_can_be_brought_back(word: str) -> None:
    seats = (None, Scripted({0: "c3", 1: "b1"}))
    said = converse(TICTACTOE, seats, "a1", word, "undo", "undo", "undo", "redo", "redo", "redo", "quit")
    assert said.count("a new game (undo brings the last one back)") == 1
    boards = [line for line in said if line.startswith("3 ")]
    played = "3 . . .\n2 . . .\n1 X O .\n  a b c\nX to move"
    other = EMPTY if word == "new" else "3 . . X\n2 . . .\n1 . . .\n  a b c\nO to move"
    before = [EMPTY, boards[1], played, EMPTY] + [other] * (word == "seats")
    assert boards == [*before, played, EMPTY, played, other]
    assert said.count("nothing to take back") == said.count("nothing to bring back") == 1
    introductions = [line for line in said if line.startswith("You are ")]
    assert introductions[-1].startswith(f"You are {'XO'[word == 'seats']} and move ")


def test_a_move_after_undo_leaves_nothing_to_redo() -> None:
    said = converse(TICTACTOE, (None, None), *words("a1 undo b2 redo quit"))
    assert said[-2:] == ["nothing to bring back", "? Player 2 to move: "]


def test_help_lists_the_legal_moves() -> None:
    said = converse(TICTACTOE, (None, None), "b2", "help")
    assert any("\nlegal moves: a3 b3 c3 a2 c2 a1 b1 c1\nundo takes" in line for line in said)
    last = converse(TICTACTOE, (None, None), *words("a1 b1 a2 b2 a3 help"))[-3]
    assert "legal moves" not in last
    assert "\nundo takes" in last


def test_swapping_pieces_is_a_move_and_changing_seats_a_command() -> None:
    game = make("hex:4+swap")
    said = converse(game, (None, None), "b1", "help", "swap", "swap-pieces", "seats", "quit")
    assert "? Player 2 to move (or swap-pieces): " in said
    assert any("legal moves: a1 " in line and " swap-pieces\n" in line for line in said)
    assert "type seats to change seats; the move that swaps is typed by its whole name" in said
    empty = game.render(game.initial(1))
    swapped = said.index("1 . . . .\n 2 O . . .\n  3 . . . .\n   4 . . . .\n      a b c d\nX to move, ply 2")
    assert said[swapped + 1] == "? Player 1 to move: "
    assert said[-2:] == [empty, "? Player 2 to move: "]


@pytest.mark.parametrize(
    ("name", "seats", "expected"),
    [
        ("tictactoe", "person robot", "You are X and move first, robot is O. Three in a line win."),
        ("connect4", "robot person", "You are O and move second, robot is X. Four in a line win."),
        ("gomoku:5x5x4", "person person", "Player 1 is X and moves first, Player 2 is O. 4 or more in a line win."),
        (
            "hex:4",
            "robot robot",
            "robot is X and moves first, robot is O. X joins top and bottom, O joins left and right.",
        ),
        ("breakthrough:4x4", "person robot", "You are X and move first, robot is O. X moves up, O moves down."),
        ("othello:4", "person robot", "You are X and move first, robot is O. When nobody can turn a stone any more,"),
    ],
)
def test_it_begins_with_who_is_who_and_what_they_are_after(name: str, seats: str, expected: str) -> None:
    players = tuple({"person": None, "robot": Broken("robot")}[seat] for seat in seats.split())
    said: list[str] = []
    if None in players:
        said = converse(make(name), players, "quit")
    else:
        with pytest.raises(QzeroError):
            run(make(name), players, 0, input, said.append)  # type: ignore[arg-type]  # a pair
    assert said[0].startswith(expected)


def test_stones_are_counted_where_the_game_begins_with_some() -> None:
    said = converse(make("othello:6"), (None, None), "c2", "b2", "quit")
    assert [line for line in said if line.startswith("stones")] == [
        "stones: X 2, O 2",
        "stones: X 4, O 1",
        "stones: X 3, O 3",
    ]
    assert not any("stones: " in line for line in converse(TICTACTOE, (None, None), "a1", "quit"))


class Opinionated:
    """Thinks the more of a move the higher its number."""

    def __init__(self, game: Any) -> None:
        self.game = game

    def q(self, state: Any) -> Tensor:
        rising = torch.linspace(-0.5, 0.75, self.game.num_actions).expand(len(state), -1)
        return torch.where(self.game.legal(state), rising, -torch.inf)

    def identity(self) -> str:
        return "opinionated"

    def weights(self) -> dict[str, torch.Tensor]:
        return {}


def test_agents_tell_what_they_expect_of_their_moves() -> None:
    said = converse(CONNECT4, (QPlayer("judge", Opinionated(CONNECT4)), None), "7", "7", "quit")
    told = [line for line in said if line.startswith("judge plays")]
    assert told[0] == "judge plays 7 (Q +0.75: the result it expects, where 1 is a win, 0 a draw, -1 a loss)"
    assert told[1:] == ["judge plays 7 (Q +0.75)"] * 2


@pytest.mark.parametrize("word", ["values", "hint"])
def test_values_of_all_legal_moves_best_first(word: str) -> None:
    said = converse(TICTACTOE, (None, QPlayer("judge", Opinionated(TICTACTOE))), "b2", word, "quit")
    told = next(line for line in said if line.startswith("Q of your moves as judge sees them, best first;"))
    assert told.split("\n")[1:] == ["b1 +0.59   a1 +0.44   c2 +0.28   a2 -0.03   c3 -0.19   b3 -0.34   a3 -0.50"]


def test_values_of_many_moves_stand_in_columns() -> None:
    game = make("gomoku:9x9x5")
    said = converse(game, (None, QPlayer("judge", Opinionated(game))), "values", "quit")
    rows = next(line for line in said if line.startswith("Q of your moves")).split("\n")[1:]
    assert all(len(row) <= 80 for row in rows)
    assert [piece for row in rows for piece in row.split()][:4] == ["i1", "+0.75", "h1", "+0.73"]
    assert sum(len(row.split()) for row in rows) == 2 * 81


@pytest.mark.parametrize(
    ("seats", "typed", "expected"),
    [
        ((None, None), "values", "there is no agent to ask"),
        ((None, Random()), "values", "random does not tell its values"),
        ((None, None), "a1 b1 a2 b2 a3 values", "no move can be made now"),
    ],
)
def test_values_that_nobody_can_tell(seats: Any, typed: str, expected: str) -> None:
    assert any(line.startswith(expected) for line in converse(TICTACTOE, seats, *words(typed), "quit"))


def test_pass_when_nothing_else_is_left() -> None:
    game = make("othello:4")
    moves = game_up_to_a_pass(game)
    said = converse(game, (None, None), *moves, "a1", "PASS", "undo")
    questions = [line for line in said if line.startswith("?")]
    assert questions[len(moves)].endswith("(nothing but pass is left): ")
    assert (
        said.count(
            "a1 is not legal here: the legal moves are pass (or type undo, redo, new, seats, values, help or quit)"
        )
        == 1
    )
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
    def __init__(self, name: str = "broken") -> None:
        self.name = name

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:  # noqa: ARG002 - the protocol's names
        raise ValueError("no such file")


def test_a_failing_player_leaves_the_person_a_choice() -> None:
    said = converse(TICTACTOE, (None, Broken()), "a1", "b2", "undo", "quit")
    assert said.count("broken failed: no such file") == 1
    assert "no move can be made now: type undo, redo, new, seats, values, help or quit" in said
    assert said[-1] == "? Your move: "


def test_a_failing_player_among_agents_is_an_error() -> None:
    with pytest.raises(QzeroError, match="broken failed: no such file"):
        converse(TICTACTOE, (Random(), Broken()))


def test_keyboard_and_screen_by_default(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a1\n"))
    run(TICTACTOE, (None, None))
    assert "1 X . .\n" in capsys.readouterr().out
