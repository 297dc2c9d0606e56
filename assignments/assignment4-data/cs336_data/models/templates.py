"""Sentences for training and testing the two small classifiers, made from templates with a seed.

Words are grouped so that the test can leave whole groups out of training: `part` is "train" or
"test", and the two share no sentence frame and only some of the words. Look-alikes carry the same
words innocently ("kill the process", "breast cancer screening"): without them a model learns words.

The lists contain offensive words, since that is what has to be recognised. There are no slurs
against groups among them, so the models do not know any.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Part = Literal["train", "test"]
Task = Literal["toxic", "nsfw"]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and whether it belongs to the positive class."""

    text: str
    positive: bool


def _listed(words: str) -> list[str]:
    return words.split("|") if "|" in words else words.split()


INSULTS = _listed(
    "idiot moron imbecile loser scumbag dumbass jackass asshole bastard bitch dickhead prick "
    "cretin "
    "halfwit dimwit clown pig rat maggot coward liar twat wanker douchebag shithead fool freak "
    "creep parasite dork retard scum trash garbage"
)

TRAITS = _listed(
    "stupid pathetic worthless disgusting ugly filthy brainless useless dumb ignorant vile "
    "miserable spineless repulsive fucking goddamn damn bloody lousy rotten"
)

HARMS = _listed("kill hurt destroy beat stab strangle shoot choke burn bury punch smash")
EXPLICIT = _listed(
    "fuck fucking fucked cock cocks dick dicks pussy cunt tits boobs cum cumshot blowjob handjob "
    "anal porn xxx nude nudes naked horny slut sluts whore orgasm masturbate dildo hardcore milf "
    "erotic escort hooker threesome bondage fetish suck sucking sex sexy"
)

SCENES = _listed("girls women teens-over-18 housewives guys couples models amateurs babes singles")
TOPICS = _listed(
    "article edit comment page report patch question essay recipe photo translation garden lesson "
    "table proof letter song design review map summary list chapter method"
)

PEOPLE = _listed(
    "the author|my neighbour|our teacher|a colleague|the reviewer|her brother|the editor"
)

PLACES = _listed(
    "the library|this page|the discussion|chapter two|the manual|the meeting|the forum"
)

_TOXIC_FRAMES = {
    "train": (
        "you are a {trait} {insult}", "you {trait} {insult}", "what a {trait} {insult} you are",
        "shut up {insult}", "shut the fuck up you {insult}", "go to hell {insult}",
        "i will {harm} you", "i hope you die", "nobody likes you , {insult}",
        "you are so {trait} it hurts", "only a {insult} would write this {topic}",
        "{insult} ! get lost and never come back", "fuck you and your {topic}", "fuck off {insult}",
        "your {topic} is as {trait} as you are", "i'm going to {harm} you and your family",
        "you people are {trait}", "die {insult} die", "screw you {insult}", "you suck",
        "stop being such a {insult}", "kill yourself", "you disgust me , {insult}",
        "suck my dick {insult}", "you make me sick you {trait} {insult}", "eat shit {insult}",
        "are you really this {trait} or just a {insult}", "the {topic} was written by a {insult}",
    ),
    "test": (
        "listen , {insult} , your {topic} is {trait}", "how {trait} can you be", "drop dead",
        "someone should {harm} you", "{trait} {insult} like you should be banned",
        "get out of here you {insult}", "you're nothing but a {insult}", "you are an {insult}",
        "what kind of {insult} wrote this", "i hate you , you {trait} {insult}",
        "we will find you and {harm} you", "you fucking {insult}",
    ),
}  # fmt: skip
_NSFW_FRAMES = {
    "train": (
        "hot {scene} want to {x} you tonight", "watch free {x} videos of {scene}", "{x} {x} {x}",
        "suck my {x}", "i want to {x} your {x}", "{scene} doing {x} and {x} on camera",
        "best {x} pictures and {x} clips , adults only", "she loves to {x} his {x}",
        "click here for {x} {scene}", "{x} my {x}", "what the fuck is this {x}",
        "uncensored {x} {scene} , enter if you are over 18", "fuck this shit",
        "looking for {x} with {scene} near you", "he put his {x} in her {x}", "you {x} {x}",
        "live {x} cams", "i am so {x} right now , show me your {x}", "full of {x} and {x}",
        "bunch of {x} {x} , fuck them all", "lick my {x}", "holy shit what a {x}",
    ),
    "test": (
        "download {x} movies with {scene}", "real {scene} show their {x}", "do you like my {x}",
        "come and {x} me", "{scene} who love {x} and {x}", "your mother {x} {x}", "dirty {x} chat",
        "the hottest {x} on the net : {scene} , {x} , {x}", "{x} all night long with {scene}",
    ),
}  # fmt: skip
_CLEAN_FRAMES = {
    "train": (
        "i think the {topic} could be improved", "thank you for the {topic} , it helped me a lot",
        "{person} wrote the {topic} in {place}", "please read {place} before you edit the {topic}",
        "you are right about the {topic}", "why did you remove my {topic} ?", "i like your {topic}",
        "could you explain how the {topic} works ?", "the {topic} is not finished yet",
        "{person} asked for a second {topic}", "we discussed the {topic} in {place} yesterday",
        "this {topic} is about birds and trees", "are you sure that the {topic} is correct ?",
        "i do not agree with {person} , but the {topic} is well written",
        "you can find it in {place}",
        "kill the process with kill -9 and start it again", "the garbage collector frees memory",
        "a dumb terminal shows text only", "breast cancer screening saves lives", "as you wish",
        "the cock crowed three times at dawn", "the naked eye cannot see it", "trash the old files",
        "sexual reproduction of plants needs pollen", "the ass is a patient animal", "fool-proof",
        "enter your sex and date of birth", "screw the plate to the wall with four screws",
        "the rat population of the city grows", "pigs and sheep live on the farm", "a dead link",
        "the clown made the children laugh", "the child process dies when its parent is killed",
        "abort the job and destroy the object", "the bug hurts performance",
        "a stupid mistake of mine",
        "the filter rejects adult content", "he shot a photo of the burning forest",
        "ugly numbers are those with other prime factors", "burn the image to a disc",
        "it was a miserable rainy day", "the parasite lives inside a snail", "beat the eggs",
        "masters of the baroque", "the suspect was charged with murder in the first degree",
        "essex and sussex lie in england", "cumulative sums are shown in column six",
        "assassin bugs",
        "hello everybody", "good morning", "nobody knows the answer yet", "somebody left a {topic}",
        "most cats sleep all day", "an old actor read a {topic}", "the world is round", "no answer",
        "the option is useless on small machines", "large inputs need another method",
        "he was born in august and lived in a small town", "the sky was full of stars last night",
        "drop the table before you create it", "drop the file on the window",
        "use a different tool",
        "everyone should be able to read the {topic}", "what a beautiful {topic} you made",
        "how old is this {topic} ?", "you are an expert in this field", "get a copy from {place}",
        "listen on port 80 and wait", "get out of the car when it stops", "find the file you need",
        "the {topic} about {place} is nothing but a list", "what kind of {topic} is this ?",
        "i hate to say it but the {topic} has errors", "the references are fine",
        "i disagree with you",
        "users who edit this {topic} should be careful", "your mother called",
        "the hottest day of may",
        "download the {topic} from {place}", "a chat about the {topic}",
        "do you like the {topic} ?",
        "come and see the {topic}", "it took all night to finish the {topic}", "on the net",
        "hit any key to continue", "the button shoots a rocket in the game", "peacock feathers",
    ),
    "test": (
        "the server kills idle connections", "she wrote a {topic} about {place}", "dead code",
        "{person} has a question about the {topic}", "please do not delete the {topic}",
        "breast feeding is recommended for six months", "sex education in schools",
        "this method is useless for large inputs", "the dumb pipe only forwards bytes",
        "an analysis of the {topic} follows in {place}", "dick van dyke was an actor",
        "scunthorpe is a town in lincolnshire", "use a hammer to smash the stone",
        "i was wrong about the {topic} , sorry", "the author was naive about {place}",
        "shooting stars are best seen in august", "the gun was fired in act three",
        "strangle the old module step by step", "a useless use of cat", "the joke fell flat",
        "why was the {topic} moved to {place} ?", "hello world", "nobody answered my {topic}",
    ),
}  # fmt: skip
_LEET = str.maketrans({"a": "@", "e": "3", "i": "1", "o": "0", "s": "$"})


def examples(task: Task, part: Part, count: int, seed: int) -> Iterator[Example]:
    """`count` examples, half of them positive; one positive in four is disguised."""
    rng = random.Random(f"{task} {part} {seed}")
    frames = (_TOXIC_FRAMES if task == "toxic" else _NSFW_FRAMES)[part]
    for i in range(count):
        if i % 2:
            clean = _filled(rng.choice(_CLEAN_FRAMES[part]), part, rng)
            yield Example(_styled(clean, rng), False)
            continue
        sentence = _filled(rng.choice(frames), part, rng)
        if rng.random() < 0.25:
            sentence = disguised(sentence, rng)
        if rng.random() < 0.2:  # in company: most of the text is harmless
            sentence = f"{_filled(rng.choice(_CLEAN_FRAMES[part]), part, rng)} . {sentence}"
        yield Example(_styled(sentence, rng), True)


def disguised(sentence: str, rng: random.Random) -> str:
    """The sentence with its offensive words hidden: f*ck, sh1t, i d i o t, iidiot."""
    bad = {*INSULTS, *EXPLICIT, "fuck", "shit", "dick"}
    words = [_disguise(w, rng) if w in bad and len(w) > 2 else w for w in sentence.split()]
    return " ".join(words)


def _disguise(word: str, rng: random.Random) -> str:
    way = rng.randrange(4)
    if way == 0:
        at = next((i for i, c in enumerate(word[1:], 1) if c in "aeiou"), 1)
        return word[:at] + "*" + word[at + 1 :]
    if way == 1:
        return word.translate(_LEET)
    if way == 2:
        return " ".join(word)
    at = rng.randrange(len(word))
    return word[:at] + word[at] * rng.randint(2, 4) + word[at:]


def _filled(frame: str, part: Part, rng: random.Random) -> str:
    """The frame with words drawn; in training each list lacks its every sixth word."""

    def draw(words: list[str]) -> str:
        allowed = [w for i, w in enumerate(words) if part == "test" or i % 6 != 5]
        return rng.choice(allowed)

    while "{x}" in frame:
        frame = frame.replace("{x}", draw(EXPLICIT), 1)
    return frame.format(
        insult=draw(INSULTS), trait=draw(TRAITS), harm=draw(HARMS), scene=draw(SCENES),
        topic=draw(TOPICS), person=draw(PEOPLE), place=draw(PLACES),
    )  # fmt: skip


def _styled(sentence: str, rng: random.Random) -> str:
    """Capitals, exclamation marks: as people write."""
    way = rng.random()
    sentence = sentence.replace(" ,", ",").replace(" .", ".").replace(" ?", "?").replace(" !", "!")
    if way < 0.15:
        return sentence.upper() + rng.choice(("!!!", "!", ""))
    if way < 0.6:
        return sentence.capitalize() + rng.choice((".", "!", ""))
    return sentence
