"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
    "style": Reference(
        title="Does style matter? Disentangling style and substance in Chatbot Arena",
        organization="LMSYS",
        date="2024-08",
        url="https://lmsys.org/blog/2024-08-28-style-control/",
        notes="length and formatting as further terms of the fit; length weighs most",
    ),
    "verified": Reference(
        title="Why SWE-bench Verified no longer measures frontier coding capabilities",
        organization="OpenAI",
        date="2026-02",
        url="https://openai.com/index/why-we-no-longer-evaluate-swe-bench-verified/",
        notes="of an audited 27.6 % of the tasks, at least 59.4 % have tests that reject right"
        " solutions; models had seen solutions",
    ),
}
