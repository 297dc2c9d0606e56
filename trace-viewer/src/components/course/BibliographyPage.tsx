/** `?page=bibliography`: every work that the course cites, with the sections that do. */
import { useDeferredValue, useMemo, useState } from "react";
import { toBibtex } from "../../course/bibtex";
import type { CourseDocument, Work } from "../../course/schema.generated";
import { useDocument } from "../../hooks/useDocument";
import { saveText } from "../../services/saveText";
import { fold, hasAll, wordsOf } from "../../trace/find";
import { SafeLink } from "../renderings/SafeLink";
import { FilterBox } from "./FilterBox";
import { LecturePlace } from "./LecturePlace";
import type { PageProps } from "./pages";
import "./reference.css";

/** `A. Author, B. Author and C. Author`, the organization where nobody is named. */
function makers({ authors = [], organization = "" }: Work): string {
  if (authors.length === 0) return organization;
  const others = authors.at(-1) === "et al.";
  const named = others ? authors.slice(0, -1) : authors;
  const last = named.at(-1) ?? "";
  if (others) return `${named.join(", ")} et al.`;
  return named.length > 1 ? `${named.slice(0, -1).join(", ")} and ${last}` : last;
}

function Entry({ course, work }: { course: CourseDocument; work: Work }) {
  const { title, url, date, notes, arxiv, organization, authors = [], cited } = work;
  return (
    <li className="work">
      <p className="work-makers">
        {makers(work)}
        {date && <span className="work-date"> · {date}</span>}
      </p>
      <p className="work-title">
        <SafeLink address={url}>{title}</SafeLink>
      </p>
      <p className="work-source">
        {[arxiv && `arXiv:${arxiv}`, authors.length > 0 && organization]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {notes && <p className="work-notes">{notes}</p>}
      <ul className="work-cited" aria-label="Cited in">
        {cited.map(({ lecture, step, section }) => (
          <li key={`${lecture}${step}`}>
            <LecturePlace {...{ course, lecture, step, section }} />
          </li>
        ))}
      </ul>
    </li>
  );
}

const ORDERS = { author: "By author", date: "Newest first" };
type Order = keyof typeof ORDERS;

function arranged(works: readonly Work[], query: string, order: Order): Work[] {
  const words = wordsOf(query);
  const found = works.filter((work) =>
    hasAll(
      fold(
        [work.title, makers(work), work.date ?? "", work.organization ?? "", work.notes ?? ""].join(
          " ",
        ),
      ),
      words,
    ),
  );
  if (order === "author") return found;
  return found.sort((one, other) => (other.date ?? "").localeCompare(one.date ?? ""));
}

/** The bibliography of the course. */
export function BibliographyPage({ course }: PageProps) {
  const asked = useDocument("bibliography");
  const [query, setQuery] = useState("");
  const [order, setOrder] = useState<Order>("author");
  const wanted = useDeferredValue(query);
  const works = asked.state === "ready" ? asked.document.works : null;
  const shown = useMemo(() => arranged(works ?? [], wanted, order), [works, wanted, order]);
  if (works === null) return null;
  return (
    <main className="course-page reference">
      <h1>Bibliography</h1>
      <p className="reference-lead">
        Every work that the lectures cite, once, with the sections that cite it.
      </p>
      <div className="reference-tools">
        <FilterBox
          label="Filter the works"
          query={query}
          shown={shown.length}
          total={works.length}
          onChange={setQuery}
        />
        <select
          aria-label="Order"
          value={order}
          onChange={(event) => setOrder(event.target.value as Order)}
        >
          {Object.entries(ORDERS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="button"
          onClick={() => saveText("bibliography.bib", toBibtex(shown))}
        >
          Save as BibTeX
        </button>
      </div>
      {shown.length === 0 && <p className="panel-empty">No work has these words.</p>}
      <ol className="works">
        {shown.map((work) => (
          <Entry key={work.url} course={course} work={work} />
        ))}
      </ol>
    </main>
  );
}
