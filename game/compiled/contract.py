"""What compiled loops ask of a game's scalar rules.

Rules are a NamedTuple, and the functions of the same names in the module that defines it are what runs: the loops are
compiled once for each game, with these inside. All rules have the fields `cells` (of the board), `actions`, `plies`
(of the longest game), `changes` (the most cells that one action changes), `fewest` and `most` (stones on the board
in usual games); all boards have `stones` `[cells]` int8,
0 empty, 1 the first player's, 2 the second's, row-major as `Game.observe` shows them to the first player. Rules may
have the field `tallies`: how many values each number of `tally` has, a tuple of ints.

Whose move it is follows from the ply: even, the first player's.
"""

from __future__ import annotations

import sys
from typing import Any

from game.compiled.jit import overload

# The bodies below never run: `overload` puts those of the rules at hand in their place.


def new_board(rules):
    """Room for a board, with nothing on it yet."""
    raise NotImplementedError


def start(rules, board):
    """Set up the starting position."""
    raise NotImplementedError


def arrange(rules, board, ply):
    """Make the rest of the board fit its stones."""
    raise NotImplementedError


def legal(rules, board, ply, actions):
    """Write the legal actions of an unfinished position into `actions`, ascending; how many there are."""
    raise NotImplementedError


def look(rules, board, ply, action, cells, stones):
    """What an action would do: how many cells change, whether it ends the game, and r_T for the mover if it does.

    The cells go into `cells`, and what would stand there into `stones`. The board stays as it is.
    """
    raise NotImplementedError


def step(rules, board, ply, action):
    """Make a legal move."""
    raise NotImplementedError


def tally(rules, board, ply, action):
    """What the position after an action counts, seen by whoever made it: a tuple of as many ints as `rules.tallies`
    has, each at least 0 and less than its entry there. Rules without that field have none."""
    raise NotImplementedError


def puts_one_stone(rules: Any) -> bool:
    """Whether each action puts one stone on an empty cell and changes nothing else (`ONE_STONE` in the module)."""
    return bool(getattr(sys.modules[rules.instance_class.__module__], "ONE_STONE", False))


def others_stay(rules: Any) -> bool:
    """Whether the legal actions after a move are those before it but that one (`OTHERS_STAY` in the module)."""
    return bool(getattr(sys.modules[rules.instance_class.__module__], "OTHERS_STAY", False))


def _own(rules: Any, name: str) -> Any:
    return getattr(sys.modules[rules.instance_class.__module__], name)


@overload(new_board)
def _new_board(rules):
    return _own(rules, "new_board")


@overload(start)
def _start(rules, board):
    return _own(rules, "start")


@overload(arrange)
def _arrange(rules, board, ply):
    return _own(rules, "arrange")


@overload(legal)
def _legal(rules, board, ply, actions):
    return _own(rules, "legal")


@overload(look)
def _look(rules, board, ply, action, cells, stones):
    return _own(rules, "look")


@overload(step)
def _step(rules, board, ply, action):
    return _own(rules, "step")


@overload(tally)
def _tally(rules, board, ply, action):
    return _own(rules, "tally")
