// @vitest-environment jsdom
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Value } from "../../trace/schema";
import { CHANGES, VALUES } from "../../gallery/values";
import { RenderingScope } from "../shared/renderingScope";
import { Sparkline, ValueDiff, ValueView } from ".";

// Modules come from disk when first used: on a busy machine that is not a matter of a second.
configure({ asyncUtilTimeout: 20_000 });
vi.setConfig({ testTimeout: 30_000 });
afterEach(cleanup);

function show(value: Value, compact = false): HTMLElement {
  return render(<ValueView value={value} compact={compact} />).container as HTMLElement;
}

describe("ValueView", () => {
  it("shows a short value on one line", () => {
    expect(show([1, "two", null]).textContent).toBe("[1, 'two', None]");
  });

  it("opens a long list, shows more on request, and says what is not recorded", () => {
    const items = Array.from({ length: 40 }, (_, i) => i);
    const place = show({ kind: "sequence", type: "list", items, tail: [99], length: 100 }, true);
    fireEvent.click(screen.getByRole("button", { name: /list 100 items/ }));
    expect(place.querySelectorAll(".value-row")).toHaveLength(26);
    fireEvent.click(screen.getByRole("button", { name: "Show 15 more of 15" }));
    expect(place.querySelectorAll(".value-row")).toHaveLength(41);
    expect(place.textContent).toContain("59 items not recorded");
  });

  it("makes what is inside only when it is opened", () => {
    const place = show({ kind: "mapping", entries: [["a", "x".repeat(200)]] }, true);
    expect(place.querySelector(".value-row")).toBeNull();
  });

  it("shows a tensor by shape, dtype, device, bytes, storage and statistics", async () => {
    const tensor = VALUES.find(([title]) => title === "large tensor")![1];
    const place = show(tensor);
    await screen.findByRole("button");
    const text = place.textContent;
    for (const part of ["(4, 96, 96)", "bfloat16 · cuda:0 · 72 KiB", "view", "w, w.T", "nan1"]) {
      expect(text).toContain(part);
    }
  });

  it("opens the source of a function of the project", () => {
    const openSource = vi.fn();
    const value: Value = { kind: "object", type: "function", text: "f", path: "a.py", line: 7 };
    const scope = { resolveAsset: () => null, openSource, theme: "light" } as const;
    render(
      <RenderingScope value={scope}>
        <ValueView value={value} />
      </RenderingScope>,
    );
    fireEvent.click(screen.getByRole("button"));
    expect(openSource).toHaveBeenCalledWith("a.py", 7, 7, "f");
  });

  it("shows what changed above the value", async () => {
    const { container } = render(<ValueView value={[1, 2, 3]} previous={[1, 2]} />);
    await waitFor(() => expect(container.querySelector("ins")?.textContent).toBe("added 3"));
  });

  it("shows a number with its change, or alone when it is the same again", async () => {
    const { container, rerender } = render(<ValueView value={3} previous={1} />);
    await waitFor(() => expect(container.textContent).toBe("removed 1→added 3(+2)"));
    rerender(<ValueView value={3} previous={3} />);
    expect(container.textContent).toBe("3");
  });

  it.each(VALUES)("%s shows something, open or compact", (_title, value) => {
    expect(show(value).textContent).not.toBe("");
    cleanup();
    expect(show(value, true).textContent).not.toBe("");
  });
});

describe("ValueDiff", () => {
  it("shows nothing for equal values", () => {
    expect(render(<ValueDiff before={[1]} after={[1]} />).container.textContent).toBe("");
  });

  it.each(CHANGES)("%s is marked as removed or added", async (_title, before, after) => {
    const { container } = render(<ValueDiff before={before} after={after} />);
    await waitFor(() => expect(container.querySelectorAll("ins, del").length).toBeGreaterThan(0));
  });
});

describe("Sparkline", () => {
  const points = [4, 2, 3].map((y, i) => ({ step: i * 10, y }));

  it("moves from change to change by keys", async () => {
    const jump = vi.fn();
    render(<Sparkline points={points} current={12} onJump={jump} />);
    const slider = await screen.findByRole("slider");
    expect(slider.getAttribute("aria-valuetext")).toBe("step 10: 2");
    for (const key of ["ArrowRight", "ArrowLeft", "End", "Home"])
      fireEvent.keyDown(slider, { key });
    expect(jump.mock.calls.flat()).toEqual([20, 0, 20, 0]);
  });

  it("leaves keys with a modifier to the browser", async () => {
    const jump = vi.fn();
    render(<Sparkline points={points} current={0} onJump={jump} />);
    fireEvent.keyDown(await screen.findByRole("slider"), { key: "ArrowRight", altKey: true });
    expect(jump).not.toHaveBeenCalled();
  });

  it("is nothing without points", () => {
    const { container } = render(<Sparkline points={[]} current={0} onJump={() => undefined} />);
    expect(container.textContent).toBe("");
  });
});
