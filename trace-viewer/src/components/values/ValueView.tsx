/** The full view of a value: one line where one line says it all, else a tree that opens. */
import type { ReactNode } from "react";
import { isTagged, type TaggedValue, type Value } from "../../trace/schema";
import { MappingValue, RecordValue, SequenceValue } from "./containers";
import { pythonText } from "./format";
import { isGrid, marksChanges } from "./gridNumbers";
import { Guard } from "../shared/Guard";
import { InlineValue } from "./InlineValue";
import type { ValueOf } from "./kinds";
import { ElidedValue, FormulaValue, ModuleValue, ObjectValue, StringValue } from "./leaves";
import { lazyView, usePreload } from "../shared/lazyView";
import { ValueDiff } from "./lazyViews";
import type { NodeProps } from "./nodeProps";
import "./values.css";

const TensorValue = lazyView<NodeProps<ValueOf<"tensor">>>(
  () => import("./TensorValue").then((module) => module.TensorValue),
  ({ value, width }) => <InlineValue value={value} limit={width} />,
);
const TableValue = lazyView<NodeProps<ValueOf<"table">>>(
  () => import("./TableValue").then((module) => module.TableValue),
  ({ value, width }) => <InlineValue value={value} limit={width} />,
);

interface ValueViewProps {
  value: Value;
  /** The value before: what changed is shown above the value. */
  previous?: Value;
  /** Closed at first, for a narrow panel. */
  compact?: boolean;
}

/** A value in full; with `previous`, what changed stands above it. */
export function ValueView(props: ValueViewProps): ReactNode {
  return (
    <Guard subject={props.value}>
      <GuardedView {...props} />
    </Guard>
  );
}

function GuardedView({ value, previous, compact = false }: ValueViewProps): ReactNode {
  usePreload(TensorValue, ValueDiff);
  if (previous !== undefined && isPlain(value) && isPlain(previous)) {
    // A number or a short text says with its change all that there is.
    return (
      <div className="value">
        <ValueDiff before={previous} after={value} same={<InlineValue value={value} />} />
      </div>
    );
  }
  const marked = marksChanges(value, previous);
  return (
    <div className="value">
      {previous !== undefined && !marked && <ValueDiff before={previous} after={value} />}
      <ValueNode
        value={value}
        open={!compact}
        width={compact ? 80 : 100}
        previous={marked ? previous : undefined}
      />
    </div>
  );
}

const LONGEST_PLAIN = 40;

function isPlain(value: Value): boolean {
  if (Array.isArray(value)) return false;
  return isTagged(value) ? value.kind === "number" : isOneLine(value, LONGEST_PLAIN);
}

/** A value within another: one line, or a tree that opens. */
export function ValueNode({ value, open, width, previous }: NodeProps<Value>): ReactNode {
  if (isOneLine(value, width)) return <InlineValue value={value} limit={width} />;
  if (Array.isArray(value)) {
    const list = { kind: "sequence", type: "list", items: value } as const;
    return <SequenceValue value={list} open={open} width={width} />;
  }
  if (isTagged(value) && value.kind === "tensor") {
    const before = isGrid(previous) ? previous : undefined;
    return <TensorValue value={value} open={open} width={width} previous={before} />;
  }
  if (isTagged(value)) return <TaggedNode value={value} open={open} width={width} />;
  const text = typeof value === "string" ? value : String(value);
  return (
    <StringValue value={{ kind: "string", text, length: text.length }} open={open} width={width} />
  );
}

type OtherValue = Exclude<TaggedValue, ValueOf<"tensor">>;

function TaggedNode({ value, open, width }: NodeProps<OtherValue>): ReactNode {
  switch (value.kind) {
    case "string":
      return <StringValue value={value} open={open} width={width} />;
    case "sequence":
      return <SequenceValue value={value} open={open} width={width} />;
    case "mapping":
      return <MappingValue value={value} open={open} width={width} />;
    case "record":
      return <RecordValue value={value} open={open} width={width} />;
    case "module":
      return <ModuleValue value={value} open={open} width={width} />;
    case "table":
      return <TableValue value={value} open={open} width={width} />;
    case "math":
      return <FormulaValue value={value} />;
    case "object":
      return <ObjectValue value={value} />;
    case "elided":
      return <ElidedValue value={value} />;
    case "number":
    case "bytes":
    case "failed":
      return <InlineValue value={value} limit={20_000} />;
  }
}

/** Kinds that say more than their text does. */
const RICH = new Set<TaggedValue["kind"]>([
  "tensor",
  "module",
  "table",
  "math",
  "object",
  "elided",
]);

function isOneLine(value: Value, width: number): boolean {
  // Bounded: a text that fits has few parts.
  return pythonText(value, width + 1).length <= width && !hasRichPart(value);
}

function hasRichPart(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasRichPart);
  if (!isTagged(value)) return false;
  switch (value.kind) {
    case "sequence":
      return value.items.some(hasRichPart) || (value.tail ?? []).some(hasRichPart);
    case "mapping":
      return value.entries.some(([key, item]) => hasRichPart(key) || hasRichPart(item));
    case "record":
      return Object.values(value.fields).some(hasRichPart);
    default:
      return RICH.has(value.kind);
  }
}
