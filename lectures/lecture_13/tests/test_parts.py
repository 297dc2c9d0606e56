"""The parts of lecture 13: the mock site, records, extractors, rules, cards, and two toy models."""

import json
import math
from http import HTTPStatus
from pathlib import Path

import pytest
from cs336_data.decision import Decision
from cs336_data.rules import c4, fineweb, gopher_quality
from cs336_data.warc.http import unchunked
from cs336_data.warc.reader import read_archive
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_13 import (
    amounts,
    archive,
    catalogue,
    extractors,
    memory,
    mock_site,
    pages,
    passages,
    poison,
    rulings,
    stages,
    study,
    visits,
)
from lectures.lecture_13.documents import DOCUMENTS
from lectures.lecture_13.figures import crawl, judging, sets
from lectures.lecture_13.works import WORKS
from tests.lecture_checks import plot_data

TEXTS = {document.name: document.text for document in DOCUMENTS}


# the site and its visitor


def test_a_polite_visit_brings_home_what_is_open_and_nothing_else() -> None:
    visit = visits.visit(pause=2.0)
    assert visit.counts() == {"text": 9, "no text": 4, "left alone": 4, "refused": 3}
    assert visit.by_kind()["application"] == {"no text": 4}
    assert visit.seconds == 36


def test_what_robots_txt_forbids_is_never_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answer = mock_site.answer

    def noted(path: str) -> tuple[HTTPStatus, str]:
        asked.append(path)
        return answer(path)

    monkeypatch.setattr(mock_site, "answer", noted)
    visits.visit()
    assert "/robots.txt" in asked
    assert not [path for path in asked if mock_site.kind_of(path) == "robots"]


def test_the_calendar_is_bounded_by_depth_only() -> None:
    assert [visits.visit(max_depth=d).by_kind()["calendar"]["text"] for d in (2, 5)] == [2, 5]


def test_who_does_not_wait_is_refused_and_never_hears_of_what_lies_behind() -> None:
    hasty = visits.visit(pause=0.0)
    assert hasty.counts()["too fast"] == 9
    assert "/calendar/2.html" not in hasty.fates


def test_the_limiter_forgets_after_its_window() -> None:
    clock = mock_site.Clock()
    limiter = mock_site.Limiter(clock, most=2, seconds=10)
    assert [limiter.admits() for _ in range(3)] == [True, True, False]
    clock.wait(10)
    assert limiter.admits()


def test_answers_hold_nothing_of_the_machine_or_the_day() -> None:
    names = {name for name, _ in visits.one_page("/ferry.html").headers}
    assert names == {"Content-Type", "Content-Length"}


def test_a_visitor_shows_itself_without_its_port() -> None:
    visitor = visits.Visitor(4711, mock_site.Clock(), 0, 1)
    assert "4711" not in str(visitor.__trace_value__())


def test_an_unknown_page_is_not_found() -> None:
    assert mock_site.answer("/nothing.html")[0] == 404


# records


def test_the_parts_of_a_record_are_the_record() -> None:
    record = archive.tiny_record()
    parts = archive.parts_of(record)
    assert b"".join(parts.values()) == record
    assert f"Content-Length: {len(parts['HTTP headers'] + parts['body'])}".encode() in record


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
def test_chunks_are_undone(pieces: list[bytes]) -> None:
    assert unchunked(archive.chunked(pieces)) == b"".join(pieces)


@given(st.binary(max_size=100), st.integers(0, 50))
def test_a_dump_holds_every_byte(data: bytes, start: int) -> None:
    dump = archive.hex_dump(data, start)
    digits = [line[6:53] for line in dump.splitlines()]
    assert bytes.fromhex("".join(digits)) == data


@pytest.mark.parametrize("which", range(1, 6))
def test_damage_costs_one_record_and_is_named(which: int, tmp_path: Path) -> None:
    members = archive.archive()
    items = archive.items_of(archive.damaged(members, which))
    assert len(items) == 6
    assert [i for i, (_, _, about) in enumerate(items) if "damaged" in about] == [which]
    file = tmp_path / "x.warc.gz"
    file.write_bytes(archive.damaged(members, which))
    assert len(list(read_archive(file))) == 6
    assert archive.read_by_fastwarc(archive.damaged(members, which)) == which


def test_the_bytes_of_a_record_add_up() -> None:
    for name in pages.PAGES:
        sizes = archive.sizes_of(name)
        assert min(sizes.values()) > 0
    assert sum(archive.sizes_of("ferry").values()) == 1857


# extractors


def test_each_extractor_has_a_loss_of_its_own() -> None:
    kept = extractors.kept()
    assert set(kept["without tags"].values()) == {1.0}
    assert [k for k, share in kept["main content"].items() if share] == ["article", "table", "code"]
    assert kept["by blocks"]["table"] == 0 < kept["by blocks"]["cookies"]


def test_a_menu_is_no_prose_and_a_paragraph_is() -> None:
    assert not extractors.looks_like_prose(pages.MENU.markup)
    assert extractors.looks_like_prose(pages.FERRY[0].markup.partition("</h1>")[2])
    assert not extractors.looks_like_prose("")


def test_a_share_counts_only_words_that_tell_whose_they_are() -> None:
    assert pages.kept_by_kind("ferry", "Privacy Press Imprint")["footer"] > 0
    assert set(pages.kept_by_kind("ferry", "").values()) == {0.0}


# rules


def test_two_of_eight_good_documents_pass_and_so_does_the_spam() -> None:
    found = passages.verdicts(DOCUMENTS)
    tally = passages.tally(found, DOCUMENTS)
    assert (tally["kept, worth it"], tally["rejected, worth it"]) == (2, 6)
    passed = {v.document for v in found} - {v.document for v in found if not v.decision.keep}
    assert passed == {"article", "recipe", "loan spam"}


def test_every_rejection_has_a_passage_of_its_text() -> None:
    for verdict in passages.verdicts(DOCUMENTS):
        words = verdict.passage.rstrip("…").split()
        assert bool(words) != verdict.decision.keep
        assert all(word in TEXTS[verdict.document] or word == "/" for word in words)


@pytest.mark.parametrize(
    ("rule", "text", "passage"),
    [
        (gopher_quality.decide, "of the word " * 20 + "incomprehensibilities " * 60, "incompre"),
        (gopher_quality.decide, "the end of it...\n" * 20, "the end of it..."),
        (gopher_quality.decide, "# another word of the\n" * 20, "# another word"),
        (fineweb.decide, "A short line.\n" * 3 + "Another one.", "A short line."),
        (lambda t: c4.decide(t).decision, "If you write { it looks like code.\n", "If you write {"),
    ],
)
def test_passages_for_other_reasons(rule: object, text: str, passage: str) -> None:
    assert callable(rule)
    decision = rule(text)
    assert isinstance(decision, Decision)
    assert not decision.keep
    assert passages.passage(decision, text).startswith(passage)


def test_a_milder_limit_tells_prices_from_a_log() -> None:
    shares = passages.letter_shares(DOCUMENTS)
    said = gopher_quality.decide(TEXTS["price list"]).reason
    assert said == f"share of words with a letter {shares['price list']:.4g} < 0.8"
    assert shares["log file"] < 0.2 < 0.5 < shares["price list"]


def test_japanese_passes_with_limits_of_its_own_only() -> None:
    spaced = " ".join(TEXTS["Japanese"].replace("\n", ""))
    assert gopher_quality.decide(TEXTS["Japanese"]).reason == "words 5 < 50"
    assert gopher_quality.decide(spaced).reason.startswith("mean word length")
    fitted = gopher_quality.Limits(min_mean_length=1, min_stop_words=None)
    assert gopher_quality.decide(spaced, fitted).keep


def test_rules_alone_did_harm_and_deduplication_undid_it() -> None:
    rows = {(row["step"], row["on"]): row for row in study.intervals()}
    for name in study.HELD_OUT.values():
        assert float(str(rows["rules", name]["low"])) > 0
        assert float(str(rows["deduplication after rules", name]["high"])) < 0
        assert float(str(rows["all three", name]["high"])) < 0
    assert study.provenance().startswith("16.4 million tokens a run, 5 paired seeds, NVIDIA H100")


# stages, cards, amounts


def test_the_sample_gets_smaller_at_each_stage() -> None:
    left = stages.of_sample()
    assert left == {
        "records": 201,
        "pages": 191,
        "English": 164,
        "Gopher quality": 156,
        "Gopher repetition": 144,
        "FineWeb": 139,
    }


def test_published_stages_fall_and_have_a_source() -> None:
    for funnel in stages.PUBLISHED:
        shares = list(funnel.shares().values())
        assert shares[0] == 1
        assert shares == sorted(shares, reverse=True)
        assert funnel.work in known_works()


def known_works() -> set[str]:
    """Keys of everything that the lecture may cite."""
    stored = Path(__file__).parents[1] / "bibliography.json"
    return {*WORKS, *json.loads(stored.read_text(encoding="utf-8"))}


def test_every_card_and_ruling_has_a_source_and_a_date() -> None:
    for card in catalogue.ALL:
        assert card.work in known_works(), card.name
        assert 2015 < card.year < 2027
        assert all((card.size, card.sources, card.kept, card.why))
    assert len({card.name for card in catalogue.ALL}) == len(catalogue.ALL)
    assert {ruling.work for ruling in rulings.RULINGS} <= set(WORKS)
    assert rulings.dates() == sorted(rulings.dates())


def test_sets_go_back_to_sources_through_sets() -> None:
    assert "Common Crawl" in catalogue.ancestors("FinePhrase")
    assert "Common Crawl" not in catalogue.ancestors("OpenWebText")
    assert len(catalogue.made_from("Common Crawl")) == 20
    for card in catalogue.ALL:
        assert card.name not in catalogue.ancestors(card.name)


def test_every_source_has_a_column_in_the_figure() -> None:
    names = {card.name for card in catalogue.ALL}
    used = {source for card in catalogue.ALL for source in card.made_from} - names
    assert used == set(sets.SOURCES)


def test_the_questions_before_use_end_in_an_answer() -> None:
    ids = {node for node, _ in rulings.NODES}
    assert {end for edge in rulings.EDGES for end in edge[:2]} == ids
    assert ids - {source for source, _, _ in rulings.EDGES} == {"use", "ask"}


def test_fifteen_trillion_tokens_are_a_novel_for_every_book() -> None:
    size = amounts.amount(15e12)
    assert size.novels == 125e6
    assert size.novels / amounts.BOOKS_IN_THE_WORLD == pytest.approx(0.96, abs=0.005)
    assert amounts.hosts_needed(86_400, days=1, seconds_a_page=1) == 1


# toy models


def test_a_passage_comes_back_once_it_wins_against_chance() -> None:
    lengths = memory.repeated([1, 16, 64], tries=4)
    assert lengths[1] < 3 < lengths[16] < lengths[64] == memory.LENGTH


def test_a_model_of_nothing_else_repeats_the_passage() -> None:
    passage = memory.passages(1)[0]
    assert memory.verbatim(memory.train(passage * 2), passage) == memory.LENGTH


def test_five_sentences_turn_a_score_and_more_honest_ones_do_not_help() -> None:
    scores = poison.attack([0, 4, 5])
    assert scores[0] > 0.5
    assert scores[4] > 0 > scores[5]
    more = poison.sentences(10_000) + poison.planted(6)
    assert poison.score(poison.NAME, more) < 0


def test_a_word_that_nobody_used_says_nothing() -> None:
    assert math.isclose(poison.score("zebra", poison.sentences()), 0, abs_tol=0.05)


# figures


def test_no_figure_has_an_empty_part() -> None:
    found = passages.verdicts(DOCUMENTS)
    ours = stages.Funnel("ours", "records", {"all": 10, "left": 5}, "")
    for spec in [
        crawl.fates({"2 s": visits.visit()}),
        crawl.bytes_of_record(archive.sizes_of("ferry")),
        crawl.what_each_loses(extractors.kept(), pages.WANTED),
        judging.verdict_grid(found, DOCUMENTS),
        judging.funnels(stages.PUBLISHED, ours),
        sets.timeline(catalogue.counted()),
        sets.roots(),
        judging.study_intervals(study.intervals()),
        sets.tokens_read(),
    ]:
        assert all(len(rows) >= 2 for rows in plot_data(spec))


def test_no_reason_is_too_long_for_its_cell() -> None:
    reasons = {v.decision.reason for v in passages.verdicts(DOCUMENTS) if not v.decision.keep}
    assert all(len(judging.short(reason)) <= 14 for reason in reasons)
