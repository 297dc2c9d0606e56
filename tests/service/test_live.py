"""Write, save, see it: the events that a page gets."""

import time
from pathlib import Path

from lecture_tracer.trace.store import load
from tests.service.conftest import LECTURE, Running, Start


def begin(start: Start) -> Running:
    service = start("-m", "lecture_01")
    service.listen()
    service.wait_for("recorded")
    time.sleep(0.3)
    return service


def test_a_save_records_again(start: Start, tmp_path: Path) -> None:
    service = begin(start)
    seen = len(service.events)
    (tmp_path / "lecture_01.py").write_text(LECTURE + "    y = 2\n")
    event = service.wait_for("recorded", seen)
    assert (event["lecture"], event["ended"], event["steps"]) == ("lecture_01", "completed", 3)
    assert any(e["type"] == "progress" for e in service.events[seen:])
    assert len(load(tmp_path / "var/traces/lecture_01.json").steps) == 3


def test_a_save_of_an_imported_file_records_again(start: Start, tmp_path: Path) -> None:
    service = begin(start)
    seen = len(service.events)
    (tmp_path / "helper.py").write_text("value = 2\n")
    service.wait_for("recorded", seen)


def test_a_save_that_breaks_and_one_that_repairs(start: Start, tmp_path: Path) -> None:
    service = begin(start)
    good = (tmp_path / "var/traces/lecture_01.json").read_bytes()
    seen = len(service.events)
    (tmp_path / "lecture_01.py").write_text(LECTURE + "    y = = 2\n")
    broken = service.wait_for("broken", seen)
    assert broken["error"].startswith("lecture_01.py:7: syntax error")
    assert (tmp_path / "var/traces/lecture_01.json").read_bytes() == good
    seen = len(service.events)
    (tmp_path / "lecture_01.py").write_text(LECTURE + "    y = 2\n")
    assert service.wait_for("recorded", seen)["steps"] == 3


def test_a_lecture_that_raises_is_recorded_with_its_error(start: Start, tmp_path: Path) -> None:
    service = begin(start)
    seen = len(service.events)
    (tmp_path / "lecture_01.py").write_text(LECTURE + "    1 / 0\n")
    event = service.wait_for("recorded", seen)
    assert event["ended"] == "failed"
    assert event["error"] == "lecture_01.py:7: ZeroDivisionError: division by zero"


def test_twenty_quick_saves_end_with_the_last(start: Start, tmp_path: Path) -> None:
    begin(start)
    for number in range(20):
        (tmp_path / "lecture_01.py").write_text(LECTURE + f"    y = {number}  # @inspect y\n")
        time.sleep(0.03)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        steps = load(tmp_path / "var/traces/lecture_01.json").steps
        if steps[-1].changes == {"y": 19}:
            break
        time.sleep(0.05)
    assert steps[-1].changes == {"y": 19}


def test_a_second_save_cancels_the_first_run(start: Start, tmp_path: Path) -> None:
    service = begin(start)
    seen = len(service.events)
    endless = LECTURE + "    while True:\n        x += 1\n"
    (tmp_path / "lecture_01.py").write_text(endless)
    service.wait_for("progress", seen)
    (tmp_path / "lecture_01.py").write_text(LECTURE)
    assert service.wait_for("recorded", seen)["ended"] == "completed"


def test_a_client_that_leaves_disturbs_nobody(start: Start, tmp_path: Path) -> None:
    import httpx

    service = begin(start)
    for _ in range(5):
        with httpx.stream("GET", service.url + "/api/events") as stream:
            next(stream.iter_lines())
    seen = len(service.events)
    (tmp_path / "lecture_01.py").write_text(LECTURE + "    y = 2\n")
    service.wait_for("recorded", seen)


NEEDS = LECTURE.replace("import helper", "from needed import part")
READS = (
    "from pathlib import Path\nfrom lecture_tracer import image, text\n"
    "\ndef main():\n    rows = Path('data/rows.txt').read_text()  # @inspect rows\n"
    "    Path('written.txt').write_text(rows)\n    Path('written.txt').read_text()\n"
    "    image('images/a.svg')\n    text(rows)\n"
)
SVG = "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h{}'/></svg>"


def test_a_module_that_was_missing_records_again_once_it_is_there(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "lecture_01.py").write_text(NEEDS)
    service = start("-m", "lecture_01")
    service.listen()
    assert "No module named 'needed'" in service.wait_for("broken")["error"]
    time.sleep(0.3)
    (tmp_path / "needed").mkdir()
    (tmp_path / "needed/__init__.py").write_text("")
    time.sleep(0.3)
    (tmp_path / "needed/part.py").write_text("x = 1\n")
    assert service.wait_for("recorded")["ended"] == "completed"


def test_changed_data_and_pictures_record_again_and_what_it_writes_does_not(
    start: Start, tmp_path: Path
) -> None:
    for folder in ("data", "images"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data/rows.txt").write_text("one")
    (tmp_path / "images/a.svg").write_text(SVG.format(1))
    (tmp_path / "lecture_01.py").write_text(READS)
    service = start("-m", "lecture_01")
    service.listen()
    service.wait_for("recorded")
    time.sleep(1.0)
    assert sum(event["type"] == "recorded" for event in service.events) == 1
    for name, content in (("data/rows.txt", "two"), ("images/a.svg", SVG.format(2))):
        seen = len(service.events)
        (tmp_path / name).write_text(content)
        service.wait_for("recorded", seen)
        time.sleep(0.3)
    assert load(tmp_path / "var/traces/lecture_01.json").steps[0].changes == {"rows": "two"}
