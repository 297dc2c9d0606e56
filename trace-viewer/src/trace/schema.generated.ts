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
  | MissingRendering;

export interface TraceSchema {
  trace?: Trace;
  index?: Index;
}
/**
 * A whole recorded lecture.
 */
export interface Trace {
  schema: number;
  lecture: string;
  main: string;
  title?: string;
  files: {
    [k: string]: SourceFile;
  };
  frames: Frame[];
  steps: Step[];
  ended?: string;
  failure?: Failure | null;
  thread?: string;
  warnings?: string[];
  timings?: Timings | null;
}
/**
 * One file as it was when the lecture ran.
 */
export interface SourceFile {
  text: string;
  statements?: [number, number][];
  hidden?: [number, number][];
  language?: string;
}
/**
 * One activation of a function; its id is its index in `Trace.frames`.
 */
export interface Frame {
  path: string;
  function: string;
  parent?: number | null;
  call_step?: number | null;
}
/**
 * One executed statement. Mutable, since the recorder fills it until the statement ends.
 */
export interface Step {
  frame: number;
  line: number;
  resumed?: boolean;
  animate?: boolean;
  changes?: {
    [k: string]: Value;
  } | null;
  cleared?: string[] | null;
  outputs?: Rendering[] | null;
  stdout?: string;
  stderr?: string;
}
/**
 * A number whose text plain JSON would change: 1.0, nan, a huge int, complex, float32.
 */
export interface NumberValue {
  kind: "number";
  type: string;
  text: string;
}
/**
 * A str that was too long to keep whole, or a str subclass.
 */
export interface TextValue {
  kind: "string";
  text: string;
  length: number;
  tail?: string;
  type?: string;
}
/**
 * bytes, bytearray or memoryview.
 */
export interface BytesValue {
  kind: "bytes";
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
  items: Value[];
  tail?: Value[];
  length?: number | null;
}
/**
 * A dict or other mapping, in its own order.
 */
export interface MappingValue {
  kind: "mapping";
  entries: [Value, Value][];
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
  length?: number | null;
}
/**
 * A numpy array or torch tensor.
 */
export interface TensorValue {
  kind: "tensor";
  type: string;
  shape: number[];
  dtype: string;
  device?: string;
  bytes?: number;
  strides?: number[] | null;
  view?: boolean;
  shares?: string[];
  requires_grad?: boolean;
  layout?: string;
  head?: Value[];
  tail?: Value[];
  statistics?: Statistics | null;
  heat_map?: HeatMap | null;
  note?: string;
}
/**
 * Over the elements that are numbers, nan left out. Numbers as Python prints them.
 */
export interface Statistics {
  min: string;
  max: string;
  mean: string;
  std: string;
  nan?: number;
  inf?: number;
  sampled?: number | null;
}
/**
 * The last two dimensions (of the first matrix), reduced by taking evenly spaced elements.
 */
export interface HeatMap {
  rows: number;
  columns: number;
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
  text: string;
  parameters: number;
  trainable: number;
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
  rows: Value[][];
  length: number;
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
  text: string;
  path?: string;
  line?: number | null;
}
/**
 * A value that was not written: the budget was spent, or it contains itself.
 */
export interface ElidedValue {
  kind: "elided";
  type: string;
  reason: string;
  length?: number | null;
}
/**
 * Looking at the value raised: an expression that has no value here, a `repr` that fails.
 */
export interface FailedValue {
  kind: "failed";
  type: string;
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
  src: string;
  alt?: string;
  width?: number | null;
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
  description?: string;
  notes?: string;
}
/**
 * A link to code: the viewer opens `path` beside the lecture at the lines of the object.
 */
export interface SourceRendering {
  kind: "source";
  path: string;
  first: number;
  last: number;
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
 * All rows so far under one name: one table and one chart.
 */
export interface BenchmarkRendering {
  kind: "benchmark";
  name: string;
  rows: BenchmarkRow[];
  provenance: Provenance;
  recorded?: boolean;
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
  tflops?: number | null;
  gbps?: number | null;
  parameters?: {
    [k: string]: number | string;
  };
}
/**
 * Where and when a benchmark was measured.
 */
export interface Provenance {
  device: string;
  date: string;
  versions: {
    [k: string]: string;
  };
  command?: string;
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
  step?: number | null;
  locals?: {
    [k: string]: Value;
  };
  cause?: Failure | null;
  explicit?: boolean;
}
/**
 * One level of a traceback, outermost first; only the project's own code.
 */
export interface TracebackEntry {
  path: string;
  line: number;
  function: string;
  text?: string;
}
/**
 * Clock readings: written only on request, since they differ at every run.
 */
export interface Timings {
  step_seconds: number[];
  total_seconds: number;
}
/**
 * `index.json`: every trace of its folder.
 */
export interface Index {
  schema: number;
  traces: IndexEntry[];
}
/**
 * What the lecture list needs to know of one trace.
 */
export interface IndexEntry {
  name: string;
  file: string;
  title: string;
  sections: Section[];
  steps: number;
  bytes: number;
  ended: string;
  error?: string;
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
