"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
    "williams": Reference(
        title="Simple Statistical Gradient-following Algorithms for Connectionist Reinforcement"
        " Learning",
        authors=["Ronald J. Williams"],
        date="1992",
        url="https://doi.org/10.1007/BF00992696",
    ),
    "greensmith": Reference(
        title="Variance Reduction Techniques for Gradient Estimates in Reinforcement Learning",
        authors=["Evan Greensmith", "Peter L. Bartlett", "Jonathan Baxter"],
        date="2004",
        url="https://www.jmlr.org/papers/v5/greensmith04a.html",
    ),
    "ng": Reference(
        title="Policy Invariance under Reward Transformations: Theory and Application to Reward"
        " Shaping",
        authors=["Andrew Y. Ng", "Daishi Harada", "Stuart Russell"],
        date="1999",
        url="https://people.eecs.berkeley.edu/~russell/papers/icml99-shaping.pdf",
    ),
    "schulman": Reference(
        title="Approximating KL Divergence",
        authors=["John Schulman"],
        date="2020",
        url="http://joschu.net/blog/kl-approx.html",
    ),
}
