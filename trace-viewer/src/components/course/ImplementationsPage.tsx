/** Where each thing is implemented, and which lectures walk it. */
import { useDocument } from "../../hooks/useDocument";

/** Every implementation of the course. */
export function ImplementationsPage() {
  const asked = useDocument("implementations");
  if (asked.state !== "ready") return null;
  return (
    <main className="course-page">
      <h1>Where is it implemented?</h1>
      <ul>
        {asked.document.implementations.map((one) => (
          <li key={`${one.path}:${one.name}`}>{one.name}</li>
        ))}
      </ul>
    </main>
  );
}
