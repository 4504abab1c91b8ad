"""A game as a file: what a tournament keeps of one (game, rules version, players, moves, result), as JSON."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.store.files import MOST_SETTINGS, ReadError, read_regular, write_json
from arena.match.details import BY_THE_RULES, FORFEITED
from arena.players.menu import HUMAN
from arena.players.specs import lasting, plain_name
from arena.view.session import OUT_OF_TIME, RESIGNED, Session
from game.core import AnyGame
from game.errors import QzeroError
from game.notation import parse_moves
from game.play import History
from game.registry import make, titled

FORMAT = "qzero game 1"
LOST_ON_TIME = "time"


class GameFileError(QzeroError):
    """A file or a text that is not a saved game, is damaged, or is of other rules."""


@dataclass(frozen=True, slots=True)
class SavedGame:
    """One game.

    players: whoever moves first and second, as `arena.players.specs.player` takes them in any folder, or HUMAN.
    start:   the diagram of the position it begins with; empty for the usual one.
    result:  the first player's: 1, 0 or -1; None while the game goes on.
    ending:  BY_THE_RULES, FORFEITED where a player resigned, LOST_ON_TIME; empty while it goes on.
    saved:   local time, as 2026-11-26T14:32:10.
    """

    game: str
    rules_version: int
    players: tuple[str, str]
    start: str
    moves: str
    result: int | None
    ending: str
    saved: str

    @property
    def title(self) -> str:
        """Such as "Hex 7 x 7: You - shipped"."""
        if self.players == (HUMAN, HUMAN):
            return f"{titled(self.game)}: two persons"
        first, second = ("You" if name == HUMAN else _short(name) for name in self.players)
        return f"{titled(self.game)}: {first} - {second}"

    @property
    def note(self) -> str:
        """When it was saved, and how it stands."""
        score = {1: "1-0", 0: "1/2-1/2", -1: "0-1", None: "not finished"}[self.result]
        return f"{self.saved.replace('T', ' ')}, {score}, {self.moves_so_far}"

    @property
    def moves_so_far(self) -> str:
        """The beginning of its moves."""
        return self.moves if len(self.moves) <= 40 else f"{self.moves[:40]}..."


def saved_game(session: Session) -> SavedGame:
    """The session's game as it stands."""
    game, history = session.game, session.history
    usual = history.states[0].equal(game.initial(1))
    winner, over = session.winner, session.over
    early = LOST_ON_TIME if session.out_of_time else FORFEITED
    ending = "" if not over else (BY_THE_RULES if session.resigned is None else early)
    return SavedGame(
        game.name,
        game.rules_version,
        (_spec(session, 0), _spec(session, 1)),
        "" if usual else game.render(history.states[0]),
        text_of(history),
        (0 if winner is None else 1 - 2 * winner) if over else None,
        ending,
        datetime.datetime.now().isoformat(timespec="seconds"),
    )


def text_of(history: History[Any]) -> str:
    """The moves in the game's notation, as `parse_moves` reads them; parted by blanks."""
    game = history.game
    return " ".join(
        game.move_name(action, state) for action, state in zip(history.actions, history.states, strict=False)
    )


def history_of(saved: SavedGame) -> History[Any]:
    """Its positions and moves. Raises GameFileError."""
    try:
        game = make(saved.game)
        if game.rules_version != saved.rules_version:
            raise GameFileError(f"this game of {saved.game} was played by other rules than this qzero's")
        start = game.parse_position(saved.start) if saved.start else None
        return replayed(game, saved.moves, start)
    except GameFileError:
        raise
    except QzeroError as error:
        raise GameFileError(f"this is no game of {saved.game}: {error}") from None


def replayed(game: AnyGame, moves: str, start: Any = None) -> History[Any]:
    """The game of these moves, from `start` or the usual position. Raises NotationError or IllegalMoveError."""
    if start is None:
        return parse_moves(game, moves)
    history = History(game, start)
    for name in moves.split():
        history.push(game.parse_move(name, history.state))
    return history


def given_up(saved: SavedGame) -> tuple[int | None, str]:
    """The seat that gave up or ran out of time, if one did, and which it was, as `Session.load` takes them."""
    ends = {FORFEITED: RESIGNED, LOST_ON_TIME: OUT_OF_TIME}
    if saved.ending not in ends or not saved.result:
        return None, RESIGNED
    return (1 if saved.result == 1 else 0), ends[saved.ending]


def write_game(path: Path, saved: SavedGame) -> None:
    """Atomically. Raises WriteError."""
    with contextlib.suppress(OSError):  # what cannot be written is told below
        path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"format": FORMAT, **_plain(saved), "checksum": _checksum(saved)})


def read_game(path: Path) -> SavedGame:
    """Raises GameFileError for anything but a whole saved game."""
    try:
        return game_of_json(read_regular(path, MOST_SETTINGS).decode())
    except (ReadError, UnicodeDecodeError) as error:
        raise GameFileError(f"{path} is no saved game: {error}") from None
    except GameFileError as error:
        raise GameFileError(f"{path}: {error}") from None


def game_of_json(text: str) -> SavedGame:
    """The inverse of what `write_game` writes. Raises GameFileError."""
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise GameFileError("it is no game that qzero saved, or of a newer qzero")
        saved = SavedGame(
            str(found["game"]),
            int(found["rules_version"]),
            (str(found["first"]), str(found["second"])),
            str(found["start"]),
            str(found["moves"]),
            None if found["result"] is None else int(found["result"]),
            str(found["ending"]),
            str(found["saved"]),
        )
        whole = found["checksum"] == _checksum(saved) and saved.result in (None, 1, 0, -1)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise GameFileError("it is no saved game, or is damaged or cut short") from None
    if not whole:
        raise GameFileError("it is damaged: its checksum does not fit")
    return saved


def file_name(saved: SavedGame) -> str:
    """A name for its file, of characters that every system takes."""
    first, second = ("you" if name == HUMAN else _short(name) for name in saved.players)
    words = f"{saved.saved}_{saved.game}_{first}-{second}"
    return re.sub(r"[^A-Za-z0-9._-]+", "-", words)[:120] + ".json"


def free_name(path: Path) -> Path:
    """This path, or one with a number where there is a file already: two games may be saved in one second."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found


def _spec(session: Session, seat: int) -> str:
    player = session.seats[seat]
    return HUMAN if player is None else lasting(player.name)


def _short(name: str) -> str:
    """A path inside the working directory as a person would type it."""
    return plain_name(name) if Path(name).is_absolute() else name


def _plain(saved: SavedGame) -> dict[str, Any]:
    return {
        "game": saved.game,
        "rules_version": saved.rules_version,
        "first": saved.players[0],
        "second": saved.players[1],
        "start": saved.start,
        "moves": saved.moves,
        "result": saved.result,
        "ending": saved.ending,
        "saved": saved.saved,
    }


def _checksum(saved: SavedGame) -> str:
    return hashlib.sha256(json.dumps(_plain(saved), sort_keys=True).encode()).hexdigest()[:16]
