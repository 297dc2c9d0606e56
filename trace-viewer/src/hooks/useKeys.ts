/** Keys → actions. Never takes what belongs to the browser or to the control that has the focus. */
import { useEffect } from "react";
import { keyEffect, type Command } from "../state/keymap";
import type { Store } from "../state/store";
import type { ViewerAction, ViewerState } from "../state/viewerState";

const TEXT_FIELDS = "input, textarea, select, [contenteditable], [role='slider']";
/** Keys that such controls use themselves. */
const CONTROL_KEYS = /^(Arrow|Home|End|Page|Enter|Escape| )/;

/** Whether the key is meant for the element that it was pressed in. */
function belongsToControl(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("dialog")) return true;
  // Enter and Space press what has the focus.
  if (/^(Enter| )$/.test(key) && target.closest("button, a, summary, label")) return true;
  // Pages of a column that the reader scrolls by keyboard are its own; the lecture steps.
  const scrolled = target.closest(".scroll-box, .source-code, [role='group'][tabindex]");
  if (key.startsWith("Page") && scrolled) return true;
  const field = target.closest(TEXT_FIELDS);
  if (!field) return false;
  const slider = field.matches("input[type='range'], [role='slider']");
  return slider ? CONTROL_KEYS.test(key) : true;
}

/** True from a press until the frame that shows it: a held key waits for it, and skips no step. */
function framePending(): (press: KeyboardEvent) => boolean {
  let pending = false;
  return (press) => {
    if (pending && press.repeat) return true;
    pending = true;
    requestAnimationFrame(() => {
      // A message arrives after the frame has been handed over to be drawn.
      const channel = new MessageChannel();
      channel.port1.onmessage = () => (pending = false);
      channel.port2.postMessage(null);
    });
    return false;
  };
}

/** Listens to the keys of the page: actions go to `store`, commands to `run`. */
export function useKeys(
  store: Store<ViewerState, ViewerAction>,
  run: (command: Command) => void,
): void {
  useEffect(() => {
    const tooEarly = framePending();
    const pressed = (event: KeyboardEvent) => {
      const { role, dialog } = store.getState();
      const effect = keyEffect(event, role);
      if (!effect || event.defaultPrevented || event.isComposing) return;
      const searching = event.ctrlKey || event.metaKey;
      if (!searching && belongsToControl(event.target, event.key)) return;
      // A dialog that is still on its way: what is typed is meant for it.
      const closing = "command" in effect && effect.command === "escape";
      if (dialog !== null && !closing) return;
      if ("command" in effect && effect.command === "escape") return run("escape");
      event.preventDefault();
      if (tooEarly(event)) return;
      if ("command" in effect) run(effect.command);
      else store.dispatch(effect.action);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [store, run]);
}
