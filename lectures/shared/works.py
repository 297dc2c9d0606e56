"""Works that several lectures cite and that have no arXiv number; each is described here once."""

from lecture_tracer import Reference

SHARED = {
    "a100": Reference(
        title="NVIDIA A100 Tensor Core GPU datasheet",
        organization="NVIDIA",
        url="https://www.nvidia.com/en-us/data-center/a100/",
        notes="80 GB SXM: 312 TFLOP/s bfloat16, 19.5 TFLOP/s float32, 2.04 TB/s memory",
    ),
    "ampere": Reference(
        title="NVIDIA A100 Tensor Core GPU Architecture",
        organization="NVIDIA",
        date="2020",
        url="https://images.nvidia.com/aem-dam/en-zz/Solutions/data-center/nvidia-ampere-architecture-whitepaper.pdf",
        notes="108 SMs, 192 KB of L1 and shared memory an SM, 40 MB L2; 312 TFLOP/s in bfloat16."
        " The card with 80 GB: 2,039 GB/s",
    ),
    "b200": Reference(
        title="B200",
        authors=["Glenn K. Lockwood"],
        url="https://glennklockwood.com/garden/processors/B200",
        notes="from NVIDIA's Blackwell brief: HGX at 1000 W 2250 TFLOP/s dense bfloat16, GB200 at"
        " 1200 W 2500; 8 TB/s",
    ),
    "brrr": Reference(
        title="Making Deep Learning Go Brrrr From First Principles",
        authors=["Horace He"],
        date="2022",
        url="https://horace.io/brrr_intro.html",
    ),
    "cuda guide": Reference(
        title="CUDA C++ Best Practices Guide: shared memory and memory banks",
        organization="NVIDIA",
        url="https://docs.nvidia.com/cuda/cuda-c-best-practices-guide/",
    ),
    "deepep": Reference(
        title="DeepEP: an efficient expert-parallel communication library",
        organization="DeepSeek-AI",
        date="2025-02",
        url="https://github.com/deepseek-ai/DeepEP",
        notes="all-to-all of tokens to experts: rows leave in eight bits and return in bfloat16",
    ),
    "delphi": Reference(
        title="Delphi, an open scaling suite",
        organization="Open Athena (Marin)",
        url="https://openathena.ai/blog/delphi/",
        notes="a first recipe left its own law; the mended one foretold a run of 1e23 FLOPs, 300"
        " times beyond its fit, within 0.2 % of the loss",
    ),
    "gpt-2": Reference(
        title="Language Models are Unsupervised Multitask Learners",
        authors=["Alec Radford", "et al."],
        organization="OpenAI",
        date="2019",
        url="https://cdn.openai.com/better-language-models/"
        "language_models_are_unsupervised_multitask_learners.pdf",
    ),
    "h100": Reference(
        title="NVIDIA H100 Tensor Core GPU datasheet",
        organization="NVIDIA",
        url="https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet",
        notes="SXM: 989.5 TFLOP/s in bfloat16 without sparsity, 3.35 TB/s memory",
    ),
    "hopper": Reference(
        title="NVIDIA Hopper Architecture In-Depth",
        organization="NVIDIA",
        date="2022-03-22",
        url="https://developer.nvidia.com/blog/nvidia-hopper-architecture-in-depth/",
        notes="H100 SXM5: 132 SMs, 50 MB L2, up to 228 KB shared memory per SM; NVLink 900 GB/s,"
        " PCIe 128 GB/s, both ways together",
    ),
    "puzzles": Reference(
        title="GPU Puzzles",
        authors=["Sasha Rush"],
        date="2022",
        url="https://github.com/srush/gpu-puzzles",
    ),
    "roofline": Reference(
        title="Roofline: An Insightful Visual Performance Model for Multicore Architectures",
        authors=["Samuel Williams", "Andrew Waterman", "David Patterson"],
        date="2009-04",
        url="https://doi.org/10.1145/1498765.1498785",
    ),
    "scaling book": Reference(
        title="How to Scale Your Model",
        authors=["Jacob Austin", "et al."],
        organization="Google DeepMind",
        date="2025",
        url="https://jax-ml.github.io/scaling-book/",
        notes="the same arithmetic for TPUs, whose links form a torus",
    ),
}
