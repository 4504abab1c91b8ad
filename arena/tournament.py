"""Round robins whose games are kept in an SQLite file, so that what was played is never played again.

A pairing is played in chunks of pairs of games; each chunk is one transaction, seeded by tournament, players and chunk.
A killed tournament so loses at most one chunk, and plays it again game for game. Players are known by name and, if they
are checkpoints, by the checksum of their weights: a checkpoint that has learned on is a new player.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from agent.network_q import NetworkQ
from agent.player import QPlayer
from agent.table import TableQ
from arena.match import play_pairs
from arena.openings import Openings, random_openings
from arena.ratings import Rating, bradley_terry
from arena.score import Score
from game.core import Game
from game.errors import QzeroError, UsageError
from game.notation import move_lists

PAIRS_A_CHUNK = 50
_SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, weights TEXT NOT NULL,
                                   UNIQUE (name, weights));
CREATE TABLE IF NOT EXISTS game (
    first INTEGER NOT NULL REFERENCES player, second INTEGER NOT NULL REFERENCES player,
    opening INTEGER NOT NULL, result INTEGER NOT NULL, moves TEXT NOT NULL,
    PRIMARY KEY (first, second, opening)) WITHOUT ROWID;
"""


class Tournament:
    """The games of one file: `result` is the first player's (1, 0, -1), `moves` start at the empty board."""

    def __init__(self, path: Path, game: Game[Any], games: int, opening_plies: int | None, seed: int) -> None:
        self.path = path
        self.game = game
        self.seed = seed
        self.pairs = -(-games // 2)
        self._current: dict[str, int] = {}
        try:
            self._file = sqlite3.connect(path)
            self._file.executescript(_SCHEMA)
            self.openings = self._agree_on_openings(opening_plies)
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if isinstance(value, sqlite3.Error):
            raise self._unusable(value) from None

    def play(self, players: Sequence[QPlayer], report: Callable[[int, int, str], None]) -> None:
        """Play all games that are missing; `report(games done, games in all, pairing)` after each chunk."""
        ids = [self._id(player) for player in players]
        pairings = list(itertools.combinations(range(len(players)), 2))
        total = 2 * self.pairs * len(pairings)
        done = 0
        for i, j in pairings:
            # Whoever came into the file first is a, so that a later order of names changes nothing.
            a, b = (i, j) if ids[i] < ids[j] else (j, i)
            for low in range(0, self.pairs, PAIRS_A_CHUNK):
                high = min(low + PAIRS_A_CHUNK, self.pairs)
                played = low + self._pairs_kept(ids[a], ids[b], low, high)
                if played < high:
                    self._play_chunk(players[a], players[b], ids[a], ids[b], played, high)
                done += 2 * (high - low)
                report(done, total, f"{players[a].name} - {players[b].name}")

    def standings(self, names: Sequence[str]) -> Standings:
        """Ratings and cross-table of the players of these names, as they are now."""
        ids = [self._current[name] for name in names]
        place = {player: k for k, player in enumerate(ids)}
        scores = [[Score() for _ in ids] for _ in ids]
        marks = ",".join("?" * len(ids))
        query = (
            "SELECT first, second, SUM(result = 1), SUM(result = 0), SUM(result = -1) FROM game "
            f"WHERE first IN ({marks}) AND second IN ({marks}) AND opening < ? GROUP BY first, second"
        )
        first_seat = Score()
        for first, second, wins, draws, losses in self._file.execute(query, [*ids, *ids, self.pairs]):
            score = Score(wins, draws, losses)
            i, j = place[first], place[second]
            scores[i][j] += score
            scores[j][i] += -score
            first_seat += score
        points = np.array([[s.wins + s.draws / 2 for s in row] for row in scores], dtype=np.float64)
        (distinct,) = self._file.execute(
            f"SELECT COUNT(DISTINCT moves) FROM game WHERE first IN ({marks}) AND second IN ({marks}) AND opening < ?",
            [*ids, *ids, self.pairs],
        ).fetchone()
        return Standings(list(names), bradley_terry(points), scores, first_seat, distinct)

    def _play_chunk(self, a: QPlayer, b: QPlayer, a_id: int, b_id: int, low: int, high: int) -> None:
        openings = Openings(self.openings.state[low:high], self.openings.moves[low:high], high - low)
        text = f"{self.seed} {a.name} {b.name} {low}".encode()
        played = play_pairs(self.game, a, b, openings, int.from_bytes(hashlib.sha256(text).digest()[:7], "little"))
        rows = []
        texts = move_lists(self.game, [[move for move in moves if move >= 0] for moves in played.moves.tolist()])
        for number, (result, text_moves) in enumerate(zip(played.result.tolist(), texts, strict=True)):
            pair = low + number // 2
            if number % 2 == 0:
                rows.append((a_id, b_id, pair, result, text_moves))
            else:
                rows.append((b_id, a_id, pair, -result, text_moves))
        with self._file:
            self._file.executemany("INSERT INTO game VALUES (?, ?, ?, ?, ?)", rows)

    def _pairs_kept(self, a: int, b: int, low: int, high: int) -> int:
        """How many openings from `low` on were played: always the first ones of a chunk."""
        (found,) = self._file.execute(
            "SELECT COUNT(*) FROM game WHERE opening >= ? AND opening < ? "
            "AND (first, second) IN (VALUES (?, ?), (?, ?))",
            [low, high, a, b, b, a],
        ).fetchone()
        return int(found) // 2

    def _unusable(self, error: sqlite3.Error) -> QzeroError:
        return QzeroError(f"cannot use {self.path} as a tournament file: {error}; name another --file")

    def _id(self, player: QPlayer) -> int:
        key = (player.name, _weights(player))
        with self._file:
            self._file.execute("INSERT OR IGNORE INTO player (name, weights) VALUES (?, ?)", key)
        (found,) = self._file.execute("SELECT id FROM player WHERE name = ? AND weights = ?", key).fetchone()
        self._current[player.name] = found
        return int(found)

    def _agree_on_openings(self, plies: int | None) -> Openings:
        """The openings of this file: drawn for the first time, or drawn again as they were."""
        wanted = {"game": self.game.name, "rules_version": str(self.game.rules_version), "seed": str(self.seed)}
        kept = dict(self._file.execute("SELECT name, value FROM setting"))
        if not kept:
            drawn = random_openings(self.game, self.pairs, plies, self.seed)
            kept = wanted | {"opening_plies": str(drawn.plies), "openings": str(self.pairs)}
            with self._file:
                self._file.executemany("INSERT INTO setting VALUES (?, ?)", kept.items())
            return drawn
        wanted |= {"opening_plies": str(plies)} if plies is not None else {}
        differing = [f"{name} {kept[name]}" for name in wanted if kept.get(name, wanted[name]) != wanted[name]]
        if differing:
            raise UsageError(f"{self.path} holds a tournament of {', '.join(differing)}: name another --file")
        if not kept.keys() >= {*wanted, "opening_plies", "openings"}:
            raise QzeroError(
                f"cannot use {self.path} as a tournament file: its settings are cut short; name another --file"
            )
        if self.pairs > int(kept["openings"]):
            raise UsageError(
                f"{self.path} was begun with {2 * int(kept['openings'])} games a pairing: ask for at most so many, "
                "or name another --file"
            )
        return random_openings(self.game, int(kept["openings"]), int(kept["opening_plies"]), self.seed)


@dataclass(frozen=True, slots=True)
class Standings:
    """Ratings, and scores[i][j] of player i against player j; first_seat is the score of whoever moved first."""

    names: list[str]
    ratings: list[Rating]
    scores: list[list[Score]]
    first_seat: Score
    distinct_games: int

    def order(self) -> list[int]:
        """Players from the strongest to the weakest."""
        return sorted(range(len(self.names)), key=lambda i: -self.ratings[i].elo)

    def total(self, player: int) -> Score:
        return sum(self.scores[player], Score())

    def as_dict(self) -> dict[str, Any]:
        rows = [
            {
                "name": self.names[i],
                **dataclasses.asdict(self.ratings[i]),
                **dataclasses.asdict(self.total(i)),
                "against": {self.names[j]: dataclasses.asdict(self.scores[i][j]) for j in self.order() if j != i},
            }
            for i in self.order()
        ]
        return {"players": rows, "games": self.first_seat.games, "distinct_games": self.distinct_games}

    def table(self) -> str:
        """Rank, rating, score and the cross-table of points in per cent, strongest first."""
        order = self.order()
        width = max(len(name) for name in self.names)
        columns = "".join(f"{k:>7}" for k in range(1, len(order) + 1))
        lines = [f"  # {'player':<{width}} {'Elo':>6} {'95 %':>6} {'games':>6} {'score':>7} {columns}"]
        for rank, i in enumerate(order, start=1):
            total = self.total(i)
            cells = "".join("      -" if i == j else f"{100 * self.scores[i][j].rate:>7.1f}" for j in order)
            lines.append(
                f"{rank:>3} {self.names[i]:<{width}} {self.ratings[i].elo:>+6.0f} ±{self.ratings[i].margin:<5.0f} "
                f"{total.games:>6} {100 * total.rate:>6.1f}% {cells}"
            )
        games = self.first_seat.games
        lines.append(
            f"{games} games, {self.distinct_games} distinct; whoever moved first scored "
            f"{100 * self.first_seat.rate:.1f} % ({self.first_seat}); Elo is relative to the mean"
        )
        return "\n".join(lines)


def _weights(player: QPlayer) -> str:
    """A checksum of what a player has learned; empty for one that learns nothing."""
    q = player.q_function
    if isinstance(q, NetworkQ):
        tensors = list(q.net.state_dict().values())
    elif isinstance(q, TableQ):
        tensors = [q.keys, q.values]
    else:
        return ""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
