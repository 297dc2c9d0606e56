"""Works that lectures cite and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
    "shannon": Reference(
        title="Prediction and Entropy of Printed English",
        authors=["Claude E. Shannon"],
        date="1951",
        url="https://www.princeton.edu/~wbialek/rome/refs/shannon_51.pdf",
    ),
    "brants": Reference(
        title="Large Language Models in Machine Translation",
        authors=["Thorsten Brants", "Ashok C. Popat", "Peng Xu", "Franz J. Och", "Jeffrey Dean"],
        date="2007",
        url="https://aclanthology.org/D07-1090.pdf",
    ),
    "bengio": Reference(
        title="A Neural Probabilistic Language Model",
        authors=["Yoshua Bengio", "Réjean Ducharme", "Pascal Vincent", "Christian Jauvin"],
        date="2003",
        url="https://www.jmlr.org/papers/volume3/bengio03a/bengio03a.pdf",
    ),
    "gpt-2": Reference(
        title="Language Models are Unsupervised Multitask Learners",
        authors=["Alec Radford", "et al."],
        organization="OpenAI",
        date="2019",
        url="https://cdn.openai.com/better-language-models/"
        "language_models_are_unsupervised_multitask_learners.pdf",
    ),
    "gpt-j": Reference(
        title="GPT-J",
        authors=["Ben Wang", "Aran Komatsuzaki"],
        date="2021-06-04",
        url="https://arankomatsuzaki.wordpress.com/2021/06/04/gpt-j/",
    ),
    "bitter lesson": Reference(
        title="The Bitter Lesson",
        authors=["Richard Sutton"],
        date="2019-03-13",
        url="http://www.incompleteideas.net/IncIdeas/BitterLesson.html",
    ),
    "muon": Reference(
        title="Muon: An optimizer for hidden layers in neural networks",
        authors=["Keller Jordan", "et al."],
        date="2024",
        url="https://kellerjordan.github.io/posts/muon/",
    ),
    "h100": Reference(
        title="NVIDIA H100 Tensor Core GPU datasheet",
        organization="NVIDIA",
        url="https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet",
        notes="SXM: 989.5 TFLOP/s in bfloat16 without sparsity, 3.35 TB/s memory",
    ),
    "gage": Reference(
        title="A New Algorithm for Data Compression",
        authors=["Philip Gage"],
        organization="The C Users Journal",
        date="1994-02",
        url="http://www.pennelynn.com/Documents/CUJ/HTML/94HTML/19940045.HTM",
    ),
    "karpathy": Reference(
        title="Let's build the GPT tokenizer (video)",
        authors=["Andrej Karpathy"],
        date="2024",
        url="https://www.youtube.com/watch?v=zduSFxRajkE",
    ),
    "unicode": Reference(
        title="Unicode 16.0: 154,998 characters",
        organization="The Unicode Consortium",
        date="2024-09-10",
        url="https://www.unicode.org/versions/Unicode16.0.0/",
    ),
    "a100": Reference(
        title="NVIDIA A100 Tensor Core GPU datasheet",
        organization="NVIDIA",
        url="https://www.nvidia.com/en-us/data-center/a100/",
        notes="80 GB SXM: 312 TFLOP/s bfloat16, 19.5 TFLOP/s float32, 2.04 TB/s memory",
    ),
    "hopper": Reference(
        title="NVIDIA Hopper Architecture In-Depth",
        organization="NVIDIA",
        date="2022-03-22",
        url="https://developer.nvidia.com/blog/nvidia-hopper-architecture-in-depth/",
        notes="H100 SXM5: 132 SMs, 50 MB L2, up to 228 KB shared memory per SM; NVLink 900 GB/s,"
        " PCIe 128 GB/s, both ways together",
    ),
    "order": Reference(
        title="Executive Order 14110: Safe, Secure, and Trustworthy Development and Use of "
        "Artificial Intelligence",
        organization="Federal Register",
        date="2023-10-30",
        url="https://www.federalregister.gov/documents/2023/11/01/2023-24283/"
        "safe-secure-and-trustworthy-development-and-use-of-artificial-intelligence",
    ),
    "transfers": Reference(
        title="How to Optimize Data Transfers in CUDA C/C++",
        authors=["Mark Harris"],
        organization="NVIDIA",
        date="2012-12-04",
        url="https://developer.nvidia.com/blog/how-optimize-data-transfers-cuda-cc/",
    ),
    "einops": Reference(
        title="Einops tutorial, part 1: basics",
        authors=["Alex Rogozhnikov"],
        url="https://einops.rocks/1-einops-basics/",
    ),
    "jaxtyping": Reference(
        title="jaxtyping: type annotations for the shape and dtype of arrays",
        authors=["Patrick Kidger"],
        url="https://docs.kidger.site/jaxtyping/",
    ),
    "flops calculus": Reference(
        title="The FLOPs Calculus of Language Model Training",
        authors=["Dzmitry Bahdanau"],
        date="2022",
        url="https://medium.com/@dzmitrybahdanau/"
        "the-flops-calculus-of-language-model-training-3b19c1f025e4",
    ),
    "transformer math": Reference(
        title="Transformer Math 101",
        authors=["Quentin Anthony", "Stella Biderman", "Hailey Schoelkopf"],
        organization="EleutherAI",
        date="2023",
        url="https://blog.eleuther.ai/transformer-math/",
    ),
    "adagrad": Reference(
        title="Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
        authors=["John Duchi", "Elad Hazan", "Yoram Singer"],
        date="2011",
        url="https://www.jmlr.org/papers/volume12/duchi11a/duchi11a.pdf",
    ),
    "glorot": Reference(
        title="Understanding the Difficulty of Training Deep Feedforward Neural Networks",
        authors=["Xavier Glorot", "Yoshua Bengio"],
        date="2010",
        url="https://proceedings.mlr.press/v9/glorot10a/glorot10a.pdf",
    ),
    "amp": Reference(
        title="Automatic Mixed Precision package",
        organization="PyTorch",
        url="https://pytorch.org/docs/stable/amp.html",
    ),
    "views": Reference(
        title="Tensor Views",
        organization="PyTorch",
        url="https://pytorch.org/docs/stable/tensor_view.html",
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
    "gpu background": Reference(
        title="GPU Performance Background User's Guide",
        organization="NVIDIA",
        url="https://docs.nvidia.com/deeplearning/performance/dl-performance-gpu-background/index.html",
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
    "puzzles": Reference(
        title="GPU Puzzles",
        authors=["Sasha Rush"],
        date="2022",
        url="https://github.com/srush/gpu-puzzles",
    ),
}
