"""The script behind `make pages`."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "experiments" / "pages.py"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["tictactoe", "nope"], "no game is called 'nope'"),
        (["tictactoe", "--folder", "taken"], "taken: File exists"),
        (["tictactoe", "--without", "onely"], "--without onely: nobody of that name plays; leave out one of shipped, "),
    ],
)
def test_bad_input_is_told_in_one_line_before_anything_is_played(given: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *given], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "pages").exists()
