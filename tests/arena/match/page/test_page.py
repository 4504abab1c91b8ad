"""The page of a tournament: what it says, games as another replay shows them, and charts of checkpoints."""

from __future__ import annotations

import itertools
import re
from html import unescape
from pathlib import Path

import pytest

from arena.match.details import FORFEITED, Detail
from arena.match.page import page as page_module
from arena.match.page.page import page
from arena.match.page.replays import replays
from arena.match.rating.games import GameResults
from arena.match.rating.standings import standings
from arena.match.records.read import Record
from arena.match.records.sgf import sgf
from arena.match.tournament import Tournament
from arena.match.tournament_file import GameRow
from arena.players.specs import player
from arena.view.position import Position
from arena.view.values import cell_of, flat
from game.notation import moves_text, parse_moves
from game.registry import make
from tests.conftest import Qzero
from tests.helpers import moves_of_games

TICTACTOE = make("tictactoe")


@pytest.mark.parametrize("name", ["connect4", "othello:4", "hex:4+swap", "breakthrough:4x4", "gomoku:5x4x4"])
def test_replays_are_the_games_position_by_position(name: str) -> None:
    game = make(name)
    texts = [moves_text(game, actions) for actions in moves_of_games(game, 3, 6)]
    histories = [parse_moves(game, text) for text in texts]
    results = [0 if history.winner is None else (1, -1)[history.winner] for history in histories]
    rows = [GameRow(1, 2, k, result, text) for k, (text, result) in enumerate(zip(texts, results, strict=True))]
    found = replays(game, [Record(k + 1, "a", "b", row, None) for k, row in enumerate(rows)])
    for replay, history in zip(found, histories, strict=True):
        positions = [Position(game, state) for state in history.states]
        board = list(replay["start"])
        assert board == flat(positions[0])
        for ply, (before, after) in enumerate(itertools.pairwise(positions)):
            for cell, seat in replay["changes"][ply]:
                assert board[cell] != seat
                board[cell] = seat
            assert board == flat(after)
            assert replay["landings"][ply] == cell_of(game, before.traces(history.actions[ply], after).landing)
        assert replay["winner"] == history.winner
        assert replay["winning"] == sorted(cell_of(game, cell) or 0 for cell in positions[-1].winning)
        assert replay["moves"] == [game.move_name(a, s) for a, s in zip(history.actions, history.states, strict=False)]


def test_a_game_that_was_given_up_ends_where_it_was() -> None:
    rows = [GameRow(1, 2, 0, 1, "a1b1a2b2a3"), GameRow(2, 1, 0, -1, "a1b1")]
    records = [Record(1, "a", "b", rows[0], None), Record(2, "b", "a", rows[1], Detail("a1", 5, FORFEITED, 0.0, 0.0))]
    whole, cut = replays(TICTACTOE, records)
    assert (whole["winner"], cut["winner"], cut["winning"]) == (0, 1, [])
    assert [len(replay["changes"]) for replay in (whole, cut)] == [5, 2]
    assert cut["changes"] == whole["changes"][:2]
    assert cut["title"] == "b - a 0-1, opening 1, forfeited"
    assert "RE[W+F]" in sgf(make("gomoku:3x3x3"), records[1:])


def held(path: Path, games: int = 24) -> str:
    names = ["random", "one-ply", "negamax:3"]
    with Tournament(path, TICTACTOE, games, 2, 0) as tournament:
        tournament.play([player(name, TICTACTOE) for name in names], lambda *_: None)
        return page(TICTACTOE, tournament.standings(names), tournament.records(names))


def test_the_page_tells_the_standings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = unescape(held(tmp_path / "t.db"))
    for name in ("random", "one-ply", "negamax:3"):
        assert f'<th scope="row">{name}</th>' in text
    assert text.count("<option ") == 72
    assert "other" not in text.split('<section id="games">')[1].split("</section>")[0]
    monkeypatch.setattr(page_module, "MOST_GAMES", 30)
    some = unescape(held(tmp_path / "t.db"))
    shown = some.count("<option ")
    assert shown <= 30
    assert f"{shown} games; the other {72 - shown} are in the tournament's file" in some
    pairings = set(re.findall(r"<option [^>]*>(\S+ - \S+) ", some))
    assert len(pairings) == 6, "all pairings are there, from both seats"


def test_ratings_over_training_are_drawn() -> None:
    names = ["runs/a/checkpoints/000000000100.safetensors", "runs/a/checkpoints/000000000020.safetensors", "random"]
    rows = [(i, j, pair, 1 if i < j else -1) for pair in range(12) for i, j in itertools.permutations(range(3), 2)]
    text = page(TICTACTOE, standings(names, GameResults.of(3, rows), 12, 72), [])
    assert 'id="training"' in text
    titles = re.findall(r"<title>runs/a: (\S+) \(", text)
    assert len(titles) == 2
    assert float(titles[0]) < float(titles[1]), "in the order of moves, the younger first"


def test_names_are_escaped() -> None:
    evil = "<b>&\"'<script>alert(1)<!--"
    rows = [(0, 1, 0, 1), (1, 0, 0, -1)]
    record = Record(1, evil, "x", GameRow(1, 2, 0, 1, "a1b1a2b2a3"), None)
    text = page(TICTACTOE, standings([evil, "x"], GameResults.of(2, rows), 1, 2), [record])
    assert evil not in text
    assert "<script>alert" not in text


def test_the_command_writes_page_and_csv(qzero: Qzero, tmp_path: Path) -> None:
    arguments = ("tournament", "random", "--against", "one-ply", "--game", "tictactoe", "--openings", "book:1")
    told = qzero(*arguments, "--anchor", "random=100", "--html", "t.html", "--csv", "t.csv")
    assert told.code == 0, told
    assert re.search(r"^  2 random +\+100 ", told.out, re.M)
    assert "6 games" in told.out
    assert (tmp_path / "t.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "t.csv").read_text().splitlines()[2].startswith("2,random,1,100,")
    refused = qzero(*arguments, "--opening-plies", 2)
    assert (refused.code, refused.out) == (2, "")
    assert "leave it out with --openings" in refused.err
