"""A file is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from cs336_basics.support.whole_file import whole_file


def test_the_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a.txt") as file:
        file.write(b"new")
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def stop_half_way(path: Path) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        stop_half_way(tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"), whole_file(tmp_path / "nowhere" / "a"):
        pass
