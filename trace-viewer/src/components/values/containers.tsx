/** Lists, mappings and records: a line that opens into one row for each item. */
import type { ReactNode } from "react";
import type { Value } from "../../trace/schema";
import { Disclosure } from "../shared/Disclosure";
import { pythonText } from "./format";
import { InlineValue } from "./InlineValue";
import { isUnordered, shortType, type ValueOf } from "./kinds";
import { Paged } from "../shared/Paged";
import type { NodeProps } from "./nodeProps";
import { ValueNode } from "./ValueView";
import { countText } from "../shared/numberText";

interface Row {
  label: ReactNode;
  value: Value;
}

interface ContainerProps {
  type: string;
  unit: string;
  length: number;
  value: Value;
  open: boolean;
  width: number;
  rows: readonly Row[];
  /** Rows after what the trace left out. */
  tail?: readonly Row[];
}

const FIRST_ROWS = 25;

function Container(props: ContainerProps): ReactNode {
  const { type, unit, length, value, open, width, rows, tail = [] } = props;
  const hidden = length - rows.length - tail.length;
  return (
    <Disclosure
      open={open}
      summary={
        <span className="value-summary">
          <span className="value-type">{shortType(type)}</span>{" "}
          <span className="value-muted">
            {countText(length)} {length === 1 ? unit : `${unit}s`}
          </span>
        </span>
      }
      preview={<InlineValue value={value} limit={width} bare />}
    >
      {() => (
        <ul className={isFlow(rows, tail) ? "value-rows value-flow" : "value-rows"}>
          <Paged items={rows} first={FIRST_ROWS}>
            {(row, index) => <RowView key={index} row={row} width={width} />}
          </Paged>
          {hidden > 0 && (
            <li className="value-muted">
              … {countText(hidden)} {hidden === 1 ? unit : `${unit}s`} not recorded …
            </li>
          )}
          {tail.map((row, index) => (
            <RowView key={index} row={row} width={width} />
          ))}
        </ul>
      )}
    </Disclosure>
  );
}

/** Many short items stand side by side. */
function isFlow(rows: readonly Row[], tail: readonly Row[]): boolean {
  const all = [...rows, ...tail];
  return all.length > 8 && all.every(({ value }) => pythonText(value, 14).length < 14);
}

function RowView({ row, width }: { row: Row; width: number }): ReactNode {
  return (
    <li className="value-row">
      {row.label !== "" && <span className="value-key">{row.label}</span>}
      <div className="value-item">
        <ValueNode value={row.value} open={false} width={width} />
      </div>
    </li>
  );
}

/** A list, tuple, set or the like. */
export function SequenceValue({ value, open, width }: NodeProps<ValueOf<"sequence">>): ReactNode {
  const tail = value.tail ?? [];
  const length = value.length ?? value.items.length;
  const label = (index: number): string => (isUnordered(value.type) ? "" : String(index));
  return (
    <Container
      type={value.type}
      unit="item"
      length={length}
      value={value}
      open={open}
      width={width}
      rows={value.items.map((item, index) => ({ label: label(index), value: item }))}
      tail={tail.map((item, i) => ({ label: label(length - tail.length + i), value: item }))}
    />
  );
}

/** A dict or another mapping, key by key. */
export function MappingValue({ value, open, width }: NodeProps<ValueOf<"mapping">>): ReactNode {
  return (
    <Container
      type={value.type ?? "dict"}
      unit="key"
      length={value.length ?? value.entries.length}
      value={value}
      open={open}
      width={width}
      rows={value.entries.map(([key, item]) => ({
        label: <code title={pythonText(key)}>{pythonText(key, 32)}</code>,
        value: item,
      }))}
    />
  );
}

/** An object by its fields. */
export function RecordValue({ value, open, width }: NodeProps<ValueOf<"record">>): ReactNode {
  const fields = Object.entries(value.fields);
  return (
    <Container
      type={value.type}
      unit="field"
      length={value.length ?? fields.length}
      value={value}
      open={open}
      width={width}
      rows={fields.map(([name, item]) => ({ label: <code>{name}</code>, value: item }))}
    />
  );
}
