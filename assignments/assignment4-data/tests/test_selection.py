"""Scores of documents against a target: n-grams, importance weights, thresholds."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from cs336_data.selection.importance import (
    ImportanceWeights,
    bucket_probabilities,
    effective_sample_size,
    feature_counts,
    resample,
)
from cs336_data.selection.kneser_ney import START, UNKNOWN, KneserNey
from cs336_data.selection.thresholds import (
    average_precision,
    curve,
    keep_by_chance,
    keep_top,
    precision_and_recall,
)
from hypothesis import given
from hypothesis import strategies as st

SENTENCES = [
    ["we", "live", "in", "san", "francisco"],
    ["we", "fly", "to", "san", "francisco"],
    ["they", "fly", "to", "san", "francisco"],
    ["she", "drinks", "a", "glass", "of", "water"],
    ["he", "drinks", "a", "cup", "of", "tea"],
    ["they", "drink", "a", "glass", "of", "tea"],
]
TEXTS = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=12), min_size=1)


@given(TEXTS, st.integers(1, 4), st.floats(0.05, 0.95))
def test_probabilities_sum_to_one_after_any_context(
    texts: list[list[str]], order: int, discount: float
) -> None:
    model = KneserNey.fit(texts, order, discount)
    longest = order - 1
    contexts = [(), (START,) * longest, *(tuple(texts[0][i : i + longest]) for i in range(3))]
    for context in contexts:
        total = sum(model.probability(word, context) for word in model.vocabulary)
        assert total == pytest.approx(1)
        assert all(model.probability(word, context) > 0 for word in model.vocabulary)


def test_a_word_that_follows_one_word_only_is_unlikely_elsewhere() -> None:
    model = KneserNey.fit(SENTENCES, order=2)
    counts = Counter(word for sentence in SENTENCES for word in sentence)
    assert counts["francisco"] == 3 > counts["drinks"] == 2
    assert model.probability("francisco", ("zebra",)) < model.probability("drinks", ("zebra",))
    assert model.probability("francisco", ("san",)) > 0.7


def test_a_probability_by_hand() -> None:
    model = KneserNey.fit([["a", "b"], ["a", "b"], ["a", "c"]], order=2, discount=0.5)
    # pairs: <s>a 3, ab 2, ac 1; b and c and a each follow one word; the vocabulary has <unk>, too
    single = (1 - 0.5) / 3 + 0.5 * 3 / 3 * (1 / 4)
    assert model.probability("b", ()) == pytest.approx(single)
    assert model.probability("b", ("a",)) == pytest.approx((2 - 0.5) / 3 + 0.5 * 2 / 3 * single)


def test_perplexity_prefers_the_training_text_to_the_same_words_shuffled() -> None:
    model = KneserNey.fit(SENTENCES)
    shuffled = ["francisco", "in", "live", "we", "san"]
    assert model.perplexity(SENTENCES[0]) < model.perplexity(shuffled)
    assert model.log_probability(["we"]) == pytest.approx(-math.log(model.perplexity(["we"])))


def test_words_outside_of_the_vocabulary_share_one_place() -> None:
    model = KneserNey.fit(SENTENCES, vocabulary={"san", "francisco"})
    assert model.vocabulary == {"san", "francisco", UNKNOWN}
    assert model.perplexity(["xyzzy", "plugh"]) == model.perplexity(["we", "live"])


def test_a_model_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs words"):
        KneserNey.fit([[]])
    with pytest.raises(ValueError, match="discount"):
        KneserNey.fit(SENTENCES, discount=1)
    with pytest.raises(ValueError, match="no perplexity"):
        KneserNey.fit(SENTENCES).perplexity([])


def test_features_are_words_and_pairs() -> None:
    assert feature_counts("a rose is a rose", 64).sum() == 5 + 4
    assert feature_counts("", 64).sum() == 0
    assert (feature_counts("A rose, a ROSE.", 64) == feature_counts("a rose a rose", 64)).all()


def test_weights_have_the_sign_of_the_domain() -> None:
    target = ["the proof follows from the lemma", "a lemma and its proof"]
    raw = ["cheap watches for sale", "the best watches, free delivery", "a proof of payment"]
    weights = ImportanceWeights.fit(target, raw, buckets=1024)
    assert weights.log_weight("the proof of the lemma") > 0 > weights.log_weight("cheap watches")
    assert weights.log_weight("") == 0
    twice = weights.log_weight("cheap watches cheap watches")
    assert twice < weights.log_weight("cheap watches")


def test_smoothing_keeps_empty_buckets_above_zero() -> None:
    assert bucket_probabilities([], 4).tolist() == [0.25] * 4
    with pytest.raises(ValueError, match="smoothing"):
        bucket_probabilities(["a"], 4, smoothing=0)


def test_resampling_turns_samples_of_q_into_samples_of_p() -> None:
    p, q = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.4, 0.3, 0.2, 0.1])
    rng = np.random.default_rng(0)
    letters = rng.choice(4, size=40_000, p=q)
    logs = np.log(p / q)[letters]
    chosen = resample(logs, 2_000, rng)
    assert len(set(chosen.tolist())) == 2_000
    shares = np.bincount(letters[chosen], minlength=4) / 2_000
    assert np.abs(shares - p).max() < 0.03
    assert effective_sample_size(logs) / 40_000 == pytest.approx(1 / (p**2 / q).sum(), abs=0.01)


def test_more_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        resample(np.zeros(2), 3, np.random.default_rng(0))


def test_equal_weights_are_worth_their_number() -> None:
    assert effective_sample_size(np.full(7, -1000.0)) == pytest.approx(7)


def test_the_best_share_is_kept() -> None:
    assert keep_top(np.array([3.0, 1.0, 2.0, 2.0]), 0.5).tolist() == [True, False, True, False]
    with pytest.raises(ValueError, match="share"):
        keep_top(np.zeros(3), 1.5)


@pytest.mark.parametrize("probability", [0.0, 0.5, 0.9, 1.0])
def test_chance_keeps_as_many_as_computed(probability: float) -> None:
    kept = keep_by_chance(np.full(40_000, probability), np.random.default_rng(0))
    assert kept.mean() == pytest.approx((2 - probability) ** -9, abs=0.01)


def test_precision_and_recall_of_a_choice() -> None:
    wanted = np.array([True, True, False, False, False])
    kept = np.array([True, False, True, True, False])
    assert precision_and_recall(kept, wanted) == (1 / 3, 1 / 2)
    assert precision_and_recall(~wanted & wanted, wanted) == (1, 0)
    with pytest.raises(ValueError, match="at least one"):
        precision_and_recall(kept, ~kept & kept)


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=1))
def test_a_curve_ends_with_everything_kept(pairs: list[tuple[float, bool]]) -> None:
    scores, wanted = np.array([s for s, _ in pairs]), np.array([w for _, w in pairs])
    precision, recall = curve(scores, wanted)
    assert precision[-1] == pytest.approx(wanted.mean())
    assert recall[-1] == (1 if wanted.any() else 0)
    assert (np.diff(recall) >= 0).all()
    if wanted.any():
        assert 0 < average_precision(scores, wanted) <= 1
        assert average_precision(wanted.astype(float), wanted) == 1
