"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "h100": SHARED["h100"],
    "hopper": SHARED["hopper"],
    "ampere": SHARED["ampere"],
    "brrr": SHARED["brrr"],
    "roofline": SHARED["roofline"],
    "cuda guide": SHARED["cuda guide"],
    "puzzles": SHARED["puzzles"],
    "scaling book": SHARED["scaling book"],
    "shapes": Reference(
        title="What Shapes Do Matrix Multiplications Like?",
        authors=["Horace He"],
        date="2024",
        url="https://www.thonking.ai/p/what-shapes-do-matrix-multiplications",
        notes="tiles and waves on an A100, with the saw-tooth",
    ),
    "predictable": Reference(
        title='Strangely, Matrix Multiplications on GPUs Run Faster When Given "Predictable" Data!',
        authors=["Horace He"],
        date="2024",
        url="https://www.thonking.ai/p/strangely-matrix-multiplications",
        notes="the contents of the matrices decide the power, and that the clock",
    ),
    "padded-vocabulary": Reference(
        title="The most dramatic optimization to nanoGPT so far",
        authors=["Andrej Karpathy"],
        date="2023-02-03",
        url="https://x.com/karpathy/status/1621578354024677377",
        notes="a vocabulary of 50,304 instead of 50,257: about 25 % faster training",
    ),
    "mx": Reference(
        title="OCP Microscaling Formats (MX) Specification, version 1.0",
        organization="Open Compute Project",
        date="2023-09",
        url="https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf",
        notes="blocks of 32 with a shared power of two; MXFP8, MXFP6, MXFP4",
    ),
    "ironwood": Reference(
        title="TPU7x (Ironwood), and its performance guide",
        organization="Google Cloud",
        date="2026",
        url="https://docs.cloud.google.com/tpu/docs/tpu7x",
        notes="2,307 TFLOP/s in bfloat16, 4,614 in fp8, 192 GiB at 7,380 GB/s, two TensorCores;"
        " the guide (ironwood-performance) gives 1.3 times for products in fp8",
    ),
    "mi355x": Reference(
        title="AMD CDNA 4 architecture white paper",
        organization="AMD",
        date="2025",
        url="https://www.amd.com/content/dam/amd/en/documents/instinct-tech-docs/white-papers/amd-cdna-4-architecture-whitepaper.pdf",
        notes="MI355X: 288 GB at 8 TB/s, MXFP4 and MXFP6",
    ),
    "blackwell data": Reference(
        title="NVIDIA Blackwell datasheet: B200, B300, GB200 and GB300",
        organization="NVIDIA",
        date="2025",
        url="https://www.nvidia.com/en-us/data-center/dgx-b200/",
        notes="rates there are with sparsity unless marked; the table has them halved",
    ),
    "fa4": Reference(
        title="FlashAttention-4: Algorithm and Kernel Pipelining Co-Design for Asymmetric Hardware"
        " Scaling",
        organization="Tri Dao's group and Together AI",
        date="2026-03",
        url="https://deeplearn.org/arxiv/711026/flashattention-4:-algorithm-and-kernel-pipelining-co-design-for-asymmetric-hardware-scaling",
        notes="up to 1,613 TFLOP/s on a B200, 71 % of its peak, 1.3 times cuDNN 9.13",
    ),
}
