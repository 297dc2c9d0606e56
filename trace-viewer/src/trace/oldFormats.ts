/**
 * Traces of edtrace and of the course's spring-2025 tracer → data of format version 1.
 *
 * Both store the whole call stack at each step and no frames: a frame is told apart by its depth,
 * its function and the line of its caller. edtrace adds `hidden_line_numbers` and `animate`; the
 * 2025 format adds `stdout` and `stderr`.
 */
import type { Frame, Rendering, SourceFile, Step, Trace, Value } from "./schema";
import { SCHEMA_VERSION } from "./schema";
import { convertRendering, convertValue, isRecord } from "./oldValues";
import { statementSpans } from "./pythonSpans";
import { TraceError } from "./traceError";

interface StackElement {
  path: string;
  line: number;
  name: string;
}

/** Whether data looks like a trace of one of the older formats. */
export function isOldTrace(data: unknown): boolean {
  return isRecord(data) && isRecord(data["files"]) && Array.isArray(data["steps"]);
}

function wrong(name: string, where: string, what: string): TraceError {
  return new TraceError(
    "The older trace cannot be converted",
    `${name}, ${where}: ${what}.`,
    "Record the lecture again with `lecture-tracer record NAME`.",
  );
}

function readStack(step: unknown, name: string, where: string): StackElement[] {
  const stack = isRecord(step) ? step["stack"] : undefined;
  if (!Array.isArray(stack) || stack.length === 0) {
    throw wrong(name, `${where}.stack`, "expected a list of at least one call");
  }
  return stack.map((element: unknown, level) => {
    const path = isRecord(element) ? element["path"] : undefined;
    const line = isRecord(element) ? element["line_number"] : undefined;
    const called = isRecord(element) ? element["function_name"] : undefined;
    if (typeof path !== "string" || typeof line !== "number") {
      throw wrong(name, `${where}.stack[${level}]`, "expected path and line_number");
    }
    return { path, line, name: typeof called === "string" ? called : "?" };
  });
}

function hiddenSpans(text: string, listed: unknown): [number, number][] {
  const lines = Array.isArray(listed)
    ? listed.filter((line): line is number => typeof line === "number")
    : text.split("\n").flatMap((line, at) => (/#.*@hide\b/.test(line) ? [at + 1] : []));
  return lines.map((line) => [line, line]);
}

function convertFiles(data: Record<string, unknown>, name: string): Record<string, SourceFile> {
  const hidden = isRecord(data["hidden_line_numbers"]) ? data["hidden_line_numbers"] : {};
  const files = Object.entries(data["files"] as Record<string, unknown>).map(([path, text]) => {
    if (typeof text !== "string") throw wrong(name, `files[${path}]`, "expected the file's text");
    const python = path.endsWith(".py");
    const file: SourceFile = {
      text,
      language: python ? "python" : "text",
      statements: python ? statementSpans(text) : [],
      hidden: hiddenSpans(text, Object.hasOwn(hidden, path) ? hidden[path] : null),
    };
    return [path, file] as const;
  });
  // Not by assignment: a file called `__proto__` would become the list's prototype.
  return Object.fromEntries(files);
}

/** Follows the stacks and gives each activation a number. */
class FrameFinder {
  readonly frames: Frame[] = [];
  private open: { id: number; element: StackElement }[] = [];

  /** The frame of the innermost call of this step. */
  enter(stack: StackElement[], step: number): number {
    let level = 0;
    while (level < stack.length && this.continues(stack, level)) level++;
    this.open = this.open.slice(0, level);
    for (; level < stack.length; level++) this.call(stack[level] as StackElement, step);
    stack.forEach((element, at) => {
      const frame = this.open[at];
      if (frame) frame.element = element;
    });
    return this.open.at(-1)?.id ?? 0;
  }

  private continues(stack: StackElement[], level: number): boolean {
    const known = this.open[level]?.element;
    const now = stack[level];
    if (!known || !now || known.path !== now.path || known.name !== now.name) return false;
    const caller = stack[level - 1];
    return !caller || this.open[level - 1]?.element.line === caller.line;
  }

  private call(element: StackElement, step: number): void {
    const parent = this.open.at(-1);
    const id = this.frames.length;
    const caller = parent ? { parent: parent.id, call_step: Math.max(step - 1, 0) } : {};
    this.frames.push({ path: element.path, function: element.name, ...caller });
    this.open.push({ id, element });
  }
}

function readEnvironment(step: Record<string, unknown>): Pick<Step, "changes" | "cleared"> {
  const environment = isRecord(step["env"]) ? step["env"] : {};
  const entries = Object.entries(environment);
  const cleared = entries.flatMap(([name, value]) => (value === null ? [name] : []));
  const changes: Record<string, Value> = Object.fromEntries(
    entries.flatMap(([name, value]) => (value === null ? [] : [[name, convertValue(value)]])),
  );
  return {
    ...(Object.keys(changes).length > 0 ? { changes } : {}),
    ...(cleared.length > 0 ? { cleared } : {}),
  };
}

function convertStep(data: unknown, frame: number, line: number): Step {
  const step = isRecord(data) ? data : {};
  const old = Array.isArray(step["renderings"]) ? (step["renderings"] as unknown[]) : [];
  const outputs = old
    .map(convertRendering)
    .filter((rendering): rendering is Rendering => rendering !== null);
  const animate = old.some((rendering) => isRecord(rendering) && rendering["animate"] === true);
  const text = (key: string) => (typeof step[key] === "string" ? step[key] : "");
  return {
    frame,
    line,
    ...readEnvironment(step),
    ...(outputs.length > 0 ? { outputs } : {}),
    ...(animate ? { animate } : {}),
    ...(text("stdout") ? { stdout: text("stdout") } : {}),
    ...(text("stderr") ? { stderr: text("stderr") } : {}),
  };
}

/** The first heading of the lecture, which newer traces carry as their title. */
function findTitle(steps: Step[]): string {
  for (const { outputs } of steps) {
    for (const output of outputs ?? []) {
      const heading = output.kind === "text" ? /^\s*#+\s+(.+)/m.exec(output.text)?.[1] : undefined;
      if (heading) return heading.trim();
    }
  }
  return "";
}

/** The same trace in the current format; a TraceError names what cannot be read. */
export function convertOldTrace(data: unknown, name: string): Trace {
  if (!isRecord(data) || !Array.isArray(data["steps"])) {
    throw wrong(name, "the file", "expected files and steps");
  }
  const finder = new FrameFinder();
  const steps = data["steps"].map((old: unknown, id) => {
    const stack = readStack(old, name, `steps[${id}]`);
    const frame = finder.enter(stack, id);
    return convertStep(old, frame, stack.at(-1)?.line ?? 1);
  });
  const files = convertFiles(data, name);
  const main = finder.frames[0]?.path ?? Object.keys(files)[0] ?? "";
  return {
    schema: SCHEMA_VERSION,
    lecture: (main.split("/").at(-1) ?? name).replace(/\.py$/, ""),
    main,
    title: findTitle(steps),
    files,
    frames: finder.frames,
    steps,
    warnings: ["Converted from an older trace format: calls were told apart by their lines."],
  };
}
