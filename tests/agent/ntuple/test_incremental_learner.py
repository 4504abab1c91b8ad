"""Self-play and learning by n-tuples that follow the moves: against sums made anew, and to the bit."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.learn.experience import Experience
from agent.learn.targets import q_targets, targets
from agent.ntuple.incremental.learner import IncrementalLearner
from agent.ntuple.incremental.q import IncrementalQ
from agent.play.player import QPlayer
from agent.play.policy import Policy
from agent.play.qfunction import ConstantQ
from agent.play.trajectories import PlayedQ, Trajectories
from game.compiled import stones_of
from game.core import Game
from game.registry import make
from tests.agent.ntuple.test_incremental import SETTINGS, by_hand, config, counted, filled, reached

# Loops take seconds to compile for each game. The quick suite has one game where a move puts a stone, and one where it
# changes more and the second player sees a turned board. Othello learns in tests/test_every_game.py, Hex in
# test_connections.py.
BOARDS = [
    pytest.param(name, marks=() if name.startswith(("gomoku", "breakthrough")) else pytest.mark.slow)
    for name in SETTINGS
]


def self_played(name: str, games: int = 40, **settings: Any) -> tuple[IncrementalLearner, Trajectories, TrainConfig]:
    chosen = config(name, **settings)
    learner = IncrementalLearner(make(name), chosen)
    learner.q = filled(name)
    policy = Policy(chosen.epsilon, chosen.temperature, chosen.exploration == "varied")
    return learner, learner.self_play(policy, games, 4, torch.Generator().manual_seed(7)), chosen


def states_of(game: Game[Any], played: Trajectories) -> Any:
    """The positions before all moves, by making them once more."""
    found: list[Any] = []
    state = game.initial(len(played.reward))
    for t in range(int(played.t.max()) + 1):
        rows = played.game[played.t == t]
        found.append(state[rows])
        after = game.step(state[rows], played.action[played.t == t])
        over = after.done
        assert torch.equal(after.reward[over].float(), played.reward[rows[over]])
        parts = [state[torch.tensor([g])] for g in range(len(state))]
        for k, g in enumerate(rows.tolist()):
            parts[g] = after[k]
        state = type(state).cat(parts)
    assert bool(state.done.all())
    return type(found[0]).cat(found)


@pytest.mark.parametrize("name", BOARDS)
def test_self_play_plays_legal_games_to_their_ends_and_tells_its_q(name: str) -> None:
    learner, played, _ = self_played(name, target="expected-sarsa", exploration="constant", lam=0.0)
    states = states_of(learner.game, played)
    q = learner.q.q(states)
    mine = q.gather(1, played.action[:, None]).squeeze(1)
    assert bool((mine > -torch.inf).all())
    assert isinstance(played.q, PlayedQ)
    torch.testing.assert_close(played.q.best, q.amax(1), rtol=0, atol=2e-6)
    torch.testing.assert_close(played.q.played, mine, rtol=0, atol=2e-6)
    worse = q.amax(1) - mine
    assert bool(played.exploratory[worse > 1e-5].all())
    assert not bool(played.exploratory[worse == 0].any())
    policy = Policy(0.1, 0.05)
    wins = q.amax(1) == 1  # taken at once, where a Boltzmann distribution would look at others
    mean = (policy.probabilities(q) * q.masked_fill(q == -torch.inf, 0)).sum(1)
    torch.testing.assert_close(played.q.mean[~wins], mean[~wins], rtol=0, atol=1e-5)
    assert bool((played.t[played.forced] < 4).all())
    assert int(played.forced.sum()) > 0


def test_a_win_at_hand_is_taken() -> None:
    _, played, _ = self_played("gomoku:5x5x4", games=200, epsilon=0.0)
    assert isinstance(played.q, PlayedQ)
    wins = (played.q.best == 1) & ~played.forced
    assert int(wins.sum()) >= 100
    assert bool((played.q.played[wins] == 1).all())


def test_random_moves_are_as_frequent_as_asked_for() -> None:
    for epsilon in (0.0, 0.5):
        _, played, _ = self_played("othello:6", games=300, epsilon=epsilon, temperature=0.0, exploration="constant")
        rest = played.exploratory[~played.forced].float().mean()
        assert (float(rest) == 0) if epsilon == 0 else (0.3 < float(rest) < 0.5)


def test_varied_exploration_gives_each_game_its_own_share_of_random_moves() -> None:
    """Between 0 and twice epsilon: games then differ by far more than draws of one probability do."""
    spread = {}
    for exploration in ("constant", "varied"):
        _, played, _ = self_played("gomoku:6x5x4", games=400, epsilon=0.4, temperature=0.0, exploration=exploration)
        free = ~played.forced
        moves = torch.bincount(played.game[free], minlength=400).float()
        share = torch.bincount(played.game[free], played.exploratory[free].float(), minlength=400) / moves.clamp(min=1)
        kept = share[moves >= 6]
        assert len(kept) > 200
        chance = kept.mean() * (1 - kept.mean()) / moves[moves >= 6]
        spread[exploration] = float(kept.var() / chance.mean())
    assert spread["constant"] < 1.4
    assert spread["varied"] > 1.8


@pytest.mark.parametrize("name", ["gomoku:6x5x4", "breakthrough:4x5"])
def test_same_bits_at_any_number_of_threads(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.ntuple.incremental.lessons._GAMES", 7)  # to be cancelled between, from game to game
    monkeypatch.setattr("agent.ntuple.incremental.learner._GAMES", 7)
    found = []
    for threads in (1, 2, 3):
        learner, played, chosen = self_played(name, threads=threads)
        experience = Experience(None, played.action, targets(played, chosen, Policy()), played.game)
        for _ in range(2):
            learner.learn(experience, 0.0, torch.Generator().manual_seed(1))
        found.append((played.action, learner.q.table, learner.memory.tc, learner.memory.mean))
    for one, *others in zip(*found, strict=True):
        assert all(torch.equal(one, other) for other in others)


@pytest.mark.parametrize("name", BOARDS)
def test_learning_moves_rows_by_coherence_times_the_mean_error(name: str) -> None:
    learner, played, _ = self_played(name, games=6, batch_size=0, learning_rate=3.0)
    before = learner.q.table.clone()
    learner.memory.tc = torch.rand(len(before), 2, generator=torch.Generator().manual_seed(2))
    learner.memory.tc[:, 0] *= learner.memory.tc[:, 1]
    tc = learner.memory.tc.clone().numpy()
    target = torch.rand(len(played), generator=torch.Generator().manual_seed(4)) * 2 - 1
    met, reads, lessons, squares = rows_met(learner.q, played, target)
    learned = learner.learn(Experience(None, played.action, target, played.game), 0.0, torch.Generator())
    expected = before.numpy().astype(np.float64)
    for row, errors in met.items():
        expected[row] += 3.0 * lessons / reads * abs(tc[row, 0]) / tc[row, 1] * np.mean(errors)
        tc[row] += np.sum(errors), np.sum(np.abs(errors))
    np.testing.assert_allclose(learner.q.table.numpy(), expected, rtol=0, atol=2e-5)
    np.testing.assert_allclose(learner.memory.tc.numpy(), tc, rtol=1e-5, atol=1e-4)
    assert learned.loss == pytest.approx(squares / lessons, abs=1e-5)
    assert learned.steps == 1
    assert torch.equal(learner.memory.mean, learner.q.table)


def rows_met(
    q: IncrementalQ, played: Trajectories, target: torch.Tensor
) -> tuple[dict[int, list[float]], int, int, float]:
    """The errors that each row meets, how many rows are read, of how many positions, and the sum of squared errors."""
    layout, features, game = q.features.layout, q.features, q.game
    after = game.step(states_of(game, played), played.action)
    met: dict[int, list[float]] = {}
    reads = lessons = 0
    squares = 0.0
    for k in (~after.done).nonzero().flatten().tolist():
        error = float(target[k]) - by_hand(q, after[k])
        lessons += 1
        squares += error * error
        for number in numbers(q, after[k]):
            if number is not None:
                stage = int(layout.stage_of[np.count_nonzero(stones_of(game, after[k])[0])])
                met.setdefault(stage * features.rows + int(layout.row_of[number]), []).append(error)
                reads += 1
    return met, reads, lessons, squares


def numbers(q: IncrementalQ, state: Any) -> list[int | None]:
    """The row numbers of all places; None for shared tables' places without a stone, which are not learned from."""
    layout, view = q.features.layout, 1 - int(state.ply) % 2
    stones = stones_of(q.game, state)[0]
    found = layout.empty.astype(np.int64)
    for cell, stone in enumerate(stones):
        part = slice(layout.first[view, cell], layout.first[view, cell + 1])
        np.add.at(found, layout.place[view, part], layout.digit[view, stone] * layout.weight[view, part])
    of_places = [
        None if lazy and number == empty else int(number)
        for number, empty, lazy in zip(found, layout.empty, layout.lazy, strict=True)
    ]
    if not len(layout.tally):
        return of_places
    mine = stones if view == 0 else np.array([0, 2, 1], np.int8)[stones]
    many = counted(mine.reshape(q.game.observation_shape[1:]))
    return [*of_places, *(int(first) + number for first, number in zip(layout.tally, many, strict=True))]


def test_targets_need_only_the_best_q() -> None:
    _, played, chosen = self_played("gomoku:6x5x4")
    assert isinstance(played.q, PlayedQ)
    expected = q_targets(played, played.q.best, 0.9, True)
    assert torch.equal(targets(played, chosen, Policy()), expected)


def trained(name: str, generations: int, **settings: Any) -> IncrementalLearner:
    chosen = config(name, **settings)
    learner = IncrementalLearner(make(name), chosen)
    more(learner, chosen, 0, generations)
    return learner


def more(learner: IncrementalLearner, chosen: TrainConfig, start: int, stop: int) -> None:
    policy = Policy(chosen.epsilon, chosen.temperature, varied=True)
    for generation in range(start, stop):
        played = learner.self_play(policy, chosen.games, 4, torch.Generator().manual_seed(generation))
        target = targets(played, chosen, policy)
        experience = Experience(played.state, played.action, target, played.game)
        assert learner.learn(experience, 0.0, torch.Generator().manual_seed(generation)).trouble is None


def test_resumed_learning_goes_through_the_same_bits() -> None:
    name, chosen = "othello:6", config("othello:6", tc_forgetting=0.01)
    whole = trained(name, 6, tc_forgetting=0.01)
    half = trained(name, 3, tc_forgetting=0.01)
    resumed = IncrementalLearner(make(name), chosen)
    resumed.load_resume_tensors({key: tensor.clone() for key, tensor in half.resume_tensors().items()})
    more(resumed, chosen, 3, 6)
    for key, tensor in whole.resume_tensors().items():
        assert torch.equal(tensor, resumed.resume_tensors()[key]), key


def test_what_is_saved_plays_what_was_judged() -> None:
    learner = trained("breakthrough:4x5", 3)
    chosen, kind = config("breakthrough:4x5"), KINDS["ntuple"]
    tensors = learner.model_tensors()
    kind.check_weights(learner.game, kind.architecture(chosen), tensors)
    loaded = kind.load(learner.game, kind.architecture(chosen), tensors)
    states = reached(learner.game, 5, seed=1)
    assert torch.equal(loaded.q(states), learner.judged.q(states))
    assert loaded.identity() == learner.judged.identity()
    assert loaded.identity() != filled("breakthrough:4x5").identity()
    with pytest.raises(ValueError, match="table is of shape"):
        kind.check_weights(learner.game, kind.architecture(chosen), {"table": tensors["table"][1:]})


@pytest.mark.parametrize(
    ("name", "floor"),
    [("gomoku:6x5x4", 0.85), pytest.param("othello:6", 0.75, marks=pytest.mark.slow), ("breakthrough:4x5", 0.85)],
)
def test_some_thousand_games_beat_random_players(name: str, floor: float) -> None:
    q = trained(name, 40).judged
    assert score(QPlayer("learned", q), QPlayer("random", ConstantQ(q.game)), q.game) > floor


def score(one: QPlayer, other: QPlayer, game: Game[Any], games: int = 200) -> float:
    """The share of points of `one`, half of the games moving first."""
    points = 0.0
    for first in (True, False):
        generator = torch.Generator().manual_seed(5)
        seats = itertools.cycle((one, other) if first else (other, one))
        at = {t: next(seats) for t in range(game.max_plies)}
        state, ply = game.initial(games // 2), 0
        while not bool(state.done.all()):
            going = ~state.done
            action = torch.zeros(len(state), dtype=torch.int64)
            action[going] = at[ply].act(game, state[going], generator)
            state, ply = game.step(state, action), ply + 1
        # Who moved last is told by the ply, which stays where the game ended.
        last_is_first = state.ply % 2 == 1
        sign = torch.where(last_is_first == first, 1.0, -1.0)
        points += float(((sign * state.reward.float() + 1) / 2).sum())
    return points / games


def test_all_that_learning_keeps_of_the_rows_is_counted_before_it_is_made() -> None:
    learner = IncrementalLearner(make("gomoku:6x5x4"), config("gomoku:6x5x4"))
    _, layout, by_number = learner.q.arguments()
    _, _, judged_by_number = learner.judged.arguments()
    tensors = (learner.q.table, learner.memory.tc, learner.memory.mean)
    arrays = (*(tensor.numpy() for tensor in tensors), by_number, judged_by_number, learner._met, layout.row_of)
    assert sum(array.nbytes for array in arrays) == learner.q.features.bytes
