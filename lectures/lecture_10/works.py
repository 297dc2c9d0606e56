"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
    "h100": Reference(
        title="NVIDIA H100 Tensor Core GPU datasheet",
        organization="NVIDIA",
        url="https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet",
        notes="SXM: 989.5 TFLOP/s in bfloat16 without sparsity, 3.35 TB/s memory",
    ),
    "a100": Reference(
        title="NVIDIA A100 Tensor Core GPU datasheet",
        organization="NVIDIA",
        url="https://www.nvidia.com/en-us/data-center/a100/",
        notes="80 GB SXM: 312 TFLOP/s bfloat16, 19.5 TFLOP/s float32, 2.04 TB/s memory",
    ),
    "b200": Reference(
        title="B200",
        authors=["Glenn K. Lockwood"],
        url="https://glennklockwood.com/garden/processors/B200",
        notes="from NVIDIA's Blackwell brief: HGX at 1000 W 2250 TFLOP/s dense bfloat16, GB200 at"
        " 1200 W 2500; 8 TB/s",
    ),
    "scaling book": Reference(
        title="How to Scale Your Model",
        authors=["Jacob Austin", "et al."],
        organization="Google DeepMind",
        date="2025",
        url="https://jax-ml.github.io/scaling-book/",
        notes="the same arithmetic for TPUs, whose links form a torus",
    ),
    "orca": Reference(
        title="Orca: A Distributed Serving System for Transformer-Based Generative Models",
        authors=["Gyeong-In Yu", "et al."],
        organization="OSDI",
        date="2022-07",
        url="https://www.usenix.org/conference/osdi22/presentation/yu",
        notes="schedules by iteration; up to 36.9 times the throughput of what came before, at 175"
        " billion parameters",
    ),
    "character": Reference(
        title="Optimizing AI Inference at Character.AI",
        organization="Character.AI",
        date="2024-06",
        url="https://research.character.ai/optimizing-inference/",
        notes="one layer in six global, keys and values shared across layers, one head of keys,"
        " int8: a cache more than 20 times smaller",
    ),
    "flash decoding": Reference(
        title="Flash-Decoding for long-context inference",
        authors=["Tri Dao", "Daniel Haziza", "Francisco Massa", "Grigory Sizov"],
        date="2023-10",
        url="https://crfm.stanford.edu/2023/10/12/flashdecoding.html",
        notes="splits the cache of one sequence over the GPU, since one new token has no rows to"
        " divide",
    ),
}
