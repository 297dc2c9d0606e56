"""Multiple choice scored in three ways, which do not agree.

- letter: the options are shown, the model's next token is compared among A, B, C, D.
- text: the options are not shown; log p(option | question), summed over its tokens.
- normalised: the same divided by the option's length in bytes, since every further token can only
  lower a sum (Brown et al. 2020, section 2.4, divide by tokens; bytes do not depend on the
  tokenizer).
"""

from __future__ import annotations

import math
from typing import Any, Literal

import torch

from cs336_alignment.log_probs import token_log_probs
from cs336_alignment.models.decoder import TransformerDecoder
from cs336_alignment.models.policy import pad_left
from cs336_alignment.models.smollm2 import SmolLM2
from cs336_alignment.text.questions import Question

Rule = Literal["letter", "text", "normalised"]
RULES: tuple[Rule, ...] = ("letter", "text", "normalised")
LETTERS = "ABCD"


def letter_prompt(question: Question) -> str:
    """The question with lettered options."""
    options = [f"{letter}. {text}" for letter, text in zip(LETTERS, question.options, strict=True)]
    return "\n".join([question.text, *options, "Answer with one letter: A, B, C or D."])


@torch.no_grad()
def answer_log_probs(smol: SmolLM2, prompt: str, answers: list[str]) -> list[float]:
    """log p(answer | prompt) of each, without the token that would end it.

    The prompt is read once and its keys and values serve all answers.
    """
    model, tokenizer = smol.model, smol.tokenizer
    device = model.token_embeddings.weight.device
    prompt_ids, mask = pad_left([tokenizer.question_ids(prompt)], tokenizer.pad_token_id, device)
    outputs = [tokenizer.answer_ids(answer)[:-1] for answer in answers]
    width = max(map(len, outputs))
    padded = [ids + [tokenizer.pad_token_id] * (width - len(ids)) for ids in outputs]
    ids = torch.tensor(padded, device=device)
    decoder = TransformerDecoder(model, len(answers), prompt_ids.shape[1] + width)
    logits = decoder.prefill(prompt_ids, mask, torch.zeros_like(ids[:, 0]))
    sums = torch.zeros(len(answers), device=device)
    lengths = torch.tensor([len(ids) for ids in outputs], device=device)
    for place in range(width):
        if place:
            logits = decoder.step(ids[:, place - 1])
        sums += torch.where(place < lengths, token_log_probs(logits, ids[:, place]), 0.0)
    values: list[float] = sums.tolist()
    return values


def score(smol: SmolLM2, question: Question) -> dict[Rule, list[float]]:
    """Each option's score under each rule; the highest is the model's choice."""
    text = answer_log_probs(smol, question.text, list(question.options))
    lengths = [len(option.encode()) for option in question.options]
    return {
        "letter": answer_log_probs(smol, letter_prompt(question), list(LETTERS)),
        "text": text,
        "normalised": [value / length for value, length in zip(text, lengths, strict=True)],
    }


def judge(question: Question, scores: dict[Rule, list[float]]) -> dict[str, Any]:
    """The question with its scores and whether each rule chose the right option."""
    chosen = {rule: values.index(max(values)) for rule, values in scores.items()}
    return {
        "subject": question.subject,
        "question": question.text,
        "options": list(question.options),
        "right": question.right,
        "chosen": chosen,
        "scores": {rule: [round(v, 4) for v in values] for rule, values in scores.items()},
    }


def summarise(judged: list[dict[str, Any]]) -> dict[str, Any]:
    """Accuracy of each rule with its 95 % interval (Wilson), and the share of chance."""
    total = len(judged)
    accuracy: dict[str, Any] = {}
    for rule in RULES:
        right = sum(entry["chosen"][rule] == entry["right"] for entry in judged)
        low, high = wilson_interval(right, total)
        accuracy[rule] = {
            "right": right,
            "accuracy": round(right / total, 4),
            "interval": [round(low, 4), round(high, 4)],
            "chosen": [sum(e["chosen"][rule] == i for e in judged) for i in range(len(LETTERS))],
        }
    agree = sum(len(set(entry["chosen"].values())) == 1 for entry in judged)
    return {
        "questions": total,
        "chance": 1 / len(LETTERS),
        "rules": accuracy,
        "all_rules_agree": round(agree / total, 4),
    }


def wilson_interval(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); it stays inside [0, 1]."""
    share = right / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return (centre - spread) / scale, (centre + spread) / scale
