"""The small slips of fine-tuning: a mask that is off by one, and a BOS too many."""

from collections.abc import Sequence

import torch
from cs336_alignment.sft import pad_and_shift
from cs336_basics.model import TransformerLM
from torch import Tensor

from lectures.lecture_15.people import Pair, World

Forms = dict[str, tuple[list[int], list[int]]]


def moved(rows: dict[str, Tensor], places: int) -> dict[str, Tensor]:
    """The same rows with their mask moved to the right, or to the left if `places` is negative."""
    mask = torch.roll(rows["response_mask"], places, dims=1)
    if places > 0:
        mask[:, :places] = False
    elif places < 0:
        mask[:, places:] = False
    return rows | {"response_mask": mask}


def masks(rows: dict[str, Tensor], world: World) -> dict[str, dict[str, Tensor]]:
    """Five masks over the same rows: the right one, and four that are met in practice."""
    labels, mask = rows["labels"], rows["response_mask"]
    return {
        "the answer and its end": rows,
        "one place late": moved(rows, 1),
        "one place early": moved(rows, -1),
        "without the end": rows
        | {"response_mask": mask & (labels != world.tokenizer.eos_token_id)},
        "the prompt as well": rows | {"response_mask": labels != world.tokenizer.pad_token_id},
    }


def bos_forms(world: World) -> Forms:
    """By name: the special tokens before the prompt, and between prompt and answer."""
    bos = world.tokenizer.bos_token_id
    return {
        "one": ([bos], []),
        "none": ([], []),
        "two": ([bos, bos], []),
        "one more before the answer": ([bos], [bos]),
    }


def formed(pairs: Sequence[Pair], world: World, form: tuple[list[int], list[int]]
           ) -> dict[str, Tensor]:  # fmt: skip
    """Rows with the special tokens of a form."""
    encode, (first, between) = world.tokenizer.encode, form
    prompts = [[*first, *encode(prompt), *between] for prompt, _ in pairs]
    answers = [[*encode(answer), world.tokenizer.eos_token_id] for _, answer in pairs]
    return pad_and_shift(prompts, answers, world.tokenizer.pad_token_id)


@torch.no_grad()
def right_in_form(
    model: TransformerLM, pairs: Sequence[Pair], world: World, form: tuple[list[int], list[int]]
) -> float:
    """The share of questions, asked in that form, that get the true answer and nothing else."""
    device = next(model.parameters()).device
    first, between = form
    asked = [[*first, *world.tokenizer.encode(prompt), *between] for prompt, _ in pairs]
    ids = torch.tensor(asked, device=device)
    begin = ids.shape[1]
    for _ in range(4):
        ids = torch.cat([ids, model(ids)[:, -1].argmax(-1, keepdim=True)], dim=1)
    answers = [world.tokenizer.decode(row) for row in ids[:, begin:].tolist()]
    return sum(a == true for a, (_, true) in zip(answers, pairs, strict=True)) / len(pairs)
