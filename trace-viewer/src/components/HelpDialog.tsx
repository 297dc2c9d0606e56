/** The keys, from the same table that acts on them. */
import { BINDINGS, CLASSROOM_BINDINGS } from "../state/keymap";
import { IconButton } from "./shared/IconButton";
import { Modal } from "./shared/Modal";

const NAMES: Record<string, string> = {
  ArrowRight: "→",
  ArrowLeft: "←",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  PageDown: "Page ↓",
  PageUp: "Page ↑",
  " ": "Space",
};

function keyName(key: string): string {
  const shifted = key.startsWith("Shift+");
  const plain = shifted ? key.slice("Shift+".length) : key;
  if (/^[A-Z]$/.test(plain)) return `⇧ ${plain.toLowerCase()}`;
  return `${shifted ? "⇧ " : ""}${NAMES[plain] ?? plain}`;
}

/** The list of keys as a dialog. */
export default function HelpDialog({ onClose }: { onClose: () => void }) {
  const all = [...BINDINGS, ...CLASSROOM_BINDINGS];
  const groups = [...new Set(all.map((binding) => binding.group))];
  return (
    <Modal label="Keys" className="help" onClose={onClose}>
      <header className="modal-head">
        <h2>Keys</h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div className="help-groups" tabIndex={0} role="group" aria-label="List of keys">
        {groups.map((group) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl>
              {all
                .filter((binding) => binding.group === group)
                .map((binding) => (
                  <div key={binding.help}>
                    <dt>
                      {binding.keys.map((key) => (
                        <kbd key={key}>{keyName(key)}</kbd>
                      ))}
                    </dt>
                    <dd>{binding.help}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
        <p className="panel-note">
          A press on a line number goes to that line; in the search, <kbd>:120</kbd> does. A press
          on a call of the stack shows where it was made and its variables. On a touch screen, swipe
          left or right over the lecture to step. A copied address leads to the same step, call and
          code.
        </p>
      </div>
    </Modal>
  );
}
