/** The pages of the course, by the name that `?page=` gives: each is loaded when it is shown. */
import type { ReactNode } from "react";
import type { CourseDocument } from "../../course/schema.generated";
import { lazyView } from "../shared/lazyView";

/** What every page is given. */
export interface PageProps {
  course: CourseDocument;
}

interface CoursePage {
  /** In the bar above all pages; without one the page is reached by links only. */
  title?: string;
  View: (props: PageProps) => ReactNode;
}

const waiting = () => null;

/** In the order of the bar. */
export const PAGES: Record<string, CoursePage> = {
  implementations: {
    title: "Implementations",
    View: lazyView<PageProps>(
      () => import("./ImplementationsPage").then((module) => module.ImplementationsPage),
      waiting,
    ),
  },
  glossary: {
    title: "Glossary",
    View: lazyView<PageProps>(
      () => import("./GlossaryPage").then((module) => module.GlossaryPage),
      waiting,
    ),
  },
  bibliography: {
    title: "Bibliography",
    View: lazyView<PageProps>(
      () => import("./BibliographyPage").then((module) => module.BibliographyPage),
      waiting,
    ),
  },
  source: {
    View: lazyView<PageProps>(
      () => import("./SourcePage").then((module) => module.SourcePage),
      waiting,
    ),
  },
  handout: {
    View: lazyView<PageProps>(
      () => import("./HandoutPage").then((module) => module.HandoutPage),
      waiting,
    ),
  },
};
