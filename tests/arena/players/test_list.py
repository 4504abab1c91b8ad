"""The list of players, and checkpoints on the way of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.store import checkpoint
from agent.store.checkpoint import OtherGameError
from arena.gui.analysis.who import adviser
from arena.match.match import play_pairs
from arena.match.openings import random_openings
from arena.players.cli import OPTIONS, PLAYERS
from arena.players.coming import learned_on, shipped_file, shipped_games
from arena.players.menu.measured import opponents
from arena.players.options import OPTIONS as KNOWN_OPTIONS
from arena.players.options import split
from arena.players.specs import FIXED, KNOWN, player
from arena.players.specs import shipped as shipped_path
from game.errors import UsageError
from game.registry import make
from tests.conftest import Qzero


def test_all_that_can_be_written_is_listed() -> None:
    written = [name for name, _ in PLAYERS]
    assert set(FIXED) <= set(written)
    assert {name.removeprefix("PLAYER") for name, _ in OPTIONS} == {option.usage for option in KNOWN_OPTIONS.values()}
    for name in ("random", "one-ply", "negamax", "mcts", "perfect", "shipped", "RUN@50%", "gtp", "piskvork"):
        assert name in KNOWN
        assert any(each.startswith(name) for each in written)


def test_what_comes_with_qzero() -> None:
    found = shipped_games()
    assert {"connect4", "othello", "gomoku", "gomoku:9x9x5", "hex:7", "tictactoe"} <= set(found)
    for name in found:
        assert shipped_file(make(name).name).is_file()


@pytest.mark.parametrize(
    ("board", "learned"),
    [
        ("gomoku:12x9x5", "gomoku:9x9x5"),
        ("gomoku:13x9x5", "gomoku"),
        ("gomoku:20x20x5", "gomoku"),
        ("gomoku:9x9x4", None),  # other lines win there
        ("hex:8", None),
        ("othello:6", None),
    ],
)
def test_gomokus_players_play_on_boards_of_any_size(board: str, learned: str | None) -> None:
    game = make(board)
    assert learned_on(board) == learned
    if learned is None:
        with pytest.raises(UsageError, match="no checkpoint of"):
            player("shipped", game)
        return
    shipped = player("shipped", game)
    one_ply = player("one-ply", game)
    games = play_pairs(game, shipped, one_ply, random_openings(game, 10, None, 3), 5)
    assert int((games.result == 1).sum()) >= 18
    assert opponents(game, Path("nowhere"))[0].note == (
        "learned on 9 x 9" if learned.endswith("9x9x5") else "learned on 15 x 15"
    )
    assert adviser(game, (None, None)).name == "shipped"
    with pytest.raises(OtherGameError, match="was trained for"), shipped_path("hex") as file:
        checkpoint.load(file, game)


def test_the_command(qzero: Qzero, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del tiny_run
    monkeypatch.chdir(tmp_path)
    found = qzero("players", "hex:7", "--json")
    assert found.code == 0, found
    told = json.loads(found.out)
    assert (told["shipped"], told["runs"]) == (["hex:7"], [])
    assert "PLAYER@nodes=N" in told["options"]
    text = qzero("players").out
    assert "othello" in text
    assert "runs here" not in text
    assert qzero("players", "chess").code == 2


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of 1,000 moves that kept its weights after 200 and 600, as far as a name can tell."""
    folder = tmp_path / "a run"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"game": "tictactoe", "moves": 1000}))
    source = Path(str(shipped_file("tictactoe"))).read_bytes()
    for moves in (200, 600):
        (folder / "checkpoints" / f"{moves:012d}.safetensors").write_bytes(source)
    (folder / "model.safetensors").write_bytes(source)
    return folder


@pytest.mark.parametrize(
    ("share", "file"),
    [
        ("0%", "checkpoints/000000000200.safetensors"),
        ("39%", "checkpoints/000000000200.safetensors"),
        ("41.5%", "checkpoints/000000000600.safetensors"),
        ("100%", ""),
    ],
)
def test_the_nearest_checkpoint_that_was_kept(share: str, file: str, run: Path) -> None:
    assert split(f"{run}@{share}@exact-ends") == (str(run / file), ["exact-ends"])
    if file:
        assert player(f"{run}@{share}", make("tictactoe")).name == str(run / file)


def test_shares_that_there_are_not(run: Path, tmp_path: Path) -> None:
    game = make("tictactoe")
    with pytest.raises(UsageError, match=r"expected a share of the run from 0% to 100%"):
        player(f"{run}@101%", game)
    with pytest.raises(UsageError, match=r"is no run; expected the folder of one before the @"):
        player(f"{tmp_path}@50%", game)
    for file in (run / "checkpoints").iterdir():
        file.unlink()
    with pytest.raises(UsageError, match=r"this run kept no checkpoints; train with --keep"):
        player(f"{run}@50%", game)
