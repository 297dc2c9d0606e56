/** Beside the current line: what its step gave a value. */
import { InlineValue } from "./values";
import { useSelected } from "../hooks/viewerContext";

const MOST = 3;

/** The new values of the current step, at the end of its line. */
export function InlineChanges() {
  const changes = useSelected((state) => state.index.trace.steps[state.step]?.changes);
  const entries = Object.entries(changes ?? {});
  if (entries.length === 0) return null;
  return (
    <span className="inline-changes" aria-hidden="true">
      {entries.slice(0, MOST).map(([name, value]) => (
        <span key={name} className="inline-change">
          <span className="inline-name">{name}</span> <InlineValue value={value} limit={60} />
        </span>
      ))}
      {entries.length > MOST && <span>+{entries.length - MOST}</span>}
    </span>
  );
}
