"""Tables that several ranks learn: what comes of their changes, and that it is the same in all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from agent.ntuple.exchange import loops
from agent.ntuple.exchange.exchange import Exchange, cheaper_by_rows
from agent.ranks.ranks import ALONE, here
from tests.processes import in_ranks

ROWS, WIDTH, STEPS = 1000, 2, 10


def moved_alone(visits: list[int], steps: int, change: float = 1.0) -> float:
    """How far a row at 0 goes that each rank has moved by `change` in so many minibatches of `steps`."""
    table, before = np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32)
    tc, tc_before = np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32)
    told = [[change * sum(count > 0 for count in visits), 0.5, 0.75, sum(visits)]]
    loops.move(np.zeros(1, np.int32), np.array(told, np.float32), steps, len(visits), table, before, tc, tc_before)
    assert (table == before).all()
    assert (tc == tc_before).all()
    assert tc.tolist() == [[0.5, 0.75]]
    return float(table[0, 0])


def test_a_row_that_all_meet_in_every_minibatch_moves_by_the_mean() -> None:
    assert moved_alone([10, 10], 10) == pytest.approx(1)
    assert moved_alone([7] * 64, 7, -3.0) == pytest.approx(-3)


def test_a_row_that_is_rarely_met_moves_by_the_sum() -> None:
    """Two ranks met it in one of 1,000 minibatches: one process would have met it twice, but for 1 in 2,000 cases."""
    assert moved_alone([1, 1], 1000) == pytest.approx(2, abs=2e-3)
    assert moved_alone([1, 0], 1000) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("visits", "steps"), [([3, 5], 20), ([1, 2, 4, 1], 8), ([19, 20], 20)])
def test_as_many_steps_as_one_process_would_have_made(visits: list[int], steps: int) -> None:
    """By drawing which minibatches met the row: one process moves it in each that any of the ranks would have."""
    chance, trials, ranks = np.random.default_rng(0), 40_000, len(visits)
    rate = sum(visits) / (ranks * steps)
    of_one = (chance.random((trials, ranks, steps)) < rate).any(1).sum(1).mean()
    mean_change = sum(count > 0 for count in visits) / sum(visits)  # of a minibatch that met it
    assert moved_alone(visits, steps) == pytest.approx(of_one * mean_change, rel=0.01)


def test_the_way_with_fewer_bytes() -> None:
    """By hand: 4 bytes a number, W + 3 = 4 numbers a row, with its number 20 bytes; rings send a sum almost twice."""
    assert cheaper_by_rows([100, 100], 10_000, 4)  # 2,000 bytes against 1,250 + 3,200
    assert not cheaper_by_rows([9000, 9000], 10_000, 4)  # 180,000 against 1,250 + 160,000
    assert cheaper_by_rows([100] * 16, 10_000, 4)  # 30,000 against 2,344 + 48,000
    assert not cheaper_by_rows([2500] * 16, 10_000, 4)  # 750,000 against 2,344 + 300,000


def learned(rows_of_each: int, layer: int, generations: int, every: int) -> dict[str, Any]:
    """Move some rows of a table at random, by the number of the rank, and meet; the table as it then is."""
    ranks = here()
    chance = np.random.default_rng(ranks.rank)
    table, tc = torch.zeros(ROWS + layer, WIDTH), torch.zeros(ROWS, 2)
    exchange = Exchange(ranks, every, table, tc)
    assert exchange.visits is not None
    met, sent, changes = [], ranks.sent, []
    for generation in range(generations):
        rows = chance.choice(ROWS, rows_of_each, replace=False)
        change = chance.normal(size=(rows_of_each, WIDTH)).astype(np.float32)
        table.numpy()[rows] += change
        tc.numpy()[rows] += [0.25, 0.5]
        exchange.visits[rows] += 1
        table.numpy()[ROWS:] += ranks.rank + 1
        changes.append((rows, change))
        exchange.learned(STEPS, final=generation == generations - 1)
        met.append(not exchange.waiting)
    return {"table": table.numpy(), "tc": tc.numpy(), "met": met, "sent": ranks.sent - sent, "changes": changes}


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("rows", [20, 950])  # told row by row; and of all at once
def test_all_ranks_hold_the_sum_of_what_each_has_learned(size: int, rows: int) -> None:
    answers = in_ranks(size, learned, rows, 2, 1, 1)
    for answer in answers:
        assert answer["table"].tobytes() == answers[0]["table"].tobytes()
        assert answer["tc"].tobytes() == answers[0]["tc"].tobytes()
    table, tc, visits = np.zeros((ROWS, WIDTH)), np.zeros((ROWS, 2)), np.zeros(ROWS)
    for answer in answers:
        for at, change in answer["changes"]:
            table[at] += change
            tc[at] += [0.25, 0.5]
            visits[at] += 1
    share = STEPS * (1 - (1 - visits / (size * STEPS)) ** size) / np.maximum(visits, 1)
    assert np.allclose(answers[0]["table"][:ROWS], share[:, None] * table, atol=1e-5)
    assert np.allclose(answers[0]["tc"], tc, atol=1e-6)
    assert np.allclose(answers[0]["table"][ROWS:], (size + 1) / 2)  # the mean of 1 to size
    by_rows = cheaper_by_rows([rows] * size, ROWS, WIDTH + 3)
    assert by_rows == (rows == 20)
    if by_rows:
        layer_and_counts = 2 * (size - 1) * 16 // size + 4 * (size - 1) * 16
        assert answers[0]["sent"] <= (size - 1) * rows * 4 * (1 + WIDTH + 3) + layer_and_counts


def test_ranks_meet_every_few_generations_and_at_the_end() -> None:
    answers = in_ranks(2, learned, 20, 0, 5, 2)
    assert answers[0]["met"] == [False, True, False, True, True]
    assert answers[0]["table"].tobytes() == answers[1]["table"].tobytes()


def test_a_rank_that_moved_nothing_gets_what_the_others_moved() -> None:
    answers = in_ranks(2, learned, 0, 0, 1, 1)
    assert not answers[0]["table"].any()


def test_forgetting_holds_for_what_was_met_before() -> None:
    """Half is forgotten of 8 met before and of 4 met since: 4 + 2 + 2 of two ranks that met the same."""
    assert in_ranks(2, forgotten) == [8.0, 8.0]


def forgotten() -> float:
    ranks = here()
    table, tc = torch.zeros(1), torch.full((1, 2), 8.0)
    exchange = Exchange(ranks, 1, table, tc)
    assert exchange.visits is not None
    tc += 4
    exchange.visits[:] = 1
    tc.mul_(0.5)
    exchange.forget(0.5)
    exchange.learned(1, final=True)
    return float(tc[0, 0])


def test_a_process_by_itself_counts_nothing_and_has_always_met() -> None:
    exchange = Exchange(ALONE, 5, torch.zeros(4), torch.zeros(4, 2))
    exchange.forget(0.5)
    assert exchange.visits is None
    exchange.learned(3, final=False)
    assert not exchange.waiting
