/** What a statement shows: renderings and printed text of the activation that is being read. */
import { memo, useRef, useState } from "react";
import { isBroken } from "../state/live";
import { outputsAt, type OutputGroup } from "../trace/outputs";
import type { SourceIndex } from "../trace/sourceIndex";
import type { Row } from "../trace/visibleLines";
import { firstLines } from "./shared/longPrint";
import { countText } from "./shared/numberText";
import { useRenderingScope } from "./shared/renderingScope";
import { useEdges } from "./shared/useEdges";
import { FailureView } from "./FailureView";
import { SectionPractice } from "./PracticeLinks";
import { RenderingView } from "./renderings";
import { useRowStatus } from "../hooks/useRowStatus";
import { useDispatch, useSelected } from "../hooks/viewerContext";

interface OutputsRowProps {
  source: SourceIndex;
  row: Extract<Row, { kind: "outputs" }>;
  reachedAt: number;
}

/** More than this is drawn only on request: 20,000 lines take seconds. */
const MOST_LINES = 500;
const MOST_CHARACTERS = 60_000;

function Printed({ text, stream }: { text: string; stream: "stdout" | "stderr" }) {
  const box = useRef<HTMLPreElement>(null);
  const edges = useEdges(box);
  const paper = useRenderingScope()?.paper === true;
  const [all, setAll] = useState(false);
  const whole = text.replace(/\n$/, "");
  const shown = all || paper ? whole : firstLines(whole, MOST_LINES, MOST_CHARACTERS);
  return (
    <>
      <pre
        ref={box}
        data-more={edges || undefined}
        className={`printed printed-${stream}`}
        tabIndex={0}
        role="group"
        dir="auto"
        aria-label={stream === "stdout" ? "Printed" : "Printed to stderr"}
      >
        {shown}
      </pre>
      {shown.length < whole.length && (
        <button type="button" className="text-button" onClick={() => setAll(true)}>
          Show all {countText(whole.split("\n").length)} lines
        </button>
      )}
    </>
  );
}

/** What a loop printed, as one text; the latest piece is marked. */
function PrintedRun({ groups, latest }: { groups: readonly OutputGroup[]; latest: number }) {
  const step = useSelected((state) => (state.animate === "off" ? Infinity : state.step));
  const dim = useSelected((state) => state.animate === "dim");
  const box = useRef<HTMLPreElement>(null);
  const edges = useEdges(box);
  return (
    <pre
      ref={box}
      className="printed"
      data-more={edges || undefined}
      tabIndex={0}
      role="group"
      aria-label="Printed"
    >
      {groups.map((group, at) => (
        <span
          key={group.step}
          data-latest={at === latest || undefined}
          data-unseen={(!dim && group.step > step) || undefined}
          data-ahead={(dim && group.step > step) || undefined}
        >
          {group.stdout}
          {group.stderr && <span className="stderr">{group.stderr}</span>}
        </span>
      ))}
    </pre>
  );
}

interface GroupProps {
  group: OutputGroup;
  latest: boolean;
}

const Group = memo(function Group({ group, latest }: GroupProps) {
  const ahead = useSelected((state) => (group.step > state.step ? state.animate : "off"));
  const rest = useSelected((state) => state.animate);
  const shown = useSelected((state) => (group.step === state.step ? state.shown : null));
  return (
    <div
      className="output-group"
      data-latest={latest || undefined}
      data-unseen={ahead === "hide" || undefined}
      data-ahead={ahead === "dim" || undefined}
    >
      {group.outputs.map((output, at) => (
        <div
          key={at}
          className="output"
          data-kind={output.kind}
          data-unseen={(shown !== null && at >= shown && rest !== "dim") || undefined}
          data-ahead={(shown !== null && at >= shown && rest === "dim") || undefined}
        >
          <RenderingView rendering={output} />
        </div>
      ))}
      {group.stdout !== "" && <Printed text={group.stdout} stream="stdout" />}
      {group.stderr !== "" && <Printed text={group.stderr} stream="stderr" />}
    </div>
  );
});

/** The row of the reading column that shows a statement's outputs. */
export const OutputsRow = memo(function OutputsRow({ source, row, reachedAt }: OutputsRowProps) {
  const dispatch = useDispatch();
  const status = useRowStatus(source.path, row.line, reachedAt);
  const shown = useSelected((state) => outputsAt(state.index, source.path, row.line, state.step));
  const failure = useSelected((state) => {
    const step = state.index.trace.failure?.step;
    const line = step == null ? -1 : state.index.stepLine[step];
    return line === row.line ? state.index.trace.failure : null;
  });
  const broken = useSelected(({ live }) => row.replaced && isBroken(live, source.path, row.line));
  const several = shown.groups.length > 1;
  const empty =
    !failure &&
    shown.groups.every(({ outputs, stdout, stderr }) => !outputs.length && !stdout && !stderr);
  return (
    <div
      className="outputs-row"
      data-status={row.replaced || status === "ahead" || status === "unseen" ? status : undefined}
      data-replaced={row.replaced || undefined}
      data-empty={empty || undefined}
      data-broken={broken || undefined}
      data-several={several || undefined}
      aria-current={row.replaced && status === "here" ? "step" : undefined}
    >
      {row.replaced && (
        <button
          type="button"
          tabIndex={-1}
          className="line-number"
          aria-label={`Go to line ${row.line}`}
          onClick={() => dispatch({ type: "line", path: source.path, line: row.line })}
        >
          {row.line}
        </button>
      )}
      <div className="outputs">
        {shown.activations > 1 && (
          <p className="outputs-note">
            Call {shown.activation} of {shown.activations}
            {shown.omitted > 0 && ` · ${shown.omitted} more left out`}
          </p>
        )}
        {several && shown.groups.every((group) => group.outputs.length === 0) ? (
          <PrintedRun groups={shown.groups} latest={shown.latest} />
        ) : (
          shown.groups.map((group, at) => (
            <Group key={group.step} group={group} latest={several && at === shown.latest} />
          ))
        )}
        {failure && <FailureView failure={failure} />}
        {!empty && <SectionPractice path={source.path} line={row.line} />}
      </div>
    </div>
  );
});
