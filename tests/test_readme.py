"""README.md and docs/ tell the truth: sessions run as printed; commands, options, settings, files and links exist."""

from __future__ import annotations

import dataclasses
import doctest
import importlib.util
import itertools
import re
import shlex
from pathlib import Path

import click
import pytest

from agent.config import TrainConfig
from arena.cli import cli

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_OURS = {"--extra-index-url", "--help"}  # pip's, and click's
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code(page: Path) -> list[str]:
    """Every code span, and every line of indented or fenced blocks that are shell commands."""
    plain = re.sub(r"```\w+\n.*?```", "", text(page), flags=re.DOTALL)
    return [" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`", plain)] + [
        line.strip().removeprefix("$ ").partition("#")[0].strip()
        for line in re.findall(r"^    .+$", plain, re.MULTILINE)
    ]


def commands(page: Path) -> list[list[str]]:
    """The words of every `qzero COMMAND ...`."""
    return [
        shlex.split(span.removeprefix(".venv/bin/"))[1:]
        for span in code(page)
        if re.match(r"(\.venv/bin/)?qzero [a-z]", span) and "python3" not in span
    ]


def parameters(command: click.Command) -> dict[str, click.Parameter]:
    """The options of a command, or of all commands of a group, by name."""
    if isinstance(command, click.Group):
        return {name: one for inner in command.commands.values() for name, one in parameters(inner).items()}
    return {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}


def check_options(words: list[str], known: dict[str, click.Parameter]) -> None:
    """Every --option is known; where it takes one of several words, or a setting, the next word is such a one."""
    settings = {item.name for item in dataclasses.fields(TrainConfig)}
    for word, value in itertools.pairwise([*words, ""]):
        name = word.partition("=")[0]
        if not name.startswith("--") or name in NOT_OURS:
            continue
        assert name in known, name
        kind = known[name].type
        if isinstance(kind, click.Choice) and value and not value.startswith("--"):
            assert value in kind.choices, f"{name} {value}"
        if name == "--set":
            assert value.partition("=")[0] in settings, value


def test_the_readme_is_short() -> None:
    assert len(text(README).splitlines()) < 150


@pytest.mark.parametrize("page", [page for page in PAGES if ">>>" in text(page)], ids=lambda page: page.name)
def test_python_sessions_run_as_printed(page: Path) -> None:
    session = "".join(re.findall(r"```python\n(.*?)```", text(page), flags=re.DOTALL))
    test = doctest.DocTestParser().get_doctest(session, {}, page.name, str(page), 0)
    assert len(test.examples) == session.count(">>>") > 3
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def test_every_command_is_in_the_readmes_table() -> None:
    named = set(re.findall(r"^\| `qzero (\w+)", text(README), flags=re.MULTILINE))
    assert named == {name for name, command in cli.commands.items() if not command.hidden}


@pages
def test_commands_and_their_options_exist(page: Path) -> None:
    for name, *words in commands(page):
        command: click.Command = cli.commands[name]
        if isinstance(command, click.Group):
            assert words, f"{name} names no command"
            command = command.commands[words[0]]
        check_options(words, parameters(command))


@pages
def test_options_named_alone_exist(page: Path) -> None:
    known = parameters(cli) | parameters(cli.commands["train"])
    for span in code(page):
        if span.startswith("--"):
            check_options(span.replace(",", "").split(), known)


@pages
def test_make_targets_exist(page: Path) -> None:
    targets = {span.split()[1] for span in code(page) if re.match(r"make [a-z]", span)}
    assert targets <= set(re.findall(r"^([a-z]+):", text(ROOT / "Makefile"), re.MULTILINE))


@pages
def test_modules_that_are_run_exist(page: Path) -> None:
    for span in code(page):
        for module in re.findall(r"python -m ([\w.]+)", span):
            assert importlib.util.find_spec(module), module


@pages
def test_files_named_exist(page: Path) -> None:
    top = "agent|arena|benchmarks|docs|experiments|game|tests"
    for span in code(page):
        for path in re.findall(rf"(?<![\w./])(?:{top})/[\w./-]*", span):
            assert (ROOT / path.rstrip(".")).exists(), path


@pages
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", text(there), flags=re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, target


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [README]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            found = re.findall(r"\]\(([^)#\s]+)", text(page))
            waiting += [(page.parent / one).resolve() for one in found if not one.startswith("http")]
    assert reached >= set(PAGES)
