/** A trace that cannot be shown: what is wrong, where, what to do, and the way on. */
import type { Index } from "../trace/schema";
import type { TraceError } from "../trace/traceError";
import { TracePicker } from "./TracePicker";

interface ErrorScreenProps {
  error: TraceError;
  lectures: Index | null;
  onFile: (file: File) => void;
}

/** What is wrong with a trace, above the list of lectures. */
export function ErrorScreen({ error, lectures, onFile }: ErrorScreenProps) {
  return (
    <TracePicker lectures={lectures} onFile={onFile}>
      <section className="error-message" role="alert">
        <h1>{error.headline}</h1>
        <p className="error-detail">{error.detail}</p>
        <p>{error.advice}</p>
      </section>
    </TracePicker>
  );
}
