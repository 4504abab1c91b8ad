"""Shared by the tests: random reachable positions, slow rules in plain Python, and bands for random counts."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from game import Game, State

EMPTY = "."
SIGNS = "XO"  # first and second player


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Batches in tests are small, and threads that wait for each other are slow on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def random_plies(game: Game[Any], seed: int, games: int) -> tuple[list[State], list[Tensor]]:
    """Uniformly random games, all positions of each ply in one batch, to one ply past the end of the longest.

    Returns the states before each move and after the last, and the actions; finished games go on with action 0.
    """
    generator = torch.Generator().manual_seed(seed)
    states: list[State] = [game.initial(games)]
    actions = []
    for _ in range(game.max_plies + 1):
        legal = game.legal(states[-1])
        # Weights for multinomial must not be all zero: finished rows draw action 0.
        weights = legal.float()
        weights[:, 0] += (~legal.any(1)).float()
        actions.append(torch.multinomial(weights, 1, generator=generator).squeeze(1))
        states.append(game.step(states[-1], actions[-1]))
        if bool(states[-2].done.all()):
            break
    return states, actions


def reachable(game: Game[Any], seed: int, games: int = 12) -> State:
    """Positions of random games from the start to the end, some met more than once, some finished."""
    states, _ = random_plies(game, seed, games)
    return type(states[0]).cat(states)


def unfinished(game: Game[Any], seed: int, games: int = 12) -> State:
    """Positions of random games with a move to make."""
    state = reachable(game, seed, games)
    return state[~state.done]


def swap_seats(state: State) -> State:
    """The same board seen by the other side."""
    # Both games keep bitboards; State itself has no such fields.
    return dataclasses.replace(state, own=state.opp, opp=state.own)  # type: ignore[attr-defined, call-arg]


def assert_frequency(count: int, trials: int, probability: float, sigmas: float = 5.0) -> None:
    """`count` hits in `trials` independent draws of this probability lie within so many standard deviations."""
    band = sigmas * math.sqrt(trials * probability * (1 - probability))
    expected = trials * probability
    assert abs(count - expected) <= band, f"{count} of {trials}, expected {expected:.1f} +- {band:.1f}"


class SlowBoard:
    """The rules of tic-tac-toe and Connect Four as plain lists, one game at a time; `cells[row][column]`, top row 0."""

    def __init__(self, game_name: str) -> None:
        self.falls = game_name == "connect4"
        self.height, self.width, self.length = {"tictactoe": (3, 3, 3), "connect4": (6, 7, 4)}[game_name]
        self.cells = [[EMPTY] * self.width for _ in range(self.height)]
        self.moves: list[tuple[int, int]] = []

    @property
    def sign_to_move(self) -> str:
        return SIGNS[len(self.moves) % 2]

    def legal(self) -> list[bool]:
        """One entry an action: a column where stones fall, else a cell in row-major order."""
        over = self.winner() is not None
        if self.falls:
            return [not over and self.cells[0][column] == EMPTY for column in range(self.width)]
        return [not over and sign == EMPTY for row in self.cells for sign in row]

    def push(self, action: int) -> None:
        if self.falls:
            row = max(r for r in range(self.height) if self.cells[r][action] == EMPTY)
            place = (row, action)
        else:
            place = divmod(action, self.width)
        self.cells[place[0]][place[1]] = self.sign_to_move
        self.moves.append(place)

    def pop(self) -> None:
        row, column = self.moves.pop()
        self.cells[row][column] = EMPTY

    def lines(self) -> list[list[tuple[int, int]]]:
        """Every complete line of one colour, as cells."""
        found = []
        for row in range(self.height):
            for column in range(self.width):
                for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                    cells = [(row + i * down, column + i * right) for i in range(self.length)]
                    last_row, last_column = cells[-1]
                    if not (last_row < self.height and 0 <= last_column < self.width):
                        continue
                    signs = {self.cells[r][c] for r, c in cells}
                    if len(signs) == 1 and signs != {EMPTY}:
                        found.append(cells)
        return found

    def winner(self) -> str | None:
        lines = self.lines()
        return self.cells[lines[0][0][0]][lines[0][0][1]] if lines else None

    def full(self) -> bool:
        return len(self.moves) == self.height * self.width

    def plane(self, sign: str) -> list[list[int]]:
        """1 where a stone of this sign stands."""
        return [[int(cell == sign) for cell in row] for row in self.cells]

    def winning_plane(self) -> list[list[bool]]:
        """True on the cells of every complete line."""
        held = {cell for line in self.lines() for cell in line}
        return [[(row, column) in held for column in range(self.width)] for row in range(self.height)]
