"""The checker of handouts' pages finds what is wrong with pages, and nothing wrong with ours."""

import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

from lecture_tracer.publish.chromium import print_page
from tools.handout_pages import faults, main

ROOT = Path(__file__).resolve().parents[2]
needs_chromium = pytest.mark.skipif(
    not (shutil.which("chromium") or shutil.which("google-chrome")), reason="no Chromium here"
)
PAGE = """<!doctype html><meta charset=utf-8><style>
@page {{ size: A4; margin: 14mm 16mm 16mm }} body {{ margin: 0; font: 12pt/1.5 sans-serif }}
h2 {{ margin: 0 }} .next {{ break-before: page }} .tall {{ height: 200mm }}
</style>{}"""
TALL = "<div class=tall>Much.</div><p>The last line.</p>"


def said(tmp_path: Path, body: str) -> list[str]:
    """What the checker says of the page, printed by Chromium."""
    page, printed = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(PAGE.format(body), encoding="utf-8")
    print_page(page.as_uri(), printed, tmp_path / "profile")
    return [f"{fault.page}: {fault.what}" for fault in faults(printed)]


@needs_chromium
@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (f"<style>@page {{ margin-left: 5mm }}</style>{TALL}", "1: text in a side margin: "),
        (f"{TALL}<div style='width: 190mm; background: #ddd'>Wide.</div>",
         "1: printed at 94% of its size: something is too wide"),
        (f"{TALL}<div style='height: 9pt; overflow: hidden'>HALVES ARE LEFT OF THIS.</div>",
         "1: text that is cut off: "),
        (f"{TALL}<h2>Alone down here</h2><p class=next>Text</p>",
         "1: a heading ends the page: 'Alone down here'"),
        (f"{TALL}<p class=next>Short.</p><p class=next>{TALL}</p>", "2: only "),
        (f"{TALL}<a href='http://127.0.0.1:8000/?trace=x'>here</a>",
         "1: a link that works on no other machine: 'http://127.0.0.1:8000/?trace=x'"),
        (f"{TALL}<p>\U000f1234</p>", "1: 1 letters that no font here has"),
    ],
    ids=["margin", "wide", "cut", "heading", "empty", "link", "box"],
)  # fmt: skip
def test_a_fault_is_found_on_its_page(tmp_path: Path, body: str, fault: str) -> None:
    (found,) = said(tmp_path, body)
    assert found.startswith(fault)


@needs_chromium
def test_good_pages_have_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = (
        f"<h2>Begins</h2><a href='#end'>on</a> <a href='https://a.org'>out</a>{TALL}"
        "<h2 class=next id=end>Ends</h2><p>A few words on the last page.</p>"
    )
    assert said(tmp_path, body) == []
    assert main([str(tmp_path / "page.pdf")]) == 0
    assert capsys.readouterr().out == ""


def test_a_link_to_what_is_not_there_is_named(tmp_path: Path) -> None:
    document = pikepdf.new()
    page = document.add_blank_page()
    name, beside = pikepdf.Name("/nowhere"), pikepdf.Name("/GoToR")
    page.obj.Annots = pikepdf.Array([
        pikepdf.Dictionary(Subtype=pikepdf.Name("/Link"), Dest=name),
        pikepdf.Dictionary(A=pikepdf.Dictionary(S=beside, F="lecture_02.pdf")),
        pikepdf.Dictionary(Subtype=pikepdf.Name("/Link")),
    ])  # fmt: skip
    document.save(tmp_path / "a.pdf")
    assert [fault.what for fault in faults(tmp_path / "a.pdf")] == [
        "a link to '/nowhere', which is not there",
        "a link to 'lecture_02.pdf', which is not beside it",
        "a link without a target",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(ROOT.glob("nonexecutable/*.pdf")), ids=lambda p: p.stem)
def test_the_pages_of_our_handouts_are_in_order(path: Path) -> None:
    assert [f"page {fault.page}: {fault.what}" for fault in faults(path)] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(ROOT.glob("nonexecutable/*.pdf")), ids=lambda p: p.stem)
def test_our_handouts_name_no_machine_and_no_day(path: Path) -> None:
    with pikepdf.open(path) as pdf:
        assert {"/CreationDate", "/ModDate"}.isdisjoint(pdf.docinfo.keys())
        assert pdf.docinfo["/Title"]
        assert pdf.Root.get("/StructTreeRoot") is not None  # read aloud in its order
    text = subprocess.run(["strings", path], capture_output=True, text=True, check=False).stdout
    assert str(ROOT) not in text
