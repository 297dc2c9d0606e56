"""Greedy answers of SmolLM2, many questions at a time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cs336_alignment.models.smollm2 import SmolLM2, load_smollm2
from cs336_alignment.rollouts import make_generator

MAX_BATCH = {"cuda": 64, "cpu": 16}


class Speaker:
    """Answers with the weights of a model that may be in training.

    On a GPU it keeps a copy in bfloat16, which `update` refreshes: half the memory to read for
    every token. On a CPU it speaks with the model itself.
    """

    def __init__(self, smol: SmolLM2, max_new_tokens: int) -> None:
        self._source = smol.model
        self._tokenizer = smol.tokenizer
        self._max_new_tokens = max_new_tokens
        device = smol.model.token_embeddings.weight.device
        self._model = smol.model
        if device.type == "cuda" and smol.model.token_embeddings.weight.dtype != torch.bfloat16:
            context = smol.model.context_length
            self._model = load_smollm2(
                smol.path, context_length=context, device=device, sha256=smol.sha256
            ).model
        self._batch = MAX_BATCH[device.type]
        self._generator = make_generator(
            self._model,
            eos_id=self._tokenizer.eos_token_id,
            pad_id=self._tokenizer.pad_token_id,
            max_batch=self._batch,
            max_length=smol.model.context_length,
        )

    @torch.no_grad()
    def update(self) -> None:
        """Take over the weights as they are now."""
        if self._model is not self._source:
            copy_weights(self._source, self._model)

    def answer_ids(
        self, questions: list[str], temperature: float = 0.0, seed: int = 0
    ) -> list[list[int]]:
        """An answer to each question, its end included if it came to one; greedy by default."""
        self.update()
        # Neighbours of one length need little padding and end at about the same time.
        prompts = [self._tokenizer.question_ids(question) for question in questions]
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        answers: list[list[int]] = [[] for _ in prompts]
        for start in range(0, len(order), self._batch):
            places = order[start : start + self._batch]
            rollouts = self._generator.sample(
                [prompts[place] for place in places],
                samples=1,
                max_new_tokens=self._max_new_tokens,
                temperature=temperature,
                top_p=1.0,
                generator=torch.Generator().manual_seed(seed + start),
            )
            for place, ids, mask in zip(
                places, rollouts.response_ids, rollouts.response_mask, strict=True
            ):
                answers[place] = ids[mask].tolist()
        return answers

    def answers(self, questions: list[str]) -> list[str]:
        """The texts of `answer_ids`."""
        return [self._tokenizer.decode_answer(ids) for ids in self.answer_ids(questions)]


def copy_weights(source: nn.Module, target: nn.Module) -> None:
    """Copy parameters in place, to the target's dtype: addresses stay, CUDA graphs too."""
    for ours, theirs in zip(target.parameters(), source.parameters(), strict=True):
        ours.detach().copy_(theirs.detach())


def wait(tensor: Tensor) -> None:
    """Until the device that holds `tensor` has done all its work."""
    if tensor.device.type == "cuda":
        torch.cuda.synchronize(tensor.device)
