/** On a narrow screen, above the buttons: what the step changed; a press opens the variables. */
import { useMemo } from "react";
import { useDispatch, useSelected } from "../hooks/viewerContext";
import { shownFrame } from "../state/selectors";
import { variablesAt } from "../trace/environment";
import { pythonText } from "./values";

const MOST = 3;
const LIMIT = 40;

/** Always there, so that nothing moves when a step changes nothing. */
export function ChangeStrip() {
  const dispatch = useDispatch();
  const index = useSelected((state) => state.index);
  const step = useSelected((state) => state.step);
  const frame = useSelected(shownFrame);
  const open = useSelected((state) => state.sheet === "variables");
  const variables = useMemo(() => variablesAt(index, frame, step), [index, frame, step]);
  const changed = variables.filter(({ status, since }) => status !== "same" && since === step);
  const rest = variables.length - changed.length;
  return (
    <button
      type="button"
      className="change-strip narrow-only"
      aria-expanded={open}
      onClick={() => dispatch({ type: "sheet", sheet: open ? null : "variables" })}
    >
      <span className="visually-hidden">{changed.length > 0 ? "Changed: " : "Show "}</span>
      {changed.slice(0, MOST).map(({ name, value }) => (
        <span key={name} className="change-strip-value">
          <strong>{name}</strong> = <code>{pythonText(value, LIMIT)}</code>
        </span>
      ))}
      <span className="panel-note">
        {changed.length === 0
          ? `${variables.length} variable${variables.length === 1 ? "" : "s"}`
          : rest > 0 && `+${rest}`}
      </span>
    </button>
  );
}
