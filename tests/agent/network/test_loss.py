"""Losses, boosting weights and step sizes, by numbers worked by hand and by torch's own functions."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from agent.learn.step_size import step_size
from agent.network.loss import HUBER_DELTA, boosted, losses, two_hot
from agent.network.value_net import outputs_at, to_values
from agent.presets import preset


def test_squared_error_of_the_tanh() -> None:
    # tanh(0.5493) = 0.5: (0.5 - 1)^2 = 0.25; tanh(0) = 0: (0 + 0.3)^2 = 0.09
    raw = torch.tensor([[math.atanh(0.5)], [0.0]])
    assert losses(raw, torch.tensor([1.0, -0.3]), "squared").tolist() == pytest.approx([0.25, 0.09])


def test_huber_is_squared_near_and_linear_far() -> None:
    # errors 0.3: 0.09; 0.5: 0.25; 1.5: 0.5 * (2 * 1.5 - 0.5) = 1.25
    raw = torch.tensor([[math.atanh(0.3)], [math.atanh(0.5)], [math.atanh(0.5)]])
    target = torch.tensor([0.0, 0.0, -1.0])
    assert losses(raw, target, "huber").tolist() == pytest.approx([0.09, 0.25, 1.25])
    library = 2 * functional.huber_loss(raw.squeeze(1).tanh(), target, reduction="none", delta=HUBER_DELTA)
    torch.testing.assert_close(losses(raw, target, "huber"), library)


def test_two_hot_targets() -> None:
    found = two_hot(torch.tensor([1.0, 0.0, -1.0, 0.3, -0.25]))
    assert found.tolist() == [
        pytest.approx(row) for row in ([1, 0, 0], [0, 1, 0], [0, 0, 1], [0.3, 0.7, 0], [0, 0.75, 0.25])
    ]
    grid = torch.linspace(-1, 1, 101)
    torch.testing.assert_close(two_hot(grid) @ torch.tensor([1.0, 0.0, -1.0]), grid)
    assert bool((two_hot(grid) >= 0).all())


def test_cross_entropy_of_win_draw_loss() -> None:
    # Probabilities 1/2, 1/4, 1/4. Won: -ln 1/2. Target -0.5 is half drawn, half lost: -ln 1/4.
    raw = torch.tensor([[math.log(2.0), 0.0, 0.0]] * 2)
    assert losses(raw, torch.tensor([1.0, -0.5]), "wdl").tolist() == pytest.approx([math.log(2), math.log(4)])
    assert to_values(raw, 3).tolist() == [pytest.approx([0.25])] * 2  # P(win) - P(loss)


def test_cross_entropy_is_least_where_the_value_is_the_target() -> None:
    raw = torch.zeros(21, 3, requires_grad=True)
    target = torch.linspace(-0.9, 0.9, 21)
    optimizer = torch.optim.Adam([raw], 0.2)
    for _ in range(600):
        optimizer.zero_grad()
        torch.autograd.backward(losses(raw, target, "wdl").sum())
        optimizer.step()
    torch.testing.assert_close(to_values(raw, 3).squeeze(1), target, atol=0.02, rtol=0)


def test_outputs_are_picked_with_all_their_classes() -> None:
    raw = torch.arange(24.0).view(2, 12)  # 4 outputs of 3
    assert outputs_at(raw, torch.tensor([1, 3]), 3).tolist() == [[3, 4, 5], [21, 22, 23]]
    assert outputs_at(raw, torch.tensor([1, 3]), 1).tolist() == [[1], [15]]
    members = torch.arange(48.0).view(2, 2, 12)
    assert outputs_at(members, torch.tensor([[1, 3], [0, 0]]), 3).tolist() == [
        [[3, 4, 5], [21, 22, 23]],
        [[24, 25, 26], [36, 37, 38]],
    ]


def test_one_round_of_boosting() -> None:
    # L = e / 0.8 = 0, 0.25, 0.25, 1; mean 0.375; beta = 0.375 / 0.625 = 0.6; weights 0.6^(1 - L), then mean 1.
    error = torch.tensor([0.0, 0.2, 0.2, 0.8])
    raw = [0.6, 0.6**0.75, 0.6**0.75, 1.0]
    expected = [4 * weight / sum(raw) for weight in raw]
    assert boosted(torch.ones(4), error, 1.0).tolist() == pytest.approx(expected)
    half = [0.6 ** (0.5 * (1 - x)) for x in (0, 0.25, 0.25, 1)]
    assert boosted(torch.ones(4), error, 0.5).tolist() == pytest.approx([4 * w / sum(half) for w in half])


def test_a_second_round_weighs_by_the_first() -> None:
    # Weights 3, 1 and losses 0, 1: mean 1/4, beta 1/3: 3 * 1/3 and 1 * 1.
    assert boosted(torch.tensor([3.0, 1.0]), torch.tensor([0.0, 0.4]), 1.0).tolist() == pytest.approx([1, 1])


def test_boosting_stops_where_most_is_wrong() -> None:
    weight = torch.tensor([0.5, 1.5])
    assert boosted(weight, torch.tensor([1.0, 1.0]), 1.0).tolist() == [0.5, 1.5]  # mean loss 1
    assert boosted(weight, torch.tensor([0.0, 1.0]), 1.0).tolist() == [0.5, 1.5]  # mean loss 3/4
    assert torch.isfinite(boosted(weight, torch.zeros(2), 1.0)).all()


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [0.4, 0.4, 0.4, 0.4]),
        ("cosine", [0.4, 0.2 * (1 + math.sqrt(0.5)), 0.2, 0.0]),
        ("linear", [0.4, 0.3, 0.2, 0.0]),
        ("inverse", [0.4, 0.4 / 3.25, 0.4 / 5.5, 0.04]),
    ],
)
def test_schedules(schedule: str, expected: list[float]) -> None:
    config = preset("tictactoe", learning_rate=0.4, schedule=schedule)
    assert [step_size(config, share) for share in (0, 0.25, 0.5, 1)] == pytest.approx(expected)


def test_warm_up_rises_to_the_schedule() -> None:
    config = preset("tictactoe", learning_rate=0.4, schedule="constant", warmup=0.1)
    assert [step_size(config, share) for share in (0, 0.04, 0.09, 0.5)] == pytest.approx([0.04, 0.2, 0.4, 0.4])
