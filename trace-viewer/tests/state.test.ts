import { beforeAll, describe, expect, it } from "vitest";
import { BINDINGS, keyEffect } from "../src/state/keymap";
import {
  callStack,
  chosenLine,
  panePlace,
  shownVariables,
  toAddress,
} from "../src/state/selectors";
import { keepLatest } from "../src/state/latest";
import { formatAddress, readAddress, type Opening } from "../src/state/urlState";
import { initialState, type ViewerAction, type ViewerState } from "../src/state/viewerState";
import { viewerReducer } from "../src/state/viewerReducer";
import type { TraceIndex } from "../src/trace/traceIndex";
import { recordedIndex } from "./fixtures";

let walk: TraceIndex;
beforeAll(async () => {
  walk = await recordedIndex("walk");
});

const after = (...actions: ViewerAction[]): ViewerState =>
  actions.reduce(viewerReducer, initialState(walk));
const opened = (search: string): ViewerState => {
  const { address, problems } = readAddress(search);
  return after({ type: "restore", address, problems });
};
const WALK: Opening = { trace: "walk", file: null, presenter: false };
const next: ViewerAction = { type: "move", move: "next" };

describe("the address", () => {
  it("survives being written and read", () => {
    const search =
      "?trace=walk&step=29&frame=5&variable=n&animate=dim&raw=1&source=helpers/tree.py&line=4&last=9";
    expect(formatAddress(readAddress(search).address)).toBe(search);
    expect(formatAddress(readAddress("?file=a+b.json&step=3&presenter=1").address)).toBe(
      "?file=a+b.json&step=3&presenter=1",
    );
  });

  it("says which call and which variable are looked at", () => {
    const caller = callStack(walk, 29)[2]?.frame ?? -1;
    const looked = after(
      { type: "go", step: 29, jump: false },
      { type: "frame", frame: caller },
      { type: "variable", name: "n" },
    );
    const search = formatAddress(toAddress(looked, WALK));
    expect(search).toBe(`?trace=walk&step=29&frame=${caller}&variable=n`);
    const copied = opened(search);
    expect(copied).toMatchObject({ step: 29, frame: caller, variable: "n", notice: "" });
    expect(shownVariables(copied)).toEqual(shownVariables(looked));
    expect(formatAddress(toAddress(copied, WALK))).toBe(search);
  });

  it("that says neither, as older ones do, looks at the step's own call", () => {
    expect(opened("?trace=walk&step=29")).toMatchObject({ frame: null, variable: null });
    const own = callStack(walk, 29)[0]?.frame ?? -1;
    expect(opened(`?trace=walk&step=29&frame=${own}`)).toMatchObject({ frame: null, notice: "" });
  });

  it.each([
    ["?trace=walk&step=2&source=tree.py&line=2&name=depth", 4],
    ["?trace=walk&step=2&source=old/place/helpers/tree.py&line=5&last=6", 5],
    ["?trace=walk&step=2&source=elsewhere/tree.py&line=900", 9],
  ])("leads into a file that has moved since: %s", (search, line) => {
    const state = opened(search);
    expect(panePlace(state)).toMatchObject({ path: "helpers/tree.py", first: line });
    expect(state.notice).toContain("is now helpers/tree.py");
    expect(formatAddress(toAddress(state, WALK))).toContain("source=helpers/tree.py");
  });

  it.each([
    ["step=3&frame=4", "Frame 4 is not one of the calls"],
    ["step=29&frame=-1", "Frame -1"],
    ["step=29&frame=x", "frame=x is not a frame number"],
    ["step=29&variable=zebra", "No variable zebra"],
    ["step=29&variable=toString", "No variable toString"],
  ])("%s is put right, and said so", (search, notice) => {
    const state = opened(`?trace=walk&${search}`);
    expect(state).toMatchObject({ frame: null, variable: null });
    expect(state.notice).toContain(notice);
  });

  it.each([
    ["step=-1", 0],
    ["step=999999", 66],
    ["step=0", 0],
    ["step=abc", 0],
    ["step=", 0],
    ["step=1e99", 0],
    ["step=5", 5],
  ])("%s shows step %i", (search, step) => {
    const state = opened(`?trace=walk&${search}`);
    expect(state.step).toBe(step);
    expect(state.notice === "").toBe(["step=0", "step=5"].includes(search));
  });

  it("goes to a line of the lecture, or to the nearest that ran", () => {
    expect(opened("?source=walk.py&line=24").step).toBe(6);
    expect(opened("?source=walk.py&line=1").step).toBe(0);
  });

  it("opens another source beside the lecture", () => {
    const state = opened("?step=2&source=helpers/tree.py&line=4");
    expect(state.step).toBe(2);
    expect(panePlace(state)).toMatchObject({ path: "helpers/tree.py", first: 4 });
  });

  it("names a source or a line that is not there", () => {
    expect(opened("?source=gone.py&line=1").notice).toContain("no source gone.py");
    expect(opened("?step=1&source=helpers/tree.py&line=500").notice).toContain("has 9 lines");
  });

  it("is put right from what is shown", () => {
    expect(formatAddress(toAddress(opened("?trace=walk&step=-4"), WALK))).toBe(
      "?trace=walk&step=0",
    );
  });
});

describe("jumps", () => {
  it("are counted, steps are not", () => {
    expect(after(next, next).jumps).toBe(0);
    expect(after({ type: "go", step: 30, jump: true }).jumps).toBe(1);
    expect(after({ type: "line", path: "walk.py", line: 24 })).toMatchObject({ step: 6, jumps: 1 });
  });

  it("to a line that never ran say so", () => {
    expect(after({ type: "line", path: "walk.py", line: 43 }).notice).toBe("Line 43 was not run.");
  });

  it("to sections", () => {
    const section: ViewerAction = { type: "move", move: "next-section" };
    expect([after(section).step, after(section, section).step]).toEqual([3, 21]);
  });
});

describe("an animated step", () => {
  const hide: ViewerAction[] = [{ type: "animate" }, { type: "animate" }];

  it("shows its outputs one at a time", () => {
    const before: ViewerAction = { type: "go", step: 64, jump: false };
    const first = after(...hide, before, next);
    expect(first).toMatchObject({ step: 65, shown: 1 });
    const third = [next, next].reduce(viewerReducer, first);
    expect(third).toMatchObject({ step: 65, shown: 3 });
    expect(viewerReducer(third, next)).toMatchObject({ step: 66, shown: null });
    expect(viewerReducer(third, { type: "move", move: "previous" })).toMatchObject({ shown: 2 });
  });

  it("shows all of them to a reader", () => {
    expect(after({ type: "go", step: 64, jump: false }, next)).toMatchObject({
      step: 65,
      shown: null,
    });
  });
});

describe("the implementation pane", () => {
  const place = { path: "helpers/tree.py", first: 4, last: 9, name: "depth" };
  const open: ViewerAction = { type: "pane", action: { type: "open", place } };

  it("follows a step into another file and closes behind it", () => {
    const inside = after({ type: "go", step: 41, jump: false });
    expect(inside.pane.open).toBe(true);
    expect(panePlace(inside)?.path).toBe("helpers/tree.py");
    expect(viewerReducer(inside, { type: "move", move: "out" }).pane.open).toBe(false);
  });

  it("opens a link without moving the lecture", () => {
    const state = after({ type: "go", step: 5, jump: false }, open);
    expect(state.step).toBe(5);
    expect(panePlace(state)).toEqual(place);
  });

  it("walks back through what was opened", () => {
    const other = { ...place, first: 7, last: 7 };
    const state = after(
      open,
      { type: "pane", action: { type: "open", place: other } },
      { type: "pane", action: { type: "back" } },
    );
    expect(panePlace(state)).toEqual(place);
    expect(panePlace(viewerReducer(state, { type: "pane", action: { type: "forward" } }))).toEqual(
      other,
    );
  });

  it("keeps its place when pinned", () => {
    const state = after(
      open,
      { type: "pane", action: { type: "pin" } },
      { type: "go", step: 53, jump: false },
    );
    expect(panePlace(state)).toEqual(place);
  });

  it("pinned while it follows keeps the code that it is at", () => {
    const inside = after(
      { type: "go", step: 41, jump: false },
      { type: "pane", action: { type: "pin" } },
    );
    const pinned = panePlace(inside);
    expect(pinned?.path).toBe("helpers/tree.py");
    const back = viewerReducer(inside, { type: "move", move: "out" });
    expect(back.pane).toMatchObject({ open: true, pinned: true });
    expect(panePlace(back)).toEqual(pinned);
    expect(viewerReducer(back, { type: "pane", action: { type: "pin" } }).pane.pinned).toBe(false);
  });

  it("says so where there is nothing to pin", () => {
    const state = after(
      { type: "pane", action: { type: "toggle" } },
      { type: "pane", action: { type: "pin" } },
    );
    expect(state.pane.pinned).toBe(false);
    expect(state.notice).toContain("no code to pin");
  });
});

describe("the call stack", () => {
  it("is innermost first, with the line of each call", () => {
    const entries = callStack(walk, 29).map((entry) => `${entry.function}:${entry.line}`);
    expect(entries).toEqual([
      "factorial:36",
      "factorial:38",
      "factorial:38",
      "factorial:38",
      "main:12",
    ]);
  });
});

describe("the line of a chosen call", () => {
  const chosen = (step: number, frame: number | null) =>
    after({ type: "go", step, jump: false }, { type: "frame", frame });
  const frames = () => callStack(walk, 29).map((entry) => entry.frame);

  it("is where that call went on inwards", () => {
    const [, caller, , , main] = frames();
    expect(chosenLine(chosen(29, caller ?? null), "walk.py")).toBe(38);
    expect(chosenLine(chosen(29, main ?? null), "walk.py")).toBe(12);
  });

  it("is none without a choice, or in another file", () => {
    expect(chosenLine(chosen(29, null), "walk.py")).toBeNull();
    expect(chosenLine(chosen(29, frames()[1] ?? null), "helpers/tree.py")).toBeNull();
  });

  it("is left with the next step", () => {
    const state = viewerReducer(chosen(29, frames()[1] ?? null), next);
    expect(chosenLine(state, "walk.py")).toBeNull();
  });
});

describe("playing", () => {
  const play: ViewerAction = { type: "play" };
  const end: ViewerAction = { type: "move", move: "last" };

  it("goes on from where the reader is, and pauses", () => {
    const playing = after({ type: "go", step: 5, jump: false }, play);
    expect(playing).toMatchObject({ step: 5, playing: true });
    expect(viewerReducer(playing, play)).toMatchObject({ step: 5, playing: false });
  });

  it("begins again at the end, from which Back leads there", () => {
    const before = after(end);
    const again = viewerReducer(before, play);
    expect(again).toMatchObject({ step: 0, playing: true, jumps: before.jumps + 1 });
  });

  it("stays at the end where it was playing when the end was reached", () => {
    const state = after(play, end, { type: "play", playing: false });
    expect(state).toMatchObject({ step: walk.stepCount - 1, playing: false });
  });
});

describe("the latest names", () => {
  it("come first, each once, and no more than asked for", () => {
    expect(keepLatest(["a", "b", "c"], "c", 3)).toEqual({ kept: ["c", "a", "b"], dropped: [] });
    expect(keepLatest(["a", "b", "c"], "d", 3)).toEqual({ kept: ["d", "a", "b"], dropped: ["c"] });
    expect(keepLatest([], "a", 3)).toEqual({ kept: ["a"], dropped: [] });
  });
});

describe("keys", () => {
  const press = (key: string, more = {}) =>
    keyEffect({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more });

  it("move", () => {
    for (const key of ["ArrowRight", "l"]) {
      expect(press(key)).toEqual({ action: { type: "move", move: "next" } });
    }
    expect(press("ArrowRight", { shiftKey: true })).toEqual({
      action: { type: "move", move: "over" },
    });
  });

  it.each(["ctrlKey", "altKey", "metaKey"])("with %s belong to the browser", (modifier) => {
    const keys = BINDINGS.flatMap((binding) => binding.keys).filter((key) => !/^k$/i.test(key));
    for (const key of keys) expect(press(key, { [modifier]: true }), key).toBeNull();
  });

  it("open the search with Ctrl-K and ⌘K alone", () => {
    const search = { action: { type: "dialog", dialog: "search" } };
    expect(press("k", { ctrlKey: true })).toEqual(search);
    expect(press("k", { metaKey: true })).toEqual(search);
    expect(press("k", { ctrlKey: true, altKey: true })).toBeNull();
  });

  it("mean one thing each", () => {
    const keys = BINDINGS.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
