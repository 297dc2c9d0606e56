/** A trace of another origin is fetched only when the reader says so. */
interface ConfirmForeignProps {
  url: URL;
  onAccept: () => void;
}

/** Asks before a trace of another site is fetched; `onAccept` fetches it. */
export function ConfirmForeign({ url, onAccept }: ConfirmForeignProps) {
  return (
    <main className="picker">
      <section
        className="error-message"
        role="alertdialog"
        aria-label="Open a trace of another site?"
      >
        <h1>Open a trace from {url.host}?</h1>
        <p className="error-detail">{url.href}</p>
        <p>
          This address leads to another site, which will learn that you opened it. Its content is
          shown as text and pictures only; nothing in it is run.
        </p>
        <p className="button-row">
          <a className="button button-primary" href="?">
            Do not open it
          </a>
          <button type="button" className="button" onClick={onAccept}>
            Open it
          </button>
        </p>
      </section>
    </main>
  );
}
