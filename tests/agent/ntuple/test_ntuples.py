"""n-tuple tables: row numbers, values, learning and compiled self-play against slow references."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from agent.learn.experience import Experience
from agent.ntuple import kernels
from agent.ntuple.encoding import encoding_of
from agent.ntuple.learner import NTupleLearner
from agent.ntuple.q import NTupleQ, sides
from agent.ntuple.tuples import NTuples, draw_cells, ntuples_of
from agent.play.player import QPlayer
from agent.play.policy import Policy
from agent.play.selfplay import self_play
from agent.play.trajectories import Trajectories
from agent.presets import preset
from agent.run import train
from agent.store import checkpoint
from arena.truth.grading import grade
from arena.truth.solve import solve
from game import QzeroError, UsageError, make
from tests.helpers import reachable, unfinished

THREATS = "connect4 and threats"
BOARDS = ("connect4", "tictactoe", "hex:4", "othello:4", "breakthrough:5x4", "gomoku:5x5x4")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_q(name: str, tuples: int = 12, cells: int = 5, scale: float = 0.1) -> NTupleQ:
    board, _, threats = name.partition(" and ")
    game = make(board)
    q = NTupleQ(game, draw_cells(game, tuples, cells, seed=3), threats=bool(threats))
    q.table.normal_(0, scale, generator=generator(5))
    return q


def looks(game: Any, state: Any) -> list[list[int]]:
    """What stands on each cell, row-major: 0 empty, 1 mine, 2 theirs; on Connect Four 3 where a stone would fall."""
    own, opp = game.observe(state, torch.uint8)[:, :2].flatten(2).unbind(1)
    found = own + 2 * opp
    if game.name == "connect4":
        for row in range(5, -1, -1):
            cells = slice(7 * row, 7 * row + 7)
            below = found[:, cells.stop : cells.stop + 7] if row < 5 else torch.ones_like(found[:, cells])
            falls = (found[:, cells] == 0) & (below != 0) & (below != 3)
            found[:, cells] = torch.where(falls, 3, found[:, cells])
    numbers: list[list[int]] = found.tolist()
    return numbers


def rows_of(patterns: NTuples, code: Any, side: Any) -> Any:
    """The rows that every pattern reads on every image: `[S, T, N]`, one look-up at a time."""
    images, count, n = len(patterns.parts), len(patterns.count), code.shape[1]
    rows = np.zeros((images, count, n), np.int64)
    for s in range(images):
        for t in range(count):
            for i in range(n):
                row = int(patterns.first[t]) + int(side[i]) * int(patterns.rows[t])
                for m in range(patterns.count[t]):
                    row += int(patterns.number[t, m, code[patterns.parts[s, t, m], i]])
                rows[s, t, i] = row
    return rows


@pytest.mark.parametrize("name", BOARDS)
def test_rows_are_the_same_exactly_where_the_cells_look_the_same(name: str) -> None:
    game = make(name)
    patterns = ntuples_of(game, draw_cells(game, 9, 5, seed=1))
    state = reachable(game, seed=2)
    side = sides(state)
    rows = rows_of(patterns, encoding_of(game).codes(state), side)
    board = looks(game, state)
    for s, symmetry in enumerate(game.symmetries):
        for t, cells in enumerate(patterns.cells.tolist()):
            seen: dict[tuple[int, ...], int] = {}
            for i, cells_look in enumerate(board):
                # The image has at place c what stood at cells[c].
                look = (int(side[i]), *[cells_look[int(symmetry.cells[c])] for c in cells])
                assert seen.setdefault(look, rows[s, t, i]) == rows[s, t, i]
            assert len(set(seen.values())) == len(seen)
            assert all(patterns.first[t] <= row < patterns.first[t] + 2 * patterns.rows[t] for row in seen.values())
    assert patterns.size == 2 * patterns.rows.sum()


def test_a_column_of_connect_four_has_a_row_for_every_stack_and_no_other() -> None:
    game = make("connect4")
    column = np.array([[0, 7, 14, 21, 28, 35]])
    assert ntuples_of(game, column).rows.tolist() == [127]  # 1 + 2 + 4 + ... + 64
    bottom = np.array([[35, 36]])
    assert ntuples_of(game, bottom).rows.tolist() == [9]  # mine, theirs or next: an empty bottom is always next
    assert ntuples_of(game, np.array([[28]])).rows.tolist() == [4]


@pytest.mark.parametrize("name", [*BOARDS, THREATS])
def test_values_are_sums_of_rows(name: str) -> None:
    q = random_q(name)
    state = reachable(q.game, seed=4)
    rows = rows_of(q.tuples, q.encoding.codes(state), sides(state))
    expected = q.table[torch.from_numpy(rows)].double().sum((0, 1)).tanh()
    assert torch.allclose(q.values(state).double(), expected, atol=1e-5)
    many = type(state).cat([state] * (5000 // len(state) + 1))
    assert torch.equal(q.values(many)[: len(state)], q.values(state))


@pytest.mark.parametrize("name", [*BOARDS, THREATS])
def test_q_is_minus_the_value_after_and_exact_at_the_end(name: str) -> None:
    q = random_q(name)
    state = unfinished(q.game, seed=5)
    found, legal = q.q(state), q.game.legal(state)
    assert torch.equal(found > -torch.inf, legal)
    rows, actions = legal.nonzero().unbind(1)
    after = q.game.step(state[rows], actions)
    expected = torch.where(after.done, after.reward.float(), -q.values(after))
    assert torch.equal(found[rows, actions], expected)


@pytest.mark.parametrize("name", ["connect4", THREATS, "tictactoe", "hex:4"])
def test_images_of_a_position_have_the_same_value(name: str) -> None:
    q = random_q(name)
    state = reachable(q.game, seed=6)
    value = q.encoding.codes(state)
    for symmetry in q.game.symmetries:
        if q.game.name == "connect4":  # one, two or three codes a column
            turned = value.reshape(-1, 7, len(state))[:, symmetry.actions.numpy()].reshape(value.shape)
        else:
            turned = np.ascontiguousarray(value[symmetry.cells.numpy()])
        out = np.empty(len(state), np.float32)
        kernels.values(turned, sides(state), q.arguments(), out)
        assert torch.allclose(torch.from_numpy(out), q.values(state), atol=1e-5)


def reference_step(rows: Any, target: Any, table: Any, drift: Any, travel: Any, step: float) -> float:
    """One minibatch of temporal coherence, row by row."""
    error = target - np.tanh(table[rows].sum((0, 1)))
    moves: dict[int, list[float]] = {}
    for s, t, i in np.ndindex(rows.shape):
        moves.setdefault(int(rows[s, t, i]), []).append(float(error[i]))
    for row, errors in moves.items():
        coherence = abs(drift[row]) / travel[row] if travel[row] > 0 else 1.0
        table[row] += step * coherence * sum(errors) / len(errors)
        drift[row] += sum(errors)
        travel[row] += sum(map(abs, errors))
    return float((error**2).sum())


@pytest.mark.parametrize("name", ["connect4", THREATS, "tictactoe"])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_learning_is_as_the_slow_reference_says(name: str, threads: int) -> None:
    q = random_q(name)
    state = unfinished(q.game, seed=7)[:150]
    n, batch, step = len(state), 40, 0.05
    target = torch.rand(n, generator=generator(8)).numpy() * 2 - 1
    code, side = q.encoding.codes(state), sides(state)
    rows = rows_of(q.tuples, code, side)
    size = q.tuples.size
    table, slow_drift, slow_travel = q.table.double().numpy().copy(), np.zeros(size), np.zeros(size)
    course = np.zeros((size, 2), np.float32)
    for _ in range(3):
        squares = sum(
            reference_step(rows[:, :, k : k + batch], target[k : k + batch], table, slow_drift, slow_travel, step)
            for k in range(0, n, batch)
        )
        loss = kernels.learn(code, side, target, batch, q.arguments(), course, np.float32(step), threads)
        assert loss == pytest.approx(squares / n, rel=1e-4)
    assert np.allclose(q.table.numpy(), table, atol=1e-4)
    assert np.allclose(course[:, 0], slow_drift, atol=1e-3)
    assert np.allclose(course[:, 1], slow_travel, atol=1e-3)


@pytest.mark.parametrize("name", [THREATS, "tictactoe"])
def test_learning_gives_the_same_bits_with_any_number_of_threads(name: str) -> None:
    tables = []
    for threads in (1, 2, 5, 20):
        q = random_q(name, tuples=30)
        state = unfinished(q.game, seed=7)[:150]
        course = np.zeros((q.tuples.size, 2), np.float32)
        target = torch.rand(len(state), generator=generator(8)).numpy() * 2 - 1
        for _ in range(3):
            code, side = q.encoding.codes(state), sides(state)
            kernels.learn(code, side, target, 40, q.arguments(), course, np.float32(0.05), threads)
        tables.append(q.table)
    assert all(torch.equal(table, tables[0]) for table in tables[1:])


def test_one_position_moves_by_its_error_and_then_by_its_coherence() -> None:
    # One pattern of one cell that a centre stone reads twice, once an image: a step size of 1 moves the sum by twice
    # the step of its row.
    game = make("connect4")
    q = NTupleQ(game, np.array([[38]]))
    state = game.step(game.initial(1), torch.tensor([3]))
    code, side = encoding_of(game).codes(state), sides(state)
    course = np.zeros((q.tuples.size, 2), np.float32)

    def learn(target: float) -> float:
        kernels.learn(code, side, np.array([target], np.float32), 1, q.arguments(), course, np.float32(0.25), 1)
        return float(q.values(state))

    assert learn(1.0) == pytest.approx(np.tanh(2 * 0.25 * 1.0))  # error 1, coherence 1, read on both images
    value = np.tanh(0.5)
    second = -1.0 - value  # the errors met: 1 and 1, then this one twice; coherence still 1
    assert learn(-1.0) == pytest.approx(np.tanh(2 * (0.25 + 0.25 * second)), abs=1e-6)
    assert course[:, 0].sum() == pytest.approx(2 + 2 * second)
    assert course[:, 1].sum() == pytest.approx(2 - 2 * second)
    raw, coherence = 2 * (0.25 + 0.25 * second), (-2 - 2 * second) / (2 - 2 * second)
    third = 1.0 - np.tanh(raw)
    assert learn(1.0) == pytest.approx(np.tanh(raw + 2 * 0.25 * coherence * third), abs=1e-6)


def played(
    policy: Policy, games: int = 300, opening_plies: int = 0, seed: int = 9, name: str = "connect4"
) -> tuple[NTupleQ, Trajectories]:
    q = random_q(name)
    return q, self_play(q, policy, games, opening_plies, generator(seed))


@pytest.mark.parametrize("name", ["connect4", THREATS])
def test_compiled_self_play_is_play_by_the_rules(name: str) -> None:
    q, found = played(Policy(0.3, 0.05), opening_plies=6, name=name)
    game = q.game
    assert found.game.max() == 299
    state = game.initial(300)
    for t in range(int(found.t.max()) + 1):
        now = (found.t == t).nonzero().squeeze(1)
        rows = found.game[now]
        assert torch.equal(rows, (~state.done).nonzero().squeeze(1))
        assert found.state[now].equal(state[rows])
        assert torch.equal(found.q[now] > -torch.inf, game.legal(state[rows]))
        assert torch.allclose(found.q[now], q.q(state[rows]), atol=1e-5)
        chosen = found.q[now].gather(1, found.action[now, None]).squeeze(1)
        assert torch.equal(found.exploratory[now], chosen < found.q[now].amax(1))
        after = game.step(state[rows], found.action[now])
        ended = after.done.nonzero().squeeze(1)
        assert torch.equal(found.reward[rows[ended]], after.reward[ended].float())
        state = type(state).where(torch.isin(torch.arange(300), rows), game.step(state, _spread(found, now)), state)
    assert state.done.all()


def _spread(found: Trajectories, now: torch.Tensor) -> torch.Tensor:
    action = torch.zeros(300, dtype=torch.int64)
    action[found.game[now]] = found.action[now]
    return action


def test_greedy_self_play_never_leaves_the_best_move_and_chance_always_does_what_it_should() -> None:
    _, greedy = played(Policy(0.0, 0.0))
    assert not greedy.exploratory.any()
    assert not greedy.forced.any()
    _, uniform = played(Policy(1.0, 0.0), games=2000)
    first = uniform.action[uniform.t == 0]
    assert (torch.bincount(first, minlength=7) / 2000 - 1 / 7).abs().max() < 0.04
    _, some = played(Policy(0.2, 0.0), games=2000)
    assert isinstance(some.q, torch.Tensor)
    legal = (some.q > -torch.inf).sum(1)
    best = (some.q == some.q.amax(1, keepdim=True)).sum(1)
    expected = float((0.2 * (1 - best / legal)).mean())
    assert float(some.exploratory.float().mean()) == pytest.approx(expected, abs=0.01)
    _, warm = played(Policy(0.0, 0.1), games=2000)
    at_start = warm.t == 0
    wanted = Policy(0.0, 0.1).probabilities(warm.q[at_start][:1])[0]
    shares = torch.bincount(warm.action[at_start], minlength=7) / 2000
    assert (shares - wanted).abs().max() < 0.04
    _, varied = played(Policy(0.3, 0.0, varied=True), games=2000)
    by_game = torch.zeros(2000).index_add_(0, varied.game, varied.exploratory.float()) / torch.bincount(varied.game)
    assert float(varied.exploratory.float().mean()) == pytest.approx(0.3 * 6 / 7, abs=0.03)
    assert float(by_game.std()) > 1.5 * float((0.25 * 0.75 / torch.bincount(varied.game)).sqrt().mean())
    _, opened = played(Policy(0.0, 0.0), games=2000, opening_plies=3)
    plies = torch.bincount(opened.game[opened.forced], minlength=2000)
    assert (torch.bincount(plies, minlength=4) / 2000 - 1 / 4).abs().max() < 0.04
    assert all(bool(opened.forced[(opened.game == g)][: plies[g]].all()) for g in range(20))


def test_self_play_is_the_same_with_any_number_of_threads() -> None:
    torch.set_num_threads(1)
    _, one = played(Policy(0.3, 0.05), games=900)
    torch.set_num_threads(3)
    _, many = played(Policy(0.3, 0.05), games=900)
    assert torch.equal(one.action, many.action)
    assert isinstance(one.q, torch.Tensor)
    assert isinstance(many.q, torch.Tensor)
    assert torch.equal(one.q, many.q)
    _, other = played(Policy(0.3, 0.05), games=900, seed=10)
    assert len(other) != len(one) or not torch.equal(other.action, one.action)


def test_the_last_position_of_a_game_learns_what_the_end_is_worth() -> None:
    game = make("tictactoe")
    config = preset("tictactoe", q="ntuple", tuples=1, tuple_cells=9, learning_rate=1.0, batch_size=0)
    learner = NTupleLearner(game, config)
    state = unfinished(game, seed=11)
    legal = game.legal(state)
    action = legal.float().argmax(1)
    after = game.step(state, action)
    ends = int(after.done.sum())
    learned = learner.learn(Experience(state, action, torch.full((len(state),), 0.5)), 0.0, generator())
    assert 0 < ends < len(state)
    assert learned.steps == 1
    assert learned.loss == pytest.approx(0.25)
    value = learner.q.values(after[~after.done])
    assert (value < 0).all()  # what is good for the mover is bad for whoever moves next
    chosen = learner.q.q(state).gather(1, action[:, None]).squeeze(1)
    assert torch.equal(chosen[after.done], after.reward[after.done].float())


def test_forgetting_fades_what_was_met_before_and_the_mean_follows_its_window() -> None:
    game = make("tictactoe")
    state = unfinished(game, seed=12)
    experience = Experience(state, game.legal(state).float().argmax(1), torch.full((len(state),), 0.5))

    def learned(**settings: float) -> NTupleLearner:
        learner = NTupleLearner(game, preset("tictactoe", q="ntuple", tuples=3, tuple_cells=3, **settings))
        learner.memory.tc[:] = torch.tensor([2.0, 4.0])
        learner.learn(experience, 0.0, generator())
        return learner

    kept, faded = learned(learning_rate=0.0), learned(learning_rate=0.0, forgetting=0.25)
    assert torch.allclose(faded.memory.tc, kept.memory.tc - 0.25 * torch.tensor([2.0, 4.0]), atol=1e-4)
    assert not torch.equal(kept.memory.tc, torch.tensor([2.0, 4.0]).expand_as(kept.memory.tc))
    # A window of half of the run: the first table whole, then that of two, then two thirds of the mean.
    learner = learned(averaging=0.5)
    tables = [learner.q.table.clone()]
    for _ in range(3):
        learner.learn(experience, 0.0, generator())
        tables.append(learner.q.table.clone())
    second = tables[1]  # windows of 1, 1, 1.5 and 2 generations
    third = second + (tables[2] - second) / 1.5
    assert torch.allclose(learner.memory.mean, third + (tables[3] - third) / 2, atol=1e-6)
    assert torch.equal(learner.judged.table, learner.memory.mean)


def test_tictactoe_is_learned_without_a_mistake(tmp_path: Any) -> None:
    config = preset(
        "tictactoe", q="ntuple", tuples=4, tuple_cells=9, moves=300_000, games=512, opening_plies=8, threads=1
    )
    run = train.start(tmp_path / "run", config)
    run.run(lambda _: None)
    q = checkpoint.load(tmp_path / "run").q_function
    assert isinstance(q, NTupleQ)
    assert grade(QPlayer("patterns", q), solve(q.game))[0].mistakes == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"optimizer": "adam"},
            "--optimizer adam is for --q network, not for --q ntuple: leave it out, or give --q network",
        ),
        ({"members": 3}, "--members 3 is for --q network"),
        ({"device": "cuda"}, "--q ntuple learns on the CPU"),
        ({"symmetry": "none"}, "shares its tables between all images"),
    ],
)
def test_settings_of_networks_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        preset("connect4", q="ntuple", **settings)


def test_no_setting_changes_what_holds_q_unasked() -> None:
    assert preset("connect4").q == "ntuple"
    assert preset("tictactoe").q == "network"
    with pytest.raises(UsageError, match="--window 8 is for --q network, not for --q ntuple"):
        preset("connect4", window=8)
    assert preset("connect4", window=8, q="network").q == "network"
    assert preset("connect4", tuples=7, batch_size=512).q == "ntuple"


def test_ntuples_off_the_board_or_too_many_are_refused() -> None:
    game = make("tictactoe")
    with pytest.raises(ValueError, match="3 x 3 board"):
        ntuples_of(game, np.array([[0, 9]]))
    othello = make("othello")
    with pytest.raises(ValueError, match="rows"):
        ntuples_of(othello, draw_cells(othello, 200, 12, seed=0))
    with pytest.raises(ValueError, match="rows"):
        NTupleQ(game, np.array([[0, 1]]), torch.zeros(5))


def test_a_step_size_that_blows_up_is_told(tmp_path: Any) -> None:
    config = preset("connect4", tuples=4, games=256, learning_rate=3e38, moves=100_000, threads=1)
    run = train.start(tmp_path / "run", config)
    with pytest.raises(QzeroError, match="diverged"):
        run.run(lambda _: None)


def test_a_table_that_is_no_number_is_refused(tmp_path: Any) -> None:
    config = preset("tictactoe", q="ntuple", tuples=2, tuple_cells=3, moves=500, games=32, threads=1)
    run = train.start(tmp_path / "run", config)
    tensors = run.learner.model_tensors()
    checkpoint.save(tmp_path / "run", {**tensors, "table": torch.full_like(tensors["table"], torch.nan)}, run.record())
    with pytest.raises(QzeroError, match="not finite"):
        checkpoint.load(tmp_path / "run")


def test_a_checkpoint_whose_table_does_not_fit_is_refused(tmp_path: Any) -> None:
    config = preset("tictactoe", q="ntuple", tuples=2, tuple_cells=3, moves=500, games=32, threads=1)
    run = train.start(tmp_path / "run", config)
    tensors = run.learner.model_tensors()
    checkpoint.save(tmp_path / "run", {**tensors, "table": tensors["table"][:-1]}, run.record())
    with pytest.raises(QzeroError, match="do not fit"):
        checkpoint.load(tmp_path / "run")
