/** One line of code: number, highlighted text, and at the current step what it changed. */
import { memo, type CSSProperties } from "react";
import { withoutDirectives, type TokenLine } from "../services/highlight";
import { isBroken } from "../state/live";
import type { SourceIndex } from "../trace/sourceIndex";
import type { Row } from "../trace/visibleLines";
import { PrintedValues } from "./PrintedValues";
import { Tokens } from "./shared/Tokens";
import { useRenderingScope } from "./shared/renderingScope";
import { CheckBadge } from "./CheckBadge";
import { InlineChanges } from "./InlineChanges";
import { useRowStatus } from "../hooks/useRowStatus";
import { useDispatch, useSelected } from "../hooks/viewerContext";

/** A line that wraps goes on this much further in than it began, in characters. */
const HANG = 4;

/** On paper a statement of no more lines is not broken over two pages. */
const MOST_JOINED = 8;

interface SourceLineProps {
  source: SourceIndex;
  row: Extract<Row, { kind: "code" }>;
  tokens: TokenLine;
  raw: boolean;
  reachedAt: number;
  /** Lines that a link points at. */
  inSpan: boolean;
}

/** One line of code as a row. */
export const SourceLine = memo(function SourceLine(props: SourceLineProps) {
  const { source, row, tokens, raw, reachedAt, inSpan } = props;
  const paper = useRenderingScope()?.paper === true;
  const dispatch = useDispatch();
  const first = source.first[row.line] ?? row.line;
  const status = useRowStatus(source.path, first, reachedAt);
  const indent = (/^ */.exec(source.lines[row.line - 1] ?? "")?.[0].length ?? 0) + HANG;
  const last = source.last[first] ?? first;
  const current = status === "here";
  const broken = useSelected(({ live }) => isBroken(live, source.path, row.line));
  return (
    <div
      className="code-row"
      data-edge={row.edge}
      data-opens={
        /^\s*(?:async\s+def|def|class|@)/.test(source.lines[row.line - 1] ?? "") || undefined
      }
      data-joined={(row.line > first && last - first < MOST_JOINED) || undefined}
      data-status={status}
      data-span={inSpan || undefined}
      data-broken={broken || undefined}
      aria-current={current && row.line === first ? "step" : undefined}
    >
      <button
        type="button"
        tabIndex={-1}
        className="line-number"
        aria-label={`Go to line ${row.line}`}
        onClick={() => dispatch({ type: "line", path: source.path, line: row.line })}
      >
        {row.line}
      </button>
      <CheckBadge path={source.path} line={row.line} />
      <code style={{ "--hang": `${indent}ch` } as CSSProperties}>
        <Tokens tokens={raw ? tokens : withoutDirectives(tokens)} />
        {"\n"}
      </code>
      {paper && row.line === last && <PrintedValues path={source.path} line={first} />}
      {!paper && current && row.line === last && (
        <InlineChanges code={source.lines[first - 1] ?? ""} />
      )}
    </div>
  );
});
