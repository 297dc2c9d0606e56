"""A site, a single file and a PDF from real traces; the viewer is a stand-in page here."""

import errno
import gzip
import json
import re
import shutil
import threading
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lecture_tracer import viewer
from lecture_tracer.catalogue.build import BUILDERS
from lecture_tracer.command import cli
from lecture_tracer.course_file import CourseFile
from lecture_tracer.errors import PublishError
from lecture_tracer.publish import chromium
from lecture_tracer.publish.single_file import MARKER, single_file
from lecture_tracer.publish.site import write_site
from lecture_tracer.trace import store

PAGE = "<html><head><title>Executable lectures</title></head><body><noscript></noscript>{}</body>"
LECTURE = """
from lecture_tracer import text, image

def main():
    text("# Attack </script><script>alert(1)</script>")
    image("images/a.svg")
"""


@pytest.fixture
def course(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two recorded lectures, a picture that is used and one that is not."""
    for name, page in (("dist", PAGE.format("")), ("dist-single", PAGE.format(MARKER))):
        (checkout / "trace-viewer" / name).mkdir(parents=True)
        (checkout / "trace-viewer" / name / "index.html").write_text(page)
    monkeypatch.setenv(viewer.VARIABLE, str(checkout / "trace-viewer"))
    (checkout / "images").mkdir()
    for name in ("a.svg", "unused.svg"):
        (checkout / "images" / name).write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (checkout / "lecture_01.py").write_text(LECTURE)
    (checkout / "lecture_02.py").write_text("def main():\n    x = 1\n")
    assert cli.main(["-q", "--all"]) == 0
    return checkout


def names_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_site_holds_what_its_traces_use_and_nothing_else(course: Path) -> None:
    about = CourseFile(address="https://a.org/c")
    write_site(course, course / "var/traces", ["lecture_01"], course / "out", about)
    assert names_below(course / "out") == {
        "index.html", "images/a.svg", "var/traces/index.json", "var/traces/lecture_01.json",
        *(f"var/traces/course/{name}.json{end}" for name in BUILDERS for end in ("", ".gz")),
        "var/traces/lecture_01.json.gz", "sitemap.xml", "robots.txt", ".nojekyll", ".lecture-site",
        "feed.xml", "404.html", "lectures/lecture_01.html",
    }  # fmt: skip
    trace = course / "out/var/traces/lecture_01.json"
    assert gzip.decompress(trace.with_name("lecture_01.json.gz").read_bytes()) == trace.read_bytes()
    index = json.loads((course / "out/var/traces/index.json").read_text())
    assert [entry["name"] for entry in index["traces"]] == ["lecture_01"]
    assert "https://a.org/c/?trace=lecture_01" in (course / "out/sitemap.xml").read_text()
    page = (course / "out/index.html").read_text()
    assert "og:image" not in page  # this course has no picture for it
    assert "<script>alert" not in page
    (course / "images/own.png").write_bytes(b"a picture")
    about = CourseFile(title="Attacks & <b>", card="images/own.png", address="https://a.org/c")
    write_site(course, course / "var/traces", ["lecture_01"], course / "out", about)
    page = (course / "out/index.html").read_text()
    assert 'property="og:image" content="https://a.org/c/card.png"' in page
    assert (course / "out/card.png").read_bytes() == b"a picture"
    assert "<title>Attacks &amp; &lt;b&gt;</title>" in page


def test_a_card_that_is_not_there_is_named(course: Path) -> None:
    about = CourseFile(card="images/none.png", address="https://a.org/c")
    with pytest.raises(PublishError, match=r"card: there is no file 'images/none\.png'"):
        write_site(course, course / "var/traces", ["lecture_01"], course / "out", about)
    assert not (course / "out").exists()


def test_a_site_is_replaced_but_other_folders_are_left_alone(course: Path) -> None:
    traces, out = course / "var/traces", course / "out"
    write_site(course, traces, ["lecture_01", "lecture_02"], out, CourseFile())
    write_site(course, traces, ["lecture_02"], out, CourseFile())
    assert not (out / "var/traces/lecture_01.json").exists()
    with pytest.raises(PublishError, match="no site of ours"):
        write_site(course, traces, ["lecture_02"], course / "images", CourseFile())
    assert (course / "images/a.svg").exists()


def test_what_cannot_be_written_is_one_line_that_names_it(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disk that is full is a file that cannot grow: `/dev/full` says the same."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for option, target in (("--single-file", "lecture.html"), ("--site", "site")):
        with monkeypatch.context() as patched:
            place = "shutil.copytree" if option == "--site" else "os.fsync"
            patched.setattr(place, full)
            assert cli.main(["-q", "-m", "lecture_01", "--changed", option, target]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert target in line
        assert "No space left on device" in line
        assert not (course / target).exists()


@pytest.fixture
def served(course: Path) -> Iterator[str]:
    """The site below a sub-path of Python's own web server."""
    write_site(
        course, course / "var/traces", ["lecture_01"], course / "www/sub/course", CourseFile()
    )
    handler = partial(SimpleHTTPRequestHandler, directory=str(course / "www"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/sub/course/"
        server.shutdown()


def test_a_site_works_below_a_sub_path(served: str) -> None:
    for path in ("", "var/traces/index.json", "var/traces/lecture_01.json", "images/a.svg"):
        with urllib.request.urlopen(served + path) as answer:
            assert answer.status == 200


def test_a_single_file_holds_everything_and_no_script_of_the_trace(course: Path) -> None:
    trace = store.load(course / "var/traces/lecture_01.json")
    page = single_file(trace, course)
    assert "<script>alert" not in page
    match = re.search(r'id="embedded-trace">(.*?)</script>', page)
    assert match
    content = json.loads(match[1])
    assert content["name"] == "lecture_01"
    assert content["trace"]["steps"][0]["outputs"][0]["text"].endswith("</script>")
    assert content["assets"]["images/a.svg"].startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ("", "there is none"),
        ("Chromium 90.0.4430.212 built on Debian", "/chromium is 90"),
        ("no such option", "/chromium is of no known version"),
    ],
)
def test_a_missing_or_old_chromium_is_told_before_anything_is_recorded(
    course: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    says: str,
    problem: str,
) -> None:
    if says:
        (course / "chromium").write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
        (course / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", str(course))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "NAMES", ("chromium",))
    (course / "lecture_01.py").unlink()
    (course / "lecture_01.py").write_text("def main():\n    1 / 0\n", encoding="utf-8")
    assert cli.main(["-q", "-m", "lecture_01", "--pdf", "handout.pdf"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "a handout is printed by Chromium 122 or later" in line
    assert problem in line
    assert "apt-get install chromium" in line


def test_a_handout_has_contents_that_lead_to_its_pages(course: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        pytest.skip("no Chromium here")
    page = "".join(
        f"<h1 style='break-before: page'>Part {n} &lt;b&gt;</h1><h2>Some of {n}</h2>text"
        for n in range(1, 4)
    )
    (course / "trace-viewer/dist/index.html").write_text(PAGE.format(page))
    assert cli.main(["-q", "-m", "lecture_01", "--pdf", "handout.pdf"]) == 0
    with pikepdf.open(course / "handout.pdf") as printed, printed.open_outline() as outline:
        assert [page.label for page in printed.pages] == ["i", "1", "2", "3"]
        assert [item.title for item in outline.root] == [f"Part {n} <b>" for n in (1, 2, 3)]
        numbers: dict[Any, int] = {page.objgen: number for number, page in enumerate(printed.pages)}
        links = list(printed.pages[0].obj.Annots)
        assert all("/A" not in link for link in links)
        leads_to = [numbers[link.Dest[0].objgen] for link in links]
        assert list(dict.fromkeys(leads_to)) == [1, 2, 3]


def test_a_page_without_headings_is_printed_as_it_is(course: Path) -> None:
    pytest.importorskip("pikepdf")
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        pytest.skip("no Chromium here")
    assert cli.main(["-q", "-m", "lecture_01", "--pdf", "handout.pdf"]) == 0
    assert (course / "handout.pdf").read_bytes().startswith(b"%PDF")


def test_only_changed_lectures_are_recorded_again(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["-q", "--all", "--changed"]) == 0
    assert "2 of 2 lectures are as recorded" in capsys.readouterr().out
    (course / "lecture_02.py").write_text("def main():\n    x = 2\n    y = 3\n")
    assert cli.main(["-q", "--all", "--changed"]) == 0
    assert "1 of 2 lectures are as recorded" in capsys.readouterr().out
    assert len(store.load(course / "var/traces/lecture_02.json").steps) == 2


def test_a_source_that_was_written_while_it_was_recorded_counts_as_changed(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes_itself = "    Path(__file__).write_text('def main(): pass')\n"
    (course / "lecture_02.py").write_text(
        f"from pathlib import Path\n\ndef main():\n{changes_itself}"
    )
    assert cli.main(["-q", "--all", "--changed"]) == 0
    assert "1 of 2 lectures are as recorded" in capsys.readouterr().out
    assert cli.main(["-q", "--all", "--changed"]) == 0
    assert "1 of 2 lectures are as recorded" in capsys.readouterr().out
    assert cli.main(["-q", "--all", "--changed"]) == 0
    assert "2 of 2 lectures are as recorded" in capsys.readouterr().out


def test_metadata_of_a_package_is_no_source(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A build leaves it in the checkout, and libraries look for entry points there."""
    metadata = course / "mine.egg-info"
    metadata.mkdir()
    (metadata / "PKG-INFO").write_text("Name: mine\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[mine]\na = b\n")
    (course / "data.txt").write_text("1")
    (course / "lecture_02.py").write_text(
        "from importlib.metadata import entry_points\nfrom pathlib import Path\n\n"
        "def main():\n    assert len(entry_points(group='mine')) == 1\n"
        "    data = Path('data.txt').read_text()\n"
    )
    assert cli.main(["-q", "--all", "--changed"]) == 0
    (metadata / "entry_points.txt").write_text("[mine]\nc = d\n")
    capsys.readouterr()
    assert cli.main(["-q", "--all", "--changed"]) == 0
    assert "2 of 2 lectures are as recorded" in capsys.readouterr().out
    (course / "data.txt").write_text("2")
    assert cli.main(["-q", "--all", "--changed"]) == 0
    assert "1 of 2 lectures are as recorded" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--single-file", "--pdf"])
def test_one_lecture_a_file(course: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-q", "--all", option, "x"]) == 2
    assert "takes one lecture, not 2" in capsys.readouterr().err
