// Generated from docs/trace.schema.json by `npm run types`. Do not edit: change the engine's schema.

/**
 * A value of the lecture at one moment. The items of a plain list are Values too.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  | NumberValue
  | TextValue
  | BytesValue
  | SequenceValue
  | MappingValue
  | RecordValue
  | TensorValue
  | ModuleValue
  | DataTableValue
  | FormulaValue
  | ObjectValue
  | ElidedValue
  | FailedValue;
/**
 * What a statement shows on purpose.
 */
export type Rendering =
  | TextRendering
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
  | MissingRendering;

export interface TraceSchema {
  trace?: Trace;
  index?: Index;
}
/**
 * A whole recorded lecture.
 */
export interface Trace {
  /**
   * SCHEMA_VERSION.
   */
  schema: number;
  /**
   * Module name, such as `lecture_01`.
   */
  lecture: string;
  /**
   * Path of the lecture file, a key of `files`.
   */
  main: string;
  /**
   * First heading of the lecture, without `#`.
   */
  title?: string;
  lecture_info?: LectureInfo | null;
  /**
   * By path relative to the root of the checkout, with `/`. `@NAME/…` is a path below another folder that the run was given under that name.
   */
  files: {
    [k: string]: SourceFile;
  };
  frames: Frame[];
  steps: Step[];
  /**
   * `completed`, `failed`, `interrupted`, `max-steps` or `exited` (the lecture called exit).
   */
  ended?: string;
  failure?: Failure | null;
  /**
   * Name of the recorded thread: what other threads did is not in the trace.
   */
  thread?: string;
  /**
   * What the author should know, such as an unknown directive; also printed by the command.
   */
  warnings?: string[];
  timings?: Timings | null;
}
/**
 * What the lecture's own header says of it.
 */
export interface LectureInfo {
  unit?: string;
  minutes?: number | null;
  /**
   * Names of lectures.
   */
  prerequisites?: string[];
  /**
   * Numbers of the assignments that it serves.
   */
  assignments?: number[];
}
/**
 * One file as it was when the lecture ran.
 */
export interface SourceFile {
  /**
   * The whole text, lines ended by `\n`.
   */
  text: string;
  /**
   * First and last line of each statement or block header that spans several lines.
   */
  statements?: [number, number][];
  /**
   * First and last line of what `@hide` took out.
   */
  hidden?: [number, number][];
  /**
   * First lines of the checks: asserts without a directive of their own, and the headers of blocks that hold nothing else. They are steps only where they fail.
   */
  checks?: number[];
  language?: string;
}
/**
 * One activation of a function; its id is its index in `Trace.frames`.
 */
export interface Frame {
  /**
   * A key of `Trace.files`.
   */
  path: string;
  /**
   * Qualified name, such as `main` or `Tokenizer.encode`.
   */
  function: string;
  /**
   * Frame that called it (a generator: that first resumed it); absent for `main`.
   */
  parent?: number | null;
  /**
   * Step of the parent during which it was called.
   */
  call_step?: number | null;
}
/**
 * One executed statement. Mutable, since the recorder fills it until the statement ends.
 */
export interface Step {
  /**
   * Index into `Trace.frames`.
   */
  frame: number;
  /**
   * First line of the statement.
   */
  line: number;
  /**
   * The statement goes on after functions that it called.
   */
  resumed?: boolean;
  /**
   * `@animate`: show the outputs one at a time.
   */
  animate?: boolean;
  /**
   * Inspected expressions whose value is new or changed, at the end of the statement.
   */
  changes?: {
    [k: string]: Value;
  } | null;
  /**
   * `@clear`: expressions to take off the panel.
   */
  cleared?: string[] | null;
  outputs?: Rendering[] | null;
  stdout?: string;
  stderr?: string;
  /**
   * (frame, first line) of the checks that held after this step and before the next one, each once. What they printed is in this step's `stdout`.
   */
  checks?: [number, number][] | null;
}
/**
 * A number whose text plain JSON would change: 1.0, nan, a huge int, complex, float32.
 */
export interface NumberValue {
  kind: "number";
  /**
   * Python type, such as `int`, `float`, `complex`, `numpy.float32`.
   */
  type: string;
  /**
   * The number as Python prints it.
   */
  text: string;
}
/**
 * A str that was too long to keep whole, or a str subclass.
 */
export interface TextValue {
  kind: "string";
  /**
   * The first characters.
   */
  text: string;
  /**
   * Number of characters of the whole string.
   */
  length: number;
  /**
   * The last characters.
   */
  tail?: string;
  type?: string;
}
/**
 * bytes, bytearray or memoryview.
 */
export interface BytesValue {
  kind: "bytes";
  /**
   * The first bytes as a Python literal, such as `b'ab'`.
   */
  text: string;
  length: number;
  type?: string;
}
/**
 * A tuple, set, range, deque…, or a list that was cut. Sets are shown in sorted order.
 */
export interface SequenceValue {
  kind: "sequence";
  type: string;
  /**
   * The first items.
   */
  items: Value[];
  /**
   * The last items, when the middle was left out.
   */
  tail?: Value[];
  /**
   * Number of items of the whole; absent when `items` is the whole.
   */
  length?: number | null;
}
/**
 * A dict or other mapping, in its own order.
 */
export interface MappingValue {
  kind: "mapping";
  entries: [Value, Value][];
  /**
   * Number of entries of the whole; absent when `entries` is the whole.
   */
  length?: number | null;
  type?: string;
}
/**
 * An object with named fields: dataclass, namedtuple, `asdict()` or `__trace_value__()`.
 */
export interface RecordValue {
  kind: "record";
  type: string;
  fields: {
    [k: string]: Value;
  };
  /**
   * Number of fields of the whole; absent when `fields` is the whole.
   */
  length?: number | null;
}
/**
 * A numpy array or torch tensor.
 */
export interface TensorValue {
  kind: "tensor";
  /**
   * Such as `torch.Tensor`, `torch.nn.Parameter`, `numpy.ndarray`.
   */
  type: string;
  shape: number[];
  /**
   * Such as `float32`, `bfloat16`, `int64`, without the library's name.
   */
  dtype: string;
  device?: string;
  /**
   * Size of the elements in bytes: number of elements × size of one.
   */
  bytes?: number;
  /**
   * In elements; absent when contiguous in row-major order or when there is no storage.
   */
  strides?: number[] | null;
  /**
   * It looks into a storage larger than itself, or one that another tensor made.
   */
  view?: boolean;
  /**
   * Inspected variables of the same frame that use the same storage.
   */
  shares?: string[];
  requires_grad?: boolean;
  /**
   * `strided`, `sparse_coo`, `sparse_csr`, `quantized`…
   */
  layout?: string;
  /**
   * All elements in row-major order, of a tensor of numbers that has few (64); as text what JSON cannot say: `nan`, `inf`, `1+2j`, a huge int, a date, `--` where masked. `head` is empty then.
   */
  numbers?: (boolean | number | string)[];
  /**
   * First elements in row-major order; all of them when `tail` is empty and count fits.
   */
  head?: Value[];
  tail?: Value[];
  statistics?: Statistics | null;
  heat_map?: HeatMap | null;
  /**
   * Why elements are missing, such as `meta tensor: no data`.
   */
  note?: string;
}
/**
 * Over the elements that are numbers, nan left out. Numbers as Python prints them.
 */
export interface Statistics {
  min: string;
  max: string;
  mean: string;
  /**
   * Population standard deviation.
   */
  std: string;
  nan?: number;
  inf?: number;
  /**
   * Number of elements looked at, when not all were.
   */
  sampled?: number | null;
}
/**
 * The last two dimensions (of the first matrix), reduced by taking evenly spaced elements.
 */
export interface HeatMap {
  rows: number;
  columns: number;
  /**
   * Base64 of rows*columns bytes, row by row: 0 = low, 254 = high, 255 = not a finite number.
   */
  data: string;
  low: number;
  high: number;
}
/**
 * A torch module or optimizer.
 */
export interface ModuleValue {
  kind: "module";
  type: string;
  /**
   * Its structure, as torch prints it, cut when long.
   */
  text: string;
  /**
   * Number of elements over all parameters, each storage counted once.
   */
  parameters: number;
  trainable: number;
  /**
   * Size of the parameters in bytes.
   */
  bytes: number;
}
/**
 * A pandas or polars frame or series.
 */
export interface DataTableValue {
  kind: "table";
  type: string;
  columns: string[];
  dtypes: string[];
  /**
   * The first rows.
   */
  rows: Value[][];
  /**
   * Number of rows of the whole.
   */
  length: number;
  /**
   * Number of columns of the whole; absent when `columns` is the whole.
   */
  width?: number | null;
}
/**
 * A sympy expression or matrix.
 */
export interface FormulaValue {
  kind: "math";
  latex: string;
  text: string;
}
/**
 * Anything else, by its repr: function, class, enum member, date, path, exception…
 */
export interface ObjectValue {
  kind: "object";
  type: string;
  /**
   * Memory addresses are removed, long text is cut.
   */
  text: string;
  /**
   * For a function or class of the project: its file, a key of `Trace.files` if embedded.
   */
  path?: string;
  line?: number | null;
}
/**
 * A value that was not written: the budget was spent, or it contains itself.
 */
export interface ElidedValue {
  kind: "elided";
  type: string;
  /**
   * `depth`, `budget` or `cycle`.
   */
  reason: string;
  length?: number | null;
}
/**
 * Looking at the value raised: an expression that has no value here, a `repr` that fails.
 */
export interface FailedValue {
  kind: "failed";
  /**
   * Type of the exception.
   */
  type: string;
  /**
   * Its message.
   */
  text: string;
}
/**
 * Markdown with `$math$`, or verbatim text.
 */
export interface TextRendering {
  kind: "text";
  text: string;
  verbatim?: boolean;
}
/**
 * A picture under `var/files` or in the checkout.
 */
export interface ImageRendering {
  kind: "image";
  /**
   * Path relative to the root of the checkout, with `/`, such as `var/files/3f2a….png`.
   */
  src: string;
  alt?: string;
  /**
   * Wanted width in CSS pixels.
   */
  width?: number | null;
  /**
   * Address it was fetched from.
   */
  origin?: string;
}
/**
 * A film, like an image.
 */
export interface VideoRendering {
  kind: "video";
  src: string;
  width?: number | null;
  origin?: string;
}
/**
 * A Vega-Lite specification with its data inside.
 */
export interface PlotRendering {
  kind: "plot";
  spec: {
    [k: string]: unknown;
  };
}
/**
 * Rows under column heads.
 */
export interface TableRendering {
  kind: "table";
  columns: string[];
  rows: Value[][];
  caption?: string;
  /**
   * Number of rows of the whole; absent when `rows` is the whole.
   */
  length?: number | null;
}
/**
 * Nodes and edges; the viewer lays them out.
 */
export interface GraphRendering {
  kind: "graph";
  nodes: GraphNode[];
  edges: GraphEdge[];
  directed?: boolean;
}
/**
 * One node of a graph.
 */
export interface GraphNode {
  id: string;
  label?: string;
  /**
   * Nodes of one group are drawn alike.
   */
  group?: string;
}
/**
 * One edge of a graph.
 */
export interface GraphEdge {
  source: string;
  target: string;
  label?: string;
}
/**
 * Program text that is shown, not run.
 */
export interface CodeRendering {
  kind: "code";
  text: string;
  language?: string;
}
/**
 * An address, or a citation (`authors`, `date`… set).
 */
export interface LinkRendering {
  kind: "link";
  url: string;
  title?: string;
  authors?: string[];
  organization?: string;
  date?: string;
  /**
   * Abstract or summary.
   */
  description?: string;
  notes?: string;
}
/**
 * A link to code: the viewer opens `path` beside the lecture at the lines of the object.
 */
export interface SourceRendering {
  kind: "source";
  /**
   * A key of `Trace.files`.
   */
  path: string;
  first: number;
  last: number;
  /**
   * Such as `train_bpe` or `Tokenizer.encode`.
   */
  name: string;
  title?: string;
}
/**
 * Speaker's note, Markdown: shown in the presenter window, not in the lecture.
 */
export interface NoteRendering {
  kind: "note";
  text: string;
}
/**
 * A system command and what it printed.
 */
export interface CommandRendering {
  kind: "command";
  command: string;
  text: string;
  exit_code?: number;
}
/**
 * Rows that were measured or read here. The viewer shows all so far under one name together.
 */
export interface BenchmarkRendering {
  kind: "benchmark";
  name: string;
  rows: BenchmarkRow[];
  /**
   * Absent where it equals the one before it of the same name.
   */
  provenance?: Provenance | null;
  /**
   * Read from a committed record; otherwise measured in this run.
   */
  recorded?: boolean;
  /**
   * Says in words whether the rows were measured or recorded.
   */
  note?: string;
}
/**
 * One measurement. Times in seconds over `repeats` runs after warm-up.
 */
export interface BenchmarkRow {
  label: string;
  median: number;
  q1: number;
  q3: number;
  repeats: number;
  /**
   * 10**12 floating-point operations a second, from the median.
   */
  tflops?: number | null;
  /**
   * 10**9 bytes a second, from the median.
   */
  gbps?: number | null;
  /**
   * What was varied, such as {"n": 1024}.
   */
  parameters?: {
    [k: string]: number | string;
  };
}
/**
 * Where and when a benchmark was measured.
 */
export interface Provenance {
  device: string;
  /**
   * ISO date, UTC.
   */
  date: string;
  /**
   * Such as {"python": "3.12.3", "torch": "2.11.0", "driver": "580.159"}.
   */
  versions: {
    [k: string]: string;
  };
  command?: string;
}
/**
 * What the reader is asked before the run shows it.
 */
export interface QuestionRendering {
  kind: "question";
  /**
   * Unique in the trace.
   */
  name: string;
  /**
   * The question, Markdown.
   */
  text: string;
  /**
   * `number`, `choice` or `text`.
   */
  answer_kind: string;
  unit?: string;
  /**
   * Markdown, shown when the reader asks for it.
   */
  hint?: string;
  choices?: string[];
  /**
   * How far a number may be off, relative to the answer, to count as right.
   */
  tolerance?: number;
  answer?: Value;
}
/**
 * The answer to a question, as the run gave it.
 */
export interface AnswerRendering {
  kind: "answer";
  /**
   * Of a `QuestionRendering` before it.
   */
  name: string;
  answer: Value;
  /**
   * What to learn from it, Markdown.
   */
  text?: string;
}
/**
 * Values of several processes at one moment, one column a rank.
 */
export interface RanksRendering {
  kind: "ranks";
  title?: string;
  ranks: RankValues[];
  /**
   * Read from a committed record; otherwise from processes of this run.
   */
  recorded?: boolean;
  /**
   * Where and when the record was made.
   */
  provenance?: Provenance | null;
}
/**
 * What one process of several had to show.
 */
export interface RankValues {
  rank: number;
  values?: {
    [k: string]: Value;
  };
  /**
   * What it printed since it was last shown.
   */
  stdout?: string;
  /**
   * Why it no longer answers, such as `exit code 1` or `killed by SIGKILL`.
   */
  ended?: string;
}
/**
 * A placeholder for something that could not be had, such as an image while offline.
 */
export interface MissingRendering {
  kind: "missing";
  what: string;
  reason: string;
}
/**
 * The exception that ended the lecture.
 */
export interface Failure {
  type: string;
  message: string;
  traceback?: TracebackEntry[];
  /**
   * Index of the step that raised it; absent in a chained cause.
   */
  step?: number | null;
  /**
   * Local variables of the innermost recorded frame.
   */
  locals?: {
    [k: string]: Value;
  };
  /**
   * The exception that it came from, if any.
   */
  cause?: Failure | null;
  /**
   * The cause was given with `raise … from …`.
   */
  explicit?: boolean;
}
/**
 * One level of a traceback, outermost first; only the project's own code.
 */
export interface TracebackEntry {
  path: string;
  line: number;
  function: string;
  /**
   * The source line, stripped.
   */
  text?: string;
}
/**
 * Clock readings: written only on request, since they differ at every run.
 */
export interface Timings {
  /**
   * Seconds since the start at which each step began.
   */
  step_seconds: number[];
  total_seconds: number;
}
/**
 * `index.json`: every trace of its folder.
 */
export interface Index {
  schema: number;
  /**
   * In the order of the course, then by name.
   */
  traces: IndexEntry[];
  /**
   * Absent where the course says nothing of itself.
   */
  course?: CourseInfo | null;
}
/**
 * What the lecture list needs to know of one trace.
 */
export interface IndexEntry {
  name: string;
  /**
   * File name beside the index, such as `lecture_01.json`.
   */
  file: string;
  title: string;
  sections: Section[];
  steps: number;
  bytes: number;
  ended: string;
  /**
   * One line, when the lecture failed.
   */
  error?: string;
  /**
   * SHA-256 of the sources in the trace, hexadecimal.
   */
  source_hash: string;
}
/**
 * A heading and the step that shows it.
 */
export interface Section {
  title: string;
  level: number;
  step: number;
}
/**
 * What the course's own file says of it.
 */
export interface CourseInfo {
  title?: string;
  authors?: string[];
  /**
   * Of the contents, such as CC-BY-4.0.
   */
  licence?: string;
  /**
   * Names in the order of the course, recorded or not.
   */
  lectures?: string[];
}
