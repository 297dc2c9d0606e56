/** The speaker's window: notes, what comes next, a timer, in step with the projected window. */
import { useEffect, useMemo, useState } from "react";
import { currentSection } from "../state/selectors";
import { lineTokens, withoutDirectives } from "../services/highlight";
import { paceText } from "../state/pace";
import { passOver } from "../trace/navigation";
import { shownOutputs } from "../trace/outputs";
import { sectionAt } from "../trace/sections";
import { stepPath, type TraceIndex } from "../trace/traceIndex";
import { EnvironmentPanel } from "./EnvironmentPanel";
import { LiveRegion, Notice } from "./LiveRegion";
import { RenderingView } from "./renderings";
import { SourcePane } from "./SourcePane";
import { Timeline } from "./Timeline";
import { useSelected, useViewer } from "../hooks/viewerContext";

function clockText(seconds: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function Timer() {
  const [started, setStarted] = useState(() => Date.now());
  const [paused, setPaused] = useState<number | null>(null);
  const [now, setNow] = useState(started);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const elapsed = Math.max(0, Math.floor(((paused ?? now) - started) / 1000));
  const pace = useSelected(({ index, step }) => paceText(index, step, elapsed));
  const toggle = () => {
    if (paused === null) setPaused(Date.now());
    else {
      setStarted(started + Date.now() - paused);
      setPaused(null);
    }
  };
  return (
    <section className="timer" aria-label="Timer">
      <p className="timer-elapsed" role="timer">
        {clockText(elapsed)}
      </p>
      <p className="panel-note">
        {pace !== "" && `${pace} · `}
        {new Date(now).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}
      </p>
      <button type="button" className="button" onClick={toggle}>
        {paused === null ? "Pause" : "Go on"}
      </button>
      <button
        type="button"
        className="button"
        onClick={() => {
          setStarted(Date.now());
          setPaused(paused === null ? null : Date.now());
        }}
      >
        Reset
      </button>
    </section>
  );
}

interface Note {
  step: number;
  at: number;
}

const MOST_AHEAD = 6;

function notesOf(index: TraceIndex): Note[] {
  return index.trace.steps.flatMap((step, id) =>
    (step.outputs ?? []).flatMap((output, at) =>
      output.kind === "note" ? [{ step: id, at }] : [],
    ),
  );
}

interface NoteListProps {
  notes: readonly Note[];
}

function NoteList({ notes }: NoteListProps) {
  const index = useSelected((state) => state.index);
  const step = useSelected((state) => state.step);
  return notes.map((note) => {
    const output = index.trace.steps[note.step]?.outputs?.[note.at];
    return (
      <div
        key={`${note.step}:${note.at}`}
        className="note"
        data-reached={note.step <= step || undefined}
      >
        {output?.kind === "note" && (
          <RenderingView rendering={{ kind: "text", text: output.text }} />
        )}
      </div>
    );
  });
}

/** Notes of this section, those already reached marked; and those of the sections ahead. */
function Notes() {
  const index = useSelected((state) => state.index);
  const section = useSelected(currentSection);
  const all = useMemo(() => notesOf(index), [index]);
  const from = index.sections[section]?.step ?? 0;
  const to = index.sections[section + 1]?.step ?? index.stepCount;
  const notes = all.filter((note) => note.step >= from && note.step < to);
  const ahead = all.filter((note) => note.step >= to).slice(0, MOST_AHEAD);
  const next = ahead[0] && index.sections[sectionAt(index.sections, ahead[0].step)];
  return (
    <section className="notes" aria-label="Notes" tabIndex={0}>
      <h2 className="panel-title">
        Notes <span className="panel-note">{index.sections[section]?.title}</span>
      </h2>
      {notes.length === 0 && <p className="panel-empty">No notes in this section.</p>}
      <NoteList notes={notes} />
      {ahead.length > 0 && (
        <>
          <h3 className="panel-title">
            Ahead <span className="panel-note">{next?.title}</span>
          </h3>
          <NoteList notes={ahead} />
        </>
      )}
    </section>
  );
}

/** The source of a statement without the engine's directives. */
function NextCode({ step }: { step: number }) {
  const index = useSelected((state) => state.index);
  const source = index.sources.get(stepPath(index, step));
  const line = index.stepLine[step] ?? 1;
  if (!source) return null;
  const lines = Array.from({ length: (source.last[line] ?? line) - line + 1 }, (_, at) =>
    withoutDirectives(lineTokens(source, line + at))
      .map(([text]) => text)
      .join(""),
  );
  return (
    <pre>
      <code>{lines.join("\n").trim()}</code>
    </pre>
  );
}

/** What the audience will see next. */
function NextStep() {
  const index = useSelected((state) => state.index);
  const step = useSelected((state) => state.step);
  const next = passOver(index, step, 1);
  const outputs = shownOutputs(index, index.trace.steps[next]);
  return (
    <section className="next-step" aria-label="Next step" tabIndex={0}>
      <h2 className="panel-title">
        Next{" "}
        <span className="panel-note">
          {next === step ? "this is the last step" : `line ${index.stepLine[next] ?? 1}`}
        </span>
      </h2>
      {next !== step && outputs.length === 0 && <NextCode step={next} />}
      {next !== step && outputs.map((output, at) => <RenderingView key={at} rendering={output} />)}
    </section>
  );
}

/** The other window, and whether it shows anything. */
function Windows() {
  const { run } = useViewer();
  const blank = useSelected((state) => state.classroom.blank);
  return (
    <div className="presenter-windows" role="group" aria-label="Audience">
      <button type="button" className="button" onClick={() => run("presenter")}>
        Audience’s window
      </button>
      <button type="button" className="button" aria-pressed={blank} onClick={() => run("blank")}>
        {blank ? "The screen is blank" : "Blank the screen"}
      </button>
    </div>
  );
}

/** The speaker's window for the open trace. */
export default function PresenterScreen() {
  const main = useSelected((state) => state.index.trace.main);
  const title = useSelected((state) => state.index.trace.title || state.index.trace.lecture);
  return (
    <div className="presenter">
      <header className="presenter-head">
        <h1>{title}</h1>
        <Windows />
        <Timer />
      </header>
      <main className="presenter-now">
        <SourcePane path={main} label="Lecture" lecture />
      </main>
      <aside className="presenter-side" aria-label="For the speaker">
        <Notes />
        <NextStep />
        <EnvironmentPanel />
      </aside>
      <Timeline />
      <Notice />
      <LiveRegion />
    </div>
  );
}
