"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
    "alpaca": Reference(
        title="Alpaca: A Strong, Replicable Instruction-Following Model",
        authors=["Rohan Taori", "et al."],
        date="2023-03-13",
        url="https://crfm.stanford.edu/2023/03/13/alpaca.html",
    ),
    "schulman talk": Reference(
        title="Reinforcement Learning from Human Feedback: Progress and Challenges",
        authors=["John Schulman"],
        organization="EECS Colloquium, Berkeley",
        date="2023-04-19",
        url="https://www.youtube.com/watch?v=hhiLw5Q_UFg",
    ),
    "bradley": Reference(
        title="Rank Analysis of Incomplete Block Designs: I. The Method of Paired Comparisons",
        authors=["Ralph Allan Bradley", "Milton E. Terry"],
        organization="Biometrika 39(3/4)",
        date="1952",
        url="https://doi.org/10.2307/2334029",
    ),
}
