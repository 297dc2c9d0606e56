"""What was measured on an H100: the files of records/, written by tools/measure.py."""

import functools
import json
from pathlib import Path
from statistics import median
from typing import Any

FOLDER = Path(__file__).with_name("records")
ATTENTION = Path(__file__).parents[2] / "assignments/assignment2-systems/results/attention.json"
Record = dict[str, Any]
SERIES = ("multiply-adds, float32", "products of m × 8192 × 8192, bfloat16")
DATASHEET = {"float32": 67.0, "tf32": 494.7, "float16": 989.5, "bfloat16": 989.5, "fp8": 1979.0}


@functools.cache
def load(name: str) -> Record:
    """The content of records/<name>.json."""
    content: Record = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def recorded_on(name: str) -> str:
    """Device, date, versions and command of a record, as a caption."""
    where = load(name)["provenance"]
    versions = ", ".join(f"{key} {where['versions'][key]}" for key in ("torch", "cuda", "driver"))
    return f"recorded on {where['device']}, {where['date']} ({versions}): {where['command']}"


def rows(name: str) -> list[Any]:
    """The rows of a record."""
    found: list[Any] = load(name)["rows"]
    return found


def by_label(name: str) -> dict[str, Record]:
    """The rows of a record that are timings, by label."""
    return {r["label"]: r for r in rows(name)}


def tflops(kind: str, n: int = 8192) -> float:
    """Rate of a large product in one format: the ceiling of its tensor cores."""
    return float(by_label("ceilings")[f"{kind}, n = {n}"]["tflops"])


def bandwidth() -> float:
    """TB/s of a plain copy in device memory, bytes read plus bytes written."""
    return float(by_label("ceilings")["copy"]["gbps"]) / 1e3


def hbm_cycles() -> float:
    """Cycles of one dependent read from device memory."""
    return float(rows("latency")[-1][1])


def clock_ghz() -> float:
    """Clock of an SM that spins: cycles of a wave over the seconds that one more wave takes."""
    took = {blocks: us for held, blocks, us in rows("waves") if held == 1}
    nanoseconds = 1e3 * (took[1056] - took[396]) / 5
    return float(load("waves")["cycles"] / nanoseconds)


def strides() -> dict[int, float]:
    """Milliseconds to read every float once, by the distance of neighbouring threads."""
    return {r["stride"]: 1e3 * r["median"] for r in rows("strides") if not r["offset"]}


def offsets() -> dict[int, float]:
    """Milliseconds at stride 1, by the floats between a line's border and the first thread."""
    return {r["offset"]: 1e3 * r["median"] for r in rows("strides") if r["stride"] == 1}


def contents() -> dict[str, tuple[float, int, int]]:
    """TFLOP/s, SM clock in MHz and watts of one product, by what the matrices hold."""
    found = {}
    for r in rows("numbers_and_clock"):
        clock, watts, _ = r["smi"].split(", ")
        found[r["label"]] = (float(r["tflops"]), int(clock), round(float(watts)))
    return found


def roofline_points() -> list[Record]:
    """The two measured series of the roofline: intensity, tflops, series, label."""
    units = [
        {"intensity": intensity, "tflops": rate, "series": SERIES[0]}
        | {"label": f"{fmas} multiply-adds for a float"}
        for fmas, intensity, _, rate in rows("roofline")
    ]
    cores = [
        {"intensity": r["intensity"], "tflops": r["tflops"], "label": f"m = {r['m']}"}
        | {"series": SERIES[1]}
        for r in rows("skinny")
    ]
    return units + cores


def roofs() -> list[Record]:
    """Corners of the roofs, measured and from the datasheet."""
    ordinary = max(r[3] for r in rows("roofline"))
    drawn = []
    for kind, copy, tops in (
        ("measured", bandwidth(), {"ordinary units": ordinary, "tensor cores": tflops("bfloat16")}),
        ("datasheet", 3.35, {"ordinary units": 67.0, "tensor cores": 989.5}),
    ):
        for name, top in tops.items():
            label = f"{name}: {top:.0f}" if kind == "measured" else ""
            for intensity in (0.2, top / copy, 8000.0):
                corner = {"intensity": intensity, "tflops": min(top, intensity * copy)}
                last = {"label": label if intensity == 8000.0 else ""}
                drawn.append(corner | {"roof": f"{name}, {kind}", "kind": kind} | last)
    return drawn


def ridge_of_units() -> float:
    """Operations a byte from which on the ordinary units are the limit, in float32."""
    return max(float(r[3]) for r in rows("roofline")) / bandwidth()


def fixed_tile_needs() -> tuple[int, int, int]:
    """Registers a thread, threads and shared bytes of a block of the kernel with one tile."""
    record = load("fixed_tile")
    registers, shared, _ = record["registers_shared_spilled"]
    return registers, record["threads"], shared


def saw_tooth(name: str = "sawtooth") -> dict[int, float]:
    """TFLOP/s of the library's bfloat16 product for every n: the median of its visits."""
    record = load(name)
    first, last, step = record["sizes"]
    sizes = range(first, last + 1, step)
    return {n: median(v) for n, v in zip(sizes, record["tflops"], strict=True) if v}


def spread(name: str = "sawtooth") -> float:
    """Median over n of the highest over the lowest visit: the noise of the saw-tooth."""
    visits: list[list[float]] = load(name)["tflops"]
    return median(max(v) / min(v) for v in visits if len(v) > 1)


def alignment(n: int) -> int:
    """What divides n of 16, 8 and 2; 1 where nothing does."""
    return next(d for d in (16, 8, 2, 1) if n % d == 0)


def attention_rates(provider: str) -> dict[str, float]:
    """Forward TFLOP/s of one implementation of attention by shape, as assignment 2 measured it."""
    content = json.loads(ATTENTION.read_text(encoding="utf-8"))["records"]
    return {
        r["shape"]: r["forward_tflops"]
        for r in content
        if r["kind"] == "rate" and r["provider"] == provider
    }
