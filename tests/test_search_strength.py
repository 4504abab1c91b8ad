"""The script that draws strength against the time a move."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "experiments" / "search_strength.py"


def run(*given: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(SCRIPT), *given], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_tournament_becomes_a_table_and_a_picture(tmp_path: Path) -> None:
    done = run("tictactoe", "--games", "40", "--nodes", "3,9", "--folder", "found", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    assert [row[:2] for row in rows] == [["`tictactoe`", nodes] for nodes in ("1", "3", "9")]
    assert rows[0][3] == "+0"
    assert all(row[3].endswith(")") and " to " in row[3] for row in rows[1:])
    assert (tmp_path / "found" / "search.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "found" / "tictactoe.db").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["nope"], "no game is called 'nope'"),
        (["othello:6"], "no player of othello:6 comes with qzero; choose from othello, "),
        (["tictactoe", "--nodes", "4,x"], "--nodes 4,x: give whole numbers from 2 on"),
        (["tictactoe", "--folder", "taken"], "taken: File exists"),
    ],
)
def test_bad_input_is_told_in_one_line(given: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = run(*given, folder=tmp_path)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
