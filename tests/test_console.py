"""The console command as the system meets it: streams that are closed, signals before anything is imported, memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arena.failure import in_words

ROOT = Path(__file__).parent.parent
START = "from arena.console import main; main()"


def console(shell: str, *, before: Path | None = None, code: str = START) -> subprocess.CompletedProcess[bytes]:
    """`qzero` in a shell line such as `qzero games >&-`; `before`: a folder whose modules come first."""
    paths = [str(path) for path in (before, ROOT) if path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    line = f'qzero() {{ "{sys.executable}" -c "{code}" "$@"; }}; {shell}'
    return subprocess.run(["sh", "-c", line], env=environment, capture_output=True, check=False, timeout=120)


def test_closed_output_is_told() -> None:
    found = console("qzero --version >&-")
    assert found.returncode == 1
    assert found.stderr == b"qzero: standard output is closed: the output is lost\n"


def test_closed_errors_go_nowhere() -> None:
    """Not to standard output, and not into the first file that is opened."""
    found = console("qzero match >out-of-the-way 2>&-; status=$?; cat out-of-the-way; rm out-of-the-way; exit $status")
    assert (found.returncode, found.stdout) == (2, b"")


def test_closed_input_is_no_input() -> None:
    assert console("qzero --version <&- >/dev/null").returncode == 0


@pytest.mark.parametrize("ignored", [False, True])
def test_a_signal_while_modules_are_imported(ignored: bool, tmp_path: Path) -> None:
    """One line and 130; nothing where whoever started us wants it ignored."""
    (tmp_path / "click.py").write_text(
        "import os, signal\n"
        "try:\n    os.kill(os.getpid(), signal.SIGINT)\n    [0 for _ in range(10)]\n"
        "finally:\n    print('unwound')\n"
        "raise SystemExit(7)\n"
    )
    found = console("trap '' INT; qzero games" if ignored else "qzero games", before=tmp_path)
    if ignored:
        assert (found.returncode, found.stdout, found.stderr) == (7, b"unwound\n", b"")
    else:
        assert (found.returncode, found.stdout, found.stderr) == (130, b"", b"qzero: stopped\n")


def test_names_that_are_no_text_are_printed_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("print('\\udcff \\u2212'); raise SystemExit(0)\n")
    found = console("LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 PYTHONIOENCODING=ascii:strict qzero", before=tmp_path)
    assert (found.stdout, found.stderr) == (b"\xff ?\n", b"")


MEMORY = "out of memory: ask for fewer --games or a smaller network"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), MEMORY),
        (RuntimeError("std::bad_alloc"), MEMORY),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
            MEMORY,
        ),
        (RuntimeError("could not create a primitive"), MEMORY),
        (RuntimeError("can't start new thread"), MEMORY),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), MEMORY),
        (OSError(12, "Cannot allocate memory"), MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."), "out of memory on the GPU"),
        (OSError(28, "No space left on device"), "cannot write to standard output: No space left on device: make room"),
        (OSError(28, "No space left on device", "runs/x"), "runs/x: No space left on device"),
    ],
    ids=str,
)
def test_what_the_machine_lacks_is_said_in_words(error: Exception, words: str) -> None:
    told = in_words(error)
    assert told is not None
    assert told[0].startswith(words)
    assert told[1] == 1


@pytest.mark.parametrize("error", [RuntimeError("a fault"), ImportError("no module"), ValueError(), KeyError("x")])
def test_faults_of_ours_have_no_words(error: Exception) -> None:
    assert in_words(error) is None


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_saving_takes_no_memory_of_the_size_of_what_is_saved(tmp_path: Path) -> None:
    """The library aborts the process where there is none, with a backtrace of another language."""
    code = f"""
import os, resource, torch
from pathlib import Path
from agent.store.files import write_tensors
tensor = torch.zeros(1 << 26)
write_tensors(Path('{tmp_path}/small'), {{'a': tensor[:9]}}, {{}})
used = int(Path('/proc/self/statm').read_text().split()[0]) * os.sysconf('SC_PAGE_SIZE')
resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 26), used + (1 << 26)))
write_tensors(Path('{tmp_path}/model'), {{'a': tensor}}, {{}})
"""
    found = console("qzero", code=code)
    assert (found.returncode, found.stderr) == (0, b"")
    assert (tmp_path / "model").stat().st_size > 4 << 26


@pytest.mark.parametrize(("given", "status"), [("--version", 0), ("nonsense", 2)])
def test_a_rank_ends_before_what_torch_has_built_is_taken_down(given: str, status: int) -> None:
    code = f"""
import atexit, os
class Late:
    def __del__(self, abort=os.abort): abort()
late = Late()
atexit.register(print, 'tidied up')
{START}
"""
    alone = console(f"qzero {given}", code=code)
    assert alone.returncode == 134  # the planted abort
    ranks = "RANK=1 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29500"
    found = console(f"{ranks} qzero {given}", code=code)
    assert (found.returncode, found.stdout) == (status, alone.stdout)
    assert alone.stderr.startswith(found.stderr)  # the shell tells of the abort after it
    assert found.stdout.endswith(b"tidied up\n")
