"""The site of the whole course: every link of it leads somewhere, and it is small."""

import gzip
from pathlib import Path

import pytest
from msgspec import structs

from lecture_tracer.catalogue.sources import Course
from lecture_tracer.publish.links import broken, links
from lecture_tracer.publish.site import write_site
from tests.lecture_recordings import LECTURES, ROOT

pytestmark = pytest.mark.timeout(900)  # the first test may have to record all lectures

ADDRESS = "https://example.org/course"
MOST_BYTES = 25_000_000
"""As a web host serves them, compressed."""
PACKED = {".png", ".jpg", ".webp", ".woff2", ".mp4"}


@pytest.fixture(scope="module")
def site(whole_course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, written from the recordings of this suite."""
    if not (ROOT / "trace-viewer/dist/index.html").is_file():
        pytest.skip("the page is not built: make viewer")
    folder = tmp_path_factory.mktemp("whole") / "site"
    about = structs.replace(whole_course.file, address=ADDRESS)
    write_site(ROOT, whole_course.folder, LECTURES, folder, about)
    return folder


def test_every_link_leads_somewhere(site: Path) -> None:
    assert len(links(site)) > 1000
    assert broken(site) == []


def test_it_is_small_enough_for_a_phone(site: Path) -> None:
    def served(file: Path) -> int:
        content = file.read_bytes()
        return len(content if file.suffix in PACKED else gzip.compress(content, 6))

    files = [file for file in site.rglob("*") if file.is_file() and file.suffix != ".gz"]
    assert sum(map(served, files)) <= MOST_BYTES


def test_every_lecture_has_its_page_and_its_place_in_the_feed(site: Path) -> None:
    feed = (site / "feed.xml").read_text(encoding="utf-8")
    for lecture in LECTURES:
        assert (site / f"lectures/{lecture}.html").is_file()
        assert f"{ADDRESS}/?trace={lecture}" in feed
