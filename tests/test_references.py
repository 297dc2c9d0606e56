"""arXiv ids and records."""

from pathlib import Path

import pytest

from lecture_tracer.authoring import references
from lecture_tracer.authoring.references import arxiv_id, arxiv_reference
from lecture_tracer.errors import AssetError

RECORD = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><entry>
 <published>2017-06-12T17:57:34Z</published><title>Attention Is
   All You Need</title><summary> A model. </summary>
 <author><name>Ashish Vaswani</name></author><author><name>Noam Shazeer</name></author>
</entry></feed>"""


@pytest.mark.parametrize(
    "text",
    ["1706.03762", "arXiv:1706.03762", "arxiv: 1706.03762v5", "https://arxiv.org/abs/1706.03762",
     "http://arxiv.org/pdf/1706.03762v1.pdf", "arxiv.org/abs/1706.03762"],
)  # fmt: skip
def test_arxiv_id(text: str) -> None:
    assert arxiv_id(text) == "1706.03762"


@pytest.mark.parametrize("text", ["https://example.org/1706.03762", "17.03", "x"])
def test_other_addresses_are_no_arxiv_ids(text: str) -> None:
    assert arxiv_id(text) is None


def test_an_atom_record_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "fetch_text", lambda url, root, ending: RECORD)
    found = arxiv_reference("1706.03762", tmp_path, "lecture_99")
    assert found.title == "Attention Is All You Need"
    assert found.authors == ["Ashish Vaswani", "Noam Shazeer"]
    assert (found.date, found.description) == ("2017-06-12", "A model.")


@pytest.mark.parametrize("record", ["<feed/>", "not xml", '<!DOCTYPE x [<!ENTITY a "b">]><feed/>'])
def test_a_strange_record_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    monkeypatch.setattr(references, "fetch_text", lambda url, root, ending: record)
    with pytest.raises(AssetError, match=r"arXiv:1706\.03762"):
        arxiv_reference("1706.03762", tmp_path, "lecture_99")
