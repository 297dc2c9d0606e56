/** A link to a file from a disk, in a browser that does not have it. */
import type { Index } from "../trace/schema";
import { TracePicker } from "./TracePicker";

interface MissingFileProps {
  file: string;
  lectures: Index | null;
  onFile: (file: File) => void;
}

/** Asks for a file that a link names and this browser does not keep. */
export function MissingFile({ file, lectures, onFile }: MissingFileProps) {
  return (
    <TracePicker lectures={lectures} onFile={onFile} wanted={file}>
      <section className="error-message missing-file" role="alert">
        <h1>{file} is not here</h1>
        <p>
          A trace from a disk stays in the browser that opened it, until it is forgotten there.
          Choose the file, or drop it here, to go on where this link leads.
        </p>
      </section>
    </TracePicker>
  );
}
