"""The configuration of a training run: one frozen dataclass per table, checked on creation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from cs336_basics.fast.attention import AttentionBackend
from cs336_basics.model import FeedForward, NormPlacement, TransformerLM


class ConfigError(ValueError):
    """A configuration value is missing, unknown or outside its range."""


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the model and its ablation switches."""

    vocab_size: int
    context_length: int
    d_model: int
    num_layers: int
    num_heads: int
    d_ff: int
    rope_theta: float = 10_000.0
    """Base of the rotary angles; 0 leaves positions out (NoPE)."""
    norm: NormPlacement = "pre"
    feed_forward: FeedForward = "swiglu"
    tie_embeddings: bool = False
    num_kv_heads: int = 0
    """Heads of keys and values that groups of queries' heads share; 0: as many as num_heads."""

    def __post_init__(self) -> None:
        for name in ("vocab_size", "context_length", "d_model", "num_layers", "num_heads", "d_ff"):
            _require(getattr(self, name) >= 1, f"model.{name}", getattr(self, name), ">= 1")
        _require(
            self.d_model % self.num_heads == 0,
            "model.num_heads", self.num_heads, f"a divisor of d_model {self.d_model}",
        )  # fmt: skip
        groups = self.num_kv_heads >= 0 and self.num_heads % (self.num_kv_heads or 1) == 0
        _require(groups, "model.num_kv_heads", self.num_kv_heads,
                 f"0 or a divisor of num_heads {self.num_heads}")  # fmt: skip
        _require(self.rope_theta >= 0, "model.rope_theta", self.rope_theta, ">= 0 (0: NoPE)")
        if self.rope_theta:
            head = self.d_model // self.num_heads
            _require(head % 2 == 0, "model.num_heads", self.num_heads,
                     f"such that d_model/num_heads is even for RoPE, not {head}")  # fmt: skip

    def build(self, device: str = "cpu") -> TransformerLM:
        """The model with fresh weights from torch's global generator."""
        optional = {
            "rope_theta": self.rope_theta or None,
            "num_kv_heads": self.num_kv_heads or None,
        }
        return TransformerLM(**(asdict(self) | optional), device=device)


@dataclass(frozen=True)
class DataConfig:
    """Where the tokens and, for samples, the tokenizer lie."""

    train: str
    valid: str
    dtype: str = "uint16"
    """Item type of raw token files; `.npy` files carry their own."""
    vocab: str = ""
    """GPT-2 style vocabulary file; without it samples are printed as ids."""
    merges: str = ""
    special_tokens: tuple[str, ...] = ("<|endoftext|>",)
    floor: float = 0.0
    """Known entropy of the data in nats per token, drawn into the curve; 0: see `floor_file`."""
    floor_file: str = ""
    """JSON file with `nats_per_token`, written when the data was (`stories score --output`)."""

    def __post_init__(self) -> None:
        _require(self.dtype in ("uint16", "uint32", "int32", "int64"), "data.dtype", self.dtype,
                 "uint16, uint32, int32 or int64")  # fmt: skip
        _require(bool(self.vocab) == bool(self.merges), "data.vocab/merges",
                 (self.vocab, self.merges), "both given or both empty")  # fmt: skip


@dataclass(frozen=True)
class OptimizerConfig:
    """AdamW, its schedule and clipping."""

    max_learning_rate: float
    min_learning_rate: float = 0.0
    warmup_iters: int = 0
    cosine_cycle_iters: int = 0
    """Iteration at which the minimum is reached; 0: the last one."""
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-8
    weight_decay: float = 0.1
    max_l2_norm: float = 1.0

    def __post_init__(self) -> None:
        _require(self.max_learning_rate > 0, "optimizer.max_learning_rate",
                 self.max_learning_rate, "> 0")  # fmt: skip
        _require(0 <= self.min_learning_rate <= self.max_learning_rate,
                 "optimizer.min_learning_rate", self.min_learning_rate,
                 f"in [0, max_learning_rate {self.max_learning_rate}]")  # fmt: skip
        _require(self.warmup_iters >= 0, "optimizer.warmup_iters", self.warmup_iters, ">= 0")
        _require(self.max_l2_norm > 0, "optimizer.max_l2_norm", self.max_l2_norm, "> 0")


@dataclass(frozen=True)
class TrainingConfig:
    """Length, batch, device and speed of the run, and how often it reports."""

    iterations: int
    batch_size: int
    """Sequences per iteration, over all devices and accumulation steps."""
    accumulation_steps: int = 1
    seed: int = 0
    device: str = "auto"
    """cpu, cuda, cuda:N, mps, or auto: CUDA if there is any."""
    precision: str = "float32"
    """float32, or bfloat16: autocast with float32 weights."""
    residual: str = "float32"
    """Dtype of the residual stream under bfloat16 autocast: float32 or bfloat16."""
    attention: AttentionBackend = "reference"
    """reference, fused (PyTorch's kernels) or rotary (the provider's, which rotates inside)."""
    loss: Literal["reference", "fused"] = "reference"
    """fused: the provider's kernel, which writes the gradient in the pass that reads the logits."""
    norms: Literal["reference", "fused"] = "reference"
    """fused: the provider's kernel for the backward of the norms in residual branches."""
    provider: str = ""
    """Module that hands in kernels and data parallelism; empty: the one that is installed."""
    joint_projections: bool = False
    """One matrix product for q, k, v and one for w1, w3 instead of three and two."""
    compile: bool = False
    inductor_flags: tuple[str, ...] = ()
    """With compile: options of torch.compile to switch on, such as coordinate_descent_tuning."""
    cuda_graph: bool = False
    """Capture the whole step, data sampling included, as one CUDA graph (one GPU)."""
    bf16_weight_copies: bool = False
    """With cuda_graph: the products read bf16 copies that the update writes beside the weights."""
    bucket_size_mb: float = 25.0
    """Gradient bucket of the data-parallel all-reduce under torchrun."""
    log_every: int = 50
    eval_every: int = 500
    checkpoint_every: int = 500
    sample_every: int = 0
    eval_batch_size: int = 64
    eval_stride: int = 0
    """Tokens scored per validation window; the rest is context. 0: the whole window."""

    def __post_init__(self) -> None:
        for name in ("iterations", "batch_size", "accumulation_steps", "log_every",
                     "eval_batch_size"):  # fmt: skip
            _require(getattr(self, name) >= 1, f"training.{name}", getattr(self, name), ">= 1")
        for name in ("eval_every", "checkpoint_every", "sample_every", "eval_stride"):
            _require(getattr(self, name) >= 0, f"training.{name}", getattr(self, name),
                     ">= 0 (0: never)")  # fmt: skip
        _require(self.batch_size % self.accumulation_steps == 0, "training.batch_size",
                 self.batch_size, f"a multiple of accumulation_steps {self.accumulation_steps}"
        )  # fmt: skip
        _require(self.precision in ("float32", "bfloat16"), "training.precision",
                 self.precision, "float32 or bfloat16")  # fmt: skip
        _require(self.residual == "float32" or self.precision == "bfloat16", "training.residual",
                 self.residual, "float32 unless precision is bfloat16")  # fmt: skip
        _require(self.residual in ("float32", "bfloat16"), "training.residual",
                 self.residual, "float32 or bfloat16")  # fmt: skip
        _require(self.compile or not self.inductor_flags, "training.inductor_flags",
                 self.inductor_flags, "empty without compile")  # fmt: skip
        _require(not self.bf16_weight_copies or (self.cuda_graph and self.precision == "bfloat16"
                 and self.accumulation_steps == 1), "training.bf16_weight_copies",
                 self.bf16_weight_copies,
                 "false without cuda_graph, bfloat16 and accumulation_steps = 1")  # fmt: skip
        _require(self.bucket_size_mb > 0, "training.bucket_size_mb", self.bucket_size_mb, "> 0")


@dataclass(frozen=True)
class SampleConfig:
    """Prompt and settings of the periodic samples."""

    prompt: str = "Once upon a time"
    max_new_tokens: int = 128
    temperature: float = 0.8
    top_p: float = 0.95
    num_samples: int = 2

    def __post_init__(self) -> None:
        _require(self.max_new_tokens >= 1, "sample.max_new_tokens", self.max_new_tokens, ">= 1")
        _require(self.temperature >= 0, "sample.temperature", self.temperature, ">= 0")
        _require(0 < self.top_p <= 1, "sample.top_p", self.top_p, "in (0, 1]")
        _require(self.num_samples >= 1, "sample.num_samples", self.num_samples, ">= 1")


@dataclass(frozen=True)
class RunConfig:
    """Everything that defines a training run; the tables of the TOML file."""

    model: ModelConfig
    data: DataConfig
    optimizer: OptimizerConfig
    training: TrainingConfig
    sample: SampleConfig = field(default_factory=SampleConfig)
    run_dir: str = "runs/default"

    def __post_init__(self) -> None:
        last, warmup = self.cosine_end, self.optimizer.warmup_iters
        _require(warmup <= last, "optimizer.warmup_iters", warmup, f"<= the cycle's end {last}")
        stride, context = self.training.eval_stride, self.model.context_length
        _require(stride <= context, "training.eval_stride", stride, f"<= context_length {context}")

    @property
    def cosine_end(self) -> int:
        """The iteration at which the learning rate reaches its minimum."""
        return self.optimizer.cosine_cycle_iters or self.training.iterations

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dictionaries; `config_file.config_from_dict` is the inverse."""
        return asdict(self)


def _require(condition: bool, name: str, value: object, allowed: str) -> None:
    if not condition:
        raise ConfigError(f"{name} must be {allowed}, got {value!r}")
