"""n-tuples whose row numbers follow the moves: values against sums made anew, self-play, learning, saving."""

from __future__ import annotations

import itertools
from typing import Any

import numba
import numpy as np
import pytest
import torch

from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.learn.experience import Experience
from agent.learn.targets import q_targets, targets
from agent.ntuple.incremental.features import features_of
from agent.ntuple.incremental.learner import IncrementalLearner
from agent.ntuple.incremental.q import IncrementalQ
from agent.ntuple.incremental.seats import stones_of
from agent.ntuple.incremental.shapes import OFF, shapes_of
from agent.play.player import QPlayer
from agent.play.policy import Policy
from agent.play.qfunction import ConstantQ
from agent.play.trajectories import PlayedQ, Trajectories
from game.core import Game
from game.errors import UsageError
from game.play import play, sample_uniform
from game.registry import make

SETTINGS = {
    "gomoku:6x5x4": ("lines:5", 1),
    "gomoku:5x5x4": ("patches:3x3+walks:4x5", 2),
    "othello:6": ("classic", 3),
    "othello:4": ("walks:6x4+lines:3", 1),
    "breakthrough:4x5": ("windows:2x3+patches:2x2", 2),
    "hex:4": ("lines:5+walks:3x4", 1),
}


def config(name: str, **settings: Any) -> TrainConfig:
    features, stages = SETTINGS[name]
    chosen = {
        "games": 64, "epsilon": 0.1, "temperature": 0.05, "exploration": "varied", "target": "q", "lam": 0.9,
        "learning_rate": 4.0, "schedule": "constant", "batch_size": 200, "opening_plies": 4, "weight_averaging": 0.1,
    }  # fmt: skip
    return TrainConfig(game=name, q="ntuple", features=features, stages=stages, **{**chosen, **settings})


def filled(name: str, seed: int = 0) -> IncrementalQ:
    """A Q-function of random rows."""
    game, (features, stages) = make(name), SETTINGS[name]
    q = IncrementalQ(game, features, stages)
    q.table.normal_(0, 0.1, generator=torch.Generator().manual_seed(seed))
    layout = q.features.layout
    q.table.view(stages, -1)[:, layout.row_of[layout.empty[layout.lazy]]] = 0  # never learned
    return q


def reached(game: Game[Any], games: int, seed: int) -> Any:
    """Unfinished positions of random games, in order of their plies."""
    states: list[Any] = []
    generator = torch.Generator().manual_seed(seed)

    def choose(state: Any, _: torch.Tensor) -> torch.Tensor:
        states.append(state)
        return sample_uniform(game.legal(state), generator)

    for _ in play(game, game.initial(games), choose):
        pass
    return type(states[0]).cat(states)


def by_hand(q: IncrementalQ, state: Any) -> float:
    """V of one position for whoever has just moved, from nothing but shapes, symmetries and the table."""
    game, features = q.game, q.features
    stones = stones_of(game, state)[0]
    view = 1 - int(state.ply) % 2
    if view == 1:
        stones = np.array([0, 2, 1], np.int8)[stones]
        if game.second_view is not None:
            stones = stones[game.second_view.cells.numpy()]
    stage = int(features.layout.stage_of[np.count_nonzero(stones)])
    total, base = 0.0, stage * features.rows
    for shape in shapes_of(game, features.families):
        for place in shape.places:
            digits = [3 if cell == OFF else int(stones[cell]) for cell in place]
            alike = (sum(d * shape.digits ** to[k] for k, d in enumerate(digits)) for to in shape.same)
            total += float(q.table[base + min(alike)])
        base += shape.digits**shape.size
    return float(np.tanh(total))


@pytest.mark.parametrize("name", SETTINGS)
def test_q_is_the_value_after_each_move_summed_anew(name: str) -> None:
    q = filled(name)
    states = reached(q.game, 6, seed=1)
    states = states[torch.arange(0, len(states), 7)]
    found = q.q(states)
    assert torch.equal(found > -torch.inf, q.game.legal(states))
    for row in range(len(states)):
        for action in q.game.legal(states[row])[0].nonzero().flatten().tolist():
            after = q.game.step(states[row], torch.tensor([action]))
            expected = float(after.reward) if bool(after.done) else by_hand(q, after)
            assert float(found[row, action]) == pytest.approx(expected, abs=2e-6)


def test_finished_positions_have_no_moves_and_many_are_valued_as_few() -> None:
    q = filled("gomoku:6x5x4")
    states = reached(q.game, 40, seed=2)
    many = q.q(states)
    assert len(states) > 300
    assert torch.equal(many[:5], q.q(states[:5]))
    over = q.game.step(q.game.initial(1), torch.tensor([0]))
    over = type(over)(over.ply, torch.tensor([True]), over.reward, over.board)
    assert bool((q.q(over) == -torch.inf).all())


@pytest.mark.parametrize("name", ["gomoku:5x5x4", "othello:6", "breakthrough:4x5", "hex:4"])
def test_images_of_a_position_have_the_same_q(name: str) -> None:
    q, game = filled(name), make(name)
    for symmetry in game.symmetries:
        state, image = game.initial(8), game.initial(8)
        generator = torch.Generator().manual_seed(3)
        for _ in range(6):
            action = sample_uniform(game.legal(state), generator)
            state = game.step(state, action)
            image = game.step(image, symmetry.actions.argsort()[action])
        torch.testing.assert_close(q.q(image), q.q(state)[:, symmetry.actions], rtol=0, atol=2e-6)


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


@pytest.mark.parametrize("name", SETTINGS)
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


@pytest.mark.parametrize("name", ["gomoku:6x5x4", "breakthrough:4x5"])
def test_same_bits_at_one_and_at_two_threads(name: str) -> None:
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("one thread only")
    found = []
    for threads in (1, 2):
        learner, played, chosen = self_played(name, threads=threads)
        experience = Experience(None, played.action, targets(played, chosen, Policy()), played.game)
        for _ in range(2):
            learner.learn(experience, 0.0, torch.Generator().manual_seed(1))
        found.append((played.action, learner.q.table, learner.tc, learner.mean))
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("name", SETTINGS)
def test_learning_moves_rows_by_coherence_times_the_mean_error(name: str) -> None:
    learner, played, _ = self_played(name, games=6, batch_size=0, learning_rate=3.0)
    before = learner.q.table.clone()
    learner.tc = torch.rand(len(before), 2, generator=torch.Generator().manual_seed(2))
    learner.tc[:, 0] *= learner.tc[:, 1]
    tc = learner.tc.clone().numpy()
    target = torch.rand(len(played), generator=torch.Generator().manual_seed(4)) * 2 - 1
    met, reads, lessons, squares = rows_met(learner.q, played, target)
    learned = learner.learn(Experience(None, played.action, target, played.game), 0.0, torch.Generator())
    expected = before.numpy().astype(np.float64)
    for row, errors in met.items():
        expected[row] += 3.0 * lessons / reads * abs(tc[row, 0]) / tc[row, 1] * np.mean(errors)
        tc[row] += np.sum(errors), np.sum(np.abs(errors))
    np.testing.assert_allclose(learner.q.table.numpy(), expected, rtol=0, atol=2e-5)
    np.testing.assert_allclose(learner.tc.numpy(), tc, rtol=1e-5, atol=1e-4)
    assert learned.loss == pytest.approx(squares / lessons, abs=1e-5)
    assert learned.steps == 1
    assert torch.equal(learner.mean, learner.q.table)


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
    return [
        None if lazy and number == empty else int(number)
        for number, empty, lazy in zip(found, layout.empty, layout.lazy, strict=True)
    ]


def test_targets_need_only_the_best_q() -> None:
    _, played, chosen = self_played("gomoku:6x5x4")
    assert isinstance(played.q, PlayedQ)
    expected = q_targets(played, played.q.best, 0.9, True)
    assert torch.equal(targets(played, chosen, Policy()), expected)


def test_a_hand_worked_table() -> None:
    """On 3 x 1 with two in a row to win: lines of three cells along one row, and single columns and diagonals."""
    game = make("gomoku:3x1x2")
    q = IncrementalQ(game, "lines:3")
    # Four places a cell: three of them (down and both diagonals) hold the cell alone, with the edge on both sides.
    alone, row_of = 3 + 4 * 1 + 16 * 3, q.features.layout.row_of
    q.table[row_of[alone]] = 0.1
    wall_mine_empty, mine_in_the_middle = 3 + 4 * 1 + 16 * 0, 0 + 4 * 1 + 16 * 0
    q.table[row_of[wall_mine_empty]], q.table[row_of[mine_in_the_middle]] = 0.2, -0.4
    q.changed()
    found = q.q(game.initial(1))[0]
    # A stone at the end: three lines of its own, and its row; nothing is known of the row around the middle cell.
    assert found.tolist() == pytest.approx([np.tanh(0.5), np.tanh(-0.1), np.tanh(0.5)])
    # Mirrored lines are one row of the table.
    assert row_of[wall_mine_empty] == row_of[0 + 4 * 1 + 16 * 3]
    after = game.step(game.initial(1), torch.tensor([1]))
    stone, theirs = 0.3, 0.0  # the new stone's lines; their lone stone has rows of its own, still 0
    expected = np.tanh(stone + theirs)
    assert q.q(after)[0].tolist() == pytest.approx([expected, -np.inf, expected])


def test_tables_too_large_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"--features lines:12 in 10 stages needs 3\.4 GB .* the limit is 2 GB"):
        IncrementalQ(make("gomoku"), "lines:12", 10)


@pytest.mark.parametrize(
    ("name", "families"),
    [("gomoku", "line:9"), ("gomoku", "lines:13"), ("gomoku", ""), ("hex:4", "classic"), ("othello:4", "windows:5x2"),
     ("gomoku:5x4x3", "classic"), ("gomoku", "lines:9+"), ("gomoku", "walks:70")],
)  # fmt: skip
def test_families_that_there_are_not_are_refused_in_words(name: str, families: str) -> None:
    with pytest.raises(UsageError, match=r"is no family of n-tuples of"):
        IncrementalQ(make(name), families)


def test_games_without_compiled_rules_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"hex:4\+swap has no compiled rules"):
        IncrementalQ(make("hex:4+swap"), "lines:5")


def test_shapes_share_tables_by_place_and_by_symmetry() -> None:
    game = make("othello")
    classic = shapes_of(game, "classic")
    assert [len(shape.places) for shape in classic] == [4, 4, 4, 4, 2, 4, 4, 4, 4, 4, 8, 4]
    # Reflected at itself the main diagonal stays cell by cell, and the corner of two rows has no image in its place.
    assert [len(shape.same) for shape in classic] == [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 2]
    assert len(shapes_of(game, "classic+classic")) == len(classic)
    (lines,) = shapes_of(make("gomoku"), "lines:9")
    assert len(lines.places) == 4 * 225
    assert features_of(make("gomoku"), "lines:9", 1, (0, 225)).size == 4**9


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


@pytest.mark.parametrize(("name", "floor"), [("gomoku:6x5x4", 0.85), ("othello:6", 0.75), ("breakthrough:4x5", 0.85)])
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
