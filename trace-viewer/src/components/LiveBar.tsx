/** Above the lecture while it is recorded again, or when the last save cannot be recorded. */
import { useSelected } from "../hooks/viewerContext";

/** Progress and errors of a lecture that is recorded on every save. */
export function LiveBar() {
  const recording = useSelected((state) => state.live.recording);
  const error = useSelected((state) => state.live.error);
  const news = useSelected((state) => state.live.news);
  const share = recording?.share ?? null;
  return (
    <div className="live">
      {recording && (
        <progress
          className="live-progress"
          aria-label="Recording again"
          {...(share === null ? {} : { value: share, max: 1 })}
        />
      )}
      {error !== "" && (
        <p className="live-error" role="alert">
          <strong>This save could not be recorded.</strong> {error}
        </p>
      )}
      <p className="visually-hidden" role="status">
        {news}
      </p>
    </div>
  );
}
