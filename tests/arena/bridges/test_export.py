"""Checkpoints for others: ONNX gives the numbers that torch gives, and Kaggle's submission plays as the player does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from agent.network.net import Architecture, build
from agent.network.network_q import as_q
from agent.ntuple.q import NTupleQ
from agent.ntuple.tuples import draw_cells
from agent.play.qfunction import QFunction
from agent.search.exact_ply import ExactPlyQ
from arena.bridges import connectx_agent
from arena.bridges.kaggle import arrays_of
from arena.bridges.onnx_export import model_of
from arena.cli import main
from arena.players.specs import player
from game import make
from game.errors import UsageError
from game.notation import replay
from tests.conftest import Qzero
from tests.helpers import moves_of_games

ROOT = Path(__file__).parents[3]
CHECKPOINTS = ROOT / "arena/checkpoints"
KAGGLE = next(
    (path for path in (os.environ.get("QZERO_KAGGLE"), ROOT / ".venv/kaggle") if path and Path(path).exists()), None
)
C4 = make("connect4")
ARCHITECTURES = {
    "mlp": ("connect4", Architecture(depth=2, width=24)),
    "sigmoid": ("connect4", Architecture(depth=1, width=24, activation="sigmoid", head="afterstate", wdl=True)),
    "gelu": ("hex:4", Architecture(depth=1, width=16, activation="gelu", dropout=0.1)),
    "silu": ("tictactoe", Architecture(depth=1, width=16, activation="silu", members=3)),
    "elu": ("connect4", Architecture(depth=2, width=16, activation="elu", symmetric=True)),
    "residual": ("othello:4", Architecture(kind="residual", depth=2, width=16, wdl=True, symmetric=True)),
    "conv": ("breakthrough:5x6", Architecture(kind="conv", depth=2, width=4, activation="tanh", symmetric=True)),
    "ntuple": ("gomoku:5x5x4", Architecture(kind="ntuple", tuples=9, tuple_cells=5, wdl=True)),
    "ntuples": ("hex:4", Architecture(kind="ntuple", tuples=9, tuple_cells=5, members=2, symmetric=True)),
}


def random_net(name: str) -> tuple[Any, Any, str]:
    """The game, a network with weights that make a difference, and its head."""
    board, architecture = ARCHITECTURES[name]
    game = make(board)
    net = build(game, architecture, 1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=generator))
    return game, net, architecture.head


def positions(game: Any, seed: int = 3) -> Any:
    paths = [moves[:plies] for moves in moves_of_games(game, seed, 6) for plies in range(0, len(moves), 2)]
    return replay(game, paths)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_onnx_gives_the_numbers_of_torch(name: str) -> None:
    game, net, _ = random_net(name)
    planes = game.observe(positions(game))
    session = onnxruntime.InferenceSession(model_of(net, game).SerializeToString())
    (found,) = session.run(["values"], {"planes": planes.numpy()})
    with torch.inference_mode():
        expected = net(planes).numpy()
    assert expected.std() > 0.02
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-5
    (one,) = session.run(["values"], {"planes": planes[:1].numpy()})
    assert np.abs(one - expected[:1]).max() < 1e-5


def test_the_command_writes_onnx(qzero: Qzero, tiny_run: Path, tmp_path: Path) -> None:
    outcome = qzero("export", tiny_run, "--onnx", tmp_path / "net.onnx")
    assert (outcome.code, outcome.err) == (0, "")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"))
    game = make("tictactoe")
    facts = session.get_modelmeta().custom_metadata_map
    assert (facts["game"], facts["head"]) == ("tictactoe", "q")
    state = positions(game)
    (q,) = session.run(None, {"planes": game.observe(state).numpy()})
    expected = player(str(tiny_run), game).q_function.q(state)
    legal = game.legal(state)
    assert torch.allclose(torch.from_numpy(q)[legal], expected[legal], atol=1e-5)
    again = qzero("export", tiny_run, "--onnx", tmp_path / "net.onnx")
    assert again.code == 2
    assert "already exists" in again.err


def connectx_q(q_function: QFunction, state: Any) -> torch.Tensor:
    """Q of every position by the code of the submission."""
    weights = arrays_of(q_function)
    q = torch.full((len(state), 7), -torch.inf)
    for row, planes in enumerate(C4.observe(state, torch.bool).numpy()):
        for column, value in connectx_agent.q_values(planes[0], planes[1], weights).items():
            q[row, column] = value
    return q


@pytest.mark.parametrize("name", ["mlp", "sigmoid", "elu", "shipped", "threats"])
def test_the_submission_values_moves_as_the_player_does(name: str) -> None:
    if name == "shipped":
        q_function = player("shipped", C4).q_function
    elif name == "threats":
        tuples = NTupleQ(C4, draw_cells(C4, 3, 5, 0), threats=True)
        drawn = torch.randn(len(tuples.table), generator=torch.Generator().manual_seed(1)) / 16
        q_function = tuples.with_table(drawn.half().float())
    else:
        game, net, head = random_net(name)
        net.half().float()  # what 16 bits hold
        q_function = as_q(game, net, head)
    state = positions(C4)
    expected = ExactPlyQ(q_function).q(state)
    found = connectx_q(q_function, state)
    assert torch.equal(found.isinf(), expected.isinf())
    legal = ~expected.isinf()
    assert torch.allclose(found[legal], expected[legal], atol=2e-5)
    assert (expected[legal].abs() == 1).sum() > 10
    assert (expected[legal].abs() < 1).sum() > 100


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped player as a submission."""
    file = tmp_path_factory.mktemp("kaggle") / "submission.py"
    with pytest.raises(SystemExit) as stopped:
        main(["export", "shipped", "--kaggle", str(file)])
    assert stopped.value.code == 0
    return file


def test_one_file_is_all_it_needs(submitted: Path) -> None:
    """Executed as Kaggle does it: the last name that can be called is the agent."""
    names: dict[str, Any] = {}
    exec(compile(submitted.read_text(), "submission.py", "exec"), names)
    agent = [value for value in names.values() if callable(value)][-1]
    assert agent.__name__ == "agent"
    configuration = types.SimpleNamespace(rows=6, columns=7, inarow=4)
    empty = types.SimpleNamespace(board=[0] * 42, mark=1)
    assert agent(empty, configuration) == 3
    three = types.SimpleNamespace(board=[0] * 35 + [0, 1, 1, 1, 2, 2, 0], mark=1)
    assert agent(three, configuration) == 0
    assert agent(types.SimpleNamespace(board=three.board, mark=2), configuration) == 0  # it must be stopped
    with pytest.raises(ValueError, match="trained for 6 rows, 7 columns and 4 in a row"):
        agent(empty, types.SimpleNamespace(rows=6, columns=8, inarow=4))


_MATCH = """
import json, sys
from kaggle_environments import make
results = []
for seat in (0, 1):
    env = make("connectx", configuration={"actTimeout": 600})  # machines of tests may be busy
    agents = [sys.argv[1], "negamax"]
    steps = env.run(agents if seat == 0 else agents[::-1])
    results.append((steps[-1][seat].reward, steps[-1][seat].status))
print(json.dumps(results))
"""


def test_it_beats_kaggles_negamax(submitted: Path, tmp_path: Path) -> None:
    """In Kaggle's own environment, from both seats."""
    if KAGGLE is None:
        if os.environ.get("QZERO_KAGGLE_REQUIRED"):
            pytest.fail("kaggle-environments is not installed")
        pytest.skip("kaggle-environments is not installed (CI has it in .venv/kaggle)")
    done = subprocess.run(
        [sys.executable, "-c", _MATCH, str(submitted)],
        env={**os.environ, "PYTHONPATH": str(KAGGLE)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    results = json.loads(done.stdout.splitlines()[-1])
    assert {status for _, status in results} == {"DONE"}
    assert [reward for reward, _ in results] == [1, 1]


def test_errors_in_words(qzero: Qzero, tiny_run: Path, tmp_path: Path) -> None:
    for arguments, words in (
        (["shipped"], "export needs a file to write"),
        ([tiny_run, "--kaggle", tmp_path / "s.py"], "was trained for tictactoe, not for connect4"),
        (
            [CHECKPOINTS / "connect4.safetensors", "--onnx", tmp_path / "n.onnx"],
            "holds n-tuple tables in compiled loops: only networks are exported as ONNX",
        ),
    ):
        outcome = qzero("export", *arguments)
        assert outcome.code == 2
        assert words in outcome.err
    assert list(tmp_path.iterdir()) == []
    for name in ("conv", "silu"):  # of another architecture, and an ensemble
        with pytest.raises(UsageError, match="only n-tuple tables and networks of --architecture mlp"):
            arrays_of(as_q(*random_net(name)))


def test_without_onnx(qzero: Qzero, tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "arena.bridges.onnx_export", raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)
    outcome = qzero("export", tiny_run, "--onnx", "net.onnx")
    assert outcome.code == 2
    assert "onnx is not installed: it is part of an extra, pip install 'qzero[onnx]'" in outcome.err
