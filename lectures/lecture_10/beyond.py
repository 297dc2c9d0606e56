"""Two ways out of attention's cache and of one token at a time, as small as they can be."""

import torch
from torch import Tensor


def by_steps(a: Tensor, b: Tensor, c: Tensor, u: Tensor) -> Tensor:
    """A diagonal state space: h <- a h + b u, y = c h; a, b, c (N,), u (T,) -> y (T,)."""
    h, outputs = torch.zeros_like(a), []
    for value in u:
        h = a * h + b * value
        outputs.append((c * h).sum())
    return torch.stack(outputs)


def by_convolution(a: Tensor, b: Tensor, c: Tensor, u: Tensor) -> Tensor:
    """The same as one convolution with the kernel k_t = sum(c a^t b), as it is trained."""
    times = torch.arange(len(u), dtype=a.dtype)
    kernel = (c * b * torch.pow(a, times[:, None])).sum(1)
    size = 2 * len(u)  # so that the end does not run into the beginning
    product = torch.fft.rfft(kernel, size) * torch.fft.rfft(u, size)
    return torch.narrow(torch.fft.irfft(product, size), 0, 0, len(u))


def remembered(gap: int, *, selective: bool, trials: int = 2000, seed: int = 0) -> float:
    """How well a state of one number recalls a marked sign after `gap` noisy inputs.

    The state is h <- h + g u, the first input is ±1 and marked, the others are normal. A fixed
    system has g = 1 for every input; a selective one lets the input decide, and g = 1 for the
    marked one alone (Gu and Dao 2023, 2312.00752). The sign of h is the answer.

    Returns:
        The share of right answers.
    """
    draw = torch.Generator().manual_seed(seed)
    sign = torch.randint(2, (trials,), generator=draw) * 2.0 - 1
    noise = torch.randn(trials, gap, generator=draw).sum(1)
    h = sign if selective else sign + noise
    return (h.sign() == sign).float().mean().item()


def chain_matrix(states: int, stay: float = 0.9) -> Tensor:
    """A Markov chain whose next state is the neighbour above, or with 1 - stay any state."""
    shifted = torch.eye(states).roll(1, dims=1)
    return stay * shifted + (1 - stay) / states


def marginals(chain: Tensor, tokens: Tensor) -> Tensor:
    """(n, T, V): exact chances of every place given the known ones; a masked place is -1.

    Forward and backward over the chain, started uniformly: what a perfect denoiser would say.
    """
    n, length = tokens.shape
    size = len(chain)
    seen = torch.ones(n, length, size)
    known = tokens >= 0
    seen[known] = torch.nn.functional.one_hot(tokens[known], size).float()
    ahead, back = [torch.ones(n, size) / size], [torch.ones(n, size)]
    for place in range(1, length):
        ahead.append(_normed((ahead[-1] * seen[:, place - 1]) @ chain))
        back.append(_normed((back[-1] * seen[:, length - place]) @ chain.T))
    both = torch.stack(ahead, 1) * torch.stack(back[::-1], 1) * seen
    return _normed(both)


def unmasked(chain: Tensor, length: int, steps: int, count: int, seed: int = 0) -> Tensor:
    """(count, length) sequences, made by filling masks in random order in `steps` passes.

    The places of one pass are drawn independently of each other, as a masked diffusion model does
    (2502.09992).
    """
    draw = torch.Generator().manual_seed(seed)
    tokens = torch.full((count, length), -1)
    order = torch.rand(count, length, generator=draw).argsort(1)
    for part in torch.tensor_split(order, steps, dim=1):
        chances = marginals(chain, tokens)
        drawn = torch.multinomial(chances.flatten(0, 1), 1, generator=draw).view(count, length)
        tokens.scatter_(1, part, drawn.gather(1, part))
    return tokens


def broken_links(chain: Tensor, tokens: Tensor) -> float:
    """Share of steps that are not to the neighbour above."""
    steps = (tokens[:, 1:] - tokens[:, :-1]) % len(chain)
    return (steps != 1).float().mean().item()


def expected_broken(chain: Tensor) -> float:
    """The chain's own share of such steps."""
    return 1 - float(chain[0, 1])


def _normed(x: Tensor) -> Tensor:
    return x / x.sum(-1, keepdim=True)
