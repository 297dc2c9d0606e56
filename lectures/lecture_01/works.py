"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "shannon": Reference(
        title="Prediction and Entropy of Printed English",
        authors=["Claude E. Shannon"],
        date="1951",
        url="https://www.princeton.edu/~wbialek/rome/refs/shannon_51.pdf",
    ),
    "jelinek": Reference(
        title="Continuous Speech Recognition by Statistical Methods",
        authors=["Frederick Jelinek"],
        organization="Proceedings of the IEEE 64(4)",
        date="1976-04",
        url="https://doi.org/10.1109/PROC.1976.10159",
    ),
    "brown": Reference(
        title="A Statistical Approach to Machine Translation",
        authors=["Peter F. Brown", "et al."],
        organization="Computational Linguistics 16(2)",
        date="1990",
        url="https://aclanthology.org/J90-2002/",
    ),
    "lstm": Reference(
        title="Long Short-Term Memory",
        authors=["Sepp Hochreiter", "Jürgen Schmidhuber"],
        organization="Neural Computation 9(8)",
        date="1997",
        url="https://doi.org/10.1162/neco.1997.9.8.1735",
    ),
    "marin": Reference(
        title="Marin: open development of foundation models",
        organization="The Marin community",
        date="2025",
        url="https://github.com/marin-community/marin",
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
    "gpt-2": SHARED["gpt-2"],
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
    "h100": SHARED["h100"],
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
}
