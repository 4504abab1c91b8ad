"""The command `qzero export`: a checkpoint for others to use."""

from __future__ import annotations

from pathlib import Path

import click

import agent.cli
from game.errors import UsageError

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Export the weights alone, small enough to share; or for Kaggle, or as ONNX.")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("file", type=_FILE, required=False)
@click.option(
    "--least",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Leave out weights below this in size as well, as tables have many, for a smaller FILE: grade it.",
)
@click.option("--kaggle", type=_FILE, help="Write a submission to Kaggle's ConnectX: one Python file that needs numpy.")
@click.option("--onnx", type=_FILE, help="Write the network as ONNX: planes in, values out.")
@click.pass_context
def export(
    context: click.Context, checkpoint: Path, file: Path | None, least: float, kaggle: Path | None, onnx: Path | None
) -> None:
    """Write the weights of CHECKPOINT to FILE as 16-bit numbers, with the record of how they were made.

    FILE, which should end in .safetensors, plays like any other checkpoint, but a run cannot be resumed from it. For
    --kaggle CHECKPOINT may be shipped as well.
    """
    if not (file or kaggle or onnx):
        raise UsageError("export needs a file to write: FILE, --kaggle FILE or --onnx FILE")
    if least and file is None:
        raise UsageError(f"--least {least:g} is for FILE: leave it out, or name a file to write")
    for target in (kaggle, onnx):
        if target is not None and target.exists():
            raise UsageError(f"{target} already exists: name another file")
    if file is not None:
        context.invoke(agent.cli.export, checkpoint=checkpoint, file=file, least=least)
    if kaggle is not None:
        from agent.store.files import write_atomically
        from arena.bridges.kaggle import submission
        from arena.players.specs import shipped

        if checkpoint == Path("shipped"):
            with shipped("connect4") as own:
                text = submission(own)
        else:
            text = submission(checkpoint)
        write_atomically(kaggle, text.encode())
        click.echo(f"{kaggle}: {kaggle.stat().st_size / 1e6:.2f} MB")
    if onnx is not None:
        from arena.bridges import onnx_exporter

        onnx_exporter()(checkpoint, onnx)
        click.echo(f"{onnx}: {onnx.stat().st_size / 1e6:.2f} MB")
