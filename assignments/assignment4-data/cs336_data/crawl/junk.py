"""Junk pages with labels, for what documentation lacks: spam, cookie walls, machine text, copies.

    page = make_junk("keyword spam", random.Random(1), real=[...])
    page.label, page.html

Labels are written into the archive, never into the page. Every kind is drawn from words and frames
below; the seed decides which. `DEVELOPMENT_SEED` is the one that rules and limits were chosen with.
"""

from __future__ import annotations

import base64
import html
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

DEVELOPMENT_SEED = 1


def listed(words: str) -> list[str]:
    """Words between bars, or between spaces if there is no bar."""
    return words.split("|") if "|" in words else words.split()


GOODS = listed(
    "watches handbags loans casino slots poker pills tablets sneakers sunglasses mortgages "
    "insurance jackets vitamins mattresses crypto bonus followers essays ringtones diplomas"
)
PUSH = listed(
    "cheap best buy online discount free fast delivery official outlet sale top quality low price "
    "no prescription guaranteed instant approval exclusive limited offer deal coupon code review "
    "order now save percent new arrival replica genuine store shop wholesale"
)
CITIES = listed(
    "London Paris Boston Miami Dubai Toronto Sydney Berlin Madrid Chicago Austin Denver"
)
NAMES = listed("ada brian carla deepak elena farid grace hiro ivan julia karim lena")
LOREM = listed(
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut "
    "labore et dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris"
)
MENU = listed(
    "Home|About us|Contact|Products|Cart (0)|Log in|Register|Search|Help|FAQ|Blog|Careers|Press|"
    "Sitemap|Privacy|Imprint|Shipping|Returns|Newsletter|Follow us|Share|Print|Next|Previous|Top"
)


@dataclass(frozen=True, slots=True)
class Junk:
    """A planted page: what it is, its bytes, and how it is served."""

    label: str
    html: bytes
    content_type: str = "text/html; charset=utf-8"


def make_junk(label: str, rng: random.Random, real: Sequence[str] = ()) -> Junk:
    """A page of one kind; `real` are texts of real pages, for kinds that copy.

    Raises:
        KeyError: no such kind.
    """
    made = _MAKERS[label](rng, real)
    return made if isinstance(made, Junk) else Junk(label, _page(label, made, rng).encode())


def kinds() -> tuple[str, ...]:
    """All labels, in a stable order."""
    return tuple(_MAKERS)


def edited(text: str, share: float, rng: random.Random) -> str:
    """The text with a share of its words replaced by others of it: a near duplicate."""
    words = text.split(" ")
    for at in rng.sample(range(len(words)), max(1, round(len(words) * share))):
        words[at] = rng.choice(words)
    return " ".join(words)


def _page(label: str, body: str, rng: random.Random) -> str:
    title = f"{rng.choice(PUSH)} {rng.choice(GOODS)}".title() if "spam" in label else "Welcome"
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"


def _paragraphs(texts: Sequence[str]) -> str:
    return "".join(f"<p>{html.escape(text)}</p>\n" for text in texts)


def _keyword_spam(rng: random.Random, _: Sequence[str]) -> str:
    good = rng.choice(GOODS)
    lines = []
    for _line in range(rng.randint(12, 40)):
        words = rng.choices(PUSH, k=rng.randint(6, 18))
        words.insert(rng.randrange(len(words)), good)
        words.append(rng.choice((good, rng.choice(GOODS), f"in {rng.choice(CITIES)}")))
        lines.append(" ".join(words) + rng.choice((".", "!", "", " -")))
    return _paragraphs(lines)


def _sentence_spam(rng: random.Random, _: Sequence[str]) -> str:
    frames = (
        "Are you looking for {p} {g} in {c}? You have come to the right place.",
        "Our {p} {g} are of the {q} quality and we ship to {c} within two days.",
        "Thousands of happy customers in {c} have already bought our {p} {g}.",
        "Click the link below to get your {p} {g} with a {n} percent discount today.",
        "Do not miss this {q} offer: {g} for only {n} dollars, and the {p} delivery is free.",
        "With our {g} you will save {n} dollars a month, that is a promise of {c} experts.",
        "If you want to buy {p} {g}, this is the {q} store that you can trust.",
        "Doctors and experts from {c} recommend our {q} {g} to everybody.",
        "Act now, since the {p} stock of {g} is limited and the price will rise in {n} hours.",
        "We have been selling {q} {g} since 19{n} and our prices are the lowest in {c}.",
    )
    chosen = [
        rng.choice(frames).format(
            p=rng.choice(PUSH), q=rng.choice(PUSH), g=rng.choice(GOODS), c=rng.choice(CITIES),
            n=rng.randint(10, 99),
        )
        for _line in range(rng.randint(14, 40))
    ]  # fmt: skip
    return _paragraphs([" ".join(chosen[i : i + 3]) for i in range(0, len(chosen), 3)])


def _cookies(rng: random.Random, _: Sequence[str]) -> str:
    who = rng.choice(CITIES) + " Media"
    lines = (
        f"{who} and our {rng.randint(20, 900)} partners use cookies and similar technologies.",
        "We value your privacy. By clicking accept you agree to the use of cookies on this device.",
        "Strictly necessary cookies are always active and cannot be switched off.",
        "You can withdraw your consent at any time in our privacy policy and cookie policy.",
        "Partners may process your personal data on the basis of legitimate interest.",
        "Store and access information on a device. Personalised advertising and content.",
        "Measure advertising performance. Develop and improve services. Precise location data.",
    )
    return _paragraphs(rng.sample(lines, len(lines)) * rng.randint(1, 3) + ["Accept all", "Reject"])


def _machine_text(rng: random.Random, real: Sequence[str]) -> str:
    follows: dict[str, list[str]] = defaultdict(list)
    source = " ".join(rng.sample(list(real), min(6, len(real)))) or " ".join(PUSH * 20)
    words = source.split()[:6000]
    for one, two in pairwise(words):
        follows[one].append(two)
    word, out = rng.choice(words), []
    for _step in range(rng.randint(150, 500)):
        out.append(word)
        word = rng.choice(follows.get(word) or words)
    return _paragraphs([" ".join(out[i : i + 60]) for i in range(0, len(out), 60)])


def _lorem(rng: random.Random, _: Sequence[str]) -> str:
    def paragraph() -> str:
        return "Lorem ipsum " + " ".join(rng.choices(LOREM, k=rng.randint(30, 70))) + "."

    return _paragraphs([paragraph() for _line in range(rng.randint(3, 8))])


def _menu(rng: random.Random, _: Sequence[str]) -> str:
    entries = [f"<li>{rng.choice(MENU)}</li>" for _line in range(rng.randint(60, 160))]
    return f"<ul>{''.join(entries)}</ul>"


def _forum(rng: random.Random, _: Sequence[str]) -> str:
    """What is left of a forum: names, dates, buttons, hardly a sentence."""
    lines = [rng.choice(MENU) for _line in range(8)]
    for _post in range(rng.randint(6, 20)):
        good, push = rng.choice(GOODS), rng.choice(PUSH)
        lines += [f"Posted by: {rng.choice(NAMES)}{rng.randint(1, 999)}",
                  f"Joined: {rng.choice('JFMASOND')}{rng.randint(10, 26)}",
                  f"Posts: {rng.randint(1, 9999)}", f"Location: {rng.choice(CITIES)}",
                  f"Re: {push} {good} ???", f"thx, any1 know {push} {good} in {rng.choice(CITIES)}",
                  "Reply", "Quote", "Report"]  # fmt: skip
    return _paragraphs([*lines, "Page 1 of 7", "Powered by boards", *rng.sample(MENU, 6)])


def _shop(rng: random.Random, _: Sequence[str]) -> str:
    """A page of products: names, prices, buttons."""
    lines = rng.sample(MENU, 8)
    for _item in range(rng.randint(10, 40)):
        name = f"{rng.choice(PUSH)} {rng.choice(GOODS)} {rng.choice('XSLM')}{rng.randint(1, 99)}"
        lines += [name.title(), f"${rng.randint(5, 999)}.99", f"({rng.randint(1, 999)} reviews)",
                  "Add to cart"]  # fmt: skip
    return _paragraphs([*lines, *rng.sample(MENU, 8)])


def _data(rng: random.Random, _: Sequence[str]) -> str:
    blob = base64.b64encode(rng.randbytes(rng.randint(2_000, 9_000))).decode()
    return f"<p>Download</p><pre>{blob}</pre>"


def _script(rng: random.Random, _: Sequence[str]) -> str:
    lines = [
        f"function f{i}(a,b){{var c{i}=a[{rng.randint(0, 99)}]||{{}};return c{i}.x^b;}};"
        for i in range(rng.randint(40, 120))
    ]
    return f"<p>Please enable JavaScript to view this page.</p><pre>{''.join(lines)}</pre>"


def _repetition(rng: random.Random, real: Sequence[str]) -> str:
    text = rng.choice(list(real) or [" ".join(PUSH)])
    line = " ".join(text.split()[: rng.randint(8, 25)])
    return _paragraphs([line] * rng.randint(20, 60))


def _profanity(rng: random.Random, _: Sequence[str]) -> str:
    from cs336_data.models.templates import examples  # its words are not repeated here

    seed = rng.randrange(1 << 30)
    both = [*examples("toxic", "test", 60, seed), *examples("nsfw", "test", 60, seed)]
    bad = [example.text for example in both if example.positive]
    rng.shuffle(bad)
    return _paragraphs([" ".join(bad[i : i + 3]) for i in range(0, len(bad), 3)])


def _mirror(share: float) -> Callable[[random.Random, Sequence[str]], str]:
    def make(rng: random.Random, real: Sequence[str]) -> str:
        text = rng.choice(list(real))
        lines = text.split("\n")
        if share:
            lines = [edited(line, share, rng) if len(line.split()) > 8 else line for line in lines]
        return _paragraphs([line for line in lines if line.strip()])

    return make


def _personal(rng: random.Random, real: Sequence[str]) -> str:
    text = rng.choice(list(real))
    people = []
    for _line in range(rng.randint(3, 12)):
        name = rng.choice(NAMES)
        address = ".".join(str(rng.randint(1, 254)) for _ in range(4))
        phone = f"({rng.randint(201, 989)}) {rng.randint(201, 989)}-{rng.randint(1000, 9999)}"
        people.append(
            f"{name.title()}: {name}.{rng.choice(NAMES)}@{rng.choice(CITIES).lower()}.example.org, "
            f"phone {phone}, last login from {address}."
        )
    return _paragraphs([*text.split("\n"), *people])


def _encoding(rng: random.Random, real: Sequence[str]) -> Junk:
    text = rng.choice(list(real))
    name = rng.choice(("cp1252", "utf-16", "iso8859-15"))
    body = _page("", _paragraphs(["Café, “naïve” – façade…", *text.split("\n")]), rng)
    return Junk("other encoding", body.encode(name, "replace"), "text/html")


def _mojibake(rng: random.Random, real: Sequence[str]) -> str:
    text = edited(rng.choice(list(real)), 0.3, rng)
    marks = "äöüéèñßøå"
    words = [w + rng.choice(marks) * 2 if rng.random() < 0.6 else w for w in text.split()[:400]]
    wrong = " ".join(words).encode("utf-8").decode("cp1252", "replace").encode().decode()
    return _paragraphs([wrong.encode("utf-8").decode("cp1252", "replace")])


def _huge(rng: random.Random, _: Sequence[str]) -> Junk:
    body = b"<p>" + b" ".join(rng.choice(PUSH).encode() for _ in range(1000)) * 2000 + b"</p>"
    return Junk("huge page", body, "text/html")


_MAKERS: dict[str, Callable[[random.Random, Sequence[str]], str | Junk]] = {
    "keyword spam": _keyword_spam,
    "sentence spam": _sentence_spam,
    "cookie page": _cookies,
    "machine text": _machine_text,
    "lorem ipsum": _lorem,
    "menu": _menu,
    "forum": _forum,
    "shop": _shop,
    "data": _data,
    "script": _script,
    "repetition": _repetition,
    "profanity": _profanity,
    "mojibake": _mojibake,
    "huge page": _huge,
    "exact copy": _mirror(0.0),
    "near copy": _mirror(0.01),
    "personal data": _personal,
    "other encoding": _encoding,
}
JUNK = ("keyword spam", "sentence spam", "cookie page", "machine text", "lorem ipsum", "menu",
        "forum", "shop", "data",
        "script", "repetition", "profanity", "mojibake")  # fmt: skip
"""Kinds that a filter should reject."""
COPIES = ("exact copy", "near copy")
"""Kinds that deduplication should remove."""
GOOD = ("personal data", "other encoding")
"""Kinds that should stay, masked or decoded."""
