"""Published recipes: what each report fitted, to how many FLOPs, and where it was then used.

Laws are functions in the units of their paper; the table has a row a report, dated and sourced.
"""

from dataclasses import dataclass

DEEPSEEK_7B, DEEPSEEK_67B = 8.0e22, 8.0e23
"""Rough training budgets, 6 N D with 2 trillion tokens each."""


def deepseek_rate(flops: float) -> float:
    """Peak learning rate (arXiv:2401.02954, section 3.1)."""
    return float(0.3118 * flops**-0.1250)


def deepseek_batch(flops: float) -> float:
    """Batch in tokens (the same)."""
    return float(0.2920 * flops**0.3271)


def deepseek_model(flops: float) -> float:
    """Best M, non-embedding FLOPs a token (section 3.2)."""
    return float(0.1715 * flops**0.5243)


def deepseek_tokens(flops: float) -> float:
    """Best number of tokens (the same)."""
    return float(5.8316 * flops**0.4757)


def step_rate(parameters: float, tokens: float) -> float:
    """Peak learning rate of Step Law (arXiv:2503.04715), N without embeddings."""
    return float(1.79 * parameters**-0.713 * tokens**0.307)


def step_batch(tokens: float) -> float:
    """Batch in tokens of Step Law."""
    return float(0.58 * tokens**0.571)


def llama_tokens(flops: float, exponent: float = 0.53, factor: float = 0.29) -> float:
    """Best number of tokens of Llama 3's law as printed (arXiv:2407.21783, section 3.2.1)."""
    return float(factor * flops**exponent)


LLAMA_FLOPS = 3.8e25
LLAMA_STATED = (402e9, 16.55e12)
"""What the law is said to give at that budget: parameters and tokens."""


@dataclass(frozen=True)
class Recipe:
    """A published recipe.

    Attributes:
        when: month of the report.
        width: "muP", "fitted" or another way by which the learning rate follows the size; empty
            where the report does not say.
        fitted: what was fitted, to what.
        fit_to: the largest compute of the fit in FLOPs, None where the report does not say.
        used_at: compute of the largest run that was set by it.
        source: arXiv number or key in `works`.
    """

    when: str
    name: str
    width: str
    fitted: str
    fit_to: float | None
    used_at: float | None
    source: str

    @property
    def reach(self) -> float | None:
        """How many times the compute of the fit the largest run had."""
        return self.used_at / self.fit_to if self.fit_to and self.used_at else None


RECIPES = [
    Recipe("2023-04", "Cerebras-GPT", "μP, and without", "loss against compute at 20 tokens a "
           "parameter", None, 6 * 13e9 * 257e9, "2304.03208"),
    Recipe("2024-01", "DeepSeek LLM", "fitted", "rate and batch against C; M and D by IsoFLOP",
           3e20, 6 * 67e9 * 2e12, "2401.02954"),
    Recipe("2024-04", "MiniCPM", "μP", "L(N, D) from branches of WSD runs", None, None,
           "2404.06395"),
    Recipe("2024-07", "Llama 3", "", "D against C by IsoFLOP, then loss to accuracy", 1e22, 3.8e25,
           "2407.21783"),
    Recipe("2025-03", "Step Law", "fitted", "rate against N and D, batch against D; 3,700 runs",
           None, 6 * 1e9 * 1e11, "2503.04715"),
    Recipe("2025-07", "Kimi K2", "", "loss against sparsity at equal FLOPs", None, 6 * 32e9 *
           15.5e12, "2507.20534"),
    Recipe("2026-03", "HyperP", "sphere, with Muon", "rate against D; one base rate for width and "
           "depth", None, 6e21, "2603.28743"),
    Recipe("2026", "Delphi", "CompleteP, with (T₀/T)^0.3", "best loss against C by IsoFLOP", 3e20,
           1e23, "delphi"),
]  # fmt: skip

COLUMNS = ["date", "report", "rate by size", "what was fitted", "fit up to", "used at", "times"]


def recipe_rows() -> list[list[str]]:
    """The table; cells that a report leaves open are empty."""

    def said(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    return [
        [r.when, r.name, r.width, r.fitted, said(r.fit_to, ".0e"), said(r.used_at, ".1e"),
         said(r.reach, ",.0f")]
        for r in RECIPES
    ]  # fmt: skip
