import { describe, expect, it } from "vitest";
import { ROOM, thumbnailSpec } from "./thumbnailSpec";

describe("a plot drawn small", () => {
  it("has no title and no legend, and its data and axes are as they were", () => {
    const data = { values: [{ title: "kept", legend: 1 }] };
    const small = thumbnailSpec({
      title: "Long",
      data,
      mark: "line",
      encoding: { x: { field: "a", title: "time" }, color: { field: "b", legend: { title: "B" } } },
    });
    expect(small).toMatchObject({
      ...ROOM,
      data,
      encoding: { x: { field: "a", title: "time" }, color: { field: "b", legend: null } },
      config: { legend: { disable: true } },
    });
    expect(small).not.toHaveProperty("title");
  });

  it.each([
    { hconcat: [{ mark: "bar" }] },
    { facet: { field: "a" }, spec: { mark: "bar" } },
    { mark: "bar", encoding: { row: { field: "a" } } },
  ])("keeps the size of %j, which has parts of its own", (spec) => {
    expect(thumbnailSpec(spec)).not.toHaveProperty("width");
  });

  it("leaves the author's configuration where it says more", () => {
    const config = { axis: { grid: false }, background: "white" };
    expect(thumbnailSpec({ mark: "bar", config })["config"]).toMatchObject({
      axis: { grid: false, tickCount: 4 },
      background: "white",
    });
  });
});
