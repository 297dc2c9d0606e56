"""What edtrace 0.1.20 shows for the lectures here: `python tests/compat/record_with_edtrace.py`.

Writes `edtrace_outputs.json` beside this file: for each lecture what was shown and which values
were inspected, with their lines, in the plain form that `test_lectures` brings our traces to. Needs
the environment that `bench/peers.py` makes.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUTPUT = HERE / "edtrace_outputs.json"
LECTURES = ("lecture_prose", "lecture_values")


def main() -> None:
    """Record every lecture and write the file."""
    sys.path.insert(0, str(ROOT / "bench"))
    from peers import edtrace

    engine = edtrace()
    found = {}
    for name in LECTURES:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(HERE / "lectures", folder, dirs_exist_ok=True)
            command = [part.format(name=name) for part in engine.command]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            trace = json.loads((Path(folder) / engine.trace.format(name=name)).read_text())
        found[name] = {"shown": list(_shown(trace)), "values": list(_values(trace))}
    OUTPUT.write_text(json.dumps(found, indent=1) + "\n")


def _shown(trace: Any) -> Any:
    """[line, kind, content] of each rendering; verbatim lines, one each in edtrace, as one."""
    for step in trace["steps"]:
        line, verbatim = step["stack"][-1]["line_number"], []
        for one in step["renderings"]:
            if (one["style"] or {}).get("fontFamily") == "monospace":
                verbatim.append(one["data"])
            else:
                yield [line, one["type"], _content(one)]
        if verbatim:
            yield [line, "verbatim", "\n".join(verbatim).rstrip()]


def _content(one: Any) -> Any:
    if one["external_link"]:
        return {key: value for key, value in one["external_link"].items() if value}
    if one["internal_link"]:
        return [one["internal_link"]["path"], one["internal_link"]["line_number"], one["data"]]
    if one["type"] == "graph":
        nodes = [node["data"] for node in one["data"]["nodes"]]
        edges = [edge["data"] for edge in one["data"]["edges"]]
        return [
            [[node["id"], node["label"]] for node in nodes],
            [[edge["source"], edge["target"], edge.get("label", "")] for edge in edges],
        ]
    if one["type"] == "image":
        return [one["data"], one["style"].get("width")]
    return one["data"]


def _values(trace: Any) -> Any:
    for step in trace["steps"]:
        for name, value in step["env"].items():
            yield [step["stack"][-1]["line_number"], name, None if value is None else _plain(value)]


def _plain(value: Any) -> Any:
    contents = value["contents"]
    if isinstance(contents, dict):
        return {name: _plain(item) for name, item in contents.items()}
    return [_plain(item) for item in contents] if isinstance(contents, list) else contents


if __name__ == "__main__":
    main()
