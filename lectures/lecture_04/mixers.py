"""Attention's cheaper relatives, each as a recurrence and as its parallel form.

The state S is (d_k, d_v): a table from keys to values that is written at every token and read by
q^T S. Nothing here is normalised, as in today's models; Katharopoulos et al. (2020) divide by the
sum of the weights.

Shape letters: T tokens, d_k and d_v widths of keys and values, `...` any leading dimensions.
"""

import torch
from jaxtyping import Float
from torch import Tensor

State = Float[Tensor, "... d_k d_v"]


def write_added(state: State, k: Float[Tensor, "... d_k"], v: Float[Tensor, "... d_v"]) -> State:
    """Linear attention: S + k v^T. What was there stays there."""
    return state + k[..., :, None] * v[..., None, :]


def write_gated(
    state: State, k: Float[Tensor, "... d_k"], v: Float[Tensor, "... d_v"], gate: float | Tensor
) -> State:
    """Forget first: g S + k v^T (RetNet: g constant; Mamba-2: the input sets it)."""
    return gate * state + k[..., :, None] * v[..., None, :]


def write_delta(
    state: State, k: Float[Tensor, "... d_k"], v: Float[Tensor, "... d_v"],
    beta: float | Tensor = 1.0, gate: float | Tensor = 1.0,
) -> State:  # fmt: skip
    """Replace: (I - β k k^T) g S + β k v^T, for keys of length one (Yang et al. 2024, eq. 10).

    It reads what is stored under k, and writes the difference to v: with β = 1 the old value is
    gone, and what lies under keys at right angles to k is untouched.
    """
    kept = gate * state
    stored = read(kept, k)
    return kept + beta * k[..., :, None] * (v - stored)[..., None, :]


def read(state: State, q: Float[Tensor, "... d_k"]) -> Float[Tensor, "... d_v"]:
    """q^T S."""
    return (q[..., None, :] @ state)[..., 0, :]


def recurrent(
    q: Float[Tensor, "T d_k"],
    k: Float[Tensor, "T d_k"],
    v: Float[Tensor, "T d_v"],
    gates: Float[Tensor, " T"],
) -> Float[Tensor, "T d_v"]:
    """Gated linear attention token by token: T steps, and a state that does not grow."""
    state = q.new_zeros(k.shape[-1], v.shape[-1])
    outputs = []
    for q_t, k_t, v_t, gate in zip(q, k, v, gates, strict=True):
        state = write_gated(state, k_t, v_t, gate)
        outputs.append(read(state, q_t))
    return torch.stack(outputs)


def parallel(
    q: Float[Tensor, "T d_k"],
    k: Float[Tensor, "T d_k"],
    v: Float[Tensor, "T d_v"],
    gates: Float[Tensor, " T"],
) -> Float[Tensor, "T d_v"]:
    """The same, all tokens at once: (Q K^T ∘ D) V with D_ij = g_{j+1} … g_i for j <= i, else 0."""
    reach = gates.double().log().cumsum(0)  # differences of sums of logarithms: digits matter
    decay = (reach[:, None] - reach[None, :]).exp().tril().to(q.dtype)
    return (q @ k.T * decay) @ v


def recurrent_delta(
    q: Float[Tensor, "T d_k"],
    k: Float[Tensor, "T d_k"],
    v: Float[Tensor, "T d_v"],
    beta: Float[Tensor, " T"],
) -> Float[Tensor, "T d_v"]:
    """The delta rule token by token."""
    state = q.new_zeros(k.shape[-1], v.shape[-1])
    outputs = []
    for q_t, k_t, v_t, beta_t in zip(q, k, v, beta, strict=True):
        state = write_delta(state, k_t, v_t, beta_t)
        outputs.append(read(state, q_t))
    return torch.stack(outputs)


def parallel_delta(
    q: Float[Tensor, "T d_k"],
    k: Float[Tensor, "T d_k"],
    v: Float[Tensor, "T d_v"],
    beta: Float[Tensor, " T"],
) -> Float[Tensor, "T d_v"]:
    """The delta rule at once: what each token really writes solves a triangular system.

    u_t = β_t (v_t - Σ_{s<t} (k_t · k_s) u_s), so (I + β ∘ strictly lower part of K K^T) U = β ∘ V,
    and then it is linear attention with values U (Yang et al. 2024, section 3).
    """
    system = torch.eye(len(k), dtype=k.dtype) + beta[:, None] * (k @ k.T).tril(-1)
    written = torch.linalg.solve_triangular(system, beta[:, None] * v, upper=False)
    outputs: Tensor = (q @ k.T).tril() @ written
    return outputs


def largest_difference(count: int, gates: float | None, seed: int = 1) -> float:
    """Between the two forms on random tokens of width 16, relative to the largest output.

    `gates` None draws them between 0.7 and 1.
    """
    torch.manual_seed(seed)
    q, k, v = (torch.randn(count, 16) / 4 for _ in "qkv")
    drawn = torch.rand(count) * 0.3 + 0.7
    forgetting = drawn if gates is None else torch.full((count,), gates)
    slow, fast = recurrent(q, k, v, forgetting), parallel(q, k, v, forgetting)
    return float((slow - fast).abs().max() / fast.abs().max())


def largest_difference_delta(count: int, seed: int = 1) -> float:
    """The same for the delta rule, with keys of length one and β between 0 and 1."""
    torch.manual_seed(seed)
    q, k, v = (torch.randn(count, 16) / 4 for _ in "qkv")
    k, beta = k / k.norm(dim=1, keepdim=True), torch.rand(count)
    slow, fast = recurrent_delta(q, k, v, beta), parallel_delta(q, k, v, beta)
    return float((slow - fast).abs().max() / fast.abs().max())
