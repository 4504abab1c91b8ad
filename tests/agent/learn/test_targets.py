"""Targets of games worked by hand, each seen by its mover."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.learn.targets import bootstrap_values, q_targets, targets
from agent.network.net import Architecture, build
from agent.network.network_q import NetworkQ
from agent.play.policy import Policy
from agent.play.selfplay import self_play
from agent.play.trajectories import PlayedQ, Trajectories
from game import make, parse_moves

TICTACTOE = make("tictactoe")


@dataclass
class Told:
    """One game: its moves, the best Q-value before each of them and the moves (by t) that were exploratory."""

    moves: str
    best_q: list[float]
    exploratory: set[int] = field(default_factory=set)


FIRST_WINS = Told("a1 a2 b1 b2 c1", [0.1, 0.2, -0.3, 0.4, 0.5])
SECOND_WINS = Told("a1 a2 b1 b2 c3 c2", [0.6, -0.5, 0.4, -0.3, 0.2, 0.1])
DRAWN = Told("a3 b3 c3 b2 b1 a1 a2 c2 c1", [0.1, 0.1, 0.2, -0.2, 0.3, -0.4, 0.5, 0.6, -0.8])


def trajectories(*games: Told) -> Trajectories:
    """The moves of these games as self-play stores them: by t, then by game."""
    histories = [parse_moves(TICTACTOE, told.moves) for told in games]
    order = sorted((t, g) for g, history in enumerate(histories) for t in range(len(history.actions)))
    q = torch.full((len(order), 9), -torch.inf)
    for row, (t, g) in enumerate(order):
        q[row] = torch.where(TICTACTOE.legal(histories[g].states[t])[0], -0.9, -torch.inf)
        q[row, histories[g].actions[t]] = games[g].best_q[t]
    kind = type(TICTACTOE.initial(1))
    return Trajectories(
        state=kind.cat([histories[g].states[t] for t, g in order]),
        action=torch.tensor([histories[g].actions[t] for t, g in order]),
        q=q,
        exploratory=torch.tensor([t in games[g].exploratory for t, g in order]),
        forced=torch.zeros(len(order), dtype=torch.bool),
        t=torch.tensor([t for t, _ in order]),
        game=torch.tensor([g for _, g in order]),
        reward=torch.tensor([float(history.state.reward) for history in histories]),
    )


def max_q(games: Trajectories) -> Tensor:
    return bootstrap_values(games, games.q, "q", Policy())


def per_game(told: Trajectories, values: Tensor) -> list[list[float]]:
    return [values[told.game == g].tolist() for g in range(len(told.reward))]


CASES = {
    "first wins, lambda 1 is r_T": (FIRST_WINS, 1.0, [1, -1, 1, -1, 1]),
    "first wins, lambda 0 is -max Q of the next": (FIRST_WINS, 0.0, [-0.2, 0.3, -0.4, -0.5, 1]),
    # -(0.5 * 0.5 + 0.5 * 1) = -0.75, -(0.5 * 0.4 - 0.5 * 0.75) = 0.175, ...
    "first wins, lambda 1/2": (FIRST_WINS, 0.5, [-0.13125, 0.0625, 0.175, -0.75, 1]),
    "second wins, lambda 1 is r_T": (SECOND_WINS, 1.0, [-1, 1, -1, 1, -1, 1]),
    "second wins, lambda 0 is -max Q of the next": (SECOND_WINS, 0.0, [0.5, -0.4, 0.3, -0.2, -0.1, 1]),
    # -(0.5 * 0.1 + 0.5 * 1) = -0.55, -(0.5 * 0.2 - 0.5 * 0.55) = 0.175, ...
    "second wins, lambda 1/2": (SECOND_WINS, 0.5, [0.365625, -0.23125, 0.0625, 0.175, -0.55, 1]),
    "drawn, lambda 1 is r_T": (DRAWN, 1.0, [0] * 9),
    "drawn, lambda 0 is -max Q of the next": (DRAWN, 0.0, [-0.1, -0.2, 0.2, -0.3, 0.4, -0.5, -0.6, 0.8, 0]),
    "drawn, lambda 1/2": (DRAWN, 0.5, [0.05625, -0.2125, 0.225, -0.25, 0.2, 0, -0.5, 0.4, 0]),
}


@pytest.mark.parametrize("title", CASES)
@pytest.mark.parametrize("cut", [False, True])
def test_worked_game(title: str, cut: bool) -> None:
    """Without exploratory moves there is nothing to cut."""
    told, lam, expected = CASES[title]
    games = trajectories(told)
    assert max_q(games).tolist() == pytest.approx(told.best_q)
    assert q_targets(games, max_q(games), lam, cut).tolist() == pytest.approx(expected)


N_STEP_CASES = {
    # Two moves ahead the same side moves again: G_t = b_{t+2}, until the end is nearer.
    "first wins, 2 steps": (FIRST_WINS, 1.0, 2, [-0.3, 0.4, 0.5, -1, 1]),
    "second wins, 2 steps": (SECOND_WINS, 1.0, 2, [0.4, -0.3, 0.2, 0.1, -1, 1]),
    "drawn, 3 steps": (DRAWN, 1.0, 3, [0.2, -0.3, 0.4, -0.5, -0.6, 0.8, 0, 0, 0]),
    "first wins, 1 step is lambda 0": (FIRST_WINS, 1.0, 1, [-0.2, 0.3, -0.4, -0.5, 1]),
    "first wins, as many steps as moves is no bound": (FIRST_WINS, 1.0, 5, [1, -1, 1, -1, 1]),
    # t = 2: -(0.5 * 0.4 + 0.5 * -0.5) = 0.05, -0.5 being what one step says at t = 3; t = 3 sees the end: -0.75.
    "first wins, lambda 1/2 and 2 steps": (FIRST_WINS, 0.5, 2, [-0.25, 0.35, 0.05, -0.75, 1]),
}


@pytest.mark.parametrize("title", N_STEP_CASES)
def test_worked_game_with_bounded_steps(title: str) -> None:
    told, lam, n_step, expected = N_STEP_CASES[title]
    games = trajectories(told)
    assert q_targets(games, max_q(games), lam, False, n_step).tolist() == pytest.approx(expected)


def values_of(rows: list[list[float]], action: list[int]) -> Trajectories:
    """The first three moves of a game with these Q-values before them (of a1, b1, c1; the rest illegal)."""
    games = trajectories(FIRST_WINS)
    q = torch.full((3, 9), -torch.inf)
    q[:, :3] = torch.tensor(rows)
    columns = {name: getattr(games, name)[:3] for name in ("state", "exploratory", "forced", "t", "game")}
    return Trajectories(**columns, action=torch.tensor(action), q=q, reward=games.reward)


def test_worked_bootstraps() -> None:
    """Best, played and mean Q of three positions."""
    inf = -float("inf")
    games = values_of([[0.5, -0.1, 0.2], [-0.6, -0.2, inf], [0.3, 0.3, -0.3]], action=[2, 1, 0])
    assert bootstrap_values(games, games.q, "q", Policy(0.2)).tolist() == pytest.approx([0.5, -0.2, 0.3])
    assert bootstrap_values(games, games.q, "r_T", Policy(0.2)).tolist() == pytest.approx([0.5, -0.2, 0.3])
    assert bootstrap_values(games, games.q, "sarsa", Policy(0.2)).tolist() == pytest.approx([0.2, -0.2, 0.3])
    # 0.7 * 0.5 + 0.3 * (0.5 - 0.1 + 0.2) / 3 = 0.41; 0.7 * -0.2 + 0.3 * -0.4 = -0.26; 0.7 * 0.3 + 0.3 * 0.1 = 0.24
    assert bootstrap_values(games, games.q, "expected-sarsa", Policy(0.3)).tolist() == pytest.approx(
        [0.41, -0.26, 0.24]
    )
    # exp(ln 3 * 0.4 / 0.4) = 3: probabilities 3 : 1 in the second row
    boltzmann = bootstrap_values(games, games.q, "expected-sarsa", Policy(0, 0.4 / math.log(3)))
    assert float(boltzmann[1]) == pytest.approx(0.75 * -0.2 + 0.25 * -0.6)


# All moves but the one played have Q -0.9 here, but for one of Q 0.9 at t = 2.
WALKS = {
    "first wins": (FIRST_WINS, [-0.2, -0.9, -0.4, -0.5, 1], [-0.2, 0.3, -0.4, -0.5, 1]),
    "second wins": (SECOND_WINS, [0.5, -0.9, 0.3, -0.2, -0.1, 1], [0.5, -0.4, 0.3, -0.2, -0.1, 1]),
    "drawn": (
        DRAWN,
        [-0.1, -0.9, 0.2, -0.3, 0.4, -0.5, -0.6, 0.8, 0],
        [-0.1, -0.2, 0.2, -0.3, 0.4, -0.5, -0.6, 0.8, 0],
    ),
}


@pytest.mark.parametrize("title", WALKS)
def test_q_learning_and_sarsa_walk_through_a_game_with_an_exploratory_move(title: str) -> None:
    """At t = 2 a better move was at hand: Q-learning looks at that, SARSA at the one played."""
    told, by_best, by_played = WALKS[title]
    games = trajectories(told)
    other = next(a for a in TICTACTOE.legal(games.state[2])[0].nonzero().flatten().tolist() if a != games.action[2])
    assert isinstance(games.q, Tensor)
    games.q[2, other] = 0.9
    assert targets(games, TrainConfig(target="q"), Policy()).tolist() == pytest.approx(by_best)
    assert targets(games, TrainConfig(target="sarsa"), Policy()).tolist() == pytest.approx(by_played)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        # t = 1: eight legal moves, 0.5 * 0.2 + 0.5 * (0.2 - 7 * 0.9) / 8 = -0.28125, and so on.
        (FIRST_WINS, [0.28125, 0.5571429, 0.1416667, 0.06, 1]),
        (SECOND_WINS, [0.675, 0.1571429, 0.55, 0.24, 0.275, 1]),
        # The last: one legal move, of Q -0.8; the one before: 0.5 * 0.6 + 0.5 * (0.6 - 0.9) / 2 = 0.225.
        (DRAWN, [0.3375, 0.2714286, 0.4916667, 0.18, 0.5875, -0.0333333, -0.225, 0.8, 0]),
    ],
)
def test_expected_sarsa_walks_through_a_game(told: Told, expected: list[float]) -> None:
    """Half of the moves are drawn at random."""
    found = targets(trajectories(told), TrainConfig(target="expected-sarsa"), Policy(0.5))
    assert found.tolist() == pytest.approx(expected, abs=1e-6)


def test_sarsa_takes_the_best_where_the_opening_was_forced() -> None:
    games = values_of([[0.5, -0.1, 0.2], [-0.6, -0.2, 0.1], [0.3, 0.3, -0.3]], action=[2, 1, 2])
    games.forced[0] = True
    assert bootstrap_values(games, games.q, "sarsa", Policy()).tolist() == pytest.approx([0.5, -0.2, -0.3])


def test_what_compiled_games_keep_of_q_bootstraps_as_all_of_q_does() -> None:
    games = values_of([[0.5, -0.1, 0.2], [-0.6, -0.2, 0.1], [0.3, 0.3, -0.3]], action=[2, 1, 2])
    games.forced[0] = True
    kept = PlayedQ(torch.tensor([0.5, 0.1, 0.3]), torch.tensor([0.2, -0.2, -0.3]), torch.tensor([0.2, -0.23, 0.1]))
    found = {target: bootstrap_values(games, kept, target, Policy()).tolist() for target in ("q", "r_T")}
    assert found == {target: pytest.approx([0.5, 0.1, 0.3]) for target in found}
    for target in ("q", "sarsa"):
        whole = bootstrap_values(games, games.q, target, Policy()).tolist()
        assert bootstrap_values(games, kept, target, Policy()).tolist() == pytest.approx(whole)
    assert bootstrap_values(games, kept, "sarsa", Policy()).tolist() == pytest.approx([0.5, -0.2, -0.3])
    assert bootstrap_values(games, kept, "expected-sarsa", Policy()).tolist() == pytest.approx([0.2, -0.23, 0.1])


def test_other_values_can_bootstrap() -> None:
    """An averaged network's Q takes the place of the Q of self-play."""
    games = trajectories(FIRST_WINS)
    assert isinstance(games.q, Tensor)
    other = torch.where(games.q > -torch.inf, games.q - 0.05, games.q)
    config = TrainConfig(target="q")
    assert targets(games, config, Policy(), other).tolist() == pytest.approx([-0.15, 0.35, -0.35, -0.45, 1])


EXPLORED = Told(FIRST_WINS.moves, FIRST_WINS.best_q, exploratory={3})


@pytest.mark.parametrize(
    ("lam", "cut", "expected"),
    [
        (1.0, True, [-0.4, 0.4, -0.4, -1, 1]),  # what the second player threw away at t = 3 is not believed before it
        (1.0, False, [1, -1, 1, -1, 1]),
        (0.5, True, [-0.275, 0.35, -0.4, -0.75, 1]),
        (0.5, False, [-0.13125, 0.0625, 0.175, -0.75, 1]),
        (0.0, True, [-0.2, 0.3, -0.4, -0.5, 1]),
    ],
)
def test_returns_are_cut_before_an_exploratory_move(lam: float, cut: bool, expected: list[float]) -> None:
    games = trajectories(EXPLORED)
    assert q_targets(games, max_q(games), lam, cut).tolist() == pytest.approx(expected)


def test_an_exploratory_first_or_last_move() -> None:
    first, last = (trajectories(Told(FIRST_WINS.moves, FIRST_WINS.best_q, {t})) for t in (0, 4))
    assert q_targets(first, max_q(first), 1.0, cut=True).tolist() == pytest.approx([1, -1, 1, -1, 1])
    assert q_targets(last, max_q(last), 1.0, cut=True).tolist() == pytest.approx([0.5, -0.5, 0.5, -0.5, 1])


@pytest.mark.parametrize("lam", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("cut", [False, True])
def test_games_of_different_length_do_not_mix(lam: float, cut: bool) -> None:
    told = [SECOND_WINS, EXPLORED, DRAWN, FIRST_WINS, SECOND_WINS]
    together = trajectories(*told)
    alone = [trajectories(one) for one in told]
    expected = [q_targets(one, max_q(one), lam, cut).tolist() for one in alone]
    assert per_game(together, q_targets(together, max_q(together), lam, cut)) == expected


def test_the_arguments_are_left_as_they_were() -> None:
    games = trajectories(FIRST_WINS, EXPLORED)
    bootstrap, reward = max_q(games), games.reward.clone()
    before = bootstrap.clone()
    q_targets(games, bootstrap, 0.5, cut=True)
    assert torch.equal(bootstrap, before)
    assert torch.equal(games.reward, reward)


@pytest.mark.parametrize("lam", [-0.1, 1.1, float("nan"), float("inf")])
def test_lambda_outside_0_to_1_is_refused(lam: float) -> None:
    games = trajectories(FIRST_WINS)
    with pytest.raises(ValueError, match="is not between 0 and 1"):
        q_targets(games, max_q(games), lam, cut=False)


def slow_targets(
    reward: float, bootstrap: list[float], exploratory: list[bool], lam: float, cut: bool, t: int = 0
) -> list[float]:
    """The recursion of the definition, for one game at a time."""
    if t == len(bootstrap) - 1:
        return [reward]
    later = slow_targets(reward, bootstrap, exploratory, lam, cut, t + 1)
    lam_t = 0.0 if cut and exploratory[t + 1] else lam
    return [-((1 - lam_t) * bootstrap[t + 1] + lam_t * later[0]), *later]


@pytest.mark.parametrize("name", ["tictactoe", "connect4"])
def test_self_play_agrees_with_the_slow_recursion(name: str) -> None:
    net = build(make(name), Architecture(depth=1, width=16), seed=4)
    with torch.no_grad():
        net.head.weight.mul_(30)  # type: ignore[union-attr, operator] # so that Q-values differ
    games = self_play(NetworkQ(make(name), net), Policy(0.3, 0.2), 40, 4, torch.Generator().manual_seed(9))
    best = max_q(games)
    assert bool(games.exploratory.any())
    assert float(best.std()) > 0.01
    for lam, cut in ((0.0, False), (0.7, False), (0.7, True), (1.0, False), (1.0, True)):
        found = q_targets(games, best, lam, cut)
        assert float(found.abs().max()) <= 1
        for g in range(40):
            rows = games.game == g
            slow = slow_targets(float(games.reward[g]), best[rows].tolist(), games.exploratory[rows].tolist(), lam, cut)
            assert found[rows].tolist() == pytest.approx(slow, abs=1e-6)


@pytest.mark.parametrize(
    ("config", "lam", "cut"),
    [
        (TrainConfig(target="r_T", cut=False), 1.0, False),
        (TrainConfig(target="r_T", cut=True), 1.0, True),
        (TrainConfig(target="monte-carlo", cut=True), 1.0, False),
        (TrainConfig(target="q"), 0.0, True),
        (TrainConfig(target="q", lam=0.3, cut=False), 0.3, False),
        (TrainConfig(target="q", lam=0.6, cut=True), 0.6, True),
    ],
)
def test_settings_choose_the_targets(config: TrainConfig, lam: float, cut: bool) -> None:
    games = trajectories(EXPLORED, DRAWN, SECOND_WINS)
    assert torch.equal(targets(games, config, Policy()), q_targets(games, max_q(games), lam, cut))
