/** The start page and the pages of the course, with the search over all of it. */
import { useCallback, useEffect, useState } from "react";
import { CourseView, type CourseViewProps } from "./course";
import { SearchDialog } from "./SearchDialog";

const FIELDS = "input, textarea, select, [contenteditable], dialog";

/** `/` where nobody is writing, Ctrl-K or ⌘K anywhere: as in a lecture. */
function opensSearch(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.altKey) return false;
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === "k";
  const inField = event.target instanceof Element && event.target.closest(FIELDS) !== null;
  return event.key === "/" && !inField;
}

type CoursePagesProps = Omit<CourseViewProps, "onSearch">;

/** One page, and the search above it when it is asked for. */
export function CoursePages(view: CoursePagesProps) {
  const [searching, setSearching] = useState(false);
  const open = useCallback(() => setSearching(true), []);
  const close = useCallback(() => setSearching(false), []);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!opensSearch(event)) return;
      event.preventDefault();
      open();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [open]);
  return (
    <>
      <CourseView {...view} onSearch={open} />
      {searching && <SearchDialog lectures={view.lectures} onClose={close} />}
    </>
  );
}
