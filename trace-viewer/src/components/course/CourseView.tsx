/** The start page and the pages of the course, loaded when one is asked for. */
import type { ReactNode } from "react";
import type { Index } from "../../trace/schema";
import { lazyView } from "../shared/lazyView";

/** What CourseView is given. */
export interface CourseViewProps {
  /** A page's name, or null for the start page. */
  page: string | null;
  /** The list of traces, once it is known: it may hold some that are no lectures. */
  lectures: Index | null;
  /** What is shown where nothing is known of a course, as beside traces that were copied alone. */
  otherwise: ReactNode;
  /** What comes after the start page. */
  below?: ReactNode;
  /** Opens the search. */
  onSearch: () => void;
}

/** Loaded when shown: see CourseScreen.tsx. */
export const CourseView = lazyView<CourseViewProps>(
  () => import("./CourseScreen").then((module) => module.CourseScreen),
  () => (
    <p className="loading" role="status">
      Opening…
    </p>
  ),
);
