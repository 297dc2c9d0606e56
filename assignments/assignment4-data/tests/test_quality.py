"""The quality classifier as it is committed, and how it is trained."""

from __future__ import annotations

import numpy as np
import pytest
from cs336_data.models.linear import line_shapes, load_model
from cs336_data.models.train_quality import (
    Chunk,
    calibration_error,
    evaluate,
    fit,
    junk_chunks,
    split,
)

from .adapters import run_classify_quality
from .archives import prose

ARTICLE = """The Danube is the second-longest river in Europe, after the Volga. It rises in the
Black Forest of Germany and flows to the south-east for 2,850 km, through four capitals, before it
reaches the Black Sea. For several centuries it was the long-standing frontier of an empire, and
today its banks belong to ten countries, which is more than any other river in the world."""
FORUM = "\n".join(
    ["Home", "Forum", "Members", "Log in", "Re: phone cards", "Posted by: user123", "Posts: 12",
     "Joined: Mar 2009", "hi all any1 know cheap cards thx", "Reply", "Quote", "Top", "Page 1 of 3",
     "Powered by boards", "Contact us | Privacy policy | Terms"]
)  # fmt: skip


def test_an_article_is_wiki_and_a_forum_is_cc() -> None:
    assert run_classify_quality(ARTICLE)[0] == "wiki"
    assert run_classify_quality(FORUM)[0] == "cc"


@pytest.mark.parametrize("text", ["", "cheap watches buy now online " * 30])
def test_nothing_and_spam_are_cc(text: str) -> None:
    label, score = run_classify_quality(text)
    assert label == "cc"
    assert 0.5 < score <= 1


def test_what_was_measured_stands_in_the_file() -> None:
    about = load_model("quality").about
    measured = about["measured_on_unseen_packages"]
    assert measured["balanced_accuracy"] >= 0.95
    assert not set(measured["right_by_package"]) & set(about["trained_on"])


def test_shapes_of_lines() -> None:
    assert line_shapes("Home\n\n- one two\nA sentence of six words here.") == [
        "\nA1", "\n-4", "\nA12.",
    ]  # fmt: skip


def test_training_separates_and_calibrates() -> None:
    texts = [prose(i, 6) for i in range(150)]
    chunks = [Chunk(text, "prose", 1) for text in texts] + junk_chunks(150, 3, texts)
    model = fit(chunks)
    unseen = [Chunk(prose(i, 6), "other prose", 1) for i in range(1000, 1050)]
    measured = evaluate(model, [*unseen, *junk_chunks(50, 4, texts)])
    assert float(str(measured["balanced_accuracy"])) > 0.9
    chosen, held = split(chunks, 1)
    assert len(chosen) + len(held) == len(chunks)


def test_calibration_error() -> None:
    assert calibration_error(np.array([0.25] * 4), np.array([1, 0, 0, 0])) == 0
    assert calibration_error(np.array([1.0] * 2), np.array([1, 0])) == 0.5
