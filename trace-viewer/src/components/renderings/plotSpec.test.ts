import { describe, expect, it } from "vitest";
import {
  confinedSpec,
  describePlot,
  expectedHeight,
  fittedSpec,
  hasOwnBackground,
  isWithoutValues,
  plotData,
  wrapTitle,
} from "./plotSpec";

describe("a plot's specification", () => {
  it("loses the options that reach out of the plot, and only those", () => {
    const spec = {
      usermeta: { embedOptions: { ast: false } },
      data: { values: [{ bind: { element: "kept: it is data" } }] },
      params: [
        { name: "a", bind: { input: "range", element: "#page" } },
        { name: "b", select: "point", bind: { x: { input: "text", element: "body" } } },
      ],
      mark: "bar",
    };
    expect(confinedSpec(spec)).toEqual({
      data: spec.data,
      params: [
        { name: "a", bind: { input: "range" } },
        { name: "b", select: "point", bind: { x: { input: "text" } } },
      ],
      mark: "bar",
    });
  });

  it("fits a single view to the column, and no other", () => {
    expect(fittedSpec({ mark: "bar" }, 340)).toHaveProperty("width", "container");
    expect(fittedSpec({ mark: "bar", width: 10 }, 340)).toHaveProperty("width", 10);
    expect(fittedSpec({ mark: "bar", encoding: { row: {} } }, 340)).not.toHaveProperty("width");
    expect(fittedSpec({ hconcat: [] }, 340)).not.toHaveProperty("width");
  });

  it("stays wide enough for the words in it", () => {
    const words = { layer: [{ mark: "bar" }, { mark: { type: "text" } }] };
    expect(fittedSpec(words, 340)).toHaveProperty("width", 460);
    expect(fittedSpec(words, 700)).toHaveProperty("width", "container");
    expect(fittedSpec({ mark: "text" }, 340)).toHaveProperty("width", 460);
    expect(fittedSpec({ ...words, width: 200 }, 340)).toHaveProperty("width", 200);
  });

  it("keeps room for what will be drawn", () => {
    expect(expectedHeight({ height: 100 })).toBe(170);
    expect(expectedHeight({ height: "container" })).toBe(370);
    expect(expectedHeight({ height: 1e9 })).toBe(2000);
    expect(expectedHeight({ vconcat: [{ height: 100 }, { height: 50 }] })).toBe(290);
  });

  it("breaks a title that is wider than the plot, at spaces", () => {
    const title = "One answer on one H100: the least time of each phase";
    const lines = ["One answer on one H100:", "the least time of each", "phase"];
    expect(wrapTitle({ title }, 200)).toEqual({ title: lines });
    expect(wrapTitle({ title: { text: title, color: "red" } }, 200)).toEqual({
      title: { text: lines, color: "red" },
    });
    expect(wrapTitle({ title }, 900)).toEqual({ title });
    expect(wrapTitle({ title: null }, 200)).toEqual({ title: null });
  });

  it("describes the plot in words", () => {
    expect(describePlot({ description: "Loss", title: "T" })).toBe("Loss");
    expect(describePlot({ title: { text: "T" } })).toBe("T");
    expect(describePlot({ mark: { type: "line" } })).toBe("Plot, line");
    expect(describePlot({})).toBe("Plot");
  });

  it("knows when the author chose a background", () => {
    expect(hasOwnBackground({ config: { background: "#fff" } })).toBe(true);
    expect(hasOwnBackground({ config: {} })).toBe(false);
  });

  it("gives its data as a table", () => {
    const values = [
      { a: 1, b: "x" },
      { a: 2, c: [3] },
    ];
    const table = {
      columns: ["a", "b", "c"],
      rows: [
        [1, "x", null],
        [2, null, "[3]"],
      ],
      length: 2,
    };
    expect(plotData({ data: { values } })).toEqual(table);
    expect(plotData({ data: { name: "d" }, datasets: { d: values } })).toEqual(table);
  });

  it("gives no table for data of another form", () => {
    expect(plotData({ data: { url: "x.csv" } })).toBeNull();
    expect(plotData({ data: { values: "a,b" } })).toBeNull();
    expect(plotData({ data: { values: [1, 2] } })).toBeNull();
    expect(plotData({ layer: [] })).toBeNull();
  });
});

describe("a plot without values", () => {
  const spec = (values: unknown[], more: Record<string, unknown> = {}) => ({
    data: { values },
    mark: "line",
    encoding: {
      x: { field: "step", type: "quantitative" },
      y: { field: "loss", type: "quantitative" },
    },
    ...more,
  });

  it.each([
    ["no records", []],
    ["nothing but null", [{ step: 1, loss: null }, { step: 2 }]],
    ["nan as text", [{ step: 1, loss: "nan" }]],
  ])("is one with %s", (_, values) => {
    expect(isWithoutValues(spec(values))).toBe(true);
  });

  it("is not one where a single value is there, or where it cannot be told", () => {
    expect(
      isWithoutValues(
        spec([
          { step: 1, loss: null },
          { step: 2, loss: 0 },
        ]),
      ),
    ).toBe(false);
    expect(
      isWithoutValues(spec([{ step: 1 }], { transform: [{ calculate: "1", as: "loss" }] })),
    ).toBe(false);
    expect(isWithoutValues({ data: { url: "x.json" }, mark: "bar" })).toBe(false);
    expect(
      isWithoutValues({
        data: { values: [{ a: "x" }] },
        mark: "bar",
        encoding: { x: { field: "a", type: "nominal" }, y: { aggregate: "count" } },
      }),
    ).toBe(false);
  });
});
