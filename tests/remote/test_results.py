"""Which files may come home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.results import assets_of, is_whole, parse_collected, parse_full


def test_traces_and_records_are_results() -> None:
    names = ["var/traces/lecture_06.json", "lectures/lecture_06/benchmarks/a b.json"]
    output = b"hello from the login shell\n::files\n" + b"".join(n.encode() + b"\0" for n in names)

    assert parse_collected(output) == names


@pytest.mark.parametrize(
    "name",
    [
        "../lecture_06.json",
        "/etc/passwd",
        "var/traces/../../.git/hooks/pre-commit",
        "var/traces/.hidden.json",
        "lecture_06.py",
        "lectures/lecture_06/evil.py",
    ],
)
def test_other_files_are_refused(name: str) -> None:
    with pytest.raises(RemoteError, match="outside the result folders"):
        parse_collected(b"::files\n" + name.encode() + b"\0")


def test_assets_are_what_images_and_films_point_to(tmp_path: Path) -> None:
    trace = tmp_path / "lecture_06.json"
    outputs = [
        {"kind": "image", "src": "var/files/ab.png"},
        {"kind": "video", "src": "images/film.mp4"},
        {"kind": "image", "src": "../secret"},
        {"kind": "image", "src": ".git/config"},
        {"kind": "image", "src": "https://example.org/a.png"},
        {"kind": "text", "text": "var/files/not-an-asset.png"},
    ]
    trace.write_text(json.dumps({"steps": [{"frame": 0, "line": 1, "outputs": outputs}]}))

    assert assets_of(trace) == ["images/film.mp4", "var/files/ab.png"]


def test_half_a_trace_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "lecture_06.json"
    trace.write_text('{"steps": [')

    with pytest.raises(RemoteError, match=r"lecture_06\.json is not a trace"):
        assets_of(trace)


@pytest.mark.parametrize(
    ("content", "whole"), [(b'{"a": [1]}', True), (b'{"a": [1', False), (b"", False)]
)
def test_half_a_record_is_no_result(tmp_path: Path, content: bytes, whole: bool) -> None:
    record = tmp_path / "record.json"
    record.write_bytes(content)

    assert is_whole(record) is whole


def test_full_disk_is_heard_before_the_names_only() -> None:
    assert parse_full(b"::full No space left on device\n::files\n") == "No space left on device"
    assert parse_full(b"::files\n::full.json\0") == ""
