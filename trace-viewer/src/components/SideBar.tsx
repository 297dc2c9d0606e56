/** Table of contents of this lecture, and the other lectures. */
import { memo, useEffect, useRef, useState } from "react";
import { currentSection } from "../state/selectors";
import { keptPlaces } from "../services/keptPlaces";
import { progressOf, type Place } from "../trace/place";
import { forgetFile } from "../services/keptFiles";
import { tally, tallyText } from "../state/answers";
import { formatAddress } from "../state/urlState";
import type { Index } from "../trace/schema";
import { IconButton } from "./shared/IconButton";
import { useDispatch, useSelected } from "../hooks/viewerContext";

const Contents = memo(function Contents() {
  const sections = useSelected((state) => state.index.sections);
  const current = useSelected(currentSection);
  const dispatch = useDispatch();
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: "nearest" });
  }, [current]);
  if (sections.length === 0) return <p className="panel-empty">This lecture has no headings.</p>;
  const top = Math.min(...sections.map((section) => section.level));
  return (
    <ol ref={list} className="contents">
      {sections.map((section, at) => (
        <li
          key={`${section.step}:${section.line}:${section.title}`}
          data-level={Math.min(section.level - top, 3)}
        >
          <button
            type="button"
            aria-current={at === current ? "location" : undefined}
            onClick={() => dispatch({ type: "go", step: section.step, jump: true })}
          >
            <bdi>{section.title}</bdi>
          </button>
        </li>
      ))}
    </ol>
  );
});

/** How far the reader has come; nothing where the lecture was not begun. */
function Progress({ place }: { place: Place | undefined }) {
  if (!place) return null;
  const share = progressOf(place);
  return (
    <span className="lecture-progress">
      <progress value={share} max={1} aria-label="Read" /> {Math.round(share * 100)} % read
    </span>
  );
}

/** Recorded lectures as links; `current` is the open one. */
export function LectureList({ lectures, current }: { lectures: Index; current?: string }) {
  const [places] = useState(keptPlaces);
  return (
    <ul className="lectures">
      {lectures.traces.map((entry) => (
        <li key={entry.name}>
          <a
            href={formatAddress({ trace: entry.name })}
            aria-current={entry.name === current ? "page" : undefined}
          >
            <span className="lecture-name">{entry.name}</span>
            <span className="lecture-title">{entry.title}</span>
            <span className="lecture-note">
              {entry.steps.toLocaleString("en")} steps
              {entry.ended !== "completed" && ` · ${entry.ended}`}
              {entry.error && `: ${entry.error}`}
            </span>
            <Progress place={places.get(entry.name)} />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** How the questions stand so far; nothing for a lecture without any. */
function MyAnswers() {
  const questions = useSelected((state) => state.index.questions);
  const answers = useSelected((state) => state.answers);
  const role = useSelected((state) => state.role);
  const dispatch = useDispatch();
  if (questions.size === 0 || role !== "reader") return null;
  return (
    <>
      <h2>Questions</h2>
      <p className="panel-empty">
        {tallyText(tally(questions.values(), answers))}.{" "}
        {answers.size > 0 && (
          <button
            type="button"
            className="link-button"
            onClick={() => dispatch({ type: "answers", action: { type: "clear" } })}
          >
            Clear
          </button>
        )}
      </p>
    </>
  );
}

/** A file from the reader's disk is open: where it is, and how to be rid of it. */
function OpenFile({ name }: { name: string }) {
  const forget = async () => {
    await forgetFile(name);
    location.assign(location.pathname);
  };
  return (
    <div className="open-file">
      <p>
        <strong>{name}</strong> is from your disk. This browser keeps a copy, so that it is here
        after a reload.
      </p>
      <button type="button" className="link-button" onClick={() => void forget()}>
        Close and forget it
      </button>
    </div>
  );
}

interface SideBarProps {
  lectures: Index | null;
  /** The open file, if it is one from the reader's disk. */
  file: string | null;
}

/** The panel at the left, or nothing while it is closed. */
export function SideBar({ lectures, file }: SideBarProps) {
  const open = useSelected((state) => state.sidebar);
  const current = useSelected((state) => state.index.trace.lecture);
  const warnings = useSelected((state) => state.index.trace.warnings);
  const dispatch = useDispatch();
  if (!open) return null;
  return (
    <nav className="sidebar" aria-label="Contents and lectures">
      <div className="sidebar-head">
        <h2>Contents</h2>
        <IconButton
          icon="close"
          label="Close contents"
          shortcut="s"
          onClick={() => dispatch({ type: "sidebar", open: false })}
        />
      </div>
      {file !== null && <OpenFile name={file} />}
      <Contents />
      <MyAnswers />
      <h2>Lectures</h2>
      {lectures ? (
        <LectureList lectures={lectures} current={current} />
      ) : (
        <p className="panel-empty">There is no list of lectures here.</p>
      )}
      <a className="sidebar-open" href="?">
        Start page, or another trace…
      </a>
      {warnings && warnings.length > 0 && (
        <details className="warnings">
          <summary>{warnings.length} warnings</summary>
          <ul>
            {warnings.map((warning, at) => (
              <li key={at}>{warning}</li>
            ))}
          </ul>
        </details>
      )}
    </nav>
  );
}
