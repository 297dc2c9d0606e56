/** Beside a line that is a check: whether it has held. A check is never a step unless it fails. */
import { useSelected } from "../hooks/viewerContext";
import { checkMark, type CheckState } from "../trace/checks";

const SIGNS: Record<CheckState, string> = { held: "✓", waiting: "·", failed: "✗" };

function describe(state: CheckState, times: number): string {
  if (state === "failed") return "This check failed";
  if (state === "waiting") return "A check that has not run yet";
  return times === 1 ? "This check held" : `This check held ${times} times`;
}

/** Nothing beside any other line. */
export function CheckBadge({ path, line }: { path: string; line: number }) {
  const state = useSelected(({ index, step }) => checkMark(index, path, line, step)?.state);
  const times = useSelected(({ index, step }) => checkMark(index, path, line, step)?.times ?? 0);
  if (state === undefined) return null;
  const text = describe(state, times);
  return (
    <span className="check" data-check={state} role="img" aria-label={text} title={text}>
      {SIGNS[state]}
    </span>
  );
}
