"""What is done with SmolLM2, stage by stage; each writes its record as soon as it knows something.

complete, choices and latency look at the model as it is; sft and dpo train it and measure before
and after. `SMALL` is for a CPU and shows that everything works; `FULL` gives the results.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from cs336_alignment.models.smollm2 import SmolLM2
from cs336_alignment.text.choices import judge, score, summarise
from cs336_alignment.text.examples import (
    FORMAT_REQUEST,
    MOST_WORDS,
    Example,
    Split,
    contains_key,
    follows_format,
    is_brief,
    make_examples,
)
from cs336_alignment.text.latency import measure_latency
from cs336_alignment.text.pairs import REJECTED, own_pairs, row_of, template_pairs
from cs336_alignment.text.questions import PROMPTS, all_questions
from cs336_alignment.text.records import Record, hash_of_ids
from cs336_alignment.text.speaker import Speaker
from cs336_alignment.text.tuning import Tuner, TuningConfig

Say = Callable[[str], None]
PROMPTS_AT_ONCE = 5
HELD_OUT: tuple[Split, ...] = ("items", "topics")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    prompts: int
    questions: int
    completion_tokens: int
    train: int
    """Training examples at most."""
    evaluate: int
    """Held-out examples of each split at most."""
    answer_tokens: int
    samples: int
    """Answers of each split kept in the record."""
    sft: TuningConfig
    dpo: TuningConfig


FULL = Size(
    prompts=20,
    questions=40,
    completion_tokens=64,
    train=10_000,
    evaluate=10_000,
    answer_tokens=64,
    samples=6,
    sft=TuningConfig(steps=66, batch_size=32, learning_rate=2e-5),
    dpo=TuningConfig(steps=66, batch_size=16, learning_rate=5e-6),
)
SMALL = Size(
    prompts=20,
    questions=40,
    completion_tokens=64,
    train=96,
    evaluate=12,
    answer_tokens=40,
    samples=4,
    sft=TuningConfig(steps=12, batch_size=8, learning_rate=3e-5, warmup_steps=2, report_every=1),
    dpo=TuningConfig(steps=10, batch_size=4, learning_rate=1e-5, warmup_steps=2, report_every=1),
)
TINY = Size(
    prompts=2,
    questions=2,
    completion_tokens=4,
    train=8,
    evaluate=2,
    answer_tokens=4,
    samples=1,
    sft=TuningConfig(steps=2, batch_size=2, learning_rate=1e-5, warmup_steps=1, report_every=1),
    dpo=TuningConfig(steps=2, batch_size=2, learning_rate=1e-5, warmup_steps=1, report_every=1),
)

SIZES = {"full": FULL, "small": SMALL, "tiny": TINY}


def tuned(size: Size, **changes: Any) -> Size:
    """The size with other settings of both kinds of training, those that are None left out."""
    given = {name: value for name, value in changes.items() if value is not None}
    return replace(size, sft=replace(size.sft, **given), dpo=replace(size.dpo, **given))


def complete(
    smol: SmolLM2, record: Record, size: Size, say: Say, prompts: list[str] | None = None
) -> None:
    """Greedy answers to the prompts, a few at a time, in the record when they are there."""
    speaker = Speaker(smol, max_new_tokens=size.completion_tokens)
    completions: list[dict[str, Any]] = record.content.get("completions", [])
    done = {completion["prompt"] for completion in completions}
    asked = [prompt for prompt in prompts or PROMPTS[: size.prompts] if prompt not in done]
    for start in range(0, len(asked), PROMPTS_AT_ONCE):
        some = asked[start : start + PROMPTS_AT_ONCE]
        for prompt, answer in zip(some, speaker.answer_ids(some), strict=True):
            completions.append({
                "prompt": prompt,
                "prompt_hash": hash_of_ids(smol.tokenizer.question_ids(prompt)),
                "output": smol.tokenizer.decode_answer(answer),
                "output_tokens": len(answer),
                "output_hash": hash_of_ids(answer),
                "finished": answer[-1] == smol.tokenizer.eos_token_id,
            })  # fmt: skip
            say(f"> {prompt}\n{completions[-1]['output']}\n")
        record.add(completions=completions)
    record.finish()


def choices(smol: SmolLM2, record: Record, size: Size, say: Say) -> None:
    """The multiple-choice questions by all three rules."""
    judged: list[dict[str, Any]] = record.content.get("judged", [])
    for question in all_questions()[len(judged) : size.questions]:
        judged.append(judge(question, score(smol, question)))
        record.add(summary=summarise(judged), judged=judged)
    for rule, result in summarise(judged)["rules"].items():
        say(f"{rule:10} {result['right']} of {len(judged)} right, 95 % {result['interval']}")
    record.finish()


def latency(smol: SmolLM2, record: Record, size: Size, say: Say) -> None:
    """Prefill and decode, milliseconds a token."""
    result = measure_latency(smol)
    for row in result["latency"]:
        say(str(row))
    say(f"weights read once: {result['read_weights_once_ms']} ms")
    record.finish(**result)


def sft(smol: SmolLM2, record: Record, size: Size, say: Say) -> None:
    """Fine-tune on the two-line format; how often it is followed, before and after."""
    trained = make_examples("train", size.sft.seed)[: size.train]
    held_out = {split: make_examples(split)[: size.evaluate] for split in HELD_OUT}
    speaker = Speaker(smol, max_new_tokens=size.answer_tokens)
    tuner = Tuner(smol, size.sft)
    record.add(
        request=FORMAT_REQUEST,
        settings=asdict(size.sft),
        examples={"train": len(trained), **{s: len(e) for s, e in held_out.items()}},
    )

    def evaluate(moment: str) -> None:
        results = {}
        for split, examples in held_out.items():
            texts = speaker.answers([e.format_question for e in examples])
            rows = [row_of(smol, e.format_question, e.formatted) for e in examples]
            tokens = sum(len(answer) for _, answer in rows)
            results[split] = {
                "format_followed": share([follows_format(text) for text in texts]),
                "right": right_share(examples, texts),
                "nats_per_token": round(-float(tuner.sums(rows).sum()) / tokens, 4),
                "samples": samples_of([e.format_question for e in examples], texts, size.samples),
            }
            say(f"{moment}, {split}: {numbers(results[split])}")
        record.add(**{moment: results})

    evaluate("before")
    rows = [row_of(smol, e.format_question, e.formatted) for e in trained]
    tuner.sft(rows, curve_in(record, say))
    evaluate("after")
    record.finish()


def dpo(smol: SmolLM2, record: Record, size: Size, say: Say) -> None:
    """Prefer brief answers to long ones; margins and what is said, before and after."""
    trained = make_examples("train", size.dpo.seed)[: size.train]
    held_out = {split: make_examples(split)[: size.evaluate] for split in HELD_OUT}
    speaker = Speaker(smol, max_new_tokens=size.answer_tokens)
    tuner = Tuner(smol, size.dpo)
    make_pairs = own_pairs if size.dpo.rejected == "own" else template_pairs
    pairs = {s: make_pairs(smol, speaker, examples) for s, examples in held_out.items()}
    training_pairs = make_pairs(smol, speaker, trained, 1 + size.dpo.seed)
    reference = {split: [tuner.sums(rows) for rows in sides] for split, sides in pairs.items()}
    record.add(
        preferred=f"one sentence of at most {MOST_WORDS} words, over {REJECTED[size.dpo.rejected]}",
        settings=asdict(size.dpo),
        examples={"train": len(trained), **{s: len(e) for s, e in held_out.items()}},
        pairs={"train": len(training_pairs[0]), **{s: len(p[0]) for s, p in pairs.items()}},
    )

    def evaluate(moment: str) -> None:
        results = {}
        for split, examples in held_out.items():
            texts = speaker.answers([e.question for e in examples])
            results[split] = {
                "brief": share([is_brief(text) for text in texts]),
                "mean_words": round(sum(len(text.split()) for text in texts) / len(texts), 2),
                "right": right_share(examples, texts),
                **preferences(
                    [tuner.sums(rows) for rows in pairs[split]],
                    reference[split],
                    size.dpo.beta,
                ),
                "samples": samples_of([e.question for e in examples], texts, size.samples),
            }
            say(f"{moment}, {split}: {numbers(results[split])}")
        record.add(**{moment: results})

    evaluate("before")
    tuner.dpo(*training_pairs, curve_in(record, say))
    evaluate("after")
    record.finish()


STAGES: dict[str, Callable[[SmolLM2, Record, Size, Say], None]] = {
    "complete": complete,
    "choices": choices,
    "latency": latency,
    "sft": sft,
    "dpo": dpo,
}
TRAINING = ("sft", "dpo")


def preferences(
    now: list[torch.Tensor], reference: list[torch.Tensor], beta: float
) -> dict[str, float]:
    """How the model's log-probabilities of (chosen, rejected) moved away from the reference's.

    `preferred` is the share of pairs with a positive margin; before any training all margins are 0
    and it is 0.
    """
    chosen, rejected = (beta * (ours - theirs) for ours, theirs in zip(now, reference, strict=True))
    margin = chosen - rejected
    return {
        "preferred": share((margin > 0).tolist()),
        "margin": round(float(margin.mean()), 4),
        "margin_least": round(float(margin.min()), 4),
        "chosen_log_prob": round(float(now[0].mean()), 3),
        "rejected_log_prob": round(float(now[1].mean()), 3),
    }


def share(hits: list[bool]) -> float:
    """The share of True, to four digits."""
    return round(sum(hits) / len(hits), 4)


def right_share(examples: list[Example], texts: list[str]) -> float:
    """The share of answers that contain what is right."""
    return share([contains_key(text, e.key) for e, text in zip(examples, texts, strict=True)])


def samples_of(questions: list[str], texts: list[str], count: int) -> list[dict[str, str]]:
    """The first questions with their answers."""
    return [
        {"question": question, "answer": text}
        for question, text in list(zip(questions, texts, strict=True))[:count]
    ]


def numbers(result: dict[str, Any]) -> str:
    """The figures of a result, for the terminal."""
    return ", ".join(f"{name} {value}" for name, value in result.items() if name != "samples")


def curve_in(record: Record, say: Say) -> Callable[[dict[str, Any]], None]:
    """A report that puts each row into the record's `curve`."""
    curve: list[dict[str, Any]] = []

    def report(row: dict[str, Any]) -> None:
        curve.append({name: float(f"{value:.5g}") for name, value in row.items()})
        record.add(curve=curve)
        say(", ".join(f"{name} {value:.4g}" for name, value in row.items()))

    return report
