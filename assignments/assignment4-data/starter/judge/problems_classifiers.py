"""Problems of classifiers: the linear one, and what is made with it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from judge.checks import Draw, holds, problem
from judge.texts import Task, junk, prose, sentences

from tests import adapters

Labelled = list[tuple[str, int]]


def invented(rng: random.Random, count: int) -> list[str]:
    """Words of two or three syllables that no language has."""
    made: set[str] = set()
    while len(made) < count:
        syllables = rng.choices(("ba", "do", "ki", "lu", "me", "no", "pa", "ru", "so", "ti"), k=3)
        made.add("".join(syllables))
    return sorted(made)


def told_by_words(rng: random.Random, count: int, share: float = 0.5) -> Labelled:
    """Texts of 30 words, of which six come from a list of their class; labels in random order."""
    common, *lists = (invented(random.Random(i), n) for i, n in ((1, 60), (2, 15), (3, 15)))
    rows = []
    for i in range(count):
        label = int(i < count * share)
        words = rng.choices(common, k=24) + rng.choices(lists[label], k=6)
        rng.shuffle(words)
        rows.append((" ".join(words), label))
    rng.shuffle(rows)
    return rows


def told_by_order(rng: random.Random, count: int) -> Labelled:
    """Texts of the same words in both classes: one has "red boat", the other "boat red"."""
    common = invented(random.Random(4), 40)
    rows = []
    for i in range(count):
        label = i % 2
        parts = rng.choices(common, k=12)
        parts += ["red boat", "old mill"] * 3 if label else ["boat red", "mill old"] * 3
        rng.shuffle(parts)
        rows.append((" ".join(parts), label))
    rng.shuffle(rows)
    return rows


def trained(rows: Labelled) -> Any:
    """What the student's `train` learns of labelled texts."""
    texts, labels = zip(*rows, strict=True)
    return adapters.run_train(list(texts), list(labels))


def probabilities(model: Any, texts: Sequence[str]) -> list[float]:
    """Of each text, checked to be probabilities."""
    found = []
    for text in texts:
        value = float(model.probability(text))
        holds(0 <= value <= 1, f"probability({text[:30]!r}…) is {value:g}, where a number from 0 "
              f"to 1 is right: send the score through the logistic function.")  # fmt: skip
        found.append(value)
    return found


def check_share(model: Any, rows: Labelled, least: float, case: str, else_: str = "") -> None:
    """Whether `least` of the texts get the right class."""
    found = probabilities(model, [text for text, _ in rows])
    right = sum((p > 0.5) == bool(label) for p, (_, label) in zip(found, rows, strict=True))
    share = right / len(rows)
    advice = else_ or ("That is chance. Does the loss fall?" if share < 0.7 else "")
    if share < 0.1:
        advice = "The classes are exchanged: the probability is that of label 1."
    elif len({round(p, 6) for p in found}) == 1:
        advice = "All probabilities are the same: nothing was learnt."
    holds(share >= least, f"{right} of {len(rows)} new texts get the right class by probability "
          f"> 0.5, where at least {round(least * len(rows))} are asked. {advice} Case: "
          f"{case}.")  # fmt: skip


@problem("linear_classifier", 5, "models.linear.train")
def test_classes_that_words_tell_apart(draw: Draw) -> None:
    model = trained(told_by_words(draw.random, 300))
    check_share(
        model,
        told_by_words(draw.random, 100),
        0.95,
        "300 texts of 30 invented words, six of them from a list of 15 that its class has",
    )


@problem("linear_classifier", 5, "models.linear.train")
def test_classes_that_order_tells_apart(draw: Draw) -> None:
    model = trained(told_by_order(draw.random, 300))
    check_share(
        model,
        told_by_order(draw.random, 100),
        0.9,
        "both classes have the same words, one 'red boat' and the other 'boat red'",
        "A bag of words has no order: let pairs of words be features as well.",
    )


@problem("linear_classifier", 5, "models.linear.train")
def test_a_rare_class_is_found(draw: Draw) -> None:
    model = trained(told_by_words(draw.random, 300, share=0.1))
    rows = [row for row in told_by_words(draw.random, 80) if row[1] == 1]
    check_share(
        model,
        rows,
        0.8,
        "30 of 300 texts to learn from are of class 1, and 40 of it are asked",
        "Give each class the same weight, however many texts it has.",
    )


@problem("linear_classifier", 5, "models.linear.train")
def test_length_is_no_evidence(draw: Draw) -> None:
    model = trained(told_by_words(draw.random, 300))
    lists = [invented(random.Random(i), 15) for i in (2, 3)]
    common = invented(random.Random(1), 60)
    text = " ".join([*draw.random.choices(common, k=20), *lists[0][:4], *lists[1][:6]])
    once, often = probabilities(model, [text, " ".join([text] * 12)])
    holds(
        abs(once - often) < 0.15,
        f"probability(text) is {once:.3f}, and {often:.3f} of the same text twelve times over, "
        "where nearly the same is right: the score is the mean of the features' weights and not "
        "their sum.",
    )


@problem("linear_classifier", 5, "models.linear.train")
def test_the_same_texts_give_the_same_model(draw: Draw) -> None:
    rows = told_by_words(draw.random, 60)
    texts = [text for text, _ in told_by_words(draw.random, 20)]
    one, two = (probabilities(trained(rows), texts) for _ in range(2))
    at = next((i for i, (p, q) in enumerate(zip(one, two, strict=True)) if abs(p - q) > 1e-6), None)
    holds(at is None, f"probability(texts[{at}]) is {one[at or 0]:.4f} and, trained once more on "
          f"the same texts, {two[at or 0]:.4f}: draw what is random from a seed of its "
          f"own.")  # fmt: skip


@problem("linear_classifier", 5, "models.linear.train")
def test_texts_without_known_words(draw: Draw) -> None:
    model = trained(told_by_words(draw.random, 60))
    probabilities(model, ["", "\n", "!?", "世界 привет"])


def check_answer(name: str, answer: Any, labels: tuple[str, str], text: str) -> None:
    """Whether an answer is (label, probability of that label)."""
    pair = isinstance(answer, tuple) and len(answer) == 2 and answer[0] in labels
    holds(pair, f"{name}(text) is {answer!r}, where a pair ({' or '.join(map(repr, labels))}, "
          f"score) is right. Case: text {text[:50]!r}.")  # fmt: skip
    score = float(answer[1])
    holds(
        0.5 <= score <= 1,
        f"{name}(text)[1] is {score:.3f} with the label {answer[0]!r}, where the probability of "
        f"that label is right, which is at least 0.5 of two classes"
        f"{': this is that of the other one' if 0 <= score < 0.5 else ''}. Case: {text[:50]!r}.",
    )


def check_answers(
    name: str, function: Any, rows: Sequence[tuple[str, str]], labels: tuple[str, str], least: float
) -> None:
    """Whether `least` of each class get their label."""
    wrong: dict[str, list[str]] = {label: [] for label in labels}
    for text, label in rows:
        answer = function(text)
        check_answer(name, answer, labels, text)
        if answer[0] != label:
            wrong[label].append(text)
    for label, texts in wrong.items():
        asked = sum(one == label for _, one in rows)
        other = next(one for one in labels if one != label)
        both = all(len(texts) > 0.9 * len(rows) / 2 for texts in wrong.values())
        shown = texts[0][:60] if texts else ""
        holds(
            len(texts) <= (1 - least) * asked,
            f"{name}(text) is {other!r} for {len(texts)} of {asked} texts that are {label!r}, "
            f"where at most {int((1 - least) * asked)} may be wrong"
            f"{'; the two labels are exchanged' if both else ''}. The first: {shown!r}.",
        )


@problem("harmful_text", 3, "toxicity.classify_toxic_speech, classify_nsfw")
@pytest.mark.parametrize("task", ["toxic", "nsfw"])
def test_harmful_sentences(draw: Draw, task: Task) -> None:
    name = "classify_toxic_speech" if task == "toxic" else "classify_nsfw"
    function = getattr(adapters, f"run_{name}")
    rows = [(text, task if bad else f"non-{task}")
            for text, bad in sentences(task, "judge", 80, draw.random)]  # fmt: skip
    check_answers(name, function, rows, (task, f"non-{task}"), 0.8)


@problem("classify_quality", 4, "quality.classify_quality")
def test_quality(draw: Draw) -> None:
    rows = [(prose(draw.random, draw.between(6, 30)), "wiki") for _ in range(25)]
    rows += [(junk(draw.random, draw.between(12, 40)), "cc") for _ in range(25)]
    check_answers("classify_quality", adapters.run_classify_quality, rows, ("wiki", "cc"), 0.8)


@problem("classify_quality", 4, "quality.classify_quality")
def test_quality_of_little(draw: Draw) -> None:
    for text in ("", "\n\n", "42", prose(draw.random, 1)):
        check_answer("classify_quality", adapters.run_classify_quality(text), ("wiki", "cc"), text)
