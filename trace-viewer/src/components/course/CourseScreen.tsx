/** The frame of all pages of the course: the bar above, the page, and what there is instead. */
import { useEffect, useState, type ReactNode } from "react";
import type { CourseDocument } from "../../course/schema.generated";
import { useDocument } from "../../hooks/useDocument";
import { formatPage, wantsHandout } from "../../state/urlState";
import { Icon } from "../shared/Icon";
import type { CourseViewProps } from "./CourseView";
import { PAGES } from "./pages";
import { StartPage } from "./StartPage";
import "./course.css";

interface BarProps {
  course: CourseDocument;
  page: string | null;
  onSearch: () => void;
}

/** Links to the start page and to the pages that this course has something for. */
function Bar({ course, page, onSearch }: BarProps) {
  const pages = Object.entries(PAGES).filter(
    ([name, { title }]) => title !== undefined && course.pages?.includes(name),
  );
  return (
    <nav className="course-bar" aria-label="Course">
      {page !== null && (
        <a className="course-name" href="?">
          {course.title || "Lectures"}
        </a>
      )}
      {pages.map(([name, { title }]) => (
        <a key={name} href={formatPage(name)} aria-current={page === name ? "page" : undefined}>
          {title}
        </a>
      ))}
      <button type="button" className="search-button" onClick={onSearch}>
        <Icon name="search" />
        <span>Search</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
    </nav>
  );
}

function NoSuchPage({ page }: { page: string }) {
  return (
    <main className="course-page">
      <h1>There is no such page</h1>
      <p>
        This course has no page called {page.slice(0, 60)}. <a href="?">To the lectures</a>
      </p>
    </main>
  );
}

/** One page of the course in its frame. */
export function CourseScreen({
  page,
  lectures,
  otherwise,
  below,
  onSearch,
}: CourseViewProps): ReactNode {
  const asked = useDocument("course");
  const title = asked.state === "ready" ? asked.document.title : "";
  useEffect(() => {
    if (title) document.title = title;
  }, [title]);
  // `&print=1`: the page is made for paper, with the typefaces of a lecture's handout.
  const [paper] = useState(() => wantsHandout(location.search));
  useEffect(() => {
    if (paper) void import("../shared/paperFonts");
  }, [paper]);
  if (asked.state === "loading") return null;
  if (asked.state !== "ready" || asked.document.lectures.length === 0) return otherwise;
  const course = asked.document;
  const known = page === null ? null : (PAGES[page] ?? null);
  return (
    <div className={paper ? "course handout" : "course"}>
      <Bar course={course} page={page} onSearch={onSearch} />
      {page === null ? (
        <StartPage course={course} traces={lectures?.traces ?? []} below={below} />
      ) : known ? (
        <known.View course={course} />
      ) : (
        <NoSuchPage page={page} />
      )}
    </div>
  );
}
