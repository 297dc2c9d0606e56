"""The figures of the tokenization half: Vega-Lite, one matplotlib figure, one graph."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lectures.lecture_01.encodings import Encoding
from lectures.lecture_01.texts import BY_WRITING
from lectures.lecture_01.tokenizers import Pair, spell
from lectures.shared.charts import Spec, axis, bars, labelled_lines, lines

TOKEN_COLOURS = ["#bcdcf5", "#fbd3a8", "#bfe6c8", "#f4c6de", "#e6e0a3"]
INK = "#1a1a1a"


def token_strips(encodings: Mapping[str, Encoding]) -> Spec:
    """Each text as a row of coloured boxes, one box a token, as wide as its spelling."""
    rows: list[Spec] = []
    for name, encoding in encodings.items():
        left = 0.0
        for place, piece in enumerate(encoding.pieces):
            label = spell(bytes.fromhex(piece))
            right = left + max(1.6, len(label) * 0.92 + 0.7)
            rows.append(
                {
                    "text": name,
                    "left": round(left, 2),
                    "right": round(right, 2),
                    "middle": round((left + right) / 2, 2),
                    "token": label,
                    "id": encoding.indices[place],
                    "colour": place % len(TOKEN_COLOURS),
                }
            )
            left = right
    y: Spec = {"field": "text", "type": "nominal", "sort": None, "title": None}
    hidden: Spec = {"type": "quantitative", "axis": None}
    return {
        "title": "How GPT-2 cuts four strings",
        "data": {"values": rows},
        "height": {"step": 40},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadius": 3, "height": 26},
                "encoding": {
                    "x": {"field": "left"} | hidden,
                    "x2": {"field": "right"},
                    "color": {
                        "field": "colour",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"range": TOKEN_COLOURS},
                    },
                    "tooltip": [{"field": "token"}, {"field": "id"}],
                },
            },
            {
                "mark": {"type": "text", "color": INK, "font": "monospace", "fontSize": 11},
                "encoding": {"x": {"field": "middle"} | hidden, "text": {"field": "token"}},
            },
        ],
    }


def code_points(texts: Mapping[str, str] = BY_WRITING) -> Spec:
    """How often the code points of some texts occur, in bins that double; one colour a text."""
    counts: dict[tuple[int, str], int] = {}
    for name, string in texts.items():
        for character in string:
            bin_ = ord(character).bit_length() - 1
            counts[bin_, name] = counts.get((bin_, name), 0) + 1
    rows = [
        {"from": _thousands(2**bin_), "text": name, "characters": counts.get((bin_, name), 0)}
        for bin_ in range(5, 17)
        for name in texts
    ]
    x = axis("from", "code point, from (k: 1024)", "ordinal") | {
        "sort": None,
        "axis": {"labelAngle": 0},
    }
    return {
        "title": "Code points of our texts, in bins that double",
        "data": {"values": rows},
        "mark": "bar",
        "height": 170,
        "encoding": {
            "x": x,
            "y": axis("characters"),
            "color": axis("text", " ", "nominal") | {"sort": list(texts)},
        },
    }


def _thousands(number: int) -> str:
    """A power of two for an axis: `512`, `1k`, `64k`."""
    return str(number) if number < 1024 else f"{number // 1024}k"


def language_bars(ratios: Mapping[str, Mapping[str, float]]) -> Spec:
    """Bytes per token by writing, a bar for each tokenizer."""
    rows = [
        {"writing": writing, "tokenizer": tokenizer, "bytes per token": ratio}
        for tokenizer, by_writing in ratios.items()
        for writing, ratio in by_writing.items()
    ]
    tokenizers = axis("tokenizer", " ", "nominal")
    return bars(
        rows,
        axis("writing", " ", "nominal"),
        axis("bytes per token"),
        tokenizers | {"sort": None, "legend": {"orient": "top", "title": None}},
        title="Bytes per token, one scene in nine writings",
        height=200,
    )


def vocabulary_growth(growth: Sequence[tuple[int, int]], exponent: float) -> Spec:
    """Distinct words against words read, on two logarithmic axes."""
    return lines(
        [{"words": words, "distinct": distinct} for words, distinct in growth],
        axis("words", "words read", type="log", domain=[20, 3000]) | {"axis": {"tickCount": 4}},
        axis("distinct", "distinct words", type="log", domain=[10, 1000])
        | {"axis": {"tickCount": 4}},
        title=f"New words do not stop coming: distinct ∝ words^{exponent:.2f}",
        height=170,
    )


def sequence_length(tokens: Mapping[int, int]) -> Spec:
    """Tokens of one text by number of merges."""
    return lines(
        [{"merges": merges, "tokens": count} for merges, count in tokens.items()],
        axis("merges"),
        axis("tokens", "tokens of the tale"),
        title="Every merge shortens the sequence, each by less",
        height=150,
    )


def compression(ratios: Mapping[str, Mapping[int, float]]) -> Spec:
    """Bytes per token by number of merges, a line for each text."""
    rows = [
        {"text": text, "merges": merges, "bytes per token": ratio}
        for text, by_merges in ratios.items()
        for merges, ratio in by_merges.items()
    ]
    return labelled_lines(
        rows,
        axis("merges"),
        axis("bytes per token"),
        axis("text", " ", "nominal") | {"sort": None},
        title="Compression of the training text and of another",
        height=150,
        point=True,
    )


def paragraph_lengths(lengths: Mapping[str, int]) -> Spec:
    """Bars: the tokens of one paragraph, cut in several ways."""
    return bars(
        [{"cut": cut, "tokens": tokens} for cut, tokens in lengths.items()],
        axis("cut", " ", "nominal"),
        axis("tokens", "tokens of one paragraph"),
        title="How long one paragraph is",
        height=90,
    )


def utf8_bits(characters: Sequence[str]) -> Figure:
    """The bits of some characters in UTF-8: which announce, which carry the code point."""
    figure = Figure(figsize=(8.2, 0.55 * len(characters) + 0.5), dpi=110)
    axes = figure.add_axes((0, 0, 1, 1))
    for row, character in enumerate(characters):
        y = len(characters) - row
        axes.text(-1, y, f"U+{ord(character):04X}", ha="right", va="center", family="monospace")
        encoded = character.encode("utf-8")
        for place, byte in enumerate(encoded):
            bits = f"{byte:08b}"
            marker = bits.index("0") + 1  # ones up to the first zero tell the length
            left = place * 9.0
            for bit, digit in enumerate(bits):
                colour = TOKEN_COLOURS[1] if bit < marker else TOKEN_COLOURS[0]
                corner = (left + bit, y - 0.36)
                axes.add_patch(Rectangle(corner, 1, 0.72, facecolor=colour, edgecolor="white"))
                axes.text(left + bit + 0.5, y, digit, ha="center", va="center", fontsize=9)
    axes.text(0, 0.25, "orange: how many bytes belong together   blue: the code point", fontsize=9)
    axes.set(xlim=(-6, 36.5), ylim=(0, len(characters) + 0.6))
    axes.axis("off")
    return figure


def merge_forest(vocabulary: Mapping[int, bytes], merges: Mapping[Pair, int]) -> dict[str, Any]:
    """Nodes and edges for `graph()`: what each merged token is made of."""
    used = {index for pair in merges for index in pair} | set(merges.values())
    nodes = [
        {
            "id": str(index),
            "label": spell(vocabulary[index]),
            "group": "merge" if index >= 256 else "byte",
        }
        for index in sorted(used)
    ]
    edges = [
        (str(part), str(whole)) for pair, whole in merges.items() for part in dict.fromkeys(pair)
    ]
    return {"nodes": nodes, "edges": edges}
