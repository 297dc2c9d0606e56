import type { ReactNode } from "react";
import { Disclosure } from "../shared/Disclosure";
import { pythonText, shapeText } from "./format";
import { HeatMapView } from "./HeatMapView";
import { elementCount, shortType, type ValueOf } from "./kinds";
import type { NodeProps } from "./nodeProps";
import { bytesText, countText } from "../shared/numberText";

/** Shape · dtype · device · bytes, then statistics, heat map and elements. */
export function TensorValue({ value, open }: NodeProps<ValueOf<"tensor">>): ReactNode {
  return (
    <Disclosure open={open} summary={<Summary value={value} />} preview={<Preview value={value} />}>
      {() => <Details value={value} />}
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
  const text = pythonText(value, 60);
  return text.includes("shape=") ? null : <code className="value-inline">{text}</code>;
}

function Details({ value }: { value: ValueOf<"tensor"> }): ReactNode {
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
      {value.heat_map && <HeatMapView map={value.heat_map} shape={value.shape} />}
      <Elements value={value} />
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

function Elements({ value }: { value: ValueOf<"tensor"> }): ReactNode {
  const head = value.head ?? [];
  const tail = value.tail ?? [];
  if (head.length === 0) return null;
  const whole = pythonText(value, 4000);
  const count = elementCount(value.shape);
  const hidden = count > head.length + tail.length;
  const flat = [
    ...head.map((item) => pythonText(item)),
    ...(hidden ? ["…"] : []),
    ...tail.map((item) => pythonText(item)),
  ];
  return (
    <p className="tensor-elements">
      <span className="value-muted">
        {hidden ? `elements, ${countText(count)} in all` : "elements"}
      </span>{" "}
      <code>{whole.includes("shape=") ? flat.join(", ") : whole}</code>
    </p>
  );
}
