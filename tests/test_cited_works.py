"""Citations of traces to the works of the course, each once."""

import pytest

from lecture_tracer.catalogue.bibliography import key_of, works
from lecture_tracer.trace.schema import LinkRendering
from tests.test_glossary import trace_of

SHAZEER = LinkRendering(
    url="https://arxiv.org/abs/2002.05202", title="GLU Variants", authors=["Noam Shazeer"]
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://arxiv.org/abs/1706.03762", "http://arxiv.org/pdf/1706.03762v5.pdf"),
        ("https://www.example.org/page/", "http://example.org/page#part"),
    ],
)
def test_addresses_of_one_work_are_alike(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


def test_addresses_that_differ_in_what_they_ask_for_are_of_two_works() -> None:
    assert key_of("https://example.org/?id=1") != key_of("https://example.org/?id=2")


def test_a_work_of_several_lectures_stands_once_with_every_section_that_cites_it() -> None:
    again = LinkRendering(
        url="https://arxiv.org/pdf/2002.05202v2",
        title="Other",
        authors=["Noam Shazeer"],
        date="2020-02",
        notes="Gates help.",
    )
    (work,) = works(
        [
            trace_of("lecture_01", "# One", SHAZEER, SHAZEER, "# Two", SHAZEER),
            trace_of("lecture_02", again),
        ]
    )
    assert (work.title, work.date, work.notes) == ("GLU Variants", "2020-02", "Gates help.")
    assert work.arxiv == "2002.05202"
    assert [(one.lecture, one.step, one.section) for one in work.cited] == [
        ("lecture_01", 1, "One"),
        ("lecture_01", 4, "Two"),
        ("lecture_02", 0, ""),
    ]


def test_works_are_in_the_order_of_their_makers_and_dates() -> None:
    def link(number: int, date: str, *authors: str, organization: str = "") -> LinkRendering:
        return LinkRendering(
            url=f"https://example.org/{number}",
            title=f"Title {number}",
            authors=list(authors),
            organization=organization,
            date=date,
        )

    found = works(
        [
            trace_of(
                "lecture_01",
                link(1, "2024", "Aaron Zhu"),
                link(2, "", organization="NVIDIA"),
                link(3, "2020", organization="NVIDIA"),
                link(4, "2021", "Émile Éluard"),
                link(5, "2025", "Team OLMo"),
            )
        ]
    )
    assert [work.title[-1] for work in found] == ["4", "3", "2", "5", "1"]


def test_a_link_that_nobody_made_is_no_work() -> None:
    assert (
        works([trace_of("lecture_01", LinkRendering(url="https://example.org", title="A"))]) == []
    )
