/** The calls that led to this step, innermost first; a press shows that call's variables. */
import { useMemo } from "react";
import { callStack, shownFrame } from "../state/selectors";
import { useDispatch, useSelected } from "../hooks/viewerContext";
import { Name } from "./shared/Name";
import { useRenderingScope } from "./shared/renderingScope";

/** Input: the open trace, from the context. A press on a call of another file opens its code too. */
export function CallStack() {
  const index = useSelected((state) => state.index);
  const step = useSelected((state) => state.step);
  const frame = useSelected(shownFrame);
  const dispatch = useDispatch();
  const scope = useRenderingScope();
  const entries = useMemo(() => callStack(index, step), [index, step]);
  const choose = (at: number) => {
    const entry = entries[at];
    if (!entry) return;
    dispatch({ type: "frame", frame: at === 0 ? null : entry.frame });
    if (entry.path !== index.trace.main && at > 0) {
      scope?.openSource(entry.path, entry.line, entry.line, entry.function);
    }
  };
  return (
    <section className="panel panel-stack" aria-label="Call stack">
      <h2 className="panel-title">Call stack</h2>
      <ol className="stack">
        {entries.map((entry, at) => (
          <li key={entry.frame}>
            <button
              type="button"
              className="stack-entry"
              aria-pressed={entry.frame === frame}
              onClick={() => choose(at)}
            >
              <span className="stack-function">
                <Name text={entry.function} />
              </span>{" "}
              <span className="stack-place">
                {entry.path.split("/").at(-1)}:{entry.line}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
