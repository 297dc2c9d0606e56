"""The parts of lecture 14: each experiment beside its formula, or beside a truth that is known."""

import math
from collections import Counter

import numpy as np
import pytest
from cs336_data.dedup.decontamination import TestSet
from cs336_data.dedup.minhash import bands_for, jaccard
from cs336_data.langid import identify_language
from cs336_data.selection.kneser_ney import KneserNey
from cs336_data.selection.thresholds import average_precision
from hypothesis import given
from hypothesis import strategies as st

from lectures.lecture_14 import (
    answers,
    costs,
    duplicates,
    mixtures,
    registers,
    riddle,
    selection,
    sentences,
    study,
    traces,
)

DATA = selection.load()


def test_the_pool_has_its_documents_and_the_target_is_not_among_them() -> None:
    assert (len(DATA.target), len(DATA.raw), len(DATA.pool)) == (159, 300, 782)
    kinds = Counter(document.kind for document in DATA.pool)
    assert kinds["lecture"] == 223
    assert kinds[selection.MACHINE] == 69
    assert not {d.text for d in DATA.target} & {d.text for d in DATA.pool}


@given(st.floats(0.01, 0.99), st.floats(0.05, 1), st.floats(0.05, 1))
def test_on_the_same_pool_a_filter_has_the_same_precision(
    share: float, precision: float, recall: float
) -> None:
    assert selection.precision_at(share, precision, recall, share) == pytest.approx(precision)
    assert selection.precision_at(share, precision, recall, share / 2) <= precision + 1e-9


def test_precision_at_a_hundredth_is_bayes_rule() -> None:
    alarms = 0.2 * 0.8 / 0.9 * 0.1 / 0.8  # of documents that are not wanted
    expected = 0.01 * 0.8 / (0.01 * 0.8 + 0.99 * alarms)
    assert selection.precision_at(0.2, 0.9, 0.8, 0.01) == pytest.approx(expected)


def test_one_word_for_unknown_ones_ruins_the_score() -> None:
    whole = KneserNey.fit([d.words for d in DATA.target])
    cut = selection.model_of_known_words(DATA)
    found = [average_precision(selection.fluency(m, DATA.pool), DATA.wanted) for m in (whole, cut)]
    assert found[0] > 2 * found[1]


def test_machine_text_leads_all_three_rankings() -> None:
    for scores in selection.all_scores().values():
        first = selection.first_kinds(scores, DATA, 66)
        assert max(first, key=first.__getitem__) == selection.MACHINE
        assert sum(first.values()) == 66


def test_curves_end_where_everything_is_kept() -> None:
    rows = selection.curves(selection.all_scores(), DATA)
    assert len(rows) == 2 * 3 * 20
    last = [row["precision"] for row in rows if row["recall"] == 1]
    assert all(0 < float(str(value)) < 1 for value in last)


def test_a_precise_negative_sample_helps() -> None:
    """The first exercise of the lecture."""
    labelled = selection.Data(DATA.target, [d for d in DATA.raw if d.kind != "lecture"], DATA.pool)
    found = [
        average_precision(
            selection.class_scores(selection.trained_classifier(data, 1 << 14), data.pool)[
                ~data.by_machine
            ],
            data.wanted[~data.by_machine],
        )
        for data in (DATA, labelled)
    ]
    assert [round(value, 2) for value in found] == [0.93, 0.98]


def test_the_story_is_told_in_each_language() -> None:
    for code, story in sentences.STORY.items():
        assert identify_language(story)[0] == code
    pieces = sentences.clipped(sentences.STORY["en"], 20)
    assert len(pieces) > 5
    assert all(len(piece) == 20 for piece in pieces)
    assert sentences.clipped("short", 20) == ["short"]


def test_registers_and_names_make_the_difference() -> None:
    called = registers.called_toxic()
    assert sum(row[2] for row in called.values()) == 24
    assert sum(row[1] for row in called.values()) >= 2 * sum(row[0] for row in called.values())
    skewed, balanced = registers.scores_of_peoples()
    assert skewed[0] > skewed[1] + 0.1
    assert balanced[0] == pytest.approx(balanced[1], abs=0.03)


def test_collisions_are_as_many_as_birthdays() -> None:
    expected = 300_000**2 / 2**33
    found = [duplicates.collisions(300_000, 32, seed) for seed in range(4)]
    assert np.mean(found) == pytest.approx(expected, abs=3 * math.sqrt(expected / 4))
    assert duplicates.collisions(100_000, 64) == 0


def test_every_copy_of_a_line_goes_with_its_first() -> None:
    left = duplicates.without_repeated_lines(duplicates.PAGES)
    assert left["talk.txt"] == "Is it raining?\nWill it stop?\n"
    assert "Home" not in left["song.txt"]


def test_a_filter_is_as_wrong_as_computed_until_it_is_overfull() -> None:
    for row in duplicates.false_positive_rows(10_000, 1000, (1, 7, 20)):
        assert row["measured"] == pytest.approx(row["computed"], rel=0.15)
    assert duplicates.overfilled(1) == pytest.approx(0.01, rel=0.2)
    assert duplicates.overfilled(3) > 0.35
    assert costs.bloom_bits(1e-15) == pytest.approx(71.9, abs=0.05)


@given(st.floats(0, 1), st.integers(0, 1000))
def test_pairs_have_the_similarity_that_was_asked(similarity: float, seed: int) -> None:
    one, two = duplicates.pair_of_sets(similarity, 100, np.random.default_rng(seed))
    assert jaccard(np.sort(one), np.sort(two)) == pytest.approx(similarity, abs=0.006)


def test_estimates_scatter_as_coins_do() -> None:
    for count, error in duplicates.estimates(0.6, (16, 256)).items():
        assert error == pytest.approx(math.sqrt(0.6 * 0.4 / count), rel=0.25)


def test_measured_curves_lie_on_the_computed_ones() -> None:
    rows = duplicates.s_curve((8, 16, 32), pairs=100)
    off = [abs(row["measured"] - row["computed"]) for row in rows]
    assert max(off) < 0.15
    assert np.mean(off) < 0.03


def test_edits_lower_similarity_as_expected() -> None:
    texts = [" ".join(d.words) for d in DATA.target[:30]]
    found = duplicates.similarity_after_edits(texts, (0.05, 0.1), (3, 5))
    for n, by_share in found.items():
        for share, value in by_share.items():
            assert value == pytest.approx(duplicates.expected_similarity(share, n), abs=0.03)


def test_a_chain_keeps_one_and_leaders_keep_every_third() -> None:
    texts = duplicates.revisions([f"w{i}" for i in range(1000)], 30, length=200, step=10)
    found = duplicates.clusters_of(texts, 0.8)
    assert len({found.find(i) for i in range(30)}) == 1
    assert duplicates.kept_by_leaders(texts, 0.8) == list(range(0, 30, 3))
    assert duplicates.similarity_to_first(texts)[0] == 1


def test_removing_copies_helps_or_harms_by_what_is_copied() -> None:
    lost = duplicates.losses_before_and_after(seeds=2)
    assert lost["good copied, deduplicated"] > lost["good copied, as it is"] + 0.1
    assert lost["junk copied, deduplicated"] < lost["junk copied, as it is"] - 0.2


def test_bands_of_fineweb() -> None:
    assert bands_for(112, 0.75, 0.75) == 14
    rows = duplicates.band_table((0.8,))
    assert [row[1:] for row in rows[1:]] == [[14, 8, 0.924], [93, 15, 0.964], [450, 20, 0.995]]


def test_only_the_quotation_is_found() -> None:
    test = TestSet.of([riddle.QUESTION])
    assert [name for name, leak in riddle.LEAKS.items() if not test.decide(leak).keep] == [
        "quoted in capitals"
    ]


def test_rehearsals_repeat_as_the_full_run_only_if_sources_are_cut() -> None:
    curves = mixtures.share_curves()
    best = [min(curve, key=curve.__getitem__) for curve in curves.values()]
    assert best == [0.1, 0.98, 0.1]


def test_regressions_rank_by_what_they_were_fitted_on() -> None:
    true = mixtures.full_losses()
    plain = mixtures.regress(mixtures.SIZES, true)
    small = {name: size // 10 for name, size in mixtures.SIZES.items()}
    cut = mixtures.regress(small, true)
    assert plain.rank_correlation < -0.3
    assert cut.rank_correlation > 0.85
    assert cut.loss_of_best < plain.loss_of_best - 0.3
    assert sum(cut.best.values()) == pytest.approx(1)


def test_a_fit_recovers_a_polynomial() -> None:
    tried = mixtures.random_shares(30, seed=1)
    fit = mixtures.MixtureFit.of(tried, [1 + 2 * m["lectures"] ** 2 for m in tried])
    assert fit.predict(tried[0]) == pytest.approx(1 + 2 * tried[0]["lectures"] ** 2, abs=0.01)


def test_a_check_of_results_prefers_what_is_easy_and_lets_luck_through() -> None:
    strict, lucky = answers.ask(luck=0), answers.ask(luck=0.25)
    assert strict.lucky(of_hard=True) == 0
    assert strict.share_of_hard() < strict.share_of_hard(4) < strict.share_of_hard(1) < 0.5
    assert lucky.lucky(of_hard=True) > 0.45 > 0.1 > lucky.lucky(of_hard=False)
    assert strict.covered() < lucky.covered()


def test_a_fix_stays_readable_until_nothing_names_it() -> None:
    repository = traces.REPOSITORY
    assert repository.reachable(["HEAD"]) == {"fault", "start"}
    assert repository.reachable(["nothing"]) == set()
    names = [name for name in repository.refs if name != "HEAD"]
    for order in (names, names[::-1]):
        assert list(traces.readable_after(repository, order).values()) == [True] * 3 + [False]


def test_the_audit_by_first_appearance_is_right() -> None:
    assert list(traces.audit().values()) == [(0.5, 0.25), (0.8, 1), (1, 1)]


def test_costs_come_from_the_records() -> None:
    planned = costs.plan()
    assert planned.pages > planned.filtered > planned.kept > 0
    assert costs.plan(2e12).pages == pytest.approx(2 * planned.pages)
    assert costs.rate() == 366.5
    assert costs.record("chain")["cpu"] == "AMD EPYC"


def test_the_study_has_five_seeds_and_says_where_it_ran() -> None:
    assert Counter(r["variant"] for r in study.records()) == dict.fromkeys("abcdef", 5)
    assert "NVIDIA H100" in study.provenance()
    found = study.found()
    assert study.on_packages(found)[0].mean == pytest.approx(-0.264, abs=0.001)
    assert len(study.rows(found)) == 10
    assert len(study.losses()) == 6
