/** `?page=handout&assignment=NAME`: a task sheet, with links to the lectures that practise it. */
import { useDocument } from "../../hooks/useDocument";

/** One task sheet. */
export function HandoutPage() {
  const asked = useDocument("handouts");
  const name = new URLSearchParams(location.search).get("assignment") ?? "";
  if (asked.state !== "ready") return null;
  return <main className="course-page">{asked.document.texts[name] ?? name}</main>;
}
