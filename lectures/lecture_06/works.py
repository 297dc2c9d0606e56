"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "h100": SHARED["h100"],
    "hopper": SHARED["hopper"],
    "brrr": SHARED["brrr"],
    "triton paper": Reference(
        title="Triton: An Intermediate Language and Compiler for Tiled Neural Network Computations",
        authors=["Philippe Tillet", "H. T. Kung", "David Cox"],
        date="2019",
        url="https://www.eecs.harvard.edu/~htk/publication/2019-mapl-tillet-kung-cox.pdf",
    ),
    "triton": Reference(
        title="Introducing Triton: Open-source GPU programming for neural networks",
        organization="OpenAI",
        date="2021-07-28",
        url="https://openai.com/research/triton",
    ),
    "triton softmax": Reference(
        title="Triton tutorials: fused softmax, and matrix multiplication",
        organization="Triton",
        url="https://triton-lang.org/main/getting-started/tutorials/",
    ),
    "profiler": Reference(
        title="PyTorch Profiler recipe",
        organization="PyTorch",
        url="https://pytorch.org/tutorials/recipes/recipes/profiler_recipe.html",
    ),
    "benchmark": Reference(
        title="PyTorch Benchmark recipe",
        organization="PyTorch",
        url="https://pytorch.org/tutorials/recipes/recipes/benchmark.html",
    ),
    "ptx": Reference(
        title="PTX ISA",
        organization="NVIDIA",
        url="https://docs.nvidia.com/cuda/parallel-thread-execution/index.html",
    ),
    "pytorch 2": Reference(
        title="PyTorch 2: Faster Machine Learning Through Dynamic Python Bytecode Transformation"
        " and Graph Compilation",
        authors=["Jason Ansel", "et al."],
        date="2024",
        url="https://doi.org/10.1145/3620665.3640366",
    ),
    "roofline": SHARED["roofline"],
    "ampere": SHARED["ampere"],
    "blackwell": Reference(
        title="Nvidia's B200: Keeping the CUDA Juggernaut Rolling",
        organization="Chips and Cheese",
        date="2025",
        url="https://chipsandcheese.com/p/nvidias-b200-keeping-the-cuda-juggernaut",
        notes="two dies of 74 SMs, 256 KB of L1 and shared memory an SM",
    ),
    "cuda guide": SHARED["cuda guide"],
    "puzzles": SHARED["puzzles"],
}
