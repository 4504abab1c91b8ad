"""Fingerprints of Q-functions: equal where two play alike, different where weights, settings, kind or game are."""

from __future__ import annotations

from collections.abc import Callable

import torch

import game
from agent.network.net import Architecture, build
from agent.network.network_q import as_q
from agent.ntuple.q import NTupleQ
from agent.ntuple.tuples import draw_cells
from agent.play.player import QPlayer
from agent.play.policy import Policy
from agent.play.qfunction import ConstantQ, QFunction
from agent.search.exact_ply import ExactPlyQ
from agent.search.negamax import NegamaxQ
from agent.table.table_q import TableQ

TICTACTOE, CONNECT4 = game.make("tictactoe"), game.make("connect4")


def network(seed: int = 0, **settings: object) -> QFunction:
    shape = Architecture(depth=1, width=8, **settings)  # type: ignore[arg-type] # any of its settings
    return as_q(TICTACTOE, build(TICTACTOE, shape, seed), shape.head)


def patterns(row: int | None = None, seed: int = 0) -> QFunction:
    q = NTupleQ(CONNECT4, draw_cells(CONNECT4, 3, 4, seed))
    if row is not None:
        q.table[row] = 0.5
    return q


def table(value: float) -> QFunction:
    return TableQ(TICTACTOE, torch.tensor([3, 8]), torch.full((2, 9), value))


# Each is like no other.
ALL: list[Callable[[], QFunction]] = [
    lambda: ConstantQ(TICTACTOE),
    lambda: ConstantQ(CONNECT4),
    lambda: NegamaxQ(CONNECT4, 2),
    lambda: NegamaxQ(CONNECT4, 3),
    lambda: ExactPlyQ(NegamaxQ(CONNECT4, 2)),
    lambda: table(0.0),
    lambda: table(0.5),
    lambda: network(),
    lambda: network(seed=1),
    lambda: network(activation="tanh"),  # the same weights as with relu would be another function
    lambda: network(symmetric=True),
    lambda: network(members=2),
    lambda: network(members=2, activation="gelu"),
    lambda: network(head="afterstate"),
    lambda: network(wdl=True),
    lambda: patterns(),
    lambda: patterns(row=0),
    lambda: patterns(row=17),
    lambda: patterns(seed=1),
    lambda: ExactPlyQ(patterns(row=17)),
]


def test_no_two_different_players_share_an_identity() -> None:
    found = [make().identity() for make in ALL]
    assert len(set(found)) == len(ALL)
    assert found == [make().identity() for make in ALL]


def test_identity_follows_the_weights_as_they_learn() -> None:
    q = NTupleQ(CONNECT4, draw_cells(CONNECT4, 3, 4, 0))
    before = q.identity()
    q.table[5] += 2**-20
    assert q.identity() != before
    q.table[5] = 0
    assert q.identity() == before


def test_a_player_is_its_q_function_and_its_policy_but_not_its_name() -> None:
    q = table(0.5)
    assert QPlayer("a", q).identity == QPlayer("b", q).identity
    assert QPlayer("a", q).identity != QPlayer("a", q, Policy(temperature=0.1)).identity
    assert QPlayer("a", q).identity != QPlayer("a", table(0.25)).identity
