"""Which files travel there, and what comes back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.slurm.conftest import Checkout

pytestmark = pytest.mark.slow

ODD_NAME = 'data/it\'s a "quoted" näme $HOME *.txt'


def listing(folder: Path) -> set[str]:
    """Files below a folder, as relative paths."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_odd_names_travel_and_ignored_files_stay(checkout: Checkout) -> None:
    checkout.write(ODD_NAME, "odd\n")
    checkout.write("tracked_then_deleted.txt", "x")
    checkout.git("add", "tracked_then_deleted.txt")
    (checkout.root / "tracked_then_deleted.txt").unlink()
    (checkout.root / "link").symlink_to(ODD_NAME)
    cache = checkout.write("var/cache/200MB.bin", "")
    os.truncate(cache, 200_000_000)
    checkout.write(
        "lecture_01.py",
        "from pathlib import Path\n\ndef main():\n"
        f"    print(Path({ODD_NAME!r}).read_text(), Path('link').read_text())\n",
    )

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    assert "odd\\n odd\\n" in checkout.trace("lecture_01").read_text()
    (tree,) = checkout.trees()
    there = listing(tree)
    assert ODD_NAME in there
    assert "link" in there
    assert not any(name.startswith("var/cache") for name in there)
    assert "remote.toml" not in there
    assert "tracked_then_deleted.txt" not in there


def test_assets_and_changed_records_come_home(checkout: Checkout) -> None:
    for name in ("old", "edited"):
        checkout.write(f"lectures/lecture_06/benchmarks/{name}.json", '{"at": "start"}')
    picture = "<svg xmlns='http://www.w3.org/2000/svg'/>"
    checkout.write("images/local.svg", picture)
    checkout.write(
        "lecture_06.py",
        "from pathlib import Path\nfrom lecture_tracer import image\n\ndef main():\n"
        "    folder = Path('lectures/lecture_06/benchmarks')\n"
        "    (folder / 'new one.json').write_text('{\"device\": \"H100\"}')\n"
        "    (folder / 'edited.json').write_text('{\"at\": \"cluster\"}')\n"
        "    made = Path('var/files/made.svg')\n"
        "    made.parent.mkdir(parents=True, exist_ok=True)\n"
        f'    made.write_text("{picture}")\n'
        "    Path('var/files/unused.bin').write_bytes(b'0' * 1000)\n"
        "    image('var/files/made.svg')\n"
        "    image('images/local.svg')\n",
    )

    done = checkout.run("lecture_06")

    assert done.code == 0, done.said
    records = checkout.root / "lectures/lecture_06/benchmarks"
    assert (records / "new one.json").read_text() == '{"device": "H100"}'
    assert (records / "edited.json").read_text() == '{"at": "cluster"}'
    assert "benchmark record: lectures/lecture_06/benchmarks/new one.json" in done.said
    assert "benchmarks/old.json" not in done.said
    assert (checkout.root / "var/files/made.svg").read_text() == picture
    assert not (checkout.root / "var/files/unused.bin").exists()


def test_picture_that_was_fetched_here_is_not_missed_there(checkout: Checkout) -> None:
    address = "http://127.0.0.1:9/picture.svg"  # where nothing answers
    checkout.write("var/files/kept.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    checkout.write("var/files/addresses.json", f'{{"{address}": "kept.svg"}}')
    checkout.write("var/files/other.bin", "stays here")
    lecture = f"from lecture_tracer import image\n\ndef main():\n    image('{address}')\n"
    checkout.write("lecture_01.py", lecture)

    done = checkout.run("lecture_01")

    assert done.code == 0, done.said
    trace = checkout.trace("lecture_01").read_text()
    assert '"src":"var/files/kept.svg"' in trace
    assert "missing" not in trace
    (tree,) = checkout.trees()
    assert not (tree / "var/files/other.bin").exists()


def test_second_run_sends_only_what_changed_and_reuses_python(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", "def main():\n    print('one')\n")
    checkout.write("data.txt", "original")
    body = "from pathlib import Path\n\ndef main():\n    Path('data.txt').write_text('altered')\n"
    checkout.write("lecture_02.py", body)
    first = checkout.run("lecture_02")
    assert "setting up Python" in first.said

    checkout.write("lecture_01.py", "def main():\n    print(open('data.txt').read())\n")
    second = checkout.run("lecture_01")

    assert second.code == 0, second.said
    assert "setting up Python" not in second.said
    # What the first run's lecture wrote into its checkout is not part of the second's.
    assert "original" in checkout.trace("lecture_01").read_text()
    assert len(list((checkout.remote_folder / "venvs/builds").glob("*"))) == 1


def test_runs_share_a_checkout_and_keep_only_what_they_made(checkout: Checkout) -> None:
    checkout.write("data/large.bin", "x" * 1_000_000)
    checkout.write(
        "lecture_01.py",
        "from pathlib import Path\n\ndef main():\n    Path('made.txt').write_text('mine')\n"
        "    Path('data/large.bin').write_text('changed')\n",
    )
    for _ in range(2):
        done = checkout.run("lecture_01")
        assert done.code == 0, done.said

    (tree,) = checkout.trees()
    assert (tree / "data/large.bin").stat().st_size == 1_000_000
    assert len(checkout.runs()) == 2
    for run in checkout.runs():
        made = {"made.txt", "data/large.bin", "var/traces/lecture_01.json"}
        left = {name for name in listing(run / "checkout") if "/." not in name}
        assert made <= left
        lists = {name for name in left if name.startswith("var/traces/course/")}
        assert left - made - lists <= {"var/traces/index.json"}
    # What is home can be brought again.
    checkout.trace("lecture_01").unlink()
    job = next((checkout.remote_folder / "jobs").iterdir()).name
    assert checkout.run("--attach", job).code == 0
    assert checkout.trace("lecture_01").exists()


def test_trees_and_environments_that_nobody_uses_are_removed(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", "def main():\n    pass\n")
    checkout.configure(keep_checkouts=1, keep_environments=1)
    used = checkout.remote_folder / "venvs/used"
    for number in range(2):
        checkout.write("requirements.lock", f"# {number}\n")
        assert checkout.run("lecture_01").code == 0
    assert len(checkout.trees()) == 2  # within an hour of its last use nothing goes
    before = {path.name for path in used.iterdir()}
    for old in [*checkout.trees(), *used.iterdir()]:
        os.utime(old, (1e9, 1e9))
    checkout.write("requirements.lock", "# 3\n")

    assert checkout.run("lecture_01").code == 0

    assert len(checkout.trees()) == 1
    (left,) = used.iterdir()
    assert left.name not in before
    assert [path.name[:16] for path in (used.parent / "builds").iterdir()] == [left.name]


def test_oldest_runs_at_home_are_removed(checkout: Checkout) -> None:
    checkout.write("lecture_01.py", "def main():\n    pass\n")
    checkout.configure(keep_runs=1)

    for _ in range(2):
        assert checkout.run("lecture_01").code == 0

    assert len(checkout.runs()) == 1
    assert len(list((checkout.remote_folder / "jobs").glob("*"))) == 1
