/** The exception that ended the lecture, with its traceback and causes. */
import type { Failure } from "../trace/schema";
import { ValueView } from "./values";
import { useRenderingScope } from "./shared/renderingScope";

function Cause({ failure }: { failure: Failure }) {
  if (!failure.cause) return null;
  return (
    <>
      <p className="failure-cause">
        {failure.explicit ? "It was caused by:" : "It happened while handling:"}
      </p>
      <FailureView failure={failure.cause} />
    </>
  );
}

/** An exception with its traceback, locals and causes. */
export function FailureView({ failure }: { failure: Failure }) {
  const scope = useRenderingScope();
  const locals = Object.entries(failure.locals ?? {});
  return (
    <section className="failure" aria-label={`Error: ${failure.type}`}>
      <p className="failure-message">
        <strong>{failure.type}</strong>
        {failure.message && `: ${failure.message}`}
      </p>
      <ol className="traceback">
        {(failure.traceback ?? []).map((entry, at) => (
          <li key={at}>
            <button
              type="button"
              className="link-button"
              onClick={() => scope?.openSource(entry.path, entry.line, entry.line, entry.function)}
            >
              {entry.path}:{entry.line}
            </button>{" "}
            in {entry.function}
            {entry.text && <code>{entry.text}</code>}
          </li>
        ))}
      </ol>
      {locals.length > 0 && (
        <details>
          <summary>Local variables</summary>
          <dl className="locals">
            {locals.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <ValueView value={value} compact />
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <Cause failure={failure} />
    </section>
  );
}
