"""Play in the terminal: the board as text, moves in the game's own notation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from arena.view import sides
from arena.view.session import Seats, Session, answer, values
from game.core import AnyGame
from game.diagram import STONES
from game.errors import IllegalMoveError, NotationError, QzeroError
from game.play import Player

_COMMANDS = "undo, redo, new, seats, values, help or quit"
_EXPLANATIONS = """\
undo takes back your last move, or returns to the game that new or seats left; redo undoes an undo
new starts another game; seats starts one in which you have the other side
values shows what your opponent expects of each of your moves
quit leaves, and so does the end of the input (Ctrl-D)"""
_SCALE = "1 is a win, 0 a draw, -1 a loss"
_LINE = 80


def run(
    game: AnyGame,
    seats: Seats,
    seed: int = 0,
    read: Callable[[str], str] = input,
    write: Callable[[str], None] = print,
) -> None:
    """Play until `quit`, the end of the input, or the end of a game between two agents. Raises QzeroError.

    seats: None is a person's; seat 0 moves first.
    read:  given the prompt, returns a line; EOFError ends the play.
    write: takes one line or several.
    """
    TextPlay(game, seats, seed, read, write).run()


class TextPlay:
    """One sitting in the terminal."""

    def __init__(
        self,
        game: AnyGame,
        seats: Seats,
        seed: int,
        read: Callable[[str], str],
        write: Callable[[str], None],
    ) -> None:
        self.session = Session(game, seats, seed)
        self._read = read
        self._write = write
        self._failed = False
        self._counts_stones = sides.has_material(game)
        self._explained_q = False

    def run(self) -> None:
        self._write(sides.introduction(self.session))
        if self.session.has_person:
            example = f", such as {self._example()}," if self.session.person_to_move else ""
            self._write(f"Type a move{example} or {_COMMANDS}.")
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
            session.tell(player)
            action, q = answer(player, session.game, state, session.next_generator())
            session.play(action)
        except Exception as error:  # after a game with a person: take back, start another or quit
            failure = f"{player.name} failed: {str(error) or type(error).__name__}"
            if not session.has_person:
                raise QzeroError(failure) from error
            self._failed = True
            self._write(failure)
            return
        self._write(f"{player.name} plays {session.game.move_name(action, state)}{self._expecting(q)}")
        self._show()

    def _expecting(self, q: float | None) -> str:
        """The Q of the move just made; explained the first time."""
        if q is None:
            return ""
        explanation = "" if self._explained_q else f": the result it expects, where {_SCALE}"
        self._explained_q = True
        return f" (Q {_signed(q)}{explanation})"

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
            elif command in ("undo", "redo"):
                names = session.names
                if session.undo() if command == "undo" else session.redo():
                    return self._begin_anew(introduce=session.names != names)
                self._write("nothing to take back" if command == "undo" else "nothing to bring back")
            elif command == "new":
                session.new_game()
                return self._another_game()
            elif command == "seats" or (command == "swap" and not self._swap_is_a_move()):
                session.swap_seats()
                return self._another_game()
            elif command == "swap":
                self._write("type seats to change seats; the move that swaps is typed by its whole name")
            elif command in ("values", "hint"):
                self._write(self._values())
            elif not session.person_to_move:
                self._write(f"no move can be made now: type {_COMMANDS}")
            elif self._move(text):
                return True

    def _another_game(self) -> bool:
        if self.session.undo_brings_back_a_game:
            self._write("a new game (undo brings the last one back)")
        return self._begin_anew(introduce=True)

    def _begin_anew(self, introduce: bool) -> bool:
        self._failed = False
        if introduce:
            self._write(sides.introduction(self.session))
        self._show()
        return True

    def _move(self, text: str) -> bool:
        """Make the move that was typed, or say in one line what is expected."""
        if not text:
            self._write(f"type a move, such as {self._example()}, or {_COMMANDS}")
            return False
        try:
            self.session.play(self._parse(text))
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

    def _swap_is_a_move(self) -> bool:
        """Whether `swap` could be meant for a move of this game, such as Hex's swap-pieces."""
        return "swap" in self.session.game.move_pattern

    def _help(self) -> str:
        lines = [sides.introduction(self.session)]
        if self.session.person_to_move:
            game, state = self.session.game, self.session.history.state
            legal = game.legal(state)[0].nonzero().flatten().tolist()
            lines.append("legal moves: " + " ".join(game.move_name(action, state) for action in legal))
        return "\n".join([*lines, _EXPLANATIONS])

    def _values(self) -> str:
        """What the agent at the board thinks of every legal move."""
        session = self.session
        if not session.person_to_move:
            return f"no move can be made now: type {_COMMANDS}"
        agent = next((player for player in session.seats if player is not None), None)
        if agent is None:
            return "there is no agent to ask: values come from an opponent that is not a person"
        state = session.history.state
        session.tell(agent)
        found = values(agent, state)
        if found is None:
            return f"{agent.name} does not tell its values"
        pieces = [f"{session.game.move_name(action, state)} {_signed(q)}" for action, q in found.items()]
        return "\n".join([f"Q of your moves as {agent.name} sees them, best first; {_SCALE}:", *_in_columns(pieces)])

    def _example(self) -> str:
        game, state = self.session.game, self.session.history.state
        return game.move_name(int(game.legal(state)[0].nonzero()[0]), state)

    def _show(self) -> None:
        game, history = self.session.game, self.session.history
        self._write(game.render(history.state))
        if self._counts_stones:
            counts = zip(STONES, sides.material(game, history.state), strict=True)
            self._write("stones: " + ", ".join(f"{stone} {count}" for stone, count in counts))
        if history.done:
            self._write(self.session.situation())


def _signed(q: float) -> str:
    """Two decimals, and a sign unless they are 0."""
    text = f"{q:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text


def _in_columns(pieces: list[str]) -> Iterator[str]:
    """Rows of pieces of one width, to be read row by row."""
    width = max(map(len, pieces)) + 3
    count = max(_LINE // width, 1)
    for start in range(0, len(pieces), count):
        yield "".join(piece.ljust(width) for piece in pieces[start : start + count]).rstrip()
