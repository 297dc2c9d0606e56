"""The account of bytes is that of the JSON that is written."""

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from lecture_tracer.values.budget import json_size


@given(st.text())
@example('"\\\n\x00é🦊')
def test_json_size_is_exact(text: str) -> None:
    assert json_size(text) == len(msgspec.json.encode(text))
