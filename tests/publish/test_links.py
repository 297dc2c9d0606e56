"""The links of a written site: which are found, and which are said to lead nowhere."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer.command import cli
from lecture_tracer.errors import PublishError
from lecture_tracer.publish.links import broken, links, markdown_links, outside
from lecture_tracer.publish.outside import try_address, try_all


def site_with(folder: Path, page: str = "", address: str = "", **renderings: Any) -> Path:
    """A site with one lecture of two steps; the first step shows the renderings."""
    site = folder / "site"
    (site / "var/traces").mkdir(parents=True)
    (site / ".lecture-site").write_text(address)
    (site / "index.html").write_text(f"<html><body id='top'>{page}</body></html>")
    outputs = [{"kind": kind, **fields} for kind, fields in renderings.items()]
    steps = [{"outputs": outputs}, {"changes": {"x": "[no](nowhere.html)"}}]
    index = {"traces": [{"name": "one", "file": "one.json"}]}
    (site / "var/traces/index.json").write_text(json.dumps(index))
    trace = {"files": {"one.py": "[a](b)"}, "steps": steps}
    (site / "var/traces/one.json").write_text(json.dumps(trace))
    return site


def test_a_site_whose_links_all_lead_somewhere(tmp_path: Path) -> None:
    page = '<a href="#top">up</a><a href="?trace=one&step=1">last</a><img src="a.svg">'
    site = site_with(tmp_path, page, text={"text": "[step](?trace=one) and ![a](a.svg)"})
    (site / "a.svg").write_text("<svg/>")
    assert broken(site) == []
    assert [link.address for link in links(site)] == [
        "#top", "?trace=one&step=1", "a.svg", "?trace=one", "a.svg",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("missing.html", "there is no such file"),
        ("?trace=two", "there is no lecture 'two'"),
        ("?trace=one&step=2", "there is no step 2; the last is 1"),
        ("?trace=one&step=x", "there is no step x"),
        ("#nothing", "the page has no 'nothing'"),
        ("../outside.html", "leads out of the site"),
        ("/root.html", "begins with /"),
        ("javascript:alert(1)", "neither https, http nor mailto"),
        ("https://", "without a host"),
        ("https://localhost/x", "without a host"),
        ("http://a.org:port/", "not an address"),
        ("mailto:nobody", "not an address of mail"),
    ],
)
def test_a_link_that_leads_nowhere_is_named_with_its_place(
    tmp_path: Path, address: str, fault: str
) -> None:
    (tmp_path / "outside.html").write_text("")
    (line,) = broken(site_with(tmp_path, f'<a href="{address}">x</a>'))
    assert line.startswith(f"index.html: {address!r}: ")
    assert fault in line


@pytest.mark.parametrize(
    ("kind", "fields", "line"),
    [
        ("image", {"src": "var/files/gone.png"}, "'var/files/gone.png': there is no such file"),
        ("link", {"url": "ftp://a.org/x"}, "'ftp://a.org/x': neither"),
        ("link", {"url": "https://a.org", "notes": "[x](y)"}, "'y': there is no such file"),
        ("question", {"answers": ["[x](?trace=two)"]}, "'?trace=two': there is no lecture 'two'"),
        ("table", {"rows": [["[x](?trace=one&step=9)"]]}, "there is no step 9"),
    ],
)
def test_links_of_a_lecture_are_named_with_their_step(
    tmp_path: Path, kind: str, fields: dict[str, Any], line: str
) -> None:
    (found,) = broken(site_with(tmp_path, "", "", **{kind: fields}))
    assert found.startswith("var/traces/one.json, step 0: ")
    assert line in found


def test_code_formulas_and_verbatim_text_have_no_links(tmp_path: Path) -> None:
    prose = "`d[k](v)`, $f[x](y)$\n\n```\n[a](b)\n```\n$$\ng[x](z)\n$$"
    assert markdown_links(prose) == []
    site = site_with(tmp_path, text={"text": "[a](b)", "verbatim": True}, code={"text": "[a](b)"})
    assert links(site) == []


@given(st.text(max_size=40))
def test_any_text_can_be_looked_through(text: str) -> None:
    assert all(isinstance(address, str) for address in markdown_links(f"[x](a) {text}]("))


def test_links_with_brackets_and_titles() -> None:
    text = '[w](https://a.org/B_(c) "Title") and <https://b.org/>'
    assert markdown_links(text) == ["https://a.org/B_(c)", "https://b.org/"]


def test_addresses_of_the_site_itself_are_looked_up(tmp_path: Path) -> None:
    site = site_with(tmp_path, '<a href="https://a.org/c/none.html">x</a>', "https://a.org/c")
    (site / "sitemap.xml").write_text("<loc>https://a.org/c/?trace=one</loc>")
    (line,) = broken(site)
    assert "none.html" in line
    assert outside(site) == {}


def test_a_document_of_the_course_may_name_steps(tmp_path: Path) -> None:
    site = site_with(tmp_path)
    (site / "var/traces/course").mkdir()
    terms = [{"term": "a", "lecture": "one", "step": 1}, {"term": "b", "lecture": "one", "step": 2}]
    (site / "var/traces/course/glossary.json").write_text(json.dumps({"terms": terms}))
    (line,) = broken(site)
    assert "var/traces/course/glossary.json" in line
    assert "there is no step 2" in line


def test_another_folder_is_no_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PublishError, match="no site of ours"):
        links(tmp_path)
    assert cli.main(["links", str(tmp_path)]) == 2
    assert "no site of ours" in capsys.readouterr().err


def test_the_command_ends_with_one_if_a_link_is_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = site_with(tmp_path, '<a href="none.html">x</a><a href="./">y</a>')
    assert cli.main(["links", str(site)]) == 1
    said = capsys.readouterr()
    assert said.err == "index.html: 'none.html': there is no such file\n"
    assert said.out == f"{site}: 2 links, 1 of them lead nowhere\n"


class Elsewhere(BaseHTTPRequestHandler):
    """Another host: `/here` is there, `/no-head` answers GET alone, `/shy` turns programs away."""

    def do_HEAD(self) -> None:
        codes = {"/here": 200, "/no-head": 405, "/shy": 403}
        self.send_response(codes.get(self.path, 404))
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response({"/no-head": 200, "/shy": 403}.get(self.path, 404))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_outside_addresses_are_tried_when_asked(elsewhere: str) -> None:
    pages = ("/here", "/no-head", "/shy", "/gone")
    answers = try_all([elsewhere + page for page in pages], pause=0.0)
    assert {answer.address.removeprefix(elsewhere): answer.state for answer in answers} == {
        "/here": "ok", "/no-head": "ok", "/shy": "unknown", "/gone": "gone",
    }  # fmt: skip


def test_a_host_that_is_not_there_is_gone() -> None:
    assert try_address("http://127.0.0.1:9/", seconds=2).state == "gone"


def test_online_says_what_is_gone(
    tmp_path: Path, elsewhere: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site = site_with(tmp_path, f'<a href="{elsewhere}/here">a</a><a href="{elsewhere}/gone">b</a>')
    assert cli.main(["links", str(site), "--online"]) == 1
    said = capsys.readouterr()
    assert f"index.html: '{elsewhere}/gone': gone: 404" in said.err
    assert "2 outside addresses: 1 gone, 0 unknown" in said.out
