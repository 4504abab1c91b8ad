"""The README tells the truth: its Python session runs as printed, its commands and options exist."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import click
import pytest

from arena.cli import cli

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_python_session_runs_as_printed() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        test = doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0)
        assert test.examples
        assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def test_every_command_is_in_the_table_and_every_one_named_exists() -> None:
    named = set(re.findall(r"^\| `qzero (\w+)", README, flags=re.MULTILINE))
    assert named == set(cli.commands)
    assert set(re.findall(r"^    \$ qzero (\w+)", README, flags=re.MULTILINE)) <= set(cli.commands)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^    (?:\$ )?make ([a-z]+)", README, re.MULTILINE))))
def test_make_targets_exist(target: str) -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


def test_options_named_exist() -> None:
    commands = [
        command
        for top in cli.commands.values()
        for command in (top.commands.values() if isinstance(top, click.Group) else [top])
    ]
    parameters = [parameter for command in commands for parameter in command.params]
    options = {option for parameter in parameters for option in (*parameter.opts, *parameter.secondary_opts)}
    named = set(re.findall(r"`[^`]*?(--[a-z][a-z-]+)", README))
    assert named - {"--help", "--extra-index-url"} <= options  # the second is pip's
