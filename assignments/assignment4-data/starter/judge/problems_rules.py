"""Problems of rules that look at one text: masks, Gopher's quality, repetition."""

from __future__ import annotations

from collections import Counter

import pytest
from judge.checks import Draw, problem, same

from tests import adapters

EMAIL, PHONE, IP = "|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||", "|||IP_ADDRESS|||"


def addresses(draw: Draw, count: int) -> list[str]:
    """E-mail addresses of many forms."""
    names, hosts = ["ada", "lee", "kim", "noor", "jan"], ["example", "mail.example", "north-bay"]
    made = []
    for _ in range(count):
        name, other = draw.random.choice(names), draw.between(1, 99)
        form = draw.random.choice(
            (f"{name}", f"{name}.{other}x", f"{name}+news", f"{name}_{other}")
        )
        made.append(f"{form}@{draw.random.choice(hosts)}.{draw.random.choice(('org', 'co.uk'))}")
    return made


@problem("mask_emails", 1, "pii.mask_emails")
@pytest.mark.parametrize(
    "frame", ["Write to {0}.", "{0}, <{1}> or ({2})", "see mailto:{0}; {1}\n{2}", "{0}"]
)
def test_emails(draw: Draw, frame: str) -> None:
    drawn = addresses(draw, 3)
    text, count = frame.format(*drawn), sum(f"{{{i}}}" in frame for i in range(3))
    right = frame.format(EMAIL, EMAIL, EMAIL)
    dotted = frame.replace("{0}.", "{0}").format(EMAIL, EMAIL, EMAIL)
    found = adapters.run_mask_emails(text)
    same("mask_emails(text)", found, (right, count), case=f"text {text!r}",
         suspects={"the text is right and the number is not": (right, found[1]),
                   "the full stop of the sentence goes as well": (dotted, count),
                   "only the first address is masked":
                       (frame.format(EMAIL, *drawn[1:]), 1)})  # fmt: skip


@problem("mask_emails", 1, "pii.mask_emails")
@pytest.mark.parametrize(
    "text", ["no address", "ask @ada or @lee", "3 pears @ 20 cents", f"was {EMAIL} here"]
)
def test_what_is_no_email(text: str) -> None:
    same("mask_emails(text)", adapters.run_mask_emails(text), (text, 0), case=f"text {text!r}",
         suspects={"a marker that is there already is counted": (text, 1)})  # fmt: skip


@problem("mask_phone_numbers", 2, "pii.mask_phone_numbers")
@pytest.mark.parametrize(
    "form",
    [
        "{0}{1}{2}",
        "({0})-{1}-{2}",
        "({0}) {1}-{2}",
        "{0}-{1}-{2}",
        "{0}.{1}.{2}",
        "{0} {1} {2}",
        "+1 {0} {1} {2}",
    ],
)
def test_phone_numbers(draw: Draw, form: str) -> None:
    parts = draw.between(201, 989), draw.between(201, 989), draw.between(1000, 9999)
    number = form.format(*parts)
    text = f"Call {number} now, or {number}."
    found = adapters.run_mask_phone_numbers(text)
    same("mask_phone_numbers(text)", found, (f"Call {PHONE} now, or {PHONE}.", 2),
         case=f"text {text!r}",
         suspects={
             "numbers of this form are not found": (text, 0),
             "the bracket in front stays": (f"Call ({PHONE} now, or ({PHONE}.", 2),
             "the country's code stays": (f"Call +1 {PHONE} now, or +1 {PHONE}.", 2),
             "the plus sign stays": (f"Call +{PHONE} now, or +{PHONE}.", 2),
             "only the first number is masked": (f"Call {PHONE} now, or {number}.", 1),
         })  # fmt: skip


@problem("mask_phone_numbers", 2, "pii.mask_phone_numbers")
def test_what_is_no_phone_number(draw: Draw) -> None:
    long = "".join(draw.random.choices("23456789", k=14))
    for text in (f"order {long} was sent", "in 1998, 2004 and 2011", "1,234,567 people",
                 "3.14159265358979", f"call {PHONE} instead", "12-34"):  # fmt: skip
        same("mask_phone_numbers(text)", adapters.run_mask_phone_numbers(text), (text, 0),
             case=f"text {text!r}",
             suspects={
                 "ten digits inside of a longer number are taken":
                     (text.replace(long, PHONE + long[10:]), 1),
                 "ten digits inside of a longer number are taken, from its end":
                     (text.replace(long, long[:4] + PHONE), 1),
                 "a marker that is there already is counted": (text, 1),
             })  # fmt: skip


@problem("mask_ips", 2, "pii.mask_ips")
@pytest.mark.parametrize(
    "frame", ["Connect to {0} now.", "hosts {0}, {1} and {2}", "http://{0}:8080/a", "from {0}."]
)
def test_ips(draw: Draw, frame: str) -> None:
    found = []
    for _ in range(3):
        octets = [draw.between(100, 255), draw.between(0, 255), draw.between(0, 255),
                  draw.between(200, 255)]  # fmt: skip
        found.append(".".join(map(str, octets)))
    text, count = frame.format(*found), sum(f"{{{i}}}" in frame for i in range(3))
    same("mask_ips(text)", adapters.run_mask_ips(text), (frame.format(IP, IP, IP), count),
         case=f"text {text!r}",
         suspects={
             "it is not found": (text, 0),
             "only the first address is masked": (frame.format(IP, *found[1:]), 1),
             "a number of three digits is masked in part":
                 (frame.format(*(IP + address[-1] for address in found)), count),
             "the port is masked as well": ("http://" + IP + "/a", 1),
         })  # fmt: skip


@problem("mask_ips", 2, "pii.mask_ips")
def test_what_is_no_ip(draw: Draw) -> None:
    high = draw.between(256, 999)
    for text, why in (
        (f"host {high}.168.20.7 is odd", "a number is above 255"),
        (f"host 192.168.20.{high} is odd", "a number is above 255"),
        ("host 192.168.20 is odd", "there are three numbers and not four"),
        ("object 192.168.20.7.200 is odd", "there are five numbers and not four"),
        (f"host {IP} is odd", "a marker is not counted"),
    ):
        part = adapters.run_mask_ips(text)
        same("mask_ips(text)", part, (text, 0), case=f"text {text!r}: {why}")


def text_of(draw: Draw, count: int, length: int = 5, lines: int = 1) -> list[str]:
    """Words of `length` letters, `count` of them."""
    return ["".join(draw.random.choices("abcdefghij", k=length)) for _ in range(count)]


def check_gopher(draw: Draw, words: list[str], right: bool, case: str) -> None:
    gaps = draw.random.choices((" ", " ", "  ", "\n", "\t"), k=len(words))
    text = "".join(word + gap for word, gap in zip(words, gaps, strict=True))
    found = adapters.run_gopher_quality_filter(text)
    same("gopher_quality_filter(text)", found, right,
         case=f"{case}; white space of several kinds between them; True means keep",
         suspects={"True and False are exchanged": not right})  # fmt: skip


@problem("gopher_quality_filter", 3, "quality.gopher_quality_filter")
@pytest.mark.parametrize(
    ("count", "right"), [(49, False), (50, True), (100_000, True), (100_001, False)]
)
def test_number_of_words(draw: Draw, count: int, right: bool) -> None:
    words = text_of(draw, 50) * (count // 50 + 1)
    check_gopher(
        draw, words[:count], right, f"{count} words of five letters, 50 to 100,000 are allowed"
    )


@problem("gopher_quality_filter", 3, "quality.gopher_quality_filter")
@pytest.mark.parametrize(
    ("short", "long", "right"), [(3, 3, True), (2, 3, False), (10, 10, True), (10, 11, False)]
)
def test_mean_length_of_words(draw: Draw, short: int, long: int, right: bool) -> None:
    words = text_of(draw, 40, short) + text_of(draw, 40, long)
    case = f"80 words, the mean of their lengths is {(short + long) / 2:g}, 3 to 10 is allowed"
    check_gopher(draw, words, right, case)


@problem("gopher_quality_filter", 3, "quality.gopher_quality_filter")
@pytest.mark.parametrize(("numbers", "right"), [(20, True), (21, False)])
@pytest.mark.parametrize("mixed", [False, True])
def test_words_with_a_letter(draw: Draw, numbers: int, right: bool, mixed: bool) -> None:
    others = [f"{word}-7," for word in text_of(draw, 100 - numbers, 3)] if mixed else text_of(
        draw, 100 - numbers)  # fmt: skip
    words = others + [str(draw.between(1000, 9999)) for _ in range(numbers)]
    draw.random.shuffle(words)
    check_gopher(draw, words, right, f"{100 - numbers} of 100 words have a letter, at least 80 % "
                 f"must{'; words such as abc-7, have one' if mixed else ''}")  # fmt: skip


@problem("gopher_quality_filter", 3, "quality.gopher_quality_filter")
@pytest.mark.parametrize(("ellipses", "right"), [(3, True), (4, False)])
@pytest.mark.parametrize("blank", [False, True])
def test_lines_that_end_in_an_ellipsis(draw: Draw, ellipses: int, right: bool, blank: bool) -> None:
    lines = [" ".join(text_of(draw, 8)) + ("..." if i < ellipses else ".") for i in range(10)]
    draw.random.shuffle(lines)
    found = adapters.run_gopher_quality_filter(("\n\n" if blank else "\n").join(lines))
    same("gopher_quality_filter(text)", found, right,
         case=f"{ellipses} of 10 lines end in '...', at most 30 % may; True means keep"
         f"{'; blank lines between them do not count' if blank else ''}")  # fmt: skip


def repetitive(draw: Draw) -> list[str]:
    """Words of different lengths from a small vocabulary, so that runs repeat and overlap."""
    vocabulary = [letter * draw.between(1, 9) for letter in "abcd"]
    words = draw.random.choices(vocabulary, k=draw.between(30, 40))
    return words + words[:6]


@problem("gopher_repetition", 3, "rules.plain_repetition.top_ngram_characters")
@pytest.mark.parametrize("n", [2, 3, 4])
def test_most_frequent_run(draw: Draw, n: int) -> None:
    words = repetitive(draw)
    times = Counter(" ".join(words[at : at + n]) for at in range(len(words) - n + 1))
    top = max(times.values())
    most = [gram for gram, count in times.items() if count == top]
    sizes = sorted(len(gram) - (n - 1) for gram in most)  # without the spaces
    same("top_ngram_characters(words, n)", adapters.run_top_ngram_characters(words, n),
         top * sizes[-1], case=f"n={n}, words {' '.join(words)!r}",
         suspects={
             "one occurrence is counted and not all": sizes[-1],
             "the spaces between words are counted": top * (sizes[-1] + n - 1),
             "words are counted and not characters": top * n,
             "the number of occurrences": top,
             "of equally frequent runs the shortest is taken": top * sizes[0],
             "of equally frequent runs the first is taken": top * (len(most[0]) - (n - 1)),
         })  # fmt: skip


@problem("gopher_repetition", 3, "rules.plain_repetition.top_ngram_characters")
def test_runs_that_are_equally_frequent(draw: Draw) -> None:
    sizes = draw.random.sample(range(1, 9), 4)
    a, b, c, d = (letter * size for letter, size in zip("abcd", sizes, strict=True))
    words, (short, long) = [a, b, "-", c, d, "+", c, d, a, b], sorted((len(a + b), len(c + d)))
    if short == long:
        words, long = [word + "e" * (word in (c, d)) for word in words], long + 2
    same("top_ngram_characters(words, 2)", adapters.run_top_ngram_characters(words, 2), 2 * long,
         case=f"words {' '.join(words)!r}: two runs occur twice, and the longest counts",
         suspects={"of equally frequent runs the shortest is taken": 2 * short})  # fmt: skip


@problem("gopher_repetition", 3, "rules.plain_repetition.top_ngram_characters")
def test_no_run_that_repeats() -> None:
    words = ["every", "word", "of", "this", "line", "is", "another"]
    for name, count in (("top_ngram_characters", adapters.run_top_ngram_characters),
                        ("duplicate_characters", adapters.run_duplicate_characters)):  # fmt: skip
        same(f"{name}(words, 2)", count(words, 2), 0, case=f"words {words}: nothing occurs twice")


@problem("gopher_repetition", 3, "rules.plain_repetition.duplicate_characters")
@pytest.mark.parametrize("n", [2, 5, 7])
def test_characters_in_repeats(draw: Draw, n: int) -> None:
    words = repetitive(draw)
    first = draw.between(0, 10)
    words += [*words[first : first + n + 3], "z", *words[first : first + n]]
    runs = [" ".join(words[at : at + n]) for at in range(len(words) - n + 1)]
    again = [at for at, run in enumerate(runs) if run in runs[:at]]
    both = [at for at, run in enumerate(runs) if runs.count(run) > 1]
    inside = {place for at in again for place in range(at, at + n)}
    right = sum(len(words[place]) for place in inside)
    same("duplicate_characters(words, n)", adapters.run_duplicate_characters(words, n), right,
         case=f"n={n}, words {' '.join(words)!r}",
         suspects={
             "a word in two overlapping runs is counted twice":
                 sum(len(words[at + i]) for at in again for i in range(n)),
             "the first occurrence is counted as well": sum(
                 len(words[place]) for place in {at + i for at in both for i in range(n)}),
             "words are counted and not characters": len(inside),
             "only the first word of each run is counted": sum(len(words[at]) for at in again),
         })  # fmt: skip
