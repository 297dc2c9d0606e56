/**
 * Text of a trace file → Trace, or a TraceError that names what is wrong and where.
 *
 * The one place where formats meet: version 2 is checked against the engine's schema; version 1 and
 * the older formats (edtrace, the course's spring-2025 traces) are converted to it first.
 */
import { SCHEMA_VERSION, type Index, type Trace } from "./schema";
import { TraceError } from "./traceError";
import { formatPath, validate } from "./validate";
import { convertVersion1 } from "./version1";

const RECORD_AGAIN = "Record the lecture again with `lecture-tracer record NAME`.";

/** Line and column of a character, both from 1. */
function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function parseJson(text: string, name: string): unknown {
  if (text.trim() === "") {
    throw new TraceError("The trace is empty", `${name} has no content.`, RECORD_AGAIN);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/^\s*</.test(text)) {
      throw new TraceError(
        "This is a web page, not a trace",
        `${name} starts with ${JSON.stringify(text.trim().slice(0, 20))}.`,
        "Check the address: it should lead to a .json file under var/traces.",
      );
    }
    const offset = /position (\d+)/.exec(message)?.[1];
    const cut = /end of JSON|Unterminated/i.test(message) || !/[}\]]\s*$/.test(text);
    const where = cut ? place(text, text.length) : place(text, Number(offset ?? 0));
    throw new TraceError(
      cut ? "The trace is cut short" : "The trace is not valid JSON",
      cut ? `${name} ends at ${where}, before it is complete.` : `${name}, ${where}: ${message}.`,
      RECORD_AGAIN,
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkVersion(data: Record<string, unknown>, name: string): void {
  const version = data["schema"];
  if (version === SCHEMA_VERSION) return;
  if (typeof version === "number" && version > SCHEMA_VERSION) {
    throw new TraceError(
      "The trace is newer than this viewer",
      `${name} has format version ${version}; this viewer reads up to version ${SCHEMA_VERSION}, and the older formats.`,
      "Update the viewer, or record the lecture with the matching engine.",
    );
  }
  throw new TraceError(
    "The trace has an unknown format version",
    `${name}, schema: expected ${SCHEMA_VERSION}, found ${JSON.stringify(version)}.`,
    RECORD_AGAIN,
  );
}

/** What the schema cannot say: every reference inside the file leads somewhere. */
function checkReferences(trace: Trace, name: string): void {
  const fail = (where: string, what: string): never => {
    throw new TraceError(
      "The trace contradicts itself",
      `${name}, ${where}: ${what}.`,
      RECORD_AGAIN,
    );
  };
  if (!Object.hasOwn(trace.files, trace.main)) fail("main", `${trace.main} is not in files`);
  trace.frames.forEach((frame, id) => {
    const parent = frame.parent ?? null;
    if (parent !== null && (parent < 0 || parent >= id)) {
      fail(`frames[${id}].parent`, `frame ${parent} does not come before it`);
    }
  });
  trace.steps.forEach((step, id) => {
    if (!trace.frames[step.frame]) fail(`steps[${id}].frame`, `there is no frame ${step.frame}`);
    if (step.line < 1) fail(`steps[${id}].line`, `${step.line} is not a line number`);
  });
  if (trace.steps.length === 0) fail("steps", "there are none");
}

function fromData(data: unknown, name: string): Trace {
  const problem = validate("Trace", data);
  if (problem) {
    throw new TraceError(
      "The trace is not in the format that it claims",
      `${name}, ${formatPath(problem.path)}: ${problem.message}.`,
      RECORD_AGAIN,
    );
  }
  const trace = data as Trace;
  checkReferences(trace, name);
  return trace;
}

/** Read a trace of any known format. `name` is what messages call the file. */
export async function parseTrace(text: string, name: string): Promise<Trace> {
  return traceOf(parseJson(text, name), name);
}

/** The same for what has been read from JSON already. */
export async function traceOf(data: unknown, name: string): Promise<Trace> {
  if (isObject(data) && "schema" in data) {
    if (data["schema"] === 1) convertVersion1(data);
    checkVersion(data, name);
    return fromData(data, name);
  }
  const { convertOldTrace, isOldTrace } = await import("./oldFormats");
  if (isOldTrace(data)) return fromData(convertOldTrace(data, name), name);
  const found = isObject(data) ? Object.keys(data).slice(0, 5).join(", ") : typeof data;
  throw new TraceError(
    "This is not a lecture trace",
    `${name} holds ${isObject(data) ? `an object with ${found || "no fields"}` : `a JSON ${found}`}; a trace has schema, lecture, files, frames and steps.`,
    "Choose a file that `lecture-tracer record NAME` wrote to var/traces.",
  );
}

/** Read `index.json`, the list of lectures. */
export function parseIndex(text: string, name: string): Index {
  const data = parseJson(text, name);
  const problem = validate("Index", data);
  if (problem) {
    throw new TraceError(
      "The list of lectures is damaged",
      `${name}, ${formatPath(problem.path)}: ${problem.message}.`,
      "Record any lecture again: this rewrites the list.",
    );
  }
  return data as Index;
}
