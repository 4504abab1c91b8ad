"""The simulated GPU refuses what CUDA refuses, and takes what CUDA takes: where there is a GPU, the same of that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from tests.simulated_gpu import simulated_gpu

CPU = torch.device("cpu")
X = [[1.0, -2.0], [3.0, 0.5]]


def mixed(operation: Callable[[Tensor, Tensor], object]) -> Callable[[torch.device], object]:
    return lambda gpu: operation(torch.tensor(X, device=gpu), torch.tensor(X))


def rows(device: torch.device) -> Tensor:
    return torch.tensor([1, 0], device=device)


REFUSED: dict[str, Callable[[torch.device], object]] = {
    "sum": mixed(lambda a, b: a + b),
    "sum in place": mixed(lambda a, b: b.add_(a)),
    "product": mixed(lambda a, b: b @ a),
    "joined": mixed(lambda a, b: torch.cat((a, b))),
    "joined with one number": mixed(lambda a, b: torch.cat((a.flatten(), b[0, :1]))),
    "either": mixed(lambda a, b: torch.where(b > 0, a, b)),
    "rows taken": lambda gpu: torch.tensor(X, device=gpu).index_select(0, rows(CPU)),
    "columns taken": lambda gpu: torch.tensor(X, device=gpu).gather(1, rows(CPU)[:, None]),
    "indexed from the GPU": lambda gpu: torch.tensor(X)[rows(gpu)],
    "filled from the CPU": lambda gpu: torch.tensor(X, device=gpu).__setitem__(rows(gpu), torch.tensor(X)),
    "numpy": lambda gpu: torch.tensor(X, device=gpu).numpy(),
    "random numbers of the CPU": lambda gpu: torch.rand(2, device=gpu, generator=torch.Generator()),
    "random numbers of the GPU": lambda gpu: torch.rand(2, generator=torch.Generator(gpu)),
    "a layer": lambda gpu: torch.nn.Linear(2, 2).to(gpu)(torch.tensor(X)),
}
TAKEN: dict[str, Callable[[torch.device], object]] = {
    "a number": mixed(lambda a, _: 2 * a),
    "a number in a tensor": mixed(lambda a, b: a + b.sum()),
    "copied": mixed(lambda a, b: a.copy_(b)),
    "indexed from the CPU": lambda gpu: torch.tensor(X, device=gpu)[rows(CPU)],
    "chosen from the CPU": mixed(lambda a, b: a[b > 0]),
    "one number filled in": mixed(lambda a, _: a.__setitem__(0, 3.0)),
    "moved": mixed(lambda a, b: a.cpu() + b),
    "random numbers": lambda gpu: torch.rand(2, device=gpu, generator=torch.Generator(gpu)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cuda_refuses(what: str, gpu: torch.device) -> None:
    with pytest.raises((RuntimeError, TypeError), match="device"):
        REFUSED[what](gpu)


@pytest.mark.parametrize("what", TAKEN)
def test_what_cuda_takes(what: str, gpu: torch.device) -> None:
    TAKEN[what](gpu)


def test_learning_stays_on_the_gpu(gpu: torch.device) -> None:
    net = torch.nn.Linear(2, 1).to(gpu)
    optimizer = torch.optim.Adam(net.parameters(), 0.1, fused=True)
    before = net.weight.detach().clone()
    net(torch.tensor(X, device=gpu)).square().sum().backward()
    optimizer.step()
    assert net.weight.grad is not None
    assert {x.device for x in (net.weight, net.weight.grad, optimizer.state[net.weight]["exp_avg"])} == {gpu}
    assert not torch.equal(net.weight, before)
    assert torch.equal(net.weight, net.weight.cpu().to(gpu))
    assert torch.rand(3).device == CPU


def test_nothing_of_it_is_left_behind() -> None:
    seen = torch.cuda.is_available()
    with simulated_gpu():
        assert torch.cuda.is_available()
        held = torch.ones(2, device="cuda")
        assert held.device == torch.device("cuda:0")
    assert torch.cuda.is_available() == seen
    assert torch.Generator().device == CPU
    assert (torch.ones(2) + 1).device == CPU
