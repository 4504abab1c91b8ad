"""Shared by the tests: boards of every game, random reachable positions, random players, bands for random counts."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from game import Game, State, make

# Every game on its usual board and on others: small ones, oblong ones, and those that store their cells differently.
BOARDS = (
    "tictactoe",
    "connect4",
    "othello",
    "othello:6",
    "othello:4",
    "hex",
    "hex:3",
    "hex:5",
    "hex:5+swap",
    "hex:12+swap",  # from 12 on a cell takes two bytes
    "hex:13",
    "breakthrough",
    "breakthrough:4x4",
    "breakthrough:5x6",
    "breakthrough:7x5",
    "gomoku",
    "gomoku:3x3x3",
    "gomoku:4x4x1",
    "gomoku:5x4x4",
    "gomoku:7x7x4",
    "gomoku:20x20x10",  # from 10 on lines are not looked up in a table
)
_MOST_CHILDREN = 40_000  # of all the positions of a test together

Choose = Callable[[Game[Any], Any, torch.Generator], Tensor]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Batches in tests are small, and threads that wait for each other are slow on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def uniform(game: Game[Any], state: Any, generator: torch.Generator) -> Tensor:
    """Any legal move; action 0 for finished rows. By other means than `play.sample_uniform`, which is under test."""
    return _one_of(game.legal(state), generator)


def cautious(game: Game[Any], state: Any, generator: torch.Generator) -> Tensor:
    """Any legal move that does not end the game, if there is one: long games and full boards."""
    children, valid = game.children(state)
    return _one_of(_preferred(valid, ~children.done.view_as(valid)), generator)


def hungry(game: Game[Any], state: Any, generator: torch.Generator) -> Tensor:
    """The first player leaves as few stones as it can, and ends the game only if it leaves none; the second is uniform.

    So whole armies are taken.
    """
    children, valid = game.children(state)
    left = game.observe(children)[:, 0].flatten(1).sum(1).view(valid.shape)
    mild = _preferred(valid, ~children.done.view_as(valid) | (left == 0))
    fewest = torch.where(mild, left, torch.inf).amin(1, keepdim=True)
    greedy = mild & (left == fewest)
    return _one_of(torch.where((state.ply % 2 == 0)[:, None], greedy, valid), generator)


def _preferred(valid: Tensor, liked: Tensor) -> Tensor:
    """The liked ones of the valid actions, or all of them where none is."""
    both = valid & liked
    return torch.where(both.any(1, keepdim=True), both, valid)


def _one_of(mask: Tensor, generator: torch.Generator) -> Tensor:
    # Weights for multinomial must not be all zero: rows without a true column draw action 0.
    weights = mask.float()
    weights[:, 0] += (~mask.any(1)).float()
    return torch.multinomial(weights, 1, generator=generator).squeeze(1)


def random_plies(
    game: Game[Any], seed: int, games: int, choose: Choose = uniform
) -> tuple[tuple[Any, ...], tuple[Tensor, ...]]:
    """Random games, all positions of each ply in one batch, to one ply past the end of the longest.

    Returns the states before each move and after the last, and the actions; finished games go on with action 0.
    Kept for the next test that asks for the same ones: not to be changed.
    """
    return _random_plies(game.name, seed, games, choose)


@functools.lru_cache(maxsize=256)
def _random_plies(name: str, seed: int, games: int, choose: Choose) -> tuple[tuple[Any, ...], tuple[Tensor, ...]]:
    game = make(name)
    generator = torch.Generator().manual_seed(seed)
    states: list[State] = [game.initial(games)]
    actions = []
    for _ in range(game.max_plies + 1):
        actions.append(choose(game, states[-1], generator))
        states.append(game.step(states[-1], actions[-1]))
        if bool(states[-2].done.all()):
            break
    return tuple(states), tuple(actions)


def reachable(game: Game[Any], seed: int, games: int = 12, most: int | None = None) -> Any:
    """Positions of random games from the start to the end, some met more than once, some finished.

    most: where there are more, so many of them at random. Without it as many as have 40,000 actions together.
    """
    states, _ = random_plies(game, seed, games)
    state = type(states[0]).cat(states)
    most = _MOST_CHILDREN // game.num_actions if most is None else most
    if len(state) <= most:
        return state
    chosen = torch.randperm(len(state), generator=torch.Generator().manual_seed(seed))[:most]
    return state[chosen.sort().values]


def unfinished(game: Game[Any], seed: int, games: int = 12, most: int | None = None) -> Any:
    """Positions of random games with a move to make."""
    state = reachable(game, seed, games, most)
    return state[~state.done]


def moves_of_games(game: Game[Any], seed: int, games: int, choose: Choose = uniform) -> list[list[int]]:
    """The move lists of whole random games."""
    states, actions = random_plies(game, seed, games, choose)
    every = torch.stack(actions, 1).tolist()
    return [moves[:plies] for moves, plies in zip(every, states[-1].ply.tolist(), strict=True)]


def stones(game: Game[Any], state: Any) -> Tensor:
    """`[B, 2, H, W]` bool: the first and the second player's stones as they lie on the board, whoever is to move."""
    seen = game.observe(state)[:, :2] > 0
    second = (state.ply % 2 == 1)[:, None, None, None]
    by_seat = torch.where(second, seen.flip(1), seen)
    if game.second_view is None:
        return by_seat
    turned = by_seat.flatten(2)[..., game.second_view.cells].view_as(by_seat)
    return torch.where(second, turned, by_seat)


def with_colours_swapped(game: Game[Any], state: Any) -> Any:
    """One position of Breakthrough as its second player sees it, by way of the text."""
    _, height, width = game.observation_shape
    lines = game.render(state).translate(str.maketrans("XO", "OX")).splitlines()
    board = ["".join(line.split()[-width:]) for line in reversed(lines[:height])]
    status = lines[-1].replace(f"ply {int(state.ply)}", f"ply {int(state.ply) ^ 1}")
    return game.parse_position("\n".join([*board, status]))


def assert_frequency(count: int, trials: int, probability: float, sigmas: float = 5.0) -> None:
    """`count` hits in `trials` independent draws of this probability lie within so many standard deviations."""
    band = sigmas * math.sqrt(trials * probability * (1 - probability))
    expected = trials * probability
    assert abs(count - expected) <= band, f"{count} of {trials}, expected {expected:.1f} +- {band:.1f}"
