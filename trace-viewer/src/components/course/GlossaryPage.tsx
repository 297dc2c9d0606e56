/** `?page=glossary`: every term with the sentence that defines it first, and its step. */
import { useDeferredValue, useMemo, useState } from "react";
import {
  anchorOf,
  byLetter,
  filterTerms,
  LETTERS,
  type Letter,
} from "../../course/glossaryLetters";
import type { CourseDocument, Term } from "../../course/schema.generated";
import { useDocument } from "../../hooks/useDocument";
import { useFragment } from "../../hooks/useFragment";
import { MarkdownText } from "../renderings";
import { FilterBox } from "./FilterBox";
import { LecturePlace } from "./LecturePlace";
import type { PageProps } from "./pages";
import "./reference.css";

function Entry({ course, term }: { course: CourseDocument; term: Term }) {
  const { name, aliases = [], definition, lecture, step, section } = term;
  return (
    <div className="term" id={anchorOf(term)}>
      <dt>
        <dfn>{name}</dfn>
        {aliases.length > 0 && <span className="term-aliases"> ({aliases.join(", ")})</span>}
      </dt>
      <dd>
        <MarkdownText text={definition} />
        <p className="term-place">
          <LecturePlace {...{ course, lecture, step, section }} />
        </p>
      </dd>
    </div>
  );
}

function Alphabet({ letters }: { letters: readonly Letter[] }) {
  const there = new Set(letters.map(({ letter }) => letter));
  return (
    <nav className="alphabet" aria-label="Letters">
      {LETTERS.map((letter) =>
        there.has(letter) ? (
          <a key={letter} href={`#letter-${letter}`}>
            {letter}
          </a>
        ) : (
          <span key={letter} aria-hidden="true">
            {letter}
          </span>
        ),
      )}
    </nav>
  );
}

/** The glossary of the course. */
export function GlossaryPage({ course }: PageProps) {
  const asked = useDocument("glossary");
  const [query, setQuery] = useState("");
  const wanted = useDeferredValue(query);
  const terms = asked.state === "ready" ? asked.document.terms : null;
  const shown = useMemo(() => filterTerms(terms ?? [], wanted), [terms, wanted]);
  const letters = useMemo(() => byLetter(shown), [shown]);
  useFragment(terms !== null);
  if (terms === null) return null;
  return (
    <main className="course-page reference">
      <h1>Glossary</h1>
      <p className="reference-lead">
        Every term with the sentence that defines it first; the link leads to that step.
      </p>
      <FilterBox
        label="Filter the terms"
        query={query}
        shown={shown.length}
        total={terms.length}
        onChange={setQuery}
      />
      <Alphabet letters={letters} />
      {shown.length === 0 && <p className="panel-empty">No term has these words.</p>}
      {letters.map(({ letter, terms }) => (
        <section key={letter} className="letter" aria-labelledby={`letter-${letter}`}>
          <h2 id={`letter-${letter}`}>{letter}</h2>
          <dl>
            {terms.map((term) => (
              <Entry key={term.name} course={course} term={term} />
            ))}
          </dl>
        </section>
      ))}
    </main>
  );
}
