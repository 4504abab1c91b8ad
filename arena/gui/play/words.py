"""The words in the window. No pygame here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arena.gui.widgets.page import Help
from arena.view import sides
from arena.view.board import Board
from arena.view.position import Position
from arena.view.session import Session
from game.core import AnyGame

if TYPE_CHECKING:
    from arena.gui.play.table import Table


def status(session: Session, position: Position) -> str:
    """Whose move it is, how the game ended, and what the board itself does not tell."""
    if session.agent_to_move is not None and session.to_move is not None:
        return f"{session.names[session.to_move]} is thinking..."
    return " ".join(
        filter(
            None,
            (
                f"{session.situation()}{_off_board_hint(session, position)}",
                _off_board_note(session),
                "(U brings the last game back)" if session.undo_brings_back_a_game else "",
            ),
        )
    )


def looking_back(table: Table) -> str:
    """Which position of the game is on the board, and how to come back."""
    made = len(table.session.history.actions)
    here = f"Move {table.viewed} of {made}" if table.viewed else f"The start, before move 1 of {made}"
    on = " A click plays on from here." if table.person_to_move else ""
    return f"{here}. End: back to the game.{on}"


def roles(game: AnyGame, board: Board) -> tuple[str, str]:
    """What each seat's pieces are called and what sets it apart: where it wants to go, else when it moves."""
    first, second = sides.aims(game) or ("moves first", "moves second")
    one, other = board.side_names
    return f"{one} {first}", f"{other} {second}"


def help_text(game: AnyGame, board: Board, panel: Sequence[tuple[str, str]] | None = None) -> Help:
    """What the game is about, and what every key does; `panel`: the keys of what Tab opens, if there is one."""
    keys = [
        ("Click", "a stone, then where it goes" if _takes_two_clicks(game) else "make a move"),
        ("Arrows, Return", "move the cursor over the board, play there"),
        ("1 to 9", "drop a stone into that column" if board.falls else "put the cursor on that row"),
        (", and . or wheel", "one move back or on through the game"),
        ("Home, End", "its start, its end; Page Up, Page Down: ten moves"),
    ]
    if board.off_board is not None:
        keys.append(("P", board.off_board))
    keys += [
        ("N", "new game"),
        ("S", "new game with the seats swapped"),
        ("U", "undo: a move, a new game, a swap"),
        ("R", "redo what was undone"),
        ("X", "resign"),
        ("F", "see the board from its other side"),
    ]
    if panel is not None:
        keys += [("Tab", "analysis, or none"), *panel]
    keys += [
        ("Tab, Shift+Tab" if panel is None else "Shift+Tab", "go through the buttons"),
        ("Ctrl+C, Ctrl+V", "copy the moves, paste a game or a position"),
        ("Ctrl+Shift+C", "copy the position"),
        ("Ctrl+S, Ctrl+O", "save the game, open a saved one"),
        ("G, F2", "the game as a file, settings"),
        ("F1, H", "this help"),
        ("F11", "full screen, or a window again"),
        ("Esc, Q", "leave the board, quit"),
    ]
    return Help(f"qzero {game.name}", f"{', '.join(roles(game, board))}. {sides.goal(game)}".strip(), tuple(keys))


def _takes_two_clicks(game: AnyGame) -> bool:
    """Whether moves begin by picking a stone."""
    start = game.initial(1)
    return any(len(game.squares(action, start)) > 1 for action in range(game.num_actions))


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
