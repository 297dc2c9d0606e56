"""Recipes of reasoning models, dated, with where each cell was read."""

RECIPE_COLUMNS = ["date", "model", "start and data", "reward", "update", "reported", "source"]

RECIPES = [
    ["2024-02", "DeepSeekMath 7B", "instruction-tuned; grade-school and MATH questions",
     "a reward model", "GRPO: 64 samples, KL 0.04, one update a batch",
     "MATH 46.8 → 51.7", "2402.03300"],
    ["2025-01", "DeepSeek-R1-Zero", "base of 671B, no demonstrations",
     "rules: right answer, format", "GRPO: 16 samples, KL 0.001",
     "AIME 2024: 15.6 → 71.0 (version 1), 77.9 (Nature)", "2501.12948"],
    ["2025-01", "DeepSeek-R1", "thousands of cold-start chains, then 800k sampled ones",
     "rules, one language; later preferences", "GRPO, twice", "AIME 2024: 79.8", "2501.12948"],
    ["2025-01", "Kimi k1.5", "long chains; problems by measured difficulty",
     "rules, tests, a judge; shortness", "squared log-ratio to a centred reward, no critic",
     "AIME 2024: 77.5", "2501.12599"],
    ["2025-03", "DAPO", "base of Qwen2.5 32B", "rules; soft penalty for length",
     "clip 0.2 / 0.28, mixed groups only, token mean, no KL", "AIME 2024: 50", "2503.14476"],
    ["2025-05", "Qwen3 235B", "long chains, then 3,995 verified questions",
     "rules; later over 20 tasks", "GRPO, large batches, many samples",
     "AIME 2024: 70.1 → 85.1 in 170 steps", "2505.09388"],
    ["2025-06", "MiniMax-M1", "base with lightning attention; mathematics to sandboxes",
     "rules, tests, judges", "CISPO", "512 H800, 3 weeks, 534,700 $", "2506.13585"],
    ["2025-07", "Kimi K2", "demonstrations with simulated tools",
     "rules; the model's own verdict by rubrics", "as k1.5, with a token budget",
     "SWE-bench Verified 65.8", "2507.20534"],
    ["2025-12", "DeepSeek-V3.2", "specialists, distilled into one, then all tasks",
     "rules, rubrics", "GRPO without std, weighted KL, stale wrong answers masked, routes kept",
     "post-training above 10 % of pre-training's cost", "2512.02556"],
    ["2025-12", "OLMo 3 Think", "demonstrations, then DPO",
     "rules and judges, four domains", "mean as baseline, mixed groups only, token mean, no KL",
     "data, code and checkpoints are open", "2512.13961"],
    ["2026-02", "GLM-5", "744B", "rules, environments", "asynchronous, framework slime", "",
     "2602.15763"],
]  # fmt: skip

H800_HOURS = {"R1-Zero": 198, "R1": 80}
DATA_GPU_HOURS, DOLLARS_AN_HOUR = 5_000, 2.0


def r1_dollars(gpus: int) -> float:
    """What Nature's supplement adds up to: two runs and making the data, at 2 $ a GPU hour."""
    return DOLLARS_AN_HOUR * (gpus * sum(H800_HOURS.values()) + DATA_GPU_HOURS)
