"""N-tuples: row numbers and sums worked by hand and by slow loops, the sparse gradient, walks, members, refusals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from agent.network.ntuple_net import NTuple
from game import make
from tests.helpers import BOARDS, one_thread, reachable

SHAPES = [(1, 1), (1, 3), (4, 1), (4, 3)]  # members and outputs


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def by_hand() -> NTuple:
    """3 x 3 cells, the tuples (0, 1) and (4, 8) with a row of two numbers each: rows[r] = (r, 100 r)."""
    net = NTuple((2, 3, 3), outputs=2, tuples=2, cells=2, seed=0)
    with torch.no_grad():
        net.cells.copy_(torch.tensor([[0, 1], [4, 8]]))
        net.rows.copy_(torch.arange(18.0)[:, None] * torch.tensor([1.0, 100.0]))
        net.bias.copy_(torch.tensor([0.5, -0.5]))
    return net


def test_row_numbers_and_sums_worked_by_hand() -> None:
    #  X O .      . . .
    #  . O .  and . . .
    #  . . X      . . .
    planes = torch.zeros(2, 2, 3, 3)
    planes[0, 0, 0, 0] = planes[0, 0, 2, 2] = 1
    planes[0, 1, 0, 1] = planes[0, 1, 1, 1] = 1
    net = by_hand()
    # Digits 1 and 2: 1 + 2 * 3 = 7. Digits 2 and 1 of the second tuple: 9 + 2 + 1 * 3 = 14.
    assert net.row_numbers(planes).tolist() == [[7, 14], [0, 9]]
    assert net.raw(planes).tolist() == [[21.5, 2099.5], [9.5, 899.5]]
    assert net.raw_of(planes, torch.tensor([1, 0])).tolist() == [2099.5, 9.5]


def test_every_further_plane_doubles_the_digits() -> None:
    net = NTuple((4, 1, 2), outputs=1, tuples=1, cells=2, seed=0)
    with torch.no_grad():
        net.cells.copy_(torch.tensor([[1, 0]]))
    assert net.rows.shape == (12**2, 1)
    planes = torch.tensor([[[[0.0, 1.0]], [[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 1.0]]]])
    # Cell 1: mine, and both further planes: 1 + 3 + 6. Cell 0: theirs, and the last plane: 2 + 6.
    assert net.row_numbers(planes).tolist() == [[10 + 12 * 8]]


def slow_numbers(net: NTuple, planes: Tensor) -> list[list[int]]:
    base = 3 * 2 ** (planes.shape[1] - 2)
    numbers = []
    for board in planes.flatten(2).long().tolist():
        digits = [
            mine + 2 * theirs + sum(3 * 2**k * bit for k, bit in enumerate(others))
            for mine, theirs, *others in zip(*board, strict=True)
        ]
        numbers.append(
            [
                sum(digits[cell] * base**i for i, cell in enumerate(cells)) + t * base ** len(cells)
                for t, cells in enumerate(net.cells.tolist())
            ]
        )
    return numbers


@pytest.mark.parametrize("name", BOARDS)
def test_every_game_s_positions_agree_with_a_slow_loop(name: str) -> None:
    game = make(name)
    net = NTuple(game.observation_shape, game.num_actions, tuples=5, cells=4, seed=1, hexagonal=game.hexagonal)
    assert net.raw(game.observe(game.initial(1))).tolist() == [[0.0] * game.num_actions]
    with torch.no_grad():
        net.rows.normal_(generator=torch.Generator().manual_seed(0))
        net.bias.normal_(generator=torch.Generator().manual_seed(1))
    planes = game.observe(reachable(game, seed=2, most=50))
    numbers = slow_numbers(net, planes)
    assert net.row_numbers(planes).tolist() == numbers
    raw = net.raw(planes)
    assert bool(torch.isfinite(raw).all())
    torch.testing.assert_close(raw, torch.stack([net.rows[row].sum(0) + net.bias for row in numbers]))
    action = torch.arange(len(planes)) % game.num_actions
    torch.testing.assert_close(net.raw_of(planes, action), raw.gather(1, action[:, None]).squeeze(1))
    assert net.raw(planes[:0]).shape == (0, game.num_actions)
    assert net.raw_of(planes[:0], action[:0]).shape == (0,)


def positions(count: int, planes: int = 2, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    """`[count, planes, 3, 4]` random boards."""
    generator = torch.Generator().manual_seed(seed)
    stones = torch.randint(3, (count, 3, 4), generator=generator)
    others = torch.randint(2, (count, planes - 2, 3, 4), generator=generator)
    return torch.cat((torch.stack((stones == 1, stones == 2), 1), others == 1), 1).to(dtype)


def random_net(members: int, outputs: int, planes: int = 2) -> NTuple:
    net = NTuple((planes, 3, 4), outputs, tuples=3, cells=3, seed=4, members=members)
    with torch.no_grad():
        net.rows.normal_(generator=torch.Generator().manual_seed(5))
        net.bias.normal_(generator=torch.Generator().manual_seed(6))
    return net


@pytest.mark.parametrize(("members", "outputs"), SHAPES)
@pytest.mark.parametrize("planes", [2, 3])
def test_gradient_is_sparse_and_agrees_with_a_dense_one(members: int, outputs: int, planes: int) -> None:
    net = random_net(members, outputs, planes)
    boards = positions(40, planes)
    out_shape = (40, outputs) if members == 1 else (members, 40, outputs)
    weight = torch.randn(out_shape, generator=torch.Generator().manual_seed(7))
    action = torch.arange(40) % outputs

    def dense() -> Tensor:
        return net.rows[net.row_numbers(boards)].sum(-2) + net.bias.unsqueeze(-2)

    def gradients(of: Tensor) -> list[Tensor]:
        return list(torch.autograd.grad((of.square() * weight[..., : of.shape[-1]]).sum(), [net.rows, net.bias]))

    rows, bias = gradients(net.raw(boards))
    slow_rows, slow_bias = gradients(dense())
    assert rows.is_sparse
    assert rows.coalesce().values().shape[1:] == (outputs,)
    torch.testing.assert_close(rows.to_dense(), slow_rows)
    torch.testing.assert_close(bias, slow_bias)

    one = net.raw_of(boards, action)
    rows, bias = gradients(one.unsqueeze(-1))
    slow_rows, slow_bias = gradients(dense().gather(-1, action[:, None].expand(*one.shape, 1)))
    assert rows.is_sparse
    assert rows.coalesce().values().dim() == 1  # single numbers, not rows
    torch.testing.assert_close(rows.to_dense(), slow_rows)
    torch.testing.assert_close(bias, slow_bias)


def test_gradient_agrees_with_differences() -> None:
    net = random_net(1, 2).double()
    boards = positions(6, dtype=torch.float64)
    target = torch.linspace(-1, 1, 6, dtype=torch.float64)

    def loss() -> Tensor:
        squared: Tensor = (net.raw(boards).tanh()[:, 1] - target).square()
        return squared.mean()

    torch.autograd.backward(loss())
    assert net.rows.grad is not None
    gradient = net.rows.grad.to_dense()
    step = 1e-6
    for row in set(net.row_numbers(boards).flatten().tolist()):
        for output in range(2):
            value = net.rows[row, output].item()
            losses = []
            for changed in (value + step, value - step):
                net.rows.data[row, output] = changed
                losses.append(loss().item())
            net.rows.data[row, output] = value
            assert float(gradient[row, output]) == pytest.approx((losses[0] - losses[1]) / (2 * step), abs=1e-8)


def test_gradients_add_up_where_they_are_not_taken() -> None:
    net = random_net(1, 3)
    for seed in (1, 2):
        torch.autograd.backward(net.raw(positions(10, seed=seed)).sum())
    twice = net.rows.grad
    both = torch.cat([positions(10, seed=seed) for seed in (1, 2)])
    (once,) = torch.autograd.grad(net.raw(both).sum(), [net.rows])
    assert twice is not None
    torch.testing.assert_close(twice.to_dense(), once.to_dense())


@pytest.mark.parametrize("outputs", [1, 3])
def test_members_are_as_many_separate_nets(outputs: int) -> None:
    net = random_net(4, outputs)
    shared, own = positions(20), torch.stack([positions(20, seed=k) for k in range(4)])
    action = torch.arange(20) % outputs
    actions = (torch.arange(80) % outputs).view(4, 20)
    for k in range(4):
        single = NTuple((2, 3, 4), outputs, tuples=3, cells=3, seed=4)
        with torch.no_grad():
            single.rows.copy_(net.rows.view(4, -1, outputs)[k])
            single.bias.copy_(net.bias[k])
        assert torch.equal(single.raw(shared), net.raw(shared)[k])
        assert torch.equal(single.raw(own[k]), net.raw(own)[k])
        assert torch.equal(single.raw_of(shared, action), net.raw_of(shared, action)[k])
        assert torch.equal(single.raw_of(own[k], actions[k]), net.raw_of(own, actions)[k])
    with pytest.raises(RuntimeError):
        net.raw(own[:3])


def test_seed_alone_draws_the_tuples() -> None:
    drawn = [NTuple((2, 6, 7), 7, tuples=70, cells=8, seed=seed).cells for seed in (3, 3, 4)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("hexagonal", [False, True])
def test_tuples_are_walks_to_neighbours_that_repeat_no_cell(hexagonal: bool) -> None:
    net = NTuple((2, 5, 6), 1, tuples=300, cells=6, seed=0, hexagonal=hexagonal)
    assert net.cells.shape == (300, 6)
    steps = {(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)} - {(0, 0)}
    if hexagonal:  # each row lies half a cell further right than the one above
        steps -= {(-1, -1), (1, 1)}
    seconds = set()
    for cells in net.cells.tolist():
        assert len(set(cells)) == 6
        for i in range(1, 6):
            apart = {(cells[i] // 6 - cell // 6, cells[i] % 6 - cell % 6) for cell in cells[:i]}
            assert apart & steps
        seconds.add((cells[1] // 6 - cells[0] // 6, cells[1] % 6 - cells[0] % 6))
    assert seconds == steps
    assert set(net.cells.flatten().tolist()) == set(range(30))


def test_cells_are_capped_to_the_board() -> None:
    net = NTuple((2, 2, 2), 1, tuples=3, cells=9, seed=0)
    assert net.cells.sort(1).values.tolist() == [[0, 1, 2, 3]] * 3
    assert NTuple((2, 1, 1), 1, tuples=1, cells=1, seed=0).cells.tolist() == [[0]]


def test_a_loaded_net_has_its_tuples_whatever_the_seed() -> None:
    net = random_net(1, 3)
    other = NTuple((2, 3, 4), 3, tuples=3, cells=3, seed=5)
    assert not torch.equal(net.cells, other.cells)
    tensors = net.state_dict()
    assert {name: tensor.dtype for name, tensor in tensors.items()} == {
        "rows": torch.float32,
        "bias": torch.float32,
        "cells": torch.int64,
    }
    other.load_state_dict(tensors)
    assert torch.equal(other.raw(positions(20)), net.raw(positions(20)))


def test_planes_of_any_dtype_and_inference_mode_read_the_same_rows() -> None:
    net = random_net(1, 3)
    expected = net.raw(positions(20))
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        assert torch.equal(net.raw(positions(20, dtype=dtype)), expected)
    with torch.inference_mode():
        assert torch.equal(net.raw(positions(20)), expected)


def test_row_numbers_are_exact_where_float32_no_longer_counts() -> None:
    net = NTuple((2, 6, 7), 1, tuples=2, cells=15, seed=0)
    assert len(net.rows) > 1 << 24
    game = make("connect4")
    planes = game.observe(reachable(game, seed=0, most=50))
    assert net.row_numbers(planes).tolist() == slow_numbers(net, planes)


def test_table_over_1_gib_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"70 tuples of 12 cells need a table of 1\.1 GiB .*lower the cells.*3 times"):
        NTuple((2, 6, 7), 8, tuples=70, cells=12, seed=0)
    with pytest.raises(ValueError, match="1 GiB is the most"):
        NTuple((2, 6, 7), 1, tuples=70, cells=42, seed=0)
    with pytest.raises(ValueError, match="GiB"):
        NTuple((2, 6, 7), 7, tuples=70, cells=8, seed=0, members=100)


def test_numbers_below_1_and_single_planes_are_refused() -> None:
    for outputs, tuples, cells, members in ((0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0)):
        with pytest.raises(ValueError, match="at least 1"):
            NTuple((2, 3, 3), outputs, tuples, cells, seed=0, members=members)
    with pytest.raises(ValueError, match="two planes"):
        NTuple((1, 3, 3), 1, 1, 1, seed=0)
