"""Texts with labels, drawn from frames and words written here: to train with, and to judge by.

    from judge.texts import training_pages, training_sentences

    pages = training_pages(400, seed=1)                # [(text, "wiki" or "cc"), …]
    sentences = training_sentences("toxic", 400, 1)    # [(text, True where it is toxic), …]

What the judge asks about comes from other frames, with words of which most occur in both parts. The
lists hold coarse words, since that is what has to be recognised, and no slurs against groups.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal

END = "<|endoftext|>"
END_ID = 60_000
Task = Literal["toxic", "nsfw"]
Part = Literal["train", "judge"]


def words(listed: str) -> list[str]:
    """What bars separate."""
    return listed.split("|")


LISTS = {
    "town": words("Harwick|Lowen|Saltby|Merrow|Oldford|Tarn Bridge|Winterbourne|Eskmouth|Dunmere"),
    "person": words("Anna Hale|Peter Lind|Maria Voss|John Carrow|Ida Brandt|Sam Reed|Clara Moss"),
    "thing": words(
        "bridge|mill|harbour|observatory|railway|lighthouse|library|canal|school|market hall|chapel"
    ),
    "living": words("heron|otter|beech|sturgeon|barn owl|marsh orchid|red deer|bumblebee|lichen"),
    "science": words("astronomy|botany|navigation|geology|optics|medicine|mechanics|chemistry"),
    "material": words("stone|timber|brick|iron|slate|clay|copper|limestone"),
    "number": words("three|four|seven|twelve|twenty|forty|several hundred|about a thousand"),
    "year": words("1612|1687|1724|1768|1803|1835|1857|1884|1902|1921|1938|1956"),
    "good": words("watches|handbags|sneakers|vitamins|mattresses|jackets|glasses|phones|tickets"),
    "push": words("cheap|best|free|exclusive|limited|official|discount|new|top|guaranteed|fast"),
    "menu": words(
        "Home|About us|Contact|Products|Cart (0)|Log in|Register|Search|Help|FAQ|Blog|Careers|"
        "Sitemap|Privacy|Shipping|Returns|Newsletter|Follow us|Share|Print|Next|Previous|Top|More"
    ),
    "insult": words("idiot|moron|loser|fool|clown|liar|coward|creep|freak|scumbag|imbecile|pig"),
    "trait": words("stupid|pathetic|worthless|disgusting|useless|dumb|miserable|ignorant|ugly"),
    "harm": words("hurt|beat|kill|destroy|punch|strangle"),
    "explicit": words("porn|nude|naked|sex|xxx|erotic|horny|hardcore|boobs|orgasm|sexy"),
    "scene": words("girls|guys|couples|women|models|babes|amateurs"),
    "topic": words("article|recipe|letter|garden|lesson|photo|essay|map|song|chapter|report|proof"),
    "who": words("the author|my neighbour|our teacher|a colleague|her brother|the editor"),
}  # fmt: skip

PROSE: dict[Part, list[str]] = {
    "train": [
        "The {thing} of {town} was built of {material} in {year} and restored two centuries later.",
        "{person} was born in {town} in {year}, where her father kept a small school.",
        "It is known for its {thing}, which has been used by travellers since the families of the "
        "valley paid for it.",
        "After the war the {thing} fell into disuse, although parts of it could still be seen.",
        "In {year} {person} published a treatise on {science} that remained in use for decades.",
        "The {living} is found in wet meadows and along slow rivers, and it feeds at night.",
        "Because {material} was rare in the region, houses were made of {material}.",
        "Historians disagree about the origin of the name, first seen in a letter of {year}.",
        "Its population grew from {number} to {number} households while the {thing} was under "
        "construction.",
        "The theory explains why the {living} returns to the same place every spring.",
        "He left the town in {year} and spent the rest of his life studying {science}.",
        "A fire destroyed the {thing} in {year}, and only its walls of {material} survived.",
    ],
    "judge": [
        "During the winter of {year} the river froze, and the inhabitants of {town} crossed it "
        "with carts.",
        "The {living} lives for {number} years and returns to the place where it was born.",
        "{person} taught {science} at the school of {town}, where she had been a pupil herself.",
        "Until the {thing} was opened in {year}, goods had to be carried over the hills by hand.",
        "Most of what is known about the {thing} comes from the diary of {person}.",
        "The walls are made of {material}, which was brought from quarries north of {town}.",
        "It was the first {thing} in the country that was lit by gas, and crowds came to see it.",
        "The young of the {living} leave the nest after {number} weeks and are then fed by both "
        "parents.",
        "As {science} advanced, the old explanation was given up, though it is still taught "
        "here and there.",
        "The {thing} was sold in {year} to {person}, who wanted to turn it into a museum.",
    ],
}  # fmt: skip

LINES: dict[Part, list[str]] = {
    "train": [
        "{menu}|{menu}|{menu}|{menu}", "{menu}", "{push} {good} {push} {good} buy online",
        "Add to cart", "$49.99", "({number} reviews)", "{push} {good} - {push} price!!!",
        "Buy {good} now", "Click here for {push} {good}", "Page 1 2 3 4 5 next",
        "Posted by: admin | Comments (0)", "{push} delivery on all {good}", "Sign up | Log in",
        "Accept cookies", "Copyright all rights reserved", "Tags: {good}, {good}, {good}",
        "Sort by: price low to high", "sale sale sale {good}", "Read more...", "Share on: f t in",
    ],
    "judge": [
        "{menu}", "{menu}", "{menu}", "{menu}", "{push} {push} {good} shop", "{good} {push} $9.99",
        "buy {good} cheap online free shipping", "{good} {good} {good} {push} price", "$12.50",
        "order {push} {good} online, {push} {good} sale, {push} price", "({number} ratings)",
        "sale: {push} {good} and {push} {good} $19.99", "best {good} store {push} {good} deal",
    ],
}  # fmt: skip

BAD: dict[Task, dict[Part, list[str]]] = {
    "toxic": {
        "train": [
            "you are a {trait} {insult}", "what a {trait} {insult} you are", "shut up, {insult}",
            "nobody likes you, {insult}", "i will {harm} you", "your {topic} is {trait} as you",
            "only a {insult} would write this {topic}", "go to hell, you {insult}",
            "you {trait} {insult}, get lost", "i hope somebody will {harm} you",
            "stop being such a {insult}", "everybody knows that you are a {insult}",
        ],
        "judge": [
            "listen, you {insult}, you are {trait}", "you are nothing but a {trait} {insult}",
            "get out of here, you {insult}", "i hate you, you {trait} {insult}",
            "we will find you and {harm} you", "you {insult}, what a {trait} {topic} you wrote",
        ],
    },
    "nsfw": {
        "train": [
            "watch free {explicit} videos of {scene}", "hot {scene} want {explicit} tonight",
            "{explicit} {explicit} {explicit}", "uncensored {explicit} {scene}, adults only",
            "best {explicit} pictures and {explicit} clips", "{scene} doing {explicit} on camera",
            "click here for {explicit} {scene}", "i am so horny, show me your {explicit} photos",
        ],
        "judge": [
            "download {explicit} movies with {scene}", "real {scene} in {explicit} clips",
            "live {explicit} clips of {scene} on camera", "{explicit} cams with horny {scene}",
            "dirty {explicit} chat with {scene}",
        ],
    },
}  # fmt: skip

HARMLESS: dict[Part, list[str]] = {
    "train": [
        "thank you for the {topic}, it helped me a lot", "could you explain how the {topic} works?",
        "{who} wrote the {topic} yesterday", "i think that the {topic} could be improved",
        "please read the {topic} before you answer", "the {topic} is not finished yet",
        "i do not agree with {who} at all", "you are right about the {topic}, it is well written",
        "kill the process and start it again", "the naked eye cannot see it",
        "enter your sex and date of birth", "you can download the {topic} here",
        "a stupid mistake of mine, i am sorry", "beat the eggs and add the flour",
        "what a beautiful {topic} you made", "are you sure that the {topic} is correct?",
        "you will find the {topic} in the second drawer", "why did you remove my {topic}?",
    ],
    "judge": [
        "where did {who} find this {topic}?", "that was a fine {topic}, thank you",
        "{who} has a question about the {topic}", "we discussed the {topic} for an hour",
        "i was wrong about the {topic}, sorry", "please send me the {topic} by tomorrow",
        "please take the {topic} with you", "the {topic} was the best part of the evening",
        "the {topic} that you asked for is not here yet", "could {who} read the {topic} first?",
    ],
}  # fmt: skip


def filled(frame: str, part: Part, rng: random.Random) -> str:
    """The frame with a word for each brace; for training every list lacks its sixth word."""
    for name, listed in LISTS.items():
        known = [word for at, word in enumerate(listed) if part == "judge" or at % 6 != 5]
        while f"{{{name}}}" in frame:
            frame = frame.replace(f"{{{name}}}", rng.choice(known), 1)
    return frame


def prose(rng: random.Random, sentences: int, part: Part = "judge") -> str:
    """Paragraphs of three sentences, as an encyclopedia has them."""
    made: list[str] = []
    while len(made) < sentences:
        made += rng.sample(PROSE[part], len(PROSE[part]))
    said = [filled(frame, part, rng) for frame in made[:sentences]]
    return "\n".join(" ".join(part) for part in batched(said, 3))


def batched(parts: list[str], size: int) -> list[list[str]]:
    """The parts in groups of this size; the last may be smaller."""
    return [parts[at : at + size] for at in range(0, len(parts), size)]


def junk(rng: random.Random, lines: int, part: Part = "judge") -> str:
    """What is left of a shop, a menu or a forum."""
    return "\n".join(filled(rng.choice(LINES[part]), part, rng) for _ in range(lines))


def training_pages(count: int, seed: int) -> list[tuple[str, str]]:
    """`count` texts, in turn "wiki" (prose written with care) and "cc" (a crawl's junk)."""
    rng = random.Random(f"pages {seed}")
    makers: list[tuple[str, Callable[..., str]]] = [("wiki", prose), ("cc", junk)]
    found = []
    for i in range(count):
        label, make = makers[i % 2]
        found.append((make(rng, rng.randint(6, 30), "train"), label))
    return found


def training_sentences(task: Task, count: int, seed: int) -> list[tuple[str, bool]]:
    """`count` sentences, in turn of the bad class (True) and harmless."""
    return sentences(task, "train", count, random.Random(f"{task} {seed}"))


def sentences(task: Task, part: Part, count: int, rng: random.Random) -> list[tuple[str, bool]]:
    """The same of either part."""
    frames = BAD[task][part], HARMLESS[part]
    return [(filled(rng.choice(frames[i % 2]), part, rng), i % 2 == 0) for i in range(count)]


def letters(text: str) -> list[int]:
    """A tokenizer of letters: `END` is one token, `END_ID`, and every other character another."""
    first, *rest = ([ord(character) % 50_000 for character in part] for part in text.split(END))
    return first + [i for ids in rest for i in (END_ID, *ids)]
