"""Which files travel, and the names that their content gives them."""

from __future__ import annotations

import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.steps import lock_file, venv_key
from lecture_tracer.remote.sync import checkout_tree, tracer_needs, tracer_tree

CONFIG = RemoteConfig(host="hpc")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course with one lecture."""
    (tmp_path / "lecture_01.py").write_text("def main(): ...\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def commit(root: Path) -> None:
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    who = ["-c", "user.name=t", "-c", "user.email=t@t"]
    subprocess.run(["git", *who, "commit", "-q", "-m", "Change"], cwd=root, check=True)


def test_checkout_is_named_after_commit_and_content(root: Path) -> None:
    assert checkout_tree(root).key.startswith("uncommitted-")
    commit(root)
    clean = checkout_tree(root)
    assert clean.key == checkout_tree(root).key

    (root / "lecture_01.py").write_text("def main(): pass\n")
    changed = checkout_tree(root)
    (root / "lecture_01.py").chmod(0o755)
    executable = checkout_tree(root)

    assert clean.key.partition("-")[0] == changed.key.partition("-")[0]
    assert len({clean.key, changed.key, executable.key}) == 3


def test_links_travel_as_links(root: Path) -> None:
    (root / "link").symlink_to("nowhere")
    before = checkout_tree(root)
    (root / "link").unlink()
    (root / "link").symlink_to("elsewhere")

    assert b"link" in before.names
    assert before.key != checkout_tree(root).key


def test_configuration_stays_here(root: Path) -> None:
    (root / "remote.toml").write_text('host = "secret"')

    assert b"remote.toml" not in checkout_tree(root).names


def test_a_course_without_the_tracer_gets_this_one(root: Path) -> None:
    tracer = tracer_tree(checkout_tree(root))

    assert tracer is not None
    assert b"lecture_tracer/remote/scripts/job.sh" in tracer.names
    assert not any(b"built_viewer" in name or b"__pycache__" in name for name in tracer.names)

    (root / "lecture_tracer").mkdir()
    (root / "lecture_tracer/__init__.py").write_text("")
    assert tracer_tree(checkout_tree(root)) is None


def test_lock_file_or_else_the_usual_requirements(root: Path) -> None:
    with pytest.raises(RemoteError, match=r"no requirements\.lock in"):
        venv_key(root, CONFIG)
    (root / "requirements.txt").write_text("numpy")
    assert lock_file(root, CONFIG) == "requirements.txt"
    assert lock_file(root, RemoteConfig(host="hpc", lock_file="my.lock")) == "my.lock"
    (root / "requirements.lock").write_text("numpy==2")
    assert lock_file(root, CONFIG) == "requirements.lock"


def test_environment_is_named_after_all_that_makes_it(root: Path) -> None:
    (root / "requirements.lock").write_text("numpy==2")
    modules = RemoteConfig(host="hpc", setup=("module load python",))

    keys = {venv_key(root, CONFIG), venv_key(root, modules), venv_key(root, CONFIG, ["msgspec"])}

    assert len(keys) == 3


def test_what_the_tracer_needs_is_read_from_its_own_metadata() -> None:
    if not list(metadata.distributions(name="lecture-tracer")):
        pytest.skip("the tracer is on the path here and not installed")
    assert any(need.startswith("msgspec") for need in tracer_needs())
