"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
    "kl approx": Reference(
        title="Approximating KL Divergence",
        authors=["John Schulman"],
        date="2020-03",
        url="http://joschu.net/blog/kl-approx.html",
        notes="k1, k2 and k3, with their bias and variance on normal distributions",
    ),
    "visual-rft": Reference(
        title="Reward hacking (issue 176 of Visual-RFT)",
        organization="Visual-RFT",
        date="2025-04",
        url="https://github.com/Liuziyu77/Visual-RFT/issues/176",
        notes="a test for substrings both ways paid empty answers, and the model gave them",
    ),
    "trl top-p": Reference(
        title="GRPO: log-probabilities of truncated sampling (pull request 7269 of TRL)",
        organization="TRL",
        date="2026-09",
        url="https://github.com/huggingface/trl/pull/7269",
        notes="with top-p 0.8 the mean ratio is 0.896 before any update: the mass that was kept",
    ),
    "r1 nature": Reference(
        title="DeepSeek-R1 incentivizes reasoning in LLMs through reinforcement learning",
        authors=["Daya Guo", "et al."],
        organization="Nature",
        date="2025-09",
        url="https://www.nature.com/articles/s41586-025-09422-z",
        notes="the reviewed version, with costs; R1-Zero's AIME differs from the preprint's",
    ),
    "v4 press": Reference(
        title="DeepSeek V4: on-policy distillation replaces the mixed stage",
        organization="BlockBeats",
        date="2026-04",
        url="https://en.theblockbeats.news/flash/342828",
        notes="a press note on the report: specialists by GRPO, then distilled into one model",
    ),
}
