"""When a new run may begin in a folder, and when a run goes on: whatever was killed, and whoever else is at it."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.presets import preset
from agent.run import train
from agent.run.train import METRICS, RESUME, Training
from agent.store.checkpoint import CONFIG, MODEL
from agent.store.files import BusyError, CheckpointError, lock, open_to_append, read_tensors, write_tensors
from game.errors import UsageError
from game.registry import FAMILIES, Family
from tests.conftest import TINY, Qzero

CONFIG_OF_TESTS = preset("tictactoe", games=16, moves=200, width=4, depth=1, threads=1, precision="float32")


def ignore(_: train.Metrics) -> None:
    pass


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was begun and has learned nothing yet; copy it before changing anything."""
    folder = tmp_path_factory.mktemp("fresh") / "run"
    train.start(folder, CONFIG_OF_TESTS)
    return folder


@pytest.fixture
def run(fresh: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fresh, tmp_path / "run"))


def assert_begins(folder: Path) -> None:
    train.start(folder, CONFIG_OF_TESTS).run(ignore)
    assert read_tensors(folder / MODEL)[1]["moves"] >= 200


# A first save that was cut short


def test_a_kill_at_any_moment_of_the_first_save_is_no_dead_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in the folder after each file of the first save: either the run goes on, or it may begin anew."""
    moments: list[Path] = []
    replace = Path.replace

    def photographed(self: Path, target: Path) -> Path:
        for call in (lambda: None, lambda: replace(self, target)):
            call()
            moments.append(Path(shutil.copytree(tmp_path / "run", tmp_path / f"moment-{len(moments)}")))
        return target

    monkeypatch.setattr(Path, "replace", photographed)
    train.start(tmp_path / "run", CONFIG_OF_TESTS)
    monkeypatch.undo()
    assert len(moments) == 6
    went_on = 0
    for folder in moments:
        if (folder / RESUME).exists():
            train.resume(folder).run(ignore)
            went_on += 1
        else:
            with pytest.raises(CheckpointError, match=f"first save was interrupted.*qzero train GAME --run {folder}"):
                train.resume(folder)
            assert_begins(folder)
        assert read_tensors(folder / MODEL)[1]["moves"] >= 200
    assert went_on == 5


@pytest.mark.parametrize("kept", [(METRICS, MODEL, CONFIG), (METRICS, MODEL), (METRICS,), ()])
def test_what_older_versions_left_of_a_first_save_is_begun_anew(kept: tuple[str, ...], run: Path) -> None:
    """They wrote the model before the resume state."""
    for entry in run.iterdir():
        if entry.name not in kept:
            entry.unlink()
    (run / ".model.safetensors.123.tmp").write_bytes(b"half a mod")
    assert_begins(run)


def learned(run: Path) -> None:
    tensors, record = read_tensors(run / MODEL)
    write_tensors(run / MODEL, tensors, record | {"moves": 5})


def with_metrics(run: Path) -> None:
    (run / METRICS).write_text("{}\n")


def with_a_note(run: Path) -> None:
    (run / "note").touch()


def with_a_link(run: Path) -> None:
    (run / METRICS).unlink()
    (run / METRICS).symlink_to("elsewhere")


def with_another_model(run: Path) -> None:
    (run / MODEL).write_bytes(b"somebody's")


def config_alone(run: Path) -> None:
    (run / MODEL).unlink()


@pytest.mark.parametrize("change", [learned, with_metrics, with_a_note, with_a_link, with_another_model, config_alone])
def test_nothing_but_remains_is_overwritten(change: Any, run: Path) -> None:
    (run / RESUME).unlink()
    change(run)

    def seen() -> dict[str, tuple[int, int]]:
        return {entry.name: (entry.lstat().st_ino, entry.lstat().st_mtime_ns) for entry in run.iterdir()}

    before = seen()
    with pytest.raises(UsageError, match="already exists"):
        train.start(run, CONFIG_OF_TESTS)
    assert seen() == before


def test_a_run_that_has_begun_is_not_begun_again(run: Path) -> None:
    with pytest.raises(UsageError, match="continue with 'qzero resume"):
        train.start(run, CONFIG_OF_TESTS)


# Two processes


def test_only_one_of_two_begins_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes while the first is at its first save, where the folder looks new."""
    saving, go_on = threading.Event(), threading.Event()
    save = Training.save

    def slow(self: Training) -> None:
        if threading.current_thread() is first:
            saving.set()
            assert go_on.wait(60)
        save(self)

    monkeypatch.setattr(Training, "save", slow)
    first = threading.Thread(target=train.start, args=(tmp_path / "run", CONFIG_OF_TESTS))
    first.start()
    assert saving.wait(60)
    try:
        with pytest.raises(BusyError, match="another process is using"):
            train.start(tmp_path / "run", CONFIG_OF_TESTS)
    finally:
        go_on.set()
        first.join()
    train.resume(tmp_path / "run").run(ignore)


def test_whoever_comes_after_the_first_save_looks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder was free when the second looked first, and is a run when it has the lock."""
    folder = tmp_path / "run"
    made = Training.__init__

    def faster(self: Training, *arguments: Any, **named: Any) -> None:
        monkeypatch.undo()
        train.start(folder, CONFIG_OF_TESTS)
        made(self, *arguments, **named)

    monkeypatch.setattr(Training, "__init__", faster)
    with pytest.raises(UsageError, match="already exists"):
        train.start(folder, CONFIG_OF_TESTS)
    train.resume(folder).run(ignore)


def test_a_run_without_a_name_takes_the_next_folder_that_is_free(
    qzero: Qzero, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "runs" / "tictactoe-1"
    made = Training.__init__

    def faster(self: Training, *arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(Training, "__init__", made)
        train.start(first, CONFIG_OF_TESTS)
        made(self, *arguments, **named)

    monkeypatch.setattr(Training, "__init__", faster)
    assert qzero("train", "tictactoe", *TINY).code == 0
    assert (tmp_path / "runs" / "tictactoe-2" / RESUME).exists()
    assert read_tensors(first / RESUME)[1]["moves"] == 0


def test_the_lock_goes_with_its_holder(run: Path) -> None:
    with open_to_append(run / METRICS) as held:
        lock(held, "it")
        with pytest.raises(BusyError, match="another process"):
            train.resume(run).run(ignore)
    train.resume(run).run(ignore)


# What a run needs to go on


def recorded(run: Path, **config: Any) -> None:
    tensors, record = read_tensors(run / RESUME)
    record["config"] |= config
    write_tensors(run / RESUME, tensors, record)


def test_a_missing_gpu_is_called_one(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    recorded(run, device="cuda")
    with pytest.raises(CheckpointError, match="trains on cuda, which this machine lacks: a run stays on its device"):
        train.resume(run)


def test_a_game_that_a_package_brings_is_asked_for(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(run, game="pebbles")
    with pytest.raises(CheckpointError, match="learns pebbles, a game that this qzero does not know: install the pack"):
        train.resume(run)
    monkeypatch.setitem(FAMILIES, "pebbles", Family("game.tictactoe", "TicTacToe"))
    assert train.resume(run).game.name == "tictactoe"


def test_another_version_is_called_one(run: Path) -> None:
    recorded(run, a_setting_from_the_future=1)
    with pytest.raises(CheckpointError, match=r"unknown setting a_setting_from_the_future.*another version of qzero"):
        train.resume(run)


@pytest.mark.parametrize(
    "config",
    [
        {"width": 4096, "depth": 64},
        {"members": 64, "width": 4096},
        {"architecture": "ntuple", "optimizer": "adam", "tuples": 1000},
        {"q": "table"},
        {"q": "ntuple", "tuples": 1000},
    ],
    ids=str,
)
def test_sizes_are_checked_before_memory_is_taken(
    config: dict[str, Any], run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("made before it was checked")

    monkeypatch.setattr(Training, "__init__", never)
    recorded(run, **config)
    with pytest.raises(CheckpointError, match="does not fit"):
        train.resume(run)


def test_a_full_disk_on_the_way_says_how_to_go_on(
    qzero: Qzero, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    train.start(tmp_path / "run", CONFIG_OF_TESTS)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    found = qzero("resume", "run")
    assert found.code == 1
    assert "cannot write run/" in found.err
    assert found.err.rstrip().endswith("what was saved before is untouched; then resume with: qzero resume run")
    assert json.loads((tmp_path / "run" / CONFIG).read_text())["moves"] == 0
