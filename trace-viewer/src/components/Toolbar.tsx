/** The header: contents, where one is, search, and how the lecture is shown. */
import { currentSection } from "../state/selectors";
import { Icon } from "./shared/Icon";
import { IconButton } from "./shared/IconButton";
import { useDispatch, useSelected, useViewer } from "../hooks/viewerContext";

const MODES = { off: "shown", dim: "dimmed", hide: "hidden" } as const;

function Title() {
  const title = useSelected((state) => state.index.trace.title || state.index.trace.lecture);
  const section = useSelected((state) => state.index.sections[currentSection(state)]?.title ?? "");
  return (
    <div className="toolbar-title">
      <h1 dir="auto">{title}</h1>
      {section !== "" && section !== title && <p>{section}</p>}
    </div>
  );
}

function Tools() {
  const dispatch = useDispatch();
  const { run } = useViewer();
  const raw = useSelected((state) => state.raw);
  const animate = useSelected((state) => state.animate);
  const pane = useSelected((state) => state.pane.open);
  const sheet = useSelected((state) => state.sheet);
  const ahead = `Lines not yet reached: ${MODES[animate]}`;
  return (
    <div className="toolbar-tools">
      <IconButton
        icon="variables"
        label="Variables"
        className="narrow-only"
        expanded={sheet === "variables"}
        onClick={() => dispatch({ type: "sheet", sheet: sheet ? null : "variables" })}
      />
      <IconButton
        icon="eye"
        label={ahead}
        shortcut="a"
        pressed={animate !== "off"}
        onClick={() => dispatch({ type: "animate" })}
      />
      <IconButton
        icon="file"
        label="Raw source"
        shortcut="r"
        pressed={raw}
        className="wide-only"
        onClick={() => dispatch({ type: "raw" })}
      />
      <IconButton
        icon="code"
        label="Code beside the lecture"
        shortcut="i"
        pressed={pane}
        onClick={() => dispatch({ type: "pane", action: { type: "toggle" } })}
      />
      <IconButton
        icon="print"
        label="Print a handout"
        className="wide-only"
        onClick={() => run("print")}
      />
      <IconButton
        icon="screen"
        label="Presenter window"
        shortcut="n"
        className="wide-only"
        onClick={() => run("presenter")}
      />
      <IconButton
        icon="fullscreen"
        label="Full screen"
        shortcut="f"
        className="wide-only"
        onClick={() => run("fullscreen")}
      />
      <IconButton
        icon="theme"
        label="Light, dark, high contrast"
        shortcut="t"
        onClick={() => run("theme")}
      />
      <IconButton
        icon="help"
        label="Keys"
        shortcut="?"
        onClick={() => dispatch({ type: "dialog", dialog: "help" })}
      />
    </div>
  );
}

/** The header of the reading page. */
export function Toolbar() {
  const dispatch = useDispatch();
  const sidebar = useSelected((state) => state.sidebar);
  return (
    <header className="toolbar">
      <IconButton
        icon="menu"
        label="Contents and lectures"
        shortcut="s"
        expanded={sidebar}
        onClick={() => dispatch({ type: "sidebar" })}
      />
      <Title />
      <button
        type="button"
        className="search-button"
        onClick={() => dispatch({ type: "dialog", dialog: "search" })}
      >
        <Icon name="search" />
        <span>Search</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <Tools />
    </header>
  );
}
