"""Books of openings: all there are, each once, and files of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from arena.match.book import MOST_OPENINGS, book_of, exhaustive
from arena.match.match import play_pairs
from arena.players.specs import player
from game.errors import UsageError
from game.notation import replay
from game.registry import make
from tests.game.slow_rules import slow_board

TICTACTOE = make("tictactoe")


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        # Tic-tac-toe up to symmetry has 1, 3, 12, 38, 108, 174 positions, 21 of the last won.
        ("tictactoe", [1, 3, 12, 38, 108, 153]),
        ("othello", [1, 1, 3, 14, 60]),
        ("connect4", [1, 4, 25, 121]),  # (7 + 1) / 2, (49 + 1) / 2, ...
        ("hex:3", [1, 5]),
        ("breakthrough", [1, 11]),
    ],
)
def test_as_many_as_there_are(name: str, counts: list[int]) -> None:
    game = make(name)
    for plies, count in enumerate(counts):
        found = exhaustive(game, plies)
        assert len(found.state) == count == found.distinct
        assert found.plies == plies
        assert replay(game, found.moves.tolist()).equal(found.state)
        assert not found.state.done.any()


@pytest.mark.parametrize(
    "name", ["tictactoe", "connect4", "hex:4+swap", "gomoku:4x4x3", "breakthrough:4x4", "othello:4"]
)
def test_every_position_is_an_image_of_one_in_the_book(name: str) -> None:
    """By another way: all move lists, and the images of the book's by the symmetries of actions."""
    game, plies = make(name), 2
    lists: list[list[int]] = [[]]
    for _ in range(plies):
        state = replay(game, lists)
        legal = game.legal(state)
        lists = [
            [*moves, action]
            for moves, row in zip(lists, legal, strict=True)
            for action in row.nonzero().flatten().tolist()
        ]
    every = set(game.key(replay(game, lists)).tolist())
    book = exhaustive(game, plies).moves
    images = [symmetry.actions.argsort()[book].tolist() for symmetry in game.symmetries]
    keys = torch.stack([game.key(replay(game, image)) for image in images])
    assert set(keys.flatten().tolist()) == every
    classes = [set(column) for column in keys.T.tolist()]
    assert sum(map(len, classes)) == len(every), "two of the book are images of each other"


def test_a_book_is_shuffled_by_the_seed_and_repeats_in_turn() -> None:
    one, same, other = (book_of(TICTACTOE, "book:2", seed) for seed in (1, 1, 2))
    assert one.openings.moves.equal(same.openings.moves)
    assert not one.openings.moves.equal(other.openings.moves)
    assert sorted(one.openings.moves.tolist()) == sorted(other.openings.moves.tolist())
    some, more = one.repeated(5), one.repeated(30)
    assert (some.distinct, more.distinct) == (5, 12)
    assert more.moves[12:24].equal(more.moves[:12])


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_a_file_of_openings_of_different_lengths(tmp_path: Path) -> None:
    text = "# the corners\na1 c3\n\na1b2c3  # three\nc3a1\nb2\na3,c1,b1,b3\na1 c3\n"
    book = book_of(TICTACTOE, write(tmp_path / "o.txt", text), 0)
    assert len(book.openings.state) == 5, "the last line is there already"
    assert book.openings.state.ply.tolist() == [2, 3, 2, 1, 4]
    again = book_of(TICTACTOE, write(tmp_path / "p.txt", text.replace("# the corners", "")), 0)
    assert again.name == book.name
    assert book_of(TICTACTOE, write(tmp_path / "p.txt", "a1c3"), 0).name != book.name
    played = play_pairs(TICTACTOE, player("random", TICTACTOE), player("one-ply", TICTACTOE), book.openings, 0)
    for number, row in enumerate(played.moves.tolist()):
        actions = [action for action in row if action >= 0]
        opening = [action for action in book.openings.moves[number // 2].tolist() if action >= 0]
        assert actions[: len(opening)] == opening
        board = slow_board("tictactoe")
        for action in actions:
            assert board.legal()[action]
            board.push(action)
        assert board.over
        a_sign = "XO"[number % 2]
        assert int(played.result[number]) == (0 if board.winner is None else 1 if board.winner == a_sign else -1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no openings"),
        ("# nothing\n", "has no openings"),
        ("a1\nz9\n", "line 2: 'z9' in 'z9' starts with no tictactoe move"),
        ("a1 a1\n", "line 1: move 2 of 'a1 a1'"),
        ("a1 b1 a2 b2 a3\n", "line 1: 'a1 b1 a2 b2 a3' is a whole game"),
    ],
)
def test_files_that_are_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        book_of(TICTACTOE, write(tmp_path / "o.txt", text), 0)


@pytest.mark.parametrize(
    ("game", "text", "said"),
    [
        ("tictactoe", "book:x", "expected book:PLIES"),
        ("tictactoe", "nowhere.txt", "cannot read the openings of nowhere.txt"),
        ("tictactoe", "book:9", "no game of tictactoe lasts 9 plies"),
        ("gomoku", "book:3", f"more than {MOST_OPENINGS:,} openings of 3 plies"),
    ],
)
def test_books_that_are_refused(game: str, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        book_of(make(game), text, 0)
