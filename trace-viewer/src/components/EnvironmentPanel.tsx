/** Values of the inspected expressions of the chosen frame at this step. */
import { memo, useLayoutEffect, useMemo, useRef, useState } from "react";
import { valueHistory, variablesAt, type Variable } from "../trace/environment";
import { isTagged, type Value } from "../trace/schema";
import { shownFrame } from "../state/selectors";
import { Name } from "./shared/Name";
import { IconButton } from "./shared/IconButton";
import { asNumber, InlineValue, Sparkline, ValueView } from "./values";
import { useDispatch, useSelected } from "../hooks/viewerContext";

const MOST_LISTED = 200;

function History({ name, frame }: { name: string; frame: number }) {
  const index = useSelected((state) => state.index);
  const step = useSelected((state) => state.step);
  const dispatch = useDispatch();
  const history = useMemo(() => valueHistory(index, frame, name), [index, frame, name]);
  const points = useMemo(
    () =>
      history.flatMap((point) => {
        const number = asNumber(point.value);
        return number === null ? [] : [{ step: point.step, y: number }];
      }),
    [history],
  );
  const jump = (to: number) => dispatch({ type: "go", step: to, jump: true });
  return (
    <div className="history">
      {points.length > 1 && <Sparkline points={points} current={step} onJump={jump} />}
      <ol className="history-list" aria-label={`Values of ${name}`} tabIndex={0}>
        {history.slice(0, MOST_LISTED).map((point) => (
          <li key={point.step} aria-current={point.step === step ? "step" : undefined}>
            <button type="button" className="link-button" onClick={() => jump(point.step)}>
              step {point.step + 1}
            </button>{" "}
            <InlineValue value={point.value} limit={60} />
          </li>
        ))}
        {history.length > MOST_LISTED && <li>and {history.length - MOST_LISTED} more</li>}
      </ol>
    </div>
  );
}

/** Tensors are open at once: their numbers or their heat map say more than their shape does. */
function isPicture(value: Value): boolean {
  if (!isTagged(value) || value.kind !== "tensor") return false;
  return value.heat_map != null || (value.numbers?.length ?? 0) > 1;
}

interface VariableToolsProps {
  name: string;
  history: boolean;
  onHistory: (open: boolean) => void;
}

const VariableTools = memo(function VariableTools(props: VariableToolsProps) {
  const { name, history, onHistory } = props;
  const dispatch = useDispatch();
  const change = (direction: 1 | -1) => dispatch({ type: "change", name, direction });
  return (
    <span className="variable-tools">
      <IconButton
        icon="previous"
        label={`Previous change of ${name}`}
        shortcut=","
        onClick={() => change(-1)}
      />
      <IconButton
        icon="next"
        label={`Next change of ${name}`}
        shortcut="."
        onClick={() => change(1)}
      />
      <IconButton
        icon="history"
        label={`History of ${name}`}
        expanded={history}
        onClick={() => onHistory(!history)}
      />
    </span>
  );
});

interface VariableRowProps {
  variable: Variable;
  frame: number;
  marked: boolean;
}

const sameVariable = (one: Variable, other: Variable) =>
  one.value === other.value && one.previous === other.previous && one.status === other.status;

const VariableRow = memo(
  function VariableRow({ variable, frame, marked }: VariableRowProps) {
    const { name, value, previous, status, changes } = variable;
    const [history, setHistory] = useState(false);
    const dispatch = useDispatch();
    return (
      <li className="variable" data-status={status} data-marked={marked || undefined}>
        <div className="variable-head">
          <button
            type="button"
            className="variable-name"
            aria-pressed={marked}
            title="Mark this variable: , and . go to its changes"
            onClick={() => dispatch({ type: "variable", name })}
          >
            <Name text={name} />
          </button>
          {status !== "same" && <span className="variable-status">{status}</span>}
          {changes > 1 && <VariableTools name={name} history={history} onHistory={setHistory} />}
        </div>
        <ValueView
          value={value}
          compact={!isPicture(value)}
          {...(status === "changed" && previous !== undefined ? { previous } : {})}
        />
        {history && <History name={name} frame={frame} />}
      </li>
    );
  },
  (one, other) =>
    one.frame === other.frame &&
    one.marked === other.marked &&
    sameVariable(one.variable, other.variable),
);

/** The variables of the chosen call at the current step. */
export function EnvironmentPanel() {
  const index = useSelected((state) => state.index);
  const step = useSelected((state) => state.step);
  const frame = useSelected(shownFrame);
  const chosen = useSelected((state) => state.frame !== null);
  const marked = useSelected((state) => state.variable);
  const panel = useRef<HTMLElement>(null);
  const variables = useMemo(() => variablesAt(index, frame, step), [index, frame, step]);
  useLayoutEffect(() => {
    const changed = panel.current?.querySelector("[data-status='changed'], [data-status='new']");
    changed?.scrollIntoView({ block: "nearest" });
  }, [variables]);
  const named = index.trace.frames[frame]?.function ?? "";
  return (
    <section ref={panel} className="panel panel-variables" aria-label="Variables">
      <h2 className="panel-title">
        Variables{" "}
        <span className="panel-note">
          in {named}
          {chosen && " (chosen)"}
        </span>
      </h2>
      {variables.length === 0 ? (
        <p className="panel-empty">Nothing is inspected here yet.</p>
      ) : (
        <ul className="variables">
          {variables.map((variable) => (
            <VariableRow
              key={variable.name}
              variable={variable}
              frame={frame}
              marked={variable.name === marked}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
