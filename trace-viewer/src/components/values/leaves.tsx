/** Values without items of their own that need more than one line, or a mark. */
import type { ReactNode } from "react";
import { Disclosure } from "../shared/Disclosure";
import { Formula } from "../shared/Formula";
import { isCutString } from "./format";
import { InlineValue } from "./InlineValue";
import { shortType, type ValueOf } from "./kinds";
import { LongText } from "../shared/LongText";
import { useRenderingScope } from "../shared/renderingScope";
import type { NodeProps } from "./nodeProps";
import { bytesText, countText } from "../shared/numberText";

/** A text of several lines or of more than a line's length. */
export function StringValue({ value, open, width }: NodeProps<ValueOf<"string">>): ReactNode {
  const lines = value.text.split("\n").length;
  const shown = Array.from(value.text).length + Array.from(value.tail ?? "").length;
  return (
    <Disclosure
      open={open}
      summary={
        <span className="value-summary">
          <span className="value-type">{shortType(value.type ?? "str")}</span>{" "}
          <span className="value-muted">
            {countText(value.length)} characters{lines > 1 && `, ${countText(lines)} lines`}
          </span>
        </span>
      }
      preview={<InlineValue value={value} limit={width} />}
    >
      {() => (
        <>
          <LongText className="value-text value-string" text={value.text} />
          {isCutString(value) && (
            <p className="value-muted">
              … {countText(value.length - shown)} characters not recorded …
            </p>
          )}
          {value.tail && <LongText className="value-text value-string" text={value.tail} />}
        </>
      )}
    </Disclosure>
  );
}

/** A sympy expression as a formula. */
export function FormulaValue({ value }: { value: ValueOf<"math"> }): ReactNode {
  // The engine leaves out LaTeX that is too long to be read.
  if (value.latex === "") return <LongText className="value-text" text={value.text} />;
  return (
    <span className="value-formula" title={value.text}>
      <Formula latex={value.latex} />
    </span>
  );
}

/** A neural network's module: its size, and its text on request. */
export function ModuleValue({ value, open }: NodeProps<ValueOf<"module">>): ReactNode {
  const frozen = value.parameters - value.trainable;
  return (
    <Disclosure
      open={open && value.text.length < 600}
      summary={
        <span className="value-summary">
          <span className="value-type">{shortType(value.type)}</span>{" "}
          <span className="value-muted">
            {countText(value.parameters)} parameters
            {frozen > 0 && `, ${countText(frozen)} of them frozen`} · {bytesText(value.bytes)}
          </span>
        </span>
      }
    >
      {() => <LongText className="value-text" text={value.text} lines={20} characters={4000} />}
    </Disclosure>
  );
}

/** Any other object: its `repr()`, with a link where it is code of the checkout. */
export function ObjectValue({ value }: { value: ValueOf<"object"> }): ReactNode {
  const scope = useRenderingScope();
  const text =
    value.text.length > 200 || value.text.includes("\n") ? (
      <LongText className="value-text" text={value.text} characters={200} />
    ) : (
      <code className="value-inline">{value.text}</code>
    );
  const { path, line } = value;
  if (!path || !scope) return text;
  const first = line ?? 1;
  return (
    <button
      type="button"
      className="source-button value-source"
      onClick={() => scope.openSource(path, first, first, value.text)}
    >
      <code>{value.text}</code>
      <span className="value-muted">
        {path}:{first}
      </span>
    </button>
  );
}

const REASONS = new Map([
  ["depth", "nested too deeply to record"],
  ["budget", "not recorded: the value is too large"],
  ["cycle", "contains itself"],
]);

/** The place of a value that the trace leaves out, with the reason. */
export function ElidedValue({ value }: { value: ValueOf<"elided"> }): ReactNode {
  const length = value.length == null ? "" : `, ${countText(value.length)} items`;
  return (
    <span className="value-elided">
      <InlineValue value={value} />{" "}
      <span className="value-muted">
        {REASONS.get(value.reason) ?? value.reason}
        {length}
      </span>
    </span>
  );
}
