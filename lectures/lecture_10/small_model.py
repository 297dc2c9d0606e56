"""A Transformer small enough to be trained while the lecture runs, and a draft that only counts."""

import functools

import torch
from cs336_basics.model import TransformerLM
from torch import Tensor

from lectures.lecture_10.training import Recipe, train
from lectures.shared.aside import aside
from lectures.shared.story_words import Corpus, corpus

CONTEXT = 128
RECIPE = Recipe(steps=300, batch=16, length=32, rate=1e-2)


@functools.cache
@aside
def words() -> Corpus:
    """The 512 most frequent words of the story grammar, to train on and held out."""
    return corpus()


@functools.cache
@aside
def trained() -> TransformerLM:
    """Assignment 1's Transformer after some seconds of training: two layers of width 64."""
    torch.manual_seed(0)
    model = TransformerLM(len(words().words), CONTEXT, 64, 2, 4, 168)
    train(model, words().train, RECIPE, seed=0)
    return model.eval()


@functools.cache
def counted() -> Tensor:
    """(V, V) chances of the next word after a word, from counts: a draft that costs a lookup."""
    size = len(words().words)
    pairs = words().train[:-1] * size + words().train[1:]
    counts = torch.bincount(pairs, minlength=size * size).view(size, size) + 0.02
    return counts / counts.sum(1, keepdim=True)


def spelled(ids: list[int]) -> str:
    """Token ids as text, words and marks apart."""
    return " ".join(words().words[i] for i in ids)
