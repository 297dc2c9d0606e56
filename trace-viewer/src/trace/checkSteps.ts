/** When the checks of a trace (`assert` statements) held. */
import type { Trace } from "./schema";

/** By path and line: the steps after which the check held, ascending, one entry a time. */
export type CheckSteps = ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;

/** Reads them once per trace; a check that never ran has an empty list. */
export function buildChecks(trace: Trace): CheckSteps {
  const checks = new Map(
    Object.entries(trace.files).map(([path, file]) => [
      path,
      new Map((file.checks ?? []).map((line) => [line, [] as number[]])),
    ]),
  );
  trace.steps.forEach((step, id) => {
    for (const [frame, line] of step.checks ?? []) {
      const path = trace.frames[frame]?.path ?? trace.main;
      const lines = checks.get(path);
      const known = lines?.get(line);
      if (known) known.push(id);
      else lines?.set(line, [id]);
    }
  });
  return checks;
}
