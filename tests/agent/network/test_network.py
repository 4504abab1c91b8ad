"""Networks: a forward pass worked by hand, gradients by numpy and by differences, and the Q-function around them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from agent.network.net import ACTIVATIONS, MLP, Architecture, ResidualMLP, build
from agent.network.network_q import NetworkQ
from agent.play.qfunction import ConstantQ
from game import make, names, parse_moves
from tests.helpers import one_thread, reachable, unfinished

Matrix = NDArray[np.float64]
KINDS = ("mlp", "residual", "conv")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def tiny_mlp(activation: str = "relu") -> MLP:
    """Two inputs, two hidden units, two actions."""
    net = MLP(2, 2, Architecture("mlp", 1, 2, activation)).double()
    first = net.body[0]
    assert isinstance(first, nn.Linear)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, -1.0], [0.5, 0.5]]))
        first.bias.copy_(torch.tensor([0.0, -0.25]))
        net.head.weight.copy_(torch.tensor([[1.0, 2.0], [-1.0, 0.5]]))
        net.head.bias.copy_(torch.tensor([0.0, 0.1]))
    return net


def test_forward_worked_by_hand() -> None:
    net = tiny_mlp()
    planes = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64).view(2, 2, 1, 1)
    # x = (1, 0): hidden relu(1, 0.25), head (1 + 0.5, -1 + 0.125 + 0.1). x = (0, 1): hidden relu(-1, 0.25) = (0, 0.25).
    expected = [[math.tanh(1.5), math.tanh(-0.775)], [math.tanh(0.5), math.tanh(0.225)]]
    assert net(planes).tolist() == [pytest.approx(row) for row in expected]


SLOW_ACTIVATIONS: dict[str, Callable[[Matrix], Matrix]] = {
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "gelu": lambda x: x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "elu": lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1),
}


def weights_of(net: nn.Module) -> list[tuple[Matrix, Matrix]]:
    return [
        (layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy())
        for layer in net.modules()
        if isinstance(layer, nn.Linear)
    ]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_forward_agrees_with_numpy(activation: str) -> None:
    game = make("tictactoe")
    net = build(game, Architecture("mlp", depth=3, width=8, activation=activation), seed=2).double()
    planes = game.observe(reachable(game, seed=0), torch.float64)
    x: Matrix = planes.flatten(1).numpy()
    *hidden, (head, bias) = weights_of(net)
    assert len(hidden) == 3
    for weight, offset in hidden:
        x = SLOW_ACTIVATIONS[activation](x @ weight.T + offset)
    np.testing.assert_allclose(net(planes).detach().numpy(), np.tanh(x @ head.T + bias), atol=1e-12)


def test_residual_network_agrees_with_numpy() -> None:
    """x + W2 relu(W1 norm(x) + b1) + b2, block after block, and a norm before the head."""
    game = make("tictactoe")
    net = build(game, Architecture("residual", depth=2, width=6), seed=2).double()
    assert isinstance(net, ResidualMLP)
    with torch.no_grad():
        for k, weight in enumerate(net.parameters()):
            weight.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(k)) * 0.3)

    def numbers(module: nn.Module) -> tuple[Matrix, Matrix]:
        return tuple(p.detach().numpy() for p in module.parameters())  # type: ignore[return-value] # as many as the caller takes apart

    def norm(x: Matrix, module: nn.Module) -> Matrix:
        scale, shift = numbers(module)
        centred = x - x.mean(1, keepdims=True)
        result: Matrix = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-5) * scale + shift
        return result

    planes = game.observe(reachable(game, seed=0), torch.float64)
    (stem, stem_bias), (head, head_bias) = numbers(net.stem), numbers(net.head)
    x: Matrix = planes.flatten(1).numpy() @ stem.T + stem_bias
    for block in net.blocks:
        before, first, _, last = block.children()
        (w1, b1), (w2, b2) = numbers(first), numbers(last)
        x = x + np.maximum(norm(x, before) @ w1.T + b1, 0) @ w2.T + b2
    expected = np.tanh(norm(x, net.norm) @ head.T + head_bias)
    np.testing.assert_allclose(net(planes).detach().numpy(), expected, atol=1e-10)


def test_no_hidden_layer_is_one_linear_map_and_the_tanh() -> None:
    game = make("tictactoe")
    net = build(game, Architecture("mlp", depth=0), seed=2).double()
    ((weight, bias),) = weights_of(net)
    planes = game.observe(reachable(game, seed=0), torch.float64)
    np.testing.assert_allclose(
        net(planes).detach().numpy(), np.tanh(planes.flatten(1).numpy() @ weight.T + bias), atol=1e-12
    )


def test_gradient_of_the_squared_error_agrees_with_numpy() -> None:
    """Backpropagation written out for one hidden layer of tanh: loss = mean (Q(s, a) - G)^2."""
    net = tiny_mlp("tanh")
    x = np.array([[1.0, 0.0], [0.3, -0.7], [-1.2, 0.4]])
    action, target = [0, 1, 0], np.array([1.0, -0.5, 0.25])
    q = net(torch.tensor(x).view(3, 2, 1, 1)).gather(1, torch.tensor(action)[:, None]).squeeze(1)
    loss = (q - torch.tensor(target)).square().mean()
    torch.autograd.backward(loss)

    (w1, b1), (w2, b2) = weights_of(net)
    hidden = np.tanh(x @ w1.T + b1)
    out = np.tanh(hidden @ w2.T + b2)
    taken = np.eye(2)[action]
    error = (out * taken).sum(1) - target
    d_out = taken * (2 / 3 * error)[:, None] * (1 - out**2)
    d_hidden = d_out @ w2 * (1 - hidden**2)
    expected = [d_hidden.T @ x, d_hidden.sum(0), d_out.T @ hidden, d_out.sum(0)]
    assert loss.item() == pytest.approx(float((error**2).mean()))
    for parameter, gradient in zip(net.parameters(), expected, strict=True):
        assert parameter.grad is not None
        np.testing.assert_allclose(parameter.grad.numpy(), gradient, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["tanh", "silu"])
def test_gradient_agrees_with_differences(kind: str, activation: str) -> None:
    game = make("tictactoe")
    net = build(game, Architecture(kind, depth=2, width=3, activation=activation), seed=1).double()
    planes = game.observe(unfinished(game, seed=1, games=2), torch.float64)
    target = torch.linspace(-1, 1, len(planes), dtype=torch.float64)

    def loss() -> torch.Tensor:
        squared: torch.Tensor = (net(planes)[:, 4] - target).square()
        return squared.mean()

    torch.autograd.backward(loss())
    step = 1e-6
    for parameter in net.parameters():
        assert parameter.grad is not None
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        for i in range(0, len(flat), max(1, len(flat) // 5)):
            value = float(flat[i])
            flat[i] = value + step
            above = loss().item()
            flat[i] = value - step
            below = loss().item()
            flat[i] = value
            assert float(gradient[i]) == pytest.approx((above - below) / (2 * step), abs=1e-7)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("architecture", [Architecture("mlp", 2, 24), Architecture("conv", 2, 8)])
def test_shapes_and_range(name: str, architecture: Architecture) -> None:
    game = make(name)
    net = build(game, architecture)
    planes = game.observe(reachable(game, seed=3))
    q = net(planes)
    assert q.shape == (len(planes), game.num_actions)
    assert bool(((q > -1) & (q < 1)).all())
    assert net(planes[:0]).shape == (0, game.num_actions)
    torch.testing.assert_close(net(planes[3:4]), q[3:4])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_new_networks_value_all_moves_near_0_but_not_alike(kind: str, activation: str) -> None:
    game = make("connect4")
    q = build(game, Architecture(kind, depth=2, width=32, activation=activation), seed=1)(
        game.observe(reachable(game, seed=3))
    )
    assert q.abs().max().item() < 0.5
    assert q.std(0).min().item() > 1e-4, "the position makes no difference"


def test_depth_and_width_are_layers_and_units() -> None:
    game = make("connect4")
    mlp = build(game, Architecture("mlp", depth=3, width=10))
    assert [tuple(p.shape) for p in mlp.parameters() if p.dim() == 2] == [(10, 84), (10, 10), (10, 10), (7, 10)]
    conv = build(game, Architecture("conv", depth=2, width=5))
    convolutions = [tuple(p.shape) for p in conv.parameters() if p.dim() == 4]
    assert convolutions == [(5, 2, 3, 3)] + [(5, 5, 3, 3)] * 4
    assert [tuple(p.shape) for p in conv.parameters() if p.dim() == 2] == [(7, 5 * 6 * 7)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_alone_determines_the_weights(kind: str) -> None:
    game, architecture = make("connect4"), Architecture(kind, 2, 8)
    first = build(game, architecture, seed=1).state_dict()
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again, other = (build(game, architecture, seed=seed).state_dict() for seed in (1, 2))
    assert torch.equal(torch.get_rng_state(), before), "the global generator was moved"
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("architecture", [Architecture("mlp", 2, 64), Architecture("conv", 1, 16)])
def test_one_batch_can_be_learned_by_heart(architecture: Architecture) -> None:
    game = make("tictactoe")
    state = unfinished(game, seed=6)
    row_of = {key: row for row, key in enumerate(game.key(state).tolist())}  # each position once
    state = state[torch.tensor(list(row_of.values())[:24])]
    generator = torch.Generator().manual_seed(1)
    action = torch.multinomial(game.legal(state).float(), 1, generator=generator)
    target = torch.randint(-1, 2, (len(state), 1), generator=generator).float() * 0.8
    net = build(game, architecture, seed=0)
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    planes = game.observe(state)
    loss = math.inf
    for _ in range(300):
        error = (net(planes).gather(1, action) - target).square().mean()
        optimizer.zero_grad()
        torch.autograd.backward(error)
        optimizer.step()
        loss = error.item()
    assert loss < 1e-3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "transformer"}, "'transformer' is none of mlp, residual, conv, ntuple"),
        ({"activation": "step"}, "'step' is none of relu, sigmoid, tanh, gelu, silu, elu"),
        ({"head": "policy"}, "'policy' is none of q, afterstate"),
        ({"depth": -1}, "depth -1: expected a whole number from 0 to 64"),
        ({"width": 0}, "width 0: expected a whole number from 1 to 4096"),
        ({"members": 0}, "members 0: expected a whole number from 1 to 64"),
        ({"members": 10**9}, "members 1000000000: expected a whole number from 1 to 64"),
        ({"width": 16.0}, "width 16.0: expected a whole number from 1 to 4096"),
        ({"tuples": True}, "tuples True: expected a whole number from 1 to 1000"),
        ({"dropout": 1.0}, "dropout 1.0 is not in"),
    ],
)
def test_bad_architectures_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Architecture(**arguments)  # type: ignore[arg-type] # bad arguments are the point


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_network_q_masks_illegal_moves(name: str, kind: str, dtype: torch.dtype) -> None:
    game = make(name)
    net = build(game, Architecture(kind, 1, 8), seed=1).to(dtype)
    state = reachable(game, seed=4)
    q, legal = NetworkQ(game, net).q(state), game.legal(state)
    assert (q.shape, q.dtype) == (legal.shape, torch.float32)
    assert bool((q[~legal] == -torch.inf).all())
    assert bool((q[legal].abs() < 1).all())
    expected = net(game.observe(state, dtype)).float()
    if game.second_view is not None:
        # The second player has seen the board turned, so its actions are turned back.
        second = (state.ply % 2 == 1)[:, None]
        expected = torch.where(second, expected[:, game.second_view.actions], expected)
    torch.testing.assert_close(q[legal], expected[legal], rtol=0, atol=1e-6 if dtype == torch.float32 else 1e-3)


def test_network_q_leaves_no_gradient_behind_and_training_goes_on_after_it() -> None:
    game = make("connect4")
    net = build(game, Architecture("mlp", 1, 8))
    state = game.initial(2)
    assert not NetworkQ(game, net).q(state).requires_grad
    torch.autograd.backward(net(game.observe(state)).sum())
    assert all(p.grad is not None for p in net.parameters())


def test_constant_q_knows_only_what_is_legal() -> None:
    game = make("connect4")
    state = parse_moves(game, "444444").state
    assert ConstantQ(game).q(state).tolist() == [[0, 0, 0, -torch.inf, 0, 0, 0]]
