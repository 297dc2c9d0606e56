/**
 * `?page=source&file=PATH&line=N`: a file of an assignment that no lecture opens at that line. Only
 * files that the course's document lists can be shown: the text comes from there, not from a path.
 */
import { useMemo } from "react";
import type { CourseDocument, SourceText } from "../../course/schema.generated";
import { useDocument } from "../../hooks/useDocument";
import { useFragment } from "../../hooks/useFragment";
import { useGrammar } from "../../hooks/useGrammar";
import { tokenize } from "../../services/highlight";
import { formatAddress, formatPage, readAddress } from "../../state/urlState";
import { Tokens } from "../shared/Tokens";
import { LecturePlace } from "./LecturePlace";
import type { PageProps } from "./pages";
import "./reference.css";

interface Wanted {
  path: string;
  line: number;
}

function readWanted(search: string): Wanted {
  const params = new URLSearchParams(search);
  return { path: params.get("file") ?? "", line: Number(params.get("line") ?? 0) };
}

function Lines({ file, line }: { file: SourceText; line: number }) {
  const coloured = useGrammar("python");
  const lines = useMemo(
    () => tokenize(file.text.replace(/\n$/, ""), coloured ? "python" : ""),
    [file, coloured],
  );
  return (
    <pre className="source-text" tabIndex={0} aria-label={file.path}>
      {lines.map((tokens, before) => {
        const number = before + 1;
        return (
          <code key={number} id={`L${number}`} data-wanted={number === line || undefined}>
            <a href={`#L${number}`} aria-label={`Line ${number}`} tabIndex={-1}>
              {number}
            </a>
            <span>
              <Tokens tokens={tokens} />
              {"\n"}
            </span>
          </code>
        );
      })}
    </pre>
  );
}

/** The lectures that open or walk parts of the file. */
function Opened({ course, file }: { course: CourseDocument; file: SourceText }) {
  const opened = file.opened ?? [];
  if (opened.length === 0) return null;
  return (
    <ul className="source-opened" aria-label="Opened by">
      {opened.map(([first, last, lecture, step]) => (
        <li key={first}>
          Lines {first} to {last}: <LecturePlace {...{ course, lecture, step }} />
        </li>
      ))}
    </ul>
  );
}

function Missing({ path }: { path: string }) {
  return (
    <main className="course-page">
      <h1>There is no such file</h1>
      <p>
        The course shows no file {path.slice(0, 120) || "without a name"}.{" "}
        <a href="?">To the lectures</a>
      </p>
    </main>
  );
}

/** One file of an assignment. */
export function SourcePage({ course }: PageProps) {
  const asked = useDocument("sources");
  const { path, line } = readWanted(location.search);
  const { trace, step } = readAddress(location.search).address;
  const files = asked.state === "ready" ? asked.document.files : [];
  const file = files.find((one) => one.path === path);
  useFragment(file !== undefined, line > 0 ? `L${line}` : "");
  if (asked.state === "loading") return null;
  if (!file) return <Missing path={path} />;
  const sheet = course.assignments?.find(
    ({ name, handout }) => name === file.assignment && handout,
  );
  return (
    <main className="course-page source-page">
      <p className="source-back">
        {trace !== null && <a href={formatAddress({ trace, step })}>Back to the lecture</a>}
        {sheet && <a href={formatPage("handout", { assignment: sheet.name })}>{sheet.title}</a>}
      </p>
      <h1>
        <code>{file.path.split("/").at(-1)}</code>
      </h1>
      <p className="reference-lead">{file.path}</p>
      <Opened course={course} file={file} />
      <Lines file={file} line={line} />
    </main>
  );
}
