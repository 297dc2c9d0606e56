"""The source with a true power law: its entropy, its ranks, its evaluation."""

from __future__ import annotations

import math

import pytest
import torch
from cs336_scaling.real_study.zipf_evaluation import make_questions, measure_excess
from cs336_scaling.real_study.zipf_source import (
    BASE,
    RECORD,
    RECORDS,
    START,
    TAIL,
    ZipfSource,
    answer_table,
    record_keys,
)
from torch import Tensor


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("alpha", "entropy"), [(0.5, 0.462783), (1.0, 0.255784)])
def test_the_entropy_is_exact(alpha: float, entropy: float) -> None:
    assert ZipfSource(alpha).entropy == pytest.approx(entropy, abs=1e-6)


def test_noise_adds_the_entropy_of_four_of_eight_tokens() -> None:
    right, wrong = 0.9 + 0.1 / 64, 0.1 / 64
    token = -right * math.log(right) - 63 * wrong * math.log(wrong)
    assert ZipfSource(0.5, 0.1).entropy - ZipfSource(0.5).entropy == pytest.approx(token / 2)


def test_ranks_follow_the_law() -> None:
    source = ZipfSource(0.5)
    ranks = source.sample_ranks((400_000,), generator())
    assert ranks.min() == 1
    assert ranks.max() < 2 * TAIL
    for bound in (2, 16, 1024, TAIL):
        expected = bound**-0.5
        error = 4 * (expected / len(ranks)) ** 0.5
        assert (ranks >= bound).double().mean() == pytest.approx(expected, abs=error)


def test_sampled_surprise_averages_to_the_entropy() -> None:
    source, table = ZipfSource(0.5, 0.1), answer_table()
    ranks = source.sample_ranks((100_000,), generator())
    key, answer = source.surprise(ranks, source.records(ranks, table, generator(1)), table)
    assert float((key + answer).mean()) / RECORD == pytest.approx(source.entropy, abs=0.003)


def test_keys_name_every_rank_once() -> None:
    ranks = torch.arange(1, 5000)
    assert len({tuple(key) for key in record_keys(ranks).tolist()}) == len(ranks)
    assert record_keys(torch.tensor([2 * TAIL - 1])).tolist() == [[BASE + 18, 63, 63, 63]]


def test_sequences_are_whole_records_after_the_start_token() -> None:
    source, table = ZipfSource(0.5), answer_table()
    tokens = source.batches(3, 2, table, generator())
    assert tokens.shape == (3, 2, 1 + RECORD * RECORDS)
    assert (tokens[..., 0] == START).all()
    levels = tokens[..., 1::RECORD]
    assert ((levels >= BASE) & (levels < START)).all()
    assert torch.equal(tokens, source.batches(3, 2, table, generator()))


class Oracle:
    """Knows the source; as logits of the next token."""

    def __init__(self, source: ZipfSource, table: Tensor) -> None:
        self.table = table
        mass = [2.0 ** (-source.alpha * m) - 2.0 ** (-source.alpha * (m + 1)) for m in range(18)]
        self.levels = torch.tensor([*mass, 2.0 ** (-source.alpha * 18)]).log()

    def __call__(self, ids: Tensor) -> Tensor:
        """Uniform digits within the level's range, exact answers."""
        logits = torch.full((*ids.shape, START + 1), -30.0)
        for record in range(RECORDS):
            at = record * RECORD
            logits[:, at, BASE:START] = self.levels
            level = ids[:, at + 1] - BASE
            for place in range(3):
                span = (2.0 ** (level - 6 * (2 - place))).clamp(1, 64)
                digits = torch.arange(64) < span[:, None]
                logits[:, at + 1 + place, :64] = torch.where(digits, 0.0, -30.0)
            if at + 4 < ids.shape[1]:
                digits = ids[:, at + 2 : at + 5]
                rank = 2**level + digits @ torch.tensor([4096, 64, 1])
                for i in range(4):
                    logits[torch.arange(len(ids)), at + 4 + i, self.table[rank, i].long()] = 30.0
        return logits


def test_a_model_that_knows_all_has_hardly_any_excess() -> None:
    """All but the digits' frequencies within a level, which the oracle takes as even."""
    source, table = ZipfSource(0.5), answer_table()
    excess = measure_excess(Oracle(source, table), make_questions(source, table, 10, 64))
    assert excess.total - excess.keys == pytest.approx(0, abs=1e-6)
    assert 0 < excess.keys < 0.01


def test_a_model_that_knows_nothing_has_the_excess_of_uniform_guesses() -> None:
    source, table = ZipfSource(0.5), answer_table()
    questions = make_questions(source, table, 8, 32)
    uniform = measure_excess(lambda ids: torch.zeros(*ids.shape, START + 1), questions)
    assert uniform.total == pytest.approx(math.log(START + 1) - source.entropy, abs=0.02)
    assert float(questions.weights.sum()) == pytest.approx(1)
