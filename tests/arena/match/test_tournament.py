"""Tournaments: the file is the truth, nothing is played twice, and a kill at any moment loses nothing that counts."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from agent.network.net import Architecture, build
from agent.network.network_q import NetworkQ
from agent.ntuple.q import NTupleQ
from agent.play.player import QPlayer
from agent.play.policy import Policy
from agent.play.qfunction import ConstantQ
from agent.search.negamax import NegamaxQ
from agent.table.table_q import TableQ
from arena.match.book import book_of
from arena.match.entrants import anchor_of, with_checkpoints
from arena.match.match import play_together
from arena.match.rating.games import GameResults
from arena.match.rating.standings import Standings
from arena.match.rating.standings import standings as standings_of
from arena.match.score import Score
from arena.match.tournament import PAIRS_A_CHUNK, Part, Tournament
from arena.players.specs import player
from game.errors import QzeroError, UsageError
from game.notation import move_lists, moves_text, split_moves
from game.registry import make
from tests.game.slow_rules import slow_board
from tests.processes import Command

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")
NAMES = ("random", "one-ply", "negamax:2")
GAMES = 2 * PAIRS_A_CHUNK + 20  # two chunks a pairing
CHUNKS = 2 * 3


def entrants(names: Sequence[str]) -> list[QPlayer]:
    return [player(name, TICTACTOE) for name in names]


def ignore(done: int, total: int, pairing: str) -> None:
    pass


def hold(
    path: Path,
    names: Sequence[str] = NAMES,
    games: int = GAMES,
    plies: int | None = None,
    seed: int = 0,
    report: Callable[[int, int, str], None] = ignore,
) -> Standings:
    with Tournament(path, TICTACTOE, games, plies, seed) as tournament:
        tournament.play(entrants(names), report)
        return tournament.standings(names)


def games_in(path: Path) -> list[tuple[str, str, int, int, str]]:
    """(first, second, opening, result, moves) of every game, players by name."""
    file = sqlite3.connect(path)
    try:
        return file.execute(
            "SELECT a.name, b.name, opening, result, moves FROM game "
            "JOIN player a ON a.id = first JOIN player b ON b.id = second ORDER BY a.name, b.name, opening"
        ).fetchall()
    finally:
        file.close()


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """The (a, b, pairs) of every chunk that is really played from now on, each in a batch of its own."""
    played: list[tuple[str, str, int]] = []

    def counted(game: Any, meetings: Any, *rest: Any) -> Any:
        (one,) = meetings
        played.append((one.a.name, one.b.name, len(one.openings.state)))
        return play_together(game, meetings, *rest)

    monkeypatch.setattr("arena.match.tournament.play_together", counted)
    monkeypatch.setattr("arena.match.tournament.MOST_CHUNKS", 1)
    return played


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Standings]:
    """An uninterrupted tournament; not to be changed."""
    path = tmp_path_factory.mktemp("tournament") / "whole.db"
    return path, hold(path)


def test_standings_are_an_independent_recount_of_the_moves(finished: tuple[Path, Standings]) -> None:
    path, standings = finished
    rows = games_in(path)
    assert len(rows) == 3 * GAMES
    counted = {pair: [0, 0, 0] for pair in itertools.permutations(NAMES, 2)}
    first_seat = [0, 0, 0]
    openings = set()
    for first, second, opening, result, moves in rows:
        board = slow_board("tictactoe")
        for name in split_moves(TICTACTOE, moves):
            action = TICTACTOE.parse_move(name, TICTACTOE.initial(1))
            assert board.legal()[action]
            board.push(action)
        assert board.over
        points = 0 if board.winner is None else 1 if board.winner == "X" else -1
        assert result == points
        counted[first, second][1 - points] += 1
        counted[second, first][1 + points] += 1
        first_seat[1 - points] += 1
        openings.add(opening)
    for (i, a), (j, b) in itertools.permutations(enumerate(NAMES), 2):
        assert standings.scores[i][j] == Score(*counted[a, b])
        assert standings.scores[i][j] == -standings.scores[j][i]
        assert standings.scores[i][j].games == GAMES
    assert standings.first_seat == Score(*first_seat)
    assert standings.distinct_games == len({row[4] for row in rows})
    assert openings == set(range(GAMES // 2))


def test_every_opening_is_played_by_both_seats_of_every_pairing(finished: tuple[Path, Standings]) -> None:
    path, _ = finished
    file = sqlite3.connect(path)
    plies = int(dict(file.execute("SELECT name, value FROM setting").fetchall())["opening_plies"])
    file.close()
    start: dict[int, dict[tuple[str, str], str]] = {}
    for first, second, opening, _, moves in games_in(path):
        start.setdefault(opening, {})[first, second] = moves[: 2 * plies]
    for by_pair in start.values():
        assert set(by_pair) == set(itertools.permutations(NAMES, 2))
        assert len(set(by_pair.values())) == 1


def test_the_stronger_stands_above(finished: tuple[Path, Standings]) -> None:
    _, standings = finished
    assert NAMES[standings.order()[-1]] == "random"
    elo = dict(zip(NAMES, standings.ratings, strict=True))
    assert elo["one-ply"].elo - elo["random"].elo > 200
    margins = [elo[name].margin or 0.0 for name in ("one-ply", "negamax:2")]
    assert all(10 < margin < 100 for margin in margins)
    assert abs(elo["one-ply"].elo - elo["negamax:2"].elo) < sum(margins)


def test_table_and_json_show_everybody(finished: tuple[Path, Standings]) -> None:
    path, standings = finished
    table, cross, remarks = (block.splitlines() for block in standings.table().split("\n\n"))
    for block in (table, cross):
        assert [line.split()[1] for line in block[1:]] == [NAMES[i] for i in standings.order()]
    assert [line.split()[2:].index("-") for line in cross[1:]] == [0, 1, 2]
    assert f"{3 * GAMES} games" in remarks[0]
    record = json.loads(json.dumps(standings.as_dict()))
    assert record["games"] == 3 * GAMES
    assert [row["name"] for row in record["players"]] == [NAMES[i] for i in standings.order()]
    rows = games_in(path)
    for row, line in zip(record["players"], table[1:], strict=True):
        assert set(row["against"]) == set(NAMES) - {row["name"]}
        assert row["low"] < row["elo"] < row["high"]
        assert row["margin"] == pytest.approx((row["high"] - row["low"]) / 2)
        assert sum(other["wins"] for other in row["against"].values()) == row["wins"]
        assert f"+{row['wins']} ={row['draws']} -{row['losses']}" in line
        for seat, key in enumerate(("first", "second")):
            mine = [result if seat == 0 else -result for *names, _, result, _ in rows if names[seat] == row["name"]]
            assert row[key] == {"wins": mine.count(1), "draws": mine.count(0), "losses": mine.count(-1)}
        points: dict[tuple[str, int], int] = {}
        for first, second, opening, result, _ in rows:
            if row["name"] in (first, second):
                other = second if first == row["name"] else first
                points[other, opening] = points.get((other, opening), 0) + (result if first == row["name"] else -result)
        assert row["pentanomial"] == [list(points.values()).count(value) for value in (-2, -1, 0, 1, 2)]
    assert [row["superior_to_next"] for row in record["players"]][-1] is None
    assert record["players"][0]["superior_to_next"] > 0.5


def test_an_anchor_has_the_elo_it_is_given(finished: tuple[Path, Standings]) -> None:
    with Tournament(finished[0], TICTACTOE, GAMES, None, 0) as tournament:
        tournament.enter(entrants(NAMES))
        anchored = tournament.standings(NAMES, ("random", 100.0))
    by_name = dict(zip(NAMES, anchored.ratings, strict=True))
    assert (by_name["random"].elo, by_name["random"].low, by_name["random"].high) == (100, 100, 100)
    shifts = [one.elo - other.elo for one, other in zip(anchored.ratings, finished[1].ratings, strict=True)]
    assert max(shifts) - min(shifts) < 1e-9
    assert "Elo is relative to random" in anchored.table()


def made_up(chances: dict[tuple[int, int], float], players: int, pairs: int = 200) -> GameResults:
    """Games without draws: the lower number wins with this chance from either seat."""
    rng = np.random.default_rng(6)
    rows = [
        (*seats, pair, result if seats == (a, b) else -result)
        for (a, b), chance in chances.items()
        for pair in range(pairs)
        for seats in ((a, b), (b, a))
        for result in [1 if rng.random() < chance else -1]
    ]
    return GameResults.of(players, rows)


def test_cycles_are_named_where_they_are_significant() -> None:
    ring = {(0, 1): 0.7, (1, 2): 0.7, (0, 2): 0.3, (0, 3): 0.9, (1, 3): 0.9, (2, 3): 0.9}
    found = standings_of(["rock", "scissors", "paper", "stick"], made_up(ring, 4), 200, 0)
    assert found.cycles == [(0, 1, 2)]
    assert "a cycle, each score significant: rock > scissors > paper > rock" in found.table()
    assert found.as_dict()["cycles"] == [["rock", "scissors", "paper"]]
    weak = {pair: 0.5 + (chance - 0.5) / 10 for pair, chance in ring.items()}
    assert standings_of(["a", "b", "c", "d"], made_up(weak, 4), 200, 0).cycles == []
    assert standings_of(["a", "b", "c", "d"], made_up(ring, 4, pairs=9), 9, 0).cycles == []


def test_groups_that_never_met_are_named() -> None:
    found = standings_of(["a", "b", "c", "d", "e"], made_up({(0, 3): 0.8, (1, 2): 0.3}, 5), 200, 0)
    assert found.groups == [["a", "d"], ["b", "c"], ["e"]]
    table = found.table()
    assert "no games connect {a, d}, {b, c}, {e}: ratings compare only within each of them" in table
    assert [line.split()[1] for line in table.splitlines()[1:6]] == ["a", "d", "c", "b", "e"]
    assert found.as_dict()["players"][-1]["against"] == {}


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("after", range(1, CHUNKS))
def test_stopped_in_the_middle_and_resumed_is_the_same(
    after: int, tmp_path: Path, finished: tuple[Path, Standings], chunks: list[tuple[str, str, int]]
) -> None:
    path = tmp_path / "part.db"
    reports = iter(range(1, CHUNKS + 1))

    def stop(done: int, total: int, pairing: str) -> None:
        assert 0 < done <= total == 3 * GAMES
        assert " - " in pairing
        if next(reports) == after:
            raise StoppedError

    with pytest.raises(StoppedError):
        hold(path, report=stop)
    assert len(chunks) == after
    assert hold(path) == finished[1]
    assert len(chunks) == CHUNKS
    assert sum(pairs for _, _, pairs in chunks) == 3 * GAMES // 2
    assert games_in(path) == games_in(finished[0])
    assert hold(path) == finished[1]
    assert len(chunks) == CHUNKS


def test_resumed_with_the_names_in_another_order_is_the_same(tmp_path: Path, finished: tuple[Path, Standings]) -> None:
    path = tmp_path / "part.db"

    def stop(*_: object) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        hold(path, report=stop)
    hold(path, NAMES[::-1])
    assert games_in(path) == games_in(finished[0])


def test_killed_with_signal_9_and_resumed_is_the_same(
    tmp_path: Path, finished: tuple[Path, Standings], chunks: list[tuple[str, str, int]]
) -> None:
    path = tmp_path / "killed.db"
    script = f"""
        import os, signal
        from pathlib import Path
        import arena.match.tournament
        from tests.arena.match.test_tournament import hold
        original, calls = arena.match.tournament.play_together, []
        def play_together(*arguments):
            calls.append(1)
            played = original(*arguments)
            if len(calls) == 4:
                os.kill(os.getpid(), signal.SIGKILL)
            return played
        arena.match.tournament.play_together = play_together
        arena.match.tournament.MOST_CHUNKS = 1
        hold(Path({str(path)!r}))
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert len(games_in(path)) == GAMES + 2 * PAIRS_A_CHUNK
    assert hold(path) == finished[1]
    assert len(chunks) == CHUNKS - 3
    assert games_in(path) == games_in(finished[0])


def test_a_chunk_is_kept_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "part.db"
    texts = []

    def failing(*arguments: Any) -> list[str]:
        """The second chunk's games stop half way. In each chunk openings are written first, then games."""
        texts.append(move_lists(*arguments))
        if len(texts) == 4:
            raise StoppedError
        return texts[-1]

    monkeypatch.setattr("arena.match.tournament.move_lists", failing)
    with pytest.raises(StoppedError):
        hold(path)
    assert len(games_in(path)) == 2 * PAIRS_A_CHUNK


def test_a_player_added_later_plays_only_its_own_games(tmp_path: Path, chunks: list[tuple[str, str, int]]) -> None:
    path = tmp_path / "grows.db"
    hold(path, NAMES[:2])
    before = games_in(path)
    chunks.clear()
    standings = hold(path, NAMES)
    assert len(chunks) == 4
    assert all("negamax:2" in chunk[:2] for chunk in chunks)
    assert [row for row in games_in(path) if "negamax:2" not in row[:2]] == before
    assert all(standings.scores[i][j].games == GAMES for i, j in itertools.permutations(range(3), 2))


def test_standings_of_some_players_leave_the_others_out(finished: tuple[Path, Standings]) -> None:
    path, whole = finished
    some = hold(path, ("negamax:2", "random"))
    assert some.scores[0][1] == whole.scores[2][0]
    assert some.first_seat.games == GAMES
    assert set(some.as_dict()["players"][0]["against"]) <= {"negamax:2", "random"}


@pytest.mark.parametrize("names", list(itertools.permutations(NAMES)))
def test_order_of_names_changes_nothing(
    names: tuple[str, ...], finished: tuple[Path, Standings], chunks: list[tuple[str, str, int]]
) -> None:
    path, whole = finished
    before = games_in(path)
    standings = hold(path, names)
    assert not chunks
    assert games_in(path) == before
    for i, j in itertools.permutations(range(3), 2):
        assert standings.scores[i][j] == whole.scores[NAMES.index(names[i])][NAMES.index(names[j])]
    assert [names[i] for i in standings.order()] == [NAMES[i] for i in whole.order()]


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"seed": 1}, "seed 0"), ({"plies": 1}, "opening_plies 2")],
)
def test_other_settings_in_the_same_file_are_refused(
    changed: dict[str, Any], said: str, finished: tuple[Path, Standings]
) -> None:
    before = games_in(finished[0])
    with pytest.raises(UsageError, match=said) as caught:
        hold(finished[0], **changed)
    assert "--file" in str(caught.value)
    assert games_in(finished[0]) == before


def test_another_game_in_the_same_file_is_refused(finished: tuple[Path, Standings]) -> None:
    with pytest.raises(UsageError, match="game tictactoe"):
        Tournament(finished[0], CONNECT4, GAMES, None, 0)


def test_the_same_opening_plies_given_or_found_are_one(finished: tuple[Path, Standings]) -> None:
    assert hold(finished[0], plies=2) == finished[1]


def test_fewer_games_look_at_the_first_ones_only(
    finished: tuple[Path, Standings], chunks: list[tuple[str, str, int]]
) -> None:
    standings = hold(finished[0], games=40)
    assert not chunks
    assert standings.first_seat.games == 3 * 40


def test_games_can_be_added_and_the_first_ones_stay(
    tmp_path: Path, finished: tuple[Path, Standings], chunks: list[tuple[str, str, int]]
) -> None:
    path = tmp_path / "grows.db"
    path.write_bytes(finished[0].read_bytes())
    standings = hold(path, games=2 * GAMES)
    assert standings.first_seat.games == 3 * 2 * GAMES
    assert sum(pairs for _, _, pairs in chunks) == 3 * GAMES // 2
    assert set(games_in(finished[0])) < set(games_in(path))
    played = {row[2]: row[4][:4] for row in games_in(path)}
    assert sorted(played) == list(range(GAMES)), "every opening"
    assert standings.distinct_openings == 72 == len(set(played.values())), "of two plies, as the file was begun"
    assert hold(path, plies=2) == finished[1]


def test_few_openings_give_no_interval_however_often_they_are_played(tmp_path: Path) -> None:
    for plies, distinct in ((0, 1), (1, 9)):
        standings = hold(tmp_path / f"{plies}.db", NAMES[:2], 200, plies)
        assert standings.distinct_openings == distinct
        assert [(rating.low, rating.high) for rating in standings.ratings] == [(None, None)] * 2
        said = f"too few distinct openings for an interval ({distinct}): ask for more --opening-plies"
        assert standings.table().splitlines()[-1] == said
        record = json.loads(json.dumps(standings.as_dict()))
        assert {row[key] for row in record["players"] for key in ("low", "high", "margin")} == {None}
    assert hold(tmp_path / "few.db", NAMES[:2], 10, 3).table().endswith("(5): ask for more --games")


def test_copies_of_games_are_no_evidence() -> None:
    """All pairs of all openings a hundred times: the same ratings and intervals."""
    names, results = ["a", "b", "c"], [1, 0, 1, 1, -1, 0, 1, 1, 1, 0, -1, 1]
    games = [
        (first, second, pair, result if first < second else -result)
        for pair, result in enumerate(results)
        for first, second in itertools.permutations(range(3), 2)
    ]
    often = [(first, second, pair + 12 * k, result) for k in range(100) for first, second, pair, result in games]
    once = standings_of(names, GameResults.of(3, games), 12, 6)
    copied = standings_of(names, GameResults.of(3, often, [pair % 12 for pair in range(1200)]), 1200, 6)
    assert copied.distinct_openings == once.distinct_openings == 12
    assert copied.first_seat.games == 100 * once.first_seat.games
    assert [rating.elo for rating in copied.ratings] == pytest.approx([rating.elo for rating in once.ratings], abs=0.01)
    assert [r.margin or 0 for r in copied.ratings] == pytest.approx([r.margin or 0 for r in once.ratings], abs=0.01)


def test_fewer_games_and_then_more_play_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "grows.db"
    hold(path, NAMES[:2])
    hold(path, NAMES, games=40)
    before = games_in(path)
    hold(path, NAMES)
    assert set(before) <= set(games_in(path)), "games that were kept were played again, and otherwise"


@pytest.mark.parametrize("content", [b"this is no database, only some words\n" * 40, b"PK\x03\x04" + bytes(5000)])
def test_a_file_that_is_no_database_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(QzeroError, match=r"cannot use .*notes\.txt as a tournament file: .*not a database"):
        Tournament(path, TICTACTOE, 10, None, 0)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "statements",
    [
        "CREATE TABLE game (x); CREATE TABLE note (y)",
        "CREATE TABLE setting (a TEXT)",
        "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT); INSERT INTO setting VALUES ('colour', 'red')",
        "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT); "
        "INSERT INTO setting VALUES ('game', 'tictactoe'), ('rules_version', '1'), ('seed', '0')",
    ],
)
def test_a_database_of_something_else_is_refused_in_words(statements: str, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    file = sqlite3.connect(path)
    file.executescript(statements)
    file.close()
    with pytest.raises(QzeroError, match=r"other\.db"):
        hold(path)


def test_a_full_disk_is_an_error_in_words_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finished: tuple[Path, Standings]
) -> None:
    path = tmp_path / "full.db"
    connect = sqlite3.connect

    def small_disk(*arguments: Any, **settings: Any) -> sqlite3.Connection:
        file: sqlite3.Connection = connect(*arguments, **settings)
        file.execute("PRAGMA max_page_count = 8")
        return file

    monkeypatch.setattr(sqlite3, "connect", small_disk)
    with pytest.raises(QzeroError, match=r"full\.db.*full; make room on the disk and repeat the command"):
        hold(path)
    monkeypatch.undo()
    assert hold(path) == finished[1]


def network_player(name: str, seed: int) -> QPlayer:
    return QPlayer(name, NetworkQ(TICTACTOE, build(TICTACTOE, Architecture("mlp", 1, 8), seed)))


def table_player(name: str, value: int) -> QPlayer:
    keys = TICTACTOE.key(TICTACTOE.initial(1))
    return QPlayer(name, TableQ(TICTACTOE, keys, torch.full((1, 9), float(value))))


def patterns_player(name: str, value: int) -> QPlayer:
    q = NTupleQ(TICTACTOE, np.arange(3)[None])
    q.table += value / 10
    return QPlayer(name, q)


def search_player(name: str, depth: int) -> QPlayer:
    return QPlayer(name, NegamaxQ(TICTACTOE, depth))


def exploring_player(name: str, share: int) -> QPlayer:
    return QPlayer(name, ConstantQ(TICTACTOE), Policy(epsilon=share / 10))


@pytest.mark.parametrize(
    "make_player", [network_player, table_player, patterns_player, search_player, exploring_player]
)
def test_a_checkpoint_that_learned_on_is_a_new_player(
    make_player: Callable[[str, int], QPlayer], tmp_path: Path, chunks: list[tuple[str, str, int]]
) -> None:
    path, opponent = tmp_path / "runs.db", player("random", TICTACTOE)

    def against_random(mine: QPlayer) -> Standings:
        with Tournament(path, TICTACTOE, 20, None, 0) as tournament:
            tournament.play([mine, opponent], ignore)
            return tournament.standings([mine.name, "random"])

    young = against_random(make_player("runs/ttt", 1))
    assert against_random(make_player("runs/ttt", 1)) == young
    assert len(chunks) == 1
    old = against_random(make_player("runs/ttt", 2))
    assert len(chunks) == 2
    assert young.first_seat.games == old.first_seat.games == 20
    assert len(games_in(path)) == 40
    assert against_random(make_player("runs/ttt", 1)) == young
    assert len(chunks) == 2


# Gauntlets, books, entrants


def test_a_gauntlet_plays_its_own_pairings_only(tmp_path: Path, chunks: list[tuple[str, str, int]]) -> None:
    mine, theirs = entrants(("random", "one-ply")), entrants(("negamax:3", "random"))
    told: list[tuple[int, int]] = []
    with Tournament(tmp_path / "g.db", TICTACTOE, 20, None, 0) as tournament:
        tournament.play(mine, lambda done, total, _: told.append((done, total)), against=theirs)
        standings = tournament.standings(["random", "one-ply", "negamax:3"])
    assert {frozenset(chunk[:2]) for chunk in chunks} == {
        frozenset(("one-ply", "negamax:3")),
        frozenset(("one-ply", "random")),
    }
    assert told == [(20, 40), (40, 40)]
    assert standings.scores[0][2].games == 0
    assert standings.groups == [["random", "one-ply", "negamax:3"]]
    assert standings.table().count("\n")
    lines = standings.csv().splitlines()
    assert len(lines) == 4
    head = lines[0].split(",")
    rows = [dict(zip(head, line.split(","), strict=True)) for line in lines[1:]]
    assert [row["player"] for row in rows] == [standings.names[i] for i in standings.order()]
    for row, i in zip(rows, standings.order(), strict=True):
        total = standings.total(i)
        assert [int(row[name]) for name in ("wins", "draws", "losses")] == [total.wins, total.draws, total.losses]
        assert float(row["elo"]) == pytest.approx(standings.ratings[i].elo, rel=1e-5)
        assert sum(int(row[f"ptnml{k}"]) for k in range(5)) == total.games / 2
        assert row[f"against {row['player']}"] == ""


def test_a_tournament_from_a_book_goes_on_from_it_and_from_no_other(tmp_path: Path) -> None:
    path, book = tmp_path / "book.db", book_of(TICTACTOE, "book:2", 0)
    with Tournament(path, TICTACTOE, 20, None, 0, book=book) as tournament:
        tournament.play(entrants(NAMES[:2]), ignore)
    first = games_in(path)
    moves = [moves_text(TICTACTOE, row) for row in book.openings.moves.tolist()]
    assert all(row[4].startswith(moves[row[2]]) for row in first)
    with Tournament(path, TICTACTOE, 40, None, 0) as tournament:  # the file knows its book
        tournament.play(entrants(NAMES[:2]), ignore)
        assert tournament.standings(NAMES[:2]).distinct_openings == 12
    assert set(first) < set(games_in(path))
    other = book_of(TICTACTOE, "book:1", 0)
    with pytest.raises(UsageError, match="holds a tournament of openings from a book:2: name another --file"):
        Tournament(path, TICTACTOE, 20, None, 0, book=other)
    file = sqlite3.connect(path)
    assert file.execute("PRAGMA user_version").fetchone() == (3,), "older versions would play random openings"
    file.close()
    plain = tmp_path / "plain.db"
    hold(plain, NAMES[:2], 20)
    with pytest.raises(UsageError, match="holds a tournament of random openings"):
        Tournament(plain, TICTACTOE, 20, None, 0, book=book)


def test_openings_of_a_file_are_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    (tmp_path / "o.txt").write_text("a1\nb2 a1\n")
    book = book_of(TICTACTOE, str(tmp_path / "o.txt"), 0)
    with Tournament(path, TICTACTOE, 4, None, 0, book=book) as tournament:
        tournament.play(entrants(NAMES[:2]), ignore)
        whole = tournament.standings(NAMES[:2])
    with pytest.raises(UsageError, match="holds a tournament of openings from a file"):
        Tournament(path, TICTACTOE, 4, None, 0)
    with Tournament(path, TICTACTOE, 4, None, 0, book=book) as tournament:
        tournament.play(entrants(NAMES[:2]), ignore)
        assert tournament.standings(NAMES[:2]) == whole


@pytest.mark.parametrize(
    ("text", "expected"), [("random", ("random", 0.0)), ("x@a=3", ("x@a=3", 0.0)), ("x@a=3=-20", ("x@a=3", -20.0))]
)
def test_anchors(text: str, expected: tuple[str, float]) -> None:
    assert anchor_of(text, ["random", "x@a=3"]) == expected
    assert anchor_of(None, ["random"]) is None


@pytest.mark.parametrize("text", ["nobody", "random=high", "random=nan", "random=1e9", "=3"])
def test_anchors_that_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"--anchor {text}: "):
        anchor_of(text, ["random", "one-ply"])


def test_a_run_enters_with_the_checkpoints_it_kept(tmp_path: Path) -> None:
    for run, kept in (("a", (20, 100)), ("b", ())):
        (tmp_path / run / "checkpoints").mkdir(parents=True)
        for moves in kept:
            (tmp_path / run / "checkpoints" / f"{moves:012d}.safetensors").touch()
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    older = [f"{a}/checkpoints/{moves:012d}.safetensors" for moves in (20, 100)]
    assert with_checkpoints([a, b, "random"]) == [*older, a, b, "random"]
    assert with_checkpoints([f"{a}@exact-ends"]) == [*(f"{one}@exact-ends" for one in older), f"{a}@exact-ends"]
    with pytest.raises(UsageError, match="train with --keep"):
        with_checkpoints([b, "random"])


# Killed at any moment

SIX = ("random", "one-ply", "negamax:1", "negamax:3", "negamax:4", "negamax:5")


def killed_and_resumed(path: Path, kills: int, seed: int) -> int:
    """A tournament of six, killed by signal 9 so many times at random moments and then finished; how often it was."""
    rng = random.Random(seed)
    done = 0
    for _ in range(kills):
        before = len(games_in(path)) if path.exists() else 0
        command = Command(path.parent, "tournament", *SIX, "--game", "tictactoe", "--games", 60, "--file", path.name)
        with contextlib.suppress(AssertionError):  # finished before it could be killed
            command.wait_until(functools.partial(_more_than, path, before))
            time.sleep(rng.random() / 20)
            command.send(signal.SIGKILL)
        done += command.wait() == -signal.SIGKILL
        assert _games(path) >= before, "a game was lost"
    return done


def _more_than(path: Path, games: int) -> bool:
    return _games(path) > games


def _games(path: Path) -> int:
    try:
        return len(games_in(path))
    except sqlite3.Error:  # not made yet, or in the middle of being made
        return 0


def six_alone(path: Path) -> list[tuple[str, str, int, int, str]]:
    with Tournament(path, TICTACTOE, 60, None, 0) as tournament:
        tournament.play(entrants(SIX), ignore)
    return games_in(path)


def test_killed_three_times_it_equals_an_unbroken_one_game_for_game(tmp_path: Path) -> None:
    path = tmp_path / "killed.db"
    assert killed_and_resumed(path, 3, 1) >= 2
    assert six_alone(path) == six_alone(tmp_path / "whole.db")


@pytest.mark.slow
def test_killed_twenty_times_it_equals_an_unbroken_one_game_for_game(tmp_path: Path) -> None:
    expected = six_alone(tmp_path / "whole.db")
    killed = 0
    for attempt in range(4):
        path = tmp_path / f"killed-{attempt}.db"
        killed += killed_and_resumed(path, 7, attempt)
        assert six_alone(path) == expected
    assert killed >= 20


def test_games_do_not_depend_on_what_is_played_beside_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nets = [network_player(name, seed) for seed, name in enumerate("ab")]
    chance = [player("negamax:1", TICTACTOE), player("random", TICTACTOE)]
    varied = [QPlayer("varied", nets[0].q_function, Policy(0.3, 0.2))]
    monkeypatch.setattr("arena.match.tournament._SHORT", 1e9)  # however busy the machine is
    found = []
    for most, pairs in ((1, 50), (64, 50), (4, 7)):
        monkeypatch.setattr("arena.match.tournament.MOST_CHUNKS", most)
        monkeypatch.setattr("arena.match.tournament.PAIRS_A_CHUNK", pairs)
        reported: list[int] = []
        path = tmp_path / f"{most}-{pairs}.db"
        with Tournament(path, TICTACTOE, 30, None, 0) as tournament:
            tournament.play([*nets, *chance, *varied], lambda done, *_, told=reported: told.append(done))
        assert reported[-1] == 300
        found.append(games_in(path))
        assert len(reported) == {1: 10, 64: 4, 4: 9}[most]
    assert all(games == found[0] for games in found)


def test_one_batch_asks_each_player_once_a_ply_for_all_its_games(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    class Counted(ConstantQ):
        def q(self, state: Any) -> Any:
            asked.append(len(state))
            return super().q(state)

    players = [QPlayer("counted", Counted(TICTACTOE)), *entrants(("random", "one-ply", "negamax:1"))]
    monkeypatch.setattr("arena.match.tournament._SHORT", 1e9)
    with Tournament(tmp_path / "t.db", TICTACTOE, 20, 2, 0) as tournament:
        tournament.enter(players)
        parts = [Part(players[0], other, range(10)) for other in players[1:]]
        assert tournament._play(tournament._missing(parts), lambda *_: None)
    assert asked[0] == 30  # of 60 games it moves first in half
    assert len(asked) <= 7
