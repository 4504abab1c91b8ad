"""What kind of board a game is played on, found from its rules, so that it looks as its players know it."""

from __future__ import annotations

from enum import StrEnum

import torch

from game.core import AnyGame
from game.errors import QzeroError
from game.play import sample_uniform

_LARGEST_GRID = 4  # rows or columns of a board on which one writes crosses and noughts
_PROBES, _PROBED_PLIES = 8, 10


class Kind(StrEnum):
    """A game may name one of these values as its optional member `look`, where what is found here does not suit it.

    WELLS:     stones fall into the wells of an upright board, as in Connect Four.
    FELT:      stones that change sides lie on the squares of a cloth, as in Othello.
    HEXAGONS:  stones lie on hexagons, as in Hex.
    CHEQUERED: pieces go from one square to another, as in Breakthrough.
    POINTS:    stones lie where lines cross, as in Gomoku.
    LINES:     crosses and noughts between the lines of a small grid, as in tic-tac-toe.
    SQUARES:   stones lie on squares.
    """

    WELLS = "wells"
    FELT = "felt"
    HEXAGONS = "hexagons"
    CHEQUERED = "chequered"
    POINTS = "points"
    LINES = "lines"
    SQUARES = "squares"


SIDE_NAMES: dict[Kind, tuple[str, str]] = {
    Kind.WELLS: ("Red", "Yellow"),
    Kind.FELT: ("Black", "White"),
    Kind.HEXAGONS: ("Red", "Blue"),
    Kind.CHEQUERED: ("White", "Black"),
    Kind.POINTS: ("Black", "White"),
    Kind.LINES: ("X", "O"),
    Kind.SQUARES: ("Red", "Blue"),
}


def kind_of(game: AnyGame) -> Kind:
    """The kind that the game names as its `look`, else the kind that its rules suggest.

    Raises QzeroError where it names none of them, or one that does not go with the shape of its cells.
    """
    named = getattr(game, "look", None)
    if named is None:
        return _found(game)
    fitting = [kind for kind in Kind if (kind is Kind.HEXAGONS) == game.hexagonal]
    if named not in fitting:
        expected = ", ".join(fitting)
        raise QzeroError(f"the look of {game.name} is {named!r}, expected one of: {expected}; or leave it out")
    return Kind(named)


def _found(game: AnyGame) -> Kind:
    if game.hexagonal:
        return Kind.HEXAGONS
    start = game.initial(1)
    clicks = [game.squares(action, start) for action in range(game.num_actions)]
    if any(row is None for squares in clicks for row, _ in squares):
        return Kind.WELLS
    if any(len(squares) > 1 for squares in clicks):
        return Kind.CHEQUERED
    if _turns_stones(game):
        return Kind.FELT
    _, rows, columns = game.observation_shape
    if game.observe(start, torch.uint8)[0, :2].any():
        return Kind.SQUARES
    return Kind.LINES if max(rows, columns) <= _LARGEST_GRID else Kind.POINTS


def _turns_stones(game: AnyGame) -> bool:
    """Whether a stone changes sides within the first moves of a few random games."""
    if game.second_view is not None:
        return False
    state, generator = game.initial(_PROBES), torch.Generator().manual_seed(0)
    for _ in range(min(_PROBED_PLIES, game.max_plies)):
        if bool(state.done.any()):
            break
        theirs = game.observe(state, torch.bool)[:, 1]
        state = game.step(state, sample_uniform(game.legal(state), generator))
        now_theirs = game.observe(state, torch.bool)[:, 1]  # of whoever has just moved
        if bool((theirs & now_theirs).any()):
            return True
    return False
