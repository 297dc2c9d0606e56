"""What is served: only what a trace shows, from wherever the traces lie, and to HEAD as well."""

from pathlib import Path

import httpx
import pytest

from lecture_tracer.trace import store
from lecture_tracer.trace.schema import Frame, ImageRendering, SourceFile, Step, Trace
from tests.service.conftest import Start

PICTURES = ("images/shown.png", "images/private.pdf", "films/other.mp4", "var/files/ab.png")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A checkout with four files, of which one trace shows two."""
    for name in PICTURES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"content of " + name.encode())
    put(tmp_path / "var/traces", "images/shown.png", "var/files/ab.png")
    return tmp_path


def put(folder: Path, *sources: str) -> None:
    """Store a trace that shows these files."""
    outputs = [ImageRendering(src=source) for source in sources]
    trace = Trace(
        schema=2, lecture="lecture_07", main="lecture_07.py",
        files={"lecture_07.py": SourceFile(text="x = 1\n")},
        frames=[Frame(path="lecture_07.py", function="main")],
        steps=[Step(0, 1, outputs=list(outputs))],
    )  # fmt: skip
    path, _ = store.save(folder, trace)
    store.update_index(folder, [store.entry_of(trace, path)])


def test_only_what_a_trace_shows_is_served(start: Start, pictures: Path) -> None:
    service = start()
    served = [name for name in PICTURES if service.get(f"/{name}").status_code == 200]
    assert served == ["images/shown.png", "var/files/ab.png"]
    put(pictures / "var/traces", "films/other.mp4")
    served = [name for name in PICTURES if service.get(f"/{name}").status_code == 200]
    assert served == ["films/other.mp4"]


def test_a_trace_cannot_open_what_lies_outside(start: Start, pictures: Path) -> None:
    secret = pictures.parent / f"{pictures.name}-secret.png"
    secret.write_bytes(b"hidden words")
    (pictures / "link.png").symlink_to(secret)
    put(pictures / "var/traces", f"../{secret.name}", "link.png", "lecture_01.py", ".git/a.png")
    service = start()
    for path in (f"/../{secret.name}", f"/%2e%2e/{secret.name}", "/link.png", "/lecture_01.py"):
        answer = service.get(path)
        assert answer.status_code == 404
        assert b"hidden words" not in answer.content


def test_a_trace_that_cannot_be_read_shows_nothing(start: Start, pictures: Path) -> None:
    service = start()
    (pictures / "var/traces/lecture_07.json").write_text('{"steps": [')
    assert service.get("/images/shown.png").status_code == 404


def test_traces_lie_where_the_option_says(start: Start, pictures: Path) -> None:
    put(pictures / "elsewhere", "images/private.pdf")
    service = start("-o", "elsewhere", "-m", "lecture_01")
    service.listen()
    service.wait_for("recorded")
    names = [entry["name"] for entry in service.get("/api/traces").json()["traces"]]
    assert names == ["lecture_01", "lecture_07"]
    assert service.get("/var/traces/lecture_01.json").json()["lecture"] == "lecture_01"
    assert (pictures / "elsewhere/lecture_01.json").is_file()
    assert not (pictures / "var/traces/lecture_01.json").exists()
    assert service.get("/images/private.pdf").status_code == 200
    assert service.get("/images/shown.png").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/", "/api/traces", "/api/traces/lecture_07", "/var/traces/lecture_07.json",
     "/images/shown.png", "/api/events"],
)  # fmt: skip
def test_head_says_what_get_would(start: Start, pictures: Path, path: str) -> None:
    service = start()
    head = httpx.head(service.url + path)
    assert (head.status_code, head.content) == (200, b"")
    if path != "/api/events":  # which has no end
        got = service.get(path)
        for name in ("content-type", "content-length", "content-encoding", "etag"):
            assert head.headers.get(name) == got.headers.get(name), name
    assert httpx.head(service.url + "/nothing.png").status_code == 404
