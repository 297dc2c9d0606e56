/** Everything that the keys and the header can do, within reach of a thumb. */
import { useDispatch, useSelected, useViewer } from "../hooks/viewerContext";
import type { Command } from "../state/keymap";
import type { ViewerAction } from "../state/viewerState";
import { Icon, type IconName } from "./shared/Icon";
import { IconButton } from "./shared/IconButton";
import { Modal } from "./shared/Modal";

type Tool = [icon: IconName, label: string, does: ViewerAction | Command];

const TOOLS: readonly Tool[] = [
  ["back", "Previous section", { type: "move", move: "previous-section" }],
  ["forward", "Next section", { type: "move", move: "next-section" }],
  ["first", "First step", { type: "move", move: "first" }],
  ["last", "Last step", { type: "move", move: "last" }],
  ["menu", "Contents and lectures", { type: "sidebar" }],
  ["search", "Search", { type: "dialog", dialog: "search" }],
  ["variables", "Variables", { type: "sheet", sheet: "variables" }],
  ["code", "Code beside the lecture", { type: "pane", action: { type: "toggle" } }],
  ["eye", "Lines not yet reached", { type: "animate" }],
  ["file", "Raw source", { type: "raw" }],
  ["larger", "Larger text", "larger"],
  ["smaller", "Smaller text", "smaller"],
  ["theme", "Light, dark, high contrast", "theme"],
  ["fullscreen", "Full screen", "fullscreen"],
  ["print", "Print a handout", "print"],
  ["help", "Keys", { type: "dialog", dialog: "help" }],
];

const MODES = { off: "shown", dim: "dimmed", hide: "hidden" } as const;

/** A list of large buttons; each closes the list, save those for the size of the text. */
export default function ToolsDialog({ onClose }: { onClose: () => void }) {
  const dispatch = useDispatch();
  const { run } = useViewer();
  const animate = useSelected((state) => state.animate);
  const use = (does: Tool[2]) => {
    if (does === "larger" || does === "smaller") return run(does);
    onClose();
    if (typeof does === "string") run(does);
    else dispatch(does);
  };
  return (
    <Modal label="Tools" className="tools" onClose={onClose}>
      <header className="modal-head">
        <h2>Tools</h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div className="tool-list">
        {TOOLS.map(([icon, label, does]) => (
          <button key={label} type="button" className="button" onClick={() => use(does)}>
            <Icon name={icon} />
            {label}
            {icon === "eye" && `: ${MODES[animate]}`}
          </button>
        ))}
      </div>
    </Modal>
  );
}
