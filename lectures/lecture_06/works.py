"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
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
    "brrr": Reference(
        title="Making Deep Learning Go Brrrr From First Principles",
        authors=["Horace He"],
        date="2022",
        url="https://horace.io/brrr_intro.html",
    ),
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
    "roofline": Reference(
        title="Roofline: An Insightful Visual Performance Model for Multicore Architectures",
        authors=["Samuel Williams", "Andrew Waterman", "David Patterson"],
        date="2009-04",
        url="https://doi.org/10.1145/1498765.1498785",
    ),
    "ampere": Reference(
        title="NVIDIA A100 Tensor Core GPU Architecture",
        organization="NVIDIA",
        date="2020",
        url="https://images.nvidia.com/aem-dam/en-zz/Solutions/data-center/nvidia-ampere-architecture-whitepaper.pdf",
        notes="108 SMs, 192 KB of L1 and shared memory an SM, 40 MB L2; 312 TFLOP/s in bfloat16."
        " The card with 80 GB: 2,039 GB/s",
    ),
    "blackwell": Reference(
        title="Nvidia's B200: Keeping the CUDA Juggernaut Rolling",
        organization="Chips and Cheese",
        date="2025",
        url="https://chipsandcheese.com/p/nvidias-b200-keeping-the-cuda-juggernaut",
        notes="two dies of 74 SMs, 256 KB of L1 and shared memory an SM",
    ),
    "cuda guide": Reference(
        title="CUDA C++ Best Practices Guide: shared memory and memory banks",
        organization="NVIDIA",
        url="https://docs.nvidia.com/cuda/cuda-c-best-practices-guide/",
    ),
    "puzzles": Reference(
        title="GPU Puzzles",
        authors=["Sasha Rush"],
        date="2022",
        url="https://github.com/srush/gpu-puzzles",
    ),
}
