"""What is remembered of table rows: what it does, and that compiled loops never get what does not fit their table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.ntuple.coherence import Coherence, check
from agent.play.qfunction import QFunction
from agent.presets import preset
from agent.run import train
from agent.run.gate import Verdict
from agent.run.strength import Strength
from agent.store.checkpoint import load
from agent.store.files import CheckpointError, read_tensors, write_tensors

ROWS = 5
KINDS = {
    "walks": ("tictactoe", {"q": "ntuple", "tuples": 3, "tuple_cells": 2}),
    "families": ("gomoku:5x5x4", {"q": "ntuple", "features": "lines:3", "stages": 2}),
}
Change = Callable[[dict[str, Tensor], dict[str, Any]], None]


def state() -> dict[str, Tensor]:
    return {"table": torch.zeros(ROWS), **Coherence(ROWS).tensors()}


def test_the_mean_is_of_the_last_share_of_generations() -> None:
    memory = Coherence(1)
    for value in (4.0, 8.0, 0.0):  # windows of 1, 1 and 1.5 generations
        memory.average(torch.tensor([value]), 0.5)
    assert memory.mean.item() == pytest.approx(8.0 - 8.0 / 1.5)


def test_forgetting_takes_its_share_of_both_sums() -> None:
    memory = Coherence(2)
    memory.tc[:] = torch.tensor([[2.0, 4.0], [-1.0, 1.0]])
    memory.forget(0.25)
    assert memory.tc.tolist() == [[1.5, 3.0], [-0.75, 0.75]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tc": torch.zeros(ROWS - 1, 2)}, r"tc is of shape \(4, 2\), expected \(5, 2\)"),
        ({"tc": torch.zeros(2, ROWS)}, r"tc is of shape \(2, 5\)"),
        ({"mean": torch.zeros(ROWS + 1)}, r"mean is of shape \(6,\)"),
        ({"mean": torch.zeros(ROWS).double()}, "mean is float64, expected float32"),
        ({"table": torch.zeros(ROWS).half()}, "table is float16, expected float32"),
        ({"generations": torch.zeros(2, dtype=torch.int64)}, r"generations is of shape \(2,\)"),
        ({"generations": torch.tensor(-1)}, "generations is below 0"),
    ],
)
def test_what_does_not_fit_the_table_is_refused(change: dict[str, Tensor], said: str) -> None:
    check(state())
    with pytest.raises(ValueError, match=said):
        check({**state(), **change})


def test_what_older_versions_called_course_is_checked_too() -> None:
    old = state()
    old["course"] = old.pop("tc")
    check(old)
    with pytest.raises(ValueError, match="course is of shape"):
        check({**old, "course": torch.zeros(1, 2)})


@pytest.fixture(params=KINDS)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, settings = KINDS[request.param]
    config = preset(name, games=8, moves=2000, evaluations=2, patience=3, threads=1, **settings)

    class Judge:
        def __call__(self, q: QFunction, final: bool) -> Strength:
            del q, final
            return {}

        def watch(self, q: QFunction) -> float:
            del q
            return 0.5

        def stronger(self, q: QFunction, best: QFunction, number: int) -> Verdict:
            raise AssertionError(f"no gate: {q} {best} {number}")

    begun = train.start(tmp_path / "run", train.resolved(config), Judge())
    begun.run(lambda _: None, lambda: begun.measured >= 1)
    assert not begun.finished
    return tmp_path / "run"


def forged(file: Path, change: Change) -> None:
    """An intact file with a checksum that fits, whatever was changed."""
    tensors, record = read_tensors(file)
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    change(tensors, record)
    write_tensors(file, tensors, record)


@pytest.mark.parametrize("name", ["tc", "mean", "best.table"])
def test_a_run_does_not_resume_with_what_does_not_fit_its_table(name: str, run: Path) -> None:
    train.resume(run)
    forged(run / train.RESUME, lambda tensors, _: tensors.update({name: tensors[name][:-1]}))
    with pytest.raises(CheckpointError, match=r"does not fit .* of shape|does not fit .* rows"):
        train.resume(run)


@pytest.mark.parametrize("run", ["families"], indirect=True)
@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        ({"features": 5, "stages": 2}, "features 5 in 2 stages"),
        ({"features": "lines:3", "stages": 2.0}, "features 'lines:3' in 2.0 stages"),
        ({"features": "lines:3", "stages": 0}, "features 'lines:3' in 0 stages"),
        ({"features": "bogus", "stages": 2}, "no family of n-tuples"),
        ({"features": "lines:3", "stages": 10**9}, "the limit is 2 GB"),
        ({"features": "lines:4", "stages": 2}, r"table is of shape \(128,\), expected \(512,\)"),
    ],
)
def test_a_record_of_features_that_no_qzero_writes_is_the_files_fault(
    architecture: dict[str, Any], said: str, run: Path
) -> None:
    file = run / "model.safetensors"
    forged(file, lambda _, record: record.update(architecture=architecture))
    with pytest.raises(CheckpointError, match=said):
        load(file)
