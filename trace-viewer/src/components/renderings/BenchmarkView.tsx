import { useId, useState, type ReactNode } from "react";
import type { BenchmarkRow, RenderingOf } from "../../trace/schema";
import { ScrollBox } from "../shared/ScrollBox";
import { ProvenanceDetails, provenanceText } from "./Provenance";
import { BenchmarkChart } from "./BenchmarkChart";
import {
  METRIC_NAMES,
  metricsOf,
  rateUnit,
  parameterNames,
  parameterOf,
  timeText,
  type Metric,
} from "./benchmarkData";
import { roughNumber } from "../shared/numberText";

type Benchmark = RenderingOf<"benchmark">;

/** Measurements as a table and a chart, with where and when they were taken. */
export function BenchmarkView({ rendering }: { rendering: Benchmark }): ReactNode {
  const { name, rows, note = "" } = rendering;
  const metrics = metricsOf(rows);
  const badge = rendering.provenance
    ? provenanceText(rendering.recorded ?? false, rendering.provenance)
    : "";
  const [chosen, setChosen] = useState<Metric | null>(null);
  // A rate says more than a time where there is one: it does not depend on the size alone.
  const metric = chosen !== null && metrics.includes(chosen) ? chosen : (metrics[1] ?? "time");
  return (
    <figure className="benchmark" aria-label={`Benchmark ${name}`}>
      <figcaption className="benchmark-head">
        <strong>{name}</strong>
        {badge !== "" && (
          <span className={`provenance provenance-${rendering.recorded ? "recorded" : "measured"}`}>
            {badge}
          </span>
        )}
      </figcaption>
      {note !== "" && note !== badge && <p className="muted">{note}</p>}
      <ScrollBox label={`Measurements, ${name}`}>
        <Measurements rows={rows} />
      </ScrollBox>
      {rows.length > 1 && metrics.length > 1 && (
        <MetricChoice metrics={metrics} metric={metric} choose={setChosen} />
      )}
      <BenchmarkChart rows={rows} metric={metric} />
      {rendering.provenance && <ProvenanceDetails provenance={rendering.provenance} />}
    </figure>
  );
}

function Measurements({ rows }: { rows: readonly BenchmarkRow[] }): ReactNode {
  const parameters = parameterNames(rows);
  const rates = (["tflops", "gbps"] as const)
    .filter((rate) => rows.some((row) => row[rate] != null))
    .map((rate) => ({
      rate,
      unit: rateUnit(rate, Math.max(...rows.map((row) => row[rate] ?? 0))),
    }));
  return (
    <table className="table benchmark-table">
      <thead>
        <tr>
          <th scope="col">Label</th>
          {parameters.map((name) => (
            <th key={name} scope="col" className="table-number">
              <code>{name}</code>
            </th>
          ))}
          <th scope="col" className="table-number">
            Median
          </th>
          <th scope="col" className="table-number">
            Quartiles
          </th>
          {rates.map(({ rate, unit }) => (
            <th key={rate} scope="col" className="table-number">
              {unit.name}
            </th>
          ))}
          <th scope="col" className="table-number">
            Runs
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            <th scope="row">{row.label}</th>
            {parameters.map((name) => (
              <td key={name} className="table-number">
                {parameterOf(row, name)}
              </td>
            ))}
            <td className="table-number">{timeText(row.median)}</td>
            <td className="table-number muted">
              {timeText(row.q1)} – {timeText(row.q3)}
            </td>
            {rates.map(({ rate, unit }) => (
              <td key={rate} className="table-number">
                {row[rate] == null ? "" : roughNumber(row[rate] / unit.size)}
              </td>
            ))}
            <td className="table-number">{row.repeats}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface MetricChoiceProps {
  metrics: readonly Metric[];
  metric: Metric;
  choose: (metric: Metric) => void;
}

function MetricChoice({ metrics, metric, choose }: MetricChoiceProps): ReactNode {
  const group = useId();
  return (
    <fieldset className="benchmark-metric">
      <legend className="visually-hidden">The chart shows</legend>
      {metrics.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name={group}
            checked={each === metric}
            onChange={() => choose(each)}
            onKeyDown={(event) => event.stopPropagation()}
          />
          <span>{METRIC_NAMES[each]}</span>
        </label>
      ))}
    </fieldset>
  );
}
