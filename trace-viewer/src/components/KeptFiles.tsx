/** Files from the reader's disk that this browser keeps: to open again, or to forget. */
import { useEffect, useState } from "react";
import { forgetFile, listKept } from "../services/keptFiles";
import { formatAddress } from "../state/urlState";
import { IconButton } from "./shared/IconButton";

/** The reader's own files, or nothing where none is kept. */
export function KeptFiles() {
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    void listKept().then(setNames);
  }, []);
  const forget = async (name: string) => {
    await forgetFile(name);
    setNames(await listKept());
  };
  if (names.length === 0) return null;
  return (
    <section aria-label="Your files">
      <h2>Your files</h2>
      <p className="panel-note">Kept in this browser only, until you remove them here.</p>
      <ul className="lectures kept-files">
        {names.map((name) => (
          <li key={name}>
            <a href={formatAddress({ file: name })}>{name}</a>
            <IconButton icon="close" label={`Forget ${name}`} onClick={() => void forget(name)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
