"""The two sides of a game for a human player: their aims, names and material."""

from __future__ import annotations

import torch

from arena.view.session import Session
from game.core import AnyGame, Game, S
from game.diagram import STONES


def goal(game: AnyGame) -> str:
    """How a game is won, in a sentence, where the game has a `goal`; else empty."""
    return str(getattr(game, "goal", ""))


def aims(game: AnyGame) -> tuple[str, str] | None:
    """What sets the first and the second player's way to win apart, such as "joins left and right", if anything does.

    From the `aims` that a game may have.
    """
    found: tuple[str, str] | None = getattr(game, "aims", None)
    return found


def has_material(game: AnyGame) -> bool:
    """Whether the game starts with stones on the board, so that material counts mean something."""
    return bool(game.observe(game.initial(1), torch.uint8)[0, :2].any())


def material(game: Game[S], state: S) -> tuple[int, int]:
    """How many stones each seat has in one position."""
    own, theirs = game.observe(state, torch.int64)[0, :2].flatten(1).sum(1).tolist()
    return (theirs, own) if int(state.ply) % 2 else (own, theirs)


def introduction(session: Session) -> str:
    """Who has which stones, who moves first, and what each side is after."""
    who = [_place(session, seat) for seat in (0, 1)]
    if session.names[1] == "You":
        who.reverse()
    sides = aims(session.game)
    what = [f"{stone} {aim}" for stone, aim in zip(STONES, sides, strict=True)] if sides else []
    return " ".join(filter(None, (_sentence(who), _sentence(what), goal(session.game))))


def _place(session: Session, seat: int) -> str:
    """Such as "You are X and move first": a lone person is told the own turn, else it is enough to say who begins."""
    name, stone = session.names[seat], STONES[seat]
    if name == "You":
        return f"You are {stone} and move {('first', 'second')[seat]}"
    begins = seat == 0 and "You" not in session.names
    return f"{name} is {stone}" + (" and moves first" if begins else "")


def _sentence(clauses: list[str]) -> str:
    return f"{', '.join(clauses)}." if clauses else ""
