"""Play in the terminal: the board as text, moves in the game's own notation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arena.session import Seats, Session, ask
from game.core import Game
from game.errors import IllegalMoveError, NotationError, QzeroError
from game.play import Player

_COMMANDS = "undo, new, swap, help or quit"


def run(
    game: Game[Any],
    seats: Seats,
    seed: int = 0,
    read: Callable[[str], str] = input,
    write: Callable[[str], None] = print,
) -> None:
    """Play until `quit`, the end of input, or the end of a game without persons. Raises QzeroError.

    seats: None is a person's; seat 0 moves first.
    read:  given the prompt, returns a line; EOFError ends the play.
    write: takes one line or several.
    """
    TextPlay(game, seats, seed, read, write).run()


class TextPlay:
    """One sitting in the terminal."""

    def __init__(
        self,
        game: Game[Any],
        seats: Seats,
        seed: int,
        read: Callable[[str], str],
        write: Callable[[str], None],
    ) -> None:
        self.session = Session(game, seats, seed)
        self._read = read
        self._write = write
        self._failed = False

    def run(self) -> None:
        self._write(f"{self.session.names[0]} against {self.session.names[1]} ({_COMMANDS})")
        self._show()
        while True:
            player = self.session.agent_to_move
            if player is not None and not self._failed:
                self._agent_moves(player)
            elif not self.session.has_person or not self._person_answers():
                return

    def _agent_moves(self, player: Player) -> None:
        session = self.session
        try:
            state = session.history.state
            action = ask(player, session.game, state, session.next_generator())
            session.history.push(action)
        except Exception as error:  # a person's game goes on: take back, start anew or quit
            failure = f"{player.name} failed: {str(error) or type(error).__name__}"
            if not session.has_person:
                raise QzeroError(failure) from error
            self._failed = True
            self._write(failure)
            return
        self._write(f"{player.name} plays {session.game.move_name(action, state)}")
        self._show()

    def _person_answers(self) -> bool:
        """Ask until the position changes; False when the person leaves."""
        session = self.session
        while True:
            try:
                text = self._read(self._prompt()).strip()
            except EOFError:
                self._write("")
                return False
            command = text.lower()
            if command in ("quit", "exit", "q"):
                return False
            if command in ("help", "?"):
                self._write(self._help())
            elif command == "undo":
                if session.undo():
                    return self._begin_anew()
                self._write("nothing to take back")
            elif command == "new":
                session.new_game()
                return self._begin_anew()
            elif command == "swap":
                session.swap_seats()
                return self._begin_anew()
            elif not session.person_to_move:
                self._write(f"no move can be made now: type {_COMMANDS}")
            elif self._move(text):
                return True

    def _begin_anew(self) -> bool:
        self._failed = False
        self._show()
        return True

    def _move(self, text: str) -> bool:
        """Make the move typed; else say in a line what is expected."""
        if not text:
            self._write(f"type a move, such as {self._example()}, or {_COMMANDS}")
            return False
        try:
            self.session.history.push(self._parse(text))
        except (NotationError, IllegalMoveError) as error:
            self._write(f"{error} (or type {_COMMANDS})")
            return False
        self._show()
        return True

    def _parse(self, text: str) -> int:
        game, state = self.session.game, self.session.history.state
        try:
            return game.parse_move(text, state)
        except NotationError:
            if text == text.lower():
                raise
            return game.parse_move(text.lower(), state)

    def _prompt(self) -> str:
        if self.session.person_to_move:
            return f"{self.session.situation()}{self._off_board()}: "
        return f"{_COMMANDS}: "

    def _off_board(self) -> str:
        """The legal move that no cell of the board suggests, such as a pass, if there is one."""
        game, state = self.session.game, self.session.history.state
        legal = game.legal(state)[0].nonzero().flatten().tolist()
        action = next((action for action in legal if not game.squares(action, state)), None)
        if action is None:
            return ""
        name = game.move_name(action, state)
        return f" (or {name})" if len(legal) > 1 else f" (nothing but {name} is left)"

    def _help(self) -> str:
        lines = [f"{_COMMANDS}; swap gives you the other seat; the end of input (Ctrl-D) quits too"]
        if self.session.person_to_move:
            game, state = self.session.game, self.session.history.state
            legal = game.legal(state)[0].nonzero().flatten().tolist()
            lines.insert(0, "legal moves: " + " ".join(game.move_name(action, state) for action in legal))
        return "\n".join(lines)

    def _example(self) -> str:
        game, state = self.session.game, self.session.history.state
        return game.move_name(int(game.legal(state)[0].nonzero()[0]), state)

    def _show(self) -> None:
        self._write(self.session.game.render(self.session.history.state))
        if self.session.history.done:
            self._write(self.session.situation())
