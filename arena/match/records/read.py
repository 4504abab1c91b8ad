"""The games of a tournament's file by name, without the players who played them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from arena.match.details import FORFEITED, Detail, Key
from arena.match.tournament_file import GameRow, TournamentFile
from game.core import AnyGame
from game.errors import QzeroError, UsageError
from game.registry import make


@dataclass(frozen=True, slots=True)
class Record:
    """One game: the names of who moved first and second, and what the file has about it."""

    number: int
    first: str
    second: str
    row: GameRow
    detail: Detail | None

    @property
    def score(self) -> str:
        """1-0, 1/2-1/2 or 0-1, the first player's points first."""
        return {1: "1-0", 0: "1/2-1/2", -1: "0-1"}[self.row.result]

    @property
    def forfeited(self) -> bool:
        return self.detail is not None and self.detail.ending == FORFEITED


def read_records(path: Path) -> tuple[AnyGame, list[Record]]:
    """The game and all games, by pairing and opening. Raises QzeroError for damage, and where there is no such file."""
    if not path.exists():
        raise UsageError(f"there is no {path}: name the --file of a tournament")
    file = TournamentFile(path)
    try:
        with file.in_words():
            settings = file.settings()
            if file.old or not settings:
                raise UsageError(f"{path} has no games yet, or is of an older qzero: give its tournament again first")
            rules = make(settings["game"])
            if settings["rules_version"] != str(rules.rules_version):
                raise UsageError(f"{path} has games by other rules of {rules.name} than this qzero's")
            if damaged := file.damaged():
                raise QzeroError(f"{path}: {len(damaged)} games are damaged; play them again by tournament --mend")
            return rules, list(_named(file))
    finally:
        file.close()


def _named(file: TournamentFile) -> Iterator[Record]:
    names: dict[int, str] = {}
    for player, name, _ in file.players():
        # Players of one name are told apart: a run that learned on.
        same = sum(name == other.partition(" #")[0] for other in names.values())
        names[player] = f"{name} #{same + 1}" if same else name
    return named(file.games(), names, file.details())


def named(rows: list[GameRow], names: dict[int, str], about: dict[Key, Detail]) -> Iterator[Record]:
    """These games as records, by pairing and opening."""

    def order(row: GameRow) -> tuple[int, int, int, int]:
        return min(row.first, row.second), max(row.first, row.second), row.opening, row.first

    for number, row in enumerate(sorted(rows, key=order), start=1):
        yield Record(number, names[row.first], names[row.second], row, about.get(row[:3]))
