"""Tables of the lecture, from live runs and from what assignment 5 recorded."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from lecture_tracer import table
from lectures.lecture_15 import records
from lectures.lecture_15.best_of_n import best_of_n_kl
from lectures.lecture_15.figures import tuning

SMOLLM2_DPO = {
    "plain DPO": "dpo",
    "DPO + NLL": "dpo_nll",
    "DPO, a template rejected": "dpo_template",
}
MEASURES = ("preferred", "brief", "right", "chosen_log_prob", "rejected_log_prob")
Shares = Mapping[str, Mapping[str, float]]


def percent(share: float) -> str:
    """A share as a whole number of percent, without the sign."""
    return f"{100 * share:.0f}"


def mask_table(found: Shares) -> None:
    """What each mask led to."""
    kinds = ("right", "wrong", "endless")
    rows = [[name, *(percent(arm[kind]) for kind in kinds)] for name, arm in found.items()]
    columns = ["mask", "right, %", "wrong, %", "never ends, %"]
    table(rows, columns=columns, caption="48 people that were not taught, one seed")


def bos_table(found: Shares) -> None:
    """Right answers by the form in training and in use."""
    rows = [[name, *(f"{right:.0f}" for right in row.values())] for name, row in found.items()]
    columns = ["trained with (BOS) | used with", *next(iter(found.values()))]
    table(rows, columns=columns, caption="% right about 48 people that were not taught, one seed")


def smollm2_sft_table() -> None:
    """Form and knowledge of SmolLM2 before and after SFT."""
    rows = [
        [what, where]
        + [percent(records.smollm2_mean("sft", when, key, name)) for when in ("before", "after")]
        for what, name in (("in the prescribed form", "format_followed"), ("right", "right"))
        for where, key in (("topics of the training", "items"), ("new topics", "topics"))
    ]
    caption = records.smollm2_caption("sft") + ". Means of three seeds."
    table(rows, columns=["% of answers", "asked about", "before", "after"], caption=caption)


def sort_accuracy(run: str, size: int, at: int = -1) -> float:
    """Mean accuracy of a DPO run on sorting over its seeds; `at` 0 is before it."""
    found = records.sort_runs(run)
    return float(fmean(each.accuracy(size, at=at) for each in found))


def sort_table(sizes: Sequence[int] = (2, 4, 5, 6)) -> None:
    """Accuracy of sorting before and after both variants of DPO."""
    arms = {
        "before": ("dpo_plain", 0),
        "plain DPO, pairs of 5 and 6 digits": ("dpo_plain", -1),
        "DPO + NLL, pairs of 2 to 6 digits": ("dpo", -1),
    }
    rows = [
        [what, *(percent(sort_accuracy(run, size, at)) for size in sizes)]
        for what, (run, at) in arms.items()
    ]
    columns = ["sorted rightly, %", *(f"{size} digits" for size in sizes)]
    table(rows, columns=columns, caption=records.sort_caption())


def smollm2_dpo() -> dict[str, list[float]]:
    """`MEASURES` on held-out items, before and after each variant: means of three seeds."""
    before = [records.smollm2_mean("dpo", "before", "items", name) for name in MEASURES]
    after = {
        what: [records.smollm2_mean(stage, "after", "items", name) for name in MEASURES]
        for what, stage in SMOLLM2_DPO.items()
    }
    return {"before": before} | after


def smollm2_dpo_table(measured: Mapping[str, Sequence[float]]) -> None:
    """The same as a table."""
    rows = [
        [what, *(percent(v) for v in values[:3]), *(f"{v:.0f}" for v in values[3:])]
        for what, values in measured.items()
    ]
    columns = ["", "pairs preferred, %", "brief, %", "right, %", "chosen, nats", "rejected, nats"]
    caption = (
        records.smollm2_caption("dpo")
        + ". Three seeds, held-out items. “Before” has the model's own answers as rejected."
    )
    table(rows, columns=columns, caption=caption)


def made_up_record() -> None:
    """The study of facts that a model does not hold: wrong answers by dose."""
    records.show("made_up", "Facts it does not hold", lambda rows: tuning.doses(rows, 200))


def best_of_n_table(curve: records.Rows) -> None:
    """KL of best of n as it is and by the formula, with the mean reward."""
    rows = []
    for row in curve:
        values = (abs(row["kl"]), best_of_n_kl(row["n"]), abs(row["proxy"]))  # no minus zero
        rows.append([row["n"], *(f"{value:.2f}" for value in values)])
    table(rows, columns=["n", "KL, exact", "log n − (n − 1) / n", "mean reward"])


def gained(run: str) -> float:
    """Nats that held-out chosen answers of sorting gained in the end, mean over the seeds."""
    return float(fmean(each.series("held_out_chosen")[-1] for each in records.sort_runs(run)))
