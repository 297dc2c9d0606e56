"""Benchmarks with their sizes, what is scored, and what has been found wrong with them; dated."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Benchmark:
    """A benchmark as its paper describes it.

    Attributes:
        items: test items that a score is a share of; 0 where it is no share or changes.
        scored: whether the score is a share of right items.
        broke: what was found wrong later, with its source; "" if nothing is reported here.
    """

    family: str
    name: str
    year: int
    items: int
    score: str
    source: str
    broke: str = ""
    scored: bool = True


BENCHMARKS = [
    Benchmark("knowledge", "MMLU", 2020, 14_042, "accuracy, 4 options", "2009.03300"),
    Benchmark("knowledge", "MMLU-Pro", 2024, 12_032, "accuracy, 10 options", "2406.01574"),
    Benchmark("knowledge", "GPQA diamond", 2023, 198, "accuracy, 4 options", "2311.12022"),
    Benchmark(
        "knowledge", "HLE", 2025, 2500, "exact answer or option", "2501.14249",
        "2026: 641 items verified as they are, 1,170 repaired, 689 uncertain; seven models gain "
        "7 to 10 points on the repaired set (2602.13964)",
    ),
    Benchmark("mathematics", "GSM8K", 2021, 1319, "last number", "2110.14168"),
    Benchmark("mathematics", "AIME (a year)", 2025, 30, "integer", ""),
    Benchmark("code", "HumanEval", 2021, 164, "pass@k by tests", "2107.03374"),
    Benchmark(
        "agents", "SWE-bench Verified", 2024, 500, "tests pass", "2310.06770",
        "2026: of the 27.6 % that models often failed, at least 59.4 % have tests that reject "
        "right solutions, and models had seen the solutions (OpenAI)",
    ),
    Benchmark(
        "agents", "τ-bench airline", 2024, 50, "database and words", "2406.12045",
        "2025: an agent that does nothing passes 38 % (2507.02825)",
    ),
    Benchmark(
        "agents", "SWE-Lancer", 2025, 0, "tests pass", "",
        "2025: agents could reach the tests, and score 100 % without solving a task (2507.02825)",
        scored=False,
    ),
    Benchmark(
        "agents", "KernelBench", 2025, 250, "correct and fast", "2502.10517",
        "2025: no fuzzing of edge cases, correctness overstated by about 31 % (2507.02825)",
    ),
    Benchmark(
        "agents", "OSWorld", 2024, 369, "final state", "2404.07972",
        "2025: websites changed, and the section on a browser is understated by 28 % "
        "(2507.02825)",
    ),
    Benchmark("agents", "CyBench", 2024, 40, "flag captured", "2408.08926"),
    Benchmark("agents", "Terminal-Bench 2", 2026, 89, "tests pass", "2601.11868"),
    Benchmark("safety", "HarmBench", 2024, 510, "attack success, by a judge", "2402.04249"),
    Benchmark(
        "safety", "StrongREJECT", 2024, 313, "usefulness of harm", "2402.10260",
        "2024: judged by what an attacker gains, most of 37 published attacks are far weaker than "
        "reported (2402.10260)",
    ),
    Benchmark("safety", "AIR-Bench 2024", 2024, 5694, "refusals, by a judge", "2407.17436"),
    Benchmark(
        "votes", "Chatbot Arena", 2023, 0, "rating", "2403.04132",
        "2025: one provider tried 27 private variants before a launch (2504.20879)",
        scored=False,
    ),
]  # fmt: skip


def named(name: str) -> Benchmark:
    """The benchmark of this name."""
    return next(b for b in BENCHMARKS if b.name == name)


def dated_rows() -> list[list[str]]:
    """Family, name, year, items, score and what broke: agents, safety, and others that broke."""
    return [
        [b.family, b.name, str(b.year), f"{b.items:,}" if b.items else "", b.score, b.broke]
        for b in BENCHMARKS
        if b.broke or b.family in ("agents", "safety")
    ]
