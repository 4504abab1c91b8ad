"""Players by name."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import arena
from agent.network.network_q import NetworkQ
from agent.play.policy import Policy
from agent.play.qfunction import ConstantQ
from agent.run.strength import read_strength
from agent.search.budget import Budget
from agent.search.negamax import NegamaxQ
from agent.search.search_q import SearchQ
from agent.store.checkpoint import load
from agent.store.files import CheckpointError
from arena.players.runs import labels
from arena.players.specs import DEEPEST, game_of, lasting, player
from arena.truth.grading import grade, shipped_positions
from game.errors import UsageError
from game.notation import parse_moves
from game.registry import make
from tests.helpers import unfinished

CHECKPOINTS = Path(arena.__file__).parent / "checkpoints"
TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")


@pytest.mark.parametrize("game", [TICTACTOE, CONNECT4], ids=lambda game: str(game.name))
def test_random_likes_every_legal_move(game: Any) -> None:
    found = player("random", game)
    state = unfinished(game, 1)
    assert found.name == "random"
    assert isinstance(found.q_function, ConstantQ)
    assert torch.equal(found.best(state), game.legal(state))


@pytest.mark.parametrize(("spec", "depth"), [("one-ply", 2), ("negamax:1", 1), ("negamax:4", 4), ("negamax:20", 20)])
def test_searchers(spec: str, depth: int) -> None:
    found = player(spec, CONNECT4)
    assert found.name == spec
    assert isinstance(found.q_function, NegamaxQ)
    assert found.q_function.depth == depth
    assert found.q_function.game is CONNECT4


def test_one_ply_takes_wins_and_stops_them() -> None:
    from game.notation import parse_moves

    one_ply = player("one-ply", CONNECT4)
    takes = parse_moves(CONNECT4, "112233").state
    assert one_ply.best(takes).nonzero()[:, 1].tolist() == [3]
    stops = parse_moves(CONNECT4, "11223").state
    assert one_ply.best(stops).nonzero()[:, 1].tolist() == [3]


def test_perfect_play_is_a_player() -> None:
    pytest.importorskip("bitbully", reason="bitbully is not installed")
    game = make("connect4")
    perfect = player("perfect", game)
    assert perfect.name == "perfect"
    wins_at_once = parse_moves(game, "112233").state
    assert perfect.act(game, wins_at_once, torch.Generator()).tolist() == [3]
    assert perfect.act(game, game.initial(1), torch.Generator()).tolist() == [3]  # the only move that wins
    with pytest.raises(UsageError, match="the perfect player knows connect4 only, not hex"):
        player("perfect", make("hex"))


def test_shipped_checkpoints_play_and_have_a_card() -> None:
    for file in sorted(CHECKPOINTS.glob("*.safetensors")):
        assert file.stat().st_size < 8e6
        record = load(file).record
        assert all(one.interval or one.exact for one in read_strength(record["strength"]).values())
        assert "score vs one-ply" in record["strength"]
        card = file.with_suffix(".md").read_text(encoding="utf-8")
        assert f"{record['moves']:,} moves" in card
        assert f"seed {record['seed']}" in card
        assert player("shipped", make(record["game"])).name == "shipped"
    found = player("shipped", CONNECT4)
    assert grade(found, shipped_positions(CONNECT4)[1])[0].mistakes < 0.08


def test_no_shipped_checkpoint_is_told() -> None:
    with pytest.raises(UsageError, match="no checkpoint of gomoku:4x4x1 comes with qzero"):
        player("shipped", make("gomoku:4x4x1"))


@pytest.mark.parametrize("file", ["", "model.safetensors"])
def test_checkpoints_by_folder_and_by_file(file: str, tiny_run: Path) -> None:
    spec = str(tiny_run / file)
    found = player(spec, TICTACTOE)
    assert found.name == spec
    assert isinstance(found.q_function, NetworkQ)
    state = unfinished(TICTACTOE, 2)
    action = found.act(TICTACTOE, state, torch.Generator().manual_seed(0))
    assert TICTACTOE.legal(state).gather(1, action[:, None]).all()
    assert torch.equal(found.q_function.q(state), player(str(tiny_run), TICTACTOE).q_function.q(state))


def test_a_model_file_needs_nothing_beside_it(tiny_run: Path, tmp_path: Path) -> None:
    alone = tmp_path / "best.safetensors"
    shutil.copy(tiny_run / "model.safetensors", alone)
    state = unfinished(TICTACTOE, 2)
    assert torch.equal(
        player(str(alone), TICTACTOE).q_function.q(state), player(str(tiny_run), TICTACTOE).q_function.q(state)
    )


@pytest.mark.parametrize(
    "spec", ["negamax", "negamax:", "negamax:0", "negamax:x", "negamax:-1", "negamax:1.5", "negamax:4 ", "negamax:²"]
)
def test_depths_that_are_none(spec: str) -> None:
    with pytest.raises(UsageError, match=f"negamax takes a depth of 1 to {DEEPEST}"):
        player(spec, CONNECT4)


@pytest.mark.parametrize("depth", [DEEPEST + 1, 999, 1000, 10**30])
def test_depths_beyond_reason(depth: int) -> None:
    with pytest.raises(UsageError, match=f"depth of 1 to {DEEPEST}"):
        player(f"negamax:{depth}", CONNECT4)


@pytest.mark.parametrize("spec", ["alphazero", "Random", "one-ply ", "no/such/run"])
def test_unknown_players_are_told_which_there_are(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"no player is called .* negamax:DEPTH"):
        player(spec, CONNECT4)


def test_a_person_is_no_agent() -> None:
    with pytest.raises(UsageError, match="'human' cannot play here"):
        player("human", CONNECT4)


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no model\.safetensors"):
        player(str(tmp_path), CONNECT4)


def test_a_checkpoint_of_another_game(tiny_run: Path) -> None:
    with pytest.raises(CheckpointError, match="trained for tictactoe, not for connect4"):
        player(str(tiny_run), CONNECT4)


def test_the_game_of_a_line_of_players(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert game_of(["random", "negamax:4"]) is None
    assert game_of(["random", str(tiny_run)]) == "tictactoe"
    assert game_of(["no-such-thing"]) is None


def test_a_folder_that_is_called_like_a_player_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("random", "one-ply"):
        (tmp_path / name).mkdir()
    assert game_of(["random", "one-ply"]) is None


def test_the_game_of_a_run_with_a_colon_in_its_name(tiny_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lr:0.3"
    shutil.copytree(tiny_run, folder)
    assert player(str(folder), TICTACTOE).name == str(folder)
    assert game_of([str(folder)]) == "tictactoe"


# Options behind an @


def test_exact_ends_takes_a_win_and_stops_one_whatever_q_believes() -> None:
    from game.notation import parse_moves

    exact, raw = player("random@exact-ends", CONNECT4), player("random", CONNECT4)
    assert exact.name == "random@exact-ends"
    assert exact.identity != raw.identity
    takes = parse_moves(CONNECT4, "112233").state
    assert exact.best(takes).nonzero()[:, 1].tolist() == [3]
    stops = parse_moves(CONNECT4, "11223").state
    assert exact.best(stops).nonzero()[:, 1].tolist() == [3]
    assert raw.best(stops).all()


def test_exact_ends_of_a_checkpoint_is_its_q_elsewhere(tiny_run: Path) -> None:
    start = TICTACTOE.initial(1)
    exact, raw = (player(f"{tiny_run}{end}", TICTACTOE) for end in ("@exact-ends", ""))
    assert torch.equal(exact.q_function.q(start), raw.q_function.q(start))
    assert game_of([f"{tiny_run}@exact-ends"]) == "tictactoe"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("random@exact", r"no option of a player is called @exact, and no file 'random@exact'; expected @exact-ends"),
        ("random@", "no option of a player is called @,"),
        ("random@exact-ends@noodles=5", "no option of a player is called @noodles"),
        ("random@exact-ends@nodes=5", "random@nodes=5: a search sees by itself how the game ends"),
        ("random@nodes", "@nodes is written @nodes=N"),
        ("random@nodes=5@nodes=6", "@nodes is given twice"),
        ("random@nodes=0", r"random@nodes=0: a search of 0 nodes: expected 1 to 1,000,000,000"),
        ("random@nodes=1e3", "expected a whole number of nodes, such as @nodes=1000"),
        ("random@seconds=0", "a search of 0 seconds: expected more than 0 and at most 3600"),
        ("random@seconds=nan", "a search of nan seconds"),
        ("random@seconds=soon", "random@seconds=soon: expected a number, such as @seconds=0.2"),
        ("random@temperature=-1", "expected 0, which is greedy, or from 1e-6 to 1e6"),
        ("random@epsilon=2", "expected a chance from 0 to 1"),
        ("negamax:4@nodes=100", "negamax:4@nodes=100: negamax is a search of its own depth"),
        ("random@exact-ends=2", "@exact-ends=2 is written @exact-ends$"),
        ("random@exact-ends@exact-ends", "@exact-ends is given twice"),
        ("@exact-ends", "names no player: expected one before the @, such as shipped@exact-ends"),
        ("nobody@exact-ends", "no player is called 'nobody'"),
        ("human@exact-ends", "'human' cannot play here"),
    ],
)
def test_options_that_are_none(spec: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message):
        player(spec, CONNECT4)


def test_options_compose() -> None:
    found = player("random@nodes=7@seconds=60@temperature=0.5@epsilon=0.25", CONNECT4)
    assert isinstance(found.q_function, SearchQ)
    assert found.q_function.budget == Budget(7, 60.0)
    assert isinstance(found.q_function.leaf, ConstantQ)
    assert found.policy == Policy(0.25, 0.5)
    assert found.name == "random@nodes=7@seconds=60@temperature=0.5@epsilon=0.25"
    specs = ("random", "random@nodes=7", "random@nodes=8", "random@temperature=0.5", "random@epsilon=0.5")
    assert len({player(spec, CONNECT4).identity for spec in specs}) == len(specs)


def test_a_file_with_an_at_sign_in_its_name_is_that_file(tiny_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a@exact-ends"
    shutil.copytree(tiny_run, folder)
    start = TICTACTOE.initial(1)
    for spec in (f"{folder}", f"{folder}@exact-ends"):
        assert game_of([spec]) == "tictactoe"
    plain, composed = player(f"{folder}", TICTACTOE), player(f"{folder}@exact-ends", TICTACTOE)
    assert plain.identity == player(str(tiny_run), TICTACTOE).identity != composed.identity
    assert torch.equal(plain.q_function.q(start), composed.q_function.q(start))


def test_labels_tell_runs_and_files_apart(tmp_path: Path) -> None:
    for folder in ("a/run", "b/run"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "model.safetensors").touch()
    (tmp_path / "b" / "run" / "other.safetensors").touch()
    model = Path("run", "model.safetensors")
    assert labels([tmp_path / "a" / model]) == ["run"]
    assert labels([tmp_path / "a" / "run", tmp_path / "b" / model]) == ["a/run", "b/run"]
    two_of_one = [tmp_path / "b" / model, tmp_path / "b" / "run" / "other.safetensors"]
    assert labels(two_of_one) == ["model.safetensors", "other.safetensors"]


def test_a_path_lasts_from_every_folder_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mcts-run").mkdir()
    (tmp_path / "a@b").mkdir()
    for base in ("mcts-run", "a@b"):
        for options in ("", "@nodes=9", "@50%@temperature=0.1"):
            assert lasting(base + options) == f"{tmp_path / base}{options}"
    for spec in ("shipped@nodes=9", "mcts:100@openspiel", "runs/gone@50%", "negamax:4", 'gtp:"mcts-run"'):
        assert lasting(spec) == spec
