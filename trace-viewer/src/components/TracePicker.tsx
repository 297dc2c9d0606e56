/** The page without a trace: the list of lectures, or a file of one's own. */
import { useRef, type ReactNode } from "react";
import type { CourseInfo, Index } from "../trace/schema";
import { KeptFiles } from "./KeptFiles";
import { LectureList } from "./SideBar";

interface TracePickerProps {
  lectures: Index | null;
  onFile: (file: File) => void;
  /** The file that is asked for. */
  wanted?: string;
  children?: ReactNode;
}

/** A button for a trace file of the reader's. */
export function FileChooser({ onFile, wanted }: Pick<TracePickerProps, "onFile" | "wanted">) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <section className="drop-hint" aria-label="Open a file">
      <p>Drop {wanted ?? "a trace file (.json)"} anywhere on this page, or</p>
      <button
        type="button"
        className="button button-primary"
        onClick={() => input.current?.click()}
      >
        Choose a file…
      </button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        className="visually-hidden"
        tabIndex={-1}
        aria-label="Trace file"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
        }}
      />
    </section>
  );
}

/** Who wrote the course, and what others may do with it. */
function colophon(course: CourseInfo | null | undefined): string {
  return [course?.authors?.join(", "), course?.licence].filter(Boolean).join(" · ");
}

/** `children`: what is said above the lists, instead of a welcome. */
export function TracePicker({ lectures, onFile, wanted, children }: TracePickerProps) {
  const chooser = <FileChooser onFile={onFile} {...(wanted ? { wanted } : {})} />;
  return (
    <main className="picker">
      {children ?? (
        <header>
          <h1>{lectures?.course?.title || "Executable lectures"}</h1>
          <p>Each lecture is a program. Read it step by step, beside the code that it refers to.</p>
          {colophon(lectures?.course) && <p className="panel-note">{colophon(lectures?.course)}</p>}
        </header>
      )}
      {wanted && chooser}
      {lectures && lectures.traces.length > 0 ? (
        <section aria-label="Lectures">
          <h2>Lectures</h2>
          <LectureList lectures={lectures} />
        </section>
      ) : (
        <p className="panel-empty">
          No lectures are recorded here yet: <code>lecture-tracer record</code> records them.
        </p>
      )}
      {!wanted && chooser}
      <KeptFiles />
    </main>
  );
}
