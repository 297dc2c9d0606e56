/** Code beside the lecture: what a link opened, or the file that the step is in. */
import { panePlace } from "../state/selectors";
import { IconButton } from "./shared/IconButton";
import { CodePractice } from "./PracticeLinks";
import { SourcePane } from "./SourcePane";
import { useDispatch, useSelected } from "../hooks/viewerContext";

/** The pane beside the lecture, or nothing while it is closed. */
export function ImplementationPane() {
  const dispatch = useDispatch();
  const pane = useSelected((state) => state.pane);
  const opened = useSelected((state) => state.pane.trail[state.pane.at]);
  const followed = useSelected((state) => panePlace(state)?.path ?? null);
  const followedName = useSelected((state) => panePlace(state)?.name ?? "");
  if (!pane.open) return null;
  const following = pane.at === -1;
  const name = opened?.name ?? followedName;
  return (
    <section className="implementation" aria-label="Code beside the lecture">
      <header className="pane-header">
        <div className="pane-title">
          <h2>{name || "Code"}</h2>
          <p className="pane-path">
            <bdi>
              {followed ?? ""}
              {opened && `:${opened.first}`}
            </bdi>
          </p>
          <CodePractice path={followed ?? ""} name={name} />
        </div>
        <IconButton
          icon="back"
          label="Back to the code shown before"
          shortcut="["
          disabled={pane.at < 0}
          onClick={() => dispatch({ type: "pane", action: { type: "back" } })}
        />
        <IconButton
          icon="forward"
          label="Forward again"
          shortcut="]"
          disabled={pane.at + 1 >= pane.trail.length}
          onClick={() => dispatch({ type: "pane", action: { type: "forward" } })}
        />
        <IconButton
          icon="follow"
          label="Follow the steps"
          shortcut="w"
          pressed={following}
          onClick={() => dispatch({ type: "pane", action: { type: "follow" } })}
        />
        <IconButton
          icon="pin"
          label="Keep this code here"
          shortcut="x"
          pressed={pane.pinned}
          onClick={() => dispatch({ type: "pane", action: { type: "pin" } })}
        />
        <IconButton
          icon="close"
          label="Close the code"
          shortcut="i"
          onClick={() => dispatch({ type: "pane", action: { type: "close" } })}
        />
      </header>
      {followed === null ? (
        <p className="panel-empty">
          The step is in the lecture itself. A link to code, or a step into another file, shows
          here.
        </p>
      ) : (
        <SourcePane
          key={followed}
          path={followed}
          label={`Code of ${followed}`}
          lecture={false}
          span={opened && { first: opened.first, last: opened.last }}
        />
      )}
    </section>
  );
}
