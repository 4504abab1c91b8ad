"""The rules of every game once more, in plain lists and loops: one game at a time, slow, nothing shared with `game`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable

EMPTY = "."
SIGNS = "XO"  # first and second player

Cell = tuple[int, int]  # row, column
Plane = list[list[int]]
LINE_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
EIGHT_DIRECTIONS = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)]


class SlowBoard(ABC):
    """One game; `cells[row][column]` holds `X`, `O` or a dot, top row 0."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.cells = [[EMPTY] * width for _ in range(height)]
        self.moves: list[int] = []
        self.over = False
        self.winner: str | None = None
        self._before: list[list[list[str]]] = []

    @property
    def sign_to_move(self) -> str:
        return SIGNS[len(self.moves) % 2]

    @property
    def other_sign(self) -> str:
        return SIGNS[1 - len(self.moves) % 2]

    def legal(self) -> list[bool]:
        """One entry an action."""
        return [not self.over and allowed for allowed in self.allowed()]

    def legal_actions(self) -> list[int]:
        return [action for action, allowed in enumerate(self.legal()) if allowed]

    def push(self, action: int) -> None:
        self._before.append([list(row) for row in self.cells])
        self.make(action)
        self.moves.append(action)
        self.over, self.winner = self.outcome()

    def pop(self) -> None:
        """Take the last move back; before it the game was not over."""
        self.moves.pop()
        self.cells = self._before.pop()
        self.over, self.winner = False, None

    @abstractmethod
    def allowed(self) -> list[bool]:
        """The moves of an unfinished game, one entry an action."""

    @abstractmethod
    def make(self, action: int) -> None:
        """Change the cells."""

    @abstractmethod
    def outcome(self) -> tuple[bool, str | None]:
        """After a move: is the game over, and who has won."""

    def held_cells(self) -> Iterable[Cell]:
        """The stones that won the game."""
        return ()

    def seen(self, plane: Plane) -> Plane:
        """A plane as the side to move sees the board."""
        return plane

    def plane(self, sign: str) -> Plane:
        """1 where a stone of this sign stands."""
        return [[int(cell == sign) for cell in row] for row in self.cells]

    def count(self, sign: str) -> int:
        return sum(row.count(sign) for row in self.cells)

    def winning_plane(self) -> list[list[bool]]:
        held = set(self.held_cells())
        return [[(row, column) in held for column in range(self.width)] for row in range(self.height)]

    def on_board(self, row: int, column: int) -> bool:
        return 0 <= row < self.height and 0 <= column < self.width


class SlowLines(SlowBoard):
    """`length` or more in a line: m,n,k-games, and with `falls` Connect Four."""

    def __init__(self, height: int, width: int, length: int, falls: bool = False) -> None:
        super().__init__(height, width)
        self.length, self.falls = length, falls

    def allowed(self) -> list[bool]:
        if self.falls:
            return [sign == EMPTY for sign in self.cells[0]]
        return [sign == EMPTY for row in self.cells for sign in row]

    def make(self, action: int) -> None:
        if self.falls:
            row = max(r for r in range(self.height) if self.cells[r][action] == EMPTY)
            self.cells[row][action] = self.sign_to_move
        else:
            self.cells[action // self.width][action % self.width] = self.sign_to_move

    def lines(self) -> list[list[Cell]]:
        """Every complete line of one colour, as cells."""
        found = []
        for row in range(self.height):
            for column in range(self.width):
                sign = self.cells[row][column]
                if sign == EMPTY:
                    continue
                for down, right in LINE_DIRECTIONS:
                    cells = [(row + i * down, column + i * right) for i in range(self.length)]
                    if self.on_board(*cells[-1]) and all(self.cells[r][c] == sign for r, c in cells):
                        found.append(cells)
        return found

    def outcome(self) -> tuple[bool, str | None]:
        lines = self.lines()
        if lines:
            row, column = lines[0][0]
            return True, self.cells[row][column]
        return self.count(EMPTY) == 0, None

    def held_cells(self) -> Iterable[Cell]:
        return {cell for line in self.lines() for cell in line}


class SlowOthello(SlowBoard):
    """Passes are moves; the game is over when neither side can turn a stone."""

    def __init__(self, size: int) -> None:
        super().__init__(size, size)
        low, high = size // 2 - 1, size // 2
        self.cells[low][low] = self.cells[high][high] = "O"
        self.cells[low][high] = self.cells[high][low] = "X"

    def turned(self, row: int, column: int, sign: str) -> list[Cell]:
        """What a stone of this sign put here turns: along each ray the other's stones up to the next of its own."""
        if self.cells[row][column] != EMPTY:
            return []
        found = []
        for down, right in EIGHT_DIRECTIONS:
            ray = []
            r, c = row + down, column + right
            while self.on_board(r, c) and self.cells[r][c] not in (EMPTY, sign):
                ray.append((r, c))
                r, c = r + down, c + right
            if self.on_board(r, c) and self.cells[r][c] == sign:
                found += ray
        return found

    def puts(self, sign: str) -> list[bool]:
        return [bool(self.turned(row, column, sign)) for row in range(self.height) for column in range(self.width)]

    def allowed(self) -> list[bool]:
        puts = self.puts(self.sign_to_move)
        return [*puts, not any(puts)]

    def make(self, action: int) -> None:
        if action == self.height * self.width:
            return
        row, column = divmod(action, self.width)
        for r, c in [*self.turned(row, column, self.sign_to_move), (row, column)]:
            self.cells[r][c] = self.sign_to_move

    def outcome(self) -> tuple[bool, str | None]:
        if any(self.puts("X")) or any(self.puts("O")):
            return False, None
        lead = self.count("X") - self.count("O")
        return True, "X" if lead > 0 else "O" if lead < 0 else None


class SlowHex(SlowBoard):
    """X joins top and bottom, O left and right."""

    def __init__(self, size: int, swap: bool) -> None:
        super().__init__(size, size)
        self.swap = swap

    def allowed(self) -> list[bool]:
        cells = [sign == EMPTY for row in self.cells for sign in row]
        return [*cells, len(self.moves) == 1] if self.swap else cells

    def make(self, action: int) -> None:
        if action == self.height * self.width:
            ((row, column),) = [
                (r, c) for r in range(self.height) for c in range(self.width) if self.cells[r][c] == "X"
            ]
            self.cells[row][column] = EMPTY
            self.cells[column][row] = "O"
        else:
            self.cells[action // self.width][action % self.width] = self.sign_to_move

    def chain(self, sign: str) -> set[Cell]:
        """The group of this sign that joins its two edges, or nothing."""

        def along(cell: Cell) -> int:
            return cell[0] if sign == "X" else cell[1]

        left = {(r, c) for r in range(self.height) for c in range(self.width) if self.cells[r][c] == sign}
        while left:
            group, frontier = set(), [left.pop()]
            while frontier:
                row, column = frontier.pop()
                group.add((row, column))
                for down, right in ((-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0)):
                    beside = (row + down, column + right)
                    if beside in left:
                        left.remove(beside)
                        frontier.append(beside)
            if min(map(along, group)) == 0 and max(map(along, group)) == self.height - 1:
                return group
        return set()

    def outcome(self) -> tuple[bool, str | None]:
        # Whoever has moved, the other side by now, is the only one that can have won.
        return (True, self.other_sign) if self.chain(self.other_sign) else (False, None)

    def held_cells(self) -> Iterable[Cell]:
        return self.chain(self.other_sign)

    def seen(self, plane: Plane) -> Plane:
        return plane if self.sign_to_move == "X" else [list(column) for column in zip(*plane, strict=True)]


class SlowBreakthrough(SlowBoard):
    """X starts at the bottom and moves up the board."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__(height, width)
        for row in (0, 1):
            self.cells[row] = ["O"] * width
            self.cells[height - 1 - row] = ["X"] * width

    def pairs(self) -> list[tuple[Cell, Cell]]:
        """Where the stone of each action stands and where it goes, for the side to move."""
        found = []
        for lower in range(self.height - 1):  # from the bottom
            for side in (-1, 0, 1):
                for column in range(self.width):
                    if 0 <= column + side < self.width:
                        low = (self.height - 1 - lower, column)
                        high = (self.height - 2 - lower, column + side)
                        found.append((low, high) if self.sign_to_move == "X" else (high, low))
        return found

    def allowed(self) -> list[bool]:
        found = []
        for (row, column), (to_row, to_column) in self.pairs():
            target = self.cells[to_row][to_column]
            goes = target == EMPTY or (target == self.other_sign and column != to_column)
            found.append(self.cells[row][column] == self.sign_to_move and goes)
        return found

    def make(self, action: int) -> None:
        (row, column), (to_row, to_column) = self.pairs()[action]
        self.cells[row][column] = EMPTY
        self.cells[to_row][to_column] = self.sign_to_move

    def outcome(self) -> tuple[bool, str | None]:
        for sign, other, goal in (("X", "O", 0), ("O", "X", self.height - 1)):
            if sign in self.cells[goal] or self.count(other) == 0:
                return True, sign
        return False, None

    def held_cells(self) -> Iterable[Cell]:
        for sign, goal in (("X", 0), ("O", self.height - 1)):
            yield from ((goal, column) for column in range(self.width) if self.cells[goal][column] == sign)

    def seen(self, plane: Plane) -> Plane:
        return plane if self.sign_to_move == "X" else plane[::-1]


def slow_board(name: str) -> SlowBoard:
    """The starting position of the game that `game.make(name)` gives."""
    family, _, given = name.partition(":")
    numbers = [int(number) for number in re.findall(r"\d+", given)]
    if family == "tictactoe":
        return SlowLines(3, 3, 3)
    if family == "connect4":
        return SlowLines(6, 7, 4, falls=True)
    if family == "gomoku":
        columns, rows, length = numbers or (15, 15, 5)
        return SlowLines(rows, columns, length)
    if family == "othello":
        return SlowOthello(numbers[0] if numbers else 8)
    if family == "hex":
        return SlowHex(numbers[0] if numbers else 11, swap=given.endswith("+swap"))
    columns, rows = numbers or (8, 8)
    return SlowBreakthrough(rows, columns)
