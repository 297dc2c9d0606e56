import { useEffect, useState } from "react";
import type { CourseDocuments } from "../course/schema.generated";
import { loadDocument } from "../services/courseDocuments";

/** How a document of the course stands; `missing` where there is none. */
export type Asked<T> = { state: "loading" | "missing" } | { state: "ready"; document: T };

/** A document of the course, asked for when the component is first drawn. */
export function useDocument<K extends keyof CourseDocuments>(name: K): Asked<CourseDocuments[K]> {
  const [asked, setAsked] = useState<Asked<CourseDocuments[K]>>({ state: "loading" });
  useEffect(() => {
    let gone = false;
    void loadDocument(name, document.baseURI).then((found) => {
      if (gone) return;
      setAsked(found === null ? { state: "missing" } : { state: "ready", document: found });
    });
    return () => {
      gone = true;
    };
  }, [name]);
  return asked;
}
