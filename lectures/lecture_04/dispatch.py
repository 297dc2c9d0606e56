"""Expert parallelism in four processes: tokens travel to their experts and back.

Every rank owns two of eight experts and some tokens. Two all-to-alls carry the tokens there and the
results back; before them a small one tells everybody how many rows to expect.
"""

import torch
import torch.distributed as dist
from torch import Tensor

from lecture_tracer import ranks
from lectures.lecture_04.moe import Mixture
from lectures.lecture_04.router import route

D_MODEL, D_FF, EXPERTS, CHOSEN, TOKENS = 4, 8, 8, 2, 6


def same_mixture() -> Mixture:
    """The mixture that all ranks start from: equal weights everywhere."""
    torch.manual_seed(0)
    return Mixture(D_MODEL, D_FF, EXPERTS, CHOSEN)


def tokens_of(rank: int) -> Tensor:
    """The tokens of one rank, (TOKENS, D_MODEL)."""
    return torch.randn(TOKENS, D_MODEL, generator=torch.Generator().manual_seed(10 + rank))


@torch.no_grad()
def expert_parallel(rank: int, world_size: int) -> list[list[int]]:
    """The forward pass over all ranks; gives the rows that each rank sent to each, on rank 0."""
    dist.init_process_group("gloo", rank=rank, world_size=world_size)
    mixture, x = same_mixture(), tokens_of(rank)
    routing = route(mixture.router(x), CHOSEN)
    chosen = routing.experts.flatten()
    order = chosen.argsort(stable=True)  # rows for the same rank lie together
    per_rank = EXPERTS // world_size
    sent = torch.bincount(chosen // per_rank, minlength=world_size)
    received = torch.zeros_like(sent)
    dist.all_to_all_single(received, sent)
    ranks("rows to each rank, and from each", sent=sent, received=received)

    rows, numbers = x[order // CHOSEN], chosen[order]
    arrived = exchanged(rows, sent, received)
    wanted = exchanged(numbers, sent, received)
    results = torch.zeros_like(arrived)
    for number in range(rank * per_rank, (rank + 1) * per_rank):
        mine = wanted == number
        results[mine] = mixture.experts[number](arrived[mine])
    returned = exchanged(results, received, sent)

    gates = routing.gates.flatten()[order]
    y = torch.zeros_like(x).index_add(0, order // CHOSEN, gates[:, None] * returned)
    apart = (y - mixture(x)).abs().max()
    ranks("largest difference from one process with all experts", apart=apart)
    everything = [torch.zeros_like(sent) for _ in range(world_size)]
    dist.all_gather(everything, sent)
    dist.destroy_process_group()
    return [row.tolist() for row in everything]


def exchanged(rows: Tensor, sent: Tensor, received: Tensor) -> Tensor:
    """All-to-all with as many rows for each rank as the two counts say."""
    arrived = rows.new_empty(int(received.sum()), *rows.shape[1:])
    dist.all_to_all_single(arrived, rows, received.tolist(), sent.tolist())
    return arrived


def bytes_per_token(d_model: int, k: int, there: int = 2, back: int = 2) -> int:
    """Bytes that leave and come back for one token in one layer's forward pass, at worst.

    `there` and `back` are bytes a number: 2 and 2 in bfloat16, 1 and 2 if rows leave in eight bits.
    """
    return k * d_model * (there + back)
