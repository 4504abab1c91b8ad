"""The SQLite file of a tournament: checked before it is written, shared by processes, a checksum in every row."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from arena.match import details
from arena.match.details import Detail, Key
from game.errors import QzeroError, UsageError

APPLICATION = int.from_bytes(b"qzer", "big")  # SQLite's application_id: bytes 68 to 71 of the file
# SQLite's user_version; files without either were made by the first qzero, see `tournament_old`. The higher one is that
# of files with a book: older versions would play random openings there.
RANDOM_VERSION, VERSION = 2, 3
TABLES = (
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, identity TEXT NOT NULL, UNIQUE (name, identity))",
    "CREATE TABLE game (first INTEGER NOT NULL REFERENCES player, second INTEGER NOT NULL REFERENCES player, "
    "opening INTEGER NOT NULL, result INTEGER NOT NULL, moves TEXT NOT NULL, checksum TEXT NOT NULL, "
    "PRIMARY KEY (first, second, opening)) WITHOUT ROWID",
)
OLD_TABLES = (
    TABLES[0],
    "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, weights TEXT NOT NULL, UNIQUE (name, weights))",
    TABLES[2].replace(" checksum TEXT NOT NULL,", ""),
)
BROKEN = (sqlite3.Error, UnicodeDecodeError)  # what sqlite3 raises if a file cannot be used
_AMONG = " WHERE first IN ({0}) AND second IN ({0}) AND opening < ?"
_WAIT = 60.0  # seconds to wait for another process that is writing
_HINTS = {
    "SQLITE_FULL": "make room on the disk and repeat the command: all games in it are kept",
    "SQLITE_IOERR": "check the disk and repeat the command: all games in it are kept",
    "SQLITE_BUSY": "another process is using it: repeat the command when that has finished",
    "SQLITE_READONLY": "make it writable, or name another --file",
    "SQLITE_CORRUPT": "restore a copy of it, or name another --file",
}


class GameRow(NamedTuple):
    """One game: players by their ids, `result` is the first player's (1, 0, -1), `moves` start at the empty board."""

    first: int
    second: int
    opening: int
    result: int
    moves: str


class TournamentFile:
    """The tables of one file. Opening writes nothing; a file that is not a tournament is refused untouched."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _look(path)
        with self.in_words():
            self._file = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
        self._file.text_factory = lambda text: text.decode("utf-8", "replace")  # the checksums find what it was
        try:
            with self.in_words():
                self.old = bool(_tables(self._file)) and self._is_old()
        except QzeroError:
            self.close()
            raise

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Turns what SQLite complains about into a QzeroError that says what to do."""
        try:
            yield
        except BROKEN as error:
            raise self.unusable(error) from None

    def unusable(self, error: Exception) -> QzeroError:
        """What one of BROKEN means, in words."""
        name = getattr(error, "sqlite_errorname", None) or ""
        what = str(error)
        if isinstance(error, UnicodeDecodeError):  # out of a message that quotes the file
            name, what = "SQLITE_CORRUPT", "its tables are damaged"
        hint = next((hint for start, hint in _HINTS.items() if name.startswith(start)), "name another --file")
        return QzeroError(f"cannot use {self.path} as a tournament file: {what}; {hint}")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction: everything written inside is kept, or nothing."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._file.execute("COMMIT")
        finally:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")

    def settings(self) -> dict[str, str]:
        """The settings that the tournament began with; empty for a new file. Raises QzeroError if they are damaged."""
        if TABLES[0] not in _tables(self._file):
            return {}
        found = dict(self._file.execute("SELECT name, value FROM setting"))
        if not self.old and found.pop("checksum", None) != _checksum(sorted(found.items(), key=repr)):
            raise QzeroError(
                f"cannot use {self.path} as a tournament file: its settings are damaged; "
                "restore a copy of it, or name another --file"
            )
        return {str(name): str(value) for name, value in found.items()}

    def begin(self, settings: Mapping[str, str]) -> None:
        """Create the tables and store these settings, unless another process has done so."""
        with self.writing():
            if not _tables(self._file) or (self.old and self._is_old()):
                self._make(settings)
        self.old = False

    def player(self, name: str, identity: str) -> int | None:
        """The id of a player, if it is in the file."""
        found = self._file.execute("SELECT id FROM player WHERE name = ? AND identity = ?", (name, identity)).fetchone()
        return int(found[0]) if found else None

    def players(self) -> list[tuple[int, str, str]]:
        """(id, name, identity) of all players."""
        return self._file.execute("SELECT id, name, identity FROM player ORDER BY id").fetchall()

    def add_player(self, name: str, identity: str) -> None:
        with self.writing():
            self._file.execute("INSERT OR IGNORE INTO player (name, identity) VALUES (?, ?)", (name, identity))

    def rename(self, player: int, name: str, identity: str) -> None:
        """Give a player of the file another name and identity; its games stay."""
        with self.writing():
            self._file.execute(
                "UPDATE OR IGNORE player SET name = ?, identity = ? WHERE id = ?", (name, identity, player)
            )
            rows = [row for row in self.games() if player in (row.first, row.second)]
            self._write("INSERT OR REPLACE", rows)

    def kept(self, a: int, b: int, low: int, high: int) -> set[int]:
        """The openings from `low` to below `high` that these two have played with both seats."""
        found = self._file.execute(
            "SELECT opening FROM game WHERE (first, second) IN (VALUES (?, ?), (?, ?)) "
            "AND opening >= ? AND opening < ? GROUP BY opening HAVING COUNT(*) = 2",
            (a, b, b, a, low, high),
        )
        return {opening for (opening,) in found}

    def add(self, rows: Sequence[GameRow], about: Sequence[Detail] = ()) -> int:
        """Store these games, unless another process has played them meanwhile; returns how many were new.

        about: the details of each, if they are known.
        """
        with self.writing():
            before = self._file.total_changes
            self._write("INSERT OR IGNORE", rows)
            new = self._file.total_changes - before
            if about:
                details.write(self._file, [(row[:3], one) for row, one in zip(rows, about, strict=True)], _checksum)
        return new

    def details(self) -> dict[Key, Detail]:
        """What else is known of games."""
        return details.read(self._file, _checksum)

    def games(self, among: Sequence[int] | None = None, openings: int | None = None) -> list[GameRow]:
        """The games among these players from the first so many openings; without them, all."""
        query, values = "SELECT first, second, opening, result, moves FROM game", []
        if among is not None and openings is not None:
            query, values = query + _AMONG.format(",".join("?" * len(among))), [*among, *among, openings]
        return [GameRow(*row) for row in self._file.execute(query, values)]

    def results(self, among: Sequence[int], openings: int) -> tuple[NDArray[np.int64], int]:
        """`[G, 4]`, first and second player, opening and result of these games; and how many differ in their moves."""
        # Two texts for each pairing: a row for each game would take several times as long.
        packing = "COUNT(*), group_concat(opening * 4 + result + 1), group_concat(moves, '\n')"
        among_them = _AMONG.format(",".join("?" * len(among)))
        query = f"SELECT first, second, {packing} FROM game {among_them} GROUP BY first, second"
        players, packed, differing = [], [], set()
        for first, second, count, results, moves in self._file.execute(query, [*among, *among, openings]):
            players.append((first, second, count))
            packed.append(results)
            differing.update(moves.split("\n"))
        numbers = np.fromstring(",".join(packed), dtype=np.int64, sep=",")
        seats = np.array(players, dtype=np.int64).reshape(-1, 3).repeat([row[2] for row in players], 0)
        return np.column_stack([seats[:, :2], numbers // 4, numbers % 4 - 1]), len(differing)

    def damaged(self) -> list[GameRow]:
        """The games whose checksum does not fit."""
        whose = self._names()
        rows = self._file.execute("SELECT first, second, opening, result, moves, checksum FROM game").fetchall()
        return [GameRow(*row) for *row, checksum in rows if checksum != _of_row(GameRow(*row), whose)]

    def replace_games(self, rows: Sequence[GameRow]) -> None:
        """Keep these games and no others."""
        with self.writing():
            gone = {row[:3] for row in self._file.execute("SELECT first, second, opening FROM game")}
            details.forget(self._file, sorted(gone - {row[:3] for row in rows}, key=repr))
            self._file.execute("DELETE FROM game")
            self._write("INSERT", rows)

    def rebuild(
        self, settings: Mapping[str, str], players: Sequence[tuple[int, str, str]], rows: Iterable[GameRow]
    ) -> None:
        """All tables anew with this content. Raises QzeroError if another process has done it meanwhile."""
        with self.writing():
            if not self._is_old():
                raise QzeroError(
                    f"another process has just brought {self.path} up to date: give the same command again"
                )
            self._make(settings)
            self._file.executemany("INSERT INTO player (id, name, identity) VALUES (?, ?, ?)", players)
            self._write("INSERT", rows)
        self.old = False

    def old_players(self) -> list[tuple[int, str, str]]:
        """(id, name, weights) of the players of an old file."""
        return self._file.execute("SELECT id, name, weights FROM player ORDER BY id").fetchall()

    def _is_old(self) -> bool:
        (application,) = self._file.execute("PRAGMA application_id").fetchone()
        return int(application) != APPLICATION

    def _make(self, settings: Mapping[str, str]) -> None:
        for table in ("game", "player", "setting"):
            self._file.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in TABLES:
            self._file.execute(statement)
        self._file.execute(f"PRAGMA application_id = {APPLICATION}")
        self._file.execute(f"PRAGMA user_version = {VERSION if 'book' in settings else RANDOM_VERSION}")
        items = sorted(settings.items(), key=repr)
        self._file.executemany("INSERT INTO setting VALUES (?, ?)", [*items, ("checksum", _checksum(items))])

    def _write(self, verb: str, rows: Iterable[GameRow]) -> None:
        whose = self._names()
        values = ((*row, _of_row(row, whose)) for row in rows)
        self._file.executemany(f"{verb} INTO game VALUES (?, ?, ?, ?, ?, ?)", values)

    def _names(self) -> dict[int, tuple[str, str]]:
        return {player: (name, identity) for player, name, identity in self.players()}


def _of_row(row: GameRow, whose: Mapping[int, tuple[str, str]]) -> str:
    return _checksum((whose.get(row.first), whose.get(row.second), *row[2:]))


def _checksum(content: object) -> str:
    """64 bits over any plain content: enough to detect accidental damage."""
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def _look(path: Path) -> None:
    """Read, and only read, what the file is. Raises QzeroError for anything but a tournament, nothing or a new file."""
    refused = f"cannot use {path} as a tournament file: "
    try:
        if not path.exists():
            return
        if not path.is_file():
            raise UsageError(f"{refused}it is no regular file; name another --file")
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise QzeroError(f"{refused}{error.strerror}; name another --file") from None
    if not head:
        return
    if not head.startswith(b"SQLite format 3\0"):
        raise QzeroError(f"{refused}it is not a database; name another --file")
    application, version = (int.from_bytes(head[at : at + 4], "big") for at in (68, 60))
    if application == APPLICATION and version <= VERSION:
        return
    if application == APPLICATION:
        raise QzeroError(f"{refused}it was made by a newer qzero; use that one, or name another --file")
    if application or version or head[18:20] != b"\1\1" or not _is_old(path):
        raise QzeroError(f"{refused}it is some other database, and was left unchanged; name another --file")


def _is_old(path: Path) -> bool:
    """The database holds nothing but tables of an old tournament. Nothing beside the file is made or changed either."""
    try:
        file = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            return _tables(file) <= frozenset(OLD_TABLES)
        finally:
            file.close()
    except BROKEN:
        return False


def _tables(file: sqlite3.Connection) -> frozenset[str]:
    """How everything in a database was made, SQLite's own things left out; blanks do not matter."""
    found = file.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'")
    return frozenset(" ".join(str(sql).split()).replace("( ", "(") for (sql,) in found)
