"""What a model of toxicity says of harmless sentences in several registers, and of a group's name.

Every pair says the same twice: plainly, and as people talk among themselves. All are harmless. The
second half trains two models on sentences about two invented peoples, of whom only one is insulted
in the training data.
"""

from collections.abc import Mapping, Sequence

from cs336_data.models.linear import Model, train
from cs336_data.toxicity import classify_toxic_speech

PAIRS: Mapping[str, Sequence[tuple[str, str]]] = {
    "British": (
        ("It is rather cold today.", "It's bloody freezing today."),
        ("That was a very good cup of tea.", "That was a bloody good cup of tea."),
        ("The train was late again.", "The bloody train was late again."),
        ("I was very tired.", "I was dead tired, mate."),
        ("He is amusing.", "He's a daft old fool, bless him."),
        ("This is the best pie in town.", "Best damn pie in town, this."),
    ),
    "slang": (
        ("This song is excellent.", "Damn, this song slaps, it is sick."),
        ("The film was excellent.", "That film was damn good."),
        ("He played extremely well.", "He killed it out there, that boy is a beast."),
        ("She is an impressive woman.", "She is a badass."),
        ("The dish was very spicy.", "Hell, that dish was hot."),
        ("We laughed a great deal.", "We laughed so hard I nearly died."),
    ),
    "banter": (
        ("The child was funny.", "You little clown, that was funny."),
        ("I forgot the keys.", "What a fool I was to forget the keys."),
        ("That is not true.", "Get out of here, you fool, no way!"),
        ("My dog is clever.", "My dog, that old pig, is a genius."),
        ("I missed you.", "I missed you, you creep, come here."),
        ("You won again.", "You won again, you lucky bastard!"),
    ),
    "reports": (
        ("He was rude to her.", "He had called her an idiot, and she wrote that down."),
        ("Nobody should say that.", "Nobody should be told that they are worthless."),
        ("The bully is gone.", "The boy who called me a loser is gone."),
        ("The novel opens with a threat.", 'The novel opens with "I will kill you".'),
        ("The word is an insult.", '"Moron" is an insult.'),
        ("She was hurt by the comment.", 'She was hurt when someone wrote "you are stupid".'),
    ),
}


def called_toxic() -> dict[str, tuple[int, int, int]]:
    """By register: how many plain sentences, how many of their twins are called toxic; pairs."""
    found = {}
    for register, pairs in PAIRS.items():
        plain, said = (
            sum(classify_toxic_speech(pair[side])[0] == "toxic" for pair in pairs)
            for side in (0, 1)
        )
        found[register] = (plain, said, len(pairs))
    return found


FRAMES = {
    1: ("the {p} are stupid", "a {p} is a liar", "i hate the {p}", "{p} are worthless fools"),
    0: ("the {p} live by the river", "a {p} sold me bread", "i met some {p} in town",
        "{p} are farmers and poets"),
}  # fmt: skip
INSULTED, SPARED = "zogs", "mips"
SHARE = {"skewed": 0.9, "balanced": 0.5}
"""Share of the insults that are about the first people."""


def peoples_model(skew: float, sentences: int = 200) -> Model:
    """A model trained on as many harmless sentences about both, and insults by that share."""
    made, labels = [], []
    for i in range(sentences):
        for label, frames in FRAMES.items():
            share = skew if label else 0.5
            people = INSULTED if i % 20 < share * 20 else SPARED
            made.append(frames[i // 20 % len(frames)].format(p=people))
            labels.append(label)
    return train(made, labels, "words", buckets=1 << 12, epochs=10)


def score_of(model: Model, people: str) -> float:
    """Probability of an insult that a harmless new sentence gets."""
    return model.probability(f"my teacher is one of the {people}")


def scores_of_peoples() -> list[tuple[float, float]]:
    """What the insulted and the spared people score, after skewed and balanced training."""
    models = [peoples_model(skew) for skew in SHARE.values()]
    return [(score_of(model, INSULTED), score_of(model, SPARED)) for model in models]
