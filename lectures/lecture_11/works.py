"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
    "delphi": Reference(
        title="Delphi, an open scaling suite",
        organization="Open Athena (Marin)",
        url="https://openathena.ai/blog/delphi/",
        notes="a first recipe left its own law; the mended one foretold a run of 1e23 FLOPs, 300"
        " times beyond its fit, within 0.2 % of the loss",
    ),
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
