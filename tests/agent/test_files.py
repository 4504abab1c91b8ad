"""Atomic writes: on disk before they take the old file's place, and never half of either."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.files import write_atomically
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
