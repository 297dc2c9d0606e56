/** One lecture on the start page: what it is about, what it asks for, and how far one has come. */
import { Fragment, useState, type ReactNode } from "react";
import type { CourseDocument, Lecture } from "../../course/schema.generated";
import { shortTitle, type Numbered } from "../../course/syllabus";
import { loadAnswers } from "../../services/keptAnswers";
import { formatAddress, formatPage } from "../../state/urlState";
import { progressOf, type Place } from "../../trace/place";
import { plainText } from "../../trace/sections";
import { plural } from "./counts";
import { LectureFigure } from "./LectureFigure";

/** Names of code that stand on a card. */
const MOST_OPENED = 4;

function Facts({ lecture }: { lecture: Lecture }) {
  const { minutes, steps = 0, questions = 0, ended = "completed" } = lecture;
  const facts = [
    minutes ? `${minutes} min` : "",
    steps > 0 ? plural(steps, "step") : "",
    questions > 0 ? plural(questions, "question") : "",
    steps > 0 && ended !== "completed" ? ended : "",
  ];
  return <p className="card-facts">{facts.filter(Boolean).join(" · ")}</p>;
}

function Listed({ label, items }: { label: string; items: readonly ReactNode[] }) {
  if (items.length === 0) return null;
  return (
    <p className="card-list">
      <span className="card-label">{label}</span>{" "}
      {items.map((item, at) => (
        <Fragment key={at}>
          {at > 0 && ", "}
          {item}
        </Fragment>
      ))}
    </p>
  );
}

/** Lectures to know before. */
function BuildsOn({ lecture, all }: { lecture: Lecture; all: ReadonlyMap<string, Numbered> }) {
  const items = (lecture.prerequisites ?? []).map((name) => {
    const known = all.get(name);
    if (!known) return name;
    return (
      <a
        href={`#${name}`}
        title={plainText(known.lecture.title)}
        aria-label={`Lecture ${known.number}: ${plainText(known.lecture.title)}`}
      >
        Lecture {known.number}
      </a>
    );
  });
  return <Listed label="Builds on" items={items} />;
}

function Prepares({ lecture, course }: { lecture: Lecture; course: CourseDocument }) {
  const items = (lecture.assignments ?? []).map((name) => {
    const known = course.assignments?.find((assignment) => assignment.name === name);
    if (!known?.handout) return name;
    return <a href={formatPage("handout", { assignment: name })}>{shortTitle(known)}</a>;
  });
  return <Listed label="Prepares for" items={items} />;
}

/** The code that the lecture opens: a press goes to the step that does, with the code beside it. */
function Opens({ lecture, pages }: { lecture: Lecture; pages: readonly string[] }) {
  const opens = lecture.opens ?? [];
  const items = opens.slice(0, MOST_OPENED).map(({ path, name, first, last, step }) => {
    const source = { path, first, last, name };
    return (
      <a href={formatAddress({ trace: lecture.name, step, source })}>
        <code>{name}</code>
      </a>
    );
  });
  const more = opens.length - items.length;
  if (more > 0 && pages.includes("implementations")) {
    const address = formatPage("implementations", { lecture: lecture.name });
    items.push(<a href={address}>{more} more</a>);
  }
  return <Listed label="Opens" items={items} />;
}

/** This reader's place and answers; nothing for a lecture that was not begun. */
function Progress({ lecture, place }: { lecture: Lecture; place: Place | undefined }) {
  const [answered] = useState(() => loadAnswers(lecture.name).size);
  const { questions = 0, steps = 0 } = lecture;
  if (steps === 0 || (!place && answered === 0)) return null;
  const share = place ? progressOf(place) : 0;
  const done = share >= 1;
  return (
    <p className="card-progress">
      <progress value={share} max={1} aria-label={`Read of lecture ${plainText(lecture.title)}`} />
      {place && (
        <a href={formatAddress({ trace: lecture.name })}>
          {done ? "Read to the end" : `Continue at step ${place.step + 1}`}
        </a>
      )}
      {questions > 0 && (
        <span>
          {Math.min(answered, questions)} of {plural(questions, "question")} answered
        </span>
      )}
    </p>
  );
}

interface LectureCardProps {
  numbered: Numbered;
  course: CourseDocument;
  all: ReadonlyMap<string, Numbered>;
  place: Place | undefined;
}

/** A card with the lecture's figure. */
export function LectureCard({
  numbered: { number, lecture },
  course,
  all,
  place,
}: LectureCardProps) {
  const title = plainText(lecture.title);
  const recorded = (lecture.steps ?? 0) > 0;
  return (
    <article className="lecture-card" id={lecture.name} aria-label={title}>
      {lecture.figure && <LectureFigure lecture={lecture.name} />}
      <div className="card-text">
        <p className="card-number">{course.lectures.length > 1 && `Lecture ${number}`}</p>
        <h3 dir="auto">
          {recorded ? <a href={formatAddress({ trace: lecture.name })}>{title}</a> : title}
        </h3>
        {lecture.summary && <p className="card-summary">{lecture.summary}</p>}
        <Facts lecture={lecture} />
        {!recorded && (
          <p className="card-facts">
            Not recorded here yet: <code>lecture-tracer record {lecture.name}</code>
          </p>
        )}
        <BuildsOn lecture={lecture} all={all} />
        <Prepares lecture={lecture} course={course} />
        <Opens lecture={lecture} pages={course.pages ?? []} />
        <Progress lecture={lecture} place={place} />
      </div>
    </article>
  );
}
