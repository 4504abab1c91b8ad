"""Files of tournaments: what is none stays untouched, damage is found, old ones live on, processes share one."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.network.net import Architecture, build
from agent.network.network_q import NetworkQ
from agent.ntuple.q import NTupleQ
from agent.play.player import QPlayer
from arena.match.match import play_together
from arena.match.rating.standings import Standings
from arena.match.tournament import PAIRS_A_CHUNK, Tournament
from arena.match.tournament_file import TournamentFile
from arena.players.specs import player
from game.errors import QzeroError, UsageError
from game.registry import make
from tests.arena.match.test_tournament import games_in, hold, ignore

TICTACTOE = make("tictactoe")
NAMES = ("random", "one-ply")
GAMES = 20
OLD_TABLES = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, weights TEXT NOT NULL,
                                   UNIQUE (name, weights));
CREATE TABLE game (
    first INTEGER NOT NULL REFERENCES player, second INTEGER NOT NULL REFERENCES player,
    opening INTEGER NOT NULL, result INTEGER NOT NULL, moves TEXT NOT NULL,
    PRIMARY KEY (first, second, opening)) WITHOUT ROWID;
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Standings]:
    """The bytes of a finished tournament's file, and its standings."""
    path = tmp_path_factory.mktemp("tournament") / "sound.db"
    standings = hold(path, NAMES, GAMES)
    return path.read_bytes(), standings


def change(path: Path, statements: str) -> None:
    file = sqlite3.connect(path)
    file.executescript(statements)
    file.close()


def open_only(path: Path, games: int = GAMES, mend: bool = False) -> list[str]:
    with Tournament(path, TICTACTOE, games, None, 0, mend) as tournament:
        return tournament.notes


# What is none


@pytest.mark.parametrize(
    "statements",
    [
        "CREATE TABLE note (x); INSERT INTO note VALUES (1)",
        "PRAGMA application_id = 77",
        "PRAGMA user_version = 3; CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        OLD_TABLES + "CREATE TABLE note (x)",
        OLD_TABLES + "CREATE VIEW v AS SELECT name FROM player",
        OLD_TABLES.replace("weights", "weight"),
        "PRAGMA journal_mode = WAL; " + OLD_TABLES,
    ],
)
def test_a_database_of_somebody_else_is_refused_untouched(statements: str, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    change(path, statements)
    before = path.read_bytes()
    with pytest.raises(QzeroError, match=r"cannot use .*other\.db as a tournament file: .*some other database"):
        hold(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["other.db"]


def test_a_file_of_a_later_version_is_refused_untouched(tmp_path: Path, sound: tuple[bytes, Standings]) -> None:
    path = tmp_path / "later.db"
    path.write_bytes(sound[0])
    change(path, "PRAGMA user_version = 1000")
    before = path.read_bytes()
    with pytest.raises(QzeroError, match="newer qzero"):
        hold(path, NAMES, GAMES)
    assert path.read_bytes() == before


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("prepare", [make_fifo, link_to_device, Path.mkdir])
def test_what_is_no_regular_file_is_refused(prepare: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "thing.db"
    prepare(path)
    with pytest.raises(UsageError, match=r"thing\.db as a tournament file: it is no regular file; name another --file"):
        hold(path)


def test_an_empty_file_becomes_a_tournament(tmp_path: Path, sound: tuple[bytes, Standings]) -> None:
    path = tmp_path / "new.db"
    path.touch()
    assert hold(path, NAMES, GAMES) == sound[1]
    file = sqlite3.connect(path)
    assert file.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"qzer", "big"),)
    assert file.execute("PRAGMA user_version").fetchone() == (2,)
    file.close()


def test_a_finished_tournament_can_be_read_where_nothing_can_be_written(
    tmp_path: Path, sound: tuple[bytes, Standings], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.db"
    path.write_bytes(sound[0])
    connect = sqlite3.connect

    def read_only(path: Any, **settings: Any) -> sqlite3.Connection:
        file: sqlite3.Connection = connect(f"{Path(path).as_uri()}?mode=ro", uri=True, **settings)
        return file

    monkeypatch.setattr(sqlite3, "connect", read_only)
    assert hold(path, NAMES, GAMES) == sound[1]
    with pytest.raises(QzeroError, match=r"kept\.db.*readonly database; make it writable, or name another --file"):
        hold(path, NAMES, GAMES + 2)
    assert path.read_bytes() == sound[0]


# Damage


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE game SET moves = 'b2' || substr(moves, 3) WHERE first = 1 AND opening = 7",
        "UPDATE game SET result = CASE result WHEN 1 THEN 0 ELSE 1 END WHERE first = 1 AND opening = 7",
        "UPDATE game SET result = 'won' WHERE first = 1 AND opening = 7",
        "UPDATE game SET moves = x'ff00' WHERE first = 1 AND opening = 7",
        "UPDATE game SET checksum = '' WHERE first = 1 AND opening = 7",
        "UPDATE game SET opening = 7 + 128 WHERE first = 1 AND opening = 7",
        "UPDATE game SET first = 3 WHERE first = 1 AND opening = 7",
    ],
)
def test_a_damaged_game_is_named_and_can_be_played_again(
    damage: str, tmp_path: Path, sound: tuple[bytes, Standings]
) -> None:
    path = tmp_path / "hurt.db"
    path.write_bytes(sound[0])
    before = games_in(path)
    change(path, damage)
    hurt = path.read_bytes()
    with pytest.raises(QzeroError, match=r"hurt\.db: the game of .* against .* from opening .* is damaged .*--mend"):
        hold(path, NAMES, GAMES)
    assert path.read_bytes() == hurt
    assert open_only(path, mend=True) == [f"1 damaged game is taken out of {path} and played again"]
    assert hold(path, NAMES, GAMES).first_seat.games == GAMES
    after = games_in(path)
    assert len(after) == GAMES
    assert set(before) - set(after) <= {row for row in before if row[2] == 7}


def test_a_damaged_name_or_setting_is_found(tmp_path: Path, sound: tuple[bytes, Standings]) -> None:
    path = tmp_path / "hurt.db"
    for damage, said in {
        "UPDATE player SET name = 'rbndom' WHERE name = 'random'": f"and {GAMES - 1} others are damaged",
        "UPDATE player SET identity = 'x' || substr(identity, 2) WHERE id = 1": "are damaged",
        "UPDATE setting SET value = '3' WHERE name = 'opening_plies'": "its settings are damaged",
        "DELETE FROM setting WHERE name = 'openings'": "its settings are damaged",
        "DELETE FROM setting": "its settings are damaged",
    }.items():
        path.write_bytes(sound[0])
        change(path, damage)
        with pytest.raises(QzeroError, match=said):
            open_only(path)


def test_any_flipped_bit_is_found_or_changes_no_game(tmp_path: Path, sound: tuple[bytes, Standings]) -> None:
    path = tmp_path / "flipped.db"
    path.write_bytes(sound[0])
    games = games_in(path)
    rng = random.Random(5)
    content = [offset for offset, byte in enumerate(sound[0]) if byte]
    said = []
    for _ in range(150):
        data = bytearray(sound[0])
        data[rng.choice(content)] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        try:
            open_only(path)
        except QzeroError as error:
            said.append(str(error))
        else:
            assert games_in(path) == games
    assert len(said) > 50, "the others hit details, which `records` leaves out where they are damaged, or free space"
    assert all("flipped.db" in text and "\n" not in text for text in said)


# Files of the first qzero


def old_file(path: Path, players: list[tuple[str, str]], games: list[tuple[str, str, int, int, str]]) -> None:
    """A file as the first qzero wrote it; players by name and old checksum."""
    file = sqlite3.connect(path)
    file.executescript(OLD_TABLES)
    settings = {"game": "tictactoe", "rules_version": "1", "seed": "0", "opening_plies": "1", "openings": "10"}
    ids = {name: number for number, (name, _) in enumerate(players, start=1)}
    with file:
        file.executemany("INSERT INTO setting VALUES (?, ?)", settings.items())
        file.executemany("INSERT INTO player (name, weights) VALUES (?, ?)", players)
        file.executemany(
            "INSERT INTO game VALUES (?, ?, ?, ?, ?)", [(ids[row[0]], ids[row[1]], *row[2:]) for row in games]
        )
    file.close()


@pytest.fixture
def old_games(tmp_path: Path) -> Callable[[str], list[tuple[str, str, int, int, str]]]:
    """The games of random against a player of this name."""

    def of(name: str) -> list[tuple[str, str, int, int, str]]:
        path = tmp_path / "model.db"
        path.unlink(missing_ok=True)
        with Tournament(path, TICTACTOE, GAMES, 1, 0) as tournament:
            first = player("random", TICTACTOE)
            tournament.play([first, QPlayer(name, player("one-ply", TICTACTOE).q_function)], ignore)
        return games_in(path)

    return of


OldGames = Callable[[str], list[tuple[str, str, int, int, str]]]


def test_a_file_of_the_first_qzero_lives_on(tmp_path: Path, old_games: OldGames) -> None:
    path = tmp_path / "old.db"
    games = old_games("one-ply")
    old_file(path, [("random", ""), ("one-ply", "")], games)
    assert open_only(path) == [f"{path} was made by an older qzero and is brought up to date"]
    assert games_in(path) == games
    standings = hold(path, NAMES, GAMES)
    assert games_in(path) == games, "nothing is played again"
    assert standings.first_seat.games == GAMES
    assert open_only(path) == []
    more = hold(path, NAMES, 2 * GAMES)
    assert more.first_seat.games == 2 * GAMES
    assert set(games) < set(games_in(path))


def test_an_old_file_that_does_not_fit_stays_old(tmp_path: Path, old_games: OldGames) -> None:
    path = tmp_path / "old.db"
    old_file(path, [("random", ""), ("one-ply", "")], old_games("one-ply"))
    before = path.read_bytes()
    for game, seed in ((make("connect4"), 0), (TICTACTOE, 1)):
        with pytest.raises(UsageError, match="holds a tournament of"):
            Tournament(path, game, GAMES, None, seed)
    assert path.read_bytes() == before


def test_damaged_games_of_an_old_file_are_played_again(tmp_path: Path, old_games: OldGames) -> None:
    path = tmp_path / "old.db"
    games = old_games("one-ply")
    hurt = [*games]
    hurt[3] = (*games[3][:3], -games[3][3] or 1, games[3][4])
    hurt[8] = (*games[8][:4], games[8][4][:2] * 2 + games[8][4][4:])
    hurt[11] = (*games[11][:4], games[11][4][:-2])
    old_file(path, [("random", ""), ("one-ply", "")], hurt)
    assert "3 of its games were damaged and are played again" in open_only(path)
    assert len(games_in(path)) == GAMES - 3
    assert hold(path, NAMES, GAMES).first_seat.games == GAMES
    assert set(games_in(path)) >= set(games) - {games[3], games[8], games[11]}


def network_player(name: str, seed: int) -> QPlayer:
    return QPlayer(name, NetworkQ(TICTACTOE, build(TICTACTOE, Architecture("mlp", 1, 8), seed)))


def patterns_player(name: str) -> QPlayer:
    return QPlayer(name, NTupleQ(TICTACTOE, np.arange(3)[None]))


def old_checksum(of: QPlayer) -> str:
    assert isinstance(of.q_function, NetworkQ)
    weights = [tensor.numpy().tobytes() for tensor in of.q_function.net.state_dict().values()]
    return hashlib.sha256(b"".join(weights)).hexdigest()


def play_on(path: Path, entrant: QPlayer) -> tuple[int, list[str]]:
    """How many games are played anew, and what is said."""
    before = len(games_in(path))
    with Tournament(path, TICTACTOE, GAMES, None, 0) as tournament:
        tournament.play([player("random", TICTACTOE), entrant], ignore)
        assert tournament.standings(["random", entrant.name]).first_seat.games == GAMES
    return len(games_in(path)) - before, tournament.notes[1:]


@pytest.mark.parametrize("name", ["runs/x", "./runs/x", "runs/x/"])
def test_old_games_count_for_a_network_that_is_the_same_only(name: str, tmp_path: Path, old_games: OldGames) -> None:
    path, mine = tmp_path / "old.db", network_player("runs/x", 1)
    old_file(path, [("random", ""), (name, old_checksum(mine))], old_games(name))
    data = path.read_bytes()
    assert play_on(path, mine) == (0, [])
    assert play_on(path, mine) == (0, [])
    path.write_bytes(data)
    assert play_on(path, network_player("runs/x", 2)) == (GAMES, [])


def test_old_games_of_patterns_count_no_more_and_that_is_said(tmp_path: Path, old_games: OldGames) -> None:
    path = tmp_path / "old.db"
    old_file(path, [("random", ""), ("runs/x", "")], old_games("runs/x"))
    played, (note,) = play_on(path, patterns_player("runs/x"))
    assert played == GAMES
    assert "did not keep whose weights played as runs/x" in note
    assert "runs/x plays anew" in note
    assert play_on(path, patterns_player("runs/x")) == (0, [])


@pytest.mark.parametrize("tables", [1, 2, 3])
def test_an_old_file_that_was_killed_at_birth_becomes_a_new_one(tables: int, tmp_path: Path) -> None:
    path = tmp_path / "young.db"
    change(path, ";".join(OLD_TABLES.split(";")[:tables]))
    assert hold(path, NAMES, GAMES).first_seat.games == GAMES
    assert open_only(path) == []


def test_two_who_meet_such_a_file_agree(tmp_path: Path) -> None:
    path = tmp_path / "young.db"
    change(path, OLD_TABLES)
    first, second = TournamentFile(path), TournamentFile(path)
    assert first.old
    assert second.old
    first.begin({"seed": "0"})
    first.add_player("random", "x")
    second.begin({"seed": "1"})
    assert second.settings() == first.settings() == {"seed": "0"}
    assert second.player("random", "x") == 1
    first.close()
    second.close()


# Several processes


def test_who_finds_another_at_work_shares_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first chunk is played somebody else plays it too: from then on each goes its own way."""
    names, games = ("random", "one-ply", "negamax:2"), 2 * PAIRS_A_CHUNK * 2
    alone = tmp_path / "alone.db"
    whole = hold(alone, names, games)
    path = tmp_path / "shared.db"
    chunks: list[tuple[str, str, int]] = []

    def with_another(game: Any, meetings: Any, *rest: Any) -> Any:
        (one,) = meetings
        chunks.append((one.a.name, one.b.name, int(one.openings.number[0])))
        if len(chunks) == 1:
            with pytest.raises(InterruptedError):
                hold(path, names, games, report=stop)
        return play_together(game, meetings, *rest)

    def stop(*_: object) -> None:
        raise InterruptedError

    monkeypatch.setattr("arena.match.tournament.play_together", with_another)
    monkeypatch.setattr("arena.match.tournament.MOST_CHUNKS", 1)
    assert hold(path, names, games) == whole
    assert games_in(path) == games_in(alone)
    assert chunks[:2] == [("random", "one-ply", 0)] * 2
    assert chunks[2] == ("one-ply", "negamax:2", PAIRS_A_CHUNK), "it goes on at the other end"
    assert len(chunks) == 7, "one chunk was played twice, no other"


def test_two_at_once_lose_nothing_and_play_the_same(tmp_path: Path) -> None:
    names, games = ("random", "one-ply", "negamax:2"), 40
    alone, path = tmp_path / "alone.db", tmp_path / "shared.db"
    whole = hold(alone, names, games)
    with ThreadPoolExecutor(3) as pool:
        found = [job.result() for job in [pool.submit(hold, path, names, games) for _ in range(3)]]
    assert found == [whole] * 3
    assert games_in(path) == games_in(alone)


def test_one_that_is_kept_waiting_too_long_is_told(
    tmp_path: Path, sound: tuple[bytes, Standings], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "busy.db"
    path.write_bytes(sound[0])
    connect = sqlite3.connect

    def impatient(path: Any, **settings: Any) -> sqlite3.Connection:
        file: sqlite3.Connection = connect(path, **settings | {"timeout": 0.01})
        return file

    monkeypatch.setattr(sqlite3, "connect", impatient)
    other = connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(QzeroError, match=r"busy\.db.*another process is using it"):
        hold(path, NAMES, GAMES + 2)
    other.execute("ROLLBACK")
    other.close()
    assert hold(path, NAMES, GAMES + 2).first_seat.games == GAMES + 2
