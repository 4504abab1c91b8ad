"""The words in the window. No pygame here."""

from __future__ import annotations

from arena.gui.position import Position
from arena.session import Session


def status(session: Session, position: Position) -> str:
    """Whose move it is, how the game ended, and what the board itself does not tell."""
    if session.agent_to_move is not None and session.to_move is not None:
        return f"{session.names[session.to_move]} is thinking..."
    return " ".join(
        filter(None, (f"{session.situation()}{_off_board_hint(session, position)}", _off_board_note(session)))
    )


def numbered(names: list[str]) -> tuple[str, ...]:
    """("1. d4 e5", "2. c3"): both sides' moves under one number."""
    pairs = (" ".join(names[i : i + 2]) for i in range(0, len(names), 2))
    return tuple(f"{number}. {pair}" for number, pair in enumerate(pairs, start=1))


def _off_board_hint(session: Session, position: Position) -> str:
    """How to make a move that touches no cell, where there is one."""
    action = position.off_board
    if not session.person_to_move or action is None:
        return ""
    if position.only_pass is not None:
        return ": nothing but a pass is left, press P or click the board"
    return f": press P for {session.game.move_name(action, position.state)}"


def _off_board_note(session: Session) -> str:
    """What has just been played, if no cell tells of it."""
    history = session.history
    if not history.actions:
        return ""
    action, before = history.actions[-1], history.states[-2]
    if session.game.squares(action, before):
        return ""
    return f"({session.names[int(before.ply) % 2]} played {session.game.move_name(action, before)})"
