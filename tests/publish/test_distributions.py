"""The source distribution and the wheel, each installed where this checkout cannot be imported.

Both are built as a release is, by `python -m build`; then a new course is written, recorded,
checked, counted, published and served.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 5_000_000
"""Of the wheel."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(folder: Path, *command: str, path: str = "/usr/bin:/bin") -> str:
    """Run in an environment that knows nothing of this one; gives what was said."""
    kept = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "HOME", "SSL_", "CHROM"))}
    done = subprocess.run(
        command, cwd=folder, env=kept | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both distributions. The wheel is made from the source distribution."""
    if not (ROOT / "trace-viewer/dist/index.html").is_file() and not shutil.which("npm"):
        pytest.skip("the viewer is not built here, and there is no npm")
    folder = tmp_path_factory.mktemp("distributions")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    run(folder, *build, path=os.environ["PATH"])
    return folder


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def metadata_of(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_the_wheel_is_small_and_holds_the_viewer_and_the_types(made: Path) -> None:
    wheel = only(made, "*.whl")
    assert wheel.stat().st_size <= MOST_BYTES
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert names >= {
        "lecture_tracer/built_viewer/index.html",
        "lecture_tracer/built_viewer_single/index.html",
        "lecture_tracer/py.typed",
        "lecture_tracer/starter/template/dot-gitignore",
        "lecture_tracer/starter/template/dot-github/workflows/pages.yml",
        "lecture_tracer/starter/template/first_steps.py",
    }
    assert not [name for name in names if name.startswith(("tests/", "lectures/", "assignments/"))]


def test_the_source_distribution_holds_the_viewer_built_and_as_source(made: Path) -> None:
    with tarfile.open(only(made, "*.tar.gz")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {
        "LICENSE", "README.md", "setup.py", "trace-viewer/dist/index.html",
        "trace-viewer/dist-single/index.html", "trace-viewer/src/main.tsx",
        "trace-viewer/package-lock.json",
    }  # fmt: skip
    assert not [name for name in names if "node_modules" in name or name.startswith("tests/")]


def test_what_an_index_shows(made: Path) -> None:
    described = metadata_of(only(made, "*.whl"))
    assert described["Author"] == "the authors"
    assert described["License-File"] == "LICENSE"
    assert described["Description-Content-Type"] == "text/markdown"
    assert "Typing :: Typed" in described.get_all("Classifier", [])
    links = described.get_all("Project-URL", [])
    page = str(described.get_payload())
    targets = re.findall(r"!?\[[^]]*\]\(([^)\s]+)\)", page)
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []
    assert bool(links) == bool(targets), "the links and the picture need the repository's address"


def without_viewer(folder: Path, *, source_distribution: bool) -> Path:
    """A copy of what a package is built from, in which no viewer was built."""
    copy = folder / "copy"
    ignored = shutil.ignore_patterns("node_modules", "dist*", "__pycache__", "built_viewer*")
    for name in ("lecture_tracer", "trace-viewer"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    if source_distribution:
        (copy / "PKG-INFO").touch()
    return copy


@pytest.mark.parametrize(
    ("source_distribution", "message"),
    [(False, "the viewer needs Node"), (True, "source distribution lacks trace-viewer/dist")],
)
@pytest.mark.parametrize("kind", ["--sdist", "--wheel"])
def test_a_build_without_a_viewer_fails_with_its_reason(
    tmp_path: Path, source_distribution: bool, message: str, kind: str
) -> None:
    copy = without_viewer(tmp_path, source_distribution=source_distribution)
    (tmp_path / "bin").mkdir()
    for name in ("sh", "sed", "awk", "dirname"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
    command = [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", "out", str(copy)]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PATH": str(tmp_path / "bin")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert not list(tmp_path.glob("out/*"))


@pytest.fixture(scope="module", params=["*.whl", "*.tar.gz"])
def installed(
    request: pytest.FixtureRequest, made: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder whose `env` has the distribution and what it needs, each file of the locked hash."""
    folder = tmp_path_factory.mktemp("clean")
    run(folder, sys.executable, "-m", "venv", "env")
    pip = ("env/bin/python", "-m", "pip", "install", "-q")
    run(folder, *pip, "--require-hashes", "-r", str(ROOT / "requirements-tool.lock"))
    run(folder, *pip, "--no-deps", str(only(made, request.param)))
    where = run(folder, "env/bin/python", "-c", "import lecture_tracer as t; print(t.__file__)")
    assert where.startswith(str(folder))
    return folder


def test_a_course_from_its_beginning_to_its_readers(installed: Path) -> None:
    tracer = str(installed / "env/bin/lecture-tracer")
    assert "viewer not built" not in run(installed, tracer, "--version")
    run(installed, tracer, "init", "my-course")
    course = installed / "my-course"
    run(course, tracer, "record", "--strict")
    assert run(course, tracer, "check") == "first_steps: as stored\n"
    assert "implementations stepped into" in run(course, tracer, "report")
    run(course, tracer, "site", "--url", "https://example.org/course")
    assert "<title>My course</title>" in (course / "site/index.html").read_text(encoding="utf-8")
    run(course, tracer, "record", "--changed", "first_steps", "--single-file", "one.html")
    assert "Halving" in (course / "one.html").read_text(encoding="utf-8")
    if shutil.which("chromium") or shutil.which("google-chrome"):
        run(course, tracer, "pdf", "first_steps")
        assert (course / "first_steps.pdf").read_bytes().startswith(b"%PDF")
    with subprocess.Popen(
        [tracer, "serve", "--port", "0"], cwd=course, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            match = re.search(r"http://[\w.]+:\d+/", server.stdout.readline())
            assert match
            with urllib.request.urlopen(match[0]) as page:
                assert "early-" in page.read().decode()
            with urllib.request.urlopen(match[0] + "api/traces") as answer:
                assert [t["name"] for t in json.load(answer)["traces"]] == ["first_steps"]
        finally:
            server.terminate()


def test_an_editable_installation_shows_a_foreign_course(made: Path, tmp_path: Path) -> None:
    """It finds the viewer in its checkout, wherever the course lies. `made` has built it."""
    run(tmp_path, sys.executable, "-m", "lecture_tracer", "init", "course",
        path=os.environ["PATH"])  # fmt: skip
    run(tmp_path / "course", sys.executable, "-m", "lecture_tracer", "site", "-q")
    assert (tmp_path / "course/site/index.html").is_file()
