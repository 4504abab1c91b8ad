"""Round robins whose games are kept in an SQLite file, so that no game is ever played twice.

A pairing is played in chunks of pairs of games; several chunks, of any pairings, are one batch and one transaction. A
game depends on tournament, players, opening and seats alone, whatever is played beside it. A killed tournament loses at
most one batch, and replays it move for move. Players are known by their name and by
the identity of what they play: a checkpoint that has learned on is a new player. Several processes may play one
tournament: who finds that another was faster goes on at the other end.
"""

from __future__ import annotations

import itertools
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import torch

from agent.play.draws import game_seeds, seed_of
from agent.play.player import QPlayer
from arena.match.book import Book, book_of
from arena.match.details import BY_THE_RULES, FORFEITED, Detail
from arena.match.match import Games, Meeting, Watch, play_together
from arena.match.openings import Openings, extended, random_openings
from arena.match.rating.games import GameResults
from arena.match.rating.standings import Standings, standings
from arena.match.records.read import Record, named
from arena.match.tournament_file import BROKEN, GameRow, TournamentFile
from arena.match.tournament_old import bring_up_to_date, recognised
from game.core import AnyGame
from game.errors import QzeroError, UsageError
from game.notation import move_lists

PAIRS_A_CHUNK = 50
MOST_CHUNKS = 64  # in one batch
_SHORT, _LONG = 1.0, 4.0  # seconds: shorter batches make the next one twice as large, longer ones half
Chunk = Callable[[str, int], Watch | None]  # told of who plays and how many games begin; gives who watches them


class Part(NamedTuple):
    """Some pairs of games of two players, by the numbers of their openings."""

    a: QPlayer
    b: QPlayer
    pairs: Sequence[int]


class Tournament:
    """The games of one file. `notes` are remarks for the user about what was found in it.

    More games than before add openings, fewer use only the first ones. With `mend`, damaged games are removed from the
    file and replayed; without it they are an error. Openings are random moves unless there is a `book`.
    """

    def __init__(
        self,
        path: Path,
        game: AnyGame,
        games: int,
        opening_plies: int | None,
        seed: int,
        mend: bool = False,
        book: Book | None = None,
    ) -> None:
        self.path = path
        self.game = game
        self.seed = seed
        self.pairs = -(-games // 2)
        self.notes: list[str] = []
        self._current: dict[str, int] = {}
        self._file = TournamentFile(path)
        try:
            with self._file.in_words():
                self.openings = self._agree_on_openings(opening_plies, book)
                if self._file.old:
                    self._bring_up_to_date()
                self._check(mend)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if isinstance(value, BROKEN):
            raise self._file.unusable(value) from None

    def play(
        self,
        players: Sequence[QPlayer],
        report: Callable[[int, int, str], None],
        chunk: Chunk = lambda *_: None,
        against: Sequence[QPlayer] = (),
        share: tuple[int, int] = (0, 1),
    ) -> None:
        """Play all missing games; calls `report(games done, games in all, who)` after each batch.

        Everybody meets everybody; with `against`, each of the players meets each of those and nobody else. Before each
        batch `chunk(who, games)` may return a `Watch` for its progress.
        share: (i, n) plays every n-th chunk from number i on, where n ranks share them.
        """
        self.enter([*players, *against])
        met = pairings(players, against)
        every = [
            Part(a, b, range(low, min(low + PAIRS_A_CHUNK, self.pairs)))
            for a, b in met
            for low in range(0, self.pairs, PAIRS_A_CHUNK)
        ]
        chunks = deque(every[share[0] :: share[1]])
        total = sum(2 * len(part.pairs) for part in chunks)
        done, forward, at_once = 0, True, 1
        while chunks:
            batch = [chunks.popleft() if forward else chunks.pop() for _ in range(min(at_once, len(chunks)))]
            began = time.monotonic()
            missing = self._missing(batch)
            if missing:
                if not self._play(missing, chunk):
                    forward = not forward
                took = time.monotonic() - began
                at_once = min(2 * at_once, MOST_CHUNKS) if took < _SHORT else at_once if took < _LONG else at_once // 2
                at_once = max(at_once, 1)
            done += 2 * sum(len(part.pairs) for part in batch)
            report(done, total, _who(batch))

    def enter(self, players: Sequence[QPlayer]) -> None:
        """Look up these players in the file, and add those that are new, in this order."""
        for player in players:
            self._current[player.name] = self._id(player)

    def play_pairs_of(self, a: QPlayer, b: QPlayer, pairs: Sequence[int], chunk: Chunk = lambda *_: None) -> bool:
        """Play what is missing of these pairs of games in one batch; False if another process was faster.

        Both must have entered.
        """
        missing = self._missing([Part(a, b, pairs)])
        return not missing or self._play(missing, chunk)

    def results(self, a: QPlayer, b: QPlayer) -> dict[int, tuple[int, int]]:
        """a's results (1, 0, -1) moving first and moving second, by the number of the pair; unfinished pairs left out.

        Both must have entered.
        """
        a_id, b_id = self._current[a.name], self._current[b.name]
        found: dict[int, dict[int, int]] = {}
        for row in self._file.games((a_id, b_id), self.pairs):
            found.setdefault(row.opening, {})[row.first] = row.result
        return {pair: (seats[a_id], -seats[b_id]) for pair, seats in sorted(found.items()) if len(seats) == 2}

    def kept(self, names: Sequence[str]) -> int:
        """How many games between the current players of these names are in the file."""
        ids = [self._current[name] for name in names if name in self._current]
        return len(self._file.games(ids, self.pairs))

    def standings(self, names: Sequence[str], anchor: tuple[str, float] | None = None) -> Standings:
        """Ratings and cross-table of the current players of these names; `anchor`: one of them and its given Elo."""
        ids = [self._current[name] for name in names]
        place = np.zeros(max(ids) + 1, dtype=np.int64)
        place[ids] = np.arange(len(ids))
        rows, distinct = self._file.results(ids, self.pairs)
        rows[:, :2] = place[rows[:, :2]]
        games = GameResults.of(len(ids), rows, self.openings.number.numpy())
        return standings(names, games, self.pairs, distinct, anchor)

    def records(self, names: Sequence[str]) -> list[Record]:
        """The games among the current players of these names, by pairing and opening."""
        by_id = {self._current[name]: name for name in names}
        return list(named(self._file.games(list(by_id), self.pairs), by_id, self._file.details()))

    def _missing(self, batch: Sequence[Part]) -> list[Part]:
        """What the file lacks of these."""
        found: list[Part] = []
        for a, b, pairs in batch:
            # Player a is the one that entered the file first, so that the order of names never matters.
            one, other = sorted((a, b), key=lambda player: self._current[player.name])
            ids = (self._current[one.name], self._current[other.name])
            kept = self._file.kept(*ids, min(pairs), max(pairs) + 1)
            if left := [pair for pair in pairs if pair not in kept]:
                if found and found[-1].a is one and found[-1].b is other:
                    left = [*found.pop().pairs, *left]
                found.append(Part(one, other, left))
        return found

    def _play(self, batch: Sequence[Part], chunk: Chunk) -> bool:
        """Play these in one batch; False if another process was faster."""
        count = 2 * sum(len(part.pairs) for part in batch)
        watch = chunk(_who(batch), count)
        meetings = [self._meeting(part) for part in batch]
        rows, about = [], []
        for part, meeting, played in zip(batch, meetings, play_together(self.game, meetings, watch), strict=True):
            more_rows, more_about = self._rows(part, meeting, played)
            rows += more_rows
            about += more_about
        return self._file.add(rows, about) == count

    def _meeting(self, part: Part) -> Meeting[Any]:
        pairs = torch.tensor(part.pairs)
        seeds = game_seeds(seed_of(self.seed, part.a.name, part.b.name), torch.stack((2 * pairs, 2 * pairs + 1), 1))
        return Meeting(part.a, part.b, self.openings[pairs], seeds.flatten())

    def _rows(self, part: Part, meeting: Meeting[Any], played: Games) -> tuple[list[GameRow], list[Detail]]:
        begun, texts = (
            move_lists(self.game, [[move for move in moves if move >= 0] for moves in lists.tolist()])
            for lists in (meeting.openings.moves, played.moves)
        )
        a, b = self._current[part.a.name], self._current[part.b.name]
        rows, about = [], []
        for number, (result, moves) in enumerate(zip(played.result.tolist(), texts, strict=True)):
            seats, points = ((a, b), result) if number % 2 == 0 else ((b, a), -result)
            rows.append(GameRow(*seats, part.pairs[number // 2], points, moves))
            ending = FORFEITED if played.forfeited[number] else BY_THE_RULES
            seed = int(meeting.seeds[number])
            about.append(Detail(begun[number // 2], seed, ending, *played.seconds[number].tolist()))
        return rows, about

    def _id(self, player: QPlayer) -> int:
        key = (player.name, player.identity)
        found = self._file.player(*key)
        if found is None:
            note = recognised(self._file, player)
            self.notes += [note] if note else []
            self._file.add_player(*key)
            found = self._file.player(*key)
            assert found is not None
        return found

    def _bring_up_to_date(self) -> None:
        left_out = bring_up_to_date(self._file, self.game)
        self.notes.append(f"{self.path} was made by an older qzero and is brought up to date")
        if left_out:
            self.notes.append(f"{left_out} of its games were damaged and are played again")

    def _check(self, mend: bool) -> None:
        damaged = self._file.damaged()
        if damaged and mend:
            out = set(damaged)
            self._file.replace_games([row for row in self._file.games() if row not in out])
            games = "1 damaged game is" if len(damaged) == 1 else f"{len(damaged)} damaged games are"
            self.notes.append(f"{games} taken out of {self.path} and played again")
        elif damaged:
            row = damaged[0]
            name = {number: name for number, name, _ in self._file.players()}
            others = f" and {len(damaged) - 1} others are" if len(damaged) > 1 else " is"
            raise QzeroError(
                f"{self.path}: the game of {name.get(row.first, row.first)} against {name.get(row.second, row.second)} "
                f"from opening {row.opening}{others} damaged (the checksum does not fit): put back a copy of the file, "
                "or give --mend to play such games again"
            )

    def _agree_on_openings(self, plies: int | None, book: Book | None) -> Openings[Any]:
        """The openings of this file: drawn anew, or the same as before, extended if need be."""
        wanted = {"game": self.game.name, "rules_version": str(self.game.rules_version), "seed": str(self.seed)}
        kept = self._file.settings()
        if not kept:
            drawn = book.openings if book else random_openings(self.game, self.pairs, plies, self.seed)
            of_book = {"book": book.name} if book else {}
            self._file.begin(wanted | {"opening_plies": str(drawn.plies), "openings": str(self.pairs)} | of_book)
            kept = self._file.settings()  # perhaps of another process that was faster
        if book is None and kept.get("book", "").startswith("book:"):
            book = book_of(self.game, kept["book"], self.seed)
        wanted |= {"opening_plies": str(plies)} if plies is not None else {}
        differing = [f"{name} {kept[name]}" for name in wanted if kept.get(name, wanted[name]) != wanted[name]]
        if kept.get("book") != (book.name if book else None):
            differing.append(f"openings from a {kept['book']}" if "book" in kept else "random openings")
        if differing:
            raise UsageError(f"{self.path} holds a tournament of {', '.join(differing)}: name another --file")
        if book is not None:
            return book.repeated(self.pairs)
        if not all(re.fullmatch("[0-9]{1,6}", kept.get(name, "")) for name in ("opening_plies", "openings")):
            raise QzeroError(
                f"cannot use {self.path} as a tournament file: its settings are cut short; name another --file"
            )
        begun = random_openings(self.game, int(kept["openings"]), int(kept["opening_plies"]), self.seed)
        return extended(self.game, begun, self.pairs, self.seed)


def pairings(players: Sequence[QPlayer], against: Sequence[QPlayer] = ()) -> list[tuple[QPlayer, QPlayer]]:
    """Who meets whom: everybody everybody, or each of the players each of `against`; nobody himself."""
    if not against:
        return list(itertools.combinations(players, 2))
    theirs = {one.name for one in against}
    return [(mine, other) for mine in players if mine.name not in theirs for other in against]


def _who(batch: Sequence[Part]) -> str:
    """Who meets whom, in words."""
    met = dict.fromkeys(f"{part.a.name} - {part.b.name}" for part in batch)
    return next(iter(met)) + (f" and {len(met) - 1} more" if len(met) > 1 else "")
