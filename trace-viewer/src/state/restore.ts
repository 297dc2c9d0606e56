/** An address → what it names, as far as the trace has it. Pure. */
import { isInspected } from "../trace/environment";
import { findDefinition, findSource } from "../trace/movedSource";
import * as navigation from "../trace/navigation";
import { stepPath, type TraceIndex } from "../trace/traceIndex";
import { animatedOutputs, goTo } from "./moves";
import { paneReducer, type PaneState } from "./paneReducer";
import type { Address, SourcePlace } from "./urlState";
import type { ViewerState } from "./viewerState";

/** Where the code of an older address is now: at its name, if it has one, else at its line. */
function movedPlace(
  index: TraceIndex,
  source: SourcePlace,
  path: string,
  problems: string[],
): SourcePlace {
  problems.push(`${source.path} is now ${path}.`);
  const lines = index.sources.get(path)?.lines.length ?? 1;
  const first = findDefinition(index, path, source.name) ?? Math.min(source.first, lines);
  return { ...source, path, first, last: Math.min(first + source.last - source.first, lines) };
}

/** The place that an address names, or a problem. */
function checkSource(
  index: TraceIndex,
  source: SourcePlace,
  problems: string[],
): SourcePlace | null {
  const path = findSource(index, source.path);
  if (path === null) {
    problems.push(`There is no source ${source.path} in this trace.`);
    return null;
  }
  if (path !== source.path) return movedPlace(index, source, path, problems);
  const lines = index.sources.get(path)?.lines.length ?? 0;
  if (source.first <= lines) return { ...source, last: Math.min(source.last, lines) };
  problems.push(`${source.path} has ${lines} lines; line ${source.first} is not one of them.`);
  return { ...source, first: lines, last: lines };
}

/** A caller of the step's own frame, or null for that one; anything else is a problem. */
function checkFrame(
  index: TraceIndex,
  step: number,
  frame: number | null,
  problems: string[],
): number | null {
  const own = index.stepFrame[step] ?? 0;
  if (frame === null || frame === own) return null;
  if (navigation.ancestors(index, own).includes(frame)) return frame;
  problems.push(`Frame ${frame} is not one of the calls that led to step ${step + 1}.`);
  return null;
}

function checkVariable(index: TraceIndex, name: string | null, problems: string[]): string | null {
  if (name === null || isInspected(index, name)) return name;
  problems.push(`No variable ${name.slice(0, 40)} is inspected in this trace.`);
  return null;
}

/** Show what an address names, as far as the trace has it. */
export function restore(state: ViewerState, address: Address, found: string[]): ViewerState {
  const { index } = state;
  const problems = [...found];
  const last = index.stepCount - 1;
  const source = address.source && checkSource(index, address.source, problems);
  const inLecture = source?.path === index.trace.main && address.step === null;
  const wanted = inLecture
    ? (navigation.stepNearLine(index, source.path, source.first) ?? 0)
    : (address.step ?? 0);
  if (wanted < 0 || wanted > last) {
    problems.push(
      `There is no step=${wanted}: the addresses of this lecture go from step=0 to step=${last}.`,
    );
  }
  const step = navigation.clampStep(index, wanted);
  const moved = goTo({ ...state, animate: address.animate, raw: address.raw }, step, false);
  const outputs = animatedOutputs(moved, step);
  const shown = address.shown === null || outputs < 2 ? null : Math.max(1, address.shown);
  const frame = checkFrame(index, step, address.frame, problems);
  const variable = checkVariable(index, address.variable, problems);
  const elsewhere = stepPath(index, step) !== index.trace.main;
  const pane: PaneState =
    source && !inLecture
      ? paneReducer(moved.pane, { type: "open", place: source })
      : { ...moved.pane, open: elsewhere || moved.pane.pinned, at: -1 };
  return { ...moved, shown, frame, variable, pane, dialog: null, notice: problems.join(" ") };
}
