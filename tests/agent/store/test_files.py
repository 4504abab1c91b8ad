"""Atomic writes: on disk before they take the old file's place, and never half of either."""

from __future__ import annotations

import errno
import io
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.store.files import (
    BusyError,
    CheckpointError,
    ReadError,
    WriteError,
    append,
    lock,
    open_to_append,
    read_regular,
    read_tensors,
    sync,
    write_atomically,
    write_tensors,
)
from game.errors import QzeroError


def test_bytes_are_on_disk_before_the_old_file_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut must not leave the new name with no content: fsync comes first, then rename, then the folder."""
    path = tmp_path / "model"
    path.write_bytes(b"old")
    seen: list[tuple[str, bytes]] = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(descriptor: int) -> None:
        seen.append(("fsync", path.read_bytes()))
        fsync(descriptor)

    def watched_replace(self: Path, target: Path) -> Path:
        seen.append((f"rename of {self.read_bytes().decode()}", path.read_bytes()))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    write_atomically(path, b"new")
    assert seen == [("fsync", b"old"), ("rename of new", b"old"), ("fsync", b"new")]
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("failing", ["fsync", "rename"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", full) if failing == "fsync" else (Path, "replace", full)))
    with pytest.raises(QzeroError, match="No space left"):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    assert path.read_bytes() == b"old"


# What is no regular file


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))
    except OSError:
        pytest.skip("only root makes devices, and not everywhere")


def socket_(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)  # paths of sockets are short: the folder at hand is the path's


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


NO_FILES = {
    "fifo": (fifo, "a named pipe"),
    "device": (device, "a device"),
    "socket": (socket_, "a socket"),
    "folder": (folder, "a folder"),
    "loop": (loop, "Too many levels of symbolic links"),
}


@pytest.fixture(params=NO_FILES)
def no_file(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """Something that is no regular file, and what it is called."""
    monkeypatch.chdir(tmp_path)
    make, words = NO_FILES[request.param]
    make(tmp_path / "odd")
    return tmp_path / "odd", words


@pytest.mark.parametrize("write", [lambda path: write_atomically(path, b"new"), open_to_append])
def test_only_files_are_written(write: Callable[[Path], object], no_file: tuple[Path, str]) -> None:
    path, words = no_file
    before = path.lstat().st_mode, path.lstat().st_ino
    with pytest.raises(WriteError, match=f"cannot write .*odd: .*{words}"):
        write(path)
    assert (path.lstat().st_mode, path.lstat().st_ino) == before
    assert [entry.name for entry in path.parent.iterdir()] == ["odd"]


def test_only_files_are_read(no_file: tuple[Path, str]) -> None:
    """At once: opening a named pipe would wait for somebody to write."""
    path, words = no_file
    with pytest.raises(ReadError, match=f"cannot read .*odd: .*{words}"):
        read_regular(path)


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "page").write_bytes(b"old")
    (tmp_path / "link").symlink_to("far/page")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "page").read_bytes() == b"new"
    assert read_regular(tmp_path / "link") == b"new"


def test_a_link_to_what_is_not_there_yet_makes_it(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("page")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "page").read_bytes() == b"new"


def test_a_link_into_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere/page")
    with pytest.raises(WriteError, match=r"cannot write .*link: No such file or directory"):
        write_atomically(tmp_path / "link", b"new")


def test_pieces_are_one_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"one ", memoryview(b"two "), b"three")
    assert (tmp_path / "file").read_bytes() == b"one two three"


def test_files_too_large_are_not_read_into_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.truncate(tmp_path / "file", 1 << 40)  # it takes no room on disk
    with pytest.raises(ReadError, match=r"it has 1,099,511,627,776 bytes, expected at most 10"):
        read_regular(tmp_path / "file", 10)
    with pytest.raises(CheckpointError, match="damaged, cut short or not from qzero"):
        read_tensors(tmp_path / "file")


def test_a_full_disk_names_the_file_and_the_way_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    expected = "cannot write .*model: No space left on device: make room on that disk.* untouched"
    with pytest.raises(WriteError, match=expected):
        write_atomically(tmp_path / "model", b"new")
    with open_to_append(tmp_path / "model") as file, pytest.raises(WriteError, match=expected):
        sync(file, tmp_path / "model")


def test_short_writes_are_gone_on_with(tmp_path: Path) -> None:
    class Slow(io.BytesIO):
        def write(self, data: Any) -> int:
            return super().write(data[:3])

    append(slow := Slow(), tmp_path, b"0123456789")
    assert slow.getvalue() == b"0123456789"


def test_the_lock_is_for_one(tmp_path: Path) -> None:
    with open_to_append(tmp_path / "lock") as ours, open_to_append(tmp_path / "lock") as theirs:
        lock(ours, "it")
        with pytest.raises(BusyError, match="another process is using it"):
            lock(theirs, "it")
    with open_to_append(tmp_path / "lock") as theirs:
        lock(theirs, "it")


def test_a_record_and_tensors_come_back(tmp_path: Path) -> None:
    tensors = {"a": torch.arange(6.0).view(2, 3), "b": torch.tensor(3), "c": torch.empty(0)}
    write_tensors(tmp_path / "file", tensors, {"seed": 7})
    found, record = read_tensors(tmp_path / "file")
    assert record == {"seed": 7}
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)
