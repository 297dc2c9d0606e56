/** What changed between two values, as lines that read like a diff. */
import { useMemo, type ReactNode } from "react";
import type { Value } from "../../trace/schema";
import { diffValues, type Change, type ContainerChange, type Entry, type TextChange } from "./diff";
import { InlineValue } from "./InlineValue";
import { asNumber } from "./kinds";
import { Paged } from "../shared/Paged";
import { pythonString } from "./pythonString";
import "./values.css";
import { countText, roughNumber } from "../shared/numberText";

/** What ValueDiff is given. */
export interface ValueDiffProps {
  before: Value;
  after: Value;
  /** Shown when nothing changed. */
  same?: ReactNode;
}

/** The change from `before` to `after`; `same` where there is none. */
export function ValueDiff({ before, after, same = null }: ValueDiffProps): ReactNode {
  const change = useMemo(() => diffValues(before, after), [before, after]);
  if (change.kind === "same") return same;
  return (
    <div className="diff" role="group" aria-label="Change">
      <ChangeView change={change} />
    </div>
  );
}

function ChangeView({ change }: { change: Exclude<Change, { kind: "same" }> }): ReactNode {
  switch (change.kind) {
    case "replaced":
      return <Replaced before={change.before} after={change.after} />;
    case "text":
      return <TextChangeView change={change} />;
    case "container":
      return <ContainerView change={change} />;
  }
}

function Removed({ children }: { children: ReactNode }): ReactNode {
  return (
    <del className="diff-removed">
      <span className="visually-hidden">removed </span>
      {children}
    </del>
  );
}

function Added({ children }: { children: ReactNode }): ReactNode {
  return (
    <ins className="diff-added">
      <span className="visually-hidden">added </span>
      {children}
    </ins>
  );
}

function Replaced({ before, after }: ValueDiffProps): ReactNode {
  const [from, to] = [asNumber(before), asNumber(after)];
  const delta = from === null || to === null ? NaN : to - from;
  return (
    <span className="diff-replaced">
      <Removed>
        <InlineValue value={before} limit={80} />
      </Removed>
      <span className="value-muted" aria-hidden="true">
        →
      </span>
      <Added>
        <InlineValue value={after} limit={80} />
      </Added>
      {Number.isFinite(delta) && delta !== 0 && (
        <span className="value-muted">
          ({delta > 0 ? "+" : ""}
          {roughNumber(delta)})
        </span>
      )}
    </span>
  );
}

const CONTEXT = 24;

function TextChangeView({ change }: { change: TextChange }): ReactNode {
  const letters = (text: string): string => pythonString(text).slice(1, -1);
  const start = change.start.length > CONTEXT ? `…${change.start.slice(-CONTEXT)}` : change.start;
  const end = change.end.length > CONTEXT ? `${change.end.slice(0, CONTEXT)}…` : change.end;
  return (
    <code className="diff-text">
      {letters(start)}
      {change.removed !== "" && <Removed>{letters(change.removed)}</Removed>}
      {change.added !== "" && <Added>{letters(change.added)}</Added>}
      {letters(end)}
    </code>
  );
}

const FIRST_ENTRIES = 12;

function ContainerView({ change }: { change: ContainerChange }): ReactNode {
  const notes = [
    change.length && `length ${countText(change.length[0])} → ${countText(change.length[1])}`,
    change.reordered && "same keys in another order",
    change.entries.length > 0 && change.unchanged > 0 && `${countText(change.unchanged)} unchanged`,
  ].filter((note) => typeof note === "string");
  return (
    <div className="diff-container">
      <ul className="diff-entries">
        <Paged items={change.entries} first={FIRST_ENTRIES}>
          {(entry, index) => <EntryView key={index} entry={entry} />}
        </Paged>
      </ul>
      {notes.length > 0 && <p className="value-muted">{notes.join(" · ")}</p>}
    </div>
  );
}

const SIGNS = { added: "+", removed: "−", changed: "~", fact: "~" } as const;

function EntryView({ entry }: { entry: Entry }): ReactNode {
  return (
    <li className={`diff-entry diff-entry-${entry.kind}`}>
      <span className="diff-sign" aria-hidden="true">
        {SIGNS[entry.kind]}
      </span>
      {entry.key !== "" && <span className="diff-key">{entry.key}</span>}
      <EntryBody entry={entry} />
    </li>
  );
}

function EntryBody({ entry }: { entry: Entry }): ReactNode {
  switch (entry.kind) {
    case "added":
      return (
        <Added>
          <InlineValue value={entry.value} limit={80} />
        </Added>
      );
    case "removed":
      return (
        <Removed>
          <InlineValue value={entry.value} limit={80} />
        </Removed>
      );
    case "changed":
      return <ChangeView change={entry.change} />;
    case "fact":
      return (
        <span className="diff-replaced">
          <Removed>{entry.before}</Removed>
          <span className="value-muted" aria-hidden="true">
            →
          </span>
          <Added>{entry.after}</Added>
        </span>
      );
  }
}
