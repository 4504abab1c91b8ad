"""Upgrades tournament files of the first qzero, which had no checksum per game and did not identify every player.

Networks and tables were identified by a checksum of their weights, all other players by their name alone. Games of
players that can no longer be told apart do not count: they stay in the file under an identity that no player has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch

from agent.play.player import QPlayer
from arena.match.tournament_file import GameRow, TournamentFile
from arena.players.specs import plain_name
from game.core import AnyGame
from game.errors import IllegalMoveError, NotationError
from game.notation import replay_text

_OLD = "old "  # identities begin so that are no more than an old checksum
_AT_ONCE = 1000  # games


def bring_up_to_date(file: TournamentFile, game: AnyGame) -> int:
    """Give an old file checksums; how many of its games were damaged and so left out."""
    players = [(number, name, _OLD + weights) for number, name, weights in file.old_players()]
    known = {number for number, *_ in players}
    rows = file.games()
    likely = [row for row in rows if {row.first, row.second} <= known and isinstance(row.opening, int)]
    sound = [row for at in range(0, len(likely), _AT_ONCE) for row in _sound(game, likely[at : at + _AT_ONCE])]
    file.rebuild(file.settings(), players, sound)
    return len(rows) - len(sound)


def recognised(file: TournamentFile, player: QPlayer) -> str | None:
    """Give a player its games of an old file if it is certainly the same player; otherwise return a remark."""
    old = [row for row in file.players() if row[2].startswith(_OLD) and plain_name(row[1]) == player.name]
    checksum = _old_checksum(player)
    for number, _, identity in old:
        if identity == _OLD + checksum:
            file.rename(number, player.name, player.identity)
            return None
    if checksum and any(identity == _OLD for *_, identity in old):
        return (
            f"{file.path} was begun by an older qzero, which did not keep whose weights played as {player.name}: "
            f"its old games stay there but do not count, {player.name} plays anew"
        )
    return None


def _sound(game: AnyGame, rows: Sequence[GameRow]) -> list[GameRow]:
    """Those of which the moves are legal, end the game and give the result."""
    if not rows:
        return []
    try:
        end = replay_text(game, [row.moves for row in rows])
    except (NotationError, IllegalMoveError):
        half = len(rows) // 2
        return [*_sound(game, rows[:half]), *_sound(game, rows[half:])] if half else []
    # The reward is that of whoever moved last: the first player after an odd number of plies.
    first = torch.where(end.ply % 2 == 1, end.reward, -end.reward).tolist()
    return [
        row for row, done, result in zip(rows, end.done.tolist(), first, strict=True) if done and result == row.result
    ]


def _old_checksum(player: QPlayer) -> str:
    """What an old file recorded of a network or a table beside its name; of other players it recorded nothing."""
    weights = player.q_function.weights()
    if not weights:
        return ""
    digest = hashlib.sha256()
    for tensor in weights.values():
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
