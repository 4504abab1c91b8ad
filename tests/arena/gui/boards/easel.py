"""A board painted on a surface of its own, for tests of what is painted."""

from __future__ import annotations

import dataclasses
from typing import Any

import pygame
import torch

from arena.gui.boards.layout import BoardLayout, place
from arena.gui.boards.painter import BoardPainter
from arena.gui.boards.scene import Scene
from arena.gui.theme import LIGHT, Theme
from arena.gui.widgets.letters import Letters
from arena.view.board import Board, Cell, describe
from arena.view.grid import Rect
from arena.view.kind import Kind
from arena.view.position import Position
from game.play import sample_uniform
from game.registry import make

FRAME = 1 / 60
GAMES = ["connect4", "tictactoe", "othello", "hex:5", "breakthrough:5x6", "gomoku:9x9x5"]
# Boards that no shipped game has, but one of a user's own may.
SHAPES: dict[str, dict[str, Any]] = {
    "othello:6": {"kind": Kind.SQUARES},
    "breakthrough:4x5": {"kind": Kind.CHEQUERED, "directed": False},
}
Colour = tuple[int, ...]


class Easel:
    """A board painted on a surface of its own."""

    def __init__(
        self, name: str, size: tuple[int, int] = (640, 480), theme: Theme = LIGHT, animated: bool = False
    ) -> None:
        self.game: Any = make(name)
        self.board: Board = describe(self.game)._replace(**SHAPES.get(name, {}))
        self.theme = theme
        self.surface = pygame.Surface(size)
        self.painter = BoardPainter(Letters(), animated)
        self.flipped = False
        self.states = [self.game.initial(1)]
        self.actions: list[int] = []

    @property
    def layout(self) -> BoardLayout:
        return place(Rect(0, 0, *self.surface.get_size()), self.board, 14, self.flipped)

    @property
    def position(self) -> Position:
        return Position(self.game, self.states[-1])

    def play(self, action: int) -> None:
        self.states.append(self.game.step(self.states[-1], torch.tensor([action])))
        self.actions.append(action)

    def play_named(self, *names: str) -> None:
        for name in names:
            self.play(self.game.parse_move(name, self.states[-1]))

    def play_randomly(self, plies: int, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        for _ in range(plies):
            if not bool(self.states[-1].done):
                self.play(int(sample_uniform(self.game.legal(self.states[-1]), generator)))

    def scene(self, **changes: Any) -> Scene:
        position = self.position
        scene = Scene(self.game.name, self.board, len(self.actions), position.stones, None, winning=position.winning)
        if self.actions:
            before = Position(self.game, self.states[-2])
            traces = before.traces(self.actions[-1], position)
            squares = self.game.squares(self.actions[-1], self.states[-2])
            route = tuple((row, column) for row, column in squares) if len(squares) > 1 else ()
            scene = dataclasses.replace(scene, last=traces.landing, touched=traces.others, route=route)
        return dataclasses.replace(scene, **changes)

    def paint(self, **changes: Any) -> bytes:
        self.painter.paint(self.surface, self.layout, self.theme, self.scene(**changes))
        return pygame.image.tobytes(self.surface, "RGB")

    def pixel(self, cell: Cell, across: float = 0.0, down: float = 0.0) -> Colour:
        """So many cells to the right of and below the middle of a cell."""
        x, y = self.layout.cell_rect(*cell).center
        size = self.layout.cell
        return tuple(self.surface.get_at((x + round(across * size), y + round(down * size))))[:3]

    def free(self) -> Cell:
        """An empty cell."""
        stones = self.position.stones
        return next((r, c) for r, row in enumerate(stones) for c, seat in enumerate(row) if seat is None)
