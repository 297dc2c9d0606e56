"""What published models chose, drawn from the table."""

from collections.abc import Callable, Sequence

from lectures.lecture_03.models import Model
from lectures.shared.charts import Spec, axis, bars

COLUMNS = ("norm sits", "norm", "feed-forward", "positions", "heads", "QK-norm")
OLD, SETTLED, NEWER = "2017 to 2020", "settled since", "newer"
COLOURS = {OLD: "#d8a24a", SETTLED: "#2a6fb0", NEWER: "#3f9a6b"}
_KINDS = {
    "norm sits": {"post": OLD, "pre": SETTLED},
    "norm": {"LayerNorm": OLD, "RMSNorm": SETTLED},
    "feed-forward": {"plain": OLD, "gated": SETTLED},
    "positions": {"sinusoidal": OLD, "learned": OLD, "relative": OLD, "RoPE": SETTLED},
    "heads": {"MHA": OLD, "GQA": SETTLED},
    "QK-norm": {"no": OLD},
}


def choices(model: Model) -> dict[str, str]:
    """A model's choice in each of `COLUMNS`, in one word; of heads that are not known, none."""
    return {
        "norm sits": model.placement,
        "norm": model.norm,
        "feed-forward": "gated" if model.gated == "yes" else "plain",
        "positions": model.positions.replace("RoPE and none", "RoPE, none"),
        "heads": model.attention.replace("linear hybrid", "linear"),
        "QK-norm": model.qk_norm,
    }


def matrix(rows: Sequence[Model]) -> Spec:
    """Models by choices, oldest on top: the colour says when a choice was usual."""
    cells = [
        {"model": f"{each.model} ({each.released[:4]})", "part": part, "choice": choice}
        | {"kind": _KINDS[part].get(choice, NEWER)}
        for each in rows
        for part, choice in choices(each).items()
        if choice
    ]
    colour: Spec = {"field": "kind", "type": "nominal", "title": None}
    colour["scale"] = {"domain": list(COLOURS), "range": list(COLOURS.values())}
    colour["legend"] = {"orient": "top"}
    ink = {"condition": {"test": f"datum.kind == '{OLD}'", "value": "#1a1a1a"}, "value": "white"}
    top = {"orient": "top", "labelAngle": 0, "title": None}
    place = {
        "x": axis("part", " ", "nominal") | {"sort": None, "axis": top},
        "y": axis("model", " ", "nominal") | {"sort": None, "axis": {"title": None}},
    }
    return {
        "title": "What each model chose",
        "data": {"values": cells},
        "height": {"step": 15},
        "encoding": place,
        "layer": [
            {"mark": {"type": "rect", "stroke": "white"}, "encoding": {"color": colour}},
            {
                "mark": {"type": "text", "fontSize": 10},
                "encoding": {"text": {"field": "choice"}, "color": ink},
            },
        ],
    }


def over_the_years(
    rows: Sequence[Model],
    quantity: Callable[[Model], float | None],
    title: str,
    named: Sequence[str],
    *,
    log: bool = False,
) -> Spec:
    """A quantity against the date of release, plain and gated feed-forwards apart."""
    points = [
        {"model": each.model, "year": round(each.year, 2), "value": round(value, 3)}
        | {"feed-forward": "gated" if each.gated == "yes" else "plain"}
        | {"label": each.model if each.model in named else ""}
        for each in rows
        if (value := quantity(each)) is not None
    ]
    scale: Spec = {"type": "log"} if log else {"zero": False}
    x = axis("year", "released", zero=False) | {"axis": {"format": "d", "tickMinStep": 1}}
    y = axis("value", title, **scale)
    colour: Spec = {"field": "feed-forward", "type": "nominal", "legend": {"orient": "top"}}
    colour["scale"] = {"domain": ["plain", "gated"], "range": [COLOURS[OLD], COLOURS[SETTLED]]}
    tooltip = [{"field": "model"}, {"field": "value"}]
    return {
        "title": f"By year: {title}",
        "data": {"values": points},
        "height": 180,
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "size": 60},
                "encoding": {"color": colour, "tooltip": tooltip},
            },
            {
                "mark": {"type": "text", "align": "right", "dx": -7, "dy": -6, "fontSize": 11},
                "encoding": {"text": {"field": "label"}},
            },
        ],
    }


CACHES = (
    *("GPT-3 175B", "LLaMA-65B", "Llama-2-70B", "Llama-3.1-8B", "Llama-3.1-405B", "Qwen3-32B"),
    *("OLMo-2-13B", "OLMo-3-32B", "Nemotron-4 340B", "DeepSeek-V3", "Mistral Large 4", "GLM-5"),
)


def cache_bars(rows: Sequence[Model]) -> Spec:
    """KiB of cache a token of some models, largest first, by the kind of heads."""
    known = [each for each in rows if each.model in CACHES and each.cache_per_token]
    known.sort(key=lambda each: -(each.cache_per_token or 0))
    bars_of = [
        {"model": each.model, "heads": each.attention, "KiB": (each.cache_per_token or 0) / 1024}
        for each in known
    ]
    colour: Spec = {"field": "heads", "type": "nominal", "legend": {"orient": "top"}}
    colour["scale"] = {"domain": ["MHA", "GQA", "MLA"]}
    colour["scale"]["range"] = list(COLOURS.values())
    return bars(
        bars_of,
        axis("model", " ", "nominal"),
        axis("KiB", "cache a token, KiB in bfloat16"),
        colour,
        stacked=True,
        title="Keys and values of one token",
        height={"step": 15},
    )


def embedding_share(shares: dict[str, dict[int, float]]) -> Spec:
    """Share of both embedding matrices in all parameters, against the vocabulary."""
    rows = [
        {"width": name, "vocabulary": v, "share": 100 * share}
        for name, by_size in shares.items()
        for v, share in by_size.items()
    ]
    last = [row for row in rows if row["vocabulary"] == max(next(iter(shares.values())))]
    x, y = axis("vocabulary", type="log"), axis("share", "embeddings, % of the parameters")
    colour: Spec = {"field": "width", "type": "nominal", "legend": None}
    return {
        "title": "What a vocabulary costs",
        "height": 180,
        "encoding": {"x": x, "y": y, "color": colour},
        "layer": [
            {"data": {"values": rows}, "mark": {"type": "line", "point": True}},
            {
                "data": {"values": last},
                "mark": {"type": "text", "align": "right", "dy": -10},
                "encoding": {"text": {"field": "width"}},
            },
        ],
    }


def widenings(rows: Sequence[Model]) -> Spec:
    """d_ff / d_model of the dense models."""
    named = ("T5-11B", "Gemma-7B", "LLaMA-7B", "Llama-3.1-8B", "GPT-3 175B", "OLMo-3-32B")
    return over_the_years(rows, lambda each: each.widening, "d_ff / d_model", named, log=True)


def aspects(rows: Sequence[Model]) -> Spec:
    """d_model / layers."""
    named = ("GPT-2 XL", "T5-11B", "BLOOM-176B", "Llama-3.1-405B", "Qwen3-Next-80B-A3B")
    return over_the_years(rows, lambda each: each.aspect, "d_model / layers", named)


def head_widths(rows: Sequence[Model]) -> Spec:
    """Numbers in a head's query and key."""
    named = ("GPT-2 XL", "PaLM 540B", "gpt-oss-120b", "GLM-5")
    return over_the_years(rows, lambda each: each.head_dim, "width of a head", named)


def vocabularies(rows: Sequence[Model]) -> Spec:
    """Size of the vocabulary."""
    named = ("BLOOM-176B", "LLaMA-7B", "GPT-2 XL", "Gemma-3-27B")
    return over_the_years(rows, lambda each: each.vocabulary, "vocabulary", named, log=True)
