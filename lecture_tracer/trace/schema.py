"""The trace file, version 2: frozen structs and their documentation, no logic.

Input: nothing. Output: the types that `codec` writes and reads, and from which
`docs/trace.schema.json` and the viewer's TypeScript types are generated. Fields at their default
are left out of the file. A name used here is the name in the JSON.

A *step* is one execution of one statement. Its `changes`, `outputs`, `stdout` and `stderr` are what
that statement produced, read when it had finished. Where recorded functions ran in between, the
statement gets a second step with `resumed` set, after the steps of the functions it called, and
what it produced belongs to that one: a reader never sees a result before the call that made it.

A *check* is an `assert`: no step, unless it fails; `checks` of the step before says that it held.
"""

from typing import Any

from msgspec import Struct

SCHEMA_VERSION = 2
TOLERANCE = 0.05
"""How far a predicted number may be off unless the question says otherwise, relative."""


class Node(
    Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True, gc=False
):
    """Base of every part of the file: immutable, defaults left out, unknown fields refused."""


class ValueNode(Node, frozen=True, tag_field="kind", kw_only=True, gc=False):
    """Base of the values that plain JSON cannot say; `kind` tells them apart."""


# --- Values -----------------------------------------------------------------------------------
# None, bool, an int below 2**53, a float that prints alike in Python and JavaScript, a short str
# and a list that is shown whole are plain JSON. Everything else is one of these.


class Number(ValueNode, frozen=True, tag="number", kw_only=True):
    """A number whose text plain JSON would change: 1.0, nan, a huge int, complex, float32."""

    type: str
    """Python type, such as `int`, `float`, `complex`, `numpy.float32`."""
    text: str
    """The number as Python prints it."""


class Text(ValueNode, frozen=True, tag="string", kw_only=True):
    """A str that was too long to keep whole, or a str subclass."""

    text: str
    """The first characters."""
    length: int
    """Number of characters of the whole string."""
    tail: str = ""
    """The last characters."""
    type: str = "str"


class Bytes(ValueNode, frozen=True, tag="bytes", kw_only=True):
    """bytes, bytearray or memoryview."""

    text: str
    """The first bytes as a Python literal, such as `b'ab'`."""
    length: int
    type: str = "bytes"


class Sequence(ValueNode, frozen=True, tag="sequence", kw_only=True):
    """A tuple, set, range, deque…, or a list that was cut. Sets are shown in sorted order."""

    type: str
    items: "list[Value]"
    """The first items."""
    tail: "list[Value]" = []
    """The last items, when the middle was left out."""
    length: int | None = None
    """Number of items of the whole; absent when `items` is the whole."""


class Mapping(ValueNode, frozen=True, tag="mapping", kw_only=True):
    """A dict or other mapping, in its own order."""

    entries: "list[tuple[Value, Value]]"
    length: int | None = None
    """Number of entries of the whole; absent when `entries` is the whole."""
    type: str = "dict"


class Record(ValueNode, frozen=True, tag="record", kw_only=True):
    """An object with named fields: dataclass, namedtuple, `asdict()` or `__trace_value__()`."""

    type: str
    fields: "dict[str, Value]"
    length: int | None = None
    """Number of fields of the whole; absent when `fields` is the whole."""


class Statistics(Node, frozen=True, kw_only=True):
    """Over the elements that are numbers, nan left out. Numbers as Python prints them."""

    min: str
    max: str
    mean: str
    std: str
    """Population standard deviation."""
    nan: int = 0
    inf: int = 0
    sampled: int | None = None
    """Number of elements looked at, when not all were."""


class HeatMap(Node, frozen=True, kw_only=True):
    """The last two dimensions (of the first matrix), reduced by taking evenly spaced elements."""

    rows: int
    columns: int
    data: str
    """Base64 of rows*columns bytes, row by row: 0 = low, 254 = high, 255 = not a finite number."""
    low: float
    high: float


class Tensor(ValueNode, frozen=True, tag="tensor", kw_only=True):
    """A numpy array or torch tensor."""

    type: str
    """Such as `torch.Tensor`, `torch.nn.Parameter`, `numpy.ndarray`."""
    shape: list[int]
    dtype: str
    """Such as `float32`, `bfloat16`, `int64`, without the library's name."""
    device: str = "cpu"
    bytes: int = 0
    """Size of the elements in bytes: number of elements × size of one."""
    strides: list[int] | None = None
    """In elements; absent when contiguous in row-major order or when there is no storage."""
    view: bool = False
    """It looks into a storage larger than itself, or one that another tensor made."""
    shares: list[str] = []
    """Inspected variables of the same frame that use the same storage."""
    requires_grad: bool = False
    layout: str = "strided"
    """`strided`, `sparse_coo`, `sparse_csr`, `quantized`…"""
    numbers: list[bool | int | float | str] = []
    """All elements in row-major order, of a tensor of numbers that has few (64); as text what
    JSON cannot say: `nan`, `inf`, `1+2j`, a huge int, a date, `--` where masked. `head` is empty
    then."""
    head: "list[Value]" = []
    """First elements in row-major order; all of them when `tail` is empty and count fits."""
    tail: "list[Value]" = []
    statistics: Statistics | None = None
    heat_map: HeatMap | None = None
    note: str = ""
    """Why elements are missing, such as `meta tensor: no data`."""


class Module(ValueNode, frozen=True, tag="module", kw_only=True):
    """A torch module or optimizer."""

    type: str
    text: str
    """Its structure, as torch prints it, cut when long."""
    parameters: int
    """Number of elements over all parameters, each storage counted once."""
    trainable: int
    bytes: int
    """Size of the parameters in bytes."""


class DataTable(ValueNode, frozen=True, tag="table", kw_only=True):
    """A pandas or polars frame or series."""

    type: str
    columns: list[str]
    dtypes: list[str]
    rows: "list[list[Value]]"
    """The first rows."""
    length: int
    """Number of rows of the whole."""
    width: int | None = None
    """Number of columns of the whole; absent when `columns` is the whole."""


class Formula(ValueNode, frozen=True, tag="math", kw_only=True):
    """A sympy expression or matrix."""

    latex: str
    text: str


class Object(ValueNode, frozen=True, tag="object", kw_only=True):
    """Anything else, by its repr: function, class, enum member, date, path, exception…"""

    type: str
    text: str
    """Memory addresses are removed, long text is cut."""
    path: str = ""
    """For a function or class of the project: its file, a key of `Trace.files` if embedded."""
    line: int | None = None


class Elided(ValueNode, frozen=True, tag="elided", kw_only=True):
    """A value that was not written: the budget was spent, or it contains itself."""

    type: str
    reason: str
    """`depth`, `budget` or `cycle`."""
    length: int | None = None


class Failed(ValueNode, frozen=True, tag="failed", kw_only=True):
    """Looking at the value raised: an expression that has no value here, a `repr` that fails."""

    type: str
    """Type of the exception."""
    text: str
    """Its message."""


TaggedValue = (
    Number
    | Text
    | Bytes
    | Sequence
    | Mapping
    | Record
    | Tensor
    | Module
    | DataTable
    | Formula
    | Object
    | Elided
    | Failed
)
Value = None | bool | int | float | str | list[Any] | TaggedValue
"""A value of the lecture at one moment. The items of a plain list are Values again."""


# --- Renderings: what the lecture shows on purpose ----------------------------------------------


class RenderingNode(Node, frozen=True, tag_field="kind", kw_only=True, gc=False):
    """Base of what `text()`, `image()`… leave at a step."""


class TextRendering(RenderingNode, frozen=True, tag="text", kw_only=True):
    """Markdown with `$math$`, or verbatim text."""

    text: str
    verbatim: bool = False


class ImageRendering(RenderingNode, frozen=True, tag="image", kw_only=True):
    """A picture under `var/files` or in the checkout."""

    src: str
    """Path relative to the root of the checkout, with `/`, such as `var/files/3f2a….png`."""
    alt: str = ""
    width: int | None = None
    """Wanted width in CSS pixels."""
    origin: str = ""
    """Address it was fetched from."""


class VideoRendering(RenderingNode, frozen=True, tag="video", kw_only=True):
    """A film, like an image."""

    src: str
    width: int | None = None
    origin: str = ""


class PlotRendering(RenderingNode, frozen=True, tag="plot", kw_only=True):
    """A Vega-Lite specification with its data inside."""

    spec: dict[str, Any]


class TableRendering(RenderingNode, frozen=True, tag="table", kw_only=True):
    """Rows under column heads."""

    columns: list[str]
    rows: list[list[Value]]
    caption: str = ""
    length: int | None = None
    """Number of rows of the whole; absent when `rows` is the whole."""


class GraphNode(Node, frozen=True, kw_only=True):
    """One node of a graph."""

    id: str
    label: str = ""
    group: str = ""
    """Nodes of one group are drawn alike."""


class GraphEdge(Node, frozen=True, kw_only=True):
    """One edge of a graph."""

    source: str
    target: str
    label: str = ""


class GraphRendering(RenderingNode, frozen=True, tag="graph", kw_only=True):
    """Nodes and edges; the viewer lays them out."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]
    directed: bool = True


class CodeRendering(RenderingNode, frozen=True, tag="code", kw_only=True):
    """Program text that is shown, not run."""

    text: str
    language: str = ""


class LinkRendering(RenderingNode, frozen=True, tag="link", kw_only=True):
    """An address, or a citation (`authors`, `date`… set)."""

    url: str
    title: str = ""
    authors: list[str] = []
    organization: str = ""
    date: str = ""
    description: str = ""
    """Abstract or summary."""
    notes: str = ""


class SourceRendering(RenderingNode, frozen=True, tag="source", kw_only=True):
    """A link to code: the viewer opens `path` beside the lecture at the lines of the object."""

    path: str
    """A key of `Trace.files`."""
    first: int
    last: int
    name: str
    """Such as `train_bpe` or `Tokenizer.encode`."""
    title: str = ""


class NoteRendering(RenderingNode, frozen=True, tag="note", kw_only=True):
    """Speaker's note, Markdown: shown in the presenter window, not in the lecture."""

    text: str


class CommandRendering(RenderingNode, frozen=True, tag="command", kw_only=True):
    """A system command and what it printed."""

    command: str
    text: str
    exit_code: int = 0


class BenchmarkRow(Node, frozen=True, kw_only=True):
    """One measurement. Times in seconds over `repeats` runs after warm-up."""

    label: str
    median: float
    q1: float
    q3: float
    repeats: int
    tflops: float | None = None
    """10**12 floating-point operations a second, from the median."""
    gbps: float | None = None
    """10**9 bytes a second, from the median."""
    parameters: dict[str, int | float | str] = {}
    """What was varied, such as {"n": 1024}."""


class Provenance(Node, frozen=True, kw_only=True):
    """Where and when a benchmark was measured."""

    device: str
    date: str
    """ISO date, UTC."""
    versions: dict[str, str]
    """Such as {"python": "3.12.3", "torch": "2.11.0", "driver": "580.159"}."""
    command: str = ""


class BenchmarkRendering(RenderingNode, frozen=True, tag="benchmark", kw_only=True):
    """Rows that were measured or read here. The viewer shows all so far under one name together."""

    name: str
    rows: list[BenchmarkRow]
    provenance: Provenance | None = None
    """Absent where it equals the one before it of the same name."""
    recorded: bool = False
    """Read from a committed record; otherwise measured in this run."""
    note: str = ""
    """Says in words whether the rows were measured or recorded."""


class QuestionRendering(RenderingNode, frozen=True, tag="question", kw_only=True):
    """What the reader is asked before the run shows it."""

    name: str
    """Unique in the trace."""
    text: str
    """The question, Markdown."""
    answer_kind: str
    """`number`, `choice` or `text`."""
    unit: str = ""
    hint: str = ""
    """Markdown, shown when the reader asks for it."""
    choices: list[str] = []
    tolerance: float = TOLERANCE
    """How far a number may be off, relative to the answer, to count as right."""
    answer: Value = None
    """Where it is known already and revealed at this step; else an `AnswerRendering` follows."""


class AnswerRendering(RenderingNode, frozen=True, tag="answer", kw_only=True):
    """The answer to a question, as the run gave it."""

    name: str
    """Of a `QuestionRendering` before it."""
    answer: Value
    """A number, the right choice, or a text."""
    text: str = ""
    """What to learn from it, Markdown."""


class RankValues(Node, frozen=True, kw_only=True):
    """What one process of several had to show."""

    rank: int
    values: "dict[str, Value]" = {}
    stdout: str = ""
    """What it printed since it was last shown."""
    ended: str = ""
    """Why it no longer answers, such as `exit code 1` or `killed by SIGKILL`."""


class RanksRendering(RenderingNode, frozen=True, tag="ranks", kw_only=True):
    """Values of several processes at one moment, one column a rank."""

    title: str = ""
    ranks: list[RankValues]
    recorded: bool = False
    """Read from a committed record; otherwise from processes of this run."""
    provenance: Provenance | None = None
    """Where and when the record was made."""


class MissingRendering(RenderingNode, frozen=True, tag="missing", kw_only=True):
    """A placeholder for something that could not be had, such as an image while offline."""

    what: str
    reason: str


Rendering = (
    TextRendering
    | ImageRendering
    | VideoRendering
    | PlotRendering
    | TableRendering
    | GraphRendering
    | CodeRendering
    | LinkRendering
    | SourceRendering
    | NoteRendering
    | CommandRendering
    | BenchmarkRendering
    | QuestionRendering
    | AnswerRendering
    | RanksRendering
    | MissingRendering
)


# --- The trace ----------------------------------------------------------------------------------


class SourceFile(Node, frozen=True, kw_only=True):
    """One file as it was when the lecture ran."""

    text: str
    """The whole text, lines ended by `\\n`."""
    statements: list[tuple[int, int]] = []
    """First and last line of each statement or block header that spans several lines."""
    hidden: list[tuple[int, int]] = []
    """First and last line of what `@hide` took out."""
    checks: list[int] = []
    """First lines of the checks: asserts without a directive of their own, and the headers of
    blocks that hold nothing else. They are steps only where they fail."""
    language: str = "python"


class Frame(Node, frozen=True, kw_only=True):
    """One activation of a function; its id is its index in `Trace.frames`."""

    path: str
    """A key of `Trace.files`."""
    function: str
    """Qualified name, such as `main` or `Tokenizer.encode`."""
    parent: int | None = None
    """Frame that called it (a generator: that first resumed it); absent for `main`."""
    call_step: int | None = None
    """Step of the parent during which it was called."""


class Step(Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One executed statement. Mutable, since the recorder fills it until the statement ends."""

    frame: int
    """Index into `Trace.frames`."""
    line: int
    """First line of the statement."""
    resumed: bool = False
    """The statement goes on after functions that it called."""
    animate: bool = False
    """`@animate`: show the outputs one at a time."""
    changes: dict[str, Value] | None = None
    """Inspected expressions whose value is new or changed, at the end of the statement."""
    cleared: list[str] | None = None
    """`@clear`: expressions to take off the panel."""
    outputs: list[Rendering] | None = None
    stdout: str = ""
    stderr: str = ""
    checks: list[tuple[int, int]] | None = None
    """(frame, first line) of the checks that held after this step and before the next one, each
    once. What they printed is in this step's `stdout`."""


class TracebackEntry(Node, frozen=True, kw_only=True):
    """One level of a traceback, outermost first; only the project's own code."""

    path: str
    line: int
    function: str
    text: str = ""
    """The source line, stripped."""


class Failure(Node, frozen=True, kw_only=True):
    """The exception that ended the lecture."""

    type: str
    message: str
    traceback: list[TracebackEntry] = []
    step: int | None = None
    """Index of the step that raised it; absent in a chained cause."""
    locals: "dict[str, Value]" = {}
    """Local variables of the innermost recorded frame."""
    cause: "Failure | None" = None
    """The exception that it came from, if any."""
    explicit: bool = False
    """The cause was given with `raise … from …`."""


class Timings(Node, frozen=True, kw_only=True):
    """Clock readings: written only on request, since they differ at every run."""

    step_seconds: list[float]
    """Seconds since the start at which each step began."""
    total_seconds: float


class LectureInfo(Node, frozen=True, kw_only=True):
    """What the lecture's own header says of it."""

    unit: str = ""
    minutes: int | None = None
    prerequisites: list[str] = []
    """Names of lectures."""
    assignments: list[int] = []
    """Numbers of the assignments that it serves."""


class Trace(Node, frozen=True, kw_only=True):
    """A whole recorded lecture."""

    schema: int
    """SCHEMA_VERSION."""
    lecture: str
    """Module name, such as `lecture_01`."""
    main: str
    """Path of the lecture file, a key of `files`."""
    title: str = ""
    """First heading of the lecture, without `#`."""
    lecture_info: LectureInfo | None = None
    files: dict[str, SourceFile]
    """By path relative to the root of the checkout, with `/`. `@NAME/…` is a path below another
    folder that the run was given under that name."""
    frames: list[Frame]
    steps: list[Step]
    ended: str = "completed"
    """`completed`, `failed`, `interrupted`, `max-steps` or `exited` (the lecture called exit)."""
    failure: Failure | None = None
    thread: str = "MainThread"
    """Name of the recorded thread: what other threads did is not in the trace."""
    warnings: list[str] = []
    """What the author should know, such as an unknown directive; also printed by the command."""
    timings: Timings | None = None


class Section(Node, frozen=True, kw_only=True):
    """A heading and the step that shows it."""

    title: str
    level: int
    step: int


class IndexEntry(Node, frozen=True, kw_only=True):
    """What the lecture list needs to know of one trace."""

    name: str
    file: str
    """File name beside the index, such as `lecture_01.json`."""
    title: str
    sections: list[Section]
    steps: int
    bytes: int
    ended: str
    error: str = ""
    """One line, when the lecture failed."""
    source_hash: str
    """SHA-256 of the sources in the trace, hexadecimal."""


class CourseInfo(Node, frozen=True, kw_only=True):
    """What the course's own file says of it."""

    title: str = ""
    authors: list[str] = []
    licence: str = ""
    """Of the contents, such as CC-BY-4.0."""
    lectures: list[str] = []
    """Names in the order of the course, recorded or not."""


class Index(Node, frozen=True, kw_only=True):
    """`index.json`: every trace of its folder."""

    schema: int
    traces: list[IndexEntry]
    """In the order of the course, then by name."""
    course: CourseInfo | None = None
    """Absent where the course says nothing of itself."""
