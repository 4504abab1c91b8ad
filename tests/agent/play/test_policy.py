"""From Q-values to moves: literal Q-values, frequencies inside bands of five standard deviations."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from agent.play.draws import draws, game_seeds
from agent.play.policy import GREEDY, Decision, Policy
from tests.helpers import assert_frequency

NO = -torch.inf  # illegal
TRIALS = 20_000


def decide(policy: Policy, q: list[float], seed: int = 0, forced: Tensor | None = None) -> Decision:
    """Decide TRIALS times on the same Q-values."""
    return policy.decide(torch.tensor([q] * TRIALS), torch.Generator().manual_seed(seed), forced)


def assert_frequencies(actions: Tensor, expected: list[float]) -> None:
    counts = torch.bincount(actions, minlength=len(expected)).tolist()
    assert len(counts) == len(expected)
    for count, probability in zip(counts, expected, strict=True):
        assert_frequency(count, len(actions), probability)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ([0.1, 0.5, -0.2, NO], [0, 1, 0, 0]),
        ([0.5, NO, 0.5, 0.4, 0.5], [1 / 3, 0, 1 / 3, 0, 1 / 3]),
        ([NO, -1.0, -1.0, NO], [0, 0.5, 0.5, 0]),
        ([NO, NO, -0.7], [0, 0, 1]),
        ([0.0, -0.0, NO], [0.5, 0.5, 0]),
    ],
)
def test_greedy_takes_the_best_and_breaks_ties_evenly(q: list[float], expected: list[float]) -> None:
    for policy in (GREEDY, Policy(epsilon=0.0, temperature=0.0)):
        decision = decide(policy, q)
        assert decision.action.dtype == torch.int64
        assert_frequencies(decision.action, expected)
        assert not bool(decision.exploratory.any())


@pytest.mark.parametrize("epsilon", [0.1, 0.5, 1.0])
def test_epsilon_is_the_share_of_uniform_moves(epsilon: float) -> None:
    q = [0.1, NO, 0.5, 0.3, NO, -0.2]
    decision = decide(Policy(epsilon=epsilon), q)
    share = epsilon / 4
    assert_frequencies(decision.action, [share, 0, 1 - 3 * share, share, 0, share])
    # Chance also draws the best move: that one is no exploration.
    assert torch.equal(decision.exploratory, decision.action != 2)


@pytest.mark.parametrize("temperature", [0.05, 0.3, 1.0, 10.0])
@pytest.mark.parametrize("q", [[0.1, NO, 0.5, 0.3, NO, -0.2], [NO, 0.9, 0.9], [-1.0, 1.0, 0.0, NO]])
def test_boltzmann_frequencies_are_the_softmax(temperature: float, q: list[float]) -> None:
    decision = decide(Policy(temperature=temperature), q)
    expected = torch.softmax(torch.tensor(q, dtype=torch.float64) / temperature, 0)
    assert_frequencies(decision.action, expected.tolist())
    # Exploratory: worse than the best, whoever chose it.
    assert torch.equal(decision.exploratory, torch.tensor(q)[decision.action] < max(q))


def test_a_cold_boltzmann_is_greedy() -> None:
    assert_frequencies(decide(Policy(temperature=1e-6), [NO, 0.5, 0.4, 0.5, NO]).action, [0, 0.5, 0, 0.5, 0])


def test_epsilon_and_boltzmann_together() -> None:
    q = [0.2, NO, -0.1, 0.0]
    decision = decide(Policy(epsilon=0.4, temperature=0.2), q)
    boltzmann = torch.softmax(torch.tensor(q, dtype=torch.float64) / 0.2, 0)
    uniform = torch.tensor([1 / 3, 0, 1 / 3, 1 / 3], dtype=torch.float64)
    assert_frequencies(decision.action, (0.6 * boltzmann + 0.4 * uniform).tolist())
    assert torch.equal(decision.exploratory, decision.action != 0)


@pytest.mark.parametrize(
    "policy",
    [GREEDY, Policy(epsilon=0.3), Policy(temperature=0.1), Policy(0.3, 0.1), Policy(1.0, 5.0), Policy(0, 1e-4)],
)
@pytest.mark.parametrize("columns", [1, 7, 9, 65])
def test_no_policy_moves_illegally(policy: Policy, columns: int) -> None:
    generator = torch.Generator().manual_seed(columns)
    q = torch.rand(20_000, columns, generator=generator) * 2 - 1
    legal = torch.rand(20_000, columns, generator=generator) < torch.rand(20_000, 1, generator=generator)
    legal |= torch.arange(columns) == torch.randint(0, columns, (20_000, 1), generator=generator)
    q = torch.where(legal, q, -torch.inf)
    forced = torch.rand(20_000, generator=generator) < 0.2
    for force in (None, forced):
        action = policy.decide(q, generator, force).action
        assert bool(legal.gather(1, action[:, None]).all())


@pytest.mark.parametrize("policy", [GREEDY, Policy(temperature=0.05)])
def test_forced_rows_move_uniformly_and_the_others_do_not(policy: Policy) -> None:
    forced = torch.arange(TRIALS) % 4 == 0
    decision = decide(policy, [0.9, NO, -0.9, NO, -0.9], forced=forced)
    assert_frequencies(decision.action[forced], [1 / 3, 0, 1 / 3, 0, 1 / 3])
    assert_frequencies(decision.action[~forced], [1, 0, 0, 0, 0])
    assert torch.equal(decision.exploratory, decision.action != 0)


def test_forced_rows_that_may_draw_any_best_move_are_never_exploratory() -> None:
    decision = decide(GREEDY, [0.3, 0.3, NO, 0.3], forced=torch.ones(TRIALS, dtype=torch.bool))
    assert not bool(decision.exploratory.any())


def test_each_row_has_its_own_share_of_exploration_with_a_bonus_as_well() -> None:
    q, share = torch.zeros(TRIALS, 4), (torch.arange(TRIALS) % 2).float()
    bonus = torch.tensor([0.0, 0.0, 1.0, 0.0]).expand(TRIALS, 4)
    decision = Policy(epsilon=1.0).decide(q, torch.Generator().manual_seed(0), bonus=bonus, share=share)
    assert bool((decision.action[share == 0] == 2).all())
    assert_frequencies(decision.action[share == 1], [1 / 4] * 4)


def test_rows_are_decided_each_by_its_own_values() -> None:
    q = torch.tensor([[0.1, 0.2, NO], [NO, -0.5, -0.6], [0.3, NO, 0.4], [-1.0, NO, NO]])
    assert GREEDY.decide(q, torch.Generator().manual_seed(0)).action.tolist() == [1, 1, 2, 0]


def test_the_same_seed_gives_the_same_moves() -> None:
    policy = Policy(0.3, 0.5)
    q = [0.1, 0.2, 0.3, 0.4]
    assert torch.equal(decide(policy, q, seed=5).action, decide(policy, q, seed=5).action)
    assert not torch.equal(decide(policy, q, seed=5).action, decide(policy, q, seed=6).action)


@pytest.mark.parametrize("epsilon", [-0.1, 1.1, float("nan"), float("inf")])
def test_bad_epsilon_is_refused(epsilon: float) -> None:
    with pytest.raises(ValueError, match="is not between 0 and 1"):
        Policy(epsilon=epsilon)


@pytest.mark.parametrize("temperature", [-0.1, float("nan"), float("-inf")])
def test_bad_temperature_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match=r"temperature .* is"):
        Policy(temperature=temperature)


@pytest.mark.parametrize("temperature", [float("inf"), 1e30, 1e-30, 1e-50])
def test_an_extreme_temperature_is_refused_or_moves_legally(temperature: float) -> None:
    try:
        policy = Policy(temperature=temperature)
    except ValueError:
        return
    action = decide(policy, [NO, 0.5, 0.5, -0.5]).action
    assert not bool((action == 0).any())


def test_random_numbers_of_games_are_uniform_and_independent() -> None:
    seeds = game_seeds(3, torch.arange(4000))
    assert len(seeds.unique()) == 4000  # type: ignore[no-untyped-call] # torch's own
    assert bool((seeds >= 0).all())
    found = torch.stack([draws(seeds, torch.full((4000,), ply, dtype=torch.int16)) for ply in range(6)])
    assert float(found.min()) >= 0
    assert float(found.max()) < 1
    numbers = found.view(18, 4000)
    assert bool((numbers.mean(1) - 0.5).abs().max() < 0.02)
    assert bool((numbers.var(1) - 1 / 12).abs().max() < 0.005)
    correlations = torch.corrcoef(numbers) - torch.eye(18)
    assert bool(correlations.abs().max() < 0.06)
    assert torch.equal(draws(seeds[7:9], torch.tensor([2, 3])), torch.stack([found[2, :, 7], found[3, :, 8]], 1))
