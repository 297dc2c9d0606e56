"""The grammar engine on grammars small enough to enumerate every text."""

from __future__ import annotations

import re
from collections import defaultdict
from math import exp, inf, isclose, log
from random import Random

import pytest
from cs336_basics.split import split_pretokens
from cs336_basics.stories.analysis import analyze, longest
from cs336_basics.stories.checks import check_seams, check_unambiguous
from cs336_basics.stories.grammar import (
    Choice,
    Grammar,
    GrammarError,
    Mention,
    Variable,
)
from cs336_basics.stories.notation import compile_grammar, parse_rules
from cs336_basics.stories.parse import GrammarReader

Items = tuple[str | Mention | Choice, ...]

RULES = r"""
story
  #greeting# {who.name} #did#. | 3* {who.name} #did#, {other.name} #did# and {who.he} #did# again.
greeting
  Hello | 2* Dear | Good morning
did
  ran | 2* sat | jumped up\nand down
"""


def _another(parent: object, record: object) -> bool:
    return parent != record


PEOPLE = (
    {"name": "Ann", "he": "she"},
    {"name": "Bob", "he": "he"},
    {"name": "Cy", "he": "he"},
)
WHO = Variable(PEOPLE, (3, 2, 1))
OTHER = Variable(PEOPLE, (3, 2, 1), parent="who", allows=_another)


def small(rules: str = RULES) -> Grammar:
    return compile_grammar(parse_rules(rules), {"who": WHO, "other": OTHER})


def enumerate_texts(grammar: Grammar) -> dict[str, float]:
    """Write every text with its probability, by following every choice there is."""
    found: defaultdict[str, float] = defaultdict(float)
    waiting: list[tuple[Items, str, dict[str | None, int], float]] = [
        ((grammar.start,), "", {}, 1.0)
    ]
    while waiting:
        items, text, bound, p = waiting.pop()
        if not items:
            found[text] += p
            continue
        item, rest = items[0], items[1:]
        if isinstance(item, str):
            waiting.append((rest, text + item, bound, p))
        elif isinstance(item, Choice):
            for alternative in item.alternatives:
                share = alternative.weight / item.total
                waiting.append((alternative.items + rest, text, bound, p * share))
        else:
            variable = grammar.variables[item.variable]
            taken = bound.get(variable.parent)
            weights = [0 if i == taken else w for i, w in enumerate(variable.weights)]
            for record, weight in enumerate(weights):
                if bound.get(item.variable, record) != record or not weight:
                    continue
                share = 1.0 if item.variable in bound else weight / sum(weights)
                written = item.prefix + variable.records[record][item.field]
                now = {**bound, item.variable: record}
                waiting.append((rest, text + written, now, p * share))
    return dict(found)


def test_a_sample_is_consistent_with_itself() -> None:
    texts = {small().sample(Random(seed).random)[0] for seed in range(50)}
    assert "Dear Ann sat." in texts
    both = [text for text in texts if text.startswith("Ann") and "," in text]
    assert both
    assert all(" she " in text and ", Ann" not in text for text in both)


def test_entropy_and_expected_counts_equal_those_of_all_texts() -> None:
    grammar = small()
    texts = enumerate_texts(grammar)
    assert len(texts) == 9 * 3 + 3 * 2 * 27
    assert isclose(sum(texts.values()), 1.0)
    analysis = analyze(grammar)
    assert isclose(analysis.entropy, -sum(p * log(p) for p in texts.values()), rel_tol=1e-12)
    expected: defaultdict[str, float] = defaultdict(float)
    for text, p in texts.items():
        for pretoken in split_pretokens(text):
            expected[pretoken] += p
    assert analysis.pretokens.keys() == expected.keys()
    assert all(isclose(analysis.pretokens[word], expected[word]) for word in expected)
    ones = dict.fromkeys(expected, 1)
    assert isclose(
        analysis.expected(ones), sum(p * len(split_pretokens(t)) for t, p in texts.items())
    )
    assert longest(grammar, ones) == max(len(split_pretokens(text)) for text in texts)


def test_the_reader_knows_every_probability() -> None:
    grammar = small()
    reader = GrammarReader(grammar)
    for text, p in enumerate_texts(grammar).items():
        assert len(list(reader.derivations(text))) == 1
        assert isclose(reader.log_probability(text), log(p), rel_tol=1e-12)
    for text in ("Hello Dan ran.", "Hello Ann ran", "Ann ran, Ann sat and she sat again.", ""):
        assert reader.log_probability(text) == -inf


def test_samples_come_with_their_probability() -> None:
    grammar, reader = small(), GrammarReader(small())
    counts: defaultdict[str, int] = defaultdict(int)
    uniform = Random(0).random
    for _ in range(20_000):
        text, log_p = grammar.sample(uniform)
        counts[text] += 1
        assert isclose(log_p, reader.log_probability(text))
    for text, p in enumerate_texts(grammar).items():
        assert abs(counts[text] / 20_000 - p) < 5 * (p / 20_000) ** 0.5


def test_an_unambiguous_grammar_passes() -> None:
    check_unambiguous(small())
    check_seams(small())


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("story\n  a cat | a cat sat", "rule 'story': after 'a cat' one alternative is complete"),
        ("story\n  a cat | a #cat#\ncat\n  cat | dog", "after 'a cat'"),
        ("story\n  #x# ran.\nx\n  {who.name} | Ann", "rule 'x': after 'Ann'"),
        ("story\n  Then {who.he} ran.", r"\{who.he\} draws ' he', with which ' he' begins"),
        ("story\n  {other.name} ran.", "'other' may be drawn before its parent 'who'"),
    ],
)
def test_an_ambiguous_grammar_is_refused(rules: str, message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        check_unambiguous(small(rules))


def test_an_ambiguous_text_has_the_sum_of_its_derivations() -> None:
    grammar = small("story\n  #a# ran | 3* a cat #b#\na\n  a cat | a dog\nb\n  ran | sat")
    assert isclose(exp(GrammarReader(grammar).log_probability("a cat ran")), 1 / 8 + 3 / 8)


def test_pieces_that_would_join_in_a_pretoken_are_refused() -> None:
    with pytest.raises(GrammarError, match=r"'!' and '\?' would join"):
        check_seams(small("story\n  Oh!#x#\nx\n  ? | Really"))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("story\n  #no#", "no rule 'no', named in 'story'"),
        ("story\n  a #story#", "rule 'story' leads back to itself"),
        ("story\n  {cat.name}", "rule 'story': no variable 'cat'"),
        ("story\n  {who.age}", "variable 'who' has no field 'age'"),
        ("story\n  a\nstory\n  b", "rule 'story' is defined twice"),
        ("  a", "template before the first rule name: 'a'"),
        ("story\n  a | | b", "rule 'story' has an empty template in 'a | | b'"),
        ("tale\n  a", "no rule 'story', named in 'the start'"),
    ],
)
def test_a_mistake_in_the_rules_is_named(rules: str, message: str) -> None:
    with pytest.raises(GrammarError, match=re.escape(message)):
        small(rules)
