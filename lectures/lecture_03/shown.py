"""Records shown in the lecture: the figure with its origin, or a line that says what is missing."""

from collections.abc import Callable

from lecture_tracer import plot, table, text
from lectures.lecture_03 import records
from lectures.lecture_03.figures import curves
from lectures.lecture_03.records import Record
from lectures.lecture_03.studies import Size
from lectures.shared.charts import Spec

COMMAND = "python lectures/lecture_03/tools/measure.py --output lectures/lecture_03/records"


def show_record(
    study: str, size: Size, title: str, draw: Callable[[Record, str], Spec] = curves.seeds
) -> None:
    """Draw a study's record, three seeds an arm, and say where it comes from."""
    content = records.load(study, size)
    if content is None:
        text(f"*{title}: not measured yet; run* `{COMMAND} --size {size} --only {study}`")
        return
    plot(draw(content, title))
    text(f"*Record, {content['seeds']} seeds an arm:* {records.caption(content)}.")


def show_norm_times() -> None:
    """Times of both norms on a GPU beside a copy, or what is missing."""
    content = records.load("norm_times", "large")
    title = "Both norms on a GPU, one operation at a time and in one kernel"
    if content is None:
        text(f"*{title}: not measured yet; run* `{COMMAND} --only norm_times`")
        return
    rows = [[row["label"], row["median_ms"], row["q1_ms"], row["q3_ms"]] for row in content["rows"]]
    columns = ["32768 × 4096, bfloat16", "median, ms", "quartile", "quartile"]
    table(rows, columns=columns, caption=f"{title}: {records.caption(content)}")
