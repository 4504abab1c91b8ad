"""Openings: distinct, unfinished, reachable, and the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from arena.match.openings import extended, random_openings
from game.errors import UsageError
from game.notation import replay
from game.registry import make
from tests.helpers import assert_frequency

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")


@pytest.mark.parametrize("name", ["tictactoe", "connect4"])
@pytest.mark.parametrize("plies", [None, 0, 1, 2, 5])
@pytest.mark.parametrize("count", [1, 7, 40])
def test_openings_are_reachable_unfinished_and_distinct(name: str, plies: int | None, count: int) -> None:
    game = make(name)
    found = random_openings(game, count, plies, seed=3)
    assert len(found.state) == len(found.moves) == count
    assert found.plies == (found.plies if plies is None else plies)
    assert not found.state.done.any()
    assert (found.state.ply == found.plies).all()
    assert replay(game, found.moves.tolist()).equal(found.state)
    keys = game.key(found.state)
    assert len(torch.unique(keys[: found.distinct])) == found.distinct == len(torch.unique(keys))


def test_openings_repeat_in_turn_where_the_game_has_too_few() -> None:
    found = random_openings(TICTACTOE, 25, 1, seed=0)
    assert found.distinct == 9
    keys = TICTACTOE.key(found.state)
    assert torch.equal(keys[:16], keys[9:])
    assert random_openings(TICTACTOE, 5, 0, seed=0).distinct == 1


def test_as_few_plies_as_vary_enough() -> None:
    for count in (1, 7, 8, 40, 300):
        found = random_openings(CONNECT4, count, None, seed=1)
        assert found.distinct == count
        if found.plies:
            assert random_openings(CONNECT4, count, found.plies - 1, seed=1).distinct < count


def test_a_small_game_gives_what_it_has() -> None:
    found = random_openings(TICTACTOE, 500, None, seed=1)
    # After three plies: 9 * 8 / 2 pairs of crosses times 7 noughts.
    assert (found.plies, found.distinct, len(found.state)) == (3, 252, 500)


def test_openings_are_drawn_evenly_from_all_there_are() -> None:
    """Two plies of tic-tac-toe lead to 72 positions, each as likely to be among 20 as any other."""
    met = Counter(
        key for seed in range(100) for key in TICTACTOE.key(random_openings(TICTACTOE, 20, 2, seed).state).tolist()
    )
    assert len(met) == 72
    for count in met.values():
        assert_frequency(count, 100, 20 / 72)


def test_same_seed_same_openings() -> None:
    a, b, other = (random_openings(CONNECT4, 50, 6, seed) for seed in (1, 1, 2))
    assert a.state.equal(b.state)
    assert torch.equal(a.moves, b.moves)
    assert not torch.equal(a.moves, other.moves)


@pytest.mark.parametrize(
    ("name", "begun", "plies", "most"),
    [("connect4", 20, 2, 49), ("connect4", 5, 1, 7), ("tictactoe", 3, 2, 72), ("tictactoe", 30, 1, 9)],
)
def test_openings_can_be_added_and_the_first_ones_stay(name: str, begun: int, plies: int, most: int) -> None:
    """Whatever is asked for in between, and whether or not the game has so many."""
    game = make(name)
    first = random_openings(game, begun, plies, seed=3)
    longest = extended(game, first, 400, seed=3)
    assert longest.moves[:begun].equal(first.moves)
    for count in (1, begun, begun + 1, 100, 300, 400):
        some = extended(game, first, count, seed=3)
        assert some.state.equal(longest.state[:count])
        assert some.moves.equal(longest.moves[:count])
        assert some.number.equal(longest.number[:count])
    assert replay(game, longest.moves.tolist()).equal(longest.state)
    assert not longest.state.done.any()
    keys = game.key(longest.state)
    same_key, same_number = keys[:, None] == keys, longest.number[:, None] == longest.number
    assert same_key.equal(same_number)
    assert longest.distinct == len(torch.unique(keys)) == most
    times = torch.bincount(longest.number[begun:])
    assert times.max() - times.min() <= 2, "all in turn"


def test_added_openings_are_new_where_the_game_has_enough() -> None:
    first = random_openings(CONNECT4, 20, 6, seed=3)
    more = [extended(CONNECT4, first, 400, seed) for seed in (3, 4)]
    assert more[0].distinct == len(torch.unique(CONNECT4.key(more[0].state))) == 400
    assert not more[0].moves.equal(more[1].moves)


def test_some_openings_of_many() -> None:
    found = random_openings(TICTACTOE, 25, 1, seed=0)
    assert found.number.tolist() == [k % 9 for k in range(25)]
    some = found[9:12]
    assert (len(some.state), some.distinct, some.plies) == (3, 3, 1)
    assert found[torch.tensor([0, 9, 18])].distinct == 1


@pytest.mark.parametrize("plies", [9, 10, 1000])
def test_more_plies_than_any_game_is_an_error(plies: int) -> None:
    with pytest.raises(UsageError, match=f"no game of tictactoe lasts {plies} random moves"):
        random_openings(TICTACTOE, 10, plies, seed=0)
