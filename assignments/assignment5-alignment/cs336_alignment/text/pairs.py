"""Pairs of a brief answer and one that is not, for DPO."""

from __future__ import annotations

from collections.abc import Sequence

from cs336_alignment.models.smollm2 import SmolLM2
from cs336_alignment.text.examples import Example, is_brief
from cs336_alignment.text.speaker import Speaker
from cs336_alignment.text.tuning import Rejected, Row

ROUNDS = 4  # of sampling; a question that is answered briefly each time has no pair
SEEDS_APART = 1_000_003

REJECTED: dict[Rejected, str] = {
    "own": "what the model itself says at temperature 1 when that is not brief",
    "template": "the same between fillers",
}


def row_of(smol: SmolLM2, question: str, answer: str) -> Row:
    """Ids of a question in the chat format and of its answer."""
    return smol.tokenizer.question_ids(question), smol.tokenizer.answer_ids(answer)


def template_pairs(
    smol: SmolLM2, speaker: Speaker, examples: Sequence[Example], seed: int = 0
) -> tuple[list[Row], list[Row]]:
    """(brief, wordy) answers to the same questions, both as the examples have them."""
    return (
        [row_of(smol, e.question, e.brief) for e in examples],
        [row_of(smol, e.question, e.wordy) for e in examples],
    )


def own_pairs(
    smol: SmolLM2, speaker: Speaker, examples: Sequence[Example], seed: int = 0
) -> tuple[list[Row], list[Row]]:
    """(brief, the model's own) answers; the latter as sampled, cut off where the limit was.

    Answers that nobody would give, such as a template's, can be made improbable without changing
    what is said; the model's own cannot.
    """
    rejected: dict[int, Row] = {}
    for turn in range(ROUNDS):
        asked = [index for index in range(len(examples)) if index not in rejected]
        questions = [examples[index].question for index in asked]
        if not questions:
            break
        sampled = speaker.answer_ids(questions, 1.0, seed * SEEDS_APART + turn * len(examples))
        for index, ids in zip(asked, sampled, strict=True):
            if not is_brief(smol.tokenizer.decode_answer(ids)):
                rejected[index] = smol.tokenizer.question_ids(examples[index].question), ids
    order = sorted(rejected)
    chosen = [row_of(smol, examples[i].question, examples[i].brief) for i in order]
    return chosen, [rejected[index] for index in order]
