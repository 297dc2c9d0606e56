"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "h100": SHARED["h100"],
    "a100": SHARED["a100"],
    "hopper": SHARED["hopper"],
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
    "b200": SHARED["b200"],
    "roofline": SHARED["roofline"],
    "polyak": Reference(
        title="Some methods of speeding up the convergence of iteration methods",
        authors=["Boris T. Polyak"],
        date="1964",
        url="https://doi.org/10.1016/0041-5553(64)90137-5",
    ),
    "rmsprop": Reference(
        title="Neural Networks for Machine Learning, lecture 6e: rmsprop",
        authors=["Tijmen Tieleman", "Geoffrey Hinton"],
        date="2012",
        url="https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
    ),
}
