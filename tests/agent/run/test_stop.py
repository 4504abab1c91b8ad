"""A run that is asked to stop does so within a second or two, wherever it is, and goes on bit for bit."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.play.cancel import Cancelled, cancelled_by, check
from agent.presets import preset
from agent.run import train
from agent.run.stop_signal import Asked
from agent.store.checkpoint import load
from agent.store.files import read_tensors

TINY = {"threads": 1, "evaluations": 0, "games": 32, "moves": 1200}
NETWORK = {"q": "network", "width": 16, "depth": 1, "precision": "float32", "batch_size": 16}
PATTERNS = {"q": "ntuple", "tuples": 4, "tuple_cells": 3, "batch_size": 16}


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return read_tensors(folder / train.RESUME)[0]


def after(calls: int) -> Callable[[], bool]:
    """Says yes from that many questions on."""
    count = itertools.count()
    return lambda: next(count) >= calls


@pytest.mark.parametrize("settings", [NETWORK, PATTERNS, {"q": "table"}], ids=["network", "patterns", "table"])
def test_a_run_stopped_in_the_middle_of_self_play_goes_on_bit_for_bit(
    settings: dict[str, object], tmp_path: Path
) -> None:
    config = train.resolved(preset("tictactoe", **TINY, **settings))
    train.start(tmp_path / "whole", config).run(lambda _: None)
    run = train.start(tmp_path / "run", config)
    lines: list[train.Metrics] = []
    stops = 0
    while not run.finished:
        run.run(lines.append, after(3 + 5 * stops))  # later each time, or it would never end
        stops += 1
        run = train.resume(tmp_path / "run")
    assert stops > 3
    found, expected = weights(tmp_path / "run"), weights(tmp_path / "whole")
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in found)
    kept = [(json.loads(line)["moves"], json.loads(line)["loss"]) for line in _metrics(tmp_path / "run")]
    assert kept == [(json.loads(line)["moves"], json.loads(line)["loss"]) for line in _metrics(tmp_path / "whole")]


def _metrics(folder: Path) -> list[str]:
    return (folder / train.METRICS).read_text().splitlines()


@pytest.mark.parametrize("settings", [NETWORK, PATTERNS], ids=["network", "patterns"])
def test_learning_that_takes_long_is_given_up_and_nothing_half_learned_is_saved(
    settings: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No patience at all, and the wish comes when learning begins: the run is where it was last saved."""
    config = train.resolved(preset("tictactoe", **TINY, **settings, save_every=0.0))
    train.start(tmp_path / "whole", config).run(lambda _: None)
    run = train.start(tmp_path / "run", config)
    monkeypatch.setattr(Asked, "for_long", lambda self: self())
    learn = run.learner.learn
    begun: list[int] = []

    def learning(*arguments: Any) -> Any:
        begun.append(1)
        return learn(*arguments)

    monkeypatch.setattr(run.learner, "learn", learning)
    run.run(lambda _: None, lambda: len(begun) == 3)
    assert not run.finished
    saved = read_tensors(tmp_path / "run" / train.RESUME)[1]["moves"]
    assert run.moves == saved > 0
    resumed = train.resume(tmp_path / "run")
    resumed.run(lambda _: None)
    found, expected = weights(tmp_path / "run"), weights(tmp_path / "whole")
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_patience_begins_with_the_first_question_that_is_answered_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    now, wish = [100.0], [False]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    asked = Asked(lambda: wish[0])
    assert not asked.for_long()
    now[0] = 200.0
    wish[0] = True
    assert asked()
    assert not asked.for_long()
    now[0] = 202.0
    assert asked.for_long()


def test_a_thought_is_called_off_in_its_own_thread_only() -> None:
    check()  # nobody asked
    off = threading.Event()
    with cancelled_by(off.is_set):
        check()
        off.set()
        with pytest.raises(Cancelled):
            check()
        other: list[str] = []

        def think() -> None:
            check()
            other.append("went on")

        thread = threading.Thread(target=think)
        thread.start()
        thread.join()
        assert other == ["went on"]
    check()


def test_checkpoints_along_the_way(tmp_path: Path) -> None:
    """As many as asked for, evenly spread, each a player that knows how far it was; the same after a kill."""
    config = train.resolved(preset("tictactoe", **{**TINY, "moves": 4000}, **NETWORK, keep=3))
    train.start(tmp_path / "whole", config).run(lambda _: None)
    files = sorted((tmp_path / "whole" / train.KEPT).iterdir())
    assert len(files) == 3
    moves = [load(file).record["moves"] for file in files]
    assert [file.name for file in files] == [f"{count:012d}.safetensors" for count in moves]
    for count, wanted in zip(moves, (1000, 2000, 3000), strict=True):
        assert wanted <= count < wanted + 32 * 9
    assert len({load(file).q_function.identity() for file in [*files, tmp_path / "whole"]}) == 4
    run = train.start(tmp_path / "run", config)
    while not run.finished:
        run.run(lambda _: None, after(40))
        run = train.resume(tmp_path / "run")
    again = sorted((tmp_path / "run" / train.KEPT).iterdir())
    assert [load(file).q_function.identity() for file in again] == [load(file).q_function.identity() for file in files]
