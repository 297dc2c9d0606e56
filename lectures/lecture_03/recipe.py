"""The recipe that lecture 3 ends with: line, value, evidence, and what kind of evidence that is."""

RECIPE = (
    ("norm sits", "before each sublayer", "post-norm did not learn in 12 layers", "strong"),
    ("norm", "RMSNorm, no biases", "no difference, and half of the numbers", "null result"),
    ("feed-forward", "SwiGLU, 8/3 d to 4 d", "ahead in three seeds of three", "small gain"),
    ("positions", "RoPE; with long texts, local layers", "loss beyond the window", "strong"),
    ("heads", "width 128, GQA with 8 heads of keys", "bytes of the cache", "counted"),
    ("QK-norm", "yes", "scores at high rates", "insurance"),
    ("z-loss", "1e-4", "log Z drifts freely without", "insurance"),
    ("d_model / layers", "about 100", "median of the table; flat valley", "custom"),
    ("vocabulary", "by language; embeddings under 20 %", "share of parameters", "counted"),
    ("optimizer", "AdamW, 0.9 / 0.95, decay 0.1, clip 1", "equilibrium of the decay", "custom"),
    ("dropout", "none", "one pass over the data", "custom"),
)
