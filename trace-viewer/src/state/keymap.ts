/** Keys → actions, in one table that the help dialog prints too. */
import type { Role } from "./classroom";
import type { Move, ViewerAction } from "./viewerState";

/** What a key does outside the trace's state. */
export type Command =
  | "fullscreen"
  | "full"
  | "theme"
  | "larger"
  | "smaller"
  | "normal-size"
  | "presenter"
  | "blank"
  | "answer"
  | "print"
  | "escape";

type KeyEffect = { action: ViewerAction } | { command: Command };

interface Binding {
  /** As `KeyboardEvent.key` gives them; `Shift+` only where the key itself does not say so. */
  keys: string[];
  help: string;
  group:
    "Moving" | "Reading" | "Code beside the lecture" | "Presenting" | "Presenting, in both windows";
  effect: KeyEffect;
}

const moving = (keys: string[], move: Move, help: string): Binding => ({
  keys,
  help,
  group: "Moving",
  effect: { action: { type: "move", move } },
});

const acting = (
  keys: string[],
  action: ViewerAction,
  group: Binding["group"],
  help: string,
): Binding => ({ keys, help, group, effect: { action } });

const commanding = (
  keys: string[],
  command: Command,
  group: Binding["group"],
  help: string,
): Binding => ({ keys, help, group, effect: { command } });

/** Every key of the page, in the order in which the help lists them. */
export const BINDINGS: readonly Binding[] = [
  moving(["ArrowRight", "l", "PageDown"], "next", "Next step, into calls"),
  moving(["ArrowLeft", "h", "PageUp"], "previous", "Previous step"),
  moving(["ArrowDown", "j", "Shift+ArrowRight", "L"], "over", "Next step, over calls"),
  moving(["ArrowUp", "k", "Shift+ArrowLeft", "H"], "over-back", "Previous step, over calls"),
  moving(["u"], "out", "Out of this function"),
  moving(["U"], "out-back", "Back to where this function was called"),
  moving(["Shift+ArrowDown", "J"], "next-section", "Next section"),
  moving(["Shift+ArrowUp", "K"], "previous-section", "Previous section"),
  moving(["Home"], "first", "First step"),
  moving(["End"], "last", "Last step"),
  acting(["."], { type: "change", direction: 1 }, "Moving", "Next change of the marked variable"),
  acting([","], { type: "change", direction: -1 }, "Moving", "Its previous change"),
  acting(["p"], { type: "play" }, "Moving", "Play or pause; at the end, from the start"),
  acting(["/"], { type: "dialog", dialog: "search" }, "Reading", "Search (also Ctrl-K or ⌘K)"),
  acting(["s"], { type: "sidebar" }, "Reading", "Contents and lectures"),
  acting(["a"], { type: "animate" }, "Reading", "Lines not yet reached: shown, dimmed, hidden"),
  acting(["r"], { type: "raw" }, "Reading", "Raw source"),
  acting(["?"], { type: "dialog", dialog: "help" }, "Reading", "This list"),
  commanding(["Enter"], "answer", "Reading", "Answer the question of this step; Esc skips it"),
  commanding(["Escape"], "escape", "Reading", "Close what is open"),
  acting(
    ["i"],
    { type: "pane", action: { type: "toggle" } },
    "Code beside the lecture",
    "Show or hide",
  ),
  acting(
    ["["],
    { type: "pane", action: { type: "back" } },
    "Code beside the lecture",
    "Back to the code shown before",
  ),
  acting(
    ["]"],
    { type: "pane", action: { type: "forward" } },
    "Code beside the lecture",
    "Forward again",
  ),
  acting(
    ["x"],
    { type: "pane", action: { type: "pin" } },
    "Code beside the lecture",
    "Pin or unpin",
  ),
  acting(
    ["w"],
    { type: "pane", action: { type: "follow" } },
    "Code beside the lecture",
    "Follow the steps",
  ),
  commanding(["f"], "fullscreen", "Presenting", "Full screen"),
  commanding(["n"], "presenter", "Presenting", "Speaker’s window; from there, the audience’s"),
  commanding(["t"], "theme", "Presenting", "Light, dark, high contrast"),
  commanding(["+", "="], "larger", "Presenting", "Larger text"),
  commanding(["-"], "smaller", "Presenting", "Smaller text"),
  commanding(["0"], "normal-size", "Presenting", "Normal text size"),
];

const IN_CLASS = "Presenting, in both windows";

/** What remotes send, as slide programs use it: in a speaker's and an audience's window only. */
export const CLASSROOM_BINDINGS: readonly Binding[] = [
  { ...moving([" "], "next", "Next step"), group: IN_CLASS },
  { ...moving(["Shift+ "], "previous", "Previous step"), group: IN_CLASS },
  commanding(["b", "."], "blank", IN_CLASS, "Blank the audience’s screen, and back"),
  commanding(["F5", "Shift+F5"], "full", IN_CLASS, "Full screen; nothing is loaded again"),
];

const byKey = (bindings: readonly Binding[]) =>
  new Map(bindings.flatMap(({ keys, effect }) => keys.map((key) => [key, effect] as const)));
const READING_KEYS = byKey(BINDINGS);
const CLASSROOM_KEYS = byKey(CLASSROOM_BINDINGS);

interface KeyPress {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** What a key press means, or null where it belongs to the browser. */
export function keyEffect(press: KeyPress, role: Role = "reader"): KeyEffect | null {
  if (press.ctrlKey || press.metaKey) {
    const search = press.key.toLowerCase() === "k" && !press.altKey && !press.shiftKey;
    return search ? { action: { type: "dialog", dialog: "search" } } : null;
  }
  if (press.altKey) return null;
  const shifted = press.shiftKey && (press.key.length > 1 || press.key === " ");
  const named = shifted ? `Shift+${press.key}` : press.key;
  const inClass = role === "reader" ? undefined : CLASSROOM_KEYS.get(named);
  return inClass ?? READING_KEYS.get(named) ?? null;
}
