"""What `qzero export` writes: small, the same player, and nothing to resume from; and model cards."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.card import card, command
from agent.presets import preset
from agent.run import train
from agent.run.strength import Evidence, strength_json
from agent.store.checkpoint import MODEL, load
from agent.store.export import export
from agent.store.files import CheckpointError, read_tensors, write_tensors
from agent.store.sparse import unpack
from game.errors import UsageError
from tests.conftest import Qzero

INCREMENTAL = {"game": "gomoku:7x7x4", "q": "ntuple", "features": "lines:7"}
SUMMED = {"game": "tictactoe", "q": "ntuple", "tuples": 5, "tuple_cells": 8}
KINDS = {"incremental n-tuples": INCREMENTAL, "summed n-tuples": SUMMED}


def run_of(folder: Path, settings: dict[str, Any], scale: float = 1.0) -> Path:
    """A run with numbers in one row of ten of its table, and zeros in the others."""
    train.start(folder, preset(**settings, threads=1))
    tensors, record = read_tensors(folder / MODEL)
    generator = torch.Generator().manual_seed(1)
    size = tensors["table"].shape
    met = torch.rand(size, generator=generator) < 0.1
    tensors["table"] = scale * torch.randn(size, generator=generator) * met
    write_tensors(folder / MODEL, tensors, record)
    return folder


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_the_same_table_in_16_bits_without_zeros(settings: dict[str, Any], tmp_path: Path) -> None:
    run, file = run_of(tmp_path / "run", settings), tmp_path / "small.safetensors"
    done = export(run, file)
    table, whole = (load(path).q_function.weights()["table"] for path in (file, run))
    assert torch.equal(table, whole.half().float())
    assert done.bytes == file.stat().st_size < 0.12 * (run / MODEL).stat().st_size
    assert (done.numbers, done.met) == (table.numel(), int(table.count_nonzero()))
    assert load(file).record == load(run).record


def test_small_weights_are_left_out_if_asked(tmp_path: Path) -> None:
    run, file = run_of(tmp_path / "run", SUMMED), tmp_path / "small.safetensors"
    whole = load(run).q_function.weights()["table"]
    least = float(whole[whole != 0].abs().median())
    done = export(run, file, least)
    table = load(file).q_function.weights()["table"]
    assert torch.equal(table, torch.where(whole.abs() < least, 0, whole).half().float())
    assert 0.3 < done.met / int(whole.count_nonzero()) < 0.7


def test_exporting_again_changes_nothing(tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    export(run_of(tmp_path / "run", SUMMED), first)
    export(first, second)
    assert first.read_bytes() == second.read_bytes()


def test_a_kind_that_needs_all_bits_keeps_them(tmp_path: Path) -> None:
    run, file = tmp_path / "run", tmp_path / "small.safetensors"
    train.start(run, preset("tictactoe", q="table", threads=1))
    _, record = read_tensors(run / MODEL)
    values = torch.full((5, 9), 1 / 3)
    write_tensors(run / MODEL, {"keys": torch.arange(5), "values": values}, record)
    export(run, file)
    assert torch.equal(read_tensors(file)[0]["values"], values)


def test_a_file_is_never_replaced_and_weights_beyond_16_bits_are_refused(tmp_path: Path) -> None:
    run, file = run_of(tmp_path / "run", SUMMED), tmp_path / "small.safetensors"
    export(run, file)
    before = file.read_bytes()
    with pytest.raises(UsageError, match="already exists"):
        export(run, file)
    assert file.read_bytes() == before
    with pytest.raises(CheckpointError, match=r"beyond 65,504"):
        export(run_of(tmp_path / "large", SUMMED, scale=1e5), tmp_path / "large.safetensors")
    assert not (tmp_path / "large.safetensors").exists()


def test_no_run_resumes_from_it(tmp_path: Path, qzero: Qzero) -> None:
    export(run_of(tmp_path / "run", SUMMED), tmp_path / "small.safetensors")
    said = qzero("resume", "small.safetensors")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "expected a run folder made by qzero train; a model alone plays" in said.err


def _missing(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["table:values"]


def _one_value_less(tensors: dict[str, torch.Tensor]) -> None:
    tensors["table:values"] = tensors["table:values"][1:]


def _another_size(tensors: dict[str, torch.Tensor]) -> None:
    tensors["table:shape"] += 1


def _not_finite(tensors: dict[str, torch.Tensor]) -> None:
    tensors["table:values"][0] = torch.nan


@pytest.mark.parametrize("change", [_missing, _one_value_less, _another_size, _not_finite])
def test_a_damaged_table_with_a_checksum_that_fits_is_refused(
    change: Callable[[dict[str, torch.Tensor]], None], tmp_path: Path
) -> None:
    file = tmp_path / "small.safetensors"
    export(run_of(tmp_path / "run", SUMMED), file)
    tensors, record = read_tensors(file)
    assert "table" in unpack(tensors)
    change(tensors)
    write_tensors(file, tensors, record)
    with pytest.raises(CheckpointError, match="holds weights that"):
        load(file)


# Model cards


COMMANDS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"game": "connect4"}, "connect4 --seed 0 --moves 25000000"),
    (
        {**SUMMED, "lam": 0.75, "moves": 123456, "seed": 7, "keep": 3, "threads": 1},
        "tictactoe --seed 7 --moves 123456 --q ntuple --tuples 5 --lam 0.75 --threads 1",
    ),
    (
        {"game": "connect4", "q": "network", "cut": False},
        "connect4 --seed 0 --moves 25000000 --q network --no-cut",
    ),
    (  # 3 layers are usual of an MLP, and 2 of the residual one
        {"game": "connect4", "q": "network", "architecture": "residual", "depth": 3},
        "connect4 --seed 0 --moves 25000000 --q network --architecture residual --depth 3 --optimizer adamw "
        "--learning-rate 0.001",
    ),
)


@pytest.mark.parametrize(("settings", "expected"), COMMANDS)
def test_the_card_tells_the_command_that_makes_it_again(settings: dict[str, Any], expected: str) -> None:
    assert command({"config": dataclasses.asdict(preset(**settings))}) == f"qzero train {expected}"


def test_a_card_by_hand(tmp_path: Path, qzero: Qzero) -> None:
    run, file = run_of(tmp_path / "run", SUMMED), tmp_path / "small.safetensors"
    tensors, record = read_tensors(run / MODEL)
    strength = {"score vs random": Evidence.of_games(90, 0, 10, 100), "mistakes on all states": Evidence(0.25)}
    record |= {"strength": strength_json(strength), "moves": 1234, "games": 56, "seconds": 150.0}
    write_tensors(file, tensors, record)
    text = card(load(file))
    assert "/" not in text.splitlines()[0]
    for line in (
        "# small.safetensors",
        "n-tuples 5 x 8 cells for `tictactoe`, learned from nothing but its own games.",
        "| how | self-play; seed 0, 1,234 moves of 56 games |",
        "| time | 2.5 minutes of self-play and learning, one thread |",
        "| score vs random | 90.0 % (82.6 to 94.5) of 100 games (+90 =0 -10) |",
        "| mistakes on all states | 25.0 % |",
    ):
        assert line in text.splitlines()
    assert qzero("info", "small.safetensors", "--card").out.rstrip() == text.rstrip()
    assert qzero("info", "small.safetensors", "--card", "--json").code == 2
