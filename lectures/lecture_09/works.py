"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "cortes": Reference(
        title="Learning Curves: Asymptotic Values and Rate of Convergence",
        authors=[
            "Corinna Cortes",
            "L. D. Jackel",
            "Sara A. Solla",
            "Vladimir Vapnik",
            "John S. Denker",
        ],
        date="1993",
        url="https://papers.nips.cc/paper/1993/hash/1aa48fc4880bb0c9b8a3bf979d3b917e-Abstract.html",
        notes="fits learning curves of small runs to avoid training the large ones",
    ),
    "delphi": SHARED["delphi"],
    "approach 2": Reference(
        title="Problems with Chinchilla Approach 2",
        organization="Open Athena",
        date="2026",
        url="https://open-athena.github.io/scaling-law-analysis",
        notes="what parabolas do to noise-free runs, in pictures",
    ),
}
