"""The pages around the viewer: cards, feed, sitemap, and the page for what is not there."""

import subprocess
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lecture_tracer.course_file import CourseFile
from lecture_tracer.publish.feed import changed
from lecture_tracer.publish.pages import write_pages
from lecture_tracer.trace.schema import IndexEntry

ATOM = "{http://www.w3.org/2005/Atom}"
PAGE = (
    "<html><head><title>Executable lectures</title></head><body><noscript></noscript></body></html>"
)
LECTURE = '''"""How <b>bread</b> & dough rise.

Title: Bread
Minutes: 20
"""


def main():
    x = 1
'''


def entry(name: str, title: str) -> IndexEntry:
    return IndexEntry(
        name=name, file=f"{name}.json", title=title, sections=[], steps=1, bytes=1,
        ended="finished", source_hash="0",
    )  # fmt: skip


def written(root: Path, **course: object) -> Path:
    """A site of two lectures, of which only the first lies in the course's folder still."""
    (root / "lecture_01.py").write_text(LECTURE, encoding="utf-8")
    site = root / "site"
    site.mkdir()
    (site / "index.html").write_text(PAGE, encoding="utf-8")
    entries = [entry("lecture_01", "Bread"), entry("gone", "Salt & <i>water</i>")]
    write_pages(root, site, entries, CourseFile(**course))  # type: ignore[arg-type]
    return site


def test_a_lecture_has_a_page_of_its_own_that_leads_on(tmp_path: Path) -> None:
    site = written(tmp_path, title="Baking", address="https://a.org/c")
    page = (site / "lectures/lecture_01.html").read_text()
    assert '<meta property="og:title" content="Bread" />' in page
    assert 'content="How &lt;b&gt;bread&lt;/b&gt; &amp; dough rise."' in page
    assert '<meta http-equiv="refresh" content="0; url=../?trace=lecture_01" />' in page
    other = (site / "lectures/gone.html").read_text()
    assert "<h1>Salt &amp; &lt;i&gt;water&lt;/i&gt;</h1>" in other


def test_a_feed_has_an_entry_for_each_lecture(tmp_path: Path) -> None:
    site = written(tmp_path, title="Baking & co", address="https://a.org/c", authors=("A. Baker",))
    feed = ElementTree.parse(site / "feed.xml").getroot()
    assert feed.findtext(f"{ATOM}title") == "Baking & co"
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "A. Baker"
    entries = feed.findall(f"{ATOM}entry")
    assert [e.findtext(f"{ATOM}title") for e in entries] == ["Bread", "Salt & <i>water</i>"]
    assert entries[0].findtext(f"{ATOM}id") == "https://a.org/c/?trace=lecture_01"
    assert entries[0].findtext(f"{ATOM}summary") == "How <b>bread</b> & dough rise."
    dates = [datetime.fromisoformat(e.findtext(f"{ATOM}updated", "")) for e in entries]
    assert all(date.tzinfo for date in dates)
    assert feed.findtext(f"{ATOM}updated") == max(dates).isoformat()
    assert 'href="feed.xml"' in (site / "index.html").read_text()


def test_without_an_address_there_is_nothing_that_needs_one(tmp_path: Path) -> None:
    site = written(tmp_path)
    assert {path.name for path in site.iterdir()} == {"index.html", "404.html"}
    assert "feed" not in (site / "index.html").read_text()
    assert "href" not in (site / "404.html").read_text()


def test_a_missing_page_leads_to_the_course_from_any_depth(tmp_path: Path) -> None:
    site = written(tmp_path, title="Baking", address="https://a.org/c")
    page = (site / "404.html").read_text()
    assert '<a href="https://a.org/c/">Baking</a>' in page
    assert '<meta name="robots" content="noindex" />' in page


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def test_a_lecture_changed_when_its_folder_did(tmp_path: Path) -> None:
    lecture = tmp_path / "lecture_01.py"
    helper = tmp_path / "lectures/lecture_01/helper.py"
    helper.parent.mkdir(parents=True)
    lecture.write_text(LECTURE)
    helper.write_text("x = 1\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "x",
        "--date", "2026-02-03T04:05:06Z")  # fmt: skip
    for file in (lecture, helper):
        assert changed(tmp_path, lecture) >= datetime(2026, 2, 3, tzinfo=UTC)
        file.touch()
    (tmp_path / "lecture_02.py").write_text(LECTURE)
    new = changed(tmp_path, tmp_path / "lecture_02.py")
    assert abs((new - datetime.now(UTC)).total_seconds()) < 600


@pytest.mark.usefixtures("monkeypatch")
def test_outside_a_repository_the_newest_file_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lecture = tmp_path / "lecture_01.py"
    lecture.write_text(LECTURE)
    assert changed(tmp_path, lecture).timestamp() == int(lecture.stat().st_mtime)
