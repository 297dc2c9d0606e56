/** Everything printed up to this step, the latest last. */
import { useLayoutEffect, useMemo, useRef } from "react";
import { lastUpTo } from "../trace/traceIndex";
import { useSelected } from "../hooks/viewerContext";

const MOST_PIECES = 300;
/** Of one piece: its end. */
const MOST_CHARACTERS = 20_000;

/** Printed text so far, or nothing before the first print. */
export function OutputPanel() {
  const index = useSelected((state) => state.index);
  const reached = useSelected((state) => lastUpTo(state.index.printSteps, state.step));
  const box = useRef<HTMLPreElement>(null);
  const pieces = useMemo(() => {
    const from = Math.max(0, reached + 1 - MOST_PIECES);
    return index.printSteps.slice(from, reached + 1).map((step) => ({
      step,
      stdout: (index.trace.steps[step]?.stdout ?? "").slice(-MOST_CHARACTERS),
      stderr: (index.trace.steps[step]?.stderr ?? "").slice(-MOST_CHARACTERS),
    }));
  }, [index, reached]);
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [pieces]);
  if (reached === -1) return null;
  const omitted = reached + 1 - pieces.length;
  return (
    <section className="panel panel-output" aria-label="Output">
      <h2 className="panel-title">Output</h2>
      <pre ref={box} className="output-text" tabIndex={0} role="group" aria-label="Printed so far">
        {omitted > 0 && (
          <span className="panel-note">
            {omitted} earlier prints left out{"\n"}
          </span>
        )}
        {pieces.map((piece) => (
          <span key={piece.step}>
            {piece.stdout}
            {piece.stderr && <span className="stderr">{piece.stderr}</span>}
          </span>
        ))}
      </pre>
    </section>
  );
}
