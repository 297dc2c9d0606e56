"""One file of results, written again after every record."""

import json
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Output:
    """Records of one kind with where they were taken; `head` may be added to before the first."""

    def __init__(self, folder: Path, name: str, where: Record) -> None:
        self.path = folder / f"{name}.json"
        self.head: Record = {"provenance": where}
        self.records: list[Record] = []

    def go_on(self) -> None:
        """Begin with the records that the file holds already."""
        if self.path.is_file():
            self.records = json.loads(self.path.read_text(encoding="utf-8"))["records"]

    def add(self, record: Record) -> None:
        """Keep a record, and say so in a line."""
        self.records.append(record)
        lines = ",\n  ".join(json.dumps(each) for each in self.records)
        head = json.dumps(self.head, indent=1)[:-2]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(head + f',\n "records": [\n  {lines}\n ]\n}}\n', encoding="utf-8")
        part.replace(self.path)
        shown = {k: v for k, v in record.items() if not isinstance(v, list | dict)}
        print(f"{self.path.stem}: {shown}", flush=True)
