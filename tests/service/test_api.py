"""The HTTP interface of a real server: traces, confinement, refusals, runs."""

import concurrent.futures
import gzip
import os
import signal
import statistics
import time
from pathlib import Path

import httpx
import pytest

from tests.service.conftest import Start


def put_trace(folder: Path, name: str, size: int = 0, filler: str = "") -> bytes:
    """Store a trace with `size` bytes or the `filler` printed, and its index."""
    from lecture_tracer.trace import store
    from lecture_tracer.trace.schema import Frame, SourceFile, Step, Trace

    trace = Trace(
        schema=2, lecture=name, main=f"{name}.py", files={f"{name}.py": SourceFile(text="x = 1\n")},
        frames=[Frame(path=f"{name}.py", function="main")],
        steps=[Step(0, 1, stdout=filler or "x" * size)],
    )  # fmt: skip
    path, _ = store.save(folder / "var/traces", trace)
    store.update_index(folder / "var/traces")
    return path.read_bytes()


def test_a_trace_is_served_whole_compressed_in_parts_or_not_at_all(
    start: Start, tmp_path: Path
) -> None:
    content = put_trace(tmp_path, "lecture_07", 1000)
    service = start()
    assert [t["name"] for t in service.get("/api/traces").json()["traces"]] == ["lecture_07"]
    whole = service.get("/api/traces/lecture_07", headers={"Accept-Encoding": "identity"})
    assert whole.content == content
    packed = service.get("/api/traces/lecture_07", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == content
    part = service.get("/api/traces/lecture_07", headers={"Range": "bytes=2-7"})
    assert (part.status_code, part.content) == (206, content[2:8])
    same = {"If-None-Match": packed.headers["etag"]}
    assert service.get("/api/traces/lecture_07", headers=same).status_code == 304
    missing = service.get("/api/traces/lecture_08")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.json()["title"] == "trace-not-found"
    assert service.get("/var/traces/lecture_07.json").content == content
    assert "viewer" in service.get("/").text


@pytest.mark.parametrize(
    "path",
    ["/../secret.png", "/%2e%2e/secret.png", "/..%2fsecret.png", "/var/traces/../../secret.png",
     "/.git/a.png", "/var/files/.addresses.json", "/link.png", "/var/traces/link.json",
     "/lecture_01.py", "/var/remote/a.json", "/api/nothing", "/var/files/%00.png"],
)  # fmt: skip
def test_nothing_outside_is_served(start: Start, tmp_path: Path, path: str) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}-secret.png"
    secret.write_bytes(b"hidden words")
    for link in ("link.png", "var/traces/link.json"):
        (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / link).symlink_to(secret)
    for hidden in (".git/a.png", "var/files/.addresses.json", "var/remote/a.json"):
        (tmp_path / hidden).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / hidden).write_bytes(b"hidden words")
    answer = start().get(path)
    assert answer.status_code == 404
    assert b"hidden words" not in answer.content


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"},
     {"Origin": "http://localhost:1"}],
)  # fmt: skip
def test_a_foreign_page_can_do_nothing(start: Start, headers: dict[str, str]) -> None:
    service = start("--allow-run")
    trusted = {"X-Run-Token": service.token}
    body = {"lecture": "lecture_01"}
    answer = httpx.post(service.url + "/api/runs", json=body, headers={**trusted, **headers})
    assert answer.status_code == 403
    assert answer.json()["title"] == "foreign-request"
    assert service.get("/api/traces", headers=headers).status_code == 403


def test_runs_need_permission_and_token(start: Start) -> None:
    body = {"lecture": "lecture_01"}
    off = httpx.post(start().url + "/api/runs", json=body)
    assert (off.status_code, off.json()["title"]) == (403, "runs-off")
    service = start("--allow-run")
    for token in ("", "wrong", "ü"):
        headers = [(b"X-Run-Token", token.encode())]
        answer = httpx.post(service.url + "/api/runs", json=body, headers=headers)
        assert (answer.status_code, answer.json()["title"]) == (401, "token")


def test_a_run_records_and_can_be_cancelled(start: Start, tmp_path: Path) -> None:
    slow = "import time\ndef main():\n    time.sleep(60)\n"
    (tmp_path / "lecture_02.py").write_text(slow)
    service = start("--allow-run")
    client = httpx.Client(base_url=service.url, headers={"X-Run-Token": service.token}, timeout=20)
    first = client.post("/api/runs", json={"lecture": "lecture_01"})
    assert first.status_code == 202
    done = wait_until(client, first.json()["id"], {"done", "failed"})
    assert (done["state"], done["steps"]) == ("done", 2)
    second = client.post("/api/runs", json={"lecture": "lecture_02"}).json()
    wait_until(client, second["id"], {"running"})
    assert client.delete(f"/api/runs/{second['id']}").json()["state"] == "cancelled"
    for name, slug in (
        ("lecture_03", "lecture-not-found"),
        ("/etc/x", "lecture-not-found"),
        ("helper", "lecture-not-found"),  # a module of this checkout, and no lecture
    ):
        answer = client.post("/api/runs", json={"lecture": name})
        assert answer.json()["title"] == slug
    assert client.get("/api/runs/run-99").status_code == 404
    waiting = [client.post("/api/runs", json={"lecture": "lecture_02"}) for _ in range(6)]
    assert [answer.status_code for answer in waiting] == [202] * 5 + [429]


def wait_until(client: httpx.Client, run: str, states: set[str]) -> dict[str, object]:
    for _ in range(500):
        found: dict[str, object] = client.get(f"/api/runs/{run}").json()
        if found["state"] in states:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def test_killing_a_run_is_told_and_harms_nothing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "lecture_02.py").write_text("import os\ndef main():\n    os.kill(os.getpid(), 9)\n")
    service = start("--allow-run")
    client = httpx.Client(base_url=service.url, headers={"X-Run-Token": service.token}, timeout=20)
    run = client.post("/api/runs", json={"lecture": "lecture_02"}).json()
    done = wait_until(client, run["id"], {"done", "failed"})
    assert (done["state"], done["slug"]) == ("failed", "lecture-crashed")
    assert "SIGKILL" in str(done["error"])
    assert service.get("/api/traces").status_code == 200


@pytest.mark.slow
def test_many_readers_of_a_large_trace_while_a_run_goes_on(start: Start, tmp_path: Path) -> None:
    content = put_trace(tmp_path, "lecture_07", 10_000_000)
    (tmp_path / "lecture_02.py").write_text(
        "import time\ndef main():\n    end = time.time() + 8\n"
        "    while time.time() < end:\n        x = sum(range(10_000))\n"
    )
    service = start("--allow-run")
    httpx.post(
        service.url + "/api/runs", json={"lecture": "lecture_02"},
        headers={"X-Run-Token": service.token},
    )  # fmt: skip

    def read(number: int) -> float:
        started = time.perf_counter()
        answer = service.get("/api/traces/lecture_07")
        assert answer.content == content
        return time.perf_counter() - started

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        seconds = list(pool.map(read, range(200)))
    print(f"200 readers of 10 MB: p95 {statistics.quantiles(seconds, n=20)[-1]:.2f} s")


def test_a_server_that_is_told_to_stop_stops(start: Start) -> None:
    service = start("-m", "lecture_01")
    service.listen()
    service.wait_for("recorded")
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(10) in (0, -signal.SIGINT, 130)
    assert service.process.stdout is not None
    assert "Traceback" not in service.process.stdout.read()


def test_schemathesis_finds_no_server_error(start: Start) -> None:
    """Every documented call with generated input, over the application itself."""
    schemathesis = pytest.importorskip("schemathesis")
    import subprocess
    import sys

    service = start("--allow-run")
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/api/openapi.json",
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance",
        "--max-examples", "15", "--header", f"X-Run-Token: {service.token}",
        "--exclude-path", "/api/events", "--no-color", "--phases", "examples,coverage,fuzzing",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False,
                          env={**os.environ, "HYPOTHESIS_MAX_EXAMPLES": "15"})  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert schemathesis.__name__


def test_gzip_is_made_once_and_right(start: Start, tmp_path: Path) -> None:
    content = put_trace(tmp_path, "lecture_07", 100_000)
    service = start()
    accepting = {"Accept-Encoding": "gzip"}
    with httpx.stream("GET", service.url + "/api/traces/lecture_07", headers=accepting) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == content
    assert len(raw) < len(content) / 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--host", "0.0.0.0", "--allow-run"), "choose a token with --token"),
        (("--host", "203.0.113.1"), "cannot listen on 203.0.113.1"),
    ],
)
def test_unsafe_or_impossible_addresses_are_refused(
    start: Start, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        start(*arguments)
