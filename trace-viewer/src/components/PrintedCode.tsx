/** The last pages of a handout: the code that its cards lead to. */
import { Fragment } from "react";
import { useGrammar } from "../hooks/useGrammar";
import { useSelected } from "../hooks/viewerContext";
import { lineTokens } from "../services/highlight";
import { cardAnchor, codeAnchor, linkedCode, type LinkedCode } from "../trace/linkedCode";

/** Longer code is cut here: a handout is no listing. */
const MOST_LINES = 60;

/** Nothing for a lecture that refers to no code. */
export function PrintedCode() {
  const index = useSelected((state) => state.index);
  const places = linkedCode(index);
  if (places.length === 0) return null;
  return (
    <section className="printed-code" aria-label="Code">
      <h2 className="heading">Code</h2>
      {places.map((place) => (
        <Listing key={codeAnchor(place)} place={place} />
      ))}
    </section>
  );
}

function Listing({ place }: { place: LinkedCode }) {
  const source = useSelected((state) => state.index.sources.get(place.path));
  const coloured = useGrammar(source?.language ?? "");
  if (!source) return null;
  const last = Math.min(place.last, place.first + MOST_LINES - 1, source.lines.length);
  const lines = Array.from(
    { length: Math.max(0, last - place.first + 1) },
    (_, at) => place.first + at,
  );
  return (
    <article id={codeAnchor(place)} className="printed-listing">
      <header>
        <h3>
          <code>{place.name}</code> {place.path}, lines {place.first}–{place.last}
        </h3>
        <a className="printed-back" href={`#${cardAnchor(place)}`}>
          back to the lecture
        </a>
      </header>
      <pre data-pending={!coloured || undefined}>
        <code>
          {lines.map((line) => (
            <Fragment key={line}>
              <span className="printed-line">{line}</span>
              {lineTokens(source, line).map(([text, className], at) => (
                <span key={at} className={className}>
                  {text}
                </span>
              ))}
              {"\n"}
            </Fragment>
          ))}
        </code>
      </pre>
      {last < place.last && <p className="muted">and {place.last - last} lines more</p>}
    </article>
  );
}
