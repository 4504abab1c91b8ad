"""The opponents of the scoreboard, weakest first: a ladder whose top some minutes of training do not reach."""

from __future__ import annotations

from dataclasses import dataclass

from arena.match.openings import size_of_games
from arena.players.montecarlo.openspiel import ADVICE, available, spiel_name
from game.core import AnyGame

EXACT, RAW = "with exact ends", "raw Q"
FEWEST_GAMES = 40
POSITIONS = 1_000_000_000  # that one opponent may look at


@dataclass(frozen=True, slots=True)
class Rung:
    """One opponent, by its player spec.

    games:      to play, both seats together, at most.
    play:       who meets it: RAW or EXACT.
    look_ahead: plies of an exhaustive search, whose cost grows with the board; 0 for all others.
    """

    opponent: str
    games: int
    play: str = RAW
    look_ahead: int = 0


_ROLLOUTS = (Rung("mcts:100@openspiel", 200), Rung("mcts:1000@openspiel", 100))
_DEEP = (Rung("mcts:10000@openspiel", 40),)
_OF_ANY_GAME = (Rung("one-ply", 1000, look_ahead=2), Rung("negamax:4", 1000, look_ahead=4), *_ROLLOUTS)
# Those that the anchors of the scoreboard were measured against, and as they were.
_OF = {
    "connect4": (
        Rung("one-ply", 1000, EXACT, 2),
        Rung("negamax:4", 1000, EXACT, 4),
        Rung("negamax:8", 400, EXACT),  # which looks at few of the positions there are
        *_ROLLOUTS,
    )
}


def ladder(game: AnyGame, deep: bool = False) -> tuple[list[Rung], list[str]]:
    """The opponents in this game, and why any was left out. deep: include the slowest one."""
    branching, plies = size_of_games(game)
    rungs, left_out = [], []
    no_rollouts = _why_no_rollouts(game)
    for rung in (*_OF.get(game.name, _OF_ANY_GAME), *(_DEEP if deep else ())):
        games = rung.games
        if rung.look_ahead:
            games = min(games, int(POSITIONS / (branching**rung.look_ahead * plies / 2)) // 2 * 2)
        if rung.opponent.startswith("mcts") and no_rollouts:
            if no_rollouts not in left_out:
                left_out.append(no_rollouts)
        elif games < FEWEST_GAMES:
            left_out.append(f"{rung.opponent} is left out: it looks at too many positions of {game.name} a game")
        else:
            rungs.append(Rung(rung.opponent, games, rung.play, rung.look_ahead))
    return rungs, left_out


def _why_no_rollouts(game: AnyGame) -> str:
    """Why OpenSpiel's search cannot play this game here; "" if it can."""
    if not available():
        return f"Monte-Carlo tree search is left out: it needs OpenSpiel, {ADVICE}"
    if spiel_name(game.name) is None:
        return f"Monte-Carlo tree search is left out: OpenSpiel has no {game.name} by the same rules"
    return ""
