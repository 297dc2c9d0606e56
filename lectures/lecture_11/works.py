"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "delphi": SHARED["delphi"],
    "muon": Reference(
        title="Muon: an optimizer for hidden layers in neural networks",
        authors=["Keller Jordan", "et al."],
        date="2024-12",
        url="https://kellerjordan.github.io/posts/muon/",
    ),
    "lingle laws": Reference(
        title="Scaling laws for optimal learning rate and batch size",
        authors=["Lucas Lingle"],
        url="https://lucaslingle.substack.com/p/scaling-laws-for-optimal-lr-and-batch-1d4",
        notes="refits on 1,800 runs; a grid of rates that was too coarse is suspected where"
        " exponents differed",
    ),
}
