"""Compiled games between two sets of tables: by the rules, greedy, and each the same whatever is played beside it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from agent.ntuple.duel import duel as module
from agent.ntuple.duel.duel import duel
from agent.ntuple.q import NTupleQ
from agent.ntuple.tuples import draw_cells
from agent.play.draws import draws, game_seeds, seed_of
from agent.play.player import QPlayer
from agent.play.policy import Policy
from arena.match.match import Meeting, play_pairs, play_together
from arena.match.openings import random_openings
from game import make

CONNECT4 = make("connect4")


def tables(seed: int, tuples: int = 6) -> NTupleQ:
    q = NTupleQ(CONNECT4, draw_cells(CONNECT4, tuples, 4, seed), threats=seed % 2 == 0)
    q.table.copy_(torch.rand(len(q.table), generator=torch.Generator().manual_seed(seed)) * 0.2 - 0.1)
    return q


def test_both_play_their_best_by_the_rules() -> None:
    a, b = tables(1), tables(2, 9)
    start = torch.cat([torch.zeros(20, dtype=torch.int64), torch.arange(20)])
    openings = [random_openings(CONNECT4, 20, plies, 3).state for plies in (4, 7)]
    state = type(openings[0]).cat(openings)
    second = torch.arange(40) % 3 == 0
    played = duel(a, b, state, second, start)
    assert len(torch.unique(played.moves, dim=0)) > 35
    for g in range(40):
        here, ply = state[g], int(state.ply[g])
        assert (played.moves[g, :ply] == -1).all()
        while not here.done:
            first = ply % 2 == int(second[g])
            values = (a if first else b).q(here)[0]
            action = int(played.moves[g, ply])
            assert values[action] >= values.max() - 1e-5
            here, ply = CONNECT4.step(here, torch.tensor([action])), ply + 1
        assert (played.moves[g, ply:] == -1).all()
        assert int(played.reward[g]) == int(here.reward) * (1 if first else -1)
    assert set(played.reward.tolist()) >= {1, -1}


def test_equal_moves_are_drawn_by_the_game_and_the_ply_alone() -> None:
    blank = NTupleQ(CONNECT4, draw_cells(CONNECT4, 2, 4, 0))  # all moves that do not end the game are equal
    seeds = game_seeds(5, torch.arange(3000))
    state = CONNECT4.initial(3000)
    played = duel(blank, blank, state, torch.arange(3000) % 2 == 1, seeds)
    draw = draws(seeds, torch.zeros(3000, dtype=torch.int16))[0]
    assert torch.equal(played.moves[:, 0].long(), (draw * 7).long())
    counts = torch.bincount(played.moves[:, 0].long(), minlength=7)
    assert bool(((counts - 3000 / 7).abs() < 90).all())


def test_a_game_is_the_same_alone_in_any_block_and_with_any_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = tables(3), tables(4)
    state = random_openings(CONNECT4, 300, 5, 1).state
    second, seeds = torch.arange(300) % 2 == 1, torch.arange(300)
    whole = duel(a, b, state, second, seeds)
    some = torch.tensor([299, 4, 17])
    few = duel(a, b, state[some], second[some], seeds[some])
    assert torch.equal(few.moves, whole.moves[some])
    assert torch.equal(few.reward, whole.reward[some])
    monkeypatch.setattr(module, "BLOCK", 64)
    torch.set_num_threads(3)
    again = duel(a, b, state, second, seeds)
    assert torch.equal(again.moves, whole.moves)


def test_matches_use_it_for_two_greedy_players_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(q: Any, other: Any, state: Any, *rest: Any) -> Any:
        asked.append(len(state))
        return duel(q, other, state, *rest)

    monkeypatch.setattr("agent.ntuple.q.duel", counted)
    a, b = QPlayer("a", tables(1)), QPlayer("b", tables(2))
    openings = random_openings(CONNECT4, 15, 4, 0)
    fast = play_pairs(CONNECT4, a, b, openings, 3)
    assert asked == [30]
    assert torch.equal(fast.moves[:, :4], openings.moves.to(torch.int16).repeat_interleave(2, 0))
    noisy = QPlayer("noisy", tables(1), Policy(epsilon=1e-9))
    slow = play_pairs(CONNECT4, noisy, b, openings, 3)
    assert asked == [30]
    assert torch.equal(fast.moves, slow.moves)
    assert torch.equal(fast.result, slow.result)
    assert fast.seconds.shape == (30, 2)
    assert (fast.seconds > 0).all()


def test_a_meeting_is_the_same_beside_others() -> None:
    fast, noisy, other = QPlayer("f", tables(1)), QPlayer("n", tables(2), Policy(0.2, 0.1)), QPlayer("o", tables(3))
    openings = random_openings(CONNECT4, 12, 3, 0)
    pairs = [(fast, noisy), (fast, other), (noisy, other)]
    meetings = [Meeting(a, b, openings, game_seeds(seed_of(a.name, b.name), torch.arange(24))) for a, b in pairs]
    watched: list[tuple[int, float]] = []
    together = play_together(CONNECT4, meetings, lambda *told: watched.append(told))
    for meeting, found in zip(meetings, together, strict=True):
        alone = play_together(CONNECT4, [meeting])[0]
        assert torch.equal(alone.result, found.result)
        width = min(alone.moves.shape[1], found.moves.shape[1])
        assert torch.equal(alone.moves[:, :width], found.moves[:, :width])
    assert watched[-1] == (72, 1.0)
    assert [done for done, _ in watched] == sorted(done for done, _ in watched)
