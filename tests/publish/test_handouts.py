"""Handouts and task sheets in a folder: what is printed again, checked and committed."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from lecture_tracer import viewer
from lecture_tracer.command import cli
from lecture_tracer.course import find_lectures
from lecture_tracer.errors import PublishError
from lecture_tracer.publish import chromium, pdf
from lecture_tracer.publish.handouts import task_sheets
from lecture_tracer.publish.paper_site import paper_site
from lecture_tracer.publish.printed_sources import KEY, read_hashes, source_hashes, why_stale

ROOT = Path(__file__).resolve().parents[2]
HANDOUTS = ROOT / "nonexecutable"
MOST_OF_A_LECTURE, MOST_OF_A_SHEET, MOST_TOGETHER = 1_500_000, 300_000, 20_000_000
PAGE = "<html><head><title>Executable lectures</title></head><body>{}</body></html>"


@pytest.fixture
def course(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two lectures, one of which reads a file and uses a module, and a task sheet."""
    built = checkout / "trace-viewer/dist"
    built.mkdir(parents=True)
    (built / "index.html").write_text(PAGE.format("<h1>Printed</h1>"))
    monkeypatch.setenv(viewer.VARIABLE, str(checkout / "trace-viewer"))
    folder = checkout / "lectures/lecture_01"
    folder.mkdir(parents=True)
    (folder / "numbers.txt").write_text("1 2 3")
    (checkout / "lecture_01.py").write_text(
        "from pathlib import Path\n\n"
        "def main():\n    x = Path('lectures/lecture_01/numbers.txt').read_text()\n"
    )
    (checkout / "lecture_02.py").write_text("def main():\n    x = 1\n")
    assignment = checkout / "assignments/assignment1-basics"
    assignment.mkdir(parents=True)
    (assignment / "pyproject.toml").write_text("[project]\nname = 'basics'\n")
    (assignment / "handout.md").write_text("# The first assignment\n\nWrite it.\n")
    return checkout


@pytest.fixture
def prints(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A browser that prints one empty page for each address; gives what it was asked for."""
    asked: list[str] = []

    def print_page(address: str, printed: Path, profile: Path) -> None:
        asked.append(address.split("?")[-1])
        blank = pikepdf.new()
        blank.add_blank_page()
        blank.save(printed)

    monkeypatch.setattr(pdf, "print_page", print_page)
    monkeypatch.setattr(chromium, "find_chromium", lambda: "chromium")
    return asked


def test_all_lectures_and_task_sheets_go_to_a_folder(course: Path, prints: list[str]) -> None:
    assert cli.main(["pdf", "-q", "-o", "out"]) == 0
    assert sorted(path.name for path in (course / "out").iterdir()) == [
        "assignment1-basics.pdf",
        "lecture_01.pdf",
        "lecture_02.pdf",
    ]
    assert sorted(prints) == [
        "page=handout&assignment=assignment1-basics&print=1",
        "trace=lecture_01&print=1",
        "trace=lecture_02&print=1",
    ]
    with pikepdf.open(course / "out/assignment1-basics.pdf") as sheet:
        assert sheet.docinfo["/Title"] == "The first assignment"
        assert "/CreationDate" not in sheet.docinfo


@pytest.mark.parametrize(
    ("changed", "printed"),
    [
        ("lecture_02.py", "trace=lecture_02&print=1"),
        ("lectures/lecture_01/numbers.txt", "trace=lecture_01&print=1"),
        (
            "assignments/assignment1-basics/handout.md",
            "page=handout&assignment=assignment1-basics&print=1",
        ),
    ],
)
def test_only_what_changed_is_printed_again(
    course: Path, prints: list[str], capsys: pytest.CaptureFixture[str], changed: str, printed: str
) -> None:
    assert cli.main(["pdf", "-q", "-o", "out"]) == 0
    prints.clear()
    assert cli.main(["pdf", "-q", "-o", "out", "--check"]) == 0
    with (course / changed).open("a") as file:
        file.write("\n# more\n")
    capsys.readouterr()
    assert cli.main(["pdf", "-q", "-o", "out", "--check"]) == 1
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    name = printed.split("&print")[0].split("=")[-1]
    assert line == (
        f"out/{name}.pdf: {changed} changed; print it with `lecture-tracer pdf -o out {name}`"
    )
    assert "2 of 3 handouts are as printed" in said.out
    assert prints == []
    assert cli.main(["pdf", "-q", "-o", "out"]) == 0
    assert prints == [printed]
    assert cli.main(["pdf", "-q", "-o", "out", "--check"]) == 0


def test_what_was_printed_before_a_failure_stays_and_is_not_printed_again(
    course: Path, prints: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    works: Callable[[str, Path, Path], None] = vars(pdf)["print_page"]

    def fails(address: str, printed: Path, profile: Path) -> None:
        if "lecture_02" in address:
            raise PublishError("Chromium printed nothing: out of paper")
        works(address, printed, profile)

    with monkeypatch.context() as broken:
        broken.setattr(pdf, "print_page", fails)
        assert cli.main(["pdf", "-q", "lecture_01", "lecture_02", "-o", "out"]) == 2
    assert (course / "out/lecture_01.pdf").is_file()
    assert not (course / "out/lecture_02.pdf").exists()
    prints.clear()
    assert cli.main(["pdf", "-q", "lecture_01", "lecture_02", "-o", "out"]) == 0
    assert prints == ["trace=lecture_02&print=1"]


def test_a_lecture_that_fails_leaves_its_handout_as_it_was(
    course: Path, prints: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["pdf", "-q", "-o", "out"]) == 0
    before = (course / "out/lecture_02.pdf").read_bytes()
    (course / "lecture_02.py").write_text("def main():\n    1 / 0\n")
    assert cli.main(["pdf", "-q", "-o", "out"]) == 1
    assert "lecture_02: it did not end well, out/lecture_02.pdf stays" in capsys.readouterr().err
    assert (course / "out/lecture_02.pdf").read_bytes() == before


def test_notes_and_one_file_and_wrong_words(
    course: Path, prints: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["pdf", "-q", "lecture_02", "--notes", "-o", "one.pdf"]) == 0
    assert prints == ["trace=lecture_02&print=1&notes=1"]
    assert cli.main(["pdf", "-q", "lecture_01", "lecture_02", "--notes", "-o", "out"]) == 0
    assert (course / "out/lecture_01-notes.pdf").is_file()
    assert cli.main(["pdf", "-q", "-o", "out.pdf"]) == 2
    assert "3 handouts go to a folder, not a file" in capsys.readouterr().err


def test_a_handout_says_what_it_was_printed_from(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    files = [tmp_path / name for name in ("a.py", "b.json", "var/made.png")]
    for file in files:
        file.write_text(file.name)
    hashes = source_hashes(tmp_path, [*files, tmp_path / "gone", Path("/etc/hostname")])
    assert list(hashes) == ["a.py", "b.json"]  # generated and foreign files are no sources
    printed = tmp_path / "a.pdf"
    assert why_stale(printed, tmp_path) == "not printed yet"
    printed.write_text("no PDF")
    assert why_stale(printed, tmp_path) == "it does not say what it was printed from"
    with pikepdf.new() as document:
        document.docinfo[KEY] = json.dumps(hashes | {"a.py": "0"})
        document.save(printed)
    assert read_hashes(printed)["b.json"] == hashes["b.json"]
    assert why_stale(printed, tmp_path) == "a.py changed"
    (tmp_path / "a.py").unlink()
    assert why_stale(printed, tmp_path) == "a.py is gone"
    (tmp_path / "b.json").write_text("other")
    assert why_stale(printed, tmp_path) == "a.py is gone and 1 more"


def test_links_to_other_pages_lead_to_the_web_or_to_the_file_beside() -> None:
    document = pikepdf.new()
    page = document.add_blank_page()

    def link(address: str) -> pikepdf.Object:
        action = pikepdf.Dictionary(S=pikepdf.Name("/URI"), URI=address)
        return pikepdf.Dictionary(Subtype=pikepdf.Name("/Link"), A=action)

    def led(address: str) -> list[pikepdf.Object]:
        served = "http://127.0.0.1:8000/"
        found = [f"{served}?trace=lecture_02&step=7", "https://arxiv.org/abs/1706.03762"]
        page.obj.Annots = pikepdf.Array([link(one) for one in found])
        about = pdf.Document(name="a", title="A", query="", address=address)
        pdf._lead_elsewhere(document, about, served)
        return [annotation.A for annotation in page.obj.Annots]

    inside, outside = led("")
    assert (str(inside.S), str(inside.F)) == ("/GoToR", "lecture_02.pdf")
    assert str(outside.URI) == "https://arxiv.org/abs/1706.03762"
    inside, _ = led("https://a.org/course")
    assert str(inside.URI) == "https://a.org/course/?trace=lecture_02&step=7"


def test_titles_are_written_as_in_the_lecture() -> None:
    """The browser leaves out the space where a heading breaks, and says twice what it moved."""
    document = pikepdf.new()
    document.add_blank_page()
    with document.open_outline() as outline:
        for title in ("A long,wide heading", "Next stepNext step", "So so", "`softmax`"):
            outline.root.append(pikepdf.OutlineItem(title, 0))
    titles = ["A long, wide heading", "Next step"]
    found = [heading.title for heading in pdf._headings(document, titles)]
    assert found == ["A long, wide heading", "Next step", "So so", "`softmax`"]


def test_the_pages_are_served_on_loopback_alone(course: Path) -> None:
    assert cli.main(["-q", "--all"]) == 0
    with paper_site(course, course / "var/traces", ["lecture_01"]) as site:
        assert site.address.startswith("http://127.0.0.1:")
        assert (site.folder / "var/traces/lecture_01.json").is_file()
    assert not site.folder.exists()


def test_what_git_ignores_is_no_source(tmp_path: Path) -> None:
    """A clone does not have it: the handout would be stale there at once."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("*.bin\nbuilt/\n")
    (tmp_path / "built").mkdir()
    files = [tmp_path / name for name in ("a.py", "new data.json", "d.bin", "built/e.json")]
    for file in files:
        file.write_text(file.name)
    assert list(source_hashes(tmp_path, files)) == ["a.py", "new data.json"]
    assert source_hashes(tmp_path, []) == {}
    # A course that lies in a folder which another repository ignores has its sources all the same.
    assert list(source_hashes(tmp_path / "built", files)) == ["e.json"]


def tracked(pattern: str = ".") -> list[str]:
    """Files that this repository keeps."""
    command = ["git", "ls-files", "-z", pattern]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return listed.stdout.split("\0")[:-1]


def committed() -> list[Path]:
    """The handouts that this repository keeps."""
    return [ROOT / path for path in tracked("nonexecutable/*.pdf")]


def test_the_committed_handouts_name_what_a_clone_has() -> None:
    known = set(tracked())
    named = {path.stem: set(read_hashes(path)) - known for path in committed()}
    assert {stem: sorted(unknown) for stem, unknown in named.items() if unknown} == {}


def test_the_committed_handouts_are_those_of_their_sources() -> None:
    """Needs no browser: the hashes of the sources stand in the documents."""
    kept = committed()
    if not kept:
        pytest.skip("no handout is committed here")
    names = [path.stem for path in find_lectures(ROOT) if path.name != "sample.py"]
    wanted = [*names, *task_sheets(ROOT)]
    stale = {name: why_stale(HANDOUTS / f"{name}.pdf", ROOT) for name in wanted}
    wrong = [f"{name}: {reason}" for name, reason in stale.items() if reason]
    assert not wrong, "run `make handouts` and commit nonexecutable/:\n" + "\n".join(wrong)
    assert sorted(path.stem for path in kept) == sorted(wanted)


def test_the_committed_handouts_are_small() -> None:
    sizes = {path.stem: path.stat().st_size for path in committed() if path.is_file()}
    sheets = task_sheets(ROOT)
    large = {
        name: size
        for name, size in sizes.items()
        if size > (MOST_OF_A_SHEET if name in sheets else MOST_OF_A_LECTURE)
    }
    assert large == {}
    assert sum(sizes.values()) <= MOST_TOGETHER
