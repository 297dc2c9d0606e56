/** Where and when something was measured. */
import type { ReactNode } from "react";
import type { Provenance } from "../../trace/schema";
import { Disclosure } from "../shared/Disclosure";

/** One line: on what, and whether in this run. */
export function provenanceText(recorded: boolean, provenance: Provenance): string {
  return recorded
    ? `recorded on ${provenance.device}, ${provenance.date.slice(0, 10)}`
    : `measured on ${provenance.device} in this run`;
}

/** Device, date, versions and command, on request. */
export function ProvenanceDetails({ provenance }: { provenance: Provenance }): ReactNode {
  const { device, date, versions, command = "" } = provenance;
  const facts: [string, string][] = [
    ["device", device],
    ["date", date],
    ...Object.entries(versions),
  ];
  return (
    <Disclosure summary={<span className="muted">Device and versions</span>}>
      {() => (
        <dl className="provenance-facts">
          {facts.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
          {command !== "" && (
            <div>
              <dt>command</dt>
              <dd>
                <code>{command}</code>
              </dd>
            </div>
          )}
        </dl>
      )}
    </Disclosure>
  );
}
