"""What a run shows of itself: a funnel, a page of rejected documents, a data card.

All of it is made of the accounts and of rows; nothing is loaded from elsewhere, and texts of pages
are escaped, so that a page cannot run anything in the browser of who looks at it.
"""

from __future__ import annotations

import html
import io
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from cs336_basics.support.whole_file import whole_file

from cs336_data.pipeline.accounts import Accounts
from cs336_data.pipeline.config import PipelineConfig
from cs336_data.pipeline.duplicates import Found
from cs336_data.pipeline.published import PUBLISHED
from cs336_data.pipeline.rows import Row

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;
background:#fff}
details{border:1px solid #ccc;border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f5f3;padding:.6rem;max-height:24rem;
overflow:auto}
.reason{color:#a33}.small{color:#666;font-size:.85em}
@media(prefers-color-scheme:dark){body{background:#1b1b1b;color:#ddd}pre{background:#262626}
details{border-color:#444}.reason{color:#f99}.small{color:#aaa}}
"""


def write_report(
    output: Path,
    config: PipelineConfig,
    accounts: Accounts,
    found: Found | None,
    tokens: dict[str, Any] | None,
    rejected: list[Row],
) -> None:
    """Write funnel.png, rejected.html and DATA_CARD.md into the output folder."""
    _write(output / "rejected.html", rejected_page(rejected, accounts).encode())
    _write(output / "DATA_CARD.md", data_card(config, accounts, found, tokens).encode())
    _write(output / "funnel.png", funnel(accounts))


def rejected_page(rejected: list[Row], accounts: Accounts) -> str:
    """A page with samples of what each rule rejected."""
    by_rule: dict[str, list[Row]] = defaultdict(list)
    for row in rejected:
        by_rule[str(row["rule"])].append(row)
    counts = {reason: n for reasons in accounts.gone.values() for reason, n in reasons.items()}
    parts = []
    for rule, rows in sorted(by_rule.items(), key=lambda entry: -counts.get(entry[0], 0)):
        e = html.escape
        heading = f"{e(rule)}: {counts.get(rule, 0):,} rejected, {len(rows)} shown"
        parts.append(f'<h2 id="{e(rule, quote=True)}">{heading}</h2>')
        for row in rows:
            place = f"{row['file']} at {row['offset']}"
            text = e(str(row["text"])) or "<i>no text</i>"
            parts.append(
                f'<details><summary><span class="reason">{e(str(row["reason"]))}</span> '
                f'<span class="small">{e(str(row["url"]))}</span></summary>'
                f'<p class="small">{e(place)}</p><pre>{text}</pre></details>'
            )
    links = " · ".join(f'<a href="#{html.escape(r)}">{html.escape(r)}</a>' for r in by_rule)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width"><title>Rejected pages</title>'
        f"<style>{STYLE}</style></head><body><h1>Rejected pages</h1><p>{links}</p>"
        f"{''.join(parts) or '<p>Nothing was rejected.</p>'}</body></html>\n"
    )


def data_card(
    config: PipelineConfig, accounts: Accounts, found: Found | None, tokens: dict[str, Any] | None
) -> str:
    """What is in the data, how it was made, what it must not be used for."""
    lines = ["# Data card", "", f"Configuration `{config.digest}`.", "", "## Accounts", ""]
    lines += ["| stage | reason | records | of all |", "|---|---|---|---|"]
    lines.append(f"| | read | {accounts.read:,} | 100 % |")
    for stage, reasons in accounts.gone.items():
        for reason, number in sorted(reasons.items(), key=lambda entry: -entry[1]):
            if number:
                lines.append(f"| {stage} | {reason} | {number:,} | {_share(number, accounts)} |")
    lines.append(f"| | **kept** | {accounts.kept:,} | {_share(accounts.kept, accounts)} |")
    if found:
        lines += [
            "",
            f"Near duplicates: {len(found.gone):,} rows of {found.clusters:,} clusters, "
            f"the largest of {found.largest:,}; {found.candidates:,} candidates were compared and "
            f"{found.edges:,} reach a Jaccard similarity of {config.duplicates.threshold:g} in "
            f"{config.duplicates.ngrams}-grams of words.",
        ]
    if tokens:
        counts = tokens["tokens"]
        lines += ["", f"Tokens: {counts['train']:,} to train on, {counts['valid']:,} to validate."]
    lines += [
        "", "## Rows", "",
        "`text`, `url`, `date`, `language`, what was `masked`, the page's `licence` and `noindex` "
        "where it states them, and `source`: file, offset, record, SHA-1, configuration.",
        "", "## Limits", "",
        "- Texts keep the rights of their authors; nothing here says that they may be passed on.",
        "- Masks find e-mail addresses, US telephone numbers, IP addresses; no names.",
        "- Word lists and language models reject some dialects and topics more than others.",
        "", "## Configuration", "", "```json", json.dumps(config.to_dict(), indent=1), "```", "",
    ]  # fmt: skip
    return "\n".join(lines)


def funnel(accounts: Accounts) -> bytes:
    """A PNG: what is left after each stage, and below it the published funnels."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    steps = accounts.left_after()
    names = {"read": "read", "records": "pages", "pages": "rules", "duplicates": "duplicates"}
    bars = [
        (f"here: {names[stage]}", left / max(1, steps[0][1]), "tab:blue") for stage, left in steps
    ]
    for source, published in PUBLISHED.items():
        bars += [(f"{source}: {stage}", share, "tab:gray") for stage, share in published]
    figure, axes = plt.subplots(figsize=(8, 0.36 * len(bars) + 0.8), layout="constrained")
    labels = [name for name, _, _ in bars]
    axes.barh(labels, [share for _, share, _ in bars], color=[color for _, _, color in bars])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12)
    axes.set_xlabel("share of the first bar of each funnel")
    for i, (_, share, _) in enumerate(bars):
        axes.text(share + 0.01, i, f"{share:.1%}", va="center", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110, metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()


def _share(number: int, accounts: Accounts) -> str:
    return f"{100 * number / max(1, accounts.read):.1f} %"


def _write(path: Path, data: bytes) -> None:
    with whole_file(path) as file:
        file.write(data)
