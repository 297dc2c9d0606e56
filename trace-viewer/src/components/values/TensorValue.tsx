import type { ReactNode } from "react";
import { Disclosure } from "../shared/Disclosure";
import { contentText, pythonText, shapeText } from "./format";
import type { Value } from "../../trace/schema";
import { ScrollBox } from "../shared/ScrollBox";
import { TensorGrid } from "./TensorGrid";
import { HeatMapView } from "./HeatMapView";
import { elementCount, shortType, type ValueOf } from "./kinds";
import type { NodeProps } from "./nodeProps";
import { bytesText, countText } from "../shared/numberText";

/** Shape · dtype · device · bytes, then statistics, heat map and elements. */
export function TensorValue({ value, open, previous }: NodeProps<ValueOf<"tensor">>): ReactNode {
  return (
    <Disclosure open={open} summary={<Summary value={value} />} preview={<Preview value={value} />}>
      {() => <Details value={value} previous={previous ?? null} />}
    </Disclosure>
  );
}

function Summary({ value }: { value: ValueOf<"tensor"> }): ReactNode {
  const facts = [value.dtype, value.device ?? "cpu", bytesText(value.bytes ?? 0)];
  return (
    <span className="value-summary">
      <span className="value-type">{shortType(value.type)}</span>{" "}
      <code className="tensor-shape">{shapeText(value.shape)}</code>{" "}
      <span className="value-muted">{facts.join(" · ")}</span>
      <Badges value={value} />
    </span>
  );
}

function Badges({ value }: { value: ValueOf<"tensor"> }): ReactNode {
  const layout = value.layout ?? "strided";
  return (
    <>
      {value.view && <span className="badge">view</span>}
      {value.requires_grad && <span className="badge">requires grad</span>}
      {layout !== "strided" && <span className="badge">{layout}</span>}
      {value.strides && <span className="badge">strides {shapeText(value.strides)}</span>}
    </>
  );
}

/** A closed tensor of few elements still says what they are. */
function Preview({ value }: { value: ValueOf<"tensor"> }): ReactNode {
  const text = contentText(value, 60);
  return text.includes("shape=") ? null : <code className="value-inline">{text}</code>;
}

interface DetailsProps {
  value: ValueOf<"tensor">;
  previous: ValueOf<"tensor"> | null;
}

function Details({ value, previous }: DetailsProps): ReactNode {
  const shares = value.shares ?? [];
  return (
    <div className="tensor">
      {value.note && <p className="value-muted">{value.note}</p>}
      {shares.length > 0 && (
        <p className="tensor-shares">
          shares storage with{" "}
          {shares.map((name, index) => (
            <span key={name}>
              {index > 0 && ", "}
              <code>{name}</code>
            </span>
          ))}
        </p>
      )}
      <StatisticsView value={value} />
      <div className="tensor-pictures">
        <TensorGrid value={value} previous={previous} />
        {value.heat_map && <HeatMapView map={value.heat_map} shape={value.shape} />}
      </div>
      {!value.numbers && <Elements value={value} />}
    </div>
  );
}

function StatisticsView({ value }: { value: ValueOf<"tensor"> }): ReactNode {
  const { statistics } = value;
  if (!statistics) return null;
  const facts: [string, string][] = [
    ["min", statistics.min],
    ["max", statistics.max],
    ["mean", statistics.mean],
    ["std", statistics.std],
  ];
  if (statistics.nan) facts.push(["nan", countText(statistics.nan)]);
  if (statistics.inf) facts.push(["inf", countText(statistics.inf)]);
  return (
    <>
      <dl className="tensor-statistics">
        {facts.map(([name, text]) => (
          <div key={name} className={name === "nan" || name === "inf" ? "tensor-odd" : ""}>
            <dt>{name}</dt>
            <dd title={text}>{shortNumber(text)}</dd>
          </div>
        ))}
      </dl>
      {statistics.sampled != null && (
        <p className="value-muted">
          from a sample of {countText(statistics.sampled)} of {countText(elementCount(value.shape))}{" "}
          elements
        </p>
      )}
    </>
  );
}

/** Python's text when it is short, else five significant digits; the whole is in the tool tip. */
function shortNumber(text: string): string {
  const number = Number(text);
  if (text.length <= 8 || !Number.isFinite(number)) return text;
  return String(Number(number.toPrecision(5)));
}

/** The part of a larger tensor that the trace carries: its first and its last elements. */
function Elements({ value }: { value: ValueOf<"tensor"> }): ReactNode {
  const head = value.head ?? [];
  const tail = value.tail ?? [];
  if (head.length === 0) return null;
  const count = elementCount(value.shape);
  return (
    <div className="tensor-elements">
      <p className="value-muted">
        {tail.length > 0
          ? `The first ${head.length} and the last ${tail.length} of ${countText(count)} elements: the trace carries no more.`
          : `The first ${head.length} of ${countText(count)} elements: the trace carries no more.`}
      </p>
      <ScrollBox label="Elements" className="tensor-grid-box">
        <table className="tensor-grid" aria-label="Elements">
          <tbody>
            <ElementRow items={head} open={count > head.length ? "after" : "none"} />
            {tail.length > 0 && <ElementRow items={tail} open="before" />}
          </tbody>
        </table>
      </ScrollBox>
    </div>
  );
}

interface ElementRowProps {
  items: readonly Value[];
  /** On which side elements are left out. */
  open: "before" | "after" | "none";
}

function ElementRow({ items, open }: ElementRowProps): ReactNode {
  const dots = <td className="value-muted">…</td>;
  return (
    <tr>
      {open === "before" && dots}
      {items.map((item, at) => (
        <td key={at}>{pythonText(item)}</td>
      ))}
      {open === "after" && dots}
    </tr>
  );
}
