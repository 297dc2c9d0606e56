/** On paper there is no panel: the values that a line gave last stand below it. */
import { useSelected } from "../hooks/viewerContext";
import { stepsAtLine } from "../trace/traceIndex";
import { pythonText } from "./values";

const LIMIT = 160;
const MOST = 4;

/** Values of the last time that the statement at `line` ran; nothing where it gave none. */
export function PrintedValues({ path, line }: { path: string; line: number }) {
  const index = useSelected((state) => state.index);
  const steps = [...stepsAtLine(index, path, line)].reverse();
  const step = steps.find((id) => Object.keys(index.trace.steps[id]?.changes ?? {}).length > 0);
  if (step === undefined) return null;
  const entries = Object.entries(index.trace.steps[step]?.changes ?? {});
  return (
    <div className="printed-values">
      {entries.slice(0, MOST).map(([name, value]) => (
        <div key={name}>
          <b>{name}</b> = {pythonText(value, LIMIT)}
        </div>
      ))}
      {entries.length > MOST && <div>and {entries.length - MOST} more</div>}
    </div>
  );
}
