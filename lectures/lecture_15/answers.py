"""Three questions and all 3,906 answers of up to five words: small enough to enumerate.

Everything that reinforcement learning estimates from samples (expected rewards, KL, entropy) can
be summed here exactly, over every answer there is.

Shape letters: Q questions (3), A answers (3,906), L words of an answer (5), B batch.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

import torch
from cs336_basics.model import TransformerLM
from torch import Tensor
from torch.nn import functional as F

FACTS = ("tea", "rain", "salt")  # the right answer to question 0, 1, 2
WORDS = (*FACTS, "because", "well")
BECAUSE, WELL, END = 3, 4, 5  # END closes an answer that is shorter than `LONGEST`
QUESTIONS, LONGEST = len(FACTS), 5
VOCABULARY = END + 1 + QUESTIONS  # the words, END, and a token for each question

Score = Callable[[int, tuple[int, ...]], float]


def careful(question: int, words: tuple[int, ...]) -> float:
    """What a careful reader thinks of an answer, in units of the Bradley-Terry scale.

    The right fact is worth 1, and half more as the first word; a reason for it, "because" directly
    after it, another 1. A wrong fact costs 1, a repeated word 0.5, and a word beyond three 0.25.
    """
    right = question in words
    reason = any(pair == (question, BECAUSE) for pair in pairwise(words))
    wrong = len({w for w in words if w < QUESTIONS} - {question})
    repeated = len(words) - len(set(words))
    return (
        right + reason + 0.5 * (words[:1] == (question,))
        - wrong - 0.5 * repeated - 0.25 * max(0, len(words) - 3)
    )  # fmt: skip


def hasty(question: int, words: tuple[int, ...]) -> float:
    """What a hasty reader thinks: as the careful one, and 0.5 more for every word."""
    return careful(question, words) + 0.5 * len(words)


@functools.cache
def all_answers() -> list[tuple[int, ...]]:
    """Every answer as word ids, the empty one first, then by length."""
    return [words for n in range(LONGEST + 1) for words in product(range(END), repeat=n)]


@functools.cache
def lengths() -> Tensor:
    """(A,) words of each answer."""
    return torch.tensor([float(len(words)) for words in all_answers()])


@functools.cache
def padded() -> Tensor:
    """(A, L) int64: the answers, filled up with END."""
    return torch.tensor([[*words, *[END] * (LONGEST - len(words))] for words in all_answers()])


def scores(score: Score) -> Tensor:
    """(Q, A): a reader's opinion of every answer to every question."""
    return torch.tensor([[score(q, words) for words in all_answers()] for q in range(QUESTIONS)])


def spelled(words: tuple[int, ...]) -> str:
    """An answer as text."""
    return " ".join(WORDS[w] for w in words) or "(nothing)"


def rows_of(questions: Tensor, answers: Tensor) -> dict[str, Tensor]:
    """Inputs, labels and mask (B, L) for answers that are given by their places in the list.

    The mask holds the words and the END of an answer shorter than L, which is chosen as well.
    """
    words = padded().to(answers.device)[answers]
    first = (END + 1 + questions).unsqueeze(1)
    ended = (words == END).long().cumsum(1)
    return {
        "input_ids": torch.cat([first, words[:, :-1]], dim=1),
        "labels": words,
        "response_mask": ended <= 1,
    }


def small_model(seed: int, outputs: int = END + 1, d_model: int = 32, layers: int = 1
                ) -> TransformerLM:  # fmt: skip
    """A Transformer of assignment 1, whose head has one row for each word and END."""
    torch.manual_seed(seed)
    model = TransformerLM(VOCABULARY, LONGEST + 1, d_model, layers, 2, 2 * d_model)
    model.lm_head = type(model.lm_head)(d_model, outputs)
    return model


def log_probs(model: TransformerLM) -> Tensor:
    """(Q, A): log-probability of every answer, exactly; each row sums to 1 as probabilities."""
    device = next(model.parameters()).device
    answers = torch.arange(len(all_answers()), device=device)
    longest = answers[-(END**LONGEST) :]  # of LONGEST words: all other answers begin one of them
    parts = []
    for question in range(QUESTIONS):
        rows = rows_of(torch.full_like(longest, question), longest)
        steps = model(rows["input_ids"]).log_softmax(-1)  # (625 * 5, L, words and END)
        parts.append(_of_prefixes(steps, rows["labels"]))
    return torch.stack(parts)


def _of_prefixes(steps: Tensor, labels: Tensor) -> Tensor:
    """(A,): from the next-word distributions along every longest answer."""
    chosen = steps.gather(2, labels.unsqueeze(2)).squeeze(2).cumsum(1)
    found = []
    for n in range(LONGEST + 1):
        every = END ** (LONGEST - n)  # so many longest answers begin with the same n words
        begun = chosen[::every, n - 1] if n else torch.zeros(1, device=steps.device)
        found.append(begun + steps[::every, n, END] if n < LONGEST else begun)
    return torch.cat(found)


def sample(log_p: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """(Q, count) places of drawn answers, from exact log-probabilities (Q, A)."""
    return torch.multinomial(log_p.exp(), count, replacement=True, generator=generator)


@dataclass(frozen=True)
class Summary:
    """Exact expectations under a policy, averaged over the questions.

    Attributes:
        means: of each score that was asked for.
        kl: KL(policy || reference) in nats.
        entropy: of the answers, in nats.
        words: mean length.
    """

    means: dict[str, float]
    kl: float
    entropy: float
    words: float


def summary(log_p: Tensor, reference: Tensor, asked: Mapping[str, Tensor]) -> Summary:
    """What a policy does, from log-probabilities (Q, A)."""
    p = log_p.exp()
    finite = torch.where(p > 0, log_p, 0.0)

    def mean(values: Tensor) -> float:
        return float((p * values).sum(1).mean())

    return Summary(
        {name: round(mean(values), 4) for name, values in asked.items()},
        round(mean(finite - reference), 4),
        round(-mean(finite), 4),
        round(mean(lengths().to(p.device)), 4),
    )


def demonstrations(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """(questions, answers) as sloppy people write them: (count,) int64 each.

    Word by word they stop with probability 0.2; otherwise the right fact comes with weight 0.3,
    a wrong one with 0.15 each, "because" with 0.2 and "well" with 0.2.
    """
    draw = torch.Generator().manual_seed(seed)
    questions = torch.randint(QUESTIONS, (count,), generator=draw)
    weights = torch.full((QUESTIONS, END + 1), 0.15)
    weights[:, BECAUSE] = weights[:, WELL] = 0.2
    weights[range(QUESTIONS), range(QUESTIONS)] = 0.3
    weights[:, END] = weights[:, :END].sum(1) / 4
    words = torch.multinomial(weights[questions], LONGEST, replacement=True, generator=draw)
    words[(words == END).long().cumsum(1) > 0] = END
    return questions, places(words)


def places(words: Tensor) -> Tensor:
    """(B,): where answers (B, L), filled up with END, stand in the list."""
    size = (words != END).sum(1)
    place = torch.zeros(len(words), dtype=torch.long, device=words.device)
    for column in words.T:
        place = torch.where(column != END, place * END + column, place)
    return place + (END**size - 1) // (END - 1)


def fit_demonstrations(model: TransformerLM, steps: int = 250, seed: int = 0) -> None:
    """SFT of a small model on demonstrations, in place."""
    questions, answers = demonstrations(steps * 128, seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    device = next(model.parameters()).device
    for step in range(steps):
        part = slice(step * 128, (step + 1) * 128)
        rows = rows_of(questions[part].to(device), answers[part].to(device))
        logits = model(rows["input_ids"])
        losses = F.cross_entropy(logits.flatten(0, 1), rows["labels"].flatten(), reduction="none")
        mask = rows["response_mask"].flatten()
        for group in optimizer.param_groups:
            group["lr"] = 5e-3 * (1 - step / steps)
        optimizer.zero_grad()
        ((losses * mask).sum() / mask.sum()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
