"""What a tournament's file keeps of each game beside its moves and result: a table that older files lack."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple

BY_THE_RULES, FORFEITED = "rules", "forfeit"  # how a game ended, as `Detail.ending` says it
# Added to a file when the first details are written; a qzero that does not know them plays on without.
_MADE = (
    "CREATE TABLE IF NOT EXISTS detail (first INTEGER NOT NULL, second INTEGER NOT NULL, opening INTEGER NOT NULL, "
    "begun TEXT NOT NULL, seed INTEGER NOT NULL, ending TEXT NOT NULL, first_seconds REAL NOT NULL, "
    "second_seconds REAL NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY (first, second, opening)) WITHOUT ROWID",
    # For people with an SQLite shell.
    "CREATE VIEW IF NOT EXISTS games AS SELECT one.name AS first, other.name AS second, opening, result, moves, begun, "
    "ending, seed, first_seconds, second_seconds FROM game JOIN player AS one ON one.id = first "
    "JOIN player AS other ON other.id = second LEFT JOIN detail USING (first, second, opening)",
)
_KEY = "first = ? AND second = ? AND opening = ?"
Checksum = Callable[[object], str]
Key = tuple[int, int, int]  # first player, second player, opening


class Detail(NamedTuple):
    """Of one game.

    begun:   the moves of its opening.
    seed:    of the random numbers that broke ties.
    ending:  "rules": the game was played to its end; "forfeit": the loser gave up or failed, in its turn.
    first_seconds, second_seconds: what each player thought, its time for a batch of positions shared evenly among them.
    """

    begun: str
    seed: int
    ending: str
    first_seconds: float
    second_seconds: float


def write(file: sqlite3.Connection, rows: Sequence[tuple[Key, Detail]], checksum: Checksum) -> None:
    """Keep the details of games that have none yet."""
    for statement in _MADE:
        file.execute(statement)
    values = ((*key, *detail, checksum((key, detail))) for key, detail in rows)
    file.executemany("INSERT OR IGNORE INTO detail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def read(file: sqlite3.Connection, checksum: Checksum) -> dict[Key, Detail]:
    """By game; details that are damaged are left out."""
    if not _there(file):
        return {}
    found = {}
    for first, second, opening, *fields, kept in file.execute("SELECT * FROM detail"):
        key, detail = (first, second, opening), Detail(*fields)
        if checksum((key, detail)) == kept:
            found[key] = detail
    return found


def forget(file: sqlite3.Connection, keys: Sequence[Key]) -> None:
    """Remove the details of these games."""
    if _there(file):
        file.executemany(f"DELETE FROM detail WHERE {_KEY}", keys)


def _there(file: sqlite3.Connection) -> bool:
    return file.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'detail'").fetchone() is not None
