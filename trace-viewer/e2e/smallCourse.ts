/**
 * A course of two lectures and an assignment, recorded by the engine itself: what stands in
 * `var/traces` afterwards, by name, for `useSite`.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const PYTHON = [join(ROOT, ".venv/bin/python"), process.env["PYTHON"] ?? ""].find(existsSync);

/** Why the course cannot be recorded here, or null. */
export const NO_ENGINE = PYTHON ? null : "no engine: run `make setup`, or set PYTHON";

const LONG = Array.from({ length: 60 }, (_, n) => `STEP_${n} = ${n}`).join("\n");

const FILES: Record<string, string> = {
  "course.toml": 'title = "Sorting"\ndescription = "How to sort."\n',
  "lecture_01.py": `"""Lecture 1: by hand.

Title: Sorting by hand
Assignments: assignment1-sorting
"""

from sorting.swap import swap

from lecture_tracer import Reference, link, note, predict, text


def main():
    text(r"""
        # Sorting by hand
        An _inversion_ is a pair in the wrong order. We count the inversions of a list.
    """), note("Ask for the secret handshake.")
    items = [3, 1, 2]  # @inspect items
    text("## One swap\\nThe __swap graph__ (SG) joins lists that are $d = 1$ swap apart.")
    predict("How many swaps does it take?", name="swaps", answer=2)
    link(swap)
    swap(items)  # @stepinto
    link(Reference(title="Sorting & Searching", authors=["Donald E. Knuth"], date="1973",
                   url="https://example.org/taocp"))
`,
  "lecture_02.py": `"""Lecture 2: by machine.

Title: Sorting by machine
"""

from lecture_tracer import Reference, link, text


def main():
    text("# Sorting by machine\\nA _comparator_ orders two wires of a network.")
    link(Reference(title="Sorting & Searching", authors=["Donald E. Knuth"], date="1973",
                   url="https://example.org/taocp/"))
    depth = 6  # @inspect depth
`,
  "assignments/assignment1-sorting/pyproject.toml": "",
  "assignments/assignment1-sorting/sorting/__init__.py": "",
  "assignments/assignment1-sorting/sorting/swap.py": `def swap(items):
    """Swap the first two."""
    items[:2] = items[1::-1]


${LONG}


def bubble_pass(items):
    """Carry the largest item to the end."""
    return items
`,
  "assignments/assignment1-sorting/handout.md": `# Assignment 1: sorting

You sort.

## By hand

### \`swap\` (2 points)

Exchange two neighbours without a third place.

- **Hand in:** \`swap\` in \`swap.py\`.
- **Lecture:** \`lecture_01.py\`, \`main\`.
`,
};

/** Records it; gives the files below \`var/traces\`, without \`.json\`. */
export function smallCourse(): Record<string, string> {
  const root = mkdtempSync(join(tmpdir(), "course-"));
  try {
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const env = {
      ...process.env,
      PYTHONPATH: [ROOT, join(root, "assignments/assignment1-sorting")].join(":"),
    };
    execFileSync(PYTHON ?? "", ["-m", "lecture_tracer", "-q", "--all"], { cwd: root, env });
    const traces = join(root, "var/traces");
    const names = readdirSync(traces, { recursive: true, encoding: "utf8" });
    return Object.fromEntries(
      names
        .filter((name) => name.endsWith(".json"))
        .map((name) => [name.replace(/\.json$/, ""), readFileSync(join(traces, name), "utf8")]),
    );
  } finally {
    rmSync(root, { recursive: true });
  }
}
