"""RowOptimizer: torch's own optimisers where all rows are named, slow loops where not, exact resumption, same bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from agent.network.ntuple_net import NTuple
from agent.network.row_optimizer import RowOptimizer

SETTINGS: list[dict[str, Any]] = [
    {"kind": "sgd"},
    {"kind": "sgd", "weight_decay": 0.1},
    {"kind": "sgd", "momentum": 0.9},
    {"kind": "sgd", "momentum": 0.9, "weight_decay": 0.1},
    {"kind": "adam"},
    {"kind": "adam", "weight_decay": 0.1},
    {"kind": "adamw", "weight_decay": 0.1},
]
ROWS, NAMED, WIDTH = 60, 20, 3
FEW, MANY = 15, 40  # entries of a gradient for 60 rows: summed up in either way


def torch_s_own(weight: Tensor, lr: float, settings: dict[str, Any]) -> torch.optim.Optimizer:
    decay = settings.get("weight_decay", 0.0)
    if settings["kind"] == "sgd":
        return torch.optim.SGD([weight], lr, settings.get("momentum", 0.0), weight_decay=decay)
    kind = torch.optim.Adam if settings["kind"] == "adam" else torch.optim.AdamW
    return kind([weight], lr, weight_decay=decay)


def table(seed: int = 0, width: int = WIDTH) -> nn.Parameter:
    return nn.Parameter(torch.randn(ROWS, width, generator=torch.Generator().manual_seed(seed)))


def sparse(rows: Tensor, seed: int, shape: tuple[int, int] = (ROWS, WIDTH)) -> Tensor:
    """A gradient that names `rows`, which may repeat."""
    return torch.sparse_coo_tensor(rows[None], values_of(len(rows), seed, shape[1]), shape, check_invariants=True)


def values_of(count: int, seed: int, width: int = 1) -> Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def drawn(count: int, seed: int, rows: int = NAMED) -> Tensor:
    return torch.randint(rows, (count,), generator=torch.Generator().manual_seed(seed))


def every_row(seed: int) -> Tensor:
    return torch.cat((torch.arange(ROWS), drawn(9, seed)))


def run(optimizer: torch.optim.Optimizer, weight: Tensor, gradient: Callable[[int], Tensor], steps: int = 6) -> Tensor:
    for step in range(steps):
        weight.grad = gradient(step)
        optimizer.step()
    return weight.detach()


@pytest.mark.parametrize("settings", SETTINGS)
def test_dense_gradients_are_met_as_by_torch(settings: dict[str, Any]) -> None:
    ours, theirs = table(), table()

    def dense(step: int) -> Tensor:
        return torch.randn(ROWS, WIDTH, generator=torch.Generator().manual_seed(step))

    run(RowOptimizer([ours], lr=0.05, **settings), ours, dense)
    run(torch_s_own(theirs, 0.05, settings), theirs, dense)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("settings", SETTINGS)
def test_sparse_gradients_that_name_all_rows_are_met_as_dense_ones(settings: dict[str, Any]) -> None:
    ours, theirs = table(), table()
    run(RowOptimizer([ours], lr=0.05, **settings), ours, lambda step: sparse(every_row(step), step))
    run(torch_s_own(theirs, 0.05, settings), theirs, lambda step: sparse(every_row(step), step).to_dense())
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("count", [FEW, MANY])
def test_plain_sgd_and_adam_are_torch_s_sparse_ones(count: int) -> None:
    def gradient(step: int) -> Tensor:
        return sparse(drawn(count, step), step)

    for kind, reference in (("sgd", torch.optim.SGD), ("adam", torch.optim.SparseAdam)):
        ours, theirs = table(), table()
        run(RowOptimizer([ours], kind, lr=0.05), ours, gradient)
        run(reference([theirs], lr=0.05), theirs, gradient)
        torch.testing.assert_close(ours, theirs)


def slow_steps(weight: Tensor, gradients: list[Tensor], lr: float, settings: dict[str, Any]) -> list[list[float]]:
    """Row by row and number by number, only those that are named."""
    kind, momentum, decay = settings["kind"], settings.get("momentum", 0.0), settings.get("weight_decay", 0.0)
    table = weight.tolist()
    first = [[0.0] * len(row) for row in table]
    second = [[0.0] * len(row) for row in table]
    for step, gradient in enumerate(gradients, 1):
        summed = gradient.to_dense().tolist()
        for r in gradient.coalesce().indices()[0].tolist():
            for c, value in enumerate(summed[r]):
                g = value + (decay * table[r][c] if kind != "adamw" else 0)
                if kind == "sgd":
                    first[r][c] = momentum * first[r][c] + g
                    table[r][c] -= lr * first[r][c]
                    continue
                table[r][c] *= 1 - lr * decay if kind == "adamw" else 1
                first[r][c] = 0.9 * first[r][c] + 0.1 * g
                second[r][c] = 0.999 * second[r][c] + 0.001 * g * g
                scale = math.sqrt(second[r][c] / (1 - 0.999**step)) + 1e-8
                table[r][c] -= lr * first[r][c] / (1 - 0.9**step) / scale
    return table


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("count", [FEW, MANY])
@pytest.mark.parametrize("width", [1, WIDTH])
def test_rows_that_are_not_named_wait(settings: dict[str, Any], count: int, width: int) -> None:
    weight = table(width=width)
    before = weight.detach().clone()
    gradients = [sparse(drawn(count, step), step, (ROWS, width)) for step in range(6)]
    optimizer = RowOptimizer([weight], lr=0.05, **settings)
    run(optimizer, weight, gradients.__getitem__)
    torch.testing.assert_close(weight.detach(), torch.tensor(slow_steps(before, gradients, 0.05, settings)))
    assert torch.equal(weight[NAMED:], before[NAMED:])
    for name, slot in optimizer.state[weight].items():
        assert name == "step" or not slot[NAMED:].any()


@pytest.mark.parametrize("settings", SETTINGS)
def test_gradients_of_single_numbers_name_numbers_instead_of_rows(settings: dict[str, Any]) -> None:
    ours, flat = table(), table()
    column = nn.Parameter(flat.detach().view(-1, 1))

    def gradient(step: int) -> Tensor:
        return sparse(drawn(20, step, ROWS * WIDTH), step, (ROWS * WIDTH, 1))

    def of_numbers(step: int) -> Tensor:
        entry = drawn(20, step, ROWS * WIDTH)
        place = torch.stack((entry // WIDTH, entry % WIDTH))
        return torch.sparse_coo_tensor(place, values_of(20, step)[:, 0], (ROWS, WIDTH), check_invariants=True)

    run(RowOptimizer([ours], lr=0.05, **settings), ours, of_numbers)
    run(RowOptimizer([column], lr=0.05, **settings), column, gradient)
    assert torch.equal(ours.detach().view(-1, 1), column.detach())


@pytest.mark.parametrize("settings", SETTINGS)
def test_resumes_to_the_same_bits(settings: dict[str, Any]) -> None:
    def gradient(step: int) -> Tensor:
        return sparse(drawn(5, step), step)

    def later(step: int) -> Tensor:
        return gradient(step + 6)

    weight = table()
    optimizer = RowOptimizer([weight], lr=0.05, **settings)
    run(optimizer, weight, gradient)
    state = optimizer.state_dict()
    saved = {index: {name: slot.clone() for name, slot in slots.items()} for index, slots in state["state"].items()}
    again = nn.Parameter(weight.detach().clone())
    expected = run(optimizer, weight, later)

    resumed = RowOptimizer([again], lr=0.05, **settings)
    resumed.load_state_dict({**resumed.state_dict(), "state": saved})
    for name, slot in resumed.state[again].items():
        assert slot.dtype == torch.float32
        assert torch.equal(slot, saved[0][name])
    assert torch.equal(run(resumed, again, later), expected)


def test_steps_are_of_the_size_that_the_groups_say_now() -> None:
    weight = table()
    before = weight.detach().clone()
    optimizer = RowOptimizer([weight], "sgd", lr=1.0)
    for lr in (0.5, 0.25, 0.0):
        for group in optimizer.param_groups:
            group["lr"] = lr
        weight.grad = torch.ones_like(weight)
        optimizer.step()
    torch.testing.assert_close(weight.detach(), before - 0.75)


@pytest.mark.parametrize("settings", SETTINGS)
def test_nothing_named_moves_nothing(settings: dict[str, Any]) -> None:
    weight, idle = table(), table(1)
    before = weight.detach().clone()
    optimizer = RowOptimizer([weight, idle], lr=0.05, **settings)
    run(optimizer, weight, lambda step: sparse(torch.empty(0, dtype=torch.int64), step), steps=2)
    assert torch.equal(weight, before)
    assert idle not in optimizer.state


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'rmsprop' is none of sgd, adam, adamw"):
        RowOptimizer([table()], "rmsprop", 0.1)


@pytest.mark.parametrize("settings", [SETTINGS[0], SETTINGS[3], SETTINGS[6]])
@pytest.mark.parametrize("of_one", [False, True])
def test_same_bits_with_one_thread_and_two(settings: dict[str, Any], of_one: bool) -> None:
    """At the size of real minibatches, where torch would share the work out."""

    def learned(threads: int) -> list[Tensor]:
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            chance = torch.Generator().manual_seed(0)
            net = NTuple((2, 6, 7), 7, tuples=40, cells=7, seed=0)
            optimizer = RowOptimizer(net.parameters(), lr=0.01, **settings)
            for _ in range(4):
                stones = torch.randint(3, (1024, 6, 7), generator=chance) * torch.rand(1024, 1, 1, generator=chance)
                planes = torch.stack((stones.round() == 1, stones.round() == 2), 1).float()
                action = torch.randint(7, (1024,), generator=chance)
                target = torch.randn(1024, generator=chance)
                q = net.raw_of(planes, action) if of_one else net.raw(planes).gather(1, action[:, None]).squeeze(1)
                optimizer.zero_grad()
                torch.autograd.backward((q.tanh() - target).square().mean())
                optimizer.step()
            return [weight.detach() for weight in net.parameters()]
        finally:
            torch.set_num_threads(before)

    once = learned(1)
    assert bool(once[0].any())
    for threads in (1, 2, 2):
        for ours, theirs in zip(learned(threads), once, strict=True):
            assert torch.equal(ours, theirs)


def test_a_net_learns_the_values_of_a_few_positions() -> None:
    stones = torch.randint(3, (8, 3, 4), generator=torch.Generator().manual_seed(0))
    planes = torch.stack((stones == 1, stones == 2), 1).float()
    target = torch.linspace(-0.9, 0.9, 8)
    for kind, lr in (("sgd", 0.5), ("adam", 0.02), ("adamw", 0.02)):
        net = NTuple((2, 3, 4), 1, tuples=10, cells=5, seed=0)
        optimizer = RowOptimizer(net.parameters(), kind, lr, momentum=0.5)
        for _ in range(200):
            optimizer.zero_grad()
            loss = (net.raw(planes)[:, 0].tanh() - target).square().mean()
            torch.autograd.backward(loss)
            optimizer.step()
        assert loss.item() < 1e-3
