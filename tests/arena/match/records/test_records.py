"""The games of a file as text and as SGF, read back by other means."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from arena.match.tournament import Tournament
from arena.players.specs import player
from game.notation import parse_moves
from game.registry import make
from tests.arena.match.test_tournament import games_in
from tests.conftest import Qzero


def hold(path: Path, name: str, games: int = 4) -> None:
    rules = make(name)
    with Tournament(path, rules, games, 2, 0) as tournament:
        tournament.play([player(spec, rules) for spec in ("random", "one-ply", "negamax:1")], lambda *_: None)


def test_one_line_a_game(qzero: Qzero, tmp_path: Path) -> None:
    hold(tmp_path / "t.db", "tictactoe")
    printed = qzero("records", "t.db")
    assert printed.code == 0, printed
    head, *rows = (line.split("\t") for line in printed.out.splitlines())
    assert head[:4] == ["game", "first", "second", "score"]
    table = [dict(zip(head, row, strict=True)) for row in rows]
    score = {1: "1-0", 0: "1/2-1/2", -1: "0-1"}
    kept = {(a, b, str(opening), score[result], moves) for a, b, opening, result, moves in games_in(tmp_path / "t.db")}
    assert {(row["first"], row["second"], row["opening"], row["score"], row["moves"]) for row in table} == kept
    assert len(table) == len(kept) == 12
    for row in table:
        assert row["moves"].startswith(row["begun"])
        assert len(row["begun"]) == 4
        assert row["ending"] == "rules"
        assert float(row["first_s"]) > 0 < float(row["second_s"])
        assert int(row["seed"]) >= 0
    assert len({row["seed"] for row in table}) == 12, "one a game"


def test_what_older_files_do_not_tell_is_left_empty(qzero: Qzero, tmp_path: Path) -> None:
    hold(tmp_path / "t.db", "tictactoe")
    whole = qzero("records", "t.db").out.splitlines()
    file = sqlite3.connect(tmp_path / "t.db")
    file.executescript("DROP VIEW games; DROP TABLE detail")
    file.close()
    bare = qzero("records", "t.db").out.splitlines()
    assert [line.split("\t")[:5] for line in bare] == [line.split("\t")[:5] for line in whole]
    assert all(line.split("\t")[7:] == [""] * 4 for line in bare[1:])
    hold(tmp_path / "t.db", "tictactoe", 6)
    assert sum(line.endswith("\t") for line in qzero("records", "t.db").out.splitlines()) == 12


def test_damaged_details_are_left_out_and_their_games_stay(qzero: Qzero, tmp_path: Path) -> None:
    hold(tmp_path / "t.db", "tictactoe")
    file = sqlite3.connect(tmp_path / "t.db")
    file.executescript("UPDATE detail SET ending = 'x' WHERE opening = 1 AND first = 1")
    file.close()
    rows = qzero("records", "t.db").out.splitlines()[1:]
    assert sum(line.endswith("\t") for line in rows) == 2
    assert len(rows) == 12


@pytest.mark.parametrize(
    ("name", "number", "size"), [("othello:4", 2, "4"), ("gomoku:5x4x4", 4, "5:4"), ("hex:4+swap", 11, "4")]
)
def test_sgf(name: str, number: int, size: str, qzero: Qzero, tmp_path: Path) -> None:
    hold(tmp_path / "t.db", name)
    told = qzero("records", "t.db", "--sgf", "out")
    assert told.code == 0, told
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["001.sgf", "002.sgf", "003.sgf"]
    rules = make(name)
    found = set()
    for tree in re.findall(r"\(;.*?\)\n", "".join(file.read_text() for file in files), re.DOTALL):
        root, *nodes = tree.strip("()\n").lstrip(";").split(";")
        values = dict(re.findall(r"([A-Z]{2})\[([^]]*)\]", root))
        assert (values["FF"], values["GM"], values["SZ"]) == ("4", str(number), size)
        assert [node[0] for node in nodes] == ["BW"[ply % 2] for ply in range(len(nodes))]
        points = [re.fullmatch(r"[BW]\[(.*)\]", node.strip()) for node in nodes]
        found.add(
            (values["PB"], values["PW"], int(values["RO"]), values["RE"], tuple(point[1] for point in points if point))
        )
    expected = set()
    for first, second, opening, result, moves in games_in(tmp_path / "t.db"):
        names = re.findall(rules.move_pattern, moves)
        points_of = names
        if number != 11:  # column letter, and the row counted from the top
            history = parse_moves(rules, moves)
            cells = [
                rules.squares(action, state) for action, state in zip(history.actions, history.states, strict=False)
            ]
            points_of = [
                "" if not cell else chr(97 + (cell[0][1] or 0)) + chr(97 + (cell[0][0] or 0)) for cell in cells
            ]
        expected.add((first, second, opening, {1: "B+", 0: "Draw", -1: "W+"}[result], tuple(points_of)))
    assert found == expected
    assert len(found) == 12


def test_a_first_stone_of_gomoku_is_where_it_lies() -> None:
    from arena.match.records.read import Record
    from arena.match.records.sgf import sgf
    from arena.match.tournament_file import GameRow

    rules = make("gomoku:5x4x1")
    text = sgf(rules, [Record(1, "a]b", "c\\d", GameRow(1, 2, 0, 1, rules.move_name(7, rules.initial(1))), None)])
    row, column = divmod(7, 5)
    assert f";B[{'abcde'[column]}{'abcd'[row]}]" in text
    assert "PB[a\\]b]PW[c\\\\d]" in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nowhere.db",), 2, "there is no nowhere.db"),
        (("t.db", "--sgf", "out"), 2, "SGF is written for othello, gomoku, hex, not for tictactoe"),
        (("notes.txt",), 1, "not a database"),
    ],
)
def test_files_that_are_refused(arguments: tuple[str, ...], code: int, said: str, qzero: Qzero, tmp_path: Path) -> None:
    hold(tmp_path / "t.db", "tictactoe")
    (tmp_path / "notes.txt").write_text("words " * 100)
    found = qzero("records", *arguments)
    assert (found.code, found.out) == (code, "")
    assert said in found.err
    assert not (tmp_path / "out").exists()
