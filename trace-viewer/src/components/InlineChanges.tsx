/** Beside the current line: what its step gave a value, what changed first. */
import { useMemo } from "react";
import { useSelected } from "../hooks/viewerContext";
import { variablesAt } from "../trace/environment";
import { lazyModule } from "./shared/lazyModule";
import { InlineValue } from "./values";

const MOST = 3;
const LIMIT = 60;

/** Comparing values is loaded after the first view; until then the value itself stands there. */
const changes = lazyModule(() => import("./values/changeText"));

/** `total += 1` says which variable it is about: its name is not repeated beside it. */
function assigns(code: string, name: string): boolean {
  const target =
    /^\s*(?:for\s+)?([\w.[\]'"]+)(?:\s*:[^=]+)?\s*(?:[-+*/%&|^@]|\/\/|\*\*|<<|>>)?(?:=(?!=)|\s+in\s)/;
  return target.exec(code)?.[1] === name;
}

/** The new values of the current step, at the end of its line; `code` is the line. */
export function InlineChanges({ code }: { code: string }) {
  const index = useSelected((state) => state.index);
  const step = useSelected((state) => state.step);
  const loaded = changes.use();
  const found = index.trace.steps[step]?.changes;
  const variables = useMemo(() => {
    const names = new Set(Object.keys(found ?? {}));
    if (names.size === 0) return [];
    const frame = index.stepFrame[step] ?? 0;
    return variablesAt(index, frame, step).filter(({ name }) => names.has(name));
  }, [index, step, found]);
  if (variables.length === 0) return null;
  return (
    <span className="inline-changes" aria-hidden="true">
      {variables.slice(0, MOST).map(({ name, value, previous }) => (
        <span key={name} className="inline-change">
          {!(variables.length === 1 && assigns(code, name)) && (
            <span className="inline-name">{name}</span>
          )}
          {loaded.state === "ready" ? (
            <code className="value-inline">{loaded.module.changeText(previous, value, LIMIT)}</code>
          ) : (
            <InlineValue value={value} limit={LIMIT} />
          )}
        </span>
      ))}
      {variables.length > MOST && <span>+{variables.length - MOST}</span>}
    </span>
  );
}
