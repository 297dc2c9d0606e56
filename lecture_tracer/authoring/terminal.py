"""What a rendering looks like when the lecture runs as a plain script."""

import json
import sys
import warnings
from pathlib import Path

from lecture_tracer.trace.schema import (
    AnswerRendering,
    BenchmarkRendering,
    CodeRendering,
    CommandRendering,
    GraphRendering,
    ImageRendering,
    LinkRendering,
    MissingRendering,
    PlotRendering,
    QuestionRendering,
    RanksRendering,
    RankValues,
    Rendering,
    SourceRendering,
    TableRendering,
    Tensor,
    TextRendering,
    Value,
    VideoRendering,
)

_ENGINE = f"{Path(__file__).resolve().parent.parent}/"


def show(rendering: Rendering) -> None:
    """Print it; a speaker's note is not printed."""
    words = to_text(rendering)
    if words:
        print(words)


def warn(message: str) -> None:
    """A Python warning, so that it can be filtered, at the line that called into this engine."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_ENGINE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


def to_text(rendering: Rendering) -> str:
    """The rendering in characters."""
    match rendering:
        case TextRendering() | CodeRendering():
            return rendering.text
        case ImageRendering() | VideoRendering():
            return (
                f"[{rendering.alt or 'image'}: {rendering.src}]"
                if isinstance(rendering, ImageRendering)
                else f"[video: {rendering.src}]"
            )
        case PlotRendering():
            return f"[plot: {json.dumps(rendering.spec.get('title', 'Vega-Lite'))}]"
        case TableRendering():
            rows: list[list[Value]] = [[*rendering.columns], *rendering.rows]
            return "\n".join("  ".join(_cell(cell) for cell in row) for row in rows)
        case GraphRendering():
            arrow = "->" if rendering.directed else "--"
            return "\n".join(f"{e.source} {arrow} {e.target}" for e in rendering.edges)
        case LinkRendering():
            return f"[{rendering.title or rendering.url}]({rendering.url})"
        case SourceRendering():
            return f"[{rendering.title or rendering.name}: {rendering.path}:{rendering.first}]"
        case CommandRendering():
            return f"$ {rendering.command}\n{rendering.text}"
        case BenchmarkRendering():
            row = rendering.rows[-1]
            return f"{rendering.name}: {row.label} {row.median:.3e} s ({rendering.note})"
        case QuestionRendering():
            return _question(rendering)
        case AnswerRendering():
            return (
                f"Answer ({rendering.name}): {_cell(rendering.answer)}\n{rendering.text}".rstrip()
            )
        case RanksRendering():
            heads = [f"Ranks: {rendering.title}"] if rendering.title else []
            return "\n".join([*heads, *map(_rank, rendering.ranks)])
        case MissingRendering():
            return f"[{rendering.what}: {rendering.reason}]"
    return ""


def _question(asked: QuestionRendering) -> str:
    unit = f" [{asked.unit}]" if asked.unit else ""
    lines = [f"Question ({asked.name}): {asked.text}{unit}"]
    lines += [f"  - {choice}" for choice in asked.choices]
    if asked.hint:
        lines.append(f"  Hint: {asked.hint}")
    if asked.answer is not None:
        lines.append(f"Answer ({asked.name}): {_cell(asked.answer)}{unit}")
    return "\n".join(lines)


def _rank(column: RankValues) -> str:
    values = [f"{name}={_brief(value)}" for name, value in column.values.items()]
    prints = [f"prints {column.stdout.rstrip()!r}"] if column.stdout else []
    ended = [column.ended] if column.ended else []
    return f"  {column.rank}: {', '.join([*values, *prints, *ended])}"


def _brief(value: Value) -> str:
    if isinstance(value, Tensor):
        shown = str(value.numbers) if value.numbers else "…"
        return f"{value.dtype}{value.shape} {shown}"
    return str(_cell(value))


def _cell(value: object) -> str:
    return str(getattr(value, "text", value))
