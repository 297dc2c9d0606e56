/** Tells a screen reader where a step led, once stepping pauses. */
import { useEffect, useState } from "react";
import { stepPath } from "../trace/traceIndex";
import type { ViewerState } from "../state/viewerReducer";
import { useSelected, useViewer } from "../hooks/viewerContext";

const PAUSE_MS = 350;

function describe({ index, step }: ViewerState): string {
  const path = stepPath(index, step);
  const line = index.stepLine[step] ?? 1;
  const frame = index.trace.frames[index.stepFrame[step] ?? 0];
  const source = index.sources.get(path)?.lines[line - 1]?.trim() ?? "";
  const changed = Object.keys(index.trace.steps[step]?.changes ?? {});
  const changes = changed.length > 0 ? ` Changed: ${changed.slice(0, 5).join(", ")}.` : "";
  return `Step ${step}, ${frame?.function ?? ""}, line ${line}: ${source.slice(0, 120)}.${changes}`;
}

/** Speaks for the steps: function, line, source and changed names. */
export function LiveRegion() {
  const { store } = useViewer();
  const [text, setText] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let said = store.getState().step;
    const changed = () => {
      if (store.getState().step === said) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        said = store.getState().step;
        setText(describe(store.getState()));
      }, PAUSE_MS);
    };
    const unsubscribe = store.subscribe(changed);
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [store]);
  return (
    <p className="visually-hidden" role="status">
      {text}
    </p>
  );
}

/** What was put right or could not be done, until it is dismissed. */
export function Notice() {
  const notice = useSelected((state) => state.notice);
  const { store } = useViewer();
  return (
    <div role="status" className="notice-place">
      {notice !== "" && (
        <p className="notice">
          {notice}{" "}
          <button
            type="button"
            className="link-button"
            onClick={() => store.dispatch({ type: "notice", text: "" })}
          >
            Dismiss
          </button>
        </p>
      )}
    </div>
  );
}
